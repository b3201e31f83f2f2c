/* own.c: texts of the heap. */
#include "client/own.h"

#include <stdlib.h>

#include "base/check.h"

void *own_memory(size_t size) {
    void *memory = calloc(1, size ? size : 1);
    check(memory != NULL);
    return memory;
}

char *own_new(struct slice text) {
    char *fresh = own_memory(text.size + 1);
    if (text.size > 0) memcpy(fresh, text.at, text.size);
    return fresh;
}

void own_set(char **text, struct slice fresh) {
    char *old = *text;
    *text = fresh.size > 0 ? own_new(fresh) : NULL;
    free(old);
}

void own_grow(void **array, size_t *cap, size_t count, size_t member_size) {
    if (count < *cap) return;
    size_t fresh = *cap ? *cap * 2 : 16;
    void *memory = realloc(*array, fresh * member_size);
    check(memory != NULL);
    memset((char *)memory + *cap * member_size, 0, (fresh - *cap) * member_size);
    *array = memory;
    *cap = fresh;
}
