/* The roster: who is in which room of a worker, and who is told what, once, in order. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>

#include "dialect/dialect.h"
#include "server/roster.h"
#include "sim/sim.h"

enum { SESSIONS = 6, HEARD_MAX = 1 << 17, TEA = 1, OX = 2 };

static const struct manner line_manner = {.dialect = DIALECT_LINE, .announce = true};
static const struct manner pipe_manner = {.dialect = DIALECT_PIPE};

struct listener {
    struct talk talk;
    uint32_t chain, scatter;
    struct buf heard, parked;
    char heard_bytes[HEARD_MAX], parked_bytes[HEARD_MAX];
};

struct play {
    struct blob_pool blobs;
    struct roster roster;
    struct listener listeners[SESSIONS];
};

static void on_deliver(void *context, uint32_t session, bool parked, struct blob *blob, uint32_t at,
                       uint32_t size) {
    struct listener *listener = &((struct play *)context)->listeners[session];
    assert_true(at + size <= blob->size);
    buf_put(parked ? &listener->parked : &listener->heard, (struct slice){blob->bytes + at, size});
}

static void on_answer(void *context, uint32_t session, const struct event *event) {
    struct play *play = context;
    struct listener *listener = &play->listeners[session];
    roster_take_all(&play->roster, listener->chain);
    buf_text(&listener->heard, "<own ");
    buf_put(&listener->heard, event->text);
    buf_text(&listener->heard, ">\n");
}

static void on_unlink(void *context, uint32_t session, uint32_t member, const struct event *event) {
    assert_int_equal(event->kind, EVENT_DELETED);
    struct play *play = context;
    roster_remove_row(&play->roster, &play->listeners[session].chain, member);
}

static bool on_sees_first(void *context, uint32_t session, const struct event *event) {
    struct listener *listener = &((struct play *)context)->listeners[session];
    bool first = listener->scatter != (uint32_t)event->number;
    listener->scatter = (uint32_t)event->number;
    return first;
}

/* Sessions 0, 1, 2 talk `line`, 3, 4, 5 talk `pipe`. */
static int play_new(void **state) {
    struct play *play = calloc(1, sizeof *play);
    assert_non_null(play);
    struct roster_hooks hooks = {.context = play,
                                 .deliver = on_deliver,
                                 .answer = on_answer,
                                 .unlink = on_unlink,
                                 .sees_first = on_sees_first};
    assert_true(roster_init(&play->roster, 16, &play->blobs, hooks));
    for (uint32_t i = 0; i < SESSIONS; i++) {
        struct listener *listener = &play->listeners[i];
        bool line = i < 3;
        listener->chain = ROSTER_NONE;
        listener->talk.manner = line ? &line_manner : &pipe_manner;
        listener->talk.kind = line ? DIALECT_LINE : DIALECT_PIPE;
        listener->talk.home.v = listener->talk.focus.v = TEA;
        buf_init(&listener->heard, listener->heard_bytes, HEARD_MAX);
        buf_init(&listener->parked, listener->parked_bytes, HEARD_MAX);
    }
    *state = play;
    return 0;
}

static int play_free(void **state) {
    struct play *play = *state;
    for (uint32_t i = 0; i < SESSIONS; i++)
        roster_drop(&play->roster, &play->listeners[i].chain);
    roster_verify(&play->roster);
    roster_deinit(&play->roster);
    blob_pool_trim(&play->blobs);
    free(play);
    return 0;
}

static void enter(struct play *play, uint32_t session, uint32_t room) {
    struct listener *listener = &play->listeners[session];
    struct room_id id = {room};
    assert_true(roster_add(&play->roster, &listener->chain, session, id,
                           dialect_view(&listener->talk, id)));
    roster_verify(&play->roster);
}

static void publish(struct play *play, enum event_kind kind, uint32_t room, uint32_t author,
                    const char *text, uint64_t now_ms) {
    struct event event = {.kind = kind,
                          .room = {room},
                          .author = {7},
                          .author_name = slice_of("ann"),
                          .room_name = slice_of("room"),
                          .other = slice_of("eve"),
                          .text = slice_text(text)};
    uint32_t chain = author < SESSIONS ? play->listeners[author].chain : ROSTER_NONE;
    roster_publish(&play->roster, &event, author, chain, now_ms);
    roster_verify(&play->roster);
}

static void say(struct play *play, uint32_t room, uint32_t author, const char *text) {
    publish(play, EVENT_SAID, room, author, text, 0);
}

static void assert_text(struct buf *heard, const char *wanted) {
    buf_byte(heard, 0);
    assert_true(buf_ok(heard));
    assert_string_equal(heard->at, wanted);
    heard->size = 0;
}

static void assert_heard(struct play *play, uint32_t session, const char *wanted) {
    assert_text(&play->listeners[session].heard, wanted);
}

