/* worker.c: one turn of the loop takes what came in, then what the hub and the reader sent, and
 * only then writes: once to each socket. */
#include "server/worker.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/check.h"
#include "base/clock.h"
#include "base/log.h"
#include "chat/power.h"
#include "net/conn.h"
#include "server/accept.h"
#include "server/metrics.h"
#include "server/sandbox.h"
#include "wire/proxy.h"

enum { STALLED_WAIT_MS = 1 };

static bool hook_can_give(void *context) {
    struct worker *worker = context;
    uint64_t largest = worker->mailbox->command_max;
    return ring_fits(&worker->post->commands, 2 * largest, largest);
}

static void hook_give(void *context, const struct command *command) {
    struct worker *worker = context;
    unsigned char fingerprint[TLS_FINGERPRINT_SIZE];
    struct command by_cert = *command;
    bool of_line = command->secret.size == 0 || command->kind == COMMAND_LOGIN;
    if ((command->flags & COMMAND_BY_CERT) && of_line) {
        const struct session *session = sessions_at(&worker->sessions, command->session.slot);
        bool shown = session->secure == SECURE_ON && !session->talk.brought &&
                     tls_peer_fingerprint(session->tls, fingerprint);
        by_cert.secret = (struct slice){(char *)fingerprint, shown ? sizeof fingerprint : 0};
        command = &by_cert;
    }
    mailbox_put(&worker->post->commands, 0, command, command->slices, COMMAND_SLICES);
}

/* A session has one query under way; ring and slots were sized for that. */
static void hook_ask(void *context, const struct query *query) {
    struct worker *worker = context;
    size_t size = offsetof(struct query, text) + query->text_size;
    ring_put(&worker->post->queries, 0, query, size, 0, 0);
}

static void hook_closed(void *context, uint32_t slot) {
    struct worker *worker = context;
    struct session *session = sessions_at(&worker->sessions, slot);
    if (session->secure == SECURE_ON) tls_close(session->tls);
    session->secure = SECURE_NOT;
    close(session->fd); /* and out of the loop with it */
    atomic_fetch_sub(session->listener_count, 1);
    atomic_fetch_sub(&worker->mailbox->connections, 1);
    if (session->ticket != 0) admission_leave(&worker->mailbox->admission, session->ticket);
    session->ticket = 0;
}

/* An administrator's REHASH or DIE is the signal that one at the machine would send. */
static void hook_ordered(void *context, uint64_t power) {
    (void)context;
    if (power == POWER_REHASH) kill(getpid(), SIGHUP);
    if (power == POWER_DIE) kill(getpid(), SIGTERM);
}

static void hook_cut(void *context, uint32_t slot, const char *why, uint64_t bytes) {
    struct worker *worker = context;
    char memory[ADDRESS_TEXT_SIZE_MAX];
    struct buf peer;
    buf_init(&peer, memory, sizeof memory);
    address_text(&peer, sessions_at(&worker->sessions, slot)->talk.address);
    count_add(&worker->post->counts.cut, 1);
    log_line(LOG_WARNING, "slow reader cut", log_text("peer", buf_slice(&peer)),
             log_text("limit", slice_text(why)), log_number("queued", bytes));
}

/* The store is asked to look at its disk again: who asks twice hears of it. */
static const char *hook_unready(void *context) {
    struct mailbox *mailbox = ((struct worker *)context)->mailbox;
    bool full = atomic_load(&mailbox->store_counts.full);
    bell_ring(&mailbox->store);
    return full ? "the disk is full\n" : NULL;
}

static bool hook_may_measure(void *context, struct address peer) {
    return config_networks_hold(&((struct worker *)context)->metrics_from, peer);
}

static void hook_measure(void *context, struct buf *out) {
    metrics_put(((struct worker *)context)->mailbox, out);
}

