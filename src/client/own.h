/* own.h: texts that the client keeps: NUL-terminated, of the heap, owned by the struct that holds
 * them. NULL is the empty text. Without memory the client ends: it has nothing that is not on
 * the disk already. */
#ifndef CLIENT_OWN_H
#define CLIENT_OWN_H

#include "base/slice.h"

char *own_new(struct slice text);
void own_set(char **text, struct slice fresh); /* an empty one becomes NULL; may be of itself */
void *own_memory(size_t size);                 /* zeros */
/* `*array` of *cap members gets room for one more than `count`. */
void own_grow(void **array, size_t *cap, size_t count, size_t member_size);

static inline const char *own_text(const char *text) {
    return text ? text : "";
}

static inline struct slice own_slice(const char *text) {
    return slice_text(own_text(text));
}

#endif
