/* utf8.c: code points and their bytes. Which second bytes are allowed depends on the first
 * (Unicode table 3-7); all others are 0x80 to 0xBF. */
#include "base/utf8.h"

#include "base/check.h"

static unsigned char byte_at(struct slice text, size_t at) {
    return (unsigned char)text.at[at];
}

static bool continues(struct slice text, size_t at) {
    return (byte_at(text, at) & 0xC0) == 0x80;
}

/* The size a first byte asks for, 0 for one that begins nothing (C0 and C1 are always overlong,
 * F5 and above lie behind U+10FFFF). */
static size_t size_by_lead(unsigned char lead) {
    if (lead < 0x80) return 1;
    if (lead < 0xC2) return 0;
    if (lead < 0xE0) return 2;
    if (lead < 0xF0) return 3;
    return lead < 0xF5 ? 4 : 0;
}

static bool second_allowed(unsigned char lead, unsigned char second) {
    switch (lead) {
    case 0xE0: return second >= 0xA0 && second <= 0xBF; /* below: overlong */
    case 0xED: return second >= 0x80 && second <= 0x9F; /* above: surrogates */
    case 0xF0: return second >= 0x90 && second <= 0xBF; /* below: overlong */
    case 0xF4: return second >= 0x80 && second <= 0x8F; /* above: beyond U+10FFFF */
    default: return second >= 0x80 && second <= 0xBF;
    }
}

size_t utf8_size(struct slice text) {
    if (text.size == 0) return 0;
    unsigned char lead = byte_at(text, 0);
    size_t size = size_by_lead(lead);
    if (size <= 1) return size;
    if (text.size < size || !second_allowed(lead, byte_at(text, 1))) return 0;
    for (size_t i = 2; i < size; i++)
        if (!continues(text, i)) return 0;
    return size;
}

bool utf8_valid(struct slice text) {
    const uint64_t high_bits = UINT64_C(0x8080808080808080);
    while (text.size > 0) {
        uint64_t eight;
        if (text.size >= sizeof eight) {
            memcpy(&eight, text.at, sizeof eight);
            if ((eight & high_bits) == 0) {
                text = slice_from(text, sizeof eight);
                continue;
            }
        }
        size_t size = utf8_size(text);
        if (size == 0) return false;
        text = slice_from(text, size);
    }
    return true;
}

uint32_t utf8_take(struct slice *text) {
    check(text->size > 0);
    unsigned char lead = byte_at(*text, 0);
    size_t size = size_by_lead(lead);
    check(size > 0);
    check(size <= text->size);
    uint32_t code_point = size == 1 ? lead : lead & (0x7Fu >> size);
    for (size_t i = 1; i < size; i++)
        code_point = code_point << 6 | (byte_at(*text, i) & 0x3Fu);
    *text = slice_from(*text, size);
    return code_point;
}

void utf8_put(struct buf *out, uint32_t code_point) {
    check(code_point <= 0x10FFFF);
    check(code_point < 0xD800 || code_point > 0xDFFF);
    size_t size = 1;
    if (code_point >= 0x80) size = code_point < 0x800 ? 2 : code_point < 0x10000 ? 3 : 4;
    char bytes[UTF8_SIZE_MAX];
    for (size_t i = size - 1; i > 0; i--, code_point >>= 6)
        bytes[i] = (char)(0x80 | (code_point & 0x3F));
    /* The first byte begins with as many ones as there are bytes: 0, 110, 1110, 11110. */
    bytes[0] = (char)((size == 1 ? 0 : 0xF0u << (4 - size) & 0xFF) | code_point);
    buf_put(out, (struct slice){bytes, size});
}

void utf8_put_latin1(struct buf *out, struct slice bytes) {
    enum { NONE = 0xFFFD };
    static const uint16_t high[] = {/* 0x80 to 0x9F; the others are their own code points */
                                    0x20AC, NONE,   0x201A, 0x0192, 0x201E, 0x2026, 0x2020, 0x2021,
                                    0x02C6, 0x2030, 0x0160, 0x2039, 0x0152, NONE,   0x017D, NONE,
                                    NONE,   0x2018, 0x2019, 0x201C, 0x201D, 0x2022, 0x2013, 0x2014,
                                    0x02DC, 0x2122, 0x0161, 0x203A, 0x0153, NONE,   0x017E, 0x0178};
    for (size_t i = 0; i < bytes.size; i++) {
        uint8_t byte = (uint8_t)bytes.at[i];
        utf8_put(out, byte >= 0x80 && byte < 0xA0 ? high[byte - 0x80] : byte);
    }
}

size_t utf8_cut(struct slice text, size_t size_max) {
    if (text.size <= size_max) return text.size;
    size_t size = size_max;
    while (size > 0 && continues(text, size))
        size--;
    return size;
}
