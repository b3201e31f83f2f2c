/* profile.c: what is shown of people beside their names. IRC asks for it and shows it; people of
 * other dialects have no more than a name and maybe an account. */
#include "hub/profile.h"

#include "base/check.h"
#include "base/text.h"
#include "chat/person.h"
#include "hub/fact.h"
#include "hub/inside.h"
#include "hub/messages.h"
#include "hub/moderate.h"
#include "hub/silent.h"
#include "hub/watch.h"

enum {
    HOST_DIGITS = 8,
    V6_NET_BYTES = 8,
    PERSON_OWN = PERSON_INVISIBLE | PERSON_BOT | PERSON_WALLOPS | PERSON_REGISTERED | PERSON_NO_CTCP
};

static struct profile *profile_of(const struct hub *hub, const struct user *user) {
    if (user->silent) user = silent_person(hub, user);
    if (!user) return NULL;
    return user->has_profile ? &hub->profiles[user_row(hub, user)] : NULL;
}

struct slice profile_login(const struct hub *hub, const struct user *user) {
    const struct profile *profile = profile_of(hub, user);
    return profile ? (struct slice){profile->login, profile->login_size} : (struct slice){0};
}

struct slice profile_account(struct hub *hub, const struct user *user) {
    const struct account *account = account_of(hub, user);
    return account ? account_name(account) : (struct slice){0};
}

struct slice profile_real(const struct hub *hub, const struct user *user) {
    const struct profile *profile = profile_of(hub, user);
    return profile ? (struct slice){profile->real, profile->real_size} : (struct slice){0};
}

/* All of her connections came through TLS. */
static bool is_secure(const struct hub *hub, const struct user *user) {
    for (uint32_t at = user->sessions; at != NONE; at = hub->sessions[at].next)
        if (!hub->sessions[at].secure) return false;
    return user->sessions != NONE;
}

uint32_t profile_flags(const struct hub *hub, const struct user *user) {
    const struct profile *profile = profile_of(hub, user);
    uint32_t secure = profile && is_secure(hub, user) ? PERSON_SECURE : 0;
    return (profile ? profile->flags : 0) | (user->admin ? PERSON_ADMIN : 0) | secure;
}

/* An address is nobody's business: the same one is shown by the same word, also after a restart,
 * and that is all. Of IPv6 the network counts, since its people change the rest at will. */
static void put_host(const struct hub *hub, struct address address, struct buf *out) {
    static const uint8_t v4[12] = {[10] = 255, [11] = 255};
    bool is_v4 = memcmp(address.ip, v4, sizeof v4) == 0;
    unsigned char of[sizeof hub->lasting + sizeof address.ip], hash[SECRET_HASH_SIZE];
    size_t size = is_v4 ? sizeof address.ip : V6_NET_BYTES;
    uint32_t word;
    memcpy(of, hub->lasting, sizeof hub->lasting);
    memcpy(of + sizeof hub->lasting, address.ip, size);
    secret_hash((struct slice){(const char *)of, sizeof hub->lasting + size}, hash);
    memcpy(&word, hash, sizeof word);
    buf_hex(out, word, HOST_DIGITS);
    buf_text(out, ".guest");
}

static void profile_set_real(struct profile *profile, struct slice real) {
    real = slice_head(real, REAL_SIZE_MAX);
    if (real.size > 0) memcpy(profile->real, real.at, real.size);
    profile->real_size = (uint8_t)real.size;
}

/* Change what is shown of her, with the counts of those who are so. */
static void profile_set(struct hub *hub, struct user *user, uint32_t flags) {
    struct profile *profile = profile_of(hub, user);
    uint32_t before = profile_flags(hub, user);
    if (profile) profile->flags = flags & PERSON_OWN;
    user->admin = flags & PERSON_ADMIN;
    if (!user->admin) user->powers = 0;
    uint32_t after = profile_flags(hub, user);
    hub->invisible_count += (after & PERSON_INVISIBLE) != 0;
    hub->invisible_count -= (before & PERSON_INVISIBLE) != 0;
    hub->admin_count += (after & PERSON_ADMIN) != 0;
    hub->admin_count -= (before & PERSON_ADMIN) != 0;
}

