/* syscalls.c: the two lists. */
#include "server/syscalls.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <seccomp.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

static bool process_is_confined; /* written before there are threads */

/* clang-format off */

/* Files, sockets, memory, threads, time, signals: what a server lives on. */
static const int allowed[] = {
    SCMP_SYS(read), SCMP_SYS(write), SCMP_SYS(readv), SCMP_SYS(writev), SCMP_SYS(pread64),
    SCMP_SYS(pwrite64), SCMP_SYS(preadv), SCMP_SYS(pwritev), SCMP_SYS(open), SCMP_SYS(openat),
    SCMP_SYS(close), SCMP_SYS(close_range), SCMP_SYS(stat), SCMP_SYS(fstat), SCMP_SYS(lstat),
    SCMP_SYS(newfstatat), SCMP_SYS(statx), SCMP_SYS(statfs), SCMP_SYS(fstatfs), SCMP_SYS(lseek),
    SCMP_SYS(access), SCMP_SYS(faccessat), SCMP_SYS(faccessat2), SCMP_SYS(fcntl), SCMP_SYS(flock),
    SCMP_SYS(fsync), SCMP_SYS(fdatasync), SCMP_SYS(ftruncate), SCMP_SYS(fallocate),
    SCMP_SYS(fadvise64), SCMP_SYS(rename), SCMP_SYS(renameat), SCMP_SYS(renameat2),
    SCMP_SYS(unlink), SCMP_SYS(unlinkat), SCMP_SYS(mkdir), SCMP_SYS(mkdirat), SCMP_SYS(rmdir),
    SCMP_SYS(chmod), SCMP_SYS(fchmod), SCMP_SYS(fchown), SCMP_SYS(fchmodat), SCMP_SYS(umask),
    SCMP_SYS(getcwd), SCMP_SYS(readlink), SCMP_SYS(readlinkat), SCMP_SYS(getdents64), SCMP_SYS(dup),
    SCMP_SYS(dup2), SCMP_SYS(dup3), SCMP_SYS(pipe2), SCMP_SYS(eventfd2), SCMP_SYS(epoll_create1),
    SCMP_SYS(epoll_ctl), SCMP_SYS(epoll_wait), SCMP_SYS(epoll_pwait), SCMP_SYS(poll),
    SCMP_SYS(ppoll), SCMP_SYS(select), SCMP_SYS(pselect6), SCMP_SYS(signalfd4), SCMP_SYS(ioctl),
    SCMP_SYS(bind), SCMP_SYS(listen), SCMP_SYS(accept), SCMP_SYS(accept4), SCMP_SYS(connect),
    SCMP_SYS(socketpair), SCMP_SYS(getsockname), SCMP_SYS(getpeername), SCMP_SYS(getsockopt),
    SCMP_SYS(setsockopt), SCMP_SYS(sendto), SCMP_SYS(sendmsg), SCMP_SYS(sendmmsg),
    SCMP_SYS(recvfrom), SCMP_SYS(recvmsg), SCMP_SYS(recvmmsg), SCMP_SYS(shutdown),
    SCMP_SYS(sendfile), SCMP_SYS(copy_file_range), SCMP_SYS(munmap), SCMP_SYS(mremap),
    SCMP_SYS(madvise), SCMP_SYS(brk), SCMP_SYS(mlock), SCMP_SYS(munlock), SCMP_SYS(msync),
    SCMP_SYS(futex), SCMP_SYS(set_robust_list), SCMP_SYS(get_robust_list), SCMP_SYS(rseq),
    SCMP_SYS(membarrier), SCMP_SYS(set_tid_address), SCMP_SYS(exit), SCMP_SYS(exit_group),
    SCMP_SYS(gettid), SCMP_SYS(getpid), SCMP_SYS(getppid), SCMP_SYS(getuid), SCMP_SYS(geteuid),
    SCMP_SYS(getgid), SCMP_SYS(getegid), SCMP_SYS(getrandom), SCMP_SYS(clock_gettime),
    SCMP_SYS(clock_getres), SCMP_SYS(clock_nanosleep), SCMP_SYS(nanosleep), SCMP_SYS(gettimeofday),
    SCMP_SYS(time), SCMP_SYS(times), SCMP_SYS(getrusage), SCMP_SYS(sched_yield),
    SCMP_SYS(sched_getaffinity), SCMP_SYS(sysinfo), SCMP_SYS(uname), SCMP_SYS(prlimit64),
    SCMP_SYS(getrlimit), SCMP_SYS(rt_sigaction), SCMP_SYS(rt_sigprocmask), SCMP_SYS(rt_sigreturn),
    SCMP_SYS(rt_sigtimedwait), SCMP_SYS(sigaltstack), SCMP_SYS(tgkill), SCMP_SYS(restart_syscall),
    SCMP_SYS(prctl), SCMP_SYS(seccomp), SCMP_SYS(landlock_restrict_self), SCMP_SYS(getcpu),
};

