/* search_index.c: the index is filled when nothing else is to do, a slice at a time, from a mark
 * kept for each room. A message's own transaction knows nothing of it; that of a change or a
 * removal puts what was indexed aside (triggers, see search_state.h), and the next slice takes it
 * out. Whatever is found is compared with the message itself, so that an index that is behind
 * shows nothing old; and one that is damaged is begun anew. */
#include <time.h>

#include "base/check.h"
#include "base/utf8.h"
#include "store/state.h"

enum {
    SLICE_NS = 2000000, /* nothing further is begun after so long */
    CHUNK_ROWS = 64,    /* rows read at once */
    SWEEP_ROOMS = 256,  /* rooms looked at by one statement */
    MERGE_PAGES = 16,   /* written by one step */
    MERGE_FLUSHES = 4,  /* of the index, before it is merged */
    REBUILT_MAX = 3,    /* times; what is damaged again has another cause */
    BUSY_TIMES = 50,    /* while messages come without a pause: one slice, then so many times */
    BUSY_MS_MIN = 100,  /* as long without, and at least so long */
    WIPE_EVERY_MS = 3600000, /* merging everything writes the whole index */
};

static const char *const texts[SEARCH_STATEMENTS] = {
    [SEARCH_ADD] = "INSERT INTO search (rowid, words, facts) VALUES (?1, ?2, ?3)",
    [SEARCH_DROP] = "INSERT INTO search (search, rowid, words, facts)"
                    " VALUES ('delete', ?1, ?2, ?3)",
    [SEARCH_MERGE] = "INSERT INTO search (search, rank) VALUES ('merge', ?1)",
    [SEARCH_NEXT_STALE] = "SELECT id, author, author_name, text FROM search_stale"
                          " ORDER BY id LIMIT 1",
    [SEARCH_STALE_DONE] = "DELETE FROM search_stale WHERE id = ?1",
    [SEARCH_LONG_ADD] = "REPLACE INTO search_long (id, text) VALUES (?1, ?2)",
    [SEARCH_LONG_TEXT] = "SELECT text FROM search_long WHERE id = ?1",
    [SEARCH_LONG_DONE] = "DELETE FROM search_long WHERE id = ?1",
    [SEARCH_MESSAGES] = "SELECT id, author, author_name, text, kind FROM events"
                        " WHERE id BETWEEN ?1 AND ?2 ORDER BY id LIMIT ?3",
    [SEARCH_BEHIND] = "SELECT heads.room, seq > ifnull(upto, 0) FROM heads"
                      " LEFT JOIN search_marks ON search_marks.room = heads.room"
                      " WHERE heads.room >= ?1 ORDER BY heads.room LIMIT ?2",
    [SEARCH_MARK] = "REPLACE INTO search_marks (room, upto) VALUES (?1, ?2)",
    [SEARCH_MARK_READ] = "SELECT upto FROM search_marks WHERE room = ?1",
    [SEARCH_MARK_DONE] = "DELETE FROM search_marks WHERE room = ?1",
};

void search_open(struct search_index *index, bool wanted) {
    *index = (struct search_index){.wanted = wanted, .stale = true, .sweeping = wanted};
}

static void statements_drop(struct search_index *index) {
    for (int i = 0; i < SEARCH_STATEMENTS; i++) {
        sqlite3_finalize(index->statements[i]);
        index->statements[i] = NULL;
    }
    index->begun = false;
}

void search_close(struct search_index *index) {
    statements_drop(index);
}

/* The rest of a longer text is not looked at, neither here nor there. */
struct slice search_indexed(struct slice text) {
    if (text.size <= SEARCH_INDEXED_MAX) return text;
    if (!utf8_valid(text)) return slice_head(text, SEARCH_INDEXED_MAX);
    return slice_head(text, utf8_cut(text, SEARCH_INDEXED_MAX));
}

/* ---- what is to do ---- */

static void room_add(struct search_index *index, uint32_t room) {
    for (uint32_t i = index->room_count; i-- > 0;)
        if (index->rooms[i] == room) return;
    if (index->room_count == SEARCH_ROOMS_MAX) {
        index->room_count = 0;
        index->sweeping = true;
        index->sweep_room = 0;
        return;
    }
    index->rooms[index->room_count++] = room;
}

void search_note(struct search_index *index, const struct record *record) {
    index->quiet = false;
    index->stale = true; /* a look at a table that is empty */
    if (record->kind != RECORD_MESSAGE || (record->flags & ROOM_NO_HISTORY) != 0) return;
    if (!index->wanted) return;
    index->backlog++;
    room_add(index, record->room.v);
}

