/* irc_account.h: what the files of the IRC dialect that are about accounts and services tell and
 * ask each other: irc_login.c, irc_register.c, irc_service.c. */
#ifndef DIALECT_IRC_ACCOUNT_H
#define DIALECT_IRC_ACCOUNT_H

#include "chat/proof.h"
#include "dialect/irc.h"

/* irc_login.c */
void irc_put_mechanisms(const struct talk *talk, struct buf *out); /* "PLAIN,..." */
void irc_sasl_end(struct irc_own *own);                            /* nothing is awaited any more */
void irc_answer_logged_in(struct talk *talk, const struct event *event, struct buf *out);
void irc_answer_scram(struct talk *talk, const struct event *event, struct buf *out);
/* irc_service.c */
bool irc_is_service(struct slice target);
void irc_ask_service(struct talk *talk, struct decoder *decoder, struct slice target,
                     struct slice text);
/* False: the event is to be told as it would be without a service. */
bool irc_answer_service(struct talk *talk, const struct event *event, struct buf *out);
/* irc_register.c: FAIL REGISTER */
void irc_answer_unregistered(const struct talk *talk, const struct event *event, struct buf *out);

#endif
