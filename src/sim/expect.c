/* expect.c: which commands must be refused, found out once more in the slowest way. */
#include "sim/expect.h"

#include "base/check.h"

enum { HEX_DIGITS = 10 };

void asked_sure(const struct asked *a, enum refusal why) {
    a->reasons->why[why] = REASON_SURE;
    a->reasons->sure = true;
}

void asked_maybe(const struct asked *a, enum refusal why) {
    if (a->reasons->why[why] == REASON_NONE) a->reasons->why[why] = REASON_MAYBE;
}

void asked_sure_if(const struct asked *a, bool wrong, enum refusal why) {
    if (wrong) asked_sure(a, why);
}

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
    if (c->room.size == 0) return NULL;
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

/* What they say to each other, she and whom the command names. */
static const struct chat_room *direct_meant(const struct asked *a) {
    uint32_t other;
    asked_whom(a, &other);
    for (uint32_t i = 0; i < a->oracle->room_count && a->person && other > 0; i++) {
        const struct chat_room *room = &a->oracle->rooms[i];
        uint32_t own = a->person->number;
        if (room->gone || !room->direct) continue;
        if (room->pair[0] == own && room->pair[1] == other) return room;
        if (room->pair[1] == own && room->pair[0] == other) return room;
    }
    return NULL;
}

static bool is_direct(const struct command *command) {
    bool about = command->kind == COMMAND_HISTORY ||
                 (command->kind >= COMMAND_EDIT && command->kind <= COMMAND_RESUME);
    return about && command->name.size > 0;
}

/* False: there is none that she may know of. */
bool asked_room_needed(const struct asked *a) {
    if (a->room) return true;
    if (is_direct(a->command)) {
        asked_sure(a, REFUSED_PERSON_UNKNOWN);
        asked_sure(a, REFUSED_NOTHING_TOLD);
        asked_sure(a, REFUSED_MESSAGE_UNKNOWN);
        asked_sure(a, REFUSED_ROOM_UNKNOWN);
        return false;
    }
    bool none = a->command->room.size == 0 && a->command->room_id.v == 0;
    asked_sure(a, none ? REFUSED_ROOM_NEEDED : REFUSED_ROOM_UNKNOWN);
    return false;
}

/* Where the table says that it depends on whether she would be let in. */
static void entry(const struct asked *a) {
    if (rank_invited(a->oracle, a->person, a->room)) return;
    struct slice secret = {a->room->secret, a->room->secret_size};
    asked_sure_if(a, a->room->flags & (ROOM_PRIVATE | ROOM_INVITE_ONLY), REFUSED_INVITE_NEEDED);
    asked_sure_if(a, secret.size > 0 && !slice_equal(secret, a->command->secret),
                  REFUSED_KEY_NEEDED);
}

/* Somebody with the rank of an owner is connected. Who made it and was made something else since is
 * none, whatever the room's row says. */
static bool is_ruled(const struct asked *a) {
    for (uint32_t i = 0; i < a->oracle->person_count; i++) {
        const struct person *person = &a->oracle->people[i];
        const struct kept_tie *tie =
            durable_tie(&a->oracle->durable, person->number, a->room->number);
        bool kept = tie && (!tie->guest || tie->role != ROLE_NONE);
        bool owns = kept ? tie->role == ROLE_OWNER : a->room->owner == person->number;
        if (person->sessions > 0 && owns) return true;
    }
    return false;
}

