/* Long answers of a worker: pages of history with live traffic behind them, commands that wait for
 * what the reader knows. One session that talks `line`, in one room. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>

#include "server/sessions.h"

enum { SESSIONS = 300, TEA = 1, HEARD_MAX = 1 << 16, KEPT = 4096 };

static const struct manner manner = {
    .dialect = DIALECT_LINE, .commands = true, .line_size = 4096, .name_size = 32};

struct play {
    struct sessions sessions;
    struct name_rules *names;
    struct command command; /* the last that was given; its text is in `kept` */
    struct query query;     /* the last that was asked */
    uint32_t commands, queries;
    bool full; /* the ring to the hub */
    char kept[KEPT], heard[HEARD_MAX];
};

static bool on_can_give(void *context) {
    return !((struct play *)context)->full;
}

static void on_give(void *context, const struct command *command) {
    struct play *play = context;
    play->command = *command;
    play->commands++;
    assert_true(command->text.size < KEPT);
    if (command->text.size > 0) memcpy(play->kept, command->text.at, command->text.size);
    play->command.text.at = play->kept;
}

static void on_ask(void *context, const struct query *query) {
    struct play *play = context;
    play->query = *query;
    play->queries++;
}

static void on_closed(void *context, uint32_t slot) {
    (void)context, (void)slot;
}

static void on_cut(void *context, uint32_t slot, const char *why, uint64_t bytes) {
    (void)context, (void)slot, (void)why, (void)bytes;
}

static void reply(struct play *play, uint32_t slot, struct event event) {
    const struct session *session = sessions_at(&play->sessions, slot);
    sessions_reply(&play->sessions, (struct session_id){slot, session->generation, 0}, &event);
}

static void type(struct play *play, uint32_t slot, const char *text) {
    char bytes[KEPT];
    size_t size = strlen(text);
    struct slice before = sessions_pending(&play->sessions, slot);
    if (before.size > 0) memcpy(bytes, before.at, before.size);
    memcpy(bytes + before.size, text, size);
    sessions_input(&play->sessions, slot, bytes, before.size + size);
}

/* The end of a turn: what went out since the last one. */
static const char *heard(struct play *play, uint32_t slot) {
    struct session *session = sessions_at(&play->sessions, slot);
    struct buf out;
    buf_init(&out, play->heard, sizeof play->heard - 1);
    roster_flush(&play->sessions.roster, UINT64_MAX);
    while (session->outbox.size > 0) {
        const struct outbox_ref *ref = session->outbox.first;
        uint32_t size = ref->size;
        buf_put(&out, (struct slice){ref->blob->bytes + ref->at, size});
        outbox_sent(&play->sessions.refs, &session->outbox, size);
    }
    assert_true(buf_ok(&out));
    play->heard[out.size] = 0;
    sessions_drained(&play->sessions, slot);
    return play->heard;
}

static struct event in_tea(enum event_kind kind) {
    return (struct event){
        .kind = kind, .room = {TEA}, .room_name = slice_of("tea"), .author_name = slice_of("bob")};
}

static void come(struct play *play, uint32_t slot) {
    assert_int_equal(sessions_open(&play->sessions, 0, (struct address){0}, &manner, NULL, true),
                     slot);
    type(play, slot, "ann\n");
    assert_int_equal(play->command.kind, COMMAND_HELLO);
    struct event entered = in_tea(EVENT_ENTERED);
    entered.flags = EVENT_FIRST;
    reply(play, slot, (struct event){.kind = EVENT_WELCOME, .author_name = slice_of("ann")});
    reply(play, slot, entered);
    reply(play, slot, (struct event){.kind = EVENT_DONE, .flags = EVENT_LAST});
    heard(play, slot);
    play->commands = 0;
}

