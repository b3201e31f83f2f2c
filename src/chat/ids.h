/* ids.h: the handles that name things across threads. Each is its own type, so
 * that a room cannot be passed where a user is meant. Zero means "none". */
#ifndef CHAT_IDS_H
#define CHAT_IDS_H

#include <stdbool.h>
#include <stdint.h>

/* A person's public number, stored with what she says: 1 to 2^30-1 is a phone client's own
 * integer (the `pipe` dialect), everybody else is counted from USER_NUMBER_FIRST up. */
struct user_id {
    uint32_t v;
};

#define USER_NUMBER_FIRST UINT32_C(0x40000000)

/* A room's durable number, from 1, never given twice. */
struct room_id {
    uint32_t v;
};

/* A bit of what is no room: a name that sessions watch (hub/watch.h). Rooms' numbers are below. */
#define WATCH_ROOM UINT32_C(0x80000000)

/* Who somebody is, for what is hers alone: message ids, edits. An account's is its number; a
 * guest's is above 2^32 and comes from her token, or is drawn for the one session. */
struct identity {
    uint64_t v;
};

/* A connection as the hub sees it. The worker reuses slots; the generation makes an effect for a
 * closed connection harmless: the worker compares and drops it. */
struct session_id {
    uint32_t slot;
    uint16_t generation;
    uint16_t worker;
};

/* How somebody is connected. Decides nothing in the hub; others' dialects may show it or not. */
enum dialect_kind {
    DIALECT_NONE,
    DIALECT_AUTO,
    DIALECT_LINE,
    DIALECT_FRIENDLY,
    DIALECT_PIPE,
    DIALECT_DOLLAR,
    DIALECT_IRC,
    DIALECT_WEB,  /* HTTP, before it is known what for */
    DIALECT_JSON, /* doc/protocol/json.md, over a WebSocket */
    DIALECT_REST, /* the HTTP API */
    DIALECTS,
};

static inline bool session_same(struct session_id a, struct session_id b) {
    return a.slot == b.slot && a.generation == b.generation && a.worker == b.worker;
}

#endif
