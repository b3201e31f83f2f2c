/* invitation.h: words that let somebody in where guests are off: as a guest, who may also make an
 * account of herself where nobody else may. Only src/hub/ includes this. */
#ifndef HUB_INVITATION_H
#define HUB_INVITATION_H

#include "hub/state.h"

/* The command's word is good for one more; it is counted. A person whom it let in before comes with
 * it again without being counted. */
bool invitation_use(struct hub *hub, struct identity identity);
void invitation_make(struct hub *hub);                   /* COMMAND_INVITATION */
void invitation_list(struct hub *hub);                   /* COMMAND_INVITATIONS */
void invitation_delete(struct hub *hub);                 /* COMMAND_INVITATION_DELETE */
void invitation_add(struct hub *hub, struct slice word); /* INPUT_INVITATION: for a week */
bool invitation_load(struct hub *hub, const struct record *record);

#endif
