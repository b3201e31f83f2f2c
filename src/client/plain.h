/* plain.h: the client in pipes: a line in is said, what others say is a line out. */
#ifndef CLIENT_PLAIN_H
#define CLIENT_PLAIN_H

#include "client/session.h"

/* Until standard input ends and all of it is stored, or for ever where it is a terminal that is not
 * closed. The exit code. */
int plain_run(struct session *session);

#endif
