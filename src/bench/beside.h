/* beside.h: fan-out to clients of one dialect, beside the same fan-out to line clients in the same
 * run: what `bench irc` and `bench web` have in common. */
#ifndef BENCH_BESIDE_H
#define BENCH_BESIDE_H

#include "base/slice.h"

#include <stdbool.h>
#include <stdint.h>

enum { RECEIVER_KEPT_MAX = 1024 /* bytes of a message */ };

struct receiver {
    int fd;
    bool joined;
    uint64_t told; /* messages of what was said */
    uint32_t kept_size;
    char kept[RECEIVER_KEPT_MAX]; /* of the message that has not ended */
};

struct beside_dialect {
    const char *title; /* of the subcommand, and of the dialect */
    const char *about; /* one line, for --help */
    struct slice in;   /* what the answer to the last word of a greeting holds */
    struct slice said; /* what stands before the number of a message */
    uint32_t sets;     /* kinds of receivers at most */
    /* Writes what receiver `index`, of kind `set`, says to come in. Returns how many bytes. */
    size_t (*greet)(char *to, size_t size, uint32_t index, uint32_t set, uint16_t port);
    /* Returns how many messages end in these bytes, and the last of them, which is in `bytes` or in
     * `memory` (two messages long). What has begun is kept in the receiver. */
    uint64_t (*split)(struct receiver *receiver, struct slice bytes, char *memory,
                      struct slice *last);
};

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

struct beside_plan beside_defaults(const struct beside_dialect *dialect);
void beside_measure(const struct beside_dialect *dialect, const struct beside_plan *plan,
                    struct beside_result *result);
int beside_main(const struct beside_dialect *dialect, int argc, char **argv);

#endif
