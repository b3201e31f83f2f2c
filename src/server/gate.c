/* gate.c: what waits, in the order in which it was decided. */
#include "server/gate.h"

#include <stdlib.h>

#include "base/check.h"
#include "base/need.h"
#include "base/table.h"

/* An effect that waits; the bytes of its event's slices lie behind it. */
struct held {
    uint64_t waits; /* for this record */
    uint32_t size;  /* bytes, with the slices, a multiple of 8 */
    uint32_t workers;
    enum effect_kind kind;
    struct session_id session;
    struct event event;
};

bool gate_init(struct gate *gate, uint32_t workers, uint32_t sessions, uint32_t rooms, bool open,
               struct gate_hooks hooks) {
    *gate = (struct gate){.hooks = hooks, .open = open, .sessions = sessions};
    gate->session_waits = table_new((size_t)workers * sessions, sizeof(uint64_t));
    gate->room_waits = table_new((size_t)rooms + 1, sizeof(uint64_t)); /* the accounts */
    return gate->session_waits && gate->room_waits;
}

void gate_deinit(struct gate *gate) {
    table_free(gate->session_waits);
    table_free(gate->room_waits);
    free(gate->held);
    free(gate->kept);
}

static void put(char **memory, size_t *size, size_t *cap, const void *bytes, size_t more) {
    if (*size + more > *cap) {
        size_t fresh = *cap * 2 > *size + more ? *cap * 2 : *size + more + 65536;
        char *grown = realloc(*memory, fresh);
        need_memory(grown);
        *memory = grown;
        *cap = fresh;
    }
    if (more > 0) memcpy(*memory + *size, bytes, more);
    *size += more;
}

static void hold(struct gate *gate, const struct effect *effect, uint64_t waits) {
    static const char padding[8];
    size_t size = sizeof(struct held), slices = 0;
    for (int i = 0; i < EVENT_SLICES; i++)
        slices += effect->event.slices[i].size;
    size_t pad = (8 - (slices & 7)) & 7;
    struct held held = {.waits = waits,
                        .size = (uint32_t)(size + slices + pad),
                        .workers = effect->workers,
                        .kind = effect->kind,
                        .session = effect->session,
                        .event = effect->event};
    put(&gate->held, &gate->held_size, &gate->held_cap, &held, sizeof held);
    for (int i = 0; i < EVENT_SLICES; i++)
        put(&gate->held, &gate->held_size, &gate->held_cap, effect->event.slices[i].at,
            effect->event.slices[i].size);
    put(&gate->held, &gate->held_size, &gate->held_cap, padding, pad);
}

static void pass(struct gate *gate, enum effect_kind kind, struct session_id session,
                 uint32_t workers, const struct event *event) {
    if (kind == EFFECT_REPLY)
        gate->hooks.reply(gate->hooks.context, session, event);
    else
        gate->hooks.publish(gate->hooks.context, workers, event);
}

static uint64_t *session_slot(struct gate *gate, struct session_id id) {
    return &gate->session_waits[(size_t)id.worker * gate->sessions + id.slot];
}

/* The later of what the session and the room wait for; from now on both wait for it. */
static uint64_t waits_for(struct gate *gate, const struct effect *effect) {
    uint64_t none = 0, *session = &none, *room = &none;
    if (effect->session.generation != 0) session = session_slot(gate, effect->session);
    if (effect->room_row != ROOM_ROW_NONE) room = &gate->room_waits[effect->room_row];
    if (effect->kind == EFFECT_RECORD) *session = *room = ++gate->records;
    uint64_t waits = *session > *room ? *session : *room;
    if (waits > gate->flushed) *session = *room = waits;
    return waits;
}

/* With the gate open a page may be asked for before its newest row is written: the query says how
 * many records must be. */
static void pass_now(struct gate *gate, const struct effect *effect, uint64_t waits) {
    bool reads = effect->event.kind == EVENT_QUERY || effect->event.kind == EVENT_LOOKUP;
    if (waits <= gate->flushed || !reads) {
        pass(gate, effect->kind, effect->session, effect->workers, &effect->event);
        return;
    }
    struct event query = effect->event;
    query.number = waits;
    pass(gate, effect->kind, effect->session, effect->workers, &query);
}

/* WAY 6 of 9: what waited for that flush goes on. */
void gate_effect(struct gate *gate, const struct effect *effect) {
    check(gate->released == 0);
    if (effect->kind == EFFECT_PROVE) {
        gate->hooks.prove(gate->hooks.context, &effect->proof);
        return;
    }
    uint64_t waits = waits_for(gate, effect);
    if (effect->kind == EFFECT_RECORD)
        gate->hooks.record(gate->hooks.context, &effect->record);
    else if (gate->open || waits <= gate->flushed)
        pass_now(gate, effect, waits);
    else
        hold(gate, effect, waits);
}

void gate_flushed(struct gate *gate, uint64_t record) {
    check(record >= gate->flushed && record <= gate->records);
    gate->flushed = record;
}

static void let_go(struct gate *gate, struct held *held) {
    const char *bytes = (const char *)(held + 1);
    for (int i = 0; i < EVENT_SLICES; i++) {
        held->event.slices[i].at = bytes;
        bytes += held->event.slices[i].size;
    }
    pass(gate, held->kind, held->session, held->workers, &held->event);
}

bool gate_release(struct gate *gate) {
    while (gate->released < gate->held_size) {
        struct held *held = (void *)(gate->held + gate->released);
        if (held->waits > gate->flushed) {
            put(&gate->kept, &gate->kept_size, &gate->kept_cap, held, held->size);
        } else {
            if (!gate->hooks.room(gate->hooks.context)) return false;
            let_go(gate, held);
        }
        gate->released += held->size;
    }
    char *memory = gate->held;
    size_t cap = gate->held_cap;
    gate->held = gate->kept;
    gate->held_size = gate->kept_size;
    gate->held_cap = gate->kept_cap;
    gate->kept = memory;
    gate->kept_size = 0;
    gate->kept_cap = cap;
    gate->released = 0;
    return true;
}

bool gate_has_room(const struct gate *gate) {
    return gate->held_size + GATE_STEP_MAX <= GATE_SIZE_MAX;
}
