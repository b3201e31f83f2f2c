/* backup.c: SQLite copies the pages; one read transaction holds the moment, so that it never has to
 * begin anew, and the WAL cannot begin anew either until the copy is done.
 *
 * The copy is written to a descriptor, not a path: whoever asks for a backup opens its file, with
 * her rights and not the server's. SQLite reaches it by a VFS of our own that knows one kind of
 * file: a descriptor, named by its number. */
#include "store/backup.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/need.h"
#include "store/state.h"

enum { STEP_PAGES = 256 }; /* 1 MiB */

/* ---- a descriptor as SQLite's file ---- */

struct copy_file {
    sqlite3_file base;
    int fd;
};

static int fd_of(sqlite3_file *file) {
    return ((struct copy_file *)file)->fd;
}

static int copy_close(sqlite3_file *file) {
    (void)file; /* the caller's */
    return SQLITE_OK;
}

static int copy_read(sqlite3_file *file, void *bytes, int size, sqlite3_int64 at) {
    ssize_t n = pread(fd_of(file), bytes, (size_t)size, at);
    if (n < 0) return SQLITE_IOERR_READ;
    if (n == size) return SQLITE_OK;
    memset((char *)bytes + n, 0, (size_t)(size - n));
    return SQLITE_IOERR_SHORT_READ;
}

static int copy_write(sqlite3_file *file, const void *bytes, int size, sqlite3_int64 at) {
    for (int done = 0; done < size;) {
        ssize_t n =
            pwrite(fd_of(file), (const char *)bytes + done, (size_t)(size - done), at + done);
        if (n < 0 && errno == EINTR) continue;
        if (n <= 0) return n < 0 && errno != ENOSPC ? SQLITE_IOERR_WRITE : SQLITE_FULL;
        done += (int)n;
    }
    return SQLITE_OK;
}

static int copy_truncate(sqlite3_file *file, sqlite3_int64 size) {
    return ftruncate(fd_of(file), size) == 0 ? SQLITE_OK : SQLITE_IOERR_TRUNCATE;
}

static int copy_sync(sqlite3_file *file, int flags) {
    (void)flags;
    return fsync(fd_of(file)) == 0 ? SQLITE_OK : SQLITE_IOERR_FSYNC;
}

static int copy_size(sqlite3_file *file, sqlite3_int64 *size) {
    struct stat entry;
    if (fstat(fd_of(file), &entry) != 0) return SQLITE_IOERR_FSTAT;
    *size = entry.st_size;
    return SQLITE_OK;
}

/* Nobody else has this file. */
static int copy_lock(sqlite3_file *file, int level) {
    (void)file;
    (void)level;
    return SQLITE_OK;
}

static int copy_reserved(sqlite3_file *file, int *reserved) {
    (void)file;
    *reserved = 0;
    return SQLITE_OK;
}

static int copy_control(sqlite3_file *file, int operation, void *argument) {
    (void)file;
    (void)operation;
    (void)argument;
    return SQLITE_NOTFOUND;
}

static int copy_sector(sqlite3_file *file) {
    (void)file;
    return PAGE_SIZE;
}

static int copy_traits(sqlite3_file *file) {
    (void)file;
    return 0;
}

static const sqlite3_io_methods copy_methods = {
    .iVersion = 1,
    .xClose = copy_close,
    .xRead = copy_read,
    .xWrite = copy_write,
    .xTruncate = copy_truncate,
    .xSync = copy_sync,
    .xFileSize = copy_size,
    .xLock = copy_lock,
    .xUnlock = copy_lock,
    .xCheckReservedLock = copy_reserved,
    .xFileControl = copy_control,
    .xSectorSize = copy_sector,
    .xDeviceCharacteristics = copy_traits,
};

static int copy_open(sqlite3_vfs *vfs, const char *name, sqlite3_file *file, int flags,
                     int *flags_out) {
    uint64_t fd = 0;
    (void)vfs;
    file->pMethods = NULL;
    if (!(flags & SQLITE_OPEN_MAIN_DB) || !slice_number(slice_text(name), INT32_MAX, &fd))
        return SQLITE_CANTOPEN;
    ((struct copy_file *)file)->fd = (int)fd;
    file->pMethods = &copy_methods;
    if (flags_out) *flags_out = flags;
    return SQLITE_OK;
}

static int copy_delete(sqlite3_vfs *vfs, const char *name, int flush) {
    (void)vfs;
    (void)name;
    (void)flush;
    return SQLITE_IOERR_DELETE_NOENT;
}

/* Beside it lies no journal. */
static int copy_access(sqlite3_vfs *vfs, const char *name, int flags, int *there) {
    (void)vfs;
    (void)name;
    (void)flags;
    *there = 0;
    return SQLITE_OK;
}

