/* command.h: what one types with a slash in front. Pure. */
#ifndef CLIENT_COMMAND_H
#define CLIENT_COMMAND_H

#include "client/model.h"

struct command {
    const char *name, *form, *what; /* form: its arguments, what: for /help */
    void (*run)(struct model *model, const struct command *self, struct slice rest);
    const char *type; /* of the message, where the command is one with nothing else to do */
    const char *keys; /* its keys, one word each, the last one all the rest; '?': may be missing;
                         '#': a number; '@': not a key, the room that is looked at */
};

const struct command *command_all(size_t *count);

/* The message that a command without a function of its own is; NULL: its form was told. */
json_t *command_message(struct model *model, const struct command *command, struct slice rest);

#endif
