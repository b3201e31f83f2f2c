/* ring.h: values from one thread to one other, in order, without a lock. A value is a struct of
 * fixed size and the bytes of its slices behind it; the slices of what is read point to those
 * bytes, inside the ring, until ring_release(). Nothing is seen by the reader before
 * ring_publish(), so that a turn's worth of values costs one barrier and one wake-up.
 *
 * One producer thread calls fits, put and publish; one consumer thread take and release.
 */
#ifndef BASE_RING_H
#define BASE_RING_H

#include <stdatomic.h>

#include "base/slice.h"

struct ring {
    char *memory;  /* owned; of `size` bytes, a power of two */
    uint32_t size; /* bytes */
    /* Published up to here; pairs with the load in ring_take(). */
    _Alignas(64) _Atomic uint64_t head;
    uint64_t written;   /* producer's own: written up to here */
    uint64_t tail_seen; /* producer's own: an old value of tail */
    /* Consumed up to here; pairs with the load in ring_fits(). */
    _Alignas(64) _Atomic uint64_t tail;
    uint64_t read;      /* consumer's own: given out up to here */
    uint64_t head_seen; /* consumer's own: an old value of head */
};

bool ring_init(struct ring *ring, uint32_t size); /* false: no memory */
void ring_deinit(struct ring *ring);

/* Values of `size` bytes in all, headers included, can be put for sure, none of them larger than
 * `largest`: at an end that is too short for a value, that much is lost. */
bool ring_fits(struct ring *ring, uint64_t size, uint64_t largest);

/* What a value of these sizes takes. */
uint64_t ring_cost(size_t fixed_size, const struct slice *slices, uint32_t slice_count);

/* Copy a value in: `fixed_size` bytes, of which the `slice_count` slices at `slices_at` are made to
 * point to their copied bytes. There must be room. */
void ring_put(struct ring *ring, uint32_t tag, const void *fixed, size_t fixed_size,
              size_t slices_at, uint32_t slice_count);

/* Let the reader see what was put. True: there was something new. */
bool ring_publish(struct ring *ring);

/* The next value and its tag; NULL: none. It stays until ring_release(). */
void *ring_take(struct ring *ring, uint32_t *tag);

/* Everything taken so far may be overwritten. */
void ring_release(struct ring *ring);

bool ring_empty(struct ring *ring); /* for the consumer */

/* Bytes published and not released, as of some moment. Any thread. */
uint64_t ring_depth(struct ring *ring);

#endif
