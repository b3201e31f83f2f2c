/* One name against many masks: the same answers as base/text.h gives, whatever the mask. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/mask.h"
#include "base/rng.h"
#include "base/text.h"

static bool match(const char *mask, struct slice text) {
    struct mask_text prepared;
    mask_text_init(&prepared, text);
    return mask_matches(&prepared, slice_text(mask));
}

static void a_mask_is_any_bytes_or_one_character(void **state) {
    (void)state;
    assert_true(match("*", slice_of("")));
    assert_true(match("", slice_of("")));
    assert_false(match("", slice_of("a")));
    assert_false(match("?", slice_of("")));
    assert_true(match("b?b", slice_of("b\xF0\x9F\x98\x80"
                                      "b")));
    assert_false(match("b??b", slice_of("b\xC3\xA4"
                                        "b")));
    assert_true(match("*a*b?", slice_of("xaxxbc")));
    assert_false(match("bob", slice_of("bobby")));
}

/* Few letters, so that masks match now and then; some are longer than a byte. */
static struct slice random_text(struct rng *rng, const char *const *letters, uint32_t kinds,
                                size_t most, char *memory) {
    size_t size = 0, wanted = rng_below(rng, most + 1);
    for (;;) {
        struct slice letter = slice_text(letters[rng_below(rng, kinds)]);
        if (size + letter.size > wanted) return (struct slice){memory, size};
        memcpy(memory + size, letter.at, letter.size);
        size += letter.size;
    }
}

static void the_answers_are_those_of_glob_match(void **state) {
    (void)state;
    static const char *const letters[] = {"a", "b", "\xC3\xA4", "\xE2\x82\xAC", "*", "*", "?"};
    struct rng rng = {7};
    char text_memory[MASK_TEXT_SIZE_MAX], mask_memory[192];
    uint32_t matched = 0;
    for (int i = 0; i < 200000; i++) {
        size_t most = i % 2 ? 8 : MASK_TEXT_SIZE_MAX;
        struct slice text = random_text(&rng, letters, 4, most, text_memory);
        struct slice mask = random_text(&rng, letters, 7, i % 2 ? 8 : 40, mask_memory);
        struct mask_text prepared;
        size_t least;
        mask_text_init(&prepared, text);
        bool is = mask_matches(&prepared, mask);
        assert_int_equal(is, glob_match(mask, text));
        bool may = !(mask_needs(mask, &least) & ~prepared.bytes) && least <= text.size;
        assert_true(may || !is);
        matched += is;
    }
    assert_true(matched > 10000);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_mask_is_any_bytes_or_one_character),
        cmocka_unit_test(the_answers_are_those_of_glob_match),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