static int play_new(void **state) {
    struct play *play = calloc(1, sizeof *play);
    assert_non_null(play);
    play->names = name_rules_new();
    struct sessions_hooks hooks = {.context = play,
                                   .can_give = on_can_give,
                                   .give = on_give,
                                   .ask = on_ask,
                                   .closed = on_closed,
                                   .cut = on_cut};
    assert_true(sessions_init(&play->sessions, 0, SESSIONS, 16, (struct session_limits){0},
                              play->names, hooks, 1000));
    come(play, 0);
    *state = play;
    return 0;
}

static int play_free(void **state) {
    struct play *play = *state;
    sessions_deinit(&play->sessions);
    name_rules_free(play->names);
    free(play);
    return 0;
}

static void said(struct play *play, const char *text) {
    struct event event = in_tea(EVENT_SAID);
    event.text = slice_text(text);
    sessions_publish(&play->sessions, &event);
}

static void past(struct play *play, uint64_t seq, const char *text) {
    sessions_past(&play->sessions, play->query.session,
                  &(struct event){.kind = EVENT_PAST,
                                  .room = {TEA},
                                  .seq = seq,
                                  .author_name = slice_of("eve"),
                                  .text = slice_text(text)});
}

static void past_end(struct play *play, uint32_t count, uint64_t first, bool failed) {
    struct query_end end = {.session = play->query.session,
                            .room = {TEA},
                            .count = count,
                            .first = first,
                            .last = play->query.last,
                            .failed = failed};
    sessions_past_end(&play->sessions, &end);
}

static bool tells(const char *text, const char *part) {
    return strstr(text, part) != NULL;
}

/* Looking up. */

static void a_command_goes_to_the_hub_again_with_what_was_found(void **state) {
    struct play *play = *state;
    struct event lookup = in_tea(EVENT_LOOKUP);
    type(play, 0, "/edit 3 zwei\nnext\n");
    assert_int_equal(play->commands, 1); /* what is typed next waits */
    assert_int_equal(play->command.kind, COMMAND_EDIT);
    assert_true(play->command.flags & COMMAND_WAITS);
    lookup.seq = 3;
    lookup.number = 77;
    reply(play, 0, lookup);
    assert_int_equal(play->query.kind, QUERY_ONE);
    assert_true(play->query.target == 3 && play->query.records == 77);
    sessions_past(&play->sessions, play->query.session,
                  &(struct event){.kind = EVENT_PAST,
                                  .room = {TEA},
                                  .seq = 3,
                                  .stored = STORED_MESSAGE,
                                  .identity = {42},
                                  .time_ms = 5});
    past_end(play, 0, 4, false);
    assert_string_equal(heard(play, 0), ""); /* nothing of it is shown */
    assert_int_equal(play->commands, 2);
    assert_int_equal(play->command.kind, COMMAND_EDIT);
    assert_true(play->command.flags & COMMAND_FOUND);
    assert_int_equal(play->command.found_kind, STORED_MESSAGE);
    assert_true(play->command.found_identity.v == 42 && play->command.found_time_ms == 5);
    assert_true(slice_equal(play->command.text, slice_of("zwei")));
    reply(play, 0, (struct event){.kind = EVENT_DONE, .flags = EVENT_LAST});
    assert_int_equal(play->commands, 3);
    assert_true(slice_equal(play->command.text, slice_of("next")));
}

static void what_was_removed_and_what_is_not_there_is_found_as_that(void **state) {
    struct play *play = *state;
    struct event lookup = in_tea(EVENT_LOOKUP);
    lookup.seq = 3;
    type(play, 0, "/edit 3 zwei\n");
    reply(play, 0, lookup);
    sessions_past(&play->sessions, play->query.session,
                  &(struct event){
                      .kind = EVENT_PAST, .seq = 3, .stored = STORED_MESSAGE, .flags = EVENT_OFF});
    past_end(play, 0, 4, false);
    heard(play, 0);
    assert_int_equal(play->command.found_kind, STORED_REMOVAL);
    reply(play, 0, (struct event){.kind = EVENT_DONE, .flags = EVENT_LAST});
    type(play, 0, "/edit 4 zwei\n");
    lookup.seq = 4;
    reply(play, 0, lookup);
    past_end(play, 0, 5, false);
    heard(play, 0);
    assert_true(play->command.flags & COMMAND_FOUND);
    assert_int_equal(play->command.found_kind, STORED_NOTHING);
}

