/* Each call by which the store reaches SQLite, memory and the disk fails in turn: the store says so
 * in words and what it had acknowledged is there afterwards.
 *
 * The calls are those of the store itself, taken at the linker (see meson.build). A statement is
 * interrupted, in whatever it does; what SQLite cannot do without memory gets none; a system call
 * answers EIO. What SQLite asks of the disk is failed by test_store_disk.c. */
#include <errno.h>
#include <setjmp.h>
#include <sqlite3.h>
#include <sys/random.h>
#include <sys/statvfs.h>

#include "test_store_everything.h"

#include "store/backup.h"
#include "store/recover.h"
#include "store/search.h"

enum { FEW = 12, ROUNDS_MAX = 3000, FIRST = 8, STRIDE = 23 };

static struct {
    uint32_t calls, at; /* the at-th call from now fails; 0: none */
    bool no_memory;     /* for SQLite */
    sqlite3_mem_methods memory;
    jmp_buf gave_up; /* need_failed() was called, or nothing can be done but to say so */
} fault;

static bool fails(void) {
    return ++fault.calls == fault.at;
}

/* ---- SQLite ---- */

static void *no_malloc(int size) {
    return fault.no_memory ? NULL : fault.memory.xMalloc(size);
}

static void *no_realloc(void *memory, int size) {
    return fault.no_memory ? NULL : fault.memory.xRealloc(memory, size);
}

static int interrupt(void *unused) {
    (void)unused;
    return 1;
}

#define REAL(result, name, ...)                                                                    \
    result __real_##name(__VA_ARGS__);                                                             \
    result __wrap_##name(__VA_ARGS__);                                                             \
    result __wrap_##name(__VA_ARGS__)

REAL(int, sqlite3_step, sqlite3_stmt *row) {
    if (!fails()) return __real_sqlite3_step(row);
    sqlite3_progress_handler(sqlite3_db_handle(row), 1, interrupt, NULL);
    int result = __real_sqlite3_step(row);
    sqlite3_progress_handler(sqlite3_db_handle(row), 0, NULL, NULL);
    return result;
}

REAL(int, sqlite3_exec, sqlite3 *db, const char *text, int (*row)(void *, int, char **, char **),
     void *context, char **said) {
    if (!fails()) return __real_sqlite3_exec(db, text, row, context, said);
    sqlite3_progress_handler(db, 1, interrupt, NULL);
    int result = __real_sqlite3_exec(db, text, row, context, said);
    sqlite3_progress_handler(db, 0, NULL, NULL);
    return result;
}

REAL(int, sqlite3_prepare_v2, sqlite3 *db, const char *text, int size, sqlite3_stmt **row,
     const char **tail) {
    fault.no_memory = fails();
    int result = __real_sqlite3_prepare_v2(db, text, size, row, tail);
    fault.no_memory = false;
    return result;
}

REAL(int, sqlite3_prepare_v3, sqlite3 *db, const char *text, int size, unsigned flags,
     sqlite3_stmt **row, const char **tail) {
    fault.no_memory = fails();
    int result = __real_sqlite3_prepare_v3(db, text, size, flags, row, tail);
    fault.no_memory = false;
    return result;
}

REAL(int, sqlite3_open_v2, const char *path, sqlite3 **db, int flags, const char *vfs) {
    fault.no_memory = fails();
    int result = __real_sqlite3_open_v2(path, db, flags, vfs);
    fault.no_memory = false;
    return result;
}

REAL(sqlite3_backup *, sqlite3_backup_init, sqlite3 *to, const char *name, sqlite3 *from,
     const char *from_name) {
    fault.no_memory = fails();
    sqlite3_backup *backup = __real_sqlite3_backup_init(to, name, from, from_name);
    fault.no_memory = false;
    return backup;
}

/* ---- memory and the system ---- */

REAL(void, need_failed, void) {
    longjmp(fault.gave_up, 1);
}

REAL(void *, calloc, size_t count, size_t size) {
    return fails() ? NULL : __real_calloc(count, size);
}

static int refuse(void) {
    errno = EIO;
    return -1;
}

#define SYSTEM(result, name, parameters, arguments)                                                \
    result __real_##name parameters;                                                               \
    result __wrap_##name parameters;                                                               \
    result __wrap_##name parameters {                                                              \
        return fails() ? (result)refuse() : __real_##name arguments;                               \
    }

