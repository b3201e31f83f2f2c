/* audience.h: receivers of one dialect in the lobby of a running server, and what they are told.
 * One epoll; each is a descriptor here and one in the server. */
#ifndef BENCH_AUDIENCE_H
#define BENCH_AUDIENCE_H

#include "base/slice.h"

#include <stdbool.h>
#include <stdint.h>

enum { RECEIVER_KEPT_MAX = 1024 /* bytes of a message */ };

struct receiver {
    int fd;
    bool joined;
    uint64_t told; /* messages of what was said */
    uint32_t kept_size;
    char kept[RECEIVER_KEPT_MAX]; /* of the message that has not ended */
};

struct audience_dialect {
    const char *title; /* of the subcommand, and of the dialect */
    const char *about; /* one line, for --help */
    struct slice in;   /* what the answer to the last word of a greeting holds */
    struct slice said; /* what stands before the text of a message */
    uint32_t sets;     /* kinds of receivers at most */
    /* Writes what receiver `index`, of kind `set`, says to come in. Returns how many bytes. */
    size_t (*greet)(char *to, size_t size, uint32_t index, uint32_t set, uint16_t port);
    /* Returns how many messages end in these bytes, and the last of them, which is in `bytes` or in
     * `memory` (two messages long). What has begun is kept in the receiver. */
    uint64_t (*split)(struct receiver *receiver, struct slice bytes, char *memory,
                      struct slice *last);
};

struct audience {
    const struct audience_dialect *dialect;
    struct receiver *receivers; /* owned */
    uint32_t count, sets, joined;
    int epoll;   /* data.u32: the receiver, or what a user of it added, from `count` on */
    char *bytes; /* owned: what was read last */
    /* Receivers in turn `more` messages, whose last is `last`: receiver->told is counted already.
     */
    void (*heard)(void *context, struct receiver *receiver, uint64_t more, struct slice last);
    void (*aside)(void *context, uint32_t number); /* what a user of it added can be read */
    void *context;
};

/* Connects all, reads until each is in, and what they are told of each other. */
void audience_enter(struct audience *audience, const struct audience_dialect *dialect,
                    uint32_t count, uint32_t sets, uint16_t port);
void audience_leave(struct audience *audience);

/* Reads what there is, or comes within `wait_ms`, as said or as coming and going. Returns how many
 * sockets had something. Gives up where one was cut. */
int audience_hear(struct audience *audience, int wait_ms);
void audience_settle(struct audience *audience);

/* The whole of it, to a socket that does not block. Gives up after 10 s. */
void audience_send(int fd, const char *text, size_t size);

#endif