int worker_init(struct worker *worker, struct mailbox *mailbox, uint16_t number,
                struct hub_size size, struct order_limits limits, uint32_t line_size_max,
                uint32_t stop_ms) {
    *worker = (struct worker){.mailbox = mailbox,
                              .post = &mailbox->posts[number],
                              .number = number,
                              .stop_ms = stop_ms,
                              .admission = limits.admission,
                              .exempt = limits.exempt,
                              .metrics_from = limits.metrics_from,
                              .read_cap = 2 * WORKER_READ_SIZE + 2 * (size_t)line_size_max};
    struct sessions_hooks hooks = {.context = worker,
                                   .can_give = hook_can_give,
                                   .give = hook_give,
                                   .ask = hook_ask,
                                   .closed = hook_closed,
                                   .ordered = hook_ordered,
                                   .cut = hook_cut,
                                   .web = &worker->web,
                                   .pace = &mailbox->pace,
                                   .filters = &mailbox->filters};
    worker->web = (struct web_hooks){.context = worker,
                                     .unready = hook_unready,
                                     .may_measure = hook_may_measure,
                                     .measure = hook_measure};
    worker->spare_fd = accept_spare(worker);
    worker->names = name_rules_new();
    worker->read_buffer = malloc(worker->read_cap);
    if (worker->spare_fd < 0 || !worker->names || !worker->read_buffer) return -ENOMEM;
    if (!sessions_init(&worker->sessions, number, size.sessions, size.rooms, limits.sessions,
                       worker->names, hooks, clock_mono_ms()))
        return -ENOMEM;
    int failed = loop_open(&worker->loop);
    return failed ? failed : loop_add(&worker->loop, worker->post->bell.fd, KEY_BELL, true, false);
}

void worker_deinit(struct worker *worker) {
    sessions_deinit(&worker->sessions);
    name_rules_free(worker->names);
    free(worker->read_buffer);
    loop_close(&worker->loop);
    if (worker->spare_fd >= 0) close(worker->spare_fd);
}

/* The socket is to say when it takes more. Under TLS that is of use only for what is sealed. */
static bool wants_write(const struct session *session) {
    if (session->secure == SECURE_ON) return tls_pends(session->tls);
    return session->secure != SECURE_DUE && session->outbox.size > 0;
}

/* The loop looks at a socket for what its session can do with it. That it cannot read for a moment
 * is told to the loop only when bytes come in that moment: most commands are answered before. */
static void set_interest(struct worker *worker, uint32_t slot, bool bytes_wait) {
    struct session *session = sessions_at(&worker->sessions, slot);
    if (session->fd < 0) return;
    bool open = session->state == SESSION_OPEN || session->state == SESSION_ENDING ||
                session->state == SESSION_CLOSING;
    bool read = sessions_may_read(&worker->sessions, slot) || (session->reading && !bytes_wait);
    bool write = open && wants_write(session);
    if (read == session->reading && write == session->writing) return;
    session->reading = read;
    session->writing = write;
    loop_change(&worker->loop, session->fd, slot, read, write);
}

/* TLS begins, or it does not: the first byte tells (RFC 8446 section 5.1: a handshake is 22). What
 * came with it is taken into the connection. Returns how many bytes there are to read now. */
static long begin_secure(struct worker *worker, struct session *session, char *bytes, long size) {
    static const char word[] = "ERROR :this port needs TLS\r\n";
    enum { HANDSHAKE = 22 };
    const struct tls_context *context = session->tls_context;
    if (bytes[0] == HANDSHAKE) {
        struct tls *tls = tls_open(context, session->fd, bytes, (size_t)size);
        if (!tls) return -ENOMEM;
        session->tls = tls;
        session->secure = SECURE_ON;
        session->talk.secure = true;
        return tls_read(tls, bytes, WORKER_READ_SIZE);
    }
    bool due = session->secure == SECURE_DUE;
    session->secure = SECURE_NOT;
    if (!due) return size;
    ssize_t n = send(session->fd, word, strlen(word), MSG_NOSIGNAL | MSG_DONTWAIT);
    (void)n, (void)worker; /* she hears it if she can */
    return -EPROTO;
}

