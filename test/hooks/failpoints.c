/* failpoints.c: LD_PRELOAD under an unchanged server: counts every allocation and system call that
 * it makes, by name, and lets the n-th of one name fail, once or from then on.
 *
 * PARLANCE_TEST_FAILPOINTS names a file that is mapped at start and shared with whoever drives the
 * test: one struct board, below, in numbers of 8 bytes. The driver writes `name`, `at` and the
 * rest, then `armed`; counts may be set to zero at any time. `how`: an errno, or 0: half of a write
 * or read is done and reported. Nothing is called here that could allocate or fail itself. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

/* As in test/system/faults.py. */
enum call {
    MALLOC,
    CALLOC,
    REALLOC,
    MMAP,
    OPEN,
    READ,
    PREAD,
    WRITE,
    PWRITE,
    FSYNC,
    FDATASYNC,
    FTRUNCATE,
    FALLOCATE,
    FSTAT,
    FSTATVFS,
    MKDIR,
    UNLINK,
    FCNTL,
    SOCKET,
    BIND,
    LISTEN,
    SETSOCKOPT,
    ACCEPT,
    RECV,
    RECVMSG,
    SEND,
    SENDMSG,
    WRITEV,
    EPOLL_CREATE,
    EPOLL_CTL,
    EPOLL_WAIT,
    EVENTFD,
    THREAD,
    RANDOM,
    CALLS
};

struct board {
    uint64_t armed, call, at, for_good, how, hits;
    uint64_t counts[CALLS];
    char caller[64]; /* the library that made the call which failed first */
};

static struct board no_board, *board = &no_board;

__attribute__((constructor)) static void board_map(void) {
    const char *path = getenv("PARLANCE_TEST_FAILPOINTS");
    if (!path) return;
    long fd = syscall(SYS_openat, AT_FDCWD, path, O_RDWR | O_CLOEXEC);
    if (fd < 0) return;
    long at = syscall(SYS_mmap, NULL, sizeof *board, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0L);
    syscall(SYS_close, fd);
    if (at > 0) board = (struct board *)at;
}

static int is_armed(enum call call) {
    return __atomic_load_n(&board->armed, __ATOMIC_ACQUIRE) && board->call == call;
}

static void name_caller(const void *from) {
    Dl_info caller = {0};
    if (!dladdr(from, &caller) || !caller.dli_fname) return;
    const char *name = caller.dli_fname;
    for (const char *at = name; *at; at++)
        if (*at == '/') name = at + 1;
    for (size_t i = 0; i + 1 < sizeof board->caller && name[i]; i++)
        board->caller[i] = name[i];
}

/* The counter by which threads wake each other, and signals: read and written whole, always. */
static int is_bell(int fd) {
    char path[32] = "/proc/self/fd/", link[32];
    int at = 14;
    for (int digit = 1000; digit > 0; digit /= 10)
        if (fd >= digit || digit == 1) path[at++] = (char)('0' + fd / digit % 10);
    long size = syscall(SYS_readlink, path, link, sizeof link);
    return size >= 11 && __builtin_memcmp(link, "anon_inode:", 11) == 0;
}

/* 0: goes on; 1: fails, errno is set; -1: half of it is done. */
static int fails_for(enum call call, const void *from) {
    uint64_t number = __atomic_add_fetch(&board->counts[call], 1, __ATOMIC_RELAXED);
    if (!__atomic_load_n(&board->armed, __ATOMIC_ACQUIRE) || board->call != call) return 0;
    if (number < board->at || (number > board->at && !board->for_good)) return 0;
    if (__atomic_fetch_add(&board->hits, 1, __ATOMIC_RELAXED) == 0) name_caller(from);
    if (board->how == 0) return -1;
    errno = (int)board->how;
    return 1;
}

#define fails(call) fails_for(call, __builtin_return_address(0))

static size_t part(int fault, size_t size) {
    return fault < 0 && size > 1 ? size / 2 : size;
}

extern void *__libc_malloc(size_t size);
extern void *__libc_calloc(size_t count, size_t size);
extern void *__libc_realloc(void *memory, size_t size);

void *malloc(size_t size) {
    return fails(MALLOC) ? NULL : __libc_malloc(size);
}

void *calloc(size_t count, size_t size) {
    return fails(CALLOC) ? NULL : __libc_calloc(count, size);
}

