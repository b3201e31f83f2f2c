/* hub_thread.c: inputs to steps, steps to effects, effects through the gate. An input is taken
 * only when the largest output of one step would fit wherever it may go, so that a step never
 * waits in its middle. */
#include "server/hub_thread.h"

#include <sys/random.h>

#include "base/check.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/secret.h"
#include "server/sandbox.h"

/* So many commands of one worker are taken before the next worker's. */
enum { COMMANDS_A_TURN = 256, BLOCKED_WAIT_MS = 1 };

static void hook_record(void *context, const struct record *record) {
    struct hub_thread *thread = context;
    mailbox_put(&thread->mailbox->records, 0, record, record->slices, RECORD_SLICES);
}

static void put_event(struct ring *ring, uint32_t tag, struct session_id to,
                      const struct event *event) {
    struct delivery delivery = {.to = to, .event = *event};
    mailbox_put(ring, tag, &delivery, delivery.event.slices, EVENT_SLICES);
}

static void hook_reply(void *context, struct session_id to, const struct event *event) {
    struct hub_thread *thread = context;
    if (thread->alone) return;
    put_event(&thread->mailbox->posts[to.worker].events, POST_REPLY, to, event);
}

static void hook_publish(void *context, uint32_t workers, const struct event *event) {
    struct hub_thread *thread = context;
    for (uint32_t w = 0; w < thread->mailbox->workers; w++)
        if (!thread->alone && (workers >> w & 1))
            put_event(&thread->mailbox->posts[w].events, POST_PUBLISH, (struct session_id){0},
                      event);
}

/* To the one that has the fewest. */
static void hook_prove(void *context, const struct proof *proof) {
    struct hub_thread *thread = context;
    uint32_t to = 0;
    for (uint32_t i = 1; i < PASSWORD_THREADS; i++)
        if (thread->proving[i] < thread->proving[to]) to = i;
    struct proof_post *post = &thread->mailbox->proof_posts[to];
    thread->proving[to]++;
    check(ring_fits(&post->proofs, PROOF_COST_MAX, PROOF_COST_MAX));
    mailbox_put(&post->proofs, 0, proof, proof->slices, PROOF_SLICES);
    if (ring_publish(&post->proofs)) bell_ring(&post->bell);
}

static bool events_have_room(struct mailbox *mailbox) {
    uint64_t largest = mailbox->step_output_max;
    for (uint32_t w = 0; w <= mailbox->workers; w++)
        if (!ring_fits(&mailbox->posts[w].events, largest, largest / 2)) return false;
    return true;
}

static bool hook_room(void *context) {
    struct hub_thread *thread = context;
    return thread->alone || events_have_room(thread->mailbox);
}

bool hub_thread_init(struct hub_thread *thread, struct mailbox *mailbox, struct hub *hub,
                     struct hub_size size, bool gate_open) {
    thread->mailbox = mailbox;
    thread->hub = hub;
    struct gate_hooks hooks = {.context = thread,
                               .record = hook_record,
                               .reply = hook_reply,
                               .publish = hook_publish,
                               .prove = hook_prove,
                               .room = hook_room};
    return gate_init(&thread->gate, size.workers + 1, size.sessions, size.rooms, gate_open, hooks);
}

void hub_thread_deinit(struct hub_thread *thread) {
    gate_deinit(&thread->gate);
}

static bool may_step(struct hub_thread *thread) {
    struct mailbox *mailbox = thread->mailbox;
    return gate_has_room(&thread->gate) && hook_room(thread) &&
           ring_fits(&mailbox->records, mailbox->step_records_max, mailbox->record_max);
}

static uint64_t random_next(struct hub_thread *thread) {
    if (thread->random_count == 0) {
        ssize_t n = getrandom(thread->randoms, sizeof thread->randoms, 0);
        check(n == sizeof thread->randoms);
        thread->random_count = sizeof thread->randoms / sizeof *thread->randoms;
    }
    uint64_t random = thread->randoms[--thread->random_count];
    thread->randoms[thread->random_count] = 0; /* it may be somebody's token */
    return random;
}

static void count_effect(struct hub_thread_counts *counts, const struct effect *effect) {
    if (effect->kind == EFFECT_REPLY && effect->event.kind == EVENT_REFUSED)
        count_add(&counts->refusals[effect->event.refusal], 1);
    if (effect->kind == EFFECT_RECORD && effect->record.kind == RECORD_MESSAGE &&
        effect->record.stored == STORED_MESSAGE)
        count_add(&counts->messages, 1);
}

static void count_hub(struct hub_thread *thread) {
    struct hub_thread_counts *counts = &thread->mailbox->hub_counts;
    struct hub_counts now = hub_count(thread->hub);
    count_set(&counts->people, now.users);
    count_set(&counts->sessions, now.sessions);
    count_set(&counts->rooms, now.rooms);
    count_set(&counts->memberships, now.memberships);
    count_set(&counts->filters, now.filters);
    count_set(&counts->server_rules, now.server_rules);
    count_set(&counts->reports, now.reports);
    count_set(&counts->locked, now.locked);
}

static void note_filters(struct hub_thread *thread) {
    bool filters = hub_count(thread->hub).filters > 0;
    if (filters != atomic_load(&thread->mailbox->filters))
        atomic_store(&thread->mailbox->filters, filters);
}

