/* reaction.h: the reactions to a message, of one kind each: lines of text, since they cross threads
 * as one slice. */
#ifndef CHAT_REACTION_H
#define CHAT_REACTION_H

#include "base/buf.h"
#include "base/slice.h"

struct reaction {
    uint32_t count; /* of people */
    bool mine;      /* who asks is among them */
    struct slice text;
    struct slice people; /* names of accounts among them, a TAB between two; not all, perhaps */
};

enum { REACTIONS_SIZE_MAX = 4096 }; /* bytes of all lines of one message */

/* One line, "count mine text people\n" with TABs between. */
void reaction_put(struct buf *out, const struct reaction *reaction);

/* Takes one line off *lines. False: there is none. */
bool reaction_take(struct slice *lines, struct reaction *reaction);

#endif
