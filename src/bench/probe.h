/* probe.h: the line that is measured with. All lines of a run have the same size:
 *     s007: 007.0000002a.000001c8d5f3a1b0.xxxxxxxx...\r\n
 * sender, sequence number (hex, from 0 per sender), when it was sent (hex, ns), filling. */
#ifndef BENCH_PROBE_H
#define BENCH_PROBE_H

#include "base/slice.h"

#include <stdbool.h>
#include <stdint.h>

#define PROBE_SENDERS_MAX 1000
#define PROBE_NICK_SIZE 4 /* "s007" */
#define PROBE_TEXT_MIN 32
#define PROBE_TEXT_MAX 4096
#define PROBE_PREFIX_SIZE (PROBE_NICK_SIZE + 2)                 /* "s007: " */
#define PROBE_LINE_MAX (PROBE_PREFIX_SIZE + PROBE_TEXT_MAX + 2) /* with \r\n */

struct probe {
    uint32_t sender, sequence;
    uint64_t sent_ns;
};

/* Size of the line as receivers see it. */
static inline uint32_t probe_line_size(uint32_t text_size) {
    return PROBE_PREFIX_SIZE + text_size + 2;
}

/* What the sender sends: exactly text_size bytes, without the line's end. */
void probe_write(char *text, uint32_t text_size, const struct probe *probe);

/* From a whole line as receivers see it, with \r\n. False if it is anything else. */
bool probe_read(struct slice line, uint32_t text_size, struct probe *probe);

#endif
