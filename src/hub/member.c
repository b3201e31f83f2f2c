/* member.c: who is in which room. A person is in a room with all of her sessions. */
#include "base/check.h"
#include "hub/fact.h"
#include "hub/inside.h"
#include "hub/messages.h"
#include "hub/moderate.h"
#include "hub/profile.h"
#include "hub/silent.h"

struct membership *member_find(const struct hub *hub, const struct user *user,
                               const struct room *room) {
    if (user->silent) user = silent_person(hub, user);
    if (!user) return NULL;
    uint32_t row = room_row(hub, room);
    for (uint32_t at = user->memberships; at != NONE; at = hub->memberships[at].user_next)
        if (hub->memberships[at].room == row) return &hub->memberships[at];
    return NULL;
}

bool user_is_inside(const struct hub *hub, const struct user *user, const struct room *room) {
    if (room->flags & ROOM_DIRECT)
        return user->number == room->pair[0] || user->number == room->pair[1];
    return user->silent ? silent_is_in(hub, user, room) : member_find(hub, user, room) != NULL;
}

static uint32_t member_take(struct hub *hub) {
    uint32_t row = hub->membership_free;
    if (row != NONE) {
        hub->membership_free = hub->memberships[row].user;
    } else if (hub->membership_top < hub->membership_max) {
        row = hub->membership_top++;
    }
    return row;
}

static void member_link(struct hub *hub, struct user *user, struct room *room) {
    uint32_t row = member_take(hub);
    check(row != NONE); /* member_may_enter() saw to it */
    struct membership *member = &hub->memberships[row];
    /* coming in again is no way around slow mode */
    *member = (struct membership){.said_ms = room->slow_seconds > 0 ? hub->now_ms : 0,
                                  .user = user_row(hub, user),
                                  .room = room_row(hub, room),
                                  .user_next = user->memberships,
                                  .user_prev = NONE,
                                  .room_next = NONE,
                                  .room_prev = room->members_last,
                                  .serial = hub->next_serial++};
    if (user->memberships != NONE) hub->memberships[user->memberships].user_prev = row;
    user->memberships = row;
    if (room->members_last != NONE)
        hub->memberships[room->members_last].room_next = row;
    else
        room->members_first = row;
    room->members_last = row;
    user->room_count++;
    room->member_count++;
    hub->membership_count++;
}

static void member_unlink(struct hub *hub, struct membership *member) {
    check(member);
    struct user *user = &hub->users[member->user];
    struct room *room = &hub->rooms[member->room];
    struct membership *rows = hub->memberships;
    if (member->user_prev != NONE)
        rows[member->user_prev].user_next = member->user_next;
    else
        user->memberships = member->user_next;
    if (member->user_next != NONE) rows[member->user_next].user_prev = member->user_prev;
    if (member->room_prev != NONE)
        rows[member->room_prev].room_next = member->room_next;
    else
        room->members_first = member->room_next;
    if (member->room_next != NONE)
        rows[member->room_next].room_prev = member->room_prev;
    else
        room->members_last = member->room_prev;
    if (member->role == ROLE_OWNER) room->guest_owners--;
    member->room = NONE;
    member->user = hub->membership_free;
    hub->membership_free = (uint32_t)(member - rows);
    user->room_count--;
    room->member_count--;
    hub->membership_count--;
}

bool member_has_room(const struct hub *hub) {
    return hub->membership_free != NONE || hub->membership_top < hub->membership_max;
}

static void count_session(struct hub *hub, struct room *room, uint32_t session_row, int change) {
    uint32_t worker = session_row / hub->size.sessions;
    if (change > 0) {
        room->worker_sessions[worker]++;
    } else {
        check(room->worker_sessions[worker] > 0);
        room->worker_sessions[worker]--;
    }
    uint32_t bit = UINT32_C(1) << worker;
    room->workers = room->worker_sessions[worker] > 0 ? room->workers | bit : room->workers & ~bit;
}

