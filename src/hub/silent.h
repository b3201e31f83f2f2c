/* silent.h: sessions that act as an account, or as a webhook, without being here: chat/scope.h.
 * Each has a user row of its own that no table finds by name, number or identity, and that is a
 * member of nothing: what the account is in a room says what it may do there. Only src/hub/
 * includes this. */
#ifndef HUB_SILENT_H
#define HUB_SILENT_H

#include "hub/state.h"

/* The asker's session comes with the token; else it was told why not. */
void silent_login(struct hub *hub, const struct token_row *token);
void silent_end(struct hub *hub, struct user *user); /* her only session was taken off already */

/* The person that the account has here, who hears what is told to her. NULL: she is not here. */
struct user *silent_person(const struct hub *hub, const struct user *user);
/* The token of a webhook; NULL: the user is none. */
const struct token_row *silent_hook(const struct hub *hub, const struct user *user);
/* The webhook's own room, the account's rooms. */
bool silent_is_in(const struct hub *hub, const struct user *user, const struct room *room);
/* The room that the command means: a webhook need not name its own. NULL: the asker was told. */
struct room *silent_room(struct hub *hub);

/* COMMAND_JOIN, CREATE and LEAVE of a silent session: the room is the account's from now on, or is
 * not any more, and its person, where she is here, goes in or out with all to see. */
void silent_join(struct hub *hub);
void silent_create(struct hub *hub);
void silent_part(struct hub *hub);

/* Silent sessions of the account that came with the token, NONE: all. */
void silent_close(struct hub *hub, const struct account *account, uint32_t token, enum refusal why,
                  bool but_asker);
void silent_drop_account(struct hub *hub, const struct account *account); /* it is deleted */
void silent_drop_token(struct hub *hub, uint32_t token);                  /* it is freed */
void silent_verify(const struct hub *hub, const struct user *user);

#endif
