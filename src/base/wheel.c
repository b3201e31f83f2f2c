/* wheel.c: deadlines in slots. */
#include "base/wheel.h"

#include "base/check.h"
#include "base/table.h"

#define NONE UINT32_MAX

static uint32_t slot_of(uint64_t due_ms) {
    return (uint32_t)(due_ms / WHEEL_TICK_MS % WHEEL_SLOTS);
}

bool wheel_init(struct wheel *wheel, uint32_t rows, uint64_t now_ms) {
    *wheel = (struct wheel){.nodes = table_new(rows, sizeof(struct wheel_node)),
                            .tick = now_ms / WHEEL_TICK_MS};
    for (uint32_t i = 0; i < WHEEL_SLOTS; i++)
        wheel->heads[i] = NONE;
    return wheel->nodes != NULL;
}

void wheel_deinit(struct wheel *wheel) {
    table_free(wheel->nodes);
    wheel->nodes = NULL;
}

void wheel_clear(struct wheel *wheel, uint32_t row) {
    struct wheel_node *node = &wheel->nodes[row];
    if (node->due_ms == 0) return;
    if (node->prev != NONE)
        wheel->nodes[node->prev].next = node->next;
    else
        wheel->heads[slot_of(node->due_ms)] = node->next;
    if (node->next != NONE) wheel->nodes[node->next].prev = node->prev;
    node->due_ms = 0;
    wheel->count--;
}

void wheel_set(struct wheel *wheel, uint32_t row, uint64_t due_ms) {
    check(due_ms > 0);
    wheel_clear(wheel, row);
    if (due_ms / WHEEL_TICK_MS < wheel->tick) due_ms = wheel->tick * WHEEL_TICK_MS;
    uint32_t *head = &wheel->heads[slot_of(due_ms)];
    wheel->nodes[row] = (struct wheel_node){.due_ms = due_ms, .next = *head, .prev = NONE};
    if (*head != NONE) wheel->nodes[*head].prev = row;
    *head = row;
    wheel->count++;
}

bool wheel_expire(struct wheel *wheel, uint64_t now_ms, uint32_t *row) {
    uint64_t now_tick = now_ms / WHEEL_TICK_MS;
    if (wheel->count == 0) {
        wheel->tick = now_tick;
        return false;
    }
    if (now_tick - wheel->tick > WHEEL_SLOTS) wheel->tick = now_tick - WHEEL_SLOTS;
    for (; wheel->tick < now_tick; wheel->tick++) {
        uint32_t at = wheel->heads[wheel->tick % WHEEL_SLOTS];
        for (; at != NONE; at = wheel->nodes[at].next) {
            if (wheel->nodes[at].due_ms / WHEEL_TICK_MS > wheel->tick) continue;
            wheel_clear(wheel, at);
            *row = at;
            return true;
        }
    }
    return false;
}

int wheel_wait_ms(const struct wheel *wheel, uint64_t now_ms) {
    if (wheel->count == 0) return -1;
    uint64_t tick = wheel->tick;
    for (uint32_t i = 0; i < WHEEL_SLOTS && wheel->heads[tick % WHEEL_SLOTS] == NONE; i++)
        tick++;
    uint64_t due_ms = (tick + 1) * WHEEL_TICK_MS;
    return due_ms > now_ms ? (int)(due_ms - now_ms) : 0;
}