SYSTEM(int, open64, (const char *path, int flags, mode_t mode), (path, flags, mode))
SYSTEM(int, openat64, (int at, const char *path, int flags, mode_t mode), (at, path, flags, mode))
SYSTEM(ssize_t, pread64, (int fd, void *bytes, size_t size, off_t at), (fd, bytes, size, at))
SYSTEM(ssize_t, pwrite64, (int fd, const void *bytes, size_t size, off_t at), (fd, bytes, size, at))
SYSTEM(ssize_t, write, (int fd, const void *bytes, size_t size), (fd, bytes, size))
SYSTEM(int, fsync, (int fd), (fd))
SYSTEM(int, ftruncate64, (int fd, off_t size), (fd, size))
SYSTEM(int, fallocate64, (int fd, int mode, off_t at, off_t size), (fd, mode, at, size))
SYSTEM(int, fstat64, (int fd, struct stat *entry), (fd, entry))
SYSTEM(int, lstat64, (const char *path, struct stat *entry), (path, entry))
SYSTEM(int, fstatat64, (int at, const char *path, struct stat *entry, int flags),
       (at, path, entry, flags))
SYSTEM(int, fstatvfs64, (int fd, struct statvfs *disk), (fd, disk))
SYSTEM(int, fchmod, (int fd, mode_t mode), (fd, mode))
SYSTEM(int, fcntl64, (int fd, int command, void *lock), (fd, command, lock))
SYSTEM(int, mkdirat, (int at, const char *path, mode_t mode), (at, path, mode))
SYSTEM(int, renameat, (int from_at, const char *from, int at, const char *path),
       (from_at, from, at, path))
SYSTEM(int, unlinkat, (int at, const char *path, int flags), (at, path, flags))

REAL(int, mkdir, const char *path, mode_t mode) {
    return fails() ? refuse() : __real_mkdir(path, mode);
}

REAL(char *, realpath, const char *path, char *real) {
    if (!fails()) return __real_realpath(path, real);
    errno = EIO;
    return NULL;
}

REAL(FILE *, fdopen, int fd, const char *how) {
    if (!fails()) return __real_fdopen(fd, how);
    errno = EMFILE;
    return NULL;
}

REAL(int, fflush, FILE *file) {
    return fails() ? refuse() : __real_fflush(file);
}

/* ---- a small store with something of everything ---- */

static void say_all(struct scratch *s, struct store *store) {
    char bytes[80];
    for (int kind = 0; kind < PERSON_KINDS; kind++)
        scratch_put(s, store, person(person_kinds[kind], 1, bytes));
    for (uint32_t room = 1; room <= 3; room++)
        scratch_make_room(s, store, room);
    for (uint64_t seq = 1; seq <= FEW; seq++) {
        struct record record = scratch_message(1, seq, TEXT_MAX);
        if (seq % 4 == 0) record.client_id = slice_of("abcdef-1234");
        scratch_put(s, store, record);
        scratch_put(s, store, scratch_message(3, seq, TEXT_MAX));
    }
    for (uint64_t seq = 1; seq <= 2 * STORED_KINDS; seq++) {
        struct record record = scratch_message(2, seq, TEXT_MAX);
        record.identity.v = 5;
        if (seq > STORED_KINDS) record.stored = (uint8_t)(seq - STORED_KINDS);
        if (record.stored == STORED_KINDS) record.stored = STORED_REACTION;
        if (record.stored > STORED_TOPIC) record.target = 1 + seq % 3;
        if (record.stored == STORED_REACTION) record.text = slice_of("+1");
        scratch_put(s, store, record);
    }
    scratch_commit(s, store);
}

static void say_about(struct scratch *s, struct store *store) {
    static const char text[] = "\"why\"\n\x01\xff";
    scratch_put(s, store, (struct record){.kind = RECORD_COUNTERS, .number = 5, .seq = 9});
    scratch_put(s, store,
                (struct record){.kind = RECORD_AUDIT,
                                .room.v = 1,
                                .author.v = 1,
                                .author_name = slice_of("ann"),
                                .key = slice_of("kick"),
                                .name = slice_of("bob"),
                                .text = slice_text(text)});
    scratch_put(s, store,
                (struct record){.kind = RECORD_FACTS,
                                .number = (UINT64_C(1) << 40) + 1,
                                .author.v = 1,
                                .text = slice_of("url * https://a.example/\n")});
    scratch_put(s, store,
                (struct record){.kind = RECORD_WEBHOOK,
                                .number = 1,
                                .room.v = 1,
                                .author.v = 1,
                                .author_name = slice_of("ann"),
                                .text = slice_of("https://a.example/"),
                                .secret = slice_of("key")});
    scratch_commit(s, store);
}

