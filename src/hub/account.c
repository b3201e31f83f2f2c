/* account.c: people who come back: found by name and number. */
#include "base/check.h"
#include "hub/inside.h"

uint32_t account_row(const struct hub *hub, const struct account *account) {
    return (uint32_t)(account - hub->accounts);
}

struct slice account_name(const struct account *account) {
    return (struct slice){account->name, account->name_size};
}

static uint64_t number_hash(const struct hub *hub, uint32_t number) {
    return (number ^ hub->seed) * UINT64_C(0x9e3779b97f4a7c15);
}

struct account *account_by_key(struct hub *hub, struct slice key) {
    uint64_t hash = slice_hash(key, hub->seed);
    for (uint32_t at = index_first(&hub->account_keys, hash); at != INDEX_END;
         at = index_next(&hub->account_keys, at, hash)) {
        struct account *account = &hub->accounts[index_row(&hub->account_keys, at)];
        if (slice_equal((struct slice){account->key, account->key_size}, key)) return account;
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
