/* counts.h: what the threads count for /metrics. Each number has one writer and may be read by
 * anybody: no lock, no barrier, and therefore no two of them of the same moment. */
#ifndef SERVER_COUNTS_H
#define SERVER_COUNTS_H

#include <stdatomic.h>

#include "chat/ids.h"
#include "chat/refusal.h"

struct count {
    _Atomic uint64_t v;
};

struct worker_counts {
    struct count accepted, refused, cut; /* connections */
    struct count late, floods, crowded;  /* connections turned out: see metrics.c */
    struct count bytes_in, bytes_out;    /* as people send and read them: not encrypted */
    struct count requests;               /* of HTTP */
    struct count connections[DIALECTS];  /* open now */
};

struct hub_thread_counts {
    struct count people, sessions, rooms, memberships; /* now */
    struct count filters, server_rules, locked;        /* now */
    struct count commands, messages, reports;
    struct count refusals[REFUSALS];
};

/* A flush took at most 2^i quarters of a millisecond: 0.25 ms to 4 s; the last is all others. */
enum { FLUSH_BUCKETS = 16 };

struct store_counts {
    struct count records, flush_us; /* flush_us: all of them together */
    struct count flushes[FLUSH_BUCKETS];
    struct count room; /* bytes that are sure to fit on the disk */
    _Atomic bool full;
};

/* By the one thread that writes it. */
static inline void count_add(struct count *count, uint64_t more) {
    uint64_t old = atomic_load_explicit(&count->v, memory_order_relaxed);
    atomic_store_explicit(&count->v, old + more, memory_order_relaxed);
}

static inline void count_set(struct count *count, uint64_t now) {
    atomic_store_explicit(&count->v, now, memory_order_relaxed);
}

static inline uint64_t count_get(const struct count *count) {
    return atomic_load_explicit(&count->v, memory_order_relaxed);
}

#endif
