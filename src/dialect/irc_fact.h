/* irc_fact.h: words that people and rooms have under keys, and read markers: irc_fact.c. */
#ifndef DIALECT_IRC_FACT_H
#define DIALECT_IRC_FACT_H

#include "chat/fact.h"
#include "dialect/irc_write.h"

irc_verb_fn irc_metadata, irc_markread;

/* EVENT_FACT is about a key that this session subscribed to. */
bool irc_hears_fact(const struct talk *talk, const struct event *event);
void irc_put_fact(uint32_t caps, const struct event *event, struct buf *out);
/* False: the event is none of these. */
bool irc_answer_fact(struct talk *talk, const struct event *event, struct buf *out);
/* MARKREAD of a room she entered, where she wants it. */
void irc_put_room_mark(const struct talk *talk, const struct event *event, struct buf *out);
/* What is known in a room that she entered, of keys she subscribed to: asked for, unless it would
 * be much; then 774 says so as she enters. */
void irc_sync_joined(const struct talk *talk, struct room_id room, struct decoder *decoder);
void irc_put_sync_later(const struct talk *talk, const struct event *event, struct buf *out);
/* Behind the command by which she says who she is: what she set before, and all that she has. */
void irc_give_early(struct talk *talk, struct decoder *decoder);
void irc_forget_early(struct irc_own *own); /* it was given */
void irc_forget_facts(struct irc_own *own);
void irc_put_metadata_value(const struct talk *talk, struct buf *out);

#endif
