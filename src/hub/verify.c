/* verify.c: what must hold between steps, and a number that says whether two hubs would keep the
 * same rows. For tests, replicas and the simulator. */
#include "base/check.h"
#include "hub/fact.h"
#include "hub/inside.h"
#include "hub/messages.h"
#include "hub/moderate.h"
#include "hub/people.h"
#include "hub/profile.h"
#include "hub/rule.h"
#include "hub/silent.h"
#include "hub/watch.h"
#include "hub/webhook.h"

static void verify_user(const struct hub *hub, const struct user *user) {
    uint32_t sessions = 0, rooms = 0, row = user_row(hub, user);
    if (user->silent) {
        silent_verify(hub, user);
        return;
    }
    check(user->name_size > 0 && user->key_size > 0 && user->serial < hub->next_serial);
    check(user->account == NONE ? user->identity.v >= GUEST_IDENTITY
                                : hub->accounts[user->account].user == row);
    for (uint32_t at = user->sessions; at != NONE; at = hub->sessions[at].next, sessions++) {
        check(hub->sessions[at].user == row);
        check(hub->sessions[at].generation != 0);
    }
    check(sessions == user->session_count && (sessions == 0) == user->stays);
    check(!user->stays || user->account != NONE);
    check(sessions <= USER_SESSIONS_MAX);
    uint32_t prev = NONE;
    for (uint32_t at = user->memberships; at != NONE; at = hub->memberships[at].user_next) {
        check(hub->memberships[at].user == row);
        check(hub->memberships[at].user_prev == prev);
        check(hub->rooms[hub->memberships[at].room].number != 0);
        prev = at;
        rooms++;
    }
    check(rooms == user->room_count);
    for (uint32_t at = user->directs; at != NONE;) {
        const struct room *room = &hub->rooms[at];
        check(room->number != 0 && (room->flags & (ROOM_VOLATILE | ROOM_PASSING)));
        check(room->pair[0] == user->number || room->pair[1] == user->number);
        at = room->pair_next[room->pair[1] == user->number];
    }
}

/* A room of two has no members; one that is not kept lives only while both are here. */
static void verify_direct(struct hub *hub, const struct room *room) {
    uint32_t pair[2];
    check(direct_pair((struct slice){room->key, room->key_size}, pair));
    check(pair[0] == room->pair[0] && pair[1] == room->pair[1]);
    check(room->member_count == 0);
    if (!(room->flags & (ROOM_VOLATILE | ROOM_PASSING))) return;
    check(user_by_number(hub, pair[0]) != NULL);
    check(user_by_number(hub, pair[1]) != NULL);
}

static void verify_room(const struct hub *hub, const struct room *room) {
    uint32_t members = 0, owners = 0, row = room_row(hub, room), per_worker[WORKERS_MAX] = {0};
    uint32_t prev = NONE;
    uint64_t serial = 0;
    for (uint32_t at = room->members_first; at != NONE; at = hub->memberships[at].room_next) {
        const struct membership *member = &hub->memberships[at];
        check(member->room == row && member->room_prev == prev && member->serial > serial);
        const struct user *user = &hub->users[member->user];
        for (uint32_t s = user->sessions; s != NONE; s = hub->sessions[s].next)
            per_worker[s / hub->size.sessions]++;
        owners += member->role == ROLE_OWNER;
        check(member->role == ROLE_NONE || user->account == NONE);
        serial = member->serial;
        prev = at;
        members++;
    }
    check(room->members_last == prev && members == room->member_count);
    check(owners == room->guest_owners);
    for (uint32_t w = 0; w < WORKERS_MAX; w++) {
        check(room->worker_sessions[w] == per_worker[w]);
        check((room->workers >> w & 1) == (per_worker[w] > 0));
    }
    check(!(room->flags & ROOM_OWN) || members > 0);
    check(room->text_serial > 0 && room->text_serial < hub->next_serial);
}

