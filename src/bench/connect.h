/* connect.h: how fast a room fills when every join is announced to everyone in it. */
#ifndef BENCH_CONNECT_H
#define BENCH_CONNECT_H

#include <stdbool.h>
#include <stdint.h>

struct connect_plan {
    uint32_t members, burst;
    const char *program; /* NULL: this one */
    bool bare;
    bool json;
};

struct connect_result {
    double seconds; /* from the first connect() until the first member has read of every join */
    double joins_per_s;
    double server_cpu_s;
    uint64_t announcements; /* lines for all members together */
    double stolen_s;        /* of both processors meanwhile, meter_stolen_ns() */
    uint32_t cut;           /* joiners that the server disconnected */
};

int connect_main(int argc, char **argv);

struct connect_plan connect_defaults(void);

void connect_measure(const struct connect_plan *plan, struct connect_result *result);

#endif
