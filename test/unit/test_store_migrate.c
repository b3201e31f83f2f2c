/* A database of version 1, as the program of that version wrote it: it loads and reads on, it can
 * be changed as if it were new, and a migration that is killed at any statement begins anew
 * (THREATS 93). */
#include <sqlite3.h>

#include "test_store_expect.h"

#include "chat/once.h"

/* Rooms 1 and 2; room 1 without history, room 2 with six events, the fifth a topic. Room 3 is
 * deleted, its one message still there. Taken from a store of version 1 by `.dump`. */
static const char version_1[] =
    "PRAGMA page_size = 4096; PRAGMA journal_mode = WAL; BEGIN;"
    "CREATE TABLE counters ("
    "  one INTEGER PRIMARY KEY, next_user INTEGER NOT NULL, next_room INTEGER NOT NULL,"
    "  crc INTEGER NOT NULL) STRICT;"
    "CREATE TABLE rooms ("
    "  number INTEGER PRIMARY KEY, hex INTEGER NOT NULL, epoch INTEGER NOT NULL,"
    "  flags INTEGER NOT NULL, name TEXT NOT NULL, key TEXT NOT NULL, maker INTEGER NOT NULL,"
    "  maker_name TEXT NOT NULL, crc INTEGER NOT NULL, topic TEXT NOT NULL,"
    "  topic_crc INTEGER NOT NULL) STRICT;"
    "CREATE TABLE heads ("
    "  room INTEGER PRIMARY KEY, seq INTEGER NOT NULL, time_ms INTEGER NOT NULL,"
    "  crc INTEGER NOT NULL, whole_from INTEGER NOT NULL, whole_crc INTEGER NOT NULL) STRICT;"
    "CREATE TABLE events ("
    "  id INTEGER PRIMARY KEY, time_ms INTEGER NOT NULL, kind INTEGER NOT NULL,"
    "  speech INTEGER NOT NULL, author INTEGER NOT NULL, crc INTEGER NOT NULL,"
    "  author_name TEXT NOT NULL, client_id TEXT, text TEXT NOT NULL) STRICT;"
    "CREATE INDEX client_ids ON events (time_ms) WHERE client_id IS NOT NULL;"
    "CREATE TABLE doomed (room INTEGER PRIMARY KEY) STRICT;"
    "INSERT INTO counters VALUES (1, 1073742824, 4, 1952255018), (2, 0, 4, 2626873208);"
    "INSERT INTO rooms VALUES"
    " (1, 734439407617, -81985529216486895, 0, 'room-1', 'room-1', 7, 'maker', 1746599272,"
    "  'a topic', 2920678804),"
    " (2, 734439407618, -81985529216486894, 0, 'room-2', 'room-2', 7, 'maker', 54178905,"
    "  '2/5 ', 4183970818);"
    "INSERT INTO heads VALUES (1, 1, 1700000000001, 89601790, 2, 1156457797),"
    " (2, 6, 1700000000006, 2525794640, 1, 1971610207);"
    "INSERT INTO events VALUES"
    " (2199023255553, 1700000000001, 0, 1, 1073741825, 2840408180, 'Zoë', NULL, '2/1 '),"
    " (2199023255554, 1700000000002, 0, 2, 1073741826, 439019487, 'ann', NULL, '2/2 '),"
    " (2199023255555, 1700000000003, 0, 0, 1073741827, 730591909, 'Zoë', 'old-id', '2/3 '),"
    " (2199023255556, 1700000000004, 0, 1, 1073741828, 2019896977, 'ann', NULL, '2/4 '),"
    " (2199023255557, 1700000000005, 1, 2, 1073741824, 539288621, 'Zoë', NULL, '2/5 '),"
    " (2199023255558, 1700000000006, 0, 0, 1073741825, 1207845502, 'ann', NULL, '2/6 '),"
    " (3298534883329, 1700000000001, 0, 0, 8, 3805380212, 'ann', NULL, 'of a deleted room');"
    "INSERT INTO doomed VALUES (3);"
    "PRAGMA application_id = 1349676131; PRAGMA user_version = 1; COMMIT;";

static void make_version_1(struct scratch *s) {
    char path[256];
    sqlite3 *db = NULL;
    assert_int_equal(mkdir(s->folder, 0700), 0);
    scratch_path(s, "parlance.db", path);
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    if (sqlite3_exec(db, version_1, NULL, NULL, NULL) != SQLITE_OK) {
        fail_msg("%s", sqlite3_errmsg(db));
    }
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
}

static void expect_all(struct scratch *s) {
    struct store *store = scratch_open(s);
    struct loaded loaded = scratch_load(s, store);
    assert_int_equal(loaded.skipped, 0);
    assert_int_equal(loaded.rooms, 2);
    assert_int_equal(loaded.seq[1], 1);
    assert_int_equal(loaded.seq[2], 6);
    assert_int_equal(loaded.next_user, 1073742824);
    assert_int_equal(loaded.next_room, 4);
    assert_string_equal(loaded.topic, "2/5 ");
    struct store_reader *reader = scratch_reader(s);
    struct page page = scratch_page(s, reader, scratch_range(2, 1, 99), 0);
    assert_int_equal(page.count, 5);
    assert_int_equal(scratch_page(s, reader, scratch_latest(2, 4, 99), 0).first, 2);
    assert_int_equal(scratch_page(s, reader, scratch_range(1, 1, 99), 0).count, 0);
    store_reader_close(reader);
    store_close(store);
}

static void rows_of_version_1_are_loaded_and_read(void **state) {
    struct scratch *s = *state;
    make_version_1(s);
    expect_all(s);
    expect_all(s);
}

