/* expect.c: which commands must be refused, found out once more in the slowest way. */
#include "base/check.h"
#include "sim/oracle.h"

enum { HEX_DIGITS = 10 };

/* One command as the asker means it. */
struct asked {
    struct oracle *oracle;
    const struct command *command;
    const struct seat *seat;
    const struct person *person;
    const struct chat_room *room; /* that is meant; NULL: none */
    bool inside, owns;
};

bool oracle_fits(const struct oracle *oracle, size_t size) {
    return oracle->cost - oracle->credit_cost + record_cost(size) <= oracle->credit;
}

static bool is_hex(struct slice text, uint64_t *hex) {
    *hex = 0;
    for (size_t i = 0; i < text.size; i++) {
        const char *digits = "0123456789abcdef", *at = memchr(digits, text.at[i], 16);
        if (!at) return false;
        *hex = *hex * 16 + (uint64_t)(at - digits);
    }
    return text.size == HEX_DIGITS;
}

static const struct chat_room *room_meant(struct oracle *oracle, const struct command *c) {
    struct slice key = c->room_key.size > 0 ? c->room_key : c->room;
    uint64_t hex, number;
    if (c->room_id.v != 0) return oracle_room(oracle, c->room_id.v);
    bool by_hex = is_hex(c->room, &hex);
    bool by_number = slice_number(c->room, INT32_MAX, &number);
    const struct chat_room *found = NULL;
    for (uint32_t i = 0; i < oracle->room_count; i++) {
        const struct chat_room *room = &oracle->rooms[i];
        if (room->gone) continue;
        if (by_hex && room->hex == hex) return room;
        bool called = !by_number && slice_equal(key, (struct slice){room->key, room->key_size});
        if (called || (by_number && room->number == number)) found = room;
    }
    return found;
}

static enum refusal room_needed(const struct asked *a) {
    if (a->room) return REFUSED_NOT;
    bool none = a->command->room.size == 0 && a->command->room_id.v == 0;
    return none ? REFUSED_ROOM_NEEDED : REFUSED_ROOM_UNKNOWN;
}

static enum refusal member_needed(const struct asked *a) {
    if (!a->room) return room_needed(a);
    return a->inside ? REFUSED_NOT : REFUSED_NOT_IN_ROOM;
}

static enum refusal room_makes(const struct asked *a) {
    const struct command *c = a->command;
    uint32_t count = 0;
    if (c->room.size > ROOM_NAME_SIZE_MAX) return REFUSED_ROOM_NAME_TOO_LONG;
    if (c->room_key.size == 0) return REFUSED_ROOM_NAME_BAD;
    if (!oracle_fits(a->oracle, c->room.size + c->room_key.size + USER_NAME_SIZE_MAX))
        return REFUSED_STORE_FULL;
    for (uint32_t i = 0; i < a->oracle->room_count; i++)
        count += !a->oracle->rooms[i].gone;
    return count >= WORLD_ROOMS ? REFUSED_ROOMS_FULL : REFUSED_NOT;
}

/* Only phones are called client-<digits>. */
static bool is_phones(struct slice key) {
    uint64_t number;
    return slice_starts(key, slice_of("client-")) &&
           slice_number(slice_from(key, 7), UINT64_MAX, &number);
}

static enum refusal name_takes(const struct asked *a) {
    const struct command *c = a->command;
    const struct person *holder = oracle_person_called(a->oracle, c->name_key);
    if (is_phones(c->name_key)) return REFUSED_NAME_BAD;
    if (!holder || holder == a->person) return REFUSED_NOT;
    bool suffixed = c->naming == NAMING_SUFFIX && !slice_equal(c->name_key, slice_of("client"));
    return suffixed ? REFUSED_NOT : REFUSED_NAME_TAKEN;
}

static enum refusal phone_takes(const struct asked *a) {
    const struct person *person = oracle_person(a->oracle, (uint32_t)a->command->number);
    if (!person) return REFUSED_NOT;
    for (uint32_t w = 0; w < WORLD_WORKERS; w++)
        for (uint32_t s = 0; s < WORLD_SESSIONS; s++) {
            const struct seat *seat = &a->oracle->seats[w][s];
            if (seat->id.generation == 0 || seat->person == NOBODY) continue;
            if (&a->oracle->people[seat->person] != person) continue;
            if (memcmp(seat->address.ip, a->command->address.ip, 16) != 0) return REFUSED_ID_TAKEN;
        }
    return person->sessions == USER_SESSIONS_MAX ? REFUSED_TOO_MANY_SESSIONS : REFUSED_NOT;
}

static enum refusal on_hello(const struct asked *a) {
    enum refusal why = REFUSED_NOT;
    if (a->person) return REFUSED_NAME_GIVEN;
    if (a->command->naming == NAMING_PHONE)
        why = phone_takes(a);
    else if (a->command->naming != NAMING_FRIENDLY)
        why = name_takes(a);
    if (why == REFUSED_NOT && a->command->room.size > 0 && !a->room) why = room_makes(a);
    return why;
}

static enum refusal on_say(const struct asked *a) {
    const struct command *c = a->command;
    if (!a->room) return room_needed(a);
    if (c->text.size == 0) return REFUSED_TEXT_EMPTY;
    if (c->text.size > a->oracle->world->limits.text_size) return REFUSED_TEXT_TOO_LONG;
    if (!a->inside) return REFUSED_NOT_IN_ROOM;
    if (c->client_id.size > 0 && a->seat->peer == NOBODY) return a->oracle->expected_of_id;
    size_t size = c->text.size + c->client_id.size + a->person->name_size;
    if (!a->room->own && !oracle_fits(a->oracle, size)) return REFUSED_STORE_FULL;
    return REFUSED_NOT;
}

