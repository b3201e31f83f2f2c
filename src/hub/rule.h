/* rule.h: what keeps the whole server in order, and which words are not to be said. Only src/hub/
 * includes this.
 *
 * The whole server is a row behind the rooms that has restraints and nothing else: bans of
 * networks, words, the lock-down. They are kept as those of rooms are, with 0 for the room. */
#ifndef HUB_RULE_H
#define HUB_RULE_H

#include "hub/state.h"

static inline struct room *whole_server(const struct hub *hub) {
    return &hub->rooms[hub->size.rooms];
}

/* server.c */
void server_init(struct hub *hub);
bool server_may_rule(struct hub *hub); /* an administrator; else the asker was told */
/* What the command is about: the whole server where it says so, else its room. NULL: the asker may
 * not, or there is none; she was told. */
struct room *server_or_room(struct hub *hub, enum action action);
bool server_is_locked(const struct hub *hub);
bool server_refuses_new(struct hub *hub); /* the asker, who would be new, was told */
/* The command would bring somebody in, out of a network that is banned. */
bool server_bans(const struct hub *hub);
void server_ban(struct hub *hub);
void server_lockdown(struct hub *hub);

/* filter.c */
void filter_set(struct hub *hub);
/* What the command says may be said in the room (NULL: to one person), as far as its words go; else
 * the asker was told, and perhaps muted. */
bool filter_passes(struct hub *hub, const struct room *room);
/* The words of a filter, with * and ?, stand side by side in those of a text: text_words(). */
bool words_match(struct slice filter, struct slice words);

#endif
