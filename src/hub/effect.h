/* effect.h: what the hub wants done. The hub does nothing itself. */
#ifndef HUB_EFFECT_H
#define HUB_EFFECT_H

#include "chat/event.h"
#include "chat/record.h"

enum effect_kind {
    EFFECT_REPLY,   /* event to one session */
    EFFECT_PUBLISH, /* event to the members of event.room, at each worker in workers */
    EFFECT_RECORD,  /* record to the store */
};

/* What the gate must know: an effect waits for the last record of `session` and for the last
 * record of `room_row`, and for nothing else. */
struct effect {
    enum effect_kind kind;
    struct session_id session; /* whose turn it is: the asker's, or EFFECT_REPLY: who hears it */
    uint32_t room_row;         /* ROOM_ROW_NONE, or the room it is about, as an index */
    uint32_t workers;          /* EFFECT_PUBLISH: bit w is worker w */
    union {
        struct event event;
        struct record record;
    };
    /* their slices stay valid until the next hub_step() */
};

#define ROOM_ROW_NONE UINT32_MAX

/* The largest step takes ADMIT_MAX people with USER_SESSIONS_MAX sessions each into a room. */
enum { EFFECTS_MAX = ADMIT_MAX * (USER_SESSIONS_MAX + 2) + 16 };

struct effects {
    uint32_t count;
    struct effect at[EFFECTS_MAX];
};

#endif
