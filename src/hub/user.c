/* user.c: who is here: names, numbers, the connections of one person. */
#include "base/check.h"
#include "hub/inside.h"

/* So many user numbers are reserved on disk at a time: one record for a thousand guests. */
enum { USER_NUMBERS_AHEAD = 1024 };

uint32_t user_row(const struct hub *hub, const struct user *user) {
    return (uint32_t)(user - hub->users);
}

struct slice user_name(const struct user *user) {
    return (struct slice){user->name, user->name_size};
}

static struct slice user_key(const struct user *user) {
    return (struct slice){user->key, user->key_size};
}

static uint64_t key_hash(const struct hub *hub, struct slice key) {
    return slice_hash(key, hub->seed);
}

static uint64_t number_hash(const struct hub *hub, uint32_t number) {
    return (number ^ hub->seed) * UINT64_C(0x9e3779b97f4a7c15);
}

struct user *user_by_key(struct hub *hub, struct slice key) {
    uint64_t hash = key_hash(hub, key);
    for (uint32_t at = index_first(&hub->user_keys, hash); at != INDEX_END;
         at = index_next(&hub->user_keys, at, hash)) {
        struct user *user = &hub->users[index_row(&hub->user_keys, at)];
        if (slice_equal(user_key(user), key)) return user;
    }
    return NULL;
}

struct user *user_by_number(struct hub *hub, uint32_t number) {
    uint64_t hash = number_hash(hub, number);
    for (uint32_t at = index_first(&hub->user_numbers, hash); at != INDEX_END;
         at = index_next(&hub->user_numbers, at, hash)) {
        struct user *user = &hub->users[index_row(&hub->user_numbers, at)];
        if (user->number == number) return user;
    }
    return NULL;
}

static void user_call(struct hub *hub, struct user *user, struct slice name, struct slice key) {
    check(name.size > 0 && name.size <= USER_NAME_SIZE_MAX && key.size > 0 &&
          key.size <= USER_KEY_MAX);
    memcpy(user->name, name.at, name.size);
    memcpy(user->key, key.at, key.size);
    user->name_size = (uint8_t)name.size;
    user->key_size = (uint8_t)key.size;
    index_put(&hub->user_keys, key_hash(hub, key), user_row(hub, user));
}

static void user_uncall(struct hub *hub, struct user *user) {
    index_drop(&hub->user_keys, key_hash(hub, user_key(user)), user_row(hub, user));
}

/* 0: all numbers reserved so far are given out and the disk cannot take the next thousand; the
 * asker was told. */
static uint32_t user_number_next(struct hub *hub) {
    if (hub->next_user_number == hub->reserved_user_number) {
        if (!hub_can_record(hub, 0)) return 0;
        hub->reserved_user_number += USER_NUMBERS_AHEAD;
        struct record *record = hub_record(hub, RECORD_COUNTERS, NULL);
        record->number = hub->reserved_user_number;
        record->seq = hub->next_room_number;
        hub_record_sum(hub, record);
    }
    return hub->next_user_number++;
}

static struct user *user_new(struct hub *hub, uint32_t number, struct slice name,
                             struct slice key) {
    uint32_t row = hub->user_free;
    if (row != NONE) {
        hub->user_free = hub->users[row].next_free;
    } else {
        check(hub->user_top < hub->user_max); /* a session each, and there are as many */
        row = hub->user_top++;
    }
    struct user *user = &hub->users[row];
    *user = (struct user){.number = number,
                          .serial = hub->next_serial++,
                          .sessions = NONE,
                          .memberships = NONE,
                          .account = NONE,
                          .directs = NONE,
                          .identity = {rng_next(&hub->rng) | UINT64_C(1) << 63}};
    index_put(&hub->user_numbers, number_hash(hub, number), row);
    user_call(hub, user, name, key);
    hub->user_count++;
    return user;
}

static void user_free(struct hub *hub, struct user *user) {
    check(user->sessions == NONE && user->memberships == NONE);
    direct_drop(hub, user);
    user_uncall(hub, user);
    index_drop(&hub->user_numbers, number_hash(hub, user->number), user_row(hub, user));
    user->number = 0;
    user->next_free = hub->user_free;
    hub->user_free = user_row(hub, user);
    hub->user_count--;
}

static void session_attach(struct hub *hub, struct user *user) {
    struct session *session = hub_asker(hub);
    session->generation = hub->command->session.generation;
    session->dialect = hub->command->dialect;
    session->address = hub->command->address;
    session->token = NONE;
    session->user = user_row(hub, user);
    session->next = user->sessions;
    user->sessions = (uint32_t)(session - hub->sessions);
    user->session_count++;
    hub->session_count++;
}