static void once_row(void *context, const struct record *record) {
    if (record->kind == RECORD_ONCE) *(struct record *)context = *record;
}

static void client_ids_of_version_1_are_remembered(void **state) {
    struct scratch *s = *state;
    struct record once = {0};
    uint32_t skipped = 0;
    make_version_1(s);
    s->options.once_max = 10;
    struct store *store = scratch_open(s);
    assert_int_equal(store_load(store, once_row, &once, &skipped, &s->error), 0);
    assert_int_equal(skipped, 0);
    struct record message = scratch_message(2, 3, 0);
    message.client_id = slice_of("old-id");
    struct record expected = once_record(&message);
    assert_memory_equal(&once, &expected, sizeof once);
    store_close(store);
}

struct found {
    uint32_t count;
    struct event last;
    char text[100];
};

static void found_row(void *context, const struct event *past) {
    struct found *found = context;
    found->count++;
    found->last = *past;
    snprintf(found->text, sizeof found->text, "%.*s", (int)past->text.size, past->text.at);
}

static struct found find_one(struct scratch *s, uint64_t seq) {
    struct found found = {0};
    struct query_end end;
    struct query query = {.kind = QUERY_ONE, .room.v = 2, .target = seq, .last = UINT64_MAX};
    struct store_reader *reader = scratch_reader(s);
    assert_int_equal(store_read(reader, &query, 0, found_row, &found, &end, &s->error), 0);
    store_reader_close(reader);
    return found;
}

static void messages_of_version_1_can_be_edited_and_removed(void **state) {
    struct scratch *s = *state;
    make_version_1(s);
    struct store *store = scratch_open(s);
    struct record change = scratch_message(2, 7, 0);
    change.stored = STORED_EDIT;
    change.target = 2;
    scratch_put(s, store, change);
    change.seq = 8;
    change.stored = STORED_REMOVAL;
    change.target = 3;
    scratch_put(s, store, change);
    scratch_commit(s, store);
    store_close(store);
    store = scratch_open(s);
    assert_int_equal(scratch_load(s, store).seq[2], 8);
    struct found found = find_one(s, 2);
    assert_int_equal(found.last.flags, EVENT_CHANGED);
    assert_string_equal(found.text, "2/7 ");
    found = find_one(s, 3);
    assert_int_equal(found.last.flags, EVENT_OFF);
    assert_string_equal(found.text, "");
    assert_int_equal(find_one(s, 9).count, 0);
    store_close(store);
}

/* ---- killed at each statement ---- */

struct killer {
    int statements; /* of one whole opening */
    int at;         /* kill before this one; 0: never */
};

static struct killer *killer; /* shared with the child */

static int before_statement(unsigned kind, void *context, void *statement, void *text) {
    (void)kind;
    (void)context;
    (void)statement;
    (void)text;
    if (++killer->statements == killer->at) kill(getpid(), SIGKILL);
    return 0;
}

/* Called for every connection that SQLite opens. */
static int watch(sqlite3 *db, char **error, const struct sqlite3_api_routines *api) {
    (void)error;
    (void)api;
    return sqlite3_trace_v2(db, SQLITE_TRACE_STMT, before_statement, NULL);
}

/* 0, or the signal that ended it. */
static int open_in_child(struct scratch *s, int at) {
    killer->statements = 0;
    killer->at = at;
    pid_t child = fork();
    if (child == 0) {
        sqlite3_auto_extension((void (*)(void))watch);
        struct store *store = store_open(&s->options, &s->error);
        if (store == NULL) _exit(1);
        store_close(store);
        _exit(0);
    }
    int status = 0;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFSIGNALED(status) || WEXITSTATUS(status) == 0);
    return WIFSIGNALED(status) ? WTERMSIG(status) : 0;
}

static void t093_a_migration_killed_at_any_statement_begins_anew(void **state) {
    struct scratch *s = *state;
    killer = scratch_shared(sizeof *killer);
    s->options.durability = STORE_OFF; /* the kernel goes on: flushing would only take time */
    make_version_1(s);
    assert_int_equal(open_in_child(s, 0), 0);
    int statements = killer->statements;
    print_message("%d statements\n", statements);
    assert_true(statements > 25);
    for (int at = 1; at <= statements; at++) {
        scratch_forget(s);
        make_version_1(s);
        assert_int_equal(open_in_child(s, at), SIGKILL);
        expect_all(s);
    }
    munmap(killer, sizeof *killer);
}

static void a_new_database_killed_at_any_statement_begins_anew(void **state) {
    struct scratch *s = *state;
    killer = scratch_shared(sizeof *killer);
    s->options.durability = STORE_OFF; /* the kernel goes on: flushing would only take time */
    assert_int_equal(open_in_child(s, 0), 0);
    int statements = killer->statements;
    for (int at = 1; at <= statements; at++) {
        scratch_forget(s);
        assert_int_equal(open_in_child(s, at), SIGKILL);
        struct store *store = scratch_open(s);
        scratch_make_room(s, store, 1);
        scratch_say(s, store, 1, 1, 3, 0);
        store_close(store);
        store = scratch_open(s);
        assert_int_equal(scratch_load(s, store).seq[1], 3);
        store_close(store);
    }
    munmap(killer, sizeof *killer);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        scratch_test(rows_of_version_1_are_loaded_and_read),
        scratch_test(client_ids_of_version_1_are_remembered),
        scratch_test(messages_of_version_1_can_be_edited_and_removed),
        scratch_test(t093_a_migration_killed_at_any_statement_begins_anew),
        scratch_test(a_new_database_killed_at_any_statement_begins_anew),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