static void tell_entered(struct hub *hub, uint32_t session_row, const struct room *room,
                         uint16_t flags, bool again) {
    struct session_id id = hub_session_id(hub, session_row);
    struct event *event = hub_reply_to(hub, id, EVENT_ENTERED, room);
    event->session = id;
    event->flags |= (uint16_t)(flags | (again ? EVENT_AGAIN : 0));
    event->count = room->member_count;
    event->epoch = room->epoch;
    event->seq = room->seq;
    event->dialect = hub_asker(hub)->dialect;
    const struct session *session = &hub->sessions[session_row];
    event->other = profile_real(hub, &hub->users[session->user]);
    event->account = profile_account(hub, &hub->users[session->user]);
    struct membership *member = member_find(hub, &hub->users[session->user], room);
    if (member && room_keeps_texts(hub, room) && member->missed <= room->seq)
        event->before = member->missed;
    if (member) member->missed = 0;
    bool asked = session_same(id, hub->command->session);
    bool shows = session->dialect == DIALECT_IRC || session->dialect == DIALECT_JSON;
    if (asked || shows) event->text = room_topic(hub, room);
    event->setting = (uint8_t)standing_role(hub, &hub->users[session->user], room);
    event->target = (room->flags & UINT16_MAX) | (uint64_t)room->slow_seconds << 16;
    event->author_name = (struct slice){room->topic_by, room->topic_by_size}; /* who set it */
    event->number = (uint64_t)room->topic_ms / 1000;
    event->before_ms = fact_marked(hub, &hub->users[session->user], room);
    if (asked) event->reply_code = hub->command->reply_code;
}

void member_enter(struct hub *hub, struct user *user, struct room *room, uint16_t flags) {
    struct account *account = account_of(hub, user);
    check(!member_find(hub, user, room));
    /* else she is in it for this time: who logs in is not refused for a full disk */
    bool fits = hub_fits(hub, 1, 0) && hub->tie_count < TIES_MAX;
    if (account && fits) (void)tie_set_joined(hub, account, room, true);
    restraint_use(hub, user, room);
    if (!(room->flags & ROOM_OWN)) { /* before she is in it: she is told in other words */
        struct event *event = hub_publish(hub, EVENT_JOINED, room, user);
        event->reply_code = hub->command->reply_code;
        event->text = profile_real(hub, user);
        event->other = user_away_words(hub, user);
        if (aside_hides(hub, user, room)) aside_hide(hub, room);
    }
    member_link(hub, user, room);
    bool again = flags & EVENT_AGAIN;
    flags &= (uint16_t)~EVENT_AGAIN;
    for (uint32_t at = user->sessions; at != NONE; at = hub->sessions[at].next) {
        count_session(hub, room, at, 1);
        if (again && session_same(hub_session_id(hub, at), hub->command->session)) continue;
        tell_entered(hub, at, room, flags, false);
    }
}

struct membership *member_return(struct hub *hub, struct user *user, struct room *room) {
    member_link(hub, user, room);
    return member_find(hub, user, room);
}

void member_count_session(struct hub *hub, struct room *room, uint32_t session_row) {
    count_session(hub, room, session_row, 1);
}

void member_tell_entered(struct hub *hub, uint32_t session_row, const struct room *room,
                         uint16_t flags) {
    tell_entered(hub, session_row, room, flags, false);
}

void member_add_session(struct hub *hub, struct user *user, uint32_t session_row) {
    for (uint32_t at = user->memberships; at != NONE; at = hub->memberships[at].user_next) {
        struct room *room = &hub->rooms[hub->memberships[at].room];
        count_session(hub, room, session_row, 1);
        tell_entered(hub, session_row, room, room == room_meant(hub) ? EVENT_FIRST : 0, false);
    }
}

void member_drop_session(struct hub *hub, struct user *user, uint32_t session_row) {
    for (uint32_t at = user->memberships; at != NONE; at = hub->memberships[at].user_next)
        count_session(hub, &hub->rooms[hub->memberships[at].room], session_row, -1);
}

