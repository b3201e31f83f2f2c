/* table.c: a mapping of its own for each table, which ends where the rows end: behind them are
 * pages that nobody may touch. Before them stands what is to be given back. */
#include "base/table.h"

#include <stdint.h>
#include <sys/mman.h>

#define TABLE_SIZE_MAX (UINT64_C(1) << 38) /* bytes */

enum {
    GUARD_SIZE = 65536, /* whole pages, of whatever size the system has them */
    ROW_BOUNDARY = 64,
};

struct head {
    _Alignas(ROW_BOUNDARY) char *mapped;
    size_t mapped_size;
};

static size_t rounded(size_t bytes, size_t boundary) {
    return (bytes + boundary - 1) & ~(boundary - 1);
}

void *table_new(size_t count, size_t size) {
    size_t bytes;
    if (__builtin_mul_overflow(count, size, &bytes) || bytes > TABLE_SIZE_MAX) return NULL;
    bytes = rounded(bytes, ROW_BOUNDARY);
    size_t end = rounded(sizeof(struct head) + bytes, GUARD_SIZE), mapped_size = end + GUARD_SIZE;
    int access = PROT_READ | PROT_WRITE;
    char *mapped = mmap(NULL, mapped_size, access, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (mapped == MAP_FAILED) return NULL;
    char *rows = mapped + end - bytes;
    struct head *head = (struct head *)(void *)(rows - sizeof *head);
    *head = (struct head){mapped, mapped_size};
    if (mprotect(mapped + end, GUARD_SIZE, PROT_NONE) == 0) return rows;
    munmap(mapped, mapped_size);
    return NULL;
}

void table_free(void *rows) {
    if (!rows) return;
    const struct head *head = (const struct head *)rows - 1;
    munmap(head->mapped, head->mapped_size);
}
