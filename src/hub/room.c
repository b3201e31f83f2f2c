/* room.c: the rooms themselves: found by number, hex id, address or name; made, deleted, titled. */
#include "base/check.h"
#include "hub/fact.h"
#include "hub/inside.h"
#include "hub/messages.h"
#include "hub/moderate.h"
#include "hub/rule.h"
#include "hub/silent.h"
#include "hub/webhook.h"

/* Private channels take numbers that no recorded room can have. */
#define OWN_ROOM_NUMBER_FIRST UINT32_C(0x80000000)

enum { HEX_DIGITS = 10, HOUR_MS = 3600000 };

/* What a restart brings back of a room's flags. */
enum {
    ROOM_FLAGS_KEPT = ROOM_BY_HEX | ROOM_LOBBY | ROOM_NO_HISTORY | ROOM_PRIVATE | ROOM_INVITE_ONLY |
                      ROOM_MODERATED | ROOM_DIRECT | ROOM_SECRET | ROOM_TOPIC_FREE | ROOM_OUTSIDE |
                      ROOM_NO_CTCP | ROOM_KNOWN_SPEAK | ROOM_KNOWN_ENTER | ROOM_OP_MODERATED |
                      ROOM_REGISTERED | ROOM_AUDITORIUM
};

uint32_t room_row(const struct hub *hub, const struct room *room) {
    return (uint32_t)(room - hub->rooms);
}

struct slice room_name(const struct room *room) {
    return (struct slice){room->name, room->name_size};
}

static struct slice room_key(const struct room *room) {
    return (struct slice){room->key, room->key_size};
}

struct slice room_topic(const struct hub *hub, const struct room *room) {
    return (struct slice){hub->topics + (size_t)room_row(hub, room) * TOPIC_SIZE_MAX,
                          room->topic_size};
}

bool room_keeps_texts(const struct hub *hub, const struct room *room) {
    return hub->limits.history && !(room->flags & (ROOM_OWN | ROOM_VOLATILE | ROOM_NO_HISTORY));
}

bool room_owned(const struct room *room, const struct user *user) {
    return room->owner_serial != 0 && room->owner_serial == user->serial;
}

bool room_is_ruled(struct hub *hub, const struct room *room) {
    const struct user *maker = user_by_number(hub, room->maker);
    if (room->guest_owners > 0 || (maker && room_owned(room, maker))) return true;
    for (uint32_t at = room->ties; at != NONE; at = hub->ties[at].room_next)
        if (hub->ties[at].role == ROLE_OWNER && hub->accounts[hub->ties[at].account].user != NONE)
            return true;
    return false;
}

static uint64_t number_hash(const struct hub *hub, uint64_t number) {
    return (number ^ hub->seed) * UINT64_C(0x9e3779b97f4a7c15);
}

struct room *room_by_number(struct hub *hub, uint32_t number) {
    uint64_t hash = number_hash(hub, number);
    for (uint32_t at = index_first(&hub->room_numbers, hash); at != INDEX_END;
         at = index_next(&hub->room_numbers, at, hash)) {
        struct room *room = &hub->rooms[index_row(&hub->room_numbers, at)];
        if (room->number == number) return room;
    }
    return NULL;
}

struct room *room_by_key(struct hub *hub, struct slice key) {
    uint64_t hash = slice_hash(key, hub->seed);
    for (uint32_t at = index_first(&hub->room_keys, hash); at != INDEX_END;
         at = index_next(&hub->room_keys, at, hash)) {
        struct room *room = &hub->rooms[index_row(&hub->room_keys, at)];
        if (slice_equal(room_key(room), key)) return room;
    }
    return NULL;
}

static struct room *room_by_hex(struct hub *hub, uint64_t hex) {
    uint64_t hash = number_hash(hub, hex);
    for (uint32_t at = index_first(&hub->room_hexes, hash); at != INDEX_END;
         at = index_next(&hub->room_hexes, at, hash)) {
        struct room *room = &hub->rooms[index_row(&hub->room_hexes, at)];
        if (room->hex == hex) return room;
    }
    return NULL;
}

static bool hex_read(struct slice text, uint64_t *hex) {
    *hex = 0;
    if (text.size != HEX_DIGITS) return false;
    for (size_t i = 0; i < text.size; i++) {
        char c = text.at[i];
        bool digit = c >= '0' && c <= '9', letter = c >= 'a' && c <= 'f';
        if (!digit && !letter) return false;
        *hex = *hex << 4 | (uint64_t)(digit ? c - '0' : c - 'a' + 10);
    }
    return true;
}

