/* row.c: what the check sums of the tables cover. A sum covers the key too, so that a right row at
 * a wrong place is damage. Changing anything here is a migration. */
#include "store/state.h"

uint32_t row_event_sum(const struct crc *crc, const struct row_event *event) {
    const struct record *record = &event->record;
    uint32_t sum = crc_number(crc, CRC_BEGIN, (uint64_t)event_key(record->room.v, record->seq));
    sum = crc_number(crc, sum, (uint64_t)record->time_ms);
    sum = crc_number(
        crc, sum, (uint64_t)event->kind << 40 | (uint64_t)record->speech << 32 | record->author.v);
    sum = crc_slice(crc, sum, record->author_name);
    sum = crc_slice(crc, sum, record->text);
    sum = crc_slice(crc, sum, record->client_id);
    if ((record->identity.v | record->target | event->changed) == 0) return sum; /* version 1 */
    sum = crc_number(crc, sum, record->identity.v);
    sum = crc_number(crc, sum, record->target);
    return crc_number(crc, sum, event->changed);
}

void row_event_fill(sqlite3_stmt *row, struct row_event *event) {
    event->kind = sqlite3_column_int(row, 2);
    event->crc = (uint32_t)sqlite3_column_int64(row, 5);
    event->changed = (uint64_t)sqlite3_column_int64(row, 11);
    event->record = (struct record){
        .kind = RECORD_MESSAGE,
        .stored = (uint8_t)(event->kind & (ROW_REMOVED - 1)),
        .room.v = (uint32_t)(sqlite3_column_int64(row, 0) >> SEQ_BITS),
        .seq = (uint64_t)sqlite3_column_int64(row, 0) & SEQ_MAX,
        .time_ms = sqlite3_column_int64(row, 1),
        .speech = (uint8_t)sqlite3_column_int(row, 3),
        .author.v = (uint32_t)sqlite3_column_int64(row, 4),
        .author_name = row_text(row, 6),
        .client_id = row_text(row, 7),
        .text = row_text(row, 8),
        .identity.v = (uint64_t)sqlite3_column_int64(row, 9),
        .target = (uint64_t)sqlite3_column_int64(row, 10) & SEQ_MAX,
    };
}

uint32_t row_room_sum(const struct crc *crc, const struct record *record) {
    uint32_t sum = crc_number(crc, CRC_BEGIN, record->room.v);
    sum = crc_number(crc, sum, record->hex);
    sum = crc_number(crc, sum, record->epoch);
    uint64_t flags = record->flags & ~(uint64_t)ROOM_IMPORTING;
    sum = crc_number(crc, sum, flags << 32 | record->author.v);
    sum = crc_slice(crc, sum, record->name);
    sum = crc_slice(crc, sum, record->key);
    sum = crc_slice(crc, sum, record->author_name);
    if ((record->slow_seconds | record->retention_days | record->retention_count) == 0 &&
        record->secret.size == 0 && record->made_ms == 0 &&
        (record->member_limit | record->forward) == 0) {
        return sum; /* as version 1 knew it */
    }
    sum = crc_number(crc, sum, (uint64_t)record->slow_seconds << 32 | record->retention_days);
    sum = crc_slice(crc, crc_number(crc, sum, record->retention_count), record->secret);
    uint64_t limit = (uint64_t)record->forward << 32 | record->member_limit;
    if (record->made_ms == 0 && limit == 0) return sum; /* version 2 */
    return crc_number(crc, crc_number(crc, sum, (uint64_t)record->made_ms), limit);
}

/* A room without a head has NULL there, which is no sum. */
bool row_room_fill(sqlite3_stmt *row, const struct crc *crc, struct record *record) {
    uint32_t room = (uint32_t)sqlite3_column_int64(row, 0);
    *record = (struct record){
        .kind = RECORD_ROOM,
        .room.v = room,
        .hex = (uint64_t)sqlite3_column_int64(row, 1),
        .epoch = (uint64_t)sqlite3_column_int64(row, 2),
        .flags = (uint32_t)sqlite3_column_int64(row, 3),
        .name = row_text(row, 4),
        .key = row_text(row, 5),
        .author.v = (uint32_t)sqlite3_column_int64(row, 6),
        .author_name = row_text(row, 7),
        .text = row_text(row, 9),
        .seq = (uint64_t)sqlite3_column_int64(row, 11),
        .time_ms = sqlite3_column_int64(row, 12),
        .secret = row_text(row, 14),
        .slow_seconds = (uint32_t)sqlite3_column_int64(row, 15),
        .retention_days = (uint32_t)sqlite3_column_int64(row, 16),
        .retention_count = (uint32_t)sqlite3_column_int64(row, 17),
        .made_ms = sqlite3_column_int64(row, 18),
        .topic_ms = sqlite3_column_int64(row, 19),
        .topic_by = row_text(row, 20),
        .member_limit = (uint32_t)sqlite3_column_int64(row, 21),
        .forward = (uint32_t)sqlite3_column_int64(row, 22),
    };
    if (sqlite3_column_int64(row, 0) != room || room == 0 || room > ROOM_NUMBER_MAX) return false;
    if (record->seq > SEQ_MAX || sqlite3_column_type(row, 13) != SQLITE_INTEGER) return false;
    return sqlite3_column_int64(row, 8) == row_room_sum(crc, record) &&
           sqlite3_column_int64(row, 10) == row_topic_sum(crc, record) &&
           sqlite3_column_int64(row, 13) == row_head_sum(crc, room, record->seq, record->time_ms);
}

