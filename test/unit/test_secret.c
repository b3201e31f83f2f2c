/* What is kept instead of a secret. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/secret.h"
#include "base/text.h"
#include "hub/people.h"

static void the_hash_is_blake2b_of_256_bits(void **state) {
    /* b2sum -l 256 of "abc" */
    static const unsigned char abc[SECRET_HASH_SIZE] = {
        0xbd, 0xdd, 0x81, 0x3c, 0x63, 0x42, 0x39, 0x72, 0x31, 0x71, 0xef,
        0x3f, 0xee, 0x98, 0x57, 0x9b, 0x94, 0x96, 0x4e, 0x3b, 0xb1, 0xcb,
        0x3e, 0x42, 0x72, 0x62, 0xc8, 0xc0, 0x68, 0xd5, 0x23, 0x19};
    unsigned char hash[SECRET_HASH_SIZE];
    (void)state;
    secret_hash(slice_of("abc"), hash);
    assert_memory_equal(hash, abc, sizeof abc);
    assert_true(secret_same(hash, abc, sizeof abc));
    hash[31] ^= 1;
    assert_false(secret_same(hash, abc, sizeof abc));
}

static void a_token_is_32_hex_digits(void **state) {
    const uint64_t bits[2] = {0x0123456789abcdef, 0xfedcba9876543210};
    char token[SECRET_TOKEN_SIZE];
    (void)state;
    secret_token(bits, token);
    assert_memory_equal(token, "0123456789abcdeffedcba9876543210", sizeof token);
    assert_true(secret_is_token((struct slice){token, sizeof token}));
    assert_false(secret_is_token((struct slice){token, sizeof token - 1}));
    assert_false(secret_is_token(slice_of("0123456789ABCDEFFEDCBA9876543210")));
    assert_false(secret_is_token(slice_of("0123456789abcdeffedcba987654321g")));
    assert_false(secret_is_token(slice_of("")));
}

static void wiped_bytes_are_zero(void **state) {
    char bytes[] = "swordfish";
    const char zero[sizeof bytes] = {0};
    (void)state;
    secret_wipe(bytes, sizeof bytes);
    assert_memory_equal(bytes, zero, sizeof bytes);
    secret_wipe(NULL, 0);
}

/* The hub has no Unicode tables: of the names that it makes up it finds the skeleton itself. */
static void made_up_names_look_as_unicode_says(void **state) {
    static const char *const names[] = {"abcdefghijklmnopqrstuvwxyz", "client-1020", "0123456789",
                                        "brave-marmot-417", "admin"};
    struct name_rules *rules = name_rules_new();
    (void)state;
    assert_non_null(rules);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        char memory[NAME_KEY_SIZE_MAX];
        struct buf skeleton;
        buf_init(&skeleton, memory, sizeof memory);
        assert_true(name_skeleton(rules, &skeleton, slice_text(names[i])));
        assert_int_equal(name_looks(buf_slice(&skeleton)), name_plain_looks(slice_text(names[i])));
    }
    name_rules_free(rules);
}

/* On the disk: see hub/name.c. */
static void how_a_name_looks_is_the_same_number_for_ever(void **state) {
    (void)state;
    assert_int_equal(name_looks(slice_of("alice")), UINT64_C(0x8385a179eed624d7));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_hash_is_blake2b_of_256_bits),
        cmocka_unit_test(a_token_is_32_hex_digits),
        cmocka_unit_test(wiped_bytes_are_zero),
        cmocka_unit_test(made_up_names_look_as_unicode_says),
        cmocka_unit_test(how_a_name_looks_is_the_same_number_for_ever),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
