/* scratch.h: a temporary folder on disk for one server under test: its configuration, its data, its
 * log. Made under $TMPDIR or the current folder, removed with all it holds, also by exit(). */
#ifndef BENCH_SCRATCH_H
#define BENCH_SCRATCH_H

#include <limits.h>

struct scratch {
    char path[PATH_MAX]; /* absolute */
};

/* Gives up where no folder can be made on a disk (a tmpfs would make every flush free). */
void scratch_open(struct scratch *scratch);

void scratch_close(struct scratch *scratch);

/* Copy the last lines of the file `name` in it to stderr, for whoever looks for the reason. */
void scratch_show_tail(const struct scratch *scratch, const char *name);

#endif
