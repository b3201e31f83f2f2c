/* register.c: accounts are made, changed and deleted, by their people or from the control socket;
 * and who is an administrator. */
#include "base/check.h"
#include "base/secret.h"
#include "hub/fact.h"
#include "hub/inside.h"
#include "hub/messages.h"
#include "hub/moderate.h"
#include "hub/people.h"
#include "hub/profile.h"
#include "hub/rule.h"
#include "hub/silent.h"

bool secret_is_fit(struct slice secret) {
    if (secret.size == 0 || secret.size > SECRET_SIZE_MAX) return false;
    for (size_t i = 0; i < secret.size; i++)
        if ((unsigned char)secret.at[i] < ' ' || secret.at[i] == 127) return false;
    return true;
}

static void refuse(struct hub *hub, enum refusal why, struct slice text) {
    hub_refuse(hub, why, 0, text);
}

static void done(struct hub *hub, struct slice text) {
    hub_reply_account(hub, EVENT_DONE, true)->text = text;
}

/* Why no account may be called so. */
static enum refusal account_refusal(struct hub *hub, const struct name *name) {
    enum refusal why = name_form_refusal(hub, name);
    if (why != REFUSED_NOT) return why;
    if (account_by_key(hub, name->key)) return REFUSED_ACCOUNT_EXISTS;
    if (name_like_account(hub, name, NULL)) return REFUSED_NAME_LIKE;
    return account_fits(hub) ? REFUSED_NOT : REFUSED_ACCOUNTS_FULL;
}

/* False: the asker was told. */
static bool account_may_be_made(struct hub *hub, const struct name *name, uint32_t records) {
    enum refusal why = account_refusal(hub, name);
    if (why == REFUSED_NOT) return hub_can_record_all(hub, records, ACCOUNT_BYTES_MAX);
    hub_refuse(hub, why, hub->limits.name_size, name->text);
    return false;
}

static struct name name_of_user(const struct user *user) {
    return (struct name){
        .text = user_name(user), .key = {user->key, user->key_size}, .looks = user->skeleton};
}

/* Somebody who has not said who she is: she will be the account, and in the room that is named.
 * Whoever bears the name is not disturbed. */
static bool stranger_may_register(struct hub *hub) {
    const struct command *c = hub->command;
    struct name name = name_of_command(c);
    enum { RECORDS = 6 }; /* numbers ahead, account, a room, her tie to it */
    if (!hub->limits.registration_before_connect || c->name.size == 0)
        refuse(hub, REFUSED_NAME_NEEDED, name.text);
    else if (!hub->limits.accounts)
        refuse(hub, REFUSED_NO_ACCOUNTS, name.text);
    else if (!hub->limits.registration)
        refuse(hub, REFUSED_NO_REGISTRATION, name.text);
    else
        return account_may_be_made(hub, &name, RECORDS) && name_is_free(hub, NULL);
    return false;
}

/* A guest keeps her number, her rooms and what she is in them: two records a room, one for each
 * that she made, and her own. */
static bool may_register(struct hub *hub) {
    const struct command *c = hub->command;
    const struct user *user = hub_asking_user(hub);
    if (!user) return stranger_may_register(hub);
    struct name name = name_of_user(user);
    if (!hub->limits.accounts)
        refuse(hub, REFUSED_NO_ACCOUNTS, name.text);
    else if (!hub->limits.registration && !user->invited)
        refuse(hub, REFUSED_NO_REGISTRATION, name.text);
    else if (user->account != NONE)
        refuse(hub, REFUSED_LOGIN_GIVEN, name.text);
    else if (c->name_key.size > 0 && !slice_equal(c->name_key, name.key))
        refuse(hub, REFUSED_NAME_GIVEN, c->name);
    else if (user->number < USER_NUMBER_FIRST)
        refuse(hub, REFUSED_NAME_BAD, name.text); /* a phone's number is its own, everywhere */
    else
        return account_may_be_made(hub, &name, 1 + USER_ROOMS_MAX + 2u * user->room_count);
    return false;
}

void account_register(struct hub *hub) {
    if (server_refuses_new(hub) || !may_register(hub) || !login_may_ask(hub, hub->command->secret))
        return;
    uint64_t seconds = delay_registering(hub);
    if (seconds > 0)
        hub_refuse(hub, REFUSED_SLOW_DOWN, seconds, (struct slice){0});
    else
        proof_ask(hub, PROOF_MAKE, NULL);
}

