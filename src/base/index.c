/* index.c: hash -> row. A deletion closes the hole by moving later slots back, as long as that
 * brings them nearer to their home. */
#include "base/index.h"

#include <sys/mman.h>

#include "base/check.h"
#include "base/table.h"

static uint32_t fold(uint64_t hash) {
    return (uint32_t)(hash ^ (hash >> 32));
}

bool index_init(struct index *index, uint32_t rows_max) {
    uint32_t size = 16;
    check(rows_max <= UINT32_C(1) << 29);
    while (size < rows_max + rows_max / 3) /* three quarters full at most */
        size *= 2;
    *index = (struct index){.slots = table_new(size, sizeof(struct index_slot)), .mask = size - 1};
    return index->slots != NULL;
}

void index_touch(struct index *index) {
    const uintptr_t page_size = 4096;
    uintptr_t first = ((uintptr_t)index->slots + page_size - 1) / page_size * page_size;
    uintptr_t end = (uintptr_t)(index->slots + index->mask + 1) / page_size * page_size;
    if (end > first) (void)madvise((void *)first, end - first, MADV_POPULATE_WRITE);
}

void index_deinit(struct index *index) {
    table_free(index->slots);
    index->slots = NULL;
}

void index_put(struct index *index, uint64_t hash, uint32_t row) {
    check(index->count < index->mask);
    uint32_t at = fold(hash) & index->mask;
    while (index->slots[at].row != 0)
        at = (at + 1) & index->mask;
    index->slots[at] = (struct index_slot){fold(hash), row + 1};
    index->count++;
}

static uint32_t index_seek(const struct index *index, uint32_t at, uint32_t hash) {
    for (; index->slots[at].row != 0; at = (at + 1) & index->mask)
        if (index->slots[at].hash == hash) return at;
    return INDEX_END;
}

uint32_t index_first(const struct index *index, uint64_t hash) {
    return index_seek(index, fold(hash) & index->mask, fold(hash));
}

uint32_t index_next(const struct index *index, uint32_t at, uint64_t hash) {
    return index_seek(index, (at + 1) & index->mask, fold(hash));
}

void index_drop(struct index *index, uint64_t hash, uint32_t row) {
    uint32_t hole = index_first(index, hash);
    while (hole != INDEX_END && index_row(index, hole) != row)
        hole = index_next(index, hole, hash);
    check(hole != INDEX_END);
    struct index_slot *slots = index->slots;
    for (uint32_t i = (hole + 1) & index->mask; slots[i].row != 0; i = (i + 1) & index->mask) {
        uint32_t home = slots[i].hash & index->mask;
        if (((i - home) & index->mask) >= ((i - hole) & index->mask)) {
            slots[hole] = slots[i];
            hole = i;
        }
    }
    slots[hole].row = 0;
    index->count--;
}