/* The room's last member went: a private channel ends, others stay, without an owner if it was
 * hers and she is a guest who is going for good. */
static void room_left(struct hub *hub, struct room *room) {
    if (room->member_count == 0 && (room->flags & ROOM_OWN)) room_free(hub, room);
}

static void member_cut(struct hub *hub, struct user *user, struct room *room) {
    for (uint32_t at = user->sessions; at != NONE; at = hub->sessions[at].next)
        count_session(hub, room, at, -1);
    member_unlink(hub, member_find(hub, user, room));
}

void member_leave(struct hub *hub, struct user *user, struct room *room, enum leaving why,
                  struct slice text, const struct user *by) {
    for (uint32_t at = user->sessions; at != NONE; at = hub->sessions[at].next) {
        struct session_id id = hub_session_id(hub, at);
        struct event *event = hub_reply_to(hub, id, EVENT_EXITED, room);
        event->session = id;
        event->why = (uint8_t)why;
        event->text = text;
        event->author = (struct user_id){user->number};
        event->author_name = user_name(user);
        event->login = profile_login(hub, user);
        event->dialect = hub_asker(hub)->dialect;
        if (by) event->other = user_name(by);
        if (by) event->login = profile_login(hub, by);
        if (!session_same(id, hub->command->session)) continue;
        event->reply_code = hub->command->reply_code;
        if (hub->command->flags & COMMAND_WAITS) event->flags |= EVENT_LAST;
    }
    bool hidden = !by && aside_hides(hub, user, room);
    member_cut(hub, user, room);
    struct event *event = hub_publish(hub, EVENT_LEFT, room, user);
    event->why = (uint8_t)why;
    event->text = text;
    event->reply_code = hub->command->reply_code;
    if (by) { /* who did it sees it as everybody else does */
        event->seq = room->seq;
        event->time_ms = room->time_ms;
        event->other = user_name(by);
        event->login = profile_login(hub, by); /* of who did it */
        event->session = (struct session_id){0};
    }
    if (hidden) aside_hide(hub, room);
    room_left(hub, room);
}

void member_quit(struct hub *hub, struct user *user, struct slice text) {
    uint32_t scatter = ++hub->next_scatter;
    bool scattered = user->room_count > 1;
    memcpy(hub->old_name, user->name, user->name_size);
    while (user->memberships != NONE) {
        struct room *room = &hub->rooms[hub->memberships[user->memberships].room];
        bool hidden = aside_hides(hub, user, room);
        member_cut(hub, user, room);
        if (room->owner_serial == user->serial) room->owner_serial = 0;
        if (!(room->flags & ROOM_OWN)) {
            struct event *event = hub_publish(hub, EVENT_LEFT, room, user);
            event->author_name = (struct slice){hub->old_name, user->name_size};
            event->why = LEAVING_QUIT;
            event->text = text;
            event->number = scatter;
            if (scattered) event->flags |= EVENT_SCATTERED;
            if (hidden) aside_hide(hub, room);
        }
        room_left(hub, room);
    }
    restraint_drop_guest(hub, user);
}

void member_drop_all(struct hub *hub, struct room *room) {
    while (room->members_first != NONE) {
        struct user *user = &hub->users[hub->memberships[room->members_first].user];
        member_cut(hub, user, room);
    }
}

bool member_may_enter(struct hub *hub, const struct user *user) {
    uint32_t most = hub->limits.user_rooms;
    if (most == 0 || most > USER_ROOMS_MAX) most = USER_ROOMS_MAX;
    if (user->room_count >= most) {
        hub_refuse(hub, REFUSED_TOO_MANY_ROOMS, most, hub->command->room);
        return false;
    }
    if (account_of(hub, user) && !hub_can_record_all(hub, 2, 0)) return false;
    if (!member_has_room(hub)) {
        hub_refuse(hub, REFUSED_SERVER_FULL, 0, (struct slice){0});
        return false;
    }
    return true;
}

