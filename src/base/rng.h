/* rng.h: a stream of numbers out of one seed (splitmix64, Steele, Lea and Flood 2014). The same
 * seed gives the same stream; no secrets may depend on it. */
#ifndef BASE_RNG_H
#define BASE_RNG_H

#include <stdint.h>

struct rng {
    uint64_t state;
};

static inline uint64_t rng_next(struct rng *rng) {
    uint64_t z = rng->state += UINT64_C(0x9e3779b97f4a7c15);
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

/* 0 to below - 1, for below up to 2^32. */
static inline uint32_t rng_below(struct rng *rng, uint64_t below) {
    return (uint32_t)((rng_next(rng) & UINT32_MAX) * below >> 32);
}

#endif
