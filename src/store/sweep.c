/* sweep.c: retention. A sweep goes through the rooms that do not keep everything, finds what each
 * still has to keep, and trims: the room's head takes the first seq that stays, at once and for
 * every reader; the rows below go afterwards (tidy.c). */
#include <time.h>

#include "base/check.h"
#include "store/state.h"

enum {
    SWEEP_MS = 600000, /* between the beginnings of two sweeps */
    COUNT_ROWS = 1000, /* walked over by one chunk */
    DAY_MS = 86400000,
};

/* A room and how far it reaches. */
struct kept {
    uint32_t room; /* 0: no more */
    uint32_t days, count;
    uint64_t seq, first;
};

void sweep_begin(struct store *store) {
    struct sweep *sweep = &store->sweep;
    int64_t now_ms = tidy_now_ms();
    if (now_ms < sweep->due_ms) return;
    *sweep = (struct sweep){.default_days = sweep->default_days, .due_ms = now_ms + SWEEP_MS};
    store->work |= TIDY_SWEEP;
}

static int kept_find(struct store *store, struct kept *kept) {
    enum statement which = store->sweep.default_days > 0 ? NEXT_ROOM : NEXT_KEPT_ROOM;
    sqlite3_stmt *row = store->statements[which];
    *kept = (struct kept){0};
    bind_number(row, 1, store->sweep.room);
    int result = sqlite3_step(row);
    if (result == SQLITE_ROW) {
        *kept = (struct kept){
            .room = (uint32_t)sqlite3_column_int64(row, 0),
            .days = (uint32_t)sqlite3_column_int64(row, 1),
            .count = (uint32_t)sqlite3_column_int64(row, 2),
            .seq = (uint64_t)sqlite3_column_int64(row, 3),
            .first = (uint64_t)sqlite3_column_int64(row, 4),
        };
        if (kept->days == 0) kept->days = store->sweep.default_days;
        if (kept->first == 0) kept->first = 1;
    }
    int reset = sqlite3_reset(row);
    return result == SQLITE_ROW || result == SQLITE_DONE ? SQLITE_OK : reset;
}

/* The first row from a seq on. *seq is beyond the room's where there is none. */
static int event_from(struct store *store, const struct kept *kept, uint64_t from, uint64_t *seq,
                      int64_t *time_ms) {
    sqlite3_stmt *row = store->statements[FIRST_SINCE];
    bind_number(row, 1, (uint64_t)event_key(kept->room, from));
    bind_number(row, 2, (uint64_t)event_key(kept->room, kept->seq));
    int result = sqlite3_step(row);
    bool found = result == SQLITE_ROW;
    *seq = found ? (uint64_t)sqlite3_column_int64(row, 0) & SEQ_MAX : kept->seq + 1;
    *time_ms = found ? sqlite3_column_int64(row, 1) : INT64_MAX;
    int reset = sqlite3_reset(row);
    return result == SQLITE_ROW || result == SQLITE_DONE ? SQLITE_OK : reset;
}

/* The first seq that is not too old: about 20 look-ups in a room of a million. */
static int cut_by_days(struct store *store, const struct kept *kept, uint64_t *cut) {
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    int64_t since_ms = (int64_t)now.tv_sec * 1000 - (int64_t)kept->days * DAY_MS;
    uint64_t low = kept->first;
    uint64_t high = kept->seq + 1;
    while (low < high) {
        uint64_t middle = low == kept->first ? low : low + (high - low) / 2;
        uint64_t seq;
        int64_t time_ms;
        int result = event_from(store, kept, middle, &seq, &time_ms);
        if (result != SQLITE_OK) return result;
        if (time_ms < since_ms) {
            low = seq + 1;
        } else {
            high = middle;
        }
    }
    if (low > *cut) *cut = low;
    return SQLITE_OK;
}

/* Walk back from the room's end over as many messages as it keeps. *over: there, or at the room's
 * beginning; else the next chunk goes on. */
static int cut_by_count(struct store *store, const struct kept *kept, uint64_t *cut, bool *over) {
    struct sweep *sweep = &store->sweep;
    sqlite3_stmt *row = store->statements[COUNT_BACK];
    int result = SQLITE_ROW;
    *over = kept->seq - kept->first < kept->count;
    if (*over) return SQLITE_OK;
    if (sweep->at == 0) sweep->at = kept->seq;
    bind_number(row, 1, (uint64_t)event_key(kept->room, kept->first));
    bind_number(row, 2, (uint64_t)event_key(kept->room, sweep->at));
    for (int rows = 0; rows < COUNT_ROWS && !*over; rows++) {
        result = sqlite3_step(row);
        *over = result != SQLITE_ROW;
        if (*over) break;
        uint64_t seq = (uint64_t)sqlite3_column_int64(row, 0) & SEQ_MAX;
        sweep->at = seq - 1;
        if (sqlite3_column_int(row, 1) != STORED_MESSAGE) continue;
        *over = ++sweep->counted == kept->count;
        if (*over && seq > *cut) *cut = seq;
    }
    int reset = sqlite3_reset(row);
    return result == SQLITE_ROW || result == SQLITE_DONE ? SQLITE_OK : reset;
}

static int trim(struct store *store, const struct kept *kept, uint64_t cut) {
    const uint64_t head[] = {kept->room, cut, row_first_sum(&store->crc, kept->room, cut)};
    const uint64_t doomed[] = {kept->room, cut};
    int result = store_run_numbers(store, TRIM_HEAD, head, 3);
    store->work |= TIDY_DOOMED;
    return result == SQLITE_OK ? store_run_numbers(store, INSERT_DOOMED, doomed, 2) : result;
}

/* The sweep is over. Where it met no room, none is due until a room is changed. */
static void sweep_end(struct store *store) {
    struct sweep *sweep = &store->sweep;
    store->work &= ~(uint32_t)TIDY_SWEEP;
    if (sweep->room == 0 && sweep->default_days == 0) sweep->due_ms = INT64_MAX;
}

int sweep_chunk(struct store *store, int64_t until_ns) {
    struct kept kept;
    bool over = true;
    (void)until_ns;
    int result = kept_find(store, &kept);
    if (result != SQLITE_OK) return result;
    if (kept.room == 0) {
        sweep_end(store);
        return SQLITE_OK;
    }
    uint64_t cut = kept.first;
    if (kept.count > 0) result = cut_by_count(store, &kept, &cut, &over);
    if (result != SQLITE_OK || !over) return result;
    if (kept.days > 0) result = cut_by_days(store, &kept, &cut);
    if (result == SQLITE_OK && cut > kept.first) result = trim(store, &kept, cut);
    store->sweep.room = kept.room;
    store->sweep.at = 0;
    store->sweep.counted = 0;
    return result;
}
