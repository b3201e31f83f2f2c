/* Request heads and chunked bodies, strict: what two servers could read in two ways is refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/buf.h"
#include "wire/http.h"

enum { ROOM = 32768 };

static void assert_text(struct slice found, const char *wanted) {
    assert_int_equal(found.size, strlen(wanted));
    assert_memory_equal(found.at, wanted, found.size);
}

static struct http_request done(struct slice bytes) {
    struct http_request request;
    int status = 0;
    enum http_result result = http_head(bytes, &request, &status);
    if (result != HTTP_DONE) fail_msg("%s: result %d status %d", bytes.at, (int)result, status);
    return request;
}

/* 0 where the head is good or not whole. */
static int status_of(struct slice bytes) {
    struct http_request request;
    int status = 0;
    return http_head(bytes, &request, &status) == HTTP_BAD ? status : 0;
}

/* ---- heads that are good ---- */

static void a_request_is_read_into_its_parts(void **state) {
    (void)state;
    struct slice bytes =
        slice_of("POST /api/rooms?x=1&y=?2 HTTP/1.1\r\nHost: chat.example:7070\r\n"
                 "Content-Length: 12\r\nX-Empty:\r\nX-Odd: \t a  b\xC3\xA9 \r\n\r\nhello");
    struct http_request request = done(bytes);
    assert_text(request.method, "POST");
    assert_text(request.target, "/api/rooms?x=1&y=?2");
    assert_text(request.path, "/api/rooms");
    assert_text(request.query, "x=1&y=?2");
    assert_text(request.authority, "chat.example:7070");
    assert_int_equal(request.minor_version, 1);
    assert_true(request.keep_alive);
    assert_false(request.chunked);
    assert_int_equal(request.content_size, 12);
    assert_int_equal(request.head_size, bytes.size - 5);
    assert_int_equal(request.header_count, 4);
    struct slice value;
    assert_true(http_header(&request, slice_of("x-ODD"), &value));
    assert_text(value, "a  b\u00E9");
    assert_true(http_header(&request, slice_of("X-Empty"), &value));
    assert_text(value, "");
    assert_false(http_header(&request, slice_of("X-Od"), &value));
    assert_text(value, "");
}

static void a_body_in_chunks_is_announced(void **state) {
    (void)state;
    struct http_request request =
        done(slice_of("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"));
    assert_true(request.chunked);
    assert_int_equal(request.content_size, 0);
}

static void a_connection_stays_as_its_version_and_header_say(void **state) {
    (void)state;
    assert_false(done(slice_of("GET / HTTP/1.0\r\n\r\n")).keep_alive);
    assert_true(done(slice_of("GET / HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n")).keep_alive);
    assert_false(
        done(slice_of("GET / HTTP/1.1\r\nHost: a\r\nConnection: x , Close\r\n\r\n")).keep_alive);
    assert_true(
        done(slice_of("GET / HTTP/1.1\r\nHost: a\r\nConnection: closed\r\n\r\n")).keep_alive);
    struct http_request request = done(slice_of(
        "GET / HTTP/1.1\r\nHost: a\r\nConnection: keep-alive\r\nConnection: ,Upgrade\r\n\r\n"));
    assert_true(http_header_has(&request, slice_of("connection"), slice_of("upgrade")));
    assert_false(http_header_has(&request, slice_of("connection"), slice_of("up")));
}

static void every_form_of_target_has_its_path(void **state) {
    (void)state;
    struct http_request request = done(slice_of("OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n"));
    assert_text(request.path, "*");
    request = done(slice_of("GET http://A.example/x?y HTTP/1.1\r\nHost: a.EXAMPLE\r\n\r\n"));
    assert_text(request.path, "/x");
    assert_text(request.query, "y");
    assert_text(request.authority, "a.EXAMPLE");
    request = done(slice_of("GET HTTPS://[::1]:5?y HTTP/1.0\r\n\r\n"));
    assert_text(request.path, "/");
    assert_text(request.query, "y");
    assert_text(request.authority, "[::1]:5");
    request = done(slice_of("GET // HTTP/1.0\r\n\r\n"));
    assert_text(request.path, "//");
    assert_text(request.authority, "");
}

