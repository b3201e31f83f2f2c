/* reader.h: what the files that read pages share. */
#ifndef STORE_READER_H
#define STORE_READER_H

#include "chat/reaction.h"
#include "store/read.h"
#include "store/state.h"

enum read_statement {
    BEGIN_READ,
    END_READ,
    HEAD,
    BACKWARDS,
    BACKWARDS_PURGING,
    ROWS,
    ROWS_PURGING,
    ANY_REACTION,
    REACTIONS,
    REACTED,
    AUDIT_ROWS,
    ROOM_NEXT,
    TIME_AT,
    ACCOUNT_NAME,
    WEBHOOKS,
    READ_STATEMENTS,
};

struct store_reader {
    sqlite3 *db;
    sqlite3_stmt *statements[READ_STATEMENTS];
    struct crc crc;
    char reacted[REACTIONS_SIZE_MAX];
};

/* One call of store_read(). */
struct piece {
    struct store_reader *reader;
    const struct query *query;
    void (*row)(void *context, const struct event *past);
    void *context;
    size_t bytes_left;
    bool any;             /* a row was given */
    bool all;             /* rows of all kinds are meant, removed ones too */
    uint64_t target;      /* seq; QUERY_AROUND, QUERY_ONE */
    bool purging;         /* some texts of the room count as removed and are still there */
    struct slice reacted; /* to the message at hand, where the query wants them */
    bool reactions;       /* to any message of the piece */
    uint64_t whole_from;  /* seq */
    uint64_t floor;       /* seq: what lies below is trimmed, or not asked for */
    struct query_end *end;
    struct store_error *error;
};

/* read.c; both give what the caller returns. */
int piece_failed(struct piece *piece);
int piece_damaged(struct piece *piece, uint64_t seq);
/* Does an event of so many bytes still fit? The first always does. */
bool piece_takes(struct piece *piece, size_t size);

/* read_rows.c; 0 or negative errno. The room's head was read: end->first and end->last are within
 * what there is. */
extern const char *const read_texts[READ_STATEMENTS];
/* The bounds of time become bounds of numbers. */
int rows_bound(struct piece *piece);
int rows_latest(struct piece *piece);
int rows_range(struct piece *piece);
int rows_around(struct piece *piece);
int rows_one(struct piece *piece);
int rows_events(struct piece *piece);
sqlite3_stmt *rows_between(struct piece *piece, enum read_statement which, uint64_t first,
                           uint64_t last);

/* read_counts.c */
int rows_unread(struct piece *piece);
/* Lines of reaction_put(), valid until the next call. */
struct slice reactions_of(struct piece *piece, const struct record *record);

#endif
