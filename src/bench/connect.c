/* connect.c: `bench connect`. Client 0 (the usher) and client 1 (the observer) are in the room
 * first; then the joiners come as fast as they can, many under way at once, until the observer has
 * read about each. What the joiners themselves are told is thrown away unread, a few sockets per
 * turn. */
#include "bench/connect.h"

#include "base/check.h"
#include "bench/child.h"
#include "bench/crowd.h"
#include "bench/figures.h"
#include "bench/flags.h"
#include "bench/halt.h"
#include "bench/meter.h"
#include "bench/tick.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    USHER_COUNT = 2,
    STARTED_PER_TURN = 64,
    DRAINED_PER_TURN = 64,
    NICK_SIZE = 6,
    ANNOUNCED_SIZE = NICK_SIZE + 22, /* "j00000 has joined the chat\r\n" */
    DRAINED_FROM = 32768,            /* bytes that a joiner can have been told */
    REST_MS = 600,                   /* so that what a start writes to the disk is written */
    LIMIT_S = 120,
};

struct joining {
    struct crowd
        crowd; /* usher and observer; joiners that could not speak at once, from USHER_COUNT */
    int *fds;  /* owned: per joiner */
    uint32_t joiner_count, started, announced, drained, cut, burst;
    uint64_t announced_bytes;
};

struct connect_plan connect_defaults(void) {
    return (struct connect_plan){.members = 1000, .burst = 1000};
}

/* False if the connection is not through yet. */
static bool say_nick(struct joining *joining, uint32_t joiner) {
    char line[16];
    int size = snprintf(line, sizeof line, "j%05u\r\n", joiner);
    check(size == NICK_SIZE + 2);
    ssize_t sent = send(joining->fds[joiner], line, (size_t)size, MSG_NOSIGNAL);
    if (sent == size) return true;
    if (sent < 0 && (errno == EAGAIN || errno == ENOTCONN)) return false;
    halt(HALT_FAILED, "joiner %u: %s", joiner, sent < 0 ? strerror(errno) : "a short write");
}

static void start_some(struct joining *joining) {
    for (int i = 0; i < STARTED_PER_TURN; i++) {
        if (joining->started == joining->joiner_count) return;
        if (joining->started - joining->announced >= joining->burst) return;
        uint32_t joiner = joining->started++;
        int fd = crowd_socket(joining->crowd.port, USHER_COUNT + joiner);
        joining->fds[joiner] = fd;
        if (say_nick(joining, joiner)) continue;
        struct epoll_event event = {.events = EPOLLOUT, .data.u32 = USHER_COUNT + joiner};
        check(epoll_ctl(joining->crowd.epoll, EPOLL_CTL_ADD, fd, &event) == 0);
    }
}

/* On TCP, MSG_TRUNC throws the bytes away without copying them. */
static void drain_some(struct joining *joining) {
    if (joining->announced_bytes < DRAINED_FROM) return;
    for (int i = 0; i < DRAINED_PER_TURN && joining->started > 0; i++) {
        joining->drained = (joining->drained + 1) % joining->started;
        int fd = joining->fds[joining->drained];
        if (fd < 0) continue;
        ssize_t size = recv(fd, NULL, CROWD_BYTES_MAX, MSG_TRUNC);
        if (size > 0 || (size < 0 && (errno == EAGAIN || errno == ENOTCONN))) continue;
        joining->cut++;
        close(fd);
        joining->fds[joining->drained] = -1;
    }
}

static void count_announced(struct joining *joining, struct slice bytes) {
    joining->announced_bytes += bytes.size;
    const char *end;
    while (bytes.size > 0 && (end = memchr(bytes.at, '\n', bytes.size)) != NULL) {
        joining->announced++;
        bytes = slice_from(bytes, (size_t)(end - bytes.at) + 1);
    }
}

static void handle(struct joining *joining, uint32_t client) {
    if (client < USHER_COUNT) {
        struct slice bytes = crowd_read(&joining->crowd, client);
        if (client == 1) count_announced(joining, bytes);
        return;
    }
    uint32_t joiner = client - USHER_COUNT;
    if (!say_nick(joining, joiner)) return;
    check(epoll_ctl(joining->crowd.epoll, EPOLL_CTL_DEL, joining->fds[joiner], NULL) == 0);
}

