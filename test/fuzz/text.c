/* Whatever is written, nothing that moves a terminal's cursor is shown; and a mask matches what
 * the definition of masks says. The input is shown whole; its parts around the first 0xFF are a
 * mask and a text. */
#include <stdlib.h>

#include "base/check.h"
#include "base/text.h"
#include "base/utf8.h"

enum { SIZE_LIMIT = 2048 };

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static void check_harmless(struct slice shown) {
    check(utf8_valid(shown));
    while (shown.size > 0) {
        uint32_t c = utf8_take(&shown);
        check(c >= 0x20 || c == '\t');
        check(c < 0x7F || c > 0x9F);
        check(c < 0x202A || c > 0x202E);
        check(c < 0x2066 || c > 0x2069);
    }
}

static void check_show(struct slice text) {
    static char first[SIZE_LIMIT * TEXT_SHOW_GROWTH], second[sizeof first];
    struct buf once, twice;
    buf_init(&once, first, text.size * TEXT_SHOW_GROWTH);
    text_show(&once, text);
    check(buf_ok(&once));
    check_harmless(buf_slice(&once));
    buf_init(&twice, second, sizeof second);
    text_show(&twice, buf_slice(&once));
    check(slice_equal(buf_slice(&once), buf_slice(&twice)));
}

/* Going back to the last star only: not exponential, but quadratic. */
static bool slow_match(struct slice mask, struct slice text) {
    struct slice star = {0}, behind_star = {0};
    while (mask.size > 0 || text.size > 0) {
        if (mask.size > 0 && mask.at[0] == '*') {
            mask = slice_from(mask, 1);
            star = mask;
            behind_star = text;
            if (mask.size == 0) return true;
        } else if (mask.size > 0 && text.size > 0 && mask.at[0] == '?') {
            mask = slice_from(mask, 1);
            text = slice_from(text, utf8_size(text));
        } else if (mask.size > 0 && text.size > 0 && mask.at[0] == text.at[0]) {
            mask = slice_from(mask, 1);
            text = slice_from(text, 1);
        } else {
            if (star.size == 0 || behind_star.size == 0) return false;
            behind_star = slice_from(behind_star, utf8_size(behind_star));
            mask = star;
            text = behind_star;
        }
    }
    return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size) {
    if (size > SIZE_LIMIT) return -1;
    struct slice text = {(const char *)bytes, size};
    check_show(text);
    struct slice mask = slice_until(&text, '\xFF');
    if (utf8_valid(mask) && utf8_valid(text))
        check(glob_match(mask, text) == slow_match(mask, text));
    return 0;
}
