/* api.c: `bench api`. So many connections post one message after the other, each when its last was
 * answered, all together at a pace or as fast as they are answered; so many WebSockets listen in
 * the same room and must be told of each of them, in order. */
#include "bench/api.h"

#include "base/check.h"
#include "bench/audience.h"
#include "bench/child.h"
#include "bench/crowd.h"
#include "bench/figures.h"
#include "bench/flags.h"
#include "bench/halt.h"
#include "bench/meter.h"
#include "bench/quantile.h"
#include "bench/tick.h"
#include "bench/web.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

/* A person is connected 64 times at most. */
enum { POSTERS_PER_ACCOUNT = 50, POSTERS_MAX = 1000 };

enum {
    ACCOUNTS_MAX = POSTERS_MAX / POSTERS_PER_ACCOUNT,
    TOKEN_DIGITS = 32,
    ANSWER_MAX = 4096,
    STALL_S = 60
};

struct api_plan {
    const char *program;
    uint32_t listeners, posters, pace, seconds; /* pace: posts a second; 0: as fast as answered */
    bool json;
};

struct poster {
    int fd;
    uint64_t asked_ns; /* 0: it has been answered */
    size_t size;
    char answer[ANSWER_MAX]; /* as far as it has come */
};

struct posting {
    const struct api_plan *plan;
    struct audience audience;
    struct poster posters[POSTERS_MAX];
    uint16_t port;
    char tokens[ACCOUNTS_MAX][TOKEN_DIGITS + 1];
    uint64_t posted, answered, heard;
    struct quantile delay; /* from before a request is sent until all of its answer is read */
};

struct api_result {
    uint64_t posted;
    double seconds; /* until the last was heard by all */
    double server_cpu_s;
    double delay_p50_ms, delay_p99_ms;
};

/* ---- the account that posts ---- */

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
    if (n != 11) halt(HALT_FAILED, "it takes no password: %s", strerror(errno));
    close(in[1]);
    size_t size = 0;
    while ((n = read(from[0], out + size, cap - 1 - size)) > 0)
        size += (size_t)n;
    out[size] = 0;
    close(from[0]);
    if (waitpid(pid, &status, 0) != pid || status != 0)
        halt(HALT_FAILED, "parlance %s failed", words[1]);
}

static void add_account(struct posting *posting, const struct scratch *scratch, uint32_t number) {
    char name[16], out[256];
    char *user[] = {"parlance",         "user",     "add",        name,
                    "--password-stdin", "--config", "bench.conf", NULL};
    char *token[] = {"parlance", "token",    "add",        name, "bench",
                     "write",    "--config", "bench.conf", NULL};
    snprintf(name, sizeof name, "poster%u", number);
    ask(posting->plan, scratch, user, out, sizeof out);
    ask(posting->plan, scratch, token, out, sizeof out);
    if (strlen(out) < TOKEN_DIGITS) halt(HALT_FAILED, "no token: %s", out);
    memcpy(posting->tokens[number], out, TOKEN_DIGITS);
}

/* ---- listening ---- */

/* `"seq":42,`: the room had nothing before the first. */
static void heard(void *context, struct receiver *receiver, uint64_t more, struct slice last) {
    static const struct slice mark = {"\"seq\":", 6};
    struct posting *posting = context;
    const char *at = memmem(last.at, last.size, mark.at, mark.size);
    struct slice rest = at ? slice_from(last, (size_t)(at - last.at) + mark.size) : slice_of("");
    uint64_t seq = 0;
    size_t digits = 0;
    while (digits < rest.size && rest.at[digits] >= '0' && rest.at[digits] <= '9')
        digits++;
    posting->heard += more;
    if (!slice_number(slice_head(rest, digits), UINT64_MAX, &seq) || seq != receiver->told)
        halt(HALT_FAILED, "message %llu of a listener is '%.*s'",
             (unsigned long long)receiver->told, (int)last.size, last.at);
}

/* ---- posting ---- */

static void post(struct posting *posting, uint32_t number) {
    struct poster *poster = &posting->posters[number];
    char request[512];
    int size = snprintf(request, sizeof request,
                        "POST /api/v1/rooms/lobby/messages HTTP/1.1\r\nHost: 127.0.0.1:%u\r\n"
                        "Authorization: Bearer %s\r\nContent-Type: text/plain\r\n"
                        "Content-Length: 16\r\n\r\n%016llu",
                        (unsigned)posting->port, posting->tokens[number / POSTERS_PER_ACCOUNT],
                        (unsigned long long)posting->posted++);
    poster->asked_ns = tick_ns();
    poster->size = 0;
    audience_send(poster->fd, request, (size_t)size);
}

static void read_answer(void *context, uint32_t number) {
    static const struct slice good = {"HTTP/1.1 20", 11}, end = {"\r\n0\r\n\r\n", 7};
    struct posting *posting = context;
    struct poster *poster = &posting->posters[number];
    ssize_t n = recv(poster->fd, poster->answer + poster->size, ANSWER_MAX - poster->size, 0);
    if (n < 0 && (errno == EAGAIN || errno == EINTR)) return;
    if (n <= 0)
        halt(HALT_FAILED, "poster %u was cut: %s %.*s", number, n < 0 ? strerror(errno) : "",
             (int)poster->size, poster->answer);
    poster->size += (size_t)n;
    struct slice answer = {poster->answer, poster->size};
    if (answer.size < end.size || !slice_equal(slice_from(answer, answer.size - end.size), end))
        return;
    if (poster->asked_ns == 0 || !slice_starts(answer, good))
        halt(HALT_FAILED, "a message was answered: %.*s", (int)answer.size, answer.at);
    quantile_add(&posting->delay, tick_ns() - poster->asked_ns, 1);
    poster->asked_ns = 0;
    posting->answered++;
}