/* What a direct room is there for; to anything else it is no room. */
static bool is_for_direct(enum command_kind kind) {
    return kind == COMMAND_SAY || kind == COMMAND_HISTORY || kind == COMMAND_SEARCH ||
           kind == COMMAND_RESUME || kind == COMMAND_EDIT || kind == COMMAND_RETRACT ||
           kind == COMMAND_REACT || kind == COMMAND_READ || kind == COMMAND_UNREAD;
}

static struct room *room_pointed(struct hub *hub) {
    const struct command *c = hub->command;
    uint64_t number;
    if (c->room_id.v != 0) return room_by_number(hub, c->room_id.v);
    if (c->room.size == 0) return is_for_direct(c->kind) ? direct_meant(hub) : NULL;
    if (hex_read(c->room, &number)) {
        struct room *room = room_by_hex(hub, number);
        if (room) return room;
    }
    if (slice_number(c->room, OWN_ROOM_NUMBER_FIRST - 1, &number))
        return room_by_number(hub, (uint32_t)number);
    return room_by_key(hub, c->room_key.size > 0 ? c->room_key : c->room);
}

struct room *room_meant(struct hub *hub) {
    struct room *room = room_pointed(hub);
    bool direct = room && (room->flags & ROOM_DIRECT);
    if (room && (room->flags & ROOM_IMPORTING)) return NULL;
    return direct && !is_for_direct(hub->command->kind) ? NULL : room;
}

struct room *room_needed(struct hub *hub) {
    struct room *room = room_meant(hub);
    if (room) return room;
    const struct command *c = hub->command;
    bool none = c->room.size == 0 && c->room_id.v == 0;
    if (none && c->name.size > 0 && is_for_direct(c->kind)) {
        struct slice key = c->name_key.size > 0 ? c->name_key : c->name;
        bool known = user_by_key(hub, key) || account_by_key(hub, key);
        hub_refuse(hub, known ? REFUSED_NOTHING_TOLD : REFUSED_PERSON_UNKNOWN, 0, c->name);
    } else {
        hub_refuse(hub, none ? REFUSED_ROOM_NEEDED : REFUSED_ROOM_UNKNOWN, 0, c->room);
    }
    return NULL;
}

static struct room *room_take(struct hub *hub) {
    uint32_t row = hub->room_free;
    if (row != NONE) {
        hub->room_free = hub->rooms[row].next_free;
    } else if (hub->room_top < hub->size.rooms) {
        row = hub->room_top++;
    } else {
        return NULL;
    }
    return &hub->rooms[row];
}

static void room_put(struct hub *hub, struct room *room) {
    uint32_t row = room_row(hub, room);
    index_put(&hub->room_keys, slice_hash(room_key(room), hub->seed), row);
    index_put(&hub->room_numbers, number_hash(hub, room->number), row);
    index_put(&hub->room_hexes, number_hash(hub, room->hex), row);
    hub->room_count++;
}

void room_free(struct hub *hub, struct room *room) {
    uint32_t row = room_row(hub, room);
    check(room->member_count == 0 && room->number != 0);
    fact_drop_room(hub, room);
    webhook_drop_room(hub, room);
    index_drop(&hub->room_keys, slice_hash(room_key(room), hub->seed), row);
    index_drop(&hub->room_numbers, number_hash(hub, room->number), row);
    index_drop(&hub->room_hexes, number_hash(hub, room->hex), row);
    room->number = 0;
    room->next_free = hub->room_free;
    hub->room_free = row;
    hub->room_count--;
}

static void room_call(struct room *room, struct slice name, struct slice key) {
    check(name.size > 0 && name.size <= ROOM_NAME_SIZE_MAX);
    check(key.size > 0 && key.size <= ROOM_KEY_MAX);
    memcpy(room->name, name.at, name.size);
    memcpy(room->key, key.at, key.size);
    room->name_size = (uint8_t)name.size;
    room->key_size = (uint8_t)key.size;
}

struct slice room_rename(struct hub *hub, struct room *room, struct slice name, struct slice key) {
    uint32_t row = room_row(hub, room);
    struct slice old = {hub->gone_name, room->name_size};
    index_drop(&hub->room_keys, slice_hash(room_key(room), hub->seed), row);
    memcpy(hub->gone_name, room->name, room->name_size);
    room_call(room, name, key);
    index_put(&hub->room_keys, slice_hash(room_key(room), hub->seed), row);
    return old;
}

