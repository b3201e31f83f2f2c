/* oracle.c: the lists, and how the hub's effects change them. */
#include "sim/oracle.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/check.h"

/* One more row at the end of a list. */
static void *grow(void *rows, uint32_t count, uint32_t *cap, size_t size) {
    if (count < *cap) return rows;
    *cap = *cap * 2 + 64;
    rows = realloc(rows, *cap * size);
    check(rows != NULL);
    return rows;
}

void oracle_init(struct oracle *oracle, struct world *world) {
    *oracle = (struct oracle){.world = world, .credit = INT64_MAX};
}

void oracle_deinit(struct oracle *oracle) {
    for (uint32_t i = 0; i < oracle->said_count; i++)
        free(oracle->said[i].text);
    for (uint32_t i = 0; i < oracle->ledger_count; i++)
        free(oracle->ledgers[i].dues);
    free(oracle->said);
    free(oracle->rooms);
    free(oracle->people);
    free(oracle->ledgers);
    free(oracle->intents);
    durable_deinit(&oracle->durable);
}

bool oracle_fail(struct oracle *oracle, const char *format, ...) {
    va_list arguments;
    if (oracle->failed) return false;
    oracle->failed = true;
    va_start(arguments, format);
    (void)vsnprintf(oracle->fault, sizeof oracle->fault, format, arguments);
    va_end(arguments);
    return false;
}

/* Finding. */

struct seat *oracle_seat(struct oracle *oracle, struct session_id id) {
    struct seat *seat = &oracle->seats[id.worker][id.slot];
    return session_same(seat->id, id) ? seat : NULL;
}

struct chat_room *oracle_room(struct oracle *oracle, uint32_t number) {
    for (uint32_t i = oracle->room_count; i-- > 0;)
        if (oracle->rooms[i].number == number && !oracle->rooms[i].gone) return &oracle->rooms[i];
    return NULL;
}

static uint32_t row_of(const struct oracle *oracle, const struct chat_room *room) {
    return (uint32_t)(room - oracle->rooms);
}

bool oracle_inside(const struct oracle *oracle, const struct seat *seat,
                   const struct chat_room *room) {
    for (uint32_t i = 0; i < seat->room_count; i++)
        if (seat->rooms[i] == row_of(oracle, room)) return true;
    return false;
}

struct person *oracle_person(struct oracle *oracle, uint32_t number) {
    for (uint32_t i = 0; i < oracle->person_count; i++)
        if (oracle->people[i].number == number && oracle->people[i].sessions > 0)
            return &oracle->people[i];
    return NULL;
}

struct person *oracle_person_called(struct oracle *oracle, struct slice key) {
    for (uint32_t i = 0; i < oracle->person_count; i++) {
        struct person *person = &oracle->people[i];
        if (person->sessions > 0 && slice_equal(key, (struct slice){person->key, person->key_size}))
            return person;
    }
    return NULL;
}

bool oracle_removed(const struct oracle *oracle, const struct said *said) {
    for (uint32_t i = 0; i < oracle->said_count; i++) {
        const struct said *other = &oracle->said[i];
        if (other->stored == STORED_REMOVAL && !other->lost && other->room == said->room &&
            other->target == said->seq)
            return true;
    }
    return false;
}

uint64_t marker_in(struct slice text) {
    while (text.size > 0) {
        slice_until(&text, '~');
        struct slice rest = text, digits = slice_until(&rest, '~');
        uint64_t number;
        if (digits.size < text.size && slice_number(digits, UINT32_MAX, &number)) return number;
    }
    return 0;
}

/* What people do, before the hub knows of it. */

void oracle_came(struct oracle *oracle, struct session_id id, uint32_t peer,
                 struct address address) {
    oracle->seats[id.worker][id.slot] =
        (struct seat){.id = id, .peer = peer, .person = NOBODY, .address = address};
    if (peer == NOBODY) return;
    check(peer == oracle->ledger_count);
    oracle->ledgers = realloc(oracle->ledgers, (peer + 1) * sizeof *oracle->ledgers);
    check(oracle->ledgers != NULL);
    oracle->ledgers[oracle->ledger_count++] = (struct ledger){0};
}

uint64_t oracle_marker(struct oracle *oracle) {
    if (oracle->intent_count + 1 >= oracle->intent_cap) {
        oracle->intent_cap = oracle->intent_cap * 2 + 256;
        oracle->intents = realloc(oracle->intents, oracle->intent_cap * sizeof *oracle->intents);
        check(oracle->intents != NULL);
    }
    oracle->intents[++oracle->intent_count] = (struct intent){.peer = NOBODY};
    return oracle->intent_count;
}

