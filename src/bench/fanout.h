/* fanout.h: messages of a few to many, against the clock of the server's CPU: `bench fanout`, the
 * same by the bare server, and the two in turn. */
#ifndef BENCH_FANOUT_H
#define BENCH_FANOUT_H

#include "bench/traffic.h"

struct fanout_plan {
    uint32_t receivers, senders, window, seconds, size, rounds;
    const char *program; /* NULL: this one */
    const char *durability;
    bool json;
};

/* Medians over the rounds; the ratio is the median of the pairs' ratios. */
struct fanout_ratio {
    double server, bare; /* deliveries per CPU second */
    double ratio, ratio_min, ratio_max;
    bool right; /* nothing lost, twice or out of order */
};

int fanout_main(int argc, char **argv);
int fanout_bare_main(int argc, char **argv);
int fanout_compare_main(int argc, char **argv);

/* Bare and server in turn, `rounds` pairs, one line each on stderr. */
void fanout_compare(const struct fanout_plan *plan, struct fanout_ratio *ratio);

/* The plan with its defaults. */
struct fanout_plan fanout_defaults(void);

#endif
