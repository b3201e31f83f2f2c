/* admin_line.h: the command line of an administrator's subcommand. */
#ifndef SERVER_ADMIN_LINE_H
#define SERVER_ADMIN_LINE_H

#include <stdio.h>

#include "server/config.h"

enum { LINE_WORDS_MAX = 5 };

#define ADMIN_WHERE                                                                                \
    "\n--config FILE or --data DIR say which data folder is meant; without them it is the one "    \
    "of\n"                                                                                         \
    "`parlance serve`: ./parlance-data. Works beside a running server, and without one.\n"

/* What every subcommand's line may hold. */
struct admin_line {
    const char *command, *help;
    const char *config_path;
    struct config_overrides overrides;
    bool password_stdin, text;
    const char *uses, *days; /* of `parlance invite`; NULL: not said */
    const char *words[LINE_WORDS_MAX];
    uint32_t word_count;
};

/* -1: read, go on. Else the exit code to end with. */
int admin_line_read(struct admin_line *line, int argc, char **argv);
int admin_line_usage(const struct admin_line *line, const char *what,
                     const char *argument); /* its exit code */
/* NULL: it was told why not; EXIT_CONFIG. */
const struct config *admin_line_config(const struct admin_line *line);
/* desk_ask() in the folder that the line means. */
int admin_line_ask(const struct admin_line *line, const struct slice *words, uint32_t count, int fd,
                   bool makes);

#endif