static struct account *account_make(struct hub *hub, uint32_t number, const struct name *name,
                                    const struct proved *proved) {
    struct account *account = account_new(hub, number, name);
    check(account != NULL);
    account_set_verifiers(account, proved->verifier, proved->scram);
    account_record(hub, account);
    return account;
}

static void stranger_becomes(struct hub *hub, const struct proved *proved) {
    struct name name = name_of_command(hub->command);
    uint32_t number = user_number_next(hub);
    if (number > 0) login_comes(hub, account_make(hub, number, &name, proved));
}

void register_proved(struct hub *hub, const struct proved *proved) {
    struct user *user = hub_asking_user(hub);
    if (!may_register(hub)) return;
    if (!proved->ok) {
        hub_refuse(hub, REFUSED_LOGIN_BUSY, 1, (struct slice){0});
        return;
    }
    if (!user) {
        stranger_becomes(hub, proved);
        return;
    }
    struct name name = name_of_user(user);
    struct account *account = account_make(hub, user->number, &name, proved);
    direct_drop(hub, user);
    account->user = user_row(hub, user);
    user_identify(hub, user, (struct identity){account->number});
    standing_register(hub, user, account);
    user->account = account_row(hub, account);
    fact_keep(hub, account);
    delay_right(hub, account, name.key);
    struct event *event = hub_reply_account(hub, EVENT_LOGGED_IN, false);
    event->author = (struct user_id){account->number};
    event->author_name = account_name(account);
    event->identity = user->identity;
    profile_tell(hub, user, PERSON_IS_ACCOUNT, (struct slice){0});
    done(hub, slice_of("the account is made"));
}

/* Her account; NULL: she has none, or her password cannot be looked at, and was told. */
static struct account *own_account(struct hub *hub) {
    struct account *account = account_of(hub, hub_asking_user(hub));
    if (!account) {
        refuse(hub, REFUSED_LOGIN_NEEDED, (struct slice){0});
        return NULL;
    }
    if (!login_may_ask(hub, hub->command->secret)) return NULL;
    struct slice key = {account->key, account->key_size};
    return login_is_delayed(hub, account, key) ? NULL : account;
}

void account_password(struct hub *hub) {
    const struct account *account = own_account(hub);
    if (!account) return;
    if (!secret_is_fit(hub->command->text))
        hub_refuse(hub, REFUSED_SECRET_BAD, SECRET_SIZE_MAX, (struct slice){0});
    else if (hub_can_record_all(hub, 2, ACCOUNT_BYTES_MAX))
        proof_ask(hub, PROOF_CHANGE, account);
}

/* The old password is worth nothing any more, and neither is what came in with it. */
static bool set_password(struct hub *hub, struct account *account, const struct proved *proved,
                         bool but_asker) {
    if (!hub_can_record_all(hub, 2, ACCOUNT_BYTES_MAX)) return false;
    account_set_verifiers(account, proved->verifier, proved->scram);
    account_record(hub, account);
    token_drop_all(hub, account);
    login_close_sessions(hub, account, NONE, REFUSED_LOGGED_OUT, but_asker);
    done(hub, slice_of("the password is changed"));
    return true;
}

/* The account that a proof was asked for, if the asker is still it. */
static bool is_still_hers(struct hub *hub, const struct account *account) {
    const struct user *user = hub_asking_user(hub);
    return account && user && user->account == account_row(hub, account);
}

void password_proved(struct hub *hub, struct account *account, const struct proved *proved) {
    if (!is_still_hers(hub, account)) {
        refuse(hub, REFUSED_LOGIN_WRONG, (struct slice){0});
        return;
    }
    struct slice key = {account->key, account->key_size};
    if (!proved->ok) {
        login_wrong(hub, account, key);
        return;
    }
    delay_right(hub, account, key);
    set_password(hub, account, proved, true);
}

void account_unregister(struct hub *hub) {
    const struct account *account = own_account(hub);
    if (account && hub_can_record(hub, 0)) proof_ask(hub, PROOF_CHECK, account);
}

