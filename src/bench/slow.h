/* slow.h: what one receiver who never reads does to the others and to the server's memory. */
#ifndef BENCH_SLOW_H
#define BENCH_SLOW_H

#include <stdbool.h>
#include <stdint.h>

struct slow_plan {
    uint32_t receivers; /* the one who does not read is one of them */
    uint32_t rate;      /* timed messages per second */
    uint32_t bulk;      /* further messages per second, in bursts of a tenth */
    uint32_t size, seconds, rounds;
    const char *program; /* NULL: this one */
    bool json;
};

/* Medians over the rounds, of the pairs for `ratio`; the rest from the last round. */
struct slow_result {
    double without_p99_us, with_p99_us, ratio;
    bool right;   /* nothing lost, twice or out of order for the others */
    bool cut;     /* the one who does not read was disconnected */
    double cut_s; /* when, from the beginning of the traffic; negative if nobody was told */
    double sent_bytes, taken_bytes;   /* said in the room; what its socket had held */
    double before_bytes, after_bytes; /* RssAnon */
    double peak_bytes;                /* what VmHWM grew by */
};

int slow_main(int argc, char **argv);

struct slow_plan slow_defaults(void);

void slow_measure(const struct slow_plan *plan, struct slow_result *result);

#endif
