/* A stream of requests with bodies is the same requests however it is cut, and what is given again
 * is read as it was. The first byte of the input says how it is cut; requests are taken off until
 * one is bad. */
#include <stdlib.h>

#include "base/buf.h"
#include "base/check.h"
#include "wire/http_body.h"

enum { SIZE_LIMIT = 20000, BODY_MAX = 3000, REQUESTS_MAX = 64 };

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

/* What was found: each request's path and body, then the status of the bad one. */
struct found {
    char memory[2 * SIZE_LIMIT + 64 * REQUESTS_MAX];
    struct buf text;
    uint32_t count;
    bool bad;
};

static void found_add(struct found *found, const struct http_request *request, struct slice body) {
    check(body.size <= BODY_MAX);
    check(request->chunked || body.size == request->content_size);
    buf_put(&found->text, request->method);
    buf_put(&found->text, request->target);
    buf_byte(&found->text, '\n');
    buf_number(&found->text, body.size);
    buf_byte(&found->text, '\n');
    buf_put(&found->text, body);
    found->count++;
}

/* Take what can be taken; the stream becomes what is left of it. */
static void take_all(struct found *found, struct http_gather *gather, struct slice *stream) {
    while (!found->bad && found->count < REQUESTS_MAX) {
        struct http_request request, again;
        struct slice body, body_again;
        int status;
        enum http_result result = http_gather(gather, stream, BODY_MAX, &request, &body, &status);
        check((result == HTTP_BAD) == (status != 0));
        if (result == HTTP_MORE) return;
        if (result == HTTP_BAD) {
            buf_number(&found->text, (uint64_t)status);
            found->bad = true;
            return;
        }
        size_t size = stream->size;
        check(http_gather(gather, stream, BODY_MAX, &again, &body_again, &status) == HTTP_DONE);
        check(size == stream->size);
        check(slice_equal(body, body_again) && slice_equal(request.target, again.target));
        found_add(found, &request, body);
        check(http_gathered(gather) <= stream->size);
        *stream = slice_from(*stream, http_gathered(gather));
        *gather = (struct http_gather){0};
    }
}

/* The stream is kept in an allocation of just its size, as a connection keeps it. */
static void read_in_steps(struct slice bytes, size_t step, struct found *found) {
    struct http_gather gather = {0};
    char *kept = malloc(1);
    size_t size = 0;
    buf_init(&found->text, found->memory, sizeof found->memory);
    found->count = 0;
    found->bad = false;
    for (size_t at = 0; at < bytes.size && !found->bad; at += step) {
        struct slice piece = slice_head(slice_from(bytes, at), step);
        kept = realloc(kept, size + piece.size);
        if (!kept) abort();
        memcpy(kept + size, piece.at, piece.size);
        struct slice stream = {kept, size + piece.size};
        take_all(found, &gather, &stream);
        char *rest = malloc(stream.size + 1);
        if (!rest) abort();
        if (stream.size > 0) memcpy(rest, stream.at, stream.size);
        free(kept);
        kept = rest;
        size = stream.size;
    }
    free(kept);
    check(buf_ok(&found->text));
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size) {
    static struct found whole, cut;
    if (size < 2 || size > SIZE_LIMIT) return -1;
    struct slice rest = slice_from((struct slice){(const char *)bytes, size}, 1);
    read_in_steps(rest, rest.size, &whole);
    read_in_steps(rest, 1 + bytes[0], &cut);
    check(whole.count == cut.count && whole.bad == cut.bad);
    check(slice_equal(buf_slice(&whole.text), buf_slice(&cut.text)));
    return 0;
}
