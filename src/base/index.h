/* index.h: finds rows of somebody's table by hash. Open addressing with linear probing and no
 * tombstones; of a fixed size, so that nothing is allocated after index_init(). A slot is 8 bytes.
 * Whoever asks compares the row itself: two rows may share a hash.
 *
 *     for (uint32_t at = index_first(&index, hash); at != INDEX_END; at = index_next(&index, at,
 * hash)) if (row_is_the_one(index_row(&index, at))) ...
 */
#ifndef BASE_INDEX_H
#define BASE_INDEX_H

#include <stdbool.h>
#include <stdint.h>

struct index_slot {
    uint32_t hash;
    uint32_t row; /* + 1; 0: empty */
};

struct index {
    struct index_slot *slots; /* owned; untouched pages of it are never resident */
    uint32_t mask;            /* slots - 1, a power of two less one */
    uint32_t count;
};

#define INDEX_END UINT32_MAX

bool index_init(struct index *index, uint32_t rows_max); /* false: no memory */
/* Make all of its pages resident at once, in their order: a sixth of what it costs when they are
 * first read, then written, here and there. For whoever is about to put many rows. */
void index_touch(struct index *index);
void index_deinit(struct index *index);
void index_put(struct index *index, uint64_t hash, uint32_t row);
void index_drop(struct index *index, uint64_t hash, uint32_t row); /* must be there */

uint32_t index_first(const struct index *index, uint64_t hash);
uint32_t index_next(const struct index *index, uint32_t at, uint64_t hash);

static inline uint32_t index_row(const struct index *index, uint32_t at) {
    return index->slots[at].row - 1;
}

#endif
