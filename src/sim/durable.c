/* durable.c: the lists, searched from their beginning. */
#include "sim/durable.h"

#include <stdlib.h>
#include <string.h>

#include "base/check.h"

/* One more row at the end of a list; all zero. */
static void *grow(void *rows, uint32_t *count, uint32_t *cap, size_t size) {
    if (*count == *cap) {
        *cap = *cap * 2 + 32;
        rows = realloc(rows, *cap * size);
        check(rows != NULL);
    }
    memset((char *)rows + *count * size, 0, size);
    ++*count;
    return rows;
}

static uint8_t copy(char *to, size_t cap, struct slice from) {
    check(from.size <= cap && from.size <= UINT8_MAX);
    if (from.size > 0) memcpy(to, from.at, from.size);
    return (uint8_t)from.size;
}

void durable_deinit(struct durable *durable) {
    free(durable->accounts);
    free(durable->tokens);
    free(durable->ties);
    free(durable->restraints);
}

void durable_clear(struct durable *durable) {
    durable->account_count = durable->token_count = 0;
    durable->tie_count = durable->restraint_count = 0;
}

/* Accounts. */

const struct kept_account *durable_account(const struct durable *durable, uint32_t number) {
    for (uint32_t i = 0; i < durable->account_count; i++)
        if (durable->accounts[i].number == number && !durable->accounts[i].gone)
            return &durable->accounts[i];
    return NULL;
}

const struct kept_account *durable_account_called(const struct durable *durable, struct slice key) {
    for (uint32_t i = 0; i < durable->account_count; i++) {
        const struct kept_account *account = &durable->accounts[i];
        struct slice own = {account->key, account->key_size};
        if (!account->gone && slice_equal(own, key)) return account;
    }
    return NULL;
}

static void on_account(struct durable *durable, const struct record *record) {
    struct kept_account *account = NULL;
    for (uint32_t i = 0; i < durable->account_count; i++)
        if (durable->accounts[i].number == record->author.v && !durable->accounts[i].gone)
            account = &durable->accounts[i];
    if (!account) {
        durable->accounts = grow(durable->accounts, &durable->account_count, &durable->account_cap,
                                 sizeof *account);
        account = &durable->accounts[durable->account_count - 1];
    }
    account->number = record->author.v;
    account->name_size = copy(account->name, sizeof account->name, record->account_name);
    account->key_size = copy(account->key, sizeof account->key, record->account_key);
    account->verifier_size = copy(account->verifier, sizeof account->verifier, record->verifier);
}

/* Tokens of `account` that are this one; an empty hash: all. */
static void drop_tokens(struct durable *durable, uint32_t account, struct slice hash) {
    for (uint32_t i = 0; i < durable->token_count;) {
        struct kept_token *token = &durable->tokens[i];
        bool same = hash.size == 0 || slice_equal(hash, (struct slice){token->hash, hash.size});
        if (token->account == account && same)
            *token = durable->tokens[--durable->token_count];
        else
            i++;
    }
}

static void on_token(struct durable *durable, const struct record *record) {
    drop_tokens(durable, record->author.v, record->key);
    durable->tokens =
        grow(durable->tokens, &durable->token_count, &durable->token_cap, sizeof *durable->tokens);
    struct kept_token *token = &durable->tokens[durable->token_count - 1];
    token->account = record->author.v;
    token->until_ms = record->until_ms;
    check(copy(token->hash, sizeof token->hash, record->key) == TOKEN_HASH_SIZE);
}

/* What is about one person: all of it goes with her. */
static void forget_person(struct durable *durable, uint32_t person) {
    for (uint32_t i = 0; i < durable->tie_count;)
        if (durable->ties[i].person == person)
            durable->ties[i] = durable->ties[--durable->tie_count];
        else
            i++;
    for (uint32_t i = 0; i < durable->restraint_count;)
        if (durable->restraints[i].person == person)
            durable_unrestrain(durable, i);
        else
            i++;
}

void durable_forget_guest(struct durable *durable, uint32_t person) {
    if (!durable_account(durable, person)) forget_person(durable, person);
}

static void on_account_gone(struct durable *durable, const struct record *record) {
    for (uint32_t i = 0; i < durable->account_count; i++)
        if (durable->accounts[i].number == record->author.v) durable->accounts[i].gone = true;
    drop_tokens(durable, record->author.v, (struct slice){0});
    forget_person(durable, record->author.v);
}

