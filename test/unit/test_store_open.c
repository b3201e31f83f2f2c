/* How a data folder is made, held, refused and brought to the newest tables. */
#include <dirent.h>
#include <errno.h>
#include <sqlite3.h>

#include "test_store_expect.h"

static int mode_of(const char *path) {
    struct stat entry;
    assert_int_equal(lstat(path, &entry), 0);
    return (int)(entry.st_mode & 07777);
}

static void refuse(struct scratch *s, enum store_fault fault, const char *words) {
    struct store *store = store_open(&s->options, &s->error);
    if (store != NULL) store_close(store);
    assert_null(store);
    assert_int_equal(s->error.fault, fault);
    if (strstr(s->error.text, words) == NULL) fail_msg("'%s' in '%s'", words, s->error.text);
}

/* SQL from outside, while no store is open. */
static void outside(const struct scratch *s, const char *sql) {
    char path[256];
    sqlite3 *db = NULL;
    scratch_path(s, "parlance.db", path);
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    if (sqlite3_exec(db, sql, NULL, NULL, NULL) != SQLITE_OK) fail_msg("%s", sqlite3_errmsg(db));
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
}

/* ---- the folder ---- */

static void folder_and_files_are_ours_alone_whatever_the_umask(void **state) {
    struct scratch *s = *state;
    static const mode_t masks[] = {0, 0777, 0022};
    for (size_t i = 0; i < sizeof masks / sizeof masks[0]; i++) {
        char folder[sizeof s->folder];
        snprintf(folder, sizeof folder, "%.100s/mask-%zu", s->top, i);
        memcpy(s->folder, folder, sizeof folder);
        mode_t before = umask(masks[i]);
        struct store *store = scratch_open(s);
        scratch_make_room(s, store, 1);
        umask(before);
        assert_int_equal(mode_of(s->folder), 0700);
        DIR *entries = opendir(s->folder);
        uint32_t files = 0;
        for (struct dirent *entry; (entry = readdir(entries)) != NULL;) {
            char path[256];
            if (entry->d_name[0] == '.') continue;
            snprintf(path, sizeof path, "%.120s/%.100s", s->folder, entry->d_name);
            assert_int_equal(mode_of(path), 0600);
            files++;
        }
        closedir(entries);
        assert_int_equal(files, 4); /* parlance.db, its WAL, lock, reserve */
        store_close(store);
    }
}

static void parents_of_the_folder_are_not_made(void **state) {
    struct scratch *s = *state;
    snprintf(s->folder, sizeof s->folder, "%.64s/not/there", s->top);
    refuse(s, STORE_CANNOT, "No such file or directory");
}

static void a_symbolic_link_is_no_data_folder(void **state) {
    struct scratch *s = *state;
    char real[256];
    snprintf(real, sizeof real, "%s-real", s->folder);
    assert_int_equal(mkdir(real, 0700), 0);
    assert_int_equal(symlink(real, s->folder), 0);
    refuse(s, STORE_CANNOT, "is a symbolic link");
    snprintf(s->folder, sizeof s->folder, "%.64s/data//", s->top);
    refuse(s, STORE_CANNOT, "is a symbolic link");
}

static void a_linked_file_is_refused(void **state) {
    static const char *const names[] = {"parlance.db", "lock", "reserve"};
    struct scratch *s = *state;
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        char path[256];
        store_close(scratch_open(s));
        scratch_path(s, names[i], path);
        assert_int_equal(unlink(path), 0);
        assert_int_equal(symlink("/dev/null", path), 0);
        refuse(s, STORE_CANNOT, names[i]);
        assert_int_equal(unlink(path), 0);
        if (i == 0) scratch_forget(s);
    }
}

static void a_folder_that_others_may_write_is_refused(void **state) {
    struct scratch *s = *state;
    assert_int_equal(mkdir(s->folder, 0700), 0);
    assert_int_equal(chmod(s->folder, 0770), 0);
    refuse(s, STORE_CANNOT, "chmod go-w");
}

