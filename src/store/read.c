/* read.c: pages of history. A piece is one read transaction: the room's head, then its rows.
 *
 * Nothing that is damaged is given out. A row must agree with its sum, and from the head's
 * `whole_from` on every seq must have its row; so neither a changed byte nor a lost page passes
 * for a shorter history. */
#include <errno.h>
#include <stdlib.h>

#include "base/check.h"
#include "store/read.h"
#include "store/state.h"

enum { LATEST_COUNT_MAX = 100000 }; /* messages; more than QUERY_LATEST walks back for one asker */

enum read_statement { BEGIN_READ, END_READ, HEAD, BACKWARDS, ROWS, READ_STATEMENTS };

static const char *const read_texts[READ_STATEMENTS] = {
    [BEGIN_READ] = "BEGIN",
    [END_READ] = "COMMIT",
    [HEAD] = "SELECT seq, time_ms, crc, whole_from, whole_crc FROM heads WHERE room = ?1",
    [BACKWARDS] = "SELECT id, kind FROM events WHERE id BETWEEN ?1 AND ?2 ORDER BY id DESC",
    [ROWS] = ("SELECT id, time_ms, kind, speech, author, crc, author_name, client_id, text"
              " FROM events WHERE id BETWEEN ?1 AND ?2 ORDER BY id"),
};

struct store_reader {
    sqlite3 *db;
    sqlite3_stmt *statements[READ_STATEMENTS];
    struct crc crc;
};

/* One call of store_read(). */
struct piece {
    struct store_reader *reader;
    const struct query *query;
    void (*row)(void *context, const struct event *past);
    void *context;
    size_t bytes_left;
    uint64_t whole_from; /* seq */
    struct query_end *end;
    struct store_error *error;
};

static int failed(struct piece *piece) {
    piece->end->failed = true;
    return store_blame_sqlite(piece->error, STORE_FAILED, trouble_of(piece->reader->db),
                              "cannot read history from parlance.db");
}

static int damaged(struct piece *piece, uint64_t seq) {
    piece->end->failed = true;
    return store_blame(piece->error, STORE_FAILED, EIO,
                       "message %llu of room %u in parlance.db is damaged; see parlance recover",
                       (unsigned long long)seq, (unsigned)piece->query->room.v);
}

static int run(struct store_reader *reader, enum read_statement which) {
    int result = sqlite3_step(reader->statements[which]);
    int reset = sqlite3_reset(reader->statements[which]);
    return result == SQLITE_DONE ? SQLITE_OK : reset;
}

/* How far the room goes, into end->last. A room without a head is gone: an empty answer. */
static int head_read(struct piece *piece) {
    struct store_reader *reader = piece->reader;
    sqlite3_stmt *row = reader->statements[HEAD];
    uint32_t room = piece->query->room.v;
    sqlite3_bind_int64(row, 1, room);
    int result = sqlite3_step(row);
    uint64_t seq = 0;
    if (result == SQLITE_ROW) {
        seq = (uint64_t)sqlite3_column_int64(row, 0);
        piece->whole_from = (uint64_t)sqlite3_column_int64(row, 3);
        if (sqlite3_column_int64(row, 2) !=
                row_head_sum(&reader->crc, room, seq, sqlite3_column_int64(row, 1)) ||
            sqlite3_column_int64(row, 4) != row_whole_sum(&reader->crc, room, piece->whole_from)) {
            result = SQLITE_CORRUPT;
        }
    }
    int done = 0;
    if (result == SQLITE_CORRUPT) {
        done = damaged(piece, seq);
    } else if (result != SQLITE_ROW && result != SQLITE_DONE) {
        done = failed(piece);
    }
    sqlite3_reset(row);
    if (piece->end->last > seq) piece->end->last = seq;
    return done;
}

/* Step back from end->last over `count` messages, into end->first. Their kinds are believed here:
 * all that was stepped over is read again forwards, with the sums. */
static int backwards_step(struct piece *piece, sqlite3_stmt *row, uint32_t count) {
    struct query_end *end = piece->end;
    end->first = end->last + 1;
    while (count > 0) {
        int result = sqlite3_step(row);
        if (result == SQLITE_DONE) {
            if (end->first > 1 && end->first > piece->whole_from) {
                return damaged(piece, end->first - 1);
            }
            end->first = 1;
            return 0;
        }
        if (result != SQLITE_ROW) return failed(piece);
        uint64_t seq = (uint64_t)sqlite3_column_int64(row, 0) & SEQ_MAX;
        if (seq + 1 != end->first && end->first > piece->whole_from) {
            return damaged(piece, end->first - 1);
        }
        end->first = seq;
        count -= sqlite3_column_int(row, 1) == ROW_MESSAGE;
    }
    return 0;
}

