/* login_rows.h: rows of the hub's tables that are about who somebody is: tokens, passwords that are
 * being hashed, and wrong ones. Only src/hub/ includes this. */
#ifndef HUB_LOGIN_ROWS_H
#define HUB_LOGIN_ROWS_H

#include "chat/limits.h"
#include "hub/hub.h"

struct token_row {
    uint32_t account; /* row; NONE: free, next is the next free one */
    uint32_t next;    /* the account's next */
    int64_t until_ms; /* 0: for ever */
    unsigned char hash[TOKEN_HASH_SIZE];
    uint64_t number; /* of one that has a name; else 0, and the rest is nothing */
    uint16_t scopes; /* SCOPE_* */
    uint8_t name_size, shown_size;
    uint32_t room;    /* a webhook's: the number of its room, and */
    uint32_t speaker; /* as whom it speaks: a user's number that is nobody else's */
    char name[TOKEN_NAME_MAX], shown[USER_NAME_SIZE_MAX];
};

struct invitation {
    int64_t until_ms;       /* 0: the row is free */
    int64_t spent_until_ms; /* of one that is used up: whom it let in may come back until then */
    uint32_t uses;          /* left; 0: any */
    uint32_t next;          /* of `invited` is written next */
    unsigned char hash[TOKEN_HASH_SIZE];
    struct identity invited[INVITED_MAX];
};

/* A command that waits until its password is hashed. */
struct waiting {
    uint64_t ticket;           /* 0: free */
    struct session_id session; /* generation 0: nobody waits for it any more */
    struct command command;    /* its slices point into `bytes` */
    struct identity identity;  /* of the account that is meant; 0: there is none */
    uint64_t mark;             /* of its verifier then */
    char bytes[USER_NAME_SIZE_MAX + USER_KEY_MAX + NAME_SKELETON_MAX + ROOM_NAME_SIZE_MAX +
               ROOM_KEY_MAX + LOGIN_SIZE_MAX + 1 + REAL_SIZE_MAX];
};

/* Wrong passwords of one network, one name, or both. Found by hash; another in its place only makes
 * somebody wait less. */
struct delay {
    uint64_t hash;
    uint32_t failures;
    int64_t wait_ms;
};

#endif
