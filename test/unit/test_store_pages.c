/* Pages of every kind against a plain list of what was said; what is trimmed; deleting and trimming
 * much while others read; a folder made of a backup. */
#include <time.h>

#include "base/rng.h"
#include "store/backup.h"
#include "test_store_expect.h"

enum { SEQS = 400, TEXT_MAX = 40 };

/* ---- a room with everything in it ---- */

/* When scratch_message() has it said. */
#define TIME_OF(seq) (1700000000000 + (int64_t)(seq))

/* What the room is, by seq. */
struct model {
    uint64_t seq;
    struct {
        uint8_t stored;
        bool removed, changed;
        uint64_t target;
        uint64_t text_seq; /* its text is scratch_text() of this seq */
    } events[SEQS + 1];
};

static bool shown(const struct model *model, const struct query *query, uint64_t seq) {
    uint8_t stored = model->events[seq].stored;
    if (stored == STORED_MESSAGE) return !model->events[seq].removed;
    return query->full && stored != STORED_EDIT && stored != STORED_REMOVAL &&
           stored != STORED_RENAME;
}

static uint64_t some_target(const struct model *model, uint64_t seed) {
    uint64_t seq = 1 + seed % (model->seq - 1); /* it was said before */
    while (seq > 1 && model->events[seq].stored != STORED_MESSAGE)
        seq--;
    return seq;
}

static void model_change(struct model *model, uint64_t seq) {
    uint64_t target = model->events[seq].target;
    if (model->events[seq].stored == STORED_EDIT) {
        model->events[seq].removed = model->events[target].removed;
        if (model->events[target].removed) return;
        model->events[target].changed = true;
        model->events[target].text_seq = seq;
    } else if (model->events[seq].stored == STORED_REMOVAL) {
        model->events[target].removed = true;
        for (uint64_t i = 1; i <= seq; i++)
            if (model->events[i].stored == STORED_EDIT && model->events[i].target == target)
                model->events[i].removed = true;
    }
}

/* Mostly messages, some of everything else. */
static void say_anything(struct scratch *s, struct store *store, struct model *model,
                         struct rng *rng) {
    static const uint8_t kinds[] = {STORED_EDIT, STORED_EDIT, STORED_REMOVAL,    STORED_REACTION,
                                    STORED_KICK, STORED_ROLE, STORED_UNREACTION, STORED_RENAME};
    while (model->seq < SEQS) {
        uint64_t seed = rng_next(rng);
        struct record record = scratch_message(1, ++model->seq, TEXT_MAX);
        if (model->seq > 1 && seed % 4 == 0) record.stored = kinds[seed / 8 % 8];
        if (record.stored >= STORED_EDIT && record.stored <= STORED_UNREACTION) {
            record.target = some_target(model, seed / 64);
        }
        model->events[model->seq].stored = record.stored;
        model->events[model->seq].target = record.target;
        model->events[model->seq].text_seq = model->seq;
        model_change(model, model->seq);
        scratch_put(s, store, record);
        if (seed % 7 == 0) scratch_commit(s, store);
        if (seed % 63 == 0) scratch_idle(s, store);
    }
    scratch_commit(s, store);
}

struct judged {
    const struct model *model;
    uint64_t seqs[SEQS];
    uint32_t count;
};

static void judge_row(void *context, const struct event *past) {
    struct judged *judged = context;
    const struct model *model = judged->model;
    bool removed = model->events[past->seq].removed;
    assert_true(past->seq >= 1 && past->seq <= model->seq);
    assert_int_equal(past->stored, model->events[past->seq].stored);
    assert_int_equal(past->target, model->events[past->seq].target);
    assert_int_equal((past->flags & EVENT_OFF) != 0, removed);
    assert_int_equal((past->flags & EVENT_CHANGED) != 0,
                     model->events[past->seq].changed && !removed);
    struct slice text = scratch_text(1, model->events[past->seq].text_seq, TEXT_MAX);
    if (removed) text = (struct slice){0};
    assert_true(slice_equal(past->text, text));
    judged->seqs[judged->count++] = past->seq;
}

