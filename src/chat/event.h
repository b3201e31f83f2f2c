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
    EVENT_WELCOME, /* author: you; address: yours as the server sees it; number: PERSON_* */
    EVENT_ENTERED, /* you are in room: the roster gains this session. count: its members; text: its
                      topic; epoch and seq: the cursor from which on you hear what is said;
                      before: 1 + the seq up to which your person had heard it, 0: all of it;
                      setting: your enum role; target: ROOM_* flags, slow_seconds above 16 bits;
                      before_ms: until when you have read it, Unix time, 0: nobody knows */
    EVENT_EXITED,  /* you are out of it: the roster loses this session. why: enum leaving */
    EVENT_CREATED, /* room is made */
    EVENT_DONE,    /* your command of reply_code is done; text: what to say of it, if anything */
    EVENT_REFUSED, /* refusal, number, text */
    EVENT_NAMES,   /* a piece of a member list: text: names, each ended by '\n'; cursor goes on */
    EVENT_ROOMS,   /* a piece of the room list: text: "number\tname\tmembers\ttopic\n" each; with
                      COMMAND_FULL (setting: 1) "made\ttitled\t", Unix seconds or 0, before topic */
    EVENT_QUERY,   /* your request to read is permitted. why: enum query_kind; count; before and
                      after bound it, 0: do not, as before_ms and after_ms do; target; EVENT_FULL:
                      rows of all kinds that are shown; text: what is searched for; seq is the
                      newest to show; number: records that must be written before it is read */
    EVENT_HELP,    /* text: the command asked about */
    EVENT_PONG,    /* text */
    EVENT_TOPIC,   /* the topic, because you asked; seq and epoch: how far the room is */
    EVENT_TOLD,    /* a direct message: author to other; text, seq. To every session of both;
                      EVENT_OWN: the session is the author's. Without EVENT_DIRECT: to those of
                      room who have at least the enum role in setting */
    EVENT_LOOKUP,  /* the command needs what is stored of its target: ask the reader, then give the
                      command again with COMMAND_FOUND and this cursor; it may come once more. seq:
                      the target; number: records before */
    EVENT_LOGGED_IN,   /* author: your account */
    EVENT_SCRAM,       /* text: the server's next message */
    EVENT_TOKEN,       /* text: the token; it is shown once. number: its own, if it has one */
    EVENT_ALERT,       /* a person is told of something: why: enum alert; author, room, text, seq */
    EVENT_RESTRAINTS,  /* a piece of a room's list: text: "kind\tmask\tminutes
                          left\tby\tset\tsubject\n"  each, kind one of ban mute invite exempt
                          unmutable welcome report refuse hush lockdown, set in Unix seconds,
                          subject a number, after it for hush "\tseconds"; cursor goes on;
                          setting: 1 where COMMAND_FULL; room 0: of the server */
    EVENT_USERS,       /* a piece of the accounts: text: "number\tname\tsessions\n" each; cursor */
    EVENT_TOKENS,      /* text: lines of token_line_put(), chat/scope.h */
    EVENT_INVITATIONS, /* text: "number\tuses left, 0 any\tuntil, Unix seconds\n" each */
    EVENT_WEBHOOK,     /* made: number: its own, other: its address, text: the bytes of the key that
                          signs, which is told once */
    EVENT_WEBHOOKS,    /* text: lines of webhook_line_put(), chat/webhook.h */
    EVENT_ROOM_SHOWN,  /* text: lines "what\tvalue\n" */
    EVENT_READ_UP,     /* your read position in room is seq: set by you, here or elsewhere;
                          before_ms: as of EVENT_ENTERED */
    EVENT_PEOPLE,      /* a piece of a list of people: text: lines of person_line(), chat/person.h;
                          of room if any; cursor goes on.
                          setting: of all, room by room: several pieces until cursor or LAST */
    EVENT_WHOIS,       /* other: whom you asked about; text: her line; count: seconds without a
                          word; number: since when she is here, Unix seconds; address: hers, where
                          you may know it */
    EVENT_WHOIS_ROOMS, /* goes after it: text: "role\tname\n" of rooms that she is in */
    EVENT_ROOM_MODES,  /* text: "word\tvalue\n" as EVENT_ROOM_SHOWN has them; time_ms: when it was
                          made */
    EVENT_COUNTS,      /* text: "what\tnumber\n"; number: your PERSON_*; before: connections, those
                          who did not say who they are too. After EVENT_WELCOME too */
    EVENT_TARGETS,   /* text: "time_ms\tname\n" of rooms, and "time_ms\t@name\n" of people, in which
                        something was said then; the oldest first */
    EVENT_USER_MODE, /* number: PERSON_* that hold now; before: that held */
    EVENT_FACTS,     /* why: enum facting; text: "whose\tkey\tvalue\n" each, "whose\tkey\n" where it
                        has no value; whose: a name or "#room"; cursor goes on; before: as asked */
    EVENT_MARKED,   /* your read marker of a room (room_name), or of a person (other), is before_ms;
                       0: there is none */
    EVENT_WATCHES,  /* text: "here\tname typed\tname\tlogin\n" of names you watch; cursor */
    EVENT_WATCHING, /* the roster gains this session in room, a watched name; EVENT_OFF: loses */
    EVENT_ORDERED,  /* number: POWER_REHASH or POWER_DIE, which the process is to follow */
    EVENT_CLOSE,    /* refusal: the server ends this session */
    EVENT_BYE,      /* the session is closed in the hub: its slot is free again */
    /* to the members of a room */
    EVENT_JOINED, /* text: her real name; other: that she is away, in her words */
    EVENT_LEFT,   /* author left room; why: enum leaving; text: in her words */
    EVENT_SAID,   /* seq, speech, text; other: who relays what author_name says, if it is relayed */
    EVENT_TOPIC_SET,
    EVENT_RENAMED,      /* author (the old name) is now other */
    EVENT_DELETED,      /* the room is gone, with its members */
    EVENT_EDITED,       /* target, text: what it says now */
    EVENT_RETRACTED,    /* target; text: why, if said; other: whose message it was, where known */
    EVENT_REACTED,      /* target, text; EVENT_OFF: taken back */
    EVENT_MODE_SET,     /* setting, number, text (never the key itself) */
    EVENT_ROLE_SET,     /* other has number: enum role now */
    EVENT_RESTRAINED,   /* why: enum restraint; setting: enum subject; other: who or what mask;
                           number: minutes, 0 for ever;   text: why; EVENT_OFF: lifted */
    EVENT_ROOM_RENAMED, /* text: the old name; room_name: the new one; other: why, a line end,
                           the topic */
    EVENT_TAGGED,  /* tags; number: its own, by chance, 0: seq is; to both of a direct room, or the
                      room */
    EVENT_MODES,   /* text: lines of mode_put(): what one COMMAND_MODES changed, all of which
                      was told before with EVENT_GATHERED */
    EVENT_FACT,    /* text: as EVENT_FACTS, what changed; only for those who asked for its key */
    EVENT_PERSON,  /* author is not as she was: why: enum person_change; text: what it is now;
                      login: what it was */
    EVENT_SEEN,    /* to those who watch her: author is here; EVENT_OFF: is not any more */
    EVENT_WALLOPS, /* author says text to all who want to hear administrators */
    /* from the reader, not the hub */
    EVENT_PAST, /* one stored event of a page: stored, as its live event; text: what it says now;
                   target: what it answers or changes; EVENT_CHANGED: it was edited; EVENT_OFF: it
                   was removed, text is empty; count: how many reactions it has */
    EVENT_PAST_END, /* the page is over: count rows, the first and last of which had the seqs
                       `before` and `seq`; refusal: why there is no more of it. why: enum
                       query_kind; QUERY_UNREAD: before: mentions, after: read up to there */
    EVENT_FOUND,    /* what a search found, as EVENT_PAST with room_name */
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
    EVENT_CHANGED = 128,  /* EVENT_PAST, EVENT_FOUND: not as it was first said */
    EVENT_OFF = 256,      /* a setting, reaction or restraint is taken away */
    EVENT_OWN = 512,      /* to the author's own session */
    EVENT_DIRECT = 1024,  /* room is two people's; `other` is the one that you are not */
    EVENT_PRIVATE = 2048, /* room is in no list */
    EVENT_BOT = 8192,     /* the author is a program and says so */
    EVENT_FULL = 4096,    /* EVENT_QUERY: not messages alone */
    EVENT_GATHERED = 16384, /* EVENT_MODES will tell it again, with its like */
};

