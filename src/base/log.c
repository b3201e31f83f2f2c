/* log.c: rings of finished lines, and the one thread that writes them. A disk that is full or a
 * pipe that is closed costs lines, which are counted, and nothing else. */
#include "base/log.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "base/bell.h"
#include "base/buf.h"
#include "base/check.h"
#include "base/clock.h"
#include "base/ring.h"

enum { RING_SIZE = 32768, FIELD_SIZE_MAX = 500 };

struct log_ring {
    struct ring ring;
    _Atomic uint64_t dropped;
};

/* The one log of the process: STYLE's rule against globals gives way, since a line must be
 * possible from anywhere. */
static struct {
    struct log_ring *_Atomic rings[LOG_THREADS_MAX];
    _Atomic uint32_t ring_count;
    _Atomic int level;
    _Atomic bool running, reopen;
    enum log_format format;
    char path[4096]; /* empty: stderr */
    int fd;
    struct bell bell;
    pthread_t thread;
} the_log = {.level = LOG_INFO, .fd = STDERR_FILENO};

static _Thread_local struct log_ring *own_ring;

static const char *const level_names[] = {"error", "warning", "info", "debug"};

static void put_time(struct buf *out) {
    char text[40];
    int64_t now_ms = clock_wall_ms();
    time_t seconds = (time_t)(now_ms / 1000);
    struct tm day;
    gmtime_r(&seconds, &day);
    size_t size = strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%S", &day);
    buf_put(out, (struct slice){text, size});
    buf_byte(out, '.');
    buf_byte(out, (char)('0' + now_ms / 100 % 10));
    buf_byte(out, (char)('0' + now_ms / 10 % 10));
    buf_byte(out, (char)('0' + now_ms % 10));
    buf_byte(out, 'Z');
}

/* In double quotes; quotes, backslashes and everything that is no printable ASCII escaped, so that
 * no field can begin a line of its own or move a terminal's cursor. */
static void put_quoted(struct buf *out, struct slice text) {
    buf_byte(out, '"');
    for (size_t i = 0; i < text.size; i++) {
        unsigned char c = (unsigned char)text.at[i];
        if (c == '"' || c == '\\') {
            buf_byte(out, '\\');
            buf_byte(out, (char)c);
        } else if (c >= ' ' && c < 0x7f) {
            buf_byte(out, (char)c);
        } else {
            buf_text(out, "\\u00");
            buf_hex(out, c, 2);
        }
    }
    buf_byte(out, '"');
}

static void put_key(struct buf *out, const char *key, bool json) {
    if (out->size > 1) buf_byte(out, json ? ',' : ' ');
    if (json) buf_byte(out, '"');
    buf_text(out, key);
    buf_text(out, json ? "\":" : "=");
}

static void put_line(struct buf *out, enum log_level level, const char *event,
                     const struct log_field *fields, uint32_t count) {
    bool json = the_log.format == LOG_JSON;
    if (json) buf_byte(out, '{');
    put_key(out, "time", json);
    if (json) buf_byte(out, '"');
    put_time(out);
    if (json) buf_byte(out, '"');
    put_key(out, "level", json);
    if (json)
        put_quoted(out, slice_text(level_names[level]));
    else
        buf_text(out, level_names[level]);
    put_key(out, "event", json);
    put_quoted(out, slice_text(event));
    for (uint32_t i = 0; i < count; i++) {
        put_key(out, fields[i].key, json);
        if (fields[i].text.at)
            put_quoted(out, slice_head(fields[i].text, FIELD_SIZE_MAX));
        else
            buf_number(out, fields[i].number);
    }
    buf_text(out, json ? "}\n" : "\n");
}

static void write_all(const char *bytes, size_t size) {
    while (size > 0) {
        ssize_t n = write(the_log.fd, bytes, size);
        if (n < 0 && errno == EINTR) continue;
        if (n <= 0) return; /* lost; nothing else depends on it */
        bytes += n;
        size -= (size_t)n;
    }
}

