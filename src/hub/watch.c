/* watch.c: see watch.h. */
#include "hub/watch.h"

#include "base/check.h"
#include "base/table.h"
#include "base/text.h"
#include "hub/inside.h"
#include "hub/people.h"
#include "hub/profile.h"

/* No name has a blank: the key under which administrators are heard. */
#define WALLOPS_KEY slice_of(" wallops")

bool watch_init(struct hub *hub) {
    hub->watcheds = table_new(WATCHED_MAX, sizeof *hub->watcheds);
    hub->watches = table_new(WATCHES_MAX, sizeof *hub->watches);
    hub->watched_free = NONE;
    return index_init(&hub->watched_keys, WATCHED_MAX) && hub->watcheds && hub->watches;
}

void watch_deinit(struct hub *hub) {
    table_free(hub->watcheds);
    table_free(hub->watches);
    index_deinit(&hub->watched_keys);
}

static struct slice key_of(const struct watched *watched) {
    return (struct slice){watched->key, watched->key_size};
}

static uint64_t hash_of(const struct hub *hub, struct slice key) {
    return slice_hash(key, hub->seed);
}

static struct watched *watched_find(const struct hub *hub, struct slice key) {
    uint64_t hash = hash_of(hub, key);
    for (uint32_t at = index_first(&hub->watched_keys, hash); at != INDEX_END;
         at = index_next(&hub->watched_keys, at, hash)) {
        struct watched *watched = &hub->watcheds[index_row(&hub->watched_keys, at)];
        if (slice_equal(key_of(watched), key)) return watched;
    }
    return NULL;
}

/* NULL: the table is full. */
static struct watched *watched_take(struct hub *hub, struct slice key) {
    struct watched *watched = watched_find(hub, key);
    if (watched) return watched;
    uint32_t row = hub->watched_free;
    if (row != NONE)
        hub->watched_free = hub->watcheds[row].next_free;
    else if (hub->watched_top < WATCHED_MAX)
        row = hub->watched_top++;
    if (row == NONE) return NULL;
    watched = &hub->watcheds[row];
    *watched = (struct watched){.key_size = (uint8_t)key.size};
    check(key.size <= sizeof watched->key);
    memcpy(watched->key, key.at, key.size);
    index_put(&hub->watched_keys, hash_of(hub, key), row);
    return watched;
}

static void watched_count(struct hub *hub, struct watched *watched, uint32_t session_row,
                          bool more) {
    uint32_t worker = session_row / hub->size.sessions, bit = UINT32_C(1) << worker;
    watched->watchers += more ? 1 : UINT32_MAX;
    watched->worker_sessions[worker] += more ? 1 : UINT32_MAX;
    watched->workers =
        watched->worker_sessions[worker] > 0 ? watched->workers | bit : watched->workers & ~bit;
    if (watched->watchers > 0) return;
    uint32_t row = (uint32_t)(watched - hub->watcheds);
    index_drop(&hub->watched_keys, hash_of(hub, key_of(watched)), row);
    watched->next_free = hub->watched_free;
    hub->watched_free = row;
}

/* The worker's roster gains or loses the session. */
static void tell_worker(struct hub *hub, uint32_t session_row, const struct watched *watched,
                        bool on) {
    struct event *event = hub_reply_to(hub, hub_session_id(hub, session_row), EVENT_WATCHING, NULL);
    event->room.v = WATCH_ROOM | (uint32_t)(watched - hub->watcheds);
    if (!on) event->flags |= EVENT_OFF;
}

/* The link to the session's watch of that key; the last link where there is none. */
static uint32_t *watch_find(struct hub *hub, struct session *session, struct slice key) {
    uint32_t *at = &session->watches;
    while (*at != 0) {
        struct watch *watch = &hub->watches[*at - 1];
        if (slice_equal(key_of(&hub->watcheds[watch->watched]), key)) break;
        at = &watch->next;
    }
    return at;
}

/* False: there is no row left. */
static bool watch_add(struct hub *hub, uint32_t session_row, struct slice key, struct slice name) {
    struct session *session = &hub->sessions[session_row];
    uint32_t *at = watch_find(hub, session, key), row = hub->watch_free;
    if (*at != 0) return true;
    if (row == 0 && hub->watch_top == WATCHES_MAX) return false;
    struct watched *watched = watched_take(hub, key);
    if (!watched) return false;
    if (row != 0)
        hub->watch_free = hub->watches[row - 1].next;
    else
        row = ++hub->watch_top;
    struct watch *watch = &hub->watches[row - 1];
    *watch = (struct watch){.watched = (uint32_t)(watched - hub->watcheds)};
    name = slice_head(name, sizeof watch->name);
    if (name.size > 0) memcpy(watch->name, name.at, name.size);
    watch->name_size = (uint8_t)name.size;
    *at = row;
    session->watch_count++;
    watched_count(hub, watched, session_row, true);
    tell_worker(hub, session_row, watched, true);
    return true;
}

