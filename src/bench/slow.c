/* slow.c: `bench slow`. Timed and bulk messages go to everyone; one receiver, in half of the runs,
 * has joined and never reads. A watcher on a second port, where joins and leaves are shown, tells
 * when it is cut. */
#include "bench/slow.h"

#include "base/check.h"
#include "bench/figures.h"
#include "bench/flags.h"
#include "bench/halt.h"
#include "bench/meter.h"
#include "bench/tick.h"
#include "bench/trial.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

enum { ROUNDS_MAX = 99, BURSTS_PER_S = 10, WATCHER_INDEX = 60000, SLOW_INDEX };

#define JOINED "slowpoke has joined the chat\r\n"
#define LEFT "slowpoke has left the chat\r\n"

struct watcher {
    int fd;
    uint64_t joined_ns, left_ns; /* 0: not yet */
    size_t kept;                 /* bytes of an unfinished line at the front of `bytes` */
    char bytes[64 * 1024];
};

struct slow_plan slow_defaults(void) {
    return (struct slow_plan){
        .receivers = 1000, .rate = 50, .bulk = 500, .size = 512, .seconds = 10, .rounds = 3};
}

static void note_line(struct watcher *watcher, struct slice line) {
    if (slice_equal(line, slice_of(JOINED))) watcher->joined_ns = tick_ns();
    if (slice_equal(line, slice_of(LEFT))) watcher->left_ns = tick_ns();
}

static void read_watcher(void *context) {
    struct watcher *watcher = context;
    ssize_t size = recv(watcher->fd, watcher->bytes + watcher->kept,
                        sizeof watcher->bytes - watcher->kept, MSG_DONTWAIT);
    if (size < 0 && errno == EAGAIN) return;
    if (size <= 0) halt(HALT_FAILED, "the watcher was cut");
    struct slice rest = {watcher->bytes, watcher->kept + (size_t)size};
    const char *end;
    while (rest.size > 0 && (end = memchr(rest.at, '\n', rest.size)) != NULL) {
        size_t line_size = (size_t)(end - rest.at) + 1;
        note_line(watcher, slice_head(rest, line_size));
        rest = slice_from(rest, line_size);
    }
    if (rest.size == sizeof watcher->bytes) rest.size = 0;
    memmove(watcher->bytes, rest.at, rest.size);
    watcher->kept = rest.size;
}

static int enter(uint16_t port, uint32_t index, struct slice nick_line) {
    int fd = crowd_socket(port, index);
    struct pollfd wait = {.fd = fd, .events = POLLOUT};
    if (poll(&wait, 1, 5000) != 1 ||
        send(fd, nick_line.at, nick_line.size, MSG_NOSIGNAL) != (ssize_t)nick_line.size) {
        halt(HALT_FAILED, "cannot join: %s", strerror(errno));
    }
    return fd;
}

/* Returns the socket of the receiver who never reads. */
static int enter_slow(struct watcher *watcher, const struct child *child) {
    int fd = enter(child->port, SLOW_INDEX, slice_of("slowpoke\r\n"));
    struct pollfd wait = {.fd = watcher->fd, .events = POLLIN};
    for (int i = 0; i < 50 && watcher->joined_ns == 0; i++) {
        halt_if_told();
        if (poll(&wait, 1, 100) == 1) read_watcher(watcher);
    }
    if (watcher->joined_ns == 0) halt(HALT_FAILED, "the watcher saw nobody join");
    return fd;
}

/* What its socket held when it was cut, and whether the stream has an end. */
static void read_remains(int fd, struct slow_result *result) {
    struct pollfd wait = {.fd = fd, .events = POLLIN};
    for (uint64_t end_ns = tick_ns() + 10 * TICK_S; tick_ns() < end_ns;) {
        if (poll(&wait, 1, 1000) != 1) return;
        ssize_t size = recv(fd, NULL, CROWD_BYTES_MAX, MSG_TRUNC | MSG_DONTWAIT);
        if (size <= 0) {
            result->cut = size == 0 || errno == ECONNRESET;
            return;
        }
        result->taken_bytes += (double)size;
    }
}

static struct traffic_plan plan_traffic(const struct slow_plan *plan) {
    return (struct traffic_plan){
        .receiver_count = plan->receivers - 1,
        .sender_count = 2,
        .text_size = plan->size,
        .pace = {{TICK_S / plan->rate, 1}, {TICK_S / BURSTS_PER_S, plan->bulk / BURSTS_PER_S}},
        .warm_ns = TICK_MS,
        .measure_ns = plan->seconds * TICK_S};
}

