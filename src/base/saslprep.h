/* saslprep.h: the form of a password that is hashed. Pure; any thread. */
#ifndef BASE_SASLPREP_H
#define BASE_SASLPREP_H

#include "base/buf.h"
#include "base/slice.h"

/* Append `password` in its SASLprep form (RFC 4013), so that what looks the same is the same on a
 * keyboard that composes its letters in another way. Code points that Unicode did not know then
 * (emoji) stay as they are. What it forbids, what is not UTF-8 and what does not fit is appended
 * unchanged, and so is all ASCII: *out needs room for `password` itself. */
void saslprep_put(struct buf *out, struct slice password);

#endif
