/* command.h: what a session asks of the hub. Every dialect decodes to this; the hub knows nothing
 * of bytes. A command crosses threads by value: the struct, then the bytes of its slices. */
#ifndef CHAT_COMMAND_H
#define CHAT_COMMAND_H

#include "base/address.h"
#include "base/slice.h"
#include "chat/ids.h"
#include "chat/limits.h"
#include "chat/refusal.h"

enum command_kind {
    COMMAND_NONE,
    COMMAND_HELLO,   /* name, naming, number, room, count: say who I am, and enter room if any */
    COMMAND_NICK,    /* name: be called so from now on */
    COMMAND_JOIN,    /* room, count */
    COMMAND_CREATE,  /* room: it must not exist yet */
    COMMAND_LEAVE,   /* room */
    COMMAND_SAY,     /* room, text, speech, client_id */
    COMMAND_TELL,    /* name, text: a direct message */
    COMMAND_TOPIC,   /* room, text with COMMAND_SETS: a new one; else ask */
    COMMAND_AWAY,    /* text; empty: here again */
    COMMAND_WHO,     /* room, cursor */
    COMMAND_ROOMS,   /* cursor */
    COMMAND_HISTORY, /* room, count, before */
    COMMAND_ADMIT,   /* room, people */
    COMMAND_REMOVE,  /* room, people */
    COMMAND_KICK,    /* room, name, text: why */
    COMMAND_DELETE,  /* room */
    COMMAND_HELP,    /* text: of which command; empty: of all */
    COMMAND_PING,    /* text: comes back as it is */
    COMMAND_WRONG, /* refusal, number, text: the dialect could not read a line; answered in turn */
    COMMAND_BYE,   /* the end of this session; text: why. Always answered by EVENT_BYE */
    COMMAND_KINDS,
};

enum naming {
    NAMING_EXACT,    /* this name or a refusal */
    NAMING_SUFFIX,   /* this name, or with -2, -3 ... where it is taken */
    NAMING_FRIENDLY, /* the hub makes one up */
    NAMING_PHONE,    /* client-<number>; number is the phone's own integer */
};

enum speech { SPEECH_SAY, SPEECH_ACTION, SPEECH_NOTICE };

enum {
    COMMAND_SETS = 1,    /* COMMAND_TOPIC: set, even to nothing */
    COMMAND_OWN = 2,     /* COMMAND_HELLO: also make the private channel named by the address */
    COMMAND_WAITS = 4,   /* the session's later lines wait for EVENT_LAST; set by the dialect */
    COMMAND_BY_HEX = 8,  /* COMMAND_CREATE: the maker's dialect names rooms by their hex id */
    COMMAND_EXISTS = 32, /* COMMAND_JOIN: a room that is missing is not made */
    COMMAND_LEAVES = 16, /* COMMAND_BYE: said by the person (a reason is shown as hers) */
};

enum { COMMAND_SLICES = 6 };

struct command {
    enum command_kind kind;
    struct session_id session;
    struct room_id room_id; /* where the dialect knows the number; else `room` names it */
    uint16_t reply_code;    /* comes back in every answer: which line of the client's is meant */
    uint8_t flags;
    uint8_t naming;         /* enum naming */
    uint8_t speech;         /* enum speech */
    uint8_t refusal;        /* enum refusal, COMMAND_WRONG */
    uint8_t dialect;        /* enum dialect_kind, COMMAND_HELLO */
    uint32_t count;         /* how many messages; JOIN and HELLO: shown on entering */
    uint64_t number;        /* a phone's integer, a limit */
    uint64_t before;        /* a seq; 0: no bound */
    uint64_t cursor;        /* where a long answer goes on; 0: from its beginning */
    struct address address; /* COMMAND_HELLO */
    uint32_t people_count;
    uint32_t people[ADMIT_MAX]; /* ADMIT, REMOVE: their numbers */
    union {
        struct {
            struct slice name;     /* of a person, as typed */
            struct slice name_key; /* its canonical form, base/text.h */
            struct slice room;     /* number, hex id, ip:port or name, as typed */
            struct slice room_key; /* its canonical form */
            struct slice text;
            struct slice client_id;
        };
        struct slice slices[COMMAND_SLICES]; /* the same six, for crossing a ring */
    };
};

#endif
