/* promise.c: what a command that was not refused must have done by now, and what a step may record
 * at all. What is about a guest is recorded nowhere: the lists take it from the command. */
#include "base/check.h"
#include "sim/inside.h"

struct done {
    struct oracle *oracle;
    const struct command *command;
    struct chat_room *room; /* NULL: none is meant */
    uint32_t person;        /* number of whom the command names; 0: nobody */
    bool account;           /* she has one */
};

static void broken(const struct done *d, const char *what) {
    oracle_fail(d->oracle, "command %d was not refused, but %s", (int)d->command->kind, what);
}

static void done_mode(const struct done *d) {
    const struct chat_room *room = d->room;
    uint64_t number = d->command->number, is = 0;
    struct slice secret = {room->secret, room->secret_size};
    switch ((enum room_setting)d->command->setting) {
    case SETTING_PRIVATE: is = (room->flags & ROOM_PRIVATE) != 0; break;
    case SETTING_INVITE_ONLY: is = (room->flags & ROOM_INVITE_ONLY) != 0; break;
    case SETTING_MODERATED: is = (room->flags & ROOM_MODERATED) != 0; break;
    case SETTING_SECRET: is = (room->flags & ROOM_SECRET) != 0; break;
    case SETTING_TOPIC_FREE: is = (room->flags & ROOM_TOPIC_FREE) != 0; break;
    case SETTING_OUTSIDE: is = (room->flags & ROOM_OUTSIDE) != 0; break;
    case SETTING_NO_CTCP: is = (room->flags & ROOM_NO_CTCP) != 0; break;
    case SETTING_KNOWN_SPEAK: is = (room->flags & ROOM_KNOWN_SPEAK) != 0; break;
    case SETTING_KNOWN_ENTER: is = (room->flags & ROOM_KNOWN_ENTER) != 0; break;
    case SETTING_HISTORY: is = (room->flags & ROOM_NO_HISTORY) == 0; break;
    case SETTING_SLOW: is = room->slow_seconds; break;
    case SETTING_RETENTION_DAYS: is = room->retention_days; break;
    case SETTING_RETENTION_COUNT: is = room->retention_count; break;
    case SETTING_KEY:
        if (!slice_equal(secret, d->command->text)) broken(d, "the room has another key");
        return;
    case SETTING_OP_MODERATED:
    case SETTING_AUDITORIUM:
    case SETTING_FORWARD:
    case SETTING_LIMIT: /* nobody sets one in this play */
    case ROOM_SETTINGS: return;
    }
    if (is != number) broken(d, "the room is not set so");
}

static void done_rename(const struct done *d) {
    if (!slice_equal((struct slice){d->room->key, d->room->key_size}, d->command->name_key))
        broken(d, "the room is not called so");
}

static void done_role(const struct done *d) {
    struct kept_tie *tie = durable_tie_make(&d->oracle->durable, d->person, d->room->number);
    if (!d->account) {
        tie->guest = true;
        tie->role = (uint8_t)d->command->number;
        if (d->room->owner == d->person && tie->role != ROLE_OWNER) d->room->owner = 0;
    } else if (tie->role != d->command->number) {
        broken(d, "she has another role");
    }
}

static bool same_network(struct slice a, struct slice b) {
    struct network one, two;
    return network_parse(a, &one) && network_parse(b, &two) && one.prefix_bits == two.prefix_bits &&
           memcmp(one.ip, two.ip, sizeof one.ip) == 0;
}

static bool is_about(const struct done *d, const struct kept_restraint *row, enum restraint kind) {
    if (row->room != d->room->number || row->kind != kind) return false;
    if (d->person > 0 && row->person == d->person) return true;
    struct slice key = {row->key, row->key_size};
    if (row->subject == SUBJECT_NET && same_network(key, d->command->name)) return true;
    bool by_name = row->subject == SUBJECT_MASK || row->subject == SUBJECT_NET;
    return by_name && slice_equal((struct slice){row->key, row->key_size}, d->command->name_key);
}

static struct kept_restraint *restraint_on(const struct done *d, enum restraint kind) {
    for (uint32_t i = 0; i < d->oracle->durable.restraint_count; i++)
        if (is_about(d, &d->oracle->durable.restraints[i], kind))
            return &d->oracle->durable.restraints[i];
    return NULL;
}

