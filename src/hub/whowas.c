/* whowas.c: who was called so. A ring in memory: what IRC asks with WHOWAS is not kept for long,
 * and not beyond a restart. */
#include "base/check.h"
#include "base/text.h"
#include "chat/person.h"
#include "hub/inside.h"
#include "hub/profile.h"

static uint8_t keep(char *to, struct slice text, size_t cap) {
    text = slice_head(text, cap);
    if (text.size > 0) memcpy(to, text.at, text.size);
    return (uint8_t)text.size;
}

static uint32_t most(const struct hub *hub) {
    uint32_t entries = hub->limits.whowas_entries;
    return entries < WHOWAS_MAX ? entries : WHOWAS_MAX;
}

void whowas_keep(struct hub *hub, const struct user *user) {
    uint32_t cap = most(hub);
    if (hub->gone_cap != cap) hub->gone_next = hub->gone_count = 0; /* the setting was changed */
    hub->gone_cap = cap;
    if (cap == 0) return;
    struct gone *gone = &hub->gones[hub->gone_next];
    struct slice key = {user->key, user->key_size};
    gone->hash = slice_hash(key, hub->seed);
    gone->until_ms = hub->now_ms;
    gone->name_size = keep(gone->name, user_name(user), sizeof gone->name);
    gone->key_size = keep(gone->key, key, sizeof gone->key);
    gone->login_size = keep(gone->login, profile_login(hub, user), sizeof gone->login);
    gone->real_size = keep(gone->real, profile_real(hub, user), sizeof gone->real);
    gone->account_size = keep(gone->account, profile_account(hub, user), sizeof gone->account);
    hub->gone_next = (hub->gone_next + 1) % cap;
    if (hub->gone_count < cap) hub->gone_count++;
}

static void put_gone(const struct gone *gone, struct buf *out) {
    struct person person = {.name = {gone->name, gone->name_size},
                            .login = {gone->login, gone->login_size},
                            .account = {gone->account, gone->account_size},
                            .real = {gone->real, gone->real_size}};
    person.seconds = gone->until_ms > 0 ? (uint32_t)(gone->until_ms / 1000) : 0;
    person_put(out, &person);
}

/* A mask costs one match an entry, of which there are limits.whowas_entries. */
static bool is_meant(const struct gone *gone, struct slice name, bool mask, uint64_t hash) {
    struct slice key = {gone->key, gone->key_size};
    if (mask) return glob_match(name, key);
    return gone->hash == hash && slice_equal(key, name);
}

/* The last one first; as many as one piece of an answer holds. */
void whowas_list(struct hub *hub) {
    const struct command *c = hub->command;
    struct slice name = c->name_key;
    bool mask = memchr(name.at, '*', name.size) || memchr(name.at, '?', name.size);
    uint64_t hash = slice_hash(c->name_key, hub->seed), found = 0;
    uint64_t wanted = c->number > 0 ? c->number : UINT64_MAX;
    struct buf lines;
    buf_init(&lines, hub->pieces, sizeof hub->pieces);
    for (uint32_t i = 1; i <= hub->gone_count && found < wanted; i++) {
        const struct gone *gone = &hub->gones[(hub->gone_next + hub->gone_cap - i) % hub->gone_cap];
        if (!is_meant(gone, name, mask, hash)) continue;
        if (lines.size + PERSON_LINE_MAX > lines.cap) break;
        put_gone(gone, &lines);
        found++;
    }
    check(buf_ok(&lines));
    if (found == 0) {
        hub_refuse(hub, REFUSED_PERSON_UNKNOWN, 0, c->name);
        return;
    }
    hub_reply(hub, EVENT_PEOPLE, NULL, true)->text = buf_slice(&lines);
}
