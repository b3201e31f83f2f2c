/* websocket_client.h: the other side of websocket.h: frames of RFC 6455 to a server, masked, and
 * from it, unmasked. Pure. No extension is spoken. */
#ifndef WIRE_WEBSOCKET_CLIENT_H
#define WIRE_WEBSOCKET_CLIENT_H

#include "wire/websocket.h"

enum {
    WEBSOCKET_KEY_SIZE = 24,          /* 16 random bytes as base64 */
    WEBSOCKET_ANSWER_MAX = 16 * 1024, /* bytes of the server's head; more is refused */
};

/* A message being put together from its fragments. All zero at first. */
struct websocket_client {
    char *message; /* owned, of the heap */
    size_t size, cap;
    uint8_t opcode; /* 0: none is under way */
    bool given;     /* the message was given to the caller: the next one begins anew */
};

void websocket_client_deinit(struct websocket_client *client);

/* Take the next thing off *stream. A message is at most size_max bytes and valid until the next
 * call; a masked frame is WEBSOCKET_BAD. What is left of the stream is still a stream. */
enum websocket_result websocket_client_take(struct websocket_client *client, struct slice *stream,
                                            size_t size_max, struct websocket_taken *taken);

/* Append a whole frame. `mask`: of the caller's drawing, another one for each frame. */
void websocket_client_put(struct buf *out, uint8_t opcode, struct slice payload, uint32_t mask);

/* Append the request for a WebSocket. `random`: 16 bytes; key: what becomes of them. */
void websocket_client_ask(struct buf *out, struct slice host, struct slice path,
                          const unsigned char random[16], char key[WEBSOCKET_KEY_SIZE + 1]);

/* The server's answer: 101: it agreed, frames begin behind *head_size bytes; 0: there is more to
 * come; -1: it is no answer to this request; else the status with which it was refused. */
int websocket_client_answered(struct slice bytes, const char key[WEBSOCKET_KEY_SIZE],
                              size_t *head_size);

#endif
