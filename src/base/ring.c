/* ring.c: values between two threads. Each lies in one piece behind an 8-byte header; where the
 * ring's end is too near, a header without a value fills it. */
#include "base/ring.h"

#include "base/check.h"
#include "base/table.h"

struct header {
    uint32_t size; /* of header and value, a multiple of 8 */
    uint32_t tag;  /* TAG_SKIP: nothing, up to the ring's end */
};

#define TAG_SKIP UINT32_MAX

bool ring_init(struct ring *ring, uint32_t size) {
    check(size >= 64 && (size & (size - 1)) == 0);
    *ring = (struct ring){.memory = table_new(size, 1), .size = size};
    return ring->memory != NULL;
}

void ring_deinit(struct ring *ring) {
    table_free(ring->memory);
    ring->memory = NULL;
}

static uint64_t round8(uint64_t size) {
    return (size + 7) & ~UINT64_C(7);
}

uint64_t ring_cost(size_t fixed_size, const struct slice *slices, uint32_t slice_count) {
    uint64_t size = sizeof(struct header) + fixed_size;
    for (uint32_t i = 0; i < slice_count; i++)
        size += slices[i].size;
    return round8(size);
}

static uint64_t room_seen(const struct ring *ring, uint64_t largest) {
    uint64_t left = ring->size - (ring->written - ring->tail_seen);
    return left > largest ? left - largest : 0;
}

bool ring_fits(struct ring *ring, uint64_t size, uint64_t largest) {
    if (room_seen(ring, largest) >= size) return true;
    ring->tail_seen = atomic_load_explicit(&ring->tail, memory_order_acquire);
    return room_seen(ring, largest) >= size;
}

static char *ring_reserve(struct ring *ring, uint64_t size, uint32_t tag) {
    uint64_t at = ring->written & (ring->size - 1), end = ring->size - at;
    if (end < size) {
        *(struct header *)(void *)(ring->memory + at) = (struct header){(uint32_t)end, TAG_SKIP};
        ring->written += end;
        at = 0;
    }
    ring->written += size;
    if (ring->written - ring->tail_seen > ring->size)
        ring->tail_seen = atomic_load_explicit(&ring->tail, memory_order_acquire);
    check(ring->written - ring->tail_seen <= ring->size);
    *(struct header *)(void *)(ring->memory + at) = (struct header){(uint32_t)size, tag};
    return ring->memory + at + sizeof(struct header);
}

void ring_put(struct ring *ring, uint32_t tag, const void *fixed, size_t fixed_size,
              size_t slices_at, uint32_t slice_count) {
    const struct slice *from = (const void *)((const char *)fixed + slices_at);
    uint64_t size = ring_cost(fixed_size, from, slice_count);
    check(tag != TAG_SKIP && size <= ring->size);
    char *to = ring_reserve(ring, size, tag), *bytes = to + fixed_size;
    memcpy(to, fixed, fixed_size);
    struct slice *slices = (void *)(to + slices_at);
    for (uint32_t i = 0; i < slice_count; i++) {
        slices[i].at = bytes;
        if (from[i].size > 0) memcpy(bytes, from[i].at, from[i].size);
        bytes += from[i].size;
    }
}

bool ring_publish(struct ring *ring) {
    if (atomic_load_explicit(&ring->head, memory_order_relaxed) == ring->written) return false;
    atomic_store_explicit(&ring->head, ring->written, memory_order_seq_cst);
    return true;
}

void *ring_take(struct ring *ring, uint32_t *tag) {
    for (;;) {
        if (ring->read == ring->head_seen) {
            ring->head_seen = atomic_load_explicit(&ring->head, memory_order_seq_cst);
            if (ring->read == ring->head_seen) return NULL;
        }
        char *at = ring->memory + (ring->read & (ring->size - 1));
        struct header header = *(struct header *)(void *)at;
        ring->read += header.size;
        if (header.tag == TAG_SKIP) continue;
        *tag = header.tag;
        return at + sizeof(struct header);
    }
}

void ring_release(struct ring *ring) {
    atomic_store_explicit(&ring->tail, ring->read, memory_order_release);
}

bool ring_empty(struct ring *ring) {
    return ring->read == atomic_load_explicit(&ring->head, memory_order_seq_cst);
}

/* The tail first: it never passes the head, so that the difference is never below zero. */
uint64_t ring_depth(struct ring *ring) {
    uint64_t tail = atomic_load(&ring->tail);
    return atomic_load(&ring->head) - tail;
}
