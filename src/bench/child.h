/* child.h: the server under test as a child process: `parlance serve`, or bare.c. It runs on core 0
 * with all its threads; the generator, on core 1. It dies with the generator, however that ends. */
#ifndef BENCH_CHILD_H
#define BENCH_CHILD_H

#include "bench/scratch.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct child_plan {
    const char *program;    /* NULL: this program */
    const char *durability; /* "full" or "off" */
    bool bare;              /* bare.c instead; durability, greeting and watch mean nothing then */
    bool greeting;          /* prompts, and ready means: has prompted */
    bool announce;          /* joins and leaves are shown */
    bool watch;             /* a second port, whose clients see joins and leaves */
    const char *watch_room; /* where these are put; NULL: the lobby */
    const char *watch_dialect; /* that these speak; NULL: line */
    bool cheap_passwords;      /* hashed at the least cost: accounts are only made to be there */
};

struct child {
    pid_t pid;
    uint16_t port, watch_port;
    double ready_ms; /* from before fork() to the first accepted connection */
    const struct scratch *scratch;
};

/* Put the generator on its core, for good. Does nothing where there is only one. */
void child_leave_core(void);

/* Start and wait until it accepts (10 s); gives up otherwise. The data in `scratch` is kept from
 * one start to the next. */
void child_start(struct child *child, const struct child_plan *plan, const struct scratch *scratch);

/* SIGTERM, then SIGKILL after 15 s. Returns the time that it took in ms; gives up if a real
 * server did not exit with 0. */
double child_stop(struct child *child);

#endif