static enum refusal on_topic(const struct asked *a) {
    const struct command *c = a->command;
    enum refusal why = member_needed(a);
    if (why != REFUSED_NOT || !(c->flags & COMMAND_SETS)) return why;
    if (c->text.size > a->oracle->world->limits.topic_size) return REFUSED_TOPIC_TOO_LONG;
    if (a->room->owner != 0 && !a->owns) return REFUSED_NOT_ALLOWED;
    if (!oracle_fits(a->oracle, c->text.size + USER_NAME_SIZE_MAX)) return REFUSED_STORE_FULL;
    return REFUSED_NOT;
}

static enum refusal on_join(const struct asked *a) {
    const struct command *c = a->command;
    const struct chat_room *room = a->room && a->room->own && !a->inside ? NULL : a->room;
    if (room) return REFUSED_NOT;
    if (c->room.size == 0) return REFUSED_ROOM_NAME_EMPTY;
    if (c->room_key.size == 0 || (c->flags & COMMAND_EXISTS)) return REFUSED_ROOM_UNKNOWN;
    return room_makes(a);
}

static enum refusal on_leave(const struct asked *a) {
    enum refusal why = member_needed(a);
    return why == REFUSED_NOT && a->room->own ? REFUSED_NOT_ALLOWED : why;
}

static enum refusal on_kick(const struct asked *a) {
    enum refusal why = member_needed(a);
    if (why != REFUSED_NOT) return why;
    if (!a->owns) return REFUSED_NOT_ALLOWED;
    const struct person *person = oracle_person_called(a->oracle, a->command->name_key);
    if (!person) return REFUSED_PERSON_UNKNOWN;
    for (uint32_t w = 0; w <= WORLD_WORKERS; w++)
        for (uint32_t s = 0; s < WORLD_SESSIONS; s++) {
            const struct seat *seat = &a->oracle->seats[w][s];
            if (seat->id.generation == 0 || seat->person == NOBODY) continue;
            if (&a->oracle->people[seat->person] == person &&
                oracle_inside(a->oracle, seat, a->room))
                return REFUSED_NOT;
        }
    return REFUSED_PERSON_NOT_IN_ROOM;
}

static enum refusal people_known(const struct asked *a) {
    for (uint32_t i = 0; i < a->command->people_count; i++)
        if (!oracle_person(a->oracle, a->command->people[i])) return REFUSED_PERSON_UNKNOWN;
    return REFUSED_NOT;
}

static enum refusal on_admit(const struct asked *a) {
    enum refusal why = member_needed(a);
    return why == REFUSED_NOT ? people_known(a) : why;
}

static enum refusal on_remove(const struct asked *a) {
    if (!a->room) return room_needed(a);
    return a->owns ? people_known(a) : REFUSED_NOT_ALLOWED;
}

static enum refusal on_delete(const struct asked *a) {
    if (!a->room) return room_needed(a);
    if (!a->owns || a->room->lobby || a->room->own) return REFUSED_NOT_ALLOWED;
    return oracle_fits(a->oracle, 0) ? REFUSED_NOT : REFUSED_STORE_FULL;
}

static enum refusal on_create(const struct asked *a) {
    return a->room ? REFUSED_ROOM_EXISTS : room_makes(a);
}

static enum refusal on_who(const struct asked *a) {
    if (!a->room) return room_needed(a);
    return a->room->own && !a->inside ? REFUSED_ROOM_UNKNOWN : REFUSED_NOT;
}

static enum refusal on_history(const struct asked *a) {
    if (!a->room) return room_needed(a);
    return a->room->own ? REFUSED_HISTORY_OFF : REFUSED_NOT;
}

static enum refusal on_nick(const struct asked *a) {
    return name_takes(a);
}

static enum refusal (*const expectations[COMMAND_KINDS])(const struct asked *a) = {
    [COMMAND_NICK] = on_nick,     [COMMAND_JOIN] = on_join,       [COMMAND_CREATE] = on_create,
    [COMMAND_LEAVE] = on_leave,   [COMMAND_SAY] = on_say,         [COMMAND_TOPIC] = on_topic,
    [COMMAND_WHO] = on_who,       [COMMAND_HISTORY] = on_history, [COMMAND_ADMIT] = on_admit,
    [COMMAND_REMOVE] = on_remove, [COMMAND_KICK] = on_kick,       [COMMAND_DELETE] = on_delete,
};

enum refusal oracle_expect(struct oracle *oracle, const struct command *command) {
    struct asked a = {.oracle = oracle, .command = command};
    a.seat = oracle_seat(oracle, command->session);
    check(a.seat != NULL);
    a.room = room_meant(oracle, command);
    if (a.seat->person != NOBODY) a.person = &oracle->people[a.seat->person];
    a.inside = a.room && oracle_inside(oracle, a.seat, a.room);
    a.owns = a.room && a.person && a.room->owner != 0 && a.room->owner == a.person->number;
    bool anybody = command->kind == COMMAND_HELP || command->kind == COMMAND_PING ||
                   command->kind == COMMAND_BYE;
    if (command->kind == COMMAND_WRONG) return command->refusal;
    if (command->kind == COMMAND_HELLO) return on_hello(&a);
    if (!a.person) return anybody ? REFUSED_NOT : REFUSED_NAME_NEEDED;
    return expectations[command->kind] ? expectations[command->kind](&a) : REFUSED_NOT;
}
