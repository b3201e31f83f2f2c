/* loop.c: epoll. */
#include "net/loop.h"

#include <errno.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "base/check.h"

int loop_open(struct loop *loop) {
    loop->fd = epoll_create1(EPOLL_CLOEXEC);
    return loop->fd < 0 ? -errno : 0;
}

void loop_close(struct loop *loop) {
    close(loop->fd);
}

int loop_add(struct loop *loop, int fd, uint64_t key, bool read, bool shared) {
    struct epoll_event event = {.events = read ? EPOLLIN : 0, .data.u64 = key};
    if (shared) event.events |= EPOLLEXCLUSIVE;
    return epoll_ctl(loop->fd, EPOLL_CTL_ADD, fd, &event) < 0 ? -errno : 0;
}

int loop_change(struct loop *loop, int fd, uint64_t key, bool read, bool write) {
    struct epoll_event event = {.data.u64 = key};
    event.events = (read ? EPOLLIN : 0u) | (write ? EPOLLOUT : 0u);
    return epoll_ctl(loop->fd, EPOLL_CTL_MOD, fd, &event) < 0 ? -errno : 0;
}

void loop_remove(struct loop *loop, int fd) {
    epoll_ctl(loop->fd, EPOLL_CTL_DEL, fd, NULL);
}

uint32_t loop_wait(struct loop *loop, struct loop_event *events, int timeout_ms) {
    struct epoll_event raw[LOOP_EVENTS];
    int n = epoll_wait(loop->fd, raw, LOOP_EVENTS, timeout_ms);
    if (n < 0) {
        check(errno == EINTR);
        return 0;
    }
    for (int i = 0; i < n; i++)
        events[i] = (struct loop_event){.key = raw[i].data.u64,
                                        .readable = raw[i].events & EPOLLIN,
                                        .writable = raw[i].events & EPOLLOUT,
                                        .broken = raw[i].events & (EPOLLERR | EPOLLHUP)};
    return (uint32_t)n;
}
