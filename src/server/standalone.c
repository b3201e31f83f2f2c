/* standalone.c: command, step, flush, answer, until the errand is over. */
#include "server/standalone.h"

#include <stdlib.h>
#include <sys/random.h>
#include <unistd.h>

#include "base/check.h"
#include "base/clock.h"
#include "server/data.h"
#include "server/derive.h"
#include "server/passwords.h"

enum { EXIT_DISK_FAILED = 74 };

struct standalone {
    struct data data;
    struct errand errand;
    struct errand_place place;
    const struct command *given; /* not yet stepped */
    struct event refused;        /* the answer to what was sent; EVENT_NONE: there is none */
    uint64_t cost;               /* of the last record */
    struct store_error error;    /* of the disk, once it failed */
    int failed;
    void (*say)(void *context, enum answer_kind kind, struct slice bytes);
    void *context;
    struct prover prover;
    struct effects effects;
};

static void hook_give(void *context, const struct command *command) {
    ((struct standalone *)context)->given = command;
}

static void hook_say(void *context, enum answer_kind kind, struct slice bytes) {
    struct standalone *alone = context;
    alone->say(alone->context, kind, bytes);
}

/* Into the batch, which is flushed where `flush`. */
static void put_records(struct standalone *alone, bool flush) {
    for (uint32_t i = 0; i < alone->effects.count && !alone->failed; i++) {
        const struct effect *effect = &alone->effects.at[i];
        if (effect->kind != EFFECT_RECORD) continue;
        alone->failed = store_put(alone->data.store, &effect->record, &alone->error);
        alone->cost = effect->record.cost;
    }
    if (!alone->failed && flush) alone->failed = store_commit(alone->data.store, &alone->error);
    if (!alone->failed && store_needs_idle(alone->data.store))
        alone->failed = store_idle(alone->data.store, &alone->error);
}

static void step(struct standalone *alone, struct hub_input *input, bool flush) {
    input->now_ms = clock_wall_ms();
    ssize_t n = getrandom(&input->random, sizeof input->random, 0);
    check(n == sizeof input->random);
    n = getrandom(input->secret, sizeof input->secret, 0);
    check(n == sizeof input->secret);
    hub_step(alone->data.hub, input, &alone->effects);
    put_records(alone, flush);
}

static void give_answers(struct standalone *alone) {
    for (uint32_t i = 0; i < alone->effects.count; i++) {
        const struct effect *effect = &alone->effects.at[i];
        if (effect->kind == EFFECT_REPLY) errand_event(&alone->errand, &effect->event);
    }
}

/* There is nobody whom it could keep waiting: a password is hashed here. */
static void answer_proof(struct standalone *alone) {
    struct proved proved = {0};
    for (uint32_t i = 0; i < alone->effects.count && !alone->failed; i++)
        if (alone->effects.at[i].kind == EFFECT_PROVE)
            prover_answer(&alone->prover, &alone->effects.at[i].proof, &proved);
    if (proved.ticket == 0) return;
    struct hub_input input = {.kind = INPUT_PROVED, .proved = &proved};
    step(alone, &input, true);
    if (!alone->failed) give_answers(alone);
}

static void step_command(struct standalone *alone, struct command command, bool flush) {
    struct hub_input credit = {
        .kind = INPUT_CREDIT, .credit = store_room(alone->data.store), .credit_cost = alone->cost};
    struct hub_input input = {.kind = INPUT_COMMAND, .command = &command};
    command.session = (struct session_id){.slot = 0, .generation = 1, .worker = 1};
    step(alone, &credit, false);
    step(alone, &input, flush);
}

/* Not within the errand's turn: the hub's refusal comes after it. */
static bool hook_send(void *context, const struct command *command) {
    struct standalone *alone = context;
    if (alone->failed || alone->refused.kind != EVENT_NONE) return false;
    step_command(alone, *command, false);
    for (uint32_t i = 0; i < alone->effects.count; i++) {
        const struct effect *effect = &alone->effects.at[i];
        if (effect->kind != EFFECT_REPLY || effect->event.kind != EVENT_REFUSED) continue;
        alone->refused = (struct event){.kind = EVENT_REFUSED,
                                        .refusal = effect->event.refusal,
                                        .number = effect->event.number};
    }
    return true;
}

/* What the errand gave last. */
static void answer(struct standalone *alone) {
    struct command command = *alone->given;
    alone->given = NULL;
    step_command(alone, command, true);
    if (!alone->failed) give_answers(alone);
    answer_proof(alone);
}

static void turn(struct standalone *alone) {
    struct event refused = alone->refused;
    alone->refused = (struct event){0};
    if (refused.kind != EVENT_NONE)
        errand_event(&alone->errand, &refused);
    else if (alone->given)
        answer(alone);
    else
        errand_turn(&alone->errand);
}

/* What the errand left for quiet moments: there is one now. */
static void tidy(struct standalone *alone) {
    do {
        alone->failed = store_idle(alone->data.store, &alone->error);
    } while (!alone->failed && store_idle_again(alone->data.store));
}

static void run(struct standalone *alone, struct slice request, int fd) {
    errand_begin(&alone->errand, &alone->place, request, fd);
    while (!alone->errand.over && !alone->failed)
        turn(alone);
    if (!alone->failed) tidy(alone);
    if (alone->failed) hook_say(alone, ANSWER_ERROR, slice_text(alone->error.text));
}

int standalone_run(const struct config *config, struct slice request, int fd, bool *running,
                   void (*say)(void *context, enum answer_kind kind, struct slice bytes),
                   void *context) {
    static struct standalone alone;
    struct hub_size size = {
        .workers = 1, .sessions = CONTROLS_MAX, .rooms = ROOMS_MAX, .client_ids = 1024};
    char why[512];
    alone = (struct standalone){.say = say, .context = context};
    alone.place = (struct errand_place){.context = &alone,
                                        .give = hook_give,
                                        .send = hook_send,
                                        .say = hook_say,
                                        .store = derive_store_options(config),
                                        .limits = derive_hub_limits(config)};
    int code = data_open(&alone.data, config, size, why);
    *running = alone.data.running;
    if (code == 0 && !passwords_init()) code = EXIT_FAILURE;
    if (code == 0) {
        prover_init(&alone.prover, config->accounts.password_cost, config->accounts.scram);
        run(&alone, request, fd);
        code = alone.failed ? EXIT_DISK_FAILED : alone.errand.code;
        errand_end(&alone.errand);
    } else if (!*running) {
        say(context, ANSWER_ERROR, slice_text(why));
    }
    data_close(&alone.data);
    return code;
}
