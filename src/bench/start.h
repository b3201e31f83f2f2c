/* start.h: how long a server takes to serve, with nothing and with much to load, and how much
 * memory it then rests in. */
#ifndef BENCH_START_H
#define BENCH_START_H

#include <stdbool.h>
#include <stdint.h>

struct start_plan {
    uint32_t messages, rounds;
    const char *program; /* NULL: this one */
    bool json;
};

/* Medians over the rounds. */
struct start_result {
    double empty_ms, full_ms;               /* from before fork() to the prompt */
    double empty_rss_bytes, full_rss_bytes; /* VmRSS at rest */
    double stored_per_s;
    double stop_ms; /* SIGTERM to the end, with all messages */
};

int start_main(int argc, char **argv);

struct start_plan start_defaults(void);

void start_measure(const struct start_plan *plan, struct start_result *result);

#endif
