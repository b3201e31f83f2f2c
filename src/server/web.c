/* web.c: the table of what is answered where. */
#include "server/web.h"

#include "server/web_file.h"

static const struct {
    int status;
    const char *text;
} sentences[] = {
    {400, "The request could not be read.\n"},
    {403, "That is not allowed from where you are.\n"},
    {404, "There is nothing here.\n"},
    {405, "That cannot be done here.\n"},
    {408, "The request took too long.\n"},
    {413, "The body is larger than this server takes.\n"},
    {414, "The address is longer than this server takes.\n"},
    {415, "A body of that kind is not taken here.\n"},
    {417, "Nothing but 100-continue can be expected here.\n"},
    {421, "This server is not known by that name: see server.name and allowed_origins.\n"},
    {426, "Only version 13 of the WebSocket protocol is spoken here.\n"},
    {431, "There are more headers than this server takes.\n"},
    {501, "That is not known here.\n"},
    {503, "Not now.\n"},
    {505, "HTTP/1.1 is spoken here.\n"},
};

void web_refuse(struct buf *out, int status, uint8_t flags) {
    struct http_answer answer = {.status = status, .flags = flags};
    struct slice text = {0};
    for (size_t i = 0; i < sizeof sentences / sizeof *sentences; i++)
        if (sentences[i].status == status) text = slice_text(sentences[i].text);
    if (status == 426)
        answer.more = slice_of("Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\n");
    http_put_answer(out, &answer, text);
}

static void put_text(const struct web_asked *asked, int status, struct slice text,
                     struct buf *out) {
    struct http_answer answer = {.status = status, .flags = asked->flags};
    http_put_answer(out, &answer, text);
}

/* ---- what is answered ---- */

static enum web_result answer_health(const struct web_asked *asked, struct buf *out) {
    put_text(asked, 200, slice_of("ok\n"), out);
    return WEB_ANSWERED;
}

static enum web_result answer_ready(const struct web_asked *asked, struct buf *out) {
    const char *why = asked->stopping ? "the server is stopping\n" : NULL;
    if (!why && asked->hooks) why = asked->hooks->unready(asked->hooks->context);
    put_text(asked, why ? 503 : 200, why ? slice_text(why) : slice_of("ready\n"), out);
    return WEB_ANSWERED;
}

static enum web_result answer_metrics(const struct web_asked *asked, struct buf *out) {
    const struct web_hooks *hooks = asked->hooks;
    if (!hooks || !hooks->may_measure(hooks->context, asked->peer)) {
        web_refuse(out, 403, asked->flags);
        return WEB_ANSWERED;
    }
    struct http_answer answer = {
        .status = 200, .flags = asked->flags, .type = "text/plain; version=0.0.4; charset=utf-8"};
    http_put_stream(out, &answer);
    size_t begin = http_chunk_begin(out, asked->flags);
    hooks->measure(hooks->context, out);
    http_chunk_end(out, asked->flags, begin);
    http_put_chunks_end(out, asked->flags);
    return WEB_ANSWERED;
}

static enum web_result answer_file(const struct web_asked *asked, struct buf *out) {
    if (!web_file_answer(asked, out)) web_refuse(out, 404, asked->flags);
    return WEB_ANSWERED;
}

static enum web_result answer_api(const struct web_asked *asked, struct buf *out) {
    if (dialect_of(DIALECT_REST)) return WEB_CALLS;
    web_refuse(out, 404, asked->flags);
    return WEB_ANSWERED;
}

/* Behind the last slash of `path` anything may follow where it ends in one. Any Host: who watches
 * over a server knows it by other names than its people do. */
static const struct route {
    const char *path, *methods;
    enum web_result (*answer)(const struct web_asked *asked, struct buf *out);
    bool any_host;
} routes[] = {
    {"/healthz", "GET, HEAD", answer_health, true},
    {"/readyz", "GET, HEAD", answer_ready, true},
    {"/metrics", "GET, HEAD", answer_metrics, false},
    {"/api/", "GET, HEAD, POST, PUT, PATCH, DELETE", answer_api, false},
    {"/hooks/", "POST", answer_api, false},
    {"/", "GET, HEAD", answer_file, false},
};

static const struct route *route_of(struct slice path) {
    for (size_t i = 0; i < sizeof routes / sizeof *routes; i++) {
        struct slice own = slice_text(routes[i].path);
        bool below = own.at[own.size - 1] == '/';
        if (below ? slice_starts(path, own) : slice_equal(path, own)) return &routes[i];
    }
    return NULL;
}

/* The method is one of a list of them, as Allow has it. */
static bool is_among(struct slice method, struct slice list) {
    while (list.size > 0)
        if (slice_equal(slice_trim(slice_until(&list, ',')), method)) return true;
    return false;
}

static void refuse_method(const struct web_asked *asked, const char *methods, struct buf *out) {
    char memory[128];
    struct buf allow;
    buf_init(&allow, memory, sizeof memory);
    buf_text(&allow, "Allow: ");
    buf_text(&allow, methods);
    buf_text(&allow, "\r\n");
    struct http_answer answer = {.status = 405, .flags = asked->flags, .more = buf_slice(&allow)};
    http_put_answer(out, &answer, slice_of("That cannot be done here.\n"));
}

/* 0, or the status of what nobody here understands. A coded body would have to be unpacked, one in
 * parts taken apart, before anybody knew what it says. */
static int refuse_body(const struct http_request *request) {
    struct slice coding, type;
    if (http_header(request, slice_of("Content-Encoding"), &coding) &&
        !http_same(coding, slice_of("identity")))
        return 415;
    http_header(request, slice_of("Content-Type"), &type);
    if (http_same(slice_head(type, 10), slice_of("multipart/"))) return 415;
    return 0;
}

/* A page of another origin may look, which its browser does not let it see, but do nothing. */
static bool changes(const struct http_request *request) {
    return !is_among(request->method, slice_of("GET, HEAD, OPTIONS"));
}

static int refuse_request(const struct web_asked *asked, const struct route *route) {
    const struct http_request *request = asked->request;
    if (!(route && route->any_host) && !web_host_fits(request, asked->manner)) return 421;
    if (changes(request) && !web_origin_fits(request, asked->manner)) return 403;
    int status = refuse_body(request);
    if (status) return status;
    return route ? 0 : 404;
}

struct web_answer web_answer(const struct web_asked *asked, struct buf *out) {
    struct web_answer answer = {.result = WEB_ANSWERED};
    struct slice upgrade;
    const struct route *route = route_of(asked->request->path);
    int status = refuse_request(asked, route);
    if (status) {
        web_refuse(out, status, asked->flags);
    } else if (!route->any_host && web_socket(asked, &answer, out)) {
        return answer;
    } else if (http_header(asked->request, slice_of("Upgrade"), &upgrade)) {
        web_refuse(out, 426, asked->flags);
    } else if (!is_among(asked->request->method, slice_text(route->methods))) {
        refuse_method(asked, route->methods, out);
    } else {
        answer.result = route->answer(asked, out);
    }
    return answer;
}
