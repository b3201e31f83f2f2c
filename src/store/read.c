/* read.c: pages of history. A piece is one read transaction: the room's head, then its rows.
 *
 * Nothing that is damaged is given out. A row must agree with its sum, and from the head's
 * `whole_from` on every seq must have its row; so neither a changed byte nor a lost page passes
 * for a shorter history. What was removed is not given out from the moment on in which the removal
 * is committed, even where its text has still to be wiped. */
#include "store/read.h"

#include <errno.h>
#include <stdlib.h>

#include "base/check.h"
#include "store/reader.h"

int piece_failed(struct piece *piece) {
    piece->end->failed = true;
    return store_blame_sqlite(piece->error, STORE_FAILED, trouble_of(piece->reader->db),
                              "cannot read history from parlance.db");
}

int piece_damaged(struct piece *piece, uint64_t seq) {
    piece->end->failed = true;
    return store_blame(piece->error, STORE_FAILED, EIO,
                       "message %llu of room %u in parlance.db is damaged; see parlance recover",
                       (unsigned long long)seq, (unsigned)piece->query->room.v);
}

bool piece_takes(struct piece *piece, size_t size) {
    if (piece->any && size > piece->bytes_left) return false;
    piece->bytes_left -= size < piece->bytes_left ? size : piece->bytes_left;
    piece->any = true;
    return true;
}

static int run(struct store_reader *reader, enum read_statement which) {
    int result = sqlite3_step(reader->statements[which]);
    int reset = sqlite3_reset(reader->statements[which]);
    return result == SQLITE_DONE ? SQLITE_OK : reset;
}

/* How far the room goes, into the bounds of the piece. A room without a head is gone: an empty
 * answer. */
static int head_read(struct piece *piece) {
    struct store_reader *reader = piece->reader;
    sqlite3_stmt *row = reader->statements[HEAD];
    uint32_t room = piece->query->room.v;
    sqlite3_bind_int64(row, 1, room);
    int result = sqlite3_step(row);
    uint64_t seq = 0;
    if (result == SQLITE_ROW) {
        seq = (uint64_t)sqlite3_column_int64(row, 0);
        uint64_t whole_from = (uint64_t)sqlite3_column_int64(row, 3);
        uint64_t first = (uint64_t)sqlite3_column_int64(row, 5);
        piece->whole_from = whole_from > first ? whole_from : first;
        if (piece->floor < first) piece->floor = first;
        piece->purging = sqlite3_column_int(row, 7) != 0;
        const struct crc *crc = &reader->crc;
        int64_t time_ms = sqlite3_column_int64(row, 1);
        if (sqlite3_column_int64(row, 2) != row_head_sum(crc, room, seq, time_ms) ||
            sqlite3_column_int64(row, 4) != row_whole_sum(crc, room, whole_from) ||
            sqlite3_column_int64(row, 6) != row_first_sum(crc, room, first)) {
            result = SQLITE_CORRUPT;
        }
    }
    int done = 0;
    if (result == SQLITE_CORRUPT) {
        done = piece_damaged(piece, seq);
    } else if (result != SQLITE_ROW && result != SQLITE_DONE) {
        done = piece_failed(piece);
    }
    sqlite3_reset(row);
    if (piece->end->last > seq) piece->end->last = seq;
    if (piece->end->first < piece->floor) piece->end->first = piece->floor;
    return done;
}

static int audit_damaged(struct piece *piece, int64_t id) {
    piece->end->failed = true;
    return store_blame(piece->error, STORE_FAILED, EIO,
                       "row %lld of the audit log in parlance.db is damaged; see parlance recover",
                       (long long)id);
}

/* One row of the audit log. 1: the piece is full and this row not in it. */
static int audit_take(struct piece *piece, sqlite3_stmt *row) {
    struct record record = {
        .room = piece->query->room,
        .author.v = (uint32_t)sqlite3_column_int64(row, 1),
        .time_ms = sqlite3_column_int64(row, 2),
        .author_name = row_text(row, 4),
        .key = row_text(row, 5),
        .name = row_text(row, 6),
        .text = row_text(row, 7),
    };
    int64_t id = sqlite3_column_int64(row, 0);
    if (sqlite3_column_int64(row, 3) != row_audit_sum(&piece->reader->crc, &record)) {
        return audit_damaged(piece, id);
    }
    struct event past = {
        .kind = EVENT_PAST,
        .stored = STORED_NOTHING,
        .room = record.room,
        .author = record.author,
        .time_ms = record.time_ms,
        .author_name = record.author_name,
        .other = record.name,
        .text = row_text(row, 8),
    };
    size_t size = past.author_name.size + past.other.size + past.text.size;
    if (!piece_takes(piece, sizeof past + size)) return 1;
    piece->row(piece->context, &past);
    piece->end->last = (uint64_t)id;
    piece->end->count--;
    return 0;
}

