/* write_change.c: what is said of a message that was said before.
 *
 * An edit and a removal also rewrite the row of their target. Where that would touch many pages (a
 * long text, or many edits whose texts go too) the removal leaves it to tidy.c and notes it in
 * `purges`, which every reader asks: so a record never takes more than its cost. */
#include "base/check.h"
#include "store/state.h"

enum {
    WIPED_TEXT_MAX = 3000, /* bytes: such a row lies within its page */
    WIPED_EDITS_MAX = 3,
};

/* The row stays readable until the statement is reset, which is the caller's part. */
static int find_event(struct store *store, int64_t id, struct row_event *event, bool *found) {
    sqlite3_stmt *row = store->statements[FIND_EVENT];
    bind_number(row, 1, (uint64_t)id);
    int result = sqlite3_step(row);
    *found = result == SQLITE_ROW;
    if (*found) row_event_fill(row, event);
    return result == SQLITE_ROW || result == SQLITE_DONE ? SQLITE_OK : result;
}

static int find_end(struct store *store, int result) {
    int reset = sqlite3_reset(store->statements[FIND_EVENT]);
    return result == SQLITE_OK ? reset : result;
}

static int update_event(struct store *store, int64_t id, const struct row_event *event) {
    sqlite3_stmt *row = store->statements[UPDATE_EVENT];
    bind_number(row, 1, (uint64_t)id);
    bind_text(row, 2, event->record.text);
    bind_number(row, 3, event->changed);
    bind_number(row, 4, (uint64_t)event->kind);
    bind_number(row, 5, row_event_sum(&store->crc, event));
    store->wipe_wal = true;
    return store_run(store, UPDATE_EVENT);
}

/* The client id stays: who sends the same once more is answered, and nothing is stored again. */
static int empty_row(struct store *store, int64_t id, uint64_t seq) {
    struct row_event event;
    bool found;
    int result = find_event(store, id, &event, &found);
    if (result == SQLITE_OK && found && (event.kind & ROW_REMOVED) == 0) {
        event.kind |= ROW_REMOVED;
        event.changed = seq;
        event.record.text = (struct slice){0};
        result = update_event(store, id, &event);
        if (result == SQLITE_OK && event.record.client_id.size > 0)
            result = once_forget_text(store, id);
    }
    return find_end(store, result);
}

/* The first edits of a message that still have their texts: how many, at most `count_max`; the
 * first one; the longest text. */
static int find_edits(struct store *store, int64_t id, int count_max, int *count, int64_t *first,
                      int64_t *size_max) {
    sqlite3_stmt *row = store->statements[FIND_EDITS];
    int result;
    *count = 0;
    bind_number(row, 1, (uint64_t)id);
    bind_number(row, 2, (uint64_t)count_max);
    while ((result = sqlite3_step(row)) == SQLITE_ROW) {
        int64_t size = sqlite3_column_int64(row, 1);
        if ((*count)++ == 0) *first = sqlite3_column_int64(row, 0);
        if (*size_max < size) *size_max = size;
    }
    int reset = sqlite3_reset(row);
    return result == SQLITE_DONE ? SQLITE_OK : reset;
}

/* The edits first: as long as the message stands, whoever goes on finds them by it. */
int empty_event(struct store *store, int64_t id, uint64_t seq, int64_t until_ns, bool *over) {
    int result = SQLITE_OK;
    int count = 1;
    *over = false;
    while (result == SQLITE_OK) {
        int64_t edit = 0;
        int64_t size_max = 0;
        result = find_edits(store, id, 1, &count, &edit, &size_max);
        if (result != SQLITE_OK || count == 0) break;
        result = empty_row(store, edit, seq);
        if (tidy_now_ns() >= until_ns) return result;
    }
    *over = true;
    return result == SQLITE_OK ? empty_row(store, id, seq) : result;
}