void room_record(struct hub *hub, const struct room *room, struct slice maker) {
    struct record *record = hub_record(hub, RECORD_ROOM, room);
    record->slow_seconds = room->slow_seconds;
    record->retention_days = room->retention_days;
    record->retention_count = room->retention_count;
    record->secret = (struct slice){room->secret, room->secret_size};
    record->epoch = room->epoch;
    record->author = (struct user_id){room->maker};
    record->name = room_name(room);
    record->key = room_key(room);
    record->text = room_topic(hub, room);
    record->author_name = maker;
    record->made_ms = room->made_ms;
    record->topic_ms = room->topic_ms;
    record->topic_by = (struct slice){room->topic_by, room->topic_by_size};
    record->member_limit = room->member_limit;
    record->forward = room->forward;
    hub_record_sum(hub, record);
}

enum refusal room_name_fault(const struct hub *hub, struct slice name, struct slice key) {
    if (name.size == 0) return REFUSED_ROOM_NAME_EMPTY;
    uint32_t pair[2];
    bool direct = direct_pair(key, pair); /* its name is nobody's choice */
    if ((name.size > hub->limits.room_name_size && !direct) || name.size > ROOM_NAME_SIZE_MAX)
        return REFUSED_ROOM_NAME_TOO_LONG;
    if (key.size > ROOM_KEY_MAX) return REFUSED_ROOM_NAME_TOO_LONG;
    return key.size == 0 ? REFUSED_ROOM_NAME_BAD : REFUSED_NOT;
}

/* An account's rooms are counted wherever it is, a guest's by where she comes from. */
static struct making *making_of(struct hub *hub, const struct user *user) {
    struct slice from = {(const char *)hub_asker(hub)->address.ip, 16};
    if (user->account != NONE)
        from = (struct slice){(const char *)&user->identity, sizeof user->identity};
    uint64_t hash = slice_hash(from, hub->seed);
    struct making *making = &hub->makings[hash % (sizeof hub->makings / sizeof *hub->makings)];
    int64_t age_ms = hub->now_ms - making->since_ms;
    if (making->hash != hash || age_ms >= HOUR_MS || age_ms < 0)
        *making = (struct making){.hash = hash, .since_ms = hub->now_ms};
    return making;
}

/* True where she may make one more, which is counted. */
static bool making_counts(struct hub *hub, const struct user *user) {
    uint32_t most = hub->limits.rooms_per_hour;
    if (!user || !hub->command || hub->command->exempt || most == 0) return true;
    struct making *making = making_of(hub, user);
    if (making->count < most) {
        making->count++;
        return true;
    }
    int64_t left_ms = making->since_ms + HOUR_MS - hub->now_ms;
    hub_refuse(hub, REFUSED_SLOW_DOWN, (uint64_t)(left_ms + 999) / 1000, (struct slice){0});
    return false;
}

/* True where a room of that name may be made: else the asker was told. */
static bool room_may_be_made(struct hub *hub, struct slice name, struct slice key,
                             const struct user *owner) {
    enum refusal why = room_name_fault(hub, name, key);
    if (why == REFUSED_NOT && hub->next_room_number >> ROOM_NUMBER_BITS) why = REFUSED_ROOMS_FULL;
    if (why == REFUSED_NOT && room_by_key(hub, key)) why = REFUSED_ROOM_EXISTS; /* an import's */
    if (why != REFUSED_NOT) {
        if (hub->command) hub_refuse(hub, why, hub->limits.room_name_size, name);
        return false;
    }
    uint32_t records =
        owner && owner->account != NONE ? 3 : 1; /* her role, and that she is in it */
    size_t size = name.size + key.size + USER_NAME_SIZE_MAX;
    return hub_can_record_all(hub, records, size) && making_counts(hub, owner);
}

/* Not that of a channel which has just ended either: whoever was in it may not have heard yet. */
static uint32_t own_number_next(struct hub *hub) {
    do {
        hub->next_own_number = (hub->next_own_number + 1) | OWN_ROOM_NUMBER_FIRST;
    } while (room_by_number(hub, hub->next_own_number) != NULL);
    return hub->next_own_number;
}

