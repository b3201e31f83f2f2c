/* buf.c: numbers as text. */
#include "base/buf.h"

#include "base/check.h"

void buf_number(struct buf *buf, uint64_t number) {
    char digits[20];
    size_t at = sizeof digits;
    do {
        digits[--at] = (char)('0' + number % 10);
        number /= 10;
    } while (number > 0);
    buf_put(buf, (struct slice){digits + at, sizeof digits - at});
}

void buf_hex(struct buf *buf, uint64_t number, int digits) {
    check(digits > 0 && digits <= 16);
    char text[16];
    for (int i = digits - 1; i >= 0; i--, number >>= 4)
        text[i] = "0123456789abcdef"[number & 15];
    buf_put(buf, (struct slice){text, (size_t)digits});
}
