/* Frames cut anywhere give the same messages, every payload lies within what was given, and a
 * message that is given again is the same. The first byte of the input says how it is cut. */
#include <stdlib.h>

#include "base/check.h"
#include "base/utf8.h"
#include "wire/websocket.h"

enum { SIZE_LIMIT = 4096, TOLD_MAX = 16384 };

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

/* What came out, written down. */
static void tell(struct buf *told, enum websocket_result result,
                 const struct websocket_taken *taken) {
    buf_byte(told, (char)('0' + result));
    if (result == WEBSOCKET_BAD) {
        buf_number(told, taken->code);
        return;
    }
    if (result == WEBSOCKET_MESSAGE) buf_number(told, taken->opcode);
    buf_number(told, taken->payload.size);
    buf_put(told, slice_head(taken->payload, 64));
}

/* All that is in the stream so far. False: the connection is failed. */
static bool drain(struct slice *left, struct buf *told) {
    struct websocket_taken taken;
    for (;;) {
        const char *end = left->at + left->size;
        enum websocket_result result = websocket_take(left, SIZE_LIMIT, &taken);
        check(left->at + left->size == end);
        if (result == WEBSOCKET_MORE) return true;
        tell(told, result, &taken);
        if (result == WEBSOCKET_BAD) return false;
        if (result == WEBSOCKET_MESSAGE) {
            check(taken.payload.size <= SIZE_LIMIT);
            check(taken.payload.at + taken.payload.size == left->at);
            if (taken.opcode == WEBSOCKET_TEXT) check(utf8_valid(taken.payload));
        } else {
            check(taken.payload.size <= WEBSOCKET_CONTROL_MAX);
        }
    }
}

static void play(struct slice input, size_t step, struct buf *told) {
    char *copy = malloc(input.size + 1);
    if (!copy) abort();
    if (input.size > 0) memcpy(copy, input.at, input.size);
    struct slice left = {copy, 0};
    for (size_t have = 0; have < input.size;) {
        size_t more = step < input.size - have ? step : input.size - have;
        have += more;
        left.size += more;
        if (!drain(&left, told)) break;
    }
    free(copy);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size) {
    static char one[TOLD_MAX], other[TOLD_MAX];
    struct buf whole, cut;
    if (size < 1) return 0;
    struct slice input = {(const char *)bytes + 1, size - 1};
    buf_init(&whole, one, sizeof one);
    buf_init(&cut, other, sizeof other);
    play(input, input.size + 1, &whole);
    play(input, 1 + bytes[0] % 16, &cut);
    check(whole.overflowed || cut.overflowed || slice_equal(buf_slice(&whole), buf_slice(&cut)));
    return 0;
}
