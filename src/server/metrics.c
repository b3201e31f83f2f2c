/* metrics.c: counters of all threads, as they stand, and what the kernel says of the process. */
#include "server/metrics.h"

#include <sys/resource.h>
#include <unistd.h>

#include "dialect/json.h"

static void put_about(struct buf *out, const char *name, const char *type, const char *help) {
    buf_text(out, "# HELP parlance_");
    buf_text(out, name);
    buf_byte(out, ' ');
    buf_text(out, help);
    buf_text(out, "\n# TYPE parlance_");
    buf_text(out, name);
    buf_byte(out, ' ');
    buf_text(out, type);
    buf_byte(out, '\n');
}

/* `label`: "dialect", NULL: none. */
static void put_row(struct buf *out, const char *name, const char *label, struct slice value,
                    uint64_t number) {
    buf_text(out, "parlance_");
    buf_text(out, name);
    if (label) {
        buf_byte(out, '{');
        buf_text(out, label);
        buf_text(out, "=\"");
        buf_put(out, value);
        buf_text(out, "\"}");
    }
    buf_byte(out, ' ');
    buf_number(out, number);
    buf_byte(out, '\n');
}

static void put_one(struct buf *out, const char *name, const char *type, const char *help,
                    uint64_t number) {
    put_about(out, name, type, help);
    put_row(out, name, NULL, (struct slice){0}, number);
}

/* `us` microseconds as seconds. */
static void put_seconds(struct buf *out, uint64_t us) {
    char digits[6];
    buf_number(out, us / 1000000);
    buf_byte(out, '.');
    us %= 1000000;
    for (size_t i = sizeof digits; i-- > 0; us /= 10)
        digits[i] = (char)('0' + us % 10);
    buf_put(out, (struct slice){digits, sizeof digits});
}

/* The sum over the workers of the counter that lies so many bytes within their counts. */
static uint64_t sum(const struct mailbox *mailbox, size_t offset) {
    uint64_t all = 0;
    for (uint32_t w = 0; w < mailbox->workers; w++) {
        const char *counts = (const char *)&mailbox->posts[w].counts;
        all += count_get((const struct count *)(const void *)(counts + offset));
    }
    return all;
}

static void put_workers(const struct mailbox *mailbox, struct buf *out) {
    static const char *const names[DIALECTS] = {
        [DIALECT_AUTO] = "undecided", [DIALECT_LINE] = "line",     [DIALECT_FRIENDLY] = "friendly",
        [DIALECT_PIPE] = "pipe",      [DIALECT_DOLLAR] = "dollar", [DIALECT_IRC] = "irc",
        [DIALECT_WEB] = "http",       [DIALECT_JSON] = "json",     [DIALECT_REST] = "api",
    };
    static const struct {
        const char *name, *help;
        size_t offset;
    } rows[] = {
        {"connections_accepted_total", "Connections since the start.",
         offsetof(struct worker_counts, accepted)},
        {"connections_refused_total", "Connections turned away for want of room.",
         offsetof(struct worker_counts, refused)},
        {"slow_readers_cut_total", "Connections closed for not reading.",
         offsetof(struct worker_counts, cut)},
        {"late_closed_total", "Connections closed for not saying who they are in time.",
         offsetof(struct worker_counts, late)},
        {"floods_closed_total", "Connections closed for sending above their rate for long.",
         offsetof(struct worker_counts, floods)},
        {"crowded_out_total", "Connections that had not said who they are and made room.",
         offsetof(struct worker_counts, crowded)},
        {"received_bytes_total", "Bytes that people sent, without TLS.",
         offsetof(struct worker_counts, bytes_in)},
        {"sent_bytes_total", "Bytes that people were sent, without TLS.",
         offsetof(struct worker_counts, bytes_out)},
        {"http_requests_total", "Requests of HTTP that were whole.",
         offsetof(struct worker_counts, requests)},
    };
    put_about(out, "connections", "gauge", "Open connections by dialect.");
    for (size_t kind = 0; kind < DIALECTS; kind++)
        if (names[kind])
            put_row(out, "connections", "dialect", slice_text(names[kind]),
                    sum(mailbox,
                        offsetof(struct worker_counts, connections) + kind * sizeof(struct count)));
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        put_one(out, rows[i].name, "counter", rows[i].help, sum(mailbox, rows[i].offset));
}

