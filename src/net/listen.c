/* listen.c: bind, listen, accept. No SO_REUSEPORT: a second server must fail to bind. */
#include "net/listen.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/check.h"

/* A joining crowd waits here while the workers are busy; the kernel's own limit cuts it. */
enum { BACKLOG = 4096 };

/* What the kernel may hold for one reader, beside her outbox: or it would be megabytes. Bytes. */
enum { SEND_BUFFER_SIZE = 262144 };

union any_address {
    struct sockaddr any;
    struct sockaddr_in in4;
    struct sockaddr_in6 in6;
    struct sockaddr_un un;
};

static bool is_mapped(const uint8_t *ip) {
    static const uint8_t head[12] = {[10] = 255, [11] = 255};
    return memcmp(ip, head, sizeof head) == 0;
}

static socklen_t fill(union any_address *to, sa_family_t family, struct address inet,
                      const char *path) {
    memset(to, 0, sizeof *to);
    to->any.sa_family = family;
    if (family == AF_INET) {
        check(is_mapped(inet.ip));
        memcpy(&to->in4.sin_addr, inet.ip + 12, 4);
        to->in4.sin_port = htons(inet.port);
        return sizeof to->in4;
    }
    if (family == AF_INET6) {
        memcpy(&to->in6.sin6_addr, inet.ip, 16);
        to->in6.sin6_port = htons(inet.port);
        return sizeof to->in6;
    }
    size_t size = strlen(path);
    check(size < sizeof to->un.sun_path);
    memcpy(to->un.sun_path, path, size + 1);
    return sizeof to->un;
}

static struct address read_address(const union any_address *from) {
    struct address address = {0};
    if (from->any.sa_family == AF_INET) {
        address.ip[10] = address.ip[11] = 255;
        memcpy(address.ip + 12, &from->in4.sin_addr, 4);
        address.port = ntohs(from->in4.sin_port);
    } else if (from->any.sa_family == AF_INET6) {
        memcpy(address.ip, &from->in6.sin6_addr, 16);
        address.port = ntohs(from->in6.sin6_port);
    }
    return address;
}

static void set(int fd, int level, int option, int value) {
    setsockopt(fd, level, option, &value, sizeof value); /* a kernel without it does without */
}

static void set_options(int fd, sa_family_t family) {
    if (family == AF_UNIX) return;
    set(fd, SOL_SOCKET, SO_REUSEADDR, 1);
    if (family == AF_INET6) set(fd, IPPROTO_IPV6, IPV6_V6ONLY, 1);
    set(fd, IPPROTO_TCP, TCP_NODELAY, 1);
    set(fd, SOL_SOCKET, SO_SNDBUF, SEND_BUFFER_SIZE);
}

/* A third of the time nothing is asked; then three probes, and what was sent must be taken, within
 * the second third. The rest is for the kernel's own clock. */
void listen_set_patience(int fd, uint32_t seconds) {
    enum { PROBES = 3 };
    int idle = seconds < 3 ? 1 : (int)seconds / 3, interval = idle < PROBES ? 1 : idle / PROBES;
    set(fd, SOL_SOCKET, SO_KEEPALIVE, seconds > 0);
    set(fd, IPPROTO_TCP, TCP_KEEPIDLE, idle);
    set(fd, IPPROTO_TCP, TCP_KEEPINTVL, interval);
    set(fd, IPPROTO_TCP, TCP_KEEPCNT, PROBES);
    set(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, seconds > 0 ? 2000 * idle : 0);
}

/* A unix socket whose server is gone stands in the way of the next: nobody answers there. */
static void remove_stale(const char *path, const union any_address *address, socklen_t size) {
    struct stat status;
    if (lstat(path, &status) < 0 || !S_ISSOCK(status.st_mode)) return;
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0) return;
    if (connect(fd, &address->any, size) < 0 && errno == ECONNREFUSED) unlink(path);
    close(fd);
}

int listen_bind(sa_family_t family, struct address inet, const char *path, uint16_t *port) {
    union any_address address;
    socklen_t size = fill(&address, family, inet, path);
    int fd = socket(family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0) return -errno;
    set_options(fd, family);
    if (family == AF_UNIX) remove_stale(path, &address, size);
    if (bind(fd, &address.any, size) < 0 ||
        getsockname(fd, &address.any, &(socklen_t){sizeof address}) < 0) {
        int failed = -errno;
        close(fd);
        return failed;
    }
    *port = read_address(&address).port;
    return fd;
}

int listen_begin(int fd) {
    return listen(fd, BACKLOG) < 0 ? -errno : 0;
}

static bool is_bound_to(int fd, sa_family_t family, struct address inet, const char *path,
                        struct address *bound) {
    union any_address address = {0};
    int listens = 0;
    socklen_t size = sizeof address, int_size = sizeof listens;
    if (getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &listens, &int_size) < 0 || !listens ||
        getsockname(fd, &address.any, &size) < 0 || address.any.sa_family != family)
        return false;
    *bound = read_address(&address);
    if (family == AF_UNIX) return strcmp(address.un.sun_path, path) == 0;
    return memcmp(bound->ip, inet.ip, sizeof inet.ip) == 0 &&
           (inet.port == 0 || inet.port == bound->port);
}

int listen_take(int fd, sa_family_t family, struct address inet, const char *path, uint16_t *port) {
    struct address bound;
    if (!is_bound_to(fd, family, inet, path, &bound)) return -1;
    int taken = fcntl(fd, F_DUPFD_CLOEXEC, 0), flags = fcntl(fd, F_GETFL);
    if (taken < 0 || flags < 0 || fcntl(fd, F_SETFL, flags | O_NONBLOCK) < 0) return -1;
    set_options(taken, family);
    *port = bound.port;
    return taken;
}

void listen_end(int fd) {
    shutdown(fd, SHUT_RDWR); /* tcp(7): it leaves the state LISTEN, which SO_REUSEADDR minds */
}

int listen_accept(int fd, struct address *peer) {
    union any_address address = {0};
    socklen_t size = sizeof address;
    int accepted = accept4(fd, &address.any, &size, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (accepted < 0) return errno == EWOULDBLOCK ? -EAGAIN : -errno;
    *peer = read_address(&address);
    return accepted;
}
