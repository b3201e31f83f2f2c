/* websocket_client.c: frames to a server. */
#include "wire/websocket_client.h"

#include <openssl/sha.h>
#include <sodium.h>
#include <stdlib.h>

#include "base/check.h"
#include "base/utf8.h"

enum { OP_MORE = 0, OP_CLOSE = 8, OP_PING = 9, OP_PONG = 10, MASKED = 0x80, FIN = 0x80 };

void websocket_client_deinit(struct websocket_client *client) {
    free(client->message);
    *client = (struct websocket_client){0};
}

static enum websocket_result bad(struct websocket_taken *taken, uint16_t code) {
    taken->code = code;
    return WEBSOCKET_BAD;
}

/* 1: read; 0: not all of it is here; -1: no server may send that. */
static int head_read(struct slice bytes, uint8_t *opcode, bool *fin, uint64_t *size,
                     size_t *head_size) {
    const unsigned char *at = (const unsigned char *)bytes.at;
    if (bytes.size < 2) return 0;
    *fin = at[0] & FIN;
    *opcode = at[0] & 15;
    uint8_t small = at[1] & 127;
    bool control = *opcode >= OP_CLOSE;
    if ((at[0] & 0x70) || (at[1] & MASKED)) return -1;
    if (*opcode > OP_PONG || (*opcode > WEBSOCKET_BINARY && !control)) return -1;
    if (control && (!*fin || small > WEBSOCKET_CONTROL_MAX)) return -1;
    size_t more = small == 126 ? 2 : small == 127 ? 8 : 0;
    *head_size = 2 + more;
    if (bytes.size < *head_size) return 0;
    *size = more ? 0 : small;
    for (size_t i = 0; i < more; i++)
        *size = *size << 8 | at[2 + i];
    return *size >> 62 ? -1 : 1;
}

static bool gather(struct websocket_client *client, struct slice piece) {
    if (client->size + piece.size > client->cap) {
        size_t cap = (client->size + piece.size) * 2;
        char *message = realloc(client->message, cap);
        if (!message) return false;
        client->message = message;
        client->cap = cap;
    }
    if (piece.size > 0) memcpy(client->message + client->size, piece.at, piece.size);
    client->size += piece.size;
    return true;
}

static enum websocket_result control(uint8_t opcode, struct slice payload,
                                     struct websocket_taken *taken) {
    if (payload.size > 0) memcpy(taken->control, payload.at, payload.size);
    taken->payload = (struct slice){taken->control, payload.size};
    if (opcode == OP_PING) return WEBSOCKET_PING;
    return opcode == OP_PONG ? WEBSOCKET_PONG : WEBSOCKET_CLOSE;
}

enum websocket_result websocket_client_take(struct websocket_client *client, struct slice *stream,
                                            size_t size_max, struct websocket_taken *taken) {
    if (client->given) client->size = client->opcode = 0;
    client->given = false;
    for (;;) {
        uint8_t opcode = 0;
        bool fin = false;
        uint64_t size = 0;
        size_t head_size = 0;
        int read = head_read(*stream, &opcode, &fin, &size, &head_size);
        if (read < 0) return bad(taken, WEBSOCKET_WRONG);
        if (read == 0) return WEBSOCKET_MORE;
        if (size > size_max || client->size + size > size_max) return bad(taken, WEBSOCKET_TOO_BIG);
        if (stream->size - head_size < size) return WEBSOCKET_MORE;
        struct slice payload = slice_head(slice_from(*stream, head_size), (size_t)size);
        *stream = slice_from(*stream, head_size + (size_t)size);
        if (opcode >= OP_CLOSE) return control(opcode, payload, taken);
        if ((client->opcode == 0) == (opcode == OP_MORE)) return bad(taken, WEBSOCKET_WRONG);
        if (opcode != OP_MORE) client->opcode = opcode;
        if (!gather(client, payload)) return bad(taken, WEBSOCKET_TOO_BIG);
        if (!fin) continue;
        client->given = true;
        taken->opcode = client->opcode;
        taken->payload = (struct slice){client->message, client->size};
        if (client->opcode == WEBSOCKET_TEXT && !utf8_valid(taken->payload))
            return bad(taken, WEBSOCKET_NOT_UTF8);
        return WEBSOCKET_MESSAGE;
    }
}

