/* parlance recover: what is right is kept, what is not is set aside and told, and afterwards the
 * store opens, loads and reads without a word of damage. */
#include <dirent.h>
#include <sqlite3.h>
#include <time.h>

#include "test_store_everything.h"

#include "store/recover.h"

enum { STEP = 4001, STEP_LONG = 251, SAID_MAX = 16384 };

/* What a recovery said. */
struct said {
    char text[SAID_MAX];
    size_t size;
};

static void say(void *context, struct slice sentence) {
    struct said *said = context;
    int size = snprintf(said->text + said->size, SAID_MAX - said->size, "%.*s\n",
                        (int)sentence.size, sentence.at);
    said->size += (size_t)size;
    assert_true(said->size < SAID_MAX);
}

static struct said recovered(struct scratch *s) {
    struct said said = {0};
    if (store_recover(&s->options, say, &said, &s->error) < 0) fail_msg("%s", s->error.text);
    return said;
}

static void says(const struct said *said, const char *words) {
    if (strstr(said->text, words) == NULL) fail_msg("'%s' is not in: %s", words, said->text);
}

static void outside(const struct scratch *s, const char *sql) {
    char path[256];
    sqlite3 *db = NULL;
    scratch_path(s, "parlance.db", path);
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    if (sqlite3_exec(db, sql, NULL, NULL, NULL) != SQLITE_OK) fail_msg("%s", sqlite3_errmsg(db));
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
}

/* The folder with the copy; false: there is none. */
static bool copy_find(const struct scratch *s, char path[256]) {
    DIR *folder = opendir(s->folder);
    bool found = false;
    assert_non_null(folder);
    for (struct dirent *entry; (entry = readdir(folder)) != NULL;) {
        if (strncmp(entry->d_name, "recovered-", 10) != 0) continue;
        snprintf(path, 256, "%s/%.60s", s->folder, entry->d_name);
        found = true;
    }
    closedir(folder);
    return found;
}

static int aside_lines(const struct scratch *s) {
    char path[256], name[300];
    int lines = 0;
    assert_true(copy_find(s, path));
    snprintf(name, sizeof name, "%s/rows.jsonl", path);
    FILE *file = fopen(name, "r");
    if (file == NULL) return 0;
    for (int c; (c = fgetc(file)) != EOF;)
        lines += c == '\n';
    fclose(file);
    return lines;
}

static void make(struct scratch *s) {
    struct store *store = scratch_open(s);
    make_everything(s, store);
    store_close(store);
}

/* What a room holds: all that is read is right. Messages that are lost leave holes. */
static uint32_t read_room(struct scratch *s, struct store_reader *reader, uint32_t room) {
    struct page page = {.size_max = TEXT_MAX};
    if (scratch_read(s, reader, scratch_range(room, 1, MESSAGES), 20000, &page) < 0)
        fail_msg("%s", s->error.text);
    assert_false(page.wrong);
    return page.count;
}

/* The store is whole: gives how many of its messages are left. */
static uint32_t expect_whole(struct scratch *s, struct everything *everything) {
    uint32_t skipped = 0, count = 0;
    bool wrong = false;
    struct store *store = scratch_open(s);
    *everything = (struct everything){0};
    if (store_load(store, everything_row, everything, &skipped, &s->error) < 0)
        fail_msg("%s", s->error.text);
    if (skipped > 0) fail_msg("%s", s->error.text);
    assert_false(everything->wrong);
    struct store_reader *reader = scratch_reader(s);
    for (uint32_t room = 1; room <= ROOMS; room++)
        count += read_room(s, reader, room);
    struct query_end end;
    struct query query = {
        .kind = QUERY_EVENTS, .room.v = CHANGED_ROOM, .count = UINT32_MAX, .last = UINT64_MAX};
    if (store_read(reader, &query, 1 << 20, changed_row, &wrong, &end, &s->error) < 0)
        fail_msg("%s", s->error.text);
    assert_false(wrong);
    store_reader_close(reader);
    store_close(store);
    return count;
}

static void where_nothing_is_damaged_nothing_is_changed(void **state) {
    struct scratch *s = *state;
    struct everything everything;
    struct stat before, after;
    char path[256];
    make(s);
    scratch_path(s, "parlance.db", path);
    assert_int_equal(stat(path, &before), 0);
    struct said said = recovered(s);
    assert_string_equal(said.text, "nothing is damaged, nothing was changed\n");
    assert_int_equal(stat(path, &after), 0);
    assert_true(before.st_ino == after.st_ino && before.st_mtime == after.st_mtime);
    assert_false(copy_find(s, path));
    assert_int_equal(expect_whole(s, &everything), ROOMS * MESSAGES);
    assert_int_equal(everything.people, PERSON_KINDS * PEOPLE);
}

