/* listen.h: sockets that listen, and the connections they give. */
#ifndef NET_LISTEN_H
#define NET_LISTEN_H

#include <sys/socket.h>

#include "base/address.h"

/* Bind and listen. Options set here are inherited by what is accepted: TCP_NODELAY, keepalive and
 * TCP_USER_TIMEOUT find a dead peer within a minute. `path` for AF_UNIX. A descriptor, or a
 * negative errno (-EADDRINUSE: somebody has it). *port is the one bound, for port 0. */
int listen_open(sa_family_t family, struct address inet, const char *path, uint16_t *port);

/* A copy of `fd`, which somebody else has bound and listens on, where it is bound to this address
 * (port 0: to any port of it): with the options of listen_open(). -1: it is not. */
int listen_take(int fd, sa_family_t family, struct address inet, const char *path, uint16_t *port);

/* The next connection, non-blocking. A descriptor, or a negative errno (-EAGAIN: none waits). */
int listen_accept(int fd, struct address *peer);

#endif
