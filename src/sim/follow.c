/* follow.c: how the oracle's lists change with what the hub decided, and what must come of it for
 * each connection. */
#include <stdlib.h>

#include "base/check.h"
#include "sim/inside.h"

/* Rooms. */

static struct chat_room *room_add(struct oracle *oracle, uint32_t number, uint64_t hex) {
    oracle->rooms =
        oracle_grow(oracle->rooms, oracle->room_count, &oracle->room_cap, sizeof *oracle->rooms);
    struct chat_room *room = &oracle->rooms[oracle->room_count++];
    *room = (struct chat_room){.number = number, .hex = hex, .gone_record = UINT64_MAX};
    return room;
}

static void room_call(struct chat_room *room, struct slice name, struct slice key) {
    struct slice old = {room->name, room->name_size};
    if (room->name_size > 0 && !slice_equal(old, name)) {
        uint32_t at = room->earlier_count++ % EARLIER_NAMES;
        memcpy(room->earlier[at].name, old.at, old.size);
        room->earlier[at].size = (uint8_t)old.size;
    }
    check(name.size <= sizeof room->name && key.size <= sizeof room->key);
    room->name_size = (uint8_t)name.size;
    room->key_size = (uint8_t)key.size;
    if (name.size > 0) memcpy(room->name, name.at, name.size);
    if (key.size > 0) memcpy(room->key, key.at, key.size);
}

/* `@7:1073741824`, the numbers of the two. */
static void pair_read(struct chat_room *room, struct slice key) {
    uint64_t number;
    slice_until(&key, '@');
    struct slice first = slice_until(&key, ':');
    if (slice_number(first, UINT32_MAX, &number)) room->pair[0] = (uint32_t)number;
    if (slice_number(key, UINT32_MAX, &number)) room->pair[1] = (uint32_t)number;
}

void oracle_room_set(struct chat_room *room, const struct record *record) {
    room_call(room, record->name, record->key);
    room->flags = record->flags;
    room->epoch = record->epoch;
    room->lobby = record->flags & ROOM_LOBBY;
    room->direct = record->flags & ROOM_DIRECT;
    room->slow_seconds = record->slow_seconds;
    room->retention_days = record->retention_days;
    room->retention_count = record->retention_count;
    check(record->secret.size <= sizeof room->secret);
    room->secret_size = (uint8_t)record->secret.size;
    if (record->secret.size > 0) memcpy(room->secret, record->secret.at, record->secret.size);
    if (room->direct) pair_read(room, record->key);
}

static void on_room(struct oracle *oracle, const struct record *record, uint64_t number) {
    struct chat_room *room = oracle_room(oracle, record->room.v);
    if (!room) {
        room = room_add(oracle, record->room.v, record->hex);
        room->owner = record->flags & ROOM_DIRECT ? 0 : record->author.v;
        room->record = number;
    }
    oracle_room_set(room, record);
    oracle_secret_is(oracle, room, record->name);
}

