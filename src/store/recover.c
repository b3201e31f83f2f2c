/* recover.c: the folders of a recovery, and what is done in which order. The database in place is
 * replaced at the very end; what stops before that leaves it and the copy. */
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/check.h"
#include "base/need.h"
#include "store/recovery.h"

enum {
    COPY_BYTES = 65536,
    COMPLAINT_SIZE = 400,
    SENTENCE_SIZE = 600,
    COMPLAINTS_MAX = 10,
    NAMES_TRIED = 9
};

static const char *const copied[] = {"parlance.db", "parlance.db-wal"};

__attribute__((format(printf, 2, 3))) static void say(struct recovery *recovery, const char *format,
                                                      ...) {
    char sentence[SENTENCE_SIZE];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(sentence, sizeof sentence, format, arguments);
    va_end(arguments);
    recovery->say(recovery->context, slice_text(sentence));
}

void recovery_find(struct recovery *recovery, const char *format, ...) {
    char sentence[SENTENCE_SIZE];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(sentence, sizeof sentence, format, arguments);
    va_end(arguments);
    recovery->findings++;
    recovery->say(recovery->context, slice_text(sentence));
}

int recovery_fail(struct recovery *recovery, sqlite3 *db, const char *what) {
    return store_blame_sqlite(recovery->error, STORE_CANNOT, trouble_of(db), what);
}

static int cannot(struct recovery *recovery, const char *what, const char *name) {
    int errno_now = errno;
    return store_blame(recovery->error, STORE_CANNOT, errno_now, "cannot %s %s/%s: %s", what,
                       recovery->old->folder, name, strerror(errno_now));
}

/* ---- the copy ---- */

static int copy_bytes(struct recovery *recovery, int from, int to, const char *name) {
    char bytes[COPY_BYTES];
    for (off_t at = 0;;) {
        ssize_t size = pread(from, bytes, sizeof bytes, at);
        if (size < 0) return cannot(recovery, "read", name);
        if (size == 0) break;
        errno = ENOSPC;
        if (pwrite(to, bytes, (size_t)size, at) != size) return cannot(recovery, "copy", name);
        at += size;
    }
    return fsync(to) == 0 ? 0 : cannot(recovery, "flush the copy of", name);
}

