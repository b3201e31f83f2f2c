/* tally.c: sequence numbers of each sender as one listener sees them. A number before the expected
 * one fills a hole (it came late) or was here before (it came twice). */
#include "bench/tally.h"

#include "base/check.h"

#include <stdlib.h>

void tally_init(struct tally *tally, uint32_t sender_count) {
    check(sender_count > 0 && sender_count <= PROBE_SENDERS_MAX);
    *tally = (struct tally){.next = calloc(sender_count, sizeof *tally->next),
                            .holes = calloc(sender_count, sizeof *tally->holes),
                            .sender_count = sender_count};
    check(tally->next != NULL && tally->holes != NULL);
}

void tally_deinit(struct tally *tally) {
    free(tally->next);
    free(tally->holes);
    *tally = (struct tally){0};
}

void tally_note(struct tally *tally, const struct probe *probe) {
    check(probe->sender < tally->sender_count);
    uint32_t *next = &tally->next[probe->sender], *holes = &tally->holes[probe->sender];
    if (probe->sequence >= *next) {
        *holes += probe->sequence - *next;
        *next = probe->sequence + 1;
    } else if (*holes > 0) {
        (*holes)--;
        tally->disordered++;
    } else {
        tally->duplicated++;
    }
}

uint64_t tally_lost(const struct tally *tally, const uint32_t *sent, uint32_t self) {
    uint64_t lost = 0;
    for (uint32_t sender = 0; sender < tally->sender_count; sender++) {
        if (sender == self) continue;
        lost += tally->holes[sender];
        if (sent[sender] > tally->next[sender]) lost += sent[sender] - tally->next[sender];
    }
    return lost;
}
