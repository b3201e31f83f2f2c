/* What is said of a message that was said before: edits, removals, reactions, purges. A page shows
 * what a message says now, a removed text is shown to nobody from the commit of its removal on, and
 * is not in the files when nothing is left to do. */
#include "test_store_expect.h"

enum { ROWS_MAX = 200, LINE_MAX = 200 };

#define SLICE(slice) (int)(slice).size, (slice).at
#define GUEST (UINT64_C(1) << 63)

/* What store_read() gave, a line each. */
struct rows {
    uint32_t count;
    char lines[ROWS_MAX][LINE_MAX];
};

static void rows_row(void *context, const struct event *past) {
    struct rows *rows = context;
    assert_true(rows->count < ROWS_MAX);
    snprintf(rows->lines[rows->count++], LINE_MAX, "%llu%s%s%s k%u t%llu r%u %.*s",
             (unsigned long long)past->seq, (past->flags & EVENT_CHANGED) != 0 ? " changed" : "",
             (past->flags & EVENT_OFF) != 0 ? " off" : "",
             past->identity.v == GUEST + 7 ? "" : " other", past->stored,
             (unsigned long long)past->target, past->count, SLICE(past->text));
}

static struct rows *read_rows(struct scratch *s, struct query query) {
    static struct rows rows;
    struct query_end end;
    rows.count = 0;
    struct store_reader *reader = scratch_reader(s);
    if (store_read(reader, &query, 1 << 20, rows_row, &rows, &end, &s->error) < 0) {
        fail_msg("%s", s->error.text);
    }
    assert_int_equal(end.count, 0);
    store_reader_close(reader);
    return &rows;
}

static struct query events(uint64_t first, uint64_t last) {
    return (struct query){
        .kind = QUERY_EVENTS, .room.v = 1, .count = UINT32_MAX, .first = first, .last = last};
}

static struct query one(uint64_t target) {
    return (struct query){.kind = QUERY_ONE, .room.v = 1, .last = UINT64_MAX, .target = target};
}

static void expect_rows(struct scratch *s, struct query query, const char *const *expected) {
    struct rows *rows = read_rows(s, query);
    uint32_t i = 0;
    for (; expected[i] != NULL; i++) {
        if (i == rows->count) fail_msg("'%s' is missing", expected[i]);
        assert_string_equal(rows->lines[i], expected[i]);
    }
    if (rows->count != i) fail_msg("and '%s'", rows->lines[i]);
}

#define expect(s, query, ...) expect_rows(s, query, (const char *const[]){__VA_ARGS__, NULL})

static struct record said(uint64_t seq, enum stored stored, uint64_t target, const char *text) {
    return (struct record){
        .kind = RECORD_MESSAGE,
        .stored = (uint8_t)stored,
        .room.v = 1,
        .seq = seq,
        .target = target,
        .author.v = 9,
        .identity.v = GUEST + 7,
        .time_ms = 1700000000000 + (int64_t)seq,
        .author_name = slice_of("ann"),
        .text = slice_text(text),
    };
}

static struct record purge(uint64_t identity, uint64_t since_seq) {
    return (struct record){.kind = RECORD_PURGE,
                           .room.v = 1,
                           .identity.v = identity,
                           .time_ms = 1700000000000 + (int64_t)since_seq};
}

static void work_off(struct scratch *s, struct store *store) {
    scratch_idle(s, store);
    while (store_idle_again(store))
        scratch_idle(s, store);
}

/* Is the text anywhere in the database or its WAL? */
static bool on_disk(const struct scratch *s, const char *text) {
    static const char *const names[] = {"parlance.db", "parlance.db-wal"};
    bool found = false;
    for (size_t i = 0; i < 2; i++) {
        char path[256];
        struct stat entry;
        scratch_path(s, names[i], path);
        int fd = open(path, O_RDONLY | O_CLOEXEC);
        if (fd < 0 || fstat(fd, &entry) < 0) continue;
        char *bytes = malloc((size_t)entry.st_size + 1);
        ssize_t size = read(fd, bytes, (size_t)entry.st_size);
        found |= size > 0 && memmem(bytes, (size_t)size, text, strlen(text)) != NULL;
        free(bytes);
        close(fd);
    }
    return found;
}