static void a_head_is_whole_with_its_last_byte(void **state) {
    (void)state;
    struct slice bytes = slice_of("GET /a HTTP/1.1\r\nHost: a\r\nX: y\r\n\r\n");
    struct http_request request;
    int status;
    for (size_t size = 0; size < bytes.size; size++)
        assert_int_equal(http_head(slice_head(bytes, size), &request, &status), HTTP_MORE);
    assert_int_equal(http_head(bytes, &request, &status), HTTP_DONE);
}

/* ---- heads that are not ---- */

static void each_refusal_has_its_status(void **state) {
    (void)state;
    assert_int_equal(status_of(slice_of("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")), 505);
    assert_int_equal(status_of(slice_of("GET / HTTP/0.9\r\n")), 505);
    assert_int_equal(status_of(slice_of("GET / HTTP/1.2\r\n")), 505);
    assert_int_equal(status_of(slice_of("GET / HTTP/3.0\r\n")), 505);
    assert_int_equal(status_of(slice_of("GET /\r\n")), 400);
    assert_int_equal(status_of(slice_of("CONNECT a:80 HTTP/1.1\r\n")), 501);
    assert_int_equal(status_of(slice_of("ABCDEFGHIJKLMNOPQRSTUVWXYZABCDEFG / HTTP/1.1\r\n")), 501);
    assert_int_equal(status_of(slice_of("GET / HTTP/1.1\r\n\r\n")), 400);
    const char *codings[] = {"gzip, chunked", "deflate,gzip, Chunked",  "chunked, gzip, chunked",
                             "gzip,,chunked", "gzip, chunked, chunked", "gzip"};
    for (size_t i = 0; i < sizeof codings / sizeof *codings; i++) {
        char memory[256];
        struct buf head;
        buf_init(&head, memory, sizeof memory);
        buf_text(&head, "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: ");
        buf_text(&head, codings[i]);
        buf_text(&head, "\r\n\r\n");
        assert_int_equal(status_of(buf_slice(&head)), i < 2 ? 501 : 400);
    }
}

static struct buf begun(char memory[ROOM], const char *begin) {
    struct buf head;
    buf_init(&head, memory, ROOM);
    buf_text(&head, begin);
    return head;
}

static void fill(struct buf *head, size_t size) {
    while (size-- > 0)
        buf_byte(head, 'x');
}

static void a_long_target_is_414(void **state) {
    (void)state;
    static char memory[ROOM];
    struct buf head = begun(memory, "GET /");
    fill(&head, HTTP_TARGET_SIZE_MAX - 1);
    buf_text(&head, " HTTP/1.0\r\n\r\n");
    assert_int_equal(done(buf_slice(&head)).target.size, HTTP_TARGET_SIZE_MAX);
    head = begun(memory, "GET /");
    fill(&head, HTTP_TARGET_SIZE_MAX);
    buf_text(&head, " HTTP/1.0\r\n\r\n");
    assert_int_equal(status_of(buf_slice(&head)), 414);
    head = begun(memory, "GET /");
    fill(&head, 4200); /* its end never comes */
    assert_int_equal(status_of(buf_slice(&head)), 414);
    assert_int_equal(status_of(slice_head(buf_slice(&head), 4000)), 0);
}

static void a_large_head_is_431(void **state) {
    (void)state;
    static char memory[ROOM];
    struct buf head = begun(memory, "GET / HTTP/1.0\r\nX: ");
    fill(&head, HTTP_HEAD_SIZE_MAX - head.size - 4);
    buf_text(&head, "\r\n\r\n");
    assert_int_equal(done(buf_slice(&head)).head_size, HTTP_HEAD_SIZE_MAX);
    head = begun(memory, "GET / HTTP/1.0\r\nX: ");
    fill(&head, HTTP_HEAD_SIZE_MAX - head.size - 3);
    buf_text(&head, "\r\n\r\n");
    assert_int_equal(status_of(buf_slice(&head)), 431);
    assert_int_equal(status_of(slice_head(buf_slice(&head), HTTP_HEAD_SIZE_MAX)), 431);
    assert_int_equal(status_of(slice_head(buf_slice(&head), HTTP_HEAD_SIZE_MAX - 1)), 0);
}

