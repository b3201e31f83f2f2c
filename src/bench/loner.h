/* loner.h: a client that reads its stream line by line: a sender (who does not see her own lines),
 * or a receiver whose stream has left the common one. Ten times dearer than following the trail. */
#ifndef BENCH_LONER_H
#define BENCH_LONER_H

#include "bench/tally.h"

struct loner {
    struct tally tally;
    uint32_t text_size;
    uint32_t partial_size; /* bytes in `partial`: a line without its end */
    uint64_t line_count;
    uint64_t foreign; /* lines that are no probe */
    char partial[PROBE_LINE_MAX];
};

struct loner *loner_new(uint32_t sender_count, uint32_t text_size);
void loner_free(struct loner *loner);

void loner_read(struct loner *loner, struct slice bytes);

#endif
