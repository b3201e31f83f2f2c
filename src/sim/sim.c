/* sim.c: decides what happens next, out of a seed. Each seed is run twice: both runs must be the
 * same, byte for byte. */
#include "sim/sim.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "base/secret.h"
#include "sim/browsers.h"
#include "sim/clients.h"
#include "sim/script.h"

enum {
    EXIT_FAULT = 1,
    EXIT_USAGE = 64,
    STEPS = 20000,
    VERIFY_EVERY = 64,
    FINISH_TURNS = 400,
    PACE_MAX = 1000000
};

struct sim {
    uint64_t seed;
    uint64_t steps;
    uint64_t pace; /* clocks go so many times faster than in a busy second */
    enum plant plant;
    bool verbose;
    struct rng rng;
    struct world world;
    struct oracle oracle;
    struct clients clients;
    struct script script;
    struct browsers browsers;
    uint64_t step, crashes;
    uint64_t begin_ms; /* monotonic */
    uint32_t crash_in; /* one step in so many crashes; 0: none */
    uint32_t full_in;  /* one step in so many changes the disk's room; 0: none */
};

static void on_before(void *context, const struct hub_input *input) {
    oracle_before(&((struct sim *)context)->oracle, input);
}

/* --verbose: each step of the hub, as numbers of chat/command.h, event.h and record.h. */
static void say_effects(const struct sim *sim, const struct hub_input *input,
                        const struct effects *effects) {
    const struct command *c = input->command;
    if (c)
        fprintf(stderr,
                "%" PRIu64 " command %d of %u.%u in %u '%.*s' '%.*s' #%u '%.*s':", sim->step,
                (int)c->kind, c->session.worker, c->session.slot, c->room_id.v, (int)c->room.size,
                c->room.at, (int)c->name.size, c->name.at, (unsigned)c->target, (int)c->text.size,
                c->text.at);
    for (uint32_t i = 0; i < effects->count; i++) {
        const struct effect *effect = &effects->at[i];
        bool record = effect->kind == EFFECT_RECORD;
        if (effect->kind == EFFECT_PROVE) continue;
        fprintf(stderr, " %s%d",
                record                           ? "+"
                : effect->kind == EFFECT_PUBLISH ? "#"
                                                 : "",
                record ? (int)effect->record.kind : (int)effect->event.kind);
    }
    fputc('\n', stderr);
}

static void on_after(void *context, const struct hub_input *input, const struct effects *effects) {
    struct sim *sim = context;
    if (sim->verbose && !sim->oracle.failed) say_effects(sim, input, effects);
    oracle_after(&sim->oracle, input, effects);
}

static void on_told(void *context, const struct event *event) {
    script_told(&((struct sim *)context)->script, event);
}

static void on_reads(void *context, const struct query *query) {
    oracle_reads(&((struct sim *)context)->oracle, query);
}

static uint32_t below(struct sim *sim, uint32_t n) {
    return rng_below(&sim->rng, n);
}

/* The line dialect has no word for a page before, after or around a message; others do. */
static void on_gives(void *context, struct command *command) {
    struct sim *sim = context;
    const struct chat_room *room = oracle_room(&sim->oracle, command->room_id.v);
    if (command->kind != COMMAND_HISTORY || !room || below(sim, 3) == 0) return;
    uint32_t most = (uint32_t)room->seq + 3, kind = below(sim, 4);
    if (kind != 1) command->before = 1 + below(sim, most);
    if (kind == 1 || kind == 2) command->after = 1 + below(sim, most);
    if (kind == 3) command->flags |= COMMAND_AROUND;
}

static bool count_rooms(struct sim *sim) {
    uint32_t rooms = 0;
    for (uint32_t i = 0; i < sim->oracle.room_count; i++)
        rooms += !sim->oracle.rooms[i].gone;
    if (hub_count(sim->world.hub).rooms == rooms) return true;
    return oracle_fail(&sim->oracle, "%u rooms instead of %u", hub_count(sim->world.hub).rooms,
                       rooms);
}

static bool start(struct sim *sim) {
    if (!world_start(&sim->world))
        return oracle_fail(&sim->oracle, "what was loaded is not what was stored");
    return count_rooms(sim);
}

static void crash(struct sim *sim) {
    if (sim->verbose) fprintf(stderr, "%" PRIu64 " crash\n", sim->step);
    clients_crashed(&sim->clients);
    browsers_crashed(&sim->browsers);
    world_crash(&sim->world);
    oracle_crashed(&sim->oracle);
    script_crashed(&sim->script);
    sim->crashes++;
    start(sim);
}

