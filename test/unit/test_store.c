/* Rooms, messages and counters go in, and the same come out: at once and after a restart. How a
 * store opens is in test_store_open.c, crashes in test_store_crash.c, damage in
 * test_store_damage.c, full and failing disks in test_store_disk.c. */
#include <pthread.h>
#include <stdatomic.h>

#include "store/crc.h"
#include "test_store_expect.h"

/* ---- rooms and counters ---- */

static void an_empty_store_has_no_rooms_and_no_counters(void **state) {
    struct scratch *s = *state;
    struct store *store = scratch_open(s);
    struct loaded loaded = scratch_load(s, store);
    assert_int_equal(loaded.rooms, 0);
    assert_int_equal(loaded.counters, 0);
    store_close(store);
}

static void rooms_and_counters_come_back_after_a_restart(void **state) {
    struct scratch *s = *state;
    struct store *store = scratch_open(s);
    scratch_make_room(s, store, 1);
    scratch_make_room(s, store, 200);
    scratch_put(s, store,
                (struct record){.kind = RECORD_COUNTERS, .number = 1073742824, .seq = 201});
    scratch_say(s, store, 200, 1, 12, 100);
    store_close(store);
    store = scratch_open(s);
    struct loaded loaded = scratch_load(s, store);
    assert_int_equal(loaded.rooms, 2);
    assert_int_equal(loaded.seq[1], 0);
    assert_int_equal(loaded.seq[200], 12);
    assert_int_equal(loaded.counters, 1);
    assert_int_equal(loaded.next_user, 1073742824);
    assert_int_equal(loaded.next_room, 201);
    store_close(store);
}

static void a_changed_room_replaces_its_row(void **state) {
    struct scratch *s = *state;
    struct store *store = scratch_open(s);
    char name[24];
    scratch_make_room(s, store, 1);
    scratch_say(s, store, 1, 1, 3, 10);
    struct record changed = scratch_room(1, name);
    changed.flags = ROOM_LOBBY;
    changed.seq = 3;
    changed.text = slice_of("another topic");
    scratch_put(s, store, changed);
    scratch_commit(s, store);
    struct loaded loaded = scratch_load(s, store);
    assert_int_equal(loaded.rooms, 1);
    assert_int_equal(loaded.flags[1], ROOM_LOBBY);
    assert_string_equal(loaded.topic, "another topic");
    struct store_reader *reader = scratch_reader(s);
    assert_int_equal(scratch_page(s, reader, scratch_range(1, 1, 3), 10).count, 3);
    store_reader_close(reader);
    store_close(store);
}

static void a_batch_may_make_a_room_speak_change_it_and_delete_it(void **state) {
    struct scratch *s = *state;
    struct store *store = scratch_open(s);
    char name[24];
    scratch_put(s, store, scratch_room(1, name));
    scratch_put(s, store, scratch_message(1, 1, 10));
    struct record changed = scratch_room(1, name);
    changed.seq = 1;
    scratch_put(s, store, changed);
    scratch_put(s, store, scratch_message(1, 2, 10));
    scratch_put(s, store, scratch_room(2, name));
    scratch_put(s, store, scratch_message(2, 1, 10));
    scratch_put(s, store, (struct record){.kind = RECORD_DELETED, .room.v = 2});
    scratch_commit(s, store);
    struct loaded loaded = scratch_load(s, store);
    assert_int_equal(loaded.rooms, 1);
    assert_int_equal(loaded.seq[1], 2);
    struct store_reader *reader = scratch_reader(s);
    assert_int_equal(scratch_page(s, reader, scratch_range(1, 1, 9), 10).count, 2);
    assert_int_equal(scratch_page(s, reader, scratch_range(2, 1, 9), 10).count, 0);
    store_reader_close(reader);
    store_close(store);
}

static void a_name_is_free_at_once_when_its_room_is_deleted(void **state) {
    struct scratch *s = *state;
    struct store *store = scratch_open(s);
    char name[24];
    scratch_make_room(s, store, 1);
    scratch_say(s, store, 1, 1, 2000, 100);
    scratch_put(s, store, (struct record){.kind = RECORD_DELETED, .room.v = 1});
    struct record again = scratch_room(1, name);
    again.room.v = 2;
    again.hex++;
    again.epoch++;
    again.name = again.key = slice_of("room-2");
    scratch_put(s, store, again);
    scratch_commit(s, store);
    assert_int_equal(scratch_load(s, store).rooms, 1);
    store_close(store);
}

