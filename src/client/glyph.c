/* glyph.c: characters, marks, widths, borders. */
#include "client/glyph.h"

#include <unicode/ubrk.h>
#include <unicode/uchar.h>
#include <unicode/utext.h>

#include "base/check.h"
#include "base/utf8.h"

enum { REPLACEMENT = 0xFFFD, DOTTED_CIRCLE = 0x25CC };

enum role {
    ROLE_BASE,
    ROLE_MARK,   /* stands upon the one before it */
    ROLE_NOTHING /* is left out */
};

static bool is_skin(uint32_t point) {
    return point >= 0x1F3FB && point <= 0x1F3FF;
}

/* Vowels and finals of Hangul that are written apart: shown upon the letter before them. */
static bool is_jamo_upon(uint32_t point) {
    return (point >= 0x1160 && point <= 0x11FF) || (point >= 0xD7B0 && point <= 0xD7FB);
}

static enum role role_of(uint32_t point) {
    if (point < 0x300) return point == 0xAD ? ROLE_NOTHING : ROLE_BASE;
    if (u_hasBinaryProperty((UChar32)point, UCHAR_DEFAULT_IGNORABLE_CODE_POINT))
        return ROLE_NOTHING;
    int8_t type = u_charType((UChar32)point);
    if (type == U_FORMAT_CHAR) return ROLE_NOTHING;
    bool upon = type == U_NON_SPACING_MARK || type == U_ENCLOSING_MARK || is_jamo_upon(point);
    return upon ? ROLE_MARK : ROLE_BASE;
}

/* What is shown in place of a character that is not shown itself. */
static uint32_t shown(uint32_t point, bool *blank) {
    if (point == '\t') point = ' ';
    if (point < 0x20) return 0x2400 + point;
    if (point < 0x7F) {
        *blank = point == ' ';
        return point;
    }
    if (point == 0x7F) return 0x2421;
    switch (u_charType((UChar32)point)) {
    case U_SPACE_SEPARATOR:
        *blank = point != 0xA0 && point != 0x202F;
        return point == 0x3000 ? point : ' ';
    case U_LINE_SEPARATOR:
    case U_PARAGRAPH_SEPARATOR: *blank = true; return ' ';
    case U_CONTROL_CHAR:
    case U_UNASSIGNED:
    case U_PRIVATE_USE_CHAR:
    case U_SURROGATE: return REPLACEMENT;
    }
    return point;
}

static uint8_t width_of(uint32_t point) {
    if (point < 0x1100) return 1;
    int32_t width = u_getIntPropertyValue((UChar32)point, UCHAR_EAST_ASIAN_WIDTH);
    return width == U_EA_WIDE || width == U_EA_FULLWIDTH ? 2 : 1;
}

static bool runs_leftward(uint32_t point) {
    if (point < 0x590) return false;
    UCharDirection direction = u_charDirection((UChar32)point);
    return direction == U_RIGHT_TO_LEFT || direction == U_RIGHT_TO_LEFT_ARABIC;
}

/* The marks behind the base; more than fit into a cell are left out. */
static void take_marks(struct slice *text, struct glyph *glyph) {
    while (text->size > 0 && (unsigned char)text->at[0] >= 0x80) {
        struct slice rest = *text;
        uint32_t point = utf8_take(&rest);
        enum role role = role_of(point);
        if (role == ROLE_BASE && !is_skin(point)) return;
        if (role == ROLE_MARK && glyph->count < GLYPH_POINTS_MAX)
            glyph->points[glyph->count++] = point;
        *text = rest;
    }
}

bool glyph_take(struct slice *text, struct glyph *glyph) {
    while (text->size > 0) {
        *glyph = (struct glyph){.count = 1};
        struct slice rest = *text;
        uint32_t point = utf8_take(&rest);
        enum role role = role_of(point);
        if (role == ROLE_NOTHING) {
            *text = rest;
            continue;
        }
        if (role == ROLE_BASE) *text = rest;
        glyph->points[0] = role == ROLE_BASE ? shown(point, &glyph->blank) : DOTTED_CIRCLE;
        glyph->width = width_of(glyph->points[0]);
        glyph->leftward = runs_leftward(glyph->points[0]);
        take_marks(text, glyph);
        return true;
    }
    return false;
}