/* An IRC client that may not enter is taken into another room, where the room is set so: no
 * further than one, and only where it may enter that one. */
static struct room *forwarded(struct hub *hub, struct room *room) {
    const struct user *user = hub_asking_user(hub);
    if (room->forward == 0 || hub_asker(hub)->dialect != DIALECT_IRC) return room;
    struct room *other = room_by_number(hub, room->forward);
    if (!other || !standing_sees(hub, user, other)) return room;
    if (standing_refusal(hub, ACTION_ENTER, room) == REFUSED_NOT) return room;
    if (standing_refusal(hub, ACTION_ENTER, other) != REFUSED_NOT) return room;
    struct event *event = hub_reply(hub, EVENT_REFUSED, room, false);
    event->refusal = REFUSED_FORWARDED;
    event->text = room_name(other);
    return other;
}

void member_join(struct hub *hub) {
    const struct command *c = hub->command;
    struct user *user = hub_asking_user(hub);
    if (user->silent) {
        silent_join(hub);
        return;
    }
    struct room *room = room_meant(hub);
    bool unseen = room && !standing_sees(hub, user, room);
    if (unseen || (!room && (c->room_key.size == 0 || (c->flags & COMMAND_EXISTS)))) {
        bool named = c->room.size > 0 || c->room_id.v != 0;
        hub_refuse(hub, named ? REFUSED_ROOM_UNKNOWN : REFUSED_ROOM_NAME_EMPTY, 0, c->room);
        return;
    }
    if (room && !member_find(hub, user, room)) room = forwarded(hub, room);
    if (room && member_find(hub, user, room)) {
        tell_entered(hub, (uint32_t)(hub_asker(hub) - hub->sessions), room, 0, true);
    } else {
        if (room && !standing_may(hub, ACTION_ENTER, room)) return;
        if (!member_may_enter(hub, user)) return;
        if (!room) room = room_make(hub, c->room, c->room_key, 0, user);
        if (!room) return;
        member_enter(hub, user, room, 0);
    }
    if (c->count > 0 && list_backlog(hub, room)) return;
    if (c->flags & COMMAND_WAITS) hub_reply(hub, EVENT_DONE, NULL, true);
}

/* Of every room; as many as one step may tell of, the asker comes again for the rest. */
static void part_all(struct hub *hub, struct user *user) {
    struct account *account = account_of(hub, user);
    uint32_t next, most = EFFECTS_MAX / 2;
    for (uint32_t at = user->memberships; at != NONE && hub->out->count < most; at = next) {
        struct room *room = &hub->rooms[hub->memberships[at].room];
        next = hub->memberships[at].user_next;
        if (room->flags & ROOM_OWN) continue;
        if (account && !tie_set_joined(hub, account, room, false)) return;
        member_leave(hub, user, room, LEAVING_PART, hub->command->text, NULL);
    }
}

void member_part(struct hub *hub) {
    if (hub_asking_user(hub)->silent) {
        silent_part(hub);
        return;
    }
    if (hub->command->flags & COMMAND_FULL) {
        part_all(hub, hub_asking_user(hub));
        return;
    }
    struct room *room = room_for(hub, ACTION_SEE);
    struct user *user = hub_asking_user(hub);
    struct account *account = account_of(hub, user);
    if (!room) return;
    if (!member_find(hub, user, room)) {
        hub_refuse(hub, REFUSED_NOT_IN_ROOM, 0, room_name(room));
    } else if (room->flags & ROOM_OWN) {
        hub_refuse(hub, REFUSED_NOT_ALLOWED, 0, (struct slice){0});
    } else if (!account || tie_set_joined(hub, account, room, false)) {
        member_leave(hub, user, room, LEAVING_PART, hub->command->text, NULL);
    }
}

/* The first number that nobody here has: 0 when all are known. */
static uint32_t people_unknown(struct hub *hub) {
    const struct command *c = hub->command;
    for (uint32_t i = 0; i < c->people_count; i++)
        if (!user_by_number(hub, c->people[i])) return c->people[i];
    return 0;
}

