/* What goes from the disk goes in slices, so that nobody's message waits long for it: how much
 * processor time the longest slice takes while a large room is trimmed, deleted, or loses one
 * person's messages. Time on the clock is the machine's, which may be busy. */
#include <time.h>

#include "test_store_expect.h"

enum {
    ROOM = 1,
    MESSAGES = 10000,
    MESSAGES_LONG = 100000,
    BATCH = 500,
    SLICES_MAX = 100000,
    MEDIAN_MS = 5,
    LONGEST_MS = 20,
};

static double cpu_ms(void) {
    struct timespec now;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return (double)now.tv_sec * 1e3 + (double)now.tv_nsec / 1e6;
}

static uint64_t message_count(void) {
    return getenv("PARLANCE_LONG") != NULL ? MESSAGES_LONG : MESSAGES;
}

static struct store *fill(struct scratch *s) {
    s->options.durability = STORE_NORMAL;
    struct store *store = scratch_open(s);
    scratch_make_room(s, store, ROOM);
    for (uint64_t seq = 1; seq <= message_count(); seq++) {
        struct record record = scratch_message(ROOM, seq, 100);
        record.identity.v = 77;
        scratch_put(s, store, record);
        if (seq % BATCH == 0) scratch_commit(s, store);
    }
    do
        scratch_idle(s, store);
    while (store_idle_again(store));
    return store;
}

static int compare(const void *a, const void *b) {
    const double *x = a, *y = b;
    return (*x > *y) - (*x < *y);
}

/* All slices that there are to do. */
static void measure(struct scratch *s, struct store *store, const char *what) {
    double *ms = calloc(SLICES_MAX, sizeof *ms);
    int count = 0;
    assert_non_null(ms);
    do {
        assert_true(count < SLICES_MAX);
        double before = cpu_ms();
        scratch_idle(s, store);
        ms[count++] = cpu_ms() - before;
    } while (store_idle_again(store));
    qsort(ms, (size_t)count, sizeof *ms, compare);
    double median = ms[count / 2], longest = ms[count - 1];
    print_message("%s, %llu messages: %d slices of %.2f ms, the longest %.2f ms\n", what,
                  (unsigned long long)message_count(), count, median, longest);
    free(ms);
    assert_true(count > 5);
    assert_true(median < MEDIAN_MS);
    assert_true(longest < LONGEST_MS);
}

static void a_deleted_room_goes_in_short_slices(void **state) {
    struct scratch *s = *state;
    struct store *store = fill(s);
    scratch_put(s, store, (struct record){.kind = RECORD_DELETED, .room.v = ROOM});
    scratch_commit(s, store);
    measure(s, store, "deleted");
    store_close(store);
}

static void what_is_too_old_goes_in_short_slices(void **state) {
    struct scratch *s = *state;
    struct store *store = fill(s);
    char name[24];
    struct record room = scratch_room(ROOM, name);
    room.seq = message_count();
    room.retention_count = 100;
    scratch_put(s, store, room);
    scratch_commit(s, store);
    measure(s, store, "trimmed");
    struct store_reader *reader = scratch_reader(s);
    assert_int_equal(scratch_page(s, reader, scratch_range(ROOM, 1, UINT64_MAX), 100).count, 100);
    store_reader_close(reader);
    store_close(store);
}

static void what_one_person_said_is_wiped_in_short_slices(void **state) {
    struct scratch *s = *state;
    struct store *store = fill(s);
    scratch_put(s, store, (struct record){.kind = RECORD_PURGE, .room.v = ROOM, .identity.v = 77});
    scratch_commit(s, store);
    measure(s, store, "wiped");
    store_close(store);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        scratch_test(a_deleted_room_goes_in_short_slices),
        scratch_test(what_is_too_old_goes_in_short_slices),
        scratch_test(what_one_person_said_is_wiped_in_short_slices),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
