/* What people type to find something again. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "chat/search.h"

static struct search parsed(const char *text) {
    struct search search;
    struct slice place;
    if (!search_parse(slice_text(text), &search, &place)) {
        fail_msg("%s: refused at %.*s", text, (int)place.size, place.at);
    }
    return search;
}

static void assert_match(const char *text, const char *wanted) {
    char memory[SEARCH_MATCH_MAX];
    struct buf match;
    struct search search = parsed(text);
    buf_init(&match, memory, sizeof memory - 1);
    search_match(&search, UINT32_MAX, &match);
    assert_true(buf_ok(&match));
    memory[match.size] = '\0';
    assert_string_equal(memory, wanted);
}

static void assert_refused(const char *text, const char *at) {
    struct search search;
    struct slice place;
    if (search_parse(slice_text(text), &search, &place)) fail_msg("taken: %s", text);
    if (!slice_equal(place, slice_text(at)))
        fail_msg("%s: refused at '%.*s', not at '%s'", text, (int)place.size, place.at, at);
}

static void words_are_all_wanted(void **state) {
    (void)state;
    assert_match("one", "(words : \"one\")");
    assert_match("  one\ttwo ", "(words : \"one\" AND words : \"two\")");
}

static void quotes_keep_words_together(void **state) {
    (void)state;
    assert_match("\"one two\" three", "(words : \"one two\" AND words : \"three\")");
    assert_match("\"one\"two", "(words : \"one\" AND words : \"two\")");
    assert_match("5\" x", "(words : \"5\"\"\" AND words : \"x\")");
}

static void operators_are_words(void **state) {
    (void)state;
    assert_match("a OR b", "(words : \"a\" AND words : \"OR\" AND words : \"b\")");
    assert_match("a AND NOT", "(words : \"a\" AND words : \"AND\" AND words : \"NOT\")");
    assert_match("NEAR(a", "(words : \"NEAR(a\")");
    assert_match("words:a a* ^a a+b",
                 "(words : \"words:a\" AND words : \"a*\" AND words : \"^a\" AND words : \"a+b\")");
    assert_match("http://example.org/a", "(words : \"http://example.org/a\")");
    assert_match("'; DROP TABLE events; --",
                 "(words : \"DROP\" AND words : \"TABLE\" AND words : \"events;\")");
}

static void a_minus_leaves_out(void **state) {
    (void)state;
    assert_match("a -b", "(words : \"a\") NOT (words : \"b\")");
    assert_match("-\"b c\" a -d", "(words : \"a\") NOT (words : \"b c\" OR words : \"d\")");
    assert_match("a - b", "(words : \"a\" AND words : \"b\")");
    assert_match("a-b", "(words : \"a-b\")");
}

static void facts_are_found_by_what_the_index_keeps(void **state) {
    (void)state;
    char memory[SEARCH_FACTS_MAX], match_memory[SEARCH_MATCH_MAX];
    struct buf facts, match;
    buf_init(&facts, memory, sizeof memory);
    search_facts(7, slice_of("ANN"), slice_of("see HTTPS://example.org"), &facts);
    struct search search = parsed("author:Ann");
    buf_init(&match, match_memory, sizeof match_memory);
    search_match(&search, UINT32_MAX, &match);
    assert_true(slice_starts(buf_slice(&facts), slice_of("u7 n")));
    /* "u7 n<16 digits> link" and "(facts : (n<16 digits>))" */
    assert_int_equal(facts.size, 3 + 17 + 5);
    assert_memory_equal(memory + 3, match_memory + 10, 17);
    assert_memory_equal(memory + 20, " link", 5);
    assert_match("author:7 x -has:LINK",
                 "(facts : (n1d4bec11dd0b20a7 OR u7) AND words : \"x\") NOT (facts : (link))");
}

static void an_author_goes_by_name_in_any_case_or_by_number(void **state) {
    (void)state;
    assert_true(search_is_author(slice_of("zoë"), 7, slice_of("ZOË")));
    assert_true(search_is_author(slice_of("7"), 7, slice_of("Zoë")));
    assert_true(search_is_author(slice_of("7"), 8, slice_of("7")));
    assert_false(search_is_author(slice_of("7"), 8, slice_of("Zoë")));
    assert_false(search_is_author(slice_of("zoe"), 7, slice_of("Zoë")));
    assert_false(search_is_author(slice_of(""), 7, slice_of("")));
}

static void a_link_is_http_or_https(void **state) {
    (void)state;
    assert_true(search_has_link(slice_of("http://a")));
    assert_true(search_has_link(slice_of("at: see (Https://a)")));
    assert_false(search_has_link(slice_of("ftp://a http: //b http:/c ://")));
    assert_false(search_has_link(slice_of("")));
}

static void dates_are_utc(void **state) {
    (void)state;
    assert_int_equal(parsed("a after:1970-01-01").after_ms, 0);
    assert_int_equal(parsed("a before:2026-11-21").before_ms, INT64_C(1795219200000));
    assert_int_equal(parsed("a before:2024-02-29T23:59").before_ms, INT64_C(1709251140000));
    assert_int_equal(parsed("a after:2000-03-01").after_ms, INT64_C(951868800000));
    assert_int_equal(parsed("a before:9999-12-31").before_ms, INT64_C(253402214400000));
    struct search search = parsed("a before:2024-01-02 before:2024-01-01 after:2023-01-01");
    assert_int_equal(search.before_ms, INT64_C(1704067200000));
    assert_int_equal(search.after_ms, INT64_C(1672531200000));
    search = parsed("a");
    assert_true(search.after_ms < -INT64_C(1000000000000000));
    assert_true(search.before_ms > INT64_C(1000000000000000));
}