struct room *room_make(struct hub *hub, struct slice name, struct slice key, uint32_t flags,
                       const struct user *owner) {
    bool own = flags & (ROOM_OWN | ROOM_VOLATILE), direct = flags & ROOM_DIRECT;
    struct account *account = owner && !own && !direct ? account_of(hub, owner) : NULL;
    if (!own && !room_may_be_made(hub, name, key, owner)) return NULL;
    struct room *room = room_take(hub);
    if (!room) {
        if (hub->command) hub_refuse(hub, REFUSED_ROOMS_FULL, 0, name);
        return NULL;
    }
    *room = (struct room){.flags = flags,
                          .members_first = NONE,
                          .members_last = NONE,
                          .ties = NONE,
                          .restraints_first = NONE,
                          .restraints_last = NONE,
                          .next_restraint = 1,
                          .epoch = rng_next(&hub->rng),
                          .time_ms = hub->now_ms,
                          .made_ms = hub->now_ms,
                          .owner_serial = owner && !account ? owner->serial : 0,
                          .text_serial = hub->next_serial++,
                          .maker = owner ? owner->number : 0};
    room_call(room, name, key);
    if (direct) check(direct_pair(key, room->pair));
    room->number = own ? own_number_next(hub) : hub->next_room_number++;
    do {
        room->hex = rng_next(&hub->rng) >> (64 - 4 * HEX_DIGITS);
    } while (room_by_hex(hub, room->hex) != NULL);
    room_put(hub, room);
    if (!own) room_record(hub, room, owner ? user_name(owner) : (struct slice){0});
    if (account) (void)tie_set_role(hub, account, room, ROLE_OWNER);
    return room;
}

bool room_lobby(struct hub *hub, struct slice name, struct slice key) {
    struct room *room = room_by_key(hub, key);
    if (!room) return room_make(hub, name, key, ROOM_LOBBY, NULL) != NULL;
    if (room->flags & ROOM_LOBBY) return true;
    room->flags |= ROOM_LOBBY;
    room_record(hub, room, (struct slice){0});
    return true;
}

bool room_load(struct hub *hub, const struct record *record) {
    if (record->room.v == 0 || record->room.v >> ROOM_NUMBER_BITS) return false;
    if (record->name.size == 0 || record->name.size > ROOM_NAME_SIZE_MAX) return false;
    if (record->key.size == 0 || record->key.size > ROOM_KEY_MAX) return false;
    if (record->text.size > TOPIC_SIZE_MAX || record->seq >> SEQ_BITS) return false;
    if (record->secret.size > ROOM_SECRET_MAX) return false;
    if (record->topic_by.size > USER_NAME_SIZE_MAX) return false;
    if (record->hex >> (4 * HEX_DIGITS)) return false;
    uint32_t pair[2] = {0};
    if (direct_pair(record->key, pair) != ((record->flags & ROOM_DIRECT) != 0)) return false;
    if (room_by_number(hub, record->room.v) || room_by_key(hub, record->key) ||
        room_by_hex(hub, record->hex))
        return false;
    struct room *room = room_take(hub);
    if (!room) return false;
    *room = (struct room){.number = record->room.v,
                          .flags = record->flags & ROOM_FLAGS_KEPT,
                          .pair = {pair[0], pair[1]},
                          .topic_size = (uint16_t)record->text.size,
                          .topic_by_size = (uint8_t)record->topic_by.size,
                          .topic_ms = record->topic_ms,
                          .made_ms = record->made_ms,
                          .member_limit = record->member_limit,
                          .forward = record->forward,
                          .secret_size = (uint8_t)record->secret.size,
                          .slow_seconds = record->slow_seconds,
                          .retention_days = record->retention_days,
                          .retention_count = record->retention_count,
                          .next_restraint = 1,
                          .members_first = NONE,
                          .members_last = NONE,
                          .ties = NONE,
                          .restraints_first = NONE,
                          .restraints_last = NONE,
                          .hex = record->hex,
                          .epoch = record->epoch,
                          .seq = record->seq,
                          .maker = record->author.v,
                          .text_serial = hub->next_serial++,
                          .time_ms = record->time_ms};
    room_call(room, record->name, record->key);
    if (record->secret.size > 0) memcpy(room->secret, record->secret.at, record->secret.size);
    if (record->topic_by.size > 0)
        memcpy(room->topic_by, record->topic_by.at, record->topic_by.size);
    if (record->text.size > 0)
        memcpy(hub->topics + (size_t)room_row(hub, room) * TOPIC_SIZE_MAX, record->text.at,
               record->text.size);
    room_put(hub, room);
    if (room->number >= hub->next_room_number) hub->next_room_number = room->number + 1;
    return true;
}

