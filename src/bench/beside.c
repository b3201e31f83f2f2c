/* beside.c: one member of the lobby speaks from the line port with so many messages under way; all
 * others listen in the dialect that is measured. A message carries its number, and each time that a
 * receiver has read to the end of one, the number there must be the count of hers: one lost,
 * doubled or out of order ends the run. */
#include "bench/beside.h"

#include "base/check.h"
#include "bench/crowd.h"
#include "bench/figures.h"
#include "bench/flags.h"
#include "bench/halt.h"
#include "bench/meter.h"
#include "bench/quantile.h"
#include "bench/tick.h"
#include "bench/trial.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum {
    ROUNDS_MAX = 99,
    NUMBER_DIGITS = 10,
    STALL_S = 10,
};

struct fan {
    const struct beside_plan *plan;
    struct audience audience;
    int sender;
    uint64_t sent, deliveries;
    uint64_t slowest; /* messages that all receivers have */
    uint32_t *here;   /* receivers that have `slowest` + i of them; a ring */
};

struct beside_plan beside_defaults(const struct audience_dialect *dialect) {
    return (struct beside_plan){.receivers = 10000,
                                .sets = dialect->sets,
                                .window = 128,
                                .seconds = 5,
                                .size = 64,
                                .rounds = 3};
}

/* ---- receiving ---- */

static uint32_t *here_at(struct fan *fan, uint64_t told) {
    return &fan->here[told % (fan->plan->window + 1)];
}

static void note_told(struct fan *fan, const struct receiver *receiver, uint64_t more) {
    check(receiver->told <= fan->sent);
    --*here_at(fan, receiver->told - more);
    ++*here_at(fan, receiver->told);
    fan->deliveries += more;
    while (fan->slowest < fan->sent && *here_at(fan, fan->slowest) == 0)
        fan->slowest++;
}

/* `...0000000042 xxxx`: its number is how many came before it. */
static void heard(void *context, struct receiver *receiver, uint64_t more, struct slice last) {
    struct fan *fan = context;
    struct slice said = fan->audience.dialect->said, text = {0};
    const char *at = memmem(last.at, last.size, said.at, said.size);
    uint64_t number = 0;
    note_told(fan, receiver, more);
    if (at) text = slice_from(last, (size_t)(at - last.at) + said.size);
    if (!slice_number(slice_head(text, NUMBER_DIGITS), UINT64_MAX, &number) ||
        number + 1 != receiver->told)
        halt(HALT_FAILED, "message %llu of a receiver is '%.*s'",
             (unsigned long long)receiver->told, (int)last.size, last.at);
}

/* ---- the run ---- */

static void speak(struct fan *fan) {
    char lines[16384];
    size_t size = 0, text = fan->plan->size;
    while (fan->sent - fan->slowest < fan->plan->window && size + text + 2 <= sizeof lines) {
        int digits = snprintf(lines + size, NUMBER_DIGITS + 2, "%0*llu ", NUMBER_DIGITS,
                              (unsigned long long)fan->sent);
        memset(lines + size + digits, 'x', text - (size_t)digits);
        memcpy(lines + size + text, "\r\n", 2);
        size += text + 2;
        fan->sent++;
    }
    if (size > 0) audience_send(fan->sender, lines, size);
}

static void run_for(struct fan *fan, uint64_t ns) {
    uint64_t end_ns = tick_ns() + ns, moved_ns = tick_ns(), last = fan->deliveries;
    while (tick_ns() < end_ns) {
        speak(fan);
        audience_hear(&fan->audience, 10);
        if (fan->deliveries != last) moved_ns = tick_ns();
        last = fan->deliveries;
        if (tick_ns() - moved_ns > STALL_S * TICK_S) halt(HALT_FAILED, "nothing comes any more");
    }
}

static void run_dialect(const struct audience_dialect *dialect, const struct beside_plan *plan,
                        double *per_cpu_s, double *per_s) {
    struct scratch scratch;
    struct child child;
    struct fan fan = {.plan = plan};
    const struct child_plan child_plan = {.program = plan->program,
                                          .durability = "full",
                                          .watch = true,
                                          .watch_dialect = dialect->title};
    fan.here = calloc(plan->window + 1, sizeof *fan.here);
    check(fan.here);
    scratch_open(&scratch);
    child_start(&child, &child_plan, &scratch);
    audience_enter(&fan.audience, dialect, plan->receivers, plan->sets, child.watch_port);
    fan.audience.heard = heard;
    fan.audience.context = &fan;
    fan.here[0] = plan->receivers;
    fan.sender = crowd_socket(child.port, 0);
    audience_send(fan.sender, "s000\r\n", 6);
    audience_settle(&fan.audience); /* that she has come */
    run_for(&fan, TICK_S / 2);
    uint64_t cpu_ns = meter_cpu_ns(child.pid), begin_ns = tick_ns(), before = fan.deliveries;
    run_for(&fan, plan->seconds * TICK_S);
    double deliveries = (double)(fan.deliveries - before);
    *per_cpu_s = deliveries * 1e9 / (double)(meter_cpu_ns(child.pid) - cpu_ns);
    *per_s = deliveries * 1e9 / (double)(tick_ns() - begin_ns);
    while (fan.slowest < fan.sent)
        if (audience_hear(&fan.audience, STALL_S * 1000) == 0)
            halt(HALT_FAILED, "messages are lost");
    child_stop(&child);
    scratch_close(&scratch);
    close(fan.sender);
    audience_leave(&fan.audience);
    free(fan.here);
}

