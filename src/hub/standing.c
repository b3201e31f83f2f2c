/* standing.c: may she? Every permission is asked for here, and answered by the one table of
 * chat/rights.h. */
#include "base/check.h"
#include "hub/inside.h"
#include "hub/messages.h"
#include "hub/moderate.h"
#include "hub/silent.h"

/* Her role, wherever it is kept. */
enum role standing_role(struct hub *hub, const struct user *user, const struct room *room) {
    const struct account *account = account_of(hub, user);
    if (account) return tie_role(hub, account, room);
    if (room_owned(room, user)) return ROLE_OWNER;
    const struct membership *member = member_find(hub, user, room);
    return member ? (enum role)member->role : ROLE_NONE;
}

bool standing_founds(struct hub *hub, const struct user *user, const struct room *room) {
    const struct account *account = account_of(hub, user);
    if (!account || !(room->flags & ROOM_REGISTERED)) return false;
    return tie_role(hub, account, room) == ROLE_OWNER;
}

/* An invitation that came after the ban lets her in, once. */
static bool is_banned(struct hub *hub, const struct user *user, const struct room *room) {
    return restraint_holds(hub, user, room, RESTRAINT_BAN) &&
           !restraint_holds(hub, user, room, RESTRAINT_INVITE);
}

enum standing standing_of(struct hub *hub, const struct user *user, const struct room *room) {
    if (!user) return STANDING_NOBODY;
    if (room->flags & ROOM_DIRECT) /* between the two of them, whoever else one is */
        return user_is_inside(hub, user, room) ? STANDING_MEMBER : STANDING_STRANGER;
    if (user->powers & POWER_ROOMS) return STANDING_ADMIN;
    switch (standing_role(hub, user, room)) {
    case ROLE_OWNER: return STANDING_OWNER;
    case ROLE_OPERATOR: return STANDING_OPERATOR;
    case ROLE_VOICE:
    case ROLE_NONE:
    case ROLES: break;
    }
    if (silent_hook(hub, user)) /* it speaks where it was made for, and no more */
        return user_is_inside(hub, user, room) ? STANDING_VOICE : STANDING_STRANGER;
    if (!user_is_inside(hub, user, room))
        return is_banned(hub, user, room) ? STANDING_BANNED : STANDING_STRANGER;
    bool voiced = standing_role(hub, user, room) == ROLE_VOICE;
    if (restraint_holds(hub, user, room, RESTRAINT_MUTE) &&
        (!voiced || restraint_names(hub, user, room, RESTRAINT_MUTE)))
        return STANDING_MUTED;
    return voiced ? STANDING_VOICE : STANDING_MEMBER;
}

enum standing standing_of_account(struct hub *hub, const struct account *account,
                                  const struct room *room) {
    if (account->user != NONE) return standing_of(hub, &hub->users[account->user], room);
    switch (tie_role(hub, account, room)) {
    case ROLE_OWNER: return STANDING_OWNER;
    case ROLE_OPERATOR: return STANDING_OPERATOR;
    case ROLE_VOICE:
    case ROLE_NONE:
    case ROLES: break;
    }
    return STANDING_STRANGER;
}

enum allowance standing_allows(struct hub *hub, enum action action, const struct room *room) {
    if (hub_from_control(hub)) return MAY;
    return rights_allow(action, standing_of(hub, hub_asking_user(hub), room));
}

static bool is_invited(struct hub *hub, const struct user *user, const struct room *room) {
    const struct account *account = account_of(hub, user);
    const struct tie *tie = account ? tie_find(hub, account, room) : NULL;
    return (tie && tie->joined) || restraint_holds(hub, user, room, RESTRAINT_INVITE);
}

bool standing_sees(struct hub *hub, const struct user *user, const struct room *room) {
    if (room->flags & ROOM_IMPORTING) return false;
    if ((room->flags & (ROOM_OWN | ROOM_DIRECT)) && !user_is_inside(hub, user, room)) return false;
    if (!(room->flags & ROOM_PRIVATE) || hub_from_control(hub)) return true;
    enum standing standing = standing_of(hub, user, room);
    return rights_allow(ACTION_SEE, standing) == MAY || is_invited(hub, user, room) ||
           restraint_holds(hub, user, room, RESTRAINT_WELCOME);
}

