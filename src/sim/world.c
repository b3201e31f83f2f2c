/* world.c: the parts of a server, put together without threads. */
#include "sim/world.h"

#include <stdlib.h>

#include "base/check.h"

enum {
    COMMANDS_RING_SIZE = 1 << 17,
    EVENTS_RING_SIZE = 1 << 23,
    COMMAND_COST_MAX = 1 << 15, /* bytes: a line, a name, a room */
    EVENT_COST_MAX = 1 << 15,
    DISK_PAGE_ROWS = 8,
    PROOFS_RING_SIZE = 1 << 18, /* PROOFS_MAX of less than 2 KiB each */
};

/* What lies in a worker's ring of events. */
enum { TAG_REPLY, TAG_PUBLISH };

struct mail {
    struct session_id to;
    struct event event;
};

uint64_t world_mix(uint64_t digest, struct slice bytes) {
    return slice_hash(bytes, digest);
}

static void mix(struct world *world, struct slice bytes) {
    world->digest = world_mix(world->digest, bytes);
}

static void mix_number(struct world *world, uint64_t number) {
    mix(world, (struct slice){(const char *)&number, sizeof number});
}

struct hub_limits world_default_limits(void) {
    return (struct hub_limits){.name_size = 32,
                               .whowas_entries = 100,
                               .monitor_entries = 10,
                               .room_name_size = 64,
                               .topic_size = 390,
                               .away_size = 200,
                               .text_size = 65536,
                               .user_rooms = 100,
                               .history_count = 1000,
                               .history = true,
                               .retract = true,
                               .search = true,
                               .accounts = true,
                               .guests = true,
                               .registration = true,
                               .multiclient = true,
                               .names_reserved = true,
                               .login_attempts = 6,
                               .list_entries = 500};
}

void world_init(struct world *world, uint64_t seed) {
    *world = (struct world){.limits = world_default_limits(),
                            .rng.state = seed,
                            .secrets.state = ~seed,
                            .mono_ms = 1000000,
                            .wall_ms = INT64_C(1700000000000),
                            .stopped = true,
                            .effects = malloc(sizeof *world->effects),
                            .names = name_rules_new()};
    check(world->effects != NULL && world->names != NULL);
    rows_init(&world->rows);
}

/* What the hub decided goes to the store, and through the gate to the workers. */

static void on_record(void *context, const struct record *record) {
    rows_put(&((struct world *)context)->rows, record);
}

static void mail_put(struct world_worker *worker, uint32_t tag, struct session_id to,
                     const struct event *event) {
    struct mail mail = {to, *event};
    ring_put(&worker->events, tag, &mail, sizeof mail,
             offsetof(struct mail, event) + offsetof(struct event, slices), EVENT_SLICES);
}

static void on_reply(void *context, struct session_id to, const struct event *event) {
    struct world *world = context;
    struct event changed = *event;
    if (to.worker == WORLD_WORKERS) {
        world->hooks.told(world->hooks.context, event);
        return;
    }
    plant_reply(world, &changed);
    mail_put(&world->workers[to.worker], TAG_REPLY, to, &changed);
    struct session_id other = plant_whispers(world, to, event);
    if (other.generation != 0) mail_put(&world->workers[to.worker], TAG_REPLY, other, event);
}

void world_publish(struct world *world, uint32_t workers, const struct event *event) {
    for (uint16_t w = 0; w < WORLD_WORKERS; w++)
        if (workers >> w & 1)
            mail_put(&world->workers[w], TAG_PUBLISH, (struct session_id){0}, event);
    if (workers >> WORLD_WORKERS & 1) world->hooks.told(world->hooks.context, event);
}

static void on_publish(void *context, uint32_t workers, const struct event *event) {
    struct world *world = context;
    if (world->plant == PLANT_ORDER)
        plant_publish(world, workers, event);
    else
        world_publish(world, workers, event);
}

static bool events_have_room(struct world *world, uint64_t size) {
    for (uint16_t w = 0; w < WORLD_WORKERS; w++)
        if (!ring_fits(&world->workers[w].events, size, EVENT_COST_MAX)) return false;
    return true;
}