/* Messages 1 to 5 of room 1. */
static struct store *begin(struct scratch *s) {
    struct store *store = scratch_open(s);
    scratch_make_room(s, store, 1);
    for (uint64_t seq = 1; seq <= 5; seq++) {
        char text[] = "text 0";
        text[5] = (char)('0' + seq);
        scratch_put(s, store, said(seq, STORED_MESSAGE, seq == 5 ? 2 : 0, text));
    }
    scratch_commit(s, store);
    return store;
}

static void an_edit_changes_what_a_page_shows_and_is_an_event(void **state) {
    struct scratch *s = *state;
    struct store *store = begin(s);
    scratch_put(s, store, said(6, STORED_EDIT, 2, "better"));
    scratch_put(s, store, said(7, STORED_EDIT, 2, "best"));
    scratch_commit(s, store);
    for (int again = 0; again < 2; again++) {
        expect(s, scratch_latest(1, 3, 9), "3 k0 t0 r0 text 3", "4 k0 t0 r0 text 4",
               "5 k0 t2 r0 text 5");
        expect(s, scratch_range(1, 1, 2), "1 k0 t0 r0 text 1", "2 changed k0 t0 r0 best");
        expect(s, events(5, 7), "5 k0 t2 r0 text 5", "6 k2 t2 r0 better", "7 k2 t2 r0 best");
        expect(s, one(2), "2 changed k0 t0 r0 best");
        store_close(store);
        store = scratch_open(s);
    }
    store_close(store);
}

static void an_edit_in_the_batch_of_its_message_is_kept(void **state) {
    struct scratch *s = *state;
    struct store *store = begin(s);
    scratch_put(s, store, said(6, STORED_MESSAGE, 0, "teh"));
    scratch_put(s, store, said(7, STORED_EDIT, 6, "the"));
    scratch_put(s, store, said(8, STORED_MESSAGE, 0, "gone at once"));
    scratch_put(s, store, said(9, STORED_REMOVAL, 8, ""));
    scratch_commit(s, store);
    expect(s, events(6, 9), "6 changed k0 t0 r0 the", "7 k2 t6 r0 the", "8 off k0 t0 r0 ",
           "9 k3 t8 r0 ");
    store_close(store);
}

static void a_removed_message_is_in_no_page_and_has_no_text(void **state) {
    struct scratch *s = *state;
    struct store *store = begin(s);
    scratch_put(s, store, said(6, STORED_EDIT, 2, "never mind"));
    scratch_put(s, store, said(7, STORED_REMOVAL, 2, ""));
    scratch_commit(s, store);
    expect(s, scratch_range(1, 1, 3), "1 k0 t0 r0 text 1", "3 k0 t0 r0 text 3");
    expect(s, scratch_latest(1, 4, 9), "1 k0 t0 r0 text 1", "3 k0 t0 r0 text 3",
           "4 k0 t0 r0 text 4", "5 k0 t2 r0 text 5");
    expect(s, events(1, 9), "1 k0 t0 r0 text 1", "2 off k0 t0 r0 ", "3 k0 t0 r0 text 3",
           "4 k0 t0 r0 text 4", "5 k0 t2 r0 text 5", "6 off k2 t2 r0 ", "7 k3 t2 r0 ");
    expect(s, one(2), "2 off k0 t0 r0 ");
    work_off(s, store);
    assert_false(on_disk(s, "text 2"));
    assert_false(on_disk(s, "never mind"));
    assert_true(on_disk(s, "text 3"));
    store_close(store);
}