void oracle_intend(struct oracle *oracle, uint64_t marker, uint32_t peer, struct slice text,
                   bool sure) {
    oracle->intents[marker] =
        (struct intent){.peer = peer, .hash = slice_hash(text, 0), .sure = sure};
}

void oracle_before(struct oracle *oracle, const struct hub_input *input) {
    oracle->expected = (struct reasons){0};
    oracle->now_ms = input->now_ms;
    if (input->kind == INPUT_CREDIT) {
        oracle->credit = input->credit;
        oracle->credit_cost = input->credit_cost;
    }
    if (input->kind != INPUT_COMMAND) return;
    const struct command *command = input->command;
    struct seat *seat = oracle_seat(oracle, command->session);
    if (!seat) {
        oracle_fail(oracle, "a command of a session that is not there");
        return;
    }
    oracle_expect(oracle, command, &oracle->expected);
    if (command->kind == COMMAND_HELLO) {
        seat->dialect = command->dialect;
        seat->address = command->address;
    }
    uint64_t marker = command->kind == COMMAND_SAY ? marker_in(command->text) : 0;
    if (marker == 0) return;
    struct intent *intent = &oracle->intents[marker];
    if (marker > oracle->intent_count || intent->peer != seat->peer)
        oracle_fail(oracle, "message %u is not of who says it", (unsigned)marker);
    else if (intent->hash != slice_hash(command->text, 0))
        oracle_fail(oracle, "message %u became '%.*s'", (unsigned)marker, (int)command->text.size,
                    command->text.at);
    else if (intent->heard && !intent->again)
        oracle_fail(oracle, "message %u was heard twice", (unsigned)marker);
    intent->heard = true;
}

/* What the hub made of it. */

static struct chat_room *room_add(struct oracle *oracle, uint32_t number, uint64_t hex,
                                  struct slice name, struct slice key) {
    oracle->rooms =
        grow(oracle->rooms, oracle->room_count, &oracle->room_cap, sizeof *oracle->rooms);
    struct chat_room *room = &oracle->rooms[oracle->room_count++];
    *room = (struct chat_room){.number = number,
                               .hex = hex,
                               .gone_record = UINT64_MAX,
                               .name_size = (uint8_t)name.size,
                               .key_size = (uint8_t)key.size};
    memcpy(room->name, name.at, name.size);
    memcpy(room->key, key.at, key.size);
    return room;
}

static void seat_drop(struct seat *seat, uint32_t at) {
    seat->rooms[at] = seat->rooms[--seat->room_count];
    seat->entered[at] = seat->entered[seat->room_count];
}

static void room_empty(struct oracle *oracle, uint32_t row) {
    for (uint32_t w = 0; w <= WORLD_WORKERS; w++)
        for (uint32_t s = 0; s < WORLD_SESSIONS; s++) {
            struct seat *seat = &oracle->seats[w][s];
            for (uint32_t i = 0; i < seat->room_count;)
                if (seat->rooms[i] == row)
                    seat_drop(seat, i);
                else
                    i++;
        }
}

static void seat_exit(struct oracle *oracle, struct seat *seat, uint32_t row) {
    uint32_t i = 0;
    while (i < seat->room_count && seat->rooms[i] != row)
        i++;
    if (i == seat->room_count) {
        oracle_fail(oracle, "left a room that she was not in");
        return;
    }
    seat_drop(seat, i);
    if (oracle->rooms[row].own) oracle->rooms[row].gone = true;
}

static struct said *said_add(struct oracle *oracle, struct chat_room *room, uint64_t seq,
                             struct slice text) {
    oracle->said = grow(oracle->said, oracle->said_count, &oracle->said_cap, sizeof *oracle->said);
    struct said *said = &oracle->said[oracle->said_count++];
    *said = (struct said){.room = row_of(oracle, room),
                          .seq = seq,
                          .text_size = text.size,
                          .now_ms = oracle->now_ms,
                          .person = NOBODY};
    said->text = malloc(text.size + 1);
    check(said->text != NULL);
    memcpy(said->text, text.at, text.size);
    if (seq != room->seq + 1)
        oracle_fail(oracle, "room %u went from %u to %u", room->number, (unsigned)room->seq,
                    (unsigned)seq);
    room->seq = seq;
    return said;
}

