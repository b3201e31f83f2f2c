/* logins.c: passwords that are being hashed, tokens that were told, and what must come of them. The
 * model knows every password: its verifier is the word itself behind `plain:`. */
#include <stdlib.h>

#include "base/check.h"
#include "sim/expect.h"
#include "sim/inside.h"

/* Waiting for a password. */

static void words_keep(struct word *word, struct slice from) {
    check(from.size <= sizeof word->at);
    word->size = (uint8_t)from.size;
    if (from.size > 0) memcpy(word->at, from.at, from.size);
}

static struct slice word_of(const struct word *word) {
    return (struct slice){word->at, word->size};
}

void oracle_on_prove(struct oracle *oracle, const struct proof *proof) {
    const struct command *c = oracle->command;
    uint32_t at = 0;
    while (at < PROOFS_MAX && oracle->logins[at].ticket != 0)
        at++;
    if (at == PROOFS_MAX || !c) {
        oracle_fail(oracle, "a password more than may wait");
        return;
    }
    struct login *login = &oracle->logins[at];
    *login = (struct login){.ticket = proof->ticket, .session = c->session, .kind = c->kind};
    const struct seat *seat = oracle_seat(oracle, c->session);
    const struct kept_account *account = NULL;
    if (c->kind == COMMAND_LOGIN) account = durable_account_called(&oracle->durable, c->name_key);
    if (c->kind != COMMAND_LOGIN && seat && seat->person != NOBODY)
        account = durable_account(&oracle->durable, oracle->people[seat->person].number);
    login->account = account ? account->number : 0;
    words_keep(&login->key, c->name_key);
    words_keep(&login->secret, c->secret);
    words_keep(&login->fresh, c->text);
    login->verifier_was = oracle_verifier(oracle, login->account);
}

/* A hash of it: has it changed since? */
uint64_t oracle_verifier(const struct oracle *oracle, uint32_t number) {
    const struct kept_account *account = durable_account(&oracle->durable, number);
    if (!account) return 0;
    return slice_hash((struct slice){account->verifier, account->verifier_size}, number);
}

static bool knows(const struct kept_account *account, struct slice secret) {
    static const char plain[] = "plain:";
    struct slice verifier = {account->verifier, account->verifier_size};
    return slice_starts(verifier, slice_text(plain)) &&
           slice_equal(slice_from(verifier, sizeof plain - 1), secret);
}

/* What is expected. */

static bool is_fit(struct slice secret) {
    for (size_t i = 0; i < secret.size; i++)
        if ((unsigned char)secret.at[i] < ' ' || secret.at[i] == 0x7f) return false;
    return secret.size > 0 && secret.size <= SECRET_SIZE_MAX;
}

/* Passwords may be slow to look at, or not be looked at yet. */
static void may_wait(const struct asked *a, struct slice secret) {
    asked_sure_if(a, !is_fit(secret), REFUSED_SECRET_BAD);
    asked_maybe(a, REFUSED_LOGIN_WAIT);
    asked_maybe(a, REFUSED_LOGIN_BUSY);
    asked_sure_if(a, !a->command->encrypted, REFUSED_LOGIN_PLAIN);
}

static const struct kept_account *own_account(const struct asked *a) {
    return a->person ? durable_account(&a->oracle->durable, a->person->number) : NULL;
}

/* The account that a text lets in as a token; 0: none. */
static uint32_t token_account(const struct oracle *oracle, struct slice secret) {
    for (uint32_t i = 0; i < oracle->token_count; i++) {
        const struct told_token *told = &oracle->tokens[i];
        if (!slice_equal((struct slice){told->text, TOKEN_SIZE}, secret)) continue;
        for (uint32_t k = 0; k < oracle->durable.token_count; k++) {
            const struct kept_token *kept = &oracle->durable.tokens[k];
            bool same = memcmp(kept->hash, told->hash, TOKEN_HASH_SIZE) == 0;
            if (same && kept->until_ms > oracle->now_ms) return kept->account;
        }
    }
    return 0;
}

static void too_many(const struct asked *a, uint32_t account) {
    const struct person *person = oracle_person(a->oracle, account);
    asked_sure_if(a, person && person->sessions >= USER_SESSIONS_MAX, REFUSED_TOO_MANY_SESSIONS);
}

