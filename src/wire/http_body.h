/* http_body.h: a whole request, head and body, out of a stream that comes in pieces. Pure. A body
 * in chunks is put together in place, behind its head, so that whoever reads the request finds
 * both kinds of body alike. */
#ifndef WIRE_HTTP_BODY_H
#define WIRE_HTTP_BODY_H

#include "wire/http.h"

/* What is known of a request that is not whole. All zero before its first byte. */
struct http_gather {
    size_t head_size;            /* bytes; 0: the head is not whole */
    size_t body_size;            /* bytes of the body that stand behind it */
    uint64_t content_size;       /* bytes that the body will have, where not in chunks */
    struct http_chunked chunked; /* how far the chunks are read */
    bool in_chunks;
    bool whole;
    bool expects; /* the client waits for `100 Continue`: whoever sends it says so by false */
};

/* The request that begins at the first byte of *stream, whose bytes are changed in place and which
 * may become shorter by what framed the chunks. HTTP_MORE: give what is left of it again, with more
 * behind. HTTP_DONE: *request and *body are it, and lie in the stream; given again it is the same.
 * HTTP_BAD: *status, as http_head() has it, 413 where the body is longer than body_max, or 417
 * where something else is expected than to go on. */
enum http_result http_gather(struct http_gather *gather, struct slice *stream, size_t body_max,
                             struct http_request *request, struct slice *body, int *status);

/* Bytes of the stream that a whole request is. */
size_t http_gathered(const struct http_gather *gather);

#endif
