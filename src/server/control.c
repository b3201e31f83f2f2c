/* control.c: connections that bring one request each and take its answer away. What is not read
 * waits here: a piece is made only when the last has gone out. */
#include "server/control.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/check.h"
#include "base/log.h"
#include "base/need.h"

enum { BLOCKED_WAIT_MS = 1 };

struct caller {
    int fd; /* -1: nobody */
    uint16_t generation;
    bool asked;  /* the hub has a command of this slot, whoever has it now */
    bool begun;  /* the request has come, and its errand is under way, maybe without a caller */
    bool ended;  /* the last piece is in `out` */
    int file;    /* that came with the request; -1: none */
    size_t size; /* bytes of the request so far */
    char request[REQUEST_SIZE_MAX];
    struct errand errand;
    struct errand_place place; /* whose context is this caller */
    struct control *control;
    char *out; /* owned */
    size_t out_size, out_cap, out_sent;
};

struct control {
    int folder_fd, fd;
    uint16_t generation;
    struct mailbox *mailbox;
    struct post *post;
    struct store_options store;
    struct hub_limits limits;
    struct caller callers[CONTROLS_MAX];
};

/* ---- a caller ---- */

static void out_put(struct caller *caller, struct slice bytes) {
    if (caller->out_size + bytes.size > caller->out_cap) {
        size_t cap = 2 * caller->out_cap + bytes.size + 1024;
        char *grown = realloc(caller->out, cap);
        need_memory(grown);
        caller->out = grown;
        caller->out_cap = cap;
    }
    memcpy(caller->out + caller->out_size, bytes.at, bytes.size);
    caller->out_size += bytes.size;
}

static void put_head(struct caller *caller, enum answer_kind kind, uint32_t number) {
    char memory[32];
    struct buf head;
    buf_init(&head, memory, sizeof memory);
    answer_write(&head, kind, number);
    out_put(caller, buf_slice(&head));
}

static void hook_say(void *context, enum answer_kind kind, struct slice bytes) {
    struct caller *caller = context;
    if (bytes.size == 0 || caller->fd < 0) return;
    put_head(caller, kind, (uint32_t)bytes.size);
    out_put(caller, bytes);
}

/* Each slot has one command at the hub that is to be answered, about as large as its request or as
 * the settings of a room. For these there is always room. */
enum { COMMAND_SIZE_MAX = REQUEST_SIZE_MAX + 2 * sizeof(struct command) };

static void command_put(struct caller *caller, const struct command *command) {
    struct control *control = caller->control;
    struct command given = *command;
    given.session = (struct session_id){.slot = (uint32_t)(caller - control->callers),
                                        .generation = caller->generation,
                                        .worker = (uint16_t)control->mailbox->workers};
    mailbox_put(&control->post->commands, 0, &given, given.slices, COMMAND_SLICES);
    if (ring_publish(&control->post->commands)) bell_ring(&control->mailbox->hub);
}

static void hook_give(void *context, const struct command *command) {
    struct caller *caller = context;
    caller->asked = true;
    check(ring_fits(&caller->control->post->commands, COMMAND_SIZE_MAX, COMMAND_SIZE_MAX));
    command_put(caller, command);
}

static bool hook_send(void *context, const struct command *command) {
    struct caller *caller = context;
    struct control *control = caller->control;
    uint64_t kept = 2 * CONTROLS_MAX * COMMAND_SIZE_MAX, largest = control->mailbox->command_max;
    if (!ring_fits(&control->post->commands, largest + kept, largest)) return false;
    command_put(caller, command);
    return true;
}

static void caller_free(struct caller *caller) {
    bool asked = caller->asked;
    if (caller->begun) errand_end(&caller->errand);
    if (caller->file >= 0) close(caller->file);
    if (caller->fd >= 0) close(caller->fd);
    free(caller->out);
    explicit_bzero(caller->request, sizeof caller->request);
    *caller = (struct caller){.fd = -1, .file = -1, .asked = asked};
}

/* She has gone, or has all. */
static void caller_close(struct caller *caller) {
    const struct errand *errand = &caller->errand;
    if (caller->fd >= 0) close(caller->fd);
    caller->fd = -1;
    caller->out_size = caller->out_sent = 0;
    if (caller->begun && !errand->over && errand->row->outlives) return;
    caller_free(caller);
}

static void caller_end(struct caller *caller, int code) {
    put_head(caller, ANSWER_END, (uint32_t)code);
    caller->ended = true;
}

