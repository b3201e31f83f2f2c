/* standalone.h: an errand where no server runs: hub and store in this one thread, under the
 * folder's lock. A step's records are flushed before its answers are given. */
#ifndef SERVER_STANDALONE_H
#define SERVER_STANDALONE_H

#include "server/config.h"
#include "server/errand.h"

/* `request`: whole; `fd`: as errand_begin(); taken only where the errand is begun. The exit code.
 * *running: a server holds the folder, and nothing was done. */
int standalone_run(const struct config *config, struct slice request, int fd, bool *running,
                   void (*say)(void *context, enum answer_kind kind, struct slice bytes),
                   void *context);

#endif
