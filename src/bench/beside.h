/* beside.h: fan-out to clients of one dialect, beside the same fan-out to line clients in the same
 * run: what `bench irc` and `bench web` have in common. */
#ifndef BENCH_BESIDE_H
#define BENCH_BESIDE_H

#include "bench/audience.h"

struct beside_plan {
    const char *program;
    uint32_t receivers, sets, window, seconds, size, rounds;
    bool json;
};

struct beside_result {
    double ratio, ratio_least, ratio_most; /* of deliveries per CPU-second, to line's; medians */
    double per_cpu_s, line_per_cpu_s;
    double per_s, line_per_s;
};

struct beside_plan beside_defaults(const struct audience_dialect *dialect);
void beside_measure(const struct audience_dialect *dialect, const struct beside_plan *plan,
                    struct beside_result *result);
int beside_main(const struct audience_dialect *dialect, int argc, char **argv);

#endif
