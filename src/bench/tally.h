/* tally.h: what one listener has had from each sender, by sequence number, and what was wrong. */
#ifndef BENCH_TALLY_H
#define BENCH_TALLY_H

#include "bench/probe.h"

struct tally {
    uint32_t *next;  /* owned: per sender, the sequence number that should come */
    uint32_t *holes; /* owned: per sender, how many before `next` have not come */
    uint32_t sender_count;
    uint64_t duplicated; /* came again */
    uint64_t disordered; /* came after a later one */
};

void tally_init(struct tally *tally, uint32_t sender_count);
void tally_deinit(struct tally *tally);

void tally_note(struct tally *tally, const struct probe *probe);

/* How many of sent[sender] never came. One's own (`self`, or PROBE_SENDERS_MAX) are not expected.
 */
uint64_t tally_lost(const struct tally *tally, const uint32_t *sent, uint32_t self);

#endif