static void session_detach(struct hub *hub, struct user *user, struct session *session) {
    uint32_t row = (uint32_t)(session - hub->sessions), *at = &user->sessions;
    while (*at != row) {
        check(*at != NONE);
        at = &hub->sessions[*at].next;
    }
    *at = session->next;
    session->generation = 0;
    user->session_count--;
    hub->session_count--;
}

/* Is `client-<digits>`, which only phones are called. */
static bool name_is_phones(struct slice key) {
    uint64_t number;
    return slice_starts(key, slice_of("client-")) &&
           slice_number(slice_from(key, 7), UINT64_MAX, &number);
}

/* True where the name may be taken by whoever asks; else she was told why not. */
static bool name_is_free(struct hub *hub, const struct user *asker) {
    const struct command *c = hub->command;
    if (c->name.size == 0) {
        hub_refuse(hub, REFUSED_NAME_EMPTY, 0, c->name);
    } else if (c->name.size > hub->limits.name_size || c->name_key.size > USER_KEY_MAX) {
        hub_refuse(hub, REFUSED_NAME_TOO_LONG, hub->limits.name_size, c->name);
    } else if (c->name_key.size == 0 || name_is_phones(c->name_key)) {
        hub_refuse(hub, REFUSED_NAME_BAD, 0, c->name);
    } else {
        const struct user *holder = user_by_key(hub, c->name_key);
        if (!holder || holder == asker) return true;
        if (c->naming == NAMING_SUFFIX) return true;
        hub_refuse(hub, REFUSED_NAME_TAKEN, 0, c->name);
    }
    return false;
}

/* The name and key with `-number` behind them, cut so that they fit. */
static bool name_suffix(struct hub *hub, uint32_t number, struct slice *name, struct slice *key) {
    char digits[16];
    struct buf suffix, fresh, fresh_key;
    buf_init(&suffix, digits, sizeof digits);
    buf_byte(&suffix, '-');
    buf_number(&suffix, number);
    buf_init(&fresh, hub->fresh_name, hub->limits.name_size);
    buf_init(&fresh_key, hub->fresh_key, sizeof hub->fresh_key);
    buf_put(&fresh, hub->command->name);
    buf_put(&fresh, buf_slice(&suffix));
    buf_put(&fresh_key, hub->command->name_key);
    buf_put(&fresh_key, buf_slice(&suffix));
    *name = buf_slice(&fresh);
    *key = buf_slice(&fresh_key);
    return buf_ok(&fresh) && buf_ok(&fresh_key);
}

/* The name and key that the asker gets. False: she was told why none. */
static bool name_choose(struct hub *hub, struct slice *name, struct slice *key) {
    const struct command *c = hub->command;
    if (c->naming == NAMING_FRIENDLY) {
        uint32_t try = 0;
        do {
            *name = friendly_name(&hub->rng, try++, hub->fresh_name, sizeof hub->fresh_name);
        } while (user_by_key(hub, *name) != NULL);
        *key = *name;
        return true;
    }
    if (!name_is_free(hub, NULL)) return false;
    *name = c->name;
    *key = c->name_key;
    if (c->naming != NAMING_SUFFIX) return true;
    for (uint32_t number = 2; user_by_key(hub, *key) != NULL; number++) {
        if (name_suffix(hub, number, name, key) && !name_is_phones(*key)) continue;
        hub_refuse(hub, REFUSED_NAME_TAKEN, 0, c->name);
        return false;
    }
    return true;
}

/* Refuse and close: the session reads no further line, so nothing is its last answer. */
static void user_close(struct hub *hub, enum refusal why, uint64_t number) {
    struct event *event = hub_reply(hub, EVENT_CLOSE, NULL, false);
    event->refusal = (uint8_t)why;
    event->number = number;
}

/* A phone comes with its own integer: the same one from the same address is one person. */
static struct user *user_phone(struct hub *hub) {
    const struct command *c = hub->command;
    struct slice none = {0};
    if (c->number == 0 || c->number >= USER_NUMBER_FIRST) {
        hub_refuse(hub, REFUSED_ID_BAD, 0, none);
        return NULL;
    }
    struct user *user = user_by_number(hub, (uint32_t)c->number);
    if (!user) {
        struct buf name;
        buf_init(&name, hub->fresh_name, sizeof hub->fresh_name);
        buf_text(&name, "client-");
        buf_number(&name, c->number);
        return user_new(hub, (uint32_t)c->number, buf_slice(&name), buf_slice(&name));
    }
    check(user->sessions != NONE);
    if (memcmp(hub->sessions[user->sessions].address.ip, c->address.ip, 16) != 0) {
        user_close(hub, REFUSED_ID_TAKEN, 0);
        return NULL;
    }
    if (user->session_count == USER_SESSIONS_MAX) {
        user_close(hub, REFUSED_TOO_MANY_SESSIONS, USER_SESSIONS_MAX);
        return NULL;
    }
    return user;
}