size_t glyph_width(struct slice text) {
    size_t width = 0;
    struct glyph glyph;
    while (glyph_take(&text, &glyph))
        width += glyph.width;
    return width;
}

size_t glyph_cut(struct slice text, size_t width, size_t *taken) {
    struct slice rest = text;
    struct glyph glyph;
    *taken = 0;
    for (;;) {
        size_t before = rest.size;
        if (!glyph_take(&rest, &glyph)) return text.size;
        if (*taken + glyph.width > width) return text.size - before;
        *taken += glyph.width;
    }
}

static size_t skip_blanks(struct slice text, size_t at) {
    while (at < text.size && text.at[at] == ' ')
        at++;
    return at;
}

/* Where a line of at most `width` columns ends: what is shown ends at *shown_size, the next line
 * begins at what is given back. */
static size_t cut_at(struct slice text, size_t width, size_t *shown_size) {
    struct slice rest = text;
    struct glyph glyph;
    size_t columns = 0, shown_to = 0, next = 0; /* of the last blank that was passed */
    for (;;) {
        size_t at = text.size - rest.size;
        if (!glyph_take(&rest, &glyph)) return *shown_size = text.size;
        size_t behind = text.size - rest.size;
        if (columns + glyph.width > width && glyph.blank) {
            *shown_size = at;
            return skip_blanks(text, behind);
        }
        if (columns + glyph.width > width) {
            size_t cut = at > 0 ? at : behind;
            *shown_size = next > 0 ? shown_to : cut;
            return next > 0 ? next : cut;
        }
        columns += glyph.width;
        if (!glyph.blank) continue;
        if (next != at) shown_to = at;
        next = behind;
    }
}

size_t glyph_wrap(struct slice text, size_t width, struct slice *line) {
    check(width > 0);
    const char *end = text.size ? memchr(text.at, '\n', text.size) : NULL;
    size_t whole = end ? (size_t)(end - text.at) : text.size, shown_size = 0;
    size_t size = cut_at(slice_head(text, whole), width, &shown_size);
    *line = slice_head(text, shown_size);
    return size == whole && end ? size + 1 : size;
}

/* ---- borders ---- */

static size_t border(struct slice text, size_t at, bool after) {
    check(at <= text.size);
    if (after ? at == text.size : at == 0) return at;
    UErrorCode status = U_ZERO_ERROR;
    UText *opened = utext_openUTF8(NULL, text.at, (int64_t)text.size, &status);
    UBreakIterator *breaks = ubrk_open(UBRK_CHARACTER, "", NULL, 0, &status);
    ubrk_setUText(breaks, opened, &status);
    int32_t found = -1;
    if (U_SUCCESS(status))
        found = after ? ubrk_following(breaks, (int32_t)at) : ubrk_preceding(breaks, (int32_t)at);
    ubrk_close(breaks);
    utext_close(opened);
    if (found < 0) return after ? text.size : 0;
    return (size_t)found;
}

size_t grapheme_after(struct slice text, size_t at) {
    return border(text, at, true);
}

size_t grapheme_before(struct slice text, size_t at) {
    return border(text, at, false);
}

static bool is_gap(char byte) {
    return byte == ' ' || byte == '\n' || byte == '\t';
}

size_t word_after(struct slice text, size_t at) {
    while (at < text.size && is_gap(text.at[at]))
        at++;
    while (at < text.size && !is_gap(text.at[at]))
        at++;
    return at;
}

size_t word_before(struct slice text, size_t at) {
    while (at > 0 && is_gap(text.at[at - 1]))
        at--;
    while (at > 0 && !is_gap(text.at[at - 1]))
        at--;
    return at;
}
