/* all.c: `bench all`. Each measurement runs in a process of its own, so that one that fails is a
 * row that says so and not the end of the table. */
#include "bench/all.h"

#include "base/check.h"
#include "bench/child.h"
#include "bench/connect.h"
#include "bench/fanout.h"
#include "bench/flags.h"
#include "bench/halt.h"
#include "bench/history.h"
#include "bench/idle.h"
#include "bench/irc.h"
#include "bench/latency.h"
#include "bench/login.h"
#include "bench/slow.h"
#include "bench/start.h"
#include "bench/web.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

enum { ROWS_MAX = 5 };

struct row {
    char what[96], target[64], measured[64], beside[160];
    bool pass;
};

struct report {
    struct row rows[ROWS_MAX];
    uint32_t count;
};

struct all_plan {
    uint32_t rounds, seconds, messages;
    const char *program; /* NULL: this one */
};

struct measurement {
    const char *name;
    void (*run)(const struct all_plan *plan, const struct measurement *self, struct report *report);
    uint32_t receivers, senders, window;   /* or members */
    double target;                         /* what must be reached */
    const struct audience_dialect *beside; /* run_beside: in which dialect */
};

static struct row *add_row(struct report *report, bool pass) {
    check(report->count < ROWS_MAX);
    struct row *row = &report->rows[report->count++];
    *row = (struct row){.pass = pass};
    return row;
}

/* Each text in its place; what is too long is cut. */
__attribute__((format(printf, 3, 4))) static void put(char *place, size_t cap, const char *format,
                                                      ...) {
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(place, cap, format, arguments);
    va_end(arguments);
}

#define PUT(place, ...) put((place), sizeof(place), __VA_ARGS__)

static void run_fanout(const struct all_plan *plan, const struct measurement *self,
                       struct report *report) {
    struct fanout_plan fanout = fanout_defaults();
    fanout.receivers = self->receivers;
    fanout.senders = self->senders;
    fanout.window = self->window;
    fanout.rounds = plan->rounds;
    fanout.seconds = plan->seconds;
    fanout.program = plan->program;
    struct fanout_ratio ratio;
    fanout_compare(&fanout, &ratio);
    struct row *row = add_row(report, ratio.right && ratio.ratio >= self->target);
    PUT(row->what, "%s", self->name);
    PUT(row->target, "ratio >= %.2f", self->target);
    PUT(row->measured, "%.2f (%.2f to %.2f)", ratio.ratio, ratio.ratio_min, ratio.ratio_max);
    PUT(row->beside, "%.2f M deliveries per CPU-second, bare %.2f M%s", ratio.server / 1e6,
        ratio.bare / 1e6, ratio.right ? "" : "; MESSAGES LOST, DOUBLED OR OUT OF ORDER");
}

static void compare_latency(const struct all_plan *plan, const char *durability,
                            struct latency_result *result) {
    struct latency_plan latency = latency_defaults();
    latency.durability = durability;
    latency.program = plan->program;
    latency.rounds = plan->rounds < 3 ? plan->rounds : 3;
    latency.seconds = plan->seconds * 2;
    latency_compare(&latency, result);
}

static void put_over_row(struct report *report, const struct measurement *self,
                         const struct latency_result *result) {
    double over_ms = result->over[LATENCY_P50] / 1000;
    struct row *row = add_row(report, result->right && over_ms <= self->target);
    PUT(row->what, "%s: p50", self->name);
    PUT(row->target, "<= bare + %.1f ms", self->target);
    PUT(row->measured, "%.2f times (%+.2f ms)", result->ratio[LATENCY_P50], over_ms);
    PUT(row->beside, "%.2f ms, bare %.2f ms", result->server[LATENCY_P50] / 1000,
        result->bare[LATENCY_P50] / 1000);
}

static void run_latency(const struct all_plan *plan, const struct measurement *self,
                        struct report *report) {
    struct latency_result result;
    compare_latency(plan, "full", &result);
    put_over_row(report, self, &result);
    struct row *row = add_row(report, result.right && result.ratio[LATENCY_P99] <= 2);
    PUT(row->what, "%s: p99", self->name);
    PUT(row->target, "<= 2 times bare");
    PUT(row->measured, "%.2f times (%+.2f ms)", result.ratio[LATENCY_P99],
        result.over[LATENCY_P99] / 1000);
    PUT(row->beside, "%.2f ms, bare %.2f ms; p99.9 %.2f ms, bare %.2f ms",
        result.server[LATENCY_P99] / 1000, result.bare[LATENCY_P99] / 1000,
        result.server[LATENCY_P999] / 1000, result.bare[LATENCY_P999] / 1000);
}

