/* login.c: somebody says that she is an account, and is it; or is not any more. A guest who logs in
 * leaves herself behind: the session goes over to the account's person, and the rooms that the
 * guest was in with it. */
#include "base/check.h"
#include "base/scram.h"
#include "base/secret.h"
#include "chat/scope.h"
#include "hub/inside.h"
#include "hub/messages.h"
#include "hub/moderate.h"
#include "hub/people.h"
#include "hub/profile.h"
#include "hub/silent.h"
#include "hub/watch.h"

/* The rooms of the guest that the session was. Its worker's roster has the session in them. */
struct guest_rooms {
    uint32_t rows[USER_ROOMS_MAX];
    uint32_t count;
};

static bool was_in(const struct guest_rooms *rooms, uint32_t row) {
    for (uint32_t i = 0; i < rooms->count; i++)
        if (rooms->rows[i] == row) return true;
    return false;
}

/* Her private channel is left out: it ends with the guest. */
static void guest_rooms_take(struct hub *hub, const struct user *guest, struct guest_rooms *rooms) {
    struct user *user = (struct user *)(uintptr_t)guest;
    for (uint32_t at = user->memberships; at != NONE; at = hub->memberships[at].user_next) {
        struct room *room = &hub->rooms[hub->memberships[at].room];
        check(rooms->count < USER_ROOMS_MAX);
        if (!(room->flags & ROOM_OWN)) rooms->rows[rooms->count++] = room_row(hub, room);
    }
}

static void tell_exited(struct hub *hub, const struct user *user, const struct room *room) {
    struct event *event = hub_reply(hub, EVENT_EXITED, room, false);
    event->session = hub->command->session;
    event->why = LEAVING_PART;
    event->author = (struct user_id){user->number};
    event->author_name = user_name(user);
}

static void tell_logged_in(struct hub *hub, const struct account *account) {
    struct event *event = hub_reply_account(hub, EVENT_LOGGED_IN, false);
    event->author = (struct user_id){account->number};
    event->author_name = account_name(account);
    event->identity = (struct identity){account->number};
}

/* Somebody is called otherwise from now on; `memory` keeps her old name for the rest of the step.
 */
static void name_changed(struct hub *hub, struct user *holder, const struct name *name,
                         char *memory) {
    struct slice old = {memory, holder->name_size};
    memcpy(memory, holder->name, holder->name_size);
    user_uncall(hub, holder);
    user_call(hub, holder, name);
    user_tell_renamed(hub, holder, old);
    for (uint32_t s = holder->sessions; holder->room_count == 0 && s != NONE;
         s = hub->sessions[s].next) {
        struct event *event = hub_reply_to(hub, hub_session_id(hub, s), EVENT_RENAMED, NULL);
        event->author = (struct user_id){holder->number};
        event->author_name = old;
        event->other = user_name(holder);
        event->session = hub_session_id(hub, s);
    }
}

/* A guest bears the account's name: it was made by the administrator meanwhile, or the setting
 * nick_reservation lets her. She gets another one. */
void login_free_name(struct hub *hub, const struct account *account) {
    struct user *holder = user_by_key(hub, (struct slice){account->key, account->key_size});
    if (!holder) return;
    struct name name = name_friendly(hub);
    name_changed(hub, holder, &name, hub->gone_name);
}

static struct name own_name(const struct account *account) {
    return (struct name){.text = account_name(account),
                         .key = {account->key, account->key_size},
                         .looks = account->skeleton};
}

static struct user *user_of_account(struct hub *hub, struct account *account,
                                    const struct name *name) {
    if (slice_equal(name->key, (struct slice){account->key, account->key_size}))
        login_free_name(hub, account);
    struct user *user = user_new(hub, account->number, name);
    user_identify(hub, user, (struct identity){account->number});
    user->account = account_row(hub, account);
    account->user = user_row(hub, user);
    return user;
}

