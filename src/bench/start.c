/* start.c: `bench start`. */
#include "bench/start.h"

#include "base/check.h"
#include "bench/figures.h"
#include "bench/flags.h"
#include "bench/halt.h"
#include "bench/ids.h"
#include "bench/meter.h"
#include "bench/tick.h"
#include "bench/trial.h"

#include <stdio.h>

enum { ROUNDS_MAX = 99, FILL_WINDOW = 8192, FILL_SIZE = 64, FILL_S = 600 };

struct start_plan start_defaults(void) {
    return (struct start_plan){.messages = 1000000, .client_ids = 65536, .rounds = 5};
}

/* Start with the folder as it is, let it rest, stop. Returns ms to the prompt. */
static double start_once(const struct start_plan *plan, const struct scratch *scratch,
                         double *rss_bytes) {
    struct child child;
    const struct child_plan child_plan = {
        .program = plan->program, .durability = "full", .greeting = true};
    child_start(&child, &child_plan, scratch);
    *rss_bytes = (double)meter_settled_bytes(child.pid, "VmRSS");
    fprintf(stderr, "start: %.2f ms, at rest %.0f bytes\n", child.ready_ms, *rss_bytes);
    double ready_ms = child.ready_ms;
    child_stop(&child);
    return ready_ms;
}

/* One sender, one receiver who confirms: seen is stored. */
static void fill(const struct start_plan *plan, const struct scratch *scratch,
                 struct start_result *result) {
    struct child child;
    struct traffic traffic;
    struct traffic_result traffic_result;
    const struct child_plan child_plan = {.program = plan->program, .durability = "full"};
    const struct traffic_plan traffic_plan = {.receiver_count = 1,
                                              .sender_count = 1,
                                              .text_size = FILL_SIZE,
                                              .window = FILL_WINDOW,
                                              .message_max = plan->messages,
                                              .measure_ns = FILL_S * TICK_S};
    child_start(&child, &child_plan, scratch);
    traffic_init(&traffic, &traffic_plan, child.port);
    traffic_run(&traffic, child.pid, &traffic_result);
    if (traffic_result.messages != plan->messages || !traffic_right(&traffic_result)) {
        halt(HALT_FAILED, "only %llu of %u messages were stored in time",
             (unsigned long long)traffic_result.deliveries, plan->messages);
    }
    result->stored_per_s = (double)traffic_result.messages / traffic_result.seconds;
    result->stop_ms = child_stop(&child);
    fprintf(stderr, "filled: %u messages, %.0f/s; stopped in %.1f ms\n", plan->messages,
            result->stored_per_s, result->stop_ms);
    traffic_deinit(&traffic);
}

static void add_ids(const struct start_plan *plan, const struct scratch *scratch) {
    char folder[PATH_MAX + 8];
    snprintf(folder, sizeof folder, "%s/data", scratch->path);
    ids_fill(folder, plan->client_ids);
}

/* Starts with the folder as it is: medians. */
static struct start_figures start_often(const struct start_plan *plan,
                                        const struct scratch *scratch) {
    double ms[ROUNDS_MAX], bytes[ROUNDS_MAX];
    for (uint32_t round = 0; round < plan->rounds; round++)
        ms[round] = start_once(plan, scratch, &bytes[round]);
    return (struct start_figures){quantile_median(ms, plan->rounds),
                                  quantile_median(bytes, plan->rounds)};
}

static struct start_figures start_empty(const struct start_plan *plan) {
    double ms[ROUNDS_MAX], bytes[ROUNDS_MAX];
    struct scratch scratch;
    for (uint32_t round = 0; round < plan->rounds; round++) {
        scratch_open(&scratch);
        ms[round] = start_once(plan, &scratch, &bytes[round]);
        scratch_close(&scratch);
    }
    return (struct start_figures){quantile_median(ms, plan->rounds),
                                  quantile_median(bytes, plan->rounds)};
}

void start_measure(const struct start_plan *plan, struct start_result *result) {
    check(plan->rounds > 0 && plan->rounds <= ROUNDS_MAX);
    struct scratch scratch;
    result->empty = start_empty(plan);
    scratch_open(&scratch);
    fill(plan, &scratch, result);
    result->full = start_often(plan, &scratch);
    add_ids(plan, &scratch);
    result->ids = start_often(plan, &scratch);
    scratch_close(&scratch);
}

int start_main(int argc, char **argv) {
    struct start_plan plan = start_defaults();
    const struct flag flags[] = {
        {"--messages", "to be stored before", .number = &plan.messages, .min = 1, .max = 20000000},
        {"--client-ids", "of messages said after these", .number = &plan.client_ids,
         .max = 1000000},
        {"--rounds", "starts of each kind", .number = &plan.rounds, .min = 1, .max = ROUNDS_MAX},
        {"--server", "another server's executable", .word = &plan.program},
        {"--json", "print JSON", .yes = &plan.json},
    };
    const struct flag_table table = {"start", "Time to the first prompt, and memory at rest.",
                                     flags, sizeof flags / sizeof *flags};
    flags_read(&table, argc, argv);
    child_leave_core();
    struct start_result result;
    start_measure(&plan, &result);
    struct figures figures = {.title = "start"};
    figures_put(&figures, "empty_start_ms", result.empty.ms, 2);
    figures_put(&figures, "empty_rss_bytes", result.empty.rss_bytes, 0);
    figures_put(&figures, "messages", plan.messages, 0);
    figures_put(&figures, "full_start_ms", result.full.ms, 2);
    figures_put(&figures, "full_rss_bytes", result.full.rss_bytes, 0);
    figures_put(&figures, "client_ids", plan.client_ids, 0);
    figures_put(&figures, "ids_start_ms", result.ids.ms, 2);
    figures_put(&figures, "ids_rss_bytes", result.ids.rss_bytes, 0);
    figures_put(&figures, "stored_per_s", result.stored_per_s, 0);
    figures_put(&figures, "stop_ms", result.stop_ms, 1);
    figures_print(&figures, plan.json);
    return 0;
}