static long read_bytes(struct worker *worker, struct session *session, char *bytes) {
    if (session->secure == SECURE_ON) return tls_read(session->tls, bytes, WORKER_READ_SIZE);
    long n = conn_read(session->fd, bytes, WORKER_READ_SIZE);
    if (n <= 0 || session->secure == SECURE_NOT) return n;
    return begin_secure(worker, session, bytes, n);
}

/* Who must say whom it comes for says that first, before TLS and in plain text. What came behind
 * it is put at the front of the buffer. As conn_read(). */
static long read_proxied(struct worker *worker, uint32_t slot) {
    struct sessions *sessions = &worker->sessions;
    struct session *session = sessions_at(sessions, slot);
    struct slice waiting = sessions_pending(sessions, slot);
    char *bytes = worker->read_buffer;
    if (waiting.size > 0) memcpy(bytes, waiting.at, waiting.size);
    long n = conn_read(session->fd, bytes + waiting.size, WORKER_READ_SIZE - waiting.size);
    if (n <= 0) return n;
    struct slice stream = {bytes, waiting.size + (size_t)n};
    struct address from = session->talk.address;
    switch (proxy_take(&stream, &from)) {
    case PROXY_BAD: return -EPROTO;
    case PROXY_MORE: sessions_keep(sessions, slot, stream); return -EAGAIN;
    case PROXY_DONE: break;
    }
    bool exempt = config_networks_hold(&worker->exempt, from);
    if (!exempt && !accept_fits(worker, session->fd, from, &session->ticket)) return -EPROTO;
    sessions_proxied(sessions, slot, from, exempt);
    if (session->state != SESSION_OPEN || stream.size == 0) return -EAGAIN;
    memmove(bytes, stream.at, stream.size);
    if (session->secure == SECURE_NOT) return (long)stream.size;
    return begin_secure(worker, session, bytes, (long)stream.size);
}

static void read_session(struct worker *worker, uint32_t slot) {
    struct sessions *sessions = &worker->sessions;
    struct session *session = sessions_at(sessions, slot);
    if (!sessions_may_read(sessions, slot)) {
        set_interest(worker, slot, true);
        return;
    }
    struct slice waiting = sessions_pending(sessions, slot);
    check(waiting.size + WORKER_READ_SIZE <= worker->read_cap);
    long n = 0;
    if (session->proxied) {
        n = read_proxied(worker, slot);
        waiting = (struct slice){0};
        if (session->state != SESSION_OPEN) return;
    } else {
        n = read_bytes(worker, session, worker->read_buffer + waiting.size);
    }
    if (n == -EAGAIN) {
        if (session->secure == SECURE_ON) session_mark(sessions, slot); /* its handshake goes on */
        return;
    }
    if (n < 0) {
        sessions_broken(sessions, slot);
        return;
    }
    count_add(&worker->post->counts.bytes_in, (uint64_t)n);
    if (n == 0) {
        sessions_input_end(sessions, slot);
    } else {
        if (waiting.size > 0) memcpy(worker->read_buffer, waiting.at, waiting.size);
        sessions_input(sessions, slot, worker->read_buffer, waiting.size + (size_t)n);
    }
    session_mark(sessions, slot);
}

static void flush_session(struct worker *worker, uint32_t slot) {
    struct sessions *sessions = &worker->sessions;
    struct session *session = sessions_at(sessions, slot);
    if (session->state == SESSION_FREE || session->state == SESSION_GONE) return;
    if (session->secure == SECURE_DUE && session->state != SESSION_CLOSING) {
        set_interest(worker, slot, false);
        return;
    }
    bool secure = session->secure == SECURE_ON;
    uint64_t size = session->outbox.size;
    int result = secure ? tls_write(session->tls, &sessions->refs, &session->outbox)
                        : outbox_write(&sessions->refs, &session->outbox, session->fd);
    count_add(&worker->post->counts.bytes_out, size - session->outbox.size);
    bool ends = session->state == SESSION_CLOSING && session->outbox.size == 0;
    if (secure && ends && tls_pends(session->tls)) { /* its last bytes are sealed, not yet sent */
        set_interest(worker, slot, false);
        return;
    }
    if (result != 0 && result != -EAGAIN) {
        sessions_broken(sessions, slot);
        return;
    }
    sessions_drained(sessions, slot);
    if (session->state != SESSION_FREE) set_interest(worker, slot, false);
}

