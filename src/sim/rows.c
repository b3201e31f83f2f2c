/* rows.c: the records of a simulated store. */
#include "sim/rows.h"

#include <stdlib.h>

#include "base/check.h"
#include "chat/once.h"

void rows_init(struct rows *rows) {
    *rows = (struct rows){0};
}

static void record_free(struct record *record) {
    free((void *)(uintptr_t)record->slices[0].at);
}

void rows_deinit(struct rows *rows) {
    for (uint64_t i = 0; i < rows->count; i++)
        record_free(&rows->records[i]);
    free(rows->records);
}

/* All slices lie behind each other in one block, that of the first. */
void rows_put(struct rows *rows, const struct record *record) {
    size_t size = 1;
    for (int i = 0; i < RECORD_SLICES; i++)
        size += record->slices[i].size;
    if (rows->count == rows->cap) {
        rows->cap = rows->cap * 2 + 64;
        rows->records = realloc(rows->records, rows->cap * sizeof *rows->records);
        check(rows->records != NULL);
    }
    char *bytes = malloc(size);
    check(bytes != NULL);
    struct record *row = &rows->records[rows->count++];
    *row = *record;
    for (int i = 0; i < RECORD_SLICES; i++) {
        struct slice slice = record->slices[i];
        row->slices[i].at = bytes;
        if (slice.size > 0) memcpy(bytes, slice.at, slice.size);
        bytes += slice.size;
    }
}

void rows_close_batch(struct rows *rows, uint64_t digest) {
    check(rows->batch == rows->flushed);
    rows->batch = rows->count;
    rows->batch_digest = digest;
}

void rows_flush(struct rows *rows) {
    rows->flushed = rows->batch;
    rows->flushed_digest = rows->batch_digest;
}

/* PLANT_EDIT: the last edit is there, but of nothing. */
static void lose_edit(struct rows *rows) {
    for (uint64_t i = rows->flushed; i-- > 0;) {
        struct record *record = &rows->records[i];
        if (record->kind != RECORD_MESSAGE || record->stored != STORED_EDIT) continue;
        record->target = 0;
        return;
    }
}

void rows_crash(struct rows *rows) {
    while (rows->count > rows->flushed)
        record_free(&rows->records[--rows->count]);
    rows->batch = rows->flushed;
    if (rows->plant == PLANT_EDIT) lose_edit(rows);
}

/* Loading: what is true of something is what was recorded of it last. */

static bool is_event(const struct record *record) {
    return record->kind == RECORD_MESSAGE || record->kind == RECORD_TOPIC;
}

/* `later` says that `record` is told again, or is not so any more. */
static bool overrides(const struct record *later, const struct record *record) {
    bool same_room = later->room.v == record->room.v;
    bool same_author = later->author.v == record->author.v;
    bool of_room = record->kind != RECORD_ACCOUNT && record->kind != RECORD_TOKEN;
    if (later->kind == RECORD_DELETED) return of_room && same_room;
    if (later->kind == RECORD_ACCOUNT_GONE) {
        bool about = record->kind == RECORD_ACCOUNT || record->kind == RECORD_TOKEN ||
                     record->kind == RECORD_TIE || record->kind == RECORD_FACTS ||
                     (record->kind == RECORD_RESTRAINT && record->subject == SUBJECT_ACCOUNT);
        return about && same_author;
    }
    switch ((int)record->kind) {
    case RECORD_ROOM: return later->kind == RECORD_ROOM && same_room;
    case RECORD_ACCOUNT: return later->kind == RECORD_ACCOUNT && same_author;
    case RECORD_TOKEN:
        if (later->kind != RECORD_TOKEN && later->kind != RECORD_TOKEN_GONE) return false;
        if (later->kind == RECORD_TOKEN_GONE && later->key.size == 0) return same_author;
        return slice_equal(later->key, record->key);
    case RECORD_FACTS: return later->kind == RECORD_FACTS && later->number == record->number;
    case RECORD_WEBHOOK:
        return (later->kind == RECORD_WEBHOOK || later->kind == RECORD_WEBHOOK_GONE) &&
               later->number == record->number;
    case RECORD_TIE: return later->kind == RECORD_TIE && same_room && same_author;
    case RECORD_RESTRAINT:
        return (later->kind == RECORD_RESTRAINT || later->kind == RECORD_RESTRAINT_GONE) &&
               same_room && later->number == record->number;
    default: return false;
    }
}

