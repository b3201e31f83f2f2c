/* supervisor.c: one datagram socket, some environment, and descriptors from 3 on. */
#include "server/supervisor.h"

#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "net/listen.h"

enum { FIRST_FD = 3, FDS_MAX = 64 };

static struct {
    int fd; /* -1: nobody listens */
    struct sockaddr_un address;
    socklen_t address_size;
    uint64_t watchdog_ms; /* 0: none */
    uint64_t next_ms;
    int inherited; /* descriptors from FIRST_FD on */
} supervisor = {.fd = -1};

static uint64_t number_of(const char *name, uint64_t most) {
    uint64_t number = 0;
    const char *text = getenv(name);
    return text && slice_number(slice_text(text), most, &number) ? number : 0;
}

static void attach_notify(const char *path) {
    size_t size = path ? strlen(path) : 0;
    if (size < 2 || size >= sizeof supervisor.address.sun_path) return;
    supervisor.address.sun_family = AF_UNIX;
    memcpy(supervisor.address.sun_path, path, size);
    if (path[0] == '@') supervisor.address.sun_path[0] = '\0'; /* an abstract name */
    supervisor.address_size = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + size);
    supervisor.fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
}

void supervisor_attach(void) {
    bool for_us = number_of("LISTEN_PID", INT32_MAX) == (uint64_t)getpid();
    supervisor.inherited = for_us ? (int)number_of("LISTEN_FDS", FDS_MAX) : 0;
    for (int fd = FIRST_FD; fd < FIRST_FD + supervisor.inherited; fd++)
        (void)fcntl(fd, F_SETFD, FD_CLOEXEC);
    const char *pid = getenv("WATCHDOG_PID");
    if (!pid || number_of("WATCHDOG_PID", INT32_MAX) == (uint64_t)getpid())
        supervisor.watchdog_ms = number_of("WATCHDOG_USEC", UINT64_C(1) << 60) / 1000;
    attach_notify(getenv("NOTIFY_SOCKET"));
    static const char *const names[] = {"NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID",
                                        "LISTEN_FDS",    "LISTEN_PID",    "LISTEN_FDNAMES"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        (void)unsetenv(names[i]);
}

static void say(const char *state) {
    if (supervisor.fd < 0) return;
    ssize_t sent = sendto(supervisor.fd, state, strlen(state), MSG_NOSIGNAL,
                          (struct sockaddr *)&supervisor.address, supervisor.address_size);
    if (sent < 0 && errno != EAGAIN)
        log_line(LOG_WARNING, "the supervisor does not listen",
                 log_text("why", slice_text(strerror(errno))));
}

void supervisor_ready(void) {
    say("READY=1");
}

void supervisor_reloading(void) {
    char text[80];
    snprintf(text, sizeof text, "RELOADING=1\nMONOTONIC_USEC=%llu",
             (unsigned long long)clock_mono_ms() * 1000);
    say(text);
}

void supervisor_stopping(void) {
    say("STOPPING=1");
}

int supervisor_wait_ms(void) {
    if (supervisor.watchdog_ms == 0 || supervisor.fd < 0) return -1;
    uint64_t now_ms = clock_mono_ms();
    return now_ms >= supervisor.next_ms ? 0 : (int)(supervisor.next_ms - now_ms);
}

void supervisor_watch(struct mailbox *mailbox) {
    if (supervisor_wait_ms() != 0) return;
    if (mailbox_pulse(mailbox)) say("WATCHDOG=1");
    supervisor.next_ms = clock_mono_ms() + supervisor.watchdog_ms / 4 + 1;
}

int supervisor_socket(sa_family_t family, struct address inet, const char *path, uint16_t *port) {
    for (int fd = FIRST_FD; fd < FIRST_FD + supervisor.inherited; fd++) {
        int taken = listen_take(fd, family, inet, path, port);
        if (taken >= 0) return taken;
    }
    return -1;
}
