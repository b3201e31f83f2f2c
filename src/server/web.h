/* web.h: what an HTTP client is answered: /healthz, a plain page for the rest, and the upgrade to a
 * WebSocket that carries IRC or JSON. Pure. */
#ifndef SERVER_WEB_H
#define SERVER_WEB_H

#include "dialect/dialect.h"

struct web_answer {
    bool whole;             /* the request's head was; else there is no answer yet */
    enum framing framing;   /* not FRAMING_NONE: it is a WebSocket from now on */
    enum dialect_kind kind; /* then: what it carries */
    size_t taken;           /* bytes of the request */
};

/* *out holds the answer, after which the connection is closed unless it is a WebSocket now. */
struct web_answer web_answer(struct slice bytes, const struct manner *manner, struct buf *out);

#endif
