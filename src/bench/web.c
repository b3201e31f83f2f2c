/* web.c: `bench web`. One member of the lobby speaks from the line port with so many messages under
 * way; all others listen by WebSocket and JSON. A message carries its number, and each time that a
 * receiver has read to the end of a frame, the number there must be the count of her frames: one
 * lost, doubled or out of order ends the run. */
#include "bench/web.h"

#include "base/check.h"
#include "bench/crowd.h"
#include "bench/figures.h"
#include "bench/flags.h"
#include "bench/halt.h"
#include "bench/meter.h"
#include "bench/quantile.h"
#include "bench/tick.h"
#include "bench/trial.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    ROUNDS_MAX = 99,
    EVENTS_MAX = 1024,
    BYTES_MAX = 1 << 20,
    KEPT_MAX = 1024, /* bytes of a frame */
    NUMBER_DIGITS = 10,
    LIMIT_S = 120,
    STALL_S = 10,
    INDEX_FIRST = 4000, /* of the sockets: another address than the sender's */
};

struct receiver {
    int fd;
    bool joined;
    uint64_t lines; /* frames of what was said */
    uint32_t kept_size;
    char kept[KEPT_MAX]; /* of the frame that has not ended */
};

struct fan {
    const struct web_plan *plan;
    struct receiver *receivers;
    int epoll, sender;
    uint64_t sent, deliveries;
    uint64_t slowest; /* lines that all receivers have */
    uint32_t *here;   /* receivers that have `slowest` + i lines; a ring */
    uint32_t joined;
    char *bytes;
};

struct web_plan web_defaults(void) {
    return (struct web_plan){
        .receivers = 10000, .window = 128, .seconds = 5, .size = 64, .rounds = 3};
}

/* ---- receiving ---- */

static uint32_t *here_at(struct fan *fan, uint64_t lines) {
    return &fan->here[lines % (fan->plan->window + 1)];
}

static void note_lines(struct fan *fan, struct receiver *receiver, uint64_t more) {
    check(receiver->lines + more <= fan->sent);
    --*here_at(fan, receiver->lines);
    receiver->lines += more;
    ++*here_at(fan, receiver->lines);
    fan->deliveries += more;
    while (fan->slowest < fan->sent && *here_at(fan, fan->slowest) == 0)
        fan->slowest++;
}

/* `..."text":"0000000042 xxxx"}`: its number is how many came before it. */
static void check_number(const struct receiver *receiver, struct slice frame) {
    static const struct slice key = {"\"kind\":\"say\",\"text\":\"", 21};
    const char *at = memmem(frame.at, frame.size, key.at, key.size);
    uint64_t number = 0;
    struct slice text = {0};
    if (at) text = slice_from(frame, (size_t)(at - frame.at) + key.size);
    if (!slice_number(slice_head(text, NUMBER_DIGITS), UINT64_MAX, &number) ||
        number + 1 != receiver->lines)
        halt(HALT_FAILED, "frame %llu of a receiver is '%.*s'", (unsigned long long)receiver->lines,
             (int)frame.size, frame.at);
}

/* The bytes of the frame that the bytes begin with; 0: its head is not whole yet. */
static size_t frame_size(struct slice bytes) {
    const unsigned char *at = (const unsigned char *)bytes.at;
    if (bytes.size < 2) return 0;
    if (at[0] != 0x81) halt(HALT_FAILED, "a frame begins with %02x", at[0]);
    if (at[1] < 126) return 2u + at[1];
    if (bytes.size < 4) return 0;
    size_t size = 4 + ((size_t)at[2] << 8 | at[3]);
    if (at[1] != 126 || size > KEPT_MAX) halt(HALT_FAILED, "a frame of %zu bytes", size);
    return size;
}

/* What there is of the frame that was begun. True: it is whole now, in receiver->kept. */
static bool frame_end(struct receiver *receiver, struct slice *bytes) {
    while (bytes->size > 0) {
        size_t size = frame_size((struct slice){receiver->kept, receiver->kept_size});
        size_t wanted = size == 0 ? 1 : size - receiver->kept_size;
        struct slice some = slice_head(*bytes, wanted);
        memcpy(receiver->kept + receiver->kept_size, some.at, some.size);
        receiver->kept_size += (uint32_t)some.size;
        *bytes = slice_from(*bytes, some.size);
        if (size > 0 && receiver->kept_size == size) return true;
    }
    return false;
}