static bool on_room(void *context) {
    return events_have_room(context, EVENT_COST_MAX);
}

static void on_prove(void *context, const struct proof *proof) {
    struct world *world = context;
    ring_put(&world->proofs, 0, proof, sizeof *proof, offsetof(struct proof, slices), PROOF_SLICES);
}

/* What the sessions want of their worker. */

static bool on_can_give(void *context) {
    struct world_worker *worker = context;
    return !worker->busy && ring_fits(&worker->commands, COMMAND_COST_MAX, COMMAND_COST_MAX);
}

static void on_give(void *context, const struct command *command) {
    struct world_worker *worker = context;
    struct command given = *command;
    struct world_hooks *hooks = &worker->world->hooks;
    if (hooks->gives) hooks->gives(hooks->context, &given);
    ring_put(&worker->commands, 0, &given, sizeof given, offsetof(struct command, slices),
             COMMAND_SLICES);
}

static void on_ask(void *context, const struct query *query) {
    struct world_worker *worker = context;
    if (worker->query_count == worker->query_cap) {
        worker->query_cap = worker->query_cap * 2 + 8;
        worker->queries = realloc(worker->queries, worker->query_cap * sizeof *worker->queries);
        check(worker->queries != NULL);
    }
    worker->queries[worker->query_count++] = *query;
}

static struct peer *peer_of(struct world_worker *worker, uint32_t slot) {
    return &worker->world->peers[sessions_at(&worker->sessions, slot)->fd];
}

/* Who did not read her last words in this time, is cut off as well. */
enum { CLOSING_MS = 10000 };

static void on_closed(void *context, uint32_t slot) {
    struct world_worker *worker = context;
    const struct session *session = sessions_at(&worker->sessions, slot);
    struct peer *peer = peer_of(worker, slot);
    bool late = worker->sessions.now_ms >= session->opened_ms + CLOSING_MS;
    peer->open = false;
    peer->cut |= session->state == SESSION_GONE && session->outbox.size > 0 && late;
}

static void on_cut(void *context, uint32_t slot, const char *why, uint64_t bytes) {
    (void)why, (void)bytes;
    peer_of(context, slot)->cut = true;
}

/* Start and end. */

static void workers_start(struct world *world) {
    for (uint16_t w = 0; w < WORLD_WORKERS; w++) {
        struct world_worker *worker = &world->workers[w];
        struct sessions_hooks hooks = {.context = worker,
                                       .can_give = on_can_give,
                                       .give = on_give,
                                       .ask = on_ask,
                                       .closed = on_closed,
                                       .cut = on_cut};
        worker->world = world;
        worker->busy = false;
        worker->query_count = 0;
        check(ring_init(&worker->commands, COMMANDS_RING_SIZE));
        check(ring_init(&worker->events, EVENTS_RING_SIZE));
        check(sessions_init(&worker->sessions, w, WORLD_SESSIONS, WORLD_ROOMS,
                            world->session_limits, world->names, hooks, world->mono_ms));
    }
}

static void workers_stop(struct world *world) {
    for (uint16_t w = 0; w < WORLD_WORKERS; w++) {
        sessions_deinit(&world->workers[w].sessions);
        ring_deinit(&world->workers[w].commands);
        ring_deinit(&world->workers[w].events);
    }
}

bool world_start(struct world *world) {
    check(world->stopped);
    struct hub_size size = {WORLD_WORKERS + 1, WORLD_SESSIONS, WORLD_ROOMS, WORLD_CLIENT_IDS};
    struct gate_hooks hooks = {.context = world,
                               .record = on_record,
                               .reply = on_reply,
                               .publish = on_publish,
                               .prove = on_prove,
                               .room = on_room};
    bool first = world->rows.flushed == 0;
    world->hub = hub_new(size, world->limits, rng_next(&world->rng));
    check(world->hub != NULL);
    if (!rows_load(&world->rows, world->hub)) return false;
    bool same = hub_digest(world->hub) == world->rows.flushed_digest;
    if (!first && !same && !plant_changes_hub(world->rows.plant)) return false;
    check(gate_init(&world->gate, WORLD_WORKERS + 1, WORLD_SESSIONS, WORLD_ROOMS,
                    world->plant == PLANT_GATE, hooks));
    world->gate_base = world->rows.flushed;
    check(ring_init(&world->proofs, PROOFS_RING_SIZE));
    workers_start(world);
    world->stopped = false;
    struct slice lobby = slice_of("lobby");
    world_input(world,
                (struct hub_input){.kind = INPUT_LOBBY, .room_name = lobby, .room_key = lobby});
    return true;
}

