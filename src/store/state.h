/* state.h: what the files of src/store/ share and nobody else sees. */
#ifndef STORE_STATE_H
#define STORE_STATE_H

#include <sqlite3.h>

#include "chat/limits.h"
#include "store/crc.h"
#include "store/search_state.h"
#include "store/store.h"
#include "store/write.h"

enum {
    PAGE_SIZE = 4096,                     /* bytes of a database page */
    FRAME_SIZE = PAGE_SIZE + 24,          /* bytes that a page takes in the WAL */
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

_Static_assert(BATCH_ROOMS_MAX <= UINT16_MAX, "a slot of touched_rooms holds an index");
enum { BATCH_RECORDS_MAX = BATCH_ROOMS_MAX }; /* records between two commits */

/* The records of a batch with their bytes: written only when it is committed, and once more if the
 * disk was full. One mapping, of which only what is used takes memory. */
struct batch {
    uint32_t count;
    size_t size; /* bytes in use */
    struct record records[BATCH_RECORDS_MAX];
    char bytes[BATCH_BYTES_MAX];
};

/* What went wrong in SQLite; kept apart from the handle, since undoing overwrites it there. */
struct trouble {
    int result; /* SQLite's extended code; SQLITE_OK: nothing did */
    int errno_now;
};

/* What store_idle() does in slices, see tidy.c. */
enum tidy_work {
    TIDY_PURGES = 1,
    TIDY_DOOMED = 2,
    TIDY_TOKENS = 4,
    TIDY_SWEEP = 8,
    TIDY_ONCES = 16,
    TIDY_LEAVING = 32
};

/* Where the search for what is older than its room keeps has come. */
struct sweep {
    uint32_t default_days; /* of rooms that have no number of their own; 0: for ever */
    uint32_t room;         /* all up to this one are done */
    uint32_t counted;      /* messages of the room after that, from its end, as far as `at` */
    uint64_t at;           /* seq; 0: not begun */
    int64_t due_ms;        /* monotonic: when the next one begins */
};

struct store {
    sqlite3 *db;
    struct trouble trouble; /* of the last transaction */
    sqlite3_stmt *statements[STATEMENTS];
    struct batch *batch;
    struct touched_rooms touched;
    struct crc crc;
    struct search_index search;
    bool in_memory;
    bool failed;            /* a write or flush failed: nothing is written any more */
    bool idle_in_vain;      /* the disk was full for store_idle(): no hurry to call it again */
    bool wipe_wal;          /* a removed text may still stand in the WAL's file */
    uint32_t work;          /* enum tidy_work, bits: what store_idle() has still to do */
    int folder_fd;          /* -1 in memory, as the two below */
    int lock_fd;            /* holds the lock */
    int reserve_fd;         /* of the file `reserve` */
    uint64_t reserve_size;  /* bytes it has */
    uint64_t reserve_whole; /* bytes it should have */
    uint64_t wal_size_max;  /* bytes: WAL_SIZE_MAX, or less on a small disk */
    uint32_t wal_frames;    /* in the WAL, from its beginning */
    uint32_t wal_moved;     /* of these are in the file already */
    uint32_t page_count;    /* of the database as committed */
    uint32_t once_max;      /* client ids given at load */
    uint32_t once_count;    /* written since the store was opened */
    struct sweep sweep;
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
int folder_hold(struct store *store, const char *folder, struct store_error *error); /* lock it */
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
#define APPLICATION_ID 0x50726c63 /* "Prlc" */
int store_migrate(struct store *store, struct store_error *error);

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

/* tidy.c */
int tidy_slice(struct store *store); /* SQLite's result */
int64_t tidy_now_ns(void);           /* monotonic */
int64_t tidy_now_ms(void);

/* sweep.c */
void sweep_begin(struct store *store);                  /* if it is due */
int sweep_chunk(struct store *store, int64_t until_ns); /* SQLite's result */

#endif
