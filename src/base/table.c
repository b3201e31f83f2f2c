/* table.c: a mapping of its own for each table. Before the rows stands how large it is. */
#include "base/table.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>

enum { HEAD_SIZE = 64 };

#define TABLE_SIZE_MAX (UINT64_C(1) << 38) /* bytes */

#ifdef __SANITIZE_ADDRESS__

/* AddressSanitizer watches the ends of what was allocated, not of what was mapped. */
static void *pages_new(size_t bytes) {
    return calloc(1, bytes);
}

void table_free(void *rows) {
    free(rows);
}

#else

static void *pages_new(size_t bytes) {
    bytes += HEAD_SIZE;
    char *head = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (head == MAP_FAILED) return NULL;
    *(size_t *)(void *)head = bytes;
    return head + HEAD_SIZE;
}

void table_free(void *rows) {
    if (!rows) return;
    char *head = (char *)rows - HEAD_SIZE;
    munmap(head, *(size_t *)(void *)head);
}

#endif

void *table_new(size_t count, size_t size) {
    size_t bytes;
    bool fits = !__builtin_mul_overflow(count, size, &bytes) && bytes <= TABLE_SIZE_MAX;
    return fits ? pages_new(bytes) : NULL;
}
