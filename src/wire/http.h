/* http.h: the head of an HTTP/1.0 or 1.1 request, and a body in chunks (RFC 9112). Pure.
 * Strict where the RFC lets a server be lenient: two readers that understand one request in two
 * ways are how requests are smuggled (RFC 9112 section 11.2). After HTTP_BAD the caller answers
 * *status and closes; nothing behind such a head may be read as a request. */
#ifndef WIRE_HTTP_H
#define WIRE_HTTP_H

#include "base/slice.h"

enum {
    HTTP_HEAD_SIZE_MAX = 16384,         /* bytes, with the empty line; above: 431 */
    HTTP_HEADERS_MAX = 64,              /* above: 431 */
    HTTP_TARGET_SIZE_MAX = 4096,        /* bytes; above: 414 */
    HTTP_METHOD_SIZE_MAX = 32,          /* bytes; above: 501 */
    HTTP_CHUNK_EXTENSION_SIZE_MAX = 64, /* bytes from its semicolon on; above: bad */
};

enum http_result { HTTP_MORE, HTTP_DONE, HTTP_BAD };

struct http_header {
    struct slice name;  /* as sent: compare by http_header() */
    struct slice value; /* without blanks at both ends; maybe bytes above 0x7F, never a control
                           but TAB */
};

/* Every slice points into the bytes given to http_head(). */
struct http_request {
    struct slice method;    /* case matters */
    struct slice target;    /* as sent: /path?query, http://host/path, or * for OPTIONS */
    struct slice path;      /* of the target, without query; `/` where an absolute one has none */
    struct slice query;     /* behind the `?`, maybe empty */
    struct slice authority; /* host[:port] of Host and of an absolute target, which agree; empty
                               only in HTTP/1.0 */
    int minor_version;      /* HTTP/1.x: 0 or 1 */
    bool keep_alive;        /* RFC 9112 section 9.3 */
    bool chunked;           /* the body comes in chunks: http_chunked_take() */
    uint64_t content_size;  /* bytes of the body, 0 where none is announced; below 2^63 */
    size_t head_size;       /* bytes of the head: the body or the next request begins there */
    size_t header_count;
    struct http_header headers[HTTP_HEADERS_MAX];
};

/* Read the head that begins at the first byte of `bytes`. HTTP_MORE: not whole yet, give it again
 * with more behind it. HTTP_DONE: *out is it. HTTP_BAD: *status is 400 (malformed, or a body whose
 * size is not told in exactly one way), 414, 431, 501 (transfer coding or method we do not know) or
 * 505 (version). Verdict and status do not depend on how the bytes are cut into calls; a first line
 * is judged as soon as it is whole. Does not judge whether the method or host is known here. */
enum http_result http_head(struct slice bytes, struct http_request *out, int *status);

/* The value of the first header of that name (ASCII, any case); false and empty where none is. */
bool http_header(const struct http_request *request, struct slice name, struct slice *value);

/* Equal but for the case of ASCII letters. */
bool http_same(struct slice a, struct slice b);

/* The comma-separated lists of all headers of that name hold `token`, any case (`Connection`). */
bool http_header_has(const struct http_request *request, struct slice name, struct slice token);

/* A body in chunks being read (RFC 9112 section 7.1). All zero at its start. */
struct http_chunked {
    uint64_t chunk_left;    /* bytes of the chunk still to come */
    uint8_t state;          /* enum chunk_state of http.c */
    uint8_t digit_count;    /* of the chunk size being read */
    uint8_t extension_size; /* bytes of the extension being read */
};

/* Take the next piece of the body off *stream. HTTP_MORE with a piece: call again; HTTP_MORE with
 * an empty one: *stream is empty, give more. HTTP_DONE: the body is whole, *stream stands behind
 * it. HTTP_BAD: answer 400 and close. *piece points into the stream. Trailers are refused; the size
 * of the whole is the caller's to bound. */
enum http_result http_chunked_take(struct http_chunked *chunked, struct slice *stream,
                                   struct slice *piece);

#endif