/* In as many pieces as it takes; as pages.c of the server goes on. */
static struct judged read_all(struct scratch *s, struct store_reader *reader,
                              const struct model *model, struct query query, size_t bytes_max) {
    struct judged judged = {.model = model};
    struct query_end end;
    do {
        assert_int_equal(store_read(reader, &query, bytes_max, judge_row, &judged, &end, &s->error),
                         0);
        if (query.kind == QUERY_LATEST || query.kind == QUERY_AROUND) query.kind = QUERY_RANGE;
        query.count = end.count;
        query.first = end.first;
        query.last = end.last;
        query.after_ms = query.before_ms = 0;
    } while (end.count > 0);
    return judged;
}

/* The same page from the model. */
static struct judged expect_page(const struct model *model, const struct query *query) {
    struct judged page = {.model = model};
    uint64_t first = query->first > 0 ? query->first : 1;
    uint64_t last = query->last < model->seq ? query->last : model->seq;
    uint32_t back = 0;
    bool around = query->kind == QUERY_AROUND;
    while (query->after_ms != 0 && first <= last && TIME_OF(first) <= query->after_ms)
        first++;
    uint64_t before = first; /* the first from before_ms on */
    while (query->before_ms != 0 && before <= last && TIME_OF(before) < query->before_ms)
        before++;
    if (query->before_ms != 0 && !around) last = before - 1;
    uint64_t from = first;
    if (first > last) return page;
    if (query->kind == QUERY_LATEST) {
        back = query->count;
        from = last + 1;
    } else if (query->kind == QUERY_AROUND) {
        uint64_t target = query->before_ms != 0 ? before : query->target;
        if (target > last) target = last;
        back = query->count / 2;
        from = target > first ? target : first;
    }
    while (from > first && back > 0)
        back -= shown(model, query, --from);
    for (; from <= last && page.count < query->count; from++) {
        if (query->kind == QUERY_EVENTS || shown(model, query, from))
            page.seqs[page.count++] = from;
    }
    return page;
}

static void every_page_is_that_of_the_plain_list(void **state) {
    struct scratch *s = *state;
    static struct model model;
    struct rng rng = {5};
    struct store *store = scratch_open(s);
    scratch_make_room(s, store, 1);
    say_anything(s, store, &model, &rng);
    struct store_reader *reader = scratch_reader(s);
    static const enum query_kind kinds[] = {QUERY_LATEST, QUERY_RANGE, QUERY_AROUND, QUERY_EVENTS};
    for (int i = 0; i < 3000; i++) {
        uint64_t seed = rng_next(&rng);
        struct query query = {.kind = kinds[seed % 4],
                              .room.v = 1,
                              .count = (uint32_t)(seed / 4 % 60),
                              .first = seed / 256 % 4 == 0 ? 0 : seed / 1024 % (SEQS + 5),
                              .last = SEQS + 5 - seed / 65536 % (SEQS + 5),
                              .target = seed >> 32 & 511,
                              .full = seed >> 41 & 1};
        uint64_t times = rng_next(&rng);
        if (times % 3 == 0) query.after_ms = TIME_OF(times / 16 % (SEQS + 9));
        if (times % 5 == 0) query.before_ms = TIME_OF(times / 8192 % (SEQS + 9));
        struct judged page = expect_page(&model, &query);
        struct judged judged = read_all(s, reader, &model, query, seed >> 50);
        assert_int_equal(judged.count, page.count);
        assert_memory_equal(judged.seqs, page.seqs, page.count * sizeof page.seqs[0]);
    }
    for (uint64_t seq = 0; seq <= SEQS + 1; seq++) {
        struct query query = {.kind = QUERY_ONE, .room.v = 1, .target = seq, .last = UINT64_MAX};
        struct judged judged = read_all(s, reader, &model, query, 0);
        assert_int_equal(judged.count, seq >= 1 && seq <= SEQS);
    }
    store_reader_close(reader);
    store_close(store);
}

/* ---- what is trimmed ---- */

enum { DAY_MS = 86400000 };

static int64_t now_ms(void) {
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec * 1000;
}

