/* web.c: HTTP in its smallest form. */
#include "server/web.h"

#include "wire/websocket.h"

static const char page[] = "This is a Parlance chat server. Point an IRC client, nc or telnet at "
                           "this address and port to talk.\n";

static const struct {
    int status;
    const char *reason;
} reasons[] = {{200, "OK"},
               {400, "Bad Request"},
               {403, "Forbidden"},
               {405, "Method Not Allowed"},
               {414, "URI Too Long"},
               {426, "Upgrade Required"},
               {431, "Request Header Fields Too Large"},
               {501, "Not Implemented"},
               {505, "HTTP Version Not Supported"}};

static const char *reason_of(int status) {
    for (size_t i = 0; i < sizeof reasons / sizeof *reasons; i++)
        if (reasons[i].status == status) return reasons[i].reason;
    return "Error";
}

static void put_answer(struct buf *out, int status, const char *body, bool with_body) {
    buf_text(out, "HTTP/1.1 ");
    buf_number(out, (uint64_t)status);
    buf_byte(out, ' ');
    buf_text(out, reason_of(status));
    if (status == 405) buf_text(out, "\r\nAllow: GET, HEAD");
    if (status == 426) buf_text(out, "\r\nSec-WebSocket-Version: 13");
    buf_text(out, "\r\nContent-Type: text/plain; charset=utf-8\r\nX-Content-Type-Options: nosniff"
                  "\r\nCache-Control: no-store\r\nConnection: close\r\nContent-Length: ");
    buf_number(out, strlen(body));
    buf_text(out, "\r\n\r\n");
    if (with_body) buf_text(out, body);
}

/* A page of another host may not speak for whoever looks at it (RFC 6455 section 10.2). A client
 * that is no browser names no origin. */
static bool origin_fits(const struct http_request *request, const struct manner *manner) {
    struct slice origin, rest;
    if (!http_header(request, slice_of("Origin"), &origin)) return true;
    for (uint32_t i = 0; i < manner->origin_count; i++)
        if (slice_equal(manner->origins[i], slice_of("*")) ||
            slice_equal(manner->origins[i], origin))
            return true;
    if (manner->origin_count > 0) return false;
    bool plain = slice_starts(origin, slice_of("http://"));
    if (!plain && !slice_starts(origin, slice_of("https://"))) return false;
    rest = slice_from(origin, plain ? 7 : 8);
    return request->authority.size > 0 && slice_equal(rest, request->authority);
}

struct protocol {
    const char *name;
    enum framing framing;
    enum dialect_kind kind;
};

/* The first that we speak of those the client names (ircv3.net, WebSocket). /ws speaks JSON where
 * none is named. NULL: none that we know. *named: it is to be named in the answer. */
static const struct protocol *protocol_of(const struct http_request *request, bool *named) {
    static const struct protocol protocols[] = {
        {"parlance.json", FRAMING_TEXT, DIALECT_JSON},
        {"text.ircv3.net", FRAMING_TEXT, DIALECT_IRC},
        {"binary.ircv3.net", FRAMING_BINARY, DIALECT_IRC},
    };
    struct slice list;
    bool ws = slice_equal(request->path, slice_of("/ws"));
    *named = http_header(request, slice_of("Sec-WebSocket-Protocol"), &list);
    if (!*named) return ws && dialect_of(DIALECT_JSON) ? &protocols[0] : NULL;
    while (list.size > 0) {
        struct slice word = slice_trim(slice_until(&list, ','));
        for (size_t i = 0; i < sizeof protocols / sizeof *protocols; i++) {
            if (!slice_equal(word, slice_text(protocols[i].name))) continue;
            if (protocols[i].kind == DIALECT_JSON && !ws) continue;
            if (dialect_of(protocols[i].kind)) return &protocols[i];
        }
    }
    return NULL;
}

/* True: the request was about a WebSocket, and is answered. */
static bool upgrade(const struct http_request *request, const struct manner *manner,
                    struct web_answer *answer, struct buf *out) {
    char accept[WEBSOCKET_ACCEPT_SIZE];
    bool named;
    int status = websocket_asked(request, accept);
    if (status == 0) return false;
    const struct protocol *protocol = protocol_of(request, &named);
    if (status == 426) {
        put_answer(out, 426, "Only version 13 of the protocol is spoken here.\n", true);
    } else if (status != 101) {
        put_answer(out, 400, "This is no request for a WebSocket.\n", true);
    } else if (!origin_fits(request, manner)) {
        put_answer(out, 403, "Pages of that origin are not allowed here.\n", true);
    } else if (!protocol) {
        put_answer(out, 400,
                   "Subprotocols: text.ircv3.net, binary.ircv3.net; at /ws parlance.json.\n", true);
    } else {
        buf_text(out, "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: "
                      "Upgrade\r\nSec-WebSocket-Accept: ");
        buf_put(out, (struct slice){accept, sizeof accept});
        if (named) {
            buf_text(out, "\r\nSec-WebSocket-Protocol: ");
            buf_text(out, protocol->name);
        }
        buf_text(out, "\r\n\r\n");
        answer->framing = protocol->framing;
        answer->kind = protocol->kind;
        answer->taken = request->head_size;
    }
    return true;
}

struct web_answer web_answer(struct slice bytes, const struct manner *manner, struct buf *out) {
    struct web_answer answer = {.whole = true, .taken = bytes.size};
    struct http_request request;
    int status = 400;
    switch (http_head(bytes, &request, &status)) {
    case HTTP_MORE: return (struct web_answer){.whole = false};
    case HTTP_BAD: put_answer(out, status, "The request could not be read.\n", true); return answer;
    case HTTP_DONE: break;
    }
    if (upgrade(&request, manner, &answer, out)) return answer;
    bool head = slice_equal(request.method, slice_of("HEAD"));
    if (!head && !slice_equal(request.method, slice_of("GET"))) {
        put_answer(out, 405, "Only GET and HEAD are answered here.\n", true);
    } else if (slice_equal(request.path, slice_of("/healthz"))) {
        put_answer(out, 200, "ok\n", !head);
    } else {
        put_answer(out, 200, page, !head);
    }
    return answer;
}