static void said_mark(struct oracle *oracle, struct said *said) {
    said->marker = marker_in((struct slice){said->text, said->text_size});
    oracle->messages++;
    if (said->marker == 0 || said->marker > oracle->intent_count) {
        oracle_fail(oracle, "'%.*s' was said by nobody", (int)said->text_size, said->text);
        return;
    }
    struct intent *intent = &oracle->intents[said->marker];
    if (intent->said) oracle_fail(oracle, "message %u is stored twice", (unsigned)said->marker);
    intent->said = true;
}

/* The room's row as a record has it. */
static void room_set(struct chat_room *room, const struct record *record) {
    room->flags = record->flags;
    room->epoch = record->epoch;
    room->lobby = record->flags & ROOM_LOBBY;
    room->slow_seconds = record->slow_seconds;
    room->retention_days = record->retention_days;
    room->retention_count = record->retention_count;
    room->name_size = (uint8_t)record->name.size;
    room->key_size = (uint8_t)record->key.size;
    room->secret_size = (uint8_t)record->secret.size;
    memcpy(room->name, record->name.at, record->name.size);
    memcpy(room->key, record->key.at, record->key.size);
    if (record->secret.size > 0) memcpy(room->secret, record->secret.at, record->secret.size);
}

static void on_room(struct oracle *oracle, const struct record *record, uint64_t number) {
    struct chat_room *room = oracle_room(oracle, record->room.v);
    if (!room) {
        room = room_add(oracle, record->room.v, record->hex, record->name, record->key);
        room->owner = record->author.v;
        room->record = number;
    }
    room_set(room, record);
}

static void on_record(struct oracle *oracle, const struct seat *seat, const struct record *record,
                      uint64_t number) {
    struct chat_room *room = oracle_room(oracle, record->room.v);
    oracle->cost = record->cost;
    durable_apply(&oracle->durable, record);
    if (record->kind == RECORD_COUNTERS) return;
    if (record->kind == RECORD_ROOM) {
        on_room(oracle, record, number);
    } else if (!room) {
        oracle_fail(oracle, "a record of room %u, which is not there", record->room.v);
    } else if (record->kind == RECORD_DELETED) {
        room->gone_record = number;
    } else if (!seat || seat->person == NOBODY) {
        oracle_fail(oracle, "a message of nobody");
    } else {
        struct said *said = said_add(oracle, room, record->seq, record->text);
        said->record = number;
        said->speech = record->speech;
        said->author = record->author.v;
        said->time_ms = record->time_ms;
        said->name_size = (uint8_t)record->author_name.size;
        memcpy(said->name, record->author_name.at, record->author_name.size);
        if (record->kind == RECORD_MESSAGE) said_mark(oracle, said);
        const struct person *person = &oracle->people[seat->person];
        if (!slice_equal(record->author_name, (struct slice){person->name, person->name_size}))
            oracle_fail(oracle, "%.*s spoke as %.*s", (int)person->name_size, person->name,
                        (int)record->author_name.size, record->author_name.at);
    }
}

static void due_add(struct ledger *ledger, uint32_t said, bool past) {
    ledger->dues = grow(ledger->dues, ledger->count, &ledger->cap, sizeof *ledger->dues);
    ledger->dues[ledger->count++] = (struct due){.said = said, .past = past};
}

static void on_said(struct oracle *oracle, const struct seat *seat, const struct event *event) {
    struct chat_room *room = oracle_room(oracle, event->room.v);
    if (!room || !seat) {
        oracle_fail(oracle, "something was said by nobody or nowhere");
        return;
    }
    if (room->own) {
        struct said *said = said_add(oracle, room, event->seq, event->text);
        said->author = event->author.v;
        said->name_size = (uint8_t)event->author_name.size;
        memcpy(said->name, event->author_name.at, event->author_name.size);
        said_mark(oracle, said);
    }
    uint32_t row = oracle->said_count - 1;
    struct said *said = &oracle->said[row];
    said->dialect = seat->dialect;
    said->address = seat->address;
    if (said->seq != event->seq || said->room != row_of(oracle, room))
        oracle_fail(oracle, "room %u is told %u, which was not recorded", event->room.v,
                    (unsigned)event->seq);
    for (uint32_t w = 0; w < WORLD_WORKERS; w++)
        for (uint32_t s = 0; s < WORLD_SESSIONS; s++) {
            struct seat *other = &oracle->seats[w][s];
            if (other->id.generation == 0 || !oracle_inside(oracle, other, room)) continue;
            if (other == seat && seat->dialect == DIALECT_LINE) continue;
            due_add(&oracle->ledgers[other->peer], row, false);
        }
}