static void messages_of_a_deleted_room_go_in_slices_and_its_number_stays_taken(void **state) {
    struct scratch *s = *state;
    struct store *store = scratch_open(s);
    scratch_put(s, store, (struct record){.kind = RECORD_COUNTERS, .number = 9, .seq = 1});
    scratch_make_room(s, store, 1);
    scratch_make_room(s, store, 2);
    scratch_say(s, store, 1, 1, 50, 100);
    for (uint64_t seq = 1; seq <= 20000; seq += 1000)
        scratch_say(s, store, 2, seq, seq + 999, 100);
    scratch_put(s, store, (struct record){.kind = RECORD_DELETED, .room.v = 2});
    scratch_commit(s, store);
    uint32_t turns = 0;
    for (; store_idle_again(store); turns++)
        scratch_idle(s, store);
    assert_true(turns > 1);
    struct store_reader *reader = scratch_reader(s);
    assert_int_equal(scratch_page(s, reader, scratch_range(1, 1, 99), 100).count, 50);
    store_reader_close(reader);
    store_close(store);
    store = scratch_open(s);
    assert_int_equal(scratch_load(s, store).next_room, 3);
    store_close(store);
}

static void deleting_goes_on_after_a_restart(void **state) {
    struct scratch *s = *state;
    struct store *store = scratch_open(s);
    scratch_make_room(s, store, 2);
    scratch_say(s, store, 2, 1, 1000, 100);
    scratch_put(s, store, (struct record){.kind = RECORD_DELETED, .room.v = 2});
    scratch_commit(s, store);
    store_close(store);
    store = scratch_open(s);
    while (store_idle_again(store))
        scratch_idle(s, store);
    scratch_make_room(s, store, 2); /* the hub would not; it shows that nothing is left */
    scratch_say(s, store, 2, 1, 1000, 100);
    store_close(store);
}

/* ---- pages ---- */

static void pages_are_the_same_in_any_size_of_piece(void **state) {
    struct scratch *s = *state;
    struct store *store = scratch_open(s);
    for (uint32_t room = 1; room <= 3; room++) {
        scratch_make_room(s, store, room);
        scratch_say(s, store, room, 1, 300, 6000);
    }
    struct store_reader *reader = scratch_reader(s);
    for (size_t bytes_max = 0; bytes_max < 100000; bytes_max = bytes_max * 3 + 1) {
        struct page page = {.size_max = 6000};
        assert_int_equal(scratch_read(s, reader, scratch_latest(2, 100, 250), bytes_max, &page), 0);
        assert_false(page.wrong);
        assert_false(page.holes);
        assert_int_equal(page.count, 100);
        assert_int_equal(page.last, 250);
    }
    store_reader_close(reader);
    store_close(store);
}

static void a_piece_ends_before_the_row_that_would_not_fit(void **state) {
    struct scratch *s = *state;
    struct store *store = scratch_open(s);
    scratch_make_room(s, store, 1);
    scratch_say(s, store, 1, 1, 5, 0);
    struct store_reader *reader = scratch_reader(s);
    struct query query = scratch_range(1, 1, 5);
    struct query_end end;
    struct page page = {0};
    size_t two =
        2 * sizeof(struct event) + strlen("Zoë") + strlen("1/1 ") + strlen("ann") + strlen("1/2 ");
    assert_int_equal(store_read(reader, &query, two, page_row, &page, &end, &s->error), 0);
    assert_int_equal(page.count, 2);
    assert_int_equal(end.first, 3);
    assert_int_equal(end.last, 5);
    assert_int_equal(end.count, UINT32_MAX - 2);
    page.count = 0;
    assert_int_equal(store_read(reader, &query, 0, page_row, &page, &end, &s->error), 0);
    assert_int_equal(page.count, 1);
    store_reader_close(reader);
    store_close(store);
}

