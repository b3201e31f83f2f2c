/* search_state.h: what the two sides of the search share: search_index.c, which fills the index
 * with the writing handle, and search.c, which reads it. */
#ifndef STORE_SEARCH_STATE_H
#define STORE_SEARCH_STATE_H

#include <sqlite3.h>

#include "store/words.h"

struct store;

enum {
    SEARCH_INDEXED_MAX = 65536, /* bytes of a text that are searched; what is behind is not found */
    SEARCH_SHORT_MAX = 2000,    /* bytes; see search_long below */
    SEARCH_ROOMS_MAX = 256,     /* rooms remembered to have something new */
    SEARCH_TAIL_MAX = 4096,     /* messages not yet indexed that a search looks at */
    SEARCH_BACKLOG_MAX = 1024,  /* messages not yet indexed: then it is due even without quiet */
    SEARCH_SCARCE = 64 * 1048576, /* bytes of room on the disk below which nothing is added */
};

/* The tables. search: rowid is a key of events; no text is kept twice (content=''), and no sizes,
 * since the ranking counts them itself. Merging is done by hand, in slices.
 * search_marks: all messages of the room up to seq `upto` are in the index. Room 0: a removed
 * text's words are still in the index's pages, `upto` is 1.
 * search_stale: messages in the index whose row has changed or is gone, as they were indexed. The
 * text is NULL where it is longer than SEARCH_SHORT_MAX: then it is in search_long, so that no
 * edit writes more than its own size. */
#define SEARCH_TABLE                                                                               \
    "CREATE VIRTUAL TABLE search USING fts5 (words, facts, content='', columnsize=0,"              \
    " tokenize='" TOKENIZER "');"                                                                  \
    "INSERT INTO search (search, rank) VALUES ('automerge', 0), ('crisismerge', 256);"

#define SEARCH_MIGRATION                                                                           \
    SEARCH_TABLE                                                                                   \
    "CREATE TABLE search_marks (room INTEGER PRIMARY KEY, upto INTEGER NOT NULL) STRICT;"          \
    "CREATE TABLE search_stale ("                                                                  \
    "  id INTEGER PRIMARY KEY, author INTEGER NOT NULL, author_name TEXT NOT NULL, text TEXT)"     \
    "  STRICT;"                                                                                    \
    "CREATE TABLE search_long (id INTEGER PRIMARY KEY, text TEXT NOT NULL) STRICT;"                \
    "CREATE TRIGGER search_changed AFTER UPDATE OF kind, author, author_name, text ON events"      \
    "  WHEN old.kind = 0 AND (old.id & 0xFFFFFFFFFF) <="                                           \
    "    (SELECT upto FROM search_marks WHERE room = old.id >> 40)"                                \
    "  BEGIN " SEARCH_STALE_ADD " END;"                                                            \
    "CREATE TRIGGER search_gone AFTER DELETE ON events"                                            \
    "  WHEN old.kind = 0 AND (old.id & 0xFFFFFFFFFF) <="                                           \
    "    (SELECT upto FROM search_marks WHERE room = old.id >> 40)"                                \
    "  BEGIN " SEARCH_STALE_ADD " END;"                                                            \
    "CREATE TRIGGER search_room_gone AFTER DELETE ON doomed"                                       \
    "  WHEN NOT EXISTS (SELECT 1 FROM heads WHERE room = old.room)"                                \
    "  BEGIN DELETE FROM search_marks WHERE room = old.room; END;"

/* As it was indexed: the first change since then tells. */
#define SEARCH_STALE_ADD                                                                           \
    "INSERT INTO search_stale (id, author, author_name, text)"                                     \
    " SELECT old.id, old.author, old.author_name,"                                                 \
    "  iif(length(CAST(old.text AS BLOB)) <= 2000, old.text, NULL)"                                \
    " WHERE NOT EXISTS (SELECT 1 FROM search_stale WHERE id = old.id);"

_Static_assert(SEARCH_SHORT_MAX == 2000, "the trigger says so too");

enum search_statement {
    SEARCH_ADD,
    SEARCH_DROP,
    SEARCH_MERGE,
    SEARCH_NEXT_STALE,
    SEARCH_STALE_DONE,
    SEARCH_LONG_ADD,
    SEARCH_LONG_TEXT,
    SEARCH_LONG_DONE,
    SEARCH_MESSAGES,
    SEARCH_BEHIND,
    SEARCH_MARK,
    SEARCH_MARK_READ,
    SEARCH_MARK_DONE,
    SEARCH_STATEMENTS,
};

/* The writing side's part of struct store. */
struct search_index {
    bool wanted;   /* history.search; without it only what was indexed is kept right */
    bool broken;   /* cannot be rebuilt: left alone until the next start */
    bool damaged;  /* a reader says so */
    bool stale;    /* search_stale may hold rows */
    bool merging;  /* until nothing is left to merge */
    bool wiping;   /* all segments are being merged into one, see room 0 of search_marks */
    bool sweeping; /* every room may have something new, from sweep_room on */
    bool begun;    /* the statements are prepared, the marks were looked at */
    bool scarce;   /* the disk is nearly full: what is left is for messages */
    bool quiet;    /* no record came since the store was idle */
    bool touched;  /* by this slice: it will write a segment */
    uint32_t sweep_room;
    uint32_t room_count;
    uint32_t rooms[SEARCH_ROOMS_MAX]; /* have something new */
    uint32_t backlog;                 /* messages written since all was indexed */
    uint32_t flushes;                 /* segments written since they were merged */
    uint32_t rebuilt;                 /* how often it had to be begun anew */
    int64_t due_ms;                   /* monotonic: when a slice is due although it is busy */
    int64_t wipe_due_ms;              /* monotonic */
    sqlite3_stmt *statements[SEARCH_STATEMENTS];
};

void search_open(struct search_index *index, bool wanted);
void search_close(struct search_index *index);

/* A record was written: what it changed is indexed some time later. */
struct record;
void search_note(struct search_index *index, const struct record *record);

/* However busy it is: a slice now and then, so that a talk that never ends is found as well. */
bool search_is_due(const struct search_index *index, int64_t now_ms);
bool search_has_work(const struct search_index *index, int64_t now_ms);

/* When it has something to do of which no record tells, monotonic; INT64_MAX: never. */
int64_t search_due_ms(const struct search_index *index);

/* One transaction: most take below 5 ms, see doc/decisions/search.md. SQLite's result; damage of
 * the index is none: then it begins anew. */
int search_slice(struct store *store);

/* The part of a text that is searched. */
struct slice search_indexed(struct slice text);

#endif
