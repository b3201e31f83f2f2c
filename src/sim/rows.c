/* rows.c: the records of a simulated store. */
#include "sim/rows.h"

#include <stdlib.h>

#include "base/check.h"

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

void rows_crash(struct rows *rows) {
    while (rows->count > rows->flushed)
        record_free(&rows->records[--rows->count]);
    rows->batch = rows->flushed;
}

static bool is_event(const struct record *record) {
    return record->kind == RECORD_MESSAGE || record->kind == RECORD_TOPIC;
}

/* The room's row as the records after `at` left it. False: it was deleted, or is told again. */
static bool room_fold(const struct rows *rows, uint64_t at, struct record *room) {
    *room = rows->records[at];
    for (uint64_t i = at + 1; i < rows->flushed; i++) {
        const struct record *record = &rows->records[i];
        if (record->room.v != room->room.v) continue;
        if (!is_event(record)) return false;
        room->seq = record->seq;
        room->time_ms = record->time_ms;
        if (record->kind == RECORD_TOPIC) room->text = record->text;
    }
    return true;
}

bool rows_load(const struct rows *rows, struct hub *hub, uint64_t seq_fault) {
    struct record room;
    struct record counters = {.kind = RECORD_COUNTERS, .number = USER_NUMBER_FIRST, .seq = 1};
    for (uint64_t i = 0; i < rows->flushed; i++) {
        const struct record *record = &rows->records[i];
        if (record->kind == RECORD_COUNTERS) {
            counters.number = record->number;
            if (record->seq > counters.seq) counters.seq = record->seq;
        } else if (record->kind == RECORD_ROOM) {
            if (record->room.v >= counters.seq) counters.seq = record->room.v + 1;
            if (!room_fold(rows, i, &room)) continue;
            room.seq += seq_fault;
            if (!hub_load(hub, &room)) return false;
        }
    }
    return hub_load(hub, &counters);
}

/* The next row of a page from seq `first` on. Rows of a deleted room are none. */
static const struct record *row_next(const struct rows *rows, const struct query *query,
                                     uint64_t first) {
    const struct record *found = NULL;
    for (uint64_t i = 0; i < rows->flushed; i++) {
        const struct record *record = &rows->records[i];
        if (record->room.v != query->room.v) continue;
        if (record->kind == RECORD_DELETED) return NULL;
        if (found || record->kind != RECORD_MESSAGE || (record->flags & ROOM_NO_HISTORY)) continue;
        if (record->seq >= first && record->seq <= query->last) found = record;
    }
    return found;
}

/* Where the last `count` messages up to `last` begin. */
static uint64_t latest_first(const struct rows *rows, const struct query *query) {
    uint64_t first = query->last + 1;
    uint32_t count = query->count;
    for (uint64_t i = rows->flushed; i-- > 0 && count > 0;) {
        const struct record *record = &rows->records[i];
        if (record->room.v != query->room.v || record->kind != RECORD_MESSAGE) continue;
        if (record->seq > query->last) continue;
        first = record->seq;
        count--;
    }
    return first;
}

static struct event past_of(const struct record *record) {
    return (struct event){.kind = EVENT_PAST,
                          .speech = record->speech,
                          .room = record->room,
                          .author = record->author,
                          .seq = record->seq,
                          .time_ms = record->time_ms,
                          .author_name = record->author_name,
                          .text = record->text};
}

void rows_read(const struct rows *rows, const struct query *query, uint32_t most,
               void (*row)(void *context, const struct event *past), void *context,
               struct query_end *end) {
    *end = (struct query_end){.session = query->session,
                              .room = query->room,
                              .count = query->count,
                              .first = query->first,
                              .last = query->last};
    if (query->kind == QUERY_LATEST) end->first = latest_first(rows, query);
    for (uint32_t given = 0; end->count > 0; given++) {
        const struct record *record = row_next(rows, query, end->first);
        if (!record) {
            end->count = 0;
            break;
        }
        if (given == most) break;
        struct event past = past_of(record);
        row(context, &past);
        end->first = record->seq + 1;
        end->count--;
    }
}