void world_crash(struct world *world) {
    if (world->stopped) return;
    rows_crash(&world->rows);
    workers_stop(world);
    ring_deinit(&world->proofs);
    gate_deinit(&world->gate);
    hub_free(world->hub);
    free(world->swapped);
    world->swapped = NULL;
    world->hub = NULL;
    world->stopped = true;
    for (uint32_t i = 0; i < world->peer_count; i++)
        world->peers[i].open = false;
}

void world_deinit(struct world *world) {
    world_crash(world);
    for (uint16_t w = 0; w < WORLD_WORKERS; w++)
        free(world->workers[w].queries);
    for (uint32_t i = 0; i < world->peer_count; i++)
        free(world->peers[i].bytes);
    hub_free(world->hub);
    free(world->peers);
    free(world->effects);
    name_rules_free(world->names);
    rows_deinit(&world->rows);
}

/* Connections. */

uint32_t world_connect(struct world *world, uint16_t worker, struct address address,
                       const struct manner *manner, bool exempt) {
    if (world->peer_count == world->peer_cap) {
        world->peer_cap = world->peer_cap * 2 + 16;
        world->peers = realloc(world->peers, world->peer_cap * sizeof *world->peers);
        check(world->peers != NULL);
    }
    struct sessions *sessions = &world->workers[worker].sessions;
    uint32_t peer = world->peer_count;
    world->peers[peer] = (struct peer){.open = true};
    sessions->now_ms = world->mono_ms;
    uint32_t slot = sessions_open(sessions, (int)peer, address, manner, NULL, exempt);
    if (slot == SESSIONS_NONE) return UINT32_MAX;
    world->peer_count++;
    world->peers[peer].id =
        (struct session_id){slot, sessions_at(sessions, slot)->generation, worker};
    return peer;
}

static struct sessions *sessions_of(struct world *world, uint32_t peer) {
    check(peer < world->peer_count && world->peers[peer].open);
    return &world->workers[world->peers[peer].id.worker].sessions;
}

bool world_may_hear(struct world *world, uint32_t peer) {
    if (!world->peers[peer].open) return false;
    return sessions_may_read(sessions_of(world, peer), world->peers[peer].id.slot);
}

void world_hear(struct world *world, uint32_t peer, struct slice bytes) {
    struct sessions *sessions = sessions_of(world, peer);
    uint32_t slot = world->peers[peer].id.slot;
    struct slice before = sessions_pending(sessions, slot);
    char *joined = malloc(before.size + bytes.size + 1);
    check(joined != NULL);
    if (before.size > 0) memcpy(joined, before.at, before.size);
    memcpy(joined + before.size, bytes.at, bytes.size);
    sessions_input(sessions, slot, joined, before.size + bytes.size);
    free(joined);
}

void world_hear_end(struct world *world, uint32_t peer) {
    sessions_input_end(sessions_of(world, peer), world->peers[peer].id.slot);
}

void world_lose(struct world *world, uint32_t peer) {
    sessions_broken(sessions_of(world, peer), world->peers[peer].id.slot);
}

/* The hub. */

static void mix_effect(struct world *world, const struct effect *effect) {
    mix_number(world, (uint64_t)effect->kind << 32 | effect->room_row);
    mix_number(world, (uint64_t)effect->session.slot << 32 | effect->session.generation);
    world->effect_count++;
    if (effect->kind == EFFECT_RECORD) {
        mix_number(world, (uint64_t)effect->record.kind);
        mix_number(world, effect->record.seq);
        for (int i = 0; i < RECORD_SLICES; i++)
            mix(world, effect->record.slices[i]);
        return;
    }
    if (effect->kind == EFFECT_PROVE) {
        mix_number(world, effect->proof.ticket);
        for (int i = 0; i < PROOF_SLICES; i++)
            mix(world, effect->proof.slices[i]);
        return;
    }
    mix_number(world, (uint64_t)effect->event.kind << 32 | effect->workers);
    mix_number(world, effect->event.seq);
    for (int i = 0; i < EVENT_SLICES; i++)
        mix(world, effect->event.slices[i]);
}

