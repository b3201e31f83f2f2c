/* list.c: answers that may be long. The hub gives one piece at a time and says where the next one
 * begins; the worker asks for it when the asker has read the last. */
#include "base/check.h"
#include "chat/query.h"
#include "hub/inside.h"
#include "hub/messages.h"
#include "hub/profile.h"
#include "hub/rule.h"

/* So many where nobody says how many. */
enum { SEARCH_COUNT = 20 };

static uint32_t history_count(const struct hub *hub, uint32_t wanted) {
    uint32_t most = hub->limits.history_count;
    return most > 0 && wanted > most ? most : wanted;
}

void list_who(struct hub *hub) {
    struct room *room = room_for(hub, ACTION_READ);
    if (!room) return;
    if (hub->command->flags & COMMAND_FULL) {
        if (!standing_lists(hub, hub_asking_user(hub), room)) {
            hub_refuse(hub, REFUSED_ROOM_UNKNOWN, 0, room_name(room));
            return;
        }
        names_list(hub, room);
        return;
    }
    struct buf names;
    buf_init(&names, hub->pieces, sizeof hub->pieces);
    uint32_t at = room->members_first, count = 0;
    while (at != NONE && hub->memberships[at].serial <= hub->command->cursor)
        at = hub->memberships[at].room_next;
    uint64_t cursor = 0;
    for (; at != NONE && count < PAGE_ENTRIES_MAX; at = hub->memberships[at].room_next, count++) {
        const struct user *user = &hub->users[hub->memberships[at].user];
        if (aside_lists(hub, user, room)) {
            buf_put(&names, user_name(user));
            buf_byte(&names, '\n');
        }
        cursor = hub->memberships[at].serial;
    }
    check(buf_ok(&names));
    struct event *event = hub_reply(hub, EVENT_NAMES, room, at == NONE);
    event->text = buf_slice(&names);
    event->count = room->member_count;
    event->cursor = at == NONE ? 0 : cursor;
    event->before = hub->command->cursor; /* 0: the first piece */
}

static void room_line(const struct hub *hub, const struct room *room, bool full, struct buf *out) {
    buf_number(out, room->number);
    buf_byte(out, '\t');
    buf_put(out, room_name(room));
    buf_byte(out, '\t');
    buf_number(out, room->member_count);
    buf_byte(out, '\t');
    if (full) {
        buf_number(out, (uint64_t)room->made_ms / 1000);
        buf_byte(out, '\t');
        buf_number(out, (uint64_t)room->topic_ms / 1000);
        buf_byte(out, '\t');
    }
    buf_put(out, room_topic(hub, room));
    buf_byte(out, '\n');
}

bool list_shows(struct hub *hub, const struct room *room) {
    if (room->number == 0 || (room->flags & (ROOM_OWN | ROOM_DIRECT | ROOM_IMPORTING)))
        return false;
    if (hub_from_control(hub)) return true;
    return standing_lists(hub, hub_asking_user(hub), room);
}

void list_rooms(struct hub *hub) {
    struct buf lines;
    buf_init(&lines, hub->pieces, sizeof hub->pieces);
    uint64_t row = hub->command->cursor;
    bool full = hub->command->flags & COMMAND_FULL;
    for (uint32_t count = 0; row < hub->room_top && count < PAGE_ENTRIES_MAX; row++) {
        const struct room *room = &hub->rooms[row];
        if (!list_shows(hub, room)) continue;
        size_t size = ROOM_NAME_SIZE_MAX + 80u + room->topic_size;
        if (lines.size + size > lines.cap) break;
        room_line(hub, room, full, &lines);
        count++;
    }
    struct event *event = hub_reply(hub, EVENT_ROOMS, NULL, row >= hub->room_top);
    event->text = buf_slice(&lines);
    event->cursor = row >= hub->room_top ? 0 : row;
    event->before = hub->command->cursor;
    event->setting = full;
}

