/* load.h: what the files that load at start share. */
#ifndef STORE_LOAD_H
#define STORE_LOAD_H

#include "store/state.h"

struct loading {
    struct store *store;
    void (*give)(void *context, const struct record *record);
    void *context;
    uint32_t *skipped;
    struct store_error *error;
    unsigned char *rooms;  /* a bit for each room that was given, by number */
    sqlite3_stmt *leaving; /* is a number an account that is gone? NULL: there is none */
    int64_t now_ms;        /* Unix time */
    int64_t newest_ms;     /* of the client ids */
    uint32_t once_left;    /* client ids that may still be given */
};

enum load_verdict {
    LOAD_RIGHT,
    LOAD_WRONG,     /* does not agree with its sum */
    LOAD_NOT_MEANT, /* right, and nobody needs it */
    LOAD_ENOUGH,    /* as that, nor what follows it */
};

/* Fill the record from a row; its slices are valid until the next step. */
typedef enum load_verdict load_judge(struct loading *loading, sqlite3_stmt *row,
                                     struct record *record);

/* A table, or a part of one, that is read from its beginning to its end. */
struct load_table {
    const char *name;
    bool has_total; /* see TOTALS_OF() */
    int crc_column; /* of the table's `crc`, counted from 0 */
    bool is_keyed;  /* column 0 is its key, which ascends */
    const char *text;
    load_judge *judge;
};

/* load.c; 0 or negative errno, as the next two */
int load_rows(struct loading *loading, const struct load_table *table);
bool load_has_room(const struct loading *loading, uint32_t room);

/* The columns that the judges read, in their order. */
#define LOAD_ACCOUNT_COLUMNS "number, flags, time_ms, crc, name, key, skeleton, verifier, scram"
#define LOAD_TOKEN_COLUMNS                                                                         \
    "hash, account, until_ms, crc, number, scopes, room, speaker, name, shown"
#define LOAD_EPOCH_COLUMNS "room, epoch, seq, crc"
#define LOAD_TIE_COLUMNS "id, account, role, joined, read, crc"
#define LOAD_FACTS_COLUMNS "id, crc, text"
#define LOAD_WEBHOOK_COLUMNS                                                                       \
    "number, room, maker, epoch, seq, time_ms, crc, maker_name, url, secret"
#define LOAD_SECRET_COLUMNS "one, crc, bytes"
#define LOAD_RESTRAINT_COLUMNS                                                                     \
    "id, kind, subject, account, until_ms, time_ms, crc, name, key, author_name"

/* Fill the record from a row of LOAD_WEBHOOK_COLUMNS. False: it does not agree with its sum. */
bool row_webhook_fill(sqlite3_stmt *row, const struct crc *crc, struct record *record);

/* load_people.c */
enum {
    LOAD_ACCOUNTS,
    LOAD_TOKENS,
    LOAD_EPOCHS,
    LOAD_TIES,
    LOAD_RESTRAINTS,
    LOAD_FACTS,
    LOAD_WEBHOOKS,
    LOAD_ONCES, /* client ids */
    LOAD_SECRETS,
    LOAD_PEOPLE,
};
extern const struct load_table load_people[LOAD_PEOPLE];
int load_accounts(struct loading *loading); /* and tokens */
int load_of_rooms(struct loading *loading); /* what is known of rooms beside their rows */

#endif
