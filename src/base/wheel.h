/* wheel.h: one deadline for each row of a table: set, moved and taken off in constant time. Rows
 * hang in the slot of their due time; what is due a turn of the wheel later stays where it is.
 * Not for exactness: a deadline is met up to WHEEL_TICK_MS late. */
#ifndef BASE_WHEEL_H
#define BASE_WHEEL_H

#include <stdbool.h>
#include <stdint.h>

enum { WHEEL_SLOTS = 1024, WHEEL_TICK_MS = 4 };

struct wheel_node {
    uint64_t due_ms; /* 0: no deadline */
    uint32_t next, prev;
};

struct wheel {
    struct wheel_node *nodes; /* owned, one a row */
    uint32_t heads[WHEEL_SLOTS];
    uint32_t count;
    uint64_t tick; /* all before it is done */
};

bool wheel_init(struct wheel *wheel, uint32_t rows, uint64_t now_ms); /* false: no memory */
void wheel_deinit(struct wheel *wheel);

/* Replaces the row's deadline. */
void wheel_set(struct wheel *wheel, uint32_t row, uint64_t due_ms);
void wheel_clear(struct wheel *wheel, uint32_t row);

/* Take one row whose deadline has passed off; false: none is left. */
bool wheel_expire(struct wheel *wheel, uint64_t now_ms, uint32_t *row);

/* Milliseconds until wheel_expire() may be due, -1: never. May be early, never late. */
int wheel_wait_ms(const struct wheel *wheel, uint64_t now_ms);

#endif
