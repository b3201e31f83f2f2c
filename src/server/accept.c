/* accept.c: who comes is let in, or told why not. */
#include "server/accept.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/check.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/need.h"
#include "net/listen.h"

enum { ACCEPTS_A_TURN = 64, ACCEPT_PAUSE_MS = 100 };

int accept_spare(const struct worker *worker) {
    return fcntl(worker->post->bell.fd, F_DUPFD_CLOEXEC, 0);
}

/* The words are the connection's last; logged at most once a second, however many they are. */
static void say_refused(struct worker *worker, int fd, const char *word, const char *why) {
    uint64_t now_ms = worker->sessions.now_ms;
    count_add(&worker->post->counts.refused, 1);
    if (now_ms - worker->refused_logged_ms >= 1000) {
        log_line(LOG_WARNING, "connection refused", log_text("why", slice_text(why)));
        worker->refused_logged_ms = now_ms;
    }
    ssize_t n = send(fd, word, strlen(word), MSG_NOSIGNAL | MSG_DONTWAIT);
    (void)n; /* she hears it if she can */
}

static void refuse_connection(struct worker *worker, int fd, const char *why) {
    say_refused(worker, fd, "* error: the server is full; try again later\r\n", why);
    close(fd);
}

bool accept_fits(struct worker *worker, int fd, struct address from, uint32_t *ticket) {
    switch (admission_enter(&worker->mailbox->admission, from, worker->admission, clock_mono_ms(),
                            ticket)) {
    case ADMITTED: return true;
    case ADMITTED_NOT_SO_MANY:
        say_refused(worker, fd, "* error: too many connections from your network\r\n",
                    "connections_per_address");
        break;
    case ADMITTED_NOT_SO_FAST:
        say_refused(worker, fd,
                    "* error: too many connections from your network; try again in a minute\r\n",
                    "connections_per_10_minutes");
        break;
    }
    *ticket = 0;
    return false;
}

/* Not even the spare descriptor is to be had: newcomers wait in the kernel for a while, so that
 * nothing spins. */
static void pause_accepting(struct worker *worker) {
    worker->accept_at_ms = worker->sessions.now_ms + ACCEPT_PAUSE_MS;
    for (uint32_t row = 0; row < WORKER_LISTENERS_MAX; row++)
        if (worker->listeners[row].manner) loop_remove(&worker->loop, worker->listeners[row].fd);
}

void accept_resume(struct worker *worker) {
    worker->accept_at_ms = 0;
    if (worker->spare_fd < 0) worker->spare_fd = accept_spare(worker);
    for (uint32_t row = 0; row < WORKER_LISTENERS_MAX; row++)
        if (worker->listeners[row].manner)
            loop_add(&worker->loop, worker->listeners[row].fd, KEY_LISTENER | row, true, true);
}

/* No descriptor is left: the spare one is given up for as long as it takes to say so. */
static void refuse_for_want_of_descriptors(struct worker *worker, int listening) {
    struct address peer;
    if (worker->spare_fd >= 0) close(worker->spare_fd);
    int fd = listen_accept(listening, &peer);
    if (fd >= 0) refuse_connection(worker, fd, "no descriptors left");
    worker->spare_fd = accept_spare(worker);
    if (fd < 0 || worker->spare_fd < 0) pause_accepting(worker);
}

static bool connection_fits(struct worker *worker, const struct order_listen *listener) {
    uint32_t most = listener->connections_max;
    bool fits =
        atomic_fetch_add(&worker->mailbox->connections, 1) < worker->mailbox->connections_max;
    if (atomic_fetch_add(listener->connections, 1) < (most > 0 ? most : UINT32_MAX) && fits)
        return true;
    atomic_fetch_sub(listener->connections, 1);
    atomic_fetch_sub(&worker->mailbox->connections, 1);
    return false;
}

static void accept_one(struct worker *worker, const struct order_listen *listener, int fd,
                       struct address peer) {
    struct sessions *sessions = &worker->sessions;
    bool exempt = config_networks_hold(&worker->exempt, peer);
    bool proxied = config_networks_hold(&listener->proxies, peer);
    uint32_t slot = SESSIONS_NONE, ticket = 0;
    if (!exempt && !proxied && !accept_fits(worker, fd, peer, &ticket)) {
        close(fd);
        return;
    }
    bool fits = connection_fits(worker, listener);
    uint8_t how = (uint8_t)((exempt ? SESSION_EXEMPT : 0) | (proxied ? SESSION_PROXIED : 0));
    if (fits)
        slot = sessions_open(sessions, fd, peer, listener->manner, listener->connections, how);
    if (slot == SESSIONS_NONE) {
        refuse_connection(worker, fd, "too many connections");
        if (ticket != 0) admission_leave(&worker->mailbox->admission, ticket);
        if (!fits) return;
        atomic_fetch_sub(listener->connections, 1);
        atomic_fetch_sub(&worker->mailbox->connections, 1);
        return;
    }
    struct session *session = sessions_at(sessions, slot);
    session->ticket = ticket;
    count_add(&worker->post->counts.accepted, 1);
    if (listener->tls) {
        session->secure = listener->tls_only ? SECURE_DUE : SECURE_OFFERED;
        session->tls_context = listener->tls;
    }
    session->reading = sessions_may_read(sessions, slot);
    if (loop_add(&worker->loop, fd, slot, session->reading, false) != 0)
        sessions_broken(sessions, slot);
}

void accept_some(struct worker *worker, uint32_t row) {
    const struct order_listen *listener = &worker->listeners[row];
    for (int i = 0; i < ACCEPTS_A_TURN && listener->manner; i++) {
        struct address peer;
        int fd = listen_accept(listener->fd, &peer);
        if (fd == -EAGAIN) return;
        if (fd == -EMFILE || fd == -ENFILE) {
            refuse_for_want_of_descriptors(worker, listener->fd);
            return;
        }
        if (fd >= 0) accept_one(worker, listener, fd, peer);
    }
}

void accept_begin(struct worker *worker, const struct order_listen *order) {
    uint32_t row = 0;
    while (row < WORKER_LISTENERS_MAX && worker->listeners[row].manner)
        row++;
    check(row < WORKER_LISTENERS_MAX);
    worker->listeners[row] = *order;
    if (loop_add(&worker->loop, order->fd, KEY_LISTENER | row, true, true) != 0) need_failed();
}

void accept_end(struct worker *worker, uint32_t listener) {
    for (uint32_t row = 0; row < WORKER_LISTENERS_MAX; row++) {
        struct order_listen *order = &worker->listeners[row];
        if (!order->manner || order->listener != listener) continue;
        loop_remove(&worker->loop, order->fd);
        close(order->fd); /* each worker has its own descriptor of the socket */
        *order = (struct order_listen){0};
    }
}