static int is_small(struct store *store, int64_t id, bool *small) {
    struct row_event event;
    bool found;
    int count = 0;
    int64_t edit = 0;
    int64_t size_max = 0;
    int result = find_event(store, id, &event, &found);
    if (result == SQLITE_OK && found) size_max = (int64_t)event.record.text.size;
    result = find_end(store, result);
    if (result == SQLITE_OK) {
        result = find_edits(store, id, WIPED_EDITS_MAX + 1, &count, &edit, &size_max);
    }
    *small = count <= WIPED_EDITS_MAX && size_max <= WIPED_TEXT_MAX;
    return result;
}

static int write_removal(struct store *store, const struct record *record) {
    int64_t id = event_key(record->room.v, record->target);
    bool small = true;
    int result = write_event(store, record, STORED_REMOVAL);
    if (result == SQLITE_OK) result = is_small(store, id, &small);
    if (result != SQLITE_OK) return result;
    if (small) return empty_event(store, id, record->seq, INT64_MAX, &small);
    const uint64_t purge[] = {record->room.v, 0,          (uint64_t)INT64_MIN, (uint64_t)id,
                              (uint64_t)id,   record->seq};
    store->work |= TIDY_PURGES;
    return store_run_numbers(store, INSERT_PURGE, purge, 6);
}

static int find_purge(struct store *store, int64_t id, const struct record *said, bool *found) {
    sqlite3_stmt *row = store->statements[FIND_PURGE];
    bind_number(row, 1, said->room.v);
    bind_number(row, 2, (uint64_t)id);
    bind_number(row, 3, (uint64_t)said->time_ms);
    bind_number(row, 4, said->identity.v);
    int result = sqlite3_step(row);
    *found = result == SQLITE_ROW;
    int reset = sqlite3_reset(row);
    return result == SQLITE_ROW || result == SQLITE_DONE ? SQLITE_OK : reset;
}

/* The hub permitted the edit by what the reader had found; a removal may have come between. A
 * damaged row stays as it is, so that its damage is still found. */
static int write_edit(struct store *store, const struct record *record) {
    int64_t id = event_key(record->room.v, record->target);
    struct row_event event;
    bool found;
    bool removed = false;
    int result = find_event(store, id, &event, &found);
    if (result == SQLITE_OK && found) {
        result = find_purge(store, id, &event.record, &removed);
        removed |= (event.kind & ROW_REMOVED) != 0;
        bool right =
            event.kind == STORED_MESSAGE && event.crc == row_event_sum(&store->crc, &event);
        if (result == SQLITE_OK && right && !removed) {
            event.record.text = record->text;
            event.changed = record->seq;
            result = update_event(store, id, &event);
        }
    }
    result = find_end(store, result);
    if (result != SQLITE_OK) return result;
    return write_event(store, record, removed ? STORED_EDIT | ROW_REMOVED : STORED_EDIT);
}

static int write_reaction(struct store *store, const struct record *record) {
    enum statement which = record->stored == STORED_REACTION ? INSERT_REACTION : DELETE_REACTION;
    sqlite3_stmt *row = store->statements[which];
    bind_number(row, 1, (uint64_t)event_key(record->room.v, record->target));
    bind_number(row, 2, record->identity.v);
    bind_text(row, 3, record->text);
    int result = store_run(store, which);
    return result == SQLITE_OK ? write_event(store, record, record->stored) : result;
}

int write_said(struct store *store, const struct record *record) {
    check(record->stored < STORED_KINDS);
    if (record->stored == STORED_EDIT) return write_edit(store, record);
    if (record->stored == STORED_REMOVAL) return write_removal(store, record);
    if (record->stored == STORED_REACTION || record->stored == STORED_UNREACTION) {
        return write_reaction(store, record);
    }
    return write_event(store, record, record->stored);
}

/* What she says from now on is not meant. */
int write_purge(struct store *store, const struct record *record) {
    uint64_t seq;
    check(record->identity.v != 0);
    int result = room_seq(store, record->room.v, &seq);
    if (result != SQLITE_OK || seq == 0) return result;
    const uint64_t purge[] = {record->room.v,
                              record->identity.v,
                              (uint64_t)record->time_ms,
                              (uint64_t)event_key(record->room.v, 1),
                              (uint64_t)event_key(record->room.v, seq),
                              seq};
    store->work |= TIDY_PURGES;
    return store_run_numbers(store, INSERT_PURGE, purge, 6);
}