static void verify_account(struct hub *hub, const struct account *account) {
    uint32_t ties = 0, tokens = 0, row = account_row(hub, account), prev = NONE;
    check(account->name_size > 0 && account->key_size > 0 && account->verifier_size > 0);
    check(account_by_key(hub, (struct slice){account->key, account->key_size}) == account);
    check(account_by_number(hub, account->number) == account);
    for (uint32_t at = account->ties; at != NONE; at = hub->ties[at].account_next, ties++) {
        const struct tie *tie = &hub->ties[at];
        check(tie->account == row && tie->account_prev == prev);
        check(hub->rooms[tie->room].number != 0);
        check(tie_find(hub, account, &hub->rooms[tie->room]) == tie);
        check(tie->role != ROLE_NONE || tie->joined || tie->read > 0);
        check(tie->role < ROLES && tie->read <= hub->rooms[tie->room].seq);
        prev = at;
    }
    for (uint32_t at = account->tokens; at != NONE; at = hub->tokens[at].next, tokens++)
        check(hub->tokens[at].account == row);
    check(tokens == account->token_count && tokens <= ACCOUNT_TOKENS_MAX + ACCOUNT_NAMED_MAX);
    if (account->user == NONE) return;
    const struct user *user = &hub->users[account->user];
    check(user->account == row && user->number == account->number);
    check(user->identity.v == account->number);
    for (uint32_t s = user->sessions; s != NONE; s = hub->sessions[s].next)
        check(hub->sessions[s].token == NONE || hub->tokens[hub->sessions[s].token].account == row);
}

static void verify_accounts(struct hub *hub) {
    uint32_t accounts = 0, ties = 0, tokens = 0, waitings = 0;
    for (uint32_t i = 0; i < hub->account_top; i++) {
        if (hub->accounts[i].number == 0) continue;
        verify_account(hub, &hub->accounts[i]);
        accounts++;
        tokens += hub->accounts[i].token_count;
        for (uint32_t at = hub->accounts[i].ties; at != NONE; at = hub->ties[at].account_next)
            ties++;
    }
    check(accounts == hub->account_count && hub->account_keys.count == accounts);
    check(hub->account_numbers.count == accounts && hub->account_skeletons.count == accounts);
    check(ties == hub->tie_count && hub->tie_index.count == ties);
    check(tokens == hub->token_count && hub->token_index.count == tokens);
    for (size_t i = 0; i < PROOFS_MAX; i++)
        waitings += hub->waitings[i].ticket != 0;
    check(waitings == hub->waiting_count);
    check(hub->user_skeletons.count == hub->user_count);
    check(hub->user_identities.count == hub->user_count);
}

/* What is counted so that it need not be looked for. */
static void verify_rules(const struct hub *hub) {
    uint32_t filters = 0, locks = 0;
    for (uint32_t i = 0; i < hub->restraint_top; i++) {
        const struct restraint_row *row = &hub->restraints[i];
        if (row->room == NONE) continue;
        filters += restraint_is_filter(row);
        locks += row->kind == RESTRAINT_LOCKDOWN;
    }
    check(filters == hub->filter_count && locks == hub->lock_count && locks <= 1);
}

void hub_verify(const struct hub *hub) {
    verify_accounts((struct hub *)(uintptr_t)hub); /* the finders change nothing */
    uint32_t users = 0, rooms = 0, sessions = 0, memberships = 0, restraints = 0, hidden = 0,
             silents = 0;
    for (uint32_t i = 0; i < hub->user_top; i++) {
        const struct user *user = &hub->users[i];
        if (user->number == 0) continue;
        verify_user(hub, user);
        if (user->silent) {
            silents++;
            sessions++;
            continue;
        }
        struct hub *whole = (struct hub *)(uintptr_t)hub; /* the finders change nothing */
        check(user_by_key(whole, (struct slice){user->key, user->key_size}) == user);
        check(user_by_number(whole, user->number) == user);
        users++;
        hidden += user->has_profile && (hub->profiles[i].flags & PERSON_INVISIBLE);
        sessions += user->session_count;
        memberships += user->room_count;
    }
    for (uint32_t i = 0; i < hub->room_top; i++) {
        const struct room *room = &hub->rooms[i];
        if (room->number == 0) continue;
        verify_room(hub, room);
        restraints += restraint_verify(hub, room);
        if (room->flags & ROOM_DIRECT) verify_direct((struct hub *)(uintptr_t)hub, room);
        check(room_by_number((struct hub *)(uintptr_t)hub, room->number) == room);
        rooms++;
    }
    restraints += restraint_verify(hub, whole_server(hub));
    verify_rules(hub);
    watch_verify(hub);
    fact_verify(hub);
    webhook_verify(hub);
    check(restraints == hub->restraint_count);
    check(silents == hub->silent_count);
    check(users == hub->user_count && hub->user_keys.count == users);
    check(hub->user_numbers.count == users && hub->invisible_count == hidden);
    check(hub->user_count_most >= users);
    check(rooms == hub->room_count && hub->room_keys.count == rooms);
    check(hub->room_numbers.count == rooms && hub->room_hexes.count == rooms);
    check(sessions == hub->session_count && memberships == hub->membership_count);
}

