/* user.c: who is here: names, numbers, the connections of one person. */
#include "base/check.h"
#include "base/secret.h"
#include "chat/scope.h"
#include "hub/fact.h"
#include "hub/inside.h"
#include "hub/invitation.h"
#include "hub/messages.h"
#include "hub/people.h"
#include "hub/profile.h"
#include "hub/rule.h"
#include "hub/silent.h"
#include "hub/watch.h"

/* So many user numbers are reserved on disk at a time: one record for a thousand guests. */
enum { USER_NUMBERS_AHEAD = 1024 };

uint32_t user_row(const struct hub *hub, const struct user *user) {
    return (uint32_t)(user - hub->users);
}

struct slice user_name(const struct user *user) {
    return (struct slice){user->name, user->name_size};
}

static struct slice user_key(const struct user *user) {
    return (struct slice){user->key, user->key_size};
}

static uint64_t key_hash(const struct hub *hub, struct slice key) {
    return slice_hash(key, hub->seed);
}

static uint64_t number_hash(const struct hub *hub, uint32_t number) {
    return (number ^ hub->seed) * UINT64_C(0x9e3779b97f4a7c15);
}

/* A draw or a hash already: spread enough once it is mixed with the seed. */
static uint64_t identity_hash(const struct hub *hub, struct identity identity) {
    return (identity.v ^ hub->seed) * UINT64_C(0x9e3779b97f4a7c15);
}

struct user *user_by_key(struct hub *hub, struct slice key) {
    uint64_t hash = key_hash(hub, key);
    for (uint32_t at = index_first(&hub->user_keys, hash); at != INDEX_END;
         at = index_next(&hub->user_keys, at, hash)) {
        struct user *user = &hub->users[index_row(&hub->user_keys, at)];
        if (slice_equal(user_key(user), key)) return user;
    }
    return NULL;
}

struct user *user_by_number(struct hub *hub, uint32_t number) {
    uint64_t hash = number_hash(hub, number);
    for (uint32_t at = index_first(&hub->user_numbers, hash); at != INDEX_END;
         at = index_next(&hub->user_numbers, at, hash)) {
        struct user *user = &hub->users[index_row(&hub->user_numbers, at)];
        if (user->number == number) return user;
    }
    return NULL;
}

void user_call(struct hub *hub, struct user *user, const struct name *name) {
    check(name->text.size > 0 && name->text.size <= USER_NAME_SIZE_MAX);
    check(name->key.size > 0 && name->key.size <= USER_KEY_MAX);
    memcpy(user->name, name->text.at, name->text.size);
    memcpy(user->key, name->key.at, name->key.size);
    user->name_size = (uint8_t)name->text.size;
    user->key_size = (uint8_t)name->key.size;
    user->skeleton = name->looks;
    index_put(&hub->user_keys, key_hash(hub, name->key), user_row(hub, user));
    index_put(&hub->user_skeletons, user->skeleton ^ hub->seed, user_row(hub, user));
}

void user_uncall(struct hub *hub, struct user *user) {
    index_drop(&hub->user_keys, key_hash(hub, user_key(user)), user_row(hub, user));
    index_drop(&hub->user_skeletons, user->skeleton ^ hub->seed, user_row(hub, user));
}

/* 0: all numbers reserved so far are given out and the disk cannot take the next thousand; the
 * asker was told. */
uint32_t user_number_next(struct hub *hub) {
    if (hub->next_user_number == hub->reserved_user_number) {
        if (!hub_can_record(hub, 0)) return 0;
        hub->reserved_user_number += USER_NUMBERS_AHEAD;
        struct record *record = hub_record(hub, RECORD_COUNTERS, NULL);
        record->number = hub->reserved_user_number;
        record->seq = hub->next_room_number;
        hub_record_sum(hub, record);
    }
    return hub->next_user_number++;
}

struct user *user_take(struct hub *hub) {
    uint32_t row = hub->user_free;
    if (row != NONE) {
        hub->user_free = hub->users[row].next_free;
    } else {
        check(hub->user_top < hub->user_max); /* a session each, and there are as many */
        row = hub->user_top++;
    }
    return &hub->users[row];
}

void user_give_back(struct hub *hub, struct user *user) {
    user->number = 0;
    user->next_free = hub->user_free;
    hub->user_free = user_row(hub, user);
}

struct user *user_new(struct hub *hub, uint32_t number, const struct name *name) {
    struct user *user = user_take(hub);
    uint32_t row = user_row(hub, user);
    *user = (struct user){.number = number,
                          .serial = hub->next_serial++,
                          .sessions = NONE,
                          .memberships = NONE,
                          .account = NONE,
                          .restraints = NONE,
                          .directs = NONE,
                          .identity = {rng_next(&hub->rng) | GUEST_IDENTITY}};
    index_put(&hub->user_numbers, number_hash(hub, number), row);
    index_put(&hub->user_identities, identity_hash(hub, user->identity), row);
    user_call(hub, user, name);
    if (++hub->user_count > hub->user_count_most) hub->user_count_most = hub->user_count;
    return user;
}

