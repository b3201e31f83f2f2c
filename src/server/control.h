/* control.h: the socket `control` of the data folder, by which an administrator's subcommands reach
 * a server that runs. The main thread's. Who may connect: the user who runs the server, and root.
 * To the hub it is one more worker, behind the last. */
#ifndef SERVER_CONTROL_H
#define SERVER_CONTROL_H

#include <poll.h>

#include "server/errand.h"
#include "server/mailbox.h"

enum { CONTROL_FDS = CONTROLS_MAX + 2 }; /* its bell, the socket, the connections */

struct control;

/* `store`: opened, so that the folder's lock is held: what is left there by a server that was
 * killed is replaced. NULL: *failed says why. */
struct control *control_open(struct mailbox *mailbox, struct store_options store,
                             struct hub_limits limits, const char **failed);
void control_close(struct control *control); /* and the socket leaves the folder */
void control_set_limits(struct control *control, struct hub_limits limits);

/* What to poll for, and how long at most, ms; -1: for ever. */
int control_doze(struct control *control, struct pollfd fds[CONTROL_FDS]);
void control_turn(struct control *control, const struct pollfd fds[CONTROL_FDS]);

#endif