static void caller_begin(struct caller *caller) {
    struct request request;
    size_t size = 0;
    struct slice bytes = {caller->request, caller->size};
    switch (request_read(bytes, &request, &size)) {
    case REQUEST_PART: return;
    case REQUEST_WRONG:
        hook_say(caller, ANSWER_ERROR, slice_of("this is no request"));
        caller_end(caller, 64);
        return;
    case REQUEST_WHOLE: break;
    }
    int file = caller->file;
    caller->file = -1;
    caller->begun = true;
    caller->place = (struct errand_place){.context = caller,
                                          .give = hook_give,
                                          .send = hook_send,
                                          .say = hook_say,
                                          .store = caller->control->store,
                                          .limits = caller->control->limits};
    errand_begin(&caller->errand, &caller->place, slice_head(bytes, size), file);
}

/* The file that came along; further ones are closed. */
static void take_files(struct caller *caller, struct msghdr *message) {
    for (struct cmsghdr *at = CMSG_FIRSTHDR(message); at; at = CMSG_NXTHDR(message, at)) {
        if (at->cmsg_level != SOL_SOCKET || at->cmsg_type != SCM_RIGHTS) continue;
        size_t count = (at->cmsg_len - CMSG_LEN(0)) / sizeof(int);
        for (size_t i = 0; i < count; i++) {
            int fd;
            memcpy(&fd, CMSG_DATA(at) + i * sizeof fd, sizeof fd);
            if (caller->file < 0)
                caller->file = fd;
            else
                close(fd);
        }
    }
}