/* Slow mode: her last message in this room, as long as she has been in it; who comes waits too. */
static void spoken_lately(const struct asked *a) {
    const struct oracle *oracle = a->oracle;
    uint32_t row = (uint32_t)(a->room - oracle->rooms), entered = UINT32_MAX;
    int64_t entered_ms = INT64_MAX / 2;
    for (uint32_t i = 0; i < a->seat->room_count; i++)
        if (a->seat->rooms[i] == row) {
            entered = a->seat->entered[i];
            entered_ms = a->seat->entered_ms[i];
        }
    int64_t here_ms = oracle->now_ms - entered_ms, slow_ms = (int64_t)a->room->slow_seconds * 1000;
    if (here_ms >= 0 && here_ms < slow_ms) asked_maybe(a, REFUSED_TOO_SOON);
    for (uint32_t i = oracle->said_count; i-- > 0 && a->room->slow_seconds > 0;) {
        const struct said *said = &oracle->said[i];
        if (said->room != row || said->lost) continue;
        if (said->stored != STORED_MESSAGE && said->stored != STORED_EDIT) continue;
        int64_t ago_ms = oracle->now_ms - said->now_ms;
        if (said->author != a->person->number) { /* as the guest that she was */
            bool same = said->marker > 0 && oracle->intents[said->marker].peer == a->seat->peer;
            if (same && ago_ms >= 0 && ago_ms < slow_ms) asked_maybe(a, REFUSED_TOO_SOON);
            continue;
        }
        if (ago_ms < 0 || ago_ms >= slow_ms) return;
        asked_maybe(a, REFUSED_TOO_SOON);
        asked_sure_if(a, i >= entered, REFUSED_TOO_SOON);
        return;
    }
}

static void denied(const struct asked *a, enum standing standing) {
    if (standing == STANDING_BANNED) asked_sure(a, REFUSED_BANNED);
    if (standing == STANDING_MUTED) asked_sure(a, REFUSED_MUTED);
    if (standing == STANDING_STRANGER) asked_sure(a, REFUSED_NOT_IN_ROOM);
    asked_sure(a, REFUSED_NOT_ALLOWED);
}

/* What the table of rights has against it. */
void asked_may(const struct asked *a, enum action action) {
    if (!asked_room_needed(a)) return;
    enum standing standing = rank_of(a->oracle, a->person, a->room);
    bool present = rank_inside(a->oracle, a->person, a->room);
    bool speaks = action == ACTION_SAY || action == ACTION_REACT;
    asked_sure_if(a, speaks && !present, REFUSED_NOT_IN_ROOM);
    switch (rights_allow(action, standing)) {
    case MAY:
    case MAY_IF_OWN:
    case MAY_IF_PUBLIC: break;
    case MAY_IF_OPEN: entry(a); break;
    case MAY_IF_SPOKEN:
        asked_sure_if(a, a->room->flags & ROOM_MODERATED, REFUSED_MODERATED);
        spoken_lately(a);
        break;
    case MAY_IF_UNRULED: asked_sure_if(a, is_ruled(a), REFUSED_NOT_ALLOWED); break;
    case MAY_IF_FREE:
        asked_sure_if(a, a->room->flags & ROOM_INVITE_ONLY, REFUSED_NOT_ALLOWED);
        break;
    case MAY_IF_OUTSIDE: /* nobody opens a room so in this play */
    case MAY_NOT: denied(a, standing); break;
    case ALLOWANCES: break;
    }
}

void asked_store_needed(const struct asked *a, size_t size) {
    asked_sure_if(a, !oracle_fits(a->oracle, size), REFUSED_STORE_FULL);
}

static bool rooms_are_full(const struct oracle *oracle) {
    uint32_t count = 0;
    for (uint32_t i = 0; i < oracle->room_count; i++)
        count += !oracle->rooms[i].gone;
    return count >= WORLD_ROOMS;
}

void asked_room_makes(const struct asked *a) {
    const struct command *c = a->command;
    asked_sure_if(a, c->room.size > ROOM_NAME_SIZE_MAX, REFUSED_ROOM_NAME_TOO_LONG);
    asked_sure_if(a, c->room_key.size == 0, REFUSED_ROOM_NAME_BAD);
    asked_store_needed(a, c->room.size + c->room_key.size + USER_NAME_SIZE_MAX);
    asked_sure_if(a, rooms_are_full(a->oracle), REFUSED_ROOMS_FULL);
}

/* Only phones are called client-<digits>. */
static bool is_phones(struct slice key) {
    uint64_t number;
    return slice_starts(key, slice_of("client-")) &&
           slice_number(slice_from(key, 7), UINT64_MAX, &number);
}

