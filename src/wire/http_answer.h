/* http_answer.h: what an HTTP server writes (RFC 9110, 9112). Pure. An answer says its size, or
 * comes in chunks, or ends with its connection. */
#ifndef WIRE_HTTP_ANSWER_H
#define WIRE_HTTP_ANSWER_H

#include "base/buf.h"

/* What the request makes of its answer. */
enum {
    HTTP_KEEPS = 1,  /* the connection goes on behind the answer */
    HTTP_HEAD = 2,   /* HEAD was asked: no body is written */
    HTTP_OLD = 4,    /* HTTP/1.0, or a stream without end: no chunks; never with HTTP_KEEPS */
    HTTP_NAKED = 8,  /* no headers beside what `more` says and the framing needs */
    HTTP_SECURE = 16 /* the request came encrypted, or so a proxy that is believed says */
};

struct http_answer {
    int status;
    uint8_t flags;
    const char *type;  /* Content-Type; NULL: plain text */
    const char *cache; /* Cache-Control; NULL: no-store */
    struct slice more; /* header lines, each with its CR LF */
};

const char *http_reason(int status);

/* Head and body. 204 and 304 have neither body nor size. */
void http_put_answer(struct buf *out, const struct http_answer *answer, struct slice body);

/* The head alone; chunks follow, and http_put_chunks_end(). With HTTP_OLD the connection's end is
 * the body's. */
void http_put_stream(struct buf *out, const struct http_answer *answer);

/* What is appended between the two is one chunk; nothing is none. Returns where it began. Under
 * HTTP_HEAD what was appended is taken back. */
size_t http_chunk_begin(struct buf *out, uint8_t flags);
void http_chunk_end(struct buf *out, uint8_t flags, size_t begin);
void http_put_chunks_end(struct buf *out, uint8_t flags);

#endif
