/* Searching: the index, what is not in it yet, what has changed since; limits; damage. The rows
 * that a test changes behind the store's back are changed as the store itself does. */
#include "test_store_library.h"

static void say_some(struct library *library) {
    say(library, "ann", "The quick brown fox");                           /* 1 */
    say(library, "Zoë", "jumps over the lazy dog");                       /* 2 */
    say(library, "ann", "a quick answer: https://example.org/lazy");      /* 3 */
    say(library, "bob", "Größe, naïve café");                             /* 4 */
    say(library, "bob", "brown is quick, and brown is not fox-coloured"); /* 5 */
}

static void finds_them_all(struct library *at) {
    struct library library = *at;
    FINDS("order:new quick", 5, 3, 1);
    FINDS("order:new QUICK -brown", 3);
    FINDS("\"quick brown\"", 1);
    FINDS("order:new brown quick", 5, 1);
    FINDS("\"fox coloured\"", 5);
    FINDS("order:new author:ANN", 3, 1);
    FINDS("author:zoë", 2);
    FINDS("author:1098 cafe", 4);
    FINDS("GRÖßE", 4);
    FINDS("Naive CAFÉ", 4);
    FINDS("has:link", 3);
    FINDS("order:new lazy -has:link", 2);
    FINDS("order:new quick -author:ann", 5);
    FINDS("order:new quick after:2023-11-14T22:15", 5, 3);
    FINDS("order:new quick after:2023-11-14T22:17", 5);
    FINDS("order:new quick before:2023-11-14T22:17", 3, 1);
    FINDS("order:new quick before:2023-11-14T22:17 after:2023-11-14T22:15", 3);
    FINDS_NOTHING("quick before:2023-01-01");
    FINDS_NOTHING("quick after:2026-01-01");
    FINDS_NOTHING("quick elephant");
    FINDS_NOTHING("\"brown quick\"");
    FINDS("quick brown fox-coloured", 5);
}

static void a_message_is_found_before_it_is_indexed(void **state) {
    struct library library = library_make(state);
    say_some(&library);
    finds_them_all(&library);
    library_close(&library);
}

static void a_message_is_found_after_it_is_indexed(void **state) {
    struct library library = library_make(state);
    say_some(&library);
    settle(&library);
    finds_them_all(&library);
    library_close(&library);
}

static void a_message_is_found_when_half_are_indexed(void **state) {
    struct library library = library_make(state);
    say(&library, "ann", "The quick brown fox");
    say(&library, "Zoë", "jumps over the lazy dog");
    settle(&library);
    say(&library, "ann", "a quick answer: https://example.org/lazy");
    say(&library, "bob", "Größe, naïve café");
    say(&library, "bob", "brown is quick, and brown is not fox-coloured");
    finds_them_all(&library);
    library_close(&library);
}

static void nothing_is_indexed_before_it_is_quiet(void **state) {
    struct library library = library_make(state);
    say_some(&library);
    assert_int_equal(in_index(&library, "quick"), 0);
    settle(&library);
    assert_int_equal(in_index(&library, "quick"), 3);
    say(&library, "bob", "quick again");
    assert_false(store_idle_again(library.store));
    assert_int_equal(in_index(&library, "quick"), 3);
    library_close(&library);
}

static void a_long_talk_is_indexed_without_quiet(void **state) {
    struct library library = library_make(state);
    for (int i = 0; i < 1100; i++)
        put(&library, ROOM, ++library.seq, "ann", "so it goes on");
    scratch_commit(library.s, library.store);
    for (int turn = 0; in_index(&library, "goes") < 1100; turn++) {
        assert_true(turn < 10000);
        if (store_needs_idle(library.store)) {
            scratch_idle(library.s, library.store);
            assert_false(store_needs_idle(library.store)); /* only now and then */
        }
        usleep(10000);
    }
    assert_int_equal(in_index(&library, "goes"), 1100);
    library_close(&library);
}

static void without_the_setting_nothing_is_indexed(void **state) {
    struct library library = library_make(state);
    library_close(&library);
    library.s->options.search = false;
    library.store = scratch_open(library.s);
    library.reader = scratch_reader(library.s);
    library.searcher = store_searcher_new(&library.s->options);
    say_some(&library);
    settle(&library);
    assert_int_equal(in_index(&library, "quick"), 0);
    library_close(&library);
    library = library_open(state);
    settle(&library);
    assert_int_equal(in_index(&library, "quick"), 3);
    library_close(&library);
}

