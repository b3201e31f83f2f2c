/* buf.h: bytes being written, of a fixed size. An overflow is remembered, not
 * returned: write everything, then ask once with buf_ok(). */
#ifndef BASE_BUF_H
#define BASE_BUF_H

#include "base/slice.h"

struct buf {
    char *at; /* owned by whoever called buf_init() */
    size_t size, cap;
    bool overflowed;
};

static inline void buf_init(struct buf *buf, char *memory, size_t cap) {
    *buf = (struct buf){.at = memory, .cap = cap};
}

static inline void buf_put(struct buf *buf, struct slice bytes) {
    if (bytes.size > buf->cap - buf->size) {
        buf->overflowed = true;
    } else if (bytes.size > 0) {
        memcpy(buf->at + buf->size, bytes.at, bytes.size);
        buf->size += bytes.size;
    }
}

static inline void buf_text(struct buf *buf, const char *text) {
    buf_put(buf, slice_text(text));
}

static inline void buf_byte(struct buf *buf, char byte) {
    buf_put(buf, (struct slice){&byte, 1});
}

void buf_number(struct buf *buf, uint64_t number);          /* decimal */
void buf_hex(struct buf *buf, uint64_t number, int digits); /* lower case, zeros in front */

static inline bool buf_ok(const struct buf *buf) {
    return !buf->overflowed;
}

static inline struct slice buf_slice(const struct buf *buf) {
    return (struct slice){buf->at, buf->size};
}

#endif
