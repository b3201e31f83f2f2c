/* idle.c: what is done when nothing waits: the WAL moves into the file, messages of deleted rooms
 * go a slice at a time, the reserve is made whole. */
#include <time.h>

#include "base/check.h"
#include "store/state.h"

enum {
    SLICE_NS = 3000000, /* begin no further chunk after so long; a slice stays below 5 ms */
    CHUNK_EVENTS = 64,  /* events deleted by one statement */
};

static int64_t now_ns(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

int idle_checkpoint(struct store *store, int mode) {
    int frames = 0;
    int moved = 0;
    int result = sqlite3_wal_checkpoint_v2(store->db, "main", mode, &frames, &moved);
    store->trouble = trouble_of(store->db);
    store->trouble.result = result;
    if ((result & 0xff) == SQLITE_BUSY) result = SQLITE_OK; /* a reader; the rest next time */
    if (result == SQLITE_OK && frames >= 0) {
        store->wal_frames = (uint32_t)frames;
        store->wal_moved = (uint32_t)moved;
    }
    return result;
}

static uint64_t wal_size(const struct store *store) {
    return (uint64_t)(store->wal_frames - store->wal_moved) * FRAME_SIZE;
}

bool store_needs_idle(const struct store *store) {
    return wal_size(store) > store->wal_size_max && !store->idle_in_vain;
}

bool store_idle_again(const struct store *store) {
    return store->doomed && !store->failed && !store->idle_in_vain;
}

/* On a large disk the WAL keeps its blocks, to be written over; on a small one it gives them back.
 */
static int wal_move(struct store *store) {
    if (store->wal_frames == store->wal_moved) return SQLITE_OK;
    bool small = store->wal_size_max < WAL_SIZE_MAX;
    return idle_checkpoint(store, small ? SQLITE_CHECKPOINT_TRUNCATE : SQLITE_CHECKPOINT_PASSIVE);
}

static int doomed_forget(struct store *store, int64_t room) {
    sqlite3_bind_int64(store->statements[DELETE_DOOMED], 1, room);
    return store_run(store, DELETE_DOOMED);
}

static int doomed_chunk(struct store *store, int64_t room) {
    sqlite3_stmt *row = store->statements[DELETE_EVENTS];
    sqlite3_bind_int64(row, 1, event_key((uint32_t)room, 0));
    sqlite3_bind_int64(row, 2, event_key((uint32_t)room, SEQ_MAX));
    sqlite3_bind_int64(row, 3, CHUNK_EVENTS);
    int result = store_run(store, DELETE_EVENTS);
    if (result != SQLITE_OK || sqlite3_changes(store->db) > 0) return result;
    return doomed_forget(store, room);
}

/* The room whose messages go next, 0 when there is none. */
static int doomed_next(struct store *store, int64_t *room) {
    sqlite3_stmt *row = store->statements[FIRST_DOOMED];
    int result = sqlite3_step(row);
    *room = result == SQLITE_ROW ? sqlite3_column_int64(row, 0) : 0;
    int reset = sqlite3_reset(row);
    return result == SQLITE_ROW || result == SQLITE_DONE ? SQLITE_OK : reset;
}

static int doomed_slice(struct store *store) {
    int64_t until = now_ns() + SLICE_NS;
    int64_t room = 0;
    int result = store_begin(store);
    while (result == SQLITE_OK) {
        result = doomed_next(store, &room);
        if (result != SQLITE_OK || room == 0) break;
        result = doomed_chunk(store, room);
        if (now_ns() >= until) break;
    }
    result = store_end(store, result);
    if (result == SQLITE_OK) store->doomed = room != 0;
    return result;
}

/* A full disk stops this work and harms nothing: the WAL still holds what did not move, the doomed
 * stay doomed. With the reserve's blocks it is tried once more. */
static int unless_full(struct store *store, int (*work)(struct store *),
                       struct store_error *error) {
    int result = work(store);
    if (result != SQLITE_OK && trouble_is_full(store->trouble)) {
        space_release(store);
        result = work(store);
    }
    if (result == SQLITE_OK) return 0;
    store->idle_in_vain = trouble_is_full(store->trouble);
    if (store->idle_in_vain) return 0;
    return store_fail(store, error, "keeping parlance.db in order failed");
}

int store_idle(struct store *store, struct store_error *error) {
    if (store->failed) return store_refuse_failed(error);
    int result = 0;
    store->idle_in_vain = false;
    if (store->doomed) result = unless_full(store, doomed_slice, error);
    bool move = !store->doomed || store_needs_idle(store); /* not between slices */
    if (result == 0 && move) result = unless_full(store, wal_move, error);
    if (result == 0) space_refill(store);
    return result;
}
