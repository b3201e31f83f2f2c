/* tidy.c: what goes from the disk, a slice at a time: texts of removed messages, rows of deleted
 * rooms, trimmed history, ties of deleted accounts, tokens that ran out. Every slice is one
 * transaction; what is still to do stands in a table, so that a kill between two slices loses
 * nothing of it. */
#include <time.h>

#include "base/check.h"
#include "store/state.h"

enum {
    SLICE_NS = 3000000, /* begin no further chunk after so long; a slice stays below 5 ms */
    CHUNK_ROWS = 16,    /* deleted by one statement */
    PURGE_ROWS = 256,   /* looked at by one */
};

int64_t tidy_now_ns(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

int64_t tidy_now_ms(void) {
    return tidy_now_ns() / 1000000;
}

/* ---- purges: see write_change.c ---- */

struct purge {
    int64_t id, since_ms, first, last; /* first and last are keys of events */
    uint64_t identity, seq;
};

static int purge_find(struct store *store, struct purge *purge, bool *found) {
    sqlite3_stmt *row = store->statements[FIRST_PURGE];
    int result = sqlite3_step(row);
    *found = result == SQLITE_ROW;
    *purge = (struct purge){
        .id = sqlite3_column_int64(row, 0),
        .identity = (uint64_t)sqlite3_column_int64(row, 1),
        .since_ms = sqlite3_column_int64(row, 2),
        .first = sqlite3_column_int64(row, 3),
        .last = sqlite3_column_int64(row, 4),
        .seq = (uint64_t)sqlite3_column_int64(row, 5),
    };
    int reset = sqlite3_reset(row);
    return result == SQLITE_ROW || result == SQLITE_DONE ? SQLITE_OK : reset;
}

/* Backwards, since times never decrease within a room: the first that is older is the end. */
static int purge_walk(struct store *store, struct purge *purge, int64_t until_ns, bool *over) {
    sqlite3_stmt *row = store->statements[PURGE_EVENTS];
    int result = SQLITE_OK;
    int rows = 0;
    bool emptied = true;
    bind_number(row, 1, (uint64_t)purge->first);
    bind_number(row, 2, (uint64_t)purge->last);
    bind_number(row, 3, PURGE_ROWS);
    while (result == SQLITE_OK && (result = sqlite3_step(row)) == SQLITE_ROW) {
        int64_t id = sqlite3_column_int64(row, 0);
        result = SQLITE_OK;
        *over = sqlite3_column_int64(row, 1) < purge->since_ms;
        if (*over) break;
        bool meant =
            purge->identity == 0 || purge->identity == (uint64_t)sqlite3_column_int64(row, 3);
        if (meant && sqlite3_column_int(row, 2) == STORED_MESSAGE) {
            result = empty_event(store, id, purge->seq, until_ns, &emptied);
        }
        if (!emptied) break; /* the next chunk goes on with it */
        purge->last = id - 1;
        rows++;
        if (tidy_now_ns() >= until_ns) break;
    }
    *over |= result == SQLITE_DONE && rows < PURGE_ROWS;
    int reset = sqlite3_reset(row);
    return result == SQLITE_DONE || result == SQLITE_OK ? SQLITE_OK : reset;
}

static int purge_chunk(struct store *store, int64_t until_ns) {
    struct purge purge;
    bool found;
    bool over = false;
    int result = purge_find(store, &purge, &found);
    if (result != SQLITE_OK) return result;
    if (!found) {
        store->work &= ~(uint32_t)TIDY_PURGES;
        return SQLITE_OK;
    }
    result = purge_walk(store, &purge, until_ns, &over);
    if (result != SQLITE_OK) return result;
    const uint64_t numbers[] = {(uint64_t)purge.id, (uint64_t)purge.last};
    over |= purge.last < purge.first;
    return store_run_numbers(store, over ? DELETE_PURGE : UPDATE_PURGE, numbers, over ? 1 : 2);
}

/* ---- doomed rooms, and the trimmed part of others ---- */

struct doomed {
    uint32_t room;  /* 0: none */
    uint64_t below; /* seq; 0: all of it */
};

static int doomed_find(struct store *store, struct doomed *doomed) {
    sqlite3_stmt *row = store->statements[FIRST_DOOMED];
    int result = sqlite3_step(row);
    *doomed = (struct doomed){0};
    if (result == SQLITE_ROW) {
        doomed->room = (uint32_t)sqlite3_column_int64(row, 0);
        doomed->below = (uint64_t)sqlite3_column_int64(row, 1);
    }
    int reset = sqlite3_reset(row);
    return result == SQLITE_ROW || result == SQLITE_DONE ? SQLITE_OK : reset;
}

/* Some rows of a key between two; *any: there were some. */
static int rows_delete(struct store *store, enum statement which, int64_t first, int64_t last,
                       bool *any) {
    const uint64_t numbers[] = {(uint64_t)first, (uint64_t)last, CHUNK_ROWS};
    int result = store_run_numbers(store, which, numbers, 3);
    *any = sqlite3_changes(store->db) > 0;
    return result;
}

static int doomed_chunk(struct store *store, int64_t until_ns) {
    struct doomed doomed;
    (void)until_ns;
    int result = doomed_find(store, &doomed);
    if (result != SQLITE_OK) return result;
    if (doomed.room == 0) {
        store->work &= ~(uint32_t)TIDY_DOOMED;
        return SQLITE_OK;
    }
    store->wipe_wal = true;
    bool all = doomed.below == 0;
    int64_t first = event_key(doomed.room, 0);
    int64_t last = event_key(doomed.room, all ? SEQ_MAX : doomed.below - 1);
    int64_t tie = (int64_t)doomed.room << 32;
    bool any = false;
    result = rows_delete(store, DELETE_EVENTS, first, last, &any);
    if (result == SQLITE_OK && !any)
        result = rows_delete(store, DELETE_REACTIONS, first, last, &any);
    if (result == SQLITE_OK && !any && all)
        result = rows_delete(store, DELETE_TIES, tie, tie | UINT32_MAX, &any);
    if (result == SQLITE_OK && !any && all)
        result = rows_delete(store, DELETE_RESTRAINTS, first, last, &any);
    const uint64_t room[] = {doomed.room, CHUNK_ROWS};
    if (result == SQLITE_OK && !any && all) {
        result = store_run_numbers(store, DELETE_PURGES, room, 2);
        any = sqlite3_changes(store->db) > 0;
    }
    if (result != SQLITE_OK || any) return result;
    if (all) result = store_run_numbers(store, DELETE_EPOCHS, room, 1);
    return result == SQLITE_OK ? store_run_numbers(store, DELETE_DOOMED, room, 1) : result;
}

static int tokens_chunk(struct store *store, int64_t until_ns) {
    struct timespec now;
    (void)until_ns;
    clock_gettime(CLOCK_REALTIME, &now);
    const uint64_t numbers[] = {(uint64_t)now.tv_sec * 1000, CHUNK_ROWS};
    int result = store_run_numbers(store, DELETE_OLD_TOKENS, numbers, 2);
    if (sqlite3_changes(store->db) == 0) store->work &= ~(uint32_t)TIDY_TOKENS;
    return result;
}

/* ---- what is left of deleted accounts ---- */

static int leaving_chunk(struct store *store, int64_t until_ns) {
    sqlite3_stmt *row = store->statements[FIRST_LEAVING];
    bool any = false;
    (void)until_ns;
    int result = sqlite3_step(row);
    bool found = result == SQLITE_ROW;
    const uint64_t account[] = {(uint64_t)sqlite3_column_int64(row, 0)};
    int reset = sqlite3_reset(row);
    if (result != SQLITE_ROW && result != SQLITE_DONE) return reset;
    if (!found) {
        store->work &= ~(uint32_t)TIDY_LEAVING;
        return SQLITE_OK;
    }
    store->wipe_wal = true;
    result = write_account_rest(store, account[0], CHUNK_ROWS, &any);
    if (result != SQLITE_OK || any) return result;
    return store_run_numbers(store, DELETE_LEAVING, account, 1);
}

static const struct {
    enum tidy_work work;
    int (*chunk)(struct store *store, int64_t until_ns);
} works[] = {
    {TIDY_PURGES, purge_chunk},  {TIDY_DOOMED, doomed_chunk}, {TIDY_LEAVING, leaving_chunk},
    {TIDY_TOKENS, tokens_chunk}, {TIDY_ONCES, once_chunk},    {TIDY_SWEEP, sweep_chunk},
};

static int chunk(struct store *store, int64_t until_ns) {
    for (size_t i = 0; i < sizeof works / sizeof works[0]; i++)
        if ((store->work & works[i].work) != 0) return works[i].chunk(store, until_ns);
    return SQLITE_OK;
}

int tidy_slice(struct store *store) {
    int64_t until_ns = tidy_now_ns() + SLICE_NS;
    uint32_t work = store->work;
    struct sweep sweep = store->sweep;
    int result = store_begin(store);
    while (result == SQLITE_OK && store->work != 0) {
        result = chunk(store, until_ns);
        if (tidy_now_ns() >= until_ns) break;
    }
    result = store_end(store, result);
    if (result != SQLITE_OK) { /* nothing of it was done */
        store->work = work;
        store->sweep = sweep;
    }
    return result;
}
