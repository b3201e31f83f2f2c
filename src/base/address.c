/* address.c: addresses as text (RFC 5952) and back. */
#include "base/address.h"

#include <arpa/inet.h>

#include "base/check.h"

static const uint8_t MAPPED_PREFIX[12] = {[10] = 0xFF, [11] = 0xFF};

enum { MAPPED_BITS = 96, GROUPS = 8 };

static bool is_mapped(const uint8_t ip[16]) {
    return memcmp(ip, MAPPED_PREFIX, sizeof MAPPED_PREFIX) == 0;
}

static bool is_unix(struct address address) {
    static const uint8_t nothing[16];
    return address.port == 0 && memcmp(address.ip, nothing, sizeof nothing) == 0;
}

static void put_v4(struct buf *out, const uint8_t ip[4]) {
    for (int i = 0; i < 4; i++) {
        if (i > 0) buf_byte(out, '.');
        buf_number(out, ip[i]);
    }
}

static unsigned group_at(const uint8_t ip[16], size_t index) {
    return (unsigned)ip[2 * index] << 8 | ip[2 * index + 1];
}

/* The longest run of two or more zero groups, the first of equals (RFC 5952 section 4.2). */
static size_t longest_zeros(const uint8_t ip[16], size_t *begin) {
    size_t longest = 1;
    *begin = GROUPS;
    for (size_t i = 0; i < GROUPS; i++) {
        size_t end = i;
        while (end < GROUPS && group_at(ip, end) == 0)
            end++;
        if (end - i > longest) {
            longest = end - i;
            *begin = i;
        }
    }
    return longest;
}

static void put_v6(struct buf *out, const uint8_t ip[16]) {
    size_t begin = 0;
    size_t size = longest_zeros(ip, &begin);
    for (size_t i = 0; i < GROUPS; i++) {
        if (i == begin) {
            buf_text(out, "::");
            i += size - 1;
            continue;
        }
        if (i > 0 && i != begin + size) buf_byte(out, ':');
        unsigned group = group_at(ip, i);
        int digits = group > 0xFFF ? 4 : group > 0xFF ? 3 : group > 0xF ? 2 : 1;
        buf_hex(out, group, digits);
    }
}

static void put_ip(struct buf *out, const uint8_t ip[16]) {
    if (is_mapped(ip)) {
        put_v4(out, ip + sizeof MAPPED_PREFIX);
    } else {
        put_v6(out, ip);
    }
}

void address_ip_text(struct buf *out, struct address address) {
    if (is_unix(address)) {
        buf_text(out, "local");
    } else {
        put_ip(out, address.ip);
    }
}

void address_text(struct buf *out, struct address address) {
    bool brackets = !is_mapped(address.ip) && !is_unix(address);
    if (brackets) buf_byte(out, '[');
    address_ip_text(out, address);
    if (brackets) buf_byte(out, ']');
    if (is_unix(address)) return;
    buf_byte(out, ':');
    buf_number(out, address.port);
}

/* inet_pton() wants a NUL behind the text; a NUL inside it would hide what follows. */
static bool parse_family(struct slice text, int family, void *ip) {
    char terminated[INET6_ADDRSTRLEN] = "";
    if (text.size == 0 || text.size >= sizeof terminated) return false;
    if (memchr(text.at, '\0', text.size)) return false;
    memcpy(terminated, text.at, text.size);
    return inet_pton(family, terminated, ip) == 1;
}

static bool parse_v4(struct slice text, uint8_t ip[16]) {
    uint8_t four[4];
    if (!parse_family(text, AF_INET, four)) return false;
    memcpy(ip, MAPPED_PREFIX, sizeof MAPPED_PREFIX);
    memcpy(ip + sizeof MAPPED_PREFIX, four, sizeof four);
    return true;
}

static bool parse_v6(struct slice text, uint8_t ip[16]) {
    return parse_family(text, AF_INET6, ip);
}

/* Decimal, without zeros in front: one number has one spelling. */
static bool parse_number(struct slice text, uint64_t max, uint64_t *number) {
    if (text.size > 1 && text.at[0] == '0') return false;
    return slice_number(text, max, number);
}

bool address_parse(struct slice text, struct address *address) {
    struct address parsed = {0};
    if (slice_equal(text, slice_of("local"))) {
        *address = parsed;
        return true;
    }
    bool brackets = slice_starts(text, slice_of("["));
    if (brackets) text = slice_from(text, 1);
    struct slice port = text;
    struct slice ip = slice_until(&port, brackets ? ']' : ':');
    if (brackets) {
        if (!slice_starts(port, slice_of(":"))) return false;
        port = slice_from(port, 1);
    }
    uint64_t number;
    if (!parse_number(port, UINT16_MAX, &number)) return false;
    if (!(brackets ? parse_v6(ip, parsed.ip) : parse_v4(ip, parsed.ip))) return false;
    parsed.port = (uint16_t)number;
    *address = parsed;
    return true;
}

/* Zero every bit behind the first `bits`. */
static void mask_bits(uint8_t ip[16], unsigned bits) {
    for (unsigned i = 0; i < 16; i++) {
        unsigned kept = bits > 8 * i ? bits - 8 * i : 0;
        if (kept < 8) ip[i] &= (uint8_t)(0xFF00u >> kept);
    }
}

uint64_t address_network(struct address address) {
    uint64_t network;
    memcpy(&network, address.ip + (is_mapped(address.ip) ? 8 : 0), sizeof network);
    return network;
}

bool address_in(struct address address, struct network network) {
    check(network.prefix_bits <= 128);
    if (is_unix(address)) return false;
    mask_bits(address.ip, network.prefix_bits);
    return memcmp(address.ip, network.ip, sizeof network.ip) == 0;
}

void network_text(struct buf *out, struct network network) {
    bool v4 = is_mapped(network.ip) && network.prefix_bits >= MAPPED_BITS;
    if (v4)
        put_v4(out, network.ip + sizeof MAPPED_PREFIX);
    else
        put_v6(out, network.ip);
    buf_byte(out, '/');
    buf_number(out, network.prefix_bits - (v4 ? MAPPED_BITS : 0u));
}

bool network_parse(struct slice text, struct network *network) {
    struct network parsed = {.prefix_bits = 128};
    bool slash = text.size > 0 && memchr(text.at, '/', text.size) != NULL;
    struct slice ip = slice_until(&text, '/');
    bool v4 = parse_v4(ip, parsed.ip);
    if (!v4 && !parse_v6(ip, parsed.ip)) return false;
    if (slash) {
        uint64_t bits;
        if (!parse_number(text, v4 ? 32 : 128, &bits)) return false;
        parsed.prefix_bits = (uint8_t)(bits + (v4 ? MAPPED_BITS : 0));
    }
    mask_bits(parsed.ip, parsed.prefix_bits);
    *network = parsed;
    return true;
}
