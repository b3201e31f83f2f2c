/* fanout.c: `bench fanout`, `bench bare` and `bench compare`. */
#include "bench/fanout.h"

#include "base/check.h"
#include "bench/figures.h"
#include "bench/flags.h"
#include "bench/tick.h"
#include "bench/trial.h"

#include <stdio.h>

enum { ROUNDS_MAX = 99 };

struct fanout_plan fanout_defaults(void) {
    return (struct fanout_plan){.receivers = 1000,
                                .senders = 1,
                                .window = 128,
                                .seconds = 5,
                                .size = 64,
                                .rounds = 5,
                                .durability = "full"};
}

/* --rounds is the last row: only `compare` has it. */
static void read_flags(struct fanout_plan *plan, const char *command, const char *summary, int argc,
                       char **argv) {
    *plan = fanout_defaults();
    const struct flag flags[] = {
        {"--receivers", "members who only read", .number = &plan->receivers, .min = 1,
         .max = 19000},
        {"--senders", "members who send", .number = &plan->senders, .min = 1, .max = 900},
        {"--window", "messages under way at most", .number = &plan->window, .min = 1, .max = 65536},
        {"--seconds", "measured time", .number = &plan->seconds, .min = 1, .max = 600},
        {"--size", "bytes of text per message", .number = &plan->size, .min = PROBE_TEXT_MIN,
         .max = PROBE_TEXT_MAX},
        {"--durability", "full, normal or off", .word = &plan->durability,
         .choices = trial_durabilities},
        {"--server", "another server's executable", .word = &plan->program},
        {"--json", "print JSON", .yes = &plan->json},
        {"--rounds", "pairs of runs", .number = &plan->rounds, .min = 1, .max = ROUNDS_MAX},
    };
    size_t count = sizeof flags / sizeof *flags;
    bool has_rounds = slice_equal(slice_text(command), slice_of("compare"));
    const struct flag_table table = {command, summary, flags, has_rounds ? count : count - 1};
    flags_read(&table, argc, argv);
}

static double run_once(const struct fanout_plan *plan, bool bare, struct traffic_result *result) {
    const struct child_plan child_plan = {
        .program = plan->program, .durability = plan->durability, .bare = bare};
    const struct traffic_plan traffic_plan = {.receiver_count = plan->receivers,
                                              .sender_count = plan->senders,
                                              .text_size = plan->size,
                                              .window = plan->window,
                                              .warm_ns = TICK_S / 2,
                                              .measure_ns = plan->seconds * TICK_S};
    return trial_run(&child_plan, &traffic_plan, result);
}

static int print_result(const struct fanout_plan *plan, const char *title,
                        const struct traffic_result *result, double ready_ms) {
    struct figures figures = {.title = title};
    figures_put(&figures, "receivers", plan->receivers, 0);
    figures_put(&figures, "senders", plan->senders, 0);
    figures_put(&figures, "window", plan->window, 0);
    figures_put(&figures, "size_bytes", plan->size, 0);
    figures_put(&figures, "seconds", result->seconds, 3);
    figures_put(&figures, "messages", (double)result->messages, 0);
    figures_put(&figures, "deliveries", (double)result->deliveries, 0);
    figures_put(&figures, "deliveries_per_s", (double)result->deliveries / result->seconds, 0);
    figures_put(&figures, "server_cpu_s", result->server_cpu_s, 3);
    figures_put(&figures, "deliveries_per_server_cpu_s", traffic_per_cpu_s(result), 0);
    figures_put(&figures, "generator_cpu_s", result->generator_cpu_s, 3);
    figures_put(&figures, "latency_p50_us", quantile_us(&result->latency, 0.5), 1);
    figures_put(&figures, "latency_p99_us", quantile_us(&result->latency, 0.99), 1);
    figures_put(&figures, "latency_p999_us", quantile_us(&result->latency, 0.999), 1);
    figures_put(&figures, "ready_ms", ready_ms, 2);
    figures_put(&figures, "lost", (double)result->lost, 0);
    figures_put(&figures, "duplicated", (double)result->duplicated, 0);
    figures_put(&figures, "disordered", (double)result->disordered, 0);
    figures_print(&figures, plan->json);
    return traffic_right(result) ? 0 : 1;
}

