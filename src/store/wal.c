/* wal.c: is the WAL that a crash left whole?
 *
 * SQLite takes its frames up to the first that does not fit its sum, and drops the rest without a
 * word. That is right for the last transaction, which the crash may have torn. But with every
 * commit flushed before the next begins, two commits behind the end can only mean that something
 * before them was damaged, and that messages which people have seen would vanish.
 * Format: https://www.sqlite.org/fileformat2.html#the_write_ahead_log, all numbers big-endian. */
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "store/state.h"

enum {
    WAL_HEADER_SIZE = 32,
    FRAME_HEADER_SIZE = 24,
    HEADER_SALTS = 16, /* offset of two numbers */
    HEADER_SUM = 24,   /* of two numbers, over what stands before */
    FRAME_COMMIT = 4,  /* of a number, zero unless the frame ends a transaction */
    FRAME_SALTS = 8,   /* of two numbers, those of the header */
    COMMITS_TORN_MAX = 1,
};

static uint32_t big_endian(const unsigned char *at) {
    return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
}

static uint32_t little_endian(const unsigned char *at) {
    return (uint32_t)at[3] << 24 | (uint32_t)at[2] << 16 | (uint32_t)at[1] << 8 | at[0];
}

/* The lowest bit of the first number tells in which order the sum reads its numbers. */
static bool header_is_right(const unsigned char header[WAL_HEADER_SIZE]) {
    bool big = (header[3] & 1) != 0;
    uint32_t sums[2] = {0, 0};
    for (int at = 0; at < HEADER_SUM; at += 4) {
        uint32_t number = big ? big_endian(header + at) : little_endian(header + at);
        int which = at / 4 % 2;
        sums[which] += number + sums[1 - which];
    }
    return sums[0] == big_endian(header + HEADER_SUM) &&
           sums[1] == big_endian(header + HEADER_SUM + 4);
}

/* How many commits of this WAL lie behind its first `frames` frames. */
static int commits_behind(int fd, const unsigned char header[WAL_HEADER_SIZE], int frames) {
    unsigned char frame[FRAME_HEADER_SIZE];
    int commits = 0;
    off_t at = WAL_HEADER_SIZE + (off_t)frames * FRAME_SIZE;
    for (; pread(fd, frame, sizeof frame, at) == sizeof frame; at += FRAME_SIZE) {
        if (memcmp(frame + FRAME_SALTS, header + HEADER_SALTS, 8) == 0) {
            commits += big_endian(frame + FRAME_COMMIT) != 0;
        }
    }
    return commits;
}

/* A header is written within one sector, so no crash tears it. */
static bool wal_is_whole(int fd, int frames) {
    unsigned char header[WAL_HEADER_SIZE];
    if (pread(fd, header, sizeof header, 0) != sizeof header) return true;
    return header_is_right(header) && commits_behind(fd, header, frames) <= COMMITS_TORN_MAX;
}

int wal_check(struct store *store, struct store_error *error) {
    int frames = 0;
    int moved = 0;
    if (sqlite3_wal_checkpoint_v2(store->db, "main", SQLITE_CHECKPOINT_PASSIVE, &frames, &moved) !=
            SQLITE_OK &&
        !trouble_is_full(trouble_of(store->db))) {
        return store_blame_sqlite(error, STORE_FAILED, trouble_of(store->db),
                                  "cannot flush parlance.db");
    }
    if (frames < 0) return 0; /* the disk is full: the WAL stays as it is, for the next start */
    int fd = openat(store->folder_fd, "parlance.db-wal", O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0) return 0;
    bool whole = wal_is_whole(fd, frames);
    close(fd);
    if (whole) return 0;
    return store_blame(error, STORE_FAILED, EIO,
                       "%s/parlance.db-wal is damaged, messages in it cannot be read; see parlance "
                       "recover",
                       store->folder);
}
