/* What comes over the control socket, cut anywhere: the same request whatever the pieces were, and
 * written again the same bytes. */
#include <stdlib.h>

#include "base/check.h"
#include "server/request.h"

enum { SIZE_LIMIT = REQUEST_SIZE_MAX + 64 };

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static void check_again(const struct request *request, struct slice read) {
    static char memory[2 * REQUEST_SIZE_MAX];
    struct request again;
    struct buf out;
    size_t size = 0;
    buf_init(&out, memory, sizeof memory);
    request_write(&out, request->words, request->count);
    check(buf_ok(&out) && out.size <= read.size); /* zeros in front of a size are left out */
    check(request_read(buf_slice(&out), &again, &size) == REQUEST_WHOLE);
    check(size == out.size && again.count == request->count);
    for (uint32_t i = 0; i < again.count; i++)
        check(slice_equal(again.words[i], request->words[i]));
}

static void read_requests(struct slice whole) {
    struct request request;
    enum request_found last = REQUEST_PART;
    size_t size = 0;
    for (size_t cut = 0; cut <= whole.size && last == REQUEST_PART; cut++) {
        char *copy = malloc(cut > 0 ? cut : 1); /* so that no byte behind it can be read */
        if (!copy) abort();
        if (cut > 0) memcpy(copy, whole.at, cut);
        last = request_read((struct slice){copy, cut}, &request, &size);
        if (last == REQUEST_WHOLE) {
            check(size == cut && request.count > 0 && request.count <= REQUEST_WORDS_MAX);
            check_again(&request, (struct slice){copy, cut});
        }
        free(copy);
    }
}

static void read_answers(struct slice rest) {
    struct answer answer;
    size_t size = 0;
    while (answer_read(rest, &answer, &size) == REQUEST_WHOLE) {
        check(size > 0 && size <= rest.size && answer.number <= ANSWER_PIECE_MAX);
        rest = slice_from(rest, size);
        if (answer.kind != ANSWER_END) rest = slice_from(rest, answer.number);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size) {
    if (size > SIZE_LIMIT) return -1;
    struct slice whole = {(const char *)bytes, size};
    read_requests(slice_head(whole, 600)); /* every cut is read: the time grows as the square */
    struct request request;
    size_t read = 0;
    if (request_read(whole, &request, &read) == REQUEST_WHOLE) check(read <= size);
    read_answers(whole);
    return 0;
}
