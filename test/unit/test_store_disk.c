/* Disks that are full or broken: what is acknowledged then, what is tried again, and what never.
 *
 * Faults come from a VFS put before SQLite's own of the same name. It opens the real files and
 * replaces two of their methods. */
#include <errno.h>
#include <sqlite3.h>

#include "test_store_expect.h"

enum { METHODS_MAX = 8, FAULT_NEVER = 0 };

/* The n-th call from now fails, 1 for the next; persistent: all after it too. */
struct fault {
    int at, calls, result;
    bool persistent;
};

static struct {
    sqlite3_vfs *real, shim;
    const sqlite3_io_methods *originals[METHODS_MAX];
    sqlite3_io_methods patched[METHODS_MAX];
    struct fault write, sync;
} disk;

static bool fault_due(struct fault *fault) {
    fault->calls++;
    if (fault->at == FAULT_NEVER) return false;
    return fault->persistent ? fault->calls >= fault->at : fault->calls == fault->at;
}

static void fault_set(struct fault *fault, int at, int result, bool persistent) {
    *fault = (struct fault){.at = at, .result = result, .persistent = persistent};
}

static void faults_off(void) {
    fault_set(&disk.write, FAULT_NEVER, 0, false);
    fault_set(&disk.sync, FAULT_NEVER, 0, false);
}

static const sqlite3_io_methods *original_of(const sqlite3_file *file) {
    return disk.originals[file->pMethods - disk.patched];
}

static int faulty_write(sqlite3_file *file, const void *bytes, int size, sqlite3_int64 at) {
    if (fault_due(&disk.write)) return disk.write.result;
    return original_of(file)->xWrite(file, bytes, size, at);
}

static int faulty_sync(sqlite3_file *file, int flags) {
    if (fault_due(&disk.sync)) return disk.sync.result;
    return original_of(file)->xSync(file, flags);
}

static int faulty_open(sqlite3_vfs *vfs, sqlite3_filename name, sqlite3_file *file, int flags,
                       int *flags_out) {
    (void)vfs;
    int result = disk.real->xOpen(disk.real, name, file, flags, flags_out);
    if (result != SQLITE_OK || file->pMethods == NULL) return result;
    int i = 0;
    while (disk.originals[i] != NULL && disk.originals[i] != file->pMethods)
        i++;
    check(i < METHODS_MAX - 1);
    disk.originals[i] = file->pMethods;
    disk.patched[i] = *file->pMethods;
    disk.patched[i].xWrite = faulty_write;
    disk.patched[i].xSync = faulty_sync;
    file->pMethods = &disk.patched[i];
    return SQLITE_OK;
}

static int disk_install(void **state) {
    (void)state;
    disk.real = sqlite3_vfs_find("unix-excl");
    disk.shim = *disk.real;
    disk.shim.xOpen = faulty_open;
    disk.shim.pNext = NULL;
    return sqlite3_vfs_register(&disk.shim, 0);
}

/* A room with ten messages, and ten more put. */
static struct store *ten_and_ten(struct scratch *s) {
    faults_off();
    struct store *store = scratch_open(s);
    scratch_make_room(s, store, 1);
    scratch_say(s, store, 1, 1, 10, 3000);
    for (uint64_t seq = 11; seq <= 20; seq++)
        scratch_put(s, store, scratch_message(1, seq, 3000));
    return store;
}

static void expect_after_restart(struct scratch *s, uint64_t seq_min, uint64_t seq_max) {
    faults_off();
    struct store *store = scratch_open(s);
    uint64_t seq = scratch_load(s, store).seq[1];
    assert_in_range(seq, seq_min, seq_max);
    struct store_reader *reader = scratch_reader(s);
    struct page page = scratch_page(s, reader, scratch_range(1, 1, UINT64_MAX), 3000);
    assert_int_equal(page.count, seq);
    assert_false(page.holes);
    store_reader_close(reader);
    store_close(store);
    scratch_forget(s);
}

static void a_disk_found_full_at_any_write_is_met_with_the_reserve(void **state) {
    struct scratch *s = *state;
    int met = 0;
    for (int at = 1; met == at - 1; at++) {
        struct store *store = ten_and_ten(s);
        char path[256];
        struct stat entry;
        scratch_path(s, "reserve", path);
        assert_int_equal(stat(path, &entry), 0);
        assert_true(entry.st_size > 0);
        fault_set(&disk.write, at, SQLITE_FULL, false);
        scratch_commit(s, store);
        assert_int_equal(stat(path, &entry), 0);
        met += entry.st_size == 0;
        faults_off();
        scratch_say(s, store, 1, 21, 22, 3000);
        scratch_idle(s, store);
        assert_int_equal(stat(path, &entry), 0);
        assert_true(entry.st_size > 0); /* whole again */
        store_close(store);
        expect_after_restart(s, 22, 22);
    }
    assert_true(met > 5);
}

static void a_disk_that_stays_full_is_a_failure_and_nothing_is_half_there(void **state) {
    struct scratch *s = *state;
    for (int at = 1; at <= 6; at++) {
        struct store *store = ten_and_ten(s);
        fault_set(&disk.write, at, SQLITE_FULL, true);
        assert_int_equal(store_commit(store, &s->error), -ENOSPC);
        assert_int_equal(s->error.fault, STORE_FAILED);
        assert_int_equal(store_room(store), 0);
        store_close(store);
        expect_after_restart(s, 10, 10);
    }
}