static bool may_be_in(struct hub *hub, const struct user *user, const struct room *room) {
    if (standing_of(hub, user, room) == STANDING_BANNED) return false;
    uint32_t most = hub->limits.user_rooms;
    if (most == 0 || most > USER_ROOMS_MAX) most = USER_ROOMS_MAX;
    return user->room_count < most && member_has_room(hub);
}

/* Her own rooms, on the first of her sessions. */
static void enter_ties(struct hub *hub, struct user *user, const struct account *account,
                       const struct guest_rooms *rooms) {
    const struct room *first = rooms->count > 0 ? NULL : room_meant(hub);
    uint32_t next;
    for (uint32_t at = account->ties; at != NONE; at = next) {
        const struct tie *tie = &hub->ties[at];
        struct room *room = &hub->rooms[tie->room];
        next = tie->account_next;
        if (!tie->joined || (room->flags & ROOM_DIRECT) || member_find(hub, user, room) ||
            !may_be_in(hub, user, room))
            continue;
        uint16_t flags = was_in(rooms, tie->room) ? EVENT_AGAIN : room == first ? EVENT_FIRST : 0;
        member_enter(hub, user, room, flags);
    }
}

/* One more session: it is put into the rooms that its person is in. */
static void add_session(struct hub *hub, struct user *user, const struct guest_rooms *rooms) {
    uint32_t row = (uint32_t)(hub_asker(hub) - hub->sessions);
    for (uint32_t at = user->memberships; at != NONE; at = hub->memberships[at].user_next) {
        struct room *room = &hub->rooms[hub->memberships[at].room];
        member_count_session(hub, room, row);
        if (!was_in(rooms, room_row(hub, room))) member_tell_entered(hub, row, room, 0);
    }
}

/* The rooms of the guest, of which some may be hers already. A step has room for so many effects
 * and no more: with sixteen devices in a hundred rooms the last ones are left. */
static void enter_guest_rooms(struct hub *hub, struct user *user, struct account *account,
                              const struct guest_rooms *rooms) {
    for (uint32_t i = 0; i < rooms->count; i++) {
        struct room *room = &hub->rooms[rooms->rows[i]];
        if (member_find(hub, user, room)) continue;
        uint32_t effects = hub->out->count + user->session_count + (rooms->count - i) + 8;
        if (!may_be_in(hub, user, room) || effects > EFFECTS_MAX) {
            tell_exited(hub, user, room);
            continue;
        }
        if (hub_fits(hub, 1, 0) && hub->tie_count < TIES_MAX)
            (void)tie_set_joined(hub, account, room, true); /* nothing is missing for it */
        member_enter(hub, user, room, EVENT_AGAIN);
    }
}

/* An account's rooms are its own: only a guest takes hers along. */
static void leave_guest_rooms(struct hub *hub, struct user *user, const struct guest_rooms *rooms) {
    for (uint32_t i = 0; i < rooms->count; i++) {
        const struct room *room = &hub->rooms[rooms->rows[i]];
        if (!member_find(hub, user, room)) tell_exited(hub, user, room);
    }
}

static void guest_becomes(struct hub *hub, struct user *guest, struct account *account,
                          uint32_t token) {
    const struct session before = *hub_asker(hub);
    bool takes_along = guest->account == NONE;
    size_t guest_name_size = guest->name_size;
    memcpy(hub->fresh_name, guest->name, guest_name_size);
    struct guest_rooms rooms = {.count = 0};
    guest_rooms_take(hub, guest, &rooms);
    for (uint32_t at = guest->memberships; at != NONE; at = hub->memberships[at].user_next) {
        const struct room *room = &hub->rooms[hub->memberships[at].room];
        if (room->flags & ROOM_OWN) tell_exited(hub, guest, room);
    }
    user_leave(hub, guest, (struct slice){0});
    bool is_new = account->user == NONE;
    struct name name = own_name(account);
    struct user *user = is_new ? user_of_account(hub, account, &name) : &hub->users[account->user];
    session_attach(hub, user, before.dialect, before.address);
    session_use_token(hub, token);
    if (is_new) watch_came(hub, user);
    if (is_new)
        enter_ties(hub, user, account, &rooms);
    else
        add_session(hub, user, &rooms);
    if (hub->command->flags & COMMAND_KEEPS) {
        struct event *event = hub_reply(hub, EVENT_RENAMED, NULL, false);
        event->author_name = (struct slice){hub->fresh_name, guest_name_size};
        event->other = user_name(user);
        event->login = profile_login(hub, user);
        event->session = hub->command->session;
    }
    if (takes_along)
        enter_guest_rooms(hub, user, account, &rooms);
    else
        leave_guest_rooms(hub, user, &rooms);
    direct_unread(hub, user);
    if (hub->command->flags & COMMAND_WAITS) hub_reply(hub, EVENT_DONE, NULL, true);
}

