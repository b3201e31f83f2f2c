/* test_store_power.h: a disk that can lose its power. A VFS under the store notes every write,
 * truncation and flush of the database and its WAL; from the notes an image of both is made as a
 * power cut at any of them may leave it: what was flushed is there, and of what was not each sector
 * may be there or not, in any order. */
#ifndef TEST_STORE_POWER_H
#define TEST_STORE_POWER_H

#include <sqlite3.h>

#include "test_store_expect.h"

#include "base/rng.h"

enum power_file { POWER_DB, POWER_WAL, POWER_FILES };
enum power_kind { POWER_WRITE, POWER_TRUNCATE, POWER_FLUSH };
enum { POWER_IMAGE_MAX = 4 << 20, POWER_NOTES_MAX = 20000, POWER_BYTES_MAX = 64 << 20 };

/* One thing that the store asked of the disk, and what was promised by then. */
struct power_note {
    uint8_t kind, file;
    uint32_t at, size;     /* bytes; of a truncation: the size left is `at` */
    const char *bytes;     /* in power.bytes */
    uint32_t acked, begun; /* batches: acknowledged, and given to the store */
};

struct power_bytes {
    char at[POWER_IMAGE_MAX];
    size_t size;
};

struct power_image {
    struct power_bytes files[POWER_FILES];
};

/* How what was not flushed fares. */
enum power_fate { FATE_LOST, FATE_KEPT, FATE_TORN, FATES };

static struct {
    sqlite3_vfs *real, shim;
    sqlite3_io_methods methods[POWER_FILES]; /* SQLite has others for a file without locks */
    const sqlite3_io_methods *originals[POWER_FILES];
    sqlite3_file *files[POWER_FILES];
    bool noting;
    uint32_t acked, begun;
    struct power_note notes[POWER_NOTES_MAX];
    uint32_t note_count;
    char bytes[POWER_BYTES_MAX];
    size_t size;
} power;

static inline void power_note(sqlite3_file *file, enum power_kind kind, const void *bytes,
                              uint32_t size, sqlite3_int64 at) {
    int which = file == power.files[POWER_DB] ? POWER_DB : POWER_WAL;
    if (!power.noting || file != power.files[which]) return;
    check(power.note_count < POWER_NOTES_MAX);
    check(power.size + size <= POWER_BYTES_MAX);
    check(at + size <= POWER_IMAGE_MAX);
    char *copy = power.bytes + power.size;
    if (size > 0) memcpy(copy, bytes, size);
    power.size += size;
    power.notes[power.note_count++] = (struct power_note){
        (uint8_t)kind, (uint8_t)which, (uint32_t)at, size, copy, power.acked, power.begun};
}

static inline const sqlite3_io_methods *power_original(const sqlite3_file *file) {
    return power.originals[file->pMethods - power.methods];
}

static inline int power_write(sqlite3_file *file, const void *bytes, int size, sqlite3_int64 at) {
    power_note(file, POWER_WRITE, bytes, (uint32_t)size, at);
    return power_original(file)->xWrite(file, bytes, size, at);
}

static inline int power_truncate(sqlite3_file *file, sqlite3_int64 size) {
    power_note(file, POWER_TRUNCATE, NULL, 0, size);
    return power_original(file)->xTruncate(file, size);
}

static inline int power_flush(sqlite3_file *file, int flags) {
    (void)flags; /* the files lie in memory: nothing is to be flushed there */
    power_note(file, POWER_FLUSH, NULL, 0, 0);
    return SQLITE_OK;
}

static inline int power_open(sqlite3_vfs *vfs, sqlite3_filename name, sqlite3_file *file, int flags,
                             int *flags_out) {
    (void)vfs;
    int result = power.real->xOpen(power.real, name, file, flags, flags_out);
    if (result != SQLITE_OK || file->pMethods == NULL) return result;
    int which = (flags & SQLITE_OPEN_WAL) != 0 ? POWER_WAL : POWER_DB;
    if (which == POWER_DB && (flags & SQLITE_OPEN_MAIN_DB) == 0) return result;
    power.files[which] = file;
    power.originals[which] = file->pMethods;
    power.methods[which] = *file->pMethods;
    power.methods[which].xWrite = power_write;
    power.methods[which].xTruncate = power_truncate;
    power.methods[which].xSync = power_flush;
    file->pMethods = &power.methods[which];
    return result;
}

/* SQLite removes the WAL at the end; a WAL that is not there and an empty one are the same to it.
 */
static inline int power_delete(sqlite3_vfs *vfs, const char *name, int dir) {
    (void)vfs;
    power_note(power.files[POWER_WAL], POWER_TRUNCATE, NULL, 0, 0);
    return power.real->xDelete(power.real, name, dir);
}

static inline int power_install(void **state) {
    (void)state;
    power.real = sqlite3_vfs_find("unix-excl");
    power.shim = *power.real;
    power.shim.xOpen = power_open;
    power.shim.xDelete = power_delete;
    power.shim.pNext = NULL;
    return sqlite3_vfs_register(&power.shim, 0);
}

/* ---- images ---- */

static inline void bytes_resize(struct power_bytes *bytes, size_t size) {
    if (size > bytes->size) memset(bytes->at + bytes->size, 0, size - bytes->size);
    bytes->size = size;
}

/* The sectors of `size` bytes of a write that have arrived: those that the dice say, or all. */
static inline void bytes_write(struct power_bytes *bytes, const struct power_note *note,
                               struct rng *dice, uint32_t sector) {
    size_t end = (size_t)note->at + note->size;
    for (size_t at = note->at; at < end;) {
        size_t next = (at / sector + 1) * sector;
        if (next > end) next = end;
        if (dice == NULL || rng_below(dice, 2) == 0) {
            if (next > bytes->size) bytes_resize(bytes, next);
            memcpy(bytes->at + at, note->bytes + (at - note->at), next - at);
        }
        at = next;
    }
    if (dice != NULL && end > bytes->size && rng_below(dice, 2) == 0) bytes_resize(bytes, end);
}

static inline void bytes_take(struct power_bytes *bytes, const struct power_note *note,
                              struct rng *dice, uint32_t sector) {
    if (note->kind == POWER_WRITE) bytes_write(bytes, note, dice, sector);
    if (note->kind == POWER_TRUNCATE && (dice == NULL || rng_below(dice, 2) == 0))
        bytes_resize(bytes, note->at);
}

static inline void bytes_copy(struct power_bytes *to, const struct power_bytes *from) {
    memcpy(to->at, from->at, from->size);
    to->size = from->size;
}

/* One file of an image: `flushed` and what the notes [first, cut) may have done to it. Torn: each
 * sector of each write may have arrived, and later writes before earlier ones. */
static inline void bytes_cut(struct power_bytes *bytes, const struct power_bytes *flushed,
                             enum power_file file, uint32_t first, uint32_t cut,
                             enum power_fate fate, struct rng *dice) {
    bytes_copy(bytes, flushed);
    if (fate == FATE_LOST) return;
    uint32_t sector = rng_below(dice, 2) == 0 ? 512 : 4096;
    bool backwards = fate == FATE_TORN && rng_below(dice, 4) == 0;
    for (uint32_t i = first; i < cut; i++) {
        uint32_t at = backwards ? cut - 1 - (i - first) : i;
        const struct power_note *note = &power.notes[at];
        if (note->file == file) bytes_take(bytes, note, fate == FATE_TORN ? dice : NULL, sector);
    }
}

#endif
