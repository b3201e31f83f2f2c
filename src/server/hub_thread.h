/* hub_thread.h: the thread that steps the hub and keeps the gate. */
#ifndef SERVER_HUB_THREAD_H
#define SERVER_HUB_THREAD_H

#include "server/gate.h"
#include "server/mailbox.h"

struct hub_thread {
    struct mailbox *mailbox;
    struct hub *hub; /* the thread's own while it runs */
    struct gate gate;
    bool alone; /* the workers have ended: nobody hears events any more */
    struct effects effects;
    uint64_t randoms[64];               /* asked of the kernel at once, given out one a step */
    uint32_t random_count;              /* left */
    uint32_t proving[PASSWORD_THREADS]; /* how many each of them has */
};

/* `gate_open`: durability off. False: no memory. */
bool hub_thread_init(struct hub_thread *thread, struct mailbox *mailbox, struct hub *hub,
                     struct hub_size size, bool gate_open);
void hub_thread_deinit(struct hub_thread *thread);
void *hub_thread_run(void *thread); /* until mailbox.stop_hub, and all that is in flight is done */

#endif
