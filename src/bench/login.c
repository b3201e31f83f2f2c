/* login.c: `bench login`. First the accounts are made, and a token for each. Then two members of
 * the lobby speak at a pace, and now and then all accounts connect to a second port at once, log in
 * by token and are put into a room of their own, where each join is told to all of them. The
 * sockets that log in are watched by an epoll of their own, which is the traffic's `aside`: so that
 * delays are measured between two logins, a turn handles only a few. */
#include "bench/login.h"

#include "base/check.h"
#include "bench/figures.h"
#include "bench/flags.h"
#include "bench/halt.h"
#include "bench/tick.h"
#include "bench/trial.h"
#include "chat/limits.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    ROUNDS_MAX = 99,
    ENROLLED_AT_ONCE = 16, /* fewer than passwords may wait in the server */
    LINES_MAX = 1024,      /* bytes of what an account is told while it is made */
    STARTED_PER_TURN = 8,
    EVENTS_PER_TURN = 32,
    INDEX_FIRST = 40000, /* of the sockets: another address than the members' */
    QUIET_MS = 500,
    SETTLE_MS = 1000, /* for what the last round's end costs */
    LIMIT_S = 60,
};

#define WAKE_EVENT UINT32_MAX
#define PASSWORD "swordfish"
#define SHOWN "* your token, shown once: "
#define ANSWER "* you are logged in as "

enum stage { STAGE_SETTLE, STAGE_QUIET, STAGE_LOGIN, STAGE_BEHIND };

struct storm {
    const struct login_plan *plan;
    struct traffic *traffic;
    char (*tokens)[TOKEN_SIZE]; /* owned: per account */
    int *fds;                   /* owned: per account */
    int epoll, wake;            /* `wake` can always be read: there is something to do each turn */
    uint16_t port;
    enum stage stage;
    uint64_t stage_ns; /* when it began */
    uint32_t started, answered, round;
    uint64_t mark; /* messages said before the last login was answered */
    double p99_us[ROUNDS_MAX], quiet_p99_us[ROUNDS_MAX], seconds[ROUNDS_MAX];
};

struct login_plan login_defaults(void) {
    return (struct login_plan){.logins = 1000, .members = 100, .rate = 200, .rounds = 5};
}

/* Making the accounts */

static int enrol(uint16_t port, uint32_t account) {
    char lines[96];
    int fd = crowd_socket(port, INDEX_FIRST + account);
    struct pollfd wait = {.fd = fd, .events = POLLOUT};
    int size =
        snprintf(lines, sizeof lines, "u%05u\r\n/register %s\r\n/token\r\n", account, PASSWORD);
    check(size > 0 && (size_t)size < sizeof lines);
    if (poll(&wait, 1, 5000) != 1 || send(fd, lines, (size_t)size, MSG_NOSIGNAL) != size)
        halt(HALT_FAILED, "account %u: %s", account, strerror(errno));
    return fd;
}

static bool take_token(struct slice bytes, char *token) {
    while (bytes.size > 0) {
        struct slice line = slice_until(&bytes, '\n');
        if (line.size < slice_of(SHOWN).size + TOKEN_SIZE || !slice_starts(line, slice_of(SHOWN)))
            continue;
        memcpy(token, line.at + slice_of(SHOWN).size, TOKEN_SIZE);
        return true;
    }
    return false;
}

static void await_token(int fd, uint32_t account, char *token) {
    char bytes[LINES_MAX] = "";
    size_t used = 0;
    while (!take_token((struct slice){bytes, used}, token)) {
        struct pollfd wait = {.fd = fd, .events = POLLIN};
        halt_if_told();
        ssize_t size = 0;
        if (poll(&wait, 1, 10000) == 1) size = recv(fd, bytes + used, sizeof bytes - used, 0);
        if (size <= 0)
            halt(HALT_FAILED, "account %u has no token: %.*s", account, (int)used, bytes);
        used += (size_t)size;
    }
    close(fd);
}

static void enrol_all(struct storm *storm) {
    uint32_t logins = storm->plan->logins;
    for (uint32_t first = 0; first < logins; first += ENROLLED_AT_ONCE) {
        uint32_t end = first + ENROLLED_AT_ONCE < logins ? first + ENROLLED_AT_ONCE : logins;
        for (uint32_t account = first; account < end; account++)
            storm->fds[account] = enrol(storm->port, account);
        for (uint32_t account = first; account < end; account++)
            await_token(storm->fds[account], account, storm->tokens[account]);
    }
}

/* Logging in */