/* Returns the p99 of the others' delays in microseconds. */
static double run_once(const struct slow_plan *plan, bool slow, struct slow_result *result) {
    struct scratch scratch;
    struct child child;
    struct traffic traffic;
    struct traffic_result traffic_result;
    struct watcher watcher = {0};
    const struct child_plan child_plan = {
        .program = plan->program, .durability = "full", .watch = true};
    const struct traffic_plan traffic_plan = plan_traffic(plan);
    scratch_open(&scratch);
    child_start(&child, &child_plan, &scratch);
    watcher.fd = enter(child.watch_port, WATCHER_INDEX, slice_of("watcher\r\n"));
    tick_sleep(200 * TICK_MS);
    int slow_fd = slow ? enter_slow(&watcher, &child) : -1;
    traffic_init(&traffic, &traffic_plan, child.port);
    const struct traffic_aside aside = {watcher.fd, read_watcher, &watcher};
    traffic_add_aside(&traffic, &aside);
    double before = (double)meter_bytes(child.pid, "RssAnon");
    double peak = (double)meter_bytes(child.pid, "VmHWM");
    uint64_t start_ns = tick_ns();
    traffic_run(&traffic, child.pid, &traffic_result);
    result->right = result->right && traffic_right(&traffic_result);
    if (slow) {
        result->before_bytes = before;
        result->after_bytes = (double)meter_settled_bytes(child.pid, "RssAnon");
        result->peak_bytes = (double)meter_bytes(child.pid, "VmHWM") - peak;
        result->sent_bytes = (double)traffic.trail.size;
        result->taken_bytes = 0;
        read_remains(slow_fd, result);
        result->cut_s = watcher.left_ns == 0 ? -1 : (double)(watcher.left_ns - start_ns) / 1e9;
        close(slow_fd);
    }
    child_stop(&child);
    traffic_deinit(&traffic);
    close(watcher.fd);
    scratch_close(&scratch);
    return quantile_us(&traffic_result.latency, 0.99);
}

void slow_measure(const struct slow_plan *plan, struct slow_result *result) {
    check(plan->rounds > 0 && plan->rounds <= ROUNDS_MAX);
    double without[ROUNDS_MAX], with[ROUNDS_MAX], ratio[ROUNDS_MAX];
    *result = (struct slow_result){.right = true};
    for (uint32_t round = 0; round < plan->rounds; round++) {
        without[round] = run_once(plan, false, result);
        with[round] = run_once(plan, true, result);
        ratio[round] = without[round] > 0 ? with[round] / without[round] : 0;
        fprintf(stderr, "round %u p99 of the others: %.1f us without, %.1f us with; cut %s%s\n",
                round + 1, without[round], with[round], result->cut ? "yes" : "no",
                result->right ? "" : "  WRONG");
    }
    result->without_p99_us = quantile_median(without, plan->rounds);
    result->with_p99_us = quantile_median(with, plan->rounds);
    result->ratio = quantile_median(ratio, plan->rounds);
}

int slow_main(int argc, char **argv) {
    struct slow_plan plan = slow_defaults();
    const struct flag flags[] = {
        {"--receivers", "members who only read", .number = &plan.receivers, .min = 2, .max = 19000},
        {"--rate", "timed messages per second", .number = &plan.rate, .min = 1, .max = 1000},
        {"--bulk", "further messages per second", .number = &plan.bulk, .min = 10, .max = 50000},
        {"--size", "bytes of text per message", .number = &plan.size, .min = PROBE_TEXT_MIN,
         .max = PROBE_TEXT_MAX},
        {"--seconds", "measured time", .number = &plan.seconds, .min = 1, .max = 600},
        {"--rounds", "pairs of runs", .number = &plan.rounds, .min = 1, .max = ROUNDS_MAX},
        {"--server", "another server's executable", .word = &plan.program},
        {"--json", "print JSON", .yes = &plan.json},
    };
    const struct flag_table table = {"slow",
                                     "The others' delays with and without one who never reads.",
                                     flags, sizeof flags / sizeof *flags};
    flags_read(&table, argc, argv);
    child_leave_core();
    struct slow_result result;
    slow_measure(&plan, &result);
    struct figures figures = {.title = "slow"};
    figures_put(&figures, "p99_ratio", result.ratio, 3);
    figures_put(&figures, "p99_without_us", result.without_p99_us, 1);
    figures_put(&figures, "p99_with_us", result.with_p99_us, 1);
    figures_put(&figures, "cut", result.cut, 0);
    figures_put(&figures, "cut_after_s", result.cut_s, 2);
    figures_put(&figures, "said_bytes", result.sent_bytes, 0);
    figures_put(&figures, "taken_bytes", result.taken_bytes, 0);
    figures_put(&figures, "rss_anon_before_bytes", result.before_bytes, 0);
    figures_put(&figures, "rss_anon_after_bytes", result.after_bytes, 0);
    figures_put(&figures, "rss_peak_growth_bytes", result.peak_bytes, 0);
    figures_print(&figures, plan.json);
    return result.right ? 0 : 1;
}