/* The WAL need not be there. */
static int copy_file(struct recovery *recovery, const char *name) {
    char path[RECOVERY_NAME_SIZE + 32];
    int folder = recovery->old->folder_fd;
    int from = openat(folder, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
    if (from < 0 && errno == ENOENT && name != copied[0]) return 0;
    if (from < 0) return cannot(recovery, "read", name);
    snprintf(path, sizeof path, "%s/%s", recovery->copy, name);
    int to = openat(folder, path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    int failed = to < 0 ? cannot(recovery, "make", path) : copy_bytes(recovery, from, to, name);
    if (to >= 0) close(to);
    close(from);
    return failed;
}

static int copy_make(struct recovery *recovery) {
    time_t now = time(NULL);
    struct tm utc;
    char date[24];
    int failed = -EEXIST;
    gmtime_r(&now, &utc);
    strftime(date, sizeof date, "%Y%m%d-%H%M%S", &utc);
    for (int i = 1; i <= NAMES_TRIED && failed == -EEXIST; i++) {
        snprintf(recovery->copy, sizeof recovery->copy, i == 1 ? "recovered-%s" : "recovered-%s-%d",
                 date, i);
        failed = mkdirat(recovery->old->folder_fd, recovery->copy, 0700) < 0 ? -errno : 0;
    }
    if (failed < 0) return cannot(recovery, "make", recovery->copy);
    for (size_t i = 0; i < sizeof copied / sizeof copied[0] && failed == 0; i++)
        failed = copy_file(recovery, copied[i]);
    return failed;
}

static void folder_remove(struct recovery *recovery, const char *name) {
    static const char *const files[] = {"parlance.db", "parlance.db-wal", "lock", "reserve"};
    char path[RECOVERY_NAME_SIZE + 32];
    int folder = recovery->old->folder_fd;
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
        snprintf(path, sizeof path, "%s/%s", name, files[i]);
        unlinkat(folder, path, 0);
    }
    unlinkat(folder, name, AT_REMOVEDIR);
}

/* ---- the old database ---- */

static void say_lines(struct recovery *recovery, struct slice text) {
    while (text.size > 0) {
        const char *end = memchr(text.at, '\n', text.size);
        size_t size = end == NULL ? text.size : (size_t)(end - text.at);
        recovery_find(recovery, "SQLite says: %.*s", (int)size, text.at);
        size += end != NULL;
        text = (struct slice){text.at + size, text.size - size};
    }
}

/* SQLite's own look at all pages and indexes. */
static int pages_check(struct recovery *recovery) {
    sqlite3_stmt *row = NULL;
    char text[64];
    snprintf(text, sizeof text, "PRAGMA integrity_check(%d)", COMPLAINTS_MAX);
    int result = sqlite3_prepare_v2(recovery->old->db, text, -1, &row, NULL);
    while (result == SQLITE_OK && (result = sqlite3_step(row)) == SQLITE_ROW) {
        struct slice complaint = row_text(row, 0);
        result = SQLITE_OK;
        if (slice_equal(complaint, slice_of("ok"))) continue;
        say_lines(recovery, slice_head(complaint, COMPLAINT_SIZE));
    }
    sqlite3_finalize(row);
    if (result != SQLITE_DONE)
        recovery_find(recovery, "SQLite says: %s", sqlite3_errmsg(recovery->old->db));
    return 0;
}

/* Its rows are compared with their sums: a cell whose size is wrong need not cost its whole page.
 * As old as it may be, it gets the tables of today, for which the copy was made. */
static int old_open(struct recovery *recovery) {
    struct store *old = recovery->old;
    bool unclean = folder_left_unclean(old);
    int failed = connect_open(old->path, false, CONNECT_WRITE, &old->db, recovery->error);
    if (failed == 0) {
        sqlite3_db_config(old->db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
        failed = store_migrate(old, recovery->error);
    }
    if (failed == 0 && !recovery_knows_tables(recovery))
        failed = recovery_fail(recovery, old->db, "its list of tables is damaged");
    if (failed == 0 && unclean && wal_check(old, recovery->error) < 0)
        recovery_find(recovery, "parlance.db-wal is damaged: what was written last is lost");
    if (failed == 0) (void)sqlite3_exec(old->db, "PRAGMA cell_size_check = OFF", NULL, NULL, NULL);
    if (failed == 0) return pages_check(recovery);
    char why[sizeof recovery->error->text];
    snprintf(why, sizeof why, "%s", recovery->error->text);
    return store_blame(recovery->error, STORE_FAILED, EIO,
                       "nothing of %s/parlance.db can be read, restore a backup (%.300s)",
                       old->folder, why);
}

static void old_close(struct recovery *recovery) {
    struct store *old = recovery->old;
    if (old->db != NULL) connect_close(old->db, 0, NULL);
    old->db = NULL;
}

/* ---- the new one ---- */

/* Tables, indexes and triggers are in both as this program makes them. */
static void schemas_compare(struct recovery *recovery) {
    static const char text[] = "SELECT type || ' ' || name || ' ' || tbl_name || ifnull(sql, '')"
                               " FROM sqlite_schema ORDER BY name";
    sqlite3_stmt *was = NULL;
    sqlite3_stmt *is = NULL;
    bool same = sqlite3_prepare_v2(recovery->old->db, text, -1, &was, NULL) == SQLITE_OK &&
                sqlite3_prepare_v2(recovery->new->db, text, -1, &is, NULL) == SQLITE_OK;
    for (int result = SQLITE_ROW; same && result == SQLITE_ROW;) {
        result = sqlite3_step(is);
        same = sqlite3_step(was) == result;
        if (result == SQLITE_ROW) same = same && slice_equal(row_text(was, 0), row_text(is, 0));
    }
    sqlite3_finalize(was);
    sqlite3_finalize(is);
    if (!same) recovery_find(recovery, "the list of tables and indexes is damaged");
}

static int new_make(struct recovery *recovery) {
    folder_remove(recovery, "recovering"); /* of one that was killed */
    int size =
        snprintf(recovery->folder, sizeof recovery->folder, "%s/recovering", recovery->old->folder);
    check(size < (int)sizeof recovery->folder);
    const struct store_options options = {.folder = recovery->folder, .durability = STORE_FULL};
    recovery->new = store_open(&options, recovery->error);
    if (recovery->new == NULL) return -EIO;
    schemas_compare(recovery);
    int failed = recovery_take_rows(recovery);
    if (failed == 0) failed = recovery_mend(recovery);
    if (failed == 0 && idle_checkpoint(recovery->new, SQLITE_CHECKPOINT_TRUNCATE) != SQLITE_OK)
        failed = recovery_fail(recovery, recovery->new->db, "cannot flush the new database");
    store_close(recovery->new);
    recovery->new = NULL;
    return failed;
}

/* A kill in its middle leaves the old database without its WAL, of which there is the copy. */
static int new_move(struct recovery *recovery) {
    int folder = recovery->old->folder_fd;
    old_close(recovery);
    if (unlinkat(folder, "parlance.db-wal", 0) < 0 && errno != ENOENT)
        return cannot(recovery, "remove", "parlance.db-wal");
    if (renameat(folder, "recovering/parlance.db", folder, "parlance.db") < 0)
        return cannot(recovery, "replace", "parlance.db");
    return fsync(folder) == 0 ? 0 : cannot(recovery, "flush", "");
}

static int aside_close(struct recovery *recovery) {
    FILE *file = recovery->aside;
    if (file == NULL) return 0;
    recovery->aside = NULL;
    bool whole = fflush(file) == 0 && fsync(fileno(file)) == 0;
    if (fclose(file) == 0 && whole) return 0;
    return cannot(recovery, "write rows.jsonl in", recovery->copy);
}

static int finish(struct recovery *recovery) {
    if (recovery->findings == 0) {
        old_close(recovery);
        folder_remove(recovery, recovery->copy);
        say(recovery, "nothing is damaged, nothing was changed");
        return 0;
    }
    int failed = new_move(recovery);
    if (failed < 0) return failed;
    say(recovery, "%s/parlance.db is repaired and the server can start; what was there is in %s/%s",
        recovery->old->folder, recovery->old->folder, recovery->copy);
    if (recovery->aside_count > 0)
        say(recovery, "%llu rows were set aside, secrets too: %s/%s/rows.jsonl",
            (unsigned long long)recovery->aside_count, recovery->old->folder, recovery->copy);
    return 0;
}

static int recover(struct recovery *recovery) {
    struct stat entry = {0};
    struct store *old = recovery->old;
    int failed = folder_path(old->folder, old->path, recovery->error);
    if (failed < 0) return failed;
    if (fstatat(old->folder_fd, "parlance.db", &entry, AT_SYMLINK_NOFOLLOW) < 0 ||
        entry.st_size == 0) {
        return store_blame(recovery->error, STORE_CANNOT, ENOENT,
                           "there is no database in %.300s, or it is empty: restore a backup",
                           old->folder);
    }
    failed = copy_make(recovery);
    if (failed == 0) failed = old_open(recovery);
    if (failed == 0) failed = new_make(recovery);
    int unwritten = aside_close(recovery);
    if (failed == 0) failed = unwritten;
    if (failed == 0) failed = finish(recovery);
    old_close(recovery);
    folder_remove(recovery, "recovering");
    return failed;
}

int store_recover(const struct store_options *options,
                  void (*sentence)(void *context, struct slice sentence), void *context,
                  struct store_error *error) {
    struct recovery recovery = {.say = sentence, .context = context, .error = error};
    *error = (struct store_error){.fault = STORE_FINE};
    if (options->in_memory)
        return store_blame(error, STORE_CANNOT, EINVAL, "what is in memory alone has no file");
    recovery.old = calloc(1, sizeof *recovery.old);
    need_memory(recovery.old);
    recovery.old->folder_fd = recovery.old->lock_fd = -1;
    crc_init(&recovery.old->crc);
    int failed = folder_hold(recovery.old, options->folder, error);
    if (failed == 0) failed = recover(&recovery);
    folder_close(recovery.old);
    free(recovery.old);
    return failed;
}
