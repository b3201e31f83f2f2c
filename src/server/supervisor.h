/* supervisor.h: what systemd and the server say to each other, by the protocols of sd_notify(3) and
 * sd_listen_fds(3), which others speak as well. Without a supervisor nothing is said. The main
 * thread's alone. */
#ifndef SERVER_SUPERVISOR_H
#define SERVER_SUPERVISOR_H

#include "server/mailbox.h"

/* Reads and removes NOTIFY_SOCKET, WATCHDOG_USEC and the LISTEN_ variables; before the sandbox. */
void supervisor_attach(void);

void supervisor_ready(void); /* it serves, or serves again after a reload */
void supervisor_reloading(void);
void supervisor_stopping(void);

/* When supervisor_watch() is to be called again, ms; -1: never. */
int supervisor_wait_ms(void);
/* Tell the watchdog that every thread has gone round since the last time, and ask them again. A
 * thread that hangs is not told of: the supervisor starts the server anew. */
void supervisor_watch(struct mailbox *mailbox);

/* A socket that the supervisor has bound to this address, given once; or -1. *port is its own. */
int supervisor_socket(sa_family_t family, struct address inet, const char *path, uint16_t *port);

#endif