static void run_latency_off(const struct all_plan *plan, const struct measurement *self,
                            struct report *report) {
    struct latency_result result;
    compare_latency(plan, "off", &result);
    put_over_row(report, self, &result);
}

static void run_idle(const struct all_plan *plan, const struct measurement *self,
                     struct report *report) {
    struct idle_plan idle = idle_defaults();
    idle.program = plan->program;
    struct idle_result result;
    idle_measure(&idle, &result);
    struct row *row = add_row(report, result.bytes_per_connection <= self->target);
    PUT(row->what, "%s", self->name);
    PUT(row->target, "<= %.0f bytes", self->target);
    PUT(row->measured, "%.0f bytes", result.bytes_per_connection);
    PUT(row->beside, "%.1f MB with %u, %.1f MB with %u", result.from_bytes / 1e6, idle.from,
        result.to_bytes / 1e6, idle.to);
}

static void run_connect(const struct all_plan *plan, const struct measurement *self,
                        struct report *report) {
    struct connect_plan connect = connect_defaults();
    connect.program = plan->program;
    connect.members = self->receivers;
    enum { CONNECT_ROUNDS = 5 };
    double server[CONNECT_ROUNDS], bare[CONNECT_ROUNDS];
    double stolen_s = 0, seconds = 0;
    uint32_t cut = 0;
    for (int round = 0; round < CONNECT_ROUNDS; round++) {
        struct connect_result result;
        connect.bare = true;
        connect_measure(&connect, &result);
        bare[round] = result.joins_per_s;
        connect.bare = false;
        connect_measure(&connect, &result);
        server[round] = result.joins_per_s;
        stolen_s += result.stolen_s;
        seconds += result.seconds;
        cut += result.cut;
    }
    double joins = quantile_median(server, CONNECT_ROUNDS);
    double bare_joins = quantile_median(bare, CONNECT_ROUNDS);
    struct row *row = add_row(report, cut == 0 && joins >= self->target);
    PUT(row->what, "%s", self->name);
    PUT(row->target, ">= %.0f/s", self->target);
    PUT(row->measured, "%.0f/s (%.2f of bare)", joins, joins / bare_joins);
    PUT(row->beside, "bare %.0f/s; %u cut; the host withheld %.0f %% of the time", bare_joins, cut,
        100 * stolen_s / seconds);
}

static void run_slow(const struct all_plan *plan, const struct measurement *self,
                     struct report *report) {
    struct slow_plan slow = slow_defaults();
    slow.program = plan->program;
    struct slow_result result;
    slow_measure(&slow, &result);
    struct row *row = add_row(report, result.right && result.cut && result.ratio <= self->target);
    PUT(row->what, "%s", self->name);
    PUT(row->target, "<= %.2f times, and it is cut", self->target);
    PUT(row->measured, "%.2f times, %s", result.ratio, result.cut ? "cut" : "NOT CUT");
    PUT(row->beside, "p99 %.2f ms with, %.2f ms without; cut after %.1f s; memory peak %+.1f MB",
        result.with_p99_us / 1000, result.without_p99_us / 1000, result.cut_s,
        result.peak_bytes / 1e6);
}

static void run_login(const struct all_plan *plan, const struct measurement *self,
                      struct report *report) {
    struct login_plan login = login_defaults();
    login.program = plan->program;
    login.logins = self->receivers;
    login.rounds = plan->rounds;
    struct login_result result;
    login_measure(&login, &result);
    double p99_ms = result.p99_us / 1000;
    struct row *row = add_row(report, result.right && p99_ms <= self->target);
    PUT(row->what, "%s", self->name);
    PUT(row->target, "<= %.0f ms", self->target);
    PUT(row->measured, "%.1f ms", p99_ms);
    PUT(row->beside, "%.1f ms before they came; %u logins in %.2f s%s", result.quiet_p99_us / 1000,
        login.logins, result.seconds,
        result.right ? "" : "; MESSAGES LOST, DOUBLED OR OUT OF ORDER");
}