uint64_t digest_mix(uint64_t digest, uint64_t value) {
    return (digest ^ value) * UINT64_C(0x100000001b3) ^ (digest >> 29);
}

static uint64_t digest_account(const struct hub *hub, const struct account *account) {
    uint64_t digest = digest_mix(digest_mix(account->number, account->flags),
                                 (uint64_t)account->time_ms),
             sum = 0;
    digest =
        digest_mix(digest_mix(digest, account->skeleton), slice_hash(account_name(account), 1));
    digest = digest_mix(digest, slice_hash((struct slice){account->key, account->key_size}, 2));
    digest = digest_mix(digest, slice_hash(account_verifier(account), 3));
    digest = digest_mix(digest, slice_hash((struct slice){account->scram, account->scram_size}, 4));
    for (uint32_t at = account->ties; at != NONE; at = hub->ties[at].account_next) {
        const struct tie *tie = &hub->ties[at];
        uint64_t what =
            digest_mix(digest_mix(account->number, hub->rooms[tie->room].number), tie->role);
        sum += digest_mix(digest_mix(what, tie->joined), tie->read);
    }
    for (uint32_t at = account->tokens; at != NONE; at = hub->tokens[at].next) {
        const struct token_row *token = &hub->tokens[at];
        struct slice hash = {(const char *)token->hash, TOKEN_HASH_SIZE};
        sum +=
            digest_mix(digest_mix(account->number, (uint64_t)token->until_ms), slice_hash(hash, 5));
    }
    return digest + sum;
}

/* Rows may stand in another order after loading, so their digests are summed. */
uint64_t hub_digest(const struct hub *hub) {
    uint64_t sum = digest_mix(hub->reserved_user_number, hub->next_room_number);
    sum += restraint_digest(hub, whole_server(hub));
    for (uint32_t i = 0; i < hub->room_top; i++) {
        const struct room *room = &hub->rooms[i];
        if (room->number == 0 || (room->flags & (ROOM_OWN | ROOM_VOLATILE | ROOM_PASSING)))
            continue;
        uint64_t digest = digest_mix(room->number, room->flags);
        digest = digest_mix(digest_mix(digest_mix(digest, room->hex), room->epoch), room->seq);
        digest = digest_mix(digest_mix(digest, (uint64_t)room->time_ms), room->maker);
        digest = digest_mix(digest, slice_hash(room_name(room), 1));
        digest = digest_mix(digest, slice_hash((struct slice){room->key, room->key_size}, 2));
        digest = digest_mix(digest, slice_hash((struct slice){room->secret, room->secret_size}, 4));
        digest = digest_mix(digest_mix(digest, room->slow_seconds), room->retention_days);
        digest = digest_mix(digest_mix(digest, room->retention_count),
                            (uint64_t)room->forward << 32 | room->member_limit);
        digest = digest_mix(digest_mix(digest, (uint64_t)room->made_ms), (uint64_t)room->topic_ms);
        digest =
            digest_mix(digest, slice_hash((struct slice){room->topic_by, room->topic_by_size}, 6));
        digest += restraint_digest(hub, room);
        sum += digest_mix(digest, slice_hash(room_topic(hub, room), 3));
    }
    for (uint32_t i = 0; i < hub->account_top; i++)
        if (hub->accounts[i].number != 0) sum += digest_account(hub, &hub->accounts[i]);
    return sum + webhook_digest(hub) +
           fact_digest((struct hub *)(uintptr_t)hub); /* the finders change nothing */
}

struct hub_counts hub_count(const struct hub *hub) {
    return (struct hub_counts){.users = hub->user_count,
                               .sessions = hub->session_count,
                               .rooms = hub->room_count,
                               .memberships = hub->membership_count,
                               .filters = hub->filter_count,
                               .server_rules = whole_server(hub)->restraint_count,
                               .reports = hub->report_count,
                               .locked = server_is_locked(hub)};
}
