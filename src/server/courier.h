/* courier.h: the thread that delivers outgoing webhooks.
 *
 * It reads what is due from the database, through a reader of its own: a message is sent only when
 * it is stored, and what was not delivered when the server ended is found again at its start. How
 * far a webhook has got is told to the hub, which records it. Of one webhook one message is under
 * way at a time, in the room's order; one that is not taken is tried again after 1, 2, 4 ...
 * seconds, at most an hour, until it is a day old; then it is left out and the log says so. */
#ifndef SERVER_COURIER_H
#define SERVER_COURIER_H

#include "server/mailbox.h"
#include "store/read.h"

struct sandbox;

struct courier {
    struct mailbox *mailbox;
    struct store_reader *reader; /* the thread's own while it runs */
    struct sandbox *sandbox;
};

void *courier_run(void *courier); /* until mailbox.stop_courier */

#endif
