/* state.h: what the files of src/store/ share and nobody else sees. */
#ifndef STORE_STATE_H
#define STORE_STATE_H

#include <sqlite3.h>

#include "chat/limits.h"
#include "store/crc.h"
#include "store/store.h"

enum {
    PAGE_SIZE = 4096,                     /* bytes of a database page */
    FRAME_SIZE = PAGE_SIZE + 24,          /* bytes that a page takes in the WAL */
    BATCH_RECORDS_MAX = 1024,             /* records between two commits */
    BATCH_BYTES_MAX = 4 * 1024 * 1024,    /* bytes of their slices */
    BATCH_KEPT = 256 * 1024,              /* bytes that stay in memory between batches */
    WAL_SIZE_MAX = 16 * 1024 * 1024,      /* bytes; store_needs_idle() beyond */
    WAL_SIZE_MIN = 64 * 1024,             /* the same on the smallest disk */
    RESERVE_SIZE_MAX = 16 * 1024 * 1024,  /* bytes; a batch at its largest takes less */
    RESERVE_SIZE_MIN = 128 * 1024,        /* bytes */
    CHECKED_SIZE_MAX = 8 * 1024 * 1024,   /* a larger file is not read whole at start */
    MEMORY_SIZE_MAX = 1024 * 1024 * 1024, /* in_memory: what SQLite's memdb allows */
    FILE_WAIT_MS = 1000,                  /* for our own reader, which may hold a lock a moment */
    MEMORY_WAIT_MS = 5000,                /* in_memory: reader and writer wait for each other */
    PATH_SIZE_MAX = 4096,                 /* bytes of a path with its NUL */
    FOLDER_SIZE_MAX = PATH_SIZE_MAX - 32, /* leaves space for "/parlance.db-wal" */
};

/* A position in `events`: room and seq in one key, so that a room's rows lie together. */
static inline int64_t event_key(uint32_t room, uint64_t seq) {
    return (int64_t)((uint64_t)room << SEQ_BITS | seq);
}

#define SEQ_MAX ((UINT64_C(1) << SEQ_BITS) - 1)
#define ROOM_NUMBER_MAX ((UINT32_C(1) << ROOM_NUMBER_BITS) - 1)

/* What a row of `events` is. */
enum { ROW_MESSAGE, ROW_TOPIC };

/* The statements of the writing handle; their texts are in write.c. */
enum statement {
    BEGIN_BATCH,
    COMMIT_BATCH,
    ROLLBACK_BATCH,
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
    FIRST_DOOMED,
    DELETE_DOOMED,
    DELETE_EVENTS,
    PAGE_COUNT,
    STATEMENTS,
};

/* The records of a batch with their bytes: written only when it is committed, and once more if the
 * disk was full. One mapping, of which only what is used takes memory. */
struct batch {
    uint32_t count;
    size_t size; /* bytes in use */
    struct record records[BATCH_RECORDS_MAX];
    char bytes[BATCH_BYTES_MAX];
};

/* A room that the batch being written gives a new seq: its head is updated once, at the end. */
struct touched {
    uint32_t room;
    bool not_whole;      /* some message of the batch was not kept */
    uint64_t seq;        /* the newest */
    uint64_t whole_from; /* seq */
    int64_t time_ms;
};

enum { TOUCHED_SLOTS = 2 * BATCH_RECORDS_MAX };

/* Linear probing; at most half full, since a record touches one room. */
struct touched_rooms {
    uint32_t count;
    struct touched rooms[BATCH_RECORDS_MAX];
    uint16_t slots[TOUCHED_SLOTS]; /* 1 + index into rooms; 0: free */
};

/* What went wrong in SQLite; kept apart from the handle, since undoing overwrites it there. */
struct trouble {
    int result; /* SQLite's extended code; SQLITE_OK: nothing did */
    int errno_now;
};