static void ranges_end_where_the_room_or_the_count_does(void **state) {
    static const struct {
        uint64_t first, last;
        uint32_t count, expected;
    } cases[] = {
        {1, 50, 100, 50}, {0, 50, 100, 50},      {50, 50, 100, 1}, {51, 60, 100, 0},
        {10, 9, 100, 0},  {1, 50, 0, 0},         {1, 50, 7, 7},    {40, UINT64_MAX, 100, 11},
        {60, 70, 100, 0}, {UINT64_MAX, 1, 1, 0}, {1, 0, 100, 0},
    };
    struct scratch *s = *state;
    struct store *store = scratch_open(s);
    scratch_make_room(s, store, 1);
    scratch_make_room(s, store, 2);
    scratch_say(s, store, 1, 1, 50, 20);
    scratch_say(s, store, 2, 1, 50, 20);
    struct store_reader *reader = scratch_reader(s);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct query query = scratch_range(1, cases[i].first, cases[i].last);
        query.count = cases[i].count;
        assert_int_equal(scratch_page(s, reader, query, 20).count, cases[i].expected);
    }
    assert_int_equal(scratch_page(s, reader, scratch_latest(1, 0, 50), 20).count, 0);
    assert_int_equal(scratch_page(s, reader, scratch_latest(1, 10, 0), 20).count, 0);
    assert_int_equal(scratch_page(s, reader, scratch_latest(1, 10, UINT64_MAX), 20).first, 41);
    assert_int_equal(scratch_page(s, reader, scratch_latest(1, 1000, 20), 20).count, 20);
    assert_int_equal(scratch_page(s, reader, scratch_latest(9, 10, 20), 20).count, 0);
    store_reader_close(reader);
    store_close(store);
}

static void topics_have_a_number_and_are_not_given_as_messages(void **state) {
    struct scratch *s = *state;
    struct store *store = scratch_open(s);
    scratch_make_room(s, store, 1);
    for (uint64_t seq = 1; seq <= 30; seq++) {
        struct record record = scratch_message(1, seq, 0);
        if (seq % 3 == 0) record.kind = RECORD_TOPIC;
        scratch_put(s, store, record);
    }
    scratch_commit(s, store);
    struct loaded loaded = scratch_load(s, store);
    assert_string_equal(loaded.topic, "1/30 ");
    assert_int_equal(loaded.seq[1], 30);
    struct store_reader *reader = scratch_reader(s);
    struct page page = scratch_page(s, reader, scratch_latest(1, 4, 30), 0);
    assert_int_equal(page.count, 4);
    assert_int_equal(page.first, 25);
    assert_int_equal(page.last, 29);
    assert_int_equal(scratch_page(s, reader, scratch_range(1, 1, 30), 0).count, 20);
    store_reader_close(reader);
    store_close(store);
}

static void a_room_without_history_keeps_its_numbers_and_no_texts(void **state) {
    struct scratch *s = *state;
    struct store *store = scratch_open(s);
    scratch_make_room(s, store, 1);
    scratch_say(s, store, 1, 1, 10, 0);
    for (uint64_t seq = 11; seq <= 20; seq++) {
        struct record record = scratch_message(1, seq, 0);
        record.flags = ROOM_NO_HISTORY;
        scratch_put(s, store, record);
    }
    scratch_say(s, store, 1, 21, 30, 0);
    assert_int_equal(scratch_load(s, store).seq[1], 30);
    struct store_reader *reader = scratch_reader(s);
    struct page page = scratch_page(s, reader, scratch_range(1, 1, 30), 0);
    assert_int_equal(page.count, 20);
    assert_int_equal(page.last, 30);
    store_reader_close(reader);
    store_close(store);
}

static void the_same_client_id_may_come_again(void **state) {
    struct scratch *s = *state;
    struct store *store = scratch_open(s);
    scratch_make_room(s, store, 1);
    for (uint64_t seq = 1; seq <= 4; seq++) {
        struct record record = scratch_message(1, seq, 0);
        record.client_id = slice_of("the-id");
        scratch_put(s, store, record);
    }
    scratch_commit(s, store);
    struct store_reader *reader = scratch_reader(s);
    assert_int_equal(scratch_page(s, reader, scratch_range(1, 1, 4), 0).count, 4);
    store_reader_close(reader);
    store_close(store);
}

static void any_bytes_are_kept_as_they_are(void **state) {
    struct scratch *s = *state;
    struct store *store = scratch_open(s);
    scratch_make_room(s, store, 1);
    static const char odd[] = "a\0b\xff\xc0'\"\n%s";
    struct record topic = scratch_message(1, 1, 0);
    topic.kind = RECORD_TOPIC;
    topic.author_name = (struct slice){0};
    topic.text = (struct slice){odd, sizeof odd - 1};
    scratch_put(s, store, topic);
    scratch_commit(s, store);
    struct loaded loaded = scratch_load(s, store);
    assert_memory_equal(loaded.topic, "a", 2);
    assert_int_equal(loaded.skipped, 0);
    store_close(store);
}

