/* durable.h: what survives a crash beside the rooms' events, in lists as plain as can be: the
 * accounts, their tokens, what they are in the rooms, whom a room has banned, muted or invited. A
 * crash empties the lists and fills them again out of the records that were flushed. What guests
 * are and have to bear stands in the same lists, without a record. */
#ifndef SIM_DURABLE_H
#define SIM_DURABLE_H

#include "base/address.h"
#include "chat/limits.h"
#include "chat/record.h"
#include "chat/rights.h"

struct kept_account {
    uint32_t number;
    bool gone;
    uint8_t name_size, key_size, verifier_size;
    char name[USER_NAME_SIZE_MAX], key[USER_KEY_MAX], verifier[VERIFIER_SIZE_MAX];
};

struct kept_token {
    uint32_t account;
    int64_t until_ms;
    char hash[TOKEN_HASH_SIZE];
};

/* Of an account in a room, or of a guest, whose number is hers while she is here. */
struct kept_tie {
    uint32_t room, person; /* numbers */
    bool guest, joined;
    uint8_t role; /* enum role */
    uint64_t read;
};

struct kept_restraint {
    uint32_t room, number; /* number 0: a guest's, nowhere else */
    uint8_t kind, subject; /* enum restraint, subject */
    uint32_t person;       /* number, where it is about one */
    uint8_t key_size;
    char key[MASK_SIZE_MAX];
    int64_t until_ms; /* 0: for ever */
};

struct durable {
    struct kept_account *accounts;
    struct kept_token *tokens;
    struct kept_tie *ties;
    struct kept_restraint *restraints;
    uint32_t account_count, account_cap, token_count, token_cap;
    uint32_t tie_count, tie_cap, restraint_count, restraint_cap;
};

void durable_deinit(struct durable *durable);
void durable_clear(struct durable *durable);

/* Any record; those of the rooms' events change nothing here. */
void durable_apply(struct durable *durable, const struct record *record);

/* NULL: there is none. A number above 2^30 of somebody who never registered is no account. */
const struct kept_account *durable_account(const struct durable *durable, uint32_t number);
const struct kept_account *durable_account_called(const struct durable *durable, struct slice key);

const struct kept_tie *durable_tie(const struct durable *durable, uint32_t person, uint32_t room);
struct kept_tie *durable_tie_make(struct durable *durable, uint32_t person, uint32_t room);

struct kept_restraint *durable_restrain(struct durable *durable, uint32_t room, uint32_t number);
void durable_unrestrain(struct durable *durable, uint32_t at);

/* A guest goes: with what she was and what was about her. */
void durable_forget_guest(struct durable *durable, uint32_t person);
void durable_forget_room(struct durable *durable, uint32_t room);

/* `mask` with `*` and `?` (one byte) is all of `text`. Exponential: for short ones. */
bool durable_glob(struct slice mask, struct slice text);

#endif