static void shell(const struct scratch *s, const char *command) {
    char text[400];
    snprintf(text, sizeof text, "cd '%s' && %s", s->top, command);
    assert_int_equal(system(text), 0);
}

static void ignore_row(void *context, const struct record *record) {
    (void)context;
    (void)record;
}

static void ignore_past(void *context, const struct event *past) {
    (void)context;
    (void)past;
}

static void ignore_webhook(void *context, const struct store_webhook *webhook) {
    (void)context;
    (void)webhook;
}

static void ignore_sentence(void *context, struct slice sentence) {
    (void)context;
    (void)sentence;
}

/* The folder `good` beside that of the test. */
static void make_good(struct scratch *s) {
    s->options.search = true;
    s->options.durability = STORE_OFF; /* no power is cut here */
    struct store *store = scratch_open(s);
    say_all(s, store);
    say_about(s, store);
    store_close(store);
    shell(s, "mv data good");
}

/* Everything of `good` is there, and in room 1 so many messages more, or some less. */
static void expect_good(struct scratch *s, uint64_t more, uint64_t less) {
    uint32_t skipped = 0;
    struct store *store = scratch_open(s);
    if (store_load(store, ignore_row, NULL, &skipped, &s->error) < 0) fail_msg("%s", s->error.text);
    if (skipped > 0) fail_msg("%s", s->error.text);
    struct store_reader *reader = scratch_reader(s);
    for (uint32_t room = 1; room <= 3; room += 2) {
        uint64_t least = FEW - less + (room == 1 ? more : 0);
        struct page page = scratch_page(s, reader, scratch_range(room, 1, UINT64_MAX), TEXT_MAX);
        assert_in_range(page.count, least, least + 2);
        assert_true(less > 0 || !page.holes);
    }
    store_reader_close(reader);
    store_close(store);
}

/* ---- one call fails ---- */

static void arm(uint32_t at) {
    fault.calls = 0;
    fault.at = at;
}

/* True: it went wrong, and the store said so in words. Nothing fails any more. */
static bool told(const struct scratch *s, bool wrong) {
    if (!wrong) return false;
    fault.at = 0;
    assert_true(s->error.fault != STORE_FINE && s->error.text[0] != '\0');
    return true;
}

/* What is done with a copy of `good` while a call fails; gives how many messages more were
 * acknowledged. */
typedef uint64_t deed(struct scratch *s, uint32_t at);

/* Once for each call that there is, until none was met; but with --long, for one of some. `less`:
 * so many messages may be lost. */
static void each_call(struct scratch *s, deed *act, uint64_t less) {
    uint32_t stride = getenv("PARLANCE_LONG") ? 1 : STRIDE;
    volatile uint32_t at = 0;
    make_good(s);
    do {
        volatile uint64_t more = 0;
        shell(s, "rm -rf data && cp -rp good data");
        s->error = (struct store_error){0};
        at += at < FIRST ? 1 : stride;
        bool gave_up = setjmp(fault.gave_up) != 0;
        if (!gave_up) more = act(s, at);
        bool met = fault.calls >= at;
        if (gave_up) more = act(s, UINT32_MAX);
        fault.at = 0;
        expect_good(s, more, less);
        if (!met) break;
    } while (at < ROUNDS_MAX);
    assert_in_range(at, 5, ROUNDS_MAX - 1);
}

static uint64_t open_and_load(struct scratch *s, uint32_t at) {
    uint32_t skipped;
    arm(at);
    struct store *store = store_open(&s->options, &s->error);
    if (told(s, store == NULL)) return 0;
    struct store_reader *reader = NULL;
    if (!told(s, store_load(store, ignore_row, NULL, &skipped, &s->error) < 0))
        reader = store_reader_open(&s->options, &s->error);
    told(s, fault.at != 0 && reader == NULL);
    if (reader) store_reader_close(reader);
    store_close(store);
    return 0;
}

static void whatever_fails_at_the_start_is_told(void **state) {
    each_call(*state, open_and_load, 0);
}

