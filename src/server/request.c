/* request.c: words with their sizes, and the heads of what is answered. */
#include "server/request.h"

#include "base/check.h"

enum { DIGITS_MAX = 6 };

/* A number and the mark behind it off *bytes. */
static enum request_found number_read(struct slice *bytes, char mark, uint32_t max,
                                      uint64_t *number) {
    size_t size = 0;
    while (size < bytes->size && size <= DIGITS_MAX && bytes->at[size] != mark)
        size++;
    if (size > DIGITS_MAX) return REQUEST_WRONG;
    bool whole = size < bytes->size;
    if (size == 0) return whole ? REQUEST_WRONG : REQUEST_PART;
    if (!slice_number(slice_head(*bytes, size), max, number)) return REQUEST_WRONG;
    if (!whole) return REQUEST_PART;
    *bytes = slice_from(*bytes, size + 1);
    return REQUEST_WHOLE;
}

static enum request_found words_read(struct slice *rest, struct request *request) {
    while (rest->size > 0) {
        uint64_t size = 0;
        if (rest->at[0] == '\n') {
            *rest = slice_from(*rest, 1);
            return request->count > 0 ? REQUEST_WHOLE : REQUEST_WRONG;
        }
        if (request->count == REQUEST_WORDS_MAX) return REQUEST_WRONG;
        enum request_found found = number_read(rest, ':', REQUEST_SIZE_MAX, &size);
        if (found != REQUEST_WHOLE) return found;
        if (size > rest->size) return REQUEST_PART;
        request->words[request->count++] = slice_head(*rest, size);
        *rest = slice_from(*rest, size);
    }
    return REQUEST_PART;
}

enum request_found request_read(struct slice bytes, struct request *request, size_t *size) {
    bool full = bytes.size >= REQUEST_SIZE_MAX;
    struct slice rest = slice_head(bytes, REQUEST_SIZE_MAX);
    *request = (struct request){0};
    enum request_found found = words_read(&rest, request);
    if (found == REQUEST_WHOLE) *size = slice_head(bytes, REQUEST_SIZE_MAX).size - rest.size;
    return found == REQUEST_PART && full ? REQUEST_WRONG : found;
}

void request_write(struct buf *out, const struct slice *words, uint32_t count) {
    check(count > 0 && count <= REQUEST_WORDS_MAX);
    for (uint32_t i = 0; i < count; i++) {
        buf_number(out, words[i].size);
        buf_byte(out, ':');
        buf_put(out, words[i]);
    }
    buf_byte(out, '\n');
}

enum request_found answer_read(struct slice bytes, struct answer *answer, size_t *size) {
    uint64_t number = 0;
    if (bytes.size < 2) return REQUEST_PART;
    char kind = bytes.at[0];
    if (kind != ANSWER_OUTPUT && kind != ANSWER_ERROR && kind != ANSWER_END) return REQUEST_WRONG;
    if (bytes.at[1] != ' ') return REQUEST_WRONG;
    struct slice rest = slice_from(bytes, 2);
    enum request_found found =
        number_read(&rest, '\n', kind == ANSWER_END ? 255 : ANSWER_PIECE_MAX, &number);
    *answer = (struct answer){(enum answer_kind)kind, (uint32_t)number};
    *size = bytes.size - rest.size;
    return found;
}

void answer_write(struct buf *out, enum answer_kind kind, uint32_t number) {
    buf_byte(out, (char)kind);
    buf_byte(out, ' ');
    buf_number(out, number);
    buf_byte(out, '\n');
}