static void a_start_goes_on_where_the_index_ended(void **state) {
    struct library library = library_make(state);
    say(&library, "ann", "The quick brown fox");
    settle(&library);
    say(&library, "ann", "quick before the end");
    library_close(&library);
    library = library_open(state);
    settle(&library);
    assert_int_equal(in_index(&library, "quick"), 2);
    FINDS("order:new quick", 2, 1);
    library_close(&library);
}

/* ---- changes ---- */

static void put_change(struct library *library, enum stored stored, uint64_t target,
                       const char *text) {
    struct record record = scratch_message(ROOM, ++library->seq, 0);
    record.stored = (uint8_t)stored;
    record.target = target;
    record.text = slice_text(text);
    record.time_ms = 1700000000000 + (int64_t)library->seq * 60000;
    scratch_put(library->s, library->store, record);
    scratch_commit(library->s, library->store);
}

static void an_edited_message_is_found_by_what_it_says_now(void **state) {
    struct library library = library_make(state);
    uint64_t seq = say(&library, "ann", "an elephant");
    say(&library, "ann", "another elephant");
    settle(&library);
    put_change(&library, STORED_EDIT, seq, "a giraffe");
    FINDS("elephant", 2);
    FINDS("giraffe", 1);
    settle(&library);
    FINDS("elephant", 2);
    FINDS("giraffe", 1);
    assert_int_equal(in_index(&library, "elephant"), 1);
    assert_int_equal(in_index(&library, "giraffe"), 1);
    put_change(&library, STORED_EDIT, seq, "a zebra");
    put_change(&library, STORED_EDIT, seq, "an elephant after all");
    FINDS("order:new elephant", 2, 1);
    settle(&library);
    FINDS("order:new elephant", 2, 1);
    assert_int_equal(in_index(&library, "giraffe OR zebra"), 0);
    assert_int_equal(count_rows(&library, "SELECT count(*) FROM search_stale"), 0);
    library_close(&library);
}

static void an_edit_before_the_index_came_is_no_change(void **state) {
    struct library library = library_make(state);
    uint64_t seq = say(&library, "ann", "an elephant");
    put_change(&library, STORED_EDIT, seq, "a giraffe");
    FINDS("giraffe", 1);
    FINDS_NOTHING("elephant");
    settle(&library);
    FINDS("giraffe", 1);
    assert_int_equal(in_index(&library, "elephant"), 0);
    library_close(&library);
}

static void a_removed_message_is_not_found_and_leaves_the_index(void **state) {
    struct library library = library_make(state);
    uint64_t seq = say(&library, "ann", "an elephant");
    say(&library, "ann", "another elephant");
    settle(&library);
    put_change(&library, STORED_REMOVAL, seq, "");
    FINDS("elephant", 2);
    assert_int_equal(in_index(&library, "elephant"), 2);
    settle(&library);
    FINDS("elephant", 2);
    assert_int_equal(in_index(&library, "elephant"), 1);
    library_close(&library);
}

/* The bytes of `word` in the pages of the index, as segments hold them. */
static int64_t in_pages(struct library *library, const char *word) {
    char text[200];
    snprintf(text, sizeof text,
             "SELECT count(*) FROM search_data WHERE instr(block, CAST('%s' AS BLOB)) > 0", word);
    return count_rows(library, text);
}

static void a_removed_word_leaves_the_pages_of_the_index(void **state) {
    struct library library = library_make(state);
    uint64_t seq = say(&library, "ann", "my secretword is this");
    settle(&library);
    for (int i = 0; i < 20; i++) {
        say(&library, "ann", "other things");
        settle(&library);
    }
    assert_int_equal(in_pages(&library, "secretword"), 1);
    put_change(&library, STORED_REMOVAL, seq, "");
    settle(&library);
    assert_int_equal(in_pages(&library, "secretword"), 0);
    assert_int_equal(in_index(&library, "other"), 20);
    library_close(&library);
}

static void long_texts_are_found_changed_and_removed(void **state) {
    static char text[SCRATCH_TEXT_MAX];
    struct library library = library_make(state);
    memset(text, ' ', 60000);
    memcpy(text, "begin", 5);
    memcpy(text + 30000, "middle", 6);
    memcpy(text + 59990, "end", 4);
    uint64_t seq = say(&library, "ann", text);
    uint64_t other = say(&library, "ann", text);
    settle(&library);
    FINDS("order:new begin middle end", 2, 1);
    assert_int_equal(count_rows(&library, "SELECT count(*) FROM search_long"), 2);
    put_change(&library, STORED_EDIT, seq, "short now");
    FINDS("middle", 2);
    settle(&library);
    FINDS("middle", 2);
    FINDS("short", 1);
    put_change(&library, STORED_REMOVAL, other, "");
    settle(&library);
    FINDS_NOTHING("middle");
    assert_int_equal(in_index(&library, "middle"), 0);
    assert_int_equal(count_rows(&library, "SELECT count(*) FROM search_long"), 0);
    library_close(&library);
}

