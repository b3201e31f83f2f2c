/* quantile.c: cell numbers are the top bits of the value: its power of two, then six bits more. */
#include "bench/quantile.h"

#include "base/check.h"

#include <stdbool.h>
#include <stdlib.h>

#define STEPS (UINT64_C(1) << QUANTILE_STEP_BITS)

static size_t cell_of(uint64_t ns) {
    if (ns < STEPS) return (size_t)ns;
    int top = 63 - __builtin_clzll(ns);
    if (top >= QUANTILE_BITS_MAX) return QUANTILE_CELLS - 1;
    int shift = top - QUANTILE_STEP_BITS;
    return ((size_t)(shift + 1) << QUANTILE_STEP_BITS) + (size_t)((ns >> shift) & (STEPS - 1));
}

static uint64_t middle_of(size_t cell) {
    if (cell < STEPS) return cell;
    int shift = (int)(cell >> QUANTILE_STEP_BITS) - 1;
    uint64_t low = (STEPS + (cell & (STEPS - 1))) << shift;
    return low + ((UINT64_C(1) << shift) >> 1);
}

void quantile_add(struct quantile *quantile, uint64_t ns, uint64_t count) {
    quantile->cells[cell_of(ns)] += count;
    quantile->count += count;
}

double quantile_us(const struct quantile *quantile, double share) {
    check(share >= 0 && share <= 1);
    if (quantile->count == 0) return 0;
    uint64_t wanted = (uint64_t)((double)quantile->count * share);
    uint64_t passed = 0;
    for (size_t cell = 0; cell < QUANTILE_CELLS; cell++) {
        passed += quantile->cells[cell];
        if (passed > wanted || passed == quantile->count) return (double)middle_of(cell) / 1000;
    }
    check(false);
    return 0;
}

static int compare_doubles(const void *left, const void *right) {
    double a = *(const double *)left, b = *(const double *)right;
    return (a > b) - (a < b);
}

double quantile_median(double *values, size_t count) {
    check(count > 0);
    qsort(values, count, sizeof *values, compare_doubles);
    size_t middle = count / 2;
    return count % 2 == 1 ? values[middle] : (values[middle - 1] + values[middle]) / 2;
}
