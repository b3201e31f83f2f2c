/* A stream cut anywhere gives the same text and the same answers, and no more of these than one
 * for each option. The first byte of the input says how it is cut. */
#include <stdlib.h>

#include "base/check.h"
#include "wire/telnet.h"

enum { SIZE_LIMIT = 8192 };

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

/* What one connection was given, in pieces of at most piece_max bytes. */
struct outcome {
    char text_memory[SIZE_LIMIT], answer_memory[TELNET_ANSWERS_SIZE_MAX];
    struct buf text, answers;
};

static void run(struct outcome *outcome, struct slice stream, size_t piece_max) {
    struct telnet telnet = {0};
    buf_init(&outcome->text, outcome->text_memory, sizeof outcome->text_memory);
    buf_init(&outcome->answers, outcome->answer_memory, sizeof outcome->answer_memory);
    for (size_t turn = 1; stream.size > 0; turn++) {
        struct slice piece = slice_head(stream, 1 + turn * 7 % piece_max);
        char *copy = malloc(piece.size); /* of just that size, so that reading beyond is seen */
        if (!copy) abort();
        memcpy(copy, piece.at, piece.size);
        size_t left = telnet_filter(&telnet, copy, piece.size, &outcome->answers);
        check(left <= piece.size);
        buf_put(&outcome->text, (struct slice){copy, left});
        free(copy);
        stream = slice_from(stream, piece.size);
    }
    check(buf_ok(&outcome->text));
    check(buf_ok(&outcome->answers));
}

static void check_answers(struct slice answers) {
    static const uint8_t none[256];
    uint8_t seen[256];
    memcpy(seen, none, sizeof seen);
    check(answers.size % 3 == 0);
    for (; answers.size > 0; answers = slice_from(answers, 3)) {
        check(answers.at[0] == '\xFF');
        check(answers.at[1] == '\xFC' || answers.at[1] == '\xFE');
        check(seen[(uint8_t)answers.at[2]]++ == 0);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size) {
    static struct outcome whole, cut, single;
    if (size == 0 || size > SIZE_LIMIT) return -1;
    struct slice stream = slice_from((struct slice){(const char *)bytes, size}, 1);
    run(&whole, stream, SIZE_LIMIT);
    run(&cut, stream, 1 + bytes[0] % 32);
    run(&single, stream, 1);
    check(slice_equal(buf_slice(&whole.text), buf_slice(&cut.text)));
    check(slice_equal(buf_slice(&whole.text), buf_slice(&single.text)));
    check(slice_equal(buf_slice(&whole.answers), buf_slice(&cut.answers)));
    check(slice_equal(buf_slice(&whole.answers), buf_slice(&single.answers)));
    check_answers(buf_slice(&whole.answers));
    return 0;
}
