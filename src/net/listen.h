/* listen.h: sockets that listen, and the connections they give. */
#ifndef NET_LISTEN_H
#define NET_LISTEN_H

#include <sys/socket.h>

#include "base/address.h"

/* Bind, so that nobody else can. TCP_NODELAY is inherited by what is accepted. `path` for AF_UNIX.
 * A descriptor, or a negative errno (-EADDRINUSE: somebody has it). *port is the one bound, for
 * port 0. */
int listen_bind(sa_family_t family, struct address inet, const char *path, uint16_t *port);

/* From now on connections wait here to be accepted. 0, or a negative errno (-EADDRINUSE). */
int listen_begin(int fd);

/* A copy of `fd`, which somebody else has bound and listens on, where it is bound to this address
 * (port 0: to any port of it): with the options of listen_bind(). -1: it is not. */
int listen_take(int fd, sa_family_t family, struct address inet, const char *path, uint16_t *port);

/* What is accepted from now on finds out within so many seconds that its peer has vanished, by
 * probes and by what is not acknowledged. 0: never. Nobody who is there is cut for silence. */
void listen_set_patience(int fd, uint32_t seconds);

/* Nobody is accepted any more by any descriptor of this socket, and its address can be had again at
 * once. Closing one does neither while there are others. */
void listen_end(int fd);

/* The next connection, non-blocking. A descriptor, or a negative errno (-EAGAIN: none waits). */
int listen_accept(int fd, struct address *peer);

#endif
