/* target.c: where something was said in a stretch of time: rooms that she is in, and people with
 * whom she has a room that is kept. */
#include "base/check.h"
#include "hub/inside.h"
#include "hub/messages.h"
#include "hub/moderate.h"

enum {
    TARGETS_MAX = 100,   /* of one answer: its lines have room in hub->pieces */
    TARGETS_SORTED = 512 /* of which the newest or oldest are told; more she cannot be in */
};

_Static_assert(TARGETS_SORTED >= 4 * USER_ROOMS_MAX,
               "all rooms that she is in, and as many people");

struct targets {
    const struct room *rooms[TARGETS_SORTED]; /* by time, the oldest first */
    uint32_t count;
};

static void target_put(struct hub *hub, struct targets *targets, const struct room *room) {
    const struct command *c = hub->command;
    bool within = (c->after_ms == 0 || room->time_ms > c->after_ms) &&
                  (c->before_ms == 0 || room->time_ms < c->before_ms);
    if (room->seq == 0 || !within || !room_keeps_texts(hub, room)) return;
    if (targets->count == TARGETS_SORTED) return;
    uint32_t at = targets->count++;
    for (; at > 0 && targets->rooms[at - 1]->time_ms > room->time_ms; at--)
        targets->rooms[at] = targets->rooms[at - 1];
    targets->rooms[at] = room;
}

static void targets_find(struct hub *hub, struct targets *targets) {
    struct user *user = hub_asking_user(hub);
    const struct account *account = account_of(hub, user);
    for (uint32_t at = user->memberships; at != NONE; at = hub->memberships[at].user_next)
        target_put(hub, targets, &hub->rooms[hub->memberships[at].room]);
    for (uint32_t at = account ? account->ties : NONE; at != NONE;
         at = hub->ties[at].account_next) {
        const struct room *room = &hub->rooms[hub->ties[at].room];
        if (room->flags & ROOM_DIRECT) target_put(hub, targets, room);
    }
}

static void target_line(struct hub *hub, const struct room *room, struct buf *out) {
    struct event other = {0};
    bool direct = room->flags & ROOM_DIRECT;
    if (direct) direct_other(hub, &other, room, hub_asking_user(hub));
    buf_number(out, (uint64_t)(room->time_ms > 0 ? room->time_ms : 0));
    buf_byte(out, '\t');
    if (direct) buf_byte(out, '@');
    buf_put(out, direct ? other.other : room_name(room));
    buf_byte(out, '\n');
}

static void list_invitations(struct hub *hub) {
    struct buf lines;
    buf_init(&lines, hub->pieces, sizeof hub->pieces);
    restraint_put_invitations(hub, hub_asking_user(hub), &lines);
    hub_reply(hub, EVENT_TARGETS, NULL, true)->text = buf_slice(&lines);
}

void list_targets(struct hub *hub) {
    const struct command *c = hub->command;
    struct targets targets;
    struct buf lines;
    if (c->flags & COMMAND_INSIDE) {
        list_invitations(hub);
        return;
    }
    targets.count = 0;
    targets_find(hub, &targets);
    uint32_t most = c->count < TARGETS_MAX ? c->count : TARGETS_MAX, first = 0;
    if (most > targets.count) most = targets.count;
    if (c->flags & COMMAND_NEWEST) first = targets.count - most;
    buf_init(&lines, hub->pieces, sizeof hub->pieces);
    for (uint32_t i = first; i < first + most; i++)
        target_line(hub, targets.rooms[i], &lines);
    check(buf_ok(&lines));
    hub_reply(hub, EVENT_TARGETS, NULL, true)->text = buf_slice(&lines);
}
