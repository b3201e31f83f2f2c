/* latency.h: the delay of paced messages, next to the bare server's in the same minutes. */
#ifndef BENCH_LATENCY_H
#define BENCH_LATENCY_H

#include <stdbool.h>
#include <stdint.h>

struct latency_plan {
    uint32_t receivers, rate, seconds, size, rounds;
    const char *program; /* NULL: this one */
    const char *durability;
    bool json;
};

enum { LATENCY_P50, LATENCY_P99, LATENCY_P999, LATENCY_QUANTILES };

/* Microseconds; medians over the rounds, of the pairs for `over` and `ratio`. */
struct latency_result {
    double server[LATENCY_QUANTILES], bare[LATENCY_QUANTILES];
    double over[LATENCY_QUANTILES];  /* server minus bare */
    double ratio[LATENCY_QUANTILES]; /* server / bare */
    bool right;
};

int latency_main(int argc, char **argv);

struct latency_plan latency_defaults(void);

/* Bare and server in turn, one line each on stderr. */
void latency_compare(const struct latency_plan *plan, struct latency_result *result);

#endif
