/* row.h: rows as they stand in the data file, and their sums: the same for whoever writes and
 * reads. */
#ifndef STORE_ROW_H
#define STORE_ROW_H

#include <sqlite3.h>

#include "chat/record.h"
#include "store/crc.h"

/* A row of `events`: its kind is one of enum stored, with this bit where its text was removed. */
enum { ROW_REMOVED = 128 };

/* A row of `events` as it stands: what its record says, its kind with the bit, and the seq of its
 * last edit or of its removal, 0. */
struct row_event {
    struct record record;
    int kind;
    uint64_t changed;
    uint32_t crc; /* as read */
};

/* The columns that row_event_fill() reads, in its order. */
#define ROW_EVENT_COLUMNS                                                                          \
    "id, time_ms, kind, speech, author, crc, author_name, client_id, text, identity, target,"      \
    " changed"

#define ROW_ROOM_COLUMNS                                                                           \
    "number, hex, epoch, flags, name, key, maker, maker_name, rooms.crc, topic, topic_crc, seq,"   \
    " time_ms, heads.crc, secret, slow_seconds, retention_days, retention_count, made_ms,"         \
    " topic_ms, topic_by, member_limit, forward"

/* The sums of rows. */
uint32_t row_event_sum(const struct crc *crc, const struct row_event *event);
/* The row of a room beside its head, see ROW_ROOM_COLUMNS. False: the sums do not agree. */
bool row_room_fill(sqlite3_stmt *row, const struct crc *crc, struct record *record);
uint32_t row_room_sum(const struct crc *crc, const struct record *record);
uint32_t row_topic_sum(const struct crc *crc, const struct record *record); /* RECORD_ROOM */
uint32_t row_head_sum(const struct crc *crc, uint32_t room, uint64_t seq, int64_t time_ms);
uint32_t row_whole_sum(const struct crc *crc, uint32_t room, uint64_t whole_from);
uint32_t row_first_sum(const struct crc *crc, uint32_t room, uint64_t first); /* of 0: 0 */
uint32_t row_counters_sum(const struct crc *crc, const struct record *record);
uint32_t row_account_sum(const struct crc *crc, const struct record *record);
uint32_t row_token_sum(const struct crc *crc, const struct record *record);
uint32_t row_tie_sum(const struct crc *crc, const struct record *record);
uint32_t row_restraint_sum(const struct crc *crc, const struct record *record);
uint32_t row_webhook_sum(const struct crc *crc, const struct record *record);
uint32_t row_facts_sum(const struct crc *crc, const struct record *record);
uint32_t row_secret_sum(const struct crc *crc, const struct record *record);
uint32_t row_audit_sum(const struct crc *crc, const struct record *record);
uint32_t row_epoch_sum(const struct crc *crc, const struct record *record);
struct slice row_text(sqlite3_stmt *row, int column);            /* valid until the next step */
void row_event_fill(sqlite3_stmt *row, struct row_event *event); /* slices as row_text() */

#endif
