/* What fits: the bound on a record's cost against what SQLite really writes, and a disk of 1 MiB
 * that somebody else fills and empties meanwhile. */
#include <errno.h>
#include <sys/mount.h>

#include "test_store_expect.h"

static uint32_t next_random(uint32_t *seed) {
    *seed = *seed * 1664525u + 1013904223u;
    return *seed >> 8;
}

static uint64_t file_size(const struct scratch *s, const char *name) {
    char path[256];
    struct stat entry;
    scratch_path(s, name, path);
    return stat(path, &entry) == 0 ? (uint64_t)entry.st_size : 0;
}

static size_t record_size(const struct record *record) {
    size_t size = 0;
    for (int i = 0; i < RECORD_SLICES; i++)
        size += record->slices[i].size;
    return size;
}

/* ---- cost ---- */

struct workload {
    uint32_t rooms, batch_max, client_ids_per_100;
    size_t text_max;
};

static struct record random_message(const struct workload *load, uint64_t *seqs, uint32_t *seed,
                                    char id[32]) {
    uint32_t room = 1 + next_random(seed) % load->rooms;
    struct record record = scratch_message(room, ++seqs[room], load->text_max);
    if (next_random(seed) % 100 < load->client_ids_per_100) {
        snprintf(id, 32, "%08x-%08x-%08x", next_random(seed), next_random(seed), next_random(seed));
        record.client_id = slice_text(id);
    }
    return record;
}

/* Everything stays in the WAL until the end: its size and the growth of the file are what the
 * records took. */
static void expect_bound(struct scratch *s, const struct workload *load) {
    uint64_t seqs[SCRATCH_ROOMS_MAX] = {0};
    uint32_t seed = load->rooms * 31 + load->batch_max;
    uint64_t cost = 0;
    char id[32];
    struct store *store = scratch_open(s);
    for (uint32_t room = 1; room <= load->rooms; room++) {
        char name[24];
        struct record made = scratch_room(room, name);
        cost += store_cost(record_size(&made));
        scratch_put(s, store, made);
    }
    uint64_t before = file_size(s, "parlance.db");
    for (int batch = 0; batch < 300; batch++) {
        uint32_t size = 1 + next_random(&seed) % load->batch_max;
        for (uint32_t i = 0; i < size; i++) {
            struct record record = random_message(load, seqs, &seed, id);
            cost += store_cost(record_size(&record));
            scratch_put(s, store, record);
        }
        scratch_commit(s, store);
        assert_true(file_size(s, "parlance.db-wal") <= cost);
    }
    uint64_t wal = file_size(s, "parlance.db-wal");
    store_close(store);
    uint64_t taken = wal + file_size(s, "parlance.db") - before;
    print_message("%u rooms, batches to %u, texts to %zu: %.0f %% of the bound\n", load->rooms,
                  load->batch_max, load->text_max, 100.0 * (double)taken / (double)cost);
    assert_true(taken <= cost);
    scratch_forget(s);
}

static void cost_is_never_less_than_what_is_written(void **state) {
    static const struct workload loads[] = {
        {1, 1, 0, 0},        {1, 1, 100, 64},     {200, 1, 100, 64},   {200, 1, 100, 2000},
        {50, 1, 50, 4100},   {200, 1, 100, 8200}, {200, 60, 100, 200}, {200, 60, 0, 3000},
        {20, 10, 30, 60000}, {1, 60, 100, 1000},
    };
    for (size_t i = 0; i < sizeof loads / sizeof loads[0]; i++)
        expect_bound(*state, &loads[i]);
}

static void the_largest_record_is_within_its_cost(void **state) {
    struct scratch *s = *state;
    struct store *store = scratch_open(s);
    scratch_make_room(s, store, 1);
    scratch_idle(s, store);
    uint64_t before = file_size(s, "parlance.db-wal") + file_size(s, "parlance.db");
    char *text = calloc(1, TEXT_SIZE_MAX);
    struct record record = scratch_message(1, 1, 0);
    record.text = (struct slice){text, TEXT_SIZE_MAX};
    scratch_put(s, store, record);
    scratch_commit(s, store);
    free(text);
    uint64_t wal = file_size(s, "parlance.db-wal");
    store_close(store);
    assert_true(wal + file_size(s, "parlance.db") - before <= store_cost(record_size(&record)));
}