/* As the account is called, or as she says. False: she may not be called so, and was told. */
static bool name_of_account(struct hub *hub, const struct account *account, struct name *name) {
    const struct command *c = hub->command;
    *name = own_name(account);
    if (!(c->flags & COMMAND_KEEPS) || slice_equal(c->name_key, name->key)) return true;
    struct name wanted = name_of_command(c);
    enum refusal why = name_form_refusal(hub, &wanted);
    if (why == REFUSED_NOT) why = name_refusal(hub, &wanted, NULL);
    if (why != REFUSED_NOT) hub_refuse(hub, why, hub->limits.name_size, c->name);
    *name = wanted;
    return why == REFUSED_NOT;
}

static void nobody_becomes(struct hub *hub, struct account *account, uint32_t token) {
    const struct command *c = hub->command;
    static const struct guest_rooms none;
    bool is_new = account->user == NONE;
    struct name name;
    if (is_new && !name_of_account(hub, account, &name)) return;
    struct user *user = is_new ? user_of_account(hub, account, &name) : &hub->users[account->user];
    session_attach(hub, user, c->dialect, c->address);
    profile_take(hub, user);
    session_use_token(hub, token);
    user_welcome(hub, user);
    if (is_new) enter_ties(hub, user, account, &none);
    direct_unread(hub, user);
    user_settle(hub, user, is_new);
}

/* She bears a name that is another account's: she is called as her own now. */
static void drop_others_name(struct hub *hub, struct user *user, struct account *account) {
    const struct account *owner = account_by_key(hub, (struct slice){user->key, user->key_size});
    if (!owner || owner == account || !hub->limits.names_reserved) return;
    login_free_name(hub, account);
    struct name name = own_name(account);
    name_changed(hub, user, &name, hub->old_name);
}

/* A room that her new account may not be in is left. */
static void leave_forbidden(struct hub *hub, struct user *user) {
    uint32_t next;
    for (uint32_t at = user->memberships; at != NONE; at = next) {
        struct room *room = &hub->rooms[hub->memberships[at].room];
        next = hub->memberships[at].user_next;
        if (standing_of(hub, user, room) == STANDING_BANNED)
            member_leave(hub, user, room, LEAVING_PART, (struct slice){0}, NULL);
    }
}

/* What she was as a guest in her rooms is the account's from now on, and nobody sees her go. Who
 * was another account stays in its rooms, and is there what the new one is. */
static void guest_turns(struct hub *hub, struct user *guest, struct account *account,
                        uint32_t token) {
    static const struct guest_rooms none;
    bool was_guest = guest->account == NONE;
    if (!was_guest) hub->accounts[guest->account].user = NONE;
    direct_drop(hub, guest);
    user_renumber(hub, guest, account->number);
    user_identify(hub, guest, (struct identity){account->number});
    account->user = user_row(hub, guest);
    for (uint32_t at = guest->memberships; at != NONE; at = hub->memberships[at].user_next) {
        struct room *room = &hub->rooms[hub->memberships[at].room];
        enum role role = was_guest ? standing_role(hub, guest, room) : ROLE_NONE;
        if (room->flags & ROOM_OWN) continue;
        if (was_guest) standing_set_guest(hub, guest, room, ROLE_NONE);
        bool fits = hub_fits(hub, 2, 0) && hub->tie_count < TIES_MAX;
        if (fits && role > tie_role(hub, account, room))
            (void)tie_set_role(hub, account, room, role);
        if (fits) (void)tie_set_joined(hub, account, room, true);
    }
    restraint_drop_guest(hub, guest);
    guest->account = account_row(hub, account);
    session_use_token(hub, token);
    profile_tell(hub, guest, PERSON_IS_ACCOUNT, (struct slice){0});
    drop_others_name(hub, guest, account);
    leave_forbidden(hub, guest);
    enter_ties(hub, guest, account, &none);
    direct_unread(hub, guest);
    hub_done(hub);
}

