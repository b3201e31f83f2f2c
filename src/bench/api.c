/* api.c: `bench api`. So many connections post one message after the other, each when the last was
 * answered; so many WebSockets listen in the same room and must be told of each of them. */
#include "bench/api.h"

#include "base/check.h"
#include "bench/child.h"
#include "bench/crowd.h"
#include "bench/figures.h"
#include "bench/flags.h"
#include "bench/halt.h"
#include "bench/tick.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

enum { BYTES_MAX = 1 << 18, KEPT_MAX = 32, TOKEN_DIGITS = 32, LIMIT_S = 60, INDEX_FIRST = 3000 };

struct api_plan {
    const char *program;
    uint32_t listeners, posters, seconds;
    bool json;
};

/* One connection: what its last bytes were, since a mark may be cut in two. */
struct line_end {
    int fd;
    uint64_t marks; /* that were read */
    uint32_t kept;
    char bytes[KEPT_MAX];
};

struct run {
    const struct api_plan *plan;
    struct line_end *ends; /* the listeners, then the posters */
    struct pollfd *polls;
    uint32_t count;
    char token[TOKEN_DIGITS + 1];
    char *bytes;
    uint64_t posted, heard;
};

static void send_all(int fd, const char *bytes, size_t size) {
    while (size > 0) {
        ssize_t n = send(fd, bytes, size, MSG_NOSIGNAL);
        if (n < 0 && errno != EAGAIN && errno != ENOTCONN && errno != EINPROGRESS)
            halt(HALT_FAILED, "send: %s", strerror(errno));
        if (n < 0) poll(&(struct pollfd){.fd = fd, .events = POLLOUT}, 1, 1000);
        if (n > 0) bytes += n;
        if (n > 0) size -= (size_t)n;
    }
}

/* How often the mark stands in what the connection has to read; none is counted twice. */
static uint64_t read_marks(struct run *run, struct line_end *end, struct slice mark) {
    uint64_t found = 0;
    check(mark.size <= KEPT_MAX);
    memcpy(run->bytes, end->bytes, end->kept);
    ssize_t n = recv(end->fd, run->bytes + end->kept, BYTES_MAX, MSG_DONTWAIT);
    if (n == 0) halt(HALT_FAILED, "a connection was closed");
    if (n < 0 && errno != EAGAIN) halt(HALT_FAILED, "recv: %s", strerror(errno));
    if (n < 0) return 0;
    struct slice rest = {run->bytes, end->kept + (size_t)n};
    for (const char *at; (at = memmem(rest.at, rest.size, mark.at, mark.size)) != NULL; found++)
        rest = slice_from(rest, (size_t)(at - rest.at) + mark.size);
    if (rest.size >= mark.size) rest = slice_from(rest, rest.size - mark.size + 1);
    memcpy(end->bytes, rest.at, rest.size);
    end->kept = (uint32_t)rest.size;
    end->marks += found;
    return found;
}

static void wait_mark(struct run *run, struct line_end *end, struct slice mark) {
    uint64_t end_ns = tick_ns() + LIMIT_S * TICK_S, before = end->marks;
    while (end->marks == before) {
        poll(&(struct pollfd){.fd = end->fd, .events = POLLIN}, 1, 100);
        read_marks(run, end, mark);
        if (tick_ns() > end_ns) halt(HALT_FAILED, "no %.*s came", (int)mark.size, mark.at);
    }
}

static void listen_in(struct run *run, uint32_t i, uint16_t port) {
    char hello[512], body[64];
    int size = snprintf(body, sizeof body, "{\"type\":\"hello\",\"name\":\"l%04u\"}", i);
    int all = snprintf(hello, sizeof hello,
                       "GET /ws HTTP/1.1\r\nHost: 127.0.0.1:%u\r\nUpgrade: websocket\r\n"
                       "Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
                       "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n\x81%c%c%c%c%c%s",
                       (unsigned)port, 0x80 | size, 'a', 'a', 'a', 'a', "");
    for (int b = 0; b < size; b++)
        hello[all + b] = (char)(body[b] ^ 'a'); /* masked (RFC 6455 section 5.3) */
    send_all(run->ends[i].fd, hello, (size_t)all + (size_t)size);
    wait_mark(run, &run->ends[i], slice_of("\"caught_up\""));
}

static void post(struct run *run, struct line_end *end, uint16_t port) {
    char request[512];
    int size = snprintf(request, sizeof request,
                        "POST /api/v1/rooms/lobby/messages HTTP/1.1\r\nHost: 127.0.0.1:%u\r\n"
                        "Authorization: Bearer %s\r\nContent-Type: text/plain\r\n"
                        "Content-Length: 16\r\n\r\n%016llu",
                        (unsigned)port, run->token, (unsigned long long)run->posted++);
    send_all(end->fd, request, (size_t)size);
}

static void ask_exec(const struct api_plan *plan, const struct scratch *scratch, char **words,
                     int in, int out) {
    const char *program = plan->program ? plan->program : "/proc/self/exe";
    bool ready = dup2(in, STDIN_FILENO) >= 0 && dup2(out, STDOUT_FILENO) >= 0;
    if (ready && chdir(scratch->path) == 0) execv(program, words);
    _exit(127);
}

/* What is printed by a subcommand of the server's own program, in its folder; it is given a line.
 */
