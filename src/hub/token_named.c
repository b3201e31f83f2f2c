/* token_named.c: tokens that have names, for bots and scripts, and webhooks. They do not run out,
 * make way for no other, and may do what they were made for (chat/scope.h). */
#include <sodium.h>

#include "base/check.h"
#include "base/secret.h"
#include "base/text.h"
#include "chat/scope.h"
#include "hub/inside.h"
#include "hub/moderate.h"
#include "hub/people.h"

/* Whose tokens are meant: the asker's, or from the control socket who is named. NULL: the asker was
 * told. */
static struct account *owner_meant(struct hub *hub) {
    struct account *account = NULL;
    if (hub_from_control(hub))
        account = account_by_key(hub, hub->command->name_key);
    else
        account = account_of(hub, hub_asking_user(hub));
    if (account) return account;
    bool control = hub_from_control(hub);
    hub_refuse(hub, control ? REFUSED_ACCOUNT_UNKNOWN : REFUSED_LOGIN_NEEDED, 0,
               hub->command->name);
    return NULL;
}

static bool is_word(struct slice name) {
    if (name.size == 0 || name.size > TOKEN_NAME_MAX) return false;
    for (size_t i = 0; i < name.size; i++)
        if ((unsigned char)name.at[i] < ' ' || name.at[i] == 127) return false;
    return true;
}

uint32_t token_named_count(const struct hub *hub, const struct account *account) {
    uint32_t count = 0;
    for (uint32_t at = account->tokens; at != NONE; at = hub->tokens[at].next)
        count += hub->tokens[at].number > 0;
    return count;
}

/* False: the asker was told. */
static bool may_be_made(struct hub *hub, const struct account *account) {
    const struct command *c = hub->command;
    enum refusal why = REFUSED_NOT;
    uint64_t number = 0;
    if (!is_word(c->text)) {
        why = REFUSED_TOKEN_NAME_BAD;
        number = TOKEN_NAME_MAX;
    } else if (token_named_count(hub, account) >= ACCOUNT_NAMED_MAX) {
        why = REFUSED_TOKENS_FULL;
        number = ACCOUNT_NAMED_MAX;
    } else if (!token_fits(hub)) {
        why = REFUSED_SERVER_FULL;
    } else if (!hub_from_control(hub) && (c->number & SCOPES_GIVEN & ~hub_asker(hub)->scopes)) {
        why = REFUSED_NOT_ALLOWED; /* no token makes one that may do more than itself */
    }
    if (why == REFUSED_NOT) return true;
    hub_refuse(hub, why, number, (struct slice){0});
    return false;
}

/* A webhook's room, which its maker runs, and a name that is nobody's. NULL: the asker was told. */
static const struct room *hook_room(struct hub *hub) {
    const struct command *c = hub->command;
    struct room *room = hub_from_control(hub) ? room_needed(hub) : room_for(hub, ACTION_MODE);
    if (!room) return NULL;
    if (room->flags & (ROOM_OWN | ROOM_DIRECT)) {
        hub_refuse(hub, REFUSED_NOT_ALLOWED, 0, room_name(room));
        return NULL;
    }
    char key_memory[NAME_KEY_SIZE_MAX];
    struct buf key;
    buf_init(&key, key_memory, sizeof key_memory);
    bool fits = c->about.size > 0 && c->about.size <= hub->limits.name_size &&
                c->about.size <= USER_NAME_SIZE_MAX && name_key(&key, c->about);
    enum refusal why = fits ? REFUSED_NOT : REFUSED_NAME_BAD;
    if (fits) { /* the skeleton is of the name in `about` */
        struct name name = {c->about, buf_slice(&key), name_looks(c->skeleton), false};
        if (account_by_key(hub, name.key) || user_by_key(hub, name.key))
            why = REFUSED_NAME_TAKEN;
        else if (name_like_account(hub, &name, NULL))
            why = REFUSED_NAME_LIKE;
    }
    if (why == REFUSED_NOT) return room;
    hub_refuse(hub, why, hub->limits.name_size, c->about);
    return NULL;
}

void token_name(struct hub *hub, struct token_row *token, const struct record *record) {
    check(record->name.size <= sizeof token->name);
    check(record->author_name.size <= sizeof token->shown);
    token->number = record->seq;
    token->scopes = (uint16_t)record->number;
    token->name_size = (uint8_t)record->name.size;
    token->shown_size = (uint8_t)record->author_name.size;
    token->room = record->room.v;
    token->speaker = (uint32_t)record->identity.v;
    if (record->name.size > 0) memcpy(token->name, record->name.at, record->name.size);
    if (record->author_name.size > 0)
        memcpy(token->shown, record->author_name.at, record->author_name.size);
    if (token->number >= hub->next_token_number) hub->next_token_number = token->number + 1;
}

