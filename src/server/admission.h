/* admission.h: how many connections one network has, and how many came lately: /32 of IPv4, /64 of
 * IPv6 (who has a /64 has all of it). Asked before anything is allocated for a connection, by any
 * worker, without a lock: two rows of counters, at places that a keyed hash gives, and the lower of
 * the two counts. So memory does not grow with the number of attackers, and a stranger is taken for
 * an attacker's neighbour only where both places are shared: with 1,000 networks at their limit
 * once in 4,000 newcomers. */
#ifndef SERVER_ADMISSION_H
#define SERVER_ADMISSION_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/address.h"

struct admission_limits {
    uint32_t open_max;       /* connections of one network at once; 0: any number */
    uint32_t in_minutes_max; /* that come within ADMISSION_MINUTES; 0: any number */
};

enum { ADMISSION_MINUTES = 10, ADMISSION_PLACES = 65536 };

enum admitted { ADMITTED, ADMITTED_NOT_SO_MANY, ADMITTED_NOT_SO_FAST };

struct admission {
    uint64_t key;
    struct admission_place {
        _Atomic uint32_t open; /* connections */
        _Atomic uint32_t due;  /* when the last one would have come at the even rate: tenths of a
                                  second since the process began */
    } * rows[2];
};

bool admission_init(struct admission *admission, uint64_t key);
void admission_deinit(struct admission *admission);

/* One more connection of `from`, at `now_ms` of a clock that never goes back. Where it is ADMITTED
 * *ticket is what admission_leave() takes when it ends, never 0; else nothing is counted. */
enum admitted admission_enter(struct admission *admission, struct address from,
                              struct admission_limits limits, uint64_t now_ms, uint32_t *ticket);
void admission_leave(struct admission *admission, uint32_t ticket);

#endif
