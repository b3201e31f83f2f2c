/* loop.h: an epoll set, level-triggered. One thread. A key comes back with each event. */
#ifndef NET_LOOP_H
#define NET_LOOP_H

#include <stdbool.h>
#include <stdint.h>

enum { LOOP_EVENTS = 256 };

struct loop_event {
    uint64_t key;
    bool readable, writable, broken; /* broken: both directions are shut, or an error waits */
};

struct loop {
    int fd;
};

int loop_open(struct loop *loop); /* 0 or a negative errno */
void loop_close(struct loop *loop);

/* `shared`: a listening socket that several loops watch: one of them is woken. */
int loop_add(struct loop *loop, int fd, uint64_t key, bool read, bool shared);
int loop_change(struct loop *loop, int fd, uint64_t key, bool read, bool write);
void loop_remove(struct loop *loop, int fd);

/* At most LOOP_EVENTS events; timeout_ms -1: for ever. */
uint32_t loop_wait(struct loop *loop, struct loop_event *events, int timeout_ms);

#endif
