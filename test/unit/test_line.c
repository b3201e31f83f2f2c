/* A stream cut into lines: the same lines, however the reads came. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/buf.h"
#include "wire/line.h"

enum { SIZE_MAX_BYTES = 4, ROOM = 256 };

/* The results as text: `line;` for a whole line, `!;` for one too long. */
struct reader {
    char rest[ROOM], shown[ROOM];
    size_t rest_size;
    struct buf out;
    bool dropping;
};

static void reader_init(struct reader *reader) {
    *reader = (struct reader){0};
    buf_init(&reader->out, reader->shown, ROOM);
}

static void feed(struct reader *reader, struct slice bytes) {
    char joined[ROOM];
    assert_true(reader->rest_size + bytes.size <= ROOM);
    memcpy(joined, reader->rest, reader->rest_size);
    memcpy(joined + reader->rest_size, bytes.at, bytes.size);
    struct slice stream = {joined, reader->rest_size + bytes.size}, line;
    enum line_result result;
    while ((result = line_take(&stream, SIZE_MAX_BYTES, &reader->dropping, &line)) != LINE_NONE) {
        buf_put(&reader->out, result == LINE_WHOLE ? line : slice_of("!"));
        buf_byte(&reader->out, ';');
    }
    assert_true(stream.size <= SIZE_MAX_BYTES + 1);
    memcpy(reader->rest, stream.at, stream.size);
    reader->rest_size = stream.size;
}

static void assert_lines(struct slice bytes, const char *wanted) {
    struct reader reader;
    for (size_t cut = 0; cut <= bytes.size; cut++) {
        for (size_t second = cut; second <= bytes.size; second++) {
            reader_init(&reader);
            feed(&reader, slice_head(bytes, cut));
            feed(&reader, slice_from(slice_head(bytes, second), cut));
            feed(&reader, slice_from(bytes, second));
            assert_int_equal(reader.out.size, strlen(wanted));
            assert_memory_equal(reader.shown, wanted, reader.out.size);
        }
    }
}

static void a_line_ends_with_lf_or_crlf(void **state) {
    (void)state;
    assert_lines(slice_of("a\nb\r\ncd\n"), "a;b;cd;");
}

static void empty_lines_are_lines(void **state) {
    (void)state;
    assert_lines(slice_of("\n\r\n\n"), ";;;");
}

static void an_unfinished_line_waits(void **state) {
    (void)state;
    assert_lines(slice_of("a\nbcd"), "a;");
    assert_lines(slice_of("\r"), "");
    assert_lines(slice_of(""), "");
}

static void only_one_cr_belongs_to_the_end(void **state) {
    (void)state;
    assert_lines(slice_of("a\r\r\n"), "a\r;");
    assert_lines(slice_of("a\rb\n"), "a\rb;");
}

static void a_line_of_the_longest_size_is_whole(void **state) {
    (void)state;
    assert_lines(slice_of("abcd\nabcd\r\n"), "abcd;abcd;");
    assert_lines(slice_of("abcde\nx\n"), "!;x;");
    assert_lines(slice_of("abcde\r\nx\n"), "!;x;");
    assert_lines(slice_of("abcd\r\r\nx\n"), "!;x;");
}

static void a_long_line_is_told_once_and_its_rest_dropped(void **state) {
    (void)state;
    assert_lines(slice_of("a\nthis is much too long\nb\nand this\r\n\nc"), "a;!;b;!;;");
}

static void a_long_line_is_told_before_its_end_has_come(void **state) {
    (void)state;
    assert_lines(slice_of("abcde"), "!;");
    assert_lines(slice_of("abcd\r"), "");
    assert_lines(slice_of("abcd\rx"), "!;");
}

static void a_line_of_a_gigabyte_keeps_nothing(void **state) {
    (void)state;
    static char block[1 << 20];
    memset(block, 'x', sizeof block);
    bool dropping = false;
    struct slice line;
    for (int i = 0; i < 1024; i++) {
        struct slice stream = {block, sizeof block};
        enum line_result wanted = i == 0 ? LINE_TOO_LONG : LINE_NONE;
        assert_int_equal(line_take(&stream, 8192, &dropping, &line), wanted);
        assert_int_equal(stream.size, 0);
    }
}

static void a_line_is_checked_for_utf8_nul_and_cr(void **state) {
    (void)state;
    assert_int_equal(line_check(slice_of("hi \x1B[0m \u00E9")), LINE_FINE);
    assert_int_equal(line_check((struct slice){0}), LINE_FINE);
    assert_int_equal(line_check(slice_of("caf\xE9")), LINE_NOT_UTF8);
    assert_int_equal(line_check(slice_of("a\0b")), LINE_BAD_CHARACTER);
    assert_int_equal(line_check(slice_of("a\rb")), LINE_BAD_CHARACTER);
    assert_int_equal(line_check(slice_of("\r")), LINE_BAD_CHARACTER);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_line_ends_with_lf_or_crlf),
        cmocka_unit_test(empty_lines_are_lines),
        cmocka_unit_test(an_unfinished_line_waits),
        cmocka_unit_test(only_one_cr_belongs_to_the_end),
        cmocka_unit_test(a_line_of_the_longest_size_is_whole),
        cmocka_unit_test(a_long_line_is_told_once_and_its_rest_dropped),
        cmocka_unit_test(a_long_line_is_told_before_its_end_has_come),
        cmocka_unit_test(a_line_of_a_gigabyte_keeps_nothing),
        cmocka_unit_test(a_line_is_checked_for_utf8_nul_and_cr),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