static struct user *user_arrive(struct hub *hub) {
    if (hub->command->naming == NAMING_PHONE) return user_phone(hub);
    struct slice name, key;
    if (!name_choose(hub, &name, &key)) return NULL;
    uint32_t number = user_number_next(hub);
    return number == 0 ? NULL : user_new(hub, number, name, key);
}

/* False: the room could not be made, and she was told. */
static bool user_enter_first(struct hub *hub, struct user *user, bool is_new) {
    struct room *room = room_meant(hub);
    if (!is_new) member_add_session(hub, user, (uint32_t)(hub_asker(hub) - hub->sessions));
    if (!room && hub->command->room.size > 0) {
        room = room_make(hub, hub->command->room, hub->command->room_key, 0, NULL);
        if (!room) return false;
    }
    if (room && !member_find(hub, user, room)) member_enter(hub, user, room, EVENT_FIRST);
    return true;
}

/* The private channel of a `dollar` person, called as her address. False: there is no room for it,
 * and she was told. */
static bool user_own_channel(struct hub *hub, struct user *user) {
    struct buf name;
    buf_init(&name, hub->own_name, sizeof hub->own_name);
    address_text(&name, hub->command->address);
    struct slice text = buf_slice(&name);
    if (room_by_key(hub, text)) return true; /* only unix sockets share an address */
    struct room *room = room_make(hub, text, text, ROOM_OWN, user);
    if (room) member_enter(hub, user, room, EVENT_FIRST);
    return room != NULL;
}

/* Her next line is read after the last answer: when she is in the room that it is meant for. */
void user_hello(struct hub *hub) {
    const struct command *c = hub->command;
    if (hub_asking_user(hub)) {
        hub_refuse(hub, REFUSED_NAME_GIVEN, 0, (struct slice){0});
        return;
    }
    struct user *user = user_arrive(hub);
    if (!user) return;
    bool is_new = user->sessions == NONE;
    session_attach(hub, user);
    struct event *welcome = hub_reply(hub, EVENT_WELCOME, NULL, false);
    welcome->author = (struct user_id){user->number};
    welcome->author_name = user_name(user);
    welcome->address = c->address;
    if ((c->flags & COMMAND_OWN) && !user_own_channel(hub, user)) return;
    if (!user_enter_first(hub, user, is_new) || !(c->flags & COMMAND_WAITS)) return;
    const struct room *room = c->count > 0 ? room_meant(hub) : NULL;
    if (!room || !list_backlog(hub, room)) hub_reply(hub, EVENT_DONE, NULL, true);
}

void user_nick(struct hub *hub) {
    struct user *user = hub_asking_user(hub);
    if (!name_is_free(hub, user)) return;
    struct slice old = {hub->old_name, user->name_size};
    memcpy(hub->old_name, user->name, user->name_size);
    user_uncall(hub, user);
    user_call(hub, user, hub->command->name, hub->command->name_key);

    uint32_t scatter = ++hub->next_scatter;
    for (uint32_t at = user->memberships; at != NONE; at = hub->memberships[at].user_next) {
        struct event *event =
            hub_publish(hub, EVENT_RENAMED, &hub->rooms[hub->memberships[at].room], user);
        event->author_name = old;
        event->other = user_name(user);
        event->number = scatter;
        if (user->room_count > 1) event->flags |= EVENT_SCATTERED;
    }
    if (user->room_count > 0) return;
    struct event *done = hub_reply(hub, EVENT_RENAMED, NULL, true);
    done->author = (struct user_id){user->number};
    done->author_name = old;
    done->other = user_name(user);
    done->session = hub->command->session;
    done->number = scatter;
}

void user_away(struct hub *hub) {
    struct user *user = hub_asking_user(hub);
    if (hub->command->text.size > hub->limits.away_size) {
        hub_refuse(hub, REFUSED_TEXT_TOO_LONG, hub->limits.away_size, (struct slice){0});
        return;
    }
    struct slice text = slice_head(hub->command->text, AWAY_SIZE_MAX);
    if (text.size > 0)
        memcpy(hub->aways + (size_t)user_row(hub, user) * AWAY_SIZE_MAX, text.at, text.size);
    user->away_size = (uint16_t)text.size;
    struct event *done = hub_reply(hub, EVENT_DONE, NULL, true);
    done->text = user->away_size > 0 ? slice_of("you are away") : slice_of("you are here again");
}

void user_bye(struct hub *hub) {
    struct user *user = hub_asking_user(hub);
    hub_reply(hub, EVENT_BYE, NULL, true);
    if (!user) return;
    if (user->session_count == 1)
        member_quit(hub, user, hub->command->text);
    else
        member_drop_session(hub, user, (uint32_t)(hub_asker(hub) - hub->sessions));
    session_detach(hub, user, hub_asker(hub));
    if (user->sessions == NONE) user_free(hub, user);
}
