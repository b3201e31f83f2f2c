/* loner.c: lines out of a stream, and each into the tally. */
#include "bench/loner.h"

#include "base/check.h"

#include <stdlib.h>

struct loner *loner_new(uint32_t sender_count, uint32_t text_size) {
    struct loner *loner = calloc(1, sizeof *loner);
    check(loner != NULL);
    tally_init(&loner->tally, sender_count);
    loner->text_size = text_size;
    return loner;
}

void loner_free(struct loner *loner) {
    if (loner == NULL) return;
    tally_deinit(&loner->tally);
    free(loner);
}

static void note_line(struct loner *loner, struct slice line) {
    struct probe probe;
    loner->line_count++;
    if (probe_read(line, loner->text_size, &probe) && probe.sender < loner->tally.sender_count) {
        tally_note(&loner->tally, &probe);
    } else {
        loner->foreign++;
    }
}

/* Returns what is left after the line that `partial` was the beginning of. A line longer than
 * any probe is kept cut, which is wrong enough to be seen as foreign. */
static struct slice end_partial(struct loner *loner, struct slice bytes) {
    const char *end = memchr(bytes.at, '\n', bytes.size);
    size_t used = end == NULL ? bytes.size : (size_t)(end - bytes.at) + 1;
    size_t room = sizeof loner->partial - loner->partial_size;
    size_t kept = used < room ? used : room;
    memcpy(loner->partial + loner->partial_size, bytes.at, kept);
    loner->partial_size += (uint32_t)kept;
    if (end != NULL) {
        note_line(loner, (struct slice){loner->partial, loner->partial_size});
        loner->partial_size = 0;
    }
    return slice_from(bytes, used);
}

void loner_read(struct loner *loner, struct slice bytes) {
    if (loner->partial_size > 0) bytes = end_partial(loner, bytes);
    while (bytes.size > 0) {
        const char *end = memchr(bytes.at, '\n', bytes.size);
        if (end == NULL) {
            end_partial(loner, bytes);
            return;
        }
        size_t size = (size_t)(end - bytes.at) + 1;
        note_line(loner, slice_head(bytes, size));
        bytes = slice_from(bytes, size);
    }
}
