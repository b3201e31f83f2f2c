/* query.h: what a worker asks the reader for, once the hub has permitted it, and what comes back.
 */
#ifndef CHAT_QUERY_H
#define CHAT_QUERY_H

#include "chat/ids.h"

enum query_kind {
    QUERY_LATEST, /* the last `count` messages with seq <= `last`, oldest first */
    QUERY_RANGE,  /* the messages with first <= seq <= last, oldest first, at most `count` */
};

struct query {
    enum query_kind kind;
    struct session_id session;
    struct room_id room;
    uint32_t count;   /* at most so many messages in all pieces together */
    uint64_t first;   /* seq */
    uint64_t last;    /* seq; never above what the hub permitted */
    uint64_t records; /* the store must have written so many before: see gate.h */
};

/* How a piece of an answer ends. Its rows went before it, as events of EVENT_PAST. */
struct query_end {
    struct session_id session;
    struct room_id room;
    uint32_t count; /* messages still wanted; 0: the answer is whole */
    uint64_t first; /* seq at which the next piece begins */
    uint64_t last;
    bool failed; /* the disk could not be read; what came before is right */
};

#endif
