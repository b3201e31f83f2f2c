/* scratch.c: one temporary folder at a time, and its removal. */
#include "bench/scratch.h"

#include "base/check.h"
#include "bench/halt.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <linux/magic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <unistd.h>

/* exit() takes no argument along: the folder to remove, empty for none, and who made it. */
static char removed_at_exit[PATH_MAX];
static pid_t made_by;

static int remove_entry(const char *path, const struct stat *status, int kind, struct FTW *walk) {
    (void)status;
    (void)kind;
    (void)walk;
    return remove(path);
}

static void remove_folder(void) {
    if (removed_at_exit[0] == '\0' || made_by != getpid()) return;
    if (nftw(removed_at_exit, remove_entry, 16, FTW_DEPTH | FTW_PHYS) != 0) {
        fprintf(stderr, "parlance bench: cannot remove %s: %s\n", removed_at_exit, strerror(errno));
    }
    removed_at_exit[0] = '\0';
}

static bool on_disk(const char *path) {
    struct statfs status;
    return statfs(path, &status) == 0 && status.f_type != TMPFS_MAGIC;
}

void scratch_open(struct scratch *scratch) {
    check(removed_at_exit[0] == '\0');
    const char *parent = getenv("TMPDIR");
    if (parent == NULL || !on_disk(parent)) parent = ".";
    if (!on_disk(parent)) halt(HALT_FAILED, "needs $TMPDIR or the current folder to be on a disk");
    char absolute[PATH_MAX];
    if (realpath(parent, absolute) == NULL) halt(HALT_FAILED, "%s: %s", parent, strerror(errno));
    int size = snprintf(scratch->path, sizeof scratch->path, "%s/parlance-bench-XXXXXX", absolute);
    if (size < 0 || (size_t)size >= sizeof scratch->path || mkdtemp(scratch->path) == NULL) {
        halt(HALT_FAILED, "cannot make a folder in %s: %s", absolute, strerror(errno));
    }
    static bool registered;
    if (!registered) atexit(remove_folder);
    registered = true;
    made_by = getpid();
    memcpy(removed_at_exit, scratch->path, sizeof removed_at_exit);
}

void scratch_close(struct scratch *scratch) {
    check(scratch->path[0] != '\0');
    remove_folder();
    scratch->path[0] = '\0';
}

void scratch_show_tail(const struct scratch *scratch, const char *name) {
    char path[PATH_MAX + 64];
    snprintf(path, sizeof path, "%s/%s", scratch->path, name);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) return;
    off_t end = lseek(fd, 0, SEEK_END);
    char bytes[2048];
    ssize_t size = pread(fd, bytes, sizeof bytes, end > 2048 ? end - 2048 : 0);
    if (size > 0) {
        fprintf(stderr, "--- end of the server's log\n%.*s---\n", (int)size, bytes);
    }
    close(fd);
}
