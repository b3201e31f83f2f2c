/* Whatever is typed: it is refused at a place that can be shown, or it becomes an expression that
 * FTS5 understands, in which nothing that was typed is syntax. */
#include <sqlite3.h>
#include <stdlib.h>

#include "base/check.h"
#include "base/utf8.h"
#include "chat/search.h"

enum { SIZE_LIMIT = 700 };

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static bool inside(struct slice part, struct slice whole) {
    return part.at >= whole.at && part.at + part.size <= whole.at + whole.size;
}

static void check_place(struct slice place, struct slice text) {
    check(place.size > 0);
    check(place.size <= 40);
    check(slice_starts(place, slice_of("its end")) || inside(place, text));
}

static void check_search(const struct search *search, struct slice text) {
    bool positive = false;
    check(text.size <= SEARCH_SIZE_MAX);
    check(search->count > 0 && search->count <= SEARCH_TERMS_MAX);
    for (uint32_t i = 0; i < search->count; i++) {
        const struct search_term *term = &search->terms[i];
        positive |= !term->negated;
        check(utf8_valid(term->text));
        check((term->text.size == 0) == (term->kind == SEARCH_LINK));
        check(term->kind == SEARCH_LINK || inside(term->text, text));
    }
    check(positive);
}

/* Outside of quoted strings there are only our own words. */
static void check_quoting(struct slice match) {
    bool quoted = false;
    for (size_t i = 0; i < match.size; i++) {
        char c = match.at[i];
        if (c == '"') quoted = !quoted;
        bool ours = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || strchr(" :()ANDORT", c);
        check(quoted || c == '"' || ours);
    }
    check(!quoted);
}

static void check_understood(struct slice match) {
    static sqlite3_stmt *found;
    if (!found) {
        sqlite3 *db;
        check(sqlite3_open(":memory:", &db) == SQLITE_OK);
        check(sqlite3_exec(db,
                           "CREATE VIRTUAL TABLE search USING fts5 (words, facts);"
                           "INSERT INTO search VALUES ('a word or two', 'u1 link')",
                           NULL, NULL, NULL) == SQLITE_OK);
        check(sqlite3_prepare_v2(db, "SELECT rowid FROM search WHERE search MATCH ?1", -1, &found,
                                 NULL) == SQLITE_OK);
    }
    sqlite3_bind_text(found, 1, match.at, (int)match.size, SQLITE_STATIC);
    int result = sqlite3_step(found);
    check(result == SQLITE_ROW || result == SQLITE_DONE);
    sqlite3_reset(found);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size) {
    if (size > SIZE_LIMIT) return -1;
    char *copy = malloc(size + 1); /* of nearly that size, so that reading beyond is seen */
    if (!copy) abort();
    memcpy(copy, bytes, size);
    copy[size] = '"';
    struct slice text = {copy, size}, place;
    struct search search;
    if (!search_parse(text, &search, &place)) {
        check_place(place, text);
    } else {
        char memory[SEARCH_MATCH_MAX], facts_memory[SEARCH_FACTS_MAX];
        struct buf match, facts;
        check_search(&search, text);
        buf_init(&match, memory, sizeof memory);
        search_match(&search, UINT32_MAX, &match);
        check(buf_ok(&match));
        check_quoting(buf_slice(&match));
        check_understood(buf_slice(&match));
        buf_init(&facts, facts_memory, sizeof facts_memory);
        search_facts(UINT32_MAX, search.terms[0].text, text, &facts);
        check(buf_ok(&facts));
        if (search.terms[0].kind == SEARCH_AUTHOR)
            search_is_author(search.terms[0].text, 7, search.terms[search.count - 1].text);
    }
    free(copy);
    return 0;
}
