/* complete.h: what the word before the cursor may become: names, rooms, commands, emoji. Pure. */
#ifndef CLIENT_COMPLETE_H
#define CLIENT_COMPLETE_H

#include "base/slice.h"

struct model;

enum { COMPLETIONS_MAX = 64 };

struct completion {
    char *texts[COMPLETIONS_MAX]; /* owned; what may stand there, without the blank behind it */
    size_t count, at;             /* count 0: none is under way */
    size_t from, to;              /* bytes of the line that were put there last */
};

/* The first or the next one; back: the one before. */
void complete_step(struct model *model, bool back);
void complete_end(struct completion *completion);

#endif