void websocket_client_put(struct buf *out, uint8_t opcode, struct slice payload, uint32_t mask) {
    char memory[WEBSOCKET_HEAD_MAX], key[4];
    struct buf head;
    buf_init(&head, memory, sizeof memory);
    websocket_put_head(&head, opcode, payload.size);
    memory[1] = (char)(memory[1] | MASKED);
    memcpy(key, &mask, sizeof key);
    buf_put(out, buf_slice(&head));
    buf_put(out, (struct slice){key, sizeof key});
    for (size_t i = 0; i < payload.size; i++)
        buf_byte(out, (char)(payload.at[i] ^ key[i % 4]));
}

/* ---- the handshake ---- */

void websocket_client_ask(struct buf *out, struct slice host, struct slice path,
                          const unsigned char random[16], char key[WEBSOCKET_KEY_SIZE + 1]) {
    sodium_bin2base64(key, WEBSOCKET_KEY_SIZE + 1, random, 16, sodium_base64_VARIANT_ORIGINAL);
    buf_text(out, "GET ");
    buf_put(out, path);
    buf_text(out, " HTTP/1.1\r\nHost: ");
    buf_put(out, host);
    buf_text(out, "\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
                  "Sec-WebSocket-Key: ");
    buf_put(out, (struct slice){key, WEBSOCKET_KEY_SIZE});
    buf_text(out, "\r\n\r\n");
}

static void accept_of(const char key[WEBSOCKET_KEY_SIZE], char accept[WEBSOCKET_ACCEPT_SIZE + 1]) {
    static const char guid[] = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
    unsigned char text[WEBSOCKET_KEY_SIZE + sizeof guid], sum[SHA_DIGEST_LENGTH];
    memcpy(text, key, WEBSOCKET_KEY_SIZE);
    memcpy(text + WEBSOCKET_KEY_SIZE, guid, sizeof guid);
    SHA1(text, WEBSOCKET_KEY_SIZE + sizeof guid - 1, sum);
    sodium_bin2base64(accept, WEBSOCKET_ACCEPT_SIZE + 1, sum, sizeof sum,
                      sodium_base64_VARIANT_ORIGINAL);
}

static bool is_header(struct slice line, struct slice name) {
    if (line.size <= name.size || line.at[name.size] != ':') return false;
    for (size_t i = 0; i < name.size; i++)
        if ((line.at[i] | 0x20) != (name.at[i] | 0x20)) return false;
    return true;
}

static bool has_accept(struct slice head, const char *accept) {
    const struct slice name = slice_of("sec-websocket-accept");
    while (head.size > 0) {
        struct slice line = slice_until(&head, '\n');
        if (line.size > 0 && line.at[line.size - 1] == '\r') line.size--;
        if (!is_header(line, name)) continue;
        return slice_equal(slice_trim(slice_from(line, name.size + 1)), slice_text(accept));
    }
    return false;
}

int websocket_client_answered(struct slice bytes, const char key[WEBSOCKET_KEY_SIZE],
                              size_t *head_size) {
    const char *end = bytes.size ? memmem(bytes.at, bytes.size, "\r\n\r\n", 4) : NULL;
    if (!end) return bytes.size > WEBSOCKET_ANSWER_MAX ? -1 : 0;
    uint64_t status = 0;
    *head_size = (size_t)(end - bytes.at) + 4;
    struct slice head = slice_head(bytes, *head_size);
    if (!slice_starts(head, slice_of("HTTP/1.1 ")) ||
        !slice_number(slice_head(slice_from(head, 9), 3), 599, &status) || status < 100)
        return -1;
    if (status != 101) return (int)status;
    char accept[WEBSOCKET_ACCEPT_SIZE + 1];
    accept_of(key, accept);
    return has_accept(head, accept) ? 101 : -1;
}