bool standing_lists(struct hub *hub, const struct user *user, const struct room *room) {
    if (!standing_sees(hub, user, room)) return false;
    return !(room->flags & ROOM_SECRET) || user_is_inside(hub, user, room) ||
           standing_of(hub, user, room) == STANDING_ADMIN;
}

/* Why she may not enter, or read without entering. */
static enum refusal entry_refusal(struct hub *hub, const struct user *user,
                                  const struct room *room) {
    if (is_invited(hub, user, room)) return REFUSED_NOT;
    bool welcome = restraint_holds(hub, user, room, RESTRAINT_WELCOME);
    if ((room->flags & (ROOM_PRIVATE | ROOM_INVITE_ONLY)) && !welcome) return REFUSED_INVITE_NEEDED;
    if ((room->flags & ROOM_KNOWN_ENTER) && !account_of(hub, user) && !welcome)
        return REFUSED_LOGIN_NEEDED;
    struct slice key = {room->secret, room->secret_size};
    if (key.size > 0 && !slice_equal(key, hub->command->secret)) return REFUSED_KEY_NEEDED;
    bool enters = hub->command->kind == COMMAND_JOIN;
    if (enters && room->member_limit > 0 && room->member_count >= room->member_limit)
        return REFUSED_ROOM_FULL;
    return REFUSED_NOT;
}

/* Why she may not speak where the table says that it depends. `number` is seconds. */
static enum refusal speech_refusal(struct hub *hub, const struct user *user,
                                   const struct room *room, uint64_t *number) {
    if (room->flags & ROOM_MODERATED) return REFUSED_MODERATED;
    if ((room->flags & ROOM_KNOWN_SPEAK) && !account_of(hub, user)) return REFUSED_MODERATED;
    const int64_t *said_ms = speech_last(hub, user, room);
    if (!said_ms || room->slow_seconds == 0 || *said_ms == 0) return REFUSED_NOT;
    int64_t due_ms = *said_ms + (int64_t)room->slow_seconds * 1000;
    if (hub->now_ms >= due_ms || hub->now_ms < *said_ms) return REFUSED_NOT;
    *number = (uint64_t)(due_ms - hub->now_ms + 999) / 1000;
    return REFUSED_TOO_SOON;
}

/* The words for who may not, whatever the room. */
static enum refusal plain_refusal(struct hub *hub, const struct user *user, const struct room *room,
                                  enum standing standing, uint64_t *number) {
    if (standing == STANDING_NOBODY) return REFUSED_NAME_NEEDED;
    if (standing == STANDING_BANNED) return REFUSED_BANNED;
    if (standing == STANDING_STRANGER) return REFUSED_NOT_IN_ROOM;
    if (standing != STANDING_MUTED) return REFUSED_NOT_ALLOWED;
    int64_t until_ms = restraint_until(hub, user, room, RESTRAINT_MUTE);
    if (until_ms > hub->now_ms) *number = (uint64_t)(until_ms - hub->now_ms + 999) / 1000;
    return REFUSED_MUTED;
}

/* What needs somebody in the room, whatever she is there. */
static bool needs_presence(enum action action) {
    return action == ACTION_SAY || action == ACTION_REACT;
}

/* What goes on between two people is theirs alone: they talk, nobody rules. */
static bool is_for_two(enum action action) {
    return needs_presence(action) || action == ACTION_SEE || action == ACTION_READ ||
           action == ACTION_EDIT || action == ACTION_RETRACT;
}

