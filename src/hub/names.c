/* names.c: who is in a room; and in every room that the asker may see, with those who are in none
 * of them, as NAMES of IRC asks (RFC 2812 section 3.2.5). A step gives one piece. */
#include "base/check.h"
#include "chat/person.h"
#include "hub/inside.h"
#include "hub/messages.h"
#include "hub/profile.h"

enum {
    ROWS_LOOKED_AT = 4096, /* of rooms, their members or people, in one step */
    EVENTS_TOLD = 64,      /* a room each, in one step */
    SERIAL_BITS = 40,      /* of a cursor: 10^12 entries until two serials look alike */
};

_Static_assert(EVENTS_TOLD + 8 <= EFFECTS_MAX, "a step's rooms fit into it");

static bool is_full(const struct buf *lines) {
    return lines->size + PERSON_LINE_MAX > lines->cap;
}

/* Those who came into it after `cursor`, 0: all; looks at *rows of them at most, and takes these
 * off. Where it goes on; 0: there are no more. */
static uint64_t put_members(struct hub *hub, const struct room *room, uint64_t cursor,
                            uint32_t *rows, struct buf *lines) {
    const uint64_t bits = (UINT64_C(1) << SERIAL_BITS) - 1;
    const struct user *asker = hub_asking_user(hub);
    bool inside = member_find(hub, asker, room) != NULL;
    uint32_t at = room->members_first;
    while (at != NONE && (hub->memberships[at].serial & bits) <= cursor)
        at = hub->memberships[at].room_next;
    for (; at != NONE && *rows > 0 && !is_full(lines); at = hub->memberships[at].room_next) {
        const struct user *user = &hub->users[hub->memberships[at].user];
        uint32_t flags = hub->memberships[at].voiced ? PERSON_VOICED : 0;
        if (standing_founds(hub, user, room)) flags |= PERSON_FOUNDER;
        if ((inside || profile_shows(hub, asker, user)) && aside_lists(hub, user, room))
            profile_put(hub, user, standing_role(hub, user, room), flags, lines);
        cursor = hub->memberships[at].serial & bits;
        --*rows;
    }
    check(buf_ok(lines));
    return at == NONE ? 0 : cursor;
}

void names_list(struct hub *hub, const struct room *room) {
    struct buf lines;
    buf_init(&lines, hub->pieces, sizeof hub->pieces);
    uint32_t rows = UINT32_MAX;
    uint64_t cursor = put_members(hub, room, hub->command->cursor, &rows, &lines);
    struct event *event = hub_reply(hub, EVENT_PEOPLE, room, cursor == 0);
    event->text = buf_slice(&lines);
    event->count = room->member_count;
    event->cursor = cursor;
    event->before = hub->command->cursor;
}

/* ---- of all rooms ---- */

/* Where it goes on: a row of rooms, and behind all of these a row of users; and in the room. */
struct place {
    uint64_t row, serial;
};

static struct event *tell(struct hub *hub, const struct room *room, struct slice lines) {
    struct event *event = hub_reply(hub, EVENT_PEOPLE, room, false);
    event->text = lines;
    event->setting = true;
    return event;
}

/* False: the step has done enough. */
static bool put_rooms(struct hub *hub, struct place *place, struct buf *lines) {
    uint32_t rows = ROWS_LOOKED_AT;
    for (uint32_t told = 0; place->row < hub->room_top; place->row++) {
        const struct room *room = &hub->rooms[place->row];
        if (rows < 2 || told == EVENTS_TOLD || is_full(lines)) return false; /* it and a member */
        rows--;
        if (room->member_count == 0 || !list_shows(hub, room)) continue;
        size_t before = lines->size;
        place->serial = put_members(hub, room, place->serial, &rows, lines);
        if (lines->size > before) {
            tell(hub, room, slice_from(buf_slice(lines), before));
            told++;
        }
        if (place->serial != 0) return false;
    }
    place->row = hub->size.rooms;
    return true;
}

/* She is among the members of a room that the asker was shown. */
static bool was_shown(struct hub *hub, const struct user *user) {
    for (uint32_t at = user->memberships; at != NONE; at = hub->memberships[at].user_next) {
        const struct room *room = &hub->rooms[hub->memberships[at].room];
        if (list_shows(hub, room) && aside_lists(hub, user, room)) return true;
    }
    return false;
}

static bool put_others(struct hub *hub, struct place *place, struct buf *lines) {
    const struct user *asker = hub_asking_user(hub);
    size_t before = lines->size;
    uint64_t row = place->row - hub->size.rooms;
    for (uint32_t looked = 0; row < hub->user_top; looked++, row++) {
        const struct user *user = &hub->users[row];
        if (looked == ROWS_LOOKED_AT || is_full(lines)) break;
        if (user->number != 0 && !user->silent && profile_shows(hub, asker, user) &&
            !was_shown(hub, user))
            profile_put(hub, user, ROLE_NONE, 0, lines);
    }
    check(buf_ok(lines));
    if (lines->size > before) tell(hub, NULL, slice_from(buf_slice(lines), before));
    place->row = hub->size.rooms + row;
    return row >= hub->user_top;
}

void names_all(struct hub *hub) {
    uint64_t cursor = hub->command->cursor;
    struct place place = {cursor >> SERIAL_BITS, cursor & ((UINT64_C(1) << SERIAL_BITS) - 1)};
    struct buf lines;
    buf_init(&lines, hub->pieces, sizeof hub->pieces);
    bool done = place.row >= hub->size.rooms || put_rooms(hub, &place, &lines);
    done = done && put_others(hub, &place, &lines);
    struct event *end = tell(hub, NULL, (struct slice){0});
    if (!done) end->cursor = place.row << SERIAL_BITS | place.serial;
    if (done && (hub->command->flags & COMMAND_WAITS)) end->flags |= EVENT_LAST;
}
