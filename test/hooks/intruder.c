/* intruder.c: LD_PRELOAD under an unchanged server: code that runs where it should not. The first
 * time that a thread called PARLANCE_TEST_INTRUDER waits for events it tries what an intruder
 * would, and says on stderr how each went: `intruder WHAT ERRNO`, 0 where it was let. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

static atomic_flag done = ATOMIC_FLAG_INIT;

static void say(const char *what, long result) {
    char line[80];
    int size = snprintf(line, sizeof line, "intruder %s %d\n", what, result < 0 ? errno : 0);
    if (write(STDERR_FILENO, line, (size_t)size) != size) abort();
}

static void intrude(void) {
    struct sockaddr_in metadata = {.sin_family = AF_INET, .sin_port = htons(80)};
    char *const none[] = {NULL};
    char parameters[128] = {0};
    metadata.sin_addr.s_addr = htonl(0xA9FEA9FE); /* 169.254.169.254 */
    say("passwd", open("/etc/passwd", O_RDONLY));
    say("write", open("/tmp/parlance-intruder", O_WRONLY | O_CREAT, 0600));
    say("execve", execve("/nonexistent", none, none)); /* let: ENOENT */
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    say("connect", fd < 0 ? fd : connect(fd, (struct sockaddr *)&metadata, sizeof metadata));
    say("ptrace", ptrace(PTRACE_ATTACH, getppid(), NULL, NULL));
    say("io_uring", syscall(SYS_io_uring_setup, 1, parameters));
    say("fork", syscall(SYS_fork));
    say("mprotect", syscall(SYS_mprotect, (long)&done & -4096L, 4096, 7));
}

static void visit(void) {
    char name[16] = "";
    const char *wanted = getenv("PARLANCE_TEST_INTRUDER");
    prctl(PR_GET_NAME, name);
    if (wanted && strcmp(name, wanted) == 0 && !atomic_flag_test_and_set(&done)) intrude();
}

int epoll_wait(int fd, struct epoll_event *events, int max, int wait_ms) {
    static int (*next)(int, struct epoll_event *, int, int);
    if (!next) *(void **)&next = dlsym(RTLD_NEXT, "epoll_wait");
    visit();
    return next(fd, events, max, wait_ms);
}

int poll(struct pollfd *fds, nfds_t count, int wait_ms) {
    static int (*next)(struct pollfd *, nfds_t, int);
    if (!next) *(void **)&next = dlsym(RTLD_NEXT, "poll");
    visit();
    return next(fds, count, wait_ms);
}
