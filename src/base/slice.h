/* slice.h: borrowed bytes. A slice never owns and is never NUL-terminated by
 * promise; it is valid for the call it is passed to, and no longer. */
#ifndef BASE_SLICE_H
#define BASE_SLICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct slice {
    const char *at;
    size_t size; /* bytes */
};

#define slice_of(literal) ((struct slice){"" literal, sizeof(literal) - 1})

static inline struct slice slice_text(const char *text) {
    return (struct slice){text, strlen(text)};
}

static inline bool slice_equal(struct slice a, struct slice b) {
    return a.size == b.size && (a.size == 0 || memcmp(a.at, b.at, a.size) == 0);
}

static inline bool slice_starts(struct slice bytes, struct slice start) {
    return bytes.size >= start.size &&
           (start.size == 0 || memcmp(bytes.at, start.at, start.size) == 0);
}

/* What is left of `bytes` after its first `size` bytes, or after all of them. */
static inline struct slice slice_from(struct slice bytes, size_t size) {
    if (size > bytes.size) size = bytes.size;
    return bytes.size == 0 ? bytes : (struct slice){bytes.at + size, bytes.size - size};
}

/* The first `size` bytes, or all of them. */
static inline struct slice slice_head(struct slice bytes, size_t size) {
    return (struct slice){bytes.at, size < bytes.size ? size : bytes.size};
}

/* Without blanks (space and TAB) at both ends. */
struct slice slice_trim(struct slice bytes);

/* Take one word off *line, blanks before it skipped, one blank after it; empty at its end. */
struct slice slice_word(struct slice *line);

/* Take what stands before the next `mark` off *line, and the mark; all of it where none is. */
struct slice slice_until(struct slice *line, char mark);

/* Decimal digits and nothing else, no sign, at most `max`. False leaves *number alone. */
bool slice_number(struct slice digits, uint64_t max, uint64_t *number);

/* 64 bits of the bytes under a seed: FNV-1a, then mixed. For tables, not against forgery. */
uint64_t slice_hash(struct slice bytes, uint64_t seed);

#endif
