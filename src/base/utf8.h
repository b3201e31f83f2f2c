/* utf8.h: Unicode text as bytes (RFC 3629). Pure, any thread. Whatever came from outside passes
 * utf8_valid() once, at its door; everything behind that door may rely on it. */
#ifndef BASE_UTF8_H
#define BASE_UTF8_H

#include "base/buf.h"
#include "base/slice.h"

enum { UTF8_SIZE_MAX = 4 }; /* bytes of one code point */

/* Well-formed by RFC 3629 section 4 (Unicode table 3-7): no overlong form, no surrogate, nothing
 * above U+10FFFF, nothing cut short. NUL and the other controls are valid here; empty text is.
 * About 8 bytes per step while the text is ASCII. */
bool utf8_valid(struct slice text);

/* The size in bytes (1 to 4) of the well-formed code point that `text` begins with, 0 where it
 * begins with none or is empty. Any bytes. */
size_t utf8_size(struct slice text);

/* Take the first code point off *text, which is valid and not empty. */
uint32_t utf8_take(struct slice *text);

/* Write one code point (1 to 4 bytes); it must not be a surrogate nor above U+10FFFF. */
void utf8_put(struct buf *out, uint32_t code_point);

/* Append what the bytes are in windows-1252, which is what programs mean by Latin-1 (WHATWG
 * Encoding Standard); up to three bytes for each, U+FFFD for the five that are nothing there. */
void utf8_put_latin1(struct buf *out, struct slice bytes);

/* The size in bytes, at most size_max, of the longest start of the valid `text` that cuts no
 * code point in two. */
size_t utf8_cut(struct slice text, size_t size_max);

#endif
