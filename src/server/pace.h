/* pace.h: how fast one account, or one network of strangers, may ask over HTTP, all connections and
 * workers together: a request moves the time at which the next would be due at the even rate, and
 * who is further ahead of the clock than the burst waits. Without a lock and of a fixed size, like
 * server/admission.h: two rows of cells at places that a keyed hash gives, the earlier of which
 * counts, so that a stranger shares her place with somebody only where both are shared. */
#ifndef SERVER_PACE_H
#define SERVER_PACE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/address.h"

enum { PACE_PLACES = 16384 };

struct pace {
    uint64_t key;
    _Atomic uint64_t *rows[2]; /* milliseconds of the monotonic clock */
};

bool pace_init(struct pace *pace, uint64_t key); /* false: no memory */
void pace_deinit(struct pace *pace);

/* Whose a request is. A network is /32 of IPv4, /64 of IPv6. */
uint64_t pace_of_account(const struct pace *pace, uint32_t number);
uint64_t pace_of_network(const struct pace *pace, struct address from);

/* One request of hers. False: not yet, and *due_ms says when. `line_ms` > 0: so long for each at
 * the even rate; `burst_ms`: so much earlier they may come. Any thread. */
bool pace_take(struct pace *pace, uint64_t whose, uint64_t line_ms, uint64_t burst_ms,
               uint64_t now_ms, uint64_t *due_ms);

#endif
