/* rows.h: the rows of the hub's tables. Only src/hub/ includes this.
 *
 * Users, rooms, memberships are rows of fixed tables, taken from a free list and named by their
 * index; NONE ends every chain. Rows that were never used were never touched, so that the memory
 * of a quiet server is that of the people on it: about 350 bytes for a person in one room. */
#ifndef HUB_ROWS_H
#define HUB_ROWS_H

#include "chat/limits.h"
#include "chat/rights.h"
#include "hub/hub.h"

#define NONE UINT32_MAX

/* A connection that said who it is. Its row is worker * size.sessions + slot. */
struct session {
    uint32_t user; /* NONE: has not said */
    uint32_t next; /* the user's next session */
    uint16_t generation;
    uint8_t dialect; /* enum dialect_kind */
    bool closed;     /* was told so: nothing but its end is heard of it */
    bool secure;     /* came through TLS */
    uint16_t scopes; /* SCOPE_* of her token; all without one */
    struct address address;
    uint32_t watches, watch_count; /* hub/watch.h: the first row + 1, 0 none; how many */
    uint32_t token;                /* row: came with it, or was given it; NONE */
};

struct user {
    uint32_t number; /* struct user_id; 0: the row is free */
    union {
        uint32_t next_free; /* while free */
        uint32_t directs;   /* else the first of her rooms that end with her, by pair_next */
    };
    uint64_t serial;      /* never given twice in a hub's life: who takes a name inherits nothing */
    uint32_t sessions;    /* first of the chain */
    uint32_t memberships; /* first of the chain */
    uint32_t scatter;     /* of the last event that went to several of her rooms */
    uint32_t account;     /* row; NONE: a guest */
    uint32_t restraints;  /* about her as a guest: first of the chain */
    uint32_t strangers_minute;
    uint32_t owner;     /* silent: the number of the account that the token is of */
    uint16_t away_size; /* 0: here; the words are in hub->aways */
    uint8_t strangers;  /* whom she wrote to directly for the first time, in strangers_minute */
    uint8_t session_count;
    struct identity identity;
    uint64_t skeleton; /* a hash of it: names that look like hers have the same */
    uint8_t room_count;
    bool admin : 1;                 /* of the whole server, by COMMAND_OPER */
    uint8_t powers;                 /* POWER_* of an administrator */
    bool stays : 1;                 /* an account's, without a session: hub/stay.c */
    bool invited : 1;               /* by a word: she may make an account though nobody else may */
    bool silent : 1;                /* hub/silent.h */
    bool away_for_her : 1;          /* the away words are not hers */
    bool has_profile : 1, seen : 1; /* hub->profiles has her row; her watchers know of her */
    uint8_t name_size, key_size;
    char name[USER_NAME_SIZE_MAX];
    char key[USER_KEY_MAX];
};

/* A session that showed whose account it is and has not said who comes. */
struct proven {
    uint32_t account_number;
    uint16_t generation; /* of the session; 0: none */
    bool midway;         /* COMMAND_SCRAM: she has still to be shown that the server knows her */
};

enum { KNOWN_NETS = 4 };

/* What an account leaves behind when nobody is connected as it. */
struct account {
    uint32_t number;    /* struct user_id, as of the person; 0: the row is free */
    uint32_t next_free; /* while free */
    uint32_t user;      /* row; NONE: nobody is connected */
    uint32_t ties;      /* first of the chain */
    uint32_t tokens;    /* first of the chain, the newest first */
    uint32_t token_count, silent_count;
    uint32_t strangers_minute; /* as of a user */
    uint8_t strangers;
    uint16_t flags; /* ACCOUNT_* */
    uint8_t name_size, key_size, verifier_size, scram_size;
    uint8_t failures;          /* wrong passwords in a row */
    uint64_t skeleton;         /* as of a user */
    int64_t wait_ms;           /* until then a password is not even looked at */
    int64_t time_ms;           /* when it was made */
    uint64_t nets[KNOWN_NETS]; /* hashes of networks that she came in from, the last first */
    char name[USER_NAME_SIZE_MAX], key[USER_KEY_MAX];
    char verifier[VERIFIER_SIZE_MAX], scram[SCRAM_SIZE_MAX];
};

