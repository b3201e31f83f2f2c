/* read_rows.c: rows of a room, from where to where, and what each gives. */
#include "base/check.h"
#include "store/reader.h"

enum {
    LATEST_COUNT_MAX = 100000, /* messages; more than QUERY_LATEST walks back for one asker */
    REACTIONS_MAX = 1000,      /* counted of one message: more are told as so many */
};

/* Has a purge of room ?3 taken the message `said`, whose text is still there? */
#define PURGED(said)                                                                               \
    "purges.room = ?3 AND purges.first <= " said ".id AND purges.last >= " said ".id"              \
    " AND purges.since_ms <= " said ".time_ms AND purges.identity IN (0, " said ".identity)"

/* The row is such a message, or an edit of one. */
#define HIDDEN                                                                                     \
    "(kind = 0 AND EXISTS (SELECT 1 FROM purges WHERE " PURGED(                                    \
        "events") "))"                                                                             \
                  " OR (kind = 2 AND EXISTS (SELECT 1 FROM events AS said JOIN purges ON " PURGED( \
                      "said") " WHERE said.id = events.target))"

const char *const read_texts[READ_STATEMENTS] = {
    [BEGIN_READ] = "BEGIN",
    [END_READ] = "COMMIT",
    [HEAD] = "SELECT seq, time_ms, crc, whole_from, whole_crc, first, first_crc,"
             " EXISTS (SELECT 1 FROM purges WHERE purges.room = ?1) FROM heads WHERE room = ?1",
    [BACKWARDS] = "SELECT id, kind, 0 FROM events WHERE id BETWEEN ?1 AND ?2 ORDER BY id DESC",
    [BACKWARDS_PURGING] = "SELECT id, kind, " HIDDEN " FROM events WHERE id BETWEEN ?1 AND ?2"
                          " ORDER BY id DESC",
    [ROWS] = "SELECT " ROW_EVENT_COLUMNS ", 0 FROM events WHERE id BETWEEN ?1 AND ?2 ORDER BY id",
    [ROWS_PURGING] = "SELECT " ROW_EVENT_COLUMNS ", " HIDDEN " FROM events"
                     " WHERE id BETWEEN ?1 AND ?2 ORDER BY id",
    [ANY_REACTION] = "SELECT 1 FROM reactions WHERE target BETWEEN ?1 AND ?2 LIMIT 1",
    [REACTIONS] = "SELECT count(*) FROM (SELECT 1 FROM reactions WHERE target = ?1 LIMIT ?2)",
    [REACTED] = "SELECT text, identity, name FROM reactions LEFT JOIN accounts ON number = identity"
                " WHERE target = ?1 ORDER BY text, identity LIMIT ?2",
    [ROOM_NEXT] = "SELECT " ROW_ROOM_COLUMNS " FROM rooms LEFT JOIN heads ON room = number"
                  " WHERE number > ?1 AND (flags & 512) = 0 ORDER BY number LIMIT 1",
    [TIME_AT] = "SELECT id, time_ms FROM events WHERE id BETWEEN ?1 AND ?2 ORDER BY id LIMIT 1",
    [ACCOUNT_NAME] = "SELECT name FROM accounts WHERE number = ?1",
    [WEBHOOKS] = "SELECT w.number, w.room, w.maker, w.epoch, w.seq, w.time_ms, w.crc, w.maker_name,"
                 " w.url, w.secret, rooms.name, rooms.epoch, heads.seq,"
                 " (SELECT e.seq FROM epochs AS e WHERE e.room = w.room AND e.epoch = w.epoch)"
                 " FROM webhooks AS w JOIN rooms ON rooms.number = w.room"
                 " JOIN heads ON heads.room = w.room ORDER BY w.number",
    [AUDIT_ROWS] = "SELECT id, author, time_ms, crc, author_name, action, name, text,"
                   " action || iif(text = '', '', ' ' || text)"
                   " FROM audit WHERE room = ?1 AND id < ?2 ORDER BY id DESC",
};

sqlite3_stmt *rows_between(struct piece *piece, enum read_statement which, uint64_t first,
                           uint64_t last) {
    sqlite3_stmt *row = piece->reader->statements[which];
    uint32_t room = piece->query->room.v;
    sqlite3_bind_int64(row, 1, event_key(room, first));
    sqlite3_bind_int64(row, 2, event_key(room, last));
    if (which == ROWS_PURGING || which == BACKWARDS_PURGING) sqlite3_bind_int64(row, 3, room);
    return row;
}

/* The first number of the piece from whose row on all were stored at `time_ms` or later; one more
 * than its last: there is none. A room's times never decrease, so halving finds it. What stands in
 * a row is believed here: what is given out is read again, with the sums. */