static void a_batch_larger_than_its_memory_is_written_in_parts(void **state) {
    struct scratch *s = *state;
    struct store *store = scratch_open(s);
    scratch_make_room(s, store, 1);
    for (uint64_t seq = 1; seq <= 3000; seq++)
        scratch_put(s, store, scratch_message(1, seq, 8000));
    scratch_commit(s, store);
    struct store_reader *reader = scratch_reader(s);
    assert_int_equal(scratch_page(s, reader, scratch_range(1, 1, 3000), 8000).count, 3000);
    store_reader_close(reader);
    store_close(store);
}

static void the_longest_message_is_kept(void **state) {
    struct scratch *s = *state;
    struct store *store = scratch_open(s);
    scratch_make_room(s, store, 1);
    char *text = malloc(TEXT_SIZE_MAX);
    memset(text, 'x', TEXT_SIZE_MAX);
    for (uint64_t seq = 1; seq <= 6; seq++) {
        struct record record = scratch_message(1, seq, 0);
        record.text = (struct slice){text, TEXT_SIZE_MAX};
        scratch_put(s, store, record);
    }
    scratch_commit(s, store);
    free(text);
    struct store_reader *reader = scratch_reader(s);
    struct page page = {0};
    assert_int_equal(scratch_read(s, reader, scratch_latest(1, 3, 6), 1, &page), 0);
    assert_int_equal(page.count, 3);
    store_reader_close(reader);
    store_close(store);
}

static void a_reader_sees_what_is_committed_and_nothing_else(void **state) {
    struct scratch *s = *state;
    struct store *store = scratch_open(s);
    scratch_make_room(s, store, 1);
    scratch_say(s, store, 1, 1, 5, 10);
    struct store_reader *reader = scratch_reader(s);
    scratch_put(s, store, scratch_message(1, 6, 10));
    assert_int_equal(scratch_page(s, reader, scratch_range(1, 1, 9), 10).count, 5);
    scratch_commit(s, store);
    assert_int_equal(scratch_page(s, reader, scratch_range(1, 1, 9), 10).count, 6);
    scratch_idle(s, store);
    scratch_say(s, store, 1, 7, 8, 10);
    assert_int_equal(scratch_page(s, reader, scratch_range(1, 1, 9), 10).count, 8);
    store_reader_close(reader);
    store_close(store);
}

static void a_store_in_memory_does_the_same_and_leaves_nothing(void **state) {
    struct scratch *s = *state;
    s->options.in_memory = true;
    struct store *store = scratch_open(s);
    scratch_make_room(s, store, 1);
    scratch_say(s, store, 1, 1, 5000, 200);
    struct store_reader *reader = scratch_reader(s);
    assert_int_equal(scratch_page(s, reader, scratch_latest(1, 100, 5000), 200).first, 4901);
    scratch_say(s, store, 1, 5001, 5002, 200);
    assert_int_equal(scratch_page(s, reader, scratch_latest(1, 100, 9999), 200).last, 5002);
    assert_true(store_room(store) > UINT64_C(500) << 20);
    scratch_put(s, store, (struct record){.kind = RECORD_DELETED, .room.v = 1});
    scratch_commit(s, store);
    while (store_idle_again(store))
        scratch_idle(s, store);
    struct store_error error;
    assert_null(store_open(&s->options, &error));
    assert_int_equal(error.fault, STORE_RUNNING);
    store_reader_close(reader);
    store_close(store);
    assert_int_equal(access(s->folder, F_OK), -1);
    store = scratch_open(s);
    assert_int_equal(scratch_load(s, store).rooms, 0);
    store_close(store);
}

/* ---- two threads ---- */

enum { BUSY_BATCHES = 300, BUSY_BATCH_SIZE = 20 };

struct busy {
    struct scratch scratch; /* the thread's own error */
    atomic_uint_fast64_t committed;
    bool wrong;
};