void profile_drop(struct hub *hub, struct user *user) {
    profile_set(hub, user, 0);
    user->has_profile = false;
}

void profile_set_powers(struct hub *hub, struct user *user, uint8_t powers) {
    profile_set(hub, user, profile_flags(hub, user) | PERSON_ADMIN);
    user->powers = powers;
}

void profile_take(struct hub *hub, struct user *user) {
    struct slice real = hub->command->about, login = slice_until(&real, ' ');
    struct profile *profile = &hub->profiles[user_row(hub, user)];
    if (login.size == 0 || user->has_profile) return;
    struct buf mask;
    buf_init(&mask, profile->login, sizeof profile->login);
    buf_put(&mask, slice_head(login, LOGIN_SIZE_MAX));
    buf_byte(&mask, '@');
    put_host(hub, hub_asker(hub)->address, &mask);
    check(buf_ok(&mask));
    profile->login_size = (uint8_t)mask.size;
    profile->since_ms = profile->said_ms = hub->now_ms;
    profile->flags = 0;
    memset(profile->accepts, 0, sizeof profile->accepts);
    profile_set_real(profile, real);
    user->has_profile = true;
    profile_set(hub, user, hub->limits.default_modes | (user->admin ? PERSON_ADMIN : 0));
}

bool profile_lets(const struct hub *hub, const struct user *user, const struct user *other) {
    const struct profile *profile = profile_of(hub, user);
    for (size_t i = 0; profile && i < ACCEPTS_MAX; i++)
        if (profile->accepts[i] == other->number) return true;
    return false;
}

/* Who was let in first is forgotten first. */
void profile_let(struct hub *hub, const struct user *user, const struct user *other, bool lets) {
    struct profile *profile = profile_of(hub, user);
    if (!profile || profile_lets(hub, user, other) == lets) return;
    for (size_t i = 0; !lets && i < ACCEPTS_MAX; i++)
        if (profile->accepts[i] == other->number) profile->accepts[i] = 0;
    if (!lets) return;
    profile->accepts[profile->accept_next] = other->number;
    profile->accept_next = (uint8_t)((profile->accept_next + 1) % ACCEPTS_MAX);
}

void profile_accept(struct hub *hub) {
    const struct command *c = hub->command;
    const struct user *other = user_by_key(hub, c->name_key);
    if (!other) {
        hub_refuse(hub, REFUSED_PERSON_UNKNOWN, 0, c->name);
        return;
    }
    profile_let(hub, hub_asking_user(hub), other, c->flags & COMMAND_SETS);
    hub_done(hub);
}

void profile_spoke(struct hub *hub, const struct user *user) {
    struct profile *profile = profile_of(hub, user);
    if (profile) profile->said_ms = hub->now_ms;
}

void profile_tell(struct hub *hub, const struct user *user, enum person_change change,
                  struct slice text) {
    uint32_t scatter = ++hub->next_scatter;
    bool watched = watch_is_watched(hub, user);
    for (uint32_t at = user->memberships; at != NONE; at = hub->memberships[at].user_next) {
        const struct room *room = &hub->rooms[hub->memberships[at].room];
        struct event *event = hub_publish(hub, EVENT_PERSON, room, user);
        event->why = (uint8_t)change;
        event->text = text;
        event->number = scatter;
        if (user->room_count > 1 || watched) event->flags |= EVENT_SCATTERED;
    }
    struct event *event = watched ? watch_publish(hub, EVENT_PERSON, user) : NULL;
    if (!event) return;
    event->why = (uint8_t)change;
    event->text = text;
    event->number = scatter;
    event->flags |= EVENT_SCATTERED;
}

