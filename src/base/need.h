/* need.h: memory without which nothing can go on and nothing can be given up. */
#ifndef BASE_NEED_H
#define BASE_NEED_H

#include <stddef.h>

/* Says so on stderr and ends the process at once, with 1. What was acknowledged is on disk, and the
 * supervisor starts it anew: as after a kill. Any thread. */
_Noreturn void need_failed(void);

static inline void need_memory(const void *memory) {
    if (memory == NULL) need_failed();
}

#endif
