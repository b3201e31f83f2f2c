/* carry.h: one HTTP request of an outgoing webhook on its way, by libcurl. All of a `struct
 * carrier` is used by one thread.
 *
 * No redirect is followed, no proxy is asked, no cookie kept. The address that a name turned out to
 * have is looked at when the socket is made for it, so that it cannot be another one by then. */
#ifndef SERVER_CARRY_H
#define SERVER_CARRY_H

#include "base/bell.h"
#include "chat/webhook.h"
#include "server/config_address.h"

enum { CARRIES_MAX = 16 }; /* under way at once */

struct carrier;
struct carry;

struct carried {
    void *owner; /* as given to carry_begin() */
    enum webhook_fault fault;
    uint16_t status; /* of the answer; 0: there was none */
};

struct carrier *carrier_new(void); /* NULL: no memory */
void carrier_free(struct carrier *carrier);

/* Sign and send. `body` is copied. NULL: no memory. Ends with carrier_take() or carry_drop(). */
struct carry *carry_begin(struct carrier *carrier, void *owner, struct slice url,
                          const unsigned char secret[WEBHOOK_SECRET_SIZE], struct slice id,
                          int64_t now_ms, struct slice body, const struct config_networks *allowed);
void carry_drop(struct carrier *carrier, struct carry *carry);

/* One that is over; it is freed. False: none is. */
bool carrier_take(struct carrier *carrier, struct carried *carried);

/* Sleep until a socket or the bell has something to say, at most so long. */
void carrier_sleep(struct carrier *carrier, struct bell *bell, int timeout_ms);

/* The value of the header webhook-signature: HMAC-SHA256 over `id.seconds.body`. */
void carry_sign(struct buf *out, const unsigned char secret[WEBHOOK_SECRET_SIZE], struct slice id,
                uint64_t seconds, struct slice body);

#endif
