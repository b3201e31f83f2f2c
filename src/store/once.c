/* once.c: the client ids of a day, as hashes (chat/once.h), each in an entry of its own: reading
 * 65,536 of them at start must not mean reading as many messages. */
#include "chat/once.h"
#include "base/check.h"
#include "store/state.h"

enum {
    DAY_MS = 86400000,
    OLD_ROWS = 16, /* looked at by one chunk */
};

/* An entry: five numbers of 8 bytes, the lowest byte first, and its sum of 4. */
enum { AT_ID, AT_TIME, AT_HASH, AT_TEXT = AT_HASH + 2, NUMBERS };
_Static_assert(ONCE_SIZE == 8 * NUMBERS + 4, "numbers and a sum");

static uint64_t take_number(const unsigned char *at, int bytes) {
    uint64_t number = 0;
    for (int i = 0; i < bytes; i++)
        number |= (uint64_t)at[i] << 8 * i;
    return number;
}

static void put_number(unsigned char *at, uint64_t number, int bytes) {
    for (int i = 0; i < bytes; i++)
        at[i] = (unsigned char)(number >> 8 * i & 255);
}

static uint32_t entry_sum(const struct crc *crc, const unsigned char entry[ONCE_SIZE]) {
    uint32_t sum = CRC_BEGIN;
    for (int i = 0; i < NUMBERS; i++)
        sum = crc_number(crc, sum, take_number(entry + (size_t)i * 8, 8));
    return sum;
}

void once_make(const struct crc *crc, const struct record *once, unsigned char entry[ONCE_SIZE]) {
    const uint64_t numbers[NUMBERS] = {(uint64_t)event_key(once->room.v, once->seq),
                                       (uint64_t)once->time_ms, once->hex, once->epoch,
                                       once->number};
    for (int i = 0; i < NUMBERS; i++)
        put_number(entry + (size_t)i * 8, numbers[i], 8);
    put_number(entry + (size_t)NUMBERS * 8, entry_sum(crc, entry), 4);
}

bool once_take(const struct crc *crc, sqlite3_stmt *row, int column, struct record *once) {
    const unsigned char *entry = sqlite3_column_blob(row, column);
    *once = (struct record){.kind = RECORD_ONCE};
    if (entry == NULL || sqlite3_column_bytes(row, column) != ONCE_SIZE) return false;
    uint64_t id = take_number(entry, 8);
    once->room.v = (uint32_t)(id >> SEQ_BITS);
    once->seq = id & SEQ_MAX;
    once->time_ms = (int64_t)take_number(entry + AT_TIME * 8, 8);
    once->hex = take_number(entry + AT_HASH * 8, 8);
    once->epoch = take_number(entry + AT_HASH * 8 + 8, 8);
    once->number = take_number(entry + AT_TEXT * 8, 8);
    return take_number(entry + NUMBERS * 8, 4) == entry_sum(crc, entry);
}

static void bind_entry(struct store *store, enum statement which, int column,
                       const struct record *once, unsigned char entry[ONCE_SIZE]) {
    once_make(&store->crc, once, entry);
    bind_bytes(store->statements[which], column, (struct slice){(const char *)entry, ONCE_SIZE});
}

int once_write(struct store *store, const struct record *message) {
    unsigned char entry[ONCE_SIZE];
    struct record once = once_record(message);
    bind_number(store->statements[INSERT_ONCE], 1,
                (uint64_t)event_key(message->room.v, message->seq));
    bind_entry(store, INSERT_ONCE, 2, &once, entry);
    bind_number(store->statements[INSERT_ONCE], 3, (uint64_t)message->time_ms);
    if (++store->once_count % OLD_ROWS == 0) store->work |= TIDY_ONCES;
    return store_run(store, INSERT_ONCE);
}

int once_forget_text(struct store *store, int64_t id) {
    unsigned char entry[ONCE_SIZE];
    sqlite3_stmt *row = store->statements[FIND_ONCE];
    struct record once = {0};
    bind_number(row, 1, (uint64_t)id);
    int result = sqlite3_step(row);
    bool found = result == SQLITE_ROW && once_take(&store->crc, row, 0, &once);
    int reset = sqlite3_reset(row);
    if (result != SQLITE_ROW && result != SQLITE_DONE) return reset;
    if (!found) return SQLITE_OK; /* older than a day, or damaged: left to be found */
    once.number = 0;
    bind_number(store->statements[UPDATE_ONCE], 1, (uint64_t)id);
    bind_entry(store, UPDATE_ONCE, 2, &once, entry);
    return store_run(store, UPDATE_ONCE);
}

/* A day is counted from the newest, as when loading. */
int once_chunk(struct store *store, int64_t until_ns) {
    sqlite3_stmt *row = store->statements[OLD_ONCES];
    int64_t old = 0;
    int rows = 0;
    int result = SQLITE_OK;
    (void)until_ns;
    bind_number(row, 1, DAY_MS);
    bind_number(row, 2, OLD_ROWS);
    while (result == SQLITE_OK && (result = sqlite3_step(row)) == SQLITE_ROW) {
        result = SQLITE_OK;
        rows++;
        if (sqlite3_column_int64(row, 1) == 0) break;
        old = sqlite3_column_int64(row, 0);
    }
    int reset = sqlite3_reset(row);
    if (result != SQLITE_OK && result != SQLITE_DONE) return reset;
    const uint64_t last[] = {(uint64_t)old};
    if (old == 0) store->work &= ~(uint32_t)TIDY_ONCES;
    return old == 0 ? SQLITE_OK : store_run_numbers(store, DELETE_ONCES, last, 1);
}

/* once_entry(id, time_ms, identity, client_id, text): for migrate.c; text NULL: it was changed. */
static void once_entry(sqlite3_context *context, int count, sqlite3_value **values) {
    unsigned char entry[ONCE_SIZE];
    const struct crc *crc = sqlite3_user_data(context);
    struct record message = {
        .room.v = (uint32_t)(sqlite3_value_int64(values[0]) >> SEQ_BITS),
        .seq = (uint64_t)sqlite3_value_int64(values[0]) & SEQ_MAX,
        .time_ms = sqlite3_value_int64(values[1]),
        .identity.v = (uint64_t)sqlite3_value_int64(values[2]),
    };
    check(count == 5);
    message.client_id.at = (const char *)sqlite3_value_text(values[3]);
    message.client_id.size = (size_t)sqlite3_value_bytes(values[3]);
    message.text.at = (const char *)sqlite3_value_text(values[4]);
    message.text.size = (size_t)sqlite3_value_bytes(values[4]);
    if (message.client_id.size > CLIENT_ID_SIZE_MAX) message.client_id.size = CLIENT_ID_SIZE_MAX;
    struct record once = once_record(&message);
    if (message.text.at == NULL) once.number = 0;
    once_make(crc, &once, entry);
    sqlite3_result_blob(context, entry, ONCE_SIZE, SQLITE_TRANSIENT);
}

int once_define(struct store *store) {
    return sqlite3_create_function(store->db, "once_entry", 5, SQLITE_UTF8 | SQLITE_DIRECTONLY,
                                   &store->crc, once_entry, NULL, NULL);
}
