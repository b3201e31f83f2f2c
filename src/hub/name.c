/* name.c: what people may be called: a name that is free, is no account's, looks like nobody
 * else's, and is not one that only the server could bear. */
#include "base/check.h"
#include "hub/inside.h"
#include "hub/people.h"

/* Who is called so would be taken for the server or its people. */
static const char *const reserved[] = {
    "admin",    "administrator", "server",   "system",  "operator", "moderator",
    "nickserv", "chanserv",      "histserv", "service", "services", "staff",
    "support",  "help",          "everyone", "here",    "all",      "parlance",
};

enum { RESERVED = sizeof reserved / sizeof *reserved };

/* On the disk, as 16 hex digits: it must never change. What a skeleton is hashed to is no secret,
 * and who makes two of them meet is only refused a name. */
#define LOOKS_SEED UINT64_C(0x6c6f6f6b73)

uint64_t name_looks(struct slice skeleton) {
    return slice_hash(skeleton, LOOKS_SEED);
}

/* The skeleton of a key of ASCII letters, digits and hyphens, as base/text.h makes it. */
static void put_plain_skeleton(struct buf *out, struct slice key) {
    for (size_t i = 0; i < key.size; i++) {
        char c = key.at[i];
        if (c == 'm')
            buf_text(out, "rn");
        else
            buf_byte(out, c == '0' ? 'O' : c == '1' ? 'l' : c);
    }
}

uint64_t name_plain_looks(struct slice key) {
    char memory[2 * USER_KEY_MAX];
    struct buf skeleton;
    buf_init(&skeleton, memory, sizeof memory);
    put_plain_skeleton(&skeleton, slice_head(key, USER_KEY_MAX));
    check(buf_ok(&skeleton));
    return name_looks(buf_slice(&skeleton));
}

/* The name that the command gives. */
struct name name_of_command(const struct command *command) {
    struct slice skeleton = command->skeleton;
    return (struct name){.text = command->name,
                         .key = command->name_key,
                         .mixed = command->naming == NAMING_MIXED,
                         .looks = skeleton.size > 0 ? name_looks(skeleton)
                                                    : name_plain_looks(command->name_key)};
}

/* `client-<digits>`, which only phones are called. */
bool name_is_phones(struct slice key) {
    uint64_t number;
    return slice_starts(key, slice_of("client-")) &&
           slice_number(slice_from(key, 7), UINT64_MAX, &number);
}

enum refusal name_form_refusal(const struct hub *hub, const struct name *name) {
    if (name->text.size == 0) return REFUSED_NAME_EMPTY;
    if (name->text.size > hub->limits.name_size || name->key.size > USER_KEY_MAX)
        return REFUSED_NAME_TOO_LONG;
    if (name->key.size == 0 || name_is_phones(name->key)) return REFUSED_NAME_BAD;
    return REFUSED_NOT;
}

static enum refusal reserved_refusal(const struct name *name) {
    for (size_t i = 0; i < RESERVED; i++) {
        struct slice word = slice_text(reserved[i]);
        if (slice_equal(name->key, word)) return REFUSED_NAME_TAKEN;
        if (name->looks == name_plain_looks(word)) return REFUSED_NAME_LIKE;
    }
    return REFUSED_NOT;
}

/* Somebody else who is here looks like it. */
static bool looks_like_somebody(struct hub *hub, const struct name *name,
                                const struct user *asker) {
    uint64_t hash = name->looks ^ hub->seed;
    for (uint32_t at = index_first(&hub->user_skeletons, hash); at != INDEX_END;
         at = index_next(&hub->user_skeletons, at, hash)) {
        const struct user *user = &hub->users[index_row(&hub->user_skeletons, at)];
        if (user != asker && user->skeleton == name->looks) return true;
    }
    return false;
}

/* An account other than hers looks like it. One of the same name does not: see below. */
struct account *name_like_account(struct hub *hub, const struct name *name,
                                  const struct account *own) {
    uint64_t hash = name->looks ^ hub->seed;
    for (uint32_t at = index_first(&hub->account_skeletons, hash); at != INDEX_END;
         at = index_next(&hub->account_skeletons, at, hash)) {
        struct account *account = &hub->accounts[index_row(&hub->account_skeletons, at)];
        bool same = slice_equal((struct slice){account->key, account->key_size}, name->key);
        if (account != own && !same && account->skeleton == name->looks) return account;
    }
    return NULL;
}

