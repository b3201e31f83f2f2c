/* effect.h: what the hub wants done. The hub does nothing itself. */
#ifndef HUB_EFFECT_H
#define HUB_EFFECT_H

#include "chat/event.h"
#include "chat/proof.h"
#include "chat/record.h"

enum effect_kind {
    EFFECT_REPLY,   /* event to one session */
    EFFECT_PUBLISH, /* event to the members of event.room, at each worker in workers */
    EFFECT_RECORD,  /* record to the store */
    EFFECT_PROVE,   /* proof to the passwords; waits for nothing */
};

/* What the gate must know: an effect waits for the last record of `session` and for the last
 * record of `room_row`, and for nothing else. Accounts stand in the place of a room: what is said
 * of them waits for the last record of any account. */
struct effect {
    enum effect_kind kind;
    struct session_id session; /* whose turn it is: the asker's, or EFFECT_REPLY: who hears it */
    uint32_t room_row;         /* ROOM_ROW_NONE, or the room it is about, as an index */
    uint32_t workers;          /* EFFECT_PUBLISH: bit w is worker w */
    union {
        struct event event;
        struct record record;
        struct proof proof;
    };
    /* their slices stay valid until the next hub_step() */
};

#define ROOM_ROW_NONE UINT32_MAX
#define ROOM_ROW_ACCOUNTS(size) ((size).rooms) /* one more than the rooms: struct hub_size */

/* The largest steps: ADMIT_MAX people with USER_SESSIONS_MAX sessions each come into a room; a
 * guest in USER_ROOMS_MAX rooms logs in as an account that was in as many: for each room the guest
 * leaves and is told, and the account comes, is told and recorded. */
enum { EFFECTS_MAX = USER_ROOMS_MAX * 7 + ADMIT_MAX * 3 + 24 };
_Static_assert(EFFECTS_MAX >= ADMIT_MAX * (USER_SESSIONS_MAX + 3) + 16, "an admission fits");

struct effects {
    uint32_t count;
    struct effect at[EFFECTS_MAX];
};

#endif
