/* kill -9 at random moments: what was committed is there, what was not is there in whole batches or
 * not at all. The child tells through shared memory what it has put and what is committed. */
#include <time.h>

#include "test_store_expect.h"

enum { ROOMS = 5, ROUNDS = 40, TEXT_MAX = 3000, WAL_HEADER = 32, FRAME = 4096 + 24 };

struct diary {
    uint64_t put[ROOMS + 1];       /* seq, by room: the batch that is being written */
    uint64_t committed[ROOMS + 1]; /* seq: acknowledged */
};

static uint32_t next_random(uint32_t *seed) {
    *seed = *seed * 1664525u + 1013904223u;
    return *seed >> 8;
}

/* Batches of 1 to 60 messages in random rooms, until the kill. */
static void write_until_killed(struct scratch *s, struct diary *diary, uint32_t seed) {
    struct store *store = store_open(&s->options, &s->error);
    if (store == NULL) _exit(1);
    for (;;) {
        uint64_t put[ROOMS + 1];
        memcpy(put, diary->committed, sizeof put);
        uint32_t size = 1 + next_random(&seed) % 60;
        for (uint32_t i = 0; i < size; i++) {
            uint32_t room = 1 + next_random(&seed) % ROOMS;
            struct record record = scratch_message(room, ++put[room], TEXT_MAX);
            if (store_put(store, &record, &s->error) < 0) _exit(2);
        }
        memcpy(diary->put, put, sizeof put);
        if (store_commit(store, &s->error) < 0) _exit(3);
        memcpy(diary->committed, put, sizeof put);
        if (next_random(&seed) % 8 == 0 && store_idle(store, &s->error) < 0) _exit(4);
    }
}

static void expect_diary(struct scratch *s, struct diary *diary) {
    struct store *store = scratch_open(s);
    struct loaded loaded = scratch_load(s, store);
    struct store_reader *reader = scratch_reader(s);
    assert_int_equal(loaded.rooms, ROOMS);
    assert_int_equal(loaded.skipped, 0);
    bool newest = memcmp(diary->committed + 1, loaded.seq + 1, ROOMS * sizeof(uint64_t)) != 0;
    uint64_t *expected = newest ? diary->put : diary->committed;
    for (uint32_t room = 1; room <= ROOMS; room++) {
        assert_int_equal(loaded.seq[room], expected[room]);
        struct page page = scratch_page(s, reader, scratch_range(room, 1, UINT64_MAX), TEXT_MAX);
        assert_false(page.holes);
        assert_int_equal(page.count, expected[room]);
    }
    memmove(diary->committed, expected, sizeof diary->committed);
    store_reader_close(reader);
    store_close(store);
}

static void make_rooms(struct scratch *s) {
    struct store *store = scratch_open(s);
    for (uint32_t room = 1; room <= ROOMS; room++)
        scratch_make_room(s, store, room);
    store_close(store);
}

static void nothing_committed_is_lost_and_nothing_is_half_there(void **state) {
    struct scratch *s = *state;
    struct diary *diary = scratch_shared(sizeof *diary);
    make_rooms(s);
    for (uint32_t round = 0; round < ROUNDS; round++) {
        pid_t child = fork();
        if (child == 0) write_until_killed(s, diary, round * 7919 + 1);
        uint32_t seed = round + 12345;
        struct timespec wait = {.tv_nsec = (long)(next_random(&seed) % 40) * 1000000};
        nanosleep(&wait, NULL);
        int status = 0;
        assert_int_equal(kill(child, SIGKILL), 0);
        assert_int_equal(waitpid(child, &status, 0), child);
        assert_true(WIFSIGNALED(status));
        expect_diary(s, diary);
    }
    munmap(diary, sizeof *diary);
}

static void what_is_put_and_not_committed_is_not_there(void **state) {
    struct scratch *s = *state;
    make_rooms(s);
    pid_t child = fork();
    if (child == 0) {
        struct store *store = store_open(&s->options, &s->error);
        for (uint64_t seq = 1; seq <= 10; seq++) {
            struct record record = scratch_message(1, seq, 10);
            if (store_put(store, &record, &s->error) < 0) _exit(1);
            if (seq == 6 && store_commit(store, &s->error) < 0) _exit(2);
        }
        kill(getpid(), SIGKILL);
    }
    int status = 0;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFSIGNALED(status));
    struct store *store = scratch_open(s);
    assert_int_equal(scratch_load(s, store).seq[1], 6);
    store_close(store);
}

/* ---- a WAL that a crash left, and what may be wrong with it ---- */

