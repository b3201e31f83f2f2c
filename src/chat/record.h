/* record.h: a row to be. What the hub decided and the store keeps; what the store loads at start
 * is given back to the hub in the same form. Crosses threads by value, as commands do. */
#ifndef CHAT_RECORD_H
#define CHAT_RECORD_H

#include "base/slice.h"
#include "chat/ids.h"

/* What a row of a room's events is. The numbers are on disk. */
enum stored {
    STORED_MESSAGE = 0,
    STORED_TOPIC = 1,
    STORED_EDIT = 2,       /* target, text: the new one */
    STORED_REMOVAL = 3,    /* target: its text, and those of its edits, are taken off the disk */
    STORED_REACTION = 4,   /* target, text */
    STORED_UNREACTION = 5, /* target, text */
    STORED_MODE = 6,       /* text: what was set, "setting number" */
    STORED_ROLE = 7,       /* text: "role name" */
    STORED_KICK = 8,       /* text: "name why" */
    STORED_RESTRAINT = 9,  /* text: "+ban mask", "-mute name" ... */
    STORED_RENAME = 10,    /* text: the old name */
    STORED_TAGS = 11,      /* text: tags of a client, as IRC writes them, without words; target */
    STORED_KINDS,
    STORED_NOTHING = 255,
};

/* What a room keeps about somebody beside her role. */
enum restraint {
    RESTRAINT_BAN,
    RESTRAINT_MUTE,
    RESTRAINT_INVITE,
    RESTRAINT_EXEMPT,      /* no ban is about her */
    RESTRAINT_EXEMPT_MUTE, /* no mute is about her */
    RESTRAINT_WELCOME,     /* enters as if invited, each time */
    RESTRAINT_REPORT,      /* who says such words: a row of the audit log */
    RESTRAINT_REFUSE,      /* what has such words in it is refused */
    RESTRAINT_HUSH,        /* the same, and its author is muted for `author` seconds */
    RESTRAINT_LOCKDOWN,    /* of the server: nobody new comes in */
    RESTRAINTS,
    /* Those before it are about people, and members are told of them. */
    RESTRAINTS_OF_PEOPLE = RESTRAINT_REPORT
};

/* Whom a restraint is about. */
enum subject {
    SUBJECT_ACCOUNT, /* author: her number */
    SUBJECT_GUEST,   /* identity: not recorded, ends with her */
    SUBJECT_MASK,    /* name: of names, matched against keys */
    SUBJECT_NET,     /* name: an address or network */
    SUBJECT_PERSON,  /* name: nick!login@host, each a mask */
    SUBJECT_KNOWN,   /* name: "a:" and a mask of accounts' names */
    SUBJECT_WORDS,   /* name: words with * and ?, key: the same in the form of text_words() */
};

enum record_kind {
    RECORD_NONE,
    RECORD_ROOM,    /* a room as it is now: number, hex, epoch, flags, name, key, topic (text), seq,
                       time_ms, author (its maker's number) and author_name, made_ms, topic_ms,
                       topic_by, member_limit, forward; new or changed */
    RECORD_MESSAGE, /* one stored event of a room: stored, room, seq, time_ms, author, identity,
                       author_name, speech, text, target, client id if any. The room's row takes
                       seq and time_ms with it. An edit or a removal also changes its target's row
                     */
    RECORD_TOPIC,   /* as RECORD_MESSAGE (a topic change has a seq); the room's row takes
                       the text, time_ms and author_name */
    RECORD_DELETED, /* room and all of its messages are gone */
    RECORD_COUNTERS, /* number: the next user number, reserved ahead; seq: the next room number */
    RECORD_ACCOUNT,  /* author: its number; name, key, skeleton, verifier, scram, time_ms: when it
                        was made; flags: ACCOUNT_*; new or changed */
    RECORD_ACCOUNT_GONE, /* author; with its tokens, ties, and restraints that are about it */
    RECORD_TOKEN, /* author: account; key: TOKEN_HASH_SIZE bytes; until_ms, 0 for ever. One that
                     has a name: name, seq: its number, number: SCOPE_*; a webhook's: room,
                     author_name: what it speaks under, identity: as whom */
    RECORD_TOKEN_GONE, /* author: account; key, empty: all of the account */
    RECORD_TIE,        /* room, author: account; role, joined, number: read up to; new or changed.
                          role none, not joined, 0 read: it is gone */
    RECORD_RESTRAINT,  /* room (0: the whole server), number: its own number in the room; restraint,
                          subject, author,  name: mask as typed, key: its canonical form, until_ms 0
                          for ever,  author_name: who did it, time_ms */
    RECORD_RESTRAINT_GONE, /* room, number */
    RECORD_AUDIT, /* room, author, author_name, time_ms, key: the action's word, name: about
                     whom, text: why or what */
    RECORD_PURGE, /* room, identity, time_ms: her messages since then lose their texts; each
                     has its own RECORD_MESSAGE of STORED_REMOVAL as far as known */
    RECORD_FACTS, /* number: FACT_OWNER() of chat/fact.h, text: all its lines; empty: they are gone.
                     With the room or the account (author) that it is of */
    RECORD_WEBHOOK, /* room, number: its own, author and author_name: who made it, time_ms, text:
                       its address, secret: the key that signs; epoch, seq: delivered up to there;
                       new or changed */
    RECORD_WEBHOOK_GONE, /* room, number */