void world_input(struct world *world, struct hub_input input) {
    input.now_ms = world->wall_ms;
    input.random = rng_next(&world->rng);
    input.secret[0] = rng_next(&world->secrets);
    input.secret[1] = rng_next(&world->secrets);
    if (world->hooks.before) world->hooks.before(world->hooks.context, &input);
    hub_step(world->hub, &input, world->effects);
    for (uint32_t i = 0; i < world->effects->count; i++) {
        mix_effect(world, &world->effects->at[i]);
        gate_effect(&world->gate, &world->effects->at[i]);
    }
    if (world->hooks.after) world->hooks.after(world->hooks.context, &input, world->effects);
}

bool world_step_hub(struct world *world, uint16_t worker) {
    struct ring *commands = &world->workers[worker].commands;
    uint32_t tag;
    if (!gate_release(&world->gate) || !gate_has_room(&world->gate)) return false;
    if (!events_have_room(world, GATE_STEP_MAX)) return false;
    ring_publish(commands);
    const struct command *command = ring_take(commands, &tag);
    if (!command) return false;
    world_input(world, (struct hub_input){.kind = INPUT_COMMAND, .command = command});
    ring_release(commands);
    return true;
}

/* A password's verifier is the password behind this word: the simulator has no time to lose. */
static const struct slice plain = {"plain:", 6};

static bool proof_holds(const struct proof *proof) {
    return slice_starts(proof->verifier, plain) &&
           slice_equal(slice_from(proof->verifier, plain.size), proof->secret);
}

bool world_step_prover(struct world *world) {
    char memory[VERIFIER_SIZE_MAX];
    struct buf verifier;
    uint32_t tag;
    if (!gate_release(&world->gate) || !gate_has_room(&world->gate)) return false;
    if (!events_have_room(world, GATE_STEP_MAX)) return false;
    ring_publish(&world->proofs);
    const struct proof *proof = ring_take(&world->proofs, &tag);
    if (!proof) return false;
    struct proved proved = {.ticket = proof->ticket,
                            .ok = proof->kind == PROOF_MAKE || proof_holds(proof)};
    buf_init(&verifier, memory, sizeof memory);
    buf_put(&verifier, plain);
    buf_put(&verifier, proof->kind == PROOF_CHANGE ? proof->fresh : proof->secret);
    proved.ok = proved.ok && buf_ok(&verifier);
    if (proof->kind != PROOF_CHECK && proved.ok) proved.verifier = buf_slice(&verifier);
    world_input(world, (struct hub_input){.kind = INPUT_PROVED, .proved = &proved});
    ring_release(&world->proofs);
    return true;
}

bool world_step_worker(struct world *world, uint16_t worker) {
    struct world_worker *own = &world->workers[worker];
    uint32_t tag;
    ring_publish(&own->events);
    const struct mail *mail = ring_take(&own->events, &tag);
    if (!mail) return false;
    own->sessions.now_ms = world->mono_ms;
    if (tag == TAG_REPLY)
        sessions_reply(&own->sessions, mail->to, &mail->event);
    else
        sessions_publish(&own->sessions, &mail->event);
    ring_release(&own->events);
    return true;
}

struct reading {
    struct sessions *sessions;
    struct session_id to;
};

static void on_past(void *context, const struct event *past) {
    struct reading *reading = context;
    sessions_past(reading->sessions, reading->to, past);
}

bool world_step_reader(struct world *world, uint16_t worker, uint32_t most) {
    struct world_worker *own = &world->workers[worker];
    if (own->query_count == 0) return false;
    struct query query = own->queries[0];
    struct reading reading = {&own->sessions, query.session};
    struct query_end end;
    own->query_count--;
    memmove(own->queries, own->queries + 1, own->query_count * sizeof *own->queries);
    if (world->hooks.reads) world->hooks.reads(world->hooks.context, &query);
    rows_read(&world->rows, &query, most, on_past, &reading, &end);
    sessions_past_end(&own->sessions, &end);
    return true;
}

