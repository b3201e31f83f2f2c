/* grid.c: cells. */
#include "client/grid.h"

#include <stdlib.h>

#include "base/check.h"
#include "base/utf8.h"

enum { LEFT_TO_RIGHT_MARK = 0x200E };

static const struct cell blank = {.points = {' '}, .count = 1, .width = 1};

bool grid_init(struct grid *grid, int rows, int columns) {
    check(rows > 0);
    check(columns > 0);
    *grid = (struct grid){.rows = rows, .columns = columns, .cursor_row = -1};
    size_t count = (size_t)rows * (size_t)columns;
    grid->cells = malloc(count * sizeof *grid->cells);
    if (!grid->cells) return false;
    for (size_t i = 0; i < count; i++)
        grid->cells[i] = blank;
    return true;
}

void grid_deinit(struct grid *grid) {
    free(grid->cells);
    *grid = (struct grid){0};
}

struct cell *grid_cell(const struct grid *grid, int row, int column) {
    check(row >= 0 && row < grid->rows);
    check(column >= 0 && column < grid->columns);
    return &grid->cells[(size_t)row * (size_t)grid->columns + (size_t)column];
}

static bool is_inside(const struct grid *grid, int row, int column, int *end) {
    if (*end > grid->columns) *end = grid->columns;
    return row >= 0 && row < grid->rows && column >= 0 && column < *end;
}

/* A wide character of which one half goes is gone. */
static void clear(struct grid *grid, int row, int column) {
    struct cell *cell = grid_cell(grid, row, column);
    if (cell->count == 0 && column > 0) *grid_cell(grid, row, column - 1) = blank;
    if (cell->width == 2 && column + 1 < grid->columns) *grid_cell(grid, row, column + 1) = blank;
    *cell = blank;
}

static void put_glyph(struct grid *grid, int row, int column, const struct glyph *glyph,
                      unsigned style) {
    clear(grid, row, column);
    if (glyph->width == 2) clear(grid, row, column + 1);
    struct cell *cell = grid_cell(grid, row, column);
    memcpy(cell->points, glyph->points, sizeof cell->points);
    cell->count = glyph->count;
    cell->width = glyph->width;
    cell->leftward = glyph->leftward;
    cell->style = (uint16_t)style;
    if (glyph->width == 2)
        *grid_cell(grid, row, column + 1) = (struct cell){.style = (uint16_t)style};
}

int grid_put(struct grid *grid, int row, int column, int end, struct slice text, unsigned style) {
    struct glyph glyph;
    while (is_inside(grid, row, column, &end) && glyph_take(&text, &glyph)) {
        if (column + glyph.width > end)
            glyph = (struct glyph){.points = {' '}, .count = 1, .width = 1};
        put_glyph(grid, row, column, &glyph, style);
        column += glyph.width;
    }
    return column;
}

int grid_put_cut(struct grid *grid, int row, int column, int end, struct slice text,
                 unsigned style) {
    if (!is_inside(grid, row, column, &end)) return column;
    size_t room = (size_t)(end - column), taken;
    if (glyph_cut(text, room, &taken) == text.size)
        return grid_put(grid, row, column, end, text, style);
    text = slice_head(text, glyph_cut(text, room - 1, &taken));
    column = grid_put(grid, row, column, end - 1, text, style);
    return grid_put(grid, row, column, end, slice_of("…"), style);
}

void grid_fill(struct grid *grid, int row, int column, int end, uint32_t point, unsigned style) {
    struct glyph glyph = {.points = {point}, .count = 1, .width = 1};
    for (; is_inside(grid, row, column, &end); column++)
        put_glyph(grid, row, column, &glyph, style);
}

void grid_style(struct grid *grid, int row, int column, int end, unsigned style) {
    for (; is_inside(grid, row, column, &end); column++) {
        struct cell *cell = grid_cell(grid, row, column);
        cell->style = (uint16_t)(cell->style | style);
    }
}

void grid_isolate(struct grid *grid) {
    for (int row = 0; row < grid->rows; row++) {
        bool leftward = false;
        for (int column = 0; column < grid->columns; column++)
            leftward |= grid_cell(grid, row, column)->leftward;
        for (int column = 0; leftward && column < grid->columns; column++) {
            struct cell *cell = grid_cell(grid, row, column);
            if ((cell->style & STYLE_FENCE) && cell->count == 1)
                cell->points[cell->count++] = LEFT_TO_RIGHT_MARK;
        }
    }
}

void grid_text(const struct grid *grid, struct buf *out) {
    for (int row = 0; row < grid->rows; row++) {
        int end = grid->columns;
        while (end > 0) {
            const struct cell *cell = grid_cell(grid, row, end - 1);
            if (cell->count != 1 || cell->points[0] != ' ') break;
            end--;
        }
        for (int column = 0; column < end; column++) {
            const struct cell *cell = grid_cell(grid, row, column);
            for (uint8_t i = 0; i < cell->count; i++)
                utf8_put(out, cell->points[i]);
        }
        buf_byte(out, '\n');
    }
}