struct account *login_proven(struct hub *hub) {
    struct proven *proven = &hub->provens[hub_asker(hub) - hub->sessions];
    bool hers = proven->generation == hub->command->session.generation;
    if (!hers || proven->midway != (hub->command->kind == COMMAND_SCRAM)) return NULL;
    proven->generation = 0;
    return account_by_number(hub, proven->account_number);
}

/* Who she is is known; she says later that she comes. */
static void proves(struct hub *hub, const struct account *account) {
    struct proven *proven = &hub->provens[hub_asker(hub) - hub->sessions];
    *proven = (struct proven){account->number, hub->command->session.generation, false};
    tell_logged_in(hub, account);
    hub_done(hub);
}

static void become(struct hub *hub, struct account *account, uint32_t token) {
    struct user *asker = hub_asking_user(hub);
    if (!asker && (hub->command->flags & COMMAND_PROVES)) {
        delay_right(hub, account, (struct slice){account->key, account->key_size});
        proves(hub, account);
        return;
    }
    const struct user *user = account->user == NONE ? NULL : &hub->users[account->user];
    if (user && user == asker) {
        delay_right(hub, account, (struct slice){account->key, account->key_size});
        tell_logged_in(hub, account);
        hub_done(hub);
        return;
    }
    bool many = account_wants(account, ACCOUNT_MANY, hub->limits.multiclient);
    uint32_t most = many ? USER_SESSIONS_MAX : 1;
    if (user && user->session_count >= most) {
        hub_refuse(hub, REFUSED_TOO_MANY_SESSIONS, most, hub->command->name);
        return;
    }
    delay_right(hub, account, (struct slice){account->key, account->key_size});
    tell_logged_in(hub, account);
    bool keeps = hub->command->flags & COMMAND_KEEPS;
    if (asker && keeps && !user && asker->session_count == 1)
        guest_turns(hub, asker, account, token);
    else if (asker)
        guest_becomes(hub, asker, account, token);
    else
        nobody_becomes(hub, account, token);
}

void login_comes(struct hub *hub, struct account *account) {
    become(hub, account, NONE);
}

bool login_may_ask(struct hub *hub, struct slice secret) {
    enum refusal why = REFUSED_NOT;
    if (!hub->limits.accounts)
        why = REFUSED_NO_ACCOUNTS;
    else if (!hub->command->encrypted && !hub_from_control(hub))
        why = REFUSED_LOGIN_PLAIN;
    else if (!secret_is_fit(secret))
        why = REFUSED_SECRET_BAD;
    else if (proof_is_awaited(hub))
        why = REFUSED_LOGIN_BUSY;
    if (why == REFUSED_NOT) return true;
    hub_refuse(hub, why, why == REFUSED_LOGIN_BUSY ? 1 : SECRET_SIZE_MAX, (struct slice){0});
    return false;
}

bool login_is_delayed(struct hub *hub, const struct account *account, struct slice key) {
    uint64_t seconds = delay_left(hub, account, key);
    if (seconds > 0) hub_refuse(hub, REFUSED_LOGIN_WAIT, seconds, (struct slice){0});
    return seconds > 0;
}

