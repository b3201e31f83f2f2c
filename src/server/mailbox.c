/* mailbox.c: the sizes of the rings. */
#include "server/mailbox.h"

#include <stdlib.h>
#include <sys/random.h>

#include "base/check.h"
#include "chat/reaction.h"

/* Beside the largest commands there is room for so many bytes of small ones. */
enum { COMMANDS_KEPT = 262144 };

enum { SMALL_RING = 65536, VALUE_MAX = 1024 };

static uint32_t power_of_two(uint64_t least) {
    uint32_t size = SMALL_RING;
    while (size < least)
        size *= 2;
    return size;
}

static bool post_init(struct mailbox *mailbox, struct post *post, uint32_t sessions) {
    bool ok = ring_init(&post->commands, power_of_two(3 * mailbox->command_max + COMMANDS_KEPT));
    uint64_t output = mailbox->step_output_max;
    ok &= ring_init(&post->events, power_of_two(output + output / 2)); /* hub_thread.c: ring_fits */
    uint64_t searches = SESSIONS_SEARCHES_MAX * (uint64_t)QUERY_TEXT_MAX;
    uint64_t queries = sessions * (uint64_t)(offsetof(struct query, text) + 16);
    ok &= ring_init(&post->queries, power_of_two(queries + searches + sizeof(struct query)));
    ok &= ring_init(&post->pages, power_of_two(2 * mailbox->page_max));
    ok &= ring_init(&post->orders, SMALL_RING);
    return ok && bell_open(&post->bell) == 0;
}

static bool proof_post_init(struct proof_post *post) {
    bool ok = ring_init(&post->proofs, power_of_two((PROOFS_MAX + 2) * PROOF_COST_MAX));
    ok &= ring_init(&post->proved, power_of_two((PROOFS_MAX + 2) * PROVED_COST_MAX));
    return ok && bell_open(&post->bell) == 0;
}

bool mailbox_init(struct mailbox *mailbox, uint32_t workers, uint32_t sessions,
                  uint64_t text_size_max) {
    check(workers > 0 && workers <= WORKERS_MAX);
    *mailbox = (struct mailbox){.workers = workers, .webhooks_exist = true};
    mailbox->command_max = sizeof(struct command) + text_size_max + 2 * FILTER_TEXT_MAX + VALUE_MAX;
    mailbox->record_max = sizeof(struct record) + text_size_max + TOPIC_SIZE_MAX + VALUE_MAX;
    mailbox->step_records_max =
        2 * mailbox->record_max + EFFECTS_MAX * (sizeof(struct record) + 512);
    /* either many small events, or a direct message to every session of two people */
    uint64_t many = EFFECTS_MAX * (sizeof(struct delivery) + 256);
    uint64_t direct = 2 * USER_SESSIONS_MAX * (DIRECT_TEXT_MAX + sizeof(struct delivery) + 256);
    mailbox->step_output_max = (many > direct ? many : direct) + text_size_max + 16384;
    mailbox->page_max = text_size_max + 2 * SESSIONS_PIECE_SIZE + REACTIONS_SIZE_MAX + VALUE_MAX;
    mailbox->posts = aligned_alloc(64, (workers + 1) * sizeof *mailbox->posts);
    if (!mailbox->posts) return false;
    memset(mailbox->posts, 0, (workers + 1) * sizeof *mailbox->posts);
    uint64_t key = 0;
    bool ok = getrandom(&key, sizeof key, 0) == sizeof key;
    ok &= admission_init(&mailbox->admission, key) && pace_init(&mailbox->pace, key);
    for (uint32_t w = 0; w <= workers; w++)
        ok &= post_init(mailbox, &mailbox->posts[w], w < workers ? sessions : CONTROLS_MAX);
    for (uint32_t i = 0; i < PASSWORD_THREADS; i++)
        ok &= proof_post_init(&mailbox->proof_posts[i]);
    ok &= ring_init(&mailbox->records, power_of_two(2 * mailbox->step_records_max));
    ok &= ring_init(&mailbox->flushes, SMALL_RING);
    ok &= ring_init(&mailbox->wishes, SMALL_RING);
    ok &= ring_init(&mailbox->webhook_marks, SMALL_RING);
    return ok && bell_open(&mailbox->hub) == 0 && bell_open(&mailbox->store) == 0 &&
           bell_open(&mailbox->reader) == 0 && bell_open(&mailbox->courier) == 0;
}

void mailbox_deinit(struct mailbox *mailbox) {
    admission_deinit(&mailbox->admission);
    pace_deinit(&mailbox->pace);
    for (uint32_t w = 0; w <= mailbox->workers; w++) {
        struct post *post = &mailbox->posts[w];
        ring_deinit(&post->commands);
        ring_deinit(&post->events);
        ring_deinit(&post->queries);
        ring_deinit(&post->pages);
        ring_deinit(&post->orders);
        bell_close(&post->bell);
    }
    for (uint32_t i = 0; i < PASSWORD_THREADS; i++) {
        ring_deinit(&mailbox->proof_posts[i].proofs);
        ring_deinit(&mailbox->proof_posts[i].proved);
        bell_close(&mailbox->proof_posts[i].bell);
    }
    free(mailbox->posts);
    ring_deinit(&mailbox->records);
    ring_deinit(&mailbox->flushes);
    ring_deinit(&mailbox->wishes);
    ring_deinit(&mailbox->webhook_marks);
    bell_close(&mailbox->hub);
    bell_close(&mailbox->store);
    bell_close(&mailbox->reader);
    bell_close(&mailbox->courier);
}

bool mailbox_pulse(struct mailbox *mailbox) {
    uint32_t asked = atomic_load(&mailbox->pulse_asked);
    for (uint32_t i = 0; i < PULSE_WORKER + mailbox->workers; i++)
        if (atomic_load(&mailbox->pulses[i]) != asked) return false;
    atomic_store(&mailbox->pulse_asked, asked + 1);
    bell_ring(&mailbox->hub);
    bell_ring(&mailbox->store);
    bell_ring(&mailbox->reader);
    for (uint32_t w = 0; w < mailbox->workers; w++)
        bell_ring(&mailbox->posts[w].bell);
    return true;
}