/* Of a guest, written down nowhere. */
static void lift_guests(const struct done *d, enum restraint kind) {
    struct durable *durable = &d->oracle->durable;
    for (uint32_t i = 0; i < durable->restraint_count;)
        if (durable->restraints[i].number == 0 && is_about(d, &durable->restraints[i], kind))
            durable_unrestrain(durable, i);
        else
            i++;
}

static void lift(const struct done *d, enum restraint kind) {
    lift_guests(d, kind);
    if (restraint_on(d, kind)) broken(d, "it still holds");
}

/* A guest is banned as herself, and whoever bears her name later. */
static void restrain(const struct done *d, enum restraint kind, uint64_t minutes) {
    int64_t until_ms = minutes == 0 ? 0 : d->oracle->now_ms + (int64_t)minutes * 60000;
    bool guest = d->person > 0 && !d->account;
    lift_guests(d, kind);
    const struct kept_restraint *kept = restraint_on(d, kind);
    if (!kept && (!guest || kind == RESTRAINT_BAN))
        broken(d, "nothing of it was recorded");
    else if (kept && kept->until_ms != until_ms)
        broken(d, "it ends at another time");
    if (!guest) return;
    struct kept_restraint *row = durable_restrain(&d->oracle->durable, d->room->number, 0);
    row->kind = (uint8_t)kind;
    row->subject = SUBJECT_GUEST;
    row->person = d->person;
    row->until_ms = until_ms;
}

/* Who is put out is out. */
static void is_out(const struct done *d) {
    const struct person *person = oracle_person(d->oracle, d->person);
    if (person && rank_inside(d->oracle, person, d->room)) broken(d, "she is still there");
}

static void done_ban(const struct done *d) {
    if (!(d->command->flags & COMMAND_SETS)) {
        lift(d, RESTRAINT_BAN);
        return;
    }
    restrain(d, RESTRAINT_BAN, d->command->number);
    is_out(d);
}

static void done_mute(const struct done *d) {
    if (d->command->flags & COMMAND_SETS)
        restrain(d, RESTRAINT_MUTE, d->command->number);
    else
        lift(d, RESTRAINT_MUTE);
}

static void done_invite(const struct done *d) {
    const struct person *person = oracle_person(d->oracle, d->person);
    const struct person absent = {.number = d->person};
    bool inside = person && rank_inside(d->oracle, person, d->room);
    bool closed = (d->room->flags & (ROOM_PRIVATE | ROOM_INVITE_ONLY)) || d->room->secret_size > 0;
    if (person) closed |= rank_of(d->oracle, person, d->room) == STANDING_BANNED;
    /* where everybody may come in it is no more than a hint */
    if (closed && !inside && !rank_invited(d->oracle, person ? person : &absent, d->room))
        restrain(d, RESTRAINT_INVITE, 0);
}

static void done_kick(const struct done *d) {
    is_out(d);
}

static const struct said *last_of(const struct done *d) {
    const struct oracle *oracle = d->oracle;
    const struct said *said = oracle->said_count > 0 ? &oracle->said[oracle->said_count - 1] : NULL;
    bool same = said && said->room == oracle_row(oracle, d->room) && said->seq == d->room->seq;
    return same ? said : NULL;
}

static void is_stored(const struct done *d, enum stored stored) {
    const struct said *said = last_of(d);
    bool same = said && said->stored == stored && said->now_ms == d->oracle->now_ms &&
                said->target == d->command->target;
    struct slice text = d->command->text;
    if (!same || (stored != STORED_REMOVAL &&
                  !slice_equal(text, (struct slice){said->text, said->text_size})))
        broken(d, "nothing like it was stored");
}

static void done_say(const struct done *d) {
    bool again = d->command->client_id.size > 0 && d->oracle->expected_again;
    if (!again) is_stored(d, STORED_MESSAGE);
}

static void done_edit(const struct done *d) {
    if (d->command->flags & COMMAND_FOUND) is_stored(d, STORED_EDIT);
}

static void done_retract(const struct done *d) {
    if (d->command->flags & COMMAND_FOUND) is_stored(d, STORED_REMOVAL);
}

