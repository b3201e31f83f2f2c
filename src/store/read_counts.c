/* read_counts.c: what is counted: the reactions to a message, and what somebody has not read. */
#include "chat/mention.h"
#include "store/reader.h"

enum {
    REACTED_MAX = 1000, /* reactions of one message that are looked at */
    PEOPLE_MAX = 8,     /* names shown of one reaction */
    PEOPLE_SIZE_MAX = PEOPLE_MAX * (USER_NAME_SIZE_MAX + 1),
};

/* One reaction that is being counted. Its bytes are its own: SQLite's last until the next row. */
struct counted {
    uint32_t count, people_count;
    bool mine;
    char text[REACTION_SIZE_MAX];
    size_t text_size;
    char people[PEOPLE_SIZE_MAX];
    size_t people_size;
};

static void counted_put(const struct counted *counted, struct buf *out) {
    struct reaction reaction = {.count = counted->count,
                                .mine = counted->mine,
                                .text = {counted->text, counted->text_size},
                                .people = {counted->people, counted->people_size}};
    size_t before = out->size;
    if (counted->count == 0) return;
    reaction_put(out, &reaction);
    if (!buf_ok(out)) out->size = before; /* the others are left out */
}

static void counted_add(struct counted *counted, sqlite3_stmt *row, struct identity whose) {
    struct slice name = row_text(row, 2);
    counted->count++;
    counted->mine |= (uint64_t)sqlite3_column_int64(row, 1) == whose.v;
    if (name.size == 0 || name.size > USER_NAME_SIZE_MAX) return;
    if (counted->people_count == PEOPLE_MAX) return;
    if (counted->people_count++ > 0) counted->people[counted->people_size++] = '\t';
    memcpy(counted->people + counted->people_size, name.at, name.size);
    counted->people_size += name.size;
}

struct slice reactions_of(struct piece *piece, const struct record *record) {
    struct store_reader *reader = piece->reader;
    sqlite3_stmt *row = reader->statements[REACTED];
    struct counted counted = {0};
    struct buf out;
    buf_init(&out, reader->reacted, sizeof reader->reacted);
    sqlite3_bind_int64(row, 1, event_key(record->room.v, record->seq));
    sqlite3_bind_int64(row, 2, REACTED_MAX);
    while (sqlite3_step(row) == SQLITE_ROW && buf_ok(&out)) {
        struct slice text = slice_head(row_text(row, 0), REACTION_SIZE_MAX);
        if (!slice_equal(text, (struct slice){counted.text, counted.text_size})) {
            counted_put(&counted, &out);
            counted = (struct counted){.text_size = text.size};
            if (text.size > 0) memcpy(counted.text, text.at, text.size);
        }
        counted_add(&counted, row, piece->query->whose);
    }
    counted_put(&counted, &out);
    sqlite3_reset(row);
    return buf_slice(&out);
}

/* Counts one row. False: it is not what it was when it was written. */
static bool unread_count(struct piece *piece, sqlite3_stmt *row, struct event *unread) {
    const struct query *query = piece->query;
    struct row_event event;
    row_event_fill(row, &event);
    const struct record *record = &event.record;
    if (event.crc != row_event_sum(&piece->reader->crc, &event)) return false;
    bool removed = (event.kind & ROW_REMOVED) != 0 || sqlite3_column_int(row, 12) != 0;
    if (record->stored != STORED_MESSAGE || removed) return true;
    if (record->identity.v == query->whose.v) return true;
    unread->count++;
    struct slice key = {query->text, query->text_size};
    if (key.size > 0 && mention_calls(record->text, key)) unread->number++;
    return true;
}

int rows_unread(struct piece *piece) {
    struct query_end *end = piece->end;
    struct event unread = {
        .kind = EVENT_PAST, .stored = STORED_NOTHING, .room = piece->query->room};
    sqlite3_stmt *row =
        rows_between(piece, piece->purging ? ROWS_PURGING : ROWS, end->first, end->last);
    int result = SQLITE_DONE, rows = 0, done = 0;
    while (end->first <= end->last && done == 0 && (result = sqlite3_step(row)) == SQLITE_ROW) {
        if (rows++ == UNREAD_ROWS_MAX) {
            unread.flags |= EVENT_CHANGED;
            break;
        }
        if (!unread_count(piece, row, &unread)) done = piece_damaged(piece, end->first);
    }
    if (done == 0 && result != SQLITE_ROW && result != SQLITE_DONE) done = piece_failed(piece);
    sqlite3_reset(row);
    end->count = 0;
    if (done == 0) piece->row(piece->context, &unread);
    return done;
}
