/* Strict UTF-8: the verdict, decoding, encoding, cutting. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/utf8.h"

static bool is_scalar(uint32_t code_point) {
    return code_point <= 0x10FFFF && (code_point < 0xD800 || code_point > 0xDFFF);
}

/* Any value of up to 21 bits in `size` bytes, right or wrong. */
static struct slice encode_as(char bytes[4], uint32_t value, size_t size) {
    static const unsigned char leads[] = {0, 0x00, 0xC0, 0xE0, 0xF0};
    for (size_t i = size; i-- > 1; value >>= 6)
        bytes[i] = (char)(0x80 | (value & 0x3F));
    bytes[0] = (char)(leads[size] | value);
    return (struct slice){bytes, size};
}

static size_t shortest_size(uint32_t value) {
    return value < 0x80 ? 1 : value < 0x800 ? 2 : value < 0x10000 ? 3 : 4;
}

static void every_code_point_has_exactly_one_valid_form(void **state) {
    (void)state;
    for (uint32_t value = 0; value < 0x200000; value++) {
        for (size_t size = shortest_size(value); size <= 4; size++) {
            char bytes[4];
            struct slice text = encode_as(bytes, value, size);
            bool valid = is_scalar(value) && size == shortest_size(value);
            if (utf8_valid(text) != valid) fail_msg("U+%X in %zu bytes", value, size);
            assert_int_equal(utf8_size(text), valid ? size : 0);
        }
    }
}

static void every_code_point_survives_put_and_take(void **state) {
    (void)state;
    for (uint32_t value = 0; value <= 0x10FFFF; value++) {
        if (!is_scalar(value)) continue;
        char memory[UTF8_SIZE_MAX];
        struct buf buf;
        buf_init(&buf, memory, sizeof memory);
        utf8_put(&buf, value);
        struct slice text = buf_slice(&buf);
        assert_int_equal(text.size, shortest_size(value));
        assert_int_equal(utf8_take(&text), value);
        assert_int_equal(text.size, 0);
    }
}

static void broken_text_is_refused_wherever_it_stands(void **state) {
    (void)state;
    const struct slice broken[] = {
        slice_of("\x80"),
        slice_of("\xBF"),
        slice_of("\xC0\x80"),
        slice_of("\xC1\xBF"),
        slice_of("\xC2"),
        slice_of("\xC2\x41"),
        slice_of("\xE0\x80\x80"),
        slice_of("\xE0\x9F\xBF"),
        slice_of("\xE2\x82"),
        slice_of("\xED\xA0\x80"),
        slice_of("\xED\xBF\xBF"),
        slice_of("\xF0\x80\x80\x80"),
        slice_of("\xF0\x8F\xBF\xBF"),
        slice_of("\xF0\x9F\x98"),
        slice_of("\xF4\x90\x80\x80"),
        slice_of("\xF5\x80\x80\x80"),
        slice_of("\xFE"),
        slice_of("\xFF"),
        slice_of("\xF8\x88\x80\x80\x80"),
    };
    for (size_t i = 0; i < sizeof broken / sizeof *broken; i++) {
        for (size_t before = 0; before < 20; before++) {
            char bytes[64];
            memset(bytes, 'a', sizeof bytes);
            memcpy(bytes + before, broken[i].at, broken[i].size);
            assert_false(utf8_valid((struct slice){bytes, before + broken[i].size}));
            assert_false(utf8_valid((struct slice){bytes, before + broken[i].size + 9}));
            assert_true(utf8_valid((struct slice){bytes, before}));
        }
    }
}

static void nothing_is_read_behind_the_end(void **state) {
    (void)state;
    struct slice whole = slice_of("abcd\u00E9\u20AC\U0001F98A");
    for (size_t size = 0; size <= whole.size; size++) {
        bool valid = size <= 4 || size == 6 || size == 9 || size == 13;
        assert_int_equal(utf8_valid(slice_head(whole, size)), valid);
    }
}

static void the_empty_text_and_controls_are_valid(void **state) {
    (void)state;
    assert_true(utf8_valid((struct slice){0}));
    assert_true(utf8_valid(slice_of("\0\x1B\x7F\xC2\x80")));
    assert_true(utf8_valid(slice_of("gr\u00FC\u00DFe, \u4F60\u597D, \U0001F98A, and so on")));
}

static void a_cut_never_divides_a_code_point(void **state) {
    (void)state;
    struct slice text = slice_of("a\u00E9\u20AC\U0001F98Az"); /* ends at 1 3 6 10 11 */
    const size_t wanted[] = {0, 1, 1, 3, 3, 3, 6, 6, 6, 6, 10, 11, 11, 11};
    for (size_t max = 0; max < sizeof wanted / sizeof *wanted; max++)
        assert_int_equal(utf8_cut(text, max), wanted[max]);
    assert_int_equal(utf8_cut((struct slice){0}, 5), 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_code_point_has_exactly_one_valid_form),
        cmocka_unit_test(every_code_point_survives_put_and_take),
        cmocka_unit_test(broken_text_is_refused_wherever_it_stands),
        cmocka_unit_test(nothing_is_read_behind_the_end),
        cmocka_unit_test(the_empty_text_and_controls_are_valid),
        cmocka_unit_test(a_cut_never_divides_a_code_point),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
