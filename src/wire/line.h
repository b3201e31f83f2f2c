/* line.h: a stream of bytes cut into lines. Pure; keeps nothing but the caller's `dropping`. */
#ifndef WIRE_LINE_H
#define WIRE_LINE_H

#include "base/slice.h"

enum line_result { LINE_NONE, LINE_WHOLE, LINE_TOO_LONG };

/* Take the next line off *stream. A line ends with LF, and one CR before that is no part of it; a
 * line has at most size_max bytes without them. `*dropping` is the caller's, one per connection,
 * false at the start.
 *  - LINE_WHOLE: *line is it, without its end, maybe empty; it points into the stream.
 *  - LINE_NONE: no whole line is there. What is left in *stream (at most size_max + 1 bytes) begins
 *    the next line: give it again with more bytes after it.
 *  - LINE_TOO_LONG: once for each line above size_max, as soon as that is sure. What is there of it
 *    has been taken; the rest up to its LF is taken by later calls without a word.
 * The results do not depend on how the stream is cut into calls. */
enum line_result line_take(struct slice *stream, size_t size_max, bool *dropping,
                           struct slice *line);

enum line_fault {
    LINE_FINE,
    LINE_NOT_UTF8,
    LINE_BAD_CHARACTER, /* a NUL, CR or LF inside */
};

/* What is wrong with a line that line_take() gave, or that came as a message of its own. */
enum line_fault line_check(struct slice line);

#endif
