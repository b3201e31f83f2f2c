/* shim.c: LD_PRELOAD under an unchanged server: a disk that hangs, fails or is full, and a clock
 * that jumps. The file named by PARLANCE_TEST_FAULTS has a line `NAME NUMBER` for each fault; it is
 * read again at every call, so that a test can change it while the server runs. Only files in the
 * folder named by PARLANCE_TEST_FOLDER are touched.
 *
 *   flush_ms N      each flush waits until N ms have passed, or until this line is gone
 *   flush_errno N   each flush fails
 *   write_errno N   each write fails
 *   write_fails N   only N writes fail, counted since this line was first seen
 *   listen_ms N     the server does nothing for N ms once it has begun to listen somewhere
 *   full 1          the folder's disk has no free space
 *   clock_s N       the time of day is N seconds later (or earlier) than it is
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

enum { CONTROL_SIZE_MAX = 512, PATH_SIZE_MAX = 512, STEP_MS = 2 };

static const char *control_path, *folder;
static int (*next_fsync)(int), (*next_fdatasync)(int);
static ssize_t (*next_write)(int, const void *, size_t);
static ssize_t (*next_pwrite)(int, const void *, size_t, off_t);
static int (*next_listen)(int, int);
static int (*next_fstatvfs)(int, struct statvfs *);
static atomic_long writes_failed;

__attribute__((constructor)) static void find_next(void) {
    control_path = getenv("PARLANCE_TEST_FAULTS");
    folder = getenv("PARLANCE_TEST_FOLDER");
    *(void **)&next_fsync = dlsym(RTLD_NEXT, "fsync");
    *(void **)&next_fdatasync = dlsym(RTLD_NEXT, "fdatasync");
    *(void **)&next_write = dlsym(RTLD_NEXT, "write");
    *(void **)&next_pwrite = dlsym(RTLD_NEXT, "pwrite64");
    *(void **)&next_listen = dlsym(RTLD_NEXT, "listen");
    *(void **)&next_fstatvfs = dlsym(RTLD_NEXT, "fstatvfs64");
}

/* The number behind `name ` in the control file; 0 where it has no such line. */
static long control(const char *name) {
    char text[CONTROL_SIZE_MAX + 1];
    if (!control_path) return 0;
    int fd = (int)syscall(SYS_openat, AT_FDCWD, control_path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) return 0;
    long size = syscall(SYS_read, fd, text, CONTROL_SIZE_MAX);
    syscall(SYS_close, fd);
    text[size > 0 ? size : 0] = '\0';
    size_t name_size = strlen(name);
    for (char *line = text; line; line = strchr(line, '\n')) {
        line += *line == '\n';
        if (strncmp(line, name, name_size) == 0 && line[name_size] == ' ')
            return strtol(line + name_size, NULL, 10);
    }
    return 0;
}

static int is_in_folder(int fd) {
    char link[32], path[PATH_SIZE_MAX];
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t size = readlink(link, path, sizeof path);
    size_t folder_size = folder ? strlen(folder) : 0;
    return folder_size > 0 && size >= (ssize_t)folder_size &&
           memcmp(path, folder, folder_size) == 0;
}

static void wait_for(const char *fault) {
    for (long ms = 0; ms < control(fault); ms += STEP_MS)
        nanosleep(&(struct timespec){.tv_nsec = STEP_MS * 1000000L}, NULL);
}

/* True where this flush fails; errno is set. */
static int flush_fails(int fd) {
    if (!is_in_folder(fd)) return 0;
    wait_for("flush_ms");
    long fault = control("flush_errno");
    if (fault) errno = (int)fault;
    return fault != 0;
}

static int write_fails(int fd) {
    int errno_before = errno;
    long fault = is_in_folder(fd) ? control("write_errno") : 0;
    long fails_max = fault ? control("write_fails") : 0;
    errno = errno_before;
    if (!fault || (fails_max > 0 && atomic_fetch_add(&writes_failed, 1) >= fails_max)) return 0;
    errno = (int)fault;
    return 1;
}

int fsync(int fd) {
    return flush_fails(fd) ? -1 : next_fsync(fd);
}

int fdatasync(int fd) {
    return flush_fails(fd) ? -1 : next_fdatasync(fd);
}

ssize_t write(int fd, const void *bytes, size_t size) {
    if (!next_write) return syscall(SYS_write, fd, bytes, size);
    return write_fails(fd) ? -1 : next_write(fd, bytes, size);
}

ssize_t pwrite64(int fd, const void *bytes, size_t size, off_t at) {
    return write_fails(fd) ? -1 : next_pwrite(fd, bytes, size, at);
}

ssize_t pwrite(int fd, const void *bytes, size_t size, off_t at) {
    return pwrite64(fd, bytes, size, at);
}

int listen(int fd, int backlog) {
    int result = next_listen(fd, backlog);
    wait_for("listen_ms");
    return result;
}

int fstatvfs64(int fd, struct statvfs64 *disk) {
    int result = next_fstatvfs(fd, (struct statvfs *)disk);
    if (result == 0 && control("full")) disk->f_bavail = disk->f_bfree = 0;
    return result;
}

int fstatvfs(int fd, struct statvfs *disk) {
    return fstatvfs64(fd, (struct statvfs64 *)disk);
}

int clock_gettime(clockid_t clock, struct timespec *now) {
    int result = (int)syscall(SYS_clock_gettime, clock, now);
    if (clock == CLOCK_REALTIME) now->tv_sec += control("clock_s");
    return result;
}

int gettimeofday(struct timeval *restrict now, void *restrict zone) {
    (void)zone;
    struct timespec exact;
    clock_gettime(CLOCK_REALTIME, &exact);
    *now = (struct timeval){exact.tv_sec, exact.tv_nsec / 1000};
    return 0;
}

time_t time(time_t *out) {
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    if (out) *out = now.tv_sec;
    return now.tv_sec;
}