/* Looks like somebody else's name, by the skeleton that is computed once more here. */
bool asked_looks_taken(const struct asked *a) {
    struct oracle *oracle = a->oracle;
    for (uint32_t i = 0; i < oracle->person_count + oracle->durable.account_count; i++) {
        const struct person *person = i < oracle->person_count ? &oracle->people[i] : NULL;
        if (person && (person->sessions == 0 || person == a->person)) continue;
        struct slice name = {0};
        if (person) name = (struct slice){person->name, person->name_size};
        if (!person) {
            const struct kept_account *account =
                &oracle->durable.accounts[i - oracle->person_count];
            if (account->gone) continue;
            name = (struct slice){account->name, account->name_size};
        }
        char memory[NAME_KEY_SIZE_MAX], other[NAME_KEY_SIZE_MAX];
        struct buf skeleton, theirs;
        buf_init(&skeleton, memory, sizeof memory);
        buf_init(&theirs, other, sizeof other);
        if (!name_skeleton(oracle->world->names, &skeleton, a->command->name)) return false;
        if (!name_skeleton(oracle->world->names, &theirs, name)) continue;
        if (slice_equal(buf_slice(&skeleton), buf_slice(&theirs))) return true;
    }
    return false;
}

static void name_takes(const struct asked *a) {
    const struct command *c = a->command;
    const struct person *holder = oracle_person_called(a->oracle, c->name_key);
    const struct kept_account *account = durable_account_called(&a->oracle->durable, c->name_key);
    bool suffixed = c->naming == NAMING_SUFFIX && !slice_equal(c->name_key, slice_of("client"));
    bool hers = account && a->person && account->number == a->person->number;
    if (asked_looks_taken(a)) asked_maybe(a, REFUSED_NAME_LIKE);
    asked_sure_if(a, is_phones(c->name_key), REFUSED_NAME_BAD);
    if (c->naming == NAMING_SUFFIX && account) asked_maybe(a, REFUSED_NAME_TAKEN);
    if (suffixed) return;
    asked_sure_if(a, holder && holder != a->person, REFUSED_NAME_TAKEN);
    asked_sure_if(a, account && !hers && a->oracle->world->limits.names_reserved,
                  REFUSED_NAME_RESERVED);
}

/* An account's name is hers for good, in whatever letters. */
static void on_nick(const struct asked *a) {
    const struct kept_account *own = durable_account(&a->oracle->durable, a->person->number);
    name_takes(a);
    bool same = own && slice_equal(a->command->name_key, (struct slice){own->key, own->key_size});
    asked_sure_if(a, own && !same, REFUSED_NAME_GIVEN);
}

static void phone_takes(const struct asked *a) {
    const struct person *person = oracle_person(a->oracle, (uint32_t)a->command->number);
    if (!person) return;
    for (uint32_t w = 0; w < WORLD_WORKERS; w++)
        for (uint32_t s = 0; s < WORLD_SESSIONS; s++) {
            const struct seat *seat = &a->oracle->seats[w][s];
            if (seat->id.generation == 0 || seat->person == NOBODY) continue;
            if (&a->oracle->people[seat->person] != person) continue;
            bool same = memcmp(seat->address.ip, a->command->address.ip, 16) == 0;
            asked_sure_if(a, !same, REFUSED_ID_TAKEN);
        }
    asked_sure_if(a, person->sessions == USER_SESSIONS_MAX, REFUSED_TOO_MANY_SESSIONS);
}