/* The page that she must get: the last `count` messages that had a number when she asked. */
static void on_query(struct oracle *oracle, const struct seat *seat, const struct event *event) {
    struct chat_room *room = oracle_room(oracle, event->room.v);
    if (!room || event->seq != room->seq) {
        oracle_fail(oracle, "a page of room %u up to %u", event->room.v, (unsigned)event->seq);
        return;
    }
    uint32_t first = oracle->said_count, left = event->count;
    uint64_t last = event->before > 0 ? event->before - 1 : event->seq;
    for (uint32_t i = oracle->said_count; i-- > 0 && left > 0;) {
        const struct said *said = &oracle->said[i];
        if (said->room != row_of(oracle, room) || said->lost) continue;
        if (said->marker == 0 || said->seq > last) continue;
        first = i;
        left--;
    }
    for (uint32_t i = first; i < oracle->said_count; i++) {
        const struct said *said = &oracle->said[i];
        if (said->room != row_of(oracle, room) || said->lost) continue;
        if (said->marker != 0 && said->seq <= last && seat->peer != NOBODY)
            due_add(&oracle->ledgers[seat->peer], i, true);
    }
}

static void on_welcome(struct oracle *oracle, struct seat *seat, const struct event *event) {
    struct person *person = oracle_person(oracle, event->author.v);
    if (!person) {
        oracle->people =
            grow(oracle->people, oracle->person_count, &oracle->person_cap, sizeof *oracle->people);
        person = &oracle->people[oracle->person_count++];
        *person = (struct person){.number = event->author.v};
    }
    struct buf key;
    buf_init(&key, person->key, sizeof person->key);
    check(name_key(&key, event->author_name));
    person->key_size = (uint8_t)key.size;
    person->name_size = (uint8_t)event->author_name.size;
    memcpy(person->name, event->author_name.at, event->author_name.size);
    person->sessions++;
    seat->person = (uint32_t)(person - oracle->people);
}

static void on_bye(struct oracle *oracle, struct seat *seat) {
    while (seat->room_count > 0)
        seat_exit(oracle, seat, seat->rooms[0]);
    if (seat->peer != NOBODY) oracle->ledgers[seat->peer].left = true;
    if (seat->person != NOBODY) {
        struct person *person = &oracle->people[seat->person];
        person->sessions--;
        for (uint32_t i = 0; i < oracle->room_count && person->sessions == 0; i++)
            if (oracle->rooms[i].owner == person->number) oracle->rooms[i].owner = 0;
    }
    seat->person = NOBODY;
    seat->id.generation = 0;
}

static void on_entered(struct oracle *oracle, struct seat *seat, const struct event *event) {
    struct chat_room *room = oracle_room(oracle, event->room.v);
    if (event->flags & EVENT_AGAIN) return;
    if (!room && (event->flags & EVENT_OWN_ROOM)) {
        room = room_add(oracle, event->room.v, event->hex, event->room_name, event->room_name);
        room->own = true;
    }
    if (!room || oracle_inside(oracle, seat, room) || seat->room_count == SEAT_ROOMS_MAX)
        oracle_fail(oracle, "entered room %u, which cannot be", event->room.v);
    else {
        seat->entered[seat->room_count] = oracle->said_count;
        seat->rooms[seat->room_count++] = row_of(oracle, room);
    }
}

static void on_reply(struct oracle *oracle, const struct effect *effect) {
    const struct event *event = &effect->event;
    struct seat *seat = oracle_seat(oracle, effect->session);
    struct chat_room *room = oracle_room(oracle, event->room.v);
    if (!seat) {
        oracle_fail(oracle, "a reply to a session that is not there");
        return;
    }
    if (event->kind == EVENT_WELCOME) on_welcome(oracle, seat, event);
    if (event->kind == EVENT_ENTERED) on_entered(oracle, seat, event);
    if (event->kind == EVENT_EXITED && room) seat_exit(oracle, seat, row_of(oracle, room));
    if (event->kind == EVENT_QUERY) on_query(oracle, seat, event);
    if (event->kind == EVENT_BYE) on_bye(oracle, seat);
    if ((event->kind == EVENT_REFUSED || event->kind == EVENT_CLOSE) && seat->peer != NOBODY)
        oracle->ledgers[seat->peer].refusals++;
}