void login_wrong(struct hub *hub, struct account *account, struct slice key) {
    delay_wrong(hub, account, key);
    hub_refuse(hub, REFUSED_LOGIN_WRONG, 0, (struct slice){0});
}

/* Where her person may be called otherwise than the account, a session may become another account's
 * (sasl-3.2); elsewhere one logs out first. */
static bool may_turn(struct hub *hub) {
    const struct user *asker = hub_asking_user(hub);
    if (!asker || asker->account == NONE || (hub->command->flags & COMMAND_KEEPS)) return true;
    hub_refuse(hub, REFUSED_LOGIN_GIVEN, 0, (struct slice){0});
    return false;
}

/* A token that is good for who is meant comes in without a password being hashed. */
void login(struct hub *hub) {
    const struct command *c = hub->command;
    struct user *asker = hub_asking_user(hub);
    bool was_silent = asker && asker->silent;
    if (c->flags & COMMAND_BY_CERT) {
        if (may_turn(hub)) certificate_login(hub);
        return;
    }
    if ((!was_silent && !may_turn(hub)) || !login_may_ask(hub, c->secret)) return;
    struct account *account = account_by_key(hub, c->name_key);
    const struct token_row *token = token_find(hub, c->secret);
    struct account *owner = token ? &hub->accounts[token->account] : NULL;
    bool silent = c->flags & COMMAND_SILENT;
    bool meant = owner && (c->name_key.size == 0 || owner == account);
    if (meant && !silent && (token->scopes & SCOPE_HOOK)) meant = false;
    if (meant && (owner->flags & ACCOUNT_SUSPENDED)) meant = false;
    if (was_silent && meant && !silent) /* she comes in for all to see */
        user_leave(hub, asker, (struct slice){0});
    if (silent && asker)
        hub_refuse(hub, REFUSED_LOGIN_GIVEN, 0, (struct slice){0});
    else if (silent && meant)
        silent_login(hub, token);
    else if (silent || (was_silent && !meant))
        hub_refuse(hub, REFUSED_LOGIN_WRONG, 0, (struct slice){0});
    else if (meant)
        become(hub, owner, (uint32_t)(token - hub->tokens));
    else if (!login_is_delayed(hub, account, c->name_key))
        proof_ask(hub, PROOF_CHECK, account);
}

bool login_by_token(struct hub *hub) {
    const struct token_row *token = token_find(hub, hub->command->secret);
    if (!token) return false;
    struct account *owner = &hub->accounts[token->account];
    if (owner->flags & ACCOUNT_SUSPENDED)
        hub_refuse(hub, REFUSED_LOGIN_WRONG, 0, (struct slice){0});
    else if (login_may_ask(hub, hub->command->secret))
        become(hub, owner, (uint32_t)(token - hub->tokens));
    return true;
}

void login_proved(struct hub *hub, struct account *account, const struct proved *proved) {
    struct slice key = hub->command->name_key;
    if (!proved->ok || !account || (account->flags & ACCOUNT_SUSPENDED))
        login_wrong(hub, account_by_key(hub, key), key);
    else if (may_turn(hub))
        become(hub, account, NONE);
}

/* The name's verifier, or what is told of a name that has none. */
static void scram_of(struct hub *hub, const struct account *account, char memory[SCRAM_NOBODY_SIZE],
                     struct scram *scram) {
    bool may = account && !(account->flags & ACCOUNT_SUSPENDED);
    struct slice text = may ? (struct slice){account->scram, account->scram_size} : slice_of("");
    if (scram_read(text, scram)) return;
    struct slice seed = {(const char *)hub->lasting, sizeof hub->lasting};
    scram_nobody(hub->command->name_key, seed, memory, scram);
}