enum person_change {
    PERSON_IS_AWAY,    /* text: her words; empty: she is here again */
    PERSON_IS_ACCOUNT, /* account; empty: she is none any more */
    PERSON_IS_REALLY,  /* text: her real name */
};

/* What EVENT_ALERT tells. */
enum alert {
    ALERT_NONE,
    ALERT_AWAY,      /* whom you wrote to is away: other; text: her words */
    ALERT_MENTIONED, /* author called you by name in room, where you type into another */
    ALERT_INVITED,   /* author invites you to room */
    ALERT_REWOUND,   /* room's history was rewound: what you saw up to `before` still holds, the
                        rest follows; seq is its newest */
    ALERT_MISSING,   /* of what you resume after, `before` to `seq` is not kept any more */
    ALERT_UNREAD,    /* the direct room is there; count: events since you read there last, of which
                        COMMAND_UNREAD counts the messages */
};

enum { EVENT_SLICES = 7 };

struct event {
    enum event_kind kind;
    uint16_t flags;
    uint8_t refusal;     /* enum refusal */
    uint8_t setting;     /* enum room_setting */
    uint8_t stored;      /* enum stored, EVENT_PAST and EVENT_FOUND */
    uint8_t speech;      /* enum speech */
    uint8_t why;         /* enum leaving, alert, restraint, query_kind */
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
    uint64_t target;          /* a seq of the same room */
    uint64_t epoch;           /* the room's; EVENT_ENTERED, EVENT_QUERY */
    struct identity identity; /* the author's */
    uint64_t before;
    uint64_t after;
    int64_t before_ms, after_ms; /* Unix time, EVENT_QUERY */
    uint64_t cursor;
    struct address address; /* the author's; EVENT_WELCOME: yours */
    union {
        struct {
            struct slice author_name;
            struct slice room_name;
            struct slice text;
            struct slice other;   /* a second person's name */
            struct slice login;   /* "login@host" of the author, as IRC shows it; empty: none */
            struct slice account; /* of the author; empty: a guest */
            struct slice tags;    /* of the author's client, as IRC writes them */
        };
        struct slice slices[EVENT_SLICES];
    };
};

#endif
