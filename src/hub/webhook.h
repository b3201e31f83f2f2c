/* webhook.h: the outgoing webhooks of rooms. Only src/hub/ includes this.
 *
 * A webhook is its room's, not its maker's: who runs the room sees and deletes it. How far it has
 * got is told by the courier (INPUT_WEBHOOK) and recorded with it. */
#ifndef HUB_WEBHOOK_H
#define HUB_WEBHOOK_H

#include "chat/webhook.h"
#include "hub/state.h"

struct webhook_row {
    uint64_t number;       /* given once while the process lives; 0: the row is free */
    uint32_t room;         /* its number */
    uint32_t maker_number; /* of the account */
    uint64_t epoch, seq;   /* of the room: up to there all is delivered */
    int64_t made_ms;
    uint32_t failures; /* what is not recorded: how the last attempt went */
    uint16_t status, url_size;
    uint8_t fault, maker_size;
    unsigned char secret[WEBHOOK_SECRET_SIZE];
    char maker[USER_NAME_SIZE_MAX];
    char url[WEBHOOK_URL_MAX];
};

void webhook_add(struct hub *hub);    /* COMMAND_WEBHOOK_ADD */
void webhook_list(struct hub *hub);   /* COMMAND_WEBHOOKS */
void webhook_delete(struct hub *hub); /* COMMAND_WEBHOOK_DELETE */

/* INPUT_WEBHOOK: that it is gone meanwhile harms nothing. */
void webhook_marked(struct hub *hub, const struct webhook_mark *mark);

void webhook_drop_room(struct hub *hub, const struct room *room); /* unrecorded */
bool webhook_load(struct hub *hub, const struct record *record);
void webhook_verify(const struct hub *hub);
uint64_t webhook_digest(const struct hub *hub);

#endif