static int seq_at(struct piece *piece, int64_t time_ms, uint64_t *seq) {
    uint64_t low = piece->end->first, high = piece->end->last + 1;
    while (low < high) {
        uint64_t middle = low + (high - low) / 2;
        sqlite3_stmt *row = rows_between(piece, TIME_AT, middle, piece->end->last);
        int result = sqlite3_step(row);
        bool older = result == SQLITE_ROW && sqlite3_column_int64(row, 1) < time_ms;
        if (older)
            low = ((uint64_t)sqlite3_column_int64(row, 0) & SEQ_MAX) + 1;
        else
            high = middle;
        bool failed = result != SQLITE_ROW && result != SQLITE_DONE;
        int blamed = failed ? piece_failed(piece) : 0;
        sqlite3_reset(row);
        if (failed) return blamed;
    }
    *seq = low;
    return 0;
}

int rows_bound(struct piece *piece) {
    const struct query *query = piece->query;
    struct query_end *end = piece->end;
    if (query->before_ms == 0 && query->after_ms == 0) return 0;
    uint64_t first = end->first, before = end->last + 1;
    int result = 0;
    if (query->before_ms != 0) result = seq_at(piece, query->before_ms, &before);
    if (result == 0 && query->after_ms != 0) result = seq_at(piece, query->after_ms + 1, &first);
    if (result < 0) return result;
    if (query->kind == QUERY_AROUND && query->before_ms != 0)
        piece->target = before;
    else
        end->last = before - 1;
    if (first > piece->floor) piece->floor = first;
    end->first = first;
    return 0;
}

/* Does a page show a row of this kind? */
static bool is_shown(const struct piece *piece, enum stored stored, bool removed) {
    switch (stored) {
    case STORED_MESSAGE: return !removed;
    case STORED_TOPIC:
    case STORED_REACTION:
    case STORED_UNREACTION:
    case STORED_MODE:
    case STORED_ROLE:
    case STORED_KICK:
    case STORED_RESTRAINT:
    case STORED_TAGS: return piece->query->full;
    case STORED_EDIT:
    case STORED_REMOVAL:
    case STORED_RENAME:
    case STORED_KINDS:
    case STORED_NOTHING: break;
    }
    return false;
}

/* Step back from seq `from` over `count` messages, into end->first. Their kinds are believed here:
 * all that was stepped over is read again forwards, with the sums. */
static int backwards_step(struct piece *piece, sqlite3_stmt *row, uint64_t from, uint32_t count) {
    struct query_end *end = piece->end;
    end->first = from + 1;
    while (count > 0) {
        int result = sqlite3_step(row);
        if (result == SQLITE_DONE) {
            if (end->first > piece->floor && end->first > piece->whole_from) {
                return piece_damaged(piece, end->first - 1);
            }
            end->first = piece->floor;
            return 0;
        }
        if (result != SQLITE_ROW) return piece_failed(piece);
        uint64_t seq = (uint64_t)sqlite3_column_int64(row, 0) & SEQ_MAX;
        if (seq + 1 != end->first && end->first > piece->whole_from) {
            return piece_damaged(piece, end->first - 1);
        }
        end->first = seq;
        int kind = sqlite3_column_int(row, 1);
        bool removed = (kind & ROW_REMOVED) != 0 || sqlite3_column_int(row, 2) != 0;
        count -= is_shown(piece, (enum stored)(kind & ~ROW_REMOVED), removed);
    }
    return 0;
}

static int backwards(struct piece *piece, uint64_t from, uint32_t count) {
    enum read_statement which = piece->purging ? BACKWARDS_PURGING : BACKWARDS;
    sqlite3_stmt *row = rows_between(piece, which, piece->floor, from);
    int result = backwards_step(piece, row, from, count);
    sqlite3_reset(row);
    return result;
}

static uint32_t reactions_count(struct piece *piece, const struct record *record) {
    sqlite3_stmt *row = piece->reader->statements[REACTIONS];
    sqlite3_bind_int64(row, 1, event_key(record->room.v, record->seq));
    sqlite3_bind_int64(row, 2, REACTIONS_MAX);
    uint32_t count = sqlite3_step(row) == SQLITE_ROW ? (uint32_t)sqlite3_column_int(row, 0) : 0;
    sqlite3_reset(row);
    return count;
}

/* The name of the account behind the row; it holds until the statement is reset. */
static struct slice account_named(struct piece *piece, const struct record *record) {
    sqlite3_stmt *row = piece->reader->statements[ACCOUNT_NAME];
    if (!piece->query->accounts || record->identity.v != record->author.v) return (struct slice){0};
    sqlite3_bind_int64(row, 1, record->author.v);
    return sqlite3_step(row) == SQLITE_ROW ? row_text(row, 0) : (struct slice){0};
}