static void everybody_in_a_room_is_told_once_in_her_own_dialect(void **state) {
    struct play *play = *state;
    for (uint32_t i = 0; i < SESSIONS - 1; i++)
        enter(play, i, TEA);
    say(play, TEA, ROSTER_NONE, "one");
    say(play, TEA, ROSTER_NONE, "two");
    assert_heard(play, 0, "");
    roster_flush(&play->roster, 0);
    for (uint32_t i = 0; i < 3; i++)
        assert_heard(play, i, "ann: one\nann: two\n");
    assert_heard(play, 3, "100|7|one\n100|7|two\n");
    assert_heard(play, 5, "");
    roster_flush(&play->roster, 1000);
    assert_heard(play, 0, "");
}

static void an_author_sees_what_she_did_in_its_place(void **state) {
    struct play *play = *state;
    enter(play, 0, TEA);
    enter(play, 1, TEA);
    say(play, TEA, 1, "before");
    say(play, TEA, 0, "mine");
    say(play, TEA, 1, "after");
    roster_flush(&play->roster, 0);
    assert_heard(play, 0, "ann: before\n<own mine>\nann: after\n");
    assert_heard(play, 1, "<own before>\nann: mine\n<own after>\n");
}

/* The chunk of one view is full while another has just been written. */
static void a_full_chunk_of_others_gives_an_author_nothing_twice(void **state) {
    struct play *play = *state;
    char text[1001];
    memset(text, 'x', 1000);
    text[1000] = 0;
    enter(play, 0, TEA);
    enter(play, 3, TEA);
    for (int i = 0; i < 100; i++) {
        publish(play, EVENT_SAID, TEA, 0, text, 0);
        roster_take_all(&play->roster, play->listeners[0].chain);
        assert_memory_equal(play->listeners[0].heard_bytes, "<own xxx", 8);
        assert_int_equal(play->listeners[0].heard.size, 1000 + 7);
        play->listeners[0].heard.size = 0;
    }
    roster_flush(&play->roster, 0);
    assert_int_equal(play->listeners[3].heard.size, 100 * (1000 + 7));
}

static void notices_wait_for_company_but_not_for_ever(void **state) {
    struct play *play = *state;
    enter(play, 0, TEA);
    publish(play, EVENT_JOINED, TEA, ROSTER_NONE, "", 1000);
    assert_int_equal(roster_flush(&play->roster, 1003), 1004);
    assert_heard(play, 0, "");
    assert_int_equal(roster_flush(&play->roster, 1004), 0);
    assert_heard(play, 0, "ann has joined the chat\n");
    for (uint64_t now_ms = 2000; now_ms < 2020; now_ms += 2) {
        publish(play, EVENT_JOINED, TEA, ROSTER_NONE, "", now_ms);
        assert_true(roster_flush(&play->roster, now_ms + 1) > now_ms + 1);
    }
    play->listeners[0].heard.size = 0;
    assert_int_equal(roster_flush(&play->roster, 2019), 2020);
    assert_int_equal(roster_flush(&play->roster, 2020), 0);
    assert_int_equal(play->listeners[0].heard.size, 10 * strlen("ann has joined the chat\n"));
}

static void a_message_takes_the_notices_before_it_along(void **state) {
    struct play *play = *state;
    enter(play, 0, TEA);
    publish(play, EVENT_JOINED, TEA, ROSTER_NONE, "", 1000);
    publish(play, EVENT_SAID, TEA, ROSTER_NONE, "hi", 1001);
    roster_flush(&play->roster, 1001);
    assert_heard(play, 0, "ann has joined the chat\nann: hi\n");
}

static void an_answer_comes_behind_what_was_told_before(void **state) {
    struct play *play = *state;
    enter(play, 0, TEA);
    enter(play, 0, OX);
    publish(play, EVENT_JOINED, TEA, ROSTER_NONE, "", 1000);
    publish(play, EVENT_JOINED, OX, ROSTER_NONE, "", 1000);
    roster_take_all(&play->roster, play->listeners[0].chain);
    play->listeners[0].heard.at[play->listeners[0].heard.size] = 0;
    assert_non_null(strstr(play->listeners[0].heard_bytes, "ann has joined the chat\n"));
    assert_non_null(strstr(play->listeners[0].heard_bytes, "[room] ann has joined the chat\n"));
}

static void who_leaves_takes_what_is_hers_and_nothing_later(void **state) {
    struct play *play = *state;
    enter(play, 0, TEA);
    enter(play, 1, TEA);
    say(play, TEA, ROSTER_NONE, "one");
    roster_remove(&play->roster, &play->listeners[0].chain, (struct room_id){TEA});
    roster_remove(&play->roster, &play->listeners[0].chain, (struct room_id){TEA});
    say(play, TEA, ROSTER_NONE, "two");
    roster_flush(&play->roster, 0);
    assert_heard(play, 0, "ann: one\n");
    assert_heard(play, 1, "ann: one\nann: two\n");
}

static void who_enters_is_told_nothing_earlier(void **state) {
    struct play *play = *state;
    enter(play, 0, TEA);
    say(play, TEA, ROSTER_NONE, "one");
    enter(play, 1, TEA);
    say(play, TEA, ROSTER_NONE, "two");
    roster_flush(&play->roster, 0);
    assert_heard(play, 1, "ann: two\n");
}

