/* trail.h: the room's byte stream, as whoever is furthest along has received it. A room has one
 * order for everybody, so the first receiver's bytes are read line by line, once, and everyone
 * else's are only compared with them: a memcmp of kilobytes instead of a parser per delivery. That
 * keeps the generator several times cheaper than the server.
 *
 * Kept are the last line_cap lines. Followers have a position each; the trail knows the slowest. */
#ifndef BENCH_TRAIL_H
#define BENCH_TRAIL_H

#include "bench/tally.h"

struct trail {
    char *ring;        /* owned: line_cap * line_size bytes */
    uint64_t *sent_ns; /* owned: per line of the ring, from its text; 0: its delay is not counted */
    uint32_t *here;    /* owned: per line of the ring, how many followers wait for its end */
    uint64_t line_cap; /* a power of two, more than can be under way */
    uint32_t line_size; /* bytes, all the same */
    uint32_t text_size;
    uint32_t timed_senders; /* the delays of lines from senders below this one count */
    uint32_t follower_count;
    uint64_t size;       /* bytes ever */
    uint64_t line_count; /* whole lines ever */
    uint64_t slowest;    /* the first line that some follower has not had to its end */
    struct tally tally;
};

void trail_init(struct trail *trail, uint32_t text_size, uint64_t line_cap, uint32_t sender_count);
void trail_deinit(struct trail *trail);

/* A follower begins, at byte 0 before anything was received; or is no longer waited for. */
void trail_enter(struct trail *trail);
void trail_leave(struct trail *trail, uint64_t at);

/* A follower that had `at` bytes has received more. Returns how many of them agree with the trail
 * (all, unless something is wrong); the trail grows where nobody has been. */
uint64_t trail_follow(struct trail *trail, uint64_t at, struct slice bytes);

/* The follower at byte `from` is now at byte `to`. */
void trail_move(struct trail *trail, uint64_t from, uint64_t to);

/* What a follower at byte `at` has of the line that it is in. */
struct slice trail_partial(const struct trail *trail, uint64_t at);

/* Set *tally to what a follower at byte `at` has had. */
void trail_tally(const struct trail *trail, uint64_t at, struct tally *tally);

#endif