static void damaged_rows_are_set_aside_and_all_others_are_kept(void **state) {
    struct scratch *s = *state;
    struct everything everything;
    make(s);
    outside(s, "UPDATE ties SET role = role + 1 WHERE account = 4;"
               "UPDATE accounts SET name = 'other' WHERE number IN (5, 6);"
               "UPDATE tokens SET until_ms = 5 WHERE account = 7;"
               "UPDATE restraints SET kind = kind + 1 WHERE account = 8;"
               "UPDATE events SET text = x'00ff' || 'damaged' WHERE id = 2 << 40 | 30");
    struct said said = recovered(s);
    says(&said, "1 rows of ties are damaged, 24 are right");
    says(&said, "2 rows of accounts are damaged, 23 are right");
    says(&said, "1 rows of tokens are damaged");
    says(&said, "1 rows of restraints are damaged");
    says(&said, "1 rows of events are damaged");
    says(&said, "1 messages of room 2 are lost, the last of them 30");
    says(&said, "5 rows belonged to accounts that are lost, and are gone");
    says(&said, "6 rows were set aside");
    assert_int_equal(aside_lines(s), 6);
    assert_int_equal(expect_whole(s, &everything), ROOMS * MESSAGES - 1);
    assert_int_equal(everything.people, PERSON_KINDS * PEOPLE - 5 - 5);
    said = recovered(s);
    assert_string_equal(said.text, "nothing is damaged, nothing was changed\n");
}

/* What a row of the recovered room is. */
struct room_look {
    uint32_t number;
    struct record room; /* as loaded; its name alone is kept */
    char name[40];
    uint64_t epoch_seq; /* of its last epoch before; 0: none */
    uint32_t ties;
};

static void room_look_row(void *context, const struct record *record) {
    struct room_look *look = context;
    if (record->room.v != look->number) return;
    if (record->kind == RECORD_EPOCH) look->epoch_seq = record->seq;
    look->ties += record->kind == RECORD_TIE;
    if (record->kind != RECORD_ROOM) return;
    look->room = *record;
    snprintf(look->name, sizeof look->name, "%.*s", (int)record->name.size, record->name.at);
}

static struct room_look look_at(struct scratch *s, uint32_t number) {
    struct room_look look = {.number = number};
    uint32_t skipped = 0;
    struct store *store = scratch_open(s);
    assert_int_equal(store_load(store, room_look_row, &look, &skipped, &s->error), 0);
    assert_int_equal(skipped, 0);
    struct store_reader *reader = scratch_reader(s);
    assert_int_equal(read_room(s, reader, number), MESSAGES);
    store_reader_close(reader);
    store_close(store);
    return look;
}

static void a_room_without_its_row_is_private_and_keeps_its_messages_and_people(void **state) {
    static const char *const damages[] = {
        "UPDATE rooms SET name = 'other' WHERE number = 2",
        "DELETE FROM rooms WHERE number = 2",
        "DELETE FROM rooms WHERE number = 2; DELETE FROM heads WHERE room = 2",
    };
    for (size_t i = 0; i < sizeof damages / sizeof damages[0]; i++) {
        struct scratch *s = *state;
        make(s);
        struct room_look before = look_at(s, 2);
        outside(s, damages[i]);
        struct said said = recovered(s);
        says(&said, "room 2 has lost its name and settings: it is recovered-2 now, private");
        struct room_look look = look_at(s, 2);
        assert_string_equal(look.name, "recovered-2");
        assert_int_equal(look.room.flags, ROOM_PRIVATE | ROOM_INVITE_ONLY);
        assert_int_equal(look.room.seq, MESSAGES);
        assert_int_equal(look.ties, before.ties);
        assert_true(look.room.epoch != before.room.epoch);
        scratch_forget(s);
    }
}

static void a_room_without_its_head_goes_on_in_a_new_epoch(void **state) {
    struct scratch *s = *state;
    make(s);
    struct room_look before = look_at(s, 3);
    outside(s, "UPDATE heads SET seq = 7 WHERE room = 3");
    struct said said = recovered(s);
    says(&said, "room 3 has lost count: it goes on behind message 60");
    struct room_look look = look_at(s, 3);
    assert_string_equal(look.name, before.name);
    assert_int_equal(look.room.seq, MESSAGES);
    assert_true(look.room.epoch != before.room.epoch);
    assert_int_equal(look.epoch_seq, MESSAGES);
}

static void a_deleted_room_does_not_come_back(void **state) {
    struct scratch *s = *state;
    struct everything everything;
    make(s);
    struct store *store = scratch_open(s);
    scratch_put(s, store, (struct record){.kind = RECORD_DELETED, .room.v = 4});
    scratch_commit(s, store);
    store_close(store);
    outside(s, "UPDATE events SET text = 'x' WHERE id = 1 << 40 | 9");
    (void)recovered(s);
    assert_int_equal(expect_whole(s, &everything), (ROOMS - 1) * MESSAGES - 1);
    assert_int_equal(everything.loaded.rooms, ROOMS - 1);
}