void user_renumber(struct hub *hub, struct user *user, uint32_t number) {
    if (user->account == NONE) fact_drop_person(hub, user->number);
    index_drop(&hub->user_numbers, number_hash(hub, user->number), user_row(hub, user));
    user->number = number;
    index_put(&hub->user_numbers, number_hash(hub, number), user_row(hub, user));
}

void user_identify(struct hub *hub, struct user *user, struct identity identity) {
    uint32_t row = user_row(hub, user);
    index_drop(&hub->user_identities, identity_hash(hub, user->identity), row);
    user->identity = identity;
    index_put(&hub->user_identities, identity_hash(hub, user->identity), row);
}

static void user_free(struct hub *hub, struct user *user) {
    check(user->sessions == NONE && user->memberships == NONE);
    struct account *account = account_of(hub, user);
    if (account) account->user = NONE;
    if (!account) fact_drop_person(hub, user->number);
    whowas_keep(hub, user);
    watch_went(hub, user);
    direct_drop(hub, user);
    user_uncall(hub, user);
    index_drop(&hub->user_numbers, number_hash(hub, user->number), user_row(hub, user));
    index_drop(&hub->user_identities, identity_hash(hub, user->identity), user_row(hub, user));
    profile_drop(hub, user);
    user_give_back(hub, user);
    hub->user_count--;
}

void session_use_token(struct hub *hub, uint32_t token) {
    struct session *session = hub_asker(hub);
    session->token = token;
    session->scopes = token == NONE ? SCOPES_ALL : hub->tokens[token].scopes;
}

void session_attach(struct hub *hub, struct user *user, uint8_t dialect, struct address address) {
    struct session *session = hub_asker(hub);
    check(session->generation == 0);
    session->generation = hub->command->session.generation;
    session->dialect = dialect;
    session->address = address;
    session->closed = false;
    session->secure = hub->command->secure;
    session_use_token(hub, NONE);
    session->user = user_row(hub, user);
    session->next = user->sessions;
    user->sessions = (uint32_t)(session - hub->sessions);
    user->session_count++;
    hub->session_count++;
    stay_ends(hub, user);
}

static void session_detach(struct hub *hub, struct user *user, struct session *session) {
    uint32_t row = (uint32_t)(session - hub->sessions), *at = &user->sessions;
    while (*at != row) {
        check(*at != NONE);
        at = &hub->sessions[*at].next;
    }
    *at = session->next;
    session->generation = 0;
    session->closed = false;
    user->session_count--;
    hub->session_count--;
}

void user_leave(struct hub *hub, struct user *user, struct slice text) {
    if (user->silent) {
        session_detach(hub, user, hub_asker(hub));
        silent_end(hub, user);
        return;
    }
    if (user->session_count == 1 && !stay_begins(hub, user))
        member_quit(hub, user, text);
    else
        member_drop_session(hub, user, (uint32_t)(hub_asker(hub) - hub->sessions));
    session_detach(hub, user, hub_asker(hub));
    if (user->sessions == NONE && !user->stays) user_free(hub, user);
}

void user_end(struct hub *hub, struct user *user) {
    check(user->sessions == NONE);
    stay_ends(hub, user);
    member_quit(hub, user, (struct slice){0});
    user_free(hub, user);
}

/* Refuse and close: the session reads no further line, so nothing is its last answer. */
static void user_close(struct hub *hub, enum refusal why, uint64_t number) {
    struct event *event = hub_reply(hub, EVENT_CLOSE, NULL, false);
    event->refusal = (uint8_t)why;
    event->number = number;
}

/* A phone comes with its own integer: the same one from the same address is one person. */
static struct user *user_phone(struct hub *hub) {
    const struct command *c = hub->command;
    struct slice none = {0};
    if (c->number == 0 || c->number >= USER_NUMBER_FIRST) {
        hub_refuse(hub, REFUSED_ID_BAD, 0, none);
        return NULL;
    }
    struct user *user = user_by_number(hub, (uint32_t)c->number);
    if (!user && server_refuses_new(hub)) return NULL;
    if (!user) {
        struct buf text;
        buf_init(&text, hub->fresh_name, sizeof hub->fresh_name);
        buf_text(&text, "client-");
        buf_number(&text, c->number);
        struct name name = {.text = buf_slice(&text),
                            .key = buf_slice(&text),
                            .looks = name_plain_looks(buf_slice(&text))};
        return user_new(hub, (uint32_t)c->number, &name);
    }
    check(user->sessions != NONE);
    if (memcmp(hub->sessions[user->sessions].address.ip, c->address.ip, 16) != 0) {
        user_close(hub, REFUSED_ID_TAKEN, 0);
        return NULL;
    }
    if (user->session_count == USER_SESSIONS_MAX) {
        user_close(hub, REFUSED_TOO_MANY_SESSIONS, USER_SESSIONS_MAX);
        return NULL;
    }
    return user;
}

