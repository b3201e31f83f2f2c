/* plant.h: what is broken in a simulated server on purpose, to show that it would be found. Each
 * breaks one promise, in a place that the oracle does not know of. */
#ifndef SIM_PLANT_H
#define SIM_PLANT_H

#include "chat/event.h"
#include "chat/record.h"

enum plant {
    PLANT_NOTHING,
    PLANT_GATE,    /* nothing waits for the disk */
    PLANT_ORDER,   /* two messages of a room are swapped */
    PLANT_ONCE,    /* what is queued for somebody is queued twice */
    PLANT_ROSTER,  /* somebody is forgotten by the roster */
    PLANT_LOAD,    /* loaded rooms count one too many */
    PLANT_SEAM,    /* a page of history is stamped one too late */
    PLANT_EDIT,    /* a crash loses the last edit */
    PLANT_REMOVAL, /* pages show what was removed */
    PLANT_BAN,     /* a restart lifts bans */
    PLANT_ROLE,    /* a restart takes roles */
    PLANT_READ,    /* a restart puts read positions back */
    PLANT_IDS,     /* a restart forgets client ids */
    PLANT_PRIVATE, /* a list of rooms has a private one in it */
    PLANT_DIRECT,  /* what is said directly is shown to one more */
    PLANT_RESUME,  /* a resume begins one too late */
    PLANTS,
};

/* PLANT_NOTHING: there is no such fault. */
enum plant plant_called(const char *name);

/* It shows only after a crash. */
bool plant_needs_crash(enum plant plant);
/* The hub is not the same after a restart: what people see must show it, without its digest. */
bool plant_changes_hub(enum plant plant);

/* A record that is loaded; false: it is not. */
bool plant_loads(enum plant plant, struct record *record);

struct world;
struct world_worker;

/* Before an event goes into the ring of a worker. */
void plant_reply(struct world *world, struct event *event);
/* Who is told as well; generation 0: nobody. */
struct session_id plant_whispers(struct world *world, struct session_id to,
                                 const struct event *event);
/* Two messages are swapped. */
void plant_publish(struct world *world, uint32_t workers, const struct event *event);
/* Between a worker and its sockets. */
void plant_turn(struct world *world, struct world_worker *worker, uint32_t slot);

#endif
