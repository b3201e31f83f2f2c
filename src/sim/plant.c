/* plant.c: the faults. */
#include "sim/plant.h"

#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "chat/rights.h"
#include "sim/world.h"

enum { LIST_CAP = 16384, TURNS = 64 };

static const struct {
    const char *name;
    bool needs_crash, changes_hub;
} plants[PLANTS] = {
    [PLANT_GATE] = {"gate", false, false},       [PLANT_ORDER] = {"order", false, false},
    [PLANT_ONCE] = {"once", false, false},       [PLANT_ROSTER] = {"roster", false, false},
    [PLANT_LOAD] = {"load", true, false}, /* it is the digest that shows it */
    [PLANT_SEAM] = {"seam", false, false},       [PLANT_EDIT] = {"edit", true, false},
    [PLANT_REMOVAL] = {"removal", false, false}, [PLANT_BAN] = {"ban", true, true},
    [PLANT_ROLE] = {"role", true, true},         [PLANT_READ] = {"read", true, true},
    [PLANT_IDS] = {"ids", true, false},          [PLANT_PRIVATE] = {"private", false, false},
    [PLANT_DIRECT] = {"direct", false, false},   [PLANT_RESUME] = {"resume", false, false},
};

enum plant plant_called(const char *name) {
    for (enum plant plant = PLANT_NOTHING + 1; plant < PLANTS; plant++)
        if (strcmp(plants[plant].name, name) == 0) return plant;
    return PLANT_NOTHING;
}

bool plant_needs_crash(enum plant plant) {
    return plants[plant].needs_crash;
}

bool plant_changes_hub(enum plant plant) {
    return plants[plant].changes_hub;
}

bool plant_loads(enum plant plant, struct record *record) {
    if (plant == PLANT_LOAD && record->kind == RECORD_ROOM) record->seq++;
    if (plant == PLANT_IDS && record->kind == RECORD_ONCE) return false;
    if (plant == PLANT_BAN && record->kind == RECORD_RESTRAINT)
        return record->restraint != RESTRAINT_BAN;
    if (record->kind != RECORD_TIE) return true;
    if (plant == PLANT_ROLE) record->role = ROLE_NONE;
    if (plant == PLANT_READ) record->number /= 2;
    return record->role != ROLE_NONE || record->joined || record->number > 0;
}

/* The newest private room there is; NULL: none. */
static const struct record *private_room(const struct rows *rows) {
    for (uint64_t i = rows->flushed; i-- > 0;) {
        const struct record *room = &rows->records[i];
        bool last = room->kind == RECORD_ROOM && (room->flags & ROOM_PRIVATE);
        for (uint64_t k = i + 1; last && k < rows->flushed; k++) {
            const struct record *later = &rows->records[k];
            bool again = later->kind == RECORD_ROOM || later->kind == RECORD_DELETED;
            if (again && later->room.v == room->room.v) last = false;
        }
        if (last) return room;
    }
    return NULL;
}

static void list_private(struct world *world, struct event *event) {
    static char memory[LIST_CAP];
    const struct record *room = private_room(&world->rows);
    struct buf lines;
    if (!room) return;
    buf_init(&lines, memory, sizeof memory);
    buf_put(&lines, event->text);
    buf_number(&lines, room->room.v);
    buf_byte(&lines, '\t');
    buf_put(&lines, room->name);
    buf_text(&lines, "\t1\t\n");
    check(buf_ok(&lines));
    event->text = buf_slice(&lines);
}

void plant_reply(struct world *world, struct event *event) {
    bool query = event->kind == EVENT_QUERY;
    if (world->plant == PLANT_SEAM && query) event->seq++;
    if (world->plant == PLANT_RESUME && query && event->why == QUERY_EVENTS) event->after++;
    if (world->plant == PLANT_PRIVATE && event->kind == EVENT_ROOMS) list_private(world, event);
}

struct session_id plant_whispers(struct world *world, struct session_id to,
                                 const struct event *event) {
    if (world->plant != PLANT_DIRECT || event->kind != EVENT_TOLD) return (struct session_id){0};
    for (uint32_t i = world->peer_count; i-- > 0;) {
        struct session_id id = world->peers[i].id;
        if (world->peers[i].open && id.worker == to.worker && id.slot != to.slot) return id;
    }
    return (struct session_id){0};
}

static struct event *event_copy(const struct event *event) {
    size_t size = sizeof *event;
    for (int i = 0; i < EVENT_SLICES; i++)
        size += event->slices[i].size;
    struct event *copy = malloc(size);
    check(copy != NULL);
    *copy = *event;
    char *bytes = (char *)(copy + 1);
    for (int i = 0; i < EVENT_SLICES; i++) {
        copy->slices[i].at = bytes;
        if (event->slices[i].size > 0) memcpy(bytes, event->slices[i].at, event->slices[i].size);
        bytes += event->slices[i].size;
    }
    return copy;
}

/* Every eighth message waits for the next thing that its room is told. */
void plant_publish(struct world *world, uint32_t workers, const struct event *event) {
    struct event *kept = world->swapped;
    if (!kept && event->kind == EVENT_SAID && event->seq % 8 == 7) {
        world->swapped = event_copy(event);
        world->swapped->count = workers; /* a message has no other use for it */
        return;
    }
    world_publish(world, workers, event);
    if (!kept || kept->room.v != event->room.v) return;
    uint32_t kept_workers = kept->count;
    kept->count = 0;
    world_publish(world, kept_workers, kept);
    free(kept);
    world->swapped = NULL;
}

void plant_turn(struct world *world, struct world_worker *worker, uint32_t slot) {
    struct session *session = sessions_at(&worker->sessions, slot);
    struct outbox_ref *last = session->outbox.last;
    if (world->plant == PLANT_ONCE && last && ++world->planted % TURNS == 0) {
        struct outbox again = {0};
        outbox_add(&worker->sessions.refs, &again, last->blob, last->at, last->size);
        outbox_append(&session->outbox, &again);
    }
    if (world->plant == PLANT_ROSTER && session->chain != ROSTER_NONE &&
        ++world->planted % TURNS == 0) {
        struct roster *roster = &worker->sessions.roster;
        struct room_id room = {roster->rooms[roster->members[session->chain].room].number};
        roster_remove(roster, &session->chain, room);
    }
}
