/* layout.h: the model as a grid of cells. Pure. */
#ifndef CLIENT_LAYOUT_H
#define CLIENT_LAYOUT_H

#include "client/grid.h"
#include "client/model.h"

enum { LAYOUT_INPUT_ROWS_MAX = 6 };

/* Which part of the screen is what; `end` and `bottom` are behind the last one. */
struct panes {
    int rooms_end;     /* columns 0 to before it; 0: the list is hidden */
    int left, end;     /* columns of what is said */
    int members_begin; /* columns from it to the screen's end; the end: hidden */
    int top, bottom;   /* rows of what is said, and of both lists */
    int input_top;     /* rows from it to the screen's end */
    int name_width;    /* columns */
    int text_left;     /* column */
};

struct panes layout_panes(const struct model *model);

/* Draw all of it; the grid has the model's size. */
void layout_draw(const struct model *model, struct grid *grid);

/* Rows that an entry takes, with the lines that stand above it. */
int layout_height(const struct model *model, const struct room *room, size_t index);

/* What stands in a row: the id of an entry (0: none), a room's index (room_count: none), a member's
 * index (member_count: none). */
uint64_t layout_entry_at(const struct model *model, int row);
size_t layout_room_at(const struct model *model, int row);
size_t layout_member_at(const struct model *model, int row);

/* The colour of a name, the same for everybody everywhere. */
unsigned layout_name_style(struct slice name);

#endif
