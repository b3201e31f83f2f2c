/* command.h: what a session asks of the hub. Every dialect decodes to this; the hub knows nothing
 * of bytes. A command crosses threads by value: the struct, then the bytes of its slices. */
#ifndef CHAT_COMMAND_H
#define CHAT_COMMAND_H

#include "base/address.h"
#include "base/slice.h"
#include "chat/command_flags.h"
#include "chat/ids.h"
#include "chat/limits.h"
#include "chat/person_flags.h"
#include "chat/record.h"
#include "chat/refusal.h"
#include "chat/setting.h"

enum command_kind {
    COMMAND_NONE,
    COMMAND_HELLO,   /* name, naming, number, room, count: say who I am, and enter room if any;
                        text: the word of an invitation */
    COMMAND_NICK,    /* name: be called so from now on */
    COMMAND_JOIN,    /* room, count; with epoch and after: all that was stored since, as RESUME */
    COMMAND_CREATE,  /* room: it must not exist yet */
    COMMAND_LEAVE,   /* room; COMMAND_FULL: all that one is in */
    COMMAND_SAY,     /* room, text, speech, client_id; name: another who says it, relayed */
    COMMAND_TELL,    /* name, text: a direct message */
    COMMAND_TOPIC,   /* room, text with COMMAND_SETS: a new one; else ask */
    COMMAND_AWAY,    /* text; empty: here again */
    COMMAND_WHO,     /* room, cursor */
    COMMAND_ROOMS,   /* cursor; COMMAND_FULL: with the times of EVENT_ROOMS */
    COMMAND_HISTORY, /* room, or name: the direct room with her; count, before, after, before_ms,
                        after_ms */
    COMMAND_ADMIT,   /* room, people */
    COMMAND_REMOVE,  /* room, people */
    COMMAND_KICK,    /* room, name, text: why */
    COMMAND_DELETE,  /* room */
    COMMAND_HELP,    /* text: of which command; empty: of all */
    COMMAND_PING,    /* text: comes back as it is */
    COMMAND_WRONG, /* refusal, number, text: the dialect could not read a line; answered in turn */
    /* accounts; an answer may take as long as a password takes to be hashed, in its turn */
    COMMAND_REGISTER,     /* secret: make an account of the name one has; name: the same, or empty.
                             Where nothing was said before and the setting allows it: of name, and
                             come in as it, with what LOGIN has (COMMAND_PROVES: later) */
    COMMAND_LOGIN,        /* name, secret: a password or a token. Where nothing was said before, as
                             HELLO: room, count, dialect, address, flags */
    COMMAND_SCRAM,        /* name, number: enum scram_step; LOGIN without the password being said:
                             base/scram.h. CHALLENGE: text: her nonce; PROOF: text: what was said so
                             far, secret: her proof; COME: as LOGIN */
    COMMAND_LOGOUT,       /* end this login and its token; with COMMAND_SETS all of the account's */
    COMMAND_PASSWORD,     /* secret: the old one, text: the new one */
    COMMAND_UNREGISTER,   /* secret: the account and what is its own are gone */
    COMMAND_TOKEN,        /* a token that lets me come back without the password */
    COMMAND_ACCOUNT_SET,  /* setting: enum account_setting, number: enum chosen */
    COMMAND_GHOST,        /* name: my account's other sessions are closed; a guest of its name gets
                             another */
    COMMAND_TOKEN_ADD,    /* text: what it is called, number: SCOPE_*; a webhook's: room, and about:
                             the name that it speaks under. name: whose, from control alone */
    COMMAND_TOKENS,       /* those that have names; name: whose, from control alone */
    COMMAND_TOKEN_DELETE, /* target: its number; name as above */
    COMMAND_WEBHOOK_ADD,  /* room, text: the address to which its messages are sent */
    COMMAND_WEBHOOKS,     /* room: those that it has */
    COMMAND_WEBHOOK_DELETE, /* room, target: its number; text: the same, as typed */
    COMMAND_OPER,           /* name, secret: be an administrator, as the configuration says */
    /* rooms; `name` is a person's, present or an account's */
    COMMAND_MODE,       /* room, setting, number, text */
    COMMAND_RENAME,     /* room; name, name_key: what it shall be called */
    COMMAND_INVITE,     /* room, name */
    COMMAND_ROLE,       /* room, name, number: enum role; count: 0, or one more than the role whose
                           mark alone is meant. OWNER, COMMAND_KEEPS: the room is registered */
    COMMAND_BAN,        /* room, name or a mask or a network; COMMAND_SETS: else lift it; number:
                           minutes, 0 for ever; count: also remove her messages of so many hours;
                           text: why */
    COMMAND_MUTE,       /* room, name; COMMAND_SETS: else lift it; number: minutes, 0 for ever */
    COMMAND_RESTRAINTS, /* room, cursor: who is banned, muted, invited. COMMAND_FULL: bans and
                           mutes alone, which every member may see */
    COMMAND_FILTER,     /* room; name, name_key: words; setting: enum restraint; number: seconds */
    COMMAND_SERVER_BAN, /* name: a network; number: minutes; text: why; COMMAND_SETS, else lift */
    COMMAND_LOCKDOWN,   /* COMMAND_SETS: nobody new comes in */
    COMMAND_AUDIT,      /* room, count: who did what there */
    /* messages that were said; the first three need what the store knows of `target`: see
     * COMMAND_FOUND. `name` instead of a room: the direct room with her */
    COMMAND_EDIT,    /* room, target, text */
    COMMAND_RETRACT, /* room, target: remove it */
    COMMAND_REACT,   /* room, target, text; COMMAND_SETS: else take it back */
    COMMAND_READ,    /* room, target: read up to there; 0: all there is */
    COMMAND_SEARCH,  /* room, text, count */
    COMMAND_RESUME,  /* room, epoch, after: all that was stored since; before: and not from there
                        on. Who heard the room since it was entered gives one more than its seq
                        of then: no gap, no repetition */
    /* from the control socket alone */
    COMMAND_USER_ADD,          /* name, secret */
    COMMAND_USER_PASSWD,       /* name, secret */
    COMMAND_USER_DELETE,       /* name */
    COMMAND_USERS,             /* cursor: pieces of a list */
    COMMAND_INVITATION,        /* number: how many it lets in, 0 any; count: days, 0 a week */
    COMMAND_INVITATIONS,       /* those that hold */
    COMMAND_INVITATION_DELETE, /* target: its number, as the list has it */
    COMMAND_ROOM_SHOW,         /* room */
    COMMAND_IMPORT_ROOM, /* room, number: its ROOM_* flags, text: its topic, secret: its key, count:
                            slow_seconds, before: retention_days, after: retention_count,
                            found_time_ms. It is hidden until COMMAND_IMPORT_END */
    COMMAND_IMPORT_EVENT, /* room_id, number: seq, found_kind, found_time_ms, found_identity, name,
                             speech, text, target; STORED_NOTHING: seq was given out, and events
                             of found_identity, if any, count as removed.
                             Answered only where it is refused */
    COMMAND_IMPORT_END,   /* COMMAND_SETS: keep all rooms of this import; else delete them */
    /* for IRC, which shows more of people than the others do */
    COMMAND_ABOUT,      /* about: my real name from now on */
    COMMAND_WHOIS,      /* name: all that may be known of her */
    COMMAND_PEOPLE,     /* text: names, ended by '\n' each: those of them who are here, in full.
                           INSIDE: all, room by room */
    COMMAND_WHOWAS,     /* name: who was called so and is not any more; number: at most so many */
    COMMAND_WATCH,      /* number: enum watching; text: names, ended by '\n' each; cursor */
    COMMAND_POWER,      /* number: one POWER_* of an administrator; name, text: why, or to all */
    COMMAND_TAG,        /* room, or name: tags that are shown live and kept nowhere (COMMAND_SETS:
                           kept as a message is); text, speech: likewise live, a question of one
                           client to another (CTCP) */
    COMMAND_ASIDE,      /* room, text, speech, number: live, to those of at least that enum role */
    COMMAND_ACCEPT,     /* name: may write to the asker whatever her modes; SETS: else no more */
    COMMAND_USER_MODE,  /* name: the asker's; number: PERSON_* that shall hold, target: shall not */
    COMMAND_ROOM_MODES, /* room: how it is set */
    COMMAND_UNREAD,     /* room: how much was said there since the asker read it last; COMMAND_FULL:
                           in the direct room told of behind room_id, 0: behind none */
    COMMAND_COUNTS,     /* how many people, rooms and so on there are */
    COMMAND_TARGETS,    /* count, before_ms, after_ms: where something was said in between;
                           COMMAND_INSIDE: where one is invited, instead */
    COMMAND_MODES,      /* room, text: lines of mode_put(), chat/modes.h, one change each */
    COMMAND_FACTS,      /* number: enum facting, chat/fact.h; name or room: whose */
    COMMAND_BYE,        /* the end of this session; text: why. Always answered by EVENT_BYE */
    COMMAND_KINDS,
};

