/* entry_rows.h: what was said, as rows of cells: counted or drawn by the same code. Between the
 * files of the layout. Pure. */
#ifndef CLIENT_ENTRY_ROWS_H
#define CLIENT_ENTRY_ROWS_H

#include "client/layout.h"

struct drawing {
    const struct model *model;
    const struct room *room;
    struct grid *grid; /* NULL: rows are only counted */
    struct panes panes;
    int row; /* the next one; may be above the pane or below it, where nothing is drawn */
};

void entry_rows(struct drawing *drawing, size_t index);

#endif