static void more_than_64_headers_are_431(void **state) {
    (void)state;
    static char memory[ROOM];
    struct buf head = begun(memory, "GET / HTTP/1.0\r\n");
    for (int i = 0; i < HTTP_HEADERS_MAX; i++)
        buf_text(&head, "X: y\r\n");
    struct buf more = head;
    buf_text(&head, "\r\n");
    assert_int_equal(done(buf_slice(&head)).header_count, HTTP_HEADERS_MAX);
    buf_text(&more, "X: y\r\n\r\n");
    assert_int_equal(status_of(buf_slice(&more)), 431);
}

/* Bad whole, and bad or unfinished at every cut, with one and the same status. */
static void assert_refused(struct slice bytes) {
    int status = status_of(bytes);
    if (status == 0) fail_msg("accepted: %s", bytes.at);
    bool refused = false;
    for (size_t size = 0; size <= bytes.size; size++) {
        struct http_request request;
        int early = 0;
        enum http_result result = http_head(slice_head(bytes, size), &request, &early);
        if (result == HTTP_DONE || (refused && result != HTTP_BAD)) fail_msg("cut: %s", bytes.at);
        refused = result == HTTP_BAD;
        if (refused) assert_int_equal(early, status);
    }
}

/* Tables of variants, each of which ends with `~`. Behind `Content-Length:` stands... */
static const char LENGTHS[] =
    "~  \t~ +5~ -5~ -0~ 0x5~ 5h~ 5.0~ 5e0~ 5,5~ 5, 5~ 5, 6~ ,5~ 5,~ 5 5~ 5;~ \"5\"~ '5'~ 5_0~"
    " 5\t0~ 5\000~ \0005~ 5\013~ \0135~ 5\014~ 5\240~ \357\274\225~ 5\r~ \r5~"
    " 9223372036854775808~ 18446744073709551615~ 18446744073709551616~ 18446744073709551621~"
    " 99999999999999999999999999~ nan~ chunked~";

/* Behind `Transfer-Encoding:`. */
static const char CODINGS[] =
    "~ ,~ identity~ gzip~ gzip, chunked~ identity, chunked~ chunked, identity~ chunked, gzip~"
    " chunked, chunked~ chunked,chunked,chunked~ chunked,~ ,chunked~ , chunked~ chunked;~"
    " chunked;q=1~ chunked; a=\"b\"~ \"chunked\"~ 'chunked'~ xchunked~ chunkedx~ chunk~"
    " x chunked~ chunked x~ cow, chunked, x~ Chunked~ CHUNKED~ chun\304\267ed~ chunked\000~"
    " \000chunked~\013chunked~ \013chunked~ chunked\013~ \014chunked~ \001chunked~"
    " \177chunked~ \010chunked~ \240chunked~ \377chunked~ chunked\302\205~ chunked\r~"
    " \rchunked~\rchunked~";

