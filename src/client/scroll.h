/* scroll.h: which part of a room is seen. Pure. */
#ifndef CLIENT_SCROLL_H
#define CLIENT_SCROLL_H

#include "client/model.h"

void scroll_by(struct model *model, int rows); /* above 0: to older ones */
void scroll_to_start(struct model *model);
/* Select the next message up (or down); beyond the last one: none. */
void scroll_select(struct model *model, bool up);
/* Ask for older messages where few are above what is seen. */
void scroll_fill(struct model *model);

#endif
