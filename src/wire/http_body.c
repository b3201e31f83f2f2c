/* http_body.c: the head once, then its body; a head is read again only when the body is whole, so
 * that who sends it byte by byte costs no more than its bytes. */
#include "wire/http_body.h"

#include "base/check.h"

static bool is_continue(struct slice value) {
    static const char wanted[] = "100-continue";
    if (value.size != sizeof wanted - 1) return false;
    for (size_t i = 0; i < value.size; i++)
        if ((value.at[i] | 0x20) != (wanted[i] | 0x20)) return false;
    return true;
}

/* 0, or the status by which the request is refused. */
static int head_gathered(struct http_gather *gather, const struct http_request *request,
                         size_t body_max) {
    struct slice expected;
    bool expects = http_header(request, slice_of("Expect"), &expected);
    if (expects && !is_continue(expected)) return 417;
    if (request->content_size > body_max) return 413;
    gather->head_size = request->head_size;
    gather->content_size = request->content_size;
    gather->in_chunks = request->chunked;
    bool comes = request->chunked || request->content_size > 0;
    gather->expects = expects && comes && request->minor_version > 0;
    return 0;
}

/* Move the pieces of the chunks behind what is there of the body. The stream is cut where the body
 * ends and what was read of its frame is left out. */
static enum http_result chunks_gathered(struct http_gather *gather, struct slice *stream,
                                        size_t body_max, int *status) {
    char *bytes = (char *)(uintptr_t)stream->at; /* ours to change: see the header */
    size_t at = gather->head_size + gather->body_size;
    struct slice rest = slice_from(*stream, at), piece;
    enum http_result result;
    for (;;) {
        result = http_chunked_take(&gather->chunked, &rest, &piece);
        if (piece.size == 0) break;
        if (piece.size > body_max - gather->body_size) {
            *status = 413;
            return HTTP_BAD;
        }
        memmove(bytes + at, piece.at, piece.size);
        at += piece.size;
        gather->body_size += piece.size;
    }
    if (result == HTTP_BAD) *status = 400;
    if (result == HTTP_DONE && rest.size > 0) memmove(bytes + at, rest.at, rest.size);
    *stream = (struct slice){bytes, at + rest.size};
    return result;
}

static enum http_result body_gathered(struct http_gather *gather, struct slice *stream,
                                      size_t body_max, int *status) {
    if (gather->in_chunks) return chunks_gathered(gather, stream, body_max, status);
    size_t there = stream->size - gather->head_size;
    if (there < gather->content_size) return HTTP_MORE;
    gather->body_size = (size_t)gather->content_size;
    return HTTP_DONE;
}

enum http_result http_gather(struct http_gather *gather, struct slice *stream, size_t body_max,
                             struct http_request *request, struct slice *body, int *status) {
    bool fresh = gather->head_size == 0;
    *status = 0;
    if (fresh) {
        enum http_result result = http_head(*stream, request, status);
        if (result == HTTP_DONE) *status = head_gathered(gather, request, body_max);
        if (*status) return HTTP_BAD;
        if (result == HTTP_MORE) return HTTP_MORE;
    }
    check(stream->size >= gather->head_size);
    if (!gather->whole) {
        enum http_result result = body_gathered(gather, stream, body_max, status);
        if (result != HTTP_DONE) return result;
        gather->whole = true;
        gather->expects = false;
    }
    if (!fresh) {
        enum http_result result = http_head(*stream, request, status);
        check(result == HTTP_DONE); /* as it was */
    }
    *body = (struct slice){stream->at + gather->head_size, gather->body_size};
    return HTTP_DONE;
}

size_t http_gathered(const struct http_gather *gather) {
    return gather->head_size + gather->body_size;
}
