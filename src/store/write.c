/* write.c: records become rows. Per message one row is inserted; the head of its room is updated
 * once per room and batch. Every function here gives SQLite's result. */
#include "base/check.h"
#include "chat/fact.h"
#include "store/state.h"

/* As store_run, for a statement that must meet the row of a room that was recorded. */
static int run_on_room(struct store *store, enum statement which) {
    int result = store_run(store, which);
    if (result == SQLITE_OK && sqlite3_changes(store->db) != 1) result = SQLITE_CORRUPT;
    return result;
}

int store_count_pages(struct store *store) {
    sqlite3_stmt *row = store->statements[PAGE_COUNT];
    if (sqlite3_step(row) == SQLITE_ROW) store->page_count = (uint32_t)sqlite3_column_int64(row, 0);
    return sqlite3_reset(row);
}

/* The rooms of a batch. */

static void touched_clear(struct touched_rooms *rooms) {
    if (rooms->count > 0) memset(rooms->slots, 0, sizeof rooms->slots);
    rooms->count = 0;
}

static struct touched *touched_find(struct touched_rooms *rooms, uint32_t room, bool add) {
    uint32_t slot = room * UINT32_C(2654435769) >> 21;
    _Static_assert(TOUCHED_SLOTS == 1 << (32 - 21), "a hash is a slot");
    for (; rooms->slots[slot] != 0; slot = (slot + 1) % TOUCHED_SLOTS) {
        struct touched *touched = &rooms->rooms[rooms->slots[slot] - 1];
        if (touched->room == room) return touched;
    }
    if (!add) return NULL;
    check(rooms->count < BATCH_ROOMS_MAX);
    rooms->rooms[rooms->count] = (struct touched){.room = room};
    rooms->slots[slot] = (uint16_t)++rooms->count;
    return &rooms->rooms[rooms->count - 1];
}

static void touch(struct store *store, const struct record *record) {
    struct touched *touched = touched_find(&store->touched, record->room.v, true);
    touched->seq = record->seq;
    touched->time_ms = record->time_ms;
    if ((record->flags & ROOM_NO_HISTORY) != 0) {
        touched->not_whole = true;
        touched->whole_from = record->seq + 1;
    }
}

static int head_update(struct store *store, const struct touched *touched) {
    enum statement which = touched->not_whole ? UPDATE_HEAD_NOT_WHOLE : UPDATE_HEAD;
    sqlite3_stmt *row = store->statements[which];
    bind_number(row, 1, touched->room);
    bind_number(row, 2, touched->seq);
    bind_number(row, 3, (uint64_t)touched->time_ms);
    bind_number(row, 4, row_head_sum(&store->crc, touched->room, touched->seq, touched->time_ms));
    if (touched->not_whole) {
        bind_number(row, 5, touched->whole_from);
        bind_number(row, 6, row_whole_sum(&store->crc, touched->room, touched->whole_from));
    }
    return run_on_room(store, which);
}

int write_heads(struct store *store) {
    int result = SQLITE_OK;
    for (uint32_t i = 0; i < store->touched.count && result == SQLITE_OK; i++) {
        if (store->touched.rooms[i].room != 0) {
            result = head_update(store, &store->touched.rooms[i]);
        }
    }
    return result;
}

/* One function per kind of record. */

int room_seq(struct store *store, uint32_t room, uint64_t *seq) {
    const struct touched *touched = touched_find(&store->touched, room, false);
    *seq = touched != NULL ? touched->seq : 0;
    if (touched != NULL && touched->room != 0) return SQLITE_OK;
    sqlite3_stmt *row = store->statements[FIND_HEAD];
    bind_number(row, 1, room);
    int result = sqlite3_step(row);
    *seq = result == SQLITE_ROW ? (uint64_t)sqlite3_column_int64(row, 0) : 0;
    int reset = sqlite3_reset(row);
    return result == SQLITE_ROW || result == SQLITE_DONE ? SQLITE_OK : reset;
}

int write_event(struct store *store, const struct record *record, int kind) {
    touch(store, record);
    if ((record->flags & ROOM_NO_HISTORY) != 0) return SQLITE_OK;
    struct row_event event = {.record = *record, .kind = kind};
    if ((kind & ROW_REMOVED) != 0) {
        event.record.text = (struct slice){0};
        event.changed = record->seq;
    }
    sqlite3_stmt *row = store->statements[INSERT_EVENT];
    bind_number(row, 1, (uint64_t)event_key(record->room.v, record->seq));
    bind_number(row, 2, (uint64_t)record->time_ms);
    bind_number(row, 3, (uint64_t)kind);
    bind_number(row, 4, record->speech);
    bind_number(row, 5, record->author.v);
    bind_number(row, 6, row_event_sum(&store->crc, &event));
    bind_text(row, 7, record->author_name);
    if (record->client_id.size > 0) {
        bind_text(row, 8, record->client_id);
    } else {
        sqlite3_bind_null(row, 8);
    }
    bind_text(row, 9, event.record.text);
    bind_number(row, 10, record->identity.v);
    bind_number(row, 11,
                record->target > 0 ? (uint64_t)event_key(record->room.v, record->target) : 0);
    bind_number(row, 12, event.changed);
    int result = store_run(store, INSERT_EVENT);
    if (result != SQLITE_OK || record->client_id.size == 0) return result;
    return once_write(store, record);
}

