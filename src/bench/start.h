/* start.h: how long a server takes to serve, with nothing and with much to load, and how much
 * memory it then rests in. */
#ifndef BENCH_START_H
#define BENCH_START_H

#include <stdbool.h>
#include <stdint.h>

struct start_plan {
    uint32_t messages, rounds;
    uint32_t client_ids; /* of as many messages more */
    const char *program; /* NULL: this one */
    bool json;
};

struct start_figures {
    double ms;        /* from before fork() to the prompt */
    double rss_bytes; /* VmRSS at rest */
};

/* Medians over the rounds. */
struct start_result {
    struct start_figures empty, full;
    struct start_figures ids; /* full, and as many client ids as planned behind that */
    double stored_per_s;
    double stop_ms; /* SIGTERM to the end, with all messages */
};

int start_main(int argc, char **argv);

struct start_plan start_defaults(void);

void start_measure(const struct start_plan *plan, struct start_result *result);

#endif
