/* certificate.c: who comes by the certificate that her client showed as TLS began, with its key. An
 * account keeps the fingerprint as a token that is good for nothing but this: SCOPE_CERT, and where
 * a token has its hash it has the SHA-256 of the certificate. */
#include "base/check.h"
#include "chat/scope.h"
#include "hub/inside.h"
#include "hub/people.h"

enum { FINGERPRINT_SIZE = 32 };

_Static_assert((int)FINGERPRINT_SIZE == (int)TOKEN_HASH_SIZE, "one takes the place of the other");

/* The row of the certificate that the command is about. NULL: nobody's. */
static struct token_row *meant(struct hub *hub) {
    check(hub->command->secret.size == FINGERPRINT_SIZE);
    struct token_row *token = token_by_hash(hub, (const unsigned char *)hub->command->secret.at);
    return token && token->scopes == SCOPE_CERT ? token : NULL;
}

static bool is_shown(struct hub *hub) {
    if (hub->command->secret.size == FINGERPRINT_SIZE) return true;
    hub_refuse(hub, REFUSED_CERT_MISSING, 0, (struct slice){0});
    return false;
}

/* Nothing is hashed and nothing can be tried out, so nobody waits. */
void certificate_login(struct hub *hub) {
    const struct command *c = hub->command;
    if (!hub->limits.accounts) {
        hub_refuse(hub, REFUSED_NO_ACCOUNTS, 0, (struct slice){0});
        return;
    }
    if (!is_shown(hub)) return;
    const struct token_row *token = meant(hub);
    struct account *owner = token ? &hub->accounts[token->account] : NULL;
    bool other = c->name_key.size > 0 && owner != account_by_key(hub, c->name_key);
    if (!owner || other || (owner->flags & ACCOUNT_SUSPENDED))
        hub_refuse(hub, REFUSED_LOGIN_WRONG, 0, (struct slice){0});
    else
        login_comes(hub, owner);
}

/* Who holds it comes in as with the password, so a token that may not do all does not add one. */
void certificate_add(struct hub *hub, struct account *account) {
    const struct command *c = hub->command;
    if (!is_shown(hub)) return;
    enum refusal why = REFUSED_NOT;
    uint64_t number = 0;
    if (hub_asker(hub)->scopes != SCOPES_ALL) {
        why = REFUSED_NOT_ALLOWED;
    } else if (token_by_hash(hub, (const unsigned char *)c->secret.at)) {
        why = REFUSED_CERT_TAKEN;
    } else if (token_named_count(hub, account) >= ACCOUNT_NAMED_MAX) {
        why = REFUSED_TOKENS_FULL;
        number = ACCOUNT_NAMED_MAX;
    } else if (!token_fits(hub)) {
        why = REFUSED_SERVER_FULL;
    }
    if (why != REFUSED_NOT) {
        hub_refuse(hub, why, number, (struct slice){0});
        return;
    }
    if (!hub_can_record(hub, TOKEN_HASH_SIZE)) return;
    struct token_row *token = token_put(hub, account, (const unsigned char *)c->secret.at, 0);
    token_name(hub, token, &(struct record){.seq = hub->next_token_number, .number = SCOPE_CERT});
    token_record(hub, RECORD_TOKEN, token);
    hub_reply_account(hub, EVENT_DONE, true)->text = slice_of("the certificate is added");
}

/* Who came by it stays. */
void certificate_delete(struct hub *hub, const struct account *account) {
    if (!is_shown(hub)) return;
    struct token_row *token = meant(hub);
    if (!token || &hub->accounts[token->account] != account) {
        hub_refuse(hub, REFUSED_CERT_UNKNOWN, 0, (struct slice){0});
        return;
    }
    if (!hub_can_record(hub, TOKEN_HASH_SIZE)) return;
    token_record_gone(hub, token);
    hub_reply_account(hub, EVENT_DONE, true)->text = slice_of("the certificate is deleted");
    token_free(hub, token);
}
