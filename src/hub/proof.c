/* proof.c: commands that wait until a password is hashed. Their sessions read no further line
 * meanwhile; a session that goes away leaves its row until the answer comes, so that no more than
 * PROOFS_MAX are ever under way. */
#include "base/check.h"
#include "hub/inside.h"
#include "hub/people.h"

enum { BUSY_SECONDS = 2 };

static struct waiting *waiting_of(struct hub *hub, struct session_id session) {
    for (size_t i = 0; hub->waiting_count > 0 && i < PROOFS_MAX; i++)
        if (hub->waitings[i].ticket != 0 && session_same(hub->waitings[i].session, session))
            return &hub->waitings[i];
    return NULL;
}

bool proof_is_awaited(struct hub *hub) {
    return !hub_from_control(hub) && waiting_of(hub, hub->command->session) != NULL;
}

void proof_drop(struct hub *hub) {
    struct waiting *waiting;
    while ((waiting = waiting_of(hub, hub->command->session)) != NULL)
        waiting->session = (struct session_id){0};
}

static struct waiting *waiting_take(struct hub *hub) {
    for (size_t i = 0; i < PROOFS_MAX; i++)
        if (hub->waitings[i].ticket == 0) return &hub->waitings[i];
    return NULL;
}

/* The command as it must be known later: who is meant and where to, but none of its secrets. */
static void waiting_keep(struct waiting *waiting, const struct command *command) {
    struct buf bytes;
    struct command *kept = &waiting->command;
    *kept = *command;
    kept->text = kept->client_id = kept->secret = kept->tags = (struct slice){0};
    buf_init(&bytes, waiting->bytes, sizeof waiting->bytes);
    for (size_t i = 0; i < COMMAND_SLICES; i++) {
        size_t at = bytes.size;
        buf_put(&bytes, kept->slices[i]);
        kept->slices[i].at = waiting->bytes + at;
    }
    check(buf_ok(&bytes));
}

static bool command_fits(const struct command *c) {
    return c->name.size <= USER_NAME_SIZE_MAX && c->name_key.size <= USER_KEY_MAX &&
           c->room.size <= ROOM_NAME_SIZE_MAX && c->room_key.size <= ROOM_KEY_MAX &&
           c->skeleton.size <= NAME_SKELETON_MAX &&
           c->about.size <= LOGIN_SIZE_MAX + 1 + REAL_SIZE_MAX;
}

uint64_t proof_mark(const struct hub *hub, const struct account *account) {
    return account ? slice_hash(account_verifier(account), hub->seed) : 0;
}

void proof_ask(struct hub *hub, enum proof_kind kind, const struct account *account) {
    const struct command *c = hub->command;
    struct slice none = {0};
    if (!command_fits(c)) {
        hub_refuse(hub, REFUSED_LOGIN_WRONG, 0, none);
        return;
    }
    struct waiting *waiting = waiting_take(hub);
    if (!waiting) {
        hub_refuse(hub, REFUSED_LOGIN_BUSY, BUSY_SECONDS, none);
        return;
    }
    *waiting = (struct waiting){.ticket = hub->next_ticket++,
                                .session = c->session,
                                .identity = {account ? account->number : 0},
                                .mark = proof_mark(hub, account)};
    waiting_keep(waiting, c);
    hub->waiting_count++;
    struct proof *proof = hub_prove(hub);
    proof->kind = kind;
    proof->ticket = waiting->ticket;
    proof->secret = c->secret;
    if (kind == PROOF_CHANGE) proof->fresh = c->text;
    bool may = account && !(account->flags & ACCOUNT_SUSPENDED);
    if (may) proof->verifier = account_verifier(account);
}

/* Who is meant may have changed in between: then the proof is of something else. */
static struct account *proved_account(struct hub *hub, const struct waiting *waiting) {
    struct account *account = account_by_number(hub, (uint32_t)waiting->identity.v);
    return account && proof_mark(hub, account) == waiting->mark ? account : NULL;
}

void proof_answered(struct hub *hub, const struct proved *proved) {
    struct waiting *waiting = NULL;
    for (size_t i = 0; i < PROOFS_MAX; i++)
        if (hub->waitings[i].ticket == proved->ticket) waiting = &hub->waitings[i];
    check(proved->ticket != 0 && waiting != NULL);
    struct session_id session = waiting->session;
    struct account *account = proved_account(hub, waiting);
    waiting->session = (struct session_id){0}; /* it waits no more, whatever the command does */
    hub->command = &waiting->command;
    if (session.generation != 0 && !hub_asker(hub)->closed) {
        switch ((int)waiting->command.kind) {
        case COMMAND_LOGIN: login_proved(hub, account, proved); break;
        case COMMAND_REGISTER: register_proved(hub, proved); break;
        case COMMAND_PASSWORD: password_proved(hub, account, proved); break;
        case COMMAND_UNREGISTER: unregister_proved(hub, account, proved); break;
        case COMMAND_USER_ADD: user_add_proved(hub, proved); break;
        case COMMAND_USER_PASSWD: user_passwd_proved(hub, proved); break;
        default: check(false);
        }
    }
    hub->command = NULL;
    waiting->ticket = 0;
    hub->waiting_count--;
}
