/* oracle.c: the lists, and how the hub's effects change them. */
#include "sim/oracle.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/check.h"
#include "sim/inside.h"

void *oracle_grow(void *rows, uint32_t count, uint32_t *cap, size_t size) {
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
    free(oracle->purges);
    free(oracle->tokens);
    free(oracle->secrets);
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

uint32_t oracle_row(const struct oracle *oracle, const struct chat_room *room) {
    return (uint32_t)(room - oracle->rooms);
}

bool oracle_inside(const struct oracle *oracle, const struct seat *seat,
                   const struct chat_room *room) {
    for (uint32_t i = 0; i < seat->room_count; i++)
        if (seat->rooms[i] == oracle_row(oracle, room)) return true;
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

bool oracle_removed(const struct oracle *oracle, const struct said *said, bool flushed) {
    uint64_t most = flushed ? oracle->world->rows.flushed : UINT64_MAX;
    for (uint32_t i = 0; i < oracle->said_count; i++) {
        const struct said *other = &oracle->said[i];
        if (other->stored == STORED_REMOVAL && !other->lost && other->room == said->room &&
            other->target == said->seq && other->record <= most)
            return true;
    }
    for (uint32_t i = 0; i < oracle->purge_count; i++) {
        const struct purge *purge = &oracle->purges[i];
        if (purge->room == said->room && !purge->lost && purge->record > said->record &&
            purge->record <= most && purge->identity.v == said->identity.v &&
            said->time_ms >= purge->time_ms)
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

void oracle_came(struct oracle *oracle, struct session_id id, uint32_t peer, struct address address,
                 bool announce) {
    oracle->seats[id.worker][id.slot] = (struct seat){
        .id = id, .peer = peer, .person = NOBODY, .address = address, .announce = announce};
    if (peer == NOBODY) return;
    check(peer == oracle->ledger_count);
    oracle->ledgers = realloc(oracle->ledgers, (peer + 1) * sizeof *oracle->ledgers);
    check(oracle->ledgers != NULL);
    oracle->ledgers[oracle->ledger_count++] = (struct ledger){0};
}

/* What she is shown is looked at by somebody else. */
void oracle_came_beside(struct oracle *oracle, struct session_id id, uint32_t peer,
                        struct address address) {
    oracle_came(oracle, id, peer, address, false);
    oracle->seats[id.worker][id.slot].peer = NOBODY;
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
    if (input->kind == INPUT_PROVED) oracle_expect_proved(oracle, input->proved);
    if (input->kind != INPUT_COMMAND) return;
    const struct command *command = input->command;
    struct seat *seat = oracle_seat(oracle, command->session);
    if (!seat) {
        oracle_fail(oracle, "a command of a session that is not there");
        return;
    }
    oracle_expect(oracle, command, &oracle->expected);
    if (seat->closed) return;
    if (command->kind == COMMAND_HELLO ||
        (command->kind == COMMAND_LOGIN && seat->person == NOBODY)) {
        seat->dialect = command->dialect;
        seat->address = command->address;
    }
    bool says = command->kind == COMMAND_SAY || command->kind == COMMAND_TELL ||
                command->kind == COMMAND_EDIT;
    uint64_t marker = says ? marker_in(command->text) : 0;
    if (marker == 0) return;
    struct intent *intent = &oracle->intents[marker];
    if (marker > oracle->intent_count || intent->peer != seat->peer)
        oracle_fail(oracle, "message %u is not of who says it", (unsigned)marker);
    else if (intent->hash != slice_hash(command->text, 0))
        oracle_fail(oracle, "message %u became '%.*s'", (unsigned)marker, (int)command->text.size,
                    command->text.at);
    else if (intent->heard && !intent->again && !(command->flags & COMMAND_FOUND))
        oracle_fail(oracle, "message %u was heard twice", (unsigned)marker);
    intent->heard = true;
}

enum { RECORDS_MAX = 256 }; /* of one step */

/* Is it refused where it must be, and for a reason that there is? */
static void judge(struct oracle *oracle, enum command_kind kind, enum refusal refused) {
    const struct reasons *reasons = &oracle->expected;
    int wanted = 0;
    uint64_t most = record_cost(TOPIC_SIZE_MAX); /* some commands need room for many records */
    if (kind != COMMAND_SAY && kind != COMMAND_TOPIC) most *= RECORDS_MAX;
    uint64_t used = oracle->cost - oracle->credit_cost;
    bool full = refused == REFUSED_STORE_FULL && used + most > oracle->credit;
    if (reasons->why[refused] != REASON_NONE) return;
    if (full || (refused == REFUSED_NOT && !reasons->sure)) return;
    while (wanted < REFUSALS - 1 && reasons->why[wanted] != REASON_SURE)
        wanted++;
    oracle_fail(oracle, "command %d was refused with %d instead of %d", (int)kind, (int)refused,
                reasons->sure ? wanted : 0);
}

/* The hub asks first what is stored, or has a password hashed: it is decided later. */
static bool is_put_off(const struct effects *effects) {
    for (uint32_t i = 0; i < effects->count; i++) {
        const struct effect *effect = &effects->at[i];
        if (effect->kind == EFFECT_PROVE) return true;
        if (effect->kind == EFFECT_REPLY && effect->event.kind == EVENT_LOOKUP) return true;
    }
    return false;
}

/* Of whom the step is: who asked, or whose password was hashed. */
static struct session_id asker_of(const struct oracle *oracle, const struct hub_input *input) {
    if (input->kind == INPUT_COMMAND) return input->command->session;
    if (oracle->proved) return oracle->proved->session;
    return (struct session_id){0};
}

static enum refusal refusal_in(const struct effect *effect, struct session_id asker) {
    if (effect->kind != EFFECT_REPLY || !session_same(effect->session, asker)) return REFUSED_NOT;
    bool over = effect->event.refusal == REFUSED_LOGGED_OUT ||
                effect->event.refusal == REFUSED_ACCOUNT_GONE;
    if (effect->event.kind == EVENT_REFUSED || (effect->event.kind == EVENT_CLOSE && !over))
        return effect->event.refusal;
    return REFUSED_NOT;
}

/* What was promised, if it was not refused. */
static void promised(struct oracle *oracle, const struct hub_input *input,
                     const struct effects *effects) {
    if (input->kind == INPUT_PROVED && oracle->proved) oracle_proved(oracle);
    if (input->kind != INPUT_COMMAND || is_put_off(effects)) return;
    oracle_promised(oracle, input->command, oracle->meant_room, oracle->meant_person);
    oracle_account_done(oracle, input->command, effects);
}

void oracle_after(struct oracle *oracle, const struct hub_input *input,
                  const struct effects *effects) {
    enum refusal refused = REFUSED_NOT;
    uint64_t number = oracle->world->rows.count;
    struct session_id asker = asker_of(oracle, input);
    const struct seat *seat = oracle_seat(oracle, asker);
    bool deaf = seat && seat->closed; /* what she says is not heard */
    for (uint32_t i = 0; i < effects->count; i++)
        number -= effects->at[i].kind == EFFECT_RECORD;
    enum command_kind kind = input->command ? input->command->kind : COMMAND_NONE;
    if (oracle->proved) kind = oracle->proved->kind;
    oracle->command = input->command;
    oracle->told = 0;
    for (uint32_t i = 0; i < effects->count; i++) {
        const struct effect *effect = &effects->at[i];
        if (effect->kind == EFFECT_RECORD) {
            oracle_may_record(oracle, &effect->record, kind);
            oracle_on_record(oracle, seat, &effect->record, ++number);
        }
        if (effect->kind == EFFECT_REPLY) oracle_on_reply(oracle, effect->session, &effect->event);
        if (effect->kind == EFFECT_PUBLISH) oracle_on_publish(oracle, &effect->event);
        if (effect->kind == EFFECT_PROVE) oracle_on_prove(oracle, &effect->proof);
        enum refusal why = refusal_in(effect, asker);
        if (why != REFUSED_NOT) refused = why;
    }
    if (refused == REFUSED_NOT && !deaf) promised(oracle, input, effects);
    if (oracle->proved) oracle->logins[oracle->proved - oracle->logins].ticket = 0;
    oracle->command = NULL;
    oracle->proved = NULL;
    oracle->refusals += refused != REFUSED_NOT;
    if (refused != REFUSED_NOT || !is_put_off(effects)) judge(oracle, kind, refused);
}

void oracle_crashed(struct oracle *oracle) {
    uint64_t flushed = oracle->world->rows.flushed;
    memset(oracle->seats, 0, sizeof oracle->seats);
    memset(oracle->logins, 0, sizeof oracle->logins);
    for (uint32_t i = 0; i < oracle->person_count; i++)
        oracle->people[i].sessions = 0;
    for (uint32_t i = 0; i < oracle->room_count; i++) {
        struct chat_room *room = &oracle->rooms[i];
        room->owner = 0;
        room->seq = 0;
        room->gone = room->own || (room->flags & ROOM_PASSING) || room->record > flushed ||
                     room->gone_record <= flushed;
        if (room->gone_record > flushed) room->gone_record = UINT64_MAX;
        if (room->gone && room->record > flushed) room->gone_record = 0;
    }
    for (uint32_t i = 0; i < oracle->said_count; i++) {
        struct said *said = &oracle->said[i];
        said->lost |= said->record == 0 || said->record > flushed;
        bool known = !said->lost && !said->unkept; /* by its client id, where it has one */
        if (said->marker > 0) oracle->intents[said->marker].said = known;
        struct chat_room *room = &oracle->rooms[said->room];
        if (!said->lost && said->seq > room->seq) room->seq = said->seq;
    }
    for (uint32_t i = 0; i < oracle->purge_count; i++)
        oracle->purges[i].lost |= oracle->purges[i].record > flushed;
    oracle->cost = oracle->credit_cost = 0;
    oracle->credit = INT64_MAX;
    durable_clear(&oracle->durable);
    for (uint64_t i = 0; i < flushed; i++) {
        const struct record *record = &oracle->world->rows.records[i];
        struct chat_room *room = oracle_room(oracle, record->room.v);
        durable_apply(&oracle->durable, record);
        if (record->kind == RECORD_ROOM && room && room->record <= i + 1)
            oracle_room_set(room, record);
    }
}
