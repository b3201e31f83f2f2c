/* conn.h: reading a connection. Writing is outbox.h. */
#ifndef NET_CONN_H
#define NET_CONN_H

#include <stddef.h>

/* Read what is there, at most `cap` bytes. The size; 0: end of input; -EAGAIN: nothing is there;
 * else a negative errno: the peer is gone. */
long conn_read(int fd, char *bytes, size_t cap);

#endif
