/* error.c: how a failure of the disk or of SQLite is put into a sentence. */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>

#include "store/state.h"

int store_blame(struct store_error *error, enum store_fault fault, int errno_now,
                const char *format, ...) {
    *error = (struct store_error){.fault = fault};
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(error->text, sizeof error->text, format, arguments);
    va_end(arguments);
    return errno_now > 0 ? -errno_now : -EIO;
}

struct trouble trouble_of(sqlite3 *db) {
    return (struct trouble){sqlite3_extended_errcode(db), sqlite3_system_errno(db)};
}

static int trouble_errno(struct trouble trouble) {
    int primary = trouble.result & 0xff;
    if (primary == SQLITE_NOMEM) return ENOMEM;
    if (primary == SQLITE_FULL) return ENOSPC;
    if (primary == SQLITE_BUSY) return EBUSY;
    bool system = primary == SQLITE_IOERR || primary == SQLITE_CANTOPEN;
    return system && trouble.errno_now > 0 ? trouble.errno_now : EIO;
}

int store_blame_sqlite(struct store_error *error, enum store_fault fault, struct trouble trouble,
                       const char *what) {
    int errno_now = trouble_errno(trouble);
    return store_blame(error, fault, errno_now, "%s: %s (%s, SQLite code %d)", what,
                       sqlite3_errstr(trouble.result & 0xff), strerror(errno_now), trouble.result);
}

bool trouble_is_full(struct trouble trouble) {
    return (trouble.result & 0xff) == SQLITE_FULL ||
           (trouble.result == SQLITE_IOERR_WRITE && trouble.errno_now == EDQUOT);
}
