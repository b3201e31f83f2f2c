/* write.h: what the files that write rows share: statements, sums, the rooms of a batch. Every
 * function gives SQLite's result where nothing else is said. */
#ifndef STORE_WRITE_H
#define STORE_WRITE_H

#include <sqlite3.h>

#include "chat/record.h"
#include "store/row.h"

struct store;

/* The statements of the writing handle; their texts are in statements.c. */
enum statement {
    BEGIN_BATCH,
    COMMIT_BATCH,
    ROLLBACK_BATCH,
    PAGE_COUNT,
    KEEP_IMPORTED,
    INSERT_EVENT,
    REPLACE_ROOM,
    REPLACE_HEAD,
    UPDATE_HEAD,
    UPDATE_HEAD_NOT_WHOLE,
    UPDATE_TOPIC,
    DELETE_ROOM,
    DELETE_HEAD,
    INSERT_DOOMED,
    REPLACE_COUNTERS,
    RAISE_NEXT_ROOM,
    /* write_change.c */
    FIND_EVENT,
    UPDATE_EVENT,
    FIND_EDITS,
    FIND_PURGE,
    FIND_HEAD,
    INSERT_REACTION,
    DELETE_REACTION,
    INSERT_PURGE,
    /* write_people.c */
    REPLACE_ACCOUNT,
    DELETE_ACCOUNT,
    DELETE_ACCOUNT_TOKENS,
    DELETE_ACCOUNT_TIES,
    DELETE_ACCOUNT_RESTRAINTS,
    FIRST_LEAVING,
    REPLACE_TOKEN,
    DELETE_TOKEN,
    REPLACE_TIE,
    DELETE_TIE,
    REPLACE_FACTS,
    DELETE_FACTS,
    REPLACE_WEBHOOK,
    DELETE_WEBHOOK,
    DELETE_WEBHOOKS,
    REPLACE_RESTRAINT,
    DELETE_RESTRAINT,
    INSERT_AUDIT,
    REPLACE_SECRET,
    INSERT_LEAVING,
    DELETE_LEAVING,
    /* once.c */
    INSERT_ONCE,
    FIND_ONCE,
    UPDATE_ONCE,
    OLD_ONCES,
    DELETE_ONCES,
    /* tidy.c */
    FIRST_DOOMED,
    DELETE_DOOMED,
    DELETE_EVENTS,
    DELETE_REACTIONS,
    DELETE_TIES,
    DELETE_RESTRAINTS,
    DELETE_EPOCHS,
    DELETE_PURGES,
    FIRST_PURGE,
    PURGE_EVENTS,
    UPDATE_PURGE,
    DELETE_PURGE,
    DELETE_OLD_TOKENS,
    /* sweep.c */
    NEXT_ROOM,
    NEXT_KEPT_ROOM,
    FIRST_SINCE,
    COUNT_BACK,
    TRIM_HEAD,
    STATEMENTS,
};

enum { BATCH_ROOMS_MAX = 1024, TOUCHED_SLOTS = 2 * BATCH_ROOMS_MAX };

/* A room that the batch being written gives a new seq: its head is updated once, at the end. */
struct touched {
    uint32_t room;
    bool not_whole;      /* some message of the batch was not kept */
    uint64_t seq;        /* the newest */
    uint64_t whole_from; /* seq */
    int64_t time_ms;
};

/* Linear probing; at most half full, since a record touches one room. */
struct touched_rooms {
    uint32_t count;
    struct touched rooms[BATCH_ROOMS_MAX];
    uint16_t slots[TOUCHED_SLOTS]; /* 1 + index into rooms; 0: free */
};

/* statements.c */
extern const char *const write_texts[STATEMENTS];
void bind_number(sqlite3_stmt *row, int column, uint64_t number);
void bind_text(sqlite3_stmt *row, int column, struct slice text);
void bind_bytes(sqlite3_stmt *row, int column, struct slice bytes);
int store_run(struct store *store, enum statement which); /* to its end */
int store_run_numbers(struct store *store, enum statement which, const uint64_t *numbers,
                      int count); /* bound from 1 up */

/* write.c */
int store_count_pages(struct store *store);
void write_start(struct store *store); /* before the first record of a transaction */
int write_record(struct store *store, const struct record *record);
int write_heads(struct store *store); /* after the last */
int write_event(struct store *store, const struct record *record, int kind);
int room_seq(struct store *store, uint32_t room, uint64_t *seq); /* with the batch; 0: unknown */

/* write_change.c: what is said of a message that was said before */
int write_said(struct store *store, const struct record *record); /* RECORD_MESSAGE */
int write_purge(struct store *store, const struct record *record);
/* An event loses its text, and so do its edits; seq: of the removal. Not *over: the time has come
 * (tidy_now_ns()) and there is more to do. */
int empty_event(struct store *store, int64_t id, uint64_t seq, int64_t until_ns, bool *over);

/* once.c: the client ids of messages; SQLite's result where nothing else is said */
enum { ONCE_SIZE = 44 };                                           /* bytes of an entry */
int once_write(struct store *store, const struct record *message); /* that has a client id */
int once_forget_text(struct store *store, int64_t id);             /* if it is remembered */
int once_chunk(struct store *store, int64_t until_ns);             /* those older than a day go */
int once_define(struct store *store);                              /* for migrating */
void once_make(const struct crc *crc, const struct record *once, unsigned char entry[ONCE_SIZE]);
/* False: it does not agree with its sum. */
bool once_take(const struct crc *crc, sqlite3_stmt *row, int column, struct record *once);

/* write_people.c */
int write_account(struct store *store, const struct record *record);
int write_account_rest(struct store *store, uint64_t account, uint64_t rows, bool *any);
int write_account_gone(struct store *store, const struct record *record);
int write_token(struct store *store, const struct record *record);
int write_token_gone(struct store *store, const struct record *record);
int write_webhook(struct store *store, const struct record *record);
int write_webhook_gone(struct store *store, const struct record *record);
int write_facts(struct store *store, const struct record *record);
int write_tie(struct store *store, const struct record *record);
int write_restraint(struct store *store, const struct record *record);
int write_restraint_gone(struct store *store, const struct record *record);
int write_audit(struct store *store, const struct record *record);
int write_secret(struct store *store, const struct record *record);

#endif
