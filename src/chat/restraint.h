/* restraint.h: how the kinds of restraints are called, in lists, in what is stored and by scripts.
 */
#ifndef CHAT_RESTRAINT_H
#define CHAT_RESTRAINT_H

#include "base/slice.h"
#include "chat/record.h"

const char *restraint_word(enum restraint kind);

/* Of those about people. False: there is none of that name, and *kind is as it was. */
bool restraint_find(struct slice word, enum restraint *kind);

#endif
