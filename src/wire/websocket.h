/* websocket.h: frames of RFC 6455, from a client and to it. Pure. No extension is spoken. */
#ifndef WIRE_WEBSOCKET_H
#define WIRE_WEBSOCKET_H

#include "base/buf.h"
#include "wire/http.h"

enum websocket_result {
    WEBSOCKET_MORE,    /* nothing is whole yet: give the stream again with more behind it */
    WEBSOCKET_MESSAGE, /* text or binary, put together from its fragments */
    WEBSOCKET_PING,    /* answer with its payload */
    WEBSOCKET_PONG,
    WEBSOCKET_CLOSE, /* payload: a code of two bytes and words, or nothing */
    WEBSOCKET_BAD,   /* code: why the connection is failed; nothing more is read of it */
};

/* Codes of RFC 6455 section 7.4.1. */
enum {
    WEBSOCKET_DONE = 1000,
    WEBSOCKET_AWAY = 1001,
    WEBSOCKET_WRONG = 1002,
    WEBSOCKET_NOT_UTF8 = 1007,
    WEBSOCKET_POLICY = 1008,
    WEBSOCKET_TOO_BIG = 1009,
};

enum { WEBSOCKET_TEXT = 1, WEBSOCKET_BINARY = 2 };

enum { WEBSOCKET_CONTROL_MAX = 125, WEBSOCKET_HEAD_MAX = 10, WEBSOCKET_ACCEPT_SIZE = 28 };

struct websocket_taken {
    uint8_t opcode;       /* of a message: WEBSOCKET_TEXT, valid UTF-8, or WEBSOCKET_BINARY */
    uint16_t code;        /* WEBSOCKET_BAD */
    struct slice payload; /* of a message: in the stream; of a control frame: in `control` */
    char control[WEBSOCKET_CONTROL_MAX];
};

/* Take the next thing off *stream, whose bytes are changed in place; a message is at most size_max
 * bytes. What is left of the stream is still a stream, and a message that is given again is the
 * same message. The results do not depend on how the stream is cut into calls. */
enum websocket_result websocket_take(struct slice *stream, size_t size_max,
                                     struct websocket_taken *taken);

/* Append the head of an unmasked frame: a whole message, or a control frame of that opcode. */
void websocket_put_head(struct buf *out, uint8_t opcode, size_t size);
/* Append a close frame with its code. */
void websocket_put_close(struct buf *out, uint16_t code);
/* Append the pong that answers a ping. */
void websocket_put_pong(struct buf *out, struct slice payload);

/* Does the request ask for a WebSocket (RFC 6455 section 4.2.1)? 0: it does not; 101: it does, and
 * `accept` is what Sec-WebSocket-Accept must be; 400: it is wrong; 426: another version. */
int websocket_asked(const struct http_request *request, char accept[WEBSOCKET_ACCEPT_SIZE]);

#endif