/* The listener's room, by somebody who is nobody yet: only a name or a network can be banned. */
static void home_entered(const struct asked *a) {
    const struct command *c = a->command;
    struct network network;
    for (uint32_t i = 0; i < a->oracle->durable.restraint_count; i++) {
        const struct kept_restraint *row = &a->oracle->durable.restraints[i];
        struct slice key = {row->key, row->key_size};
        if (row->room != a->room->number || row->kind != RESTRAINT_BAN) continue;
        if (row->until_ms != 0 && row->until_ms <= a->oracle->now_ms) continue;
        if (row->subject == SUBJECT_MASK) {
            bool named = c->naming == NAMING_EXACT && durable_glob(key, c->name_key);
            asked_sure_if(a, named, REFUSED_BANNED);
            if (c->naming != NAMING_EXACT) asked_maybe(a, REFUSED_BANNED);
        } else if (row->subject == SUBJECT_NET && network_parse(key, &network)) {
            asked_sure_if(a, address_in(c->address, network), REFUSED_BANNED);
        }
    }
    if (a->room->flags & (ROOM_PRIVATE | ROOM_INVITE_ONLY)) asked_sure(a, REFUSED_INVITE_NEEDED);
    if (a->room->secret_size > 0) asked_sure(a, REFUSED_KEY_NEEDED);
}

static void on_hello(const struct asked *a) {
    if (a->person) {
        asked_sure(a, REFUSED_NAME_GIVEN);
        return;
    }
    if (a->command->naming == NAMING_PHONE)
        phone_takes(a);
    else if (a->command->naming != NAMING_FRIENDLY)
        name_takes(a);
    if (a->command->room.size > 0 && !a->room && !a->unseen) asked_room_makes(a);
    if (a->room) home_entered(a);
    asked_sure_if(a, (a->command->flags & COMMAND_OWN) && rooms_are_full(a->oracle),
                  REFUSED_ROOMS_FULL);
    if (!a->unseen) return;
    asked_sure(a, REFUSED_ROOM_UNKNOWN);
    asked_maybe(a, REFUSED_BANNED);
}

static void on_say(const struct asked *a) {
    const struct command *c = a->command;
    asked_sure_if(a, c->text.size == 0, REFUSED_TEXT_EMPTY);
    asked_sure_if(a, c->text.size > a->oracle->world->limits.text_size, REFUSED_TEXT_TOO_LONG);
    asked_may(a, ACTION_SAY);
    if (!a->room) return;
    asked_sure_if(a, !a->inside, REFUSED_NOT_IN_ROOM);
    asked_sure_if(a, c->target > a->room->seq, REFUSED_MESSAGE_UNKNOWN);
    if (c->client_id.size > 0 && a->seat->peer == NOBODY) {
        asked_sure_if(a, a->oracle->expected_of_id != REFUSED_NOT, a->oracle->expected_of_id);
        if (a->oracle->expected_again) return; /* nothing is stored: no room is needed */
    }
    if (!a->room->own)
        asked_store_needed(a, c->text.size + c->client_id.size + a->person->name_size);
}

static void on_topic(const struct asked *a) {
    const struct command *c = a->command;
    if (!asked_room_needed(a)) return;
    if (!(c->flags & COMMAND_SETS)) {
        asked_may(a, ACTION_SEE);
        return;
    }
    asked_may(a, ACTION_SET_TOPIC);
    asked_sure_if(a, c->text.size > a->oracle->world->limits.topic_size, REFUSED_TOPIC_TOO_LONG);
    asked_store_needed(a, c->text.size + a->person->name_size);
}

static void on_join(const struct asked *a) {
    const struct command *c = a->command;
    const struct chat_room *room = a->room && a->room->own && !a->inside ? NULL : a->room;
    if (room) {
        if (!a->inside) asked_may(a, ACTION_ENTER);
        return;
    }
    asked_sure_if(a, a->unseen, REFUSED_ROOM_UNKNOWN);
    if (a->unseen) return;
    asked_sure_if(a, c->room.size == 0 && c->room_id.v == 0, REFUSED_ROOM_NAME_EMPTY);
    asked_sure_if(a, c->room_key.size == 0 || (c->flags & COMMAND_EXISTS), REFUSED_ROOM_UNKNOWN);
    if (!a->reasons->sure) asked_room_makes(a);
}

static void on_leave(const struct asked *a) {
    if (!asked_room_needed(a)) return;
    asked_sure_if(a, !a->inside, REFUSED_NOT_IN_ROOM);
    asked_sure_if(a, a->room->own, REFUSED_NOT_ALLOWED);
}

