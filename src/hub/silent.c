/* silent.c: who acts and is not here. */
#include "hub/silent.h"

#include "base/check.h"
#include "chat/scope.h"
#include "hub/inside.h"
#include "hub/people.h"

struct user *silent_person(const struct hub *hub, const struct user *user) {
    if (user->account == NONE) return NULL;
    uint32_t row = hub->accounts[user->account].user;
    return row == NONE ? NULL : &hub->users[row];
}

const struct token_row *silent_hook(const struct hub *hub, const struct user *user) {
    if (!user->silent || user->sessions == NONE) return NULL;
    uint32_t token = hub->sessions[user->sessions].token;
    if (token == NONE || !(hub->tokens[token].scopes & SCOPE_HOOK)) return NULL;
    return &hub->tokens[token];
}

bool silent_is_in(const struct hub *hub, const struct user *user, const struct room *room) {
    const struct token_row *hook = silent_hook(hub, user);
    if (hook) return hook->room == room->number;
    if (user->account == NONE) return false;
    if (member_find(hub, user, room)) return true;
    const struct tie *tie = tie_find(hub, &hub->accounts[user->account], room);
    return tie && tie->joined;
}

struct room *silent_room(struct hub *hub) {
    const struct token_row *hook = silent_hook(hub, hub_asking_user(hub));
    const struct command *c = hub->command;
    if (!hook || c->room.size > 0 || c->room_id.v != 0) return room_for(hub, ACTION_SAY);
    struct room *room = room_by_number(hub, hook->room);
    if (!room) hub_refuse(hub, REFUSED_ROOM_UNKNOWN, 0, (struct slice){0});
    return room && standing_may(hub, ACTION_SAY, room) ? room : NULL;
}

static void logged_in(struct hub *hub, const struct user *user) {
    struct event *event = hub_reply_account(hub, EVENT_LOGGED_IN, false);
    event->author = (struct user_id){user->number};
    event->author_name = user_name(user);
    event->identity = user->identity;
    event->number = hub_asker(hub)->scopes;
    hub_done(hub);
}

void silent_login(struct hub *hub, const struct token_row *token) {
    const struct command *c = hub->command;
    struct account *account = &hub->accounts[token->account];
    bool hook = token->scopes & SCOPE_HOOK;
    if (account->silent_count == SILENTS_MAX) {
        hub_refuse(hub, REFUSED_TOO_MANY_SESSIONS, SILENTS_MAX, account_name(account));
        return;
    }
    struct slice name = hook ? (struct slice){token->shown, token->shown_size}
                             : (struct slice){account->name, account->name_size};
    struct user *user = user_take(hub);
    *user = (struct user){.number = hook ? token->speaker : account->number,
                          .serial = hub->next_serial++,
                          .sessions = NONE,
                          .memberships = NONE,
                          .account = hook ? NONE : token->account,
                          .restraints = NONE,
                          .owner = account->number,
                          .directs = NONE,
                          .silent = true,
                          .name_size = (uint8_t)name.size};
    user->identity.v = user->number;
    memcpy(user->name, name.at, name.size);
    account->silent_count++;
    hub->silent_count++;
    session_attach(hub, user, c->dialect, c->address);
    session_use_token(hub, (uint32_t)(token - hub->tokens));
    logged_in(hub, user);
}

void silent_end(struct hub *hub, struct user *user) {
    check(user->sessions == NONE && user->memberships == NONE);
    struct account *account = user->owner > 0 ? account_by_number(hub, user->owner) : NULL;
    if (account) {
        check(account->silent_count > 0);
        account->silent_count--;
    }
    hub->silent_count--;
    user_give_back(hub, user);
}

/* ---- rooms ---- */

/* The room is one of hers, and where she is here she goes in. False: the asker was told. */
static bool take_in(struct hub *hub, struct room *room) {
    struct user *asker = hub_asking_user(hub), *person = silent_person(hub, asker);
    if (person && member_find(hub, person, room)) return true;
    if (person && !member_may_enter(hub, person)) return false;
    if (person)
        member_enter(hub, person, room, 0);
    else if (!tie_set_joined(hub, account_of(hub, asker), room, true))
        return false;
    return true;
}

static void tell_room_is(struct hub *hub, enum event_kind kind, const struct room *room) {
    struct event *event = hub_reply(hub, kind, room, false);
    event->count = room->member_count;
    event->epoch = room->epoch;
    event->seq = room->seq;
    event->text = room_topic(hub, room);
    hub_done(hub);
}

