/* row.c: what the check sums of the tables cover. A sum covers the key too, so that a right row at
 * a wrong place is damage. Changing anything here is a migration. */
#include "store/state.h"

uint32_t row_event_sum(const struct crc *crc, int kind, const struct record *record) {
    uint32_t sum = crc_number(crc, CRC_BEGIN, (uint64_t)event_key(record->room.v, record->seq));
    sum = crc_number(crc, sum, (uint64_t)record->time_ms);
    sum = crc_number(crc, sum,
                     (uint64_t)kind << 40 | (uint64_t)record->speech << 32 | record->author.v);
    sum = crc_slice(crc, sum, record->author_name);
    sum = crc_slice(crc, sum, record->text);
    return crc_slice(crc, sum, record->client_id);
}

uint32_t row_room_sum(const struct crc *crc, const struct record *record) {
    uint32_t sum = crc_number(crc, CRC_BEGIN, record->room.v);
    sum = crc_number(crc, sum, record->hex);
    sum = crc_number(crc, sum, record->epoch);
    sum = crc_number(crc, sum, (uint64_t)record->flags << 32 | record->author.v);
    sum = crc_slice(crc, sum, record->name);
    sum = crc_slice(crc, sum, record->key);
    return crc_slice(crc, sum, record->author_name);
}

uint32_t row_topic_sum(const struct crc *crc, uint32_t room, struct slice topic) {
    return crc_slice(crc, crc_number(crc, CRC_BEGIN, room), topic);
}

uint32_t row_head_sum(const struct crc *crc, uint32_t room, uint64_t seq, int64_t time_ms) {
    uint32_t sum = crc_number(crc, CRC_BEGIN, (uint64_t)event_key(room, seq));
    return crc_number(crc, sum, (uint64_t)time_ms);
}

uint32_t row_whole_sum(const struct crc *crc, uint32_t room, uint64_t whole_from) {
    return crc_number(crc, CRC_BEGIN, (uint64_t)event_key(room, whole_from));
}

uint32_t row_counters_sum(const struct crc *crc, const struct record *record) {
    return crc_number(crc, crc_number(crc, CRC_BEGIN, record->number), record->seq);
}

struct slice row_text(sqlite3_stmt *row, int column) {
    const void *at = sqlite3_column_text(row, column);
    return (struct slice){at, at == NULL ? 0 : (size_t)sqlite3_column_bytes(row, column)};
}