static void a_text_is_searched_up_to_64_kilobytes(void **state) {
    static char text[SCRATCH_TEXT_MAX];
    struct library library = library_make(state);
    memset(text, ' ', 69000);
    memcpy(text, "begin", 5);
    memcpy(text + 65530, "inside", 6);
    memcpy(text + 65540, "outside", 8);
    say(&library, "ann", text);
    for (int turn = 0; turn < 2; turn++) {
        FINDS("begin inside", 1);
        FINDS_NOTHING("outside");
        settle(&library);
    }
    library_close(&library);
}

static void a_deleted_room_leaves_the_index(void **state) {
    struct library library = library_make(state);
    scratch_make_room(library.s, library.store, 4);
    for (uint64_t seq = 1; seq <= 300; seq++)
        put(&library, 4, seq, "ann", "an elephant");
    say(&library, "ann", "an elephant");
    settle(&library);
    assert_int_equal(in_index(&library, "elephant"), 301);
    scratch_put(library.s, library.store,
                (struct record){.kind = RECORD_DELETED, .room.v = 4, .seq = 300});
    scratch_commit(library.s, library.store);
    settle(&library);
    assert_int_equal(in_index(&library, "elephant"), 1);
    assert_int_equal(count_rows(&library, "SELECT count(*) FROM search_marks WHERE room = 4"), 0);
    assert_int_equal(count_rows(&library, "SELECT count(*) FROM search_stale"), 0);
    library_close(&library);
}

static void other_rooms_are_not_searched(void **state) {
    struct library library = library_make(state);
    scratch_make_room(library.s, library.store, 2);
    scratch_make_room(library.s, library.store, 4);
    put(&library, 2, 1, "ann", "an elephant");
    put(&library, 4, 1, "ann", "an elephant");
    scratch_commit(library.s, library.store);
    for (int turn = 0; turn < 2; turn++) {
        FINDS_NOTHING("elephant");
        FINDS_NOTHING("author:ann");
        assert_int_equal(search_in(&library, 2, "elephant", 9, 9999).count, 1);
        settle(&library);
    }
    FINDS_NOTHING("elephant");
    assert_int_equal(search_in(&library, 77, "elephant", 9, 9999).count, 0);
    library_close(&library);
}

static void nothing_above_the_permitted_number_is_found(void **state) {
    struct library library = library_make(state);
    say_some(&library);
    for (int turn = 0; turn < 2; turn++) {
        struct found found = {0};
        struct query_end end;
        struct query query = {
            .kind = QUERY_SEARCH, .room.v = ROOM, .count = 9, .last = 3, .text_size = 5};
        memcpy(query.text, "quick", 5);
        assert_int_equal(store_search(library.searcher, library.reader, &query, 65536, found_row,
                                      &found, &end, &library.s->error),
                         0);
        assert_int_equal(found.count, 2);
        assert_int_equal(found.seqs[0] + found.seqs[1], 4);
        settle(&library);
    }
    library_close(&library);
}

/* ---- order and pieces ---- */

static void the_best_come_first(void **state) {
    struct library library = library_make(state);
    say(&library, "ann", "zebra zebra zebra");                                   /* 1 */
    say(&library, "ann", "a zebra and many other words that say nothing of it"); /* 2 */
    say(&library, "ann", "a zebra here");                                        /* 3 */
    for (int i = 0; i < 30; i++)
        say(&library, "bob", "common words fill the room");
    say(&library, "ann", "common common common rare");  /* 34 */
    say(&library, "ann", "common rare rare rare word"); /* 35 */
    say(&library, "ann", "rare rare rare common word"); /* 36 */
    settle(&library);
    FINDS("zebra", 1, 3, 2);
    FINDS("zebra order:new", 3, 2, 1);
    FINDS("common rare", 36, 35, 34);
    library_close(&library);
}