/* The answer is the same whether she whose name it is or looks like is here or not. */
enum refusal name_refusal(struct hub *hub, const struct name *name, const struct user *asker) {
    const struct account *own = asker ? account_of(hub, asker) : NULL;
    const struct account *account = account_by_key(hub, name->key);
    if (account && account != own && hub->limits.names_reserved) return REFUSED_NAME_RESERVED;
    const struct user *holder = user_by_key(hub, name->key);
    if (holder && holder != asker) return REFUSED_NAME_TAKEN;
    if (account && account == own) return REFUSED_NOT;
    enum refusal why = reserved_refusal(name);
    if (why != REFUSED_NOT) return why;
    if (looks_like_somebody(hub, name, asker) || name_like_account(hub, name, own))
        return REFUSED_NAME_LIKE;
    /* Letters of several scripts are borne by her whose own account they look like. */
    if (name->mixed && !(own && own->skeleton == name->looks)) return REFUSED_NAME_BAD;
    return REFUSED_NOT;
}

/* The name with `-number` behind it, cut so that it fits. False: it does not. */
static bool name_suffix(struct hub *hub, uint32_t number, struct name *name) {
    const struct command *c = hub->command;
    char digits[16], memory[NAME_SKELETON_MAX + 16];
    struct buf suffix, fresh, fresh_key, skeleton;
    buf_init(&suffix, digits, sizeof digits);
    buf_byte(&suffix, '-');
    buf_number(&suffix, number);
    buf_init(&fresh, hub->fresh_name, hub->limits.name_size);
    buf_init(&fresh_key, hub->fresh_key, sizeof hub->fresh_key);
    buf_init(&skeleton, memory, sizeof memory);
    buf_put(&fresh, c->name);
    buf_put(&fresh, buf_slice(&suffix));
    buf_put(&fresh_key, c->name_key);
    buf_put(&fresh_key, buf_slice(&suffix));
    if (c->skeleton.size > 0)
        buf_put(&skeleton, c->skeleton);
    else
        put_plain_skeleton(&skeleton, slice_head(c->name_key, USER_KEY_MAX));
    put_plain_skeleton(&skeleton, buf_slice(&suffix));
    *name = (struct name){.text = buf_slice(&fresh),
                          .key = buf_slice(&fresh_key),
                          .looks = name_looks(buf_slice(&skeleton))};
    return buf_ok(&fresh) && buf_ok(&fresh_key) && buf_ok(&skeleton);
}

struct name name_friendly(struct hub *hub) {
    struct name name = {0};
    uint32_t try = 0;
    do {
        name.text = friendly_name(&hub->rng, try++, hub->fresh_name, sizeof hub->fresh_name);
        name.key = name.text;
        name.looks = name_plain_looks(name.text);
    } while (name_refusal(hub, &name, NULL) != REFUSED_NOT);
    return name;
}

bool name_is_free(struct hub *hub, const struct user *asker) {
    struct name name = name_of_command(hub->command);
    enum refusal why = name_form_refusal(hub, &name);
    if (why == REFUSED_NOT) why = name_refusal(hub, &name, asker);
    if (why == REFUSED_NOT) return true;
    hub_refuse(hub, why, hub->limits.name_size, name.text);
    return false;
}

bool name_choose(struct hub *hub, struct name *name) {
    const struct command *c = hub->command;
    if (c->naming == NAMING_FRIENDLY) {
        *name = name_friendly(hub);
        return true;
    }
    *name = name_of_command(c);
    if (c->naming != NAMING_SUFFIX) return name_is_free(hub, NULL);
    enum refusal why = name_form_refusal(hub, name);
    for (uint32_t number = 2; why == REFUSED_NOT && name_refusal(hub, name, NULL) != REFUSED_NOT;
         number++)
        if (!name_suffix(hub, number, name) || name_is_phones(name->key)) why = REFUSED_NAME_TAKEN;
    if (why == REFUSED_NOT) return true;
    hub_refuse(hub, why, hub->limits.name_size, c->name);
    return false;
}
