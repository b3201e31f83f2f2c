/* The first word of a connection, and browsers that were made to speak. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "dialect/detect.h"

/* Every shorter beginning is undecided, or the same; more bytes change nothing. */
static void assert_detected(struct slice bytes, enum detected wanted) {
    char longer[128];
    for (size_t size = 0; size < bytes.size; size++) {
        enum detected found = detect(slice_head(bytes, size));
        assert_true(found == DETECTED_NOT_YET || found == wanted);
    }
    assert_int_equal(detect(bytes), wanted);
    assert_true(bytes.size + 8 <= sizeof longer);
    memcpy(longer, bytes.at, bytes.size);
    memcpy(longer + bytes.size, "|$ \nGET ", 8);
    for (size_t more = 1; more <= 8; more++)
        assert_int_equal(detect((struct slice){longer, bytes.size + more}), wanted);
}

static void each_first_word_is_known(void **state) {
    (void)state;
    assert_detected(slice_of("GET "), DETECTED_HTTP);
    assert_detected(slice_of("DELETE "), DETECTED_HTTP);
    assert_detected(slice_of("PRI "), DETECTED_HTTP);
    assert_detected(slice_of("NICK "), DETECTED_IRC);
    assert_detected(slice_of("cap "), DETECTED_IRC);
    assert_detected(slice_of("PASS "), DETECTED_IRC);
    assert_detected(slice_of("reg$"), DETECTED_DOLLAR);
    assert_detected(slice_of("100|7|"), DETECTED_PIPE);
    assert_detected(slice_of("1|1|"), DETECTED_PIPE);
    assert_detected(slice_of("PROXY "), DETECTED_PROXY);
    assert_detected(slice_of("\x16\x03"), DETECTED_TLS);
    assert_detected((struct slice){"\r\n\r\n\0\r\nQUIT\n", 12}, DETECTED_PROXY);
}

static void what_no_dialect_begins_with_is_a_nick(void **state) {
    (void)state;
    assert_detected(slice_of("x"), DETECTED_LINE);
    assert_detected(slice_of("Nicky"), DETECTED_LINE);
    assert_detected(slice_of("reg "), DETECTED_LINE);
    assert_detected(slice_of("GETX"), DETECTED_LINE);
    assert_detected(slice_of("get"), DETECTED_LINE);
    assert_detected(slice_of("100|x"), DETECTED_LINE);
    assert_detected(slice_of("12345678901"), DETECTED_LINE);
    assert_detected(slice_of("7x"), DETECTED_LINE);
}

static void a_part_of_a_word_decides_nothing(void **state) {
    static const char *const parts[] = {"",     "G",     "GET",  "NIC", "NICK", "reg",       "100",
                                        "100|", "100|7", "\x16", "\r",  "\r\n", "\r\n\r\nG", "P"};
    (void)state;
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
        assert_int_equal(detect(slice_text(parts[i])), DETECTED_NOT_YET);
}

static void empty_lines_before_the_first_word_are_skipped(void **state) {
    (void)state;
    assert_int_equal(detect(slice_of("\r\n\nNICK a")), DETECTED_IRC);
    assert_int_equal(detect(slice_of("\n100|7|x")), DETECTED_PIPE);
    assert_int_equal(detect(slice_of("\nxy")), DETECTED_LINE);
}

static void a_browsers_lines_are_known(void **state) {
    (void)state;
    assert_true(detect_http_line(slice_of("GET / HTTP/1.1")));
    assert_true(detect_http_line(slice_of("POST /x HTTP/1.0")));
    assert_true(detect_http_line(slice_of("OPTIONS * HTTP/1.1")));
    assert_true(detect_http_line(slice_of("CONNECT host:1 HTTP/1.1")));
    assert_true(detect_http_line(slice_of("Host: chat.example")));
    assert_true(detect_http_line(slice_of("GET")));
    assert_true(detect_http_line(slice_of("PUT http://x/")));
}

static void a_nick_is_not_a_browser(void **state) {
    (void)state;
    assert_false(detect_http_line(slice_of("alice")));
    assert_false(detect_http_line(slice_of("GETTING")));
    assert_false(detect_http_line(slice_of("Hostess")));
    assert_false(detect_http_line(slice_of("")));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_first_word_is_known),
        cmocka_unit_test(what_no_dialect_begins_with_is_a_nick),
        cmocka_unit_test(a_part_of_a_word_decides_nothing),
        cmocka_unit_test(empty_lines_before_the_first_word_are_skipped),
        cmocka_unit_test(a_browsers_lines_are_known),
        cmocka_unit_test(a_nick_is_not_a_browser),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