static void done_read(const struct done *d) {
    const struct seat *seat = oracle_seat(d->oracle, d->command->session);
    if (seat->person == NOBODY) return;
    uint32_t number = d->oracle->people[seat->person].number;
    const struct kept_tie *tie = durable_tie(&d->oracle->durable, number, d->room->number);
    uint64_t target = d->command->target > 0 ? d->command->target : d->room->seq;
    if (!durable_account(&d->oracle->durable, number) || target > d->room->seq) return;
    if (target > 0 && (!tie || tie->read < target)) broken(d, "she has not read so far");
}

static void done_delete(const struct done *d) {
    if (!d->room->gone) broken(d, "the room is there");
}

static void (*const promises[COMMAND_KINDS])(const struct done *d) = {
    [COMMAND_MODE] = done_mode, [COMMAND_RENAME] = done_rename,
    [COMMAND_ROLE] = done_role, [COMMAND_BAN] = done_ban,
    [COMMAND_MUTE] = done_mute, [COMMAND_INVITE] = done_invite,
    [COMMAND_KICK] = done_kick, [COMMAND_SAY] = done_say,
    [COMMAND_EDIT] = done_edit, [COMMAND_RETRACT] = done_retract,
    [COMMAND_READ] = done_read, [COMMAND_DELETE] = done_delete,
};

void oracle_promised(struct oracle *oracle, const struct command *command, uint32_t room,
                     uint32_t person) {
    struct done d = {.oracle = oracle, .command = command, .person = person};
    if (room != NOBODY) d.room = &oracle->rooms[room];
    d.account = durable_account(&oracle->durable, person);
    if (d.room && promises[command->kind]) promises[command->kind](&d);
}

/* Which commands may record this; the rest of the records have their own reasons. */
static bool is_due(const struct record *record, enum command_kind kind) {
    switch ((int)record->kind) {
    case RECORD_RESTRAINT:
        return kind == COMMAND_BAN || kind == COMMAND_MUTE || kind == COMMAND_INVITE ||
               kind == COMMAND_REGISTER;
    case RECORD_PURGE: return kind == COMMAND_BAN;
    case RECORD_DELETED: return kind == COMMAND_DELETE || (record->flags & ROOM_PASSING);
    case RECORD_TOPIC: return kind == COMMAND_TOPIC;
    case RECORD_ACCOUNT_GONE: return kind == COMMAND_UNREGISTER || kind == COMMAND_USER_DELETE;
    default: break;
    }
    return true;
}

static bool is_stored_by(enum stored stored, enum command_kind kind) {
    switch (stored) {
    case STORED_MESSAGE: return kind == COMMAND_SAY || kind == COMMAND_TELL;
    case STORED_TOPIC: return kind == COMMAND_TOPIC;
    case STORED_EDIT: return kind == COMMAND_EDIT;
    case STORED_REMOVAL: return kind == COMMAND_RETRACT || kind == COMMAND_BAN;
    case STORED_REACTION:
    case STORED_UNREACTION: return kind == COMMAND_REACT;
    case STORED_MODE: return kind == COMMAND_MODE;
    case STORED_ROLE: return kind == COMMAND_ROLE;
    case STORED_KICK: return kind == COMMAND_KICK || kind == COMMAND_BAN || kind == COMMAND_REMOVE;
    case STORED_RESTRAINT:
        return kind == COMMAND_BAN || kind == COMMAND_MUTE || kind == COMMAND_INVITE;
    case STORED_RENAME: return kind == COMMAND_RENAME;
    case STORED_TAGS: return kind == COMMAND_TAG;
    case STORED_KINDS:
    case STORED_NOTHING: break;
    }
    return false;
}

void oracle_may_record(struct oracle *oracle, const struct record *record, enum command_kind kind) {
    bool event = record->kind == RECORD_MESSAGE;
    if (!is_due(record, kind) || (event && !is_stored_by((enum stored)record->stored, kind)))
        oracle_fail(oracle, "command %d records %d (%d)", (int)kind, (int)record->kind,
                    (int)record->stored);
    if (oracle->credit < INT64_MAX && record->cost > oracle->credit + oracle->credit_cost)
        oracle_fail(oracle, "a record %d that the disk may not hold", (int)record->kind);
}
