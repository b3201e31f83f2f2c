/* http_answer.c: heads and chunks. */
#include "wire/http_answer.h"

#include "base/check.h"

enum { CHUNK_DIGITS = 8, CHUNK_HEAD = CHUNK_DIGITS + 2 };

static const struct {
    int status;
    const char *reason;
} reasons[] = {{101, "Switching Protocols"},
               {200, "OK"},
               {201, "Created"},
               {202, "Accepted"},
               {204, "No Content"},
               {304, "Not Modified"},
               {400, "Bad Request"},
               {401, "Unauthorized"},
               {403, "Forbidden"},
               {404, "Not Found"},
               {405, "Method Not Allowed"},
               {408, "Request Timeout"},
               {409, "Conflict"},
               {410, "Gone"},
               {412, "Precondition Failed"},
               {413, "Content Too Large"},
               {414, "URI Too Long"},
               {415, "Unsupported Media Type"},
               {417, "Expectation Failed"},
               {421, "Misdirected Request"},
               {422, "Unprocessable Content"},
               {426, "Upgrade Required"},
               {429, "Too Many Requests"},
               {431, "Request Header Fields Too Large"},
               {500, "Internal Server Error"},
               {501, "Not Implemented"},
               {503, "Service Unavailable"},
               {505, "HTTP Version Not Supported"},
               {507, "Insufficient Storage"}};

const char *http_reason(int status) {
    for (size_t i = 0; i < sizeof reasons / sizeof *reasons; i++)
        if (reasons[i].status == status) return reasons[i].reason;
    return "Answer";
}

static bool has_no_body(int status) {
    return status == 204 || status == 304;
}

static void put_head(struct buf *out, const struct http_answer *answer) {
    check(!(answer->flags & HTTP_OLD) || !(answer->flags & HTTP_KEEPS));
    buf_text(out, "HTTP/1.1 ");
    buf_number(out, (uint64_t)answer->status);
    buf_byte(out, ' ');
    buf_text(out, http_reason(answer->status));
    buf_text(out, "\r\n");
    if (!(answer->flags & HTTP_NAKED)) {
        if (!has_no_body(answer->status)) {
            buf_text(out, "Content-Type: ");
            buf_text(out, answer->type ? answer->type : "text/plain; charset=utf-8");
            buf_text(out, "\r\nX-Content-Type-Options: nosniff\r\n");
        }
        buf_text(out, "Cache-Control: ");
        buf_text(out, answer->cache ? answer->cache : "no-store");
        buf_text(out, "\r\n");
    }
    buf_put(out, answer->more);
    /* RFC 6797: a browser that came through TLS comes back so and no other way */
    if (answer->flags & HTTP_SECURE)
        buf_text(out, "Strict-Transport-Security: max-age=31536000\r\n");
    if (!(answer->flags & HTTP_KEEPS)) buf_text(out, "Connection: close\r\n");
}

void http_put_answer(struct buf *out, const struct http_answer *answer, struct slice body) {
    put_head(out, answer);
    if (!has_no_body(answer->status)) {
        buf_text(out, "Content-Length: ");
        buf_number(out, body.size);
        buf_text(out, "\r\n");
    }
    buf_text(out, "\r\n");
    if (!has_no_body(answer->status) && !(answer->flags & HTTP_HEAD)) buf_put(out, body);
}

void http_put_stream(struct buf *out, const struct http_answer *answer) {
    put_head(out, answer);
    if (!(answer->flags & HTTP_OLD)) buf_text(out, "Transfer-Encoding: chunked\r\n");
    buf_text(out, "\r\n");
}

/* Its size is written when it is known, with zeros in front. */
size_t http_chunk_begin(struct buf *out, uint8_t flags) {
    size_t begin = out->size;
    if (!(flags & HTTP_OLD)) buf_put(out, slice_of("00000000\r\n"));
    return begin;
}

void http_chunk_end(struct buf *out, uint8_t flags, size_t begin) {
    size_t head = flags & HTTP_OLD ? 0 : CHUNK_HEAD;
    if (!buf_ok(out)) return;
    check(out->size >= begin + head);
    size_t size = out->size - begin - head;
    if (size == 0 || (flags & HTTP_HEAD)) {
        out->size = begin;
        return;
    }
    if (head == 0) return;
    check(size <= UINT32_MAX);
    struct buf digits;
    buf_init(&digits, out->at + begin, CHUNK_DIGITS);
    buf_hex(&digits, size, CHUNK_DIGITS);
    buf_text(out, "\r\n");
}

void http_put_chunks_end(struct buf *out, uint8_t flags) {
    if (!(flags & (HTTP_OLD | HTTP_HEAD))) buf_text(out, "0\r\n\r\n");
}
