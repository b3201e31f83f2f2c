/* tie.c: what an account is in a room, whether she is connected or not: her role, whether the room
 * is one of hers, how far she has read. */
#include "base/check.h"
#include "hub/inside.h"

static uint64_t tie_hash(const struct hub *hub, uint32_t account, uint32_t room) {
    return (((uint64_t)account << 32 | room) ^ hub->seed) * UINT64_C(0x9e3779b97f4a7c15);
}

struct tie *tie_find(const struct hub *hub, const struct account *account,
                     const struct room *room) {
    uint32_t a = account_row(hub, account), r = room_row(hub, room);
    uint64_t hash = tie_hash(hub, a, r);
    for (uint32_t at = index_first(&hub->tie_index, hash); at != INDEX_END;
         at = index_next(&hub->tie_index, at, hash)) {
        struct tie *tie = &hub->ties[index_row(&hub->tie_index, at)];
        if (tie->account == a && tie->room == r) return tie;
    }
    return NULL;
}

enum role tie_role(struct hub *hub, const struct account *account, const struct room *room) {
    const struct tie *tie = tie_find(hub, account, room);
    return tie ? (enum role)tie->role : ROLE_NONE;
}

static bool tie_has_room(const struct hub *hub) {
    return hub->tie_free != NONE || hub->tie_top < TIES_MAX;
}

static struct tie *tie_new(struct hub *hub, struct account *account, struct room *room) {
    uint32_t row = hub->tie_free;
    if (row != NONE)
        hub->tie_free = hub->ties[row].account;
    else
        row = hub->tie_top++;
    check(row < TIES_MAX);
    struct tie *tie = &hub->ties[row];
    *tie = (struct tie){.account = account_row(hub, account),
                        .room = room_row(hub, room),
                        .account_next = account->ties,
                        .account_prev = NONE,
                        .room_next = room->ties,
                        .room_prev = NONE};
    if (account->ties != NONE) hub->ties[account->ties].account_prev = row;
    if (room->ties != NONE) hub->ties[room->ties].room_prev = row;
    account->ties = room->ties = row;
    index_put(&hub->tie_index, tie_hash(hub, tie->account, tie->room), row);
    hub->tie_count++;
    return tie;
}

static void tie_free(struct hub *hub, struct tie *tie) {
    struct tie *ties = hub->ties;
    uint32_t row = (uint32_t)(tie - ties);
    if (tie->account_prev != NONE)
        ties[tie->account_prev].account_next = tie->account_next;
    else
        hub->accounts[tie->account].ties = tie->account_next;
    if (tie->account_next != NONE) ties[tie->account_next].account_prev = tie->account_prev;
    if (tie->room_prev != NONE)
        ties[tie->room_prev].room_next = tie->room_next;
    else
        hub->rooms[tie->room].ties = tie->room_next;
    if (tie->room_next != NONE) ties[tie->room_next].room_prev = tie->room_prev;
    index_drop(&hub->tie_index, tie_hash(hub, tie->account, tie->room), row);
    tie->room = NONE;
    tie->account = hub->tie_free;
    hub->tie_free = row;
    hub->tie_count--;
}

static void tie_record(struct hub *hub, const struct tie *tie) {
    struct record *record = hub_record(hub, RECORD_TIE, &hub->rooms[tie->room]);
    record->author = (struct user_id){hub->accounts[tie->account].number};
    record->role = tie->role;
    record->joined = tie->joined;
    record->number = tie->read;
    hub_record_sum(hub, record);
}

/* The tie, made where there is none. NULL: the asker was told. */
static struct tie *tie_needed(struct hub *hub, struct account *account, struct room *room) {
    struct tie *tie = tie_find(hub, account, room);
    if (!hub_can_record(hub, 0)) return NULL;
    if (tie) return tie;
    if (tie_has_room(hub)) return tie_new(hub, account, room);
    if (hub->command) hub_refuse(hub, REFUSED_SERVER_FULL, 0, (struct slice){0});
    return NULL;
}

static void tie_changed(struct hub *hub, struct tie *tie) {
    tie_record(hub, tie);
    if (tie->role == ROLE_NONE && !tie->joined && tie->read == 0) tie_free(hub, tie);
}

/* Volatile rooms are nobody's for long: nothing is kept of them. */
static bool tie_is_kept(const struct room *room) {
    return !(room->flags & (ROOM_OWN | ROOM_VOLATILE | ROOM_PASSING));
}

bool tie_set_role(struct hub *hub, struct account *account, struct room *room, enum role role) {
    if (!tie_is_kept(room) || tie_role(hub, account, room) == role) return true;
    struct tie *tie = tie_needed(hub, account, room);
    if (!tie) return false;
    tie->role = (uint8_t)role;
    tie_changed(hub, tie);
    return true;
}

bool tie_set_joined(struct hub *hub, struct account *account, struct room *room, bool joined) {
    const struct tie *now = tie_find(hub, account, room);
    if (!tie_is_kept(room) || (now ? now->joined : false) == joined) return true;
    struct tie *tie = tie_needed(hub, account, room);
    if (!tie) return false;
    tie->joined = joined;
    tie_changed(hub, tie);
    return true;
}

bool tie_set_read(struct hub *hub, struct account *account, struct room *room, uint64_t seq) {
    const struct tie *now = tie_find(hub, account, room);
    if (!tie_is_kept(room) || (now ? now->read : 0) >= seq) return true;
    struct tie *tie = tie_needed(hub, account, room);
    if (!tie) return false;
    tie->read = seq;
    tie_changed(hub, tie);
    return true;
}

void tie_drop_room(struct hub *hub, struct room *room) {
    while (room->ties != NONE)
        tie_free(hub, &hub->ties[room->ties]);
}

void tie_drop_account(struct hub *hub, struct account *account) {
    while (account->ties != NONE)
        tie_free(hub, &hub->ties[account->ties]);
}

bool tie_load(struct hub *hub, const struct record *record) {
    struct room *room = room_by_number(hub, record->room.v);
    struct account *account = account_by_number(hub, record->author.v);
    if (!room || !account || record->role >= ROLES || record->number > room->seq) return false;
    if (tie_find(hub, account, room) || !tie_has_room(hub)) return false;
    struct tie *tie = tie_new(hub, account, room);
    tie->role = record->role;
    tie->joined = record->joined;
    tie->read = record->number;
    return true;
}