static void read_said(struct fan *fan, struct receiver *receiver, struct slice bytes) {
    uint64_t frames = 0;
    struct slice last = {0};
    char kept[KEPT_MAX];
    if (receiver->kept_size > 0) {
        if (!frame_end(receiver, &bytes)) return;
        memcpy(kept, receiver->kept, receiver->kept_size);
        last = (struct slice){kept, receiver->kept_size};
        receiver->kept_size = 0;
        frames = 1;
    }
    for (size_t size; (size = frame_size(bytes)) > 0 && size <= bytes.size; frames++) {
        last = slice_head(bytes, size);
        bytes = slice_from(bytes, size);
    }
    memcpy(receiver->kept, bytes.at, bytes.size);
    receiver->kept_size = (uint32_t)bytes.size;
    if (frames == 0) return;
    note_lines(fan, receiver, frames);
    check_number(receiver, last);
}

/* Until the mark that her last command brings about; others' joins go by. */
static void read_joining(struct fan *fan, struct receiver *receiver, struct slice bytes) {
    static const struct slice mark = {"\"pong\"", 6};
    if (receiver->joined) return;
    size_t kept = receiver->kept_size;
    char seam[2 * 16];
    size_t head = bytes.size < 16 ? bytes.size : 16;
    memcpy(seam, receiver->kept, kept);
    memcpy(seam + kept, bytes.at, head);
    receiver->joined = memmem(bytes.at, bytes.size, mark.at, mark.size) != NULL ||
                       memmem(seam, kept + head, mark.at, mark.size) != NULL;
    receiver->kept_size = (uint32_t)(bytes.size < 16 ? bytes.size : 16);
    memcpy(receiver->kept, bytes.at + bytes.size - receiver->kept_size, receiver->kept_size);
    if (receiver->joined) fan->joined++;
}

/* Returns how many sockets had something. */
static int turn(struct fan *fan, int wait_ms,
                void (*read)(struct fan *fan, struct receiver *receiver, struct slice bytes)) {
    struct epoll_event events[EVENTS_MAX];
    halt_if_told();
    int count = epoll_wait(fan->epoll, events, EVENTS_MAX, wait_ms);
    for (int i = 0; i < count; i++) {
        struct receiver *receiver = &fan->receivers[events[i].data.u32];
        ssize_t size = recv(receiver->fd, fan->bytes, BYTES_MAX, 0);
        if (size < 0 && (errno == EAGAIN || errno == EINTR)) continue;
        if (size <= 0) halt(HALT_FAILED, "receiver %u was cut", events[i].data.u32);
        read(fan, receiver, (struct slice){fan->bytes, (size_t)size});
    }
    return count < 0 ? 0 : count;
}

/* ---- joining ---- */

static void send_all(int fd, const char *text, size_t size) {
    struct pollfd wait = {.fd = fd, .events = POLLOUT};
    while (size > 0) {
        if (poll(&wait, 1, 10000) != 1) halt(HALT_FAILED, "a connection takes nothing");
        ssize_t sent = send(fd, text, size, MSG_NOSIGNAL);
        if (sent < 0 && errno != EAGAIN) halt(HALT_FAILED, "send: %s", strerror(errno));
        if (sent <= 0) continue;
        text += sent;
        size -= (size_t)sent;
    }
}

/* A client's frame is masked; that of zeros leaves the text as it is. */
static size_t put_frame(char *to, const char *text) {
    size_t size = strlen(text);
    check(size < 126);
    to[0] = (char)0x81;
    to[1] = (char)(0x80 | size);
    memset(to + 2, 0, 4);
    memcpy(to + 6, text, size);
    return size + 6;
}

static void enter(struct fan *fan, uint32_t index, uint16_t port) {
    char bytes[600], hello[80];
    struct receiver *receiver = &fan->receivers[index];
    receiver->fd = crowd_socket(port, INDEX_FIRST + index);
    struct epoll_event event = {.events = EPOLLIN, .data.u32 = index};
    int size = snprintf(bytes, sizeof bytes,
                        "GET /ws HTTP/1.1\r\nHost: 127.0.0.1:%u\r\nUpgrade: websocket\r\n"
                        "Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
                        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n",
                        (unsigned)port);
    snprintf(hello, sizeof hello, "{\"type\":\"hello\",\"name\":\"r%05u\"}", index);
    check(size > 0 && (size_t)size + 200 < sizeof bytes);
    size_t end = (size_t)size + put_frame(bytes + size, hello);
    end += put_frame(bytes + end, "{\"type\":\"ping\"}");
    send_all(receiver->fd, bytes, end);
    check(epoll_ctl(fan->epoll, EPOLL_CTL_ADD, receiver->fd, &event) == 0);
}

