/* http.c: request heads and chunked bodies, read in the order of their bytes: the first thing
 * that is wrong decides the status, so that the verdict is the same however the bytes arrived.
 * Functions that return int give 0 or the status of the refusal. */
#include "wire/http.h"

#include "base/check.h"

enum {
    BAD_REQUEST = 400,
    TARGET_TOO_LONG = 414,
    HEAD_TOO_LARGE = 431,
    NOT_IMPLEMENTED = 501,
    VERSION_UNKNOWN = 505,
};

/* METHOD SP TARGET SP HTTP/1.1 CR LF */
enum { REQUEST_LINE_SIZE_MAX = HTTP_METHOD_SIZE_MAX + 1 + HTTP_TARGET_SIZE_MAX + 1 + 8 + 2 };

/* ---- characters (RFC 9110 section 5.6, RFC 9112) ---- */

static bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

static char lower(char c) {
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

static bool is_alphanumeric(char c) {
    return is_digit(c) || (lower(c) >= 'a' && lower(c) <= 'z');
}

static bool is_hex(char c) {
    return is_digit(c) || (lower(c) >= 'a' && lower(c) <= 'f');
}

static bool among(const char *set, char c) {
    return c != '\0' && strchr(set, c) != NULL;
}

static bool is_token_character(char c) {
    return is_alphanumeric(c) || among("!#$%&'*+-.^_`|~", c);
}

/* No fragment: clients keep those to themselves. */
static bool is_target_character(char c) {
    return c > ' ' && c < 0x7F && c != '#';
}

static bool is_value_character(char c) {
    unsigned char byte = (unsigned char)c;
    return byte == '\t' || (byte >= ' ' && byte != 0x7F);
}

static bool is_name_character(char c) {
    return is_alphanumeric(c) || among(".-_", c);
}

static bool is_v6_character(char c) {
    return is_hex(c) || among(":.", c);
}

static bool all_are(struct slice text, bool (*is_one)(char)) {
    for (size_t i = 0; i < text.size; i++)
        if (!is_one(text.at[i])) return false;
    return true;
}

static bool is_token(struct slice text) {
    return text.size > 0 && all_are(text, is_token_character);
}

bool http_same(struct slice a, struct slice b) {
    if (a.size != b.size) return false;
    for (size_t i = 0; i < a.size; i++)
        if (lower(a.at[i]) != lower(b.at[i])) return false;
    return true;
}

static bool contains(struct slice text, char c) {
    return text.size > 0 && memchr(text.at, c, text.size) != NULL;
}

/* ---- the request line (RFC 9112 section 3) ---- */

/* HOST, HOST:PORT, [V6] or [V6]:PORT; no user, which the RFC forbids here. */
static bool is_authority(struct slice text) {
    bool brackets = slice_starts(text, slice_of("["));
    if (brackets) {
        text = slice_from(text, 1);
        if (!contains(text, ']')) return false;
    }
    bool colon = !brackets && contains(text, ':');
    struct slice host = slice_until(&text, brackets ? ']' : ':');
    if (host.size == 0) return false;
    if (!all_are(host, brackets ? is_v6_character : is_name_character)) return false;
    if (brackets && text.size > 0) {
        colon = text.at[0] == ':';
        if (!colon) return false;
        text = slice_from(text, 1);
    }
    uint64_t port;
    return !colon || slice_number(text, UINT16_MAX, &port);
}

static void split_path(struct http_request *out, struct slice path) {
    out->path = slice_until(&path, '?');
    out->query = path;
    if (out->path.size == 0) out->path = slice_of("/");
}

static int read_absolute(struct http_request *out) {
    struct slice rest = out->target;
    struct slice scheme = slice_until(&rest, ':');
    if (!http_same(scheme, slice_of("http")) && !http_same(scheme, slice_of("https")))
        return BAD_REQUEST;
    if (!slice_starts(rest, slice_of("//"))) return BAD_REQUEST;
    rest = slice_from(rest, 2);
    size_t size = 0;
    while (size < rest.size && !among("/?", rest.at[size]))
        size++;
    out->authority = slice_head(rest, size);
    split_path(out, slice_from(rest, size));
    return is_authority(out->authority) ? 0 : BAD_REQUEST;
}

static int read_target(struct http_request *out) {
    if (slice_equal(out->method, slice_of("CONNECT"))) return NOT_IMPLEMENTED;
    if (slice_equal(out->target, slice_of("*"))) {
        out->path = out->target;
        return slice_equal(out->method, slice_of("OPTIONS")) ? 0 : BAD_REQUEST;
    }
    if (!slice_starts(out->target, slice_of("/"))) return read_absolute(out);
    split_path(out, out->target);
    return 0;
}

static int read_version(struct slice version, int *minor) {
    if (version.size != 8 || !slice_starts(version, slice_of("HTTP/"))) return BAD_REQUEST;
    char high = version.at[5], low = version.at[7];
    if (!is_digit(high) || version.at[6] != '.' || !is_digit(low)) return BAD_REQUEST;
    if (high != '1' || low > '1') return VERSION_UNKNOWN;
    *minor = low - '0';
    return 0;
}

/* Take the next line off *rest, without its end; false where no CR stands before the LF. A CR
 * elsewhere is no character of anything and fails there. */
static bool take_line(struct slice *rest, struct slice *line) {
    *line = slice_until(rest, '\n');
    if (line->size == 0 || line->at[line->size - 1] != '\r') return false;
    line->size--;
    return true;
}

static int read_request_line(struct http_request *out, struct slice *rest) {
    struct slice line;
    if (!take_line(rest, &line)) return BAD_REQUEST;
    out->method = slice_until(&line, ' ');
    out->target = slice_until(&line, ' ');
    if (!is_token(out->method)) return BAD_REQUEST;
    if (out->method.size > HTTP_METHOD_SIZE_MAX) return NOT_IMPLEMENTED;
    if (out->target.size > HTTP_TARGET_SIZE_MAX) return TARGET_TOO_LONG;
    if (out->target.size == 0 || !all_are(out->target, is_target_character)) return BAD_REQUEST;
    int status = read_version(line, &out->minor_version);
    return status ? status : read_target(out);
}

/* ---- headers (RFC 9112 section 5) ---- */

static int read_header(struct http_request *out, struct slice line) {
    if (out->header_count == HTTP_HEADERS_MAX) return HEAD_TOO_LARGE;
    if (!contains(line, ':')) return BAD_REQUEST;
    struct http_header *header = &out->headers[out->header_count++];
    header->name = slice_until(&line, ':');
    /* Neither a folded line, which begins with a blank, nor a blank before the colon is a token. */
    if (!is_token(header->name) || !all_are(line, is_value_character)) return BAD_REQUEST;
    header->value = slice_trim(line);
    return 0;
}

/* How many headers have that name; *value is the last one's. */
static size_t count_headers(const struct http_request *request, struct slice name,
                            struct slice *value) {
    size_t count = 0;
    for (size_t i = 0; i < request->header_count; i++) {
        if (!http_same(request->headers[i].name, name)) continue;
        *value = request->headers[i].value;
        count++;
    }
    return count;
}

static int read_host(struct http_request *out) {
    struct slice host;
    size_t count = count_headers(out, slice_of("Host"), &host);
    if (count == 0) return out->minor_version == 0 ? 0 : BAD_REQUEST;
    if (count > 1 || !is_authority(host)) return BAD_REQUEST;
    /* A client must send the same in both places (RFC 9112 section 3.2); two hosts in one request
     * are two readings of it. */
    if (out->authority.size > 0 && !http_same(out->authority, host)) return BAD_REQUEST;
    out->authority = host;
    return 0;
}

/* Codings before one final `chunked` are ones we do not have; without that the end of the body
 * cannot be known (RFC 9112 sections 6.1 and 6.3). */
static int refuse_coding(struct slice codings) {
    bool final = false;
    while (codings.size > 0) {
        struct slice coding = slice_trim(slice_until(&codings, ','));
        if (final || coding.size == 0) return BAD_REQUEST;
        final = http_same(coding, slice_of("chunked"));
        if (final && codings.size == 0) return NOT_IMPLEMENTED;
    }
    return BAD_REQUEST;
}

/* How the body ends: told once, in one way, or there is none. */
static int read_body_size(struct http_request *out) {
    struct slice length, coding;
    size_t length_count = count_headers(out, slice_of("Content-Length"), &length);
    size_t coding_count = count_headers(out, slice_of("Transfer-Encoding"), &coding);
    if (length_count + coding_count > 1) return BAD_REQUEST;
    if (length_count == 1)
        return slice_number(length, INT64_MAX, &out->content_size) ? 0 : BAD_REQUEST;
    if (coding_count == 0) return 0;
    if (out->minor_version == 0) return BAD_REQUEST;
    /* In lower case only: nobody writes it otherwise but to find two servers that differ. */
    out->chunked = slice_equal(coding, slice_of("chunked"));
    if (out->chunked) return 0;
    return http_same(coding, slice_of("chunked")) ? BAD_REQUEST : refuse_coding(coding);
}

static int read_headers(struct http_request *out, struct slice rest) {
    for (;;) {
        struct slice line;
        if (!take_line(&rest, &line)) return BAD_REQUEST;
        if (line.size == 0) break;
        int status = read_header(out, line);
        if (status) return status;
    }
    int status = read_host(out);
    if (status == 0) status = read_body_size(out);
    bool closes = http_header_has(out, slice_of("Connection"), slice_of("close"));
    bool stays = http_header_has(out, slice_of("Connection"), slice_of("keep-alive"));
    out->keep_alive = !closes && (stays || out->minor_version > 0);
    return status;
}

/* ---- the head ---- */

/* The size of the first line with its LF, 0 where there is none. */
static size_t first_line_size(struct slice bytes) {
    const char *end = bytes.size > 0 ? memchr(bytes.at, '\n', bytes.size) : NULL;
    return end ? (size_t)(end - bytes.at) + 1 : 0;
}

/* The size of the head up to and with its empty line, 0 where that has not come. An empty line
 * without CR ends it too: it will be refused, and at once. */
static size_t whole_head_size(struct slice bytes) {
    struct slice rest = bytes;
    for (size_t size; (size = first_line_size(rest)) > 0;) {
        rest = slice_from(rest, size);
        if (slice_starts(rest, slice_of("\n"))) return bytes.size - rest.size + 1;
        if (slice_starts(rest, slice_of("\r\n"))) return bytes.size - rest.size + 2;
    }
    return 0;
}

enum http_result http_head(struct slice bytes, struct http_request *out, int *status) {
    *out = (struct http_request){0};
    bytes = slice_head(bytes, HTTP_HEAD_SIZE_MAX);
    size_t line_size = first_line_size(bytes);
    if (line_size == 0 && bytes.size < REQUEST_LINE_SIZE_MAX) return HTTP_MORE;
    struct slice rest = bytes;
    if (line_size == 0 || line_size > REQUEST_LINE_SIZE_MAX) {
        *status = TARGET_TOO_LONG;
    } else {
        *status = read_request_line(out, &rest);
    }
    if (*status) return HTTP_BAD;
    /* Headers are read once, when all are there: a client that sends them byte by byte costs no
     * more than a search per byte. */
    out->head_size = whole_head_size(bytes);
    if (out->head_size == 0 && bytes.size < HTTP_HEAD_SIZE_MAX) return HTTP_MORE;
    *status = out->head_size == 0 ? HEAD_TOO_LARGE : read_headers(out, rest);
    return *status ? HTTP_BAD : HTTP_DONE;
}

bool http_header(const struct http_request *request, struct slice name, struct slice *value) {
    for (size_t i = 0; i < request->header_count; i++) {
        if (!http_same(request->headers[i].name, name)) continue;
        *value = request->headers[i].value;
        return true;
    }
    *value = slice_of("");
    return false;
}

bool http_header_has(const struct http_request *request, struct slice name, struct slice token) {
    for (size_t i = 0; i < request->header_count; i++) {
        if (!http_same(request->headers[i].name, name)) continue;
        struct slice list = request->headers[i].value;
        while (list.size > 0)
            if (http_same(slice_trim(slice_until(&list, ',')), token)) return true;
    }
    return false;
}

/* ---- a body in chunks (RFC 9112 section 7.1) ---- */

enum chunk_state {
    SIZE,      /* the digits */
    EXTENSION, /* behind them, from a semicolon on */
    SIZE_LF,
    DATA,
    DATA_CR,
    DATA_LF,
    LAST_CR, /* behind the chunk of size 0: the empty line that ends the body */
    LAST_LF,
    WHOLE,
    BROKEN,
};

enum { CHUNK_DIGITS_MAX = 16 };

static unsigned hex_value(char c) {
    return is_digit(c) ? (unsigned)(c - '0') : (unsigned)(lower(c) - 'a') + 10;
}

static enum chunk_state after_size(struct http_chunked *chunked, char c) {
    if (is_hex(c)) {
        /* One digit more must stay below 2^63. */
        if (chunked->digit_count == CHUNK_DIGITS_MAX) return BROKEN;
        if (chunked->chunk_left > (uint64_t)INT64_MAX >> 4) return BROKEN;
        chunked->chunk_left = chunked->chunk_left << 4 | hex_value(c);
        chunked->digit_count++;
        return SIZE;
    }
    if (chunked->digit_count == 0) return BROKEN;
    chunked->digit_count = 0;
    chunked->extension_size = 1;
    if (c == ';') return EXTENSION;
    return c == '\r' ? SIZE_LF : BROKEN;
}

static enum chunk_state after_extension(struct http_chunked *chunked, char c) {
    if (c == '\r') return SIZE_LF;
    if (chunked->extension_size == HTTP_CHUNK_EXTENSION_SIZE_MAX) return BROKEN;
    chunked->extension_size++;
    return is_value_character(c) ? EXTENSION : BROKEN;
}

/* The state behind one byte that is not data. */
static enum chunk_state after_byte(struct http_chunked *chunked, char c) {
    switch ((enum chunk_state)chunked->state) {
    case SIZE: return after_size(chunked, c);
    case EXTENSION: return after_extension(chunked, c);
    case SIZE_LF:
        if (c != '\n') return BROKEN;
        return chunked->chunk_left > 0 ? DATA : LAST_CR;
    case DATA_CR: return c == '\r' ? DATA_LF : BROKEN;
    case DATA_LF: return c == '\n' ? SIZE : BROKEN;
    case LAST_CR: return c == '\r' ? LAST_LF : BROKEN;
    case LAST_LF:
    case DATA:
    case WHOLE:
    case BROKEN: break;
    }
    check(chunked->state == LAST_LF);
    return c == '\n' ? WHOLE : BROKEN;
}

enum http_result http_chunked_take(struct http_chunked *chunked, struct slice *stream,
                                   struct slice *piece) {
    check(chunked->state <= BROKEN);
    *piece = slice_of("");
    while (chunked->state < WHOLE && chunked->state != DATA && stream->size > 0) {
        chunked->state = (uint8_t)after_byte(chunked, stream->at[0]);
        *stream = slice_from(*stream, 1);
    }
    if (chunked->state == WHOLE) return HTTP_DONE;
    if (chunked->state == BROKEN) return HTTP_BAD;
    if (chunked->state == DATA && stream->size > 0) {
        uint64_t left = chunked->chunk_left;
        *piece = slice_head(*stream, left < stream->size ? (size_t)left : stream->size);
        *stream = slice_from(*stream, piece->size);
        chunked->chunk_left -= piece->size;
        if (chunked->chunk_left == 0) chunked->state = DATA_CR;
    }
    return HTTP_MORE;
}