/* Whole headers. */
static const char HEADERS[] =
    /* both, or one of them twice */
    "Content-Length: 5\r\nTransfer-Encoding: chunked~"
    "Transfer-Encoding: chunked\r\nContent-Length: 5~"
    "Content-Length: 0\r\nTransfer-Encoding: chunked~"
    "content-length: 5\r\nX: y\r\ntransfer-encoding: chunked~"
    "Content-Length: 5\r\nTransfer-Encoding: identity~"
    "Content-Length: 5\r\nTransfer-Encoding:~Content-Length: 5\r\nContent-Length: 6~"
    "Content-Length: 5\r\nContent-Length: 5~Content-Length: 5\r\nCONTENT-LENGTH: 5~"
    "Content-Length: 5\r\nX: y\r\ncontent-length: 0~"
    "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked~"
    "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity~"
    "Transfer-Encoding: identity\r\nTransfer-Encoding: chunked~"
    "Transfer-Encoding: chunked\r\ntransfer-encoding: cow~"
    "Transfer-Encoding: gzip\r\nTransfer-Encoding: chunked~"
    "Transfer-Encoding:\r\nTransfer-Encoding: chunked~"
    /* a name that another server might still read */
    "Transfer-Encoding : chunked~Transfer-Encoding\t: chunked~Transfer-Encoding\r: chunked~"
    "Transfer-Encoding\000: chunked~Transfer-Encoding\013: chunked~"
    "Transfer-Encoding\240: chunked~Transfer-Encoding\377: chunked~"
    "Transfer-Encoding\n: chunked~Transfer-Encoding\r\n: chunked~Transfer-Encoding chunked~"
    "Transfer-Encoding~Transfer Encoding: chunked~\"Transfer-Encoding\": chunked~"
    "(Transfer-Encoding): chunked~\013Transfer-Encoding: chunked~"
    "\000Transfer-Encoding: chunked~\357\273\277Transfer-Encoding: chunked~"
    "\rTransfer-Encoding: chunked~: chunked~:~ : x~Content-Length : 5~Content-Length\t: 5~"
    "Content-Length\000: 5~Content-Length\r\n: 5~Content Length: 5~Content-Length\302\240: 5~"
    "Content-Length=5~Content-Length;: 5~Content-Length,: 5~Content-Length@: 5~"
    "Content-Length[]: 5~X~"
    /* folded lines, at any place */
    " Transfer-Encoding: chunked~\tTransfer-Encoding: chunked~Transfer-Encoding:\r\n chunked~"
    "Transfer-Encoding:\r\n\tchunked~Transfer-Encoding: x\r\n chunked~"
    "X: y\r\n Transfer-Encoding: chunked~X: y\r\n\tContent-Length: 5~X: y\r\n z~"
    "X: y\r\n \r\nContent-Length: 5~Content-Length:\r\n 5~Content-Length: 5\r\n 0~ ~\t~"
    /* ends of lines that only some believe */
    "X: y\nTransfer-Encoding: chunked~X: y\rTransfer-Encoding: chunked~"
    "X: y\n\rTransfer-Encoding: chunked~X: y\r\r\nTransfer-Encoding: chunked~"
    "X: y\r\n\rTransfer-Encoding: chunked~X: y\n~X: y\r~X: y\r\r~\n~\r~"
    "X: y\n\nGET /evil HTTP/1.1~X: y\r\rGET /evil HTTP/1.1~X: y\r\n\nGET /evil HTTP/1.1~"
    "X: y\000\r\nContent-Length: 5~X: \033[2J~X: y\177~"
    /* whose request it is */
    "Host: a~host: b~Host:~Host : b~ Host: b~";

/* The last byte of a table is its NUL. */
static struct slice table(const char *variants, size_t size) {
    return (struct slice){variants, size - 1};
}

/* Each variant stands behind `name` and a good request line and Host, and before a body. */
static void assert_headers_refused(const char *name, struct slice variants) {
    while (variants.size > 0) {
        char memory[512];
        struct buf head;
        buf_init(&head, memory, sizeof memory);
        buf_text(&head, "POST / HTTP/1.1\r\nHost: a\r\n");
        buf_text(&head, name);
        buf_put(&head, slice_until(&variants, '~'));
        buf_text(&head, "\r\n\r\n0\r\n\r\nGET /evil HTTP/1.1\r\n\r\n");
        assert_true(buf_ok(&head));
        assert_refused(buf_slice(&head));
    }
}

static void lengths_that_are_no_numbers_are_refused(void **state) {
    (void)state;
    assert_headers_refused("Content-Length:", table(LENGTHS, sizeof LENGTHS));
}

static void codings_that_are_not_exactly_chunked_are_refused(void **state) {
    (void)state;
    assert_headers_refused("Transfer-Encoding:", table(CODINGS, sizeof CODINGS));
}

static void headers_that_smuggle_are_refused(void **state) {
    (void)state;
    assert_headers_refused("", table(HEADERS, sizeof HEADERS));
}

