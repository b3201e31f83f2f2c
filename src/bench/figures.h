/* figures.h: what a measurement found, as a list of named numbers, printed for people or as JSON.
 */
#ifndef BENCH_FIGURES_H
#define BENCH_FIGURES_H

#include <stdbool.h>
#include <stddef.h>

#define FIGURES_MAX 40

struct figure {
    const char *name; /* "deliveries_per_s": the JSON key, and with blanks the label */
    double value;
    int digits; /* after the decimal point */
};

struct figures {
    const char *title; /* "fanout" */
    size_t count;
    struct figure list[FIGURES_MAX];
};

/* The name is kept, not copied. */
void figures_put(struct figures *figures, const char *name, double value, int digits);

/* On stdout: one line of JSON, or a title and one line per figure. */
void figures_print(const struct figures *figures, bool json);

#endif