/* Once for each socket that has anything new, or can take more. What that brings about comes
 * next turn. */
static void flush_all(struct worker *worker) {
    struct sessions *sessions = &worker->sessions;
    uint32_t count = sessions->dirty_count;
    for (uint32_t i = 0; i < count; i++) {
        uint32_t slot = sessions->dirty[i];
        sessions_turn(sessions, slot);
        sessions_at(sessions, slot)->dirty = false;
        flush_session(worker, slot);
    }
    sessions->dirty_count -= count;
    memmove(sessions->dirty, sessions->dirty + count,
            sessions->dirty_count * sizeof *sessions->dirty);
}

static void handle(struct worker *worker, const struct loop_event *event) {
    if (event->key == KEY_BELL) return; /* bell_wake() takes it */
    if (event->key & KEY_LISTENER) {
        accept_some(worker, (uint32_t)(event->key & ~KEY_LISTENER));
        return;
    }
    uint32_t slot = (uint32_t)event->key;
    struct session *session = sessions_at(&worker->sessions, slot);
    if (session->state == SESSION_FREE || session->state == SESSION_GONE) return;
    if (event->readable)
        read_session(worker, slot);
    else if (event->broken)
        sessions_broken(&worker->sessions, slot);
    if (event->writable) session_mark(&worker->sessions, slot);
}

static void obey(struct worker *worker) {
    uint32_t tag;
    for (void *order; (order = ring_take(&worker->post->orders, &tag)) != NULL;) {
        if (tag == ORDER_LISTEN) {
            accept_begin(worker, order);
        } else if (tag == ORDER_UNLISTEN) {
            accept_end(worker, *(uint32_t *)order);
        } else {
            struct order_limits *limits = order;
            worker->sessions.limits = limits->sessions;
            worker->admission = limits->admission;
            worker->exempt = limits->exempt;
            worker->metrics_from = limits->metrics_from;
        }
        ring_release(&worker->post->orders);
    }
}

/* From the hub, in its order; from the reader. True: there was something. */
static bool take_events(struct worker *worker) {
    struct sessions *sessions = &worker->sessions;
    bool any = false;
    uint32_t tag;
    for (struct delivery *delivery; (delivery = ring_take(&worker->post->events, &tag)) != NULL;) {
        if (delivery->event.kind == EVENT_COUNTS)
            delivery->event.before = atomic_load(&worker->mailbox->connections);
        if (tag == POST_REPLY)
            sessions_reply(sessions, delivery->to, &delivery->event);
        else
            sessions_publish(sessions, &delivery->event);
        any = true;
    }
    ring_release(&worker->post->events);
    for (void *page; (page = ring_take(&worker->post->pages, &tag)) != NULL;) {
        struct event *past = page;
        if (tag == POST_PAST)
            sessions_past(sessions, past->session, past);
        else
            sessions_past_end(sessions, page);
        any = true;
    }
    ring_release(&worker->post->pages);
    return any;
}

static void publish(struct worker *worker) {
    if (ring_publish(&worker->post->commands)) bell_ring(&worker->mailbox->hub);
    if (ring_publish(&worker->post->queries)) bell_ring(&worker->mailbox->reader);
}

static void begin_stop(struct worker *worker) {
    for (uint32_t row = 0; row < WORKER_LISTENERS_MAX; row++)
        if (worker->listeners[row].manner) accept_end(worker, worker->listeners[row].listener);
    worker->stopping = true;
    worker->stop_at_ms = clock_mono_ms() + worker->stop_ms;
    sessions_stop(&worker->sessions);
}