bool search_is_due(const struct search_index *index, int64_t now_ms) {
    return index->backlog >= SEARCH_BACKLOG_MAX && !index->broken && !index->scarce &&
           now_ms >= index->due_ms;
}

static bool wipe_is_due(const struct search_index *index, int64_t now_ms) {
    return index->wiping && now_ms >= index->wipe_due_ms;
}

bool search_has_work(const struct search_index *index, int64_t now_ms) {
    if (index->broken) return false;
    if (index->stale || index->damaged) return true;
    if (index->scarce) return false;
    return index->sweeping || index->room_count > 0 || index->merging || wipe_is_due(index, now_ms);
}

int64_t search_due_ms(const struct search_index *index) {
    bool waits = index->wiping && !index->broken && !index->scarce;
    return waits ? index->wipe_due_ms : INT64_MAX;
}

/* The lowest, since the index takes keys in ascending order only without writing a part of it. */
static uint32_t room_next(const struct search_index *index) {
    uint32_t room = index->rooms[0];
    for (uint32_t i = 1; i < index->room_count; i++)
        if (index->rooms[i] < room) room = index->rooms[i];
    return room;
}

static void room_done(struct search_index *index, uint32_t room) {
    for (uint32_t i = 0; i < index->room_count; i++)
        if (index->rooms[i] == room) index->rooms[i--] = index->rooms[--index->room_count];
}

/* ---- statements; each function gives SQLite's result ---- */

