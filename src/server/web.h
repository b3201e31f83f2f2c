/* web.h: what an HTTP client is answered: /healthz, and a plain page for the rest. Pure. */
#ifndef SERVER_WEB_H
#define SERVER_WEB_H

#include "base/buf.h"

/* False: the request's head is not whole yet. Else *out holds the answer, after which the
 * connection is closed. */
bool web_answer(struct slice bytes, struct buf *out);

#endif
