/* flags.h: the options of one subcommand as a table: what is allowed, what it means, and
 * where the value goes. The value found there beforehand is the default that --help shows. */
#ifndef BENCH_FLAGS_H
#define BENCH_FLAGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Exactly one of number, word, yes is set. */
struct flag {
    const char *name;           /* "--receivers" */
    const char *meaning;        /* for --help */
    uint32_t *number;           /* from `min` to `max` */
    const char **word;          /* any text, or one of `choices` */
    bool *yes;                  /* takes no value */
    const char *const *choices; /* ends with NULL; NULL: any */
    uint32_t min, max;
};

struct flag_table {
    const char *command; /* "fanout" */
    const char *summary; /* one sentence */
    const struct flag *flags;
    size_t count;
};

/* Read argv[1..] into the places of the table. --help prints and exits 0; anything wrong exits 64
 * saying what is allowed. Words point into argv. */
void flags_read(const struct flag_table *table, int argc, char **argv);

#endif