/* ---- cost, kind by kind ---- */

enum { CHANGES = 6000, SAID = 3000, KINDS = RECORD_KINDS + STORED_KINDS };

/* A change of a message that was said, of a size unlike the one it had; or a row about people. */
static struct record random_change(uint64_t seq, size_t text_max, uint32_t *seed, char bytes[64]) {
    static const uint8_t stored[] = {STORED_EDIT, STORED_REMOVAL, STORED_REACTION,
                                     STORED_UNREACTION};
    static const enum record_kind people[] = {
        RECORD_ACCOUNT, RECORD_TOKEN,          RECORD_TOKEN_GONE, RECORD_TIE,  RECORD_RESTRAINT,
        RECORD_TIE,     RECORD_RESTRAINT_GONE, RECORD_AUDIT,      RECORD_FACTS};
    struct record record = scratch_message(1, seq, text_max);
    uint32_t number = next_random(seed);
    record.identity.v = number % 7 + 1;
    record.target = 1 + next_random(seed) % SAID;
    if (number % 2 == 0) {
        record.stored = stored[number / 2 % 4];
        if (record.stored != STORED_EDIT) record.text = slice_of("thumbs up");
        return record;
    }
    record.kind = people[number / 2 % 9];
    record.author.v = 1 + next_random(seed) % 500;
    record.room.v = 1 + number / 16 % 50;
    record.number = 1 + next_random(seed) % 300;
    record.role = (uint8_t)(number / 16 % 4);
    record.until_ms = 1 + next_random(seed);
    snprintf(bytes, 64, "%032x", next_random(seed) % 2000);
    for (int i = 0; i < RECORD_SLICES; i++)
        record.slices[i] = (struct slice){bytes, 32};
    return record;
}

static int kind_of(const struct record *record) {
    return record->kind == RECORD_MESSAGE ? RECORD_KINDS + record->stored : (int)record->kind;
}

/* Pages of the database as its last commit in the WAL says (bytes 4 to 7 of a frame). */
static uint64_t committed_pages(const struct scratch *s) {
    unsigned char number[4];
    char path[256];
    scratch_path(s, "parlance.db-wal", path);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    assert_true(fd >= 0);
    assert_int_equal(pread(fd, number, 4, lseek(fd, 0, SEEK_END) - 4120 + 4), 4);
    close(fd);
    return (uint64_t)number[0] << 24 | (uint64_t)number[1] << 16 | (uint64_t)number[2] << 8 |
           number[3];
}

/* What a record takes: frames of the WAL, and the pages by which the file will grow. */
static void expect_kinds_within_cost(struct scratch *s, size_t said_max, size_t text_max,
                                     uint64_t most[KINDS]) {
    uint32_t seed = (uint32_t)text_max + 1;
    size_t longest = said_max > text_max ? said_max : text_max;
    char bytes[64];
    struct store *store = scratch_open(s);
    for (uint32_t room = 1; room <= 50; room++)
        scratch_make_room(s, store, room);
    scratch_say(s, store, 1, 1, SAID, said_max);
    store_close(store); /* the WAL begins anew: its end is that of the last commit */
    store = scratch_open(s);
    for (uint64_t seq = SAID + 1; seq <= SAID + CHANGES; seq++) {
        struct record record = random_change(seq, text_max, &seed, bytes);
        uint64_t before = file_size(s, "parlance.db-wal");
        uint64_t pages = seq == SAID + 1 ? 0 : committed_pages(s);
        scratch_put(s, store, record);
        scratch_commit(s, store);
        uint64_t after = file_size(s, "parlance.db-wal");
        if (after > before && pages > 0) {
            uint64_t taken = after - before + (committed_pages(s) - pages) * 4096;
            int kind = kind_of(&record);
            if (most[kind] < taken) most[kind] = taken;
            uint64_t cost = store_cost(record_size(&record));
            if (record.stored == STORED_EDIT) cost += 2 * (record.text.size + longest);
            if (taken > cost) {
                fail_msg("kind %d: %llu of %llu bytes", kind, (unsigned long long)taken,
                         (unsigned long long)cost);
            }
        }
    }
    store_close(store);
    scratch_forget(s);
}

