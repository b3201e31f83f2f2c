/* emoji.h: short names of emoji, as `:tada:`. Pure. */
#ifndef CLIENT_EMOJI_H
#define CLIENT_EMOJI_H

#include "base/slice.h"

struct emoji {
    const char *name; /* without colons */
    const char *text; /* UTF-8 */
};

/* All of them, in the order of their names; *count of them. */
const struct emoji *emoji_all(size_t *count);

/* The text of `name` or `:name:`, empty where there is none of that name. */
struct slice emoji_find(struct slice name);

#endif
