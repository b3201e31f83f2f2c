/* need.c: the last words need no memory themselves. */
#include "base/need.h"

#include <stdlib.h>
#include <unistd.h>

void need_failed(void) {
    static const char words[] = "parlance: out of memory\n";
    (void)!write(STDERR_FILENO, words, sizeof words - 1);
    _exit(EXIT_FAILURE);
}
