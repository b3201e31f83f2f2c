/* world.h: a whole server in one thread without a socket, a file or a clock: the real hub, gate,
 * rings, sessions and dialects around a store model. Whoever runs it decides what happens next;
 * the same decisions give the same bytes.
 *
 * A connection is a `peer`: its far end, and what it was sent. Nothing moves by itself:
 * bytes in -> world_hear -> a worker's commands -> world_step_hub -> gate -> a worker's events ->
 * world_step_worker -> outboxes -> world_turn -> peer. */
#ifndef SIM_WORLD_H
#define SIM_WORLD_H

#include "base/ring.h"
#include "base/rng.h"
#include "server/gate.h"
#include "server/sessions.h"
#include "sim/plant.h"
#include "sim/rows.h"

enum { WORLD_WORKERS = 2, WORLD_SESSIONS = 48, WORLD_ROOMS = 40, WORLD_CLIENT_IDS = 64 };

struct peer {
    struct session_id id;
    bool open;   /* the server holds the connection */
    bool cut;    /* it was too slow; what it misses is no fault */
    char *bytes; /* all that it was sent; owned */
    size_t size, cap;
    size_t read; /* the owner's: so much was looked at */
};

/* How the world's owner looks on. May be NULL. */
struct world_hooks {
    void *context;
    void (*before)(void *context, const struct hub_input *input);
    void (*after)(void *context, const struct hub_input *input, const struct effects *effects);
    /* A session gives a command: it may be changed to what another dialect would give. */
    void (*gives)(void *context, struct command *command);
    /* The reader begins with a query, or with a further piece of one. */
    void (*reads)(void *context, const struct query *query);
    /* What passed the gate for the worker behind the last: it has no sessions, only this. */
    void (*told)(void *context, const struct event *event);
};

/* What happens around one worker. */
struct world_worker {
    struct world *world;
    struct sessions sessions;
    struct ring commands, events;
    bool busy;             /* says that its ring is full */
    struct query *queries; /* asked of the reader, in order; owned */
    uint32_t query_count, query_cap;
};

struct world {
    struct world_hooks hooks;
    struct hub_limits limits;
    struct session_limits session_limits;
    enum plant plant;
    uint32_t planted;   /* chances for the fault so far */
    struct rng rng;     /* the hub's randomness */
    struct rng secrets; /* and that of its tokens */
    struct ring proofs; /* passwords to be hashed, in order */
    uint64_t mono_ms;
    int64_t wall_ms;
    struct hub *hub;
    struct gate gate;
    bool gate_up;
    bool stopped;       /* between a crash and the next start */
    uint64_t gate_base; /* records that were there when this gate began */
    struct effects *effects;
    struct name_rules *names;
    struct rows rows;
    struct world_worker workers[WORLD_WORKERS];
    struct peer *peers; /* owned; a session's fd is its row */
    uint32_t peer_count, peer_cap;
    uint64_t digest; /* of all effects and all bytes */
    uint64_t effect_count, byte_count;
    struct event *swapped; /* PLANT_ORDER: kept back */
};

struct hub_limits world_default_limits(void);
void world_init(struct world *world, uint64_t seed);
void world_deinit(struct world *world);

/* Load the hub from the rows and make the lobby. False: the hub did not take a record, or its
 * digest is not what it was when the last batch was closed. */
bool world_start(struct world *world);
/* Everything but the flushed rows is gone; every peer is closed. */
void world_crash(struct world *world);

/* UINT32_MAX: no slot is free. */
uint32_t world_connect(struct world *world, uint16_t worker, struct address address,
                       const struct manner *manner, bool exempt);
bool world_may_hear(struct world *world, uint32_t peer);
void world_hear(struct world *world, uint32_t peer, struct slice bytes);
void world_hear_end(struct world *world, uint32_t peer);
void world_lose(struct world *world, uint32_t peer); /* the socket broke */

/* One thing each; false: there was nothing to do. */
bool world_step_hub(struct world *world, uint16_t worker);
bool world_step_worker(struct world *world, uint16_t worker);
bool world_step_reader(struct world *world, uint16_t worker, uint32_t most);
bool world_step_prover(struct world *world); /* hash one password, as it is */
bool world_close_batch(struct world *world);
bool world_flush(struct world *world);

/* To the sessions of these workers that are in the event's room. */
void world_publish(struct world *world, uint32_t workers, const struct event *event);

/* An input that no session gave. */
void world_input(struct world *world, struct hub_input input);

/* The end of a worker's turn: deadlines, notices, and each outbox gives at most what `takes` says,
 * in bytes, to its peer. */
void world_turn(struct world *world, uint16_t worker, uint64_t notices_ms,
                uint64_t (*takes)(void *context, uint32_t peer), void *context);

/* Until nothing moves any more, with notices that wait for nobody. */
void world_settle(struct world *world);

void world_verify(struct world *world);

uint64_t world_mix(uint64_t digest, struct slice bytes);

#endif
