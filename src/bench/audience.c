/* audience.c: connecting, coming in, reading. */
#include "bench/audience.h"

#include "base/check.h"
#include "bench/crowd.h"
#include "bench/halt.h"
#include "bench/tick.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    EVENTS_MAX = 1024,
    BYTES_MAX = 1 << 20,
    LIMIT_S = 120,
    COMING_MAX = 64,    /* at once */
    INDEX_FIRST = 4000, /* of the sockets: another address than a sender's */
};

/* ---- reading ---- */

static void read_said(struct audience *audience, struct receiver *receiver, struct slice bytes) {
    char memory[2 * RECEIVER_KEPT_MAX];
    struct slice last = {0};
    uint64_t more = audience->dialect->split(receiver, bytes, memory, &last);
    if (more == 0) return;
    receiver->told += more;
    audience->heard(audience->context, receiver, more, last);
}

/* Until the mark that her last command brings about; others' joins go by. */
static void read_joining(struct audience *audience, struct receiver *receiver, struct slice bytes) {
    struct slice mark = audience->dialect->in;
    if (receiver->joined) return;
    size_t kept = receiver->kept_size;
    char seam[2 * 16];
    size_t head = bytes.size < 16 ? bytes.size : 16;
    memcpy(seam, receiver->kept, kept);
    memcpy(seam + kept, bytes.at, head);
    receiver->joined = memmem(bytes.at, bytes.size, mark.at, mark.size) != NULL ||
                       memmem(seam, kept + head, mark.at, mark.size) != NULL;
    receiver->kept_size = (uint32_t)(bytes.size < 16 ? bytes.size : 16);
    memcpy(receiver->kept, bytes.at + bytes.size - receiver->kept_size, receiver->kept_size);
    if (receiver->joined) audience->joined++;
}

static int turn(struct audience *audience, int wait_ms,
                void (*read)(struct audience *audience, struct receiver *receiver,
                             struct slice bytes)) {
    struct epoll_event events[EVENTS_MAX];
    halt_if_told();
    int count = epoll_wait(audience->epoll, events, EVENTS_MAX, wait_ms);
    for (int i = 0; i < count; i++) {
        uint32_t number = events[i].data.u32;
        if (number >= audience->count) {
            audience->aside(audience->context, number - audience->count);
            continue;
        }
        struct receiver *receiver = &audience->receivers[number];
        ssize_t size = recv(receiver->fd, audience->bytes, BYTES_MAX, 0);
        if (size < 0 && (errno == EAGAIN || errno == EINTR)) continue;
        if (size <= 0) halt(HALT_FAILED, "receiver %u was cut", number);
        read(audience, receiver, (struct slice){audience->bytes, (size_t)size});
    }
    return count < 0 ? 0 : count;
}

int audience_hear(struct audience *audience, int wait_ms) {
    return turn(audience, wait_ms, read_said);
}

void audience_settle(struct audience *audience) {
    uint64_t end_ns = tick_ns() + LIMIT_S * TICK_S;
    while (turn(audience, 500, read_joining) > 0 && tick_ns() < end_ns) {
    }
    for (uint32_t i = 0; i < audience->count; i++)
        audience->receivers[i].kept_size = 0;
}

/* ---- coming in ---- */

void audience_send(int fd, const char *text, size_t size) {
    struct pollfd wait = {.fd = fd, .events = POLLOUT};
    while (size > 0) {
        if (poll(&wait, 1, 10000) != 1) halt(HALT_FAILED, "a connection takes nothing");
        ssize_t sent = send(fd, text, size, MSG_NOSIGNAL);
        if (sent < 0 && errno != EAGAIN) halt(HALT_FAILED, "send: %s", strerror(errno));
        if (sent <= 0) continue;
        text += sent;
        size -= (size_t)sent;
    }
}

static void enter(struct audience *audience, uint32_t index, uint16_t port) {
    char greeting[1024];
    struct receiver *receiver = &audience->receivers[index];
    receiver->fd = crowd_socket(port, INDEX_FIRST + index);
    struct epoll_event event = {.events = EPOLLIN, .data.u32 = index};
    size_t size =
        audience->dialect->greet(greeting, sizeof greeting, index, index % audience->sets, port);
    check(size > 0 && size <= sizeof greeting);
    audience_send(receiver->fd, greeting, size);
    check(epoll_ctl(audience->epoll, EPOLL_CTL_ADD, receiver->fd, &event) == 0);
}

void audience_enter(struct audience *audience, const struct audience_dialect *dialect,
                    uint32_t count, uint32_t sets, uint16_t port) {
    uint64_t end_ns = tick_ns() + LIMIT_S * TICK_S;
    *audience = (struct audience){
        .dialect = dialect, .count = count, .sets = sets, .epoll = epoll_create1(EPOLL_CLOEXEC)};
    audience->receivers = calloc(count + 1, sizeof *audience->receivers);
    audience->bytes = malloc(BYTES_MAX);
    check(audience->epoll >= 0 && audience->receivers && audience->bytes);
    for (uint32_t i = 0; i < count; i++) {
        enter(audience, i, port);
        while (i + 1 - audience->joined > COMING_MAX)
            turn(audience, 1, read_joining);
        if (tick_ns() > end_ns) halt(HALT_FAILED, "%u have joined in %d s", i, LIMIT_S);
    }
    while (audience->joined < count && tick_ns() < end_ns)
        turn(audience, 10, read_joining);
    audience_settle(audience);
    if (audience->joined < count) halt(HALT_FAILED, "%u have joined", audience->joined);
}

void audience_leave(struct audience *audience) {
    for (uint32_t i = 0; i < audience->count; i++)
        close(audience->receivers[i].fd);
    close(audience->epoll);
    free(audience->receivers);
    free(audience->bytes);
    *audience = (struct audience){0};
}
