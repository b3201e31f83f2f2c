/* crowd.c: connecting, gathering, reading. */
#include "bench/crowd.h"

#include "base/check.h"
#include "bench/halt.h"
#include "bench/tick.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

enum { PORTS_PER_ADDRESS = 4000, GATHER_S = 60 };

void crowd_init(struct crowd *crowd, uint16_t port, uint32_t cap) {
    check(cap > 0 && cap <= CROWD_CLIENTS_MAX);
    *crowd = (struct crowd){.epoll = epoll_create1(EPOLL_CLOEXEC), .cap = cap, .port = port};
    crowd->fds = calloc(cap, sizeof *crowd->fds);
    crowd->bytes = malloc(CROWD_BYTES_MAX);
    check(crowd->epoll >= 0 && crowd->fds != NULL && crowd->bytes != NULL);
}

void crowd_deinit(struct crowd *crowd) {
    for (uint32_t i = 0; i < crowd->count; i++) {
        close(crowd->fds[i]);
    }
    close(crowd->epoll);
    free(crowd->fds);
    free(crowd->bytes);
    *crowd = (struct crowd){0};
}

/* The first ones come from 127.0.0.1 by themselves, which saves two calls where joins are timed. */
static int choose_address(int fd, uint32_t index) {
    if (index < PORTS_PER_ADDRESS) return 0;
    int on = 1;
    setsockopt(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof on);
    uint32_t host = INADDR_LOOPBACK + index / PORTS_PER_ADDRESS;
    struct sockaddr_in from = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(host)};
    return bind(fd, (struct sockaddr *)&from, sizeof from);
}

int crowd_socket(uint16_t port, uint32_t index) {
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0) halt(HALT_FAILED, "socket %u: %s", index, strerror(errno));
    struct sockaddr_in to = {
        .sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    if (choose_address(fd, index) != 0 ||
        (connect(fd, (struct sockaddr *)&to, sizeof to) != 0 && errno != EINPROGRESS)) {
        halt(HALT_FAILED, "connection %u: %s", index, strerror(errno));
    }
    return fd;
}

static void wait_connected(int fd, uint32_t index) {
    struct pollfd wait = {.fd = fd, .events = POLLOUT};
    int error = 0;
    socklen_t size = sizeof error;
    int ready = poll(&wait, 1, 10000);
    halt_if_told();
    if (ready != 1 || getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size) != 0 || error != 0) {
        halt(HALT_FAILED, "connection %u: %s", index, ready == 1 ? strerror(error) : "no answer");
    }
}

uint32_t crowd_enter(struct crowd *crowd, const char *nick) {
    check(crowd->count < crowd->cap);
    uint32_t client = crowd->count++;
    int fd = crowd_socket(crowd->port, client);
    crowd->fds[client] = fd;
    wait_connected(fd, client);
    int on = 1;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    char line[64];
    int size = snprintf(line, sizeof line, "%s\r\n", nick);
    check(size > 0 && (size_t)size < sizeof line);
    if (crowd_send(crowd, client, (struct slice){line, (size_t)size}) != (size_t)size) {
        halt(HALT_FAILED, "connection %u takes no nick", client);
    }
    struct epoll_event event = {.events = EPOLLIN, .data.u32 = client};
    check(epoll_ctl(crowd->epoll, EPOLL_CTL_ADD, fd, &event) == 0);
    return client;
}

uint32_t crowd_wait(struct crowd *crowd, uint64_t ns) {
    halt_if_told();
    struct timespec limit = {.tv_sec = (time_t)(ns / TICK_S), .tv_nsec = (long)(ns % TICK_S)};
    int count = epoll_pwait2(crowd->epoll, crowd->events, CROWD_EVENTS_MAX, &limit, NULL);
    if (count >= 0) return (uint32_t)count;
    check(errno == EINTR);
    return 0;
}

