/* invitation.c: a word is known by its hash, like a token, and is kept as a token of nobody's. */
#include "hub/invitation.h"

#include "base/check.h"
#include "base/secret.h"
#include "chat/scope.h"
#include "hub/inside.h"
#include "hub/people.h"

enum { DAYS_USUAL = 7, DAYS_MAX = 3650 };

#define DAY_MS (INT64_C(24) * 3600 * 1000)

/* It was let in before; what is remembered of that ends with the process. */
static bool was_let_in(const struct invitation *row, struct identity identity) {
    for (uint32_t i = 0; i < INVITED_MAX && identity.v != 0; i++)
        if (row->invited[i].v == identity.v) return true;
    return false;
}

/* Used up or not. */
static struct invitation *find(struct hub *hub, struct slice word) {
    unsigned char hash[TOKEN_HASH_SIZE];
    if (!secret_is_token(word)) return NULL;
    secret_hash(word, hash);
    for (uint32_t i = 0; i < INVITATIONS_MAX; i++) {
        struct invitation *row = &hub->invitations[i];
        bool lasts = row->until_ms > hub->now_ms || row->spent_until_ms > hub->now_ms;
        if (lasts && secret_same(row->hash, hash, TOKEN_HASH_SIZE)) return row;
    }
    return NULL;
}

static void record(struct hub *hub, const struct invitation *row, bool gone) {
    struct record *record = hub_record(hub, gone ? RECORD_TOKEN_GONE : RECORD_TOKEN, NULL);
    record->key = (struct slice){(const char *)row->hash, TOKEN_HASH_SIZE};
    record->until_ms = row->until_ms;
    record->number = SCOPE_INVITES;
    record->seq = 1 + (uint64_t)row->uses;
    hub_record_sum(hub, record);
}

bool invitation_use(struct hub *hub, struct identity identity) {
    struct invitation *row = find(hub, hub->command->text);
    if (!row) return false;
    if (was_let_in(row, identity)) return true;
    if (row->until_ms == 0) return false;
    if (row->uses > 0 && !hub_fits(hub, 1, TOKEN_HASH_SIZE)) return false;
    row->invited[row->next++ % INVITED_MAX] = identity;
    if (row->uses == 0) return true; /* as many as like */
    row->uses--;
    record(hub, row, row->uses == 0);
    if (row->uses > 0) return true;
    row->spent_until_ms = row->until_ms;
    row->until_ms = 0;
    return true;
}

static bool ends_before(const struct invitation *row, const struct invitation *other) {
    if (row->until_ms != other->until_ms) return row->until_ms < other->until_ms;
    return row->spent_until_ms < other->spent_until_ms;
}

/* An old one makes way: the one that ends first. */
static struct invitation *place(struct hub *hub) {
    struct invitation *first = &hub->invitations[0];
    for (uint32_t i = 1; i < INVITATIONS_MAX; i++)
        if (ends_before(&hub->invitations[i], first)) first = &hub->invitations[i];
    return first;
}

/* What it is called in lists: 48 bits of its hash, the same after a restart; no way to its word. */
static uint64_t number_of(const unsigned char hash[TOKEN_HASH_SIZE]) {
    uint64_t number = 0;
    for (int i = 0; i < 6; i++)
        number = number << 8 | hash[i];
    return number;
}

static bool put(struct hub *hub, struct slice word, uint32_t uses, uint32_t days) {
    struct invitation *row = place(hub);
    if (!hub_fits(hub, 2, 2 * TOKEN_HASH_SIZE)) return false;
    if (row->until_ms > 0) record(hub, row, true);
    struct invitation *old = &hub->old_invitation;
    *old = *row; /* its record points there until the step is over */
    if (row->until_ms > 0)
        hub->out->at[hub->out->count - 1].record.key.at = (const char *)old->hash;
    *row = (struct invitation){.until_ms = hub->now_ms + (int64_t)days * DAY_MS, .uses = uses};
    secret_hash(word, row->hash);
    record(hub, row, false);
    return true;
}

void invitation_make(struct hub *hub) {
    const struct command *c = hub->command;
    uint32_t days = c->count > 0 ? c->count : DAYS_USUAL;
    if (days > DAYS_MAX || c->number > INT32_MAX) {
        hub_refuse(hub, REFUSED_NUMBER_BAD, 0, slice_of("uses, days"));
        return;
    }
    secret_token(hub->secret, hub->token);
    struct slice word = {hub->token, TOKEN_SIZE};
    if (!put(hub, word, (uint32_t)c->number, days)) {
        hub_refuse(hub, REFUSED_STORE_FULL, 0, (struct slice){0});
        return;
    }
    unsigned char hash[TOKEN_HASH_SIZE];
    secret_hash(word, hash);
    struct event *event = hub_reply_account(hub, EVENT_TOKEN, true);
    event->text = word;
    event->number = number_of(hash);
}

void invitation_list(struct hub *hub) {
    struct buf lines;
    buf_init(&lines, hub->pieces, sizeof hub->pieces);
    for (uint32_t i = 0; i < INVITATIONS_MAX; i++) {
        const struct invitation *row = &hub->invitations[i];
        if (row->until_ms <= hub->now_ms) continue;
        buf_number(&lines, number_of(row->hash));
        buf_byte(&lines, '\t');
        buf_number(&lines, row->uses);
        buf_byte(&lines, '\t');
        buf_number(&lines, (uint64_t)row->until_ms / 1000);
        buf_byte(&lines, '\n');
    }
    check(buf_ok(&lines));
    hub_reply_account(hub, EVENT_INVITATIONS, true)->text = buf_slice(&lines);
}

/* Who came by it stays. */
void invitation_delete(struct hub *hub) {
    struct invitation *row = NULL;
    for (uint32_t i = 0; i < INVITATIONS_MAX && !row; i++)
        if (hub->invitations[i].until_ms > hub->now_ms &&
            number_of(hub->invitations[i].hash) == hub->command->target)
            row = &hub->invitations[i];
    if (!row) {
        hub_refuse(hub, REFUSED_INVITATION_BAD, 0, (struct slice){0});
        return;
    }
    if (!hub_can_record(hub, TOKEN_HASH_SIZE)) return;
    record(hub, row, true);
    row->until_ms = row->spent_until_ms = 0;
    hub_reply_account(hub, EVENT_DONE, true)->text = slice_of("the invitation is revoked");
}

void invitation_add(struct hub *hub, struct slice word) {
    if (secret_is_token(word)) (void)put(hub, word, 0, DAYS_USUAL);
}

bool invitation_load(struct hub *hub, const struct record *record) {
    struct invitation *row = place(hub);
    if (record->key.size != TOKEN_HASH_SIZE || record->seq == 0 || row->until_ms > 0) return false;
    if (record->until_ms <= 0 || record->seq - 1 > INT32_MAX) return false;
    row->until_ms = record->until_ms;
    row->uses = (uint32_t)(record->seq - 1);
    memcpy(row->hash, record->key.at, TOKEN_HASH_SIZE);
    return true;
}