static bool is_overridden(const struct rows *rows, uint64_t at) {
    for (uint64_t i = at + 1; i < rows->flushed; i++)
        if (overrides(&rows->records[i], &rows->records[at])) return true;
    const struct record *tie = &rows->records[at];
    if (tie->kind == RECORD_FACTS && tie->text.size == 0) return true;
    return tie->kind == RECORD_TIE && tie->role == 0 && !tie->joined && tie->number == 0;
}

/* The room's row as the events after it left it. */
static void room_fold(const struct rows *rows, uint64_t at, struct record *room) {
    for (uint64_t i = at + 1; i < rows->flushed; i++) {
        const struct record *record = &rows->records[i];
        if (record->room.v != room->room.v || !is_event(record)) continue;
        room->seq = record->seq;
        room->time_ms = record->time_ms;
        if (record->kind != RECORD_TOPIC) continue;
        room->text = record->text;
        room->topic_ms = record->time_ms;
        room->topic_by = record->author_name;
    }
}

static bool load_one(const struct rows *rows, struct hub *hub, struct record record) {
    return !plant_loads(rows->plant, &record) || hub_load(hub, &record);
}

/* The restraint of a room that has the lowest number above `number`; count: there is none. */
static uint64_t next_restraint(const struct rows *rows, uint32_t room, uint64_t number) {
    uint64_t found = rows->count;
    for (uint64_t i = 0; i < rows->flushed; i++) {
        const struct record *record = &rows->records[i];
        if (record->kind != RECORD_RESTRAINT || record->room.v != room) continue;
        if (record->number <= number || is_overridden(rows, i)) continue;
        if (found == rows->count || record->number < rows->records[found].number) found = i;
    }
    return found;
}

/* Those of each room in the order of their numbers: a guest's is recorded when she registers. */
static bool load_restraints(const struct rows *rows, struct hub *hub) {
    for (uint64_t i = 0; i < rows->flushed; i++) {
        const struct record *room = &rows->records[i];
        uint64_t at, number = 0;
        if (room->kind != RECORD_ROOM || is_overridden(rows, i)) continue;
        while ((at = next_restraint(rows, room->room.v, number)) < rows->count) {
            number = rows->records[at].number;
            if (!load_one(rows, hub, rows->records[at])) return false;
        }
    }
    return true;
}

/* server/data.c deletes it at each start. */
static bool is_passing(const struct rows *rows, uint32_t room) {
    for (uint64_t i = 0; i < rows->flushed; i++)
        if (rows->records[i].kind == RECORD_ROOM && rows->records[i].room.v == room)
            return rows->records[i].flags & ROOM_PASSING;
    return false;
}

static bool load_kind(const struct rows *rows, struct hub *hub, enum record_kind kind) {
    for (uint64_t i = 0; i < rows->flushed; i++) {
        if (rows->records[i].kind != kind || is_overridden(rows, i)) continue;
        struct record record = rows->records[i];
        if (kind == RECORD_ROOM && (record.flags & ROOM_PASSING)) continue;
        if (kind == RECORD_ROOM) room_fold(rows, i, &record);
        if (!load_one(rows, hub, record)) return false;
    }
    return true;
}

/* Messages with client ids, the newest first. */
static bool load_onces(const struct rows *rows, struct hub *hub) {
    for (uint64_t i = rows->flushed; i-- > 0;) {
        struct record once = rows->records[i];
        if (once.kind != RECORD_MESSAGE || once.client_id.size == 0) continue;
        if ((once.flags & ROOM_NO_HISTORY) || is_overridden(rows, i)) continue;
        if (is_passing(rows, once.room.v)) continue;
        if (!load_one(rows, hub, once_record(&once))) return false;
    }
    return true;
}

bool rows_load(const struct rows *rows, struct hub *hub) {
    static const enum record_kind order[] = {RECORD_ACCOUNT, RECORD_TOKEN, RECORD_ROOM, RECORD_TIE,
                                             RECORD_FACTS};
    struct record counters = {.kind = RECORD_COUNTERS, .number = USER_NUMBER_FIRST, .seq = 1};
    for (uint64_t i = 0; i < rows->flushed; i++) {
        const struct record *record = &rows->records[i];
        if (record->kind == RECORD_COUNTERS) {
            counters.number = record->number;
            if (record->seq > counters.seq) counters.seq = record->seq;
        } else if (record->kind == RECORD_ROOM && record->room.v >= counters.seq) {
            counters.seq = record->room.v + 1;
        }
    }
    for (size_t i = 0; i < sizeof order / sizeof *order; i++)
        if (!load_kind(rows, hub, order[i])) return false;
    return load_restraints(rows, hub) && load_onces(rows, hub) && hub_load(hub, &counters);
}