void log_write(enum log_level level, const char *event, const struct log_field *fields,
               uint32_t count) {
    if ((int)level > atomic_load_explicit(&the_log.level, memory_order_relaxed)) return;
    char memory[LOG_LINE_SIZE_MAX];
    struct buf line;
    buf_init(&line, memory, sizeof memory);
    put_line(&line, level, event, fields, count);
    if (!buf_ok(&line)) memory[sizeof memory - 1] = '\n';
    if (!own_ring || !atomic_load(&the_log.running)) {
        write_all(line.at, line.size);
        return;
    }
    struct slice text = buf_slice(&line);
    if (!ring_fits(&own_ring->ring, LOG_LINE_SIZE_MAX + 64, LOG_LINE_SIZE_MAX + 64)) {
        atomic_fetch_add(&own_ring->dropped, 1);
        return;
    }
    ring_put(&own_ring->ring, 0, &text, sizeof text, 0, 1);
    ring_publish(&own_ring->ring);
    bell_ring(&the_log.bell);
}

void log_attach(void) {
    if (own_ring) return;
    struct log_ring *ring = calloc(1, sizeof *ring);
    if (!ring || !ring_init(&ring->ring, RING_SIZE)) {
        free(ring);
        return; /* its lines are written at once */
    }
    uint32_t at = atomic_fetch_add(&the_log.ring_count, 1);
    check(at < LOG_THREADS_MAX);
    own_ring = ring;
    atomic_store(&the_log.rings[at], ring);
}

static bool drain(struct log_ring *from) {
    uint32_t tag;
    bool any = false;
    for (struct slice *line; (line = ring_take(&from->ring, &tag)) != NULL; any = true) {
        write_all(line->at, line->size);
        ring_release(&from->ring);
    }
    uint64_t dropped = atomic_exchange(&from->dropped, 0);
    if (dropped > 0) {
        char memory[256];
        struct buf text;
        struct log_field field = log_number("lines", dropped);
        buf_init(&text, memory, sizeof memory);
        put_line(&text, LOG_WARNING, "log lines dropped", &field, 1);
        write_all(text.at, text.size);
    }
    return any;
}

static bool drain_all(void) {
    bool any = false;
    for (uint32_t i = 0; i < LOG_THREADS_MAX; i++) {
        struct log_ring *ring = atomic_load(&the_log.rings[i]);
        if (ring) any |= drain(ring);
    }
    return any;
}

static int open_path(void) {
    int fd = open(the_log.path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0640);
    return fd < 0 ? -errno : fd;
}

static void reopen(void) {
    if (the_log.path[0] == 0) return;
    int fd = open_path();
    if (fd < 0) return; /* the old one goes on */
    close(the_log.fd);
    the_log.fd = fd;
}

static void *log_thread(void *unused) {
    (void)unused;
    pthread_setname_np(pthread_self(), "log");
    while (atomic_load(&the_log.running)) {
        if (atomic_exchange(&the_log.reopen, false)) reopen();
        if (drain_all()) continue;
        bell_doze(&the_log.bell);
        if (!drain_all() && atomic_load(&the_log.running) && !atomic_load(&the_log.reopen))
            bell_sleep(&the_log.bell, -1);
        bell_wake(&the_log.bell);
    }
    drain_all();
    return NULL;
}

int log_open(const char *path, enum log_level level, enum log_format format) {
    the_log.format = format;
    atomic_store(&the_log.level, (int)level);
    if (path) {
        if (strlen(path) >= sizeof the_log.path) return -ENAMETOOLONG;
        memcpy(the_log.path, path, strlen(path) + 1);
        int fd = open_path();
        if (fd < 0) return fd;
        the_log.fd = fd;
    }
    return 0;
}

int log_start(void) {
    int failed = bell_open(&the_log.bell);
    if (failed) return failed;
    atomic_store(&the_log.running, true);
    sigset_t all, old; /* signals are the main thread's */
    sigfillset(&all);
    pthread_sigmask(SIG_BLOCK, &all, &old);
    failed = pthread_create(&the_log.thread, NULL, log_thread, NULL);
    pthread_sigmask(SIG_SETMASK, &old, NULL);
    if (failed) atomic_store(&the_log.running, false);
    return -failed;
}

void log_stop(void) {
    if (!atomic_exchange(&the_log.running, false)) return;
    bell_ring(&the_log.bell);
    pthread_join(the_log.thread, NULL);
    bell_close(&the_log.bell);
}

void log_set_level(enum log_level level) {
    atomic_store(&the_log.level, (int)level);
}

void log_reopen(void) {
    atomic_store(&the_log.reopen, true);
    bell_ring(&the_log.bell);
}
