/* event.h: what happened. Every dialect encodes from this. A user's mistake is an event too
 * (EVENT_REFUSED): it is the hub's normal work. Crosses threads by value, as commands do. */
#ifndef CHAT_EVENT_H
#define CHAT_EVENT_H

#include "base/address.h"
#include "base/slice.h"
#include "chat/command.h"
#include "chat/ids.h"
#include "chat/refusal.h"

enum event_kind {
    EVENT_NONE,
    /* to one session */
    EVENT_WELCOME, /* author: you; address: yours as the server sees it */
    EVENT_ENTERED, /* you are in room: the roster gains this session. count: its members; text: its
                      topic */
    EVENT_EXITED,  /* you are out of it: the roster loses this session. why: enum leaving */
    EVENT_CREATED, /* room is made */
    EVENT_DONE,    /* your command of reply_code is done; text: what to say of it, if anything */
    EVENT_REFUSED, /* refusal, number, text */
    EVENT_NAMES,   /* a piece of a member list: text: names, each ended by '\n'; cursor goes on */
    EVENT_ROOMS,   /* a piece of the room list: text: "number\tname\tmembers\ttopic\n" each */
    EVENT_QUERY,   /* your history request is permitted: count, before; seq is the newest to show;
                      number: records that must be written before it is read */
    EVENT_HELP,    /* text: the command asked about */
    EVENT_PONG,    /* text */
    EVENT_TOPIC,   /* the topic, because you asked */
    EVENT_TOLD,    /* a direct message: author to other; text */
    EVENT_CLOSE,   /* refusal: the server ends this session */
    EVENT_BYE,     /* the session is closed in the hub: its slot is free again */
    /* to the members of a room */
    EVENT_JOINED,
    EVENT_LEFT, /* author left room; why: enum leaving; text: in her words */
    EVENT_SAID, /* seq, speech, text */
    EVENT_TOPIC_SET,
    EVENT_RENAMED, /* author (the old name) is now other */
    EVENT_DELETED, /* the room is gone, with its members */
    /* from the reader, not the hub */
    EVENT_PAST,     /* one stored message of a page, as EVENT_SAID */
    EVENT_PAST_END, /* the page is over */
    EVENT_KINDS,
};

enum leaving { LEAVING_PART, LEAVING_QUIT, LEAVING_KICKED, LEAVING_REMOVED, LEAVING_DELETED };

enum {
    EVENT_LAST = 1,       /* the answer to a COMMAND_WAITS is whole */
    EVENT_OWN_ROOM = 2,   /* room is somebody's private channel, its name is her address */
    EVENT_BY_HEX = 4,     /* room is shown by its hex id in dialects that know hex ids */
    EVENT_LOBBY = 8,      /* room is the one that everybody enters */
    EVENT_FIRST = 16,     /* EVENT_ENTERED: the room entered by saying who one is */
    EVENT_SCATTERED = 32, /* sent to several rooms at once: a session shows it once, by `number` */
    EVENT_AGAIN = 64,     /* EVENT_ENTERED: was in it before, the roster stays; an old client id */
};

enum { EVENT_SLICES = 4 };

struct event {
    enum event_kind kind;
    uint8_t flags;
    uint8_t refusal;     /* enum refusal */
    uint8_t speech;      /* enum speech */
    uint8_t why;         /* enum leaving */
    uint8_t dialect;     /* of the author's session: enum dialect_kind; 0 unknown */
    uint16_t reply_code; /* of the command it answers */
    struct room_id room;
    struct user_id author;
    struct user_id other_id;
    struct session_id session; /* the author's; all zero: none */
    uint32_t count;
    uint64_t hex;    /* the room's id, 40 bits */
    uint64_t seq;    /* position in the room, from 1 */
    int64_t time_ms; /* Unix time, as the hub was told it; never decreases within a room */
    uint64_t number;
    uint64_t before;
    uint64_t cursor;
    struct address address; /* the author's; EVENT_WELCOME: yours */
    union {
        struct {
            struct slice author_name;
            struct slice room_name;
            struct slice text;
            struct slice other; /* a second person's name */
        };
        struct slice slices[EVENT_SLICES];
    };
};

#endif
