/* Outgoing webhooks on the disk: they come back as far as they had got, and a reader finds what is
 * due, after a restore too. */
#include "chat/webhook.h"
#include "test_store_expect.h"

static struct record webhook(uint64_t number, uint32_t room, uint64_t epoch, uint64_t seq) {
    return (struct record){.kind = RECORD_WEBHOOK,
                           .number = number,
                           .room.v = room,
                           .author.v = 5,
                           .epoch = epoch,
                           .seq = seq,
                           .time_ms = 7,
                           .author_name = slice_of("bob"),
                           .text = slice_of("https://a.example/"),
                           .secret = slice_of("a key\1of bytes")};
}

struct seen {
    uint32_t count;
    uint64_t numbers[8], epochs[8], seqs[8], froms[8], heads[8];
};

static void loaded_webhook(void *context, const struct record *record) {
    struct seen *seen = context;
    if (record->kind != RECORD_WEBHOOK) return;
    struct record made = webhook(record->number, record->room.v, record->epoch, record->seq);
    assert_true(slice_equal(record->text, made.text) && slice_equal(record->secret, made.secret));
    assert_true(slice_equal(record->author_name, made.author_name));
    assert_int_equal(record->time_ms, made.time_ms);
    seen->numbers[seen->count] = record->number;
    seen->epochs[seen->count] = record->epoch;
    seen->seqs[seen->count++] = record->seq;
}

static struct seen load(struct scratch *s, struct store *store) {
    struct seen seen = {0};
    uint32_t skipped;
    assert_int_equal(store_load(store, loaded_webhook, &seen, &skipped, &s->error), 0);
    assert_int_equal(skipped, 0);
    return seen;
}

static void they_come_back_as_far_as_they_had_got(void **state) {
    struct scratch *s = *state;
    struct store *store = scratch_open(s);
    scratch_make_room(s, store, 1);
    scratch_make_room(s, store, 2);
    for (uint64_t number = 1; number <= 4; number++)
        scratch_put(s, store, webhook(number, number < 4 ? 1 : 2, 0xE, 3));
    scratch_put(s, store, webhook(2, 1, UINT64_MAX - 1, UINT64_C(1) << 39));
    scratch_put(s, store, (struct record){.kind = RECORD_WEBHOOK_GONE, .number = 3});
    scratch_put(s, store, (struct record){.kind = RECORD_DELETED, .room.v = 2});
    scratch_commit(s, store);
    store_close(store);
    store = scratch_open(s);
    struct seen seen = load(s, store);
    assert_int_equal(seen.count, 2);
    assert_int_equal(seen.numbers[0], 1);
    assert_int_equal(seen.seqs[0], 3);
    assert_int_equal(seen.numbers[1], 2);
    assert_true(seen.epochs[1] == UINT64_MAX - 1 && seen.seqs[1] == UINT64_C(1) << 39);
    store_close(store);
}

static void read_webhook(void *context, const struct store_webhook *found) {
    struct seen *seen = context;
    seen->numbers[seen->count] = found->webhook->number;
    seen->froms[seen->count] = found->from;
    seen->heads[seen->count++] = found->room_seq;
}

/* One of the room's epoch, one of an epoch that nobody knows. */
static void a_reader_finds_where_each_goes_on(void **state) {
    struct scratch *s = *state;
    struct store *store = scratch_open(s);
    char name[24];
    scratch_make_room(s, store, 1);
    scratch_say(s, store, 1, 1, 9, 8);
    uint64_t epoch = scratch_room(1, name).epoch;
    scratch_put(s, store, webhook(1, 1, epoch, 4));
    scratch_put(s, store, webhook(2, 1, epoch + 1, 4));
    scratch_commit(s, store);
    struct store_reader *reader = scratch_reader(s);
    struct seen seen = {0};
    assert_int_equal(store_read_webhooks(reader, read_webhook, &seen, &s->error), 0);
    assert_int_equal(seen.count, 2);
    assert_int_equal(seen.froms[0], 4);
    assert_int_equal(seen.froms[1], 9);
    assert_int_equal(seen.heads[0], 9);
    store_reader_close(reader);
    store_close(store);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        scratch_test(they_come_back_as_far_as_they_had_got),
        scratch_test(a_reader_finds_where_each_goes_on),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