/* Whom the command names; NULL: nobody of that name is connected or has an account. */
const struct person *asked_whom(const struct asked *a, uint32_t *number) {
    const struct person *person = oracle_person_called(a->oracle, a->command->name_key);
    const struct kept_account *account =
        durable_account_called(&a->oracle->durable, a->command->name_key);
    *number = person ? person->number : account ? account->number : 0;
    return person;
}

/* Nobody acts on somebody above her. */
void asked_rank_needed(const struct asked *a, uint32_t number) {
    struct person absent = {.number = number};
    const struct person *person = oracle_person(a->oracle, number);
    enum standing theirs = rank_of(a->oracle, person ? person : &absent, a->room);
    if (a->person && number == a->person->number) return;
    asked_sure_if(a, theirs > rank_of(a->oracle, a->person, a->room), REFUSED_RANK);
}

/* Who is put out: a guest who runs the room is no more than an operator to its operators. */
static void put_out_needed(const struct asked *a, const struct person *person) {
    enum standing theirs = rank_of(a->oracle, person, a->room);
    bool account = durable_account(&a->oracle->durable, person->number);
    if (theirs == STANDING_OWNER && !account) theirs = STANDING_OPERATOR;
    if (a->person && person->number == a->person->number) return;
    asked_sure_if(a, theirs > rank_of(a->oracle, a->person, a->room), REFUSED_RANK);
}

static void on_kick(const struct asked *a) {
    uint32_t number;
    const struct person *person = asked_whom(a, &number);
    asked_may(a, ACTION_KICK);
    if (!a->room) return;
    asked_sure_if(a, !person, REFUSED_PERSON_UNKNOWN);
    if (!person) return;
    asked_sure_if(a, !rank_inside(a->oracle, person, a->room), REFUSED_PERSON_NOT_IN_ROOM);
    put_out_needed(a, person);
}

static void people_known(const struct asked *a) {
    for (uint32_t i = 0; i < a->command->people_count; i++)
        asked_sure_if(a, !oracle_person(a->oracle, a->command->people[i]), REFUSED_PERSON_UNKNOWN);
}

static void on_admit(const struct asked *a) {
    asked_may(a, ACTION_INVITE);
    if (!a->room) return;
    asked_sure_if(a, !a->inside, REFUSED_NOT_IN_ROOM);
    people_known(a);
}

static void on_remove(const struct asked *a) {
    asked_may(a, ACTION_KICK);
    if (!a->room) return;
    people_known(a);
    for (uint32_t i = 0; i < a->command->people_count; i++)
        if (oracle_person(a->oracle, a->command->people[i]))
            put_out_needed(a, oracle_person(a->oracle, a->command->people[i]));
}

static void on_delete(const struct asked *a) {
    asked_may(a, ACTION_DELETE);
    if (!a->room) return;
    asked_sure_if(a, a->room->lobby || a->room->own, REFUSED_NOT_ALLOWED);
    asked_store_needed(a, 0);
}

static void on_create(const struct asked *a) {
    if (a->unseen) /* that it is there is not said */
        asked_sure(a, REFUSED_ROOM_NAME_BAD);
    else if (a->room)
        asked_sure(a, REFUSED_ROOM_EXISTS);
    else
        asked_room_makes(a);
}

static void on_who(const struct asked *a) {
    asked_may(a, ACTION_READ);
}

/* Of her direct rooms, one after the other, nothing is refused. */
static void on_unread(const struct asked *a) {
    if (!(a->command->flags & COMMAND_FULL)) asked_may(a, ACTION_READ);
}

static void on_history(const struct asked *a) {
    asked_may(a, ACTION_READ);
    if (!a->room) return;
    asked_sure_if(a, a->room->own || (a->room->flags & ROOM_NO_HISTORY), REFUSED_HISTORY_OFF);
    if (a->room->own && a->room->direct) asked_sure(a, REFUSED_PERSON_UNKNOWN);
}