static int64_t now_ns(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

static int prepare(struct store *store) {
    struct search_index *index = &store->search;
    int result = SQLITE_OK;
    for (int i = 0; i < SEARCH_STATEMENTS && result == SQLITE_OK; i++) {
        if (index->statements[i] != NULL) continue;
        result = sqlite3_prepare_v3(store->db, texts[i], -1, SQLITE_PREPARE_PERSISTENT,
                                    &index->statements[i], NULL);
    }
    return result;
}

static int run(struct store *store, enum search_statement which) {
    sqlite3_stmt *row = store->search.statements[which];
    int result = sqlite3_step(row);
    int reset = sqlite3_reset(row);
    return result == SQLITE_DONE || result == SQLITE_ROW ? SQLITE_OK : reset;
}

static int run_number(struct store *store, enum search_statement which, int64_t number) {
    sqlite3_bind_int64(store->search.statements[which], 1, number);
    return run(store, which);
}

/* SQLITE_ROW, SQLITE_DONE or an error; the row is read until it is reset. */
static int step_number(struct store *store, enum search_statement which, int64_t number) {
    sqlite3_bind_int64(store->search.statements[which], 1, number);
    return sqlite3_step(store->search.statements[which]);
}

static int end_step(struct store *store, enum search_statement which, int result) {
    int reset = sqlite3_reset(store->search.statements[which]);
    return result == SQLITE_DONE || result == SQLITE_ROW ? SQLITE_OK : reset;
}

static int mark_read(struct store *store, uint32_t room, uint64_t *upto) {
    int result = step_number(store, SEARCH_MARK_READ, room);
    sqlite3_stmt *row = store->search.statements[SEARCH_MARK_READ];
    *upto = result == SQLITE_ROW ? (uint64_t)sqlite3_column_int64(row, 0) : 0;
    return end_step(store, SEARCH_MARK_READ, result);
}

static int mark_write(struct store *store, uint32_t room, uint64_t upto) {
    sqlite3_bind_int64(store->search.statements[SEARCH_MARK], 2, (int64_t)upto);
    return run_number(store, SEARCH_MARK, room);
}

/* ---- one message ---- */

struct indexed {
    int64_t id;
    uint32_t author;
    struct slice author_name, text;
};

static struct indexed indexed_fill(sqlite3_stmt *row) {
    return (struct indexed){
        .id = sqlite3_column_int64(row, 0),
        .author = (uint32_t)sqlite3_column_int64(row, 1),
        .author_name = row_text(row, 2),
        .text = search_indexed(row_text(row, 3)),
    };
}

static int put_words(struct store *store, enum search_statement which,
                     const struct indexed *indexed) {
    sqlite3_stmt *row = store->search.statements[which];
    char memory[SEARCH_FACTS_MAX];
    struct buf facts;
    buf_init(&facts, memory, sizeof memory);
    search_facts(indexed->author, indexed->author_name, indexed->text, &facts);
    sqlite3_bind_text(row, 2, indexed->text.size == 0 ? "" : indexed->text.at,
                      (int)indexed->text.size, SQLITE_STATIC);
    sqlite3_bind_text(row, 3, facts.at, (int)facts.size, SQLITE_STATIC);
    store->search.touched = true;
    return run_number(store, which, indexed->id);
}

static int message_add(struct store *store, const struct indexed *indexed) {
    int result = put_words(store, SEARCH_ADD, indexed);
    if (result != SQLITE_OK || indexed->text.size <= SEARCH_SHORT_MAX) return result;
    sqlite3_stmt *row = store->search.statements[SEARCH_LONG_ADD];
    sqlite3_bind_text(row, 2, indexed->text.at, (int)indexed->text.size, SQLITE_STATIC);
    return run_number(store, SEARCH_LONG_ADD, indexed->id);
}

/* As it was indexed; a long text lies apart. */
static int message_drop(struct store *store, sqlite3_stmt *stale) {
    struct indexed indexed = indexed_fill(stale);
    if (sqlite3_column_type(stale, 3) != SQLITE_NULL)
        return put_words(store, SEARCH_DROP, &indexed);
    int result = step_number(store, SEARCH_LONG_TEXT, indexed.id);
    bool found = result == SQLITE_ROW;
    indexed.text = row_text(store->search.statements[SEARCH_LONG_TEXT], 0);
    if (found) result = put_words(store, SEARCH_DROP, &indexed);
    if (!found && result == SQLITE_DONE) result = SQLITE_CORRUPT;
    int ended = sqlite3_reset(store->search.statements[SEARCH_LONG_TEXT]);
    if (result == SQLITE_OK && ended == SQLITE_OK)
        return run_number(store, SEARCH_LONG_DONE, indexed.id);
    return result;
}

/* ---- messages that have changed ---- */

/* Index what the message says now. *removed: nothing any more. */
static int stale_renew(struct store *store, int64_t id, bool *removed) {
    sqlite3_stmt *row = store->search.statements[SEARCH_MESSAGES];
    *removed = true;
    sqlite3_bind_int64(row, 2, id);
    sqlite3_bind_int64(row, 3, 1);
    int result = step_number(store, SEARCH_MESSAGES, id);
    if (result == SQLITE_ROW) {
        *removed = sqlite3_column_int(row, 4) != STORED_MESSAGE;
        struct indexed indexed = indexed_fill(row);
        if (!*removed) {
            int added = message_add(store, &indexed);
            sqlite3_reset(row);
            return added;
        }
    }
    return end_step(store, SEARCH_MESSAGES, result);
}

static int stale_take(struct store *store) {
    struct search_index *index = &store->search;
    sqlite3_stmt *row = index->statements[SEARCH_NEXT_STALE];
    bool removed = false;
    int result = sqlite3_step(row);
    if (result != SQLITE_ROW) {
        index->stale = false;
        return end_step(store, SEARCH_NEXT_STALE, result);
    }
    int64_t id = sqlite3_column_int64(row, 0);
    result = message_drop(store, row);
    int reset = sqlite3_reset(row);
    if (result == SQLITE_OK) result = reset;
    if (result == SQLITE_OK) result = stale_renew(store, id, &removed);
    if (result == SQLITE_OK) result = run_number(store, SEARCH_STALE_DONE, id);
    store->wipe_wal |= removed;
    if (result != SQLITE_OK || !removed || index->wiping) return result;
    index->wiping = true;
    return mark_write(store, 0, 1);
}

/* ---- messages that are new ---- */

/* Messages of the room behind its mark; *done: there are no more. */
static int room_chunk(struct store *store, uint32_t room, int64_t until_ns, bool *done) {
    sqlite3_stmt *row = store->search.statements[SEARCH_MESSAGES];
    uint64_t from = 0;
    int result = mark_read(store, room, &from);
    if (result != SQLITE_OK) return result;
    uint64_t upto = from;
    int rows = 0;
    sqlite3_bind_int64(row, 2, event_key(room, SEQ_MAX));
    sqlite3_bind_int64(row, 3, CHUNK_ROWS);
    result = step_number(store, SEARCH_MESSAGES, event_key(room, from + 1));
    while (result == SQLITE_ROW) {
        struct indexed indexed = indexed_fill(row);
        bool message = sqlite3_column_int(row, 4) == STORED_MESSAGE;
        int added = message ? message_add(store, &indexed) : SQLITE_OK;
        if (added != SQLITE_OK) {
            sqlite3_reset(row);
            return added;
        }
        upto = (uint64_t)indexed.id & SEQ_MAX;
        rows++;
        if (now_ns() >= until_ns) break;
        result = sqlite3_step(row);
    }
    *done = result == SQLITE_DONE && rows < CHUNK_ROWS;
    result = end_step(store, SEARCH_MESSAGES, result);
    return result == SQLITE_OK && upto > from ? mark_write(store, room, upto) : result;
}

/* The next room that is behind its head; 0 when a whole statement showed none. */
static int sweep_next(struct store *store, uint32_t *room) {
    struct search_index *index = &store->search;
    sqlite3_stmt *row = index->statements[SEARCH_BEHIND];
    int rows = 0;
    sqlite3_bind_int64(row, 2, SWEEP_ROOMS);
    int result = step_number(store, SEARCH_BEHIND, index->sweep_room);
    for (*room = 0; result == SQLITE_ROW; rows++) {
        uint32_t next = (uint32_t)sqlite3_column_int64(row, 0);
        index->sweep_room = next;
        if (sqlite3_column_int(row, 1) != 0) {
            *room = next;
            break;
        }
        index->sweep_room++;
        result = sqlite3_step(row);
    }
    if (result == SQLITE_DONE && rows < SWEEP_ROOMS) index->sweeping = false;
    return end_step(store, SEARCH_BEHIND, result);
}

static int new_chunk(struct store *store, int64_t until_ns) {
    struct search_index *index = &store->search;
    uint32_t room = 0;
    bool done = false;
    if (index->sweeping) {
        int result = sweep_next(store, &room);
        if (result != SQLITE_OK || room == 0) return result;
    } else {
        room = room_next(index);
    }
    int result = room_chunk(store, room, until_ns, &done);
    if (!done) return result;
    if (index->sweeping && index->sweep_room == room) index->sweep_room++;
    room_done(index, room);
    return result;
}

/* ---- merging ---- */

/* A negative number of pages merges all segments into one, and with that drops what was deleted.
 * Less than two changes: there was nothing to do. */
static int merge_step(struct store *store, bool all, bool *done) {
    int64_t before = sqlite3_total_changes64(store->db);
    int result = run_number(store, SEARCH_MERGE, all ? -MERGE_PAGES : MERGE_PAGES);
    *done = sqlite3_total_changes64(store->db) - before < 2;
    return result;
}

static int merge_take(struct store *store) {
    bool done = false;
    int result = merge_step(store, false, &done);
    if (done) store->search.merging = false;
    return result;
}

static int wipe_take(struct store *store, int64_t now_ms) {
    struct search_index *index = &store->search;
    bool done = false;
    int result = merge_step(store, true, &done);
    if (result != SQLITE_OK || !done) return result;
    index->wiping = false;
    index->wipe_due_ms = now_ms + WIPE_EVERY_MS;
    store->wipe_wal = true;
    return run_number(store, SEARCH_MARK_DONE, 0);
}

/* ---- slices ---- */

static int begin_work(struct store *store) {
    struct search_index *index = &store->search;
    uint64_t wiping = 0;
    if (index->begun) return SQLITE_OK;
    int result = mark_read(store, 0, &wiping);
    index->wiping = wiping != 0;
    index->merging = index->wanted;
    index->begun = result == SQLITE_OK;
    return result;
}

static int one_step(struct store *store, int64_t until_ns, bool *idle) {
    struct search_index *index = &store->search;
    int64_t now_ms = now_ns() / 1000000;
    *idle = false;
    if (index->stale) return stale_take(store);
    if (index->merging && !index->scarce) return merge_take(store);
    bool behind = index->sweeping || index->room_count > 0;
    if (behind && !index->scarce) return new_chunk(store, until_ns);
    index->backlog = 0;
    /* What this slice has changed is a segment only when it is committed. */
    if (wipe_is_due(index, now_ms) && !index->scarce && !index->touched)
        return wipe_take(store, now_ms);
    *idle = true;
    return SQLITE_OK;
}

static int work(struct store *store) {
    int64_t until_ns = now_ns() + SLICE_NS;
    bool idle = false;
    int result = begin_work(store);
    while (result == SQLITE_OK && !idle && now_ns() < until_ns)
        result = one_step(store, until_ns, &idle);
    return result;
}

/* Whatever the undone transaction had found out is found out again. */
static void begin_anew(struct search_index *index) {
    index->stale = true;
    index->sweeping = index->wanted;
    index->sweep_room = 0;
    index->begun = false;
}

/* How to come to an empty index: the first is enough where FTS5 can still read what describes it.
 */
static const char *const ways_to_empty[] = {
    "INSERT INTO search (search) VALUES ('delete-all');"
    "INSERT INTO search (search) VALUES ('integrity-check');",
    "DROP TABLE search; " SEARCH_TABLE,
    "DROP TABLE IF EXISTS search_data; DROP TABLE IF EXISTS search_idx;"
    "DROP TABLE IF EXISTS search_config; " SEARCH_TABLE,
};

/* A table that cannot be opened cannot be dropped either: it is forgotten, and what it was made of
 * are tables like others then. */
static int table_forget(struct store *store) {
    sqlite3_db_config(store->db, SQLITE_DBCONFIG_DEFENSIVE, 0, NULL);
    int result = sqlite3_exec(store->db,
                              "PRAGMA writable_schema = ON;"
                              "DELETE FROM sqlite_schema WHERE type = 'table' AND name = 'search'",
                              NULL, NULL, NULL);
    store->trouble = trouble_of(store->db);
    sqlite3_exec(store->db, "PRAGMA writable_schema = RESET", NULL, NULL, NULL);
    sqlite3_db_config(store->db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
    return result;
}

static int tables_empty(struct store *store, const char *way) {
    int result = store_begin(store);
    if (result == SQLITE_OK) result = sqlite3_exec(store->db, way, NULL, NULL, NULL);
    if (result == SQLITE_OK) {
        result = sqlite3_exec(store->db,
                              "DELETE FROM search_marks; DELETE FROM search_stale;"
                              "DELETE FROM search_long",
                              NULL, NULL, NULL);
    }
    return store_end(store, result);
}

/* An empty index, to be filled as at the first start; where that fails, none until the next. */
static int rebuild(struct store *store) {
    struct search_index *index = &store->search;
    const int ways = sizeof ways_to_empty / sizeof ways_to_empty[0];
    begin_anew(index);
    index->damaged = false;
    index->broken = index->rebuilt++ >= REBUILT_MAX;
    if (index->broken) return SQLITE_OK;
    statements_drop(index);
    int result = SQLITE_ERROR;
    for (int way = 0; way < ways && result != SQLITE_OK; way++) {
        result = way == ways - 1 ? table_forget(store) : SQLITE_OK;
        if (result == SQLITE_OK) result = tables_empty(store, ways_to_empty[way]);
        if (result != SQLITE_OK && trouble_is_full(store->trouble)) return result;
    }
    index->broken = result != SQLITE_OK;
    return SQLITE_OK;
}

/* FTS5 finds its tables damaged in several ways; none of these can come from a sound one. */
static bool is_damage(int result) {
    int primary = result & 0xff;
    return primary == SQLITE_CORRUPT || primary == SQLITE_ERROR || primary == SQLITE_CONSTRAINT ||
           primary == SQLITE_TOOBIG;
}

/* In one transaction. SQLite's result, and store->trouble. */
static int slice_run(struct store *store) {
    int result = prepare(store);
    if (result == SQLITE_OK) result = store_begin(store);
    if (sqlite3_get_autocommit(store->db)) {
        store->trouble = trouble_of(store->db);
        store->trouble.result = result;
        return result;
    }
    return store_end(store, work(store));
}

int search_slice(struct store *store) {
    struct search_index *index = &store->search;
    if (index->broken) return SQLITE_OK;
    if (index->damaged) return rebuild(store);
    index->scarce = store_room(store) < SEARCH_SCARCE;
    index->touched = false;
    int64_t start_ms = tidy_now_ms();
    int result = slice_run(store);
    int64_t end_ms = tidy_now_ms();
    int64_t pause_ms = (end_ms - start_ms) * BUSY_TIMES;
    index->due_ms = end_ms + (pause_ms > BUSY_MS_MIN ? pause_ms : BUSY_MS_MIN);
    if (result != SQLITE_OK) {
        begin_anew(index);
        return is_damage(result) ? rebuild(store) : result;
    }
    if (index->touched && ++index->flushes >= MERGE_FLUSHES) {
        index->flushes = 0;
        index->merging = true;
    }
    return SQLITE_OK;
}

void store_search_again(struct store *store) {
    store->search.damaged = true;
}

uint32_t store_search_rebuilt(const struct store *store, bool *in_vain) {
    *in_vain = store->search.broken;
    return store->search.rebuilt;
}
