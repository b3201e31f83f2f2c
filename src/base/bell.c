/* bell.c: an eventfd that is written only for a sleeper. */
#include "base/bell.h"

#include <errno.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/check.h"

int bell_open(struct bell *bell) {
    atomic_init(&bell->sleeping, 0);
    bell->fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    return bell->fd < 0 ? -errno : 0;
}

void bell_close(struct bell *bell) {
    close(bell->fd);
}

void bell_ring(struct bell *bell) {
    if (atomic_load(&bell->sleeping) == 0 || atomic_exchange(&bell->sleeping, 0) == 0) return;
    uint64_t one = 1;
    ssize_t n = write(bell->fd, &one, sizeof one);
    check(n == sizeof one || errno == EAGAIN);
}

void bell_doze(struct bell *bell) {
    atomic_store(&bell->sleeping, 1);
}

void bell_wake(struct bell *bell) {
    uint64_t count;
    if (atomic_exchange(&bell->sleeping, 0) == 1) return; /* nobody rang: the eventfd is zero */
    ssize_t n = read(bell->fd, &count, sizeof count);
    check(n == sizeof count || errno == EAGAIN || errno == EINTR);
}

void bell_sleep(struct bell *bell, int timeout_ms) {
    struct pollfd wait = {.fd = bell->fd, .events = POLLIN};
    int n = poll(&wait, 1, timeout_ms);
    check(n >= 0 || errno == EINTR);
}
