/* websocket.c: frames. */
#include "wire/websocket.h"

#include <openssl/sha.h>
#include <sodium.h>

#include "base/check.h"
#include "base/utf8.h"

enum { OP_MORE = 0, OP_CLOSE = 8, OP_PING = 9, OP_PONG = 10 };
enum { BIT_FIN = 0x80, BITS_RESERVED = 0x70, BIT_MASK = 0x80, SIZE_16 = 126, SIZE_64 = 127 };

struct head {
    bool fin;
    uint8_t opcode;
    uint64_t size;    /* of the payload, bytes */
    size_t head_size; /* with the masking key */
};

static bool is_control(uint8_t opcode) {
    return opcode >= OP_CLOSE;
}

static uint64_t big_endian(const unsigned char *bytes, size_t count) {
    uint64_t number = 0;
    for (size_t i = 0; i < count; i++)
        number = number << 8 | bytes[i];
    return number;
}

/* 1: read; 0: not all of it is here; -1: no client may send that (RFC 6455 section 5.2). */
static int head_read(struct slice bytes, struct head *head) {
    const unsigned char *at = (const unsigned char *)bytes.at;
    if (bytes.size < 1) return 0;
    head->fin = at[0] & BIT_FIN;
    head->opcode = at[0] & 15;
    if (at[0] & BITS_RESERVED) return -1;
    if (head->opcode > WEBSOCKET_BINARY && (head->opcode < OP_CLOSE || head->opcode > OP_PONG))
        return -1;
    if (bytes.size < 2) return 0;
    if (!(at[1] & BIT_MASK)) return -1;
    uint8_t small = at[1] & (BIT_MASK - 1);
    if (is_control(head->opcode) && (!head->fin || small > WEBSOCKET_CONTROL_MAX)) return -1;
    size_t more = small == SIZE_16 ? 2 : small == SIZE_64 ? 8 : 0;
    head->head_size = 2 + more + 4;
    if (bytes.size < head->head_size) return 0;
    head->size = more ? big_endian(at + 2, more) : small;
    bool shortest = more == 2 ? head->size >= SIZE_16 : more == 0 || head->size > UINT16_MAX;
    return shortest && head->size >> 63 == 0 ? 1 : -1;
}

/* Unmask the payload of the frame that begins at `frame` to `to`, which may lie before it. */
static void unmask(char *to, const char *frame, const struct head *head) {
    char key[4];
    memcpy(key, frame + head->head_size - 4, 4);
    const char *from = frame + head->head_size;
    for (size_t i = 0; i < head->size; i++)
        to[i] = (char)(from[i] ^ key[i % 4]);
}

/* Out of the stream, wherever in a message it stands. */
static enum websocket_result control(struct slice *stream, char *bytes, size_t offset,
                                     const struct head *head, struct websocket_taken *taken) {
    unmask(taken->control, bytes + offset, head);
    taken->payload = (struct slice){taken->control, (size_t)head->size};
    size_t size = head->head_size + (size_t)head->size;
    memmove(bytes + size, bytes, offset);
    *stream = slice_from(*stream, size);
    if (head->opcode == OP_PING) return WEBSOCKET_PING;
    return head->opcode == OP_PONG ? WEBSOCKET_PONG : WEBSOCKET_CLOSE;
}

/* One frame instead of several, unmasked and with a key of zeros, so that it may be read again. It
 * ends where they ended; its head is never larger than theirs were. */
static void merge(struct slice *stream, char *bytes, size_t end, uint8_t opcode,
                  struct websocket_taken *taken) {
    size_t size = 0, at = 0;
    struct head head;
    while (at < end) { /* payloads to the front, over the heads */
        int read = head_read((struct slice){bytes + at, end - at}, &head);
        check(read == 1);
        unmask(bytes + size, bytes + at, &head);
        size += (size_t)head.size;
        at += head.head_size + (size_t)head.size;
    }
    memmove(bytes + end - size, bytes, size);
    char memory[WEBSOCKET_HEAD_MAX];
    struct buf fresh;
    buf_init(&fresh, memory, sizeof memory);
    websocket_put_head(&fresh, opcode, size);
    memory[1] = (char)(memory[1] | BIT_MASK);
    size_t begin = end - size - 4 - fresh.size;
    check(fresh.size + 4 + size <= end);
    memcpy(bytes + begin, memory, fresh.size);
    memset(bytes + begin + fresh.size, 0, 4);
    taken->payload = (struct slice){bytes + end - size, size};
    taken->opcode = opcode;
    *stream = slice_from(*stream, end);
}

