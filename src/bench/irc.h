/* irc.h: `bench irc`: fan-out to IRC clients with different sets of capabilities, beside the same
 * fan-out to line clients in the same run. */
#ifndef BENCH_IRC_H
#define BENCH_IRC_H

#include <stdbool.h>
#include <stdint.h>

struct irc_plan {
    const char *program;
    uint32_t receivers, sets, window, seconds, size, rounds;
    bool json;
};

struct irc_result {
    double ratio, ratio_least, ratio_most; /* of deliveries per CPU-second: IRC to line; medians */
    double irc_per_cpu_s, line_per_cpu_s;
    double irc_per_s, line_per_s;
};

struct irc_plan irc_defaults(void);
void irc_measure(const struct irc_plan *plan, struct irc_result *result);
int irc_main(int argc, char **argv);

#endif