/* `told`: its worker is to know; an ending session is out of all rooms anyway. */
static void watch_remove(struct hub *hub, struct session *session, uint32_t *at, bool told) {
    uint32_t row = *at, session_row = (uint32_t)(session - hub->sessions);
    struct watch *watch = &hub->watches[row - 1];
    struct watched *watched = &hub->watcheds[watch->watched];
    if (told) tell_worker(hub, session_row, watched, false);
    *at = watch->next;
    watch->next = hub->watch_free;
    hub->watch_free = row;
    session->watch_count--;
    watched_count(hub, watched, session_row, false);
}

void watch_drop(struct hub *hub, struct session *session) {
    while (session->watches != 0)
        watch_remove(hub, session, &session->watches, false);
}

void watch_wallops(struct hub *hub, uint32_t session_row, bool on) {
    struct session *session = &hub->sessions[session_row];
    uint32_t *at = watch_find(hub, session, WALLOPS_KEY);
    if (on && *at == 0) (void)watch_add(hub, session_row, WALLOPS_KEY, (struct slice){0});
    if (!on && *at != 0) watch_remove(hub, session, at, true);
}

/* ---- what happens ---- */

static struct event *publish(struct hub *hub, enum event_kind kind, struct slice key,
                             const struct user *user) {
    const struct watched *watched = hub->watched_keys.count > 0 ? watched_find(hub, key) : NULL;
    if (!watched || !hub->command) return NULL;
    uint32_t number = WATCH_ROOM | (uint32_t)(watched - hub->watcheds);
    return hub_publish_watched(hub, kind, number, watched->workers, user);
}

bool watch_is_watched(const struct hub *hub, const struct user *user) {
    return hub->watched_keys.count > 0 &&
           watched_find(hub, (struct slice){user->key, user->key_size}) != NULL;
}

struct event *watch_publish(struct hub *hub, enum event_kind kind, const struct user *user) {
    return publish(hub, kind, (struct slice){user->key, user->key_size}, user);
}

void watch_came(struct hub *hub, struct user *user) {
    if (!user->seen) watch_publish(hub, EVENT_SEEN, user);
    user->seen = true;
}

static void went(struct hub *hub, struct slice key, const struct user *user, struct slice name) {
    struct event *event = publish(hub, EVENT_SEEN, key, user);
    if (!event) return;
    check(name.size <= sizeof hub->seen_name);
    memcpy(hub->seen_name, name.at, name.size);
    event->author_name = (struct slice){hub->seen_name, name.size};
    event->login = (struct slice){0};
    event->flags |= EVENT_OFF;
}

void watch_went(struct hub *hub, const struct user *user) {
    went(hub, (struct slice){user->key, user->key_size}, user, user_name(user));
}

void watch_renamed(struct hub *hub, const struct user *user, struct slice old) {
    char memory[NAME_KEY_SIZE_MAX];
    struct buf key;
    buf_init(&key, memory, sizeof memory);
    if (hub->watched_keys.count == 0 || !name_key(&key, old)) return;
    if (slice_equal(buf_slice(&key), (struct slice){user->key, user->key_size})) return;
    went(hub, buf_slice(&key), user, old);
    watch_publish(hub, EVENT_SEEN, user);
}

/* ---- asking ---- */

/* "here name login\n" with TABs: she as she is called, or the name that was typed. */
static void put_status(struct hub *hub, struct slice key, struct slice name, struct buf *out) {
    const struct user *user = user_by_key(hub, key);
    buf_text(out, user ? "1\t" : "0\t");
    buf_put(out, name);
    buf_byte(out, '\t');
    if (user) buf_put(out, user_name(user));
    buf_byte(out, '\t');
    if (user) buf_put(out, profile_login(hub, user));
    buf_byte(out, '\n');
}

enum { STATUS_LINE_MAX = 2 * USER_NAME_SIZE_MAX + LOGIN_HOST_MAX + 8 };

static void add_all(struct hub *hub, struct slice names) {
    struct session *session = hub_asker(hub);
    struct buf lines;
    uint32_t most = hub->limits.monitor_entries, added = 0;
    struct slice left = names;
    bool full = false;
    buf_init(&lines, hub->pieces, sizeof hub->pieces);
    while (names.size > 0 && !full && added < WATCH_NAMES_MAX) {
        char memory[NAME_KEY_SIZE_MAX];
        struct buf key;
        struct slice name = slice_until(&names, '\n');
        buf_init(&key, memory, USER_KEY_MAX);
        if (name.size > USER_NAME_SIZE_MAX || !name_key(&key, name)) continue;
        bool has = *watch_find(hub, session, buf_slice(&key)) != 0;
        full = !has && most > 0 && session->watch_count >= most;
        full = full || !watch_add(hub, (uint32_t)(session - hub->sessions), buf_slice(&key), name);
        if (full) break;
        added++;
        left = names;
        put_status(hub, buf_slice(&key), name, &lines);
    }
    check(buf_ok(&lines));
    if (lines.size > 0) hub_reply(hub, EVENT_WATCHES, NULL, false)->text = buf_slice(&lines);
    if (full)
        hub_refuse(hub, REFUSED_LIST_FULL, most, left);
    else
        hub_done(hub);
}

