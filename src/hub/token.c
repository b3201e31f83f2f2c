/* token.c: what lets somebody come back without her password. She is given it once; here and on the
 * disk lies only its hash. */
#include "base/check.h"
#include "base/secret.h"
#include "chat/scope.h"
#include "hub/inside.h"
#include "hub/invitation.h"
#include "hub/people.h"
#include "hub/silent.h"

_Static_assert((int)TOKEN_HASH_SIZE == (int)SECRET_HASH_SIZE, "a token is kept as its hash");
_Static_assert((int)TOKEN_SIZE == (int)SECRET_TOKEN_SIZE, "one form of tokens");

#define TOKEN_LIFE_MS (INT64_C(90) * 24 * 3600 * 1000)

static uint64_t first_bits(const unsigned char *hash) {
    uint64_t bits;
    memcpy(&bits, hash, sizeof bits);
    return bits;
}

struct identity token_identity(struct slice token) {
    unsigned char hash[TOKEN_HASH_SIZE];
    secret_hash(token, hash);
    return (struct identity){first_bits(hash) | GUEST_IDENTITY};
}

struct token_row *token_by_hash(struct hub *hub, const unsigned char *hash) {
    uint64_t bits = first_bits(hash) ^ hub->seed;
    for (uint32_t at = index_first(&hub->token_index, bits); at != INDEX_END;
         at = index_next(&hub->token_index, at, bits)) {
        struct token_row *token = &hub->tokens[index_row(&hub->token_index, at)];
        if (secret_same(token->hash, hash, TOKEN_HASH_SIZE)) return token;
    }
    return NULL;
}

bool token_fits(const struct hub *hub) {
    return hub->token_free != NONE || hub->token_top < TOKENS_MAX;
}

struct token_row *token_put(struct hub *hub, struct account *account, const unsigned char *hash,
                            int64_t until_ms) {
    check(hub->tokens != NULL);
    uint32_t row = hub->token_free;
    if (row != NONE)
        hub->token_free = hub->tokens[row].next;
    else
        row = hub->token_top++;
    check(row < TOKENS_MAX);
    struct token_row *token = &hub->tokens[row];
    *token = (struct token_row){.account = account_row(hub, account),
                                .next = account->tokens,
                                .until_ms = until_ms,
                                .scopes = SCOPES_ALL};
    memcpy(token->hash, hash, TOKEN_HASH_SIZE);
    account->tokens = row;
    account->token_count++;
    hub->token_count++;
    index_put(&hub->token_index, first_bits(hash) ^ hub->seed, row);
    return token;
}

/* The sessions that came with it stay, as if they had come with a password. */
void token_free(struct hub *hub, struct token_row *token) {
    struct account *account = &hub->accounts[token->account];
    uint32_t row = (uint32_t)(token - hub->tokens), *at = &account->tokens;
    while (*at != row) {
        check(*at != NONE);
        at = &hub->tokens[*at].next;
    }
    *at = token->next;
    account->token_count--;
    hub->token_count--;
    index_drop(&hub->token_index, first_bits(token->hash) ^ hub->seed, row);
    if (account->user != NONE)
        for (uint32_t s = hub->users[account->user].sessions; s != NONE; s = hub->sessions[s].next)
            if (hub->sessions[s].token == row) hub->sessions[s].token = NONE;
    silent_drop_token(hub, row);
    token->account = NONE;
    token->next = hub->token_free;
    hub->token_free = row;
}

void token_record(struct hub *hub, enum record_kind kind, const struct token_row *token) {
    struct record *record = hub_record_account(hub, kind, &hub->accounts[token->account]);
    record->key = (struct slice){(const char *)token->hash, TOKEN_HASH_SIZE};
    record->until_ms = token->until_ms;
    record->seq = token->number;
    if (token->number > 0) record->number = token->scopes;
    record->name = (struct slice){token->name, token->name_size};
    record->author_name = (struct slice){token->shown, token->shown_size};
    record->room.v = token->room;
    record->identity.v = token->speaker;
    hub_record_sum(hub, record);
}

void token_record_gone(struct hub *hub, const struct token_row *token) {
    token_record(hub, RECORD_TOKEN_GONE, token);
}

void token_drop_unrecorded(struct hub *hub, struct account *account) {
    while (account->tokens != NONE)
        token_free(hub, &hub->tokens[account->tokens]);
}

/* All tokens of the account, on the disk as well. hub_can_record() was asked before. */
void token_drop_all(struct hub *hub, struct account *account) {
    if (account->tokens == NONE) return;
    hub_record_sum(hub, hub_record_account(hub, RECORD_TOKEN_GONE, account));
    token_drop_unrecorded(hub, account);
}