static uint64_t write_some(struct scratch *s, uint32_t at) {
    static const uint8_t kinds[] = {STORED_MESSAGE, STORED_EDIT, STORED_REACTION, STORED_REMOVAL,
                                    STORED_UNREACTION};
    uint64_t seq = 2 * STORED_KINDS, more = 0;
    struct store *store = scratch_open(s);
    bool wrong = false;
    arm(at);
    for (uint64_t i = 0; i < 2 && !wrong; i++) {
        struct record record = scratch_message(1, FEW + 1 + i, TEXT_MAX);
        wrong = store_put(store, &record, &s->error) < 0;
        for (size_t k = 0; k < sizeof kinds && !wrong; k++) {
            record = scratch_message(2, ++seq, TEXT_MAX);
            record.stored = kinds[k];
            record.target = k == 0 ? 0 : 4 + i;
            record.client_id = k == 0 ? slice_of("abcdef-99") : record.client_id;
            wrong = store_put(store, &record, &s->error) < 0;
        }
        wrong = wrong || store_commit(store, &s->error) < 0;
        if (!wrong) more++;
    }
    told(s, wrong);
    fault.at = 0;
    store_close(store);
    return more;
}

static void what_was_acknowledged_before_a_failure_is_there(void **state) {
    each_call(*state, write_some, 0);
}

static uint64_t tidy_up(struct scratch *s, uint32_t at) {
    struct store *store = scratch_open(s);
    scratch_put(s, store,
                (struct record){.kind = RECORD_PURGE, .room.v = 2, .identity.v = 5, .time_ms = 1});
    scratch_put(s, store, (struct record){.kind = RECORD_ACCOUNT_GONE, .author.v = 1});
    scratch_put(s, store, (struct record){.kind = RECORD_DELETED, .room.v = 2});
    scratch_commit(s, store);
    store_search_again(store);
    arm(at);
    do
        if (told(s, store_idle(store, &s->error) < 0)) break;
    while (store_idle_again(store));
    fault.at = 0;
    store_close(store);
    return 0;
}

static void work_that_waits_may_fail_and_is_done_later(void **state) {
    each_call(*state, tidy_up, 0);
}

/* ---- reading ---- */

static bool read_pieces(struct scratch *s, struct store_reader *reader, struct query query) {
    struct query_end end;
    do {
        int result = store_read(reader, &query, 700, ignore_past, NULL, &end, &s->error);
        assert_true((result < 0) == end.failed);
        if (told(s, result < 0)) return false;
        if (query.kind == QUERY_LATEST || query.kind == QUERY_AROUND) query.kind = QUERY_RANGE;
        query.count = end.count;
        query.first = end.first;
        query.last = end.last;
    } while (end.count > 0);
    return true;
}

static bool search_some(struct scratch *s, struct store_reader *reader) {
    struct store_searcher *searcher = store_searcher_new(&s->options);
    if (!searcher) return false;
    struct query_end end;
    bool right = true;
    for (int newest = 0; newest < 2 && right; newest++) {
        struct query query = {.kind = QUERY_SEARCH, .room.v = 1, .count = 3, .last = INT32_MAX};
        query.text_size = (uint16_t)snprintf(query.text, sizeof query.text, "%s from:ann 1",
                                             newest ? "order:new" : "");
        int result =
            store_search(searcher, reader, &query, 700, ignore_past, NULL, &end, &s->error);
        right = !told(s, result < 0);
    }
    store_searcher_free(searcher);
    return right;
}

static bool read_everything(struct scratch *s, struct store_reader *reader) {
    for (int kind = 0; kind < QUERY_KINDS; kind++) {
        struct query query = {.kind = (enum query_kind)kind,
                              .room.v = 2,
                              .count = 30,
                              .first = kind == QUERY_LATEST ? 1 : 0,
                              .last = UINT64_MAX,
                              .target = 3,
                              .full = true,
                              .reactions = true,
                              .accounts = true,
                              .whose.v = 7,
                              .text_size = 3};
        memcpy(query.text, "ann", 3);
        if (kind == QUERY_SEARCH) continue;
        if (!read_pieces(s, reader, query)) return false;
        query.room.v = 1;
        query.after_ms = 1700000000002;
        query.before_ms = 1700000000009;
        if (!read_pieces(s, reader, query)) return false;
    }
    int room = store_read_room(reader, (struct room_id){0}, ignore_row, NULL, &s->error);
    if (told(s, room < 0)) return false;
    if (told(s, store_read_webhooks(reader, ignore_webhook, NULL, &s->error) < 0)) return false;
    return search_some(s, reader);
}