static void an_answer_comes_in_pieces(void **state) {
    struct library library = library_make(state);
    static const char *const texts[] = {"elephant order:new", "elephant"};
    for (int i = 0; i < 40; i++)
        say(&library, "ann", i % 2 == 0 ? "an elephant" : "an elephant elephant");
    for (int turn = 0; turn < 4; turn++) {
        uint64_t sum = 0;
        struct found found = search_in(&library, ROOM, texts[turn % 2], 30, 3000);
        assert_int_equal(found.count, 30);
        assert_true(found.pieces > 2);
        for (int i = 0; i < 30; i++)
            sum += found.seqs[i];
        if (turn % 2 == 0) {
            assert_int_equal(sum, (40 + 11) * 30 / 2);
        } else { /* 20 even ones, then the newest 10 odd ones */
            assert_int_equal(sum, (40 + 2) * 20 / 2 + (39 + 21) * 10 / 2);
        }
        if (turn == 1) settle(&library);
    }
    library_close(&library);
}

/* ---- what people may type ---- */

static void nothing_typed_is_syntax(void **state) {
    static const char *const texts[] = {
        "'; DROP TABLE events; --",
        "\" OR 1=1 --",
        "a\" OR words:*",
        "NEAR(a b)",
        "{facts} : u1099",
        "facts:u1099",
        "a* b*",
        "^fox",
        "fox + dog",
        "(fox OR dog)",
        "% _ fox%",
        "fox) UNION SELECT 1",
        "words : fox",
        "- -fox -- fox",
        "fox AND",
        "\"fox\"\"\"\"dog\"",
        "author:\"'; DROP\"",
        "fox\\",
        "rank:bm25",
        "search MATCH x",
        "$fox ?1 :a @b",
        "\u2605",
        "\u3000fox",
        "-has:link fox NOT dog",
    };
    struct library library = library_make(state);
    say_some(&library);
    for (int turn = 0; turn < 2; turn++) {
        for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
            struct found found = look(&library, texts[i]);
            bool plain = found.refusal == REFUSED_NOT || found.refusal == REFUSED_QUERY_BAD;
            if (!plain || found.count > 2) fail_msg("%s: %u found", texts[i], found.count);
        }
        settle(&library);
    }
    FINDS("order:new fox", 5, 1);
    library_close(&library);
}

static void ten_thousand_terms_are_refused(void **state) {
    struct library library = library_make(state);
    char text[QUERY_TEXT_MAX + 1];
    say_some(&library);
    settle(&library);
    for (size_t i = 0; i < QUERY_TEXT_MAX; i++)
        text[i] = "a OR "[i % 5];
    text[QUERY_TEXT_MAX] = '\0';
    struct found found = look(&library, text);
    assert_int_equal(found.refusal, REFUSED_QUERY_BAD);
    assert_int_equal(found.count, 0);
    library_close(&library);
}

static void signs_that_the_index_skips_are_no_search(void **state) {
    struct library library = library_make(state);
    say_some(&library);
    assert_int_equal(look(&library, "\u2605").refusal, REFUSED_QUERY_BAD);
    assert_int_equal(look(&library, "\xE2\x80\x94 -fox").refusal, REFUSED_QUERY_BAD);
    FINDS("\u2605 lazy -brown -has:link", 2);
    library_close(&library);
}

static void a_search_that_takes_too_long_is_refused(void **state) {
    struct library library = library_make(state);
    for (int i = 0; i < 2000; i++)
        put(&library, ROOM, ++library.seq, "ann", i % 2 == 0 ? "elephant" : "giraffe");
    scratch_commit(library.s, library.store);
    for (int turn = 0; turn < 2; turn++) {
        store_searcher_limit(library.searcher, 0);
        struct found found = look(&library, "elephant giraffe");
        assert_int_equal(found.refusal, REFUSED_QUERY_BROAD);
        assert_int_equal(found.count, 0);
        store_searcher_limit(library.searcher, 10000000);
        found = look(&library, "elephant giraffe");
        assert_int_equal(found.refusal, REFUSED_NOT);
        settle(&library);
    }
    library_close(&library);
}

/* ---- damage ---- */

/* The handle of the store does not let one write there: it is closed meanwhile. */
static void spoil(struct library *library, void **state, const char *sql) {
    char path[256];
    sqlite3 *db = NULL;
    char *why = NULL;
    library_close(library);
    scratch_path(library->s, "parlance.db", path);
    assert_int_equal(sqlite3_open_v2(path, &db, SQLITE_OPEN_READWRITE, "unix-excl"), SQLITE_OK);
    if (sqlite3_exec(db, sql, NULL, NULL, &why) != SQLITE_OK) fail_msg("%s", why);
    sqlite3_close(db);
    uint64_t seq = library->seq;
    *library = library_open(state);
    library->seq = seq;
}