static const char HEADS[] =
    "\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n~\nGET / HTTP/1.1\r\nHost: a\r\n\r\n~"
    " GET / HTTP/1.1\r\nHost: a\r\n\r\n~GET  / HTTP/1.1\r\nHost: a\r\n\r\n~"
    "GET /  HTTP/1.1\r\nHost: a\r\n\r\n~GET / HTTP/1.1 \r\nHost: a\r\n\r\n~"
    "GET\t/ HTTP/1.1\r\nHost: a\r\n\r\n~GET /\tHTTP/1.1\r\nHost: a\r\n\r\n~"
    "GET /a b HTTP/1.1\r\nHost: a\r\n\r\n~GET / HTTP/1.1\nHost: a\n\n~"
    "GET / HTTP/1.1\nHost: a\r\n\r\n~GET / HTTP/1.1\r\nHost: a\n\r\n~"
    "GET / HTTP/1.1\r\nHost: a\r\n\n~GET / HTTP/1.1\rHost: a\r\r\n\r\n~"
    "GET / HTTP/1.1\r\r\nHost: a\r\n\r\n~GET /\000 HTTP/1.1\r\nHost: a\r\n\r\n~"
    "GET /\177 HTTP/1.1\r\nHost: a\r\n\r\n~GET /\303\251 HTTP/1.1\r\nHost: a\r\n\r\n~"
    "GET /\013HTTP/1.1\r\nHost: a\r\n\r\n~GET /#a HTTP/1.1\r\nHost: a\r\n\r\n~"
    "GET\000 / HTTP/1.1\r\nHost: a\r\n\r\n~G(T / HTTP/1.1\r\nHost: a\r\n\r\n~"
    "GET: / HTTP/1.1\r\nHost: a\r\n\r\n~GET a HTTP/1.1\r\nHost: a\r\n\r\n~"
    "GET * HTTP/1.1\r\nHost: a\r\n\r\n~GET a:80 HTTP/1.1\r\nHost: a\r\n\r\n~"
    "GET ?x HTTP/1.1\r\nHost: a\r\n\r\n~GET ftp://a/ HTTP/1.1\r\nHost: a\r\n\r\n~"
    "GET file:///etc/passwd HTTP/1.1\r\nHost: a\r\n\r\n~"
    "GET gopher://a/ HTTP/1.1\r\nHost: a\r\n\r\n~"
    "GET javascript://a/ HTTP/1.1\r\nHost: a\r\n\r\n~GET http:/a HTTP/1.1\r\nHost: a\r\n\r\n~"
    "GET http:xxa/ HTTP/1.1\r\nHost: a\r\n\r\n~"
    "GET http:///a HTTP/1.1\r\nHost: a\r\n\r\n~GET http:// HTTP/1.1\r\nHost: a\r\n\r\n~"
    "GET http://u@a/ HTTP/1.1\r\nHost: a\r\n\r\n~"
    "GET http://u:p@a/ HTTP/1.1\r\nHost: a\r\n\r\n~GET http://b/ HTTP/1.1\r\nHost: a\r\n\r\n~"
    "GET http://a:80/ HTTP/1.1\r\nHost: a\r\n\r\n~"
    "GET http://a\\@b/ HTTP/1.1\r\nHost: a\r\n\r\n~GET / HTTP/1.1\r\n\r\n~"
    "GET / HTTP/1.1\r\nX: y\r\n\r\n~GET http://a/ HTTP/1.1\r\n\r\n~"
    "GET / HTTP/1.0\r\nHost: a\r\nHost: a\r\n\r\n~GET / http/1.1\r\nHost: a\r\n\r\n~"
    "GET / HTTP/1.1x\r\nHost: a\r\n\r\n~GET / HTTP/1.10\r\nHost: a\r\n\r\n~"
    "GET / HTTP/11.1\r\nHost: a\r\n\r\n~GET / HTTP/1\r\nHost: a\r\n\r\n~"
    "GET / HTTP/1,1\r\nHost: a\r\n\r\n~"
    "GET / HTTP/+1.1\r\nHost: a\r\n\r\n~GET / HTTP /1.1\r\nHost: a\r\n\r\n~"
    "GET / HTTQ/1.1\r\nHost: a\r\n\r\n~GET / ICY/1.1\r\nHost: a\r\n\r\n~"
    "GET / HTTP/2.0\r\nHost: a\r\n\r\n~PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n~"
    "GET / HTTP/0.9\r\n\r\n~GET /\r\n\r\n~GET\r\n\r\n~\r\n\r\n~"
    "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n~"
    "POST / HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n~"
    "CONNECT a:80 HTTP/1.1\r\nHost: a:80\r\n\r\n~";

/* Behind `Host: `. */
static const char HOSTS[] =
    "a, b~a b~a/b~u@a~a:~a:x~a:65536~a:80:80~:80~::1~[::1~[::1]x~[]~a#b~\303\251~";

static void malformed_request_lines_are_refused(void **state) {
    (void)state;
    struct slice variants = table(HEADS, sizeof HEADS);
    while (variants.size > 0)
        assert_refused(slice_until(&variants, '~'));
}

