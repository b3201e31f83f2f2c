/* courier.c: which message of which webhook is due. */
#include "server/courier.h"

#include <stdlib.h>

#include "base/check.h"
#include "base/clock.h"
#include "base/date.h"
#include "base/log.h"
#include "base/need.h"
#include "chat/webhook.h"
#include "dialect/json_event.h"
#include "dialect/json_put.h"
#include "server/carry.h"
#include "server/sandbox.h"

enum {
    FIRST_WAIT_MS = 1000,   /* after the first failure; doubled by each */
    MOST_WAIT_MS = 3600000, /* an hour */
    DOUBLINGS_MAX = 12,     /* 4096 s is above that */
    KEPT_MS = 86400000,     /* a message older than a day is left out */
    DISK_WAIT_MS = 5000,    /* the database could not be read */
    SLEEP_MS = 600000,      /* where nothing is due */
    BODY_BESIDES = 4096,    /* bytes of a body beside the text */
    ID_SIZE = 64,
};

/* A webhook, as long as it is there. */
struct job {
    uint64_t number, epoch;
    uint64_t seq;        /* up to there all is delivered or given up */
    uint64_t head;       /* of the room */
    uint64_t carried;    /* seq of the message under way */
    uint64_t due_ms;     /* monotonic: not before then */
    struct carry *carry; /* NULL: none is under way */
    struct room_id room;
    uint32_t failures; /* in a row */
    uint16_t status;
    uint8_t fault;
    bool seen;   /* by the look at the database that goes on */
    bool marks;  /* the hub has to be told */
    bool behind; /* something is newer than seq */
    unsigned char secret[WEBHOOK_SECRET_SIZE];
    uint16_t url_size, name_size;
    char url[WEBHOOK_URL_MAX], room_name[ROOM_NAME_SIZE_MAX];
};

struct round {
    struct courier *courier;
    struct carrier *carrier; /* made for the first webhook */
    struct job *jobs[WEBHOOKS_MAX];
    uint32_t job_count, carried_count;
    uint64_t news; /* of the mailbox, as of the last look */
    uint64_t disk_ms;
    bool disk_failed;
};

/* ---- what there is ---- */

static struct job *job_of(struct round *round, uint64_t number) {
    for (uint32_t i = 0; i < round->job_count; i++)
        if (round->jobs[i]->number == number) return round->jobs[i];
    return NULL;
}

static struct job *job_new(struct round *round, const struct store_webhook *found) {
    const struct record *webhook = found->webhook;
    bool fits = webhook->text.size <= WEBHOOK_URL_MAX &&
                webhook->secret.size == WEBHOOK_SECRET_SIZE &&
                found->room_name.size <= ROOM_NAME_SIZE_MAX && round->job_count < WEBHOOKS_MAX;
    struct job *job = fits ? calloc(1, sizeof *job) : NULL;
    if (!job) return NULL;
    round->jobs[round->job_count++] = job;
    job->number = webhook->number;
    job->room = webhook->room;
    job->epoch = found->room_epoch;
    job->seq = found->from;
    job->url_size = (uint16_t)webhook->text.size;
    memcpy(job->url, webhook->text.at, webhook->text.size);
    memcpy(job->secret, webhook->secret.at, sizeof job->secret);
    return job;
}

static void take_webhook(void *context, const struct store_webhook *found) {
    struct round *round = context;
    struct job *job = job_of(round, found->webhook->number);
    if (!job) job = job_new(round, found);
    if (!job) return;
    job->seen = true;
    job->head = found->room_seq;
    job->behind = job->head > job->seq;
    job->name_size = (uint16_t)slice_head(found->room_name, ROOM_NAME_SIZE_MAX).size;
    memcpy(job->room_name, found->room_name.at, job->name_size);
}

static void job_drop(struct round *round, uint32_t at) {
    struct job *job = round->jobs[at];
    if (job->carry) {
        carry_drop(round->carrier, job->carry);
        round->carried_count--;
    }
    explicit_bzero(job, sizeof *job);
    free(job);
    round->jobs[at] = round->jobs[--round->job_count];
}

static void disk_told(struct round *round, const struct store_error *error) {
    round->disk_ms = clock_mono_ms() + DISK_WAIT_MS;
    if (!round->disk_failed)
        log_line(LOG_ERROR, "webhooks unreadable", log_text("why", slice_text(error->text)));
    round->disk_failed = true;
}

static void look(struct round *round) {
    struct mailbox *mailbox = round->courier->mailbox;
    struct store_error error;
    uint64_t news = atomic_load(&mailbox->webhook_news);
    for (uint32_t i = 0; i < round->job_count; i++)
        round->jobs[i]->seen = false;
    if (store_read_webhooks(round->courier->reader, take_webhook, round, &error) != 0) {
        disk_told(round, &error);
        return;
    }
    round->disk_failed = false;
    round->news = news;
    for (uint32_t i = round->job_count; i > 0; i--)
        if (!round->jobs[i - 1]->seen) job_drop(round, i - 1);
    if (round->job_count > 0 && !round->carrier) round->carrier = carrier_new();
}

