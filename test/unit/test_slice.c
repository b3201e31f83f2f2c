/* Cutting borrowed bytes, and writing bytes of a fixed size. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/slice.h"

static void assert_text(struct slice found, const char *wanted) {
    assert_int_equal(found.size, strlen(wanted));
    assert_memory_equal(found.at, wanted, found.size);
}

static void trim_takes_blanks_off_both_ends_only(void **state) {
    (void)state;
    assert_text(slice_trim(slice_of(" \t a \t b\t ")), "a \t b");
    assert_int_equal(slice_trim(slice_of(" \t ")).size, 0);
    assert_int_equal(slice_trim((struct slice){0}).size, 0);
    assert_text(slice_trim(slice_of("\n a")), "\n a");
}

static void words_come_off_a_line_one_by_one(void **state) {
    (void)state;
    struct slice line = slice_of("  /msg\talice  two words ");
    assert_text(slice_word(&line), "/msg");
    assert_text(slice_word(&line), "alice");
    assert_text(line, " two words ");
    assert_text(slice_word(&line), "two");
    assert_text(slice_word(&line), "words");
    assert_int_equal(slice_word(&line).size, 0);
    assert_int_equal(line.size, 0);
}

static void until_takes_the_part_and_its_mark(void **state) {
    (void)state;
    struct slice line = slice_of("100|7||a|b");
    assert_text(slice_until(&line, '|'), "100");
    assert_text(slice_until(&line, '|'), "7");
    assert_text(slice_until(&line, '|'), "");
    assert_text(line, "a|b");
    assert_text(slice_until(&line, '$'), "a|b");
    assert_int_equal(line.size, 0);
    assert_int_equal(slice_until(&line, '$').size, 0);
}

static void a_number_is_digits_up_to_its_maximum(void **state) {
    (void)state;
    uint64_t number = 77;
    assert_true(slice_number(slice_of("0"), 9, &number));
    assert_int_equal(number, 0);
    assert_true(slice_number(slice_of("007"), 7, &number));
    assert_int_equal(number, 7);
    assert_true(slice_number(slice_of("18446744073709551615"), UINT64_MAX, &number));
    assert_true(number == UINT64_MAX);
    number = 77;
    const char *wrong[] = {"", "-1", "+1", " 1", "1 ", "0x1", "1a", "18446744073709551616"};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        assert_false(slice_number(slice_text(wrong[i]), UINT64_MAX, &number));
    assert_false(slice_number(slice_of("8"), 7, &number));
    assert_false(slice_number(slice_of("10"), 9, &number));
    assert_false(slice_number(slice_of("65536"), UINT16_MAX, &number));
    assert_int_equal(number, 77);
}

static void head_and_from_never_leave_the_slice(void **state) {
    (void)state;
    struct slice text = slice_of("abc");
    assert_text(slice_head(text, 2), "ab");
    assert_text(slice_head(text, 9), "abc");
    assert_text(slice_from(text, 2), "c");
    assert_text(slice_from(text, 9), "");
    assert_int_equal(slice_from((struct slice){0}, 4).size, 0);
    assert_true(slice_starts(text, slice_of("")));
    assert_true(slice_starts(text, slice_of("abc")));
    assert_false(slice_starts(text, slice_of("abcd")));
    assert_true(slice_equal((struct slice){0}, slice_of("")));
    assert_false(slice_equal(text, slice_of("abd")));
}

static void a_hash_depends_on_bytes_and_seed(void **state) {
    (void)state;
    assert_true(slice_hash(slice_of("a"), 1) == slice_hash(slice_of("a"), 1));
    assert_true(slice_hash(slice_of("a"), 1) != slice_hash(slice_of("a"), 2));
    assert_true(slice_hash(slice_of("a"), 1) != slice_hash(slice_of("b"), 1));
    assert_true(slice_hash(slice_of(""), 1) != slice_hash(slice_of("\0"), 1));
}

static void a_buffer_remembers_that_something_did_not_fit(void **state) {
    (void)state;
    char memory[4];
    struct buf buf;
    buf_init(&buf, memory, sizeof memory);
    buf_text(&buf, "abc");
    assert_true(buf_ok(&buf));
    buf_text(&buf, "de");
    assert_false(buf_ok(&buf));
    assert_text(buf_slice(&buf), "abc");
    buf_byte(&buf, 'd');
    assert_text(buf_slice(&buf), "abcd");
    assert_false(buf_ok(&buf));
}

static void numbers_are_written_whole(void **state) {
    (void)state;
    char memory[64];
    struct buf buf;
    buf_init(&buf, memory, sizeof memory);
    buf_number(&buf, 0);
    buf_byte(&buf, ' ');
    buf_number(&buf, UINT64_MAX);
    buf_byte(&buf, ' ');
    buf_hex(&buf, 0x4f90d13a42, 10);
    buf_byte(&buf, ' ');
    buf_hex(&buf, 0xA, 4);
    assert_text(buf_slice(&buf), "0 18446744073709551615 4f90d13a42 000a");
    assert_true(buf_ok(&buf));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(trim_takes_blanks_off_both_ends_only),
        cmocka_unit_test(words_come_off_a_line_one_by_one),
        cmocka_unit_test(until_takes_the_part_and_its_mark),
        cmocka_unit_test(a_number_is_digits_up_to_its_maximum),
        cmocka_unit_test(head_and_from_never_leave_the_slice),
        cmocka_unit_test(a_hash_depends_on_bytes_and_seed),
        cmocka_unit_test(a_buffer_remembers_that_something_did_not_fit),
        cmocka_unit_test(numbers_are_written_whole),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