/* Who has not read her last word in time is cut off. */
static void end_stop(struct worker *worker) {
    struct sessions *sessions = &worker->sessions;
    for (uint32_t slot = 0; slot < sessions->row_top; slot++) {
        struct session *session = sessions_at(sessions, slot);
        if (session->state == SESSION_FREE || session->fd < 0) continue;
        if (session->secure == SECURE_ON) tls_close(session->tls);
        close(session->fd);
    }
}

/* Milliseconds until the earlier of the two; wait below 0: no end. */
static int sooner(int wait, uint64_t due_ms, uint64_t now_ms) {
    int due = due_ms > now_ms ? (int)(due_ms - now_ms) : 0;
    return wait < 0 || due < wait ? due : wait;
}

static int wait_ms(struct worker *worker, uint64_t rooms_due_ms, bool more) {
    struct sessions *sessions = &worker->sessions;
    if (more || sessions->dirty_count > 0) return 0;
    int wait = wheel_wait_ms(&sessions->deadlines, sessions->now_ms);
    if (rooms_due_ms > 0) wait = sooner(wait, rooms_due_ms, sessions->now_ms);
    if (worker->accept_at_ms > 0) wait = sooner(wait, worker->accept_at_ms, sessions->now_ms);
    if (sessions->stalled_count > 0 || worker->stopping)
        if (wait < 0 || wait > STALLED_WAIT_MS) wait = STALLED_WAIT_MS;
    return wait;
}

static void publish_counts(struct worker *worker) {
    const struct sessions *sessions = &worker->sessions;
    struct worker_counts *counts = &worker->post->counts;
    atomic_store(&worker->post->sessions, sessions->count);
    count_set(&counts->requests, sessions->request_count);
    count_set(&counts->late, sessions->late_count);
    count_set(&counts->floods, sessions->flood_count);
    count_set(&counts->crowded, sessions->crowded_count);
    for (size_t kind = 0; kind < DIALECTS; kind++)
        count_set(&counts->connections[kind], sessions->kinds[kind]);
}

/* What can be done without waiting; returns how long the worker may then sleep. */
static int turn(struct worker *worker) {
    struct sessions *sessions = &worker->sessions;
    sessions->now_ms = clock_mono_ms();
    obey(worker);
    if (worker->accept_at_ms > 0 && sessions->now_ms >= worker->accept_at_ms) accept_resume(worker);
    bool more = take_events(worker);
    sessions_unstall(sessions);
    sessions_deadlines(sessions);
    uint64_t rooms_due_ms = roster_flush(&sessions->roster, sessions->now_ms);
    flush_all(worker);
    publish(worker);
    publish_counts(worker);
    if (!worker->stopping && atomic_load(&worker->post->stop)) begin_stop(worker);
    return wait_ms(worker, rooms_due_ms, more);
}

void *worker_run(void *context) {
    struct worker *worker = context;
    struct loop_event events[LOOP_EVENTS];
    log_attach();
    sandbox_thread();
    for (;;) {
        mailbox_beat(worker->mailbox, PULSE_WORKER + worker->sessions.worker);
        int sleep_ms = turn(worker);
        if (worker->stopping &&
            (worker->sessions.count == 0 || clock_mono_ms() >= worker->stop_at_ms))
            break;
        bell_doze(&worker->post->bell);
        if (!ring_empty(&worker->post->events) || !ring_empty(&worker->post->pages) ||
            !ring_empty(&worker->post->orders) ||
            (!worker->stopping && atomic_load(&worker->post->stop)))
            sleep_ms = 0;
        uint32_t count = loop_wait(&worker->loop, events, sleep_ms);
        bell_wake(&worker->post->bell);
        worker->sessions.now_ms = clock_mono_ms();
        for (uint32_t i = 0; i < count; i++)
            handle(worker, &events[i]);
    }
    end_stop(worker);
    return NULL;
}
