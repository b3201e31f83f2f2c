/* syscalls.h: which system calls are left, by seccomp. What is not listed answers ENOSYS, as on an
 * older kernel, so that the C library goes another way where it has one; what only an intruder
 * would want answers EPERM. Both are in the kernel's log, where it keeps one. */
#ifndef SERVER_SYSCALLS_H
#define SERVER_SYSCALLS_H

#include <stdbool.h>

/* For the whole process and every thread that it will make. False: the kernel has no seccomp. */
bool syscalls_confine(void);

/* For this thread beside it: no file is opened, made or removed, nothing is bound or connected to,
 * no thread is made. Nothing where the process is not confined. */
void syscalls_confine_thread(void);

/* For the thread that connects to others by itself: no file is written, nothing is bound, no socket
 * of this machine's is made. Nothing where the process is not confined. */
void syscalls_confine_courier(void);

#endif
