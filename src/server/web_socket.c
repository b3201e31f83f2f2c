/* web_socket.c: the handshake of a WebSocket (RFC 6455 section 4.2). */
#include "server/web.h"
#include "wire/websocket.h"

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

static void put_upgrade(struct buf *out, const struct protocol *protocol, bool named,
                        const char accept[WEBSOCKET_ACCEPT_SIZE]) {
    buf_text(out, "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: "
                  "Upgrade\r\nSec-WebSocket-Accept: ");
    buf_put(out, (struct slice){accept, WEBSOCKET_ACCEPT_SIZE});
    if (named) {
        buf_text(out, "\r\nSec-WebSocket-Protocol: ");
        buf_text(out, protocol->name);
    }
    buf_text(out, "\r\n\r\n");
}

bool web_socket(const struct web_asked *asked, struct web_answer *answer, struct buf *out) {
    char accept[WEBSOCKET_ACCEPT_SIZE];
    bool named;
    int status = websocket_asked(asked->request, accept);
    if (status == 0) return false;
    const struct protocol *protocol = protocol_of(asked->request, &named);
    struct http_answer refused = {.status = 400, .flags = asked->flags};
    *answer = (struct web_answer){.result = WEB_ANSWERED};
    if (status == 426) {
        web_refuse(out, 426, asked->flags);
    } else if (status != 101) {
        http_put_answer(out, &refused, slice_of("This is no request for a WebSocket.\n"));
    } else if (!web_origin_fits(asked->request, asked->manner)) {
        refused.status = 403;
        http_put_answer(out, &refused, slice_of("Pages of that origin are not allowed here.\n"));
    } else if (!protocol) {
        http_put_answer(out, &refused,
                        slice_of("Subprotocols: text.ircv3.net, binary.ircv3.net; at /ws "
                                 "parlance.json.\n"));
    } else {
        put_upgrade(out, protocol, named, accept);
        *answer = (struct web_answer){
            .result = WEB_UPGRADED, .framing = protocol->framing, .kind = protocol->kind};
    }
    return true;
}
