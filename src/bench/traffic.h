/* traffic.h: senders and receivers in one room of a running server, and what came through.
 * Clients 0 .. sender_count-1 of the crowd send (and hear each other); the rest receive.
 *
 * Under way are the messages sent but not yet received by the slowest receiver; they are counted
 * over all senders together. With a window there are never more of them than that, and new ones are
 * sent as soon as there is room. Without one, senders 0 and 1 speak at a pace. */
#ifndef BENCH_TRAFFIC_H
#define BENCH_TRAFFIC_H

#include "bench/crowd.h"
#include "bench/loner.h"
#include "bench/quantile.h"
#include "bench/trail.h"

#include <sys/types.h>

struct traffic_pace {
    uint64_t interval_ns;
    uint32_t message_count; /* at once, every interval */
};

struct traffic_plan {
    uint32_t receiver_count, sender_count, text_size;
    uint32_t window;             /* 0: paced */
    struct traffic_pace pace[2]; /* of sender 0, whose delays are counted, and of sender 1 */
    uint64_t message_max;        /* stop after so many; 0: at the end of the time */
    uint64_t warm_ns, measure_ns;
};

/* Someone else's socket in the same loop; `ready` is called when it can be read. */
struct traffic_aside {
    int fd;
    void (*ready)(void *context);
    void *context;
};

struct traffic_result {
    double seconds; /* measured, without warming up and running out */
    uint64_t deliveries, messages;
    double server_cpu_s, generator_cpu_s;
    struct quantile latency;               /* from before send() to after recv() */
    uint64_t lost, duplicated, disordered; /* deliveries, over the whole run */
};

struct traffic_sender {
    char *unsent; /* owned: lines that the socket has not taken yet */
    size_t unsent_size, unsent_cap;
    uint64_t due_ns; /* paced: when it speaks next */
};

struct traffic_receiver {
    uint64_t at;         /* bytes of the trail */
    struct loner *loner; /* owned; NULL: follows the trail */
};

struct traffic {
    struct traffic_plan plan;
    struct crowd crowd;
    struct trail trail;
    struct traffic_sender *senders;     /* owned */
    struct traffic_receiver *receivers; /* owned: per client, senders too */
    uint32_t *sent;                     /* owned: messages per sender */
    uint64_t sent_count, deliveries, expected;
    uint32_t next_sender; /* who takes the first share of the next window */
    bool measuring;
    bool enough; /* set by the aside: the measuring ends before its time */
    struct quantile latency;
    struct traffic_aside aside; /* fd -1: none */
};

/* Connect and gather everyone. The server must be running. */
void traffic_init(struct traffic *traffic, const struct traffic_plan *plan, uint16_t port);
void traffic_deinit(struct traffic *traffic);

/* `aside` in the same loop from now on. */
void traffic_add_aside(struct traffic *traffic, const struct traffic_aside *aside);

/* Once: warm up, measure the server process `pid`, then wait until nothing is under way. */
void traffic_run(struct traffic *traffic, pid_t pid, struct traffic_result *result);

/* Deliveries per second of the server's CPU time. */
static inline double traffic_per_cpu_s(const struct traffic_result *result) {
    return result->server_cpu_s > 0 ? (double)result->deliveries / result->server_cpu_s : 0;
}

static inline bool traffic_right(const struct traffic_result *result) {
    return result->lost == 0 && result->duplicated == 0 && result->disordered == 0;
}

#endif