static void run_beside(const struct all_plan *plan, const struct measurement *self,
                       struct report *report) {
    struct beside_plan beside = beside_defaults(self->beside);
    beside.program = plan->program;
    beside.receivers = self->receivers;
    beside.rounds = plan->rounds;
    beside.seconds = plan->seconds;
    struct beside_result result;
    beside_measure(self->beside, &beside, &result);
    struct row *row = add_row(report, result.ratio >= self->target);
    PUT(row->what, "%s", self->name);
    PUT(row->target, "ratio >= %.2f", self->target);
    PUT(row->measured, "%.2f (%.2f to %.2f) of line's", result.ratio, result.ratio_least,
        result.ratio_most);
    PUT(row->beside, "%.2f M deliveries per CPU-second, line %.2f M", result.per_cpu_s / 1e6,
        result.line_per_cpu_s / 1e6);
}

static void put_start_row(struct report *report, const char *with, double ms) {
    struct row *row = add_row(report, ms < 100);
    PUT(row->what, "Start to first prompt, %s", with);
    PUT(row->target, "< 100 ms");
    PUT(row->measured, "%.1f ms", ms);
}

static void put_start_rows(struct report *report, const char *with,
                           const struct start_figures *figures) {
    put_start_row(report, with, figures->ms);
    double rss_bytes = figures->rss_bytes;
    struct row *row = add_row(report, rss_bytes < 12e6);
    PUT(row->what, "Memory at rest (RSS), %s", with);
    PUT(row->target, "< 12 MB");
    PUT(row->measured, "%.1f MB", rss_bytes / 1e6);
}

static void run_start(const struct all_plan *plan, const struct measurement *self,
                      struct report *report) {
    (void)self;
    struct start_plan start = start_defaults();
    start.program = plan->program;
    start.messages = plan->messages;
    struct start_result result;
    start_measure(&start, &result);
    put_start_rows(report, "empty data folder", &result.empty);
    char with[64];
    PUT(with, "%u messages", plan->messages);
    put_start_rows(report, with, &result.full);
    PUT(report->rows[2].beside, "%.0f messages/s stored; stopped in %.0f ms", result.stored_per_s,
        result.stop_ms);
    PUT(with, "%u client ids more", start.client_ids);
    put_start_row(report, with, result.ids.ms);
}

static void put_search_row(struct report *report, const struct search_result *result,
                           enum search_order order, const char *with) {
    struct row *row = add_row(report, result->p50_ms[order] < 20);
    PUT(row->what, "Search for two words there, %s", with);
    PUT(row->target, "< 20 ms");
    PUT(row->measured, "%.2f ms", result->p50_ms[order]);
    PUT(row->beside, "p99 %.1f ms, longest %.1f ms; %u refused; %.1f found", result->p99_ms[order],
        result->max_ms[order], result->refused[order], result->found[order]);
}

static void run_history(const struct all_plan *plan, const struct measurement *self,
                        struct report *report) {
    static const char *const places[PAGE_PLACES] = {"latest", "before", "around", "first"};
    struct history_plan history = history_defaults();
    struct library library;
    struct history_result pages;
    struct search_result found;
    history.messages = plan->messages < 1000 ? 1000 : plan->messages;
    library_open(&library, history.messages, history.seed);
    history_measure(&history, &library, &pages);
    search_measure(&history, &library, &found);
    enum page_place slowest = PAGE_LATEST;
    for (enum page_place place = 0; place < PAGE_PLACES; place++)
        if (pages.p50_ms[place] > pages.p50_ms[slowest]) slowest = place;
    struct row *row = add_row(report, pages.p50_ms[slowest] < self->target);
    PUT(row->what, "A page of 100 of %u messages: %s", history.messages, places[slowest]);
    PUT(row->target, "< %.0f ms", self->target);
    PUT(row->measured, "%.2f ms", pages.p50_ms[slowest]);
    PUT(row->beside, "p99 %.2f ms; latest %.2f, before %.2f, around %.2f, first %.2f ms",
        pages.p99_ms[slowest], pages.p50_ms[PAGE_LATEST], pages.p50_ms[PAGE_BEFORE],
        pages.p50_ms[PAGE_AROUND], pages.p50_ms[PAGE_FIRST]);
    put_search_row(report, &found, SEARCH_RANKED, "the best first");
    put_search_row(report, &found, SEARCH_NEWEST, "the newest first");
    library_close(&library);
}

