/* store_thread.c: group commit without a timer: a batch is what gathered while the last one was
 * flushed. */
#include "server/store_thread.h"

#include <stdlib.h>
#include <unistd.h>

#include "base/check.h"
#include "base/clock.h"
#include "base/log.h"

enum {
    BATCH_RECORDS_MAX = 1024,
    EXIT_DISK_FAILED = 74,
    SCARCE_BYTES = 64 * 1048576, /* below this much room the disk is looked at once a second */
    SCARCE_WAIT_MS = 1000,
    WRITTEN_WAIT_US = 200,
    QUIET_MS = 200, /* without a record: then the WAL is moved into the file */
};

/* A failed write or flush is never tried again into an acknowledgement: the supervisor starts the
 * server again, and what the disk really holds is read back. */
_Noreturn static void disk_failed(const struct store_error *error) {
    log_line(LOG_ERROR, "disk failed", log_text("why", slice_text(error->text)));
    log_stop();
    _exit(EXIT_DISK_FAILED);
}

/* Full is where the largest record might not fit any more. */
static void count_room(struct store_thread *thread, uint64_t room) {
    struct store_counts *counts = &thread->mailbox->store_counts;
    count_set(&counts->room, room);
    atomic_store(&counts->full, room < thread->mailbox->record_max);
}

static void count_flush(struct store_thread *thread, uint64_t us, uint32_t records) {
    struct store_counts *counts = &thread->mailbox->store_counts;
    size_t bucket = 0;
    while (bucket + 1 < FLUSH_BUCKETS && us > UINT64_C(250) << bucket)
        bucket++;
    count_add(&counts->flushes[bucket], 1);
    count_add(&counts->flush_us, us);
    count_add(&counts->records, records);
}

static void tell_hub(struct store_thread *thread) {
    struct flush_note note = {.records = thread->records,
                              .credit = store_room(thread->store),
                              .credit_cost = thread->cost};
    count_room(thread, note.credit);
    while (!ring_fits(&thread->mailbox->flushes, 64, 64))
        usleep(1000); /* the hub always takes these first */
    ring_put(&thread->mailbox->flushes, 0, &note, sizeof note, 0, 0);
    ring_publish(&thread->mailbox->flushes);
    bell_ring(&thread->mailbox->hub);
}

/* The courier reads what it is rung for: so only when it is in the file. */
static void tell_courier(struct mailbox *mailbox, bool webhooks, bool messages) {
    if (!webhooks && !(messages && atomic_load(&mailbox->webhooks_exist))) return;
    atomic_fetch_add(&mailbox->webhook_news, 1);
    if (webhooks) atomic_store(&mailbox->webhooks_exist, true);
    bell_ring(&mailbox->courier);
}

/* One batch. False: nothing waited. */
static bool write_batch(struct store_thread *thread) {
    struct ring *records = &thread->mailbox->records;
    struct store_error error;
    uint32_t count = 0, tag;
    bool webhooks = false, messages = false;
    for (struct record *record; count < BATCH_RECORDS_MAX && (record = ring_take(records, &tag));
         count++) {
        if (store_put(thread->store, record, &error) != 0) disk_failed(&error);
        thread->records++;
        thread->cost = record->cost;
        webhooks |= record->kind == RECORD_WEBHOOK || record->kind == RECORD_WEBHOOK_GONE ||
                    record->kind == RECORD_DELETED;
        messages |= record->kind == RECORD_MESSAGE;
    }
    if (count == 0) return false;
    uint64_t began_us = clock_mono_us();
    if (store_commit(thread->store, &error) != 0) disk_failed(&error);
    count_flush(thread, clock_mono_us() - began_us, count);
    ring_release(records);
    atomic_store(&thread->mailbox->written, thread->records);
    tell_hub(thread);
    tell_courier(thread->mailbox, webhooks, messages);
    if (store_needs_idle(thread->store) && store_idle(thread->store, &error) != 0)
        disk_failed(&error);
    return true;
}

/* Sleep until a record comes, at most `timeout_ms`. True: none came. */
static bool sleep_quietly(struct store_thread *thread, int timeout_ms) {
    struct mailbox *mailbox = thread->mailbox;
    bell_doze(&mailbox->store);
    bool empty = ring_empty(&mailbox->records);
    if (empty && !atomic_load(&mailbox->stop_store)) {
        bell_sleep(&mailbox->store, timeout_ms);
        empty = ring_empty(&mailbox->records);
    }
    bell_wake(&mailbox->store);
    return empty;
}

/* Searching is not worth a server: it goes on with an index begun anew, or without one. */
static void mind_search(struct store_thread *thread) {
    bool in_vain = false;
    if (atomic_exchange(&thread->mailbox->search_damaged, false)) store_search_again(thread->store);
    uint32_t rebuilt = store_search_rebuilt(thread->store, &in_vain);
    if (rebuilt == thread->rebuilt) return;
    thread->rebuilt = rebuilt;
    log_line(LOG_ERROR,
             in_vain ? "search index damaged, not usable until the next start"
                     : "search index damaged, begun anew",
             log_number("times", rebuilt));
}