void token_add(struct hub *hub) {
    const struct command *c = hub->command;
    struct account *account = owner_meant(hub);
    bool hook = c->about.size > 0;
    if (account && (c->flags & COMMAND_BY_CERT)) {
        certificate_add(hub, account);
        return;
    }
    if (!account || !may_be_made(hub, account)) return;
    const struct room *room = hook ? hook_room(hub) : NULL;
    if (hook && !room) return;
    if (!hub_can_record_all(hub, 2, TOKEN_HASH_SIZE + TOKEN_NAME_MAX + USER_NAME_SIZE_MAX)) return;
    uint32_t speaker = hook ? user_number_next(hub) : 0;
    if (hook && speaker == 0) return;
    unsigned char hash[TOKEN_HASH_SIZE];
    secret_token(hub->secret, hub->token);
    secret_hash((struct slice){hub->token, TOKEN_SIZE}, hash);
    check(!token_by_hash(hub, hash));
    struct token_row *token = token_put(hub, account, hash, 0);
    struct record what = {.seq = hub->next_token_number,
                          .number = hook ? SCOPE_HOOK : c->number & SCOPES_GIVEN,
                          .room.v = room ? room->number : 0,
                          .identity.v = speaker,
                          .name = c->text,
                          .author_name = hook ? c->about : (struct slice){0}};
    token_name(hub, token, &what);
    token_record(hub, RECORD_TOKEN, token);
    struct event *event = hub_reply_account(hub, EVENT_TOKEN, true);
    event->text = (struct slice){hub->token, TOKEN_SIZE};
    event->number = token->number;
}

static void line_put(struct hub *hub, const struct token_row *token, struct buf *out) {
    char memory[64];
    struct buf scopes;
    buf_init(&scopes, memory, sizeof memory);
    scopes_put(&scopes, token->scopes);
    char digits[2 * TOKEN_HASH_SIZE + 1];
    struct slice name = {token->name, token->name_size};
    if (token->scopes == SCOPE_CERT)
        name = slice_text(sodium_bin2hex(digits, sizeof digits, token->hash, TOKEN_HASH_SIZE));
    const struct room *room = token->room > 0 ? room_by_number(hub, token->room) : NULL;
    token_line_put(out, &(struct token_line){.number = token->number,
                                             .name = name,
                                             .scopes = buf_slice(&scopes),
                                             .room = room ? room_name(room) : (struct slice){0},
                                             .shown = {token->shown, token->shown_size}});
}

void token_list(struct hub *hub) {
    const struct account *account = owner_meant(hub);
    struct buf lines;
    if (!account) return;
    buf_init(&lines, hub->pieces, sizeof hub->pieces);
    _Static_assert(ACCOUNT_NAMED_MAX * TOKEN_LINE_MAX <= sizeof hub->pieces, "one answer");
    for (uint32_t at = account->tokens; at != NONE; at = hub->tokens[at].next)
        if (hub->tokens[at].number > 0) line_put(hub, &hub->tokens[at], &lines);
    check(buf_ok(&lines));
    hub_reply_account(hub, EVENT_TOKENS, true)->text = buf_slice(&lines);
}

/* Who came with it is told and hears no more. */
static void token_end(struct hub *hub, struct token_row *token) {
    const struct account *account = &hub->accounts[token->account];
    uint32_t row = (uint32_t)(token - hub->tokens);
    token_record_gone(hub, token);
    login_close_sessions(hub, account, row, REFUSED_LOGGED_OUT, true);
}

void token_delete(struct hub *hub) {
    const struct command *c = hub->command;
    const struct account *account = owner_meant(hub);
    if (!account) return;
    if (c->flags & COMMAND_BY_CERT) {
        certificate_delete(hub, account);
        return;
    }
    struct token_row *token = NULL;
    for (uint32_t at = account->tokens; at != NONE; at = hub->tokens[at].next)
        if (hub->tokens[at].number == c->target && c->target > 0) token = &hub->tokens[at];
    if (!token) {
        hub_refuse(hub, REFUSED_TOKEN_UNKNOWN, c->target, (struct slice){0});
        return;
    }
    if (!hub_can_record(hub, TOKEN_HASH_SIZE)) return;
    bool own = !hub_from_control(hub) && hub_asker(hub)->token == (uint32_t)(token - hub->tokens);
    token_end(hub, token);
    hub_reply_account(hub, EVENT_DONE, true)->text = slice_of("the token is deleted");
    if (own)
        login_close_session(hub, (uint32_t)(hub_asker(hub) - hub->sessions), REFUSED_LOGGED_OUT);
    token_free(hub, token);
}
