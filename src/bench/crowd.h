/* crowd.h: many connections of the line dialect to one server, one epoll. Client 0 is the one who
 * speaks while the others gather. Connections come from several addresses of 127.0.0.0/8, so that
 * ports do not run out; each is one file descriptor here and one in the server. */
#ifndef BENCH_CROWD_H
#define BENCH_CROWD_H

#include "base/slice.h"

#include <sys/epoll.h>

#define CROWD_EVENTS_MAX 1024
#define CROWD_BYTES_MAX (256 * 1024) /* per read */
#define CROWD_CLIENTS_MAX 100000

struct crowd {
    int epoll;
    int *fds; /* owned: per client */
    uint32_t count, cap;
    uint16_t port;
    char *bytes; /* owned: what crowd_read() read last */
    struct epoll_event
        events[CROWD_EVENTS_MAX]; /* data.u32: the client, or what a user of it added */
};

void crowd_init(struct crowd *crowd, uint16_t port, uint32_t cap);
void crowd_deinit(struct crowd *crowd);

/* A connected or connecting socket, not blocking, from the address for client number `index`. */
int crowd_socket(uint16_t port, uint32_t index);

/* Connect the next client, say its nick, watch it. Returns its number. */
uint32_t crowd_enter(struct crowd *crowd, const char *nick);

/* Client 0 speaks until every other has heard her: then all are members, and nothing is on
 * its way. Gives up after 60 s. */
void crowd_gather(struct crowd *crowd);

/* Wait for at most `ns`; returns the number of events. Gives up when told by a signal. */
uint32_t crowd_wait(struct crowd *crowd, uint64_t ns);

/* What the client has; empty if nothing. Gives up if it was cut. Valid until the next call. */
struct slice crowd_read(struct crowd *crowd, uint32_t client);

/* Returns how much of it the socket took. */
size_t crowd_send(struct crowd *crowd, uint32_t client, struct slice bytes);

#endif