struct slice crowd_read(struct crowd *crowd, uint32_t client) {
    check(client < crowd->count);
    ssize_t size = recv(crowd->fds[client], crowd->bytes, CROWD_BYTES_MAX, 0);
    if (size > 0) return (struct slice){crowd->bytes, (size_t)size};
    if (size < 0 && (errno == EAGAIN || errno == EINTR)) return (struct slice){crowd->bytes, 0};
    halt(HALT_FAILED, "client %u was cut by the server: %s", client,
         size == 0 ? "end of input" : strerror(errno));
}

size_t crowd_send(struct crowd *crowd, uint32_t client, struct slice bytes) {
    check(client < crowd->count);
    ssize_t size = send(crowd->fds[client], bytes.at, bytes.size, MSG_NOSIGNAL);
    if (size >= 0) return (size_t)size;
    if (errno == EAGAIN || errno == EINTR) return 0;
    halt(HALT_FAILED, "client %u was cut by the server: %s", client, strerror(errno));
}

/* While gathering, client 0 says "?" until everyone has had one, then "!" once. */
enum heard { HEARD_NOTHING, HEARD_ASK, HEARD_LAST, HEARD_LAST_LINE };

static enum heard hear(enum heard heard, struct slice bytes, uint32_t client) {
    if (heard == HEARD_NOTHING && bytes.at[0] == '*') {
        halt(HALT_FAILED, "client %u was refused: %.*s", client, (int)bytes.size, bytes.at);
    }
    for (size_t i = 0; i < bytes.size; i++) {
        if (bytes.at[i] == '?' && heard == HEARD_NOTHING) heard = HEARD_ASK;
        if (bytes.at[i] == '!') heard = HEARD_LAST;
        if (bytes.at[i] == '\n' && heard == HEARD_LAST) heard = HEARD_LAST_LINE;
    }
    return heard;
}

/* One turn; returns how many more have now heard at least `wanted`. */
static uint32_t listen_once(struct crowd *crowd, enum heard *heard, enum heard wanted,
                            uint64_t ns) {
    uint32_t reached = 0, count = crowd_wait(crowd, ns);
    for (uint32_t i = 0; i < count; i++) {
        uint32_t client = crowd->events[i].data.u32;
        if (client >= crowd->count) continue;
        struct slice bytes = crowd_read(crowd, client);
        if (client == 0 || bytes.size == 0) continue;
        enum heard before = heard[client];
        heard[client] = hear(before, bytes, client);
        if (before < wanted && heard[client] >= wanted) reached++;
    }
    return reached;
}

/* Say `line`, again every `pause_ns` (0: once), until all others have heard `wanted`. */
static void say_until(struct crowd *crowd, enum heard *heard, struct slice line, enum heard wanted,
                      uint64_t pause_ns) {
    uint32_t missing = 0;
    for (uint32_t client = 1; client < crowd->count; client++) {
        if (heard[client] < wanted) missing++;
    }
    uint64_t end_ns = tick_ns() + GATHER_S * TICK_S, next_ns = 0;
    while (missing > 0) {
        uint64_t now = tick_ns();
        if (now > end_ns) {
            halt(HALT_FAILED, "%u of %u have not joined in %d s", missing, crowd->count, GATHER_S);
        }
        if (now >= next_ns) {
            if (crowd_send(crowd, 0, line) != line.size) halt(HALT_FAILED, "client 0 is held up");
            next_ns = pause_ns == 0 ? UINT64_MAX : now + pause_ns;
        }
        missing -= listen_once(crowd, heard, wanted, 10 * TICK_MS);
    }
}

void crowd_gather(struct crowd *crowd) {
    enum heard *heard = calloc(crowd->count, sizeof *heard);
    check(heard != NULL);
    uint64_t pause_ns = 20 * TICK_MS + crowd->count * (TICK_MS / 50);
    say_until(crowd, heard, slice_of("?\r\n"), HEARD_ASK, pause_ns);
    say_until(crowd, heard, slice_of("!\r\n"), HEARD_LAST_LINE, 0);
    free(heard);
}