static enum websocket_result bad(struct websocket_taken *taken, uint16_t code) {
    taken->code = code;
    return WEBSOCKET_BAD;
}

enum websocket_result websocket_take(struct slice *stream, size_t size_max,
                                     struct websocket_taken *taken) {
    char *bytes = (char *)(uintptr_t)stream->at; /* ours to change: see the header */
    size_t offset = 0;
    uint64_t total = 0;
    uint8_t opcode = 0;
    for (;;) {
        struct head head;
        int read = head_read(slice_from(*stream, offset), &head);
        if (read < 0) return bad(taken, WEBSOCKET_WRONG);
        if (read == 0) return WEBSOCKET_MORE;
        bool whole = stream->size - offset >= head.head_size &&
                     stream->size - offset - head.head_size >= head.size;
        if (is_control(head.opcode))
            return whole ? control(stream, bytes, offset, &head, taken) : WEBSOCKET_MORE;
        if ((offset == 0) == (head.opcode == OP_MORE)) return bad(taken, WEBSOCKET_WRONG);
        if (offset == 0) opcode = head.opcode;
        if (head.size > size_max || total + head.size > size_max)
            return bad(taken, WEBSOCKET_TOO_BIG);
        total += head.size;
        if (!whole) return WEBSOCKET_MORE;
        offset += head.head_size + (size_t)head.size;
        if (head.fin) break;
        if (offset - total > size_max) return bad(taken, WEBSOCKET_POLICY); /* heads and no words */
    }
    merge(stream, bytes, offset, opcode, taken);
    if (opcode == WEBSOCKET_TEXT && !utf8_valid(taken->payload))
        return bad(taken, WEBSOCKET_NOT_UTF8);
    return WEBSOCKET_MESSAGE;
}

void websocket_put_head(struct buf *out, uint8_t opcode, size_t size) {
    buf_byte(out, (char)(BIT_FIN | opcode));
    if (size < SIZE_16) {
        buf_byte(out, (char)size);
        return;
    }
    int bytes = size <= UINT16_MAX ? 2 : 8;
    buf_byte(out, (char)(bytes == 2 ? SIZE_16 : SIZE_64));
    while (bytes-- > 0)
        buf_byte(out, (char)((uint64_t)size >> (8 * bytes) & 255));
}

void websocket_put_close(struct buf *out, uint16_t code) {
    websocket_put_head(out, OP_CLOSE, 2);
    buf_byte(out, (char)(code >> 8));
    buf_byte(out, (char)(code & 255));
}

void websocket_put_pong(struct buf *out, struct slice payload) {
    websocket_put_head(out, OP_PONG, payload.size);
    buf_put(out, payload);
}

/* ---- the handshake ---- */

static bool key_is_fit(struct slice key) {
    unsigned char bytes[16];
    size_t size = 0;
    return key.size == 24 &&
           sodium_base642bin(bytes, sizeof bytes, key.at, key.size, NULL, &size, NULL,
                             sodium_base64_VARIANT_ORIGINAL) == 0 &&
           size == sizeof bytes;
}

int websocket_asked(const struct http_request *request, char accept[WEBSOCKET_ACCEPT_SIZE]) {
    static const char guid[] = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
    struct slice key, version;
    if (!http_header_has(request, slice_of("Upgrade"), slice_of("websocket"))) return 0;
    if (!slice_equal(request->method, slice_of("GET")) || request->minor_version != 1 ||
        !http_header_has(request, slice_of("Connection"), slice_of("Upgrade")) ||
        request->content_size > 0 || request->chunked ||
        !http_header(request, slice_of("Sec-WebSocket-Key"), &key) || !key_is_fit(key))
        return 400;
    if (!http_header(request, slice_of("Sec-WebSocket-Version"), &version) ||
        !slice_equal(version, slice_of("13")))
        return 426;
    unsigned char text[24 + sizeof guid], sum[SHA_DIGEST_LENGTH];
    char base64[WEBSOCKET_ACCEPT_SIZE + 1];
    memcpy(text, key.at, 24);
    memcpy(text + 24, guid, sizeof guid);
    SHA1(text, 24 + sizeof guid - 1, sum);
    sodium_bin2base64(base64, sizeof base64, sum, sizeof sum, sodium_base64_VARIANT_ORIGINAL);
    memcpy(accept, base64, WEBSOCKET_ACCEPT_SIZE);
    return 101;
}