static void scram_challenge(struct hub *hub, const struct scram *scram) {
    struct buf text;
    char nonce[SECRET_TOKEN_SIZE];
    buf_init(&text, hub->words, sizeof hub->words);
    secret_token(hub->secret, nonce);
    buf_text(&text, "r=");
    buf_put(&text, slice_head(hub->command->text, sizeof hub->words / 2));
    buf_put(&text, (struct slice){nonce, sizeof nonce});
    buf_text(&text, ",s=");
    buf_put(&text, scram->salt);
    buf_text(&text, ",i=");
    buf_put(&text, scram->rounds);
    check(buf_ok(&text));
    hub_reply(hub, EVENT_SCRAM, NULL, true)->text = buf_slice(&text);
}

static void scram_prove(struct hub *hub, struct account *account, const struct scram *scram) {
    const struct command *c = hub->command;
    struct buf text;
    buf_init(&text, hub->words, sizeof hub->words);
    buf_text(&text, "v=");
    bool right = c->secret.size == SCRAM_KEY_SIZE && scram_proves(scram, c->text, c->secret, &text);
    if (!right || !account) {
        login_wrong(hub, account, c->name_key);
        return;
    }
    hub->provens[hub_asker(hub) - hub->sessions] =
        (struct proven){account->number, c->session.generation, true};
    hub_reply(hub, EVENT_SCRAM, NULL, true)->text = buf_slice(&text);
}

void login_scram(struct hub *hub) {
    const struct command *c = hub->command;
    char memory[SCRAM_NOBODY_SIZE];
    struct scram scram;
    if (!hub->limits.accounts) {
        hub_refuse(hub, REFUSED_NO_ACCOUNTS, 0, (struct slice){0});
        return;
    }
    if (!may_turn(hub)) return;
    if (c->number == SCRAM_COME) {
        struct account *proven = login_proven(hub);
        if (proven)
            become(hub, proven, NONE);
        else
            hub_refuse(hub, REFUSED_LOGIN_WRONG, 0, (struct slice){0});
        return;
    }
    struct account *account = account_by_key(hub, c->name_key);
    if (login_is_delayed(hub, account, c->name_key)) return;
    scram_of(hub, account, memory, &scram);
    if (c->number == SCRAM_CHALLENGE)
        scram_challenge(hub, &scram);
    else
        scram_prove(hub, account, &scram);
}

void login_close_session(struct hub *hub, uint32_t row, enum refusal why) {
    if (hub->sessions[row].closed) return;
    struct event *event = hub_reply_account_to(hub, hub_session_id(hub, row), EVENT_CLOSE);
    event->refusal = (uint8_t)why;
    hub->sessions[row].closed = true;
}

void login_close_sessions(struct hub *hub, const struct account *account, uint32_t token,
                          enum refusal why, bool but_asker) {
    silent_close(hub, account, token, why, but_asker);
    if (account->user == NONE) return;
    uint32_t asker = (uint32_t)(hub_asker(hub) - hub->sessions);
    const struct user *user = &hub->users[account->user];
    for (uint32_t s = user->sessions; s != NONE; s = hub->sessions[s].next) {
        if (but_asker && s == asker) continue;
        if (token == NONE || hub->sessions[s].token == token) login_close_session(hub, s, why);
    }
}

void logout(struct hub *hub) {
    struct account *account = account_of(hub, hub_asking_user(hub));
    uint32_t row = (uint32_t)(hub_asker(hub) - hub->sessions), token = hub_asker(hub)->token;
    if (!account) {
        hub_refuse(hub, REFUSED_LOGIN_NEEDED, 0, (struct slice){0});
        return;
    }
    bool all = hub->command->flags & COMMAND_SETS;
    if ((all || token != NONE) && !hub_can_record(hub, TOKEN_HASH_SIZE)) return;
    if (all)
        token_drop_all(hub, account);
    else if (token != NONE)
        token_record_gone(hub, &hub->tokens[token]);
    if (all)
        login_close_sessions(hub, account, NONE, REFUSED_LOGGED_OUT, false);
    else if (token != NONE)
        login_close_sessions(hub, account, token, REFUSED_LOGGED_OUT, false);
    login_close_session(hub, row, REFUSED_LOGGED_OUT);
    if (!all && token != NONE) token_free(hub, &hub->tokens[token]);
}