static void a_failed_flush_is_final_and_never_tried_again(void **state) {
    struct scratch *s = *state;
    struct store *store = ten_and_ten(s);
    fault_set(&disk.sync, 1, SQLITE_IOERR_FSYNC, false);
    assert_true(store_commit(store, &s->error) < 0);
    assert_int_equal(s->error.fault, STORE_FAILED);
    assert_int_equal(disk.sync.calls, 1);
    struct record record = scratch_message(1, 21, 10);
    assert_true(store_put(store, &record, &s->error) < 0);
    assert_int_equal(s->error.fault, STORE_FAILED);
    assert_true(store_commit(store, &s->error) < 0);
    assert_true(store_idle(store, &s->error) < 0);
    store_close(store);
    assert_int_equal(disk.sync.calls, 1);
    expect_after_restart(s, 10, 20); /* not acknowledged: there or not, but whole */
}

static void a_failed_write_is_final(void **state) {
    struct scratch *s = *state;
    for (int at = 1; at <= 6; at++) {
        struct store *store = ten_and_ten(s);
        fault_set(&disk.write, at, SQLITE_IOERR_WRITE, false);
        assert_true(store_commit(store, &s->error) < 0);
        assert_int_equal(s->error.fault, STORE_FAILED);
        assert_int_equal(disk.write.calls, at);
        store_close(store);
        expect_after_restart(s, 10, 10);
    }
}

static void a_commit_costs_one_flush(void **state) {
    struct scratch *s = *state;
    struct store *store = ten_and_ten(s);
    faults_off();
    scratch_commit(s, store);
    assert_int_equal(disk.sync.calls, 1);
    faults_off();
    scratch_commit(s, store); /* of nothing */
    assert_int_equal(disk.sync.calls + disk.write.calls, 0);
    store_close(store);
    expect_after_restart(s, 20, 20);
}

static void a_full_disk_while_idle_harms_nothing(void **state) {
    struct scratch *s = *state;
    for (int at = 1; at <= 6; at++) {
        struct store *store = ten_and_ten(s);
        scratch_commit(s, store);
        fault_set(&disk.write, at, SQLITE_FULL, true);
        scratch_idle(s, store);
        faults_off();
        scratch_say(s, store, 1, 21, 22, 3000);
        store_close(store);
        expect_after_restart(s, 22, 22);
    }
}

/* Or a thread that calls as long as there is work would never sleep. */
static void work_that_a_full_disk_stops_is_not_asked_for_again_at_once(void **state) {
    struct scratch *s = *state;
    struct store *store = ten_and_ten(s);
    for (uint64_t seq = 21; seq <= 20000; seq++)
        scratch_put(s, store, scratch_message(1, seq, 3000));
    scratch_commit(s, store);
    scratch_put(s, store, (struct record){.kind = RECORD_DELETED, .room.v = 1});
    scratch_commit(s, store);
    assert_true(store_needs_idle(store));
    fault_set(&disk.write, 1, SQLITE_FULL, true);
    scratch_idle(s, store);
    assert_false(store_needs_idle(store));
    assert_false(store_idle_again(store));
    faults_off();
    scratch_idle(s, store);
    assert_true(store_idle_again(store));
    while (store_idle_again(store))
        scratch_idle(s, store);
    assert_false(store_needs_idle(store));
    store_close(store);
}

static void a_failed_flush_while_idle_is_final(void **state) {
    struct scratch *s = *state;
    for (int at = 1; at <= 2; at++) {
        struct store *store = ten_and_ten(s);
        scratch_commit(s, store);
        fault_set(&disk.sync, at, SQLITE_IOERR_FSYNC, false);
        assert_true(store_idle(store, &s->error) < 0);
        assert_int_equal(s->error.fault, STORE_FAILED);
        store_close(store);
        expect_after_restart(s, 20, 20);
    }
}

static void a_store_opens_on_a_full_disk_and_reads(void **state) {
    struct scratch *s = *state;
    struct store *store = ten_and_ten(s);
    scratch_commit(s, store);
    store_close(store);
    fault_set(&disk.write, 1, SQLITE_FULL, true);
    store = scratch_open(s);
    struct store_reader *reader = scratch_reader(s);
    assert_int_equal(scratch_page(s, reader, scratch_range(1, 1, 99), 3000).count, 20);
    store_reader_close(reader);
    store_close(store);
    expect_after_restart(s, 20, 20);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        scratch_test(a_disk_found_full_at_any_write_is_met_with_the_reserve),
        scratch_test(a_disk_that_stays_full_is_a_failure_and_nothing_is_half_there),
        scratch_test(a_failed_flush_is_final_and_never_tried_again),
        scratch_test(a_failed_write_is_final),
        scratch_test(a_commit_costs_one_flush),
        scratch_test(a_full_disk_while_idle_harms_nothing),
        scratch_test(work_that_a_full_disk_stops_is_not_asked_for_again_at_once),
        scratch_test(a_failed_flush_while_idle_is_final),
        scratch_test(a_store_opens_on_a_full_disk_and_reads),
    };
    return cmocka_run_group_tests(tests, disk_install, NULL);
}
