/* The verdict on any bytes is ICU's; what is valid can be taken apart, put together, and cut. */
#include <stdlib.h>
#include <unicode/ustring.h>

#include "base/check.h"
#include "base/utf8.h"

enum { SIZE_LIMIT = 4096 };

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static bool valid_for_icu(struct slice text) {
    static UChar units[SIZE_LIMIT];
    UErrorCode status = U_ZERO_ERROR;
    int32_t unit_count;
    u_strFromUTF8(units, SIZE_LIMIT, &unit_count, text.at, (int32_t)text.size, &status);
    return U_SUCCESS(status);
}

static void check_taking_and_putting(struct slice text) {
    static char memory[SIZE_LIMIT];
    struct buf again;
    buf_init(&again, memory, sizeof memory);
    for (struct slice rest = text; rest.size > 0;)
        utf8_put(&again, utf8_take(&rest));
    check(buf_ok(&again));
    check(slice_equal(buf_slice(&again), text));
}

static void check_cuts(struct slice text) {
    size_t last = 0;
    for (size_t max = 0; max <= text.size; max++) {
        size_t cut = utf8_cut(text, max);
        check(cut <= max);
        check(cut == last || cut == max); /* as long as can be */
        check(cut == last || utf8_valid(slice_head(slice_from(text, last), cut - last)));
        last = cut;
    }
    check(last == text.size);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size) {
    if (size > SIZE_LIMIT) return -1;
    struct slice text = {(const char *)bytes, size};
    bool valid = utf8_valid(text);
    check(valid == valid_for_icu(text));
    if (!valid) return 0;
    check_taking_and_putting(text);
    check_cuts(text);
    return 0;
}