static void a_changed_view_holds_from_then_on(void **state) {
    struct play *play = *state;
    struct listener *listener = &play->listeners[0];
    enter(play, 0, TEA);
    say(play, TEA, ROSTER_NONE, "here");
    listener->talk.focus.v = OX;
    roster_set_view(&play->roster, listener->chain,
                    dialect_view(&listener->talk, (struct room_id){TEA}));
    roster_verify(&play->roster);
    say(play, TEA, ROSTER_NONE, "there");
    roster_flush(&play->roster, 0);
    assert_heard(play, 0, "ann: here\n[room] ann: there\n");
}

static void what_is_parked_goes_behind_the_page(void **state) {
    struct play *play = *state;
    struct listener *listener = &play->listeners[0];
    enter(play, 0, TEA);
    say(play, TEA, ROSTER_NONE, "before");
    roster_park(&play->roster, listener->chain, true);
    say(play, TEA, ROSTER_NONE, "beside");
    roster_flush(&play->roster, 0);
    roster_park(&play->roster, listener->chain, false);
    say(play, TEA, ROSTER_NONE, "after");
    roster_flush(&play->roster, 0);
    assert_heard(play, 0, "ann: before\nann: after\n");
    assert_text(&listener->parked, "ann: beside\n");
}

static void an_event_of_several_rooms_is_seen_once(void **state) {
    struct play *play = *state;
    enter(play, 0, TEA);
    enter(play, 0, OX);
    enter(play, 1, OX);
    enter(play, 2, TEA);
    for (uint32_t room = TEA; room <= OX; room++) {
        struct event event = {.kind = EVENT_RENAMED,
                              .flags = EVENT_SCATTERED,
                              .room = {room},
                              .number = 5,
                              .text = slice_of("new"),
                              .author_name = slice_of("ann"),
                              .other = slice_of("eve")};
        roster_publish(&play->roster, &event, 2, play->listeners[2].chain, 0);
    }
    assert_heard(play, 0, "* ann is now called eve\n");
    assert_heard(play, 1, "* ann is now called eve\n");
    assert_heard(play, 2, "<own new>\n");
}

static void nobody_is_left_in_a_room_that_is_deleted(void **state) {
    struct play *play = *state;
    for (uint32_t i = 0; i < SESSIONS; i++)
        enter(play, i, TEA);
    enter(play, 1, OX);
    publish(play, EVENT_DELETED, TEA, 0, "", 0);
    say(play, TEA, ROSTER_NONE, "to nobody");
    roster_flush(&play->roster, 0);
    assert_heard(play, 0, "<own >\n");
    assert_heard(play, 1, "* ann deleted the room room\n");
    assert_heard(play, 3, "105|0|1|room\n");
    assert_int_equal(play->listeners[0].chain, ROSTER_NONE);
    assert_int_not_equal(play->listeners[1].chain, ROSTER_NONE);
}

static void a_room_that_all_left_is_a_new_one_for_who_comes(void **state) {
    struct play *play = *state;
    for (uint32_t i = 0; i < 10; i++) {
        enter(play, 0, TEA);
        publish(play, EVENT_JOINED, TEA, ROSTER_NONE, "", 1000);
        roster_drop(&play->roster, &play->listeners[0].chain);
        enter(play, 1, TEA);
        roster_flush(&play->roster, 2000);
        roster_drop(&play->roster, &play->listeners[1].chain);
    }
    assert_heard(play, 0, "");
    assert_heard(play, 1, "");
}

static void assert_found_out(const char *plant) {
    char fault[16];
    size_t size = strlen(plant) + 1;
    assert_true(size <= sizeof fault);
    memcpy(fault, plant, size);
    char *arguments[] = {"sim", "1", "--plant", fault, NULL};
    assert_int_equal(sim_main(4, arguments), 1);
}

static void simulated_faults_on_the_way_to_the_readers_are_found_out(void **state) {
    (void)state;
    assert_found_out("order");
    assert_found_out("once");
    assert_found_out("roster");
    assert_found_out("seam");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, play_new, play_free)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(everybody_in_a_room_is_told_once_in_her_own_dialect),
        TEST(an_author_sees_what_she_did_in_its_place),
        TEST(a_full_chunk_of_others_gives_an_author_nothing_twice),
        TEST(notices_wait_for_company_but_not_for_ever),
        TEST(a_message_takes_the_notices_before_it_along),
        TEST(an_answer_comes_behind_what_was_told_before),
        TEST(who_leaves_takes_what_is_hers_and_nothing_later),
        TEST(who_enters_is_told_nothing_earlier),
        TEST(a_changed_view_holds_from_then_on),
        TEST(what_is_parked_goes_behind_the_page),
        TEST(an_event_of_several_rooms_is_seen_once),
        TEST(nobody_is_left_in_a_room_that_is_deleted),
        TEST(a_room_that_all_left_is_a_new_one_for_who_comes),
        cmocka_unit_test(simulated_faults_on_the_way_to_the_readers_are_found_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