/* Ties. */

const struct kept_tie *durable_tie(const struct durable *durable, uint32_t person, uint32_t room) {
    for (uint32_t i = 0; i < durable->tie_count; i++)
        if (durable->ties[i].person == person && durable->ties[i].room == room)
            return &durable->ties[i];
    return NULL;
}

struct kept_tie *durable_tie_make(struct durable *durable, uint32_t person, uint32_t room) {
    for (uint32_t i = 0; i < durable->tie_count; i++)
        if (durable->ties[i].person == person && durable->ties[i].room == room)
            return &durable->ties[i];
    durable->ties =
        grow(durable->ties, &durable->tie_count, &durable->tie_cap, sizeof *durable->ties);
    struct kept_tie *tie = &durable->ties[durable->tie_count - 1];
    tie->person = person;
    tie->room = room;
    return tie;
}

static void on_tie(struct durable *durable, const struct record *record) {
    struct kept_tie *tie = durable_tie_make(durable, record->author.v, record->room.v);
    tie->guest = false;
    tie->role = record->role;
    tie->joined = record->joined;
    tie->read = record->number;
}

/* Restraints. */

struct kept_restraint *durable_restrain(struct durable *durable, uint32_t room, uint32_t number) {
    durable->restraints = grow(durable->restraints, &durable->restraint_count,
                               &durable->restraint_cap, sizeof *durable->restraints);
    struct kept_restraint *restraint = &durable->restraints[durable->restraint_count - 1];
    restraint->room = room;
    restraint->number = number;
    return restraint;
}

void durable_unrestrain(struct durable *durable, uint32_t at) {
    check(at < durable->restraint_count);
    memmove(&durable->restraints[at], &durable->restraints[at + 1],
            (durable->restraint_count - at - 1) * sizeof *durable->restraints);
    durable->restraint_count--;
}

static void drop_restraint(struct durable *durable, uint32_t room, uint32_t number) {
    for (uint32_t i = 0; i < durable->restraint_count; i++) {
        if (durable->restraints[i].room != room || durable->restraints[i].number != number)
            continue;
        durable_unrestrain(durable, i);
        return;
    }
}

static void on_restraint(struct durable *durable, const struct record *record) {
    drop_restraint(durable, record->room.v, (uint32_t)record->number);
    struct kept_restraint *row =
        durable_restrain(durable, record->room.v, (uint32_t)record->number);
    row->kind = record->restraint;
    row->subject = record->subject;
    row->person = record->subject == SUBJECT_ACCOUNT ? record->author.v : 0;
    row->key_size = copy(row->key, sizeof row->key, record->key);
    row->until_ms = record->until_ms;
}

void durable_forget_room(struct durable *durable, uint32_t room) {
    for (uint32_t i = 0; i < durable->tie_count;)
        if (durable->ties[i].room == room)
            durable->ties[i] = durable->ties[--durable->tie_count];
        else
            i++;
    for (uint32_t i = 0; i < durable->restraint_count;)
        if (durable->restraints[i].room == room)
            durable_unrestrain(durable, i);
        else
            i++;
}

void durable_apply(struct durable *durable, const struct record *record) {
    if (record->kind == RECORD_ACCOUNT) on_account(durable, record);
    if (record->kind == RECORD_ACCOUNT_GONE) on_account_gone(durable, record);
    if (record->kind == RECORD_TOKEN) on_token(durable, record);
    if (record->kind == RECORD_TOKEN_GONE) drop_tokens(durable, record->author.v, record->key);
    if (record->kind == RECORD_TIE) on_tie(durable, record);
    if (record->kind == RECORD_RESTRAINT) on_restraint(durable, record);
    if (record->kind == RECORD_RESTRAINT_GONE)
        drop_restraint(durable, record->room.v, (uint32_t)record->number);
    if (record->kind == RECORD_DELETED) durable_forget_room(durable, record->room.v);
}

bool durable_glob(struct slice mask, struct slice text) {
    if (mask.size == 0) return text.size == 0;
    if (mask.at[0] == '*')
        return durable_glob(slice_from(mask, 1), text) ||
               (text.size > 0 && durable_glob(mask, slice_from(text, 1)));
    bool one = text.size > 0 && (mask.at[0] == '?' || mask.at[0] == text.at[0]);
    return one && durable_glob(slice_from(mask, 1), slice_from(text, 1));
}
