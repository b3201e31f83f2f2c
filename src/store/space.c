/* space.c: what the disk still has, and the reserve.
 *
 * The reserve is a file of real blocks. When a write meets a full disk the file gives them up and
 * the same write is tried once more; store_room() keeps that from happening, since it counts
 * neither the reserve nor what the WAL needs to move into the file. */
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "store/state.h"

/* Bytes that an unprivileged writer may still take; 0 when nobody knows. */
static uint64_t space_free(const struct store *store) {
    struct statvfs disk;
    if (fstatvfs(store->folder_fd, &disk) < 0) return 0;
    return (uint64_t)disk.f_bavail * disk.f_frsize;
}

static uint64_t between(uint64_t low, uint64_t number, uint64_t high) {
    return number < low ? low : number > high ? high : number;
}

static uint64_t reserve_wanted(const struct store *store) {
    uint64_t quarter = (space_free(store) + store->reserve_size) / 4;
    return between(RESERVE_SIZE_MIN, quarter / PAGE_SIZE * PAGE_SIZE, RESERVE_SIZE_MAX);
}

int space_open(struct store *store, struct store_error *error) {
    store->wal_size_max = WAL_SIZE_MAX;
    if (store->in_memory) return 0;
    int result = folder_file(store, "reserve", &store->reserve_fd, error);
    struct stat entry;
    if (result < 0) return result;
    if (fstat(store->reserve_fd, &entry) == 0) {
        uint64_t blocks = (uint64_t)entry.st_blocks * 512; /* a copied one may have holes */
        store->reserve_size = blocks < (uint64_t)entry.st_size ? 0 : (uint64_t)entry.st_size;
    }
    store->reserve_whole = reserve_wanted(store);
    space_refill(store);
    return 0;
}

void space_release(struct store *store) {
    if (store->in_memory || store->reserve_size == 0) return;
    if (ftruncate(store->reserve_fd, 0) == 0) store->reserve_size = 0;
}

/* Twice the missing must be free, or the reserve would take what it has just given. That it stays
 * small is no error: store_room() counts what it lacks. */
void space_refill(struct store *store) {
    if (store->in_memory || store->reserve_size >= store->reserve_whole) return;
    uint64_t missing = store->reserve_whole - store->reserve_size;
    if (space_free(store) < 2 * missing) return;
    if (fallocate(store->reserve_fd, 0, 0, (off_t)store->reserve_whole) == 0) {
        store->reserve_size = store->reserve_whole;
    }
}

static uint64_t less(uint64_t from, uint64_t what) {
    return from > what ? from - what : 0;
}

/* Bytes by which the file grows when the WAL moves into it. */
static uint64_t space_to_move(const struct store *store) {
    struct stat entry;
    uint64_t whole = (uint64_t)store->page_count * PAGE_SIZE;
    if (fstatat(store->folder_fd, "parlance.db", &entry, AT_SYMLINK_NOFOLLOW) < 0) return whole;
    return less(whole, (uint64_t)entry.st_size);
}

uint64_t store_room(struct store *store) {
    if (store->failed) return 0;
    if (store->in_memory) {
        return less(MEMORY_SIZE_MAX, (uint64_t)store->page_count * PAGE_SIZE + WAL_SIZE_MAX);
    }
    uint64_t room = less(space_free(store), space_to_move(store));
    room = less(room, less(store->reserve_whole, store->reserve_size));
    store->wal_size_max = between(WAL_SIZE_MIN, room / 4, WAL_SIZE_MAX);
    return room;
}

uint64_t store_cost(size_t slices_size) {
    return record_cost(slices_size);
}