/* Who came in may be kept out of the listener's room all the same, which is told as a refusal. */
static void may_be_kept_out(const struct asked *a) {
    static const enum refusal whys[] = {REFUSED_BANNED, REFUSED_INVITE_NEEDED, REFUSED_KEY_NEEDED,
                                        REFUSED_ROOM_UNKNOWN};
    for (size_t i = 0; i < sizeof whys / sizeof *whys; i++)
        if (!a->person) asked_maybe(a, whys[i]);
}

void expect_login(const struct asked *a) {
    const struct kept_account *named =
        durable_account_called(&a->oracle->durable, a->command->name_key);
    uint32_t owner = token_account(a->oracle, a->command->secret);
    bool meant = owner > 0 && (a->command->name_key.size == 0 || (named && named->number == owner));
    asked_sure_if(a, own_account(a), REFUSED_LOGIN_GIVEN);
    may_wait(a, a->command->secret);
    if (meant) {
        a->reasons->why[REFUSED_LOGIN_WAIT] = REASON_NONE; /* a token is never delayed */
        too_many(a, owner);
        may_be_kept_out(a);
    }
    a->oracle->meant_login = meant ? owner : 0;
}

void expect_register(const struct asked *a) {
    struct slice key = {a->person->key, a->person->key_size};
    asked_sure_if(a, own_account(a), REFUSED_LOGIN_GIVEN);
    asked_sure_if(a, a->person->number < USER_NUMBER_FIRST, REFUSED_NAME_BAD);
    asked_sure_if(a, durable_account_called(&a->oracle->durable, key), REFUSED_ACCOUNT_EXISTS);
    asked_maybe(a, REFUSED_NAME_LIKE);
    if (a->command->name_key.size > 0) asked_maybe(a, REFUSED_NAME_GIVEN);
    asked_maybe(a, REFUSED_SLOW_DOWN);
    may_wait(a, a->command->secret);
}

void expect_password(const struct asked *a) {
    asked_sure_if(a, !own_account(a), REFUSED_LOGIN_NEEDED);
    may_wait(a, a->command->secret);
    asked_sure_if(a, !is_fit(a->command->text), REFUSED_SECRET_BAD);
}

void expect_unregister(const struct asked *a) {
    asked_sure_if(a, !own_account(a), REFUSED_LOGIN_NEEDED);
    may_wait(a, a->command->secret);
}

void expect_of_account(const struct asked *a) {
    asked_sure_if(a, !own_account(a), REFUSED_LOGIN_NEEDED);
}

void expect_oper(const struct asked *a) {
    bool right = slice_equal(a->command->name, slice_of("root")) &&
                 slice_equal(a->command->secret, slice_of("pw-root"));
    may_wait(a, a->command->secret);
    if (!right) asked_sure(a, REFUSED_LOGIN_WRONG);
}

/* A password was looked at: the command that waited for it is decided now. */
void oracle_expect_proved(struct oracle *oracle, const struct proved *proved) {
    const struct login *login = NULL;
    for (uint32_t i = 0; i < PROOFS_MAX; i++)
        if (oracle->logins[i].ticket == proved->ticket) login = &oracle->logins[i];
    oracle->proved = login;
    if (!login || proved->ticket == 0) {
        oracle_fail(oracle, "a password that nobody waits for");
        return;
    }
    const struct seat *seat = oracle_seat(oracle, login->session);
    if (!seat || seat->closed) return;
    struct command command = {.kind = login->kind, .session = login->session, .encrypted = true};
    struct asked a = {.oracle = oracle, .command = &command, .reasons = &oracle->expected};
    if (seat->person != NOBODY) a.person = &oracle->people[seat->person];
    const struct kept_account *account = durable_account(&oracle->durable, login->account);
    bool same = account && oracle_verifier(oracle, login->account) == login->verifier_was;
    bool right = account && knows(account, word_of(&login->secret));
    if (login->kind == COMMAND_REGISTER) {
        if (!a.person) return;
        expect_register(&a);
        oracle->expected.why[REFUSED_SECRET_BAD] = REASON_NONE; /* was looked at before */
        a.reasons->sure = a.reasons->why[REFUSED_LOGIN_GIVEN] == REASON_SURE ||
                          a.reasons->why[REFUSED_ACCOUNT_EXISTS] == REASON_SURE;
        return;
    }
    asked_sure_if(&a, !right, REFUSED_LOGIN_WRONG);
    if (!same) asked_maybe(&a, REFUSED_LOGIN_WRONG);
    if (login->kind != COMMAND_LOGIN) {
        asked_sure_if(&a, !own_account(&a), REFUSED_LOGIN_NEEDED);
        return;
    }
    asked_sure_if(&a, own_account(&a), REFUSED_LOGIN_GIVEN);
    too_many(&a, login->account);
    may_be_kept_out(&a);
}