static void malformed_hosts_are_refused(void **state) {
    (void)state;
    struct slice variants = table(HOSTS, sizeof HOSTS);
    while (variants.size > 0) {
        char memory[128];
        struct buf head;
        buf_init(&head, memory, sizeof memory);
        buf_text(&head, "GET / HTTP/1.1\r\nHost: ");
        buf_put(&head, slice_until(&variants, '~'));
        buf_text(&head, "\r\n\r\n");
        assert_refused(buf_slice(&head));
    }
}

/* ---- bodies in chunks ---- */

/* Give the body cut after `cut` bytes; what is read goes to *out. *left is what stands behind. */
static enum http_result read_chunks(struct slice bytes, size_t cut, struct buf *out,
                                    struct slice *left) {
    struct http_chunked chunked = {0};
    struct slice parts[] = {slice_head(bytes, cut), slice_from(bytes, cut)};
    enum http_result result = HTTP_MORE;
    for (size_t i = 0; i < 2 && result == HTTP_MORE; i++) {
        struct slice piece;
        do {
            result = http_chunked_take(&chunked, &parts[i], &piece);
            buf_put(out, piece);
        } while (result == HTTP_MORE && piece.size > 0);
        if (result == HTTP_MORE) assert_int_equal(parts[i].size, 0);
        *left = i == 0 && result == HTTP_DONE ? slice_from(bytes, cut - parts[0].size) : parts[i];
    }
    return result;
}

static void assert_chunks(struct slice bytes, enum http_result wanted, const char *body,
                          size_t left_size) {
    for (size_t cut = 0; cut <= bytes.size; cut++) {
        static char memory[ROOM];
        struct buf out;
        buf_init(&out, memory, sizeof memory);
        struct slice left;
        enum http_result result = read_chunks(bytes, cut, &out, &left);
        if (result != wanted) fail_msg("%d instead of %d: %s", (int)result, (int)wanted, bytes.at);
        if (body) assert_text(buf_slice(&out), body);
        if (wanted == HTTP_DONE) assert_int_equal(left.size, left_size);
    }
}

static void chunks_are_joined_and_what_follows_is_left(void **state) {
    (void)state;
    assert_chunks(slice_of("0\r\n\r\n"), HTTP_DONE, "", 0);
    assert_chunks(slice_of("5\r\nhello\r\n1\r\n,\r\nA\r\n\r\n56789abc\r\n000\r\n\r\nGET"),
                  HTTP_DONE, "hello,\r\n56789abc", 3);
    assert_chunks(slice_of("1;a=b;c=\"d e\"\r\nx\r\n0;z\r\n\r\n"), HTTP_DONE, "x", 0);
    assert_chunks(slice_of("5\r\nhel"), HTTP_MORE, "hel", 0);
    assert_chunks(slice_of(""), HTTP_MORE, "", 0);
    assert_chunks(slice_of("0\r\n\r"), HTTP_MORE, "", 0);
}

static void a_chunk_extension_has_at_most_64_bytes(void **state) {
    (void)state;
    char memory[256];
    for (size_t size = 63; size <= 65; size++) {
        struct buf body;
        buf_init(&body, memory, sizeof memory);
        buf_text(&body, "0;");
        fill(&body, size - 1);
        buf_text(&body, "\r\n\r\n");
        enum http_result wanted = size <= HTTP_CHUNK_EXTENSION_SIZE_MAX ? HTTP_DONE : HTTP_BAD;
        assert_chunks(buf_slice(&body), wanted, "", 0);
    }
}

static void a_chunk_of_2_to_63_minus_1_bytes_is_only_long(void **state) {
    (void)state;
    assert_chunks(slice_of("7fffffffffffffff\r\nab"), HTTP_MORE, "ab", 0);
    assert_chunks(slice_of("000000000000000F\r\nab"), HTTP_MORE, "ab", 0);
    assert_chunks(slice_of("0000000000000000F\r\nab"), HTTP_BAD, NULL, 0);
}

