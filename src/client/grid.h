/* grid.h: a screen as cells, without a terminal. Pure. */
#ifndef CLIENT_GRID_H
#define CLIENT_GRID_H

#include "base/buf.h"
#include "client/glyph.h"

/* A style is a colour, by what it is for, and how it is drawn. */
enum style {
    STYLE_TEXT,
    STYLE_QUIET,  /* times, borders, what the server says */
    STYLE_ACCENT, /* where one is */
    STYLE_MENTION,
    STYLE_ERROR,
    STYLE_GOOD,
    STYLE_NAME, /* the first of STYLE_NAMES colours that people have */
    STYLE_NAMES = 12,
    STYLE_COLOURS = STYLE_NAME + STYLE_NAMES,
    STYLE_COLOUR_MASK = 0xFF,
    STYLE_BOLD = 0x100,
    STYLE_REVERSE = 0x200,
    STYLE_UNDERLINE = 0x400,
    STYLE_FENCE = 0x800, /* what is before it and behind it is ordered each for itself */
    STYLE_DRAWN = STYLE_BOLD | STYLE_REVERSE | STYLE_UNDERLINE,
};

struct cell {
    uint32_t points[GLYPH_POINTS_MAX];
    uint8_t count; /* 0: the second column of a wide one */
    uint8_t width;
    bool leftward;
    uint16_t style; /* of enum style, put together */
};

struct grid {
    struct cell *cells; /* owned; row after row */
    int rows, columns;
    int cursor_row, cursor_column; /* -1: none is shown */
};

bool grid_init(struct grid *grid, int rows, int columns); /* blank; false: no memory */
void grid_deinit(struct grid *grid);

/* Write from a column on, up to before column `end`; gives back the column behind it. What does not
 * fit is left out, half of a wide character is a blank. */
int grid_put(struct grid *grid, int row, int column, int end, struct slice text, unsigned style);
/* The same with an ellipsis where it was cut. */
int grid_put_cut(struct grid *grid, int row, int column, int end, struct slice text,
                 unsigned style);
void grid_fill(struct grid *grid, int row, int column, int end, uint32_t point, unsigned style);
void grid_style(struct grid *grid, int row, int column, int end, unsigned style); /* added */

/* In rows with text that runs leftward, give each fence a left-to-right mark, so that a terminal
 * that orders such text itself orders nothing across a fence. Once, when all is drawn. */
void grid_isolate(struct grid *grid);

struct cell *grid_cell(const struct grid *grid, int row, int column);

/* Append the rows as text, blanks at their ends left out, a newline behind each. */
void grid_text(const struct grid *grid, struct buf *out);

#endif
