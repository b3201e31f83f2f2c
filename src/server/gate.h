/* gate.h: nothing is shown before it is stored. An effect waits for the last record of its own
 * session and for the last record of the room it is about, and for nothing else: so one session's
 * answers leave in the order of its commands, a room's events in the order of their numbers, and
 * whoever has nothing in flight never waits for the disk. The hub's thread; no I/O. */
#ifndef SERVER_GATE_H
#define SERVER_GATE_H

#include "hub/effect.h"

/* Where things go on. */
struct gate_hooks {
    void *context;
    void (*record)(void *context, const struct record *record);
    void (*reply)(void *context, struct session_id to, const struct event *event);
    void (*publish)(void *context, uint32_t workers, const struct event *event);
    void (*prove)(void *context, const struct proof *proof);
    bool (*room)(void *context); /* for one more reply or publish of any size */
};

struct gate {
    struct gate_hooks hooks;
    bool open;               /* durability off: nothing waits */
    uint64_t records;        /* number of the last record: 1, 2, 3... since the start */
    uint64_t flushed;        /* number of the last one that survives a power cut */
    uint32_t sessions;       /* per worker */
    uint64_t *session_waits; /* the record that a session's next effect waits for */
    uint64_t *room_waits;
    char *held, *kept; /* effects that wait, in order; while releasing, those that still must */
    size_t held_size, held_cap, kept_size, kept_cap;
    size_t released; /* bytes of held that are done */
};

/* What may wait at most, bytes; and the largest step's share of it. */
enum { GATE_SIZE_MAX = 64 * 1048576, GATE_STEP_MAX = 2 * 1048576 };

bool gate_init(struct gate *gate, uint32_t workers, uint32_t sessions, uint32_t rooms, bool open,
               struct gate_hooks hooks);
void gate_deinit(struct gate *gate);

/* One effect of a step, in order. gate_release() must have finished before the step. */
void gate_effect(struct gate *gate, const struct effect *effect);

/* All records up to this number survive. */
void gate_flushed(struct gate *gate, uint64_t record);

/* Let go what waits for nothing any more. False: hooks.room() stopped it; come again before any
 * further step. */
bool gate_release(struct gate *gate);

/* True where the largest step's effects could all be held. */
bool gate_has_room(const struct gate *gate);

#endif