static void ask(const struct api_plan *plan, const struct scratch *scratch, char **words, char *out,
                size_t cap) {
    int in[2], from[2], status = 0;
    check(pipe2(in, O_CLOEXEC) == 0 && pipe2(from, O_CLOEXEC) == 0);
    pid_t pid = fork();
    if (pid < 0) halt(HALT_FAILED, "fork: %s", strerror(errno));
    if (pid == 0) ask_exec(plan, scratch, words, in[0], from[1]);
    close(in[0]);
    close(from[1]);
    ssize_t n = write(in[1], "api-secret\n", 11);
    close(in[1]);
    size_t size = 0;
    while ((n = read(from[0], out + size, cap - 1 - size)) > 0)
        size += (size_t)n;
    out[size] = 0;
    close(from[0]);
    if (waitpid(pid, &status, 0) != pid || status != 0)
        halt(HALT_FAILED, "parlance %s failed", words[1]);
}

static void prepare(struct run *run, const struct scratch *scratch) {
    static char *user[] = {"parlance",         "user",     "add",        "poster",
                           "--password-stdin", "--config", "bench.conf", NULL};
    static char *token[] = {"parlance", "token",    "add",        "poster", "bench",
                            "write",    "--config", "bench.conf", NULL};
    char out[256];
    ask(run->plan, scratch, user, out, sizeof out);
    ask(run->plan, scratch, token, out, sizeof out);
    if (strlen(out) < TOKEN_DIGITS) halt(HALT_FAILED, "no token: %s", out);
    memcpy(run->token, out, TOKEN_DIGITS);
}

/* Post until `end_ns`, or, once that has passed, until all is answered and heard. */
static void run_until(struct run *run, uint16_t port, uint64_t end_ns) {
    static const struct slice said = {"\"type\":\"message\"", 16}, answered = {"\r\n0\r\n\r\n", 7};
    const struct api_plan *plan = run->plan;
    uint64_t answers = 0, limit_ns = end_ns + LIMIT_S * TICK_S;
    for (uint32_t i = plan->listeners; i < run->count; i++)
        post(run, &run->ends[i], port);
    while (answers < run->posted || run->heard < run->posted * plan->listeners) {
        poll(run->polls, run->count, 100);
        for (uint32_t i = 0; i < run->count; i++) {
            bool listens = i < plan->listeners;
            if (run->polls[i].revents == 0) continue;
            uint64_t found = read_marks(run, &run->ends[i], listens ? said : answered);
            if (listens)
                run->heard += found;
            else if (found > 0 && ++answers > 0 && tick_ns() < end_ns)
                post(run, &run->ends[i], port);
        }
        if (tick_ns() > limit_ns)
            halt(HALT_FAILED, "%llu posted, %llu answered, %llu heard by %u",
                 (unsigned long long)run->posted, (unsigned long long)answers,
                 (unsigned long long)run->heard, plan->listeners);
    }
}

static double measure(const struct api_plan *plan, uint64_t *posted) {
    struct scratch scratch;
    struct child child;
    struct run run = {.plan = plan, .count = plan->listeners + plan->posters};
    const struct child_plan child_plan = {.program = plan->program,
                                          .durability = "full",
                                          .watch = true,
                                          .watch_dialect = "web",
                                          .cheap_passwords = true};
    run.ends = calloc(run.count, sizeof *run.ends);
    run.polls = calloc(run.count, sizeof *run.polls);
    run.bytes = malloc(BYTES_MAX + KEPT_MAX);
    check(run.ends && run.polls && run.bytes);
    scratch_open(&scratch);
    child_start(&child, &child_plan, &scratch);
    prepare(&run, &scratch);
    for (uint32_t i = 0; i < run.count; i++) {
        run.ends[i].fd = crowd_socket(child.watch_port, INDEX_FIRST + i);
        run.polls[i] = (struct pollfd){.fd = run.ends[i].fd, .events = POLLIN};
        if (i < plan->listeners) listen_in(&run, i, child.watch_port);
    }
    uint64_t begin_ns = tick_ns();
    run_until(&run, child.watch_port, begin_ns + plan->seconds * TICK_S);
    double seconds = (double)(tick_ns() - begin_ns) / 1e9;
    child_stop(&child);
    scratch_close(&scratch);
    for (uint32_t i = 0; i < run.count; i++)
        close(run.ends[i].fd);
    free(run.ends);
    free(run.polls);
    free(run.bytes);
    *posted = run.posted;
    return (double)run.posted / seconds;
}

int api_main(int argc, char **argv) {
    struct api_plan plan = {.listeners = 100, .posters = 32, .seconds = 5};
    const struct flag flags[] = {
        {"--listeners", "WebSockets in the room", .number = &plan.listeners, .min = 0,
         .max = 10000},
        {"--posters", "connections that post", .number = &plan.posters, .min = 1, .max = 60},
        {"--seconds", "measured time", .number = &plan.seconds, .min = 1, .max = 600},
        {"--server", "another server's executable", .word = &plan.program},
        {"--json", "print JSON", .yes = &plan.json},
    };
    const struct flag_table table = {
        "api",
        "Messages posted over HTTP, each answered when it is on the disk, while others listen.",
        flags, sizeof flags / sizeof *flags};
    uint64_t posted;
    flags_read(&table, argc, argv);
    child_leave_core();
    double per_s = measure(&plan, &posted);
    struct figures figures = {.title = "api"};
    figures_put(&figures, "listeners", plan.listeners, 0);
    figures_put(&figures, "posters", plan.posters, 0);
    figures_put(&figures, "posted", (double)posted, 0);
    figures_put(&figures, "posts_per_s", per_s, 0);
    figures_print(&figures, plan.json);
    return 0;
}
