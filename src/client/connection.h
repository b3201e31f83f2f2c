/* connection.h: one connection to a server that never blocks but while a host's name is looked up:
 * TCP, TLS where it is wanted, and messages: WebSocket texts, or lines. One thread. */
#ifndef CLIENT_CONNECTION_H
#define CLIENT_CONNECTION_H

#include "client/address.h"
#include "client/trust.h"

enum framing { FRAMING_WEBSOCKET, FRAMING_LINES };

enum { CONNECTION_MESSAGE_MAX = 4 * 1024 * 1024, CONNECTION_WHY_MAX = 512 };

struct connection;

/* address and trust stay the caller's and live longer. */
struct connection *connection_new(const struct address *address, struct trust *trust,
                                  enum framing framing);
void connection_free(struct connection *connection);

void connection_open(struct connection *connection); /* begins to; see connection_is_closed() */
void connection_close(struct connection *connection);
bool connection_is_closed(const struct connection *connection);
bool connection_is_open(const struct connection *connection);    /* messages may pass */
const char *connection_why(const struct connection *connection); /* it is closed; maybe empty */

/* What to poll for: a descriptor (-1: nothing) and its events; then connection_step(). */
int connection_fd(const struct connection *connection);
short connection_events(const struct connection *connection);
void connection_step(struct connection *connection);

/* The next message; valid until the next call. False: none is whole. */
bool connection_take(struct connection *connection, struct slice *message);
void connection_send(struct connection *connection, struct slice message);
bool connection_has_unsent(const struct connection *connection);

#endif
