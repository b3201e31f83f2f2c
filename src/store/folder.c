/* folder.c: the data folder: ours alone, held by one server, its files readable by nobody else.
 *
 * The lock is taken before anything else in the folder is touched. It is an open file
 * description's lock: it also stands between two stores of one process, and the kernel drops it
 * when the server dies. The pid in the file only names its holder. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/check.h"
#include "store/state.h"

/* Without slashes at its end: behind "link/" O_NOFOLLOW would not see the link. */
static int folder_name(struct store *store, const char *folder, struct store_error *error) {
    size_t size = strlen(folder);
    while (size > 1 && folder[size - 1] == '/')
        size--;
    if (size == 0 || size >= FOLDER_SIZE_MAX) {
        return store_blame(error, STORE_CANNOT, ENAMETOOLONG,
                           "the name of the data folder is empty or longer than %d bytes",
                           FOLDER_SIZE_MAX - 1);
    }
    memcpy(store->folder, folder, size);
    store->folder[size] = '\0';
    return 0;
}

static int cannot(const struct store *store, const char *what, struct store_error *error) {
    int errno_now = errno;
    struct stat entry;
    if (lstat(store->folder, &entry) == 0 && S_ISLNK(entry.st_mode)) {
        return store_blame(error, STORE_CANNOT, ELOOP,
                           "data folder %s is a symbolic link: name the folder itself",
                           store->folder);
    }
    return store_blame(error, STORE_CANNOT, errno_now, "cannot %s %s: %s", what, store->folder,
                       strerror(errno_now));
}

static int folder_is_ours(struct store *store, bool made, struct store_error *error) {
    struct stat entry;
    if (fstat(store->folder_fd, &entry) < 0) return cannot(store, "look at data folder", error);
    if (entry.st_uid != geteuid()) {
        return store_blame(error, STORE_CANNOT, EACCES,
                           "data folder %s belongs to user %u and not to user %u, who runs this",
                           store->folder, (unsigned)entry.st_uid, (unsigned)geteuid());
    }
    if (!made && (entry.st_mode & (S_IWGRP | S_IWOTH)) != 0) {
        return store_blame(error, STORE_CANNOT, EACCES,
                           "data folder %s may be written by others: chmod go-w %s", store->folder,
                           store->folder);
    }
    return 0;
}

