/* browsers.h: simulated clients of the JSON dialect, with accounts. They speak, edit, react, are
 * cut off and come back with their cursors, and check of each room that the numbers of its events
 * come without gap or repetition, over crashes too (DESIGN, promises 1 and 5). */
#ifndef SIM_BROWSERS_H
#define SIM_BROWSERS_H

#include "sim/oracle.h"

enum { BROWSERS = 3, BROWSER_ROOMS = 8, BROWSER_TYPED_CAP = 1024 };

/* What she knows of a room. */
struct cursor {
    uint32_t room;  /* number; 0: none */
    uint64_t epoch; /* as it was told */
    uint64_t at;    /* the last number that she has seen, or has not missed */
    uint64_t gap;   /* of what she missed, numbers that did not come */
    bool inside;    /* in this life of hers */
    bool follows;   /* she has seen all up to `at` */
    bool waits;     /* for what she missed: nothing live comes before `caught_up` */
};

struct browser {
    bool here, settled, lost;
    uint32_t peer;
    struct session_id id;
    struct cursor cursors[BROWSER_ROOMS];
};

struct browsers {
    struct world *world;
    struct oracle *oracle;
    struct rng rng;
    struct manner manner;
    struct browser at[BROWSERS];
    uint16_t next_port;
    uint64_t checked; /* events */
};

void browsers_init(struct browsers *browsers, struct world *world, struct oracle *oracle,
                   uint64_t seed);
void browsers_step(struct browsers *browsers);
void browsers_read(struct browsers *browsers);
void browsers_crashed(struct browsers *browsers);
void browsers_leave(struct browsers *browsers);

#endif