static bool people_are_here(struct hub *hub) {
    uint32_t unknown = people_unknown(hub);
    if (unknown == 0) return true;
    struct buf number;
    buf_init(&number, hub->own_name, sizeof hub->own_name);
    buf_number(&number, unknown);
    hub_refuse(hub, REFUSED_PERSON_UNKNOWN, 0, buf_slice(&number));
    return false;
}

void member_admit(struct hub *hub) {
    const struct command *c = hub->command;
    check(c->people_count <= ADMIT_MAX);
    struct room *room = room_for(hub, ACTION_INVITE);
    if (!room) return;
    if (!member_find(hub, hub_asking_user(hub), room)) {
        hub_refuse(hub, REFUSED_NOT_IN_ROOM, 0, room_name(room));
        return;
    }
    if (!people_are_here(hub)) return;
    for (uint32_t i = 0; i < c->people_count; i++) {
        struct user *user = user_by_number(hub, c->people[i]);
        if (member_find(hub, user, room)) continue;
        if (standing_of(hub, user, room) == STANDING_BANNED) {
            hub_refuse(hub, REFUSED_NOT_ALLOWED, 0, (struct slice){0});
            return;
        }
        if (!member_may_enter(hub, user)) return;
        member_enter(hub, user, room, 0);
    }
}

bool member_put_out(struct hub *hub, struct user *user, struct room *room, enum leaving why,
                    struct slice text) {
    struct account *account = account_of(hub, user);
    /* the kick, the tie and the log, with her name in two of them */
    if (!hub_can_record_all(hub, 3, 4 * (USER_NAME_SIZE_MAX + text.size))) return false;
    struct slice blank = text.size > 0 ? slice_of(" ") : text;
    struct slice words = moderate_words(hub, user_name(user), blank, text);
    struct record *record = speech_next(hub, room, hub_asking_user(hub), STORED_KICK);
    if (record) {
        record->text = words;
        hub_record_sum(hub, record);
        moderate_log(hub, room, "kick", user_name(user), text);
    }
    if (account) (void)tie_set_joined(hub, account, room, false);
    member_leave(hub, user, room, why, text, hub_asking_user(hub));
    return true;
}

void member_remove(struct hub *hub) {
    const struct command *c = hub->command;
    check(c->people_count <= ADMIT_MAX);
    struct user *asker = hub_asking_user(hub);
    struct room *room = room_for(hub, ACTION_KICK);
    if (!room || !people_are_here(hub)) return;
    for (uint32_t i = 0; i < c->people_count; i++) {
        struct user *user = user_by_number(hub, c->people[i]);
        if (!member_find(hub, user, room)) continue;
        if (!standing_over(hub, asker, standing_put_out(hub, user, room), room)) return;
        if (!member_put_out(hub, user, room, LEAVING_REMOVED, (struct slice){0})) return;
        if (room->number == 0) return; /* a private channel ended with its last member */
    }
}

void member_kick(struct hub *hub) {
    const struct command *c = hub->command;
    struct user *asker = hub_asking_user(hub);
    struct room *room = room_for(hub, ACTION_KICK);
    if (!room) return;
    bool inside = member_find(hub, asker, room) != NULL;
    struct user *user = user_by_key(hub, c->name_key.size > 0 ? c->name_key : c->name);
    if (!user) {
        hub_refuse(hub, REFUSED_PERSON_UNKNOWN, 0, c->name);
    } else if (!member_find(hub, user, room)) {
        hub_refuse(hub, REFUSED_PERSON_NOT_IN_ROOM, 0, c->name);
    } else if (moderate_reason(hub) &&
               standing_over(hub, asker, standing_put_out(hub, user, room), room) &&
               member_put_out(hub, user, room, LEAVING_KICKED, c->text)) {
        if (!inside || asker->silent) hub_reply(hub, EVENT_DONE, NULL, true);
    }
}
