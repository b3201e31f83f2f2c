/* worker.h: the thread of a share of the connections: its loop, its sockets, its sessions. */
#ifndef SERVER_WORKER_H
#define SERVER_WORKER_H

#include "net/loop.h"
#include "server/mailbox.h"
#include "server/web.h"

enum { WORKER_LISTENERS_MAX = 64, WORKER_READ_SIZE = 65536 };

/* Keys of the loop: the bell, a row of the listeners, or a session's slot. */
#define KEY_BELL UINT64_MAX
#define KEY_LISTENER (UINT64_C(1) << 62)

struct worker {
    struct mailbox *mailbox;
    struct post *post;
    uint16_t number;
    bool stopping;
    uint32_t stop_ms; /* how long the last words may take */
    uint64_t stop_at_ms;
    uint64_t refused_logged_ms;
    int spare_fd;          /* given up for a moment when descriptors run out; -1: not to be had */
    uint64_t accept_at_ms; /* no listener is looked at before; 0: all are */
    struct loop loop;
    struct name_rules *names;
    struct admission_limits admission;
    struct config_networks exempt, metrics_from;
    struct sessions sessions;
    struct web_hooks web;
    struct order_listen listeners[WORKER_LISTENERS_MAX]; /* manner NULL: the row is free */
    char *read_buffer; /* shared by all connections: none holds one while idle */
    size_t read_cap;   /* WORKER_READ_SIZE, behind what may wait of one session */
};

/* 0 or a negative errno. */
int worker_init(struct worker *worker, struct mailbox *mailbox, uint16_t number,
                struct hub_size size, struct order_limits limits, uint32_t line_size_max,
                uint32_t stop_ms);
void worker_deinit(struct worker *worker);
void *worker_run(void *worker); /* until post.stop and everybody had a last word */

#endif
