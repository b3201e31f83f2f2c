/* query.h: what a worker asks the reader for, once the hub has permitted it, and what comes back.
 *
 * A page shows what was said as it is said now: an edited message with its latest text and
 * EVENT_CHANGED; one that was removed is left out of every page but that of QUERY_EVENTS, where it
 * stands with EVENT_OFF and without its text, since its number was given. */
#ifndef CHAT_QUERY_H
#define CHAT_QUERY_H

#include <stdbool.h>

#include "chat/ids.h"

enum query_kind {
    QUERY_LATEST, /* the last `count` messages with first <= seq <= last, oldest first */
    QUERY_RANGE,  /* the messages with first <= seq <= last, oldest first, at most `count` */
    QUERY_AROUND, /* `count` messages in all, about half of them before `target`, which is among
                     them, first <= seq <= last, oldest first. These three also heed after_ms,
                     before_ms and `full` */
    QUERY_ONE,    /* whatever row `target` is, none where there is none: EVENT_PAST with stored,
                     identity, time_ms, EVENT_OFF where its text was removed */
    QUERY_EVENTS, /* rows of all kinds with first <= seq <= last, oldest first; `count` is a bound
                     of rows as large as need be */
    QUERY_SEARCH, /* messages with the words of `text`, seq <= last, the newest first: EVENT_FOUND
                   */
    QUERY_AUDIT,  /* of the room's audit log, room 0: of the server's, the newest first: EVENT_PAST
                     with STORED_NOTHING, author, author_name, time_ms, other: about whom, text: the
                     action's word, then a blank and why. `last` counts rows of the log, UINT64_MAX:
                     from its end */
    QUERY_UNREAD, /* how many messages, first <= seq <= last, are not by `whose`, and how many of
                     them call `text`, a name's key: one EVENT_PAST with STORED_NOTHING, count and
                     number: so many; EVENT_CHANGED: at least. Of UNREAD_ROWS_MAX rows */
    QUERY_KINDS,
};

enum { UNREAD_ROWS_MAX = 2000 };
enum { QUERY_TEXT_MAX = 512 }; /* bytes of what may be searched for */

struct query {
    enum query_kind kind;
    struct session_id session;
    struct room_id room;
    uint32_t count;    /* at most so many messages in all pieces together */
    uint64_t first;    /* seq */
    uint64_t last;     /* seq; never above what the hub permitted */
    uint64_t target;   /* seq */
    int64_t after_ms;  /* Unix time: what was stored then or before is not wanted; 0: no bound */
    int64_t before_ms; /* the same of what was stored then or after; QUERY_AROUND: the first event
                          from then on is the target */
    bool full;         /* beside messages also topics, modes, roles, kicks, bans and reactions */
    bool reactions;    /* event.tags has the reactions to a message: lines of reaction_put() */
    bool accounts;     /* event.account says whose account the author's is */
    struct identity whose; /* who asks */
    uint64_t records;      /* the store must have written so many before: see gate.h */
    uint16_t text_size;
    char text[QUERY_TEXT_MAX]; /* last: a ring carries text_size bytes of it */
};

/* How a piece of an answer ends. Its rows went before it, as events of EVENT_PAST or EVENT_FOUND.
 * The next piece is asked for with these bounds: QUERY_LATEST and QUERY_AROUND go on as
 * QUERY_RANGE, the others as they are; what is read from its end goes on below `last`. */
struct query_end {
    struct session_id session;
    struct room_id room;
    uint32_t count; /* messages still wanted; 0: the answer is whole */
    uint64_t first; /* seq at which the next piece begins */
    uint64_t last;
    bool failed;     /* the disk could not be read; what came before is right */
    uint8_t refusal; /* enum refusal: REFUSED_QUERY_BROAD, REFUSED_QUERY_BAD; else 0 */
};

#endif