static int folder_take(struct store *store, struct store_error *error) {
    bool made = mkdir(store->folder, 0700) == 0;
    if (!made && errno != EEXIST) return cannot(store, "make data folder", error);
    store->folder_fd = open(store->folder, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (store->folder_fd < 0) return cannot(store, "open data folder", error);
    int result = folder_is_ours(store, made, error);
    if (result < 0) return result;
    if (made && fchmod(store->folder_fd, 0700) < 0) return cannot(store, "protect", error);
    return 0;
}

/* Open or make a file of the folder, ours and 0600 whatever the umask. */
int folder_file(struct store *store, const char *name, int *fd, struct store_error *error) {
    struct stat entry;
    *fd = openat(store->folder_fd, name, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (*fd < 0 || fstat(*fd, &entry) < 0) {
        int errno_now = errno;
        return store_blame(error, STORE_CANNOT, errno_now, "cannot open %s/%s: %s", store->folder,
                           name, strerror(errno_now));
    }
    if (!S_ISREG(entry.st_mode) || entry.st_uid != geteuid()) {
        return store_blame(error, STORE_CANNOT, EACCES,
                           "%s/%s is not a file of user %u, who runs this", store->folder, name,
                           (unsigned)geteuid());
    }
    if ((entry.st_mode & 0777) != 0600 && fchmod(*fd, 0600) < 0) {
        int errno_now = errno;
        return store_blame(error, STORE_CANNOT, errno_now, "cannot protect %s/%s: %s",
                           store->folder, name, strerror(errno_now));
    }
    return 0;
}

static int pid_of(int lock_fd) {
    char digits[16];
    ssize_t size = pread(lock_fd, digits, sizeof digits, 0);
    uint64_t pid = 0;
    if (size <= 0) return 0;
    struct slice line = slice_trim((struct slice){digits, (size_t)size});
    if (line.size > 0 && line.at[line.size - 1] == '\n') line.size--;
    return slice_number(line, INT32_MAX, &pid) ? (int)pid : 0;
}

static int refuse_second(struct store *store, struct store_error *error) {
    int pid = pid_of(store->lock_fd);
    if (pid > 0) {
        store_blame(error, STORE_RUNNING, EBUSY,
                    "data folder %s is in use by another server (pid %d)", store->folder, pid);
    } else {
        store_blame(error, STORE_RUNNING, EBUSY, "data folder %s is in use by another server",
                    store->folder);
    }
    error->pid = pid;
    return -EBUSY;
}

static int folder_lock(struct store *store, struct store_error *error) {
    int result = folder_file(store, "lock", &store->lock_fd, error);
    if (result < 0) return result;
    struct flock whole = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    if (fcntl(store->lock_fd, F_OFD_SETLK, &whole) < 0) {
        if (errno == EAGAIN || errno == EACCES) return refuse_second(store, error);
        return store_blame(error, STORE_CANNOT, errno, "cannot lock %s/lock: %s", store->folder,
                           strerror(errno));
    }
    /* The lock is what holds; on a full disk it stays without a pid, and the server still starts.
     */
    char digits[16];
    int size = snprintf(digits, sizeof digits, "%d\n", (int)getpid());
    if (ftruncate(store->lock_fd, 0) < 0 || pwrite(store->lock_fd, digits, (size_t)size, 0) < 0) {
        (void)!ftruncate(store->lock_fd, 0);
    }
    return 0;
}

/* The database's file is made here and not by SQLite, for its mode. It must be closed before SQLite
 * opens it and never be opened again by ourselves: closing it would drop SQLite's locks. The
 * reserve is made after the first tables, so beside it an empty file has lost them. */
static int folder_make_file(struct store *store, struct store_error *error) {
    int fd = -1;
    struct stat entry = {0};
    struct stat reserve;
    int result = folder_file(store, "parlance.db", &fd, error);
    if (fd >= 0) {
        (void)!fstat(fd, &entry);
        close(fd);
    }
    if (result < 0) return result;
    if (entry.st_size == 0 && fstatat(store->folder_fd, "reserve", &reserve, 0) == 0) {
        return store_blame(error, STORE_FAILED, EIO,
                           "%s/parlance.db is missing or empty: put a backup there, or remove "
                           "%s/reserve to begin without rooms and messages",
                           store->folder, store->folder);
    }
    if (fsync(store->folder_fd) < 0) return cannot(store, "flush data folder", error);
    return 0;
}

int folder_path(const char *folder, char path[PATH_SIZE_MAX], struct store_error *error) {
    char *real = realpath(folder, NULL);
    int errno_now = errno;
    int size = real == NULL ? -1 : snprintf(path, PATH_SIZE_MAX, "%s/parlance.db", real);
    free(real);
    if (size > 0 && size < FOLDER_SIZE_MAX) return 0;
    return store_blame(error, STORE_CANNOT, errno_now, "cannot find data folder %s: %s", folder,
                       size < 0 ? strerror(errno_now) : "its path is too long");
}

bool folder_left_unclean(const struct store *store) {
    struct stat entry;
    return fstatat(store->folder_fd, "parlance.db-wal", &entry, AT_SYMLINK_NOFOLLOW) == 0 &&
           entry.st_size > 0;
}

int folder_hold(struct store *store, const char *folder, struct store_error *error) {
    int result = folder_name(store, folder, error);
    if (result == 0) result = folder_take(store, error);
    return result == 0 ? folder_lock(store, error) : result;
}

int folder_open(struct store *store, const char *folder, struct store_error *error) {
    int result = folder_hold(store, folder, error);
    if (result == 0) result = folder_make_file(store, error);
    if (result == 0) result = folder_path(store->folder, store->path, error);
    return result;
}

void folder_close(struct store *store) {
    if (store->lock_fd >= 0) close(store->lock_fd);
    if (store->folder_fd >= 0) close(store->folder_fd);
    store->lock_fd = store->folder_fd = -1;
}
