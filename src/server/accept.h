/* accept.h: a worker's listeners, and how many may come by them: in all, by each, of a network. */
#ifndef SERVER_ACCEPT_H
#define SERVER_ACCEPT_H

#include "server/worker.h"

/* From now on, or no longer. */
void accept_begin(struct worker *worker, const struct order_listen *order);
void accept_end(struct worker *worker, uint32_t listener);

/* Those who wait at the listener of that row, so many a turn. */
void accept_some(struct worker *worker, uint32_t row);

/* There is room for one more of that network, and `ticket` is given back when she goes. Else she
 * was told. */
bool accept_fits(struct worker *worker, int fd, struct address from, uint32_t *ticket);

/* All listeners are looked at again: worker->accept_at_ms has come. */
void accept_resume(struct worker *worker);

/* A descriptor to give up when none is left: one more of something that is open, since a worker may
 * open no file. -1: not to be had. */
int accept_spare(const struct worker *worker);

#endif
