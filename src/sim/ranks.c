/* ranks.c: how people stand to a room: the lists of durable.h, read once more for each question. */
#include "sim/oracle.h"

static bool sits(const struct oracle *oracle, const struct seat *seat,
                 const struct person *person) {
    return seat->id.generation != 0 && seat->person != NOBODY &&
           &oracle->people[seat->person] == person;
}

bool rank_inside(const struct oracle *oracle, const struct person *person,
                 const struct chat_room *room) {
    if (room->direct) return room->pair[0] == person->number || room->pair[1] == person->number;
    for (uint32_t w = 0; w <= WORLD_WORKERS; w++)
        for (uint32_t s = 0; s < WORLD_SESSIONS; s++) {
            const struct seat *seat = &oracle->seats[w][s];
            if (sits(oracle, seat, person) && oracle_inside(oracle, seat, room)) return true;
        }
    return false;
}

/* One of her connections comes from there. */
static bool comes_from(const struct oracle *oracle, const struct person *person,
                       struct slice where) {
    struct network network;
    if (!network_parse(where, &network)) return false;
    for (uint32_t w = 0; w <= WORLD_WORKERS; w++)
        for (uint32_t s = 0; s < WORLD_SESSIONS; s++) {
            const struct seat *seat = &oracle->seats[w][s];
            if (sits(oracle, seat, person) && address_in(seat->address, network)) return true;
        }
    return false;
}

static bool is_about(const struct oracle *oracle, const struct kept_restraint *restraint,
                     const struct person *person) {
    struct slice key = {restraint->key, restraint->key_size};
    if (restraint->subject == SUBJECT_MASK)
        return durable_glob(key, (struct slice){person->key, person->key_size});
    if (restraint->subject == SUBJECT_NET) return comes_from(oracle, person, key);
    return restraint->person == person->number;
}

static bool is_held(const struct oracle *oracle, const struct person *person,
                    const struct chat_room *room, enum restraint kind) {
    for (uint32_t i = 0; i < oracle->durable.restraint_count; i++) {
        const struct kept_restraint *restraint = &oracle->durable.restraints[i];
        if (restraint->room != room->number || restraint->kind != kind) continue;
        if (restraint->until_ms != 0 && restraint->until_ms <= oracle->now_ms) continue;
        if (is_about(oracle, restraint, person)) return true;
    }
    return false;
}

static enum role role_of(const struct oracle *oracle, const struct person *person,
                         const struct chat_room *room) {
    const struct kept_tie *tie = durable_tie(&oracle->durable, person->number, room->number);
    bool account = durable_account(&oracle->durable, person->number);
    if (!account && room->owner == person->number) return ROLE_OWNER;
    return tie ? (enum role)tie->role : ROLE_NONE;
}

enum standing rank_of(const struct oracle *oracle, const struct person *person,
                      const struct chat_room *room) {
    if (!person) return STANDING_NOBODY;
    enum role role = role_of(oracle, person, room);
    if (person->admin) return STANDING_ADMIN;
    if (role == ROLE_OWNER) return STANDING_OWNER;
    if (role == ROLE_OPERATOR) return STANDING_OPERATOR;
    if (!rank_inside(oracle, person, room))
        return is_held(oracle, person, room, RESTRAINT_BAN) &&
                       !is_held(oracle, person, room, RESTRAINT_INVITE)
                   ? STANDING_BANNED
                   : STANDING_STRANGER;
    if (is_held(oracle, person, room, RESTRAINT_MUTE)) return STANDING_MUTED;
    return role == ROLE_VOICE ? STANDING_VOICE : STANDING_MEMBER;
}

bool rank_invited(const struct oracle *oracle, const struct person *person,
                  const struct chat_room *room) {
    if (!person) return false;
    const struct kept_tie *tie = durable_tie(&oracle->durable, person->number, room->number);
    return (tie && tie->joined) || is_held(oracle, person, room, RESTRAINT_INVITE);
}

bool rank_sees(const struct oracle *oracle, const struct person *person,
               const struct chat_room *room) {
    if (room->own || room->direct) return person && rank_inside(oracle, person, room);
    if (!(room->flags & ROOM_PRIVATE)) return true;
    enum allowance see = rights_allow(ACTION_SEE, rank_of(oracle, person, room));
    return see == MAY || rank_invited(oracle, person, room);
}