static int64_t clock_us(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

static void work_off(struct scratch *s, struct store *store) {
    scratch_idle(s, store);
    while (store_idle_again(store))
        scratch_idle(s, store);
}

/* Room `room`: 100 messages an hour for ten days up to now, every tenth event a topic. */
static void say_for_days(struct scratch *s, struct store *store, uint32_t room, uint32_t days,
                         uint32_t count) {
    char name[24];
    struct record made = scratch_room(room, name);
    made.retention_days = days;
    made.retention_count = count;
    scratch_put(s, store, made);
    for (uint64_t seq = 1; seq <= 2400; seq++) {
        struct record record = scratch_message(room, seq, 0);
        record.time_ms = now_ms() - (int64_t)(2400 - seq) * (DAY_MS / 240) - 5000;
        if (seq % 10 == 0) record.kind = RECORD_TOPIC;
        scratch_put(s, store, record);
    }
    scratch_commit(s, store);
}

struct range {
    uint32_t count;
    uint64_t first, last;
};

static void range_row(void *context, const struct event *past) {
    struct range *range = context;
    if (range->count++ == 0) range->first = past->seq;
    range->last = past->seq;
}

static struct range read_range(struct scratch *s, struct query query) {
    struct range range = {0};
    struct query_end end;
    struct store_reader *reader = scratch_reader(s);
    if (store_read(reader, &query, SIZE_MAX, range_row, &range, &end, &s->error) < 0) {
        fail_msg("%s", s->error.text);
    }
    store_reader_close(reader);
    return range;
}

static struct range read_events(struct scratch *s, uint32_t room) {
    return read_range(
        s, (struct query){
               .kind = QUERY_EVENTS, .room.v = room, .count = UINT32_MAX, .last = UINT64_MAX});
}

static void a_room_keeps_what_it_is_told_to_keep(void **state) {
    struct scratch *s = *state;
    struct store *store = scratch_open(s);
    say_for_days(s, store, 1, 0, 0);
    say_for_days(s, store, 2, 3, 0);
    say_for_days(s, store, 3, 0, 90);
    say_for_days(s, store, 4, 5, 2000);
    say_for_days(s, store, 5, 100, 5000);
    work_off(s, store);
    for (int again = 0; again < 2; again++) {
        assert_int_equal(read_events(s, 1).first, 1);
        assert_int_equal(read_events(s, 2).first, 2400 - 3 * 240 + 1);
        assert_int_equal(read_range(s, scratch_range(3, 1, UINT64_MAX)).count, 90);
        assert_int_equal(read_events(s, 4).first, 2400 - 5 * 240 + 1);
        assert_int_equal(read_events(s, 5).first, 1);
        for (uint32_t room = 1; room <= 5; room++)
            assert_int_equal(read_events(s, room).last, 2400);
        store_close(store);
        store = scratch_open(s);
        assert_int_equal(scratch_load(s, store).seq[3], 2400);
    }
    assert_int_equal(read_range(s, scratch_latest(3, 500, UINT64_MAX)).count, 90);
    assert_int_equal(read_range(s, scratch_range(3, 1, 1000)).count, 0);
    scratch_say(s, store, 3, 2401, 2410, 0);
    assert_int_equal(read_range(s, scratch_latest(3, 500, UINT64_MAX)).count, 100);
    store_close(store);
}

static void the_default_of_the_server_counts_where_a_room_says_nothing(void **state) {
    struct scratch *s = *state;
    s->options.retention_days = 2;
    struct store *store = scratch_open(s);
    say_for_days(s, store, 1, 0, 0);
    say_for_days(s, store, 2, 4, 0);
    work_off(s, store);
    assert_int_equal(read_events(s, 1).first, 2400 - 2 * 240 + 1);
    assert_int_equal(read_events(s, 2).first, 2400 - 4 * 240 + 1);
    assert_true(store_wait_ms(store) > 1000);
    store_retain(store, 1);
    assert_int_equal(store_wait_ms(store), 0);
    work_off(s, store);
    assert_int_equal(read_events(s, 1).first, 2400 - 240 + 1);
    assert_int_equal(read_events(s, 2).first, 2400 - 4 * 240 + 1);
    store_close(store);
}

static void without_retention_nothing_is_ever_due(void **state) {
    struct scratch *s = *state;
    struct store *store = scratch_open(s);
    say_for_days(s, store, 1, 0, 0);
    work_off(s, store);
    assert_int_equal(store_wait_ms(store), -1);
    char name[24];
    struct record made = scratch_room(1, name);
    made.retention_count = 10;
    made.seq = 2400;
    scratch_put(s, store, made);
    scratch_commit(s, store);
    assert_int_equal(store_wait_ms(store), 0);
    work_off(s, store);
    assert_int_equal(read_range(s, scratch_range(1, 1, UINT64_MAX)).count, 10);
    store_close(store);
}

/* ---- much to delete, while others read (THREATS 66) ---- */

enum { MUCH = 200000 };

static void say_much(struct scratch *s, struct store *store, uint32_t room) {
    scratch_make_room(s, store, room);
    for (uint64_t seq = 1; seq <= MUCH; seq += 1000)
        scratch_say(s, store, room, seq, seq + 999, 100);
    scratch_idle(s, store);
}

static int ascending(const void *a, const void *b) {
    int64_t x = *(const int64_t *)a;
    int64_t y = *(const int64_t *)b;
    return x < y ? -1 : x > y;
}

/* Each turn of the store, with a message said and a page of another room read between two. */
static void deleting_much_holds_nobody_up(void **state) {
    struct scratch *s = *state;
    s->options.durability = STORE_OFF; /* the disk's own time is not what is measured */
    struct store *store = scratch_open(s);
    say_much(s, store, 1);
    scratch_make_room(s, store, 2);
    scratch_put(s, store, (struct record){.kind = RECORD_DELETED, .room.v = 1});
    scratch_commit(s, store);
    static int64_t turns[MUCH];
    uint32_t count = 0;
    uint64_t seq = 0;
    struct store_reader *reader = scratch_reader(s);
    while (store_idle_again(store)) {
        int64_t begin = clock_us();
        scratch_idle(s, store);
        turns[count++] = clock_us() - begin;
        scratch_say(s, store, 2, seq + 1, seq + 1, 0);
        seq++;
        assert_int_equal(scratch_page(s, reader, scratch_latest(2, 1, UINT64_MAX), 0).last, seq);
        assert_int_equal(scratch_page(s, reader, scratch_latest(1, 9, UINT64_MAX), 100).count, 0);
    }
    qsort(turns, count, sizeof turns[0], ascending);
    print_message("%u turns; microseconds: median %lld, 99 %% %lld, longest %lld\n", count,
                  (long long)turns[count / 2], (long long)turns[count * 99 / 100],
                  (long long)turns[count - 1]);
    assert_true(count > 10);
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
    assert_true(turns[count / 2] < 5000);
#endif
    assert_int_equal(read_events(s, 1).count, 0);
    store_reader_close(reader);
    store_close(store);
}

/* ---- a backup and what is made of it ---- */

static void back_up(struct scratch *s, const char *path) {
    int fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    assert_true(fd >= 0);
    struct store_backup *backup = store_backup_open(&s->options, fd, &s->error);
    if (backup == NULL) fail_msg("%s", s->error.text);
    int result;
    while ((result = store_backup_step(backup, &s->error)) > 0) {
    }
    assert_int_equal(result, 0);
    store_backup_close(backup);
    close(fd);
}

struct epochs {
    uint32_t rooms, old;
    uint64_t epoch[4], old_epoch[4], old_seq[4];
};

static void epochs_row(void *context, const struct record *record) {
    struct epochs *epochs = context;
    if (record->kind == RECORD_ROOM) {
        epochs->rooms++;
        epochs->epoch[record->room.v] = record->epoch;
    } else if (record->kind == RECORD_EPOCH) {
        epochs->old++;
        epochs->old_epoch[record->room.v] = record->epoch;
        epochs->old_seq[record->room.v] = record->seq;
    }
}

static struct epochs load_epochs(struct scratch *s, struct store *store) {
    struct epochs epochs = {0};
    uint32_t skipped;
    assert_int_equal(store_load(store, epochs_row, &epochs, &skipped, &s->error), 0);
    assert_int_equal(skipped, 0);
    return epochs;
}

static void a_restored_folder_has_everything_in_new_epochs(void **state) {
    struct scratch *s = *state;
    char copy[96];
    char other[160];
    struct store_options made = {.folder = other};
    uint32_t skipped = 0;
    snprintf(copy, sizeof copy, "%s/copy", s->top);
    snprintf(other, sizeof other, "%s/other", s->top);
    struct store *store = scratch_open(s);
    for (uint32_t room = 1; room <= 3; room++) {
        scratch_make_room(s, store, room);
        scratch_say(s, store, room, 1, room * 10, 50);
    }
    scratch_put(s, store, (struct record){.kind = RECORD_COUNTERS, .number = 9, .seq = 4});
    scratch_commit(s, store);
    back_up(s, copy);
    scratch_say(s, store, 1, 11, 20, 50); /* after it */
    struct epochs before = load_epochs(s, store);
    store_close(store);
    if (store_restore(&made, copy, &skipped, &s->error) < 0) fail_msg("%s", s->error.text);
    assert_int_equal(skipped, 0);
    memcpy(s->folder, other, sizeof s->folder);
    store = scratch_open(s);
    struct epochs after = load_epochs(s, store);
    assert_int_equal(after.rooms, 3);
    assert_int_equal(after.old, 3);
    struct store_reader *reader = scratch_reader(s);
    for (uint32_t room = 1; room <= 3; room++) {
        assert_true(after.epoch[room] != before.epoch[room]);
        assert_true(after.old_epoch[room] == before.epoch[room]);
        assert_int_equal(after.old_seq[room], room * 10);
        assert_int_equal(scratch_page(s, reader, scratch_range(room, 1, UINT64_MAX), 50).count,
                         room * 10);
    }
    assert_true(after.epoch[1] != after.epoch[2]);
    store_reader_close(reader);
    store_close(store);
    /* nothing of the making is left: parlance.db, lock, reserve */
    char path[256];
    scratch_path(s, "restoring", path);
    assert_int_equal(access(path, F_OK), -1);
}

static void what_is_no_backup_or_has_a_place_already_is_not_restored(void **state) {
    struct scratch *s = *state;
    char copy[96];
    char other[160];
    char text[160];
    struct store_options made = {.folder = other};
    uint32_t skipped = 0;
    snprintf(copy, sizeof copy, "%s/copy", s->top);
    snprintf(other, sizeof other, "%s/other", s->top);
    snprintf(text, sizeof text, "%s/text", s->top);
    struct store *store = scratch_open(s);
    scratch_make_room(s, store, 1);
    for (uint64_t seq = 1; seq < 400; seq += 100)
        scratch_say(s, store, 1, seq, seq + 99, 50);
    back_up(s, copy);
    assert_true(store_restore(&s->options, copy, &skipped, &s->error) < 0);
    assert_int_equal(s->error.fault, STORE_RUNNING);
    store_close(store);
    assert_true(store_restore(&s->options, copy, &skipped, &s->error) < 0);
    assert_non_null(strstr(s->error.text, "holds a database already"));
    int fd = open(text, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    assert_int_equal(write(fd, "not a database at all", 21), 21);
    close(fd);
    assert_true(store_restore(&made, text, &skipped, &s->error) < 0);
    assert_non_null(strstr(s->error.text, "is not a backup of this program"));
    assert_true(store_restore(&made, "/nowhere/at/all", &skipped, &s->error) < 0);
    assert_non_null(strstr(s->error.text, "/nowhere/at/all"));
    fd = open(copy, O_WRONLY | O_CLOEXEC);
    static const char junk[4096] = {0};
    assert_int_equal(pwrite(fd, junk, sizeof junk, 12 * 4096), sizeof junk);
    close(fd);
    assert_true(store_restore(&made, copy, &skipped, &s->error) < 0);
    assert_non_null(strstr(s->error.text, "damaged"));
    memcpy(s->folder, other, sizeof s->folder);
    store = scratch_open(s); /* as if nothing had been tried */
    assert_int_equal(scratch_load(s, store).rooms, 0);
    store_close(store);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        scratch_test(every_page_is_that_of_the_plain_list),
        scratch_test(a_room_keeps_what_it_is_told_to_keep),
        scratch_test(the_default_of_the_server_counts_where_a_room_says_nothing),
        scratch_test(without_retention_nothing_is_ever_due),
        scratch_test(deleting_much_holds_nobody_up),
        scratch_test(a_restored_folder_has_everything_in_new_epochs),
        scratch_test(what_is_no_backup_or_has_a_place_already_is_not_restored),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
