/* connect.c: how both kinds of handles are opened.
 *
 * vfs "unix-excl" locks the file against other processes and keeps the WAL's index on the heap,
 * where the handles of this process share it. A reader that meets the index's header while it is
 * written takes the write lock for a moment to read it again (walIndexReadHdr() in SQLite's wal.c):
 * the writer, whose batch has not begun then, waits for that (FILE_WAIT_MS). In memory there is no
 * WAL: reader and writer shut each other out for the time of a transaction, and wait
 * (MEMORY_WAIT_MS). */
#include <errno.h>
#include <stdio.h>

#include "base/check.h"
#include "store/state.h"

/* No URI: a folder's name may hold any byte. */
static int handle_open(const char *path, bool in_memory, enum connect_kind kind, sqlite3 **db) {
    /* Without its memory statistics SQLite allocates without a lock. Refused, and rightly, once any
     * handle was opened. */
    (void)sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
    int flags = SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE;
    if (in_memory) {
        flags |= SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE;
        return sqlite3_open_v2(path, db, flags, "memdb");
    }
    flags |= kind == CONNECT_READ ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE;
    return sqlite3_open_v2(path, db, flags | SQLITE_OPEN_NOFOLLOW, "unix-excl");
}

/* With recursive_triggers a REPLACE that removes a row is noticed by the totals (migrate.c). */
static const char common_settings[] = "PRAGMA mmap_size = 0;"
                                      "PRAGMA recursive_triggers = ON;"
                                      "PRAGMA cell_size_check = ON;"
                                      "PRAGMA trusted_schema = OFF;"
                                      "PRAGMA temp_store = MEMORY;";

static int handle_settings(sqlite3 *db, bool in_memory, enum connect_kind kind) {
    int result = sqlite3_db_config(db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
    if (result == SQLITE_OK)
        result = sqlite3_busy_timeout(db, in_memory ? MEMORY_WAIT_MS : FILE_WAIT_MS);
    if (result == SQLITE_OK) result = sqlite3_exec(db, common_settings, NULL, NULL, NULL);
    if (result == SQLITE_OK && kind == CONNECT_READ) {
        result =
            sqlite3_exec(db, "PRAGMA query_only = ON; PRAGMA cache_size = -512;", NULL, NULL, NULL);
    }
    return result;
}

int connect_open(const char *path, bool in_memory, enum connect_kind kind, sqlite3 **db,
                 struct store_error *error) {
    int result = handle_open(path, in_memory, kind, db);
    if (result == SQLITE_OK) result = handle_settings(*db, in_memory, kind);
    if (result == SQLITE_OK) return 0;
    if (*db == NULL) return store_blame(error, STORE_CANNOT, ENOMEM, "no memory for SQLite");
    char what[300];
    snprintf(what, sizeof what, "cannot open %.280s", path);
    int refused = store_blame_sqlite(error, STORE_CANNOT, trouble_of(*db), what);
    sqlite3_close(*db);
    *db = NULL;
    return refused;
}

int connect_prepare(sqlite3 *db, const char *const *texts, int count, sqlite3_stmt **statements,
                    struct store_error *error) {
    for (int i = 0; i < count; i++) {
        if (sqlite3_prepare_v3(db, texts[i], -1, SQLITE_PREPARE_PERSISTENT, &statements[i], NULL) !=
            SQLITE_OK) {
            return store_blame_sqlite(error, STORE_FAILED, trouble_of(db), "cannot use the tables");
        }
    }
    return 0;
}

void connect_close(sqlite3 *db, int count, sqlite3_stmt **statements) {
    for (int i = 0; i < count; i++) {
        sqlite3_finalize(statements[i]);
        statements[i] = NULL;
    }
    int result = sqlite3_close(db);
    check(result == SQLITE_OK);
}

int connect_number(sqlite3 *db, const char *text, int64_t *number) {
    sqlite3_stmt *row = NULL;
    int result = sqlite3_prepare_v2(db, text, -1, &row, NULL);
    if (result == SQLITE_OK) {
        result = sqlite3_step(row);
        if (result == SQLITE_ROW) *number = sqlite3_column_int64(row, 0);
    }
    int finalized = sqlite3_finalize(row);
    return result == SQLITE_ROW || result == SQLITE_DONE ? finalized : result;
}

void connect_memory_name(const char *folder, char path[PATH_SIZE_MAX]) {
    struct slice name = folder == NULL ? slice_of("") : slice_text(folder);
    snprintf(path, PATH_SIZE_MAX, "/parlance-%016llx", (unsigned long long)slice_hash(name, 0));
}