static void a_file_is_no_data_folder(void **state) {
    struct scratch *s = *state;
    close(open(s->folder, O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
    refuse(s, STORE_CANNOT, "Not a directory");
}

/* In a child process that is not root: `make` may prepare the folder as root. */
static void as_nobody(struct scratch *s, const char *words) {
    if (geteuid() != 0) return;
    pid_t child = fork();
    if (child == 0) {
        if (setgid(65534) != 0 || setuid(65534) != 0) _exit(2);
        struct store *store = store_open(&s->options, &s->error);
        _exit(store == NULL && strstr(s->error.text, words) != NULL ? 0 : 1);
    }
    int status = -1;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
}

static void a_folder_of_somebody_else_is_refused(void **state) {
    struct scratch *s = *state;
    if (geteuid() != 0) {
        print_message("skipped: needs root\n");
        skip();
    }
    assert_int_equal(chmod(s->top, 0755), 0);
    assert_int_equal(mkdir(s->folder, 0755), 0);
    as_nobody(s, "belongs to user 0");
}

static void an_unreadable_folder_is_named_with_the_reason(void **state) {
    struct scratch *s = *state;
    if (geteuid() != 0) {
        print_message("skipped: needs root\n");
        skip();
    }
    assert_int_equal(chmod(s->top, 0755), 0);
    assert_int_equal(mkdir(s->folder, 0), 0);
    assert_int_equal(chown(s->folder, 65534, 65534), 0);
    as_nobody(s, "/data: Permission denied");
}

static void a_folder_may_be_named_from_where_we_stand(void **state) {
    struct scratch *s = *state;
    char here[256];
    assert_non_null(getcwd(here, sizeof here));
    assert_int_equal(chdir(s->top), 0);
    s->options.folder = "./data?mode=ro#%41 b/";
    struct store *store = scratch_open(s);
    assert_int_equal(chdir(here), 0);
    scratch_make_room(s, store, 1);
    scratch_idle(s, store);
    assert_true(store_room(store) > 0);
    store_close(store);
}

/* ---- one server at a time ---- */

static void a_second_server_is_refused_with_the_pid_of_the_first(void **state) {
    struct scratch *s = *state;
    struct store *store = scratch_open(s);
    scratch_make_room(s, store, 1);
    char words[64];
    snprintf(words, sizeof words, "is in use by another server (pid %d)", (int)getpid());
    pid_t child = fork();
    if (child == 0) {
        struct store *second = store_open(&s->options, &s->error);
        bool right = second == NULL && s->error.fault == STORE_RUNNING &&
                     s->error.pid == getppid() && strstr(s->error.text, words) != NULL;
        _exit(right ? 0 : 1);
    }
    int status = -1;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
    refuse(s, STORE_RUNNING, words);
    scratch_say(s, store, 1, 1, 10, 10); /* the first goes on */
    store_close(store);
    store = scratch_open(s);
    assert_int_equal(scratch_load(s, store).seq[1], 10);
    store_close(store);
}

static void a_killed_server_leaves_no_lock(void **state) {
    struct scratch *s = *state;
    pid_t child = fork();
    if (child == 0) {
        if (store_open(&s->options, &s->error) == NULL) _exit(1);
        kill(getpid(), SIGKILL);
    }
    int status = 0;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFSIGNALED(status));
    store_close(scratch_open(s));
}

static void another_program_that_holds_the_database_is_met_with_a_refusal(void **state) {
    struct scratch *s = *state;
    char path[256];
    store_close(scratch_open(s));
    int ready[2];
    assert_int_equal(pipe(ready), 0);
    scratch_path(s, "parlance.db", path);
    pid_t child = fork();
    if (child == 0) {
        sqlite3 *db = NULL;
        int result = sqlite3_open(path, &db);
        if (result == SQLITE_OK) result = sqlite3_exec(db, "BEGIN IMMEDIATE", NULL, NULL, NULL);
        if (write(ready[1], "", 1) != 1 || result != SQLITE_OK) _exit(1);
        pause();
    }
    char byte;
    assert_int_equal(read(ready[0], &byte, 1), 1);
    refuse(s, STORE_RUNNING, "held open by another program");
    assert_int_equal(kill(child, SIGKILL), 0);
    assert_int_equal(waitpid(child, NULL, 0), child);
    close(ready[0]);
    close(ready[1]);
    store_close(scratch_open(s));
}

static void the_sqlite3_program_is_shut_out_while_a_server_runs(void **state) {
    struct scratch *s = *state;
    if (system("command -v sqlite3 >/dev/null") != 0) {
        print_message("skipped: sqlite3 is not installed\n");
        skip();
    }
    struct store *store = scratch_open(s);
    scratch_make_room(s, store, 1);
    struct store_reader *reader = scratch_reader(s);
    scratch_page(s, reader, scratch_range(1, 1, 9), 0);
    store_reader_close(reader); /* which must not take the writer's lock with it */
    static const char *const commands[] = {"SELECT * FROM rooms", "PRAGMA wal_checkpoint", "VACUUM",
                                           "DELETE FROM rooms"};
    for (size_t i = 0; i < sizeof commands / sizeof commands[0]; i++) {
        char command[512];
        snprintf(command, sizeof command,
                 "sqlite3 '%s/parlance.db' '%s' 2>&1 | grep -q 'database is locked'", s->folder,
                 commands[i]);
        assert_int_equal(system(command), 0);
    }
    scratch_say(s, store, 1, 1, 10, 10);
    store_close(store);
}

/* ---- versions ---- */

static void newer_tables_are_refused_with_both_versions(void **state) {
    struct scratch *s = *state;
    store_close(scratch_open(s));
    outside(s, "PRAGMA user_version = 4711");
    refuse(s, STORE_NEWER, "version 4711, this program knows version 10");
}

static void a_foreign_database_is_refused(void **state) {
    struct scratch *s = *state;
    store_close(scratch_open(s));
    outside(s, "PRAGMA application_id = 5");
    refuse(s, STORE_CANNOT, "not a database of this program");
}

static void a_file_that_is_no_database_is_refused_and_left_alone(void **state) {
    struct scratch *s = *state;
    char path[256];
    char bytes[8192];
    assert_int_equal(mkdir(s->folder, 0700), 0);
    scratch_path(s, "parlance.db", path);
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    memset(bytes, 'x', sizeof bytes);
    assert_int_equal(write(fd, bytes, sizeof bytes), sizeof bytes);
    refuse(s, STORE_CANNOT, "file is not a database");
    memset(bytes, 0, sizeof bytes);
    assert_int_equal(pread(fd, bytes, sizeof bytes, 0), sizeof bytes);
    for (size_t i = 0; i < sizeof bytes; i++)
        assert_int_equal(bytes[i], 'x');
    close(fd);
}

/* Both before and after the tables' step there is a store that opens: killed before statement
 * `kill_at`, it is opened anew by the parent. */
static int kill_at;

static int count_statement(unsigned kind, void *context, void *statement, void *text) {
    (void)kind;
    (void)context;
    (void)statement;
    (void)text;
    if (--kill_at == 0) kill(getpid(), SIGKILL);
    return 0;
}

static int trace_handle(sqlite3 *db, const char **why, const void *api) {
    (void)why;
    (void)api;
    return sqlite3_trace_v2(db, SQLITE_TRACE_STMT, count_statement, NULL);
}

static void a_migration_killed_at_any_statement_begins_anew(void **state) {
    struct scratch *s = *state;
    bool killed = true;
    uint32_t kills = 0;
    for (int at = 1; killed; at++) {
        scratch_forget(s);
        pid_t child = fork();
        if (child == 0) {
            kill_at = at;
            sqlite3_auto_extension((void (*)(void))trace_handle);
            _exit(store_open(&s->options, &s->error) == NULL);
        }
        int status = 0;
        assert_int_equal(waitpid(child, &status, 0), child);
        killed = WIFSIGNALED(status);
        kills += killed;
        struct store *store = scratch_open(s);
        scratch_make_room(s, store, 1);
        scratch_say(s, store, 1, 1, 3, 10);
        assert_int_equal(scratch_load(s, store).seq[1], 3);
        store_close(store);
    }
    assert_true(kills > 15);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        scratch_test(folder_and_files_are_ours_alone_whatever_the_umask),
        scratch_test(parents_of_the_folder_are_not_made),
        scratch_test(a_symbolic_link_is_no_data_folder),
        scratch_test(a_linked_file_is_refused),
        scratch_test(a_folder_that_others_may_write_is_refused),
        scratch_test(a_file_is_no_data_folder),
        scratch_test(a_folder_of_somebody_else_is_refused),
        scratch_test(an_unreadable_folder_is_named_with_the_reason),
        scratch_test(a_folder_may_be_named_from_where_we_stand),
        scratch_test(a_second_server_is_refused_with_the_pid_of_the_first),
        scratch_test(a_killed_server_leaves_no_lock),
        scratch_test(another_program_that_holds_the_database_is_met_with_a_refusal),
        scratch_test(the_sqlite3_program_is_shut_out_while_a_server_runs),
        scratch_test(newer_tables_are_refused_with_both_versions),
        scratch_test(a_foreign_database_is_refused),
        scratch_test(a_file_that_is_no_database_is_refused_and_left_alone),
        scratch_test(a_migration_killed_at_any_statement_begins_anew),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