static void change_room_on_disk(struct sim *sim) {
    static const uint64_t rooms[] = {0, 40000, 4000000};
    uint64_t credit = below(sim, 3) == 0 ? rooms[below(sim, 3)] : INT64_MAX;
    if (!gate_release(&sim->world.gate)) return;
    world_input(&sim->world, (struct hub_input){.kind = INPUT_CREDIT,
                                                .credit = credit,
                                                .credit_cost = sim->oracle.cost});
}

static void move_clocks(struct sim *sim) {
    uint64_t ms = below(sim, 30) * sim->pace;
    sim->world.mono_ms += ms;
    sim->world.wall_ms += (int64_t)ms;
    if (below(sim, 20) == 0) sim->world.wall_ms += below(sim, 5000);
    int64_t back_ms = sim->clients.timeless ? 3600000 : 0;
    if (below(sim, 200) == 0) sim->world.wall_ms += (int64_t)below(sim, 7200000) - back_ms;
    if (below(sim, 500) == 0) sim->world.mono_ms += below(sim, 5000);
}

static void move_worker(struct sim *sim) {
    uint16_t worker = (uint16_t)below(sim, WORLD_WORKERS);
    for (uint32_t i = below(sim, 16); i > 0; i--)
        world_step_worker(&sim->world, worker);
    if (below(sim, 3) == 0) world_step_reader(&sim->world, worker, 1 + below(sim, 6));
    bool *busy = &sim->world.workers[worker].busy;
    *busy = *busy ? below(sim, 4) > 0 : below(sim, 60) == 0;
    if (below(sim, 2) == 0) return;
    world_turn(&sim->world, worker, sim->world.mono_ms, clients_takes, &sim->clients);
    clients_read(&sim->clients);
    browsers_read(&sim->browsers);
}

static void step(struct sim *sim) {
    uint32_t dice = below(sim, 100);
    if (sim->crash_in > 0 && below(sim, sim->crash_in) == 0) {
        crash(sim);
    } else if (sim->full_in > 0 && below(sim, sim->full_in) == 0) {
        change_room_on_disk(sim);
    } else if (dice < 40) {
        clients_step(&sim->clients);
    } else if (dice < 60) {
        for (uint32_t i = below(sim, 8); i > 0; i--)
            world_step_hub(&sim->world, (uint16_t)below(sim, WORLD_WORKERS));
        world_step_prover(&sim->world);
    } else if (dice < 63) {
        script_step(&sim->script);
    } else if (dice < 65) {
        browsers_step(&sim->browsers);
    } else if (dice < 69) {
        world_close_batch(&sim->world);
    } else if (dice < 75) {
        world_flush(&sim->world);
    } else if (dice < 80) {
        move_clocks(sim);
    } else {
        move_worker(sim);
    }
}

/* Everybody finishes what she typed and reads all there is; then everybody goes. */
static void finish(struct sim *sim) {
    struct world *world = &sim->world;
    for (uint16_t w = 0; w < WORLD_WORKERS; w++)
        world->workers[w].busy = false;
    bool more = true;
    for (uint32_t i = 0; i < FINISH_TURNS && !sim->oracle.failed; i++) {
        more = clients_finish(&sim->clients);
        world->mono_ms += 500;
        world_settle(world);
        clients_read(&sim->clients);
        browsers_read(&sim->browsers);
    }
    if (more) oracle_fail(&sim->oracle, "somebody is never heard");
    oracle_end(&sim->oracle);
    clients_leave(&sim->clients);
    browsers_leave(&sim->browsers);
    world_settle(world);
    clients_read(&sim->clients);
    browsers_read(&sim->browsers);
    world_verify(world);
    uint32_t left = hub_count(world->hub).sessions;
    if (oracle_seat(&sim->oracle, sim->script.id)) left--;
    for (uint16_t w = 0; w < WORLD_WORKERS; w++)
        left += world->workers[w].sessions.count;
    if (left > 0) oracle_fail(&sim->oracle, "%u people or connections never go", left);
}

