/* A stream cut anywhere gives the same lines. The first byte of the input is the longest size of a
 * line, the second says how the stream is cut. */
#include <stdlib.h>

#include "base/buf.h"
#include "base/check.h"
#include "wire/line.h"

enum { SIZE_LIMIT = 8192 };

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

/* Each result as its number, the line, and a LF, which no line holds. */
struct outcome {
    char memory[3 * SIZE_LIMIT];
    struct buf results;
};

static void check_line(struct slice line, size_t size_max) {
    check(line.size <= size_max);
    check(line.size == 0 || !memchr(line.at, '\n', line.size));
    bool has_cr = line.size > 0 && memchr(line.at, '\r', line.size);
    check(!has_cr || line_check(line) != LINE_FINE);
}

static void take_all(struct outcome *outcome, struct slice *stream, size_t size_max,
                     bool *dropping) {
    for (;;) {
        struct slice line = {0};
        enum line_result result = line_take(stream, size_max, dropping, &line);
        if (result == LINE_NONE) break;
        check_line(line, size_max);
        check(result == LINE_WHOLE || line.size == 0);
        buf_byte(&outcome->results, result == LINE_WHOLE ? 'w' : 'l');
        buf_put(&outcome->results, line);
        buf_byte(&outcome->results, '\n');
    }
    check(stream->size <= size_max + 1);
}

static void run(struct outcome *outcome, struct slice bytes, size_t size_max, size_t piece_max) {
    bool dropping = false;
    struct slice kept = {bytes.at, 0}; /* what is left stays where it is: more comes behind it */
    buf_init(&outcome->results, outcome->memory, sizeof outcome->memory);
    for (size_t turn = 1, end = 0; end < bytes.size; turn++) {
        size_t piece = 1 + turn * 7 % piece_max;
        end = bytes.size - end < piece ? bytes.size : end + piece;
        kept.size = (size_t)(bytes.at + end - kept.at);
        char *copy = malloc(kept.size);
        if (!copy) abort();
        memcpy(copy, kept.at, kept.size);
        struct slice stream = {copy, kept.size};
        take_all(outcome, &stream, size_max, &dropping);
        kept = slice_from(kept, kept.size - stream.size);
        free(copy);
    }
    check(buf_ok(&outcome->results));
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size) {
    static struct outcome whole, cut, single;
    if (size < 2 || size > SIZE_LIMIT) return -1;
    struct slice stream = slice_from((struct slice){(const char *)bytes, size}, 2);
    size_t size_max = bytes[0] % 40;
    run(&whole, stream, size_max, SIZE_LIMIT);
    run(&cut, stream, size_max, 1 + bytes[1] % 32);
    run(&single, stream, size_max, 1);
    check(slice_equal(buf_slice(&whole.results), buf_slice(&cut.results)));
    check(slice_equal(buf_slice(&whole.results), buf_slice(&single.results)));
    return 0;
}