/* ---- one message ---- */

struct found {
    const struct job *job;
    uint64_t seq; /* 0: there is no message */
    int64_t time_ms;
    char *memory; /* owned */
    struct buf body;
};

static void put_body(struct found *found, const struct event *event) {
    const struct job *job = found->job;
    char time[DATE_SIZE];
    struct buf stamp, *out = &found->body;
    size_t cap = (event->text.size + event->author_name.size) * JSON_GROWTH + BODY_BESIDES;
    found->memory = malloc(cap);
    if (!found->memory) return;
    buf_init(out, found->memory, cap);
    buf_init(&stamp, time, sizeof time);
    date_put(&stamp, event->time_ms);
    json_put_open(out, NULL, '{');
    json_put_word(out, "type", "message.created");
    json_put_text(out, "timestamp", buf_slice(&stamp));
    json_put_open(out, "room", '{');
    json_put_number(out, "id", job->room.v);
    json_put_text(out, "name", (struct slice){job->room_name, job->name_size});
    json_put_close(out, '}');
    json_put_open(out, "data", '{');
    (void)json_event_put(event, out);
    json_put_close(out, '}');
    json_put_close(out, '}');
    check(buf_ok(out) && buf_ok(&stamp));
}

static void take_message(void *context, const struct event *event) {
    struct found *found = context;
    check(found->seq == 0);
    found->seq = event->seq;
    found->time_ms = event->time_ms;
    put_body(found, event);
}

/* The first message behind job->seq that was said after that time; 0: at any. */
static bool find(struct round *round, struct job *job, int64_t after_ms, struct found *found) {
    struct query query = {.kind = QUERY_RANGE,
                          .room = job->room,
                          .count = 1,
                          .first = job->seq + 1,
                          .last = job->head,
                          .after_ms = after_ms,
                          .accounts = true};
    struct query_end end;
    struct store_error error;
    free(found->memory);
    *found = (struct found){.job = job};
    if (store_read(round->courier->reader, &query, 1, take_message, found, &end, &error) == 0)
        return true;
    disk_told(round, &error);
    return false;
}

static void give_up(struct job *job, uint64_t from, uint64_t to) {
    log_line(LOG_WARNING, "webhook gave up messages of more than a day",
             log_number("webhook", job->number), log_number("room", job->room.v),
             log_number("from", from), log_number("before", to));
    job->seq = to - 1;
    job->marks = true;
}

/* What is to be sent next; found->seq 0: nothing is. */
static bool find_next(struct round *round, struct job *job, struct found *found) {
    int64_t oldest_ms = clock_wall_ms() - KEPT_MS;
    if (!find(round, job, 0, found)) return false;
    if (found->seq > 0 && found->time_ms <= oldest_ms) {
        uint64_t first = found->seq;
        if (!find(round, job, oldest_ms, found)) return false;
        give_up(job, first, found->seq > 0 ? found->seq : job->head + 1);
    }
    if (found->seq == 0) job->seq = job->head;
    return true;
}

static void job_send(struct round *round, struct job *job) {
    char memory[ID_SIZE];
    struct found found = {0};
    struct buf id;
    if (find_next(round, job, &found) && found.seq > 0 && found.memory) {
        buf_init(&id, memory, sizeof memory);
        buf_number(&id, job->number);
        buf_byte(&id, '-');
        buf_hex(&id, job->epoch, 16);
        buf_byte(&id, '-');
        buf_number(&id, found.seq);
        const struct config_networks *allowed = atomic_load(&round->courier->mailbox->webhooks_to);
        job->carry =
            carry_begin(round->carrier, job, (struct slice){job->url, job->url_size}, job->secret,
                        buf_slice(&id), clock_wall_ms(), buf_slice(&found.body), allowed);
        if (job->carry) round->carried_count++;
        job->carried = found.seq;
    }
    if (!job->carry && found.seq > 0) job->due_ms = clock_mono_ms() + FIRST_WAIT_MS;
    job->behind = job->head > job->seq;
    free(found.memory);
}

static void send_due(struct round *round, uint64_t now_ms) {
    if (!round->carrier || now_ms < round->disk_ms) return;
    for (uint32_t i = 0; i < round->job_count && round->carried_count < CARRIES_MAX; i++) {
        struct job *job = round->jobs[i];
        if (!job->carry && job->behind && job->due_ms <= now_ms) job_send(round, job);
    }
}

static uint64_t wait_ms(uint32_t failures) {
    uint32_t doublings = failures - 1 < DOUBLINGS_MAX ? failures - 1 : DOUBLINGS_MAX;
    uint64_t wait = (uint64_t)FIRST_WAIT_MS << doublings;
    return wait < MOST_WAIT_MS ? wait : MOST_WAIT_MS;
}

