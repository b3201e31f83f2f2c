/* blob.h: encoded bytes that many sockets are sent from. Counted references; belongs to one worker
 * thread, as does the pool it came from. Bytes once written never change while somebody refers to
 * them, so a blob can go on being filled behind what is already queued. */
#ifndef NET_BLOB_H
#define NET_BLOB_H

#include "base/slice.h"

enum { BLOB_CHUNK_SIZE = 32768, BLOB_SPARES_MAX = 16 };

struct blob {
    uint32_t references;
    uint32_t size; /* bytes written */
    uint32_t cap;
    struct blob *next_spare;
    char bytes[];
};

/* Chunks of BLOB_CHUNK_SIZE are kept for the next user, a few. */
struct blob_pool {
    struct blob *spares;
    uint32_t spare_count;
};

/* One reference is the caller's. NULL: no memory. */
struct blob *blob_new(struct blob_pool *pool, size_t cap);
void blob_unref(struct blob_pool *pool, struct blob *blob);
void blob_pool_trim(struct blob_pool *pool); /* give the spares back to the system */

#endif