/* Somebody else's session with this guest's token is one more device of hers. */
static struct user *user_by_token(struct hub *hub, struct identity identity) {
    uint64_t hash = identity_hash(hub, identity);
    for (uint32_t at = index_first(&hub->user_identities, hash); at != INDEX_END;
         at = index_next(&hub->user_identities, at, hash)) {
        struct user *user = &hub->users[index_row(&hub->user_identities, at)];
        if (user->identity.v == identity.v) return user;
    }
    return NULL;
}

static struct user *user_arrive(struct hub *hub) {
    const struct command *c = hub->command;
    bool open = hub->limits.guests;
    if (!open && (c->naming == NAMING_PHONE || c->text.size == 0)) {
        hub_refuse(hub, REFUSED_NO_GUESTS, 0, (struct slice){0});
        return NULL;
    }
    if (c->naming == NAMING_PHONE) return user_phone(hub);
    bool known = secret_is_token(c->secret);
    struct identity identity = known ? token_identity(c->secret) : (struct identity){0};
    struct user *user = known ? user_by_token(hub, identity) : NULL;
    if (user && user->session_count == USER_SESSIONS_MAX) {
        user_close(hub, REFUSED_TOO_MANY_SESSIONS, USER_SESSIONS_MAX);
        return NULL;
    }
    if (user) return user;
    if (server_refuses_new(hub)) return NULL;
    struct name name;
    if (!name_choose(hub, &name)) return NULL;
    bool invited = c->text.size > 0 && invitation_use(hub, identity);
    if (!open && !invited) {
        hub_refuse(hub, REFUSED_INVITATION_BAD, 0, (struct slice){0});
        return NULL;
    }
    uint32_t number = user_number_next(hub);
    if (number == 0) return NULL;
    user = user_new(hub, number, &name);
    user->invited = invited;
    if (known) user_identify(hub, user, identity);
    return user;
}

/* False: the room could not be made, and she was told. */
static bool user_enter_first(struct hub *hub, struct user *user, bool is_new) {
    struct room *room = room_meant(hub);
    if (!is_new) member_add_session(hub, user, (uint32_t)(hub_asker(hub) - hub->sessions));
    if (!room && hub->command->room.size > 0) {
        room = room_make(hub, hub->command->room, hub->command->room_key, 0, NULL);
        if (!room) return false;
    }
    if (!room || member_find(hub, user, room)) return true;
    if (!standing_may(hub, ACTION_ENTER, room)) return false; /* it is no reason to send her away */
    member_enter(hub, user, room, EVENT_FIRST);
    return true;
}

/* The private channel of a `dollar` person, called as her address. False: there is no room for it,
 * and she was told. */
static bool user_own_channel(struct hub *hub, struct user *user) {
    struct buf name;
    buf_init(&name, hub->own_name, sizeof hub->own_name);
    address_text(&name, hub->command->address);
    struct slice text = buf_slice(&name);
    if (room_by_key(hub, text)) return true; /* only unix sockets share an address */
    struct room *room = room_make(hub, text, text, ROOM_OWN, user);
    if (room) member_enter(hub, user, room, EVENT_FIRST);
    return room != NULL;
}

void user_welcome(struct hub *hub, struct user *user) {
    struct event *welcome = hub_reply(hub, EVENT_WELCOME, NULL, false);
    welcome->author = (struct user_id){user->number};
    welcome->author_name = user_name(user);
    welcome->identity = user->identity;
    welcome->login = profile_login(hub, user);
    welcome->account = profile_account(hub, user);
    welcome->number = profile_flags(hub, user);
    welcome->address = hub_asker(hub)->address;
    if (user->has_profile) profile_counts_tell(hub, false);
    watch_came(hub, user);
    if (profile_flags(hub, user) & PERSON_WALLOPS)
        watch_wallops(hub, (uint32_t)(hub_asker(hub) - hub->sessions), true);
}

/* Her next line is read after the last answer: when she is in the room that it is meant for. */
void user_settle(struct hub *hub, struct user *user, bool is_new) {
    const struct command *c = hub->command;
    if ((c->flags & COMMAND_OWN) && !user_own_channel(hub, user)) return;
    if (!user_enter_first(hub, user, is_new) || !(c->flags & COMMAND_WAITS)) return;
    const struct room *room = c->count > 0 ? room_meant(hub) : NULL;
    if (!room || !list_backlog(hub, room)) hub_reply(hub, EVENT_DONE, NULL, true);
}

