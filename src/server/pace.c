/* pace.c: cells at hashed places. */
#include "server/pace.h"

#include "base/check.h"
#include "base/rng.h"
#include "base/table.h"

bool pace_init(struct pace *pace, uint64_t key) {
    *pace = (struct pace){.key = key};
    for (int row = 0; row < 2; row++)
        pace->rows[row] = table_new(PACE_PLACES, sizeof *pace->rows[row]);
    return pace->rows[0] && pace->rows[1];
}

void pace_deinit(struct pace *pace) {
    table_free((void *)pace->rows[0]);
    table_free((void *)pace->rows[1]);
}

static uint64_t mixed(const struct pace *pace, uint64_t value) {
    struct rng mix = {value ^ pace->key};
    return rng_next(&mix);
}

uint64_t pace_of_account(const struct pace *pace, uint32_t number) {
    return mixed(pace, UINT64_C(1) << 63 | number);
}

uint64_t pace_of_network(const struct pace *pace, struct address from) {
    return mixed(pace, address_network(from));
}

static _Atomic uint64_t *place(struct pace *pace, uint64_t whose, int row) {
    return &pace->rows[row][(row == 0 ? whose : whose >> 32) % PACE_PLACES];
}

bool pace_take(struct pace *pace, uint64_t whose, uint64_t line_ms, uint64_t burst_ms,
               uint64_t now_ms, uint64_t *due_ms) {
    check(line_ms > 0);
    uint64_t earliest = UINT64_MAX;
    for (int row = 0; row < 2; row++) {
        uint64_t due = atomic_load(place(pace, whose, row));
        if (due < earliest) earliest = due;
    }
    *due_ms = earliest > burst_ms ? earliest - burst_ms : 0;
    if (*due_ms > now_ms) return false;
    for (int row = 0; row < 2; row++) {
        _Atomic uint64_t *cell = place(pace, whose, row);
        uint64_t due = atomic_load(cell);
        while (!atomic_compare_exchange_weak(cell, &due, (due > now_ms ? due : now_ms) + line_ms))
            ;
    }
    return true;
}
