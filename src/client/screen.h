/* screen.h: the terminal, by ncurses. One in a process; one thread. */
#ifndef CLIENT_SCREEN_H
#define CLIENT_SCREEN_H

#include "client/grid.h"
#include "client/press.h"

/* False: standard input or output is no terminal that can be used; *why tells. The terminal must
 * show UTF-8, whatever the locale is. */
bool screen_open(bool mouse, const char **why);
void screen_close(void);

void screen_size(int *rows, int *columns);
void screen_draw(const struct grid *grid);
void screen_redraw(void); /* all of it, the next time */
void screen_bell(void);

/* The next key, if one was pressed. *resized: the terminal has another size. */
bool screen_take(struct press *press, bool *resized);

#endif