/* Between two messages of a conversation there is a moment in which nothing waits; moving the WAL
 * at each would triple the flushes. So the store first waits whether it stays quiet. */
void *store_thread_run(void *context) {
    struct store_thread *thread = context;
    struct mailbox *mailbox = thread->mailbox;
    struct store_error error;
    log_attach();
    tell_hub(thread);
    for (bool tidy = false, told_scarce = false;;) {
        mailbox_beat(mailbox, PULSE_STORE);
        if (write_batch(thread)) {
            tidy = false;
            continue;
        }
        if (atomic_load(&mailbox->stop_store)) break;
        uint64_t room = store_room(thread->store);
        bool scarce = room < SCARCE_BYTES;
        count_room(thread, room);
        mind_search(thread);
        if (scarce || told_scarce) tell_hub(thread);
        told_scarce = scarce;
        store_retain(thread->store, atomic_load(&thread->retention_days));
        int wait_ms = !tidy ? QUIET_MS : scarce ? SCARCE_WAIT_MS : store_wait_ms(thread->store);
        if (store_needs_idle(thread->store) || store_idle_again(thread->store)) wait_ms = 0;
        if (!sleep_quietly(thread, wait_ms) || (tidy && wait_ms != 0)) continue;
        if (store_idle(thread->store, &error) != 0) disk_failed(&error);
        tidy = true;
    }
    return NULL;
}

struct page_to {
    struct ring *pages;
    struct session_id session;
};

static void put_past(void *context, const struct event *past) {
    struct page_to *to = context;
    struct event event = *past;
    event.session = to->session;
    mailbox_put(to->pages, POST_PAST, &event, event.slices, EVENT_SLICES);
}

static int read_piece(struct reader_thread *thread, const struct query *query, struct page_to *to,
                      struct query_end *end, struct store_error *error) {
    if (query->kind != QUERY_SEARCH)
        return store_read(thread->reader, query, SESSIONS_PIECE_SIZE, put_past, to, end, error);
    int result = store_search(thread->searcher, thread->reader, query, SESSIONS_PIECE_SIZE,
                              put_past, to, end, error);
    if (store_searcher_found_damage(thread->searcher)) {
        atomic_store(&thread->mailbox->search_damaged, true);
        bell_ring(&thread->mailbox->store);
    }
    return result;
}

static void read_page(struct reader_thread *thread, struct post *post, const struct query *query) {
    while (atomic_load(&thread->mailbox->written) < query->records)
        usleep(WRITTEN_WAIT_US); /* durability off alone comes before the rows */
    struct page_to to = {.pages = &post->pages, .session = query->session};
    struct query_end end = {.session = query->session, .room = query->room};
    struct store_error error;
    if (read_piece(thread, query, &to, &end, &error) != 0) {
        log_line(LOG_ERROR, "history unreadable", log_number("room", query->room.v),
                 log_text("why", slice_text(error.text)));
        end.failed = true;
    }
    end.session = query->session;
    end.room = query->room;
    ring_put(&post->pages, POST_PAST_END, &end, sizeof end, 0, 0);
    ring_publish(&post->pages);
    bell_ring(&post->bell);
}

/* One page for each worker that asks and has room. */
static bool read_turn(struct reader_thread *thread, bool *blocked) {
    struct mailbox *mailbox = thread->mailbox;
    bool any = false;
    *blocked = false;
    for (uint32_t w = 0; w < mailbox->workers; w++) {
        struct post *post = &mailbox->posts[w];
        uint32_t tag;
        if (ring_empty(&post->queries)) continue;
        if (!ring_fits(&post->pages, mailbox->page_max, mailbox->page_max / 2)) {
            *blocked = true;
            continue;
        }
        struct query *query = ring_take(&post->queries, &tag);
        if (!query) continue;
        read_page(thread, post, query);
        ring_release(&post->queries);
        any = true;
    }
    return any;
}

void *reader_thread_run(void *context) {
    struct reader_thread *thread = context;
    struct mailbox *mailbox = thread->mailbox;
    log_attach();
    while (!atomic_load(&mailbox->stop_reader)) {
        bool blocked;
        mailbox_beat(mailbox, PULSE_READER);
        if (read_turn(thread, &blocked)) continue;
        bell_doze(&mailbox->reader);
        if (!read_turn(thread, &blocked) && !atomic_load(&mailbox->stop_reader))
            bell_sleep(&mailbox->reader, blocked ? 1 : -1);
        bell_wake(&mailbox->reader);
    }
    return NULL;
}
