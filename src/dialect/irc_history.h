/* irc_history.h: what was said before, and what is said in several lines. */
#ifndef DIALECT_IRC_HISTORY_H
#define DIALECT_IRC_HISTORY_H

#include "dialect/irc.h"

irc_verb_fn irc_chathistory, irc_redact; /* irc_history.c */
irc_verb_fn irc_batch;                   /* irc_batch.c */

/* irc_history.c: what is answered to CHATHISTORY and REDACT. False: it is not about these. */
bool irc_answer_history(struct talk *talk, const struct event *event, struct buf *out);

/* irc_batch.c: a line that belongs to the batch that is open, or to one that is not. False: it
 * stands for itself. */
bool irc_batch_line(struct talk *talk, const struct irc_message *message, struct decoder *decoder);
/* The label that the line has: of a batch that ends, its beginning's. Empty: none. */
struct slice irc_batch_label(const struct talk *talk, const struct irc_message *message,
                             struct slice label);
void irc_batch_drop(struct irc_own *own);

/* irc_say.c: `text` to the target; `cuts` as irc_cuts() has them, or empty. */
void irc_say_to(const struct talk *talk, struct decoder *decoder, struct slice target,
                struct slice tags, struct slice cuts, struct slice text, bool notice, bool several);

#endif