/* A run's parts are drawn from its seed too: how throttled, how often the disk fails. */
static void prepare(struct sim *sim) {
    struct world *world = &sim->world;
    sim->rng.state = sim->seed;
    sim->crashes = 0;
    world_init(world, rng_next(&sim->rng));
    sim->begin_ms = world->mono_ms;
    world->plant = world->rows.plant = sim->plant;
    world->hooks = (struct world_hooks){.context = sim,
                                        .before = on_before,
                                        .after = on_after,
                                        .gives = on_gives,
                                        .reads = on_reads,
                                        .told = on_told};
    world->session_limits = (struct session_limits){.outbox_soft_bytes = 6000,
                                                    .outbox_hard_bytes = 16000,
                                                    .outbox_soft_ms = 2000,
                                                    .registration_ms = 30000,
                                                    .throttle_line_ms = 20,
                                                    .throttle_burst_ms = 400};
    struct hub_oper *root = &world->limits.opers[world->limits.oper_count++];
    root->name_size = 4;
    root->powers = POWER_ALL;
    memcpy(root->name, "root", root->name_size);
    secret_hash(slice_of("pw-root"), root->hash);
    sim->crash_in = below(sim, 3) == 0 && !plant_needs_crash(sim->plant) ? 0
                    : below(sim, 2) == 0                                 ? 2000
                                                                         : 5000;
    sim->full_in = below(sim, 2) == 0 ? 0 : 400;
    oracle_init(&sim->oracle, world);
    clients_init(&sim->clients, world, &sim->oracle, rng_next(&sim->rng));
    script_init(&sim->script, world, &sim->oracle, rng_next(&sim->rng));
    browsers_init(&sim->browsers, world, &sim->oracle, rng_next(&sim->rng));
    sim->clients.exempt = below(sim, 2) == 0;
    sim->clients.timeless = below(sim, 2) == 0;
}

/* True: no fault. */
static bool run(struct sim *sim) {
    prepare(sim);
    start(sim);
    for (sim->step = 0; sim->step < sim->steps && !sim->oracle.failed; sim->step++) {
        step(sim);
        if (sim->oracle.failed || sim->step % VERIFY_EVERY != 0) continue;
        world_verify(&sim->world);
        count_rooms(sim);
    }
    if (!sim->oracle.failed) finish(sim);
    if (sim->oracle.failed)
        printf("seed %" PRIu64 ": step %" PRIu64 ": %s\n", sim->seed, sim->step, sim->oracle.fault);
    return !sim->oracle.failed;
}

static void end(struct sim *sim) {
    world_deinit(&sim->world);
    oracle_deinit(&sim->oracle);
}

static bool run_twice(struct sim *sim) {
    uint64_t digest = 0;
    bool fine = run(sim);
    digest = sim->world.digest;
    end(sim);
    if (!fine) return false;
    fine = run(sim);
    if (fine && sim->world.digest != digest) {
        printf("seed %" PRIu64 ": the second run is another one: %016" PRIx64 " and %016" PRIx64
               "\n",
               sim->seed, digest, sim->world.digest);
        fine = false;
    }
    if (fine)
        printf("seed %" PRIu64 ": %" PRIu64 " steps, %" PRIu64 " messages, %" PRIu64
               " deliveries, %" PRIu64 " events by JSON, %" PRIu64 " refusals, %" PRIu64
               " crashes, %.1f hours, digest %016" PRIx64 ": ok\n",
               sim->seed, sim->steps, sim->oracle.messages, sim->oracle.deliveries,
               sim->browsers.checked, sim->oracle.refusals, sim->crashes,
               (double)(sim->world.mono_ms - sim->begin_ms) / 3600000, digest);
    end(sim);
    return fine;
}

static int usage(FILE *to, int result) {
    fputs("usage: parlance sim SEED [--steps N] [--pace N] [--plant FAULT] [--verbose]\n\n"
          "Runs a server and its clients in one thread, driven by the number SEED, twice, and\n"
          "checks everything that anybody sees. With --pace clocks go N times faster. --plant\n"
          "breaks the server on purpose, to show that it would be found: gate order once roster\n"
          "load seam edit removal ban role read ids private direct resume.\n",
          to);
    return result;
}

int sim_main(int argc, char **argv) {
    struct sim *sim = calloc(1, sizeof *sim);
    bool wrong = false, help = false, seeded = false;
    check(sim != NULL);
    sim->steps = STEPS;
    sim->pace = 1;
    for (int i = 1; i < argc && !wrong; i++) {
        const char *next = i + 1 < argc ? argv[i + 1] : "";
        if (i == 1 && slice_number(slice_text(argv[1]), INT64_MAX, &sim->seed))
            seeded = true;
        else if (strcmp(argv[i], "--help") == 0)
            help = true;
        else if (strcmp(argv[i], "--verbose") == 0)
            sim->verbose = true;
        else if (strcmp(argv[i], "--steps") == 0 && ++i > 0)
            wrong = !slice_number(slice_text(next), INT64_MAX, &sim->steps);
        else if (strcmp(argv[i], "--pace") == 0 && ++i > 0)
            wrong = !slice_number(slice_text(next), PACE_MAX, &sim->pace);
        else if (strcmp(argv[i], "--plant") == 0 && ++i > 0)
            wrong = (sim->plant = plant_called(next)) == PLANT_NOTHING;
        else
            wrong = true;
    }
    int result = EXIT_USAGE;
    if (help)
        result = usage(stdout, 0);
    else if (wrong || !seeded)
        result = usage(stderr, EXIT_USAGE);
    else
        result = run_twice(sim) ? 0 : EXIT_FAULT;
    free(sim);
    return result;
}
