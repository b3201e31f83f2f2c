/* test_store_everything.h: a store with something in all of its tables, whose content follows from
 * its numbers, and the look whether what is loaded and read is that. */
#ifndef TEST_STORE_EVERYTHING_H
#define TEST_STORE_EVERYTHING_H

#include "test_store_expect.h"

enum {
    ROOMS = 4,
    MESSAGES = 60,
    TEXT_MAX = 900,
    PEOPLE = 25,
    CHANGED_ROOM = 5, /* its first messages: edited, removed, with reactions */
    CHANGED = 30,
};

/* ---- people, whose content follows from their numbers ---- */

static const enum record_kind person_kinds[] = {RECORD_ACCOUNT, RECORD_TOKEN, RECORD_TIE,
                                                RECORD_RESTRAINT};
enum { PERSON_KINDS = sizeof person_kinds / sizeof person_kinds[0] };

static inline struct record person(enum record_kind kind, uint32_t number, char bytes[80]) {
    struct record record = {.kind = kind, .author.v = number};
    int size = snprintf(bytes, 80, "%u %0*u", number, 10 + (int)(number % 40), number * 17);
    struct slice text = {bytes, (size_t)size};
    record.until_ms = INT64_C(9000000000000) + number;
    if (kind == RECORD_ACCOUNT || kind == RECORD_RESTRAINT) record.time_ms = number;
    if (kind == RECORD_ACCOUNT) {
        record.flags = (uint16_t)(number % 4);
        record.until_ms = 0;
        record.account_name = record.account_key = record.skeleton = text;
        record.verifier = record.scram = text;
    } else if (kind == RECORD_TOKEN) {
        record.key = text;
    } else {
        record.room.v = 1 + number % ROOMS;
        record.number = number;
    }
    if (kind == RECORD_TIE) {
        record.until_ms = 0;
        record.role = (uint8_t)(number % 4);
        record.joined = number % 3 == 0;
    }
    if (kind == RECORD_RESTRAINT) {
        record.restraint = (uint8_t)(number % 3);
        record.subject = (uint8_t)(number % 2 * 2);
        record.name = record.key = record.author_name = text;
    }
    return record;
}

static inline void make_people(struct scratch *s, struct store *store) {
    char bytes[80];
    for (uint32_t number = 1; number <= PEOPLE; number++)
        for (int kind = 0; kind < PERSON_KINDS; kind++)
            scratch_put(s, store, person(person_kinds[kind], number, bytes));
    scratch_commit(s, store);
}

/* What store_load() gave: the rooms, and how many people that are right. */
struct everything {
    struct loaded loaded;
    uint32_t people;
    bool wrong;
};

static inline void everything_row(void *context, const struct record *record) {
    struct everything *everything = context;
    char bytes[80];
    if (record->kind == RECORD_ROOM && record->room.v == CHANGED_ROOM) return;
    if (record->kind == RECORD_EPOCH) return; /* of a room that was recovered */
    if (record->kind == RECORD_COUNTERS || record->kind == RECORD_ROOM) {
        loaded_row(&everything->loaded, record);
        return;
    }
    struct record right = person(record->kind, record->author.v, bytes);
    everything->people++;
    everything->wrong |= record->room.v != right.room.v || record->number != right.number ||
                         record->flags != right.flags || record->until_ms != right.until_ms ||
                         record->time_ms != right.time_ms || record->role != right.role ||
                         record->joined != right.joined || record->subject != right.subject ||
                         record->restraint != right.restraint;
    for (int i = 0; i < RECORD_SLICES; i++)
        everything->wrong |= !slice_equal(record->slices[i], right.slices[i]);
}

/* ---- messages that were changed ---- */

/* Message 3n is edited, 3n + 1 removed. */
static inline void make_changes(struct scratch *s, struct store *store) {
    uint64_t seq = CHANGED;
    scratch_make_room(s, store, CHANGED_ROOM);
    scratch_say(s, store, CHANGED_ROOM, 1, CHANGED, TEXT_MAX);
    for (uint64_t target = 3; target <= CHANGED; target++) {
        struct record record = scratch_message(CHANGED_ROOM, ++seq, TEXT_MAX);
        record.stored = target % 3 == 0   ? STORED_EDIT
                        : target % 3 == 1 ? STORED_REMOVAL
                                          : STORED_REACTION;
        record.target = target;
        scratch_put(s, store, record);
    }
    scratch_commit(s, store);
}

static inline void changed_row(void *context, const struct event *past) {
    bool *wrong = context;
    uint64_t seq = past->seq;
    bool said = seq <= CHANGED && seq >= 3;
    uint64_t text_seq = said && seq % 3 == 0 ? CHANGED + seq - 2 : seq;
    bool removed = said && seq % 3 == 1;
    struct slice text = scratch_text(CHANGED_ROOM, text_seq, TEXT_MAX);
    if (removed) text = (struct slice){0};
    *wrong |= !slice_equal(past->text, text) || ((past->flags & EVENT_OFF) != 0) != removed;
    *wrong |= ((past->flags & EVENT_CHANGED) != 0) != (said && seq % 3 == 0);
    *wrong |= past->target != (seq > CHANGED ? seq - CHANGED + 2 : 0);
}

static inline void make_history(struct scratch *s, struct store *store) {
    for (uint32_t room = 1; room <= ROOMS; room++)
        scratch_make_room(s, store, room);
    for (uint64_t seq = 1; seq <= MESSAGES; seq++) {
        for (uint32_t room = 1; room <= ROOMS; room++) {
            struct record record = scratch_message(room, seq, TEXT_MAX);
            if (seq % 5 == 0) record.client_id = slice_of("abcdef-1234");
            scratch_put(s, store, record);
        }
        if (seq % 10 == 0) scratch_commit(s, store);
    }
    scratch_put(s, store, (struct record){.kind = RECORD_COUNTERS, .number = 5, .seq = 9});
    scratch_commit(s, store);
}

static inline void make_everything(struct scratch *s, struct store *store) {
    make_people(s, store);
    make_changes(s, store);
    make_history(s, store);
}

#endif