void profile_put(struct hub *hub, const struct user *user, enum role role, uint32_t flags,
                 struct buf *out) {
    struct person person = {.role = role,
                            .flags = profile_flags(hub, user) | flags,
                            .away = user->away_size > 0,
                            .name = user_name(user),
                            .login = profile_login(hub, user),
                            .account = profile_account(hub, user),
                            .real = profile_real(hub, user)};
    const struct profile *profile = profile_of(hub, user);
    if (profile && hub->now_ms > profile->said_ms)
        person.seconds = (uint32_t)((hub->now_ms - profile->said_ms) / 1000);
    person_put(out, &person);
}

bool profile_shows(const struct hub *hub, const struct user *asker, const struct user *user) {
    if (asker == user || asker->admin) return true;
    if (!(profile_flags(hub, user) & PERSON_INVISIBLE)) return true;
    for (uint32_t at = asker->memberships; at != NONE; at = hub->memberships[at].user_next)
        if (member_find(hub, user, &hub->rooms[hub->memberships[at].room])) return true;
    return false;
}

void profile_about(struct hub *hub) {
    struct user *user = hub_asking_user(hub);
    struct profile *profile = profile_of(hub, user);
    if (!profile) {
        hub_refuse(hub, REFUSED_NOT_ALLOWED, 0, (struct slice){0});
        return;
    }
    profile_set_real(profile, hub->command->about);
    profile_tell(hub, user, PERSON_IS_REALLY, profile_real(hub, user));
    if (user->room_count > 0) {
        hub_done(hub);
        return;
    }
    struct event *done = hub_reply(hub, EVENT_PERSON, NULL, true);
    done->why = PERSON_IS_REALLY;
    done->author_name = user_name(user);
    done->login = profile_login(hub, user);
    done->text = profile_real(hub, user);
}

/* The rooms that both are in, or that anybody may know of. */
static void put_rooms(struct hub *hub, const struct user *user, struct buf *out) {
    const struct user *asker = hub_asking_user(hub);
    bool hidden = profile_flags(hub, user) & PERSON_INVISIBLE;
    for (uint32_t at = user->memberships; at != NONE; at = hub->memberships[at].user_next) {
        const struct room *room = &hub->rooms[hub->memberships[at].room];
        bool shared = asker == user || asker->admin || member_find(hub, asker, room);
        bool listed = !hidden && !(room->flags & ROOM_OWN) && standing_lists(hub, asker, room);
        if (!shared && !listed) continue;
        if (out->size + ROOM_NAME_SIZE_MAX + 8u > out->cap) return;
        enum role role = standing_role(hub, user, room);
        bool irc = hub_asker(hub)->dialect == DIALECT_IRC; /* where a founder is one by a mark */
        if (irc && role == ROLE_OWNER && !standing_founds(hub, user, room)) role = ROLE_OPERATOR;
        buf_number(out, role);
        buf_byte(out, '\t');
        buf_put(out, room_name(room));
        buf_byte(out, '\n');
    }
}

void profile_whois(struct hub *hub) {
    const struct command *c = hub->command;
    const struct user *user = user_by_key(hub, c->name_key), *asker = hub_asking_user(hub);
    if (!user) {
        hub_refuse(hub, REFUSED_PERSON_UNKNOWN, 0, c->name);
        return;
    }
    struct buf rooms, line;
    buf_init(&line, hub->words, sizeof hub->words);
    profile_put(hub, user, ROLE_NONE, 0, &line);
    buf_init(&rooms, hub->pieces, sizeof hub->pieces);
    put_rooms(hub, user, &rooms);
    struct event *event = hub_reply(hub, EVENT_WHOIS, NULL, false);
    const struct profile *profile = profile_of(hub, user);
    event->other = user_name(user);
    event->text = buf_slice(&line);
    if (profile) {
        event->number = (uint64_t)profile->since_ms / 1000;
        int64_t idle_ms = hub->now_ms - profile->said_ms;
        event->count = idle_ms > 0 ? (uint32_t)(idle_ms / 1000) : 0;
    }
    if ((asker == user || asker->admin) && user->sessions != NONE) {
        event->address = hub->sessions[user->sessions].address;
        event->flags |= EVENT_OWN;
    }
    direct_away(hub, NULL, user);
    fact_tell(hub, user);
    struct event *listed = hub_reply(hub, EVENT_WHOIS_ROOMS, NULL, true);
    listed->other = user_name(user);
    listed->account = profile_account(hub, user);
    listed->text = buf_slice(&rooms);
}

