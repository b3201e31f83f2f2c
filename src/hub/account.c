/* account.c: people who come back: the table, and its rows on the disk. */
#include "base/check.h"
#include "hub/inside.h"
#include "hub/people.h"

uint32_t account_row(const struct hub *hub, const struct account *account) {
    return (uint32_t)(account - hub->accounts);
}

struct slice account_name(const struct account *account) {
    return (struct slice){account->name, account->name_size};
}

static struct slice account_key(const struct account *account) {
    return (struct slice){account->key, account->key_size};
}

struct slice account_verifier(const struct account *account) {
    return (struct slice){account->verifier, account->verifier_size};
}

static uint64_t number_hash(const struct hub *hub, uint32_t number) {
    return (number ^ hub->seed) * UINT64_C(0x9e3779b97f4a7c15);
}

struct account *account_by_key(struct hub *hub, struct slice key) {
    uint64_t hash = slice_hash(key, hub->seed);
    for (uint32_t at = index_first(&hub->account_keys, hash); at != INDEX_END;
         at = index_next(&hub->account_keys, at, hash)) {
        struct account *account = &hub->accounts[index_row(&hub->account_keys, at)];
        if (slice_equal(account_key(account), key)) return account;
    }
    return NULL;
}

struct account *account_by_number(struct hub *hub, uint32_t number) {
    uint64_t hash = number_hash(hub, number);
    for (uint32_t at = index_first(&hub->account_numbers, hash); at != INDEX_END;
         at = index_next(&hub->account_numbers, at, hash)) {
        struct account *account = &hub->accounts[index_row(&hub->account_numbers, at)];
        if (account->number == number) return account;
    }
    return NULL;
}

struct account *account_of(struct hub *hub, const struct user *user) {
    return user->account == NONE ? NULL : &hub->accounts[user->account];
}

static struct account *account_take(struct hub *hub) {
    uint32_t row = hub->account_free;
    if (row != NONE) {
        hub->account_free = hub->accounts[row].next_free;
    } else if (hub->account_top < ACCOUNTS_MAX) {
        row = hub->account_top++;
    } else {
        return NULL;
    }
    return &hub->accounts[row];
}

bool account_fits(const struct hub *hub) {
    return hub->account_free != NONE || hub->account_top < ACCOUNTS_MAX;
}

struct account *account_new(struct hub *hub, uint32_t number, const struct name *name) {
    check(name->text.size > 0 && name->text.size <= USER_NAME_SIZE_MAX);
    check(name->key.size > 0 && name->key.size <= USER_KEY_MAX);
    struct account *account = account_take(hub);
    if (!account) return NULL;
    *account = (struct account){.number = number,
                                .user = NONE,
                                .ties = NONE,
                                .tokens = NONE,
                                .skeleton = name->looks,
                                .name_size = (uint8_t)name->text.size,
                                .key_size = (uint8_t)name->key.size,
                                .time_ms = hub->now_ms};
    memcpy(account->name, name->text.at, name->text.size);
    memcpy(account->key, name->key.at, name->key.size);
    uint32_t row = account_row(hub, account);
    index_put(&hub->account_keys, slice_hash(name->key, hub->seed), row);
    index_put(&hub->account_numbers, number_hash(hub, number), row);
    index_put(&hub->account_skeletons, account->skeleton ^ hub->seed, row);
    hub->account_count++;
    return account;
}

/* Nobody is connected as it any more, and nothing is its own. */
void account_free(struct hub *hub, struct account *account) {
    uint32_t row = account_row(hub, account);
    check(account->user == NONE && account->ties == NONE && account->tokens == NONE);
    index_drop(&hub->account_keys, slice_hash(account_key(account), hub->seed), row);
    index_drop(&hub->account_numbers, number_hash(hub, account->number), row);
    index_drop(&hub->account_skeletons, account->skeleton ^ hub->seed, row);
    account->number = 0;
    account->next_free = hub->account_free;
    hub->account_free = row;
    hub->account_count--;
}

static bool verifiers_fit(struct slice verifier, struct slice scram) {
    return verifier.size > 0 && verifier.size <= VERIFIER_SIZE_MAX && scram.size <= SCRAM_SIZE_MAX;
}

void account_set_verifiers(struct account *account, struct slice verifier, struct slice scram) {
    check(verifiers_fit(verifier, scram));
    memcpy(account->verifier, verifier.at, verifier.size);
    if (scram.size > 0) memcpy(account->scram, scram.at, scram.size);
    account->verifier_size = (uint8_t)verifier.size;
    account->scram_size = (uint8_t)scram.size;
}

void account_record(struct hub *hub, const struct account *account) {
    struct record *record = hub_record_account(hub, RECORD_ACCOUNT, account);
    struct buf looks;
    buf_init(&looks, hub->looks, sizeof hub->looks);
    buf_hex(&looks, account->skeleton, sizeof hub->looks);
    record->flags = account->flags;
    record->time_ms = account->time_ms;
    record->account_name = account_name(account);
    record->account_key = account_key(account);
    record->skeleton = buf_slice(&looks);
    record->verifier = account_verifier(account);
    record->scram = (struct slice){account->scram, account->scram_size};
    hub_record_sum(hub, record);
}

bool account_respell(struct hub *hub, struct account *account, struct slice name) {
    check(name.size > 0 && name.size <= USER_NAME_SIZE_MAX);
    if (!hub_can_record(hub, ACCOUNT_BYTES_MAX)) return false;
    memcpy(account->name, name.at, name.size);
    account->name_size = (uint8_t)name.size;
    account_record(hub, account);
    return true;
}

/* What account_record() wrote of the skeleton. False: it is not that. */
static bool looks_read(struct slice hex, uint64_t *looks) {
    *looks = 0;
    if (hex.size != 16) return false;
    for (size_t i = 0; i < hex.size; i++) {
        char c = hex.at[i];
        bool digit = c >= '0' && c <= '9', letter = c >= 'a' && c <= 'f';
        if (!digit && !letter) return false;
        *looks = *looks << 4 | (uint64_t)(digit ? c - '0' : c - 'a' + 10);
    }
    return true;
}

bool account_load(struct hub *hub, const struct record *record) {
    struct name name = {.text = record->account_name, .key = record->account_key};
    uint32_t number = record->author.v;
    if (number < USER_NUMBER_FIRST || account_by_number(hub, number)) return false;
    if (name.text.size == 0 || name.text.size > USER_NAME_SIZE_MAX) return false;
    if (name.key.size == 0 || name.key.size > USER_KEY_MAX) return false;
    if (account_by_key(hub, name.key) || !looks_read(record->skeleton, &name.looks)) return false;
    if (!verifiers_fit(record->verifier, record->scram)) return false;
    struct account *account = account_new(hub, number, &name);
    if (!account) return false;
    account->flags = record->flags & ACCOUNT_KEPT;
    account->time_ms = record->time_ms;
    account_set_verifiers(account, record->verifier, record->scram);
    if (number >= hub->next_user_number)
        hub->next_user_number = hub->reserved_user_number = number + 1;
    return true;
}
