/* test_store_library.h: a store that is searched: what is said in its one room, what is found. */
#ifndef TEST_STORE_LIBRARY_H
#define TEST_STORE_LIBRARY_H

#include <sqlite3.h>

#include "test_store_expect.h"

#include "store/search.h"

enum { FOUND_MAX = 64, ROOM = 3 };

/* What one search gave. */
struct found {
    uint32_t count, pieces;
    uint64_t seqs[FOUND_MAX];
    char text[200]; /* of the last */
    bool wrong;
    enum refusal refusal;
};

static inline void found_row(void *context, const struct event *past) {
    struct found *found = context;
    found->wrong |= past->kind != EVENT_FOUND || found->count == FOUND_MAX;
    if (found->wrong) return;
    found->seqs[found->count++] = past->seq;
    snprintf(found->text, sizeof found->text, "%.*s", (int)past->text.size, past->text.at);
}

/* A store with its readers, and one room with nothing in it. */
struct library {
    struct scratch *s;
    struct store *store;
    struct store_reader *reader;
    struct store_searcher *searcher;
    uint64_t seq;
};

static inline struct library library_open(void **state) {
    struct library library = {.s = *state};
    library.s->options.search = true;
    library.store = scratch_open(library.s);
    library.reader = scratch_reader(library.s);
    library.searcher = store_searcher_new(&library.s->options);
    assert_non_null(library.searcher);
    store_searcher_limit(library.searcher, 10000000); /* the machine may be busy */
    return library;
}

static inline struct library library_make(void **state) {
    struct library library = library_open(state);
    scratch_make_room(library.s, library.store, ROOM);
    return library;
}

static inline void library_close(struct library *library) {
    store_searcher_free(library->searcher);
    store_reader_close(library->reader);
    store_close(library->store);
}

static inline uint64_t put(struct library *library, uint32_t room, uint64_t seq, const char *author,
                           const char *text) {
    struct record record = scratch_message(room, seq, 0);
    record.author.v = 1000 + (uint32_t)author[0];
    record.author_name = slice_text(author);
    record.text = slice_text(text);
    record.time_ms = 1700000000000 + (int64_t)seq * 60000;
    scratch_put(library->s, library->store, record);
    return seq;
}

static inline uint64_t say(struct library *library, const char *author, const char *text) {
    uint64_t seq = put(library, ROOM, ++library->seq, author, text);
    scratch_commit(library->s, library->store);
    return seq;
}

/* All that idle slices have to do. */
static inline void settle(struct library *library) {
    do
        scratch_idle(library->s, library->store);
    while (store_idle_again(library->store));
}

static inline struct found search_in(struct library *library, uint32_t room, const char *text,
                                     uint32_t count, size_t bytes_max) {
    struct found found = {0};
    struct query query = {.kind = QUERY_SEARCH, .room.v = room, .count = count, .last = INT32_MAX};
    struct query_end end;
    query.text_size = (uint16_t)strlen(text);
    memcpy(query.text, text, query.text_size);
    do {
        int result = store_search(library->searcher, library->reader, &query, bytes_max, found_row,
                                  &found, &end, &library->s->error);
        if (result < 0) fail_msg("%s", library->s->error.text);
        assert_false(end.failed);
        found.pieces++;
        query.count = end.count;
        query.first = end.first;
        query.last = end.last;
    } while (end.count > 0);
    assert_false(found.wrong);
    found.refusal = end.refusal;
    return found;
}

static inline struct found look(struct library *library, const char *text) {
    return search_in(library, ROOM, text, FOUND_MAX, 65536);
}

/* What is found, in this order; 0 ends the list. */
static inline void assert_finds(struct library *library, const char *text, const uint64_t *seqs) {
    struct found found = look(library, text);
    uint32_t count = 0;
    assert_int_equal(found.refusal, REFUSED_NOT);
    for (; seqs[count] != 0; count++) {
        if (count >= found.count || found.seqs[count] != seqs[count]) {
            fail_msg("%s: place %u is %llu, not %llu", text, count,
                     (unsigned long long)(count < found.count ? found.seqs[count] : 0),
                     (unsigned long long)seqs[count]);
        }
    }
    if (found.count != count) fail_msg("%s: %u found, not %u", text, found.count, count);
}

#define FINDS(text, ...) assert_finds(&library, text, (const uint64_t[]){__VA_ARGS__, 0})
#define FINDS_NOTHING(text) assert_finds(&library, text, (const uint64_t[]){0})

static inline int64_t count_rows(struct library *library, const char *text) {
    char path[256];
    sqlite3 *db = NULL;
    sqlite3_stmt *row = NULL;
    scratch_path(library->s, "parlance.db", path);
    assert_int_equal(sqlite3_open_v2(path, &db, SQLITE_OPEN_READONLY, "unix-excl"), SQLITE_OK);
    assert_int_equal(sqlite3_prepare_v2(db, text, -1, &row, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_step(row), SQLITE_ROW);
    int64_t number = sqlite3_column_int64(row, 0);
    sqlite3_finalize(row);
    sqlite3_close(db);
    return number;
}

/* As SQLite sees it, without any of our own comparing. */
static inline int64_t in_index(struct library *library, const char *match) {
    char text[200];
    snprintf(text, sizeof text, "SELECT count(*) FROM search WHERE search MATCH '%s'", match);
    return count_rows(library, text);
}

#endif