/* With its tokens and ties; who is connected as it is told and hears no more. */
static void account_end(struct hub *hub, struct account *account) {
    hub_record_sum(hub, hub_record_account(hub, RECORD_ACCOUNT_GONE, account));
    login_close_sessions(hub, account, NONE, REFUSED_ACCOUNT_GONE, false);
    tie_drop_account(hub, account);
    restraint_drop_account(hub, account);
    token_drop_unrecorded(hub, account);
    silent_drop_account(hub, account);
    fact_drop_person(hub, account->number);
    if (account->user != NONE && hub->users[account->user].stays)
        user_end(hub, &hub->users[account->user]);
    if (account->user != NONE) { /* she is nobody until her sessions have ended */
        struct user *user = &hub->users[account->user];
        user->account = NONE;
        user_identify(hub, user, (struct identity){rng_next(&hub->rng) | GUEST_IDENTITY});
    }
    account->user = NONE;
    account_free(hub, account);
}

void unregister_proved(struct hub *hub, struct account *account, const struct proved *proved) {
    if (!is_still_hers(hub, account))
        refuse(hub, REFUSED_LOGIN_WRONG, (struct slice){0});
    else if (!proved->ok)
        login_wrong(hub, account, (struct slice){account->key, account->key_size});
    else if (hub_can_record(hub, 0))
        account_end(hub, account);
}

/* What is the operator's alone is nobody's choice. */
static bool may_choose(const struct hub *hub, enum account_setting setting) {
    return setting != ACCOUNT_STAYS || hub->limits.stays == STAYS_OPT_IN ||
           hub->limits.stays == STAYS_OPT_OUT;
}

bool account_wants(const struct account *account, enum account_setting setting, bool usual) {
    unsigned yes = setting == ACCOUNT_STAYS ? ACCOUNT_STAYS_YES : ACCOUNT_MANY_YES;
    unsigned no = setting == ACCOUNT_STAYS ? ACCOUNT_STAYS_NO : ACCOUNT_MANY_NO;
    return (account->flags & yes) || (usual && !(account->flags & no));
}

void account_set(struct hub *hub) {
    const struct command *c = hub->command;
    struct account *account = account_of(hub, hub_asking_user(hub));
    static const struct {
        unsigned yes, no;
    } bits[ACCOUNT_SETTINGS] = {[ACCOUNT_STAYS] = {ACCOUNT_STAYS_YES, ACCOUNT_STAYS_NO},
                                [ACCOUNT_MANY] = {ACCOUNT_MANY_YES, ACCOUNT_MANY_NO}};
    if (!account) {
        refuse(hub, REFUSED_LOGIN_NEEDED, (struct slice){0});
        return;
    }
    if (c->setting >= ACCOUNT_SETTINGS || !may_choose(hub, (enum account_setting)c->setting)) {
        refuse(hub, REFUSED_NOT_ALLOWED, (struct slice){0});
        return;
    }
    if (!hub_can_record(hub, ACCOUNT_BYTES_MAX)) return;
    unsigned flags = account->flags & ~(bits[c->setting].yes | bits[c->setting].no);
    if (c->number == CHOSEN_YES) flags |= bits[c->setting].yes;
    if (c->number == CHOSEN_NO) flags |= bits[c->setting].no;
    account->flags = (uint16_t)flags;
    account_record(hub, account);
    done(hub, slice_of("so it is from now on"));
}

void account_ghost(struct hub *hub) {
    const struct command *c = hub->command;
    struct user *asker = hub_asking_user(hub);
    struct account *account = account_of(hub, asker);
    const struct user *user = user_by_key(hub, c->name_key);
    bool named =
        account && slice_equal(c->name_key, (struct slice){account->key, account->key_size});
    if (!account) {
        refuse(hub, REFUSED_LOGIN_NEEDED, (struct slice){0});
    } else if (user == asker || (named && !user)) {
        login_close_sessions(hub, account, NONE, REFUSED_LOGGED_OUT, true);
        done(hub, slice_of("your other connections are closed"));
    } else if (named) {
        login_free_name(hub, account);
        done(hub, slice_of("the name is free"));
    } else {
        refuse(hub, user ? REFUSED_NOT_ALLOWED : REFUSED_PERSON_UNKNOWN, c->name);
    }
}

static bool oper_is(const struct hub_oper *oper, struct slice name, const unsigned char *hash) {
    bool called = slice_equal(name, (struct slice){oper->name, oper->name_size});
    return secret_same(oper->hash, hash, TOKEN_HASH_SIZE) && called;
}