bool world_close_batch(struct world *world) {
    if (world->rows.batch > world->rows.flushed) return false;
    if (world->rows.count == world->rows.batch) return false;
    rows_close_batch(&world->rows, hub_digest(world->hub));
    return true;
}

bool world_flush(struct world *world) {
    if (world->rows.batch == world->rows.flushed) return false;
    rows_flush(&world->rows);
    gate_flushed(&world->gate, world->rows.flushed - world->gate_base);
    gate_release(&world->gate);
    return true;
}

/* Outboxes. */

static void peer_get(struct world *world, struct peer *peer, struct slice bytes) {
    if (peer->size + bytes.size > peer->cap) {
        peer->cap = peer->size + bytes.size + peer->cap / 2 + 512;
        peer->bytes = realloc(peer->bytes, peer->cap);
        check(peer->bytes != NULL);
    }
    memcpy(peer->bytes + peer->size, bytes.at, bytes.size);
    peer->size += bytes.size;
    mix(world, bytes);
    world->byte_count += bytes.size;
}

static void drain(struct world *world, struct world_worker *worker, uint32_t slot, uint64_t most) {
    struct session *session = sessions_at(&worker->sessions, slot);
    struct peer *peer = &world->peers[session->fd];
    while (session->outbox.size > 0 && most > 0) {
        const struct outbox_ref *ref = session->outbox.first;
        uint64_t size = ref->size < most ? ref->size : most;
        peer_get(world, peer, (struct slice){ref->blob->bytes + ref->at, size});
        outbox_sent(&worker->sessions.refs, &session->outbox, size);
        most -= size;
    }
}

void world_turn(struct world *world, uint16_t worker, uint64_t notices_ms,
                uint64_t (*takes)(void *context, uint32_t peer), void *context) {
    struct world_worker *own = &world->workers[worker];
    struct sessions *sessions = &own->sessions;
    sessions->now_ms = world->mono_ms;
    if (!own->busy) sessions_unstall(sessions);
    sessions_deadlines(sessions);
    roster_flush(&sessions->roster, notices_ms);
    uint32_t slots[WORLD_SESSIONS], count = sessions->dirty_count;
    check(count <= WORLD_SESSIONS);
    memcpy(slots, sessions->dirty, count * sizeof *slots);
    sessions->dirty_count = 0;
    for (uint32_t i = 0; i < count; i++)
        sessions_at(sessions, slots[i])->dirty = false;
    for (uint32_t i = 0; i < count; i++) {
        struct session *session = sessions_at(sessions, slots[i]);
        if (session->state == SESSION_FREE || session->state == SESSION_GONE) continue;
        plant_turn(world, own, slots[i]);
        drain(world, own, slots[i], takes(context, (uint32_t)session->fd));
        bool more = session->outbox.size > 0; /* the socket says later that it takes more */
        uint16_t generation = session->generation;
        sessions_drained(sessions, slots[i]);
        if (more && session->generation == generation && session->state != SESSION_FREE)
            session_mark(sessions, slots[i]);
    }
}

static uint64_t takes_all(void *context, uint32_t peer) {
    (void)context, (void)peer;
    return UINT64_MAX;
}

void world_settle(struct world *world) {
    for (bool moved = true; moved;) {
        moved = world_step_prover(world);
        for (uint16_t w = 0; w < WORLD_WORKERS; w++) {
            while (world_step_hub(world, w))
                moved = true;
            moved |= world_close_batch(world);
            moved |= world_flush(world);
            while (world_step_worker(world, w))
                moved = true;
            moved |= world_step_reader(world, w, DISK_PAGE_ROWS);
            world_turn(world, w, UINT64_MAX, takes_all, NULL);
            moved |= world->workers[w].sessions.dirty_count > 0;
        }
    }
}

void world_verify(struct world *world) {
    hub_verify(world->hub);
    for (uint16_t w = 0; w < WORLD_WORKERS; w++)
        roster_verify(&world->workers[w].sessions.roster);
}
