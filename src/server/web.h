/* web.h: what a request of HTTP is answered by: one table of paths and methods. Pure. What belongs
 * to the API goes to its dialect, what asks for a WebSocket becomes one. */
#ifndef SERVER_WEB_H
#define SERVER_WEB_H

#include "dialect/dialect.h"

/* What the worker knows and a session does not. */
struct web_hooks {
    void *context;
    const char *(*unready)(void *context); /* why no message can be taken now; NULL: they are */
    bool (*may_measure)(void *context, struct address peer);
    void (*measure)(void *context, struct buf *out); /* the text of /metrics */
};

struct web_asked {
    const struct http_request *request;
    const struct manner *manner;
    const struct web_hooks *hooks; /* or NULL */
    struct address peer;           /* as web_forwarded() has it */
    uint8_t flags;                 /* HTTP_* of the answer */
    bool stopping;
};

enum web_result {
    WEB_ANSWERED, /* by what was written */
    WEB_UPGRADED, /* and it is a WebSocket from now on */
    WEB_CALLS,    /* nothing was written: DIALECT_REST answers */
};

struct web_answer {
    enum web_result result;
    enum framing framing;   /* WEB_UPGRADED */
    enum dialect_kind kind; /* WEB_UPGRADED: what it carries */
};

struct web_answer web_answer(const struct web_asked *asked, struct buf *out);

/* A status with its sentence. */
void web_refuse(struct buf *out, int status, uint8_t flags);

/* web_host.c. Believe a proxy that may be believed: peer and HTTP_SECURE become what it says. */
void web_forwarded(struct web_asked *asked);
/* The Host is a name of this server (DNS rebinding). */
bool web_host_fits(const struct http_request *request, const struct manner *manner);
/* The page that asks is of this server or one of allowed_origins; a client that is no browser names
 * none (RFC 6455 section 10.2). */
bool web_origin_fits(const struct http_request *request, const struct manner *manner);

/* web_socket.c. True: the request is about a WebSocket, and *answer is set. */
bool web_socket(const struct web_asked *asked, struct web_answer *answer, struct buf *out);

#endif