/* Killed with `commits` commits of one message each in the WAL. */
static void leave_wal(struct scratch *s, uint64_t commits) {
    make_rooms(s);
    pid_t child = fork();
    if (child == 0) {
        struct store *store = store_open(&s->options, &s->error);
        for (uint64_t seq = 1; seq <= commits; seq++) {
            struct record record = scratch_message(1, seq, 10);
            if (store_put(store, &record, &s->error) < 0) _exit(1);
            if (store_commit(store, &s->error) < 0) _exit(2);
        }
        kill(getpid(), SIGKILL);
    }
    int status = 0;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFSIGNALED(status));
}

/* Moving the WAL into the file flushes both, which nothing had done to the last batch perhaps. */
static void what_a_crash_left_is_flushed_before_it_is_shown(void **state) {
    struct scratch *s = *state;
    char path[256];
    struct stat entry;
    leave_wal(s, 20);
    scratch_path(s, "parlance.db-wal", path);
    assert_int_equal(stat(path, &entry), 0);
    assert_true(entry.st_size > 0);
    struct store *store = scratch_open(s);
    assert_int_equal(stat(path, &entry), 0);
    assert_int_equal(entry.st_size, 0);
    store_close(store);
}

static void flip(const struct scratch *s, const char *name, off_t at) {
    char path[256];
    unsigned char byte;
    scratch_path(s, name, path);
    int fd = open(path, O_RDWR | O_CLOEXEC);
    assert_true(fd >= 0);
    if (at < 0) at += lseek(fd, 0, SEEK_END);
    assert_int_equal(pread(fd, &byte, 1, at), 1);
    byte ^= 0x40;
    assert_int_equal(pwrite(fd, &byte, 1, at), 1);
    close(fd);
}

static void damage_before_later_commits_in_the_wal_is_told(void **state) {
    static const off_t places[] = {
        0,                             /* the header's magic number */
        17,                            /* its salts */
        WAL_HEADER + 9,                /* the salts of the first frame */
        WAL_HEADER + FRAME + 24 + 100, /* the page of the second */
        WAL_HEADER + 3 * (off_t)FRAME + 24 + 4000,
    };
    struct scratch *s = *state;
    for (size_t i = 0; i < sizeof places / sizeof places[0]; i++) {
        leave_wal(s, 20);
        flip(s, "parlance.db-wal", places[i]);
        for (int again = 0; again < 2; again++) {
            assert_null(store_open(&s->options, &s->error));
            assert_int_equal(s->error.fault, STORE_FAILED);
            assert_non_null(strstr(s->error.text, "parlance.db-wal is damaged"));
        }
        flip(s, "parlance.db-wal", places[i]); /* the refusal has left everything as it was */
        struct store *store = scratch_open(s);
        assert_int_equal(scratch_load(s, store).seq[1], 20);
        store_close(store);
        scratch_forget(s);
    }
}

static void a_torn_last_commit_is_no_damage(void **state) {
    struct scratch *s = *state;
    leave_wal(s, 20);
    flip(s, "parlance.db-wal", -200);
    struct store *store = scratch_open(s);
    assert_int_equal(scratch_load(s, store).seq[1], 19);
    store_close(store);
}

static void a_wal_of_an_earlier_round_behind_the_end_is_no_damage(void **state) {
    struct scratch *s = *state;
    make_rooms(s);
    pid_t child = fork();
    if (child == 0) {
        struct store *store = store_open(&s->options, &s->error);
        for (uint64_t seq = 1; seq <= 43; seq++) {
            struct record record = scratch_message(1, seq, 10);
            if (store_put(store, &record, &s->error) < 0) _exit(1);
            if (store_commit(store, &s->error) < 0) _exit(2);
            if (seq == 40 && store_idle(store, &s->error) < 0) _exit(3);
        }
        kill(getpid(), SIGKILL);
    }
    int status = 0;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFSIGNALED(status));
    struct store *store = scratch_open(s);
    assert_int_equal(scratch_load(s, store).seq[1], 43);
    store_close(store);
}

static void an_emptied_database_is_not_taken_for_a_new_one(void **state) {
    struct scratch *s = *state;
    char path[256];
    make_rooms(s);
    scratch_path(s, "parlance.db", path);
    assert_int_equal(truncate(path, 0), 0);
    assert_null(store_open(&s->options, &s->error));
    assert_int_equal(s->error.fault, STORE_FAILED);
    assert_non_null(strstr(s->error.text, "missing or empty"));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        scratch_test(nothing_committed_is_lost_and_nothing_is_half_there),
        scratch_test(what_is_put_and_not_committed_is_not_there),
        scratch_test(what_a_crash_left_is_flushed_before_it_is_shown),
        scratch_test(damage_before_later_commits_in_the_wal_is_told),
        scratch_test(a_torn_last_commit_is_no_damage),
        scratch_test(a_wal_of_an_earlier_round_behind_the_end_is_no_damage),
        scratch_test(an_emptied_database_is_not_taken_for_a_new_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