static expectation *const expectations[COMMAND_KINDS] = {
    [COMMAND_NICK] = on_nick,
    [COMMAND_JOIN] = on_join,
    [COMMAND_CREATE] = on_create,
    [COMMAND_LEAVE] = on_leave,
    [COMMAND_SAY] = on_say,
    [COMMAND_TOPIC] = on_topic,
    [COMMAND_WHO] = on_who,
    [COMMAND_HISTORY] = on_history,
    [COMMAND_ADMIT] = on_admit,
    [COMMAND_REMOVE] = on_remove,
    [COMMAND_KICK] = on_kick,
    [COMMAND_DELETE] = on_delete,
    [COMMAND_MODE] = expect_mode,
    [COMMAND_RENAME] = expect_rename,
    [COMMAND_INVITE] = expect_invite,
    [COMMAND_ROLE] = expect_role,
    [COMMAND_BAN] = expect_ban,
    [COMMAND_MUTE] = expect_mute,
    [COMMAND_RESTRAINTS] = expect_lists,
    [COMMAND_AUDIT] = expect_lists,
    [COMMAND_EDIT] = expect_edit,
    [COMMAND_RETRACT] = expect_retract,
    [COMMAND_REACT] = expect_react,
    [COMMAND_READ] = expect_read,
    [COMMAND_RESUME] = expect_resume,
    [COMMAND_UNREAD] = on_unread,
    [COMMAND_SEARCH] = expect_search,
    [COMMAND_TELL] = expect_tell,
    [COMMAND_REGISTER] = expect_register,
    [COMMAND_PASSWORD] = expect_password,
    [COMMAND_UNREGISTER] = expect_unregister,
    [COMMAND_LOGOUT] = expect_of_account,
    [COMMAND_TOKEN] = expect_of_account,
    [COMMAND_OPER] = expect_oper,
};

/* Not yet there: may be refused in any way. */
static bool is_unbuilt(enum command_kind kind) {
    return kind >= COMMAND_MODE && kind <= COMMAND_AUDIT;
}

/* Somebody's private channel is called by her address, which is no secret. */
static void maybe_own(const struct asked *a) {
    if (!a->unseen->own) return;
    asked_maybe(a, REFUSED_NOT_IN_ROOM);
    asked_maybe(a, REFUSED_NOT_ALLOWED);
    asked_maybe(a, REFUSED_HISTORY_OFF);
}

void oracle_expect(struct oracle *oracle, const struct command *command, struct reasons *reasons) {
    struct asked a = {.oracle = oracle, .command = command, .reasons = reasons};
    a.seat = oracle_seat(oracle, command->session);
    check(a.seat != NULL);
    *reasons = (struct reasons){0};
    if (a.seat->closed) return; /* not heard any more */
    if (a.seat->person != NOBODY) a.person = &oracle->people[a.seat->person];
    a.room = is_direct(command) ? direct_meant(&a) : room_meant(oracle, command);
    asked_whom(&a, &oracle->meant_person);
    oracle->meant_room = a.room ? (uint32_t)(a.room - oracle->rooms) : NOBODY;
    if (a.room && !rank_sees(oracle, a.person, a.room)) {
        a.unseen = a.room;
        a.room = NULL;
        maybe_own(&a);
    }
    a.inside = a.room && oracle_inside(oracle, a.seat, a.room);
    bool anybody = command->kind == COMMAND_HELP || command->kind == COMMAND_PING ||
                   command->kind == COMMAND_BYE;
    if (command->kind == COMMAND_WRONG) {
        asked_sure(&a, (enum refusal)command->refusal);
    } else if (command->kind == COMMAND_HELLO) {
        on_hello(&a);
    } else if (command->kind == COMMAND_LOGIN) {
        expect_login(&a);
    } else if (!a.person) {
        asked_sure_if(&a, !anybody, REFUSED_NAME_NEEDED);
    } else if (expectations[command->kind]) {
        expectations[command->kind](&a);
    }
    if (is_unbuilt(command->kind)) asked_maybe(&a, REFUSED_NOT_ALLOWED);
}
