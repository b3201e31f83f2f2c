/* outbox.h: what a socket is still to be sent: a queue of references into blobs, never a copy.
 * Belongs to one worker thread. An empty outbox holds no memory. */
#ifndef NET_OUTBOX_H
#define NET_OUTBOX_H

#include "net/blob.h"

/* So many references are one gathered write at most. */
enum { OUTBOX_GATHER = 64, OUTBOX_SPARES_MAX = 4096 };

struct outbox_ref {
    struct outbox_ref *next;
    struct blob *blob;
    uint32_t at, size; /* bytes of the blob */
};

struct outbox {
    struct outbox_ref *first, *last;
    uint64_t size; /* bytes in all */
};

struct outbox_pool {
    struct blob_pool *blobs;
    struct outbox_ref *spares;
    uint32_t spare_count;
};

/* Queue blob[at, at + size). Takes its own reference. False: no memory, nothing was queued. */
bool outbox_add(struct outbox_pool *pool, struct outbox *outbox, struct blob *blob, uint32_t at,
                uint32_t size);

/* Move all of `from` behind what is in `to`. */
void outbox_append(struct outbox *to, struct outbox *from);

/* Drop everything. */
void outbox_clear(struct outbox_pool *pool, struct outbox *outbox);

/* Drop the first `size` bytes: they were sent. */
void outbox_sent(struct outbox_pool *pool, struct outbox *outbox, uint64_t size);

/* Write what the socket takes, in gathered writes. 0: all of it; -EAGAIN: the socket is full; else
 * a negative errno: the peer is gone. */
int outbox_write(struct outbox_pool *pool, struct outbox *outbox, int fd);

void outbox_pool_trim(struct outbox_pool *pool);

#endif
