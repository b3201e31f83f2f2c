/* Bytes cut anywhere give the same verdict on a head and the same body out of chunks, every slice
 * lies within the bytes, and what is accepted tells its body's size in one way. The first byte of
 * the input says how it is cut; with an odd one it is a body. */
#include <stdlib.h>

#include "base/buf.h"
#include "base/check.h"
#include "wire/http.h"

enum { SIZE_LIMIT = 20000 };

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static void check_within(struct slice part, struct slice head) {
    check(part.size <= head.size);
    check(part.size == 0 || part.at >= head.at);
    check(part.size == 0 || part.at + part.size <= head.at + head.size);
}

static void check_request(const struct http_request *request, struct slice bytes) {
    check(request->head_size <= bytes.size);
    struct slice head = slice_head(bytes, request->head_size);
    check(head.size >= 4 && head.size <= HTTP_HEAD_SIZE_MAX);
    check(memcmp(head.at + head.size - 4, "\r\n\r\n", 4) == 0);
    check(!memchr(head.at, '\0', head.size));
    check_within(request->method, head);
    check_within(request->target, head);
    check_within(request->query, head);
    check_within(request->authority, head);
    check(request->method.size > 0 && request->target.size > 0 && request->path.size > 0);
    check(request->authority.size > 0 || request->minor_version == 0);
    check(!request->chunked || request->content_size == 0);
    check(request->header_count <= HTTP_HEADERS_MAX);
    for (size_t i = 0; i < request->header_count; i++) {
        struct slice name = request->headers[i].name, value = request->headers[i].value;
        check_within(name, head);
        check_within(value, head);
        check(name.size > 0);
        check(value.size == 0 || !memchr(value.at, '\r', value.size));
        check(value.size == 0 || !memchr(value.at, '\n', value.size));
    }
}

/* The verdict, with its status or the size of the head, on a copy of just that size. */
static enum http_result judge(struct slice bytes, size_t *detail) {
    char *copy = malloc(bytes.size + 1);
    if (!copy) abort();
    char *exact = copy + 1; /* its end is the end of the allocation */
    memcpy(exact, bytes.at, bytes.size);
    struct http_request request;
    int status = 0;
    enum http_result result = http_head((struct slice){exact, bytes.size}, &request, &status);
    if (result == HTTP_DONE) check_request(&request, (struct slice){exact, bytes.size});
    check((result == HTTP_BAD) == (status != 0));
    *detail = result == HTTP_DONE ? request.head_size : (size_t)status;
    free(copy);
    return result;
}

static void check_head(struct slice bytes, size_t step) {
    size_t wanted_detail, detail = 0;
    enum http_result wanted = judge(bytes, &wanted_detail), result = HTTP_MORE;
    for (size_t end = 0; result == HTTP_MORE && end < bytes.size;) {
        end = bytes.size - end < step ? bytes.size : end + step;
        result = judge(slice_head(bytes, end), &detail);
    }
    check(result == wanted);
    check(detail == wanted_detail);
}

static enum http_result read_body(struct slice bytes, size_t step, struct buf *body, size_t *left) {
    struct http_chunked chunked = {0};
    enum http_result result = HTTP_MORE;
    size_t end = 0;
    struct slice stream = {bytes.at, 0};
    while (result == HTTP_MORE && end < bytes.size) {
        end = bytes.size - end < step ? bytes.size : end + step;
        stream.size = (size_t)(bytes.at + end - stream.at);
        struct slice piece;
        do {
            result = http_chunked_take(&chunked, &stream, &piece);
            buf_put(body, piece);
        } while (result == HTTP_MORE && piece.size > 0);
        check(result != HTTP_MORE || stream.size == 0);
    }
    *left = (size_t)(bytes.at + bytes.size - stream.at);
    return result;
}

static void check_body(struct slice bytes, size_t step) {
    static char first[SIZE_LIMIT], second[SIZE_LIMIT];
    struct buf whole, cut;
    size_t whole_left, cut_left;
    buf_init(&whole, first, sizeof first);
    buf_init(&cut, second, sizeof second);
    enum http_result wanted = read_body(bytes, SIZE_LIMIT, &whole, &whole_left);
    check(read_body(bytes, step, &cut, &cut_left) == wanted);
    check(slice_equal(buf_slice(&whole), buf_slice(&cut)));
    check(whole_left == cut_left);
    check(buf_ok(&whole));
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size) {
    if (size == 0 || size > SIZE_LIMIT) return -1;
    struct slice rest = slice_from((struct slice){(const char *)bytes, size}, 1);
    size_t step = 1 + bytes[0] / 2;
    if (bytes[0] % 2 == 0) {
        check_head(rest, step);
    } else {
        check_body(rest, step);
    }
    return 0;
}
