/* test_date.c: dates of ms since 1970, and back. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/date.h"

static const struct {
    int64_t ms;
    const char *text;
} known[] = {
    {0, "1970-01-01T00:00:00.000Z"},
    {951782399999, "2000-02-28T23:59:59.999Z"},
    {951782400000, "2000-02-29T00:00:00.000Z"},
    {1709164800000, "2024-02-29T00:00:00.000Z"},
    {1763741152123, "2025-11-21T16:05:52.123Z"},
    {4107542400000, "2100-03-01T00:00:00.000Z"},
    {253402300799999, "9999-12-31T23:59:59.999Z"},
};

static void test_known(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        char memory[DATE_SIZE + 1] = {0};
        struct buf out;
        int64_t ms = -1;
        buf_init(&out, memory, DATE_SIZE);
        date_put(&out, known[i].ms);
        assert_string_equal(memory, known[i].text);
        assert_true(date_read(slice_text(memory), &ms));
        assert_int_equal(ms, known[i].ms);
    }
}

static void test_every_day_comes_back(void **state) {
    (void)state;
    for (int64_t ms = 0; ms < INT64_C(5000000000000); ms += 86399999) {
        char memory[DATE_SIZE];
        struct buf out;
        int64_t back = -1;
        buf_init(&out, memory, sizeof memory);
        date_put(&out, ms);
        assert_true(date_read(buf_slice(&out), &back));
        assert_int_equal(back, ms);
    }
}

static void test_parts_of_a_second(void **state) {
    (void)state;
    int64_t ms = -1;
    assert_true(date_read(slice_of("1970-01-01T00:00:01Z"), &ms));
    assert_int_equal(ms, 1000);
    assert_true(date_read(slice_of("1970-01-01T00:00:01.5Z"), &ms));
    assert_int_equal(ms, 1500);
    assert_true(date_read(slice_of("1970-01-01T00:00:01.123456789Z"), &ms));
    assert_int_equal(ms, 1123);
}

static void test_what_is_no_date(void **state) {
    (void)state;
    static const char *const wrong[] = {"",
                                        "Z",
                                        "2023-02-29T00:00:00.000Z",
                                        "2023-04-31T00:00:00Z",
                                        "2023-13-01T00:00:00Z",
                                        "2023-00-01T00:00:00Z",
                                        "2023-01-01T24:00:00Z",
                                        "2023-01-01T00:60:00Z",
                                        "2023-01-01T00:00:00",
                                        "2023-01-01T00:00:00.Z",
                                        "2023-01-01T00:00:00.1234567890Z",
                                        "2023-01-01 00:00:00Z",
                                        "1969-12-31T23:59:59Z",
                                        "2023-1-01T00:00:00.000Z",
                                        "2023-01-01T00:00:00.00xZ"};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        int64_t ms = 7;
        assert_false(date_read(slice_text(wrong[i]), &ms));
        assert_int_equal(ms, 7);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_known),
        cmocka_unit_test(test_every_day_comes_back),
        cmocka_unit_test(test_parts_of_a_second),
        cmocka_unit_test(test_what_is_no_date),
    };
    return cmocka_run_group_tests_name("date", tests, NULL, NULL);
}