static void on_renamed(struct oracle *oracle, const struct event *event) {
    struct person *person = oracle_person(oracle, event->author.v);
    struct buf key;
    if (!person) {
        oracle_fail(oracle, "nobody was renamed");
        return;
    }
    buf_init(&key, person->key, sizeof person->key);
    check(name_key(&key, event->other));
    person->key_size = (uint8_t)key.size;
    person->name_size = (uint8_t)event->other.size;
    memcpy(person->name, event->other.at, event->other.size);
}

static void on_publish(struct oracle *oracle, const struct effect *effect) {
    const struct event *event = &effect->event;
    if (event->kind == EVENT_SAID) on_said(oracle, oracle_seat(oracle, event->session), event);
    if (event->kind == EVENT_RENAMED) on_renamed(oracle, event);
    struct chat_room *room = oracle_room(oracle, event->room.v);
    if (event->kind != EVENT_DELETED || !room) return;
    room->gone = true;
    room_empty(oracle, row_of(oracle, room));
}

/* Is it refused where it must be, and for a reason that there is? */
static void judge(struct oracle *oracle, const struct hub_input *input, enum refusal refused) {
    const struct reasons *reasons = &oracle->expected;
    int kind = input->command ? (int)input->command->kind : 0, wanted = 0;
    bool full = refused == REFUSED_STORE_FULL && !oracle_fits(oracle, TOPIC_SIZE_MAX);
    if (reasons->why[refused] != REASON_NONE) return;
    if (full || (refused == REFUSED_NOT && !reasons->sure)) return;
    while (wanted < REFUSALS - 1 && reasons->why[wanted] != REASON_SURE)
        wanted++;
    oracle_fail(oracle, "command %d was refused with %d instead of %d", kind, (int)refused,
                reasons->sure ? wanted : 0);
}

void oracle_after(struct oracle *oracle, const struct hub_input *input,
                  const struct effects *effects) {
    enum refusal refused = REFUSED_NOT;
    uint64_t number = oracle->world->rows.count;
    const struct seat *seat = NULL;
    for (uint32_t i = 0; i < effects->count; i++)
        number -= effects->at[i].kind == EFFECT_RECORD;
    if (input->kind == INPUT_COMMAND) seat = oracle_seat(oracle, input->command->session);
    for (uint32_t i = 0; i < effects->count; i++) {
        const struct effect *effect = &effects->at[i];
        bool reply = effect->kind == EFFECT_REPLY;
        if (effect->kind == EFFECT_RECORD) on_record(oracle, seat, &effect->record, ++number);
        if (reply) on_reply(oracle, effect);
        if (effect->kind == EFFECT_PUBLISH) on_publish(oracle, effect);
        bool refusal = effect->event.kind == EVENT_REFUSED || effect->event.kind == EVENT_CLOSE;
        if (reply && refusal) refused = effect->event.refusal;
        if (reply && effect->event.kind == EVENT_RENAMED) on_renamed(oracle, &effect->event);
    }
    oracle->refusals += refused != REFUSED_NOT;
    judge(oracle, input, refused);
}

void oracle_crashed(struct oracle *oracle) {
    uint64_t flushed = oracle->world->rows.flushed;
    memset(oracle->seats, 0, sizeof oracle->seats);
    for (uint32_t i = 0; i < oracle->person_count; i++)
        oracle->people[i].sessions = 0;
    for (uint32_t i = 0; i < oracle->room_count; i++) {
        struct chat_room *room = &oracle->rooms[i];
        room->owner = 0;
        room->seq = 0;
        room->gone = room->own || room->record > flushed || room->gone_record <= flushed;
        if (room->gone_record > flushed) room->gone_record = UINT64_MAX;
        if (room->gone && room->record > flushed) room->gone_record = 0;
    }
    for (uint32_t i = 0; i < oracle->said_count; i++) {
        struct said *said = &oracle->said[i];
        said->lost |= said->record == 0 || said->record > flushed;
        struct chat_room *room = &oracle->rooms[said->room];
        if (!said->lost && said->seq > room->seq) room->seq = said->seq;
    }
    oracle->cost = oracle->credit_cost = 0;
    oracle->credit = INT64_MAX;
    durable_clear(&oracle->durable);
    for (uint64_t i = 0; i < flushed; i++) {
        const struct record *record = &oracle->world->rows.records[i];
        struct chat_room *room = oracle_room(oracle, record->room.v);
        durable_apply(&oracle->durable, record);
        if (record->kind == RECORD_ROOM && room && room->record <= i + 1) room_set(room, record);
    }
}