/* What an intruder would want: refused aloud, for the kernel's log. */
static const int refused[] = {
    SCMP_SYS(execve), SCMP_SYS(execveat), SCMP_SYS(fork), SCMP_SYS(vfork), SCMP_SYS(ptrace),
    SCMP_SYS(process_vm_readv), SCMP_SYS(process_vm_writev), SCMP_SYS(io_uring_setup),
    SCMP_SYS(io_uring_enter), SCMP_SYS(io_uring_register), SCMP_SYS(bpf), SCMP_SYS(perf_event_open),
    SCMP_SYS(userfaultfd), SCMP_SYS(keyctl), SCMP_SYS(add_key), SCMP_SYS(request_key),
    SCMP_SYS(mount), SCMP_SYS(umount2), SCMP_SYS(pivot_root), SCMP_SYS(chroot), SCMP_SYS(unshare),
    SCMP_SYS(setns), SCMP_SYS(init_module), SCMP_SYS(finit_module), SCMP_SYS(delete_module),
    SCMP_SYS(kexec_load), SCMP_SYS(reboot), SCMP_SYS(swapon), SCMP_SYS(open_by_handle_at),
    SCMP_SYS(name_to_handle_at), SCMP_SYS(mknod), SCMP_SYS(mknodat), SCMP_SYS(link),
    SCMP_SYS(linkat), SCMP_SYS(symlink), SCMP_SYS(symlinkat), SCMP_SYS(chown), SCMP_SYS(lchown),
    SCMP_SYS(fchownat), SCMP_SYS(setuid), SCMP_SYS(setgid), SCMP_SYS(setresuid),
    SCMP_SYS(setresgid), SCMP_SYS(setgroups), SCMP_SYS(kill), SCMP_SYS(tkill), SCMP_SYS(pidfd_open),
    SCMP_SYS(pidfd_getfd), SCMP_SYS(personality), SCMP_SYS(clock_settime), SCMP_SYS(settimeofday),
};

/* What a thread has no business with that talks to people or keeps their state. */
static const int refused_to_threads[] = {
    SCMP_SYS(open), SCMP_SYS(openat), SCMP_SYS(creat), SCMP_SYS(rename), SCMP_SYS(renameat),
    SCMP_SYS(renameat2), SCMP_SYS(unlink), SCMP_SYS(unlinkat), SCMP_SYS(mkdir), SCMP_SYS(mkdirat),
    SCMP_SYS(rmdir), SCMP_SYS(chmod), SCMP_SYS(fchmodat), SCMP_SYS(socket), SCMP_SYS(socketpair),
    SCMP_SYS(bind), SCMP_SYS(listen), SCMP_SYS(connect), SCMP_SYS(clone), SCMP_SYS(getdents64),
};

/* And what one has none with that delivers webhooks; it makes threads to look up names. */
static const int refused_to_courier[] = {
    SCMP_SYS(creat), SCMP_SYS(rename), SCMP_SYS(renameat), SCMP_SYS(renameat2), SCMP_SYS(unlink),
    SCMP_SYS(unlinkat), SCMP_SYS(mkdir), SCMP_SYS(mkdirat), SCMP_SYS(rmdir), SCMP_SYS(chmod),
    SCMP_SYS(fchmod), SCMP_SYS(fchmodat), SCMP_SYS(fchown), SCMP_SYS(bind), SCMP_SYS(listen),
    SCMP_SYS(accept), SCMP_SYS(accept4), SCMP_SYS(ftruncate), SCMP_SYS(fallocate),
    SCMP_SYS(signalfd4), SCMP_SYS(tgkill),
};

/* clang-format on */

#define COUNT(list) (sizeof(list) / sizeof *(list))

static bool add_all(scmp_filter_ctx filter, uint32_t action, const int *calls, size_t count) {
    for (size_t i = 0; i < count; i++) {
        int failed = seccomp_rule_add(filter, action, calls[i], 0);
        if (failed && failed != -EDOM) return false; /* EDOM: not on this machine */
    }
    return true;
}

