/* web_file.c: files of the browser client, packed as the browser can unpack them. What it has
 * already it is not sent again (RFC 9110 section 13.1.2). */
#include "server/web_file.h"

/* What a page of ours may do: run the script that came from here, talk to here, nothing else. */
#define POLICY                                                                                     \
    "Content-Security-Policy: default-src 'none'; script-src 'self'; style-src 'self'; "           \
    "connect-src 'self'; img-src 'self'; base-uri 'none'; form-action 'self'; "                    \
    "frame-ancestors 'none'; manifest-src 'self'; worker-src 'self'; "                             \
    "require-trusted-types-for 'script'; trusted-types parlance\r\n"                               \
    "Referrer-Policy: no-referrer\r\nCross-Origin-Opener-Policy: same-origin\r\n"                  \
    "Cross-Origin-Resource-Policy: same-origin\r\nX-Frame-Options: DENY\r\n"

static const char missing[] =
    "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>Parlance</title>"
    "<h1>Parlance</h1><p>This is a chat server. It was built without the browser client: Node and "
    "npm were not at hand. Point an IRC client, nc or telnet at this address and port to talk."
    "</p></html>\n";

enum { HEADERS_SIZE_MAX = 1024 };

static const struct web_file *file_find(const char *path, size_t size) {
    for (const struct web_file *file = web_files; file->path; file++)
        if (slice_equal(slice_text(file->path), (struct slice){path, size})) return file;
    return NULL;
}

/* The page finds out by itself what is to be seen at an address. */
static bool is_page(struct slice path) {
    return slice_equal(path, slice_of("/")) || slice_equal(path, slice_of("/index.html")) ||
           slice_starts(path, slice_of("/r/")) || slice_starts(path, slice_of("/dm/")) ||
           slice_starts(path, slice_of("/invite/"));
}

/* "gzip;q=0" is a no (RFC 9110 section 12.5.3). */
static bool takes_coding(const struct http_request *request, const char *coding) {
    for (size_t i = 0; i < request->header_count; i++) {
        if (!http_same(request->headers[i].name, slice_of("Accept-Encoding"))) continue;
        struct slice list = request->headers[i].value;
        while (list.size > 0) {
            struct slice item = slice_until(&list, ',');
            struct slice name = slice_trim(slice_until(&item, ';'));
            if (!http_same(name, slice_text(coding))) continue;
            struct slice weight = slice_trim(item);
            return !http_same(weight, slice_of("q=0")) && !slice_starts(weight, slice_of("q=0.0"));
        }
    }
    return false;
}

struct packed {
    struct slice bytes;
    const char *coding; /* NULL: as it is */
};

static struct packed packed_for(const struct web_file *file, const struct http_request *request) {
    if (file->brotli.size > 0 && takes_coding(request, "br"))
        return (struct packed){file->brotli, "br"};
    if (file->gzip.size > 0 && takes_coding(request, "gzip"))
        return (struct packed){file->gzip, "gzip"};
    return (struct packed){file->plain, NULL};
}

/* A tag is of the bytes that are sent: "0123456789abcdef-br". */
static void put_tag(struct buf *out, const struct web_file *file, const char *coding) {
    buf_byte(out, '"');
    buf_text(out, file->tag);
    if (coding) buf_byte(out, '-');
    if (coding) buf_text(out, coding);
    buf_byte(out, '"');
}

static bool has_already(const struct http_request *request, struct slice tag) {
    struct slice list;
    if (!http_header(request, slice_of("If-None-Match"), &list)) return false;
    if (slice_equal(list, slice_of("*"))) return true;
    while (list.size > 0) {
        struct slice one = slice_trim(slice_until(&list, ','));
        if (slice_starts(one, slice_of("W/"))) one = slice_from(one, 2);
        if (slice_equal(one, tag)) return true;
    }
    return false;
}

static void put_file(const struct web_asked *asked, const struct web_file *file, struct buf *out) {
    char memory[HEADERS_SIZE_MAX], tag_memory[32];
    struct buf more, tag;
    struct packed packed = packed_for(file, asked->request);
    buf_init(&more, memory, sizeof memory);
    buf_init(&tag, tag_memory, sizeof tag_memory);
    put_tag(&tag, file, packed.coding);
    buf_text(&more, "ETag: ");
    buf_put(&more, buf_slice(&tag));
    buf_text(&more, "\r\nVary: Accept-Encoding\r\n" POLICY);
    if (packed.coding) {
        buf_text(&more, "Content-Encoding: ");
        buf_text(&more, packed.coding);
        buf_text(&more, "\r\n");
    }
    bool same = has_already(asked->request, buf_slice(&tag));
    struct http_answer answer = {.status = same ? 304 : 200,
                                 .flags = asked->flags,
                                 .type = file->type,
                                 .cache = file->immutable ? "public, max-age=31536000, immutable"
                                                          : "no-cache",
                                 .more = buf_slice(&more)};
    http_put_answer(out, &answer, packed.bytes);
}

bool web_file_answer(const struct web_asked *asked, struct buf *out) {
    struct slice path = asked->request->path;
    bool page = is_page(path);
    const struct web_file *file =
        page ? file_find("/index.html", 11) : file_find(path.at, path.size);
    if (file) {
        put_file(asked, file, out);
    } else if (page) {
        struct http_answer answer = {.status = 200,
                                     .flags = asked->flags,
                                     .type = "text/html; charset=utf-8",
                                     .cache = "no-cache",
                                     .more = slice_of(POLICY)};
        http_put_answer(out, &answer, slice_text(missing));
    }
    return file || page;
}