static void row_give(struct piece *piece, const struct row_event *event, bool removed) {
    const struct record *record = &event->record;
    bool message = record->stored == STORED_MESSAGE;
    struct event past = {
        .kind = EVENT_PAST,
        .stored = record->stored,
        .speech = record->speech,
        .room = record->room,
        .author = record->author,
        .identity = record->identity,
        .seq = record->seq,
        .time_ms = record->time_ms,
        .target = record->target,
        .author_name = record->author_name,
        .text = record->text,
    };
    if (removed) {
        past.flags = EVENT_OFF;
        past.text = (struct slice){0};
    } else if (message) {
        if (event->changed > 0) past.flags = EVENT_CHANGED;
        if (piece->reactions) past.count = reactions_count(piece, record);
        if (past.count > 0) past.tags = piece->reacted;
    }
    past.account = account_named(piece, record);
    piece->row(piece->context, &past);
    sqlite3_reset(piece->reader->statements[ACCOUNT_NAME]);
}

/* One row; end->first is the seq that is due. 1: the piece is full and this row not in it. */
static int row_take(struct piece *piece, sqlite3_stmt *row) {
    struct query_end *end = piece->end;
    struct row_event event;
    row_event_fill(row, &event);
    const struct record *record = &event.record;
    bool lost = record->seq > end->first && record->seq > piece->whole_from;
    if (lost || record->seq < end->first ||
        event.crc != row_event_sum(&piece->reader->crc, &event)) {
        return piece_damaged(piece, end->first);
    }
    bool removed = (event.kind & ROW_REMOVED) != 0 || sqlite3_column_int(row, 12) != 0;
    if (piece->all || is_shown(piece, (enum stored)record->stored, removed)) {
        size_t size = record->author_name.size + (removed ? 0 : record->text.size);
        bool reacted = piece->reactions && piece->query->reactions && !removed &&
                       record->stored == STORED_MESSAGE;
        piece->reacted = reacted ? reactions_of(piece, record) : (struct slice){0};
        size += piece->reacted.size;
        if (!piece_takes(piece, sizeof(struct event) + size)) return 1;
        row_give(piece, &event, removed);
        end->count--;
    }
    end->first = record->seq + 1;
    return 0;
}

static bool any_reaction(struct piece *piece) {
    sqlite3_stmt *row = rows_between(piece, ANY_REACTION, piece->end->first, piece->end->last);
    bool any = sqlite3_step(row) == SQLITE_ROW;
    sqlite3_reset(row);
    return any;
}

int rows_range(struct piece *piece) {
    struct query_end *end = piece->end;
    if (end->first > end->last) end->count = 0;
    if (end->count == 0) return 0;
    piece->reactions = any_reaction(piece);
    enum read_statement which = piece->purging ? ROWS_PURGING : ROWS;
    sqlite3_stmt *row = rows_between(piece, which, end->first, end->last);
    int done = 0;
    int result = SQLITE_OK;
    while (done == 0 && end->count > 0 && (result = sqlite3_step(row)) == SQLITE_ROW)
        done = row_take(piece, row);
    if (done == 0 && result == SQLITE_DONE) {
        if (end->first <= end->last && end->last >= piece->whole_from) {
            done = piece_damaged(piece, end->first);
        } else {
            end->count = 0;
        }
    } else if (done == 0 && result != SQLITE_ROW) {
        done = piece_failed(piece);
    }
    sqlite3_reset(row);
    return done < 0 ? done : 0;
}

int rows_latest(struct piece *piece) {
    struct query_end *end = piece->end;
    if (end->count > LATEST_COUNT_MAX) end->count = LATEST_COUNT_MAX;
    if (end->first > end->last) return rows_range(piece);
    int result = backwards(piece, end->last, end->count);
    return result < 0 ? result : rows_range(piece);
}

/* So many before the target that it stands in the middle of what is asked for. */
int rows_around(struct piece *piece) {
    struct query_end *end = piece->end;
    uint64_t target = piece->target;
    if (end->count > LATEST_COUNT_MAX) end->count = LATEST_COUNT_MAX;
    if (end->first > end->last || end->count == 0) return rows_range(piece);
    if (target > end->last) target = end->last;
    if (target > piece->floor) {
        int result = backwards(piece, target - 1, end->count / 2);
        if (result < 0) return result;
    }
    return rows_range(piece);
}

int rows_one(struct piece *piece) {
    struct query_end *end = piece->end;
    uint64_t target = piece->target;
    bool there = target >= end->first && target <= end->last;
    end->count = there ? 1 : 0;
    end->first = end->last = target;
    piece->all = true;
    int result = rows_range(piece);
    end->count = 0;
    return result;
}

int rows_events(struct piece *piece) {
    piece->all = true;
    return rows_range(piece);
}
