/* mention.h: who is called by name in a text: `@name` anywhere, or `name:` where it begins. Pure.
 */
#ifndef CHAT_MENTION_H
#define CHAT_MENTION_H

#include "base/slice.h"

/* Takes the next name that is called off *rest, `first` for a text's beginning. False: none is. */
bool mention_next(struct slice *rest, bool first, struct slice *name);

/* Somebody with that key (base/text.h) is among the first that are called. */
bool mention_calls(struct slice text, struct slice key);

#endif
