/* desk.h: where a subcommand is served: by the running server, or by itself. */
#ifndef SERVER_DESK_H
#define SERVER_DESK_H

#include <stdio.h>

#include "server/config.h"
#include "server/request.h"

/* Ask, and print what is answered: output to `out`, sentences for people to stderr behind
 * "parlance: ". `fd`: a file that goes with the request, -1: none; the caller's. `makes`: a data
 * folder that is missing is made. The exit code. */
int desk_ask(const struct config *config, const struct slice *words, uint32_t count, int fd,
             bool makes, FILE *out);

#endif