/* Those that depend on what is asked: memory is never made to run, a new process is never made,
 * sockets are of the internet, of this machine, or ask for its routes. */
static bool allow_if(scmp_filter_ctx filter, int call, struct scmp_arg_cmp condition) {
    return seccomp_rule_add_array(filter, SCMP_ACT_ALLOW, call, 1, &condition) == 0;
}

static struct scmp_arg_cmp is(unsigned argument, uint64_t value) {
    return (struct scmp_arg_cmp){argument, SCMP_CMP_EQ, value, 0};
}

static struct scmp_arg_cmp bits_are(unsigned argument, uint64_t mask, uint64_t value) {
    return (struct scmp_arg_cmp){argument, SCMP_CMP_MASKED_EQ, mask, value};
}

static bool add_conditional(scmp_filter_ctx filter) {
    return allow_if(filter, SCMP_SYS(socket), is(0, AF_UNIX)) &&
           allow_if(filter, SCMP_SYS(socket), is(0, AF_INET)) &&
           allow_if(filter, SCMP_SYS(socket), is(0, AF_INET6)) &&
           allow_if(filter, SCMP_SYS(socket), is(0, AF_NETLINK)) &&
           allow_if(filter, SCMP_SYS(mmap), bits_are(2, PROT_EXEC, 0)) &&
           allow_if(filter, SCMP_SYS(mprotect), bits_are(2, PROT_EXEC, 0)) &&
           allow_if(filter, SCMP_SYS(clone), bits_are(0, CLONE_THREAD, CLONE_THREAD));
}

bool syscalls_confine(void) {
    scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ERRNO(ENOSYS));
    if (!filter) return false;
    (void)seccomp_attr_set(filter, SCMP_FLTATR_CTL_LOG, 1);
    (void)seccomp_attr_set(filter, SCMP_FLTATR_CTL_OPTIMIZE, 2);
    bool fine = add_all(filter, SCMP_ACT_ALLOW, allowed, COUNT(allowed)) &&
                add_all(filter, SCMP_ACT_ERRNO(EPERM), refused, COUNT(refused)) &&
                add_conditional(filter) && seccomp_load(filter) == 0;
    seccomp_release(filter);
    process_is_confined = fine;
    return fine;
}

static bool refuse_if(scmp_filter_ctx filter, int call, struct scmp_arg_cmp condition) {
    return seccomp_rule_add_array(filter, SCMP_ACT_ERRNO(EPERM), call, 1, &condition) == 0;
}

static bool fill_for_thread(scmp_filter_ctx filter) {
    return add_all(filter, SCMP_ACT_ERRNO(EPERM), refused_to_threads, COUNT(refused_to_threads));
}

static bool fill_for_courier(scmp_filter_ctx filter) {
    return add_all(filter, SCMP_ACT_ERRNO(EPERM), refused_to_courier, COUNT(refused_to_courier)) &&
           refuse_if(filter, SCMP_SYS(socket), is(0, AF_UNIX)) &&
           refuse_if(filter, SCMP_SYS(openat), bits_are(2, O_ACCMODE, O_WRONLY)) &&
           refuse_if(filter, SCMP_SYS(openat), bits_are(2, O_ACCMODE, O_RDWR)) &&
           refuse_if(filter, SCMP_SYS(open), bits_are(1, O_ACCMODE, O_WRONLY)) &&
           refuse_if(filter, SCMP_SYS(open), bits_are(1, O_ACCMODE, O_RDWR));
}

/* A thread that talks to others does so confined, or not at all. */
static void confine_self(bool (*fill)(scmp_filter_ctx filter)) {
    if (!process_is_confined) return;
    scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ALLOW);
    bool fine = filter != NULL;
    if (fine) {
        (void)seccomp_attr_set(filter, SCMP_FLTATR_CTL_LOG, 1);
        fine = fill(filter) && seccomp_load(filter) == 0;
        seccomp_release(filter);
    }
    if (fine) return;
    fputs("parlance: cannot confine a thread: not enough memory\n", stderr);
    _exit(EXIT_FAILURE);
}

void syscalls_confine_thread(void) {
    confine_self(fill_for_thread);
}

void syscalls_confine_courier(void) {
    confine_self(fill_for_courier);
}