static void no_kind_of_record_takes_more_than_its_cost(void **state) {
    static const size_t sizes[][2] = {{100, 100},  {3000, 200},  {200, 3000},
                                      {9000, 100}, {100, 20000}, {4000, 4000}};
    uint64_t most[KINDS] = {0};
    struct scratch *s = *state;
    s->options.durability = STORE_OFF;
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++)
        expect_kinds_within_cost(s, sizes[i][0], sizes[i][1], most);
    for (int kind = 0; kind < KINDS; kind++)
        if (most[kind] > 0)
            print_message("kind %d: up to %llu pages of the WAL and the file\n", kind,
                          (unsigned long long)most[kind] / 4096);
}

/* ---- a disk of 1 MiB ---- */

static const char one_mib[] = "size=1m,mode=0700";

static void disk_mount(struct scratch *s, const char *settings) {
    if (geteuid() != 0 || mkdir(s->folder, 0700) != 0 ||
        mount("tmpfs", s->folder, "tmpfs", 0, settings) != 0) {
        print_message("skipped: needs root and mount\n");
        skip();
    }
}

/* Also after a test that failed half-way. */
static int disk_drop(void **state) {
    struct scratch *s = *state;
    umount2(s->folder, MNT_DETACH);
    return scratch_drop(state);
}

/* Somebody else's file takes what there is, all but `rest` bytes. */
static void filler_grow(struct scratch *s, uint64_t size_max) {
    static const char page[4096];
    char path[256];
    scratch_path(s, "filler", path);
    int fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    assert_true(fd >= 0);
    for (uint64_t size = 0; size < size_max; size += sizeof page)
        if (write(fd, page, sizeof page) < 0) break;
    close(fd);
}

static void filler_remove(struct scratch *s) {
    char path[256];
    scratch_path(s, "filler", path);
    assert_int_equal(unlink(path), 0);
}

static void expect_whole(struct scratch *s, struct store *store, uint64_t seq) {
    struct store_reader *reader = scratch_reader(s);
    struct page page = scratch_page(s, reader, scratch_range(1, 1, UINT64_MAX), 2000);
    assert_int_equal(page.count, seq);
    assert_int_equal(scratch_load(s, store).seq[1], seq);
    store_reader_close(reader);
}

/* Say until there is no room any more, as the hub would; the seq of the last message. Nothing takes
 * more of the room than its cost. */
static uint64_t say_while_room(struct scratch *s, struct store *store, uint64_t seq) {
    for (;;) {
        struct record record = scratch_message(1, seq + 1, 2000);
        uint64_t cost = store_cost(record_size(&record));
        uint64_t room = store_room(store);
        if (room < cost) return seq;
        scratch_put(s, store, record);
        scratch_commit(s, store);
        assert_true(store_room(store) >= room - cost);
        seq++;
        if (store_needs_idle(store)) scratch_idle(s, store);
    }
}

static void room_ends_before_writes_fail_and_comes_back_with_the_space(void **state) {
    struct scratch *s = *state;
    disk_mount(s, one_mib);
    struct store *store = scratch_open(s);
    scratch_make_room(s, store, 1);
    uint64_t seq = 0;
    uint64_t ends[3];
    for (int round = 0; round < 3; round++) {
        filler_grow(s, 200000);
        seq = say_while_room(s, store, seq);
        expect_whole(s, store, seq);
        filler_remove(s);
        scratch_idle(s, store);
        seq = say_while_room(s, store, seq); /* there is room again */
        ends[round] = seq;
        expect_whole(s, store, seq);
    }
    print_message("%llu messages on 1 MiB\n", (unsigned long long)seq);
    assert_true(ends[0] > 100);
    store_close(store);
    store = scratch_open(s);
    expect_whole(s, store, seq);
    store_close(store);
}

