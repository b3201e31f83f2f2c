/* irc_people.h: what the IRC dialect asks and tells of people and of the server: irc_who.c,
 * irc_person.c, irc_watch.c, irc_rule.c, irc_server.c. */
#ifndef DIALECT_IRC_PEOPLE_H
#define DIALECT_IRC_PEOPLE_H

#include "dialect/irc_write.h"

/* irc_who.c */
irc_verb_fn irc_who, irc_whois, irc_whowas, irc_userhost, irc_ison;
void irc_put_who_end(const struct talk *talk, struct buf *out);
/* False: it is no list of irc_who.c. */
bool irc_answer_people(const struct talk *talk, const struct event *event, struct buf *out);
void irc_answer_whois(const struct talk *talk, const struct event *event, struct buf *out);
void irc_answer_whois_rooms(const struct talk *talk, const struct event *event, struct buf *out);

/* irc_person.c; modes are PERSON_* */
/* That she is away was said before she came: it is given behind the command that makes her come. */
void irc_give_away(struct talk *talk, struct decoder *decoder);
irc_verb_fn irc_away, irc_setname, irc_user_mode, irc_accept;
void irc_answer_user_mode(const struct talk *talk, const struct event *event, struct buf *out);
/* `:nick!login@host MODE nick +i-w`, nothing where they are the same */
void irc_put_user_mode(const struct talk *talk, uint32_t before, uint32_t after, struct buf *out);
void irc_put_mode_letters(struct buf *out, uint32_t modes); /* `+iw`, or `+` alone */

/* irc_watch.c */
irc_verb_fn irc_monitor, irc_kill, irc_wallops, irc_rehash, irc_die;
void irc_answer_watches(const struct talk *talk, const struct event *event, struct buf *out);
void irc_answer_watch_full(const struct talk *talk, const struct event *event, struct buf *out);
void irc_put_seen(const struct event *event, struct buf *out);

/* irc_rule.c */
irc_verb_fn irc_dline, irc_undline, irc_defcon, irc_stats;
void irc_answer_stats(const struct talk *talk, const struct event *event, struct buf *out);

/* irc_server.c */
irc_verb_fn irc_isupport;
irc_verb_fn irc_motd, irc_lusers, irc_version, irc_time, irc_admin, irc_info, irc_links, irc_help;
void irc_answer_isupport(struct talk *talk, struct buf *out);
void irc_answer_counts(const struct talk *talk, const struct event *event, struct buf *out);

#endif