uint32_t row_topic_sum(const struct crc *crc, const struct record *record) {
    uint32_t sum = crc_slice(crc, crc_number(crc, CRC_BEGIN, record->room.v), record->text);
    if (record->topic_ms == 0 && record->topic_by.size == 0) return sum; /* before version 9 */
    return crc_slice(crc, crc_number(crc, sum, (uint64_t)record->topic_ms), record->topic_by);
}

uint32_t row_head_sum(const struct crc *crc, uint32_t room, uint64_t seq, int64_t time_ms) {
    uint32_t sum = crc_number(crc, CRC_BEGIN, (uint64_t)event_key(room, seq));
    return crc_number(crc, sum, (uint64_t)time_ms);
}

uint32_t row_whole_sum(const struct crc *crc, uint32_t room, uint64_t whole_from) {
    return crc_number(crc, CRC_BEGIN, (uint64_t)event_key(room, whole_from));
}

uint32_t row_first_sum(const struct crc *crc, uint32_t room, uint64_t first) {
    return first == 0 ? 0 : crc_number(crc, CRC_BEGIN, ~(uint64_t)event_key(room, first));
}

uint32_t row_account_sum(const struct crc *crc, const struct record *record) {
    uint32_t sum = crc_number(crc, CRC_BEGIN, (uint64_t)record->flags << 32 | record->author.v);
    sum = crc_number(crc, sum, (uint64_t)record->time_ms);
    sum = crc_slice(crc, sum, record->account_name);
    sum = crc_slice(crc, sum, record->account_key);
    sum = crc_slice(crc, sum, record->skeleton);
    sum = crc_slice(crc, sum, record->verifier);
    return crc_slice(crc, sum, record->scram);
}

uint32_t row_token_sum(const struct crc *crc, const struct record *record) {
    uint32_t sum = crc_number(crc, CRC_BEGIN, record->author.v);
    sum = crc_slice(crc, crc_number(crc, sum, (uint64_t)record->until_ms), record->key);
    if (record->seq == 0) return sum;
    sum = crc_number(crc, crc_number(crc, sum, record->seq), record->number);
    sum = crc_number(crc, crc_number(crc, sum, record->room.v), record->identity.v);
    return crc_slice(crc, crc_slice(crc, sum, record->name), record->author_name);
}

uint32_t row_tie_sum(const struct crc *crc, const struct record *record) {
    uint32_t sum = crc_number(crc, CRC_BEGIN, (uint64_t)record->room.v << 32 | record->author.v);
    sum = crc_number(crc, sum, (uint64_t)record->role << 1 | record->joined);
    return crc_number(crc, sum, record->number);
}

uint32_t row_restraint_sum(const struct crc *crc, const struct record *record) {
    uint32_t sum = crc_number(crc, CRC_BEGIN, (uint64_t)event_key(record->room.v, record->number));
    sum = crc_number(crc, sum,
                     (uint64_t)record->restraint << 40 | (uint64_t)record->subject << 32 |
                         record->author.v);
    sum = crc_number(crc, sum, (uint64_t)record->until_ms);
    sum = crc_number(crc, sum, (uint64_t)record->time_ms);
    sum = crc_slice(crc, sum, record->name);
    sum = crc_slice(crc, sum, record->key);
    return crc_slice(crc, sum, record->author_name);
}

uint32_t row_webhook_sum(const struct crc *crc, const struct record *record) {
    uint32_t sum = crc_number(crc, CRC_BEGIN, (uint64_t)record->room.v << 32 | record->author.v);
    sum = crc_number(crc, crc_number(crc, sum, record->number), record->epoch);
    sum = crc_number(crc, crc_number(crc, sum, record->seq), (uint64_t)record->time_ms);
    sum = crc_slice(crc, crc_slice(crc, sum, record->author_name), record->text);
    return crc_slice(crc, sum, record->secret);
}

uint32_t row_facts_sum(const struct crc *crc, const struct record *record) {
    return crc_slice(crc, crc_number(crc, CRC_BEGIN, record->number), record->text);
}

uint32_t row_secret_sum(const struct crc *crc, const struct record *record) {
    return crc_slice(crc, CRC_BEGIN, record->key);
}

uint32_t row_audit_sum(const struct crc *crc, const struct record *record) {
    uint32_t sum = crc_number(crc, CRC_BEGIN, (uint64_t)record->room.v << 32 | record->author.v);
    sum = crc_number(crc, sum, (uint64_t)record->time_ms);
    sum = crc_slice(crc, sum, record->author_name);
    sum = crc_slice(crc, sum, record->key);
    sum = crc_slice(crc, sum, record->name);
    return crc_slice(crc, sum, record->text);
}

uint32_t row_epoch_sum(const struct crc *crc, const struct record *record) {
    uint32_t sum = crc_number(crc, CRC_BEGIN, (uint64_t)event_key(record->room.v, record->seq));
    return crc_number(crc, sum, record->epoch);
}

uint32_t row_counters_sum(const struct crc *crc, const struct record *record) {
    return crc_number(crc, crc_number(crc, CRC_BEGIN, record->number), record->seq);
}

struct slice row_text(sqlite3_stmt *row, int column) {
    const void *at = sqlite3_column_text(row, column);
    return (struct slice){at, at == NULL ? 0 : (size_t)sqlite3_column_bytes(row, column)};
}