static void connect_posters(struct posting *posting) {
    struct audience *audience = &posting->audience;
    for (uint32_t i = 0; i < posting->plan->posters; i++) {
        struct epoll_event event = {.events = EPOLLIN, .data.u32 = audience->count + i};
        posting->posters[i].fd = crowd_socket(posting->port, i);
        check(epoll_ctl(audience->epoll, EPOLL_CTL_ADD, posting->posters[i].fd, &event) == 0);
    }
}

/* Whoever is free posts what is due by now. */
static void post_due(struct posting *posting, uint64_t begin_ns) {
    const struct api_plan *plan = posting->plan;
    uint64_t due = UINT64_MAX;
    if (plan->pace > 0) due = 1 + (tick_ns() - begin_ns) * plan->pace / TICK_S;
    for (uint32_t i = 0; i < plan->posters && posting->posted < due; i++)
        if (posting->posters[i].asked_ns == 0) post(posting, i);
}

static void run_posting(struct posting *posting) {
    const struct api_plan *plan = posting->plan;
    uint64_t begin_ns = tick_ns(), end_ns = begin_ns + plan->seconds * TICK_S;
    uint64_t limit_ns = end_ns + STALL_S * TICK_S;
    while (tick_ns() < end_ns) {
        post_due(posting, begin_ns);
        audience_hear(&posting->audience, 1);
    }
    while (posting->answered < posting->posted ||
           posting->heard < posting->posted * plan->listeners) {
        audience_hear(&posting->audience, 10);
        if (tick_ns() > limit_ns)
            halt(HALT_FAILED, "%llu posted, %llu answered, %llu heard by %u",
                 (unsigned long long)posting->posted, (unsigned long long)posting->answered,
                 (unsigned long long)posting->heard, plan->listeners);
    }
}

static void measure(const struct api_plan *plan, struct api_result *result) {
    struct scratch scratch;
    struct child child;
    struct posting *posting = calloc(1, sizeof *posting);
    const struct child_plan child_plan = {.program = plan->program,
                                          .durability = "full",
                                          .watch = true,
                                          .watch_dialect = "web",
                                          .cheap_passwords = true};
    check(posting);
    posting->plan = plan;
    scratch_open(&scratch);
    child_start(&child, &child_plan, &scratch);
    posting->port = child.watch_port;
    for (uint32_t i = 0; i * POSTERS_PER_ACCOUNT < plan->posters; i++)
        add_account(posting, &scratch, i);
    audience_enter(&posting->audience, &bench_web, plan->listeners, 1, posting->port);
    posting->audience.heard = heard;
    posting->audience.aside = read_answer;
    posting->audience.context = posting;
    connect_posters(posting);
    uint64_t begin_ns = tick_ns(), cpu_ns = meter_cpu_ns(child.pid);
    run_posting(posting);
    *result = (struct api_result){.posted = posting->posted,
                                  .seconds = (double)(tick_ns() - begin_ns) / 1e9,
                                  .server_cpu_s = (double)(meter_cpu_ns(child.pid) - cpu_ns) / 1e9,
                                  .delay_p50_ms = quantile_us(&posting->delay, 0.5) / 1e3,
                                  .delay_p99_ms = quantile_us(&posting->delay, 0.99) / 1e3};
    child_stop(&child);
    scratch_close(&scratch);
    for (uint32_t i = 0; i < plan->posters; i++)
        close(posting->posters[i].fd);
    audience_leave(&posting->audience);
    free(posting);
}

int api_main(int argc, char **argv) {
    struct api_plan plan = {.listeners = 100, .posters = 32, .seconds = 5};
    const struct flag flags[] = {
        {"--listeners", "WebSockets in the room", .number = &plan.listeners, .min = 0,
         .max = 10000},
        {"--posters", "connections that post", .number = &plan.posters, .min = 1,
         .max = POSTERS_MAX},
        {"--pace", "posts a second, 0: as fast as answered", .number = &plan.pace, .min = 0,
         .max = 100000},
        {"--seconds", "measured time", .number = &plan.seconds, .min = 1, .max = 600},
        {"--server", "another server's executable", .word = &plan.program},
        {"--json", "print JSON", .yes = &plan.json},
    };
    const struct flag_table table = {
        "api",
        "Messages posted over HTTP, each answered when it is on the disk, while others listen.",
        flags, sizeof flags / sizeof *flags};
    struct api_result result;
    flags_read(&table, argc, argv);
    child_leave_core();
    measure(&plan, &result);
    struct figures figures = {.title = "api"};
    double posted = (double)result.posted;
    figures_put(&figures, "listeners", plan.listeners, 0);
    figures_put(&figures, "posters", plan.posters, 0);
    figures_put(&figures, "posted", posted, 0);
    figures_put(&figures, "posts_per_s", posted / result.seconds, 0);
    figures_put(&figures, "deliveries_per_s", posted * plan.listeners / result.seconds, 0);
    figures_put(&figures, "server_cpu_share", result.server_cpu_s / result.seconds, 2);
    figures_put(&figures, "delay_p50_ms", result.delay_p50_ms, 2);
    figures_put(&figures, "delay_p99_ms", result.delay_p99_ms, 2);
    figures_print(&figures, plan.json);
    return 0;
}
