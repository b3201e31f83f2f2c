/* expect_rooms.c: what may be against the commands of those who keep order in a room. */
#include "sim/expect.h"

/* What takes part in no such thing: somebody's private channel. */
static void not_own(const struct asked *a) {
    if (a->room && a->room->own) asked_maybe(a, REFUSED_NOT_ALLOWED);
}

void expect_mode(const struct asked *a) {
    const struct command *c = a->command;
    asked_may(a, ACTION_MODE);
    not_own(a);
    asked_sure_if(a, c->setting >= ROOM_SETTINGS, REFUSED_SETTING_BAD);
    if (c->setting >= SETTING_SLOW || c->setting == SETTING_KEY)
        asked_maybe(a, REFUSED_SETTING_BAD);
    /* everybody is put into the lobby, so that it cannot be closed */
    bool closes = c->setting <= SETTING_INVITE_ONLY || c->setting == SETTING_KEY;
    if (a->room && a->room->lobby && closes) {
        asked_maybe(a, REFUSED_SETTING_BAD);
        asked_maybe(a, REFUSED_NOT_ALLOWED);
    }
}

void expect_rename(const struct asked *a) {
    const struct command *c = a->command;
    asked_may(a, ACTION_RENAME);
    not_own(a);
    if (!a->room) return;
    asked_sure_if(a, a->room->lobby, REFUSED_NOT_ALLOWED);
    asked_sure_if(a, c->name.size > a->oracle->world->limits.room_name_size,
                  REFUSED_ROOM_NAME_TOO_LONG);
    for (uint32_t i = 0; i < a->oracle->room_count; i++) {
        const struct chat_room *room = &a->oracle->rooms[i];
        bool taken = slice_equal(c->name_key, (struct slice){room->key, room->key_size});
        bool seen = rank_sees(a->oracle, a->person, room); /* that it is there is not said */
        asked_sure_if(a, !room->gone && room != a->room && taken,
                      seen ? REFUSED_ROOM_EXISTS : REFUSED_ROOM_NAME_BAD);
    }
}

/* The person whom the command is about, if it must be one. 0: there is nobody. */
static uint32_t person_needed(const struct asked *a) {
    uint32_t number;
    asked_whom(a, &number);
    asked_sure_if(a, number == 0, REFUSED_PERSON_UNKNOWN);
    return number;
}

void expect_invite(const struct asked *a) {
    asked_may(a, ACTION_INVITE);
    not_own(a);
    if (!a->room) return;
    uint32_t number = person_needed(a);
    const struct person *person = oracle_person(a->oracle, number);
    if (person && rank_inside(a->oracle, person, a->room)) asked_maybe(a, REFUSED_ALREADY_IN_ROOM);
    asked_maybe(a, REFUSED_LIST_FULL);
}

/* How somebody stands who need not be here. */
static enum standing standing_of_number(const struct asked *a, uint32_t number) {
    struct person absent = {.number = number};
    const struct person *person = oracle_person(a->oracle, number);
    return rank_of(a->oracle, person ? person : &absent, a->room);
}

void expect_role(const struct asked *a) {
    const struct command *c = a->command;
    if (!asked_room_needed(a)) return;
    uint32_t number = person_needed(a);
    enum standing theirs = number > 0 ? standing_of_number(a, number) : STANDING_STRANGER;
    bool promotes = c->number >= ROLE_OPERATOR;
    if (theirs == STANDING_OPERATOR || theirs == STANDING_OWNER) promotes = true;
    asked_may(a, promotes && theirs != STANDING_ADMIN ? ACTION_PROMOTE : ACTION_VOICE);
    not_own(a);
    asked_sure_if(a, c->number >= ROLES, REFUSED_SETTING_BAD);
    if (number == 0) return;
    asked_rank_needed(a, number);
    const struct person *person = oracle_person(a->oracle, number);
    bool account = durable_account(&a->oracle->durable, number);
    bool inside = person && rank_inside(a->oracle, person, a->room);
    asked_sure_if(a, !account && !inside, REFUSED_PERSON_NOT_IN_ROOM);
}

/* A mask or a network: nobody can be called so. */
static bool is_mask(struct slice name) {
    static const char marks[] = "*?/.:";
    for (size_t i = 0; i < name.size; i++)
        if (memchr(marks, name.at[i], sizeof marks - 1)) return true;
    return false;
}

/* What is to be lifted must be there. */
static void something_holds(const struct asked *a, enum restraint kind) {
    uint32_t number;
    asked_whom(a, &number);
    bool holds = false, over = false;
    for (uint32_t i = 0; i < a->oracle->durable.restraint_count; i++) {
        const struct kept_restraint *row = &a->oracle->durable.restraints[i];
        if (row->room != a->room->number || row->kind != kind) continue;
        bool by_name = slice_equal((struct slice){row->key, row->key_size}, a->command->name_key);
        if (row->subject == SUBJECT_NET) asked_maybe(a, REFUSED_NOTHING_HOLDS);
        by_name |= row->subject == SUBJECT_NET;
        if (!by_name && (number == 0 || row->person != number)) continue;
        holds = true;
        over |= row->until_ms != 0 && row->until_ms <= a->oracle->now_ms;
    }
    asked_sure_if(a, !holds, REFUSED_NOTHING_HOLDS);
    if (!holds && number == 0) asked_sure(a, REFUSED_PERSON_UNKNOWN);
    if (over) asked_maybe(a, REFUSED_NOTHING_HOLDS);
}

/* Nobody who runs a room is banned or muted there, and nobody acts on who stands above her. */
static void may_restrain(const struct asked *a, uint32_t number) {
    enum standing theirs = standing_of_number(a, number);
    asked_rank_needed(a, number);
    asked_sure_if(a, theirs == STANDING_OPERATOR || theirs == STANDING_OWNER, REFUSED_HAS_ROLE);
    if (theirs == STANDING_ADMIN) asked_maybe(a, REFUSED_HAS_ROLE);
}

void expect_ban(const struct asked *a) {
    asked_may(a, ACTION_BAN);
    not_own(a);
    if (!a->room) return;
    asked_maybe(a, REFUSED_LIST_FULL);
    if (!(a->command->flags & COMMAND_SETS)) {
        something_holds(a, RESTRAINT_BAN);
        return;
    }
    if (is_mask(a->command->name)) {
        asked_maybe(a, REFUSED_MASK_BAD);
        return;
    }
    /* a name that nobody bears may be banned too: as a mask */
    uint32_t number;
    asked_whom(a, &number);
    if (number == 0) asked_maybe(a, REFUSED_PERSON_UNKNOWN);
    if (number > 0) may_restrain(a, number);
}

void expect_mute(const struct asked *a) {
    asked_may(a, ACTION_MUTE);
    not_own(a);
    if (!a->room) return;
    asked_maybe(a, REFUSED_LIST_FULL);
    if (!(a->command->flags & COMMAND_SETS)) {
        something_holds(a, RESTRAINT_MUTE);
        return;
    }
    uint32_t number = person_needed(a);
    if (number > 0) may_restrain(a, number);
}

void expect_lists(const struct asked *a) {
    asked_may(a, ACTION_BAN);
    not_own(a);
}