struct store {
    sqlite3 *db;
    struct trouble trouble; /* of the last transaction */
    sqlite3_stmt *statements[STATEMENTS];
    struct batch *batch;
    struct touched_rooms touched;
    struct crc crc;
    bool in_memory;
    bool failed;                /* a write or flush failed: nothing is written any more */
    bool idle_in_vain;          /* the disk was full for store_idle(): no hurry to call it again */
    bool doomed;                /* messages of deleted rooms are still to be removed */
    int folder_fd;              /* -1 in memory, as the two below */
    int lock_fd;                /* holds the lock */
    int reserve_fd;             /* of the file `reserve` */
    uint64_t reserve_size;      /* bytes it has */
    uint64_t reserve_whole;     /* bytes it should have */
    uint64_t wal_size_max;      /* bytes: WAL_SIZE_MAX, or less on a small disk */
    uint32_t wal_frames;        /* in the WAL, from its beginning */
    uint32_t wal_moved;         /* of these are in the file already */
    uint32_t page_count;        /* of the database as committed */
    char path[PATH_SIZE_MAX];   /* of parlance.db, absolute */
    char folder[PATH_SIZE_MAX]; /* as the operator wrote it */
};

/* error.c: every one fills *error and returns a negative errno. */
int store_blame(struct store_error *error, enum store_fault fault, int errno_now,
                const char *format, ...) __attribute__((format(printf, 4, 5)));
int store_blame_sqlite(struct store_error *error, enum store_fault fault, struct trouble trouble,
                       const char *what);
struct trouble trouble_of(sqlite3 *db);       /* the last call's */
bool trouble_is_full(struct trouble trouble); /* want of space, not a broken disk */

/* folder.c */
int folder_open(struct store *store, const char *folder, struct store_error *error);
int folder_file(struct store *store, const char *name, int *fd, struct store_error *error);
int folder_path(const char *folder, char path[PATH_SIZE_MAX], struct store_error *error);
void folder_close(struct store *store);
bool folder_left_unclean(const struct store *store); /* before the database is opened */

/* connect.c */
enum connect_kind { CONNECT_WRITE, CONNECT_READ };
int connect_open(const char *path, bool in_memory, enum connect_kind kind, sqlite3 **db,
                 struct store_error *error);
int connect_prepare(sqlite3 *db, const char *const *texts, int count, sqlite3_stmt **statements,
                    struct store_error *error);
void connect_close(sqlite3 *db, int count, sqlite3_stmt **statements);
int connect_number(sqlite3 *db, const char *text, int64_t *number); /* SQLite's result */
void connect_memory_name(const char *folder, char path[PATH_SIZE_MAX]);

/* migrate.c */
int store_migrate(struct store *store, struct store_error *error);

/* row.c: the sums of rows, the same for whoever writes and reads. */
uint32_t row_event_sum(const struct crc *crc, int kind, const struct record *record);
uint32_t row_room_sum(const struct crc *crc, const struct record *record);
uint32_t row_topic_sum(const struct crc *crc, uint32_t room, struct slice topic);
uint32_t row_head_sum(const struct crc *crc, uint32_t room, uint64_t seq, int64_t time_ms);
uint32_t row_whole_sum(const struct crc *crc, uint32_t room, uint64_t whole_from);
uint32_t row_counters_sum(const struct crc *crc, const struct record *record);
struct slice row_text(sqlite3_stmt *row, int column); /* valid until the next step */

/* write.c: each gives SQLite's result. */
extern const char *const write_texts[STATEMENTS];
int store_run(struct store *store, enum statement which); /* to its end */
int store_count_pages(struct store *store);
void write_start(struct store *store); /* before the first record of a transaction */
int write_record(struct store *store, const struct record *record);
int write_heads(struct store *store); /* after the last */

/* batch.c */
int store_begin(struct store *store);           /* SQLite's result, as the next */
int store_end(struct store *store, int result); /* commit if SQLITE_OK; else undo, see trouble */
int store_fail(struct store *store, struct store_error *error, const char *what);
int store_refuse_failed(struct store_error *error); /* for whoever comes after that */

/* wal.c: after the first look into the database, which reads the WAL. */
int wal_check(struct store *store, struct store_error *error);

/* space.c */
int space_open(struct store *store, struct store_error *error);
void space_release(struct store *store); /* the reserve gives its bytes to the disk */
void space_refill(struct store *store);  /* as far as the disk has them */

/* idle.c */
int idle_checkpoint(struct store *store, int mode); /* SQLite's result; busy readers are no error */

#endif