static const char CHUNKS[] =
    "5\r\nhelloX\n0\r\n\r\n~5\r\nhello\rX0\r\n\r\n~"
    "8000000000000000\r\n~ffffffffffffffff\r\n~10000000000000000\r\n~"
    "10000000000000005\r\nhello~fffffffffffffffff\r\n~00000000000000000\r\n\r\n~"
    "0x5\r\nhello\r\n~0X0\r\n\r\n~x5\r\nhello\r\n~5h\r\nhello\r\n~+5\r\nhello\r\n~"
    "-5\r\nhello\r\n~-0\r\n\r\n~5.\r\nhello\r\n~5_0\r\nhello\r\n~g\r\n~ 5\r\nhello\r\n~"
    "5 \r\nhello\r\n~\t5\r\nhello\r\n~5\t\r\nhello\r\n~5 ;a\r\nhello\r\n~5\000\r\nhello\r\n~"
    "5\013\r\nhello\r\n~\357\274\225\r\nhello\r\n~5\nhello\r\n~5\rhello\r\n~5\r\rhello\r\n~"
    "5\r\r\nhello\r\n~5\n\rhello\r\n~5;a\nhello\r\n~5;a\rhello\r\n~5;a\000\r\nhello\r\n~"
    "5;a\177\r\nhello\r\n~5;\n\r\nhello\r\n~5;a\r\n hello\r\n~5\r\nhelloX\r\n~"
    "5\r\nhello\n0\r\n\r\n~5\r\nhello\r0\r\n\r\n~5\r\nhello0\r\n\r\n~"
    "5\r\nhello\r\r\n0\r\n\r\n~5\r\nhello\n\r\n~5\r\nhello\r\n\r\n~\r\n0\r\n\r\n~;a\r\n~\r\n~"
    "\n~0\n\n~0\r\n\n~0\n\r\n~0\r\r\n~0\r\n\r\r\n~0\r\n\rX~0\r\nX: y\r\n\r\n~"
    "0\r\nContent-Length: 5\r\n\r\n~0\r\n \r\n\r\n~0\r\nGET /evil HTTP/1.1\r\n\r\n~"
    "5,5\r\nhello\r\n~5 5\r\nhello\r\n~";

static void chunks_that_smuggle_are_refused(void **state) {
    (void)state;
    struct slice variants = table(CHUNKS, sizeof CHUNKS);
    while (variants.size > 0)
        assert_chunks(slice_until(&variants, '~'), HTTP_BAD, NULL, 0);
}

static void a_broken_or_ended_body_stays_so(void **state) {
    (void)state;
    struct http_chunked chunked = {0};
    struct slice piece, stream = slice_of("zz5\r\nhello");
    assert_int_equal(http_chunked_take(&chunked, &stream, &piece), HTTP_BAD);
    assert_int_equal(http_chunked_take(&chunked, &stream, &piece), HTTP_BAD);
    chunked = (struct http_chunked){0};
    stream = slice_of("0\r\n\r\nNEXT");
    assert_int_equal(http_chunked_take(&chunked, &stream, &piece), HTTP_DONE);
    assert_int_equal(http_chunked_take(&chunked, &stream, &piece), HTTP_DONE);
    assert_text(stream, "NEXT");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_request_is_read_into_its_parts),
        cmocka_unit_test(a_body_in_chunks_is_announced),
        cmocka_unit_test(a_connection_stays_as_its_version_and_header_say),
        cmocka_unit_test(every_form_of_target_has_its_path),
        cmocka_unit_test(a_head_is_whole_with_its_last_byte),
        cmocka_unit_test(each_refusal_has_its_status),
        cmocka_unit_test(a_long_target_is_414),
        cmocka_unit_test(a_large_head_is_431),
        cmocka_unit_test(more_than_64_headers_are_431),
        cmocka_unit_test(lengths_that_are_no_numbers_are_refused),
        cmocka_unit_test(codings_that_are_not_exactly_chunked_are_refused),
        cmocka_unit_test(headers_that_smuggle_are_refused),
        cmocka_unit_test(malformed_request_lines_are_refused),
        cmocka_unit_test(malformed_hosts_are_refused),
        cmocka_unit_test(chunks_are_joined_and_what_follows_is_left),
        cmocka_unit_test(a_chunk_extension_has_at_most_64_bytes),
        cmocka_unit_test(a_chunk_of_2_to_63_minus_1_bytes_is_only_long),
        cmocka_unit_test(chunks_that_smuggle_are_refused),
        cmocka_unit_test(a_broken_or_ended_body_stays_so),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