static int write_topic(struct store *store, const struct record *record) {
    int result = write_event(store, record, STORED_TOPIC);
    if (result != SQLITE_OK) return result;
    sqlite3_stmt *row = store->statements[UPDATE_TOPIC];
    bind_number(row, 1, record->room.v);
    bind_text(row, 2, record->text);
    struct record set = {.room = record->room,
                         .text = record->text,
                         .topic_ms = record->time_ms,
                         .topic_by = record->author_name};
    bind_number(row, 3, row_topic_sum(&store->crc, &set));
    bind_number(row, 4, (uint64_t)set.topic_ms);
    bind_text(row, 5, set.topic_by);
    return run_on_room(store, UPDATE_TOPIC);
}

/* Where the head was behind and no message tells why, the events between were not kept. */
static int write_head(struct store *store, const struct record *record) {
    sqlite3_stmt *row = store->statements[REPLACE_HEAD];
    bind_number(row, 1, record->room.v);
    bind_number(row, 2, record->seq);
    bind_number(row, 3, (uint64_t)record->time_ms);
    bind_number(row, 4, row_head_sum(&store->crc, record->room.v, record->seq, record->time_ms));
    bind_number(row, 5, record->seq + 1);
    bind_number(row, 6, row_whole_sum(&store->crc, record->room.v, record->seq + 1));
    return store_run(store, REPLACE_HEAD);
}

static int write_room(struct store *store, const struct record *record) {
    struct touched *touched = touched_find(&store->touched, record->room.v, false);
    int result = touched != NULL ? head_update(store, touched) : SQLITE_OK;
    if (touched != NULL) touched->room = 0; /* its head is as new as this record */
    sqlite3_stmt *row = store->statements[REPLACE_ROOM];
    bind_number(row, 1, record->room.v);
    bind_number(row, 2, record->hex);
    bind_number(row, 3, record->epoch);
    bind_number(row, 4, record->flags);
    bind_text(row, 5, record->name);
    bind_text(row, 6, record->key);
    bind_number(row, 7, record->author.v);
    bind_text(row, 8, record->author_name);
    bind_number(row, 9, row_room_sum(&store->crc, record));
    bind_text(row, 10, record->text);
    bind_number(row, 11, row_topic_sum(&store->crc, record));
    bind_text(row, 12, record->secret);
    bind_number(row, 13, record->slow_seconds);
    bind_number(row, 14, record->retention_days);
    bind_number(row, 15, record->retention_count);
    bind_number(row, 16, (uint64_t)record->made_ms);
    bind_number(row, 17, (uint64_t)record->topic_ms);
    bind_text(row, 18, record->topic_by);
    bind_number(row, 19, record->member_limit);
    bind_number(row, 20, record->forward);
    if ((record->retention_days | record->retention_count) != 0) store->sweep.due_ms = 0;
    if (result == SQLITE_OK) result = store_run(store, REPLACE_ROOM);
    return result == SQLITE_OK ? write_head(store, record) : result;
}

static int run_counters(struct store *store, enum statement which, const struct record *record) {
    sqlite3_stmt *row = store->statements[which];
    bind_number(row, 1, record->number);
    bind_number(row, 2, record->seq);
    bind_number(row, 3, row_counters_sum(&store->crc, record));
    return store_run(store, which);
}

/* The number is remembered as taken even when nothing of the room is left. */
static int write_deleted(struct store *store, const struct record *record) {
    const uint64_t room[] = {record->room.v, 0};
    struct touched *touched = touched_find(&store->touched, record->room.v, false);
    if (touched != NULL) touched->room = 0;
    struct record taken = {.seq = record->room.v + 1};
    int result = run_counters(store, RAISE_NEXT_ROOM, &taken);
    if (result == SQLITE_OK) result = store_run_numbers(store, DELETE_ROOM, room, 1);
    if (result == SQLITE_OK) result = store_run_numbers(store, DELETE_HEAD, room, 1);
    if (result == SQLITE_OK) result = store_run_numbers(store, INSERT_DOOMED, room, 2);
    const uint64_t facts[] = {FACT_OWNER(FACT_OF_ROOM, record->room.v), 0};
    if (result == SQLITE_OK) result = store_run_numbers(store, DELETE_FACTS, facts, 2);
    if (result == SQLITE_OK) result = store_run_numbers(store, DELETE_WEBHOOKS, room, 1);
    store->work |= TIDY_DOOMED;
    return result;
}

static int write_counters(struct store *store, const struct record *record) {
    return run_counters(store, REPLACE_COUNTERS, record);
}

static int write_imported(struct store *store, const struct record *record) {
    _Static_assert(ROOM_IMPORTING == 512, "as KEEP_IMPORTED says");
    (void)record;
    return store_run(store, KEEP_IMPORTED);
}

static int (*const writers[RECORD_KINDS])(struct store *, const struct record *) = {
    [RECORD_ROOM] = write_room,
    [RECORD_MESSAGE] = write_said,
    [RECORD_TOPIC] = write_topic,
    [RECORD_DELETED] = write_deleted,
    [RECORD_COUNTERS] = write_counters,
    [RECORD_ACCOUNT] = write_account,
    [RECORD_ACCOUNT_GONE] = write_account_gone,
    [RECORD_TOKEN] = write_token,
    [RECORD_TOKEN_GONE] = write_token_gone,
    [RECORD_TIE] = write_tie,
    [RECORD_FACTS] = write_facts,
    [RECORD_WEBHOOK] = write_webhook,
    [RECORD_WEBHOOK_GONE] = write_webhook_gone,
    [RECORD_RESTRAINT] = write_restraint,
    [RECORD_RESTRAINT_GONE] = write_restraint_gone,
    [RECORD_AUDIT] = write_audit,
    [RECORD_PURGE] = write_purge,
    [RECORD_SECRET] = write_secret,
    [RECORD_IMPORTED] = write_imported,
};

int write_record(struct store *store, const struct record *record) {
    return writers[record->kind](store, record);
}

void write_start(struct store *store) {
    touched_clear(&store->touched);
}