static void a_refusal_without_looking_up_lets_her_go_on(void **state) {
    struct play *play = *state;
    type(play, 0, "/edit 3 zwei\nnext\n");
    reply(play, 0,
          (struct event){
              .kind = EVENT_REFUSED, .refusal = REFUSED_MESSAGE_UNKNOWN, .flags = EVENT_LAST});
    assert_int_equal(play->commands, 2);
    assert_null(sessions_at(&play->sessions, 0)->hold);
}

static void what_was_looked_up_may_be_asked_for_again(void **state) {
    struct play *play = *state;
    struct event lookup = in_tea(EVENT_LOOKUP);
    type(play, 0, "/edit 3 zwei\nnext\n");
    for (int i = 0; i < 3; i++) {
        lookup.seq = 3;
        lookup.cursor = 40u + (unsigned)i;
        reply(play, 0, lookup);
        sessions_past(&play->sessions, play->query.session,
                      &(struct event){.kind = EVENT_PAST,
                                      .room = {TEA},
                                      .seq = 3,
                                      .stored = STORED_MESSAGE,
                                      .flags = i == 2 ? EVENT_OFF : 0});
        past_end(play, 0, 4, false);
        assert_string_equal(heard(play, 0), "");
        assert_int_equal(play->commands, 2 + i); /* what is typed next waits */
        assert_int_equal(play->command.kind, COMMAND_EDIT);
        assert_true(play->command.cursor == lookup.cursor);
        assert_true(slice_equal(play->command.text, slice_of("zwei")));
        assert_int_equal(play->command.found_kind, i == 2 ? STORED_REMOVAL : STORED_MESSAGE);
    }
    reply(play, 0,
          (struct event){
              .kind = EVENT_REFUSED, .refusal = REFUSED_MESSAGE_GONE, .flags = EVENT_LAST});
    assert_int_equal(play->commands, 5);
    assert_true(slice_equal(play->command.text, slice_of("next")));
    assert_null(sessions_at(&play->sessions, 0)->hold);
}

static void a_disk_that_is_not_read_is_told(void **state) {
    struct play *play = *state;
    struct event lookup = in_tea(EVENT_LOOKUP);
    lookup.seq = 3;
    type(play, 0, "/edit 3 zwei\nnext\n");
    reply(play, 0, lookup);
    past_end(play, 0, 3, true);
    assert_true(tells(heard(play, 0), "* error: "));
    assert_int_equal(play->commands, 2); /* only what was typed next */
    assert_true(slice_equal(play->command.text, slice_of("next")));
}

static void what_was_found_waits_for_a_hub_that_is_busy(void **state) {
    struct play *play = *state;
    struct event lookup = in_tea(EVENT_LOOKUP);
    lookup.seq = 3;
    type(play, 0, "/edit 3 zwei\n");
    reply(play, 0, lookup);
    play->full = true;
    past_end(play, 0, 4, false);
    heard(play, 0);
    assert_int_equal(play->commands, 1);
    play->full = false;
    heard(play, 0);
    assert_int_equal(play->commands, 2);
    assert_true(play->command.flags & COMMAND_FOUND);
}

static void who_breaks_off_leaves_nothing(void **state) {
    struct play *play = *state;
    struct event lookup = in_tea(EVENT_LOOKUP);
    lookup.seq = 3;
    type(play, 0, "/edit 3 zwei\n");
    reply(play, 0, lookup);
    sessions_broken(&play->sessions, 0);
    assert_int_equal(play->command.kind, COMMAND_BYE);
    past_end(play, 0, 4, false);
    reply(play, 0, (struct event){.kind = EVENT_BYE});
    assert_int_equal(play->commands, 2); /* nothing after the end */
    assert_int_equal(sessions_at(&play->sessions, 0)->state, SESSION_FREE);
}