static void run_line(const struct beside_plan *plan, double *per_cpu_s, double *per_s) {
    struct traffic_result result;
    const struct child_plan child_plan = {.program = plan->program, .durability = "full"};
    const struct traffic_plan traffic_plan = {.receiver_count = plan->receivers,
                                              .sender_count = 1,
                                              .text_size = plan->size,
                                              .window = plan->window,
                                              .warm_ns = TICK_S / 2,
                                              .measure_ns = plan->seconds * TICK_S};
    trial_run(&child_plan, &traffic_plan, &result);
    if (!traffic_right(&result)) halt(HALT_FAILED, "line clients lost or were told twice");
    *per_cpu_s = traffic_per_cpu_s(&result);
    *per_s = (double)result.deliveries / result.seconds;
}

void beside_measure(const struct audience_dialect *dialect, const struct beside_plan *plan,
                    struct beside_result *result) {
    double ratio[ROUNDS_MAX], cpu[ROUNDS_MAX], line_cpu[ROUNDS_MAX], s[ROUNDS_MAX],
        line_s[ROUNDS_MAX];
    check(plan->rounds > 0 && plan->rounds <= ROUNDS_MAX);
    check(plan->sets > 0 && plan->sets <= dialect->sets);
    *result = (struct beside_result){.ratio_least = 1e9};
    for (uint32_t i = 0; i < plan->rounds; i++) {
        run_line(plan, &line_cpu[i], &line_s[i]);
        run_dialect(dialect, plan, &cpu[i], &s[i]);
        ratio[i] = cpu[i] / line_cpu[i];
        fprintf(stderr, "round %u line %.3f M deliveries/CPU-s, %s %.3f M, ratio %.2f\n", i + 1,
                line_cpu[i] / 1e6, dialect->title, cpu[i] / 1e6, ratio[i]);
        if (ratio[i] < result->ratio_least) result->ratio_least = ratio[i];
        if (ratio[i] > result->ratio_most) result->ratio_most = ratio[i];
    }
    result->ratio = quantile_median(ratio, plan->rounds);
    result->per_cpu_s = quantile_median(cpu, plan->rounds);
    result->line_per_cpu_s = quantile_median(line_cpu, plan->rounds);
    result->per_s = quantile_median(s, plan->rounds);
    result->line_per_s = quantile_median(line_s, plan->rounds);
}

static void put_figures(const struct audience_dialect *dialect, const struct beside_plan *plan,
                        const struct beside_result *result) {
    char per_cpu_s[64], per_s[64];
    struct figures figures = {.title = dialect->title};
    snprintf(per_cpu_s, sizeof per_cpu_s, "%s_deliveries_per_server_cpu_s", dialect->title);
    snprintf(per_s, sizeof per_s, "%s_deliveries_per_s", dialect->title);
    figures_put(&figures, "receivers", plan->receivers, 0);
    if (dialect->sets > 1) figures_put(&figures, "sets", plan->sets, 0);
    figures_put(&figures, per_cpu_s, result->per_cpu_s, 0);
    figures_put(&figures, "line_deliveries_per_server_cpu_s", result->line_per_cpu_s, 0);
    figures_put(&figures, per_s, result->per_s, 0);
    figures_put(&figures, "line_deliveries_per_s", result->line_per_s, 0);
    figures_put(&figures, "ratio", result->ratio, 3);
    figures_put(&figures, "ratio_least", result->ratio_least, 3);
    figures_put(&figures, "ratio_most", result->ratio_most, 3);
    figures_print(&figures, plan->json);
}

int beside_main(const struct audience_dialect *dialect, int argc, char **argv) {
    struct beside_plan plan = beside_defaults(dialect);
    struct flag flags[] = {
        {"--receivers", "members who only read", .number = &plan.receivers, .min = 1, .max = 15000},
        {"--window", "messages under way at most", .number = &plan.window, .min = 1, .max = 4096},
        {"--seconds", "measured time", .number = &plan.seconds, .min = 1, .max = 600},
        {"--size", "bytes of text per message", .number = &plan.size, .min = 32, .max = 300},
        {"--rounds", "pairs of runs", .number = &plan.rounds, .min = 1, .max = ROUNDS_MAX},
        {"--server", "another server's executable", .word = &plan.program},
        {"--json", "print JSON", .yes = &plan.json},
        {"--sets", "kinds of receivers", .number = &plan.sets, .min = 1, .max = dialect->sets},
    };
    size_t flag_count = sizeof flags / sizeof *flags - (dialect->sets > 1 ? 0 : 1);
    const struct flag_table table = {dialect->title, dialect->about, flags, flag_count};
    flags_read(&table, argc, argv);
    child_leave_core();
    struct beside_result result;
    beside_measure(dialect, &plan, &result);
    put_figures(dialect, &plan, &result);
    return 0;
}