/* A text of a size that its removal leaves to the idle time. */
static void remove_long(struct scratch *s, size_t size, int edits) {
    struct store *store = begin(s);
    char *text = malloc(size + 1);
    memset(text, 'x', size);
    memcpy(text + size - 8, "the-end.", 8);
    text[size] = '\0';
    uint64_t seq = 6;
    scratch_put(s, store, said(seq, STORED_MESSAGE, 0, text));
    for (int i = 0; i < edits; i++)
        scratch_put(s, store, said(++seq, STORED_EDIT, 6, text));
    scratch_commit(s, store);
    work_off(s, store);
    assert_true(on_disk(s, "the-end."));
    scratch_put(s, store, said(++seq, STORED_REMOVAL, 6, ""));
    scratch_commit(s, store);
    assert_int_equal(read_rows(s, scratch_range(1, 6, 99))->count, 0);
    struct rows *rows = read_rows(s, events(6, 99));
    assert_int_equal(rows->count, 2 + edits);
    for (uint32_t i = 0; i + 1 < rows->count; i++)
        assert_non_null(strstr(rows->lines[i], " off "));
    expect(s, one(6), "6 off k0 t0 r0 ");
    scratch_put(s, store, said(++seq, STORED_EDIT, 6, "too late"));
    scratch_commit(s, store);
    rows = read_rows(s, events(seq, 99));
    assert_non_null(strstr(rows->lines[0], " off k2 t6"));
    expect(s, scratch_latest(1, 1, 99), "5 k0 t2 r0 text 5");
    work_off(s, store);
    assert_false(on_disk(s, "the-end."));
    assert_false(on_disk(s, "too late"));
    assert_int_equal(read_rows(s, events(6, 99))->count, 3 + edits);
    expect(s, one(6), "6 off k0 t0 r0 ");
    store_close(store);
    free(text);
    scratch_forget(s);
}

