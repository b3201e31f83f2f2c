/* admission.c: counters at hashed places. */
#include "server/admission.h"

#include "base/check.h"
#include "base/rng.h"
#include "base/table.h"

/* A cell of the rate is in tenths of a second, so that 32 bits last 13 years. */
enum { WINDOW = ADMISSION_MINUTES * 60 * 10 };

bool admission_init(struct admission *admission, uint64_t key) {
    *admission = (struct admission){.key = key};
    for (int row = 0; row < 2; row++)
        admission->rows[row] = table_new(ADMISSION_PLACES, sizeof *admission->rows[row]);
    return admission->rows[0] && admission->rows[1];
}

void admission_deinit(struct admission *admission) {
    table_free(admission->rows[0]);
    table_free(admission->rows[1]);
}

/* 32 bits of a network: a place in each row. */
static uint32_t ticket_of(const struct admission *admission, struct address from) {
    struct rng mix = {address_network(from) ^ admission->key};
    uint32_t ticket = (uint32_t)rng_next(&mix);
    return ticket != 0 ? ticket : 1;
}

static struct admission_place *place(struct admission *admission, uint32_t ticket, int row) {
    return &admission->rows[row][(row == 0 ? ticket : ticket >> 16) % ADMISSION_PLACES];
}

/* One connection takes a limit's share of the window. False: the network is a whole window ahead.
 */
static bool rate_fits(struct admission *admission, uint32_t ticket, uint32_t most, uint32_t now) {
    uint32_t share = WINDOW / most, earliest = UINT32_MAX;
    for (int row = 0; row < 2; row++) {
        uint32_t due = atomic_load(&place(admission, ticket, row)->due);
        if (due < earliest) earliest = due;
    }
    if (earliest > now + WINDOW - share) return false;
    for (int row = 0; row < 2; row++) {
        _Atomic uint32_t *cell = &place(admission, ticket, row)->due;
        uint32_t due = atomic_load(cell);
        while (!atomic_compare_exchange_weak(cell, &due, (due > now ? due : now) + share))
            ;
    }
    return true;
}

enum admitted admission_enter(struct admission *admission, struct address from,
                              struct admission_limits limits, uint64_t now_ms, uint32_t *ticket) {
    uint32_t fewest = UINT32_MAX;
    *ticket = ticket_of(admission, from);
    for (int row = 0; row < 2; row++) {
        uint32_t open = atomic_fetch_add(&place(admission, *ticket, row)->open, 1);
        if (open < fewest) fewest = open;
    }
    enum admitted result = ADMITTED;
    if (limits.open_max > 0 && fewest >= limits.open_max)
        result = ADMITTED_NOT_SO_MANY;
    else if (limits.in_minutes_max > 0 &&
             !rate_fits(admission, *ticket, limits.in_minutes_max, (uint32_t)(now_ms / 100)))
        result = ADMITTED_NOT_SO_FAST;
    if (result != ADMITTED) admission_leave(admission, *ticket);
    return result;
}

void admission_leave(struct admission *admission, uint32_t ticket) {
    for (int row = 0; row < 2; row++) {
        uint32_t open = atomic_fetch_sub(&place(admission, ticket, row)->open, 1);
        check(open > 0);
    }
}
