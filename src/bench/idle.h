/* idle.h: what an idle member costs in memory. */
#ifndef BENCH_IDLE_H
#define BENCH_IDLE_H

#include <stdbool.h>
#include <stdint.h>

struct idle_plan {
    uint32_t from, to;   /* connections */
    const char *program; /* NULL: this one */
    bool json;
};

struct idle_result {
    double from_bytes, to_bytes; /* RssAnon, settled */
    double bytes_per_connection;
};

int idle_main(int argc, char **argv);

struct idle_plan idle_defaults(void);

void idle_measure(const struct idle_plan *plan, struct idle_result *result);

#endif