static void long_texts_and_many_edits_leave_the_disk_too(void **state) {
    static const struct {
        size_t size;
        int edits;
    } cases[] = {{100, 0}, {100, 3}, {100, 40}, {3001, 0}, {5000, 2}, {65536, 20}, {1000000, 1}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        remove_long(*state, cases[i].size, cases[i].edits);
}

static void a_message_edited_very_often_goes_in_slices_and_is_hidden_meanwhile(void **state) {
    enum { EDITS = 5000 };
    struct scratch *s = *state;
    s->options.durability = STORE_OFF;
    struct store *store = begin(s);
    for (uint64_t seq = 6; seq < 6 + EDITS; seq++)
        scratch_put(s, store, said(seq, STORED_EDIT, 2, "once more"));
    scratch_put(s, store, said(6 + EDITS, STORED_REMOVAL, 2, ""));
    scratch_commit(s, store);
    uint32_t turns = 0;
    for (bool again = true; again; turns++) {
        assert_int_equal(read_rows(s, scratch_range(1, 1, 4))->count, 3);
        for (uint64_t seq = 6; seq < 6 + EDITS; seq += 499)
            assert_non_null(strstr(read_rows(s, events(seq, seq))->lines[0], " off "));
        scratch_idle(s, store);
        again = store_idle_again(store);
    }
    assert_true(turns > 2);
    expect(s, one(2), "2 off k0 t0 r0 ");
    assert_false(on_disk(s, "once more"));
    store_close(store);
}

static void reactions_are_counted_once_a_person_and_text(void **state) {
    struct scratch *s = *state;
    struct store *store = begin(s);
    struct record other = said(9, STORED_REACTION, 2, "+1");
    other.identity.v = 4;
    scratch_put(s, store, said(6, STORED_REACTION, 2, "+1"));
    scratch_put(s, store, said(7, STORED_REACTION, 2, "+1"));
    scratch_put(s, store, said(8, STORED_REACTION, 2, "heart"));
    scratch_put(s, store, other);
    scratch_put(s, store, said(10, STORED_REACTION, 3, "+1"));
    scratch_commit(s, store);
    expect(s, scratch_range(1, 1, 4), "1 k0 t0 r0 text 1", "2 k0 t0 r3 text 2", "3 k0 t0 r1 text 3",
           "4 k0 t0 r0 text 4");
    scratch_put(s, store, said(11, STORED_UNREACTION, 2, "+1"));
    scratch_put(s, store, said(12, STORED_UNREACTION, 3, "+1"));
    scratch_put(s, store, said(13, STORED_UNREACTION, 3, "never said"));
    scratch_commit(s, store);
    expect(s, scratch_range(1, 2, 3), "2 k0 t0 r2 text 2", "3 k0 t0 r0 text 3");
    expect(s, events(9, 11), "9 other k4 t2 r0 +1", "10 k4 t3 r0 +1", "11 k5 t2 r0 +1");
    store_close(store);
}

static void all_kinds_of_events_keep_their_numbers_and_texts(void **state) {
    struct scratch *s = *state;
    struct store *store = begin(s);
    uint64_t seq = 5;
    for (int kind = STORED_MODE; kind <= STORED_RENAME; kind++)
        scratch_put(s, store, said(++seq, (enum stored)kind, 0, "what"));
    struct record topic = said(++seq, STORED_TOPIC, 0, "topic");
    topic.kind = RECORD_TOPIC;
    scratch_put(s, store, topic);
    scratch_commit(s, store);
    expect(s, events(6, 99), "6 k6 t0 r0 what", "7 k7 t0 r0 what", "8 k8 t0 r0 what",
           "9 k9 t0 r0 what", "10 k10 t0 r0 what", "11 k1 t0 r0 topic");
    expect(s, scratch_latest(1, 1, 99), "5 k0 t2 r0 text 5");
    store_close(store);
}

/* ---- purges ---- */

/* Of 3,000 messages every third is hers, and every ninth also edited. */
static struct store *begin_purge(struct scratch *s) {
    struct store *store = begin(s);
    for (uint64_t seq = 6; seq <= 3000; seq++) {
        struct record record = said(seq, STORED_MESSAGE, 0, "kept words");
        if (seq % 3 == 0) {
            record.identity.v = GUEST + 8;
            record.text = slice_of("her words");
        }
        if (seq % 9 == 1) {
            record = said(seq, STORED_EDIT, seq - 1, "her words anew");
            record.identity.v = GUEST + 8;
        }
        scratch_put(s, store, record);
    }
    scratch_commit(s, store);
    return store;
}

static void expect_purged(struct scratch *s, uint64_t since) {
    struct store_reader *reader = scratch_reader(s);
    static struct rows rows;
    for (uint64_t first = 6; first <= 3000; first += ROWS_MAX) {
        struct query_end end;
        struct query query = events(first, first + ROWS_MAX - 1);
        rows.count = 0;
        assert_int_equal(store_read(reader, &query, 1 << 20, rows_row, &rows, &end, &s->error), 0);
        for (uint32_t i = 0; i < rows.count; i++) {
            uint64_t seq = strtoull(rows.lines[i], NULL, 10);
            bool hers = seq % 3 == 0 && seq % 9 != 1;
            bool edit = seq % 9 == 1;
            uint64_t meant = edit ? seq - 1 : seq;
            bool off = (hers || (edit && meant % 3 == 0)) && meant >= since && seq <= 3000;
            if (off != (strstr(rows.lines[i], " off ") != NULL)) fail_msg("%s", rows.lines[i]);
            if (off && strstr(rows.lines[i], "words") != NULL) fail_msg("%s", rows.lines[i]);
        }
    }
    store_reader_close(reader);
}

static void a_purge_hides_at_once_and_empties_in_slices(void **state) {
    struct scratch *s = *state;
    struct store *store = begin_purge(s);
    scratch_put(s, store, purge(GUEST + 8, 1000));
    for (uint64_t seq = 3001; seq <= 3003; seq++) {
        struct record later = said(seq, STORED_MESSAGE, 0, "later words");
        later.identity.v = GUEST + 8;
        scratch_put(s, store, later);
    }
    scratch_commit(s, store);
    uint32_t turns = 0;
    do {
        expect_purged(s, 1000);
        expect(s, scratch_latest(1, 2, 3000), "2996 k0 t0 r0 kept words",
               "2999 k0 t0 r0 kept words");
        scratch_idle(s, store);
        turns++;
    } while (store_idle_again(store));
    expect_purged(s, 1000);
    expect(s, scratch_latest(1, 1, 9999), "3003 other k0 t0 r0 later words");
    print_message("%u turns\n", turns);
    store_close(store);
    store = scratch_open(s);
    expect_purged(s, 1000);
    store_close(store);
}

static void a_purge_goes_on_after_a_kill(void **state) {
    struct scratch *s = *state;
    struct store *store = begin_purge(s);
    scratch_put(s, store, purge(GUEST + 8, 0));
    scratch_commit(s, store);
    store_close(store);
    for (int round = 0; round < 4; round++) {
        pid_t child = fork();
        if (child == 0) {
            store = store_open(&s->options, &s->error);
            if (store == NULL || store_idle(store, &s->error) < 0) _exit(1);
            kill(getpid(), SIGKILL);
        }
        int status = 0;
        assert_int_equal(waitpid(child, &status, 0), child);
        assert_true(WIFSIGNALED(status));
        store = scratch_open(s);
        expect_purged(s, 0);
        store_close(store);
    }
    store = scratch_open(s);
    work_off(s, store);
    assert_false(on_disk(s, "her words"));
    expect_purged(s, 0);
    store_close(store);
}

static void an_edit_meets_a_purge_that_is_not_done(void **state) {
    struct scratch *s = *state;
    struct store *store = begin(s);
    scratch_put(s, store, purge(GUEST + 7, 0));
    struct record late = said(6, STORED_EDIT, 3, "too late");
    scratch_put(s, store, late);
    scratch_commit(s, store);
    expect(s, events(3, 9), "3 off k0 t0 r0 ", "4 off k0 t0 r0 ", "5 off k0 t2 r0 ",
           "6 off k2 t3 r0 ");
    assert_int_equal(read_rows(s, scratch_range(1, 1, 9))->count, 0);
    work_off(s, store);
    assert_int_equal(read_rows(s, scratch_range(1, 1, 9))->count, 0);
    assert_false(on_disk(s, "too late"));
    store_close(store);
}

static void a_room_without_history_still_loses_what_is_removed(void **state) {
    struct scratch *s = *state;
    struct store *store = begin(s);
    struct record removal = said(6, STORED_REMOVAL, 2, "");
    removal.flags = ROOM_NO_HISTORY;
    scratch_put(s, store, removal);
    scratch_commit(s, store);
    expect(s, events(1, 9), "1 k0 t0 r0 text 1", "2 off k0 t0 r0 ", "3 k0 t0 r0 text 3",
           "4 k0 t0 r0 text 4", "5 k0 t2 r0 text 5");
    store_close(store);
}

static void changes_of_what_is_not_there_are_kept_as_events(void **state) {
    struct scratch *s = *state;
    struct store *store = begin(s);
    scratch_put(s, store, said(6, STORED_EDIT, 77, "of nothing"));
    scratch_put(s, store, said(7, STORED_REMOVAL, 78, ""));
    scratch_put(s, store, said(8, STORED_REMOVAL, 2, ""));
    scratch_put(s, store, said(9, STORED_REMOVAL, 2, "")); /* once more */
    scratch_commit(s, store);
    expect(s, events(6, 9), "6 k2 t77 r0 of nothing", "7 k3 t78 r0 ", "8 k3 t2 r0 ", "9 k3 t2 r0 ");
    store_close(store);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        scratch_test(an_edit_changes_what_a_page_shows_and_is_an_event),
        scratch_test(an_edit_in_the_batch_of_its_message_is_kept),
        scratch_test(a_removed_message_is_in_no_page_and_has_no_text),
        scratch_test(long_texts_and_many_edits_leave_the_disk_too),
        scratch_test(a_message_edited_very_often_goes_in_slices_and_is_hidden_meanwhile),
        scratch_test(reactions_are_counted_once_a_person_and_text),
        scratch_test(all_kinds_of_events_keep_their_numbers_and_texts),
        scratch_test(a_purge_hides_at_once_and_empties_in_slices),
        scratch_test(a_purge_goes_on_after_a_kill),
        scratch_test(an_edit_meets_a_purge_that_is_not_done),
        scratch_test(a_room_without_history_still_loses_what_is_removed),
        scratch_test(changes_of_what_is_not_there_are_kept_as_events),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