int fanout_main(int argc, char **argv) {
    struct fanout_plan plan;
    read_flags(&plan, "fanout",
               "Messages of some to all members of a room, through a server started for it.", argc,
               argv);
    child_leave_core();
    static struct traffic_result result;
    double ready_ms = run_once(&plan, false, &result);
    return print_result(&plan, "fanout", &result, ready_ms);
}

int fanout_bare_main(int argc, char **argv) {
    struct fanout_plan plan;
    read_flags(&plan, "bare",
               "The same as fanout through the least server possible: what the machine allows.",
               argc, argv);
    child_leave_core();
    static struct traffic_result result;
    double ready_ms = run_once(&plan, true, &result);
    return print_result(&plan, "bare", &result, ready_ms);
}

static void note_run(const char *what, uint32_t round, const struct traffic_result *result) {
    fprintf(stderr,
            "round %u %-6s %8.3f M deliveries/CPU-s  %8.3f M/s  server %5.2f s  generator %5.2f s"
            "  p50 %.0f us  p99 %.0f us%s\n",
            round + 1, what, traffic_per_cpu_s(result) / 1e6,
            (double)result->deliveries / result->seconds / 1e6, result->server_cpu_s,
            result->generator_cpu_s, quantile_us(&result->latency, 0.5),
            quantile_us(&result->latency, 0.99), traffic_right(result) ? "" : "  WRONG");
}

void fanout_compare(const struct fanout_plan *plan, struct fanout_ratio *ratio) {
    check(plan->rounds > 0 && plan->rounds <= ROUNDS_MAX);
    double bare[ROUNDS_MAX], server[ROUNDS_MAX], ratios[ROUNDS_MAX];
    *ratio = (struct fanout_ratio){.right = true};
    for (uint32_t round = 0; round < plan->rounds; round++) {
        struct traffic_result result;
        run_once(plan, true, &result);
        note_run("bare", round, &result);
        bare[round] = traffic_per_cpu_s(&result);
        ratio->right = ratio->right && traffic_right(&result);
        run_once(plan, false, &result);
        note_run("server", round, &result);
        server[round] = traffic_per_cpu_s(&result);
        ratio->right = ratio->right && traffic_right(&result);
        ratios[round] = bare[round] > 0 ? server[round] / bare[round] : 0;
    }
    ratio->bare = quantile_median(bare, plan->rounds);
    ratio->server = quantile_median(server, plan->rounds);
    ratio->ratio = quantile_median(ratios, plan->rounds);
    ratio->ratio_min = ratios[0];
    ratio->ratio_max = ratios[plan->rounds - 1];
}

int fanout_compare_main(int argc, char **argv) {
    struct fanout_plan plan;
    read_flags(&plan, "compare", "bare and fanout in turn, and how much of the machine is left.",
               argc, argv);
    child_leave_core();
    struct fanout_ratio ratio;
    fanout_compare(&plan, &ratio);
    struct figures figures = {.title = "compare"};
    figures_put(&figures, "receivers", plan.receivers, 0);
    figures_put(&figures, "senders", plan.senders, 0);
    figures_put(&figures, "window", plan.window, 0);
    figures_put(&figures, "rounds", plan.rounds, 0);
    figures_put(&figures, "bare_deliveries_per_cpu_s", ratio.bare, 0);
    figures_put(&figures, "server_deliveries_per_cpu_s", ratio.server, 0);
    figures_put(&figures, "ratio", ratio.ratio, 3);
    figures_put(&figures, "ratio_min", ratio.ratio_min, 3);
    figures_put(&figures, "ratio_max", ratio.ratio_max, 3);
    figures_print(&figures, plan.json);
    return ratio.right ? 0 : 1;
}
