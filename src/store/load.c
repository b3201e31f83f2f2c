/* load.c: rooms and counters go back to the hub; people are in load_people.c. A row that does not
 * agree with its sum is counted, and left as it is for `parlance recover`: the server runs without
 * it. So is one that is missing: a changed bit in a page of the tree can hide right rows. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "store/load.h"

static enum load_verdict room_judge(struct loading *loading, sqlite3_stmt *row,
                                    struct record *record) {
    bool right = row_room_fill(row, &loading->store->crc, record);
    uint32_t room = record->room.v;
    if (right) loading->rooms[room / 8] |= (unsigned char)(1 << room % 8);
    return right ? LOAD_RIGHT : LOAD_WRONG;
}

bool load_has_room(const struct loading *loading, uint32_t room) {
    return room <= ROOM_NUMBER_MAX && (loading->rooms[room / 8] & 1 << room % 8) != 0;
}

static int blame(struct store *store, struct store_error *error) {
    return store_blame_sqlite(error, STORE_FAILED, trouble_of(store->db),
                              "cannot read the rooms of parlance.db; see parlance recover");
}

/* What was read of a table. */
struct reading {
    int64_t row_count;
    int64_t crc_sum;
    int64_t key;    /* the last one */
    uint32_t wrong; /* rows that do not agree with their sums, or stand twice */
    bool ended;     /* before the table's end */
};

static void blame_rows(struct loading *loading, const char *name, uint64_t count) {
    char *text = loading->error->text;
    size_t size = strlen(text);
    *loading->skipped += (uint32_t)count;
    snprintf(text + size, sizeof loading->error->text - size, "%s%s %llu", size > 0 ? ", " : "",
             name, (unsigned long long)count);
}

static void row_read(struct loading *loading, const struct load_table *table, sqlite3_stmt *row,
                     struct reading *reading) {
    struct record record;
    enum load_verdict verdict = table->judge(loading, row, &record);
    int64_t key = sqlite3_column_int64(row, 0);
    if (table->is_keyed && reading->row_count > 0 && key <= reading->key) verdict = LOAD_WRONG;
    reading->key = key;
    reading->row_count++;
    if (table->has_total) reading->crc_sum += sqlite3_column_int64(row, table->crc_column);
    if (verdict == LOAD_RIGHT) loading->give(loading->context, &record);
    reading->wrong += verdict == LOAD_WRONG;
    reading->ended = verdict == LOAD_ENOUGH;
}

/* How many rows are missing or too many. The sums can tell only where all rows are right. */
static int total_compare(struct loading *loading, const struct load_table *table,
                         const struct reading *reading) {
    sqlite3_stmt *row = NULL;
    int64_t row_count = 0, crc_sum = 0;
    int result =
        sqlite3_prepare_v2(loading->store->db,
                           "SELECT row_count, crc_sum FROM totals WHERE name = ?1", -1, &row, NULL);
    if (result == SQLITE_OK) {
        bind_text(row, 1, slice_text(table->name));
        result = sqlite3_step(row);
        row_count = sqlite3_column_int64(row, 0);
        crc_sum = sqlite3_column_int64(row, 1);
    }
    sqlite3_finalize(row);
    if (result != SQLITE_ROW && result != SQLITE_DONE) return blame(loading->store, loading->error);
    int64_t missing = row_count - reading->row_count;
    bool other = missing == 0 && reading->wrong == 0 && crc_sum != reading->crc_sum;
    uint64_t wrong =
        reading->wrong + (missing < 0 ? -(uint64_t)missing : (uint64_t)missing) + other;
    if (wrong > 0) blame_rows(loading, table->name, wrong);
    return 0;
}

int load_rows(struct loading *loading, const struct load_table *table) {
    struct store *store = loading->store;
    struct reading reading = {0};
    sqlite3_stmt *row = NULL;
    int result = sqlite3_prepare_v2(store->db, table->text, -1, &row, NULL);
    while (result == SQLITE_OK && (result = sqlite3_step(row)) == SQLITE_ROW) {
        row_read(loading, table, row, &reading);
        result = reading.ended ? SQLITE_DONE : SQLITE_OK;
    }
    int done = result == SQLITE_DONE ? 0 : blame(store, loading->error);
    sqlite3_finalize(row);
    if (done == 0 && table->has_total) return total_compare(loading, table, &reading);
    if (done == 0 && reading.wrong > 0) blame_rows(loading, table->name, reading.wrong);
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

static int counters_load(struct loading *loading) {
    struct store *store = loading->store;
    int64_t last_room = 0;
    struct record counters = {.kind = RECORD_COUNTERS};
    if (connect_number(store->db, last_room_text, &last_room) != SQLITE_OK) {
        return blame(store, loading->error);
    }
    int result = counters_read(store, &counters, loading->error);
    if (counters.seq <= (uint64_t)last_room) counters.seq = (uint64_t)last_room + 1;
    if (result == 0) loading->give(loading->context, &counters);
    return result < 0 ? result : 0;
}

static const struct load_table rooms = {
    .name = "rooms",
    .has_total = true,
    .crc_column = 8,
    .is_keyed = true,
    .text = "SELECT " ROW_ROOM_COLUMNS " FROM rooms LEFT JOIN heads ON room = number"
            " ORDER BY number",
    .judge = room_judge,
};

int store_load(struct store *store, void (*row)(void *context, const struct record *record),
               void *context, uint32_t *skipped, struct store_error *error) {
    struct loading loading = {
        .store = store, .give = row, .context = context, .skipped = skipped, .error = error};
    *skipped = 0;
    *error = (struct store_error){.fault = STORE_FINE};
    loading.rooms = calloc(ROOM_NUMBER_MAX / 8 + 1, 1);
    if (loading.rooms == NULL) return store_blame(error, STORE_CANNOT, ENOMEM, "no memory");
    int result = counters_load(&loading);
    if (result == 0) result = load_accounts(&loading);
    if (result == 0) result = load_rows(&loading, &rooms);
    if (result == 0) result = load_of_rooms(&loading);
    free(loading.rooms);
    return result;
}
