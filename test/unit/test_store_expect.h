/* test_store_expect.h: what a store gives back, compared with what test_store_scratch.h put in. */
#ifndef TEST_STORE_EXPECT_H
#define TEST_STORE_EXPECT_H

#include "test_store_scratch.h"

#include "store/read.h"

enum { SCRATCH_ROOMS_MAX = 256 };

/* What store_load() gave. */
struct loaded {
    uint32_t rooms, counters, skipped;
    uint64_t seq[SCRATCH_ROOMS_MAX]; /* by room number */
    bool there[SCRATCH_ROOMS_MAX];
    uint64_t next_user, next_room;
    char topic[TOPIC_SIZE_MAX];
    uint32_t flags[SCRATCH_ROOMS_MAX];
    bool wrong; /* something is not as scratch_room() made it */
};

static inline void loaded_row(void *context, const struct record *record) {
    struct loaded *loaded = context;
    if (record->kind == RECORD_COUNTERS) {
        loaded->counters++;
        loaded->next_user = record->number;
        loaded->next_room = record->seq;
        return;
    }
    char name[24];
    if (record->kind != RECORD_ROOM || record->room.v >= SCRATCH_ROOMS_MAX) {
        loaded->wrong = true;
        return;
    }
    struct record made = scratch_room(record->room.v, name);
    loaded->rooms++;
    loaded->there[record->room.v] = true;
    loaded->seq[record->room.v] = record->seq;
    loaded->flags[record->room.v] = record->flags;
    snprintf(loaded->topic, sizeof loaded->topic, "%.*s", (int)record->text.size, record->text.at);
    loaded->wrong |= record->hex != made.hex || record->epoch != made.epoch;
    loaded->wrong |= !slice_equal(record->name, made.name) || !slice_equal(record->key, made.key);
    loaded->wrong |= record->author.v != 7 || !slice_equal(record->author_name, made.author_name);
    loaded->wrong |= record->time_ms < made.time_ms;
}

static inline struct loaded scratch_load(struct scratch *s, struct store *store) {
    struct loaded loaded = {0};
    if (store_load(store, loaded_row, &loaded, &loaded.skipped, &s->error) < 0) {
        fail_msg("%s", s->error.text);
    }
    assert_false(loaded.wrong);
    return loaded;
}

/* What store_read() gave, compared with scratch_message(). */
struct page {
    uint32_t count;
    uint64_t first, last; /* seq of the first and last message; 0: none */
    size_t size_max;      /* of scratch_text() */
    bool wrong, holes;    /* content; a seq that does not follow the one before */
};

static inline void page_row(void *context, const struct event *past) {
    struct page *page = context;
    struct record made = scratch_message(past->room.v, past->seq, page->size_max);
    page->wrong |= past->kind != EVENT_PAST || past->time_ms != made.time_ms;
    page->wrong |= past->author.v != made.author.v || past->speech != made.speech;
    page->wrong |= !slice_equal(past->author_name, made.author_name);
    page->wrong |= !slice_equal(past->text, made.text);
    page->holes |= page->count > 0 && past->seq != page->last + 1;
    if (page->count++ == 0) page->first = past->seq;
    page->last = past->seq;
}

static inline struct query scratch_latest(uint32_t room, uint32_t count, uint64_t last) {
    return (struct query){.kind = QUERY_LATEST, .room.v = room, .count = count, .last = last};
}

static inline struct query scratch_range(uint32_t room, uint64_t first, uint64_t last) {
    return (struct query){
        .kind = QUERY_RANGE, .room.v = room, .count = UINT32_MAX, .first = first, .last = last};
}

/* One whole answer, in as many pieces as it takes. Negative errno as store_read(). */
static inline int scratch_read(struct scratch *s, struct store_reader *reader, struct query query,
                               size_t bytes_max, struct page *page) {
    struct query_end end;
    do {
        int result = store_read(reader, &query, bytes_max, page_row, page, &end, &s->error);
        assert_true((result < 0) == end.failed);
        if (result < 0) return result;
        query = (struct query){.kind = QUERY_RANGE,
                               .room = end.room,
                               .count = end.count,
                               .first = end.first,
                               .last = end.last};
    } while (end.count > 0);
    return 0;
}

static inline struct page scratch_page(struct scratch *s, struct store_reader *reader,
                                       struct query query, size_t size_max) {
    struct page page = {.size_max = size_max};
    if (scratch_read(s, reader, query, 65536, &page) < 0) fail_msg("%s", s->error.text);
    assert_false(page.wrong);
    return page;
}

static inline struct store_reader *scratch_reader(struct scratch *s) {
    struct store_reader *reader = store_reader_open(&s->options, &s->error);
    if (reader == NULL) fail_msg("%s", s->error.text);
    return reader;
}

#endif
