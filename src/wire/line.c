/* line.c: lines out of a stream, each once, whatever the sizes of the reads were. */
#include "wire/line.h"

#include "base/utf8.h"

/* The size of the stream's first line with its LF, 0 where no LF is there. */
static size_t size_with_end(struct slice stream) {
    const char *end = stream.size > 0 ? memchr(stream.at, '\n', stream.size) : NULL;
    return end ? (size_t)(end - stream.at) + 1 : 0;
}

/* Without a LF in sight: is the line too long whatever follows? Its last byte may be the CR of
 * an end whose LF is not here yet. */
static bool surely_too_long(struct slice stream, size_t size_max) {
    if (stream.size <= size_max) return false;
    return stream.size > size_max + 1 || stream.at[size_max] != '\r';
}

/* Throw away the rest of a line that was too long; false where its end is not there yet. */
static bool drop_rest(struct slice *stream, bool *dropping) {
    size_t taken = size_with_end(*stream);
    *dropping = taken == 0;
    *stream = slice_from(*stream, *dropping ? stream->size : taken);
    return !*dropping;
}

/* WAY 2 of 9: bytes -> line */
enum line_result line_take(struct slice *stream, size_t size_max, bool *dropping,
                           struct slice *line) {
    if (*dropping && !drop_rest(stream, dropping)) return LINE_NONE;
    size_t taken = size_with_end(*stream);
    if (taken == 0) {
        if (!surely_too_long(*stream, size_max)) return LINE_NONE;
        *stream = slice_from(*stream, stream->size);
        *dropping = true;
        return LINE_TOO_LONG;
    }
    struct slice found = slice_head(*stream, taken - 1);
    if (found.size > 0 && found.at[found.size - 1] == '\r') found.size--;
    *stream = slice_from(*stream, taken);
    if (found.size > size_max) return LINE_TOO_LONG;
    *line = found;
    return LINE_WHOLE;
}

enum line_fault line_check(struct slice line) {
    if (!utf8_valid(line)) return LINE_NOT_UTF8;
    if (line.size > 0 && (memchr(line.at, '\0', line.size) || memchr(line.at, '\r', line.size) ||
                          memchr(line.at, '\n', line.size)))
        return LINE_BAD_CHARACTER;
    return LINE_FINE;
}