/* False if the connection is not through yet. */
static bool ask(const struct storm *storm, uint32_t account) {
    char line[64];
    int size = snprintf(line, sizeof line, "/login u%05u %.*s\r\n", account, TOKEN_SIZE,
                        storm->tokens[account]);
    check(size > 0 && (size_t)size < sizeof line);
    ssize_t sent = send(storm->fds[account], line, (size_t)size, MSG_NOSIGNAL);
    if (sent == size) return true;
    if (sent < 0 && (errno == EAGAIN || errno == ENOTCONN)) return false;
    halt(HALT_FAILED, "login %u: %s", account, sent < 0 ? strerror(errno) : "a short write");
}

static void watch(const struct storm *storm, int operation, uint32_t account, uint32_t events) {
    struct epoll_event event = {.events = events, .data.u32 = account};
    check(epoll_ctl(storm->epoll, operation, storm->fds[account], &event) == 0);
}

static void start_some(struct storm *storm) {
    for (int i = 0; i < STARTED_PER_TURN && storm->started < storm->plan->logins; i++) {
        uint32_t account = storm->started++;
        storm->fds[account] = crowd_socket(storm->port, INDEX_FIRST + account);
        watch(storm, EPOLL_CTL_ADD, account, ask(storm, account) ? EPOLLIN : EPOLLOUT);
    }
}

/* The first line is the answer; the joins after it stay unread in the socket, which has room. */
static void read_answer(struct storm *storm, uint32_t account) {
    char bytes[64], wanted[64];
    int size = snprintf(wanted, sizeof wanted, ANSWER "u%05u\r\n", account);
    check(size > 0 && (size_t)size < sizeof wanted);
    ssize_t got = recv(storm->fds[account], bytes, (size_t)size, MSG_PEEK);
    if (got <= 0 || memcmp(bytes, wanted, (size_t)got) != 0)
        halt(HALT_FAILED, "login %u is answered: %.*s", account, got < 0 ? 0 : (int)got, bytes);
    if (got < size) return;
    watch(storm, EPOLL_CTL_DEL, account, 0);
    storm->answered++;
}

static void handle_some(struct storm *storm) {
    struct epoll_event events[EVENTS_PER_TURN];
    int count = epoll_wait(storm->epoll, events, EVENTS_PER_TURN, 0);
    for (int i = 0; i < count; i++) {
        uint32_t account = events[i].data.u32;
        if (account == WAKE_EVENT) continue;
        if (events[i].events & EPOLLOUT) {
            if (ask(storm, account)) watch(storm, EPOLL_CTL_MOD, account, EPOLLIN);
        } else {
            read_answer(storm, account);
        }
    }
}

static void leave_all(struct storm *storm) {
    for (uint32_t account = 0; account < storm->started; account++)
        close(storm->fds[account]);
    storm->started = storm->answered = 0;
}

/* The stages of a round */

static void begin(struct storm *storm, enum stage stage) {
    storm->stage = stage;
    storm->stage_ns = tick_ns();
    if (stage == STAGE_QUIET || stage == STAGE_LOGIN)
        storm->traffic->latency = (struct quantile){0};
}

static void end_quiet(struct storm *storm) {
    storm->quiet_p99_us[storm->round] = quantile_us(&storm->traffic->latency, 0.99);
    begin(storm, STAGE_LOGIN);
}

static void end_login(struct storm *storm) {
    storm->seconds[storm->round] = (double)(tick_ns() - storm->stage_ns) / 1e9;
    storm->mark = storm->traffic->sent_count;
    begin(storm, STAGE_BEHIND);
}

static void end_round(struct storm *storm) {
    if (storm->traffic->latency.count == 0)
        halt(HALT_FAILED, "all logins were answered before anybody said anything");
    uint32_t round = storm->round++;
    storm->p99_us[round] = quantile_us(&storm->traffic->latency, 0.99);
    fprintf(stderr, "round %u p99 of the others: %.1f us, %.1f us before; %u logins in %.3f s\n",
            round + 1, storm->p99_us[round], storm->quiet_p99_us[round], storm->plan->logins,
            storm->seconds[round]);
    leave_all(storm);
    begin(storm, STAGE_SETTLE);
    if (storm->round < storm->plan->rounds) return;
    uint64_t nothing;
    check(read(storm->wake, &nothing, sizeof nothing) == sizeof nothing);
    storm->traffic->enough = true;
}

/* One turn of the traffic's loop. */
static void turn(void *context) {
    struct storm *storm = context;
    if (!storm->traffic->measuring) return;
    uint64_t passed_ns = tick_ns() - storm->stage_ns;
    switch (storm->stage) {
    case STAGE_SETTLE:
        if (passed_ns > SETTLE_MS * TICK_MS) begin(storm, STAGE_QUIET);
        break;
    case STAGE_QUIET:
        if (passed_ns > QUIET_MS * TICK_MS) end_quiet(storm);
        break;
    case STAGE_LOGIN:
        start_some(storm);
        handle_some(storm);
        if (storm->answered == storm->plan->logins) end_login(storm);
        break;
    case STAGE_BEHIND:
        if (storm->traffic->trail.slowest >= storm->mark) end_round(storm);
        break;
    }
    if (passed_ns > LIMIT_S * TICK_S)
        halt(HALT_FAILED, "only %u of %u logins were answered in %d s", storm->answered,
             storm->plan->logins, LIMIT_S);
}

