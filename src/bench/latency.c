/* latency.c: `bench latency`: one sender at a pace, all receivers' delays. */
#include "bench/latency.h"

#include "base/check.h"
#include "bench/figures.h"
#include "bench/flags.h"
#include "bench/tick.h"
#include "bench/trial.h"

#include <stdio.h>

enum { ROUNDS_MAX = 99 };

static const double shares[LATENCY_QUANTILES] = {0.5, 0.99, 0.999};

struct latency_plan latency_defaults(void) {
    return (struct latency_plan){.receivers = 1000,
                                 .rate = 100,
                                 .seconds = 10,
                                 .size = 64,
                                 .rounds = 3,
                                 .durability = "full"};
}

static bool run_once(const struct latency_plan *plan, bool bare, uint32_t round, double *delay_us) {
    const struct child_plan child_plan = {
        .program = plan->program, .durability = plan->durability, .bare = bare};
    const struct traffic_plan traffic_plan = {.receiver_count = plan->receivers,
                                              .sender_count = 1,
                                              .text_size = plan->size,
                                              .pace = {{TICK_S / plan->rate, 1}},
                                              .warm_ns = TICK_S,
                                              .measure_ns = plan->seconds * TICK_S};
    struct traffic_result result;
    trial_run(&child_plan, &traffic_plan, &result);
    for (int i = 0; i < LATENCY_QUANTILES; i++) {
        delay_us[i] = quantile_us(&result.latency, shares[i]);
    }
    fprintf(stderr, "round %u %-6s p50 %8.1f us  p99 %8.1f us  p99.9 %8.1f us  server %5.2f s%s\n",
            round + 1, bare ? "bare" : "server", delay_us[0], delay_us[1], delay_us[2],
            result.server_cpu_s, traffic_right(&result) ? "" : "  WRONG");
    return traffic_right(&result);
}

void latency_compare(const struct latency_plan *plan, struct latency_result *result) {
    check(plan->rounds > 0 && plan->rounds <= ROUNDS_MAX);
    double bare[LATENCY_QUANTILES][ROUNDS_MAX], server[LATENCY_QUANTILES][ROUNDS_MAX];
    double over[LATENCY_QUANTILES][ROUNDS_MAX], ratio[LATENCY_QUANTILES][ROUNDS_MAX];
    *result = (struct latency_result){.right = true};
    for (uint32_t round = 0; round < plan->rounds; round++) {
        double bare_us[LATENCY_QUANTILES], server_us[LATENCY_QUANTILES];
        bool bare_right = run_once(plan, true, round, bare_us);
        bool server_right = run_once(plan, false, round, server_us);
        result->right = result->right && bare_right && server_right;
        for (int i = 0; i < LATENCY_QUANTILES; i++) {
            bare[i][round] = bare_us[i];
            server[i][round] = server_us[i];
            over[i][round] = server_us[i] - bare_us[i];
            ratio[i][round] = bare_us[i] > 0 ? server_us[i] / bare_us[i] : 0;
        }
    }
    for (int i = 0; i < LATENCY_QUANTILES; i++) {
        result->bare[i] = quantile_median(bare[i], plan->rounds);
        result->server[i] = quantile_median(server[i], plan->rounds);
        result->over[i] = quantile_median(over[i], plan->rounds);
        result->ratio[i] = quantile_median(ratio[i], plan->rounds);
    }
}

static void put_quantiles(struct figures *figures, const char *const *names, const double *values,
                          int digits) {
    for (int i = 0; i < LATENCY_QUANTILES; i++) {
        figures_put(figures, names[i], values[i], digits);
    }
}

int latency_main(int argc, char **argv) {
    struct latency_plan plan = latency_defaults();
    const struct flag flags[] = {
        {"--receivers", "members who only read", .number = &plan.receivers, .min = 1, .max = 19000},
        {"--rate", "messages per second", .number = &plan.rate, .min = 1, .max = 10000},
        {"--seconds", "measured time", .number = &plan.seconds, .min = 1, .max = 600},
        {"--size", "bytes of text per message", .number = &plan.size, .min = PROBE_TEXT_MIN,
         .max = PROBE_TEXT_MAX},
        {"--rounds", "pairs of runs", .number = &plan.rounds, .min = 1, .max = ROUNDS_MAX},
        {"--durability", "full, normal or off", .word = &plan.durability,
         .choices = trial_durabilities},
        {"--server", "another server's executable", .word = &plan.program},
        {"--json", "print JSON", .yes = &plan.json},
    };
    const struct flag_table table = {"latency",
                                     "The delay of paced messages, bare and server in turn.", flags,
                                     sizeof flags / sizeof *flags};
    flags_read(&table, argc, argv);
    child_leave_core();
    struct latency_result result;
    latency_compare(&plan, &result);
    static const char *const bare[] = {"bare_p50_us", "bare_p99_us", "bare_p999_us"};
    static const char *const server[] = {"server_p50_us", "server_p99_us", "server_p999_us"};
    static const char *const over[] = {"p50_over_bare_us", "p99_over_bare_us", "p999_over_bare_us"};
    static const char *const ratio[] = {"p50_ratio", "p99_ratio", "p999_ratio"};
    struct figures figures = {.title = "latency"};
    figures_put(&figures, "receivers", plan.receivers, 0);
    figures_put(&figures, "rate_per_s", plan.rate, 0);
    put_quantiles(&figures, ratio, result.ratio, 3);
    put_quantiles(&figures, over, result.over, 1);
    put_quantiles(&figures, server, result.server, 1);
    put_quantiles(&figures, bare, result.bare, 1);
    figures_print(&figures, plan.json);
    return result.right ? 0 : 1;
}
