/* history.h: how long a page of a long history takes, and a search in it, read through the store as
 * the server's reader does. */
#ifndef BENCH_HISTORY_H
#define BENCH_HISTORY_H

#include <stdbool.h>
#include <stdint.h>

#include "bench/library.h"

struct history_plan {
    uint32_t messages, pages, searches, seed;
    bool json;
};

enum page_place { PAGE_LATEST, PAGE_BEFORE, PAGE_AROUND, PAGE_FIRST, PAGE_PLACES };

struct history_result {
    double p50_ms[PAGE_PLACES], p99_ms[PAGE_PLACES];
};

enum search_order { SEARCH_RANKED, SEARCH_NEWEST, SEARCH_ORDERS };

struct search_result {
    double p50_ms[SEARCH_ORDERS], p99_ms[SEARCH_ORDERS], max_ms[SEARCH_ORDERS];
    double found[SEARCH_ORDERS];     /* messages per search, at most 20 */
    uint32_t refused[SEARCH_ORDERS]; /* took longer than is allowed */
};

int history_main(int argc, char **argv);
int search_main(int argc, char **argv);

struct history_plan history_defaults(void);

/* Pages of 100 messages, at random places where the place is not the end. */
void history_measure(const struct history_plan *plan, struct library *library,
                     struct history_result *result);

/* Two words, each as frequent as in the messages, so that common ones come often. */
void search_measure(const struct history_plan *plan, struct library *library,
                    struct search_result *result);

#endif
