/* The header of a proxy: both versions, and nothing that is only like them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "wire/proxy.h"

#define SIGNATURE "\r\n\r\n\0\r\nQUIT\n"

static enum proxy_result take(struct slice bytes, char text[ADDRESS_TEXT_SIZE_MAX + 1],
                              size_t *left) {
    struct address from = {0};
    struct buf out;
    enum proxy_result result = proxy_take(&bytes, &from);
    buf_init(&out, text, ADDRESS_TEXT_SIZE_MAX);
    address_text(&out, from);
    text[out.size] = '\0';
    *left = bytes.size;
    return result;
}

#define assert_from(literal, wanted, rest)                                                         \
    do {                                                                                           \
        char text[ADDRESS_TEXT_SIZE_MAX + 1];                                                      \
        size_t left;                                                                               \
        assert_int_equal(take(slice_of(literal), text, &left), PROXY_DONE);                        \
        assert_string_equal(text, wanted);                                                         \
        assert_int_equal(left, rest);                                                              \
        for (size_t size = 0; size < sizeof(literal) - 1 - left; size++) {                         \
            size_t all;                                                                            \
            assert_int_equal(take(slice_head(slice_of(literal), size), text, &all), PROXY_MORE);   \
            assert_int_equal(all, size);                                                           \
        }                                                                                          \
    } while (0)

#define assert_bad(literal)                                                                        \
    do {                                                                                           \
        char text[ADDRESS_TEXT_SIZE_MAX + 1];                                                      \
        size_t left;                                                                               \
        assert_int_equal(take(slice_of(literal), text, &left), PROXY_BAD);                         \
        assert_int_equal(left, sizeof(literal) - 1);                                               \
    } while (0)

static void a_line_tells_an_address(void **state) {
    (void)state;
    assert_from("PROXY TCP4 192.0.2.1 198.51.100.1 56324 443\r\nrest", "192.0.2.1:56324", 4);
    assert_from("PROXY TCP6 2001:db8::1 ::1 1 0\r\n", "[2001:db8::1]:1", 0);
}

static void a_line_that_is_not_exact_is_bad(void **state) {
    (void)state;
    assert_bad("PROXY UNKNOWN\r\n");
    assert_bad("PROXY TCP4 192.0.2.1 198.51.100.1 1 2\n");
    assert_bad("PROXY TCP4 192.0.2.1 198.51.100.1 1\r\n");
    assert_bad("PROXY TCP4 192.0.2.1 198.51.100.1 1 2 3\r\n");
    assert_bad("PROXY TCP4  192.0.2.1 198.51.100.1 1 2\r\n");
    assert_bad("PROXY TCP4 192.0.2.1 198.51.100.1 01 2\r\n");
    assert_bad("PROXY TCP4 192.0.2.1 198.51.100.1 1 65536\r\n");
    assert_bad("PROXY TCP4 192.0.2.0/24 198.51.100.1 1 2\r\n");
    assert_bad("PROXY TCP4 ::1 ::1 1 2\r\n");
    assert_bad("PROXY TCP6 192.0.2.1 198.51.100.1 1 2\r\n");
    assert_bad("PROXY TCP4 192.0.2.1 198.51.100.1 1 2                                      "
               "                                        ");
    assert_bad("proxy TCP4 192.0.2.1 198.51.100.1 1 2\r\n");
    assert_bad("GET / HTTP/1.1\r\n");
}

static void the_binary_form_tells_an_address(void **state) {
    (void)state;
    assert_from(SIGNATURE "\x21\x11\0\x0c\xc0\0\2\1\xc6\x33\x64\1\x1f\x90\0\x50x", "192.0.2.1:8080",
                1);
    assert_from(SIGNATURE "\x21\x11\0\x11\xc0\0\2\1\xc6\x33\x64\1\0\1\0\x50\4\0\2ab", "192.0.2.1:1",
                0);
    assert_from(SIGNATURE "\x20\0\0\2ab", "local", 0); /* the proxy itself: left as it was */
}

static void a_binary_form_that_is_not_exact_is_bad(void **state) {
    (void)state;
    assert_bad(SIGNATURE "\x22\x11\0\x0c\xc0\0\2\1\xc6\x33\x64\1\0\1\0\x50"); /* command */
    assert_bad(SIGNATURE "\x11\x11\0\x0c\xc0\0\2\1\xc6\x33\x64\1\0\1\0\x50"); /* version */
    assert_bad(SIGNATURE "\x21\x12\0\x0c\xc0\0\2\1\xc6\x33\x64\1\0\1\0\x50"); /* UDP */
    assert_bad(SIGNATURE "\x21\x31\0\x0c\xc0\0\2\1\xc6\x33\x64\1\0\1\0\x50"); /* a unix socket */
    assert_bad(SIGNATURE "\x21\x00\0\x00");                                   /* none */
    assert_bad(SIGNATURE "\x21\x11\0\x0b\xc0\0\2\1\xc6\x33\x64\1\0\1\0");     /* too short */
    assert_bad(SIGNATURE "\x21\x11\0\x0f\xc0\0\2\1\xc6\x33\x64\1\0\1\0\x50\4\0\1"); /* beyond */
    assert_bad(SIGNATURE "\x21\x11\xff\xff");                                       /* too long */
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_line_tells_an_address),
        cmocka_unit_test(a_line_that_is_not_exact_is_bad),
        cmocka_unit_test(the_binary_form_tells_an_address),
        cmocka_unit_test(a_binary_form_that_is_not_exact_is_bad),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