/* False: it went away. */
static bool caller_read(struct caller *caller) {
    char spare[256], control[CMSG_SPACE(4 * sizeof(int))];
    bool full = caller->begun || caller->ended || caller->size == sizeof caller->request;
    struct iovec bytes = {full ? spare : caller->request + caller->size,
                          full ? sizeof spare : sizeof caller->request - caller->size};
    struct msghdr message = {.msg_iov = &bytes,
                             .msg_iovlen = 1,
                             .msg_control = control,
                             .msg_controllen = sizeof control};
    ssize_t n = recvmsg(caller->fd, &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
    if (n < 0) return errno == EAGAIN || errno == EINTR;
    take_files(caller, &message);
    if (n == 0) return false;
    if (full) return true; /* nothing is asked after the request */
    caller->size += (size_t)n;
    caller_begin(caller);
    return true;
}

/* False: it went away, or has all. */
static bool caller_write(struct caller *caller) {
    while (caller->out_sent < caller->out_size) {
        ssize_t n = send(caller->fd, caller->out + caller->out_sent,
                         caller->out_size - caller->out_sent, MSG_DONTWAIT | MSG_NOSIGNAL);
        if (n < 0) return errno == EAGAIN || errno == EINTR;
        caller->out_sent += (size_t)n;
    }
    caller->out_size = caller->out_sent = 0;
    return !caller->ended;
}

static bool caller_works(const struct caller *caller) {
    return caller->begun && !caller->ended && caller->out_size == 0 &&
           (caller->errand.over || errand_works(&caller->errand));
}

static void caller_turn(struct caller *caller, short events) {
    bool here = !(events & (POLLIN | POLLHUP | POLLERR)) || caller_read(caller);
    if (here && caller_works(caller)) errand_turn(&caller->errand);
    if (here && caller->begun && !caller->ended && caller->errand.over)
        caller_end(caller, caller->errand.code);
    if (!here || !caller_write(caller)) caller_close(caller);
}

/* The errand that goes on alone. */
static void orphan_turn(struct caller *caller) {
    errand_turn(&caller->errand);
    if (caller->errand.over) caller_free(caller);
}

/* ---- the socket ---- */

static void accept_one(struct control *control) {
    struct ucred peer;
    socklen_t size = sizeof peer;
    int fd = accept4(control->fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
    if (fd < 0) return;
    struct caller *caller = control->callers;
    while (caller < control->callers + CONTROLS_MAX &&
           (caller->fd >= 0 || caller->begun || caller->asked))
        caller++;
    bool known = getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) == 0;
    bool ours = known && (peer.uid == 0 || peer.uid == geteuid());
    if (!ours || caller == control->callers + CONTROLS_MAX) {
        log_line(LOG_WARNING, "control connection refused",
                 log_number("uid", known ? peer.uid : UINT32_MAX),
                 log_text("why", ours ? slice_of("too many") : slice_of("another user")));
        close(fd);
        return;
    }
    if (++control->generation == 0) control->generation = 1;
    *caller = (struct caller){
        .fd = fd, .file = -1, .generation = control->generation, .control = control};
}

static const char *address_make(int folder_fd, struct sockaddr_un *address) {
    *address = (struct sockaddr_un){.sun_family = AF_UNIX};
    /* the folder's own name may be a link by now, or longer than an address may be */
    snprintf(address->sun_path, sizeof address->sun_path, "/proc/self/fd/%d/control", folder_fd);
    return address->sun_path;
}

static const char *socket_open(struct control *control) {
    struct sockaddr_un address;
    struct stat entry;
    address_make(control->folder_fd, &address);
    if (fstatat(control->folder_fd, "control", &entry, AT_SYMLINK_NOFOLLOW) == 0) {
        if (!S_ISSOCK(entry.st_mode)) return "there is a file `control` in the data folder";
        if (unlinkat(control->folder_fd, "control", 0) != 0) return "the old one cannot be removed";
    }
    control->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (control->fd < 0) return "no descriptor for it";
    mode_t mask = umask(0177);
    int bound = bind(control->fd, (struct sockaddr *)&address, sizeof address);
    umask(mask);
    if (bound != 0) return "it cannot be made in the data folder";
    return listen(control->fd, CONTROLS_MAX) == 0 ? NULL : "nobody could connect to it";
}

struct control *control_open(struct mailbox *mailbox, struct store_options store,
                             struct hub_limits limits, const char **failed) {
    struct control *control = calloc(1, sizeof *control);
    need_memory(control);
    *control = (struct control){.fd = -1,
                                .folder_fd = -1,
                                .mailbox = mailbox,
                                .post = &mailbox->posts[mailbox->workers],
                                .store = store,
                                .limits = limits};
    for (uint32_t i = 0; i < CONTROLS_MAX; i++)
        control->callers[i] = (struct caller){.fd = -1, .file = -1};
    if (store.in_memory) return control; /* no folder: nobody calls */
    control->folder_fd = open(store.folder, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    *failed = control->folder_fd < 0 ? "the data folder cannot be opened" : socket_open(control);
    if (!*failed) return control;
    control_close(control);
    return NULL;
}

void control_close(struct control *control) {
    for (uint32_t i = 0; i < CONTROLS_MAX; i++)
        caller_free(&control->callers[i]);
    if (control->fd >= 0) {
        unlinkat(control->folder_fd, "control", 0);
        close(control->fd);
    }
    if (control->folder_fd >= 0) close(control->folder_fd);
    free(control);
}

void control_set_limits(struct control *control, struct hub_limits limits) {
    control->limits = limits;
}

/* ---- the main thread's turn ---- */

int control_doze(struct control *control, struct pollfd fds[CONTROL_FDS]) {
    int wait_ms = -1;
    fds[0] = (struct pollfd){.fd = control->post->bell.fd, .events = POLLIN};
    fds[1] = (struct pollfd){.fd = control->fd, .events = POLLIN};
    for (uint32_t i = 0; i < CONTROLS_MAX; i++) {
        const struct caller *caller = &control->callers[i];
        short out = caller->out_size > 0 ? POLLOUT : 0;
        fds[2 + i] = (struct pollfd){.fd = caller->fd, .events = (short)(POLLIN | out)};
        if (caller_works(caller))
            wait_ms = caller->errand.blocked && wait_ms != 0 ? BLOCKED_WAIT_MS : 0;
    }
    bell_doze(&control->post->bell);
    return ring_empty(&control->post->events) ? wait_ms : 0;
}

static void take_events(struct control *control) {
    uint32_t tag;
    for (struct delivery *delivery; (delivery = ring_take(&control->post->events, &tag)) != NULL;) {
        struct caller *caller = &control->callers[delivery->to.slot];
        check(delivery->to.slot < CONTROLS_MAX);
        const struct event *event = &delivery->event;
        if (event->cursor > 0 || (event->flags & EVENT_LAST)) caller->asked = false;
        if (!caller->begun || caller->generation != delivery->to.generation) continue;
        errand_event(&caller->errand, event);
    }
    ring_release(&control->post->events);
}

void control_turn(struct control *control, const struct pollfd fds[CONTROL_FDS]) {
    bell_wake(&control->post->bell);
    take_events(control);
    for (uint32_t i = 0; i < CONTROLS_MAX; i++) {
        struct caller *caller = &control->callers[i];
        if (caller->fd >= 0)
            caller_turn(caller, caller->fd == fds[2 + i].fd ? fds[2 + i].revents : 0);
        else if (caller->begun)
            orphan_turn(caller);
    }
    if (fds[1].revents != 0) accept_one(control);
}