void room_create(struct hub *hub) {
    const struct command *c = hub->command;
    struct user *user = hub_asking_user(hub);
    const struct room *there = room_meant(hub);
    if (there) { /* that it is there is not said to who may not know: the name is no good */
        bool seen = standing_sees(hub, user, there);
        hub_refuse(hub, seen ? REFUSED_ROOM_EXISTS : REFUSED_ROOM_NAME_BAD, 0, c->room);
        return;
    }
    if (user->silent) {
        silent_create(hub);
        return;
    }
    if (!member_may_enter(hub, user)) return;
    uint32_t flags = c->flags & COMMAND_BY_HEX ? ROOM_BY_HEX : 0;
    struct room *room = room_make(hub, c->room, c->room_key, flags, user);
    if (!room) return;
    hub_reply(hub, EVENT_CREATED, room, false);
    member_enter(hub, user, room, 0);
}

void room_delete(struct hub *hub) {
    struct user *user = hub_asking_user(hub);
    struct room *room = room_for(hub, ACTION_DELETE);
    if (!room) return;
    if (room->flags & (ROOM_LOBBY | ROOM_OWN | ROOM_DIRECT)) {
        hub_refuse(hub, REFUSED_NOT_ALLOWED, 0, (struct slice){0});
        return;
    }
    if (!hub_can_record_all(hub, 2, ROOM_NAME_SIZE_MAX + USER_NAME_SIZE_MAX)) return;
    moderate_log(hub, room, "delete", room_name(room), (struct slice){0});
    hub_record_sum(hub, hub_record(hub, RECORD_DELETED, room));
    bool inside = user && member_find(hub, user, room);
    struct event *event = hub_publish(hub, EVENT_DELETED, room, user);
    memcpy(hub->gone_name, room->name, room->name_size);
    event->room_name = (struct slice){hub->gone_name, room->name_size};
    if (!inside) {
        struct event *done = hub_reply(hub, EVENT_DELETED, room, true);
        done->room_name = event->room_name;
        done->session = hub->command->session;
    } else if (hub->command->flags & COMMAND_WAITS) {
        hub_reply(hub, EVENT_DONE, NULL, true);
    }
    member_drop_all(hub, room);
    tie_drop_room(hub, room);
    restraint_drop_room(hub, room);
    room_free(hub, room);
}

void room_set_topic(struct hub *hub) {
    const struct command *c = hub->command;
    struct user *user = hub_asking_user(hub);
    struct room *room = room_for(hub, c->flags & COMMAND_SETS ? ACTION_SET_TOPIC : ACTION_SEE);
    if (!room) return;
    if (!(c->flags & COMMAND_SETS)) {
        struct event *topic = hub_reply(hub, EVENT_TOPIC, room, true);
        topic->text = room_topic(hub, room);
        topic->author_name = (struct slice){room->topic_by, room->topic_by_size};
        topic->number = (uint64_t)room->topic_ms / 1000;
        topic->seq = room->seq;
        topic->epoch = room->epoch;
        return;
    }
    if (c->text.size > hub->limits.topic_size) {
        hub_refuse(hub, REFUSED_TOPIC_TOO_LONG, hub->limits.topic_size, (struct slice){0});
        return;
    }
    bool own = room->flags & ROOM_OWN;
    if (!own && !filter_passes(hub, room)) return;
    if (!own && !hub_can_record(hub, c->text.size + USER_NAME_SIZE_MAX)) return;
    if (c->text.size > 0)
        memcpy(hub->topics + (size_t)room_row(hub, room) * TOPIC_SIZE_MAX, c->text.at,
               c->text.size);
    room->topic_size = (uint16_t)c->text.size;
    struct record *record = speech_next(hub, room, user, STORED_TOPIC);
    room->topic_ms = room->time_ms;
    room->topic_by_size = user ? user->name_size : 0;
    if (user) memcpy(room->topic_by, user->name, user->name_size);
    if (record) {
        record->text = c->text;
        hub_record_sum(hub, record);
    }
    struct event *event = hub_publish(hub, EVENT_TOPIC_SET, room, user);
    event->seq = room->seq;
    event->time_ms = room->time_ms;
    event->text = c->text;
    moderate_answer(hub, room, event);
}