void *realloc(void *memory, size_t size) {
    return fails(REALLOC) ? NULL : __libc_realloc(memory, size);
}

/* The kernel's answer as the library gives it. */
#define CALL(...) syscall(__VA_ARGS__)

void *mmap(void *at, size_t size, int protection, int flags, int fd, off_t offset) {
    if (fails(MMAP)) return MAP_FAILED;
    return (void *)CALL(SYS_mmap, at, size, protection, flags, fd, offset);
}

void *mmap64(void *at, size_t size, int protection, int flags, int fd, off_t offset) {
    return mmap(at, size, protection, flags, fd, offset);
}

static int mode_of(int flags, va_list more) {
    return (flags & (O_CREAT | O_TMPFILE)) != 0 ? va_arg(more, int) : 0;
}

#define OPENS(NAME)                                                                                \
    int NAME(const char *path, int flags, ...) {                                                   \
        va_list more;                                                                              \
        va_start(more, flags);                                                                     \
        int mode = mode_of(flags, more);                                                           \
        va_end(more);                                                                              \
        return fails(OPEN) ? -1 : (int)CALL(SYS_openat, AT_FDCWD, path, flags, mode);              \
    }
OPENS(open)
OPENS(open64)

#define OPENS_AT(NAME)                                                                             \
    int NAME(int folder, const char *path, int flags, ...) {                                       \
        va_list more;                                                                              \
        va_start(more, flags);                                                                     \
        int mode = mode_of(flags, more);                                                           \
        va_end(more);                                                                              \
        return fails(OPEN) ? -1 : (int)CALL(SYS_openat, folder, path, flags, mode);                \
    }
OPENS_AT(openat)
OPENS_AT(openat64)

ssize_t read(int fd, void *bytes, size_t size) {
    int fault = is_armed(READ) && is_bell(fd) ? 0 : fails(READ);
    return fault > 0 ? -1 : CALL(SYS_read, fd, bytes, part(fault, size));
}

ssize_t pread(int fd, void *bytes, size_t size, off_t at) {
    int fault = fails(PREAD);
    return fault > 0 ? -1 : CALL(SYS_pread64, fd, bytes, part(fault, size), at);
}

ssize_t pread64(int fd, void *bytes, size_t size, off_t at) {
    return pread(fd, bytes, size, at);
}

ssize_t write(int fd, const void *bytes, size_t size) {
    int fault = is_armed(WRITE) && is_bell(fd) ? 0 : fails(WRITE);
    return fault > 0 ? -1 : CALL(SYS_write, fd, bytes, part(fault, size));
}

ssize_t pwrite(int fd, const void *bytes, size_t size, off_t at) {
    int fault = fails(PWRITE);
    return fault > 0 ? -1 : CALL(SYS_pwrite64, fd, bytes, part(fault, size), at);
}

ssize_t pwrite64(int fd, const void *bytes, size_t size, off_t at) {
    return pwrite(fd, bytes, size, at);
}

int fsync(int fd) {
    return fails(FSYNC) ? -1 : (int)CALL(SYS_fsync, fd);
}

int fdatasync(int fd) {
    return fails(FDATASYNC) ? -1 : (int)CALL(SYS_fdatasync, fd);
}

int ftruncate(int fd, off_t size) {
    return fails(FTRUNCATE) ? -1 : (int)CALL(SYS_ftruncate, fd, size);
}

int ftruncate64(int fd, off_t size) {
    return ftruncate(fd, size);
}

int fallocate(int fd, int mode, off_t at, off_t size) {
    return fails(FALLOCATE) ? -1 : (int)CALL(SYS_fallocate, fd, mode, at, size);
}

int fallocate64(int fd, int mode, off_t at, off_t size) {
    return fallocate(fd, mode, at, size);
}

int fstat(int fd, struct stat *entry) {
    return fails(FSTAT) ? -1 : (int)CALL(SYS_fstat, fd, entry);
}

int fstat64(int fd, struct stat64 *entry) {
    return fstat(fd, (struct stat *)entry);
}

/* The kernel's struct is another one. */
int fstatvfs(int fd, struct statvfs *disk) {
    static _Atomic(void *) next;
    if (fails(FSTATVFS)) return -1;
    if (!atomic_load(&next)) atomic_store(&next, dlsym(RTLD_NEXT, "fstatvfs"));
    return ((int (*)(int, struct statvfs *))atomic_load(&next))(fd, disk);
}