/* What an account is in a room, there or not. */
struct tie {
    uint32_t account, room; /* rows; room NONE: free, account is the next free one */
    uint32_t account_next, account_prev;
    uint32_t room_next, room_prev;
    uint8_t role;    /* enum role */
    bool joined;     /* she is in it whenever she is connected */
    uint64_t read;   /* seq */
    int64_t said_ms; /* when a silent session spoke last while she was not in it: slow mode */
};

struct restraint_row {
    uint32_t room;   /* row; NONE: free, next is the next free one */
    uint32_t next;   /* the room's next, the newest last */
    uint32_t number; /* in the room, from 1, never given twice while it lives */
    uint32_t account_number;
    uint8_t kind;    /* enum restraint */
    uint8_t subject; /* enum subject */
    uint8_t mask_size, key_size, by_size;
    uint8_t least;              /* bytes that the mask matches at least */
    uint64_t bits;              /* of the bytes that what it matches must hold */
    struct network network;     /* SUBJECT_NET */
    uint32_t guest, guest_next; /* SUBJECT_GUEST: row of the user, the next about her */
    struct identity identity;   /* SUBJECT_GUEST */
    int64_t until_ms;           /* 0: for ever */
    int64_t time_ms;
    char mask[MASK_SIZE_MAX], key[MASK_SIZE_MAX]; /* as typed or her name; canonical */
    char by[USER_NAME_SIZE_MAX];
};

struct membership {
    uint32_t user, room; /* room NONE: the row is free, user is the next free one */
    uint32_t user_next, user_prev;
    uint32_t room_next, room_prev; /* in the order of joining */
    uint8_t role;                  /* enum role, of a guest; an account's is in her tie */
    bool voiced;                   /* beside running the room */
    int64_t said_ms;               /* when she spoke last: slow mode */
    uint64_t missed; /* 1 + the seq up to which she heard who stays; 0: nothing was missed */
    uint64_t serial; /* grows along the room's chain: where a long answer goes on */
};

/* Refused attempts that were logged lately. */
struct attempts {
    uint32_t count;
    int64_t since_ms;
};

struct room {
    uint32_t number; /* struct room_id; 0: the row is free */
    uint32_t next_free;
    uint32_t flags; /* ROOM_* */
    uint8_t name_size, key_size, secret_size, topic_by_size;
    uint16_t topic_size; /* the bytes are in hub->topics */
    uint32_t member_count;
    uint32_t members_first, members_last;
    uint64_t hex, epoch, seq;
    uint64_t owner_serial; /* of the guest who made it, while she is here */
    uint64_t text_serial;  /* another one when a text is removed: what was looked up before may not
                              hold any more. No two rooms ever have the same */
    uint32_t guest_owners; /* members who are guests and were made owners */
    uint32_t maker;        /* her number, for good */
    int64_t time_ms;       /* of the last stored event */
    int64_t made_ms, topic_ms; /* 0: not known */
    char topic_by[USER_NAME_SIZE_MAX];
    uint32_t slow_seconds, retention_days, retention_count, member_limit;
    uint32_t forward; /* number of the room for IRC clients that may not enter; 0: none */
    uint32_t ties;    /* first of the chain */
    uint32_t restraints_first, restraints_last, restraint_count, next_restraint;
    struct attempts attempts;
    uint32_t pair[2];      /* ROOM_DIRECT: the numbers of the two, the smaller first */
    uint32_t pair_next[2]; /* ROOM_VOLATILE, ROOM_PASSING: the next of either */
    uint32_t workers;      /* bit w: worker w has a session in it */
    uint32_t worker_sessions[WORKERS_MAX];
    char name[ROOM_NAME_SIZE_MAX];
    char key[ROOM_KEY_MAX];
    char secret[ROOM_SECRET_MAX];
};

/* A message that was sent with a client id. Two hashes stand for (person, room, id). */
struct once {
    uint64_t hash, check;
    uint64_t text_hash; /* 0: of any text */
    uint64_t seq;       /* 0: the row is free */
};

#endif