static void remove_all(struct hub *hub, struct slice names) {
    struct session *session = hub_asker(hub);
    uint32_t removed = 0;
    while (names.size > 0 && removed++ < WATCH_NAMES_MAX) {
        char memory[NAME_KEY_SIZE_MAX];
        struct buf key;
        buf_init(&key, memory, sizeof memory);
        if (!name_key(&key, slice_until(&names, '\n'))) continue;
        uint32_t *at = watch_find(hub, session, buf_slice(&key));
        if (*at != 0) watch_remove(hub, session, at, true);
    }
    hub_done(hub);
}

/* As many as a step may tell; the dialect asks again until none is left. */
static void clear_some(struct hub *hub) {
    struct session *session = hub_asker(hub);
    uint32_t removed = 0, *at = &session->watches;
    while (*at != 0 && removed < WATCH_NAMES_MAX) {
        if (hub->watches[*at - 1].name_size == 0) {
            at = &hub->watches[*at - 1].next;
            continue;
        }
        watch_remove(hub, session, at, true);
        removed++;
    }
    hub_done(hub);
}

/* The cursor counts those that were told. */
static void list(struct hub *hub) {
    const struct session *session = hub_asker(hub);
    struct buf lines;
    uint64_t place = 0;
    uint32_t at = session->watches;
    buf_init(&lines, hub->pieces, sizeof hub->pieces);
    for (; at != 0 && place < hub->command->cursor; place++)
        at = hub->watches[at - 1].next;
    for (; at != 0 && lines.size + STATUS_LINE_MAX <= lines.cap; place++) {
        const struct watch *watch = &hub->watches[at - 1];
        struct slice name = {watch->name, watch->name_size};
        if (name.size > 0) put_status(hub, key_of(&hub->watcheds[watch->watched]), name, &lines);
        at = watch->next;
    }
    check(buf_ok(&lines));
    struct event *event = hub_reply(hub, EVENT_WATCHES, NULL, at == 0);
    event->text = buf_slice(&lines);
    event->cursor = at == 0 ? 0 : place;
}

void watch_command(struct hub *hub) {
    switch ((enum watching)hub->command->number) {
    case WATCH_LIST: list(hub); break;
    case WATCH_ADD: add_all(hub, hub->command->text); break;
    case WATCH_REMOVE: remove_all(hub, hub->command->text); break;
    case WATCH_CLEAR: clear_some(hub); break;
    }
}

/* ---- administrators ---- */

static void kill(struct hub *hub) {
    const struct command *c = hub->command;
    const struct user *user = user_by_key(hub, c->name_key);
    if (!user) {
        hub_refuse(hub, REFUSED_PERSON_UNKNOWN, 0, c->name);
        return;
    }
    for (uint32_t s = user->sessions; s != NONE; s = hub->sessions[s].next) {
        if (hub->sessions[s].closed) continue;
        struct event *event = hub_reply_to(hub, hub_session_id(hub, s), EVENT_CLOSE, NULL);
        event->refusal = REFUSED_KILLED;
        event->text = c->text;
        hub->sessions[s].closed = true;
    }
    hub_done(hub);
}

void watch_power(struct hub *hub) {
    const struct command *c = hub->command;
    const struct user *asker = hub_asking_user(hub);
    uint8_t power = (uint8_t)c->number;
    if (!(asker->powers & power)) {
        hub_refuse(hub, REFUSED_NOT_ALLOWED, 0, (struct slice){0});
    } else if (power == POWER_KILL) {
        kill(hub);
    } else if (power == POWER_WALLOPS) {
        struct event *event = publish(hub, EVENT_WALLOPS, WALLOPS_KEY, asker);
        if (event) event->text = c->text;
        hub_done(hub);
    } else {
        hub_reply(hub, EVENT_ORDERED, NULL, true)->number = power;
    }
}

void watch_verify(const struct hub *hub) {
    uint32_t watchers = 0, watches = 0;
    for (uint32_t i = 0; i < hub->watched_top; i++)
        watchers += hub->watcheds[i].watchers;
    size_t sessions = (size_t)hub->size.workers * hub->size.sessions;
    for (size_t i = 0; watchers > 0 && i < sessions; i++)
        for (uint32_t at = hub->sessions[i].watches; at != 0; at = hub->watches[at - 1].next)
            watches++;
    check(watchers == watches);
}