static void put_hub(const struct mailbox *mailbox, struct buf *out) {
    const struct hub_thread_counts *counts = &mailbox->hub_counts;
    put_one(out, "people", "gauge", "People who are here.", count_get(&counts->people));
    put_one(out, "sessions", "gauge", "Devices that people are here with.",
            count_get(&counts->sessions));
    put_one(out, "rooms", "gauge", "Rooms.", count_get(&counts->rooms));
    put_one(out, "memberships", "gauge", "People in rooms, once for each room.",
            count_get(&counts->memberships));
    put_one(out, "commands_total", "counter", "Commands that the hub took.",
            count_get(&counts->commands));
    put_one(out, "messages_total", "counter", "Messages said and given to the store.",
            count_get(&counts->messages));
    put_one(out, "lockdown", "gauge", "1: nobody new comes in.", count_get(&counts->locked));
    put_one(out, "server_rules", "gauge", "Bans of networks, filters and the lock-down of all.",
            count_get(&counts->server_rules));
    put_one(out, "filters", "gauge", "Filters of words, of rooms and of all.",
            count_get(&counts->filters));
    put_one(out, "filter_reports_total", "counter", "Texts that a filter reported.",
            count_get(&counts->reports));
    put_about(out, "refusals_total", "counter", "What was refused, by its code.");
    for (int i = 1; i < REFUSALS; i++) {
        uint64_t number = count_get(&counts->refusals[i]);
        struct slice code = slice_text(json_code((enum refusal)i));
        if (number > 0) put_row(out, "refusals_total", "code", code, number);
    }
}

static void put_store(const struct mailbox *mailbox, struct buf *out) {
    const struct store_counts *counts = &mailbox->store_counts;
    uint64_t flushes = 0;
    put_one(out, "records_total", "counter", "Records written and flushed.",
            count_get(&counts->records));
    put_one(out, "store_room_bytes", "gauge", "Bytes of records that are sure to fit on the disk.",
            count_get(&counts->room));
    put_about(out, "flush_seconds", "histogram", "How long a group of records took to the disk.");
    for (size_t i = 0; i < FLUSH_BUCKETS; i++) {
        char memory[32] = "+Inf";
        struct buf bound;
        buf_init(&bound, memory, sizeof memory);
        if (i + 1 < FLUSH_BUCKETS)
            put_seconds(&bound, UINT64_C(250) << i);
        else
            buf_text(&bound, "+Inf");
        flushes += count_get(&counts->flushes[i]);
        put_row(out, "flush_seconds_bucket", "le", buf_slice(&bound), flushes);
    }
    buf_text(out, "parlance_flush_seconds_sum ");
    put_seconds(out, count_get(&counts->flush_us));
    buf_byte(out, '\n');
    put_row(out, "flush_seconds_count", NULL, (struct slice){0}, flushes);
}

static void put_queues(struct mailbox *mailbox, struct buf *out) {
    uint64_t commands = 0, events = 0, queries = 0;
    for (uint32_t w = 0; w <= mailbox->workers; w++) {
        commands += ring_depth(&mailbox->posts[w].commands);
        events += ring_depth(&mailbox->posts[w].events);
        queries += ring_depth(&mailbox->posts[w].queries);
    }
    uint64_t proofs = 0;
    for (uint32_t i = 0; i < PASSWORD_THREADS; i++)
        proofs += ring_depth(&mailbox->proof_posts[i].proofs);
    put_about(out, "queue_bytes", "gauge", "What one thread has given another that is not taken.");
    put_row(out, "queue_bytes", "queue", slice_of("commands"), commands);
    put_row(out, "queue_bytes", "queue", slice_of("events"), events);
    put_row(out, "queue_bytes", "queue", slice_of("queries"), queries);
    put_row(out, "queue_bytes", "queue", slice_of("records"), ring_depth(&mailbox->records));
    put_row(out, "queue_bytes", "queue", slice_of("passwords"), proofs);
}

/* The second number of /proc/self/statm is the pages in memory. 0: it cannot be read. */
static uint64_t resident_bytes(int statm_fd) {
    char text[128];
    ssize_t size = statm_fd >= 0 ? pread(statm_fd, text, sizeof text, 0) : -1;
    if (size <= 0) return 0;
    struct slice rest = {text, (size_t)size};
    uint64_t pages = 0;
    slice_until(&rest, ' ');
    if (!slice_number(slice_until(&rest, ' '), UINT32_MAX, &pages)) return 0;
    return pages * (uint64_t)sysconf(_SC_PAGESIZE);
}

static void put_process(const struct mailbox *mailbox, struct buf *out) {
    struct rusage used;
    getrusage(RUSAGE_SELF, &used);
    put_one(out, "resident_bytes", "gauge", "Memory of the process.",
            resident_bytes(mailbox->statm_fd));
    put_about(out, "cpu_seconds_total", "counter", "Processor time of all threads.");
    buf_text(out, "parlance_cpu_seconds_total ");
    put_seconds(out, (uint64_t)(used.ru_utime.tv_sec + used.ru_stime.tv_sec) * 1000000 +
                         (uint64_t)(used.ru_utime.tv_usec + used.ru_stime.tv_usec));
    buf_byte(out, '\n');
}

void metrics_put(struct mailbox *mailbox, struct buf *out) {
    put_workers(mailbox, out);
    put_hub(mailbox, out);
    put_store(mailbox, out);
    put_queues(mailbox, out);
    put_process(mailbox, out);
}
