/* bell.h: wakes a thread that sleeps, and costs nothing for one that does not. Any thread rings;
 * the owner alone waits. The owner says that it is about to sleep, looks once more whether there
 * is work, and only then sleeps; who gives work publishes it first and then rings. Both sides are
 * sequentially consistent, so that one of the two sees the other. */
#ifndef BASE_BELL_H
#define BASE_BELL_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

struct bell {
    int fd; /* an eventfd; may be polled beside others */
    _Atomic uint32_t sleeping;
};

int bell_open(struct bell *bell); /* 0 or a negative errno */
void bell_close(struct bell *bell);

void bell_ring(struct bell *bell);

/* Say that sleep is near; look for work after this. */
void bell_doze(struct bell *bell);
/* Awake again, whatever the reason; takes the ring off the eventfd if there was one. */
void bell_wake(struct bell *bell);

/* Sleep on the bell alone, at most timeout_ms (-1: for ever). After bell_doze(). */
void bell_sleep(struct bell *bell, int timeout_ms);

#endif