static void a_damaged_index_is_begun_anew(void **state) {
    static const char *const damages[] = {
        "UPDATE search_data SET block = randomblob(60) WHERE id > 10",
        "UPDATE search_data SET block = randomblob(length(block)) WHERE id > 10",
        "UPDATE search_data SET block = x'00' WHERE id = 10",
        "DELETE FROM search_data",
        "DELETE FROM search_data WHERE id > 10",
        "DELETE FROM search_idx",
        "UPDATE search_config SET v = 77 WHERE k = 'version'",
        "DROP TABLE search_config; DROP TABLE search_data",
    };
    for (size_t i = 0; i < sizeof damages / sizeof damages[0]; i++) {
        struct library library = library_make(state);
        bool in_vain = true;
        say_some(&library);
        settle(&library);
        spoil(&library, state, damages[i]);
        struct found found = {0};
        struct query_end end;
        struct query query = {
            .kind = QUERY_SEARCH, .room.v = ROOM, .count = 9, .last = 9, .text_size = 5};
        memcpy(query.text, "quick", 5);
        int result = store_search(library.searcher, library.reader, &query, 65536, found_row,
                                  &found, &end, &library.s->error);
        assert_int_equal(result < 0, end.failed);
        assert_int_equal(result < 0, store_searcher_found_damage(library.searcher));
        if (result < 0) store_search_again(library.store);
        for (int turn = 0; turn < 5; turn++) {
            say(&library, "ann", "something quick");
            put_change(&library, STORED_EDIT, 1, "The quick brown ox");
            settle(&library);
        }
        uint32_t rebuilt = store_search_rebuilt(library.store, &in_vain);
        if (result < 0) assert_true(rebuilt > 0);
        if (in_vain) fail_msg("damage %zu is not repaired", i);
        if (rebuilt > 0) assert_int_equal(in_index(&library, "quick"), 8);
        assert_int_equal(in_index(&library, "lazy"), rebuilt > 0 ? 2 : in_index(&library, "lazy"));
        library_close(&library);
        scratch_forget(*state);
    }
}

static void an_index_that_cannot_be_repaired_stops_nobody(void **state) {
    struct library library = library_make(state);
    bool in_vain = false;
    say_some(&library);
    settle(&library);
    spoil(&library, state, "DROP TABLE search_long");
    for (int turn = 0; turn < 9; turn++) {
        say(&library, "ann", "still talking");
        settle(&library);
    }
    put_change(&library, STORED_EDIT, 1, "The quick brown ox");
    settle(&library);
    store_search_rebuilt(library.store, &in_vain);
    assert_true(in_vain);
    struct page page = {0};
    scratch_read(library.s, library.reader, scratch_range(ROOM, 1, 20), 65536, &page);
    assert_int_equal(page.count, 14);
    library_close(&library);
}

static void in_memory_it_is_the_same(void **state) {
    struct scratch *s = *state;
    s->options.in_memory = true;
    struct library library = library_make(state);
    say_some(&library);
    finds_them_all(&library);
    settle(&library);
    finds_them_all(&library);
    library_close(&library);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        scratch_test(a_message_is_found_before_it_is_indexed),
        scratch_test(a_message_is_found_after_it_is_indexed),
        scratch_test(a_message_is_found_when_half_are_indexed),
        scratch_test(nothing_is_indexed_before_it_is_quiet),
        scratch_test(a_long_talk_is_indexed_without_quiet),
        scratch_test(without_the_setting_nothing_is_indexed),
        scratch_test(a_start_goes_on_where_the_index_ended),
        scratch_test(an_edited_message_is_found_by_what_it_says_now),
        scratch_test(an_edit_before_the_index_came_is_no_change),
        scratch_test(a_removed_message_is_not_found_and_leaves_the_index),
        scratch_test(a_removed_word_leaves_the_pages_of_the_index),
        scratch_test(long_texts_are_found_changed_and_removed),
        scratch_test(a_text_is_searched_up_to_64_kilobytes),
        scratch_test(a_deleted_room_leaves_the_index),
        scratch_test(other_rooms_are_not_searched),
        scratch_test(nothing_above_the_permitted_number_is_found),
        scratch_test(the_best_come_first),
        scratch_test(an_answer_comes_in_pieces),
        scratch_test(nothing_typed_is_syntax),
        scratch_test(ten_thousand_terms_are_refused),
        scratch_test(signs_that_the_index_skips_are_no_search),
        scratch_test(a_search_that_takes_too_long_is_refused),
        scratch_test(a_damaged_index_is_begun_anew),
        scratch_test(an_index_that_cannot_be_repaired_stops_nobody),
        scratch_test(in_memory_it_is_the_same),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
