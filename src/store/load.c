/* load.c: rooms and counters go back to the hub. A room whose row does not agree with its sums is
 * counted, and left as it is for `parlance recover`: the server runs without it. */
#include <errno.h>

#include "store/state.h"

typedef void load_row(void *context, const struct record *record);

static const char rooms_text[] =
    "SELECT number, hex, epoch, flags, name, key, maker, maker_name, rooms.crc, topic, topic_crc,"
    " seq, time_ms, heads.crc FROM rooms LEFT JOIN heads ON room = number ORDER BY number";

static void room_fill(sqlite3_stmt *row, struct record *record) {
    *record = (struct record){
        .kind = RECORD_ROOM,
        .room.v = (uint32_t)sqlite3_column_int64(row, 0),
        .hex = (uint64_t)sqlite3_column_int64(row, 1),
        .epoch = (uint64_t)sqlite3_column_int64(row, 2),
        .flags = (uint8_t)sqlite3_column_int(row, 3),
        .name = row_text(row, 4),
        .key = row_text(row, 5),
        .author.v = (uint32_t)sqlite3_column_int64(row, 6),
        .author_name = row_text(row, 7),
        .text = row_text(row, 9),
        .seq = (uint64_t)sqlite3_column_int64(row, 11),
        .time_ms = sqlite3_column_int64(row, 12),
    };
}

/* A room without a head has NULL there, which is no sum. */
static bool room_is_right(const struct store *store, sqlite3_stmt *row,
                          const struct record *record) {
    uint32_t room = record->room.v;
    if (sqlite3_column_int64(row, 0) != room || room == 0 || room > ROOM_NUMBER_MAX) return false;
    if (record->seq > SEQ_MAX || sqlite3_column_type(row, 13) != SQLITE_INTEGER) return false;
    return sqlite3_column_int64(row, 8) == row_room_sum(&store->crc, record) &&
           sqlite3_column_int64(row, 10) == row_topic_sum(&store->crc, room, record->text) &&
           sqlite3_column_int64(row, 13) ==
               row_head_sum(&store->crc, room, record->seq, record->time_ms);
}

static int blame(struct store *store, struct store_error *error) {
    return store_blame_sqlite(error, STORE_FAILED, trouble_of(store->db),
                              "cannot read the rooms of parlance.db; see parlance recover");
}

static int rooms_load(struct store *store, load_row *give, void *context, uint32_t *skipped,
                      struct store_error *error) {
    sqlite3_stmt *row = NULL;
    struct record record;
    int result = sqlite3_prepare_v2(store->db, rooms_text, -1, &row, NULL);
    if (result == SQLITE_OK) {
        while ((result = sqlite3_step(row)) == SQLITE_ROW) {
            room_fill(row, &record);
            if (room_is_right(store, row, &record)) {
                give(context, &record);
            } else {
                ++*skipped;
            }
        }
    }
    int done = result == SQLITE_DONE ? 0 : blame(store, error);
    sqlite3_finalize(row);
    return done;
}

/* The largest room number of which there is any trace, so that none is given twice even where the
 * rows of rooms are lost. Three look-ups. */
static const char last_room_text[] =
    "SELECT max(ifnull((SELECT max(number) FROM rooms), 0),"
    " ifnull((SELECT max(id) >> 40 FROM events), 0), ifnull((SELECT max(room) FROM doomed), 0))";

static int counters_damaged(struct store_error *error) {
    return store_blame(error, STORE_FAILED, EIO,
                       "the counters of parlance.db are damaged; see parlance recover");
}

/* Row 1 is the last RECORD_COUNTERS, row 2 knows the numbers of deleted rooms. 1: nothing yet. */
static int counters_read(struct store *store, struct record *counters, struct store_error *error) {
    sqlite3_stmt *row = NULL;
    int done = 1;
    int result = sqlite3_prepare_v2(
        store->db, "SELECT one, next_user, next_room, crc FROM counters ORDER BY one", -1, &row,
        NULL);
    while (result == SQLITE_OK && done >= 0 && (result = sqlite3_step(row)) == SQLITE_ROW) {
        struct record read = {.number = (uint64_t)sqlite3_column_int64(row, 1),
                              .seq = (uint64_t)sqlite3_column_int64(row, 2)};
        result = SQLITE_OK;
        if (sqlite3_column_int64(row, 3) != row_counters_sum(&store->crc, &read)) {
            done = counters_damaged(error);
        } else if (sqlite3_column_int64(row, 0) == 1) {
            done = 0;
            counters->number = read.number;
        }
        if (counters->seq < read.seq) counters->seq = read.seq;
    }
    if (done >= 0 && result != SQLITE_DONE) done = blame(store, error);
    sqlite3_finalize(row);
    return done;
}

static int counters_load(struct store *store, load_row *give, void *context,
                         struct store_error *error) {
    int64_t last_room = 0;
    struct record counters = {.kind = RECORD_COUNTERS};
    if (connect_number(store->db, last_room_text, &last_room) != SQLITE_OK) {
        return blame(store, error);
    }
    int result = counters_read(store, &counters, error);
    if (counters.seq <= (uint64_t)last_room) counters.seq = (uint64_t)last_room + 1;
    if (result == 0) give(context, &counters);
    return result < 0 ? result : 0;
}

int store_load(struct store *store, load_row *row, void *context, uint32_t *skipped,
               struct store_error *error) {
    *skipped = 0;
    int result = rooms_load(store, row, context, skipped, error);
    return result < 0 ? result : counters_load(store, row, context, error);
}
