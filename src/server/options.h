/* options.h: the command line of `parlance serve`. */
#ifndef SERVER_OPTIONS_H
#define SERVER_OPTIONS_H

#include "server/config.h"

struct options {
    const char *config_path; /* NULL: none */
    struct config_overrides overrides;
    const char *listeners[CONFIG_LISTENERS_MAX]; /* what overrides.listeners points to */
};

/* -1: read, go on. Else the exit code to end with: help was shown, or an error was told. */
int options_read(struct options *options, int argc, char **argv);

#endif