/* Each page must reach at least to what was committed before it was asked for. */
static void *read_meanwhile(void *context) {
    struct busy *busy = context;
    struct scratch *s = &busy->scratch;
    struct store_reader *reader = store_reader_open(&s->options, &s->error);
    if (reader == NULL) busy->wrong = true;
    for (uint64_t seq = 0; !busy->wrong && seq < BUSY_BATCHES * BUSY_BATCH_SIZE;) {
        struct page page = {.size_max = 300};
        seq = atomic_load(&busy->committed);
        int result = scratch_read(s, reader, scratch_latest(1, 50, UINT64_MAX), 2000, &page);
        busy->wrong = result < 0 || page.wrong || page.holes || page.last < seq;
    }
    if (reader != NULL) store_reader_close(reader);
    return NULL;
}

static void read_and_write_at_once(struct scratch *s) {
    struct busy busy = {.scratch = *s};
    busy.scratch.options.folder = busy.scratch.folder;
    struct store *store = scratch_open(s);
    scratch_make_room(s, store, 1);
    scratch_say(s, store, 1, 1, 1, 300);
    pthread_t thread;
    assert_int_equal(pthread_create(&thread, NULL, read_meanwhile, &busy), 0);
    uint64_t seq = 1;
    for (uint64_t batch = 1; batch <= BUSY_BATCHES; batch++) {
        for (; seq < batch * BUSY_BATCH_SIZE; seq++)
            scratch_put(s, store, scratch_message(1, seq + 1, 300));
        scratch_commit(s, store);
        if (batch % 7 == 0) scratch_idle(s, store);
        atomic_store(&busy.committed, seq);
    }
    assert_int_equal(pthread_join(thread, NULL), 0);
    if (busy.wrong) fail_msg("%s", busy.scratch.error.text);
    store_close(store);
}

static void pages_are_right_while_another_thread_writes(void **state) {
    read_and_write_at_once(*state);
}

static void pages_are_right_while_another_thread_writes_to_memory(void **state) {
    struct scratch *s = *state;
    s->options.in_memory = true;
    read_and_write_at_once(s);
}

/* ---- the sum ---- */

/* RFC 3720, appendix B.4 */
static void crc32c_agrees_with_the_rfc(void **state) {
    (void)state;
    struct crc crc;
    char bytes[32];
    crc_init(&crc);
    struct slice all = {bytes, sizeof bytes};
    memset(bytes, 0, sizeof bytes);
    assert_int_equal(~crc_bytes(&crc, CRC_BEGIN, all) & UINT32_MAX, 0x8a9136aa);
    memset(bytes, 0xff, sizeof bytes);
    assert_int_equal(~crc_bytes(&crc, CRC_BEGIN, all) & UINT32_MAX, 0x62a8ab43);
    for (int i = 0; i < 32; i++)
        bytes[i] = (char)i;
    assert_int_equal(~crc_bytes(&crc, CRC_BEGIN, all) & UINT32_MAX, 0x46dd794e);
    assert_int_equal(~crc_bytes(&crc, CRC_BEGIN, slice_of("123456789")) & UINT32_MAX, 0xe3069283);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        scratch_test(an_empty_store_has_no_rooms_and_no_counters),
        scratch_test(rooms_and_counters_come_back_after_a_restart),
        scratch_test(a_changed_room_replaces_its_row),
        scratch_test(a_batch_may_make_a_room_speak_change_it_and_delete_it),
        scratch_test(a_name_is_free_at_once_when_its_room_is_deleted),
        scratch_test(messages_of_a_deleted_room_go_in_slices_and_its_number_stays_taken),
        scratch_test(deleting_goes_on_after_a_restart),
        scratch_test(pages_are_the_same_in_any_size_of_piece),
        scratch_test(a_piece_ends_before_the_row_that_would_not_fit),
        scratch_test(ranges_end_where_the_room_or_the_count_does),
        scratch_test(topics_have_a_number_and_are_not_given_as_messages),
        scratch_test(a_room_without_history_keeps_its_numbers_and_no_texts),
        scratch_test(the_same_client_id_may_come_again),
        scratch_test(any_bytes_are_kept_as_they_are),
        scratch_test(a_batch_larger_than_its_memory_is_written_in_parts),
        scratch_test(the_longest_message_is_kept),
        scratch_test(a_reader_sees_what_is_committed_and_nothing_else),
        scratch_test(a_store_in_memory_does_the_same_and_leaves_nothing),
        scratch_test(pages_are_right_while_another_thread_writes),
        scratch_test(pages_are_right_while_another_thread_writes_to_memory),
        cmocka_unit_test(crc32c_agrees_with_the_rfc),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