/* Those who are named; or, where nobody is, all who may be seen, a piece at a time. */
void profile_people(struct hub *hub) {
    struct slice names = hub->command->text;
    if (hub->command->flags & COMMAND_INSIDE) {
        names_all(hub);
        return;
    }
    struct user *asker = hub_asking_user(hub);
    struct buf lines;
    buf_init(&lines, hub->pieces, sizeof hub->pieces);
    uint64_t row = hub->command->cursor, top = names.size > 0 ? 0 : hub->user_top;
    while (names.size > 0 && lines.size + PERSON_LINE_MAX <= lines.cap) {
        char memory[NAME_KEY_SIZE_MAX];
        struct buf key;
        struct slice name = slice_until(&names, '\n');
        buf_init(&key, memory, sizeof memory);
        const struct user *user = name_key(&key, name) ? user_by_key(hub, buf_slice(&key)) : NULL;
        if (user) profile_put(hub, user, ROLE_NONE, 0, &lines);
    }
    for (; row < top && lines.size + PERSON_LINE_MAX <= lines.cap; row++) {
        const struct user *user = &hub->users[row];
        if (user->number != 0 && !user->silent && profile_shows(hub, asker, user))
            profile_put(hub, user, ROLE_NONE, 0, &lines);
    }
    check(buf_ok(&lines));
    struct event *event = hub_reply(hub, EVENT_PEOPLE, NULL, row >= top);
    event->text = buf_slice(&lines);
    event->cursor = row >= top ? 0 : row;
    event->before = hub->command->cursor;
}

/* `number` shall hold, `target` shall not. Nobody makes herself an administrator here. */
void profile_mode(struct hub *hub) {
    const struct command *c = hub->command;
    struct user *user = hub_asking_user(hub), *meant = user_by_key(hub, c->name_key);
    if (meant != user) {
        hub_refuse(hub, meant ? REFUSED_NOT_ALLOWED : REFUSED_PERSON_UNKNOWN, 0, c->name);
        return;
    }
    uint32_t before = profile_flags(hub, user);
    uint32_t on = (uint32_t)c->number & PERSON_OWN, off = (uint32_t)c->target;
    profile_set(hub, user, (before & ~off) | on);
    bool hears = profile_flags(hub, user) & PERSON_WALLOPS;
    for (uint32_t s = user->sessions; s != NONE; s = hub->sessions[s].next)
        watch_wallops(hub, s, hears);
    struct event *event = hub_reply(hub, EVENT_USER_MODE, NULL, true);
    event->before = before;
    event->number = profile_flags(hub, user);
}

static void put_count(struct buf *out, const char *what, uint64_t count) {
    buf_text(out, what);
    buf_byte(out, '\t');
    buf_number(out, count);
    buf_byte(out, '\n');
}

void profile_counts_tell(struct hub *hub, bool last) {
    struct buf lines;
    buf_init(&lines, hub->pieces, sizeof hub->pieces);
    put_count(&lines, "people", hub->user_count);
    put_count(&lines, "most", hub->user_count_most);
    put_count(&lines, "invisible", hub->invisible_count);
    put_count(&lines, "administrators", hub->admin_count);
    put_count(&lines, "rooms", hub->room_count);
    put_count(&lines, "sessions", hub->session_count);
    struct event *event = hub_reply(hub, EVENT_COUNTS, NULL, last);
    event->text = buf_slice(&lines);
    event->number = profile_flags(hub, hub_asking_user(hub));
}

void profile_counts(struct hub *hub) {
    profile_counts_tell(hub, true);
}
