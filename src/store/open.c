/* open.c: a store from its folder to its statements, and back. */
#include <errno.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/check.h"
#include "store/state.h"

static int wal_grew(void *context, sqlite3 *db, const char *name, int frames) {
    (void)db;
    (void)name;
    struct store *store = context;
    /* Once all is moved the WAL begins anew, unless a reader is in it: then this counts too many.
     */
    bool anew = store->wal_moved == store->wal_frames || (uint32_t)frames < store->wal_frames;
    if (anew) store->wal_moved = 0;
    store->wal_frames = (uint32_t)frames;
    return SQLITE_OK;
}

static const char *const synchronous[] = {
    [STORE_FULL] = "PRAGMA synchronous = FULL",
    [STORE_NORMAL] = "PRAGMA synchronous = NORMAL",
    [STORE_OFF] = "PRAGMA synchronous = OFF",
};

/* page_size and journal_mode count on an empty file only, and stay. What is deleted is overwritten
 * with zeros (secure_delete), freed pages too: each costs one page in the WAL, so that to remove a
 * text costs as much as to write it, and a deleted room goes through the WAL once, in slices. */
static const char disk_settings[] = "PRAGMA page_size = 4096;"
                                    "PRAGMA journal_mode = WAL;"
                                    "PRAGMA wal_autocheckpoint = 0;"
                                    "PRAGMA journal_size_limit = 16777216;"
                                    "PRAGMA secure_delete = ON;"
                                    "PRAGMA cache_size = -1024;";

static const char memory_settings[] = "PRAGMA page_size = 4096;"
                                      "PRAGMA journal_mode = MEMORY;"
                                      "PRAGMA cache_size = -256;";

static int settings_refused(struct store *store, struct store_error *error) {
    struct trouble trouble = trouble_of(store->db);
    if ((trouble.result & 0xff) == SQLITE_BUSY) {
        return store_blame(error, STORE_RUNNING, EBUSY,
                           "%s/parlance.db is held open by another program: close it",
                           store->folder);
    }
    return store_blame_sqlite(error, STORE_CANNOT, trouble, "cannot open parlance.db");
}

static int settings_take(struct store *store, const struct store_options *options,
                         struct store_error *error) {
    const char *settings = store->in_memory ? memory_settings : disk_settings;
    if (sqlite3_exec(store->db, settings, NULL, NULL, NULL) != SQLITE_OK ||
        sqlite3_exec(store->db, synchronous[options->durability], NULL, NULL, NULL) != SQLITE_OK) {
        return settings_refused(store, error);
    }
    sqlite3_wal_hook(store->db, wal_grew, store); /* wal_autocheckpoint has its hook there: after */
    return 0;
}

static int place_open(struct store *store, const struct store_options *options,
                      struct store_error *error) {
    if (!store->in_memory) return folder_open(store, options->folder, error);
    connect_memory_name(options->folder, store->path);
    return 0;
}

/* In memory a second store of the same name would share the tables of the first. */
static int memory_is_ours(struct store *store, struct store_error *error) {
    int64_t version = 0;
    if (!store->in_memory) return 0;
    int result = connect_number(store->db, "PRAGMA user_version", &version);
    if (result == SQLITE_OK && version == 0) return 0;
    store_blame(error, STORE_RUNNING, EBUSY, "the store in memory of this name is in use");
    error->pid = (int)getpid();
    return -EBUSY;
}

/* After a crash the WAL holds batches that were perhaps never flushed, and that loading would show:
 * moving them into the file flushes them first. */
static int settle(struct store *store, struct store_error *error) {
    if (store->in_memory) return 0;
    int result = idle_checkpoint(store, SQLITE_CHECKPOINT_TRUNCATE);
    if (result == SQLITE_OK || trouble_is_full(store->trouble)) return 0;
    return store_blame_sqlite(error, STORE_FAILED, store->trouble, "cannot flush parlance.db");
}

/* After a crash, a small file is read whole. In a larger one only what is touched is: the rows have
 * their sums, so damage is found when a row is read; `parlance recover` reads everything. */