/* Administrators of the configuration. Their passwords are no accounts': nothing is hashed slowly,
 * but who guesses waits all the same. */
void account_oper(struct hub *hub) {
    const struct command *c = hub->command;
    unsigned char hash[TOKEN_HASH_SIZE];
    if (!c->encrypted) {
        refuse(hub, REFUSED_LOGIN_PLAIN, (struct slice){0});
        return;
    }
    if (login_is_delayed(hub, NULL, c->name)) return;
    secret_hash(c->secret, hash);
    const struct hub_oper *found = NULL;
    for (uint32_t i = 0; i < hub->limits.oper_count; i++)
        if (oper_is(&hub->limits.opers[i], c->name, hash)) found = &hub->limits.opers[i];
    if (!found) {
        login_wrong(hub, NULL, c->name);
        return;
    }
    delay_right(hub, NULL, c->name);
    profile_set_powers(hub, hub_asking_user(hub), found->powers);
    hub_reply(hub, EVENT_DONE, NULL, true)->text = slice_of("you are an administrator now");
}

/* From the control socket. */

/* Or from an administrator. */
static bool may_add(struct hub *hub) {
    if (hub_from_control(hub) || hub_asking_user(hub)->admin) return true;
    refuse(hub, REFUSED_NOT_ALLOWED, (struct slice){0});
    return false;
}

void user_add(struct hub *hub) {
    struct name name = name_of_command(hub->command);
    if (!may_add(hub)) return;
    if (account_may_be_made(hub, &name, 2) && login_may_ask(hub, hub->command->secret))
        proof_ask(hub, PROOF_MAKE, NULL);
}

void user_add_proved(struct hub *hub, const struct proved *proved) {
    struct name name = name_of_command(hub->command);
    if (!may_add(hub) || !account_may_be_made(hub, &name, 2)) return;
    uint32_t number = proved->ok ? user_number_next(hub) : 0;
    if (!proved->ok) hub_refuse(hub, REFUSED_LOGIN_BUSY, 1, (struct slice){0});
    if (number == 0) return;
    account_make(hub, number, &name, proved);
    done(hub, slice_of("the account is made"));
}

/* The account that is named; NULL: there is none, and the asker was told. */
static struct account *account_named(struct hub *hub) {
    struct account *account = account_by_key(hub, hub->command->name_key);
    if (!account) refuse(hub, REFUSED_ACCOUNT_UNKNOWN, hub->command->name);
    return account;
}

void user_passwd(struct hub *hub) {
    const struct account *account = account_named(hub);
    if (account && login_may_ask(hub, hub->command->secret)) proof_ask(hub, PROOF_MAKE, account);
}

/* Whatever its password became meanwhile. */
void user_passwd_proved(struct hub *hub, const struct proved *proved) {
    struct account *account = account_named(hub);
    if (!account) return;
    if (!proved->ok)
        hub_refuse(hub, REFUSED_LOGIN_BUSY, 1, (struct slice){0});
    else if (set_password(hub, account, proved, false))
        account->failures = 0;
}

void user_delete(struct hub *hub) {
    struct account *account = account_named(hub);
    if (!account || !hub_can_record(hub, 0)) return;
    account_end(hub, account);
    done(hub, slice_of("the account is deleted"));
}

void user_list(struct hub *hub) {
    struct buf lines;
    buf_init(&lines, hub->pieces, sizeof hub->pieces);
    uint64_t row = hub->command->cursor;
    for (uint32_t count = 0; row < hub->account_top && count < PAGE_ENTRIES_MAX; row++) {
        const struct account *account = &hub->accounts[row];
        if (account->number == 0) continue;
        buf_number(&lines, account->number);
        buf_byte(&lines, '\t');
        buf_put(&lines, account_name(account));
        buf_byte(&lines, '\t');
        buf_number(&lines, account->user == NONE ? 0 : hub->users[account->user].session_count);
        buf_byte(&lines, '\n');
        count++;
    }
    check(buf_ok(&lines));
    struct event *event = hub_reply_account(hub, EVENT_USERS, row >= hub->account_top);
    event->text = buf_slice(&lines);
    event->cursor = row >= hub->account_top ? 0 : row;
    event->before = hub->command->cursor;
}