/* What must have come of it. */

static void others_are_closed(struct oracle *oracle, uint32_t number, const struct seat *but) {
    for (uint32_t w = 0; w <= WORLD_WORKERS; w++)
        for (uint32_t s = 0; s < WORLD_SESSIONS; s++) {
            const struct seat *seat = &oracle->seats[w][s];
            if (seat == but || seat->id.generation == 0 || seat->person == NOBODY) continue;
            if (oracle->people[seat->person].number == number && !seat->closed)
                oracle_fail(oracle, "a connection of account %u stays open", number);
        }
    for (uint32_t i = 0; i < oracle->durable.token_count; i++)
        if (oracle->durable.tokens[i].account == number)
            oracle_fail(oracle, "a token of account %u stays good", number);
}

static void is_logged_in(struct oracle *oracle, const struct seat *seat, uint32_t number) {
    bool is = seat->person != NOBODY && oracle->people[seat->person].number == number;
    if (!is || number == 0) oracle_fail(oracle, "account %u did not come in", number);
}

/* The command that waited was not refused. */
void oracle_proved(struct oracle *oracle) {
    const struct login *login = oracle->proved;
    const struct seat *seat = oracle_seat(oracle, login->session);
    if (!seat || seat->closed) {
        if (login->kind == COMMAND_UNREGISTER && seat)
            others_are_closed(oracle, login->account, NULL);
        return;
    }
    const struct kept_account *account = durable_account(&oracle->durable, login->account);
    uint32_t own = seat->person == NOBODY ? 0 : oracle->people[seat->person].number;
    if (login->kind == COMMAND_LOGIN) is_logged_in(oracle, seat, login->account);
    if (login->kind == COMMAND_REGISTER) {
        account = durable_account(&oracle->durable, own);
        if (!account || !knows(account, word_of(&login->secret)))
            oracle_fail(oracle, "%u has no account", own);
    }
    if (login->kind == COMMAND_PASSWORD) {
        if (!account || !knows(account, word_of(&login->fresh)))
            oracle_fail(oracle, "account %u has another password", login->account);
        others_are_closed(oracle, login->account, seat);
    }
    if (login->kind == COMMAND_UNREGISTER) oracle_fail(oracle, "who is no more stays connected");
}

/* The same for those that are decided at once. */
void oracle_account_done(struct oracle *oracle, const struct command *command,
                         const struct effects *effects) {
    struct seat *seat = oracle_seat(oracle, command->session);
    if (!seat) return;
    uint32_t own = seat->person == NOBODY ? 0 : oracle->people[seat->person].number;
    if (command->kind == COMMAND_LOGIN && oracle->meant_login > 0)
        is_logged_in(oracle, seat, oracle->meant_login);
    if (command->kind == COMMAND_OPER) oracle->people[seat->person].admin = true;
    if (command->kind == COMMAND_LOGOUT && !seat->closed)
        oracle_fail(oracle, "who logged out stays connected");
    if (command->kind == COMMAND_LOGOUT && (command->flags & COMMAND_SETS))
        others_are_closed(oracle, own, NULL);
    struct told_token told = {0};
    bool given = false, kept = false;
    for (uint32_t i = 0; i < effects->count && command->kind == COMMAND_TOKEN; i++) {
        const struct effect *effect = &effects->at[i];
        kept |= effect->kind == EFFECT_RECORD && effect->record.kind == RECORD_TOKEN;
        if (effect->kind == EFFECT_RECORD && effect->record.kind == RECORD_TOKEN)
            memcpy(told.hash, effect->record.key.at, TOKEN_HASH_SIZE);
        if (effect->kind != EFFECT_REPLY || effect->event.kind != EVENT_TOKEN) continue;
        given = effect->event.text.size == TOKEN_SIZE;
        if (given) memcpy(told.text, effect->event.text.at, TOKEN_SIZE);
    }
    if (command->kind != COMMAND_TOKEN) return;
    if (!given || !kept) oracle_fail(oracle, "a token that is not told or not kept");
    oracle->tokens = oracle_grow(oracle->tokens, oracle->token_count, &oracle->token_cap,
                                 sizeof *oracle->tokens);
    oracle->tokens[oracle->token_count++] = told;
}