static int audit_read(struct piece *piece) {
    sqlite3_stmt *row = piece->reader->statements[AUDIT_ROWS];
    struct query_end *end = piece->end;
    sqlite3_bind_int64(row, 1, end->room.v);
    sqlite3_bind_int64(row, 2, end->last > INT64_MAX ? INT64_MAX : (int64_t)end->last);
    int done = 0;
    int result = SQLITE_ROW;
    while (done == 0 && end->count > 0 && (result = sqlite3_step(row)) == SQLITE_ROW)
        done = audit_take(piece, row);
    if (result == SQLITE_DONE) {
        end->count = 0;
    } else if (result != SQLITE_ROW) {
        done = piece_failed(piece);
    }
    sqlite3_reset(row);
    return done < 0 ? done : 0;
}

static int (*const kinds[QUERY_KINDS])(struct piece *piece) = {
    [QUERY_LATEST] = rows_latest, [QUERY_RANGE] = rows_range, [QUERY_AROUND] = rows_around,
    [QUERY_UNREAD] = rows_unread, [QUERY_ONE] = rows_one,     [QUERY_EVENTS] = rows_events,
    [QUERY_AUDIT] = audit_read,
};

static int piece_read(struct piece *piece) {
    enum query_kind kind = piece->query->kind;
    check(kinds[kind] != NULL);
    /* one whose end failed would keep all further ones from beginning */
    if (!sqlite3_get_autocommit(piece->reader->db)) (void)run(piece->reader, END_READ);
    if (run(piece->reader, BEGIN_READ) != SQLITE_OK) return piece_failed(piece);
    int result = kind == QUERY_AUDIT ? 0 : head_read(piece);
    if (result == 0) result = rows_bound(piece);
    if (result == 0) result = kinds[kind](piece);
    int ended = run(piece->reader, END_READ);
    return result == 0 && ended != SQLITE_OK ? piece_failed(piece) : result;
}

int store_read(struct store_reader *reader, const struct query *query, size_t bytes_max,
               void (*row)(void *context, const struct event *past), void *context,
               struct query_end *end, struct store_error *error) {
    check(query->room.v > 0 || query->kind == QUERY_AUDIT); /* of the whole server */
    check(query->room.v <= ROOM_NUMBER_MAX);
    *error = (struct store_error){.fault = STORE_FINE};
    *end = (struct query_end){
        .session = query->session,
        .room = query->room,
        .count = query->count,
        .first = query->first > 0 ? query->first : 1,
        .last = query->last,
    };
    struct piece piece = {
        .reader = reader,
        .query = query,
        .row = row,
        .context = context,
        .bytes_left = bytes_max,
        .floor = end->first,
        .target = query->target,
        .end = end,
        .error = error,
    };
    return piece_read(&piece);
}

int store_read_room(struct store_reader *reader, struct room_id after,
                    void (*row)(void *context, const struct record *room), void *context,
                    struct store_error *error) {
    sqlite3_stmt *found = reader->statements[ROOM_NEXT];
    struct record record;
    *error = (struct store_error){.fault = STORE_FINE};
    sqlite3_bind_int64(found, 1, after.v);
    int result = sqlite3_step(found);
    int done = result == SQLITE_ROW;
    if (done == 1 && !row_room_fill(found, &reader->crc, &record))
        done = store_blame(error, STORE_FAILED, EIO,
                           "room %u in parlance.db is damaged; see parlance recover",
                           (unsigned)sqlite3_column_int64(found, 0));
    if (done == 1) row(context, &record);
    if (result != SQLITE_ROW && result != SQLITE_DONE)
        done = store_blame_sqlite(error, STORE_FAILED, trouble_of(reader->db),
                                  "cannot read the rooms of parlance.db");
    sqlite3_reset(found);
    return done;
}

static int reader_init(struct store_reader *reader, const struct store_options *options,
                       struct store_error *error) {
    char path[PATH_SIZE_MAX];
    crc_init(&reader->crc);
    if (options->in_memory) {
        connect_memory_name(options->folder, path);
    } else if (folder_path(options->folder, path, error) < 0) {
        return -1;
    }
    if (connect_open(path, options->in_memory, CONNECT_READ, &reader->db, error) < 0) return -1;
    return connect_prepare(reader->db, read_texts, READ_STATEMENTS, reader->statements, error);
}

struct store_reader *store_reader_open(const struct store_options *options,
                                       struct store_error *error) {
    *error = (struct store_error){.fault = STORE_FINE};
    struct store_reader *reader = calloc(1, sizeof *reader);
    if (reader == NULL) {
        store_blame(error, STORE_CANNOT, ENOMEM, "no memory for a reader");
        return NULL;
    }
    if (reader_init(reader, options, error) == 0) return reader;
    store_reader_close(reader);
    return NULL;
}

void store_reader_close(struct store_reader *reader) {
    if (reader->db != NULL) connect_close(reader->db, READ_STATEMENTS, reader->statements);
    free(reader);
}