struct token_row *token_find(struct hub *hub, struct slice secret) {
    unsigned char hash[TOKEN_HASH_SIZE];
    if (!secret_is_token(secret)) return NULL;
    secret_hash(secret, hash);
    struct token_row *token = token_by_hash(hub, hash);
    if (!token || token->until_ms == 0 || token->until_ms > hub->now_ms) return token;
    if (!hub_fits(hub, 1, TOKEN_HASH_SIZE)) return NULL;
    token_record_gone(hub, token);
    token_free(hub, token);
    return NULL;
}

/* The one that a fresh one takes the place of: the session's own, since of one device there is one
 * token; or the account's oldest, where it has as many as may be. NULL: none. */
static struct token_row *token_replaced(struct hub *hub, const struct account *account) {
    uint32_t own = hub_asker(hub)->token, count = 0;
    if (own != NONE && hub->tokens[own].number == 0) return &hub->tokens[own];
    struct token_row *oldest = NULL;
    for (uint32_t at = account->tokens; at != NONE; at = hub->tokens[at].next)
        count += hub->tokens[at].number == 0;
    if (count < ACCOUNT_TOKENS_MAX) return NULL;
    for (uint32_t at = account->tokens; at != NONE; at = hub->tokens[at].next)
        if (hub->tokens[at].number > 0)
            continue;
        else if (!oldest || hub->tokens[at].until_ms < oldest->until_ms)
            oldest = &hub->tokens[at];
    return oldest;
}

/* The old row is freed last: until the step is over its record points into it. */
static void token_make(struct hub *hub, struct account *account) {
    unsigned char hash[TOKEN_HASH_SIZE];
    secret_token(hub->secret, hub->token);
    secret_hash((struct slice){hub->token, TOKEN_SIZE}, hash);
    check(!token_by_hash(hub, hash));
    struct token_row *old = token_replaced(hub, account);
    bool own = old && hub_asker(hub)->token == (uint32_t)(old - hub->tokens);
    if (old) token_record_gone(hub, old);
    struct token_row *token = token_put(hub, account, hash, hub->now_ms + TOKEN_LIFE_MS);
    uint32_t row = (uint32_t)(token - hub->tokens);
    const struct user *user = hub_asking_user(hub);
    for (uint32_t s = user->sessions; own && s != NONE; s = hub->sessions[s].next)
        if (hub->sessions[s].token == (uint32_t)(old - hub->tokens)) hub->sessions[s].token = row;
    // cppcheck-suppress AssignmentIntegerToAddress ; a session's token is a row, the hub's a text
    hub_asker(hub)->token = row;
    if (old) token_free(hub, old);
    token_record(hub, RECORD_TOKEN, token);
}

void token_give(struct hub *hub) {
    struct account *account = account_of(hub, hub_asking_user(hub));
    if (!account) {
        hub_refuse(hub, REFUSED_LOGIN_NEEDED, 0, (struct slice){0});
    } else if (!token_fits(hub)) {
        hub_refuse(hub, REFUSED_SERVER_FULL, 0, (struct slice){0});
    } else if (hub_can_record_all(hub, 2, 2 * TOKEN_HASH_SIZE)) {
        token_make(hub, account);
        hub_reply_account(hub, EVENT_TOKEN, true)->text = (struct slice){hub->token, TOKEN_SIZE};
    }
}

bool token_load(struct hub *hub, const struct record *record) {
    if (record->author.v == 0 && record->number == SCOPE_INVITES)
        return invitation_load(hub, record);
    struct account *account = account_by_number(hub, record->author.v);
    if (!account || record->key.size != TOKEN_HASH_SIZE || !token_fits(hub)) return false;
    if (account->token_count == ACCOUNT_TOKENS_MAX + ACCOUNT_NAMED_MAX) return false;
    if (record->name.size > TOKEN_NAME_MAX || record->author_name.size > USER_NAME_SIZE_MAX)
        return false;
    bool named = record->seq > 0;
    bool cert = record->number == SCOPE_CERT;
    if (named && !cert && record->name.size == 0) return false;
    if (named && !cert && (record->number & ~(uint64_t)(SCOPES_GIVEN | SCOPE_HOOK))) return false;
    const unsigned char *hash = (const unsigned char *)record->key.at;
    if (token_by_hash(hub, hash)) return false;
    struct token_row *token = token_put(hub, account, hash, record->until_ms);
    if (named) token_name(hub, token, record);
    return true;
}
