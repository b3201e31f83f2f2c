/* list.c: answers that may be long. The hub gives one piece at a time and says where the next one
 * begins; the worker asks for it when the asker has read the last. */
#include "base/check.h"
#include "hub/inside.h"

static uint32_t history_count(const struct hub *hub, uint32_t wanted) {
    uint32_t most = hub->limits.history_count;
    return most > 0 && wanted > most ? most : wanted;
}

void list_who(struct hub *hub) {
    struct room *room = room_needed(hub);
    if (!room) return;
    if ((room->flags & ROOM_OWN) && !member_find(hub, hub_asking_user(hub), room)) {
        hub_refuse(hub, REFUSED_ROOM_UNKNOWN, 0, hub->command->room);
        return;
    }
    struct buf names;
    buf_init(&names, hub->pieces, sizeof hub->pieces);
    uint32_t at = room->members_first, count = 0;
    while (at != NONE && hub->memberships[at].serial <= hub->command->cursor)
        at = hub->memberships[at].room_next;
    uint64_t cursor = 0;
    for (; at != NONE && count < PAGE_ENTRIES_MAX; at = hub->memberships[at].room_next, count++) {
        buf_put(&names, user_name(&hub->users[hub->memberships[at].user]));
        buf_byte(&names, '\n');
        cursor = hub->memberships[at].serial;
    }
    check(buf_ok(&names));
    struct event *event = hub_reply(hub, EVENT_NAMES, room, at == NONE);
    event->text = buf_slice(&names);
    event->count = room->member_count;
    event->cursor = at == NONE ? 0 : cursor;
    event->before = hub->command->cursor; /* 0: the first piece */
}

static void room_line(const struct hub *hub, const struct room *room, struct buf *out) {
    buf_number(out, room->number);
    buf_byte(out, '\t');
    buf_put(out, room_name(room));
    buf_byte(out, '\t');
    buf_number(out, room->member_count);
    buf_byte(out, '\t');
    buf_put(out, room_topic(hub, room));
    buf_byte(out, '\n');
}

void list_rooms(struct hub *hub) {
    struct buf lines;
    buf_init(&lines, hub->pieces, sizeof hub->pieces);
    uint64_t row = hub->command->cursor;
    for (uint32_t count = 0; row < hub->room_top && count < PAGE_ENTRIES_MAX; row++) {
        const struct room *room = &hub->rooms[row];
        if (room->number == 0 || (room->flags & ROOM_OWN)) continue;
        size_t size = ROOM_NAME_SIZE_MAX + 32u + room->topic_size;
        if (lines.size + size > lines.cap) break;
        room_line(hub, room, &lines);
        count++;
    }
    struct event *event = hub_reply(hub, EVENT_ROOMS, NULL, row >= hub->room_top);
    event->text = buf_slice(&lines);
    event->cursor = row >= hub->room_top ? 0 : row;
    event->before = hub->command->cursor;
}

static void list_query(struct hub *hub, const struct room *room, uint32_t count, uint64_t before) {
    struct event *event = hub_reply(hub, EVENT_QUERY, room, false);
    event->count = history_count(hub, count);
    event->seq = room->seq;
    event->before = before;
}

bool list_backlog(struct hub *hub, const struct room *room) {
    if (room->seq == 0 || !room_keeps_texts(hub, room)) return false;
    list_query(hub, room, hub->command->count, 0);
    return true;
}

void list_history(struct hub *hub) {
    const struct command *c = hub->command;
    struct room *room = room_needed(hub);
    if (!room) return;
    if (!room_keeps_texts(hub, room)) {
        hub_refuse(hub, REFUSED_HISTORY_OFF, 0, room_name(room));
        return;
    }
    list_query(hub, room, c->count, c->before);
}