static enum refusal refusal_of(struct hub *hub, enum action action, const struct room *room,
                               uint64_t *number) {
    const struct user *user = hub_asking_user(hub);
    enum standing standing = standing_of(hub, user, room);
    enum allowance allowance = rights_allow(action, standing);
    bool outside = allowance == MAY_IF_OUTSIDE && (room->flags & ROOM_OUTSIDE);
    if (user && needs_presence(action) && !user_is_inside(hub, user, room) && !outside)
        return standing == STANDING_BANNED ? REFUSED_BANNED : REFUSED_NOT_IN_ROOM;
    if ((room->flags & ROOM_DIRECT) && !is_for_two(action)) return REFUSED_NOT_ALLOWED;
    switch (allowance) {
    case MAY:
    case MAY_IF_OWN: return REFUSED_NOT;
    case MAY_IF_PUBLIC: return REFUSED_NOT; /* standing_sees() */
    case MAY_IF_OPEN: return entry_refusal(hub, user, room);
    case MAY_IF_SPOKEN: return speech_refusal(hub, user, room, number);
    case MAY_IF_OUTSIDE:
        if (!outside) break;
        return speech_refusal(hub, user, room, number);
    case MAY_IF_UNRULED:
        if (room->flags & ROOM_TOPIC_FREE) return REFUSED_NOT;
        return room_is_ruled(hub, room) ? REFUSED_NOT_ALLOWED : REFUSED_NOT;
    case MAY_IF_FREE: return room->flags & ROOM_INVITE_ONLY ? REFUSED_NOT_ALLOWED : REFUSED_NOT;
    case MAY_NOT:
    case ALLOWANCES: break;
    }
    return plain_refusal(hub, user, room, standing, number);
}

enum refusal standing_refusal(struct hub *hub, enum action action, const struct room *room) {
    uint64_t number = 0;
    return hub_from_control(hub) ? REFUSED_NOT : refusal_of(hub, action, room, &number);
}

bool standing_may(struct hub *hub, enum action action, const struct room *room) {
    uint64_t number = 0;
    if (hub_from_control(hub)) return true;
    if (!standing_sees(hub, hub_asking_user(hub), room)) {
        hub_refuse(hub, REFUSED_ROOM_UNKNOWN, 0, hub->command->room);
        return false;
    }
    enum refusal why = refusal_of(hub, action, room, &number);
    if (why == REFUSED_NOT) return true;
    hub_refuse(hub, why, number, room_name(room));
    if (why != REFUSED_MODERATED && why != REFUSED_TOO_SOON) moderate_log_refused(hub, room);
    return false;
}

struct room *room_for(struct hub *hub, enum action action) {
    struct room *room = room_needed(hub);
    return room && standing_may(hub, action, room) ? room : NULL;
}

bool standing_over(struct hub *hub, const struct user *asker, enum standing whom,
                   const struct room *room) {
    if (hub_from_control(hub) || whom <= standing_of(hub, asker, room)) return true;
    hub_refuse(hub, REFUSED_RANK, 0, (struct slice){0});
    moderate_log_refused(hub, room);
    return false;
}

enum standing standing_put_out(struct hub *hub, const struct user *user, const struct room *room) {
    enum standing standing = standing_of(hub, user, room);
    bool guest = !account_of(hub, user);
    return guest && standing == STANDING_OWNER ? STANDING_OPERATOR : standing;
}

void standing_set_guest(struct hub *hub, struct user *user, struct room *room, enum role role) {
    struct membership *member = member_find(hub, user, room);
    check(member != NULL);
    if (room_owned(room, user)) room->owner_serial = 0;
    if (member->role == ROLE_OWNER) room->guest_owners--;
    if (role == ROLE_OWNER) room->guest_owners++;
    member->role = (uint8_t)role;
}

/* A room that a guest made is hers, in it or not; as many as one step may tell of. */
static void register_made(struct hub *hub, struct user *user, struct account *account) {
    uint32_t most = hub->out->count + USER_ROOMS_MAX;
    for (uint32_t i = 0; i < hub->room_top; i++) {
        struct room *room = &hub->rooms[i];
        if (room->number == 0 || !room_owned(room, user) || (room->flags & ROOM_OWN)) continue;
        if (hub->out->count >= most || !tie_set_role(hub, account, room, ROLE_OWNER)) return;
        room->owner_serial = 0;
    }
}

void standing_register(struct hub *hub, struct user *user, struct account *account) {
    register_made(hub, user, account);
    for (uint32_t at = user->memberships; at != NONE; at = hub->memberships[at].user_next) {
        struct membership *member = &hub->memberships[at];
        struct room *room = &hub->rooms[member->room];
        enum role role = (enum role)member->role;
        if (room->flags & ROOM_OWN) continue;
        standing_set_guest(hub, user, room, ROLE_NONE);
        if (role != ROLE_NONE && !tie_set_role(hub, account, room, role)) return;
        if (!tie_set_joined(hub, account, room, true)) return;
    }
    restraint_register(hub, user, account);
}