/* All are in, and have read what there was of each other's coming. */
static void enter_all(struct fan *fan, uint16_t port) {
    uint64_t end_ns = tick_ns() + LIMIT_S * TICK_S;
    for (uint32_t i = 0; i < fan->plan->receivers; i++) {
        enter(fan, i, port);
        while (i + 1 - fan->joined > 64)
            turn(fan, 1, read_joining);
        if (tick_ns() > end_ns) halt(HALT_FAILED, "%u have joined in %d s", i, LIMIT_S);
    }
    while (fan->joined < fan->plan->receivers && tick_ns() < end_ns)
        turn(fan, 10, read_joining);
    while (turn(fan, 500, read_joining) > 0 && tick_ns() < end_ns) {
    }
    if (fan->joined < fan->plan->receivers) halt(HALT_FAILED, "%u have joined", fan->joined);
    for (uint32_t i = 0; i < fan->plan->receivers; i++)
        fan->receivers[i].kept_size = 0;
}

/* ---- the run ---- */

static void speak(struct fan *fan) {
    char lines[16384];
    size_t size = 0, text = fan->plan->size;
    while (fan->sent - fan->slowest < fan->plan->window && size + text + 2 <= sizeof lines) {
        int digits = snprintf(lines + size, NUMBER_DIGITS + 2, "%0*llu ", NUMBER_DIGITS,
                              (unsigned long long)fan->sent);
        memset(lines + size + digits, 'x', text - (size_t)digits);
        memcpy(lines + size + text, "\r\n", 2);
        size += text + 2;
        fan->sent++;
    }
    if (size > 0) send_all(fan->sender, lines, size);
}

static void run_for(struct fan *fan, uint64_t ns) {
    uint64_t end_ns = tick_ns() + ns, moved_ns = tick_ns(), last = fan->deliveries;
    while (tick_ns() < end_ns) {
        speak(fan);
        turn(fan, 10, read_said);
        if (fan->deliveries != last) moved_ns = tick_ns();
        last = fan->deliveries;
        if (tick_ns() - moved_ns > STALL_S * TICK_S) halt(HALT_FAILED, "nothing comes any more");
    }
}

static void run_web(const struct web_plan *plan, double *per_cpu_s, double *per_s) {
    struct scratch scratch;
    struct child child;
    struct fan fan = {.plan = plan, .epoll = epoll_create1(EPOLL_CLOEXEC)};
    const struct child_plan child_plan = {
        .program = plan->program, .durability = "full", .watch = true, .watch_dialect = "web"};
    fan.receivers = calloc(plan->receivers, sizeof *fan.receivers);
    fan.here = calloc(plan->window + 1, sizeof *fan.here);
    fan.bytes = malloc(BYTES_MAX);
    check(fan.epoll >= 0 && fan.receivers && fan.here && fan.bytes);
    scratch_open(&scratch);
    child_start(&child, &child_plan, &scratch);
    enter_all(&fan, child.watch_port);
    fan.here[0] = plan->receivers;
    fan.sender = crowd_socket(child.port, 0);
    send_all(fan.sender, "s000\r\n", 6);
    while (turn(&fan, 500, read_joining) > 0) { /* that she has come */
    }
    run_for(&fan, TICK_S / 2);
    uint64_t cpu_ns = meter_cpu_ns(child.pid), begin_ns = tick_ns(), before = fan.deliveries;
    run_for(&fan, plan->seconds * TICK_S);
    double deliveries = (double)(fan.deliveries - before);
    *per_cpu_s = deliveries * 1e9 / (double)(meter_cpu_ns(child.pid) - cpu_ns);
    *per_s = deliveries * 1e9 / (double)(tick_ns() - begin_ns);
    while (fan.slowest < fan.sent)
        if (turn(&fan, STALL_S * 1000, read_said) == 0) halt(HALT_FAILED, "lines are lost");
    child_stop(&child);
    scratch_close(&scratch);
    for (uint32_t i = 0; i < plan->receivers; i++)
        close(fan.receivers[i].fd);
    close(fan.sender);
    close(fan.epoll);
    free(fan.receivers);
    free(fan.here);
    free(fan.bytes);
}