static int copy_path(sqlite3_vfs *vfs, const char *name, int size, char *path) {
    (void)vfs;
    snprintf(path, (size_t)size, "%s", name);
    return SQLITE_OK;
}

static int copy_randomness(sqlite3_vfs *vfs, int size, char *bytes) {
    (void)vfs;
    memset(bytes, 0, (size_t)size); /* for names of journals, of which there are none */
    return size;
}

static int copy_sleep(sqlite3_vfs *vfs, int microseconds) {
    (void)vfs;
    return microseconds; /* nobody to wait for */
}

static int copy_now(sqlite3_vfs *vfs, double *days) {
    (void)vfs;
    *days = 0;
    return SQLITE_OK;
}

static sqlite3_vfs copy_vfs = {
    .iVersion = 1,
    .szOsFile = sizeof(struct copy_file),
    .mxPathname = 64,
    .zName = "parlance-copy",
    .xOpen = copy_open,
    .xDelete = copy_delete,
    .xAccess = copy_access,
    .xFullPathname = copy_path,
    .xRandomness = copy_randomness,
    .xSleep = copy_sleep,
    .xCurrentTime = copy_now,
};

/* ---- the backup ---- */

struct store_backup {
    sqlite3 *from, *to;
    sqlite3_backup *copy;
    int fd;
};

static int cannot(sqlite3 *db, const char *what, struct store_error *error) {
    return store_blame_sqlite(error, STORE_CANNOT, trouble_of(db), what);
}

static int open_copy(struct store_backup *backup, int fd, struct store_error *error) {
    char name[16];
    snprintf(name, sizeof name, "%d", fd);
    int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX;
    if (sqlite3_vfs_register(&copy_vfs, 0) != SQLITE_OK ||
        sqlite3_open_v2(name, &backup->to, flags, copy_vfs.zName) != SQLITE_OK ||
        sqlite3_exec(backup->to, "PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF;", NULL, NULL,
                     NULL) != SQLITE_OK)
        return cannot(backup->to, "cannot begin the copy", error);
    return 0;
}

static int open_both(struct store_backup *backup, const struct store_options *options, int fd,
                     struct store_error *error) {
    char path[PATH_SIZE_MAX];
    int64_t version;
    struct stat entry;
    backup->fd = fd;
    if (options->in_memory)
        return store_blame(error, STORE_CANNOT, EINVAL, "what is in memory alone has no backup");
    if (fstat(fd, &entry) != 0 || !S_ISREG(entry.st_mode) || entry.st_size != 0)
        return store_blame(error, STORE_CANNOT, EEXIST, "a backup needs a new, empty file");
    int result = folder_path(options->folder, path, error);
    if (result == 0) result = connect_open(path, false, CONNECT_READ, &backup->from, error);
    if (result == 0) result = open_copy(backup, fd, error);
    if (result < 0) return result;
    /* the first read begins the transaction */
    if (sqlite3_exec(backup->from, "BEGIN", NULL, NULL, NULL) != SQLITE_OK ||
        connect_number(backup->from, "SELECT count(*) FROM sqlite_schema", &version) != SQLITE_OK)
        return cannot(backup->from, "cannot read parlance.db", error);
    backup->copy = sqlite3_backup_init(backup->to, "main", backup->from, "main");
    return backup->copy ? 0 : cannot(backup->to, "cannot begin the copy", error);
}

struct store_backup *store_backup_open(const struct store_options *options, int fd,
                                       struct store_error *error) {
    *error = (struct store_error){.fault = STORE_FINE};
    struct store_backup *backup = calloc(1, sizeof *backup);
    if (backup == NULL) { /* a server that lives on without it */
        store_blame(error, STORE_CANNOT, ENOMEM, "no memory for a backup");
        return NULL;
    }
    if (open_both(backup, options, fd, error) == 0) return backup;
    store_backup_close(backup);
    return NULL;
}

int store_backup_step(struct store_backup *backup, struct store_error *error) {
    int result = sqlite3_backup_step(backup->copy, STEP_PAGES);
    if (result == SQLITE_OK) return 1;
    struct trouble trouble = {.result = result, .errno_now = errno};
    if (result != SQLITE_DONE)
        return store_blame_sqlite(error, STORE_FAILED, trouble, "cannot write the copy");
    if (fsync(backup->fd) == 0) return 0;
    return store_blame(error, STORE_FAILED, errno, "cannot flush the copy: %s", strerror(errno));
}

void store_backup_close(struct store_backup *backup) {
    if (backup->copy) sqlite3_backup_finish(backup->copy);
    if (backup->to) sqlite3_close(backup->to);
    if (backup->from) sqlite3_close(backup->from);
    free(backup);
}