static int latest_find(struct piece *piece) {
    sqlite3_stmt *row = piece->reader->statements[BACKWARDS];
    struct query_end *end = piece->end;
    if (end->count > LATEST_COUNT_MAX) end->count = LATEST_COUNT_MAX;
    sqlite3_bind_int64(row, 1, event_key(end->room.v, 1));
    sqlite3_bind_int64(row, 2, event_key(end->room.v, end->last));
    int result = backwards_step(piece, row, end->count);
    sqlite3_reset(row);
    return result;
}

static void row_fill(sqlite3_stmt *row, struct record *record) {
    *record = (struct record){
        .room.v = (uint32_t)(sqlite3_column_int64(row, 0) >> SEQ_BITS),
        .seq = (uint64_t)sqlite3_column_int64(row, 0) & SEQ_MAX,
        .time_ms = sqlite3_column_int64(row, 1),
        .speech = (uint8_t)sqlite3_column_int(row, 3),
        .author.v = (uint32_t)sqlite3_column_int64(row, 4),
        .author_name = row_text(row, 6),
        .client_id = row_text(row, 7),
        .text = row_text(row, 8),
    };
}

static void row_give(struct piece *piece, const struct record *record) {
    struct event past = {
        .kind = EVENT_PAST,
        .speech = record->speech,
        .room = record->room,
        .author = record->author,
        .seq = record->seq,
        .time_ms = record->time_ms,
        .author_name = record->author_name,
        .text = record->text,
    };
    piece->row(piece->context, &past);
}

/* One row; end->first is the seq that is due. 1: the piece is full and this row not in it. */
static int row_take(struct piece *piece, sqlite3_stmt *row, bool *any) {
    struct query_end *end = piece->end;
    struct record record;
    row_fill(row, &record);
    int kind = sqlite3_column_int(row, 2);
    bool lost = record.seq > end->first && record.seq > piece->whole_from;
    if (lost || record.seq < end->first ||
        sqlite3_column_int64(row, 5) != row_event_sum(&piece->reader->crc, kind, &record)) {
        return damaged(piece, end->first);
    }
    if (kind == ROW_MESSAGE) {
        size_t size = sizeof(struct event) + record.author_name.size + record.text.size;
        if (*any && size > piece->bytes_left) return 1;
        piece->bytes_left -= size < piece->bytes_left ? size : piece->bytes_left;
        *any = true;
        row_give(piece, &record);
        end->count--;
    }
    end->first = record.seq + 1;
    return 0;
}

static int rows_read(struct piece *piece) {
    sqlite3_stmt *row = piece->reader->statements[ROWS];
    struct query_end *end = piece->end;
    if (end->first > end->last) end->count = 0;
    if (end->count == 0) return 0;
    sqlite3_bind_int64(row, 1, event_key(end->room.v, end->first));
    sqlite3_bind_int64(row, 2, event_key(end->room.v, end->last));
    bool any = false;
    int done = 0;
    int result = SQLITE_OK;
    while (done == 0 && end->count > 0 && (result = sqlite3_step(row)) == SQLITE_ROW)
        done = row_take(piece, row, &any);
    if (done == 0 && result == SQLITE_DONE) {
        if (end->first <= end->last && end->last >= piece->whole_from) {
            done = damaged(piece, end->first);
        } else {
            end->count = 0;
        }
    } else if (done == 0 && result != SQLITE_ROW) {
        done = failed(piece);
    }
    sqlite3_reset(row);
    return done < 0 ? done : 0;
}

static int piece_read(struct piece *piece) {
    if (run(piece->reader, BEGIN_READ) != SQLITE_OK) return failed(piece);
    int result = head_read(piece);
    if (result == 0 && piece->query->kind == QUERY_LATEST) result = latest_find(piece);
    if (result == 0) result = rows_read(piece);
    int ended = run(piece->reader, END_READ);
    return result == 0 && ended != SQLITE_OK ? failed(piece) : result;
}

int store_read(struct store_reader *reader, const struct query *query, size_t bytes_max,
               void (*row)(void *context, const struct event *past), void *context,
               struct query_end *end, struct store_error *error) {
    check(query->room.v > 0);
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
        .end = end,
        .error = error,
    };
    return piece_read(&piece);
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
