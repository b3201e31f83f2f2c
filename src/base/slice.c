/* slice.c: cutting borrowed bytes. */
#include "base/slice.h"

static bool is_blank(char c) {
    return c == ' ' || c == '\t';
}

struct slice slice_trim(struct slice bytes) {
    while (bytes.size > 0 && is_blank(bytes.at[0]))
        bytes = slice_from(bytes, 1);
    while (bytes.size > 0 && is_blank(bytes.at[bytes.size - 1]))
        bytes.size--;
    return bytes;
}

struct slice slice_word(struct slice *line) {
    while (line->size > 0 && is_blank(line->at[0]))
        *line = slice_from(*line, 1);
    size_t size = 0;
    while (size < line->size && !is_blank(line->at[size]))
        size++;
    struct slice word = slice_head(*line, size);
    *line = slice_from(*line, size < line->size ? size + 1 : size);
    return word;
}

struct slice slice_until(struct slice *line, char mark) {
    const char *end = line->size > 0 ? memchr(line->at, mark, line->size) : NULL;
    size_t size = end ? (size_t)(end - line->at) : line->size;
    struct slice part = slice_head(*line, size);
    *line = slice_from(*line, end ? size + 1 : size);
    return part;
}

bool slice_number(struct slice digits, uint64_t max, uint64_t *number) {
    uint64_t value = 0;
    if (digits.size == 0) return false;
    for (size_t i = 0; i < digits.size; i++) {
        if (digits.at[i] < '0' || digits.at[i] > '9') return false;
        uint64_t digit = (uint64_t)(digits.at[i] - '0');
        if (digit > max || value > (max - digit) / 10) return false;
        value = value * 10 + digit;
    }
    *number = value;
    return true;
}

uint64_t slice_hash(struct slice bytes, uint64_t seed) {
    uint64_t h = seed ^ UINT64_C(0xcbf29ce484222325);
    for (size_t i = 0; i < bytes.size; i++)
        h = (h ^ (unsigned char)bytes.at[i]) * UINT64_C(0x100000001b3);
    h = (h ^ (h >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    return h ^ (h >> 31);
}
