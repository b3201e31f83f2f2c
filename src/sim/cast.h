/* cast.h: the rows of the oracle's lists: who is here, which rooms there are, what was said. */
#ifndef SIM_CAST_H
#define SIM_CAST_H

#include "chat/query.h"
#include "sim/world.h"

#define NOBODY UINT32_MAX

/* Something that took a number in a room. */
struct said {
    uint32_t room;  /* row of oracle.rooms */
    uint8_t stored; /* enum stored */
    uint64_t seq;
    uint64_t target; /* what it changes or answers */
    uint64_t marker; /* 0: no text of somebody's with a number */
    uint64_t record; /* so many records must be flushed before anybody may see it; 0: none */
    uint32_t author; /* her number */
    struct identity identity;
    uint8_t dialect; /* hers */
    uint8_t speech;
    uint8_t name_size;
    bool lost;       /* by a crash, unseen */
    bool unkept;     /* its text is not stored: the room had no history */
    uint32_t person; /* row of who said it */
    struct address address;
    char name[USER_NAME_SIZE_MAX];
    int64_t time_ms, now_ms;
    char *text; /* owned */
    size_t text_size;
};

enum { EARLIER_NAMES = 4 };

/* One life of a room: a number that is used again is another one. */
struct chat_room {
    uint32_t number, owner; /* her number; 0: nobody */
    uint64_t hex, epoch, seq;
    uint64_t record;       /* of its making */
    uint64_t gone_record;  /* of its end, UINT64_MAX: not yet */
    bool own, lobby, gone; /* own: nothing of it is recorded */
    bool direct;
    uint32_t pair[2]; /* direct: the numbers of the two */
    uint32_t flags;   /* ROOM_* */
    uint32_t slow_seconds, retention_days, retention_count;
    uint8_t name_size, key_size, secret_size;
    char name[ROOM_NAME_SIZE_MAX], key[ROOM_KEY_MAX], secret[ROOM_SECRET_MAX];
    uint32_t earlier_count; /* of names that it had; the last ones are kept */
    struct {
        uint8_t size;
        char name[ROOM_NAME_SIZE_MAX];
    } earlier[EARLIER_NAMES];
};

/* What somebody said in a room since a moment has no text any more. */
struct purge {
    uint32_t room; /* row */
    bool lost;
    struct identity identity;
    int64_t time_ms;
    uint64_t record;
};

/* Somebody who is connected, or was. */
struct person {
    uint32_t number, sessions;
    bool admin;
    struct identity identity; /* as the hub drew it */
    uint8_t name_size, key_size;
    char name[USER_NAME_SIZE_MAX], key[USER_KEY_MAX];
};

enum { SEAT_ROOMS_MAX = WORLD_ROOMS };

/* What the hub permitted somebody to read, as far as it is not read yet. */
struct page {
    bool wanted;     /* nothing of it was read yet */
    uint8_t kind;    /* enum query_kind */
    uint32_t serial; /* of its dues; 0: there is none */
    uint32_t room;   /* row */
    uint32_t count;
    uint64_t first, last, target;
    uint16_t words_size;
    char words[QUERY_TEXT_MAX];
};

/* A session of the hub. */
struct seat {
    struct session_id id; /* generation 0: nobody sits here */
    uint32_t peer;        /* NOBODY: no connection belongs to it */
    uint32_t person;      /* row; NOBODY: has not said */
    uint8_t dialect;
    bool closed;   /* she was told that it is over: nothing of hers is heard any more */
    bool announce; /* line: she is told what others do */
    struct page page;
    struct address address;
    uint32_t rooms[SEAT_ROOMS_MAX], room_count;
    uint32_t entered[SEAT_ROOMS_MAX]; /* rows of oracle.said there were, when she came in */
    int64_t entered_ms[SEAT_ROOMS_MAX];
};

struct word {
    uint8_t size;
    char at[200];
};

/* A command that waits until a password is hashed. */
struct login {
    uint64_t ticket; /* 0: free */
    struct session_id session;
    enum command_kind kind;
    uint32_t account; /* number, as of then; 0: there is none */
    uint64_t verifier_was;
    struct word key, secret, fresh;
};

struct told_token {
    char text[TOKEN_SIZE], hash[TOKEN_HASH_SIZE];
};

#endif