static void storm_init(struct storm *storm, const struct login_plan *plan, uint16_t port) {
    *storm = (struct storm){.plan = plan, .port = port, .stage_ns = tick_ns()};
    storm->tokens = calloc(plan->logins, sizeof *storm->tokens);
    storm->fds = calloc(plan->logins, sizeof *storm->fds);
    storm->epoll = epoll_create1(EPOLL_CLOEXEC);
    storm->wake = eventfd(1, EFD_CLOEXEC | EFD_NONBLOCK);
    check(storm->tokens != NULL && storm->fds != NULL && storm->epoll >= 0 && storm->wake >= 0);
    struct epoll_event event = {.events = EPOLLIN, .data.u32 = WAKE_EVENT};
    check(epoll_ctl(storm->epoll, EPOLL_CTL_ADD, storm->wake, &event) == 0);
}

static void storm_deinit(struct storm *storm) {
    leave_all(storm);
    close(storm->wake);
    close(storm->epoll);
    free(storm->fds);
    free(storm->tokens);
}

void login_measure(const struct login_plan *plan, struct login_result *result) {
    check(plan->rounds > 0 && plan->rounds <= ROUNDS_MAX && plan->members > 2);
    struct scratch scratch;
    struct child child;
    static struct storm storm;
    static struct traffic traffic;
    struct traffic_result traffic_result;
    const struct child_plan child_plan = {.program = plan->program,
                                          .durability = "full",
                                          .watch = true,
                                          .watch_room = "hall",
                                          .cheap_passwords = true};
    const struct traffic_pace pace = {TICK_S / plan->rate, 1};
    const struct traffic_plan traffic_plan = {.receiver_count = plan->members - 2,
                                              .sender_count = 2,
                                              .text_size = 64,
                                              .pace = {pace, pace},
                                              .warm_ns = TICK_S,
                                              .measure_ns = plan->rounds * LIMIT_S * TICK_S};
    scratch_open(&scratch);
    child_start(&child, &child_plan, &scratch);
    storm_init(&storm, plan, child.watch_port);
    enrol_all(&storm);
    traffic_init(&traffic, &traffic_plan, child.port);
    storm.traffic = &traffic;
    traffic_add_aside(&traffic, &(struct traffic_aside){storm.epoll, turn, &storm});
    begin(&storm, STAGE_SETTLE);
    traffic_run(&traffic, child.pid, &traffic_result);
    if (storm.round < plan->rounds) halt(HALT_FAILED, "only %u rounds came to an end", storm.round);
    *result =
        (struct login_result){.p99_us = quantile_median(storm.p99_us, plan->rounds),
                              .quiet_p99_us = quantile_median(storm.quiet_p99_us, plan->rounds),
                              .seconds = quantile_median(storm.seconds, plan->rounds),
                              .right = traffic_right(&traffic_result)};
    child_stop(&child);
    storm_deinit(&storm);
    traffic_deinit(&traffic);
    scratch_close(&scratch);
}

int login_main(int argc, char **argv) {
    struct login_plan plan = login_defaults();
    const struct flag flags[] = {
        {"--logins", "accounts that log in at once", .number = &plan.logins, .min = 1,
         .max = 10000},
        {"--members", "of the room that is measured", .number = &plan.members, .min = 3,
         .max = 10000},
        {"--rate", "messages per second of two members", .number = &plan.rate, .min = 1,
         .max = 10000},
        {"--rounds", "times that all log in", .number = &plan.rounds, .min = 1, .max = ROUNDS_MAX},
        {"--server", "another server's executable", .word = &plan.program},
        {"--json", "print JSON", .yes = &plan.json},
    };
    const struct flag_table table = {"login", "The others' delays while many log in by token.",
                                     flags, sizeof flags / sizeof *flags};
    flags_read(&table, argc, argv);
    child_leave_core();
    struct login_result result;
    login_measure(&plan, &result);
    struct figures figures = {.title = "login"};
    figures_put(&figures, "logins", plan.logins, 0);
    figures_put(&figures, "members", plan.members, 0);
    figures_put(&figures, "p99_us", result.p99_us, 1);
    figures_put(&figures, "quiet_p99_us", result.quiet_p99_us, 1);
    figures_put(&figures, "seconds", result.seconds, 3);
    figures_put(&figures, "logins_per_s", plan.logins / result.seconds, 0);
    figures_print(&figures, plan.json);
    return result.right ? 0 : 1;
}
