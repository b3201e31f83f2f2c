/* rows.h: a store as simple as can be: the records in their order, of which the first `flushed`
 * survive a crash. Rooms, counters and pages of history are found by reading all of them again.
 * One thread. */
#ifndef SIM_ROWS_H
#define SIM_ROWS_H

#include "chat/event.h"
#include "chat/query.h"
#include "hub/hub.h"
#include "sim/plant.h"

struct rows {
    struct record *records; /* owned, as are the bytes of their slices */
    uint64_t count, cap;
    uint64_t flushed;                      /* so many survive */
    uint64_t batch;                        /* so many will, when the flush that runs is over */
    uint64_t batch_digest, flushed_digest; /* of the hub, as it was when the batch was closed */
    enum plant plant;
};

void rows_init(struct rows *rows);
void rows_deinit(struct rows *rows);

void rows_put(struct rows *rows, const struct record *record);

/* Close the batch; `digest` is that of the hub which has given all of it. */
void rows_close_batch(struct rows *rows, uint64_t digest);
/* The batch that was closed survives. */
void rows_flush(struct rows *rows);
/* Forget what was not flushed. */
void rows_crash(struct rows *rows);

/* Give everything to a new hub. False: it did not take a record. */
bool rows_load(const struct rows *rows, struct hub *hub);

/* Read one piece of a page, at most `most` rows, as the reader would (store/read.h). */
void rows_read(const struct rows *rows, const struct query *query, uint32_t most,
               void (*row)(void *context, const struct event *past), void *context,
               struct query_end *end);

#endif