void silent_join(struct hub *hub) {
    const struct command *c = hub->command;
    struct user *user = hub_asking_user(hub);
    struct room *room = room_meant(hub);
    bool unseen = room && !standing_sees(hub, user, room);
    if (unseen || (!room && (c->room_key.size == 0 || (c->flags & COMMAND_EXISTS)))) {
        hub_refuse(hub, REFUSED_ROOM_UNKNOWN, 0, c->room);
        return;
    }
    if (!room) {
        silent_create(hub);
        return;
    }
    if (!silent_is_in(hub, user, room) && !standing_may(hub, ACTION_ENTER, room)) return;
    if (take_in(hub, room)) tell_room_is(hub, EVENT_TOPIC, room);
}

void silent_create(struct hub *hub) {
    const struct command *c = hub->command;
    struct user *user = hub_asking_user(hub), *person = silent_person(hub, user);
    const struct room *there = room_meant(hub);
    if (there) { /* that it is there is not said to who may not know: the name is no good */
        bool seen = standing_sees(hub, user, there);
        hub_refuse(hub, seen ? REFUSED_ROOM_EXISTS : REFUSED_ROOM_NAME_BAD, 0, c->room);
        return;
    }
    if (person && !member_may_enter(hub, person)) return;
    if (!hub_can_record_all(hub, 3, ROOM_NAME_SIZE_MAX + ROOM_KEY_MAX)) return;
    struct room *room = room_make(hub, c->room, c->room_key, 0, user);
    if (room && take_in(hub, room)) tell_room_is(hub, EVENT_CREATED, room);
}

void silent_part(struct hub *hub) {
    struct room *room = room_for(hub, ACTION_SEE);
    struct user *user = hub_asking_user(hub), *person = silent_person(hub, user);
    if (!room) return;
    if (!silent_is_in(hub, user, room)) {
        hub_refuse(hub, REFUSED_NOT_IN_ROOM, 0, room_name(room));
        return;
    }
    if (!tie_set_joined(hub, account_of(hub, user), room, false)) return;
    if (person && member_find(hub, person, room))
        member_leave(hub, person, room, LEAVING_PART, hub->command->text, NULL);
    hub_done(hub);
}

/* ---- what ends ---- */

static bool is_of(const struct user *user, const struct account *account) {
    return user->number != 0 && user->silent && user->owner == account->number;
}

/* Seldom, and there are few users: the table is gone through. */
void silent_close(struct hub *hub, const struct account *account, uint32_t token, enum refusal why,
                  bool but_asker) {
    if (account->silent_count == 0) return;
    for (uint32_t row = 0; row < hub->user_top; row++) {
        const struct user *user = &hub->users[row];
        if (!is_of(user, account) || user->sessions == NONE) continue;
        if (token != NONE && hub->sessions[user->sessions].token != token) continue;
        if (but_asker && user == hub_asking_user(hub)) continue;
        login_close_session(hub, user->sessions, why);
    }
}

void silent_drop_account(struct hub *hub, const struct account *account) {
    for (uint32_t row = 0; account->silent_count > 0 && row < hub->user_top; row++) {
        struct user *user = &hub->users[row];
        if (!is_of(user, account)) continue;
        user->owner = 0;
        user->account = NONE;
    }
}

void silent_drop_token(struct hub *hub, uint32_t token) {
    const struct account *account = &hub->accounts[hub->tokens[token].account];
    for (uint32_t row = 0; account->silent_count > 0 && row < hub->user_top; row++) {
        const struct user *user = &hub->users[row];
        if (!is_of(user, account) || user->sessions == NONE) continue;
        struct session *session = &hub->sessions[user->sessions];
        if (session->token == token) session->token = NONE;
    }
}

void silent_verify(const struct hub *hub, const struct user *user) {
    uint32_t row = user_row(hub, user);
    check(user->sessions != NONE && hub->sessions[user->sessions].user == row);
    check(hub->sessions[user->sessions].next == NONE && user->session_count == 1);
    check(user->memberships == NONE && user->room_count == 0 && user->directs == NONE);
    check(user->account == NONE || hub->accounts[user->account].number == user->owner);
    check(!user->stays && !user->has_profile && user->name_size > 0);
}