static void dates_that_are_none_are_refused(void **state) {
    (void)state;
    static const char *const wrong[] = {
        "before:2023-02-29",
        "before:2026-13-01",
        "before:2026-00-01",
        "before:2026-01-00",
        "before:2026-04-31",
        "before:1969-12-31",
        "before:26-01-01",
        "before:2026-1-1",
        "before:2026-01-01T24:00",
        "before:2026-01-01T10:60",
        "before:2026-01-01T10",
        "before:2026-01-01 10:00",
        "before:2026-01-01T10:00Z",
        "after:yesterday",
        "after:",
        "-after:2026-01-01",
        "before:2026-01-01T10:00:00",
    };
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        struct search search;
        struct slice place;
        char text[64];
        snprintf(text, sizeof text, "a %s", wrong[i]);
        bool taken = search_parse(slice_text(text), &search, &place);
        /* the one with a blank is a date and a word */
        assert_int_equal(taken, strchr(wrong[i], ' ') != NULL);
        if (!taken) assert_ptr_equal(place.at, text + 2);
    }
}

static void room_and_order_are_read(void **state) {
    (void)state;
    struct search search = parsed("room:\"a b\" order:NEW x");
    assert_true(slice_equal(search.room, slice_of("a b")));
    assert_true(search.newest);
    assert_int_equal(search.count, 1);
    search = parsed("ROOM:lobby x");
    assert_true(slice_equal(search.room, slice_of("lobby")));
    assert_false(search.newest);
}

static void what_is_not_understood_is_named(void **state) {
    (void)state;
    assert_refused("x order:old", "order:old");
    assert_refused("x has:image y", "has:image y");
    assert_refused("x room: y", "room: y");
    assert_refused("x author:\"\"", "author:\"\"");
    assert_refused("x room:a room:b", "room:b");
    assert_refused("x -room:a", "-room:a");
    assert_refused("x \"open end", "\"open end");
    assert_refused("x author:\"open end", "\"open end");
    assert_refused("x \x01y", "\x01y");
    assert_refused("x \xff", "x \xff");
}

static void without_anything_to_look_for_there_is_no_search(void **state) {
    (void)state;
    static const char missing[] = "its end: words to look for are missing";
    assert_refused("", missing);
    assert_refused("  \t ", missing);
    assert_refused("-a", missing);
    assert_refused("-a -\"b c\" -has:link", missing);
    assert_refused("before:2026-01-01 room:lobby", missing);
    assert_refused("?! ...", missing);
    assert_refused("- -", missing);
}

static void sixteen_terms_and_512_bytes_are_the_most(void **state) {
    (void)state;
    char text[SEARCH_SIZE_MAX + 2];
    assert_int_equal(parsed("a b c d e f g h -i j k l m n o author:p before:2026-01-01").count, 16);
    assert_refused("a b c d e f g h i j k l m n o p author:q", "author:q");
    memset(text, 'x', sizeof text);
    text[SEARCH_SIZE_MAX] = '\0';
    assert_int_equal(parsed(text).terms[0].text.size, SEARCH_SIZE_MAX);
    text[SEARCH_SIZE_MAX] = 'x';
    text[SEARCH_SIZE_MAX + 1] = '\0';
    assert_refused(text, "x");
}

static void the_longest_expression_fits(void **state) {
    (void)state;
    char text[SEARCH_SIZE_MAX + 1], memory[SEARCH_MATCH_MAX];
    struct slice place;
    struct search search;
    struct buf match;
    size_t size = 0;
    for (int i = 0; i < SEARCH_TERMS_MAX - 1; i++)
        size += (size_t)snprintf(text + size, sizeof text - size, "author:4294967295 ");
    text[size++] = 'x';
    memset(text + size, '"', sizeof text - size);
    assert_true(search_parse((struct slice){text, SEARCH_SIZE_MAX}, &search, &place));
    assert_int_equal(search.count, SEARCH_TERMS_MAX);
    buf_init(&match, memory, sizeof memory);
    search_match(&search, UINT32_MAX, &match);
    assert_true(buf_ok(&match));
}

static void a_place_is_short_and_cuts_no_character(void **state) {
    (void)state;
    assert_refused("x has:äääääääääääääääääääääääääääääääääääääää", "has:ääääääääääääääääää");
}

static void terms_that_are_not_used_are_not_in_the_expression(void **state) {
    (void)state;
    char memory[SEARCH_MATCH_MAX];
    struct buf match;
    struct search search = parsed("a b -c");
    buf_init(&match, memory, sizeof memory);
    search_match(&search, 2, &match);
    assert_true(slice_equal(buf_slice(&match), slice_of("(words : \"b\")")));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(words_are_all_wanted),
        cmocka_unit_test(quotes_keep_words_together),
        cmocka_unit_test(operators_are_words),
        cmocka_unit_test(a_minus_leaves_out),
        cmocka_unit_test(facts_are_found_by_what_the_index_keeps),
        cmocka_unit_test(an_author_goes_by_name_in_any_case_or_by_number),
        cmocka_unit_test(a_link_is_http_or_https),
        cmocka_unit_test(dates_are_utc),
        cmocka_unit_test(dates_that_are_none_are_refused),
        cmocka_unit_test(room_and_order_are_read),
        cmocka_unit_test(what_is_not_understood_is_named),
        cmocka_unit_test(without_anything_to_look_for_there_is_no_search),
        cmocka_unit_test(sixteen_terms_and_512_bytes_are_the_most),
        cmocka_unit_test(the_longest_expression_fits),
        cmocka_unit_test(a_place_is_short_and_cuts_no_character),
        cmocka_unit_test(terms_that_are_not_used_are_not_in_the_expression),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
