/* restore.c: a data folder made of a backup. All is done in a folder `restoring` within it, as in
 * any data folder; the database is moved to its place when nothing is left to do. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/check.h"
#include "base/need.h"
#include "store/backup.h"
#include "store/state.h"

enum { COPY_BYTES = 65536, HEADER_SIZE = 100, HEADER_APPLICATION = 68 };

/* A room of the copy, and its row with another epoch. */
struct renewed {
    uint32_t room, crc;
    uint64_t old_epoch, new_epoch, seq;
};

struct restore {
    struct store *outer; /* only its folder is open */
    struct store_options inner;
    struct store *store; /* of the inner folder */
    struct store_error *error;
    struct renewed *rooms;
    uint32_t count, room_max;
    char folder[PATH_SIZE_MAX]; /* the inner one */
};

static int cannot(struct restore *restore, const char *what, const char *path) {
    int errno_now = errno;
    return store_blame(restore->error, STORE_CANNOT, errno_now, "cannot %s %.300s: %s", what, path,
                       strerror(errno_now));
}

/* ---- the file ---- */

/* https://www.sqlite.org/fileformat2.html#the_database_header */
static bool is_ours(const unsigned char header[HEADER_SIZE]) {
    const unsigned char *at = header + HEADER_APPLICATION;
    uint32_t application =
        (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
    return memcmp(header, "SQLite format 3", 16) == 0 && application == APPLICATION_ID;
}

static int copy_bytes(struct restore *restore, int from, int to, const char *path) {
    char bytes[COPY_BYTES];
    for (off_t at = 0;;) {
        ssize_t size = pread(from, bytes, sizeof bytes, at);
        if (size < 0) return cannot(restore, "read", path);
        if (size == 0) break;
        ssize_t written = write(to, bytes, (size_t)size);
        if (written != size) {
            if (written >= 0) errno = ENOSPC;
            return cannot(restore, "write in", restore->folder);
        }
        at += size;
    }
    return fsync(to) == 0 ? 0 : cannot(restore, "flush", restore->folder);
}

static int copy_checked(struct restore *restore, int from, const char *path) {
    unsigned char header[HEADER_SIZE] = {0};
    char name[PATH_SIZE_MAX + 16];
    if (pread(from, header, sizeof header, 0) < 0) return cannot(restore, "read", path);
    if (!is_ours(header)) {
        return store_blame(restore->error, STORE_CANNOT, EINVAL,
                           "%.300s is not a backup of this program", path);
    }
    snprintf(name, sizeof name, "%s/parlance.db", restore->folder);
    int to = open(name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (to < 0) return cannot(restore, "make", name);
    int result = copy_bytes(restore, from, to, path);
    close(to);
    return result;
}

static int file_copy(struct restore *restore, const char *path) {
    int from = open(path, O_RDONLY | O_CLOEXEC);
    if (from < 0) return cannot(restore, "open", path);
    int result = copy_checked(restore, from, path);
    close(from);
    return result;
}

/* ---- the epochs ---- */

static void room_renew(void *context, const struct record *record) {
    struct restore *restore = context;
    if (record->kind != RECORD_ROOM) return;
    if (restore->count == restore->room_max) {
        restore->room_max = restore->room_max * 2 + 64;
        restore->rooms = realloc(restore->rooms, restore->room_max * sizeof *restore->rooms);
        need_memory(restore->rooms);
    }
    struct record fresh = *record;
    ssize_t size = getrandom(&fresh.epoch, sizeof fresh.epoch, 0);
    check(size == sizeof fresh.epoch);
    restore->rooms[restore->count++] = (struct renewed){
        .room = record->room.v,
        .crc = row_room_sum(&restore->store->crc, &fresh),
        .old_epoch = record->epoch,
        .new_epoch = fresh.epoch,
        .seq = record->seq,
    };
}

static int room_write(struct restore *restore, sqlite3_stmt *update, sqlite3_stmt *insert,
                      const struct renewed *room) {
    struct record old = {.room.v = room->room, .epoch = room->old_epoch, .seq = room->seq};
    bind_number(update, 1, room->room);
    bind_number(update, 2, room->new_epoch);
    bind_number(update, 3, room->crc);
    int result = sqlite3_step(update);
    sqlite3_reset(update);
    if (result != SQLITE_DONE) return result;
    bind_number(insert, 1, room->room);
    bind_number(insert, 2, room->old_epoch);
    bind_number(insert, 3, room->seq);
    bind_number(insert, 4, row_epoch_sum(&restore->store->crc, &old));
    result = sqlite3_step(insert);
    sqlite3_reset(insert);
    return result == SQLITE_DONE ? SQLITE_OK : result;
}

static int epochs_write(struct restore *restore) {
    struct store *store = restore->store;
    sqlite3_stmt *update = NULL;
    sqlite3_stmt *insert = NULL;
    int result = sqlite3_prepare_v2(
        store->db, "UPDATE rooms SET epoch = ?2, crc = ?3 WHERE number = ?1", -1, &update, NULL);
    if (result == SQLITE_OK) {
        result = sqlite3_prepare_v2(
            store->db, "REPLACE INTO epochs (room, epoch, seq, crc) VALUES (?1, ?2, ?3, ?4)", -1,
            &insert, NULL);
    }
    if (result == SQLITE_OK) result = store_begin(store);
    for (uint32_t i = 0; i < restore->count && result == SQLITE_OK; i++)
        result = room_write(restore, update, insert, &restore->rooms[i]);
    result = store_end(store, result);
    sqlite3_finalize(update);
    sqlite3_finalize(insert);
    if (result == SQLITE_OK) return 0;
    return store_blame_sqlite(restore->error, STORE_FAILED, store->trouble,
                              "cannot write the restored rooms");
}

/* ---- the folders ---- */

static int integrity(struct restore *restore, const char *path) {
    sqlite3_stmt *row = NULL;
    int done = 0;
    int result =
        sqlite3_prepare_v2(restore->store->db, "PRAGMA integrity_check(1)", -1, &row, NULL);
    if (result == SQLITE_OK) result = sqlite3_step(row);
    if (result != SQLITE_ROW || !slice_equal(row_text(row, 0), slice_of("ok"))) {
        done = store_blame(restore->error, STORE_CANNOT, EIO, "%.300s is damaged", path);
    }
    sqlite3_finalize(row);
    return done;
}

static int copy_prepare(struct restore *restore, const char *path, uint32_t *skipped) {
    int result = file_copy(restore, path);
    if (result < 0) return result;
    restore->store = store_open(&restore->inner, restore->error);
    if (restore->store == NULL) return -EIO;
    result = integrity(restore, path);
    if (result == 0) {
        result = store_load(restore->store, room_renew, restore, skipped, restore->error);
    }
    return result == 0 ? epochs_write(restore) : result;
}

static const char *const inner_files[] = {"parlance.db", "parlance.db-wal", "lock", "reserve"};

/* Of this restore, or of one that a crash ended. */
static void inner_remove(struct restore *restore) {
    int fd = openat(restore->outer->folder_fd, "restoring",
                    O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0) return;
    for (size_t i = 0; i < sizeof inner_files / sizeof inner_files[0]; i++)
        unlinkat(fd, inner_files[i], 0);
    close(fd);
    unlinkat(restore->outer->folder_fd, "restoring", AT_REMOVEDIR);
}

static int is_empty(struct restore *restore) {
    struct stat entry;
    int fd = restore->outer->folder_fd;
    if (fstatat(fd, "parlance.db", &entry, AT_SYMLINK_NOFOLLOW) < 0 || entry.st_size == 0) return 0;
    return store_blame(restore->error, STORE_CANNOT, EEXIST,
                       "%.300s holds a database already: name another folder, or move it away",
                       restore->outer->folder);
}

/* It was flushed when its store was closed: nothing of it stands in a WAL. */
static int move_in(struct restore *restore) {
    int fd = restore->outer->folder_fd;
    if (renameat(fd, "restoring/parlance.db", fd, "parlance.db") < 0 || fsync(fd) < 0) {
        return cannot(restore, "move the database in", restore->outer->folder);
    }
    return 0;
}

static int inner_restore(struct restore *restore, const char *path, uint32_t *skipped) {
    int result = is_empty(restore);
    if (result < 0) return result;
    inner_remove(restore);
    if (mkdirat(restore->outer->folder_fd, "restoring", 0700) < 0) {
        return cannot(restore, "make", restore->folder);
    }
    result = copy_prepare(restore, path, skipped);
    if (restore->store != NULL) store_close(restore->store);
    struct stat wal;
    int fd = restore->outer->folder_fd;
    if (result == 0 && fstatat(fd, "restoring/parlance.db-wal", &wal, 0) == 0 && wal.st_size > 0) {
        errno = EIO;
        result = cannot(restore, "flush", restore->folder);
    }
    if (result == 0) result = move_in(restore);
    inner_remove(restore);
    return result;
}

int store_restore(const struct store_options *options, const char *path, uint32_t *skipped,
                  struct store_error *error) {
    struct restore restore = {.error = error};
    *error = (struct store_error){.fault = STORE_FINE};
    *skipped = 0;
    if (options->in_memory) {
        return store_blame(error, STORE_CANNOT, EINVAL, "what is in memory alone has no backup");
    }
    restore.outer = calloc(1, sizeof *restore.outer);
    need_memory(restore.outer);
    restore.outer->folder_fd = restore.outer->lock_fd = -1;
    int result = folder_hold(restore.outer, options->folder, error);
    if (result == 0) {
        int size =
            snprintf(restore.folder, sizeof restore.folder, "%s/restoring", restore.outer->folder);
        check(size < (int)sizeof restore.folder);
        restore.inner = (struct store_options){.folder = restore.folder, .durability = STORE_FULL};
        result = inner_restore(&restore, path, skipped);
    }
    folder_close(restore.outer);
    free(restore.outer);
    free(restore.rooms);
    return result;
}
