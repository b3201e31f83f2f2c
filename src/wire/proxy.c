/* proxy.c: version 1 is a line, version 2 is binary. Both are read strictly. */
#include "wire/proxy.h"

enum { LINE_SIZE_MAX = 107, SIGNATURE_SIZE = 12, HEAD_SIZE = 16 };
enum { COMMAND_LOCAL = 0x20, COMMAND_PROXY = 0x21, TCP_4 = 0x11, TCP_6 = 0x21 };
enum { TCP_4_SIZE = 12, TCP_6_SIZE = 36, TLV_HEAD_SIZE = 3 };

static const char signature[SIGNATURE_SIZE + 1] = "\r\n\r\n\0\r\nQUIT\n";

/* One address of a line, of the family that it names. */
static bool read_ip(struct slice text, bool is_6, struct address *address) {
    struct network number;
    if (text.size == 0 || memchr(text.at, '/', text.size)) return false;
    if (!memchr(text.at, ':', text.size) != !is_6) return false;
    if (!network_parse(text, &number)) return false;
    memcpy(address->ip, number.ip, sizeof address->ip);
    return true;
}

static bool read_port(struct slice text, struct address *address) {
    uint64_t port;
    bool zero = text.size > 1 && text.at[0] == '0';
    if (zero || !slice_number(text, UINT16_MAX, &port)) return false;
    address->port = (uint16_t)port;
    return true;
}

/* PROXY TCP4 FROM TO PORT PORT, each behind one blank. */
static bool read_line(struct slice line, struct address *from) {
    struct slice words[6];
    struct address to;
    for (size_t i = 0; i < 6; i++)
        words[i] = slice_until(&line, ' ');
    bool is_6 = slice_equal(words[1], slice_of("TCP6"));
    if (line.size > 0 || (!is_6 && !slice_equal(words[1], slice_of("TCP4")))) return false;
    return read_ip(words[2], is_6, from) && read_ip(words[3], is_6, &to) &&
           read_port(words[4], from) && read_port(words[5], &to);
}

static enum proxy_result take_line(struct slice *stream, struct address *from) {
    struct slice bytes = slice_head(*stream, LINE_SIZE_MAX);
    const char *end = memchr(bytes.at, '\n', bytes.size);
    if (!end) return bytes.size == LINE_SIZE_MAX ? PROXY_BAD : PROXY_MORE;
    size_t size = (size_t)(end - bytes.at);
    struct address address = {0};
    if (bytes.at[size - 1] != '\r') return PROXY_BAD;
    if (!read_line(slice_head(bytes, size - 1), &address)) return PROXY_BAD;
    *from = address;
    *stream = slice_from(*stream, size + 1);
    return PROXY_DONE;
}

/* What follows the addresses: kind, size of two bytes, value, and nothing that reaches beyond. */
static bool tlvs_fit(const unsigned char *at, size_t size) {
    while (size > 0) {
        if (size < TLV_HEAD_SIZE) return false;
        size_t own = TLV_HEAD_SIZE + ((size_t)at[1] << 8 | at[2]);
        if (own > size) return false;
        at += own;
        size -= own;
    }
    return true;
}

/* The addresses of version 2: from, to, and a port each, all in network order. */
static bool read_binary(uint8_t family, const unsigned char *at, size_t size,
                        struct address *from) {
    static const uint8_t mapped[12] = {[10] = 255, [11] = 255};
    size_t ip = family == TCP_6 ? 16 : 4, own = family == TCP_6 ? TCP_6_SIZE : TCP_4_SIZE;
    if ((family != TCP_4 && family != TCP_6) || size < own) return false;
    if (!tlvs_fit(at + own, size - own)) return false;
    memcpy(from->ip, mapped, sizeof mapped);
    memcpy(from->ip + sizeof from->ip - ip, at, ip);
    from->port = (uint16_t)(at[2 * ip] << 8 | at[2 * ip + 1]);
    return true;
}

static enum proxy_result take_binary(struct slice *stream, struct address *from) {
    const unsigned char *at = (const unsigned char *)stream->at;
    if (stream->size < HEAD_SIZE) return PROXY_MORE;
    size_t size = (size_t)at[14] << 8 | at[15];
    uint8_t command = at[12];
    if (command != COMMAND_LOCAL && command != COMMAND_PROXY) return PROXY_BAD;
    if (HEAD_SIZE + size > PROXY_SIZE_MAX) return PROXY_BAD;
    if (stream->size < HEAD_SIZE + size) return PROXY_MORE;
    struct address address = {0};
    if (command == COMMAND_PROXY) {
        if (!read_binary(at[13], at + HEAD_SIZE, size, &address)) return PROXY_BAD;
        *from = address;
    }
    *stream = slice_from(*stream, HEAD_SIZE + size);
    return PROXY_DONE;
}

enum proxy_result proxy_take(struct slice *stream, struct address *from) {
    struct slice binary = {signature, SIGNATURE_SIZE}, line = slice_of("PROXY ");
    if (stream->size == 0) return PROXY_MORE;
    if (slice_starts(*stream, binary)) return take_binary(stream, from);
    if (slice_starts(*stream, line)) return take_line(stream, from);
    bool may = slice_starts(binary, *stream) || slice_starts(line, *stream);
    return may ? PROXY_MORE : PROXY_BAD;
}