    RECORD_ONCE,  /* loaded only: room, seq, time_ms: a message that was sent with an id, the
                     newest first; hex and epoch: the hash of who said it with which id, number: of
                     its text, 0: of any. See chat/once.h */
    RECORD_EPOCH, /* loaded only: room, epoch: one that the room had before a restore; seq: the last
                     one of it that still holds */
    RECORD_SECRET,   /* written by who loads, once: key: SECRET_HASH_SIZE bytes of the server's own,
                        which nobody is told */
    RECORD_IMPORTED, /* all rooms that were ROOM_IMPORTING are rooms like others, at once */
    RECORD_KINDS,
};

enum {
    ROOM_BY_HEX = 1,     /* was made by a dialect that names rooms by hex id */
    ROOM_LOBBY = 2,      /* a room that a listener puts people into: cannot be deleted */
    ROOM_NO_HISTORY = 4, /* keeps numbers, not texts */
    ROOM_OWN = 8,        /* somebody's private channel; never recorded */
    ROOM_PRIVATE = 16,
    ROOM_INVITE_ONLY = 32,
    ROOM_MODERATED = 64,
    ROOM_DIRECT = 128,      /* two people's; its key is "@" and their numbers, the smaller first */
    ROOM_IMPORTING = 512,   /* hidden, and deleted at the next start unless RECORD_IMPORTED came */
    ROOM_VOLATILE = 256,    /* of a guest's: a direct room that is never recorded */
    ROOM_SECRET = 1024,     /* in no list; who knows its name may enter */
    ROOM_TOPIC_FREE = 2048, /* every member sets the topic */
    ROOM_OUTSIDE = 4096,    /* who is not in it may speak to it */
    ROOM_NO_CTCP = 8192,    /* takes no CTCP but ACTION */
    ROOM_KNOWN_SPEAK = 16384, /* accounts speak, guests need a voice */
    ROOM_KNOWN_ENTER = 32768, /* accounts enter, guests need an invitation */
    ROOM_PASSING = 1 << 16,   /* direct, of an account and a guest: deleted when either goes, and at
                                 the next start */
    ROOM_OP_MODERATED = 1 << 17, /* who has no role is heard by operators alone */
    ROOM_AUDITORIUM = 1 << 19,   /* who has no role is seen by operators alone */
    ROOM_REGISTERED = 1 << 18,   /* an owner wants to be shown as its founder (IRC's services) */
};

enum {
    ACCOUNT_SUSPENDED = 1,
    ACCOUNT_BOT = 2,
    ACCOUNT_STAYS_YES = 4, /* as COMMAND_ACCOUNT_SET chose; neither: as the server is set */
    ACCOUNT_STAYS_NO = 8,
    ACCOUNT_MANY_YES = 16,
    ACCOUNT_MANY_NO = 32,
    ACCOUNT_KEPT = 2 * ACCOUNT_MANY_NO - 1,
};

enum { RECORD_SLICES = 6 };

struct record {
    enum record_kind kind;
    struct room_id room;
    struct user_id author;
    uint32_t flags; /* ROOM_*, ACCOUNT_* */
    uint8_t stored; /* enum stored */
    uint8_t role;   /* enum role */
    uint8_t restraint, subject;
    bool joined;
    uint8_t speech; /* enum speech */
    uint64_t hex;   /* 40 bits */
    uint64_t epoch; /* 64 random bits, RECORD_ROOM */
    uint64_t seq;
    int64_t time_ms;
    uint64_t number;
    uint64_t target; /* seq of the same room */
    struct identity identity;
    int64_t until_ms;      /* Unix time; 0: for ever */
    uint32_t slow_seconds; /* RECORD_ROOM, as the next two */
    uint32_t retention_days;
    uint32_t retention_count;
    uint32_t member_limit;
    uint32_t forward;          /* a room's number; 0: none */
    int64_t made_ms, topic_ms; /* RECORD_ROOM; 0: not known */
    uint64_t cost; /* bytes on the disk at most, summed over all records so far: see hub.h */
    union {
        struct {
            struct slice name; /* of the room */
            struct slice key;  /* its canonical form */
            struct slice author_name;
            struct slice text; /* message or topic */
            union {
                struct slice client_id;
                struct slice topic_by; /* RECORD_ROOM: who set it, empty: not known */
            };
            struct slice secret; /* RECORD_ROOM: its key, the word that lets one in */
        };
        struct { /* RECORD_ACCOUNT: the same six */
            struct slice account_name, account_key, skeleton, verifier, scram, unused;
        };
        struct slice slices[RECORD_SLICES];
    };
};

enum { RECORD_PAGE_SIZE = 4096, RECORD_PAGES_MAX = 16 };

/* What a record with so many bytes of slices can take on the disk at most, in bytes: the pages
 * that it may touch, in the WAL and by which the file grows. The store's tests compare it with what
 * SQLite really writes, kind by kind. Two may take more, which comes out of the store's reserve: an
 * edit, whose text is written twice while the one it replaces is wiped, and an account that is made
 * anew while its old ties to very many rooms are still there. */
static inline uint64_t record_cost(size_t slices_size) {
    return 2 * (uint64_t)slices_size + RECORD_PAGES_MAX * RECORD_PAGE_SIZE;
}

#endif
