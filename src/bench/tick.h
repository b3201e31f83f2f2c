/* tick.h: the generator's clock, monotonic nanoseconds. */
#ifndef BENCH_TICK_H
#define BENCH_TICK_H

#include <stdint.h>
#include <time.h>

#define TICK_MS UINT64_C(1000000)
#define TICK_S UINT64_C(1000000000)

static inline uint64_t tick_ns(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * TICK_S + (uint64_t)now.tv_nsec;
}

static inline void tick_sleep(uint64_t ns) {
    struct timespec pause = {.tv_sec = (time_t)(ns / TICK_S), .tv_nsec = (long)(ns % TICK_S)};
    nanosleep(&pause, NULL);
}

#endif
