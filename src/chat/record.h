/* record.h: a row to be. What the hub decided and the store keeps; what the store loads at start
 * is given back to the hub in the same form. Crosses threads by value, as commands do. */
#ifndef CHAT_RECORD_H
#define CHAT_RECORD_H

#include "base/slice.h"
#include "chat/ids.h"

enum record_kind {
    RECORD_NONE,
    RECORD_ROOM,    /* a room as it is now: number, hex, epoch, flags, name, key, topic (text), seq,
                       time_ms, author (its maker's number) and author_name; new or changed */
    RECORD_MESSAGE, /* one stored event of a room: room, seq, time_ms, author, author_name, speech,
                       text, client id if any. The room's row takes seq and time_ms with it */
    RECORD_TOPIC, /* as RECORD_MESSAGE (a topic change has a seq); the room's row takes the text */
    RECORD_DELETED,  /* room and all of its messages are gone */
    RECORD_COUNTERS, /* number: the next user number, reserved ahead; seq: the next room number */
    RECORD_KINDS,
};

enum {
    ROOM_BY_HEX = 1,     /* was made by a dialect that names rooms by hex id */
    ROOM_LOBBY = 2,      /* a room that a listener puts people into: cannot be deleted */
    ROOM_NO_HISTORY = 4, /* keeps numbers, not texts */
    ROOM_OWN = 8,        /* somebody's private channel; never recorded */
};

enum { RECORD_SLICES = 5 };

struct record {
    enum record_kind kind;
    struct room_id room;
    struct user_id author;
    uint8_t flags;  /* ROOM_* */
    uint8_t speech; /* enum speech */
    uint64_t hex;   /* 40 bits */
    uint64_t epoch; /* 64 random bits, RECORD_ROOM */
    uint64_t seq;
    int64_t time_ms;
    uint64_t number;
    uint64_t cost; /* bytes on the disk at most, summed over all records so far: see hub.h */
    union {
        struct {
            struct slice name; /* of the room */
            struct slice key;  /* its canonical form */
            struct slice author_name;
            struct slice text; /* message or topic */
            struct slice client_id;
        };
        struct slice slices[RECORD_SLICES];
    };
};

enum { RECORD_PAGE_SIZE = 4096, RECORD_PAGES_MAX = 8 };

/* What a record with so many bytes of slices can take on the disk at most, in bytes: the pages
 * that an insert may touch, written to the WAL and later into the file. The store's tests compare
 * it with what SQLite really writes. */
static inline uint64_t record_cost(size_t slices_size) {
    return 2 * (uint64_t)slices_size + RECORD_PAGES_MAX * RECORD_PAGE_SIZE;
}

#endif