static void run_line(const struct web_plan *plan, double *per_cpu_s, double *per_s) {
    struct traffic_result result;
    const struct child_plan child_plan = {.program = plan->program, .durability = "full"};
    const struct traffic_plan traffic_plan = {.receiver_count = plan->receivers,
                                              .sender_count = 1,
                                              .text_size = plan->size,
                                              .window = plan->window,
                                              .warm_ns = TICK_S / 2,
                                              .measure_ns = plan->seconds * TICK_S};
    trial_run(&child_plan, &traffic_plan, &result);
    if (!traffic_right(&result)) halt(HALT_FAILED, "line clients lost or were told twice");
    *per_cpu_s = traffic_per_cpu_s(&result);
    *per_s = (double)result.deliveries / result.seconds;
}

void web_measure(const struct web_plan *plan, struct web_result *result) {
    double ratio[ROUNDS_MAX], web_cpu[ROUNDS_MAX], line_cpu[ROUNDS_MAX], web_s[ROUNDS_MAX],
        line_s[ROUNDS_MAX];
    check(plan->rounds > 0 && plan->rounds <= ROUNDS_MAX);
    *result = (struct web_result){.ratio_least = 1e9};
    for (uint32_t i = 0; i < plan->rounds; i++) {
        run_line(plan, &line_cpu[i], &line_s[i]);
        run_web(plan, &web_cpu[i], &web_s[i]);
        ratio[i] = web_cpu[i] / line_cpu[i];
        fprintf(stderr, "round %u line %.3f M deliveries/CPU-s, WebSocket %.3f M, ratio %.2f\n",
                i + 1, line_cpu[i] / 1e6, web_cpu[i] / 1e6, ratio[i]);
        if (ratio[i] < result->ratio_least) result->ratio_least = ratio[i];
        if (ratio[i] > result->ratio_most) result->ratio_most = ratio[i];
    }
    result->ratio = quantile_median(ratio, plan->rounds);
    result->web_per_cpu_s = quantile_median(web_cpu, plan->rounds);
    result->line_per_cpu_s = quantile_median(line_cpu, plan->rounds);
    result->web_per_s = quantile_median(web_s, plan->rounds);
    result->line_per_s = quantile_median(line_s, plan->rounds);
}

int web_main(int argc, char **argv) {
    struct web_plan plan = web_defaults();
    const struct flag flags[] = {
        {"--receivers", "members who only read", .number = &plan.receivers, .min = 1, .max = 15000},
        {"--window", "messages under way at most", .number = &plan.window, .min = 1, .max = 4096},
        {"--seconds", "measured time", .number = &plan.seconds, .min = 1, .max = 600},
        {"--size", "bytes of text per message", .number = &plan.size, .min = 32, .max = 300},
        {"--rounds", "pairs of runs", .number = &plan.rounds, .min = 1, .max = ROUNDS_MAX},
        {"--server", "another server's executable", .word = &plan.program},
        {"--json", "print JSON", .yes = &plan.json},
    };
    const struct flag_table table = {"web",
                                     "Fan-out to WebSocket clients beside that to line clients.",
                                     flags, sizeof flags / sizeof *flags};
    flags_read(&table, argc, argv);
    child_leave_core();
    struct web_result result;
    web_measure(&plan, &result);
    struct figures figures = {.title = "web"};
    figures_put(&figures, "receivers", plan.receivers, 0);
    figures_put(&figures, "web_deliveries_per_server_cpu_s", result.web_per_cpu_s, 0);
    figures_put(&figures, "line_deliveries_per_server_cpu_s", result.line_per_cpu_s, 0);
    figures_put(&figures, "web_deliveries_per_s", result.web_per_s, 0);
    figures_put(&figures, "line_deliveries_per_s", result.line_per_s, 0);
    figures_put(&figures, "ratio", result.ratio, 3);
    figures_put(&figures, "ratio_least", result.ratio_least, 3);
    figures_put(&figures, "ratio_most", result.ratio_most, 3);
    figures_print(&figures, plan.json);
    return 0;
}