static void carried(struct round *round, const struct carried *carried) {
    struct job *job = carried->owner;
    job->carry = NULL;
    round->carried_count--;
    job->marks = true;
    job->fault = (uint8_t)carried->fault;
    job->status = carried->fault == WEBHOOK_FINE ? 0 : carried->status;
    if (carried->fault == WEBHOOK_FINE) {
        job->failures = 0;
        job->due_ms = 0;
        job->seq = job->carried;
        job->behind = job->head > job->seq;
        return;
    }
    job->failures++;
    job->due_ms = clock_mono_ms() + wait_ms(job->failures);
    if (job->failures == 1)
        log_line(LOG_WARNING, "webhook fails", log_number("webhook", job->number),
                 log_number("room", job->room.v), log_number("status", job->status),
                 log_text("why", slice_text(webhook_fault_word(carried->fault))));
}

/* ---- the hub ---- */

static void tell_hub(struct round *round) {
    struct mailbox *mailbox = round->courier->mailbox;
    for (uint32_t i = 0; i < round->job_count; i++) {
        struct job *job = round->jobs[i];
        struct webhook_mark mark = {.number = job->number,
                                    .epoch = job->epoch,
                                    .seq = job->seq,
                                    .failures = job->failures,
                                    .status = job->status,
                                    .fault = job->fault};
        if (!job->marks || !ring_fits(&mailbox->webhook_marks, sizeof mark, sizeof mark)) continue;
        ring_put(&mailbox->webhook_marks, 0, &mark, sizeof mark, 0, 0);
        job->marks = false;
    }
    if (ring_publish(&mailbox->webhook_marks)) bell_ring(&mailbox->hub);
}

/* ---- the thread ---- */

/* Milliseconds until something is due. */
static int doze_ms(const struct round *round, uint64_t now_ms) {
    uint64_t soonest = now_ms + SLEEP_MS;
    for (uint32_t i = 0; i < round->job_count; i++) {
        const struct job *job = round->jobs[i];
        bool waits = !job->carry && job->behind && round->carried_count < CARRIES_MAX;
        if (waits && job->due_ms < soonest) soonest = job->due_ms;
        if (job->marks && now_ms + 10 < soonest) soonest = now_ms + 10; /* the ring was full */
    }
    if (round->disk_failed && round->disk_ms < soonest) soonest = round->disk_ms;
    if (round->job_count > 0 && soonest < round->disk_ms) soonest = round->disk_ms;
    return soonest > now_ms ? (int)(soonest - now_ms) : 0;
}

static bool has_news(const struct round *round) {
    return atomic_load(&round->courier->mailbox->webhook_news) != round->news;
}

static void sleep_until_due(struct round *round) {
    struct mailbox *mailbox = round->courier->mailbox;
    int timeout_ms = doze_ms(round, clock_mono_ms());
    bell_doze(&mailbox->courier);
    if (!has_news(round) && !atomic_load(&mailbox->stop_courier)) {
        if (round->carrier)
            carrier_sleep(round->carrier, &mailbox->courier, timeout_ms);
        else
            bell_sleep(&mailbox->courier, round->disk_failed ? timeout_ms : -1);
    }
    bell_wake(&mailbox->courier);
}

static void turn(struct round *round) {
    struct carried over;
    bool again = round->disk_failed && clock_mono_ms() >= round->disk_ms;
    if (has_news(round) || again) look(round);
    while (round->carrier && carrier_take(round->carrier, &over))
        carried(round, &over);
    send_due(round, clock_mono_ms());
    while (round->carrier && carrier_take(round->carrier, &over))
        carried(round, &over);
    tell_hub(round);
}

/* Most servers have none: then the store need not ring for every message. A webhook that is made
 * meanwhile is counted as news first, so that one of the two sees it. */
static void rest_if_none(struct round *round) {
    struct mailbox *mailbox = round->courier->mailbox;
    if (round->job_count > 0 || round->disk_failed) return;
    atomic_store(&mailbox->webhooks_exist, false);
    if (has_news(round)) atomic_store(&mailbox->webhooks_exist, true);
}

void *courier_run(void *context) {
    struct courier *courier = context;
    struct round *round = calloc(1, sizeof *round);
    need_memory(round);
    round->courier = courier;
    log_attach();
    look(round); /* opens what the reader needs */
    sandbox_courier(courier->sandbox);
    rest_if_none(round);
    while (!atomic_load(&courier->mailbox->stop_courier)) {
        turn(round);
        sleep_until_due(round);
    }
    while (round->job_count > 0)
        job_drop(round, round->job_count - 1);
    carrier_free(round->carrier);
    free(round);
    return NULL;
}
