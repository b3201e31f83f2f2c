/* batch.c: what gathers between two commits.
 *
 * store_put() only copies; the whole batch is written by store_commit(), so that no transaction is
 * ever open between calls and a full disk can be met by writing the same records once more. */
#include <errno.h>
#include <sys/mman.h>

#include "base/check.h"
#include "store/state.h"

int store_begin(struct store *store) {
    return store_run(store, BEGIN_BATCH);
}

int store_end(struct store *store, int result) {
    if (result == SQLITE_OK) result = store_run(store, COMMIT_BATCH);
    store->trouble = trouble_of(store->db);
    store->trouble.result = result;
    if (result == SQLITE_OK) {
        store_count_pages(store); /* an old count, should it fail, errs by this transaction only */
        return SQLITE_OK;
    }
    /* SQLite has undone it already after some errors. A failure to undo changes nothing: what was
     * not committed is not read again. */
    if (!sqlite3_get_autocommit(store->db)) store_run(store, ROLLBACK_BATCH);
    return result;
}

static int batch_write(struct store *store) {
    int result = store_begin(store);
    write_start(store);
    for (uint32_t i = 0; i < store->batch->count && result == SQLITE_OK; i++)
        result = write_record(store, &store->batch->records[i]);
    if (result == SQLITE_OK) result = write_heads(store);
    return store_end(store, result);
}

int store_fail(struct store *store, struct store_error *error, const char *what) {
    store->failed = true;
    return store_blame_sqlite(error, STORE_FAILED, store->trouble, what);
}

int store_refuse_failed(struct store_error *error) {
    return store_blame(error, STORE_FAILED, EIO,
                       "parlance.db could not be written before, nothing is written any more");
}

static bool batch_fits(const struct batch *batch, size_t size) {
    return batch->count < BATCH_RECORDS_MAX && size <= BATCH_BYTES_MAX - batch->size;
}

static void batch_take(struct batch *batch, const struct record *record) {
    struct record *taken = &batch->records[batch->count++];
    *taken = *record;
    for (int i = 0; i < RECORD_SLICES; i++) {
        struct slice bytes = record->slices[i];
        if (bytes.size > 0) memcpy(batch->bytes + batch->size, bytes.at, bytes.size);
        taken->slices[i].at = batch->bytes + batch->size;
        batch->size += bytes.size;
    }
}

static size_t record_size(const struct record *record) {
    size_t size = 0;
    for (int i = 0; i < RECORD_SLICES; i++)
        size += record->slices[i].size;
    return size;
}

static const bool of_a_room[RECORD_KINDS] = {
    [RECORD_ROOM] = true,    [RECORD_MESSAGE] = true, [RECORD_TOPIC] = true,
    [RECORD_DELETED] = true, [RECORD_TIE] = true,     [RECORD_PURGE] = true,
};

static void record_check(const struct record *record) {
    check(record->kind > RECORD_NONE);
    check(record->kind < RECORD_KINDS);
    check(record->kind != RECORD_ONCE);
    check(record->kind != RECORD_EPOCH);
    check(record_size(record) <= BATCH_BYTES_MAX);
    check(record->room.v <= ROOM_NUMBER_MAX);
    check(record->seq < SEQ_MAX || record->kind == RECORD_COUNTERS);
    check(record->target < SEQ_MAX);
    if (of_a_room[record->kind]) check(record->room.v > 0);
}

int store_put(struct store *store, const struct record *record, struct store_error *error) {
    record_check(record);
    if (store->failed) return store_refuse_failed(error);
    if (!batch_fits(store->batch, record_size(record))) {
        int result = store_commit(store, error);
        if (result < 0) return result;
    }
    batch_take(store->batch, record);
    return 0;
}

static void batch_clear(struct store *store) {
    struct batch *batch = store->batch;
    for (uint32_t i = 0; i < batch->count; i++)
        search_note(&store->search, &batch->records[i]);
    /* What a large batch took goes back to the system at once. */
    if (batch->size > BATCH_KEPT) madvise(batch->bytes, BATCH_BYTES_MAX, MADV_DONTNEED);
    batch->count = 0;
    batch->size = 0;
}

/* Once, with the blocks of the reserve. Moving the WAL gives more than it takes, if it can begin.
 */
static int batch_rescue(struct store *store) {
    space_release(store);
    int result = idle_checkpoint(store, SQLITE_CHECKPOINT_TRUNCATE);
    if (result != SQLITE_OK && !trouble_is_full(store->trouble)) return result;
    return batch_write(store);
}

int store_commit(struct store *store, struct store_error *error) {
    if (store->failed) return store_refuse_failed(error);
    if (store->batch->count == 0) return 0;
    int result = batch_write(store);
    if (result != SQLITE_OK && trouble_is_full(store->trouble)) result = batch_rescue(store);
    if (result != SQLITE_OK) return store_fail(store, error, "writing parlance.db failed");
    batch_clear(store);
    store->idle_in_vain = false;
    return 0;
}