static void what_is_in_flight_is_written_when_the_disk_fills_at_once(void **state) {
    struct scratch *s = *state;
    disk_mount(s, one_mib);
    struct store *store = scratch_open(s);
    scratch_make_room(s, store, 1);
    uint64_t seq = 0;
    uint32_t seed = 1;
    for (int round = 0; round < 30; round++) {
        uint64_t cost = 0;
        uint64_t room = store_room(store);
        assert_true(room > 100000);
        for (uint32_t i = 0; i < 1 + next_random(&seed) % 4; i++) {
            struct record record = scratch_message(1, seq + 1, 2000);
            cost += store_cost(record_size(&record));
            if (cost > room) break;
            scratch_put(s, store, record);
            seq++;
        }
        filler_grow(s, UINT64_MAX); /* not a byte is left but the reserve's */
        assert_int_equal(store_room(store), 0);
        scratch_commit(s, store);
        assert_true(store_room(store) < store_cost(0)); /* the WAL may have given a page back */
        expect_whole(s, store, seq);
        scratch_idle(s, store);
        expect_whole(s, store, seq);
        filler_remove(s);
        scratch_idle(s, store);
        if (round % 5 == 4) {
            store_close(store);
            store = scratch_open(s);
        }
    }
    store_close(store);
}

/* On a disk large enough that the WAL keeps its blocks, and quiet enough to compare. */
static void moving_the_wal_takes_no_room(void **state) {
    struct scratch *s = *state;
    disk_mount(s, "size=160m,mode=0700");
    struct store *store = scratch_open(s);
    scratch_make_room(s, store, 1);
    scratch_idle(s, store);
    for (uint64_t seq = 1; seq < 2000; seq += 500) {
        scratch_say(s, store, 1, seq, seq + 499, 2000);
        uint64_t room = store_room(store);
        uint64_t size = file_size(s, "parlance.db");
        scratch_idle(s, store);
        assert_true(file_size(s, "parlance.db") > size);
        assert_true(store_room(store) >= room);
    }
    store_close(store);
}

static void a_full_disk_can_be_opened_read_and_cleaned(void **state) {
    struct scratch *s = *state;
    disk_mount(s, one_mib);
    struct store *store = scratch_open(s);
    scratch_make_room(s, store, 1);
    uint64_t seq = say_while_room(s, store, 0);
    store_close(store);
    filler_grow(s, UINT64_MAX);
    store = scratch_open(s);
    expect_whole(s, store, seq);
    assert_int_equal(store_room(store), 0);
    scratch_put(s, store, (struct record){.kind = RECORD_DELETED, .room.v = 1});
    scratch_commit(s, store); /* with the reserve */
    for (int turn = 0; turn < 1000 && store_idle_again(store); turn++)
        scratch_idle(s, store);
    assert_false(store_idle_again(store));
    assert_int_equal(scratch_load(s, store).rooms, 0);
    store_close(store);
    store = scratch_open(s);
    assert_int_equal(scratch_load(s, store).rooms, 0);
    store_close(store);
}

static void a_folder_that_does_not_fit_on_the_disk_is_refused_in_words(void **state) {
    struct scratch *s = *state;
    disk_mount(s, one_mib);
    filler_grow(s, UINT64_MAX);
    assert_null(store_open(&s->options, &s->error));
    assert_int_equal(s->error.fault, STORE_CANNOT);
    assert_non_null(strstr(s->error.text, "full"));
    filler_remove(s);
    store_close(scratch_open(s));
}

#define disk_test(name) cmocka_unit_test_setup_teardown(name, scratch_make, disk_drop)

int main(void) {
    const struct CMUnitTest tests[] = {
        scratch_test(cost_is_never_less_than_what_is_written),
        scratch_test(the_largest_record_is_within_its_cost),
        scratch_test(no_kind_of_record_takes_more_than_its_cost),
        disk_test(room_ends_before_writes_fail_and_comes_back_with_the_space),
        disk_test(what_is_in_flight_is_written_when_the_disk_fills_at_once),
        disk_test(moving_the_wal_takes_no_room),
        disk_test(a_full_disk_can_be_opened_read_and_cleaned),
        disk_test(a_folder_that_does_not_fit_on_the_disk_is_refused_in_words),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