enum { COMMAND_SLICES = 10 };

struct command {
    enum command_kind kind;
    struct session_id session;
    struct room_id room_id; /* where the dialect knows the number; else `room` names it */
    uint16_t reply_code;    /* comes back in every answer: which line of the client's is meant */
    uint16_t flags;
    uint8_t naming;         /* enum naming */
    uint8_t speech;         /* enum speech */
    uint8_t refusal;        /* enum refusal, COMMAND_WRONG */
    uint8_t dialect;        /* enum dialect_kind, COMMAND_HELLO */
    uint32_t count;         /* how many messages; JOIN and HELLO: shown on entering */
    uint64_t number;        /* a phone's integer, a limit */
    uint8_t setting;        /* enum room_setting */
    uint8_t found_kind;     /* enum stored: what the target is; STORED_NOTHING: it is not there */
    bool secure, encrypted; /* the line came through TLS; or so, or on this host */
    bool exempt;            /* from how often something may be done */
    uint64_t before;        /* a seq; 0: no bound */
    uint64_t after;         /* a seq; 0: no bound */
    uint64_t epoch;         /* of the room, COMMAND_RESUME */
    uint64_t target;        /* the seq of a message; SAY: what it answers, 0 nothing */
    uint64_t target_hex;    /* of the room that the target is in, if it is known; else 0 */
    struct identity found_identity; /* who said it */
    int64_t found_time_ms;
    int64_t before_ms; /* Unix time, HISTORY, TARGETS; 0: no bound. AROUND: the middle */
    int64_t after_ms;  /* Unix time; 0: no bound */
    uint64_t cursor;   /* where a long answer goes on; 0: from its beginning. FOUND: as it came */
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
            struct slice secret;   /* a password or a token */
            struct slice skeleton; /* of the name; of text, as text_words(), where filters are */
            struct slice about;    /* HELLO, ABOUT: login, a blank, real name */
            struct slice tags;     /* of the client, as IRC writes them: "+a=1;+b" */
        };
        struct slice slices[COMMAND_SLICES]; /* the same ten, for crossing a ring */
    };
};

#endif