static void join_all(struct joining *joining) {
    uint64_t end_ns = tick_ns() + LIMIT_S * TICK_S;
    while (joining->announced < joining->joiner_count) {
        if (tick_ns() > end_ns) {
            halt(HALT_FAILED, "only %u of %u joins were announced in %d s", joining->announced,
                 joining->joiner_count, LIMIT_S);
        }
        uint32_t before = joining->started;
        start_some(joining);
        drain_some(joining);
        uint32_t count = crowd_wait(&joining->crowd, joining->started > before ? 0 : TICK_MS);
        for (uint32_t i = 0; i < count; i++) {
            handle(joining, joining->crowd.events[i].data.u32);
        }
    }
    if (joining->announced_bytes != (uint64_t)joining->joiner_count * ANNOUNCED_SIZE) {
        halt(HALT_FAILED, "the observer was told something else than that they joined");
    }
}

static void joining_init(struct joining *joining, const struct connect_plan *plan, uint16_t port) {
    *joining = (struct joining){.joiner_count = plan->members - USHER_COUNT, .burst = plan->burst};
    joining->fds = calloc(joining->joiner_count, sizeof *joining->fds);
    check(joining->fds != NULL);
    crowd_init(&joining->crowd, port, USHER_COUNT);
    crowd_enter(&joining->crowd, "usher");
    crowd_enter(&joining->crowd, "observer");
    crowd_gather(&joining->crowd);
    tick_sleep(REST_MS * TICK_MS);
}

static void joining_deinit(struct joining *joining) {
    for (uint32_t i = 0; i < joining->started; i++) {
        if (joining->fds[i] >= 0) close(joining->fds[i]);
    }
    free(joining->fds);
    crowd_deinit(&joining->crowd);
}

void connect_measure(const struct connect_plan *plan, struct connect_result *result) {
    struct scratch scratch;
    struct child child;
    static struct joining joining;
    scratch_open(&scratch);
    const struct child_plan child_plan = {
        .program = plan->program, .durability = "full", .bare = plan->bare, .announce = true};
    child_start(&child, &child_plan, &scratch);
    joining_init(&joining, plan, child.port);
    uint64_t start_ns = tick_ns(), cpu_ns = meter_cpu_ns(child.pid), stolen_ns = meter_stolen_ns();
    join_all(&joining);
    uint64_t joiners = joining.joiner_count;
    *result = (struct connect_result){.seconds = (double)(tick_ns() - start_ns) / 1e9,
                                      .announcements = joiners * (joiners - 1) / 2 + joiners * 2,
                                      .cut = joining.cut};
    result->joins_per_s = (double)joiners / result->seconds;
    result->server_cpu_s = (double)(meter_cpu_ns(child.pid) - cpu_ns) / 1e9;
    result->stolen_s = (double)(meter_stolen_ns() - stolen_ns) / 1e9;
    fprintf(stderr,
            "%-6s %u members: %.0f joins/s in %.3f s, server %.3f s, stolen %.2f s, %u cut\n",
            plan->bare ? "bare" : "server", plan->members, result->joins_per_s, result->seconds,
            result->server_cpu_s, result->stolen_s, result->cut);
    child_stop(&child);
    joining_deinit(&joining);
    scratch_close(&scratch);
}

int connect_main(int argc, char **argv) {
    struct connect_plan plan = connect_defaults();
    const struct flag flags[] = {
        {"--members", "in the room at last", .number = &plan.members, .min = 3, .max = 19000},
        {"--burst", "connecting at once at most", .number = &plan.burst, .min = 1, .max = 4000},
        {"--bare", "by the least server possible", .yes = &plan.bare},
        {"--server", "another server's executable", .word = &plan.program},
        {"--json", "print JSON", .yes = &plan.json},
    };
    const struct flag_table table = {"connect",
                                     "Joins per second into a room that is told of each.", flags,
                                     sizeof flags / sizeof *flags};
    flags_read(&table, argc, argv);
    child_leave_core();
    struct connect_result result;
    connect_measure(&plan, &result);
    struct figures figures = {.title = "connect"};
    figures_put(&figures, "members", plan.members, 0);
    figures_put(&figures, "joins_per_s", result.joins_per_s, 0);
    figures_put(&figures, "seconds", result.seconds, 4);
    figures_put(&figures, "announcements", (double)result.announcements, 0);
    figures_put(&figures, "server_cpu_s", result.server_cpu_s, 3);
    figures_put(&figures, "stolen_s", result.stolen_s, 2);
    figures_put(&figures, "cut", result.cut, 0);
    figures_print(&figures, plan.json);
    return result.cut == 0 ? 0 : 1;
}
