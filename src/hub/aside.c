/* aside.c: what is said to those of a room who have a role there, and to nobody else: STATUSMSG of
 * IRC, and what somebody without a role says where operators alone are to hear it. It is told live
 * and kept nowhere, since history shows a room's messages to all alike. */
#include "base/check.h"
#include "hub/inside.h"
#include "hub/messages.h"
#include "hub/profile.h"
#include "hub/rule.h"

enum { ASIDE_SESSIONS_MAX = 512 }; /* one step tells no more; a room has few who run it */

_Static_assert(ASIDE_SESSIONS_MAX + 8 <= EFFECTS_MAX, "an aside fits into a step");

static void tell_one(struct hub *hub, const struct room *room, const struct user *user,
                     uint32_t session_row, const struct event *what) {
    const struct user *asker = hub_asking_user(hub);
    struct session_id id = hub_session_id(hub, session_row);
    struct event *event = hub_reply_to(hub, id, EVENT_TOLD, room);
    tell_fill(hub, event, NULL, asker, what);
    event->setting = what->setting;
    event->session = hub->command->session;
    if (user != asker) return;
    event->flags |= EVENT_OWN;
    if (session_same(id, hub->command->session)) event->reply_code = hub->command->reply_code;
}

/* The sessions that can show it, told if `what` is there. */
static uint32_t for_ranks(struct hub *hub, const struct room *room, enum role least,
                          const struct event *what) {
    uint32_t count = 0;
    for (uint32_t at = room->members_first; at != NONE; at = hub->memberships[at].room_next) {
        const struct user *user = &hub->users[hub->memberships[at].user];
        bool meant = standing_role(hub, user, room) >= least || user == hub_asking_user(hub) ||
                     (least == ROLE_VOICE && hub->memberships[at].voiced);
        for (uint32_t s = meant ? user->sessions : NONE; s != NONE; s = hub->sessions[s].next) {
            if (hub->sessions[s].dialect != DIALECT_IRC) continue;
            if (what) tell_one(hub, room, user, s, what);
            count++;
        }
    }
    return count;
}

bool aside_hides(struct hub *hub, const struct user *user, const struct room *room) {
    if (!(room->flags & ROOM_AUDITORIUM)) return false;
    const struct membership *member = member_find(hub, user, room);
    return standing_role(hub, user, room) < ROLE_VOICE && !(member && member->voiced);
}

bool aside_lists(struct hub *hub, const struct user *user, const struct room *room) {
    if (!aside_hides(hub, user, room) || hub_from_control(hub)) return true;
    return standing_of(hub, hub_asking_user(hub), room) >= STANDING_OPERATOR;
}

void aside_hide(struct hub *hub, const struct room *room) {
    check(hub->out->count > 0 && hub->out->at[hub->out->count - 1].kind == EFFECT_PUBLISH);
    struct event news = hub->out->at[--hub->out->count].event;
    if (news.kind == EVENT_JOINED) news.number = rng_next(&hub->rng) | 1;
    news.flags = (uint16_t)((news.flags & ~EVENT_SCATTERED) | EVENT_OFF);
    news.reply_code = 0;
    for (uint32_t at = room->members_first; at != NONE; at = hub->memberships[at].room_next) {
        const struct user *user = &hub->users[hub->memberships[at].user];
        if (standing_role(hub, user, room) < ROLE_OPERATOR) continue;
        for (uint32_t s = user->sessions; s != NONE; s = hub->sessions[s].next) {
            if (hub->sessions[s].dialect != DIALECT_IRC) continue;
            if (hub->out->count + USER_ROOMS_MAX > EFFECTS_MAX) return; /* a step has its bounds */
            *hub_reply_to(hub, hub_session_id(hub, s), news.kind, room) = news;
        }
    }
}

bool aside_is_due(struct hub *hub, const struct room *room) {
    const struct user *asker = hub_asking_user(hub);
    if (!(room->flags & ROOM_OP_MODERATED)) return false;
    const struct membership *member = member_find(hub, asker, room);
    if (member && member->voiced) return false;
    return standing_of(hub, asker, room) < STANDING_VOICE;
}

void aside_to_operators(struct hub *hub, const struct room *room) {
    const struct command *c = hub->command;
    if (for_ranks(hub, room, ROLE_OPERATOR, NULL) > ASIDE_SESSIONS_MAX) {
        hub_refuse(hub, REFUSED_NOT_ALLOWED, 0, room_name(room));
        return;
    }
    struct event told = {.kind = EVENT_TOLD,
                         .speech = c->speech,
                         .text = c->text,
                         .tags = c->tags,
                         .number = rng_next(&hub->rng) | 1};
    for_ranks(hub, room, ROLE_OPERATOR, &told);
    hub_done(hub);
}

void aside_say(struct hub *hub) {
    const struct command *c = hub->command;
    struct room *room = room_for(hub, ACTION_SAY);
    if (!room || !speech_fits(hub, TEXT_SIZE_MAX)) return;
    check(c->number > ROLE_NONE && c->number < ROLES);
    enum role least = (enum role)c->number;
    if ((room->flags & ROOM_DIRECT) || !user_is_inside(hub, hub_asking_user(hub), room)) {
        hub_refuse(hub, REFUSED_NOT_IN_ROOM, 0, room_name(room));
        return;
    }
    if (for_ranks(hub, room, least, NULL) > ASIDE_SESSIONS_MAX) {
        hub_refuse(hub, REFUSED_NOT_ALLOWED, 0, room_name(room));
        return;
    }
    if (!filter_passes(hub, room)) return;
    profile_spoke(hub, hub_asking_user(hub));
    struct event told = {.kind = EVENT_TOLD,
                         .speech = c->speech,
                         .setting = (uint8_t)least,
                         .text = c->text,
                         .tags = c->tags,
                         .number = rng_next(&hub->rng) | 1};
    for_ranks(hub, room, least, &told);
    hub_done(hub);
}
