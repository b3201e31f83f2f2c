/* desk.c: the asking end of the control socket. A server that is starting or stopping holds the
 * folder without answering: it is given a moment. */
#include "server/desk.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/check.h"
#include "base/need.h"
#include "server/standalone.h"

enum {
    EXIT_REFUSED = 1,
    EXIT_NO_DATA = 73,
    EXIT_DISK_FAILED = 74,
    TRIES = 30,
    TRY_WAIT_US = 100000,
    READ_SIZE = 65536,
};

struct desk {
    FILE *out;
    bool broken; /* `out` takes no more */
};

static void say(void *context, enum answer_kind kind, struct slice bytes) {
    struct desk *desk = context;
    if (kind == ANSWER_ERROR) {
        fprintf(stderr, "parlance: %.*s\n", (int)bytes.size, bytes.at);
    } else if (fwrite(bytes.at, 1, bytes.size, desk->out) != bytes.size) {
        desk->broken = true;
    }
}

/* A descriptor, or a negative errno: -ENOENT no folder or nobody there. */
static int call(const char *folder) {
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int folder_fd = open(folder, O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (folder_fd < 0) return -errno;
    snprintf(address.sun_path, sizeof address.sun_path, "/proc/self/fd/%d/control", folder_fd);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    int result = fd < 0 ? -errno : 0;
    if (fd >= 0 && connect(fd, (struct sockaddr *)&address, sizeof address) != 0) {
        result = errno == ECONNREFUSED ? -ENOENT : -errno;
        close(fd);
    }
    close(folder_fd);
    return result < 0 ? result : fd;
}

static bool send_request(int fd, struct slice request, int file) {
    char control[CMSG_SPACE(sizeof file)];
    struct iovec bytes = {(void *)request.at, request.size};
    struct msghdr message = {.msg_iov = &bytes, .msg_iovlen = 1};
    if (file >= 0) {
        memset(control, 0, sizeof control);
        message.msg_control = control;
        message.msg_controllen = sizeof control;
        struct cmsghdr *head = CMSG_FIRSTHDR(&message);
        head->cmsg_level = SOL_SOCKET;
        head->cmsg_type = SCM_RIGHTS;
        head->cmsg_len = CMSG_LEN(sizeof file);
        memcpy(CMSG_DATA(head), &file, sizeof file);
    }
    ssize_t n = sendmsg(fd, &message, MSG_NOSIGNAL);
    return n == (ssize_t)request.size; /* far below what a socket takes at once */
}

/* Take whole pieces off *bytes. 0: more must come; 1: the end, with its code in *code. */
static int take_pieces(struct desk *desk, struct slice *bytes, int *code) {
    for (;;) {
        struct answer answer;
        size_t size = 0;
        enum request_found found = answer_read(*bytes, &answer, &size);
        if (found == REQUEST_PART) return 0;
        if (found == REQUEST_WRONG) return -1;
        if (answer.kind == ANSWER_END) {
            *code = (int)answer.number;
            return 1;
        }
        if (bytes->size - size < answer.number) return 0;
        *bytes = slice_from(*bytes, size);
        say(desk, answer.kind, slice_head(*bytes, answer.number));
        *bytes = slice_from(*bytes, answer.number);
    }
}

static int read_answer(struct desk *desk, int fd) {
    size_t cap = ANSWER_PIECE_MAX + READ_SIZE, size = 0;
    char *memory = malloc(cap);
    int code = EXIT_REFUSED, ended = 0;
    need_memory(memory);
    while (ended == 0) {
        ssize_t n = recv(fd, memory + size, cap - size, 0);
        if (n < 0 && errno == EINTR) continue;
        if (n <= 0) break;
        struct slice rest = {memory, size + (size_t)n};
        ended = take_pieces(desk, &rest, &code);
        memmove(memory, rest.at, rest.size);
        size = rest.size;
    }
    free(memory);
    if (ended == 1) return code;
    fprintf(stderr, "parlance: the server ended before its answer\n");
    return EXIT_REFUSED;
}

static int fail_folder(const struct config *config, int result) {
    fprintf(stderr, "parlance: cannot use data folder %s: %s\n", config->server.data.at,
            strerror(-result));
    return EXIT_NO_DATA;
}

static bool has_data(const struct config *config) {
    char path[4200];
    struct stat entry;
    snprintf(path, sizeof path, "%s/parlance.db", config->server.data.at);
    return stat(path, &entry) == 0;
}

static int ask(struct desk *desk, const struct config *config, struct slice request, int file,
               bool makes) {
    for (int try = 0; try < TRIES; try++) {
        int fd = call(config->server.data.at);
        if (fd >= 0) {
            int code = send_request(fd, request, file) ? read_answer(desk, fd)
                                                       : fail_folder(config, -errno);
            close(fd);
            return code;
        }
        if (fd != -ENOENT) return fail_folder(config, fd);
        if (!makes && !has_data(config)) {
            fprintf(stderr, "parlance: there is no data in %s\n", config->server.data.at);
            return EXIT_NO_DATA;
        }
        bool running = false;
        int own = file >= 0 ? dup(file) : -1;
        int code = standalone_run(config, request, own, &running, say, desk);
        if (!running) return code;
        if (own >= 0) close(own);
        usleep(TRY_WAIT_US);
    }
    fprintf(stderr, "parlance: a server holds data folder %s and does not answer\n",
            config->server.data.at);
    return EXIT_NO_DATA;
}

int desk_ask(const struct config *config, const struct slice *words, uint32_t count, int fd,
             bool makes, FILE *out) {
    char memory[REQUEST_SIZE_MAX];
    struct slice all[REQUEST_WORDS_MAX] = {REQUEST_VERSION};
    struct desk desk = {.out = out};
    struct buf request;
    check(count + 1 <= REQUEST_WORDS_MAX);
    for (uint32_t i = 0; i < count; i++)
        all[i + 1] = words[i];
    buf_init(&request, memory, sizeof memory);
    request_write(&request, all, count + 1);
    if (!buf_ok(&request)) {
        fprintf(stderr, "parlance: that is too long\n");
        return EXIT_REFUSED;
    }
    if (config->history.store == CONFIG_STORE_MEMORY) {
        fprintf(stderr, "parlance: history.store is memory: there is nothing on the disk\n");
        return EXIT_REFUSED;
    }
    int code = ask(&desk, config, buf_slice(&request), fd, makes);
    explicit_bzero(memory, sizeof memory);
    if (fflush(out) != 0) desk.broken = true;
    if (!desk.broken) return code;
    fprintf(stderr, "parlance: cannot write the output: %s\n", strerror(errno));
    return EXIT_DISK_FAILED;
}