static void step(struct hub_thread *thread, struct hub_input *input) {
    input->now_ms = clock_wall_ms();
    input->random = random_next(thread);
    input->secret[0] = random_next(thread);
    input->secret[1] = random_next(thread);
    hub_step(thread->hub, input, &thread->effects);
    note_filters(thread); /* before anybody is told */
    for (uint32_t i = 0; i < thread->effects.count; i++) {
        count_effect(&thread->mailbox->hub_counts, &thread->effects.at[i]);
        gate_effect(&thread->gate, &thread->effects.at[i]);
    }
}

/* What was secret in it lies in the ring for nobody to find. */
static void wipe(struct command *command) {
    secret_wipe((void *)(uintptr_t)command->secret.at, command->secret.size);
    if (command->kind == COMMAND_PASSWORD)
        secret_wipe((void *)(uintptr_t)command->text.at, command->text.size);
}

/* True where anything was taken; *blocked where something is left for want of room. */
static bool take_commands(struct hub_thread *thread, struct ring *ring, bool *blocked) {
    bool any = false;
    for (uint32_t i = 0; i < COMMANDS_A_TURN; i++) {
        if (ring_empty(ring)) break;
        if (!may_step(thread)) {
            *blocked = true;
            break;
        }
        uint32_t tag;
        struct command *command = ring_take(ring, &tag);
        if (!command) break;
        struct hub_input input = {.kind = INPUT_COMMAND, .command = command};
        count_add(&thread->mailbox->hub_counts.commands, 1);
        step(thread, &input);
        wipe(command);
        any = true;
    }
    ring_release(ring);
    return any;
}

static bool take_proved(struct hub_thread *thread, uint32_t from, bool *blocked) {
    struct ring *ring = &thread->mailbox->proof_posts[from].proved;
    bool any = false;
    for (uint32_t tag; !ring_empty(ring);) {
        if (!may_step(thread)) {
            *blocked = true;
            break;
        }
        const struct proved *proved = ring_take(ring, &tag);
        if (!proved) break;
        check(thread->proving[from] > 0);
        thread->proving[from]--;
        struct hub_input input = {.kind = INPUT_PROVED, .proved = proved};
        step(thread, &input);
        any = true;
    }
    ring_release(ring);
    return any;
}

static bool take_marks(struct hub_thread *thread) {
    uint32_t tag;
    const struct webhook_mark *mark =
        may_step(thread) ? ring_take(&thread->mailbox->webhook_marks, &tag) : NULL;
    if (!mark) return false;
    struct hub_input input = {.kind = INPUT_WEBHOOK, .webhook = mark};
    step(thread, &input);
    ring_release(&thread->mailbox->webhook_marks);
    return true;
}

static bool take_wishes(struct hub_thread *thread) {
    uint32_t tag;
    void *wish = may_step(thread) ? ring_take(&thread->mailbox->wishes, &tag) : NULL;
    if (!wish) return false;
    static const enum input_kind kinds[] = {[WISH_LIMITS] = INPUT_LIMITS,
                                            [WISH_LOBBY] = INPUT_LOBBY,
                                            [WISH_INVITATION] = INPUT_INVITATION};
    struct hub_input input = {.kind = kinds[tag]};
    if (tag == WISH_LIMITS) {
        input.limits = wish;
    } else {
        struct slice *room = wish;
        input.room_name = room[0];
        input.room_key = room[1];
    }
    step(thread, &input);
    ring_release(&thread->mailbox->wishes);
    return true;
}

static bool take_flushes(struct hub_thread *thread) {
    uint32_t tag;
    bool any = false;
    for (struct flush_note *note; (note = ring_take(&thread->mailbox->flushes, &tag)) != NULL;
         any = true) {
        gate_flushed(&thread->gate, note->records);
        struct hub_input input = {
            .kind = INPUT_CREDIT, .credit = note->credit, .credit_cost = note->credit_cost};
        step(thread, &input);
        ring_release(&thread->mailbox->flushes);
    }
    return any;
}

static void publish(struct mailbox *mailbox) {
    if (ring_publish(&mailbox->records)) bell_ring(&mailbox->store);
    for (uint32_t w = 0; w <= mailbox->workers; w++)
        if (ring_publish(&mailbox->posts[w].events)) bell_ring(&mailbox->posts[w].bell);
}

/* One look at everything. True: there was something to do. */
static bool turn(struct hub_thread *thread, bool *blocked) {
    struct mailbox *mailbox = thread->mailbox;
    thread->alone = atomic_load(&mailbox->stop_hub);
    bool any = take_flushes(thread);
    *blocked = !gate_release(&thread->gate);
    if (!*blocked) {
        any |= take_wishes(thread);
        any |= take_marks(thread);
        for (uint32_t i = 0; i < PASSWORD_THREADS; i++)
            any |= take_proved(thread, i, blocked);
        for (uint32_t w = 0; w <= mailbox->workers; w++)
            any |= take_commands(thread, &mailbox->posts[w].commands, blocked);
    }
    publish(mailbox);
    if (any) count_hub(thread);
    return any;
}

void *hub_thread_run(void *context) {
    struct hub_thread *thread = context;
    struct mailbox *mailbox = thread->mailbox;
    log_attach();
    sandbox_thread();
    for (;;) {
        bool blocked;
        mailbox_beat(mailbox, PULSE_HUB);
        if (turn(thread, &blocked)) continue;
        bell_doze(&mailbox->hub);
        bool any = turn(thread, &blocked);
        if (!any && atomic_load(&mailbox->stop_hub) && thread->gate.flushed == thread->gate.records)
            break;
        if (!any) bell_sleep(&mailbox->hub, blocked ? BLOCKED_WAIT_MS : -1);
        bell_wake(&mailbox->hub);
    }
    hub_verify(thread->hub);
    return NULL;
}