static void seat_drop(struct seat *seat, uint32_t at) {
    seat->rooms[at] = seat->rooms[--seat->room_count];
    seat->entered[at] = seat->entered[seat->room_count];
    seat->entered_ms[at] = seat->entered_ms[seat->room_count];
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

/* What is said. */

static struct said *said_add(struct oracle *oracle, struct chat_room *room, uint64_t seq,
                             struct slice text) {
    oracle->said =
        oracle_grow(oracle->said, oracle->said_count, &oracle->said_cap, sizeof *oracle->said);
    struct said *said = &oracle->said[oracle->said_count++];
    *said = (struct said){.room = oracle_row(oracle, room),
                          .seq = seq,
                          .text_size = text.size,
                          .now_ms = oracle->now_ms,
                          .person = NOBODY};
    said->text = malloc(text.size + 1);
    check(said->text != NULL);
    if (text.size > 0) memcpy(said->text, text.at, text.size);
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

static void said_sign(struct said *said, struct user_id author, struct slice name) {
    said->author = author.v;
    said->name_size = (uint8_t)name.size;
    if (name.size > 0) memcpy(said->name, name.at, name.size);
}

/* One stored event of a room. */
static void on_event(struct oracle *oracle, const struct seat *seat, struct chat_room *room,
                     const struct record *record, uint64_t number) {
    bool topic = record->kind == RECORD_TOPIC;
    struct said *said = said_add(oracle, room, record->seq, record->text);
    said->stored = topic ? STORED_TOPIC : record->stored;
    said->record = number;
    said->unkept = record->flags & ROOM_NO_HISTORY;
    said->speech = record->speech;
    said->time_ms = record->time_ms;
    said->target = record->target;
    said->identity = record->identity;
    said->person = seat->person;
    said_sign(said, record->author, record->author_name);
    bool marked = said->stored == STORED_MESSAGE || said->stored == STORED_EDIT;
    if (marked) said_mark(oracle, said);
    const struct person *person = &oracle->people[seat->person];
    if (!slice_equal(record->author_name, (struct slice){person->name, person->name_size}))
        oracle_fail(oracle, "%.*s spoke as %.*s", (int)person->name_size, person->name,
                    (int)record->author_name.size, record->author_name.at);
}

/* RECORD_PURGE: what she said since then has no text any more. */
static void on_purge(struct oracle *oracle, const struct chat_room *room,
                     const struct record *record, uint64_t number) {
    oracle->purges = oracle_grow(oracle->purges, oracle->purge_count, &oracle->purge_cap,
                                 sizeof *oracle->purges);
    oracle->purges[oracle->purge_count++] = (struct purge){.room = oracle_row(oracle, room),
                                                           .identity = record->identity,
                                                           .time_ms = record->time_ms,
                                                           .record = number};
}

/* What was said directly to or by a guest is over. */
static void talks_end(struct oracle *oracle, uint32_t number) {
    for (uint32_t i = 0; i < oracle->room_count; i++) {
        struct chat_room *room = &oracle->rooms[i];
        bool hers = room->pair[0] == number || room->pair[1] == number;
        if ((room->own || (room->flags & ROOM_PASSING)) && room->direct && hers) room->gone = true;
    }
}

static bool is_of_people(enum record_kind kind) {
    return kind == RECORD_COUNTERS || kind == RECORD_ACCOUNT || kind == RECORD_ACCOUNT_GONE ||
           kind == RECORD_TOKEN || kind == RECORD_TOKEN_GONE || kind == RECORD_FACTS;
}

void oracle_on_record(struct oracle *oracle, const struct seat *seat, const struct record *record,
                      uint64_t number) {
    struct chat_room *room = oracle_room(oracle, record->room.v);
    oracle->cost = record->cost;
    const struct kept_tie *tie = durable_tie(&oracle->durable, record->author.v, record->room.v);
    if (record->kind == RECORD_TIE && tie && !tie->guest && record->number < tie->read)
        oracle_fail(oracle, "%u had read up to %u in room %u, now %u", tie->person,
                    (unsigned)tie->read, tie->room, (unsigned)record->number);
    bool is_new = !durable_account(&oracle->durable, record->author.v);
    if (record->kind == RECORD_ACCOUNT && is_new) talks_end(oracle, record->author.v);
    durable_apply(&oracle->durable, record);
    if (is_of_people(record->kind)) return;
    if (record->kind == RECORD_ROOM) {
        on_room(oracle, record, number);
    } else if (!room && record->kind == RECORD_DELETED && (record->flags & ROOM_PASSING)) {
        return; /* it ended with one of the two: talks_end() */
    } else if (!room) {
        oracle_fail(oracle, "a record of room %u, which is not there", record->room.v);
    } else if (record->kind == RECORD_DELETED) {
        room->gone_record = number;
        if (record->flags & ROOM_PASSING) room->gone = true; /* they have another one now */
    } else if (record->kind == RECORD_PURGE) {
        on_purge(oracle, room, record, number);
    } else if (record->kind == RECORD_MESSAGE || record->kind == RECORD_TOPIC) {
        if (record->kind == RECORD_TOPIC) oracle_secret_is(oracle, room, record->text);
        if (seat && seat->person != NOBODY)
            on_event(oracle, seat, room, record, number);
        else
            oracle_fail(oracle, "a message of nobody");
    }
}

/* What must be shown. */

/* The row that the event is about, the last that was recorded; where nothing is, a new one. */
static struct said *said_of(struct oracle *oracle, struct chat_room *room,
                            const struct event *event) {
    bool recorded = !room->own;
    struct said *last = oracle->said_count > 0 ? &oracle->said[oracle->said_count - 1] : NULL;
    bool same = last && last->room == oracle_row(oracle, room) && last->seq == event->seq;
    if (same) return last;
    if (recorded) {
        oracle_fail(oracle, "room %u is told %u, which was not recorded", event->room.v,
                    (unsigned)event->seq);
        return NULL;
    }
    struct said *said = said_add(oracle, room, event->seq, event->text);
    said->target = event->target;
    said->speech = event->speech;
    said->stored = event->kind == EVENT_EDITED      ? STORED_EDIT
                   : event->kind == EVENT_RETRACTED ? STORED_REMOVAL
                   : event->kind == EVENT_REACTED   ? STORED_REACTION
                                                    : STORED_MESSAGE;
    const struct seat *seat = oracle_seat(oracle, event->session);
    said->person = seat ? seat->person : NOBODY;
    said->identity = event->identity;
    said_sign(said, event->author, event->author_name);
    if (said->stored == STORED_MESSAGE || said->stored == STORED_EDIT) said_mark(oracle, said);
    return said;
}

static bool is_told(const struct seat *other, const struct seat *author, const struct said *said) {
    bool line = other->dialect == DIALECT_LINE;
    if (said->stored == STORED_MESSAGE) return !line || other != author;
    bool shown = said->stored == STORED_EDIT || said->stored == STORED_REMOVAL;
    return shown && line && (other->announce || other == author);
}

static void on_said(struct oracle *oracle, const struct event *event) {
    const struct seat *seat = oracle_seat(oracle, event->session);
    struct chat_room *room = oracle_room(oracle, event->room.v);
    if (!room || !seat) {
        oracle_fail(oracle, "something was said by nobody or nowhere");
        return;
    }
    struct said *said = said_of(oracle, room, event);
    if (!said) return;
    said->dialect = seat->dialect;
    said->address = seat->address;
    for (uint32_t w = 0; w < WORLD_WORKERS; w++)
        for (uint32_t s = 0; s < WORLD_SESSIONS; s++) {
            const struct seat *other = &oracle->seats[w][s];
            if (other->id.generation == 0 || !oracle_inside(oracle, other, room)) continue;
            if (is_told(other, seat, said))
                oracle_due(oracle, other, (struct due){.said = oracle->said_count - 1});
        }
}

/* A guest's: nothing is recorded of it. Between the one who speaks and whom she names. */
static struct chat_room *direct_add(struct oracle *oracle, const struct event *event) {
    const struct command *command = oracle->command;
    const struct seat *seat = command ? oracle_seat(oracle, command->session) : NULL;
    const struct person *other = command ? oracle_person_called(oracle, command->name_key) : NULL;
    if (!seat || seat->person == NOBODY || !other) {
        oracle_fail(oracle, "somebody is told something by nobody");
        return NULL;
    }
    uint32_t first = oracle->people[seat->person].number, second = other->number;
    struct chat_room *room = room_add(oracle, event->room.v, event->hex);
    room->own = room->direct = true;
    room->pair[0] = first;
    room->pair[1] = second;
    return room;
}

/* One of the two, and one of her connections, is told what was said directly. */
static void on_told(struct oracle *oracle, const struct seat *seat, const struct event *event) {
    struct chat_room *room = oracle_room(oracle, event->room.v);
    if (!room) room = direct_add(oracle, event);
    if (!room) return;
    uint32_t person = seat->person == NOBODY ? 0 : oracle->people[seat->person].number;
    if (!room->direct || (person != room->pair[0] && person != room->pair[1])) {
        oracle_fail(oracle, "%u is told what is between %u and %u", person, room->pair[0],
                    room->pair[1]);
        return;
    }
    struct said *said = said_of(oracle, room, event);
    if (!said) return;
    if (event->kind == EVENT_TOLD) oracle->told++;
    /* who typed it is told that it was said, not what */
    bool typed = oracle->command && session_same(seat->id, oracle->command->session);
    bool line = seat->dialect == DIALECT_LINE, own = person == said->author;
    bool shown = line ? !typed : !own;
    if (event->kind != EVENT_TOLD) shown = is_told(seat, seat, said);
    if (shown) oracle_due(oracle, seat, (struct due){.said = oracle->said_count - 1});
}

/* She changed something in a room that she is not in. */
static void on_changed(struct oracle *oracle, const struct seat *seat, struct chat_room *room,
                       const struct event *event) {
    const struct said *said = said_of(oracle, room, event);
    if (said && is_told(seat, seat, said))
        oracle_due(oracle, seat, (struct due){.said = oracle->said_count - 1});
}

static void on_query(struct oracle *oracle, struct seat *seat, const struct event *event) {
    const struct chat_room *room = oracle_room(oracle, event->room.v);
    if (room && event->seq == room->seq)
        oracle_page_begins(oracle, seat, room, event);
    else
        oracle_fail(oracle, "a page of room %u up to %u", event->room.v, (unsigned)event->seq);
}

/* People. */

static void person_call(struct person *person, struct slice name) {
    struct buf key;
    buf_init(&key, person->key, sizeof person->key);
    check(name_key(&key, name));
    person->key_size = (uint8_t)key.size;
    person->name_size = (uint8_t)name.size;
    memcpy(person->name, name.at, name.size);
}

/* The last of her connections is gone: what a guest was and had is gone with her. */
static void person_ends(struct oracle *oracle, const struct person *person) {
    durable_forget_guest(&oracle->durable, person->number);
    for (uint32_t i = 0; i < oracle->room_count; i++) {
        struct chat_room *room = &oracle->rooms[i];
        if (room->owner == person->number) room->owner = 0;
    }
    talks_end(oracle, person->number);
}

static void seat_leaves_person(struct oracle *oracle, struct seat *seat) {
    if (seat->person == NOBODY) return;
    struct person *person = &oracle->people[seat->person];
    person->sessions--;
    if (person->sessions == 0) person_ends(oracle, person);
    seat->person = NOBODY;
}

static void on_welcome(struct oracle *oracle, struct seat *seat, const struct event *event) {
    struct person *person = oracle_person(oracle, event->author.v);
    bool again = person && seat->person == (uint32_t)(person - oracle->people);
    if (again) return;
    seat_leaves_person(oracle, seat);
    if (!person) {
        oracle->people = oracle_grow(oracle->people, oracle->person_count, &oracle->person_cap,
                                     sizeof *oracle->people);
        person = &oracle->people[oracle->person_count++];
        *person = (struct person){.number = event->author.v};
    }
    person_call(person, event->author_name);
    person->sessions++;
    seat->person = (uint32_t)(person - oracle->people);
    for (uint32_t i = 0; i < seat->room_count; i++)
        seat->entered_ms[i] = oracle->now_ms; /* as somebody else */
}

static void on_bye(struct oracle *oracle, struct seat *seat) {
    while (seat->room_count > 0)
        seat_exit(oracle, seat, seat->rooms[0]);
    seat_leaves_person(oracle, seat);
    seat->id.generation = 0;
}

static void on_entered(struct oracle *oracle, struct seat *seat, const struct event *event) {
    struct chat_room *room = oracle_room(oracle, event->room.v);
    if (event->flags & EVENT_AGAIN) {
        if (!room || !oracle_inside(oracle, seat, room))
            oracle_fail(oracle, "was not in room %u before", event->room.v);
        return;
    }
    if (!room && (event->flags & EVENT_OWN_ROOM)) {
        room = room_add(oracle, event->room.v, event->hex);
        room_call(room, event->room_name, event->room_name);
        room->own = true;
    }
    if (!room || oracle_inside(oracle, seat, room) || seat->room_count == SEAT_ROOMS_MAX) {
        oracle_fail(oracle, "entered room %u, which cannot be", event->room.v);
        return;
    }
    seat->entered[seat->room_count] = oracle->said_count;
    seat->entered_ms[seat->room_count] = oracle->now_ms;
    seat->rooms[seat->room_count++] = oracle_row(oracle, room);
}

static void on_renamed(struct oracle *oracle, const struct event *event) {
    struct person *person = oracle_person(oracle, event->author.v);
    if (person)
        person_call(person, event->other);
    else
        oracle_fail(oracle, "nobody was renamed");
}

/* What an account has read is told as it was recorded: how far, and how much there is since. */
static void on_read_up(struct oracle *oracle, const struct seat *seat, const struct event *event) {
    if (seat->person == NOBODY) return;
    uint32_t number = oracle->people[seat->person].number;
    const struct chat_room *room = oracle_room(oracle, event->room.v);
    const struct kept_tie *tie = durable_tie(&oracle->durable, number, event->room.v);
    uint64_t read = tie ? tie->read : 0;
    if (!room || room->own || !durable_account(&oracle->durable, number)) return;
    if (event->kind == EVENT_READ_UP && event->seq != read)
        oracle_fail(oracle, "%u is told to have read %u in room %u instead of %u", number,
                    (unsigned)event->seq, room->number, (unsigned)read);
    if (event->kind == EVENT_ALERT && event->count != room->seq - read)
        oracle_fail(oracle, "%u is told of %u unread events in room %u instead of %u", number,
                    event->count, room->number, (unsigned)(room->seq - read));
}

void oracle_on_reply(struct oracle *oracle, struct session_id to, const struct event *event) {
    struct seat *seat = oracle_seat(oracle, to);
    struct chat_room *room = oracle_room(oracle, event->room.v);
    if (!seat) {
        oracle_fail(oracle, "a reply to a session that is not there");
        return;
    }
    oracle_secrets_told(oracle, seat, event);
    bool direct = event->flags & EVENT_DIRECT;
    bool changes = event->kind == EVENT_EDITED || event->kind == EVENT_RETRACTED ||
                   event->kind == EVENT_REACTED;
    if (event->kind == EVENT_WELCOME || event->kind == EVENT_LOGGED_IN)
        on_welcome(oracle, seat, event);
    if (event->kind == EVENT_ENTERED) on_entered(oracle, seat, event);
    if (event->kind == EVENT_EXITED && room) seat_exit(oracle, seat, oracle_row(oracle, room));
    if (event->kind == EVENT_TOLD || (direct && changes)) on_told(oracle, seat, event);
    if (changes && !direct && room) on_changed(oracle, seat, room, event);
    if (event->kind == EVENT_QUERY) on_query(oracle, seat, event);
    bool unread = event->kind == EVENT_ALERT && event->why == ALERT_UNREAD;
    if (event->kind == EVENT_READ_UP || unread) on_read_up(oracle, seat, event);
    if (event->kind == EVENT_BYE) on_bye(oracle, seat);
    if (event->kind == EVENT_RENAMED) on_renamed(oracle, event);
    if (event->kind == EVENT_CLOSE) {
        seat->closed = true;
        if (seat->peer != NOBODY) oracle->ledgers[seat->peer].over = true;
    }
    if ((event->kind == EVENT_REFUSED || event->kind == EVENT_CLOSE) && seat->peer != NOBODY)
        oracle->ledgers[seat->peer].refusals++;
}

void oracle_on_publish(struct oracle *oracle, const struct event *event) {
    bool said =
        event->kind == EVENT_SAID || event->kind == EVENT_EDITED || event->kind == EVENT_RETRACTED;
    struct chat_room *room = oracle_room(oracle, event->room.v);
    if (room) oracle_secrets_published(oracle, room, event);
    if (said) on_said(oracle, event);
    if (event->kind == EVENT_RENAMED) on_renamed(oracle, event);
    if (event->kind != EVENT_DELETED || !room) return;
    room->gone = true;
    room_empty(oracle, oracle_row(oracle, room));
}