static uint64_t read_all(struct scratch *s, uint32_t at) {
    struct store *store = scratch_open(s);
    struct store_reader *reader = scratch_reader(s);
    arm(at);
    (void)read_everything(s, reader);
    bool met = fault.calls >= at;
    fault.at = 0;
    if (met && !read_everything(s, reader)) fail_msg("call %u: %s", at, s->error.text);
    if (met) fault.calls = at;
    store_reader_close(reader);
    store_close(store);
    return 0;
}

static void a_page_that_fails_is_read_the_next_time(void **state) {
    each_call(*state, read_all, 0);
}

/* ---- copies ---- */

static uint64_t back_up(struct scratch *s, uint32_t at) {
    char path[128];
    snprintf(path, sizeof path, "%s/copy", s->top);
    int fd = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    struct store *store = scratch_open(s);
    arm(at);
    struct store_backup *backup = store_backup_open(&s->options, fd, &s->error);
    int result = backup ? 1 : -1;
    while (result > 0)
        result = store_backup_step(backup, &s->error);
    told(s, result < 0);
    fault.at = 0;
    if (backup) store_backup_close(backup);
    store_close(store);
    close(fd);
    return 0;
}

static void a_backup_that_fails_says_so_and_leaves_the_store_alone(void **state) {
    each_call(*state, back_up, 0);
}

/* Of `good` into a folder that is not there; where it failed, once more. */
static uint64_t restore(struct scratch *s, uint32_t at) {
    char copy[128];
    uint32_t skipped;
    snprintf(copy, sizeof copy, "%s/good/parlance.db", s->top);
    shell(s, "rm -rf data");
    arm(at);
    bool wrong = told(s, store_restore(&s->options, copy, &skipped, &s->error) < 0);
    fault.at = 0;
    if (wrong && store_restore(&s->options, copy, &skipped, &s->error) < 0)
        assert_non_null(strstr(s->error.text, "holds a database already"));
    return 0;
}

static void a_restore_that_fails_can_be_begun_again(void **state) {
    each_call(*state, restore, 0);
}

/* A row that could not be read counts as damaged: it is left in the copy of the old database. */
static uint64_t recover(struct scratch *s, uint32_t at) {
    char path[256];
    sqlite3 *db = NULL;
    scratch_path(s, "parlance.db", path);
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    if (sqlite3_exec(db,
                     "UPDATE events SET text = 'another' WHERE id = (2 << 40) + 2;"
                     "DELETE FROM heads WHERE room = 2; DELETE FROM counters;"
                     "UPDATE audit SET time_ms = 1;DELETE FROM rooms WHERE number = 2;",
                     NULL, NULL, NULL) != SQLITE_OK)
        fail_msg("%s", sqlite3_errmsg(db));
    sqlite3_close(db);
    arm(at);
    bool wrong = store_recover(&s->options, ignore_sentence, NULL, &s->error) < 0;
    told(s, wrong);
    fault.at = 0;
    if (wrong && store_recover(&s->options, ignore_sentence, NULL, &s->error) < 0)
        fail_msg("%s", s->error.text);
    return 0;
}

static void a_recovery_that_fails_can_be_begun_again(void **state) {
    each_call(*state, recover, 1);
}

/* Before SQLite is used for the first time. */
static int faults_install(void **state) {
    (void)state;
    sqlite3_mem_methods methods;
    if (sqlite3_config(SQLITE_CONFIG_GETMALLOC, &fault.memory) != SQLITE_OK) return -1;
    methods = fault.memory;
    methods.xMalloc = no_malloc;
    methods.xRealloc = no_realloc;
    return sqlite3_config(SQLITE_CONFIG_MALLOC, &methods);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        scratch_test(whatever_fails_at_the_start_is_told),
        scratch_test(what_was_acknowledged_before_a_failure_is_there),
        scratch_test(work_that_waits_may_fail_and_is_done_later),
        scratch_test(a_page_that_fails_is_read_the_next_time),
        scratch_test(a_backup_that_fails_says_so_and_leaves_the_store_alone),
        scratch_test(a_restore_that_fails_can_be_begun_again),
        scratch_test(a_recovery_that_fails_can_be_begun_again),
    };
    return cmocka_run_group_tests(tests, faults_install, NULL);
}