static void lost_counters_skip_numbers_that_may_have_been_given(void **state) {
    struct scratch *s = *state;
    struct everything everything;
    make(s);
    outside(s, "UPDATE counters SET next_user = 1");
    struct said said = recovered(s);
    says(&said, "the counters were lost");
    (void)expect_whole(s, &everything);
    assert_int_equal(everything.loaded.counters, 1);
    assert_true(everything.loaded.next_room > 1000);
    assert_true(everything.loaded.next_user > USER_NUMBER_FIRST + 1000);
}

static void a_server_that_runs_is_not_recovered(void **state) {
    struct scratch *s = *state;
    struct said said = {0};
    struct store *store = scratch_open(s);
    make_everything(s, store);
    assert_true(store_recover(&s->options, say, &said, &s->error) < 0);
    assert_int_equal(s->error.fault, STORE_RUNNING);
    assert_int_equal(said.size, 0);
    store_close(store);
}

static void what_is_no_database_is_left_alone(void **state) {
    struct scratch *s = *state;
    struct said said = {0};
    char path[256];
    make(s);
    scratch_path(s, "parlance.db", path);
    int fd = open(path, O_WRONLY | O_CLOEXEC);
    assert_int_equal(pwrite(fd, "nothing at all", 14, 0), 14);
    close(fd);
    assert_true(store_recover(&s->options, say, &said, &s->error) < 0);
    assert_non_null(strstr(s->error.text, "restore a backup"));
    assert_int_equal(s->error.fault, STORE_FAILED);
}

/* ---- any byte ---- */

static void flip(const char *path, long at) {
    char byte;
    int fd = open(path, O_RDWR | O_CLOEXEC);
    assert_int_equal(pread(fd, &byte, 1, at), 1);
    byte = (char)(byte ^ (at % 2 == 0 ? 0x10 : 0xff));
    assert_int_equal(pwrite(fd, &byte, 1, at), 1);
    close(fd);
}

static void copy_files(const struct scratch *s, const char *from, const char *to) {
    char command[400];
    snprintf(command, sizeof command, "rm -rf '%s/%s'; cp -a '%s/%s' '%s/%s'", s->top, to, s->top,
             from, s->top, to);
    assert_int_equal(system(command), 0);
}

/* Every place of a file: either nothing can be saved, in words, or the rest is whole. */
static void try_places(struct scratch *s, const char *name, long step, uint32_t messages_min) {
    char path[256];
    struct stat entry;
    uint32_t refused = 0, repaired = 0;
    copy_files(s, "data", "kept");
    scratch_path(s, name, path);
    assert_int_equal(stat(path, &entry), 0);
    for (long at = 0; at < entry.st_size; at += step) {
        struct said said = {0};
        struct everything everything;
        copy_files(s, "kept", "data");
        flip(path, at);
        if (store_recover(&s->options, say, &said, &s->error) < 0) {
            assert_int_equal(s->error.fault, STORE_FAILED);
            refused++;
            continue;
        }
        repaired += strstr(said.text, "is repaired") != NULL;
        uint32_t count = expect_whole(s, &everything);
        if (count < messages_min || everything.people + 80 < PERSON_KINDS * PEOPLE)
            fail_msg("byte %ld of %s: %u messages, %u people left", at, name, count,
                     everything.people);
    }
    print_message("%s: refused %u, repaired %u\n", name, refused, repaired);
    assert_true(refused * 8 < repaired);
    assert_true(repaired > 0);
}

static void any_damaged_byte_costs_little_and_the_rest_is_whole(void **state) {
    struct scratch *s = *state;
    make(s);
    long step = getenv("PARLANCE_LONG") != NULL ? STEP_LONG : STEP;
    try_places(s, "parlance.db", step, ROOMS * MESSAGES - 20);
}

static void a_damaged_wal_costs_what_came_after(void **state) {
    struct scratch *s = *state;
    store_close(scratch_open(s));
    pid_t child = fork();
    if (child == 0) {
        make_everything(s, scratch_open(s));
        kill(getpid(), SIGKILL);
    }
    int status = 0;
    assert_int_equal(waitpid(child, &status, 0), child);
    char path[256];
    scratch_path(s, "parlance.db-wal", path);
    flip(path, 200000);
    struct said said = recovered(s);
    says(&said, "parlance.db-wal is damaged: what was written last is lost");
    struct everything everything;
    (void)expect_whole(s, &everything);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        scratch_test(where_nothing_is_damaged_nothing_is_changed),
        scratch_test(damaged_rows_are_set_aside_and_all_others_are_kept),
        scratch_test(a_room_without_its_row_is_private_and_keeps_its_messages_and_people),
        scratch_test(a_room_without_its_head_goes_on_in_a_new_epoch),
        scratch_test(a_deleted_room_does_not_come_back),
        scratch_test(lost_counters_skip_numbers_that_may_have_been_given),
        scratch_test(a_server_that_runs_is_not_recovered),
        scratch_test(what_is_no_database_is_left_alone),
        scratch_test(any_damaged_byte_costs_little_and_the_rest_is_whole),
        scratch_test(a_damaged_wal_costs_what_came_after),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
