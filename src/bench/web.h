/* web.h: `bench web`: fan-out to JSON clients by WebSocket, beside the same fan-out to line clients
 * in the same run. */
#ifndef BENCH_WEB_H
#define BENCH_WEB_H

#include <stdbool.h>
#include <stdint.h>

struct web_plan {
    const char *program;
    uint32_t receivers, window, seconds, size, rounds;
    bool json;
};

struct web_result {
    double ratio, ratio_least,
        ratio_most; /* of deliveries per CPU-second: WebSocket to line; medians */
    double web_per_cpu_s, line_per_cpu_s;
    double web_per_s, line_per_s;
};

struct web_plan web_defaults(void);
void web_measure(const struct web_plan *plan, struct web_result *result);
int web_main(int argc, char **argv);

#endif