int fstatvfs64(int fd, struct statvfs64 *disk) {
    return fstatvfs(fd, (struct statvfs *)disk);
}

int mkdir(const char *path, mode_t mode) {
    return fails(MKDIR) ? -1 : (int)CALL(SYS_mkdir, path, mode);
}

int unlink(const char *path) {
    return fails(UNLINK) ? -1 : (int)CALL(SYS_unlink, path);
}

#define FCNTLS(NAME)                                                                               \
    int NAME(int fd, int what, ...) {                                                              \
        va_list more;                                                                              \
        va_start(more, what);                                                                      \
        void *value = va_arg(more, void *);                                                        \
        va_end(more);                                                                              \
        return fails(FCNTL) ? -1 : (int)CALL(SYS_fcntl, fd, what, value);                          \
    }
FCNTLS(fcntl)
FCNTLS(fcntl64)

int socket(int family, int type, int protocol) {
    return fails(SOCKET) ? -1 : (int)CALL(SYS_socket, family, type, protocol);
}

int bind(int fd, const struct sockaddr *address, socklen_t size) {
    return fails(BIND) ? -1 : (int)CALL(SYS_bind, fd, address, size);
}

int listen(int fd, int backlog) {
    return fails(LISTEN) ? -1 : (int)CALL(SYS_listen, fd, backlog);
}

int setsockopt(int fd, int level, int name, const void *value, socklen_t size) {
    return fails(SETSOCKOPT) ? -1 : (int)CALL(SYS_setsockopt, fd, level, name, value, size);
}

int accept4(int fd, struct sockaddr *restrict address, socklen_t *restrict size, int flags) {
    return fails(ACCEPT) ? -1 : (int)CALL(SYS_accept4, fd, address, size, flags);
}

ssize_t recv(int fd, void *bytes, size_t size, int flags) {
    int fault = fails(RECV);
    return fault > 0 ? -1 : CALL(SYS_recvfrom, fd, bytes, part(fault, size), flags, NULL, NULL);
}

ssize_t recvmsg(int fd, struct msghdr *message, int flags) {
    return fails(RECVMSG) ? -1 : CALL(SYS_recvmsg, fd, message, flags);
}

ssize_t send(int fd, const void *bytes, size_t size, int flags) {
    int fault = fails(SEND);
    return fault > 0 ? -1 : CALL(SYS_sendto, fd, bytes, part(fault, size), flags, NULL, 0);
}

ssize_t sendmsg(int fd, const struct msghdr *message, int flags) {
    return fails(SENDMSG) ? -1 : CALL(SYS_sendmsg, fd, message, flags);
}

ssize_t writev(int fd, const struct iovec *pieces, int count) {
    return fails(WRITEV) ? -1 : CALL(SYS_writev, fd, pieces, count);
}

int epoll_create1(int flags) {
    return fails(EPOLL_CREATE) ? -1 : (int)CALL(SYS_epoll_create1, flags);
}

int epoll_ctl(int epoll, int what, int fd, struct epoll_event *event) {
    return fails(EPOLL_CTL) ? -1 : (int)CALL(SYS_epoll_ctl, epoll, what, fd, event);
}

int epoll_wait(int epoll, struct epoll_event *events, int most, int ms) {
    return fails(EPOLL_WAIT) ? -1 : (int)CALL(SYS_epoll_wait, epoll, events, most, ms);
}

int eventfd(unsigned count, int flags) {
    return fails(EVENTFD) ? -1 : (int)CALL(SYS_eventfd2, count, flags);
}

int pthread_create(pthread_t *restrict thread, const pthread_attr_t *restrict attributes,
                   void *(*run)(void *), void *restrict context) {
    static _Atomic(void *) next;
    if (fails(THREAD)) return errno;
    if (!atomic_load(&next)) atomic_store(&next, dlsym(RTLD_NEXT, "pthread_create"));
    return ((int (*)(pthread_t *, const pthread_attr_t *, void *(*)(void *), void *))atomic_load(
        &next))(thread, attributes, run, context);
}

ssize_t getrandom(void *bytes, size_t size, unsigned flags) {
    return fails(RANDOM) ? -1 : CALL(SYS_getrandom, bytes, size, flags);
}
