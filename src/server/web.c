/* web.c: HTTP in its smallest form. */
#include "server/web.h"

#include "wire/http.h"

static const char page[] = "This is a Parlance chat server. Point an IRC client, nc or telnet at "
                           "this address and port to talk.\n";

static const struct {
    int status;
    const char *reason;
} reasons[] = {{200, "OK"},
               {400, "Bad Request"},
               {405, "Method Not Allowed"},
               {414, "URI Too Long"},
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
    buf_text(out, "\r\nContent-Type: text/plain; charset=utf-8\r\nX-Content-Type-Options: nosniff"
                  "\r\nCache-Control: no-store\r\nConnection: close\r\nContent-Length: ");
    buf_number(out, strlen(body));
    buf_text(out, "\r\n\r\n");
    if (with_body) buf_text(out, body);
}

bool web_answer(struct slice bytes, struct buf *out) {
    struct http_request request;
    int status = 400;
    switch (http_head(bytes, &request, &status)) {
    case HTTP_MORE: return false;
    case HTTP_BAD: put_answer(out, status, "The request could not be read.\n", true); return true;
    case HTTP_DONE: break;
    }
    bool head = slice_equal(request.method, slice_of("HEAD"));
    if (!head && !slice_equal(request.method, slice_of("GET"))) {
        put_answer(out, 405, "Only GET and HEAD are answered here.\n", true);
    } else if (slice_equal(request.path, slice_of("/healthz"))) {
        put_answer(out, 200, "ok\n", !head);
    } else {
        put_answer(out, 200, page, !head);
    }
    return true;
}
