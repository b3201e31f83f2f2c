/* pace.c: cells at hashed places. */
#include "server/pace.h"

#include <stdlib.h>
#include <string.h>

#include "base/check.h"

bool pace_init(struct pace *pace, uint64_t key) {
    *pace = (struct pace){.key = key};
    for (int row = 0; row < 2; row++)
        pace->rows[row] = calloc(PACE_PLACES, sizeof *pace->rows[row]);
    return pace->rows[0] && pace->rows[1];
}

void pace_deinit(struct pace *pace) {
    free((void *)pace->rows[0]);
    free((void *)pace->rows[1]);
}

/* splitmix64 of the value and the key. */
static uint64_t mixed(const struct pace *pace, uint64_t value) {
    uint64_t x = (value ^ pace->key) + UINT64_C(0x9e3779b97f4a7c15);
    x = (x ^ (x >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    x = (x ^ (x >> 27)) * UINT64_C(0x94d049bb133111eb);
    return x ^ (x >> 31);
}

uint64_t pace_of_account(const struct pace *pace, uint32_t number) {
    return mixed(pace, UINT64_C(1) << 63 | number);
}

uint64_t pace_of_network(const struct pace *pace, struct address from) {
    static const uint8_t mapped[12] = {[10] = 255, [11] = 255};
    uint64_t network;
    bool v4 = memcmp(from.ip, mapped, sizeof mapped) == 0;
    memcpy(&network, v4 ? from.ip + 8 : from.ip, sizeof network);
    return mixed(pace, network);
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