static void nothing_is_given_after_the_end(void **state) {
    struct play *play = *state;
    struct event lookup = in_tea(EVENT_LOOKUP);
    lookup.seq = 3;
    type(play, 0, "/edit 3 zwei\n");
    reply(play, 0, lookup);
    sessions_stop(&play->sessions);
    assert_int_equal(play->command.kind, COMMAND_BYE);
    past_end(play, 0, 4, false);
    heard(play, 0);
    assert_int_equal(play->commands, 2);
    assert_null(sessions_at(&play->sessions, 0)->hold);
}

/* Pages. */

static void query(struct play *play, enum query_kind kind, uint64_t after, uint64_t seq) {
    struct event event = in_tea(EVENT_QUERY);
    type(play, 0, "/history 9\n");
    event.why = (uint8_t)kind;
    event.count = 9;
    event.after = after;
    event.seq = seq;
    reply(play, 0, event);
    assert_int_equal(play->query.kind, kind);
    assert_true(play->query.first == after + 1);
    assert_true(play->query.last == seq);
}

static void what_is_said_meanwhile_comes_behind_the_page(void **state) {
    struct play *play = *state;
    query(play, QUERY_EVENTS, 4, 6);
    said(play, "seven");
    past(play, 5, "five");
    assert_false(tells(heard(play, 0), "seven"));
    past_end(play, 8, 6, false); /* a piece: the next is asked for when it has gone out */
    said(play, "eight");
    assert_false(tells(heard(play, 0), "eight"));
    assert_int_equal(play->queries, 2);
    assert_int_equal(play->query.kind, QUERY_EVENTS);
    assert_true(play->query.first == 6);
    past(play, 6, "six");
    past_end(play, 0, 7, false);
    const char *text = heard(play, 0), *six = strstr(text, "six");
    assert_non_null(six);
    const char *seven = strstr(six, "seven");
    assert_non_null(seven);
    assert_non_null(strstr(seven, "eight"));
    said(play, "nine");
    assert_string_equal(heard(play, 0), "bob: nine\n");
}

static void who_is_put_out_meanwhile_is_told_behind_what_the_room_said(void **state) {
    struct play *play = *state;
    query(play, QUERY_EVENTS, 4, 6);
    said(play, "seven");
    struct event exited = in_tea(EVENT_EXITED), entered = in_tea(EVENT_ENTERED);
    exited.why = LEAVING_KICKED;
    reply(play, 0, exited);
    reply(play, 0, entered); /* and is taken in again */
    said(play, "nine");
    past(play, 5, "five");
    past(play, 6, "six");
    assert_false(tells(heard(play, 0), "put you out"));
    past_end(play, 0, 7, false);
    const char *seven = strstr(heard(play, 0), "seven");
    assert_non_null(seven);
    const char *kicked = strstr(seven, "put you out");
    assert_non_null(kicked);
    assert_non_null(strstr(kicked, "nine"));
}

static void what_one_other_says_comes_behind_the_page_of_the_two(void **state) {
    struct play *play = *state;
    struct event told = in_tea(EVENT_TOLD);
    query(play, QUERY_EVENTS, 4, 6);
    told.flags = EVENT_DIRECT;
    told.text = slice_of("seven");
    reply(play, 0, told);
    past(play, 5, "five");
    assert_false(tells(heard(play, 0), "seven"));
    told.room.v = TEA + 1; /* of another two: at once */
    told.text = slice_of("other");
    reply(play, 0, told);
    assert_true(tells(heard(play, 0), "other"));
    past(play, 6, "six");
    past_end(play, 0, 7, false);
    const char *six = strstr(heard(play, 0), "six");
    assert_non_null(six);
    assert_non_null(strstr(six, "seven"));
}