static const struct measurement measurements[] = {
    {"Fan-out, 1,000 receivers, 1 sender, window 128", run_fanout, 1000, 1, 128, .target = 0.60},
    {"Fan-out, 100 receivers, 1 sender, window 128", run_fanout, 100, 1, 128, .target = 0.40},
    {"Fan-out, 5,000 receivers, 1 sender, window 128", run_fanout, 5000, 1, 128, .target = 0.50},
    {"Fan-out, 1,000 receivers, 10 senders, window 128", run_fanout, 1000, 10, 128, .target = 0.50},
    {"Fan-out, 1,000 receivers, 1 sender, window 1", run_fanout, 1000, 1, 1, .target = 0.85},
    {"Delay, 1,000 receivers, 100 messages/s", run_latency, .target = 1.5},
    {"Delay, the same, durability off", run_latency_off, .target = 0.3},
    {"Memory per idle connection", run_idle, .target = 600},
    {"Joins into a room of 1,000, all announced", run_connect, .receivers = 1000, .target = 15000},
    {"Joins into a room of 5,000, all announced", run_connect, .receivers = 5000, .target = 2000},
    {"p99 of 999 others when one never reads", run_slow, .target = 1.25},
    {"p99 of 100 others while 1,000 log in by token", run_login, .receivers = 1000, .target = 50},
    {"Fan-out, 10,000 IRC clients, 8 sets of capabilities", run_beside, .receivers = 10000,
     .target = 0.90, .beside = &bench_irc},
    {"Fan-out, 10,000 WebSocket clients", run_beside, .receivers = 10000, .target = 0.85,
     .beside = &bench_web},
    {"Start", run_start, .target = 100},
    {"History", run_history, .target = 1},
};

/* In a process of its own; what it found comes back through a pipe, all or nothing. */
static void measure_apart(const struct all_plan *plan, const struct measurement *measurement,
                          struct report *report) {
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0) halt(HALT_FAILED, "pipe: %s", strerror(errno));
    pid_t parent = getpid(), pid = fork();
    if (pid < 0) halt(HALT_FAILED, "fork: %s", strerror(errno));
    if (pid == 0) {
        prctl(PR_SET_PDEATHSIG, SIGTERM);
        if (getppid() != parent) _exit(HALT_FAILED);
        close(ends[0]);
        child_leave_core();
        measurement->run(plan, measurement, report);
        exit(write(ends[1], report, sizeof *report) == sizeof *report ? 0 : HALT_FAILED);
    }
    close(ends[1]);
    size_t size = 0;
    while (size < sizeof *report) {
        ssize_t got = read(ends[0], (char *)report + size, sizeof *report - size);
        if (got == 0 || (got < 0 && errno != EINTR)) break;
        if (got > 0) size += (size_t)got;
    }
    close(ends[0]);
    while (waitpid(pid, NULL, 0) < 0 && errno == EINTR) {
    }
    halt_if_told();
    if (size == sizeof *report) return;
    *report = (struct report){0};
    struct row *row = add_row(report, false);
    PUT(row->what, "%s", measurement->name);
    PUT(row->measured, "failed");
}

int all_main(int argc, char **argv) {
    struct all_plan plan = {.rounds = 5, .seconds = 5, .messages = 1000000};
    const struct flag flags[] = {
        {"--rounds", "pairs of runs", .number = &plan.rounds, .min = 1, .max = 20},
        {"--seconds", "measured per run", .number = &plan.seconds, .min = 1, .max = 60},
        {"--messages", "stored before a start", .number = &plan.messages, .min = 1,
         .max = 20000000},
        {"--server", "another server's executable", .word = &plan.program},
    };
    const struct flag_table table = {"all", "Every measurement, as one Markdown table.", flags,
                                     sizeof flags / sizeof *flags};
    flags_read(&table, argc, argv);
    bool all_pass = true;
    printf("| Measurement | Measured | Target | | Figures |\n|---|---|---|---|---|\n");
    for (size_t i = 0; i < sizeof measurements / sizeof *measurements; i++) {
        struct report report = {0};
        fprintf(stderr, "-- %s\n", measurements[i].name);
        fflush(stdout);
        measure_apart(&plan, &measurements[i], &report);
        for (uint32_t row_index = 0; row_index < report.count; row_index++) {
            const struct row *row = &report.rows[row_index];
            printf("| %s | %s | %s | %s | %s |\n", row->what, row->measured, row->target,
                   row->pass ? "PASS" : "short", row->beside);
            all_pass = all_pass && row->pass;
        }
    }
    return all_pass ? 0 : 1;
}
