/* mailbox.h: every ring between the threads, and the bells that wake them. Made before the threads
 * and freed after them. Values only; the two pointers in an order are to what never changes. */
#ifndef SERVER_MAILBOX_H
#define SERVER_MAILBOX_H

#include "base/bell.h"
#include "base/ring.h"
#include "chat/command.h"
#include "chat/event.h"
#include "chat/limits.h"
#include "chat/proof.h"
#include "chat/query.h"
#include "chat/record.h"
#include "dialect/dialect.h"
#include "hub/hub.h"
#include "net/tls.h"
#include "server/admission.h"
#include "server/config_address.h"
#include "server/counts.h"
#include "server/pace.h"
#include "server/sessions.h"

/* Tags of what travels in each ring. */
enum { POST_REPLY, POST_PUBLISH };                   /* events: struct delivery */
enum { POST_PAST, POST_PAST_END };                   /* pages */
enum { ORDER_LISTEN, ORDER_UNLISTEN, ORDER_LIMITS }; /* orders: main to worker */
enum { WISH_LIMITS, WISH_LOBBY, WISH_INVITATION };   /* wishes: main to hub */

/* An event and whom it is for: EVENT_* to one session, or to a room's members. */
struct delivery {
    struct session_id to;
    struct event event;
};

/* The store to the hub: all records up to this number survive; room on the disk as of then. */
struct flush_note {
    uint64_t records;
    uint64_t credit, credit_cost;
};

/* A socket that listens, and how its people talk. `manner` lives as long as the process. */
struct order_listen {
    uint32_t listener; /* a number never given twice */
    int fd;
    uint32_t connections_max; /* 0: none of its own */
    const struct manner *manner;
    const struct tls_context *tls;  /* NULL: plain text; lives as long as the manner */
    bool tls_only;                  /* plain text is turned away */
    struct config_networks proxies; /* who must send the PROXY header; of a configuration kept */
    _Atomic uint32_t *connections;  /* of this listener, counted by all workers */
};

struct order_limits {
    struct admission_limits admission;
    struct session_limits sessions;
    struct config_networks exempt, metrics_from; /* owned by a configuration that is kept */
};

/* What one worker shares with the others. The control socket is one more, behind the last. */
struct post {
    struct ring commands;      /* worker to hub */
    struct ring events;        /* hub to worker */
    struct ring queries;       /* worker to reader */
    struct ring pages;         /* reader to worker */
    struct ring orders;        /* main to worker */
    struct bell bell;          /* the worker's */
    _Atomic bool stop;         /* main to worker: give everybody a last word and end */
    _Atomic uint32_t sessions; /* how many are open, for main to read */
    struct worker_counts counts;
};

/* Passwords to one of the threads that hash them, and back. Of all threads together at most
 * PROOFS_MAX are under way, and so many fit into each ring. */
struct proof_post {
    struct ring proofs; /* hub to thread */
    struct ring proved; /* thread to hub */
    struct bell bell;   /* the thread's */
};

enum {
    PASSWORD_THREADS = 2,
    PROOF_COST_MAX = sizeof(struct proof) + 2 * SECRET_SIZE_MAX + VERIFIER_SIZE_MAX + 32,
    PROVED_COST_MAX = sizeof(struct proved) + VERIFIER_SIZE_MAX + SCRAM_SIZE_MAX + 32,
};

/* Whether the threads go round: main asks with a number, each answers with it in its next turn. */
enum { PULSE_HUB, PULSE_STORE, PULSE_READER, PULSE_WORKER, PULSES = PULSE_WORKER + WORKERS_MAX };

struct mailbox {
    _Atomic uint32_t pulse_asked, pulses[PULSES];
    uint32_t workers;
    struct post *posts;            /* workers + 1: the control socket's comes last */
    struct ring records;           /* hub to store */
    struct ring flushes;           /* store to hub */
    struct ring wishes;            /* main to hub */
    struct ring webhook_marks;     /* courier to hub */
    _Atomic uint64_t webhook_news; /* store to courier: what it delivers may have changed */
    _Atomic bool webhooks_exist;   /* false: the store need not tell it of messages */
    const struct config_networks *_Atomic webhooks_to; /* of a configuration that is kept */
    struct proof_post proof_posts[PASSWORD_THREADS];
    _Atomic uint32_t password_cost; /* enum config_cost, as main has read it last */
    _Atomic bool scram;
    struct bell hub, store, reader, courier;
    _Atomic bool search_damaged; /* reader to store: begin the index anew */
    _Atomic bool stop_hub, stop_store, stop_reader, stop_passwords, stop_courier;
    _Atomic uint64_t written;     /* records that the store has committed; read by the reader */
    struct admission admission;   /* of all workers */
    struct pace pace;             /* the same */
    _Atomic uint32_t connections; /* of all workers */
    uint32_t connections_max;
    struct hub_thread_counts hub_counts;
    struct store_counts store_counts;
    int statm_fd;         /* /proc/self/statm, opened while files can be; -1: it cannot be read */
    _Atomic bool filters; /* words are filtered somewhere: the hub's; workers read it */
    uint64_t command_max; /* bytes of the largest command in a ring */
    uint64_t record_max;  /* of the largest record */
    uint64_t step_records_max; /* of all records of one step: two of any size, and many small */
    uint64_t step_output_max;  /* of all that one step may send one worker */
    uint64_t page_max;         /* of one piece of history */
};

/* `sessions`: of one worker, each of which may have a query under way. `text_size_max`: of a
 * message, in bytes. False: no memory, or no descriptors. */
bool mailbox_init(struct mailbox *mailbox, uint32_t workers, uint32_t sessions,
                  uint64_t text_size_max);
void mailbox_deinit(struct mailbox *mailbox);

/* A thread goes round. */
static inline void mailbox_beat(struct mailbox *mailbox, uint32_t pulse) {
    uint32_t asked = atomic_load_explicit(&mailbox->pulse_asked, memory_order_relaxed);
    atomic_store_explicit(&mailbox->pulses[pulse], asked, memory_order_relaxed);
}

/* All have gone round since this was last called and true; if so, they are asked again. */
bool mailbox_pulse(struct mailbox *mailbox);

#define mailbox_put(ring, tag, value, slices_field, slice_count)                                   \
    ring_put(ring, tag, value, sizeof *(value),                                                    \
             (size_t)((const char *)(slices_field) - (const char *)(value)), slice_count)

#endif