static void a_first_piece_from_the_end_goes_on_as_a_range(void **state) {
    struct play *play = *state;
    query(play, QUERY_AROUND, 0, 9);
    past(play, 3, "three");
    past_end(play, 8, 4, false);
    heard(play, 0);
    assert_int_equal(play->query.kind, QUERY_RANGE);
    assert_true(play->query.first == 4 && play->query.last == 9 && play->query.count == 8);
    past_end(play, 0, 10, false);
}

/* No gap is silent: at the beginning, in the middle, at the end. */
static void what_is_not_kept_any_more_is_told(void **state) {
    struct play *play = *state;
    query(play, QUERY_EVENTS, 4, 12);
    past(play, 7, "seven");
    assert_true(tells(heard(play, 0), "5 to #6"));
    past(play, 8, "eight");
    past_end(play, 3, 9, false);
    assert_false(tells(heard(play, 0), " to #"));
    past(play, 10, "ten");
    assert_true(tells(heard(play, 0), "9 "));
    past_end(play, 0, 13, false);
    assert_true(tells(heard(play, 0), "11 to #12"));
    query(play, QUERY_RANGE, 4, 12); /* a page of messages has holes where others are */
    past(play, 7, "seven");
    past_end(play, 0, 13, false);
    assert_false(tells(heard(play, 0), " to #"));
}

static void a_page_that_cannot_be_read_says_so(void **state) {
    struct play *play = *state;
    query(play, QUERY_EVENTS, 4, 12);
    past(play, 5, "five");
    past_end(play, 7, 6, true);
    assert_true(tells(heard(play, 0), "* error: "));
    assert_null(sessions_at(&play->sessions, 0)->hold);
}

static void so_many_searches_are_under_way_and_no_more(void **state) {
    struct play *play = *state;
    struct event search = in_tea(EVENT_QUERY);
    search.why = QUERY_SEARCH;
    search.count = 9;
    search.seq = 5;
    search.text = slice_of("leaves");
    for (uint32_t slot = 1; slot <= SESSIONS_SEARCHES_MAX; slot++) {
        come(play, slot);
        type(play, slot, "/search leaves\n");
        assert_int_equal(play->command.kind, COMMAND_SEARCH);
        reply(play, slot, search);
    }
    assert_int_equal(play->queries, SESSIONS_SEARCHES_MAX);
    assert_int_equal(play->query.text_size, 6);
    assert_memory_equal(play->query.text, "leaves", 6);
    type(play, 0, "/search leaves\n");
    reply(play, 0, search);
    assert_true(tells(heard(play, 0), "* error: "));
    assert_int_equal(play->queries, SESSIONS_SEARCHES_MAX);
    past_end(play, 0, 1, false); /* of the last of them */
    type(play, 0, "/search leaves\n");
    reply(play, 0, search);
    assert_int_equal(play->queries, SESSIONS_SEARCHES_MAX + 1);
    struct query_end broad = {
        .session = play->query.session, .room = {TEA}, .refusal = REFUSED_QUERY_BROAD};
    heard(play, 0);
    sessions_past_end(&play->sessions, &broad);
    assert_true(tells(heard(play, 0), "* error: "));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, play_new, play_free)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(a_command_goes_to_the_hub_again_with_what_was_found),
        TEST(what_was_removed_and_what_is_not_there_is_found_as_that),
        TEST(a_refusal_without_looking_up_lets_her_go_on),
        TEST(what_was_looked_up_may_be_asked_for_again),
        TEST(a_disk_that_is_not_read_is_told),
        TEST(what_was_found_waits_for_a_hub_that_is_busy),
        TEST(who_breaks_off_leaves_nothing),
        TEST(nothing_is_given_after_the_end),
        TEST(what_is_said_meanwhile_comes_behind_the_page),
        TEST(who_is_put_out_meanwhile_is_told_behind_what_the_room_said),
        TEST(what_one_other_says_comes_behind_the_page_of_the_two),
        TEST(a_first_piece_from_the_end_goes_on_as_a_range),
        TEST(what_is_not_kept_any_more_is_told),
        TEST(a_page_that_cannot_be_read_says_so),
        TEST(so_many_searches_are_under_way_and_no_more),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
