/* conn.c: where the way of a message begins. */
#include "net/conn.h"

#include <errno.h>
#include <sys/socket.h>

/* WAY 1 of 9: socket -> bytes. */
long conn_read(int fd, char *bytes, size_t cap) {
    for (;;) {
        ssize_t n = recv(fd, bytes, cap, MSG_DONTWAIT);
        if (n >= 0) return n;
        if (errno == EINTR) continue;
        return errno == EWOULDBLOCK ? -EAGAIN : -errno;
    }
}
