/* glyph.h: text as a terminal shows it: what stands in one place, and how many columns that takes.
 * Pure; any thread.
 *
 * Terminals agree about a character and marks upon it, and about nothing else: whether joined
 * emoji are one picture, whether a selector makes a character wide, which way text runs. So the
 * joiners, selectors, skin tones and directional controls are left out, and each base character
 * stands in columns of its own. What a stranger writes can therefore never move anything else. */
#ifndef CLIENT_GLYPH_H
#define CLIENT_GLYPH_H

#include "base/slice.h"

enum { GLYPH_POINTS_MAX = 5 }; /* a character and four marks: what ncurses keeps in a cell */

struct glyph {
    uint32_t points[GLYPH_POINTS_MAX];
    uint8_t count; /* 1 to GLYPH_POINTS_MAX */
    uint8_t width; /* columns, 1 or 2 */
    bool leftward; /* a letter of a script that runs from right to left */
    bool blank;    /* a line may end here */
};

/* Take the next glyph off the valid UTF-8 *text; false at its end (what was left is invisible).
 * Controls become their pictures, what Unicode 15 does not know U+FFFD. */
bool glyph_take(struct slice *text, struct glyph *glyph);

/* Columns of all of `text`. */
size_t glyph_width(struct slice text);

/* The size of the longest start of `text` that takes at most `width` columns; and its columns. */
size_t glyph_cut(struct slice text, size_t width, size_t *taken);

/* The size of the next line of `text` within `width` columns (at least 1): up to a newline, a blank
 * where one fits, or wherever it must be. *line is what to show; what is given back includes the
 * newline or the blanks at which it was cut. 0 only where text is empty. */
size_t glyph_wrap(struct slice text, size_t width, struct slice *line);

/* The offset of the next and of the last grapheme's border (UAX #29) after and before `at`, which
 * is within the valid `text`; its end and its begin are borders. */
size_t grapheme_after(struct slice text, size_t at);
size_t grapheme_before(struct slice text, size_t at);

/* A word's border: blanks are skipped, then what is no blank. */
size_t word_after(struct slice text, size_t at);
size_t word_before(struct slice text, size_t at);

#endif