static int quick_check(struct store *store, struct store_error *error) {
    if ((uint64_t)store->page_count * PAGE_SIZE > CHECKED_SIZE_MAX) return 0;
    sqlite3_stmt *row = NULL;
    int result = sqlite3_prepare_v2(store->db, "PRAGMA quick_check(1)", -1, &row, NULL);
    if (result == SQLITE_OK) result = sqlite3_step(row);
    int done = 0;
    if (result != SQLITE_ROW) {
        done = store_blame_sqlite(error, STORE_FAILED, trouble_of(store->db),
                                  "cannot check parlance.db");
    } else if (!slice_equal(row_text(row, 0), slice_of("ok"))) {
        struct slice why = row_text(row, 0);
        done = store_blame(error, STORE_FAILED, EIO, "%s/parlance.db is damaged (%.*s)",
                           store->folder, (int)slice_head(why, 200).size, why.at);
    }
    sqlite3_finalize(row);
    return done;
}

static int after_crash(struct store *store, const struct store_options *options,
                       struct store_error *error) {
    int result = options->durability == STORE_FULL ? wal_check(store, error) : 0;
    if (result == 0) result = quick_check(store, error);
    return result == 0 ? settle(store, error) : result;
}

static int tables_open(struct store *store, const struct store_options *options, bool unclean,
                       struct store_error *error) {
    int result = store_migrate(store, error);
    if (result == 0) {
        result = connect_prepare(store->db, write_texts, STATEMENTS, store->statements, error);
    }
    if (result == 0 && store_count_pages(store) != SQLITE_OK) {
        result = store_blame_sqlite(error, STORE_FAILED, trouble_of(store->db),
                                    "cannot read parlance.db");
    }
    if (result == 0 && unclean) return after_crash(store, options, error);
    return result == 0 ? settle(store, error) : result;
}

static int store_init(struct store *store, const struct store_options *options,
                      struct store_error *error) {
    store->in_memory = options->in_memory;
    store->folder_fd = store->lock_fd = store->reserve_fd = -1;
    store->work = TIDY_PURGES | TIDY_DOOMED | TIDY_TOKENS | TIDY_ONCES |
                  TIDY_LEAVING; /* the first idle turns look */
    store->sweep.default_days = options->retention_days;
    store->once_max = options->once_max;
    crc_init(&store->crc);
    search_open(&store->search, options->search);
    store->batch = mmap(NULL, sizeof *store->batch, PROT_READ | PROT_WRITE,
                        MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (store->batch == MAP_FAILED) {
        store->batch = NULL;
        return store_blame(error, STORE_CANNOT, ENOMEM, "no memory for the store");
    }
    int result = place_open(store, options, error);
    if (result < 0) return result;
    bool unclean = !store->in_memory && folder_left_unclean(store);
    result = connect_open(store->path, store->in_memory, CONNECT_WRITE, &store->db, error);
    if (result == 0) result = memory_is_ours(store, error);
    if (result == 0) result = settings_take(store, options, error);
    if (result == 0) result = tables_open(store, options, unclean, error);
    if (result == 0) result = space_open(store, error);
    return result;
}

struct store *store_open(const struct store_options *options, struct store_error *error) {
    check(options->in_memory || options->folder != NULL);
    *error = (struct store_error){.fault = STORE_FINE};
    struct store *store = calloc(1, sizeof *store);
    if (store == NULL) {
        store_blame(error, STORE_CANNOT, ENOMEM, "no memory for the store");
        return NULL;
    }
    if (store_init(store, options, error) == 0) return store;
    store->failed = true; /* what could not be opened is left as it was found */
    store_close(store);
    return NULL;
}

void store_close(struct store *store) {
    if (store->db != NULL) {
        if (store->failed) {
            sqlite3_db_config(store->db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
        } else if (!store->in_memory) {
            idle_checkpoint(store, SQLITE_CHECKPOINT_TRUNCATE); /* else the next start does it */
        }
        search_close(&store->search);
        connect_close(store->db, STATEMENTS, store->statements);
    }
    if (store->reserve_fd >= 0) close(store->reserve_fd);
    folder_close(store);
    if (store->batch != NULL) munmap(store->batch, sizeof *store->batch);
    free(store);
}
