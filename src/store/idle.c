/* idle.c: what is done when nothing waits: the WAL moves into the file, what is to go goes a slice
 * at a time, the reserve is made whole. */
#include "base/check.h"
#include "store/state.h"

/* Bytes of the WAL that slices leave to be moved at once: 16 MB of it would take 20 ms. */
enum { SLICES_SIZE_MAX = 4 * 1024 * 1024 };

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

static bool wal_is_large(const struct store *store) {
    return wal_size(store) > store->wal_size_max;
}

bool store_needs_idle(const struct store *store) {
    return (wal_is_large(store) || search_is_due(&store->search, tidy_now_ms())) &&
           !store->idle_in_vain;
}

static bool is_searching(const struct store *store) {
    return search_has_work(&store->search, tidy_now_ms());
}

bool store_idle_again(const struct store *store) {
    return store_wait_ms(store) == 0;
}

int store_wait_ms(const struct store *store) {
    if (store->failed || store->idle_in_vain) return -1;
    if (store->work != 0) return 0;
    /* The index waits for quiet: a slice is a commit, which the next message would wait for. */
    if (store->search.quiet && is_searching(store)) return 0;
    int64_t due_ms = search_due_ms(&store->search);
    if (due_ms > store->sweep.due_ms) due_ms = store->sweep.due_ms;
    if (due_ms == INT64_MAX) return -1;
    int64_t wait_ms = due_ms - tidy_now_ms();
    return wait_ms < 0 ? 0 : (int)wait_ms;
}

void store_retain(struct store *store, uint32_t days) {
    if (store->sweep.default_days == days) return;
    store->sweep.default_days = days;
    store->sweep.due_ms = 0;
}

/* On a large disk the WAL keeps its blocks, to be written over; on a small one, or where a text in
 * it was removed, it gives them back. */
static int wal_move(struct store *store) {
    if (store->wal_frames == store->wal_moved && !store->wipe_wal) return SQLITE_OK;
    bool cut = store->wal_size_max < WAL_SIZE_MAX || store->wipe_wal;
    int result =
        idle_checkpoint(store, cut ? SQLITE_CHECKPOINT_TRUNCATE : SQLITE_CHECKPOINT_PASSIVE);
    if (store->trouble.result == SQLITE_OK && cut) store->wipe_wal = false; /* else next time */
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
    bool quiet = !store_needs_idle(store);
    store->idle_in_vain = false;
    sweep_begin(store);
    store->search.quiet = quiet;
    if (store->work != 0) result = unless_full(store, tidy_slice, error);
    if (result == 0 && store->work == 0 && is_searching(store))
        result = unless_full(store, search_slice, error);
    bool over = quiet && store->work == 0 && !is_searching(store); /* not between all slices */
    bool move = over || wal_is_large(store) || wal_size(store) > SLICES_SIZE_MAX;
    if (result == 0 && move) result = unless_full(store, wal_move, error);
    if (result == 0) space_refill(store);
    return result;
}
