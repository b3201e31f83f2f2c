/* blob.c: shared bytes. */
#include "net/blob.h"

#include <stdlib.h>

#include "base/check.h"

struct blob *blob_new(struct blob_pool *pool, size_t cap) {
    struct blob *blob = pool->spares;
    check(cap <= UINT32_MAX);
    if (cap == BLOB_CHUNK_SIZE && blob) {
        pool->spares = blob->next_spare;
        pool->spare_count--;
    } else {
        blob = malloc(sizeof *blob + cap);
        if (!blob) return NULL;
        blob->cap = (uint32_t)cap;
    }
    blob->references = 1;
    blob->size = 0;
    return blob;
}

void blob_unref(struct blob_pool *pool, struct blob *blob) {
    check(blob->references > 0);
    if (--blob->references > 0) return;
    if (blob->cap != BLOB_CHUNK_SIZE || pool->spare_count == BLOB_SPARES_MAX) {
        free(blob);
        return;
    }
    blob->next_spare = pool->spares;
    pool->spares = blob;
    pool->spare_count++;
}

void blob_pool_trim(struct blob_pool *pool) {
    while (pool->spares) {
        struct blob *blob = pool->spares;
        pool->spares = blob->next_spare;
        free(blob);
    }
    pool->spare_count = 0;
}