/* What the asker's worker may ask the reader for. Its bounds and words are the command's. */
static struct event *list_query(struct hub *hub, const struct room *room, enum query_kind kind,
                                uint32_t count) {
    struct event *event = hub_reply(hub, EVENT_QUERY, room, false);
    event->why = (uint8_t)kind;
    event->count = count;
    event->seq = room->seq;
    event->epoch = room->epoch;
    event->identity = hub_asking_user(hub)->identity;
    return event;
}

/* The room whose history is asked for. NULL: there is none, or she may not; she was told. */
static struct room *list_readable(struct hub *hub) {
    struct room *room = room_for(hub, ACTION_READ);
    if (!room || room_keeps_texts(hub, room)) return room;
    hub_refuse(hub, REFUSED_HISTORY_OFF, 0, room_name(room));
    return NULL;
}

/* What the bounds are numbers of. False: of another room; she was told. */
static bool bounds_fit(struct hub *hub, const struct room *room) {
    const struct command *c = hub->command;
    if (c->target_hex == 0 || c->target_hex == room->hex) return true;
    hub_refuse(hub, REFUSED_MESSAGE_UNKNOWN, c->before, (struct slice){0});
    return false;
}

void list_history(struct hub *hub) {
    const struct command *c = hub->command;
    struct room *room = list_readable(hub);
    if (!room) return;
    if ((c->flags & COMMAND_INSIDE) && !user_is_inside(hub, hub_asking_user(hub), room)) {
        hub_refuse(hub, REFUSED_NOT_IN_ROOM, 0, room_name(room));
        return;
    }
    if (!bounds_fit(hub, room)) return;
    bool around = (c->flags & COMMAND_AROUND) && (c->before > 0 || c->before_ms != 0);
    bool onward = (c->after > 0 || c->after_ms != 0) && !(c->flags & COMMAND_NEWEST);
    enum query_kind kind = around ? QUERY_AROUND : onward ? QUERY_RANGE : QUERY_LATEST;
    struct event *event = list_query(hub, room, kind, history_count(hub, c->count));
    if (around)
        event->target = c->before < room->seq ? c->before : room->seq;
    else
        event->before = c->before;
    event->after = around ? 0 : c->after;
    event->before_ms = c->before_ms;
    event->after_ms = around ? 0 : c->after_ms;
    if (c->flags & COMMAND_FULL) event->flags |= EVENT_FULL;
}

void list_search(struct hub *hub) {
    const struct command *c = hub->command;
    struct room *room = list_readable(hub);
    enum refusal why = REFUSED_NOT;
    if (!room) return;
    if (!hub->limits.search)
        why = REFUSED_SEARCH_OFF;
    else if (c->text.size == 0)
        why = REFUSED_TEXT_EMPTY;
    else if (c->text.size > QUERY_TEXT_MAX)
        why = REFUSED_TEXT_TOO_LONG;
    if (why != REFUSED_NOT) {
        hub_refuse(hub, why, QUERY_TEXT_MAX, (struct slice){0});
        return;
    }
    uint32_t count = c->count > 0 ? c->count : SEARCH_COUNT;
    struct event *event = list_query(hub, room, QUERY_SEARCH, history_count(hub, count));
    event->before = c->before;
    event->text = c->text;
}

void list_audit(struct hub *hub) {
    struct room *room = server_or_room(hub, ACTION_BAN);
    if (!room) return;
    uint32_t count = hub->command->count > 0 ? hub->command->count : SEARCH_COUNT;
    list_query(hub, room, QUERY_AUDIT, history_count(hub, count));
}

static void unread_query(struct hub *hub, const struct room *room, const struct tie *tie) {
    const struct user *user = hub_asking_user(hub);
    struct event *event = list_query(hub, room, QUERY_UNREAD, 1);
    event->after = tie->read;
    event->text = (struct slice){user->key, user->key_size};
}

/* Only an account has a read position. Who has read nothing of a room has nothing unread there yet;
 * what was written to her alone is. */