void user_hello(struct hub *hub) {
    if (hub_asking_user(hub)) {
        hub_refuse(hub, REFUSED_NAME_GIVEN, 0, (struct slice){0});
        return;
    }
    if (proof_is_awaited(hub)) {
        hub_refuse(hub, REFUSED_LOGIN_BUSY, 1, (struct slice){0});
        return;
    }
    struct account *account = login_proven(hub);
    if (account) {
        login_comes(hub, account);
        return;
    }
    if (login_by_token(hub)) return;
    struct user *user = user_arrive(hub);
    if (!user) return;
    bool is_new = user->sessions == NONE;
    session_attach(hub, user, hub->command->dialect, hub->command->address);
    profile_take(hub, user);
    user_welcome(hub, user);
    user_settle(hub, user, is_new);
}

/* All who see her are told; `old` is what she was called. */
void user_tell_renamed(struct hub *hub, const struct user *user, struct slice old) {
    uint32_t scatter = ++hub->next_scatter;
    for (uint32_t at = user->memberships; at != NONE; at = hub->memberships[at].user_next) {
        struct event *event =
            hub_publish(hub, EVENT_RENAMED, &hub->rooms[hub->memberships[at].room], user);
        event->author_name = old;
        event->other = user_name(user);
        event->reply_code = hub->command ? hub->command->reply_code : 0;
        event->number = scatter;
        if (user->room_count > 1) event->flags |= EVENT_SCATTERED;
    }
    if (hub->command) watch_renamed(hub, user, old);
}

/* An account's name is its own: its person changes how it is written and no more. */
static bool user_may_rename(struct hub *hub, struct user *user) {
    struct account *account = account_of(hub, user);
    bool same = slice_equal(hub->command->name_key, user_key(user));
    if (account && !same && !(hub->command->flags & COMMAND_KEEPS)) {
        hub_refuse(hub, REFUSED_NAME_GIVEN, 0, (struct slice){0});
        return false;
    }
    if (!name_is_free(hub, user)) return false;
    bool hers = account && slice_equal(hub->command->name_key,
                                       (struct slice){account->key, account->key_size});
    return !hers || account_respell(hub, account, hub->command->name);
}

void user_nick(struct hub *hub) {
    struct user *user = hub_asking_user(hub);
    if ((hub->command->flags & COMMAND_KEEPS) && slice_equal(hub->command->name, user_name(user))) {
        hub_done(hub); /* she is called so already: there is nothing to tell */
        return;
    }
    if (!user_may_rename(hub, user)) return;
    struct name name = name_of_command(hub->command);
    struct slice old = {hub->old_name, user->name_size};
    memcpy(hub->old_name, user->name, user->name_size);
    if (!slice_equal(name.key, user_key(user))) whowas_keep(hub, user);
    user_uncall(hub, user);
    user_call(hub, user, &name);
    user_tell_renamed(hub, user, old);
    if (user->room_count > 0) return;
    struct event *done = hub_reply(hub, EVENT_RENAMED, NULL, true);
    done->author = (struct user_id){user->number};
    done->author_name = old;
    done->login = profile_login(hub, user);
    done->other = user_name(user);
    done->session = hub->command->session;
    done->number = hub->next_scatter;
}

struct slice user_away_words(const struct hub *hub, const struct user *user) {
    return (struct slice){hub->aways + (size_t)user_row(hub, user) * AWAY_SIZE_MAX,
                          user->away_size};
}

void user_away(struct hub *hub) {
    struct user *user = hub_asking_user(hub);
    if (hub->command->text.size > hub->limits.away_size) {
        hub_refuse(hub, REFUSED_TEXT_TOO_LONG, hub->limits.away_size, (struct slice){0});
        return;
    }
    struct slice text = slice_head(hub->command->text, AWAY_SIZE_MAX);
    if (text.size > 0)
        memcpy(hub->aways + (size_t)user_row(hub, user) * AWAY_SIZE_MAX, text.at, text.size);
    user->away_size = (uint16_t)text.size;
    profile_tell(hub, user, PERSON_IS_AWAY, text);
    struct event *done = hub_reply(hub, EVENT_DONE, NULL, true);
    done->number = user->away_size > 0;
    done->text = user->away_size > 0 ? slice_of("you are away") : slice_of("you are here again");
}

void user_bye(struct hub *hub) {
    struct user *user = hub_asking_user(hub);
    hub_reply(hub, EVENT_BYE, NULL, true);
    proof_drop(hub);
    watch_drop(hub, hub_asker(hub));
    if (user) user_leave(hub, user, hub->command->text);
}
