/* json_table.h: the two tables of json_table.c: what a client may send. */
#ifndef DIALECT_JSON_TABLE_H
#define DIALECT_JSON_TABLE_H

#include "dialect/dialect.h"

/* Every key that a client's message may have, in the order of the table. */
enum json_field {
    FIELD_REF,
    FIELD_NAME,
    FIELD_TOKEN,
    FIELD_PASSWORD,
    FIELD_REGISTER,
    FIELD_KEEP,
    FIELD_INVITE,
    FIELD_ROOMS,
    FIELD_ROOM,
    FIELD_TO,
    FIELD_TEXT,
    FIELD_AWAY_TEXT, /* "text" of `away`: may be null */
    FIELD_KIND,
    FIELD_REPLY,
    FIELD_CLIENT_ID,
    FIELD_TARGET,
    FIELD_WHY,
    FIELD_REACTION,
    FIELD_OFF,
    FIELD_STATE,
    FIELD_SEQ,
    FIELD_EPOCH,
    FIELD_KEY,
    FIELD_CREATE,
    FIELD_BEFORE,
    FIELD_AFTER,
    FIELD_AROUND,
    FIELD_COUNT,
    FIELD_ALL,
    FIELD_SETTING,
    FIELD_VALUE,
    FIELD_ROLE,
    FIELD_MINUTES,
    FIELD_HOURS,
    FIELD_OLD,
    FIELD_NEW,
    FIELD_WORDS,
    FIELD_ACTION,
    FIELD_SECONDS,
    FIELD_NETWORK,
    FIELD_ON,
    FIELDS,
};

enum json_kind {
    KIND_STRING,
    KIND_STRING_OR_NULL,
    KIND_NUMBER, /* a whole number, 0 to `most` */
    KIND_BOOL,
    KIND_ROOM,  /* a number, or a name */
    KIND_EPOCH, /* 16 hex digits */
    KIND_ROOMS, /* a list of objects of KIND_ROOM with a cursor */
    KIND_VALUE, /* true, false, a number or a string */
    KIND_WORD,  /* one of `words` */
};

/* One row a key. */
struct json_key {
    const char *key;
    enum json_kind kind;
    uint64_t most;
    const char *words; /* KIND_WORD: with a blank between them */
};

enum json_type {
    TYPE_HELLO,
    TYPE_SEND,
    TYPE_EDIT,
    TYPE_REMOVE,
    TYPE_REACT,
    TYPE_TYPING,
    TYPE_READ,
    TYPE_JOIN,
    TYPE_CREATE,
    TYPE_LEAVE,
    TYPE_HISTORY,
    TYPE_SEARCH,
    TYPE_ROOMS,
    TYPE_MEMBERS,
    TYPE_PERSON,
    TYPE_NICK,
    TYPE_AWAY,
    TYPE_TOPIC,
    TYPE_MODE,
    TYPE_MODES,
    TYPE_RENAME,
    TYPE_INVITE,
    TYPE_KICK,
    TYPE_ROLE,
    TYPE_BAN,
    TYPE_MUTE,
    TYPE_RESTRAINTS,
    TYPE_AUDIT,
    TYPE_FILTER,
    TYPE_DELETE,
    TYPE_OPER,
    TYPE_LOCKDOWN,
    TYPE_SERVER_BAN,
    TYPE_SERVER_FILTER,
    TYPE_SERVER_RESTRAINTS,
    TYPE_SERVER_AUDIT,
    TYPE_REGISTER,
    TYPE_LOGIN,
    TYPE_LOGOUT,
    TYPE_PASSWORD,
    TYPE_UNREGISTER,
    TYPE_TOKEN,
    TYPE_PING,
    TYPE_BYE,
    TYPES,
};

struct json_message;

typedef void json_run_fn(struct talk *talk, const struct json_message *message,
                         struct decoder *decoder);

/* One row a type. */
struct json_row {
    const char *type;
    uint64_t takes, needs; /* bits of enum json_field */
    bool direct;           /* `room` or `to`, one of them, must be there */
    bool done;             /* EVENT_DONE is shown as `done` */
    json_run_fn *run;      /* NULL: hello */
};

extern const struct json_key json_keys[FIELDS];
extern const struct json_row json_rows[TYPES];

#endif