void list_unread(struct hub *hub) {
    const struct user *user = hub_asking_user(hub);
    if (hub->command->flags & COMMAND_FULL) {
        const struct tie *tie = direct_unread_next(hub, user, hub->command->room_id);
        if (tie)
            unread_query(hub, &hub->rooms[tie->room], tie);
        else
            hub_done(hub);
        return;
    }
    struct room *room = room_for(hub, ACTION_READ);
    if (!room) return;
    const struct account *account = account_of(hub, user);
    const struct tie *tie = account ? tie_find(hub, account, room) : NULL;
    if (!tie || tie->read == 0 || !room_keeps_texts(hub, room))
        hub_done(hub);
    else
        unread_query(hub, room, tie);
}

/* Cursors. An epoch that the room had before it was restored: what it says still holds up to some
 * number, and what came after that was rewound. */

static uint64_t epoch_hash(const struct hub *hub, uint32_t room, uint64_t epoch) {
    return (epoch ^ hub->seed ^ room) * UINT64_C(0x9e3779b97f4a7c15);
}

static const struct epoch_row *epoch_find(const struct hub *hub, uint32_t room, uint64_t epoch) {
    uint64_t hash = epoch_hash(hub, room, epoch);
    for (uint32_t at = index_first(&hub->epoch_index, hash); at != INDEX_END;
         at = index_next(&hub->epoch_index, at, hash)) {
        const struct epoch_row *row = &hub->epochs[index_row(&hub->epoch_index, at)];
        if (row->room == room && row->epoch == epoch) return row;
    }
    return NULL;
}

bool list_load_epoch(struct hub *hub, const struct record *record) {
    const struct room *room = room_by_number(hub, record->room.v);
    if (!room || record->epoch == room->epoch || record->seq > room->seq) return false;
    if (hub->epoch_count == EPOCHS_MAX || epoch_find(hub, room->number, record->epoch))
        return false;
    uint32_t row = hub->epoch_count++;
    hub->epochs[row] = (struct epoch_row){room->number, record->epoch, record->seq};
    index_put(&hub->epoch_index, epoch_hash(hub, room->number, record->epoch), row);
    return true;
}

/* All that was stored after the cursor (epoch, after), and not from `before` on. What a cursor of
 * an older epoch saw beyond a restore is not there any more: she is told up to where it still is,
 * and gets all after that. False: it is no cursor of this room, and she was told. */
static bool list_events(struct hub *hub, const struct room *room) {
    const struct command *c = hub->command;
    uint64_t after = c->after;
    const struct epoch_row *old =
        c->epoch == room->epoch ? NULL : epoch_find(hub, room->number, c->epoch);
    if (c->epoch == room->epoch ? after > room->seq : !old) {
        hub_refuse(hub, REFUSED_CURSOR_BAD, 0, room_name(room));
        return false;
    }
    if (old && after > old->seq) {
        struct event *alert = hub_reply(hub, EVENT_ALERT, room, false);
        alert->why = ALERT_REWOUND;
        alert->before = after = old->seq;
        alert->seq = room->seq;
        alert->epoch = room->epoch;
    }
    struct event *event = list_query(hub, room, QUERY_EVENTS, UINT32_MAX);
    event->after = after;
    event->before = c->before;
    return true;
}

void list_resume(struct hub *hub) {
    struct room *room = list_readable(hub);
    if (room) list_events(hub, room);
}

/* Where no texts are kept nothing comes after a cursor, and that is no reason to call it whole. */
static void list_missing(struct hub *hub, const struct room *room) {
    const struct command *c = hub->command;
    uint64_t after = c->epoch == room->epoch ? c->after : 0;
    if (c->epoch == 0 || after >= room->seq) return;
    struct event *alert = hub_reply(hub, EVENT_ALERT, room, false);
    alert->why = ALERT_MISSING;
    alert->before = after + 1;
    alert->seq = room->seq;
}

bool list_backlog(struct hub *hub, const struct room *room) {
    const struct command *c = hub->command;
    if (!room_keeps_texts(hub, room)) list_missing(hub, room);
    if ((room->seq == 0 && c->epoch == 0) || !room_keeps_texts(hub, room)) return false;
    if (c->epoch != 0) {
        list_events(hub, room);
    } else {
        list_query(hub, room, QUERY_LATEST, history_count(hub, c->count));
    }
    return true;
}
