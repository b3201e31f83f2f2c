/* The hub: messages and their numbers, the disk, what is loaded. */
#include "test_hub_play.h"

#include "chat/once.h"
#include "sim/sim.h"

/* Messages. */

static void messages_count_without_holes_whatever_the_clock_does(void **state) {
    struct play *play = *state;
    int64_t last_ms = 0;
    hello(play, 0, "ann", NAMING_EXACT);
    for (uint64_t seq = 1; seq <= 20; seq++) {
        play->now_ms += seq % 3 == 0 ? -5000 : 700;
        on_room(play, 0, COMMAND_SAY, "lobby", seq % 4 == 0 ? "" : "x");
        if (seq % 4 == 0) {
            assert_int_equal(refused(play), REFUSED_TEXT_EMPTY);
            continue;
        }
        assert_true(record_of(play, RECORD_MESSAGE)->seq == seq - seq / 4);
        assert_true(event_of(play, EVENT_SAID)->seq == seq - seq / 4);
        assert_true(record_of(play, RECORD_MESSAGE)->time_ms >= last_ms);
        last_ms = record_of(play, RECORD_MESSAGE)->time_ms;
    }
}

static void texts_have_a_size_and_a_number_of_lines(void **state) {
    struct play *play = *state;
    char text[TEXT_LINES_MAX + 2];
    memset(text, 'x', sizeof text);
    hello(play, 0, "ann", NAMING_EXACT);
    text[limits.text_size] = 0;
    on_room(play, 0, COMMAND_SAY, "lobby", text);
    assert_int_equal(refused(play), REFUSED_NOT);
    text[limits.text_size] = 'x';
    text[limits.text_size + 1] = 0;
    on_room(play, 0, COMMAND_SAY, "lobby", text);
    assert_int_equal(refused(play), REFUSED_TEXT_TOO_LONG);
}

static void a_message_with_an_id_is_stored_once(void **state) {
    struct play *play = *state;
    hello(play, 0, "ann", NAMING_EXACT);
    hello(play, 1, "eve", NAMING_EXACT);
    say_id(play, 0, "hi", "a1");
    assert_shown(play, "+message #said");
    say_id(play, 0, "hi", "a1");
    assert_shown(play, "done@0");
    assert_true(event_of(play, EVENT_DONE)->flags & EVENT_AGAIN);
    assert_true(event_of(play, EVENT_DONE)->seq == 1);
    assert_int_equal(play->effects.at[0].room_row, 0); /* waits for the room's last record */
    say_id(play, 0, "other", "a1");
    assert_int_equal(refused(play), REFUSED_CLIENT_ID_REUSED);
    say_id(play, 1, "hers", "a1"); /* another person's id is another id */
    assert_shown(play, "+message #said");
}

static void as_many_ids_are_remembered_as_was_said(void **state) {
    struct play *play = *state;
    char id[] = "id0";
    hello(play, 0, "ann", NAMING_EXACT);
    for (int i = 0; i <= IDS; i++) {
        id[2] = (char)('0' + i);
        say_id(play, 0, "hi", id);
        assert_shown(play, "+message #said");
    }
    say_id(play, 0, "hi", "id4");
    assert_shown(play, "done@0");
    say_id(play, 0, "hi", "id1");
    assert_shown(play, "done@0");
    say_id(play, 0, "hi", "id0"); /* the oldest was forgotten */
    assert_shown(play, "+message #said");
}

static void a_strange_id_is_refused(void **state) {
    struct play *play = *state;
    char id[CLIENT_ID_SIZE_MAX + 2];
    hello(play, 0, "ann", NAMING_EXACT);
    say_id(play, 0, "hi", "a b");
    assert_int_equal(refused(play), REFUSED_CLIENT_ID_BAD);
    memset(id, 'x', sizeof id - 1);
    id[sizeof id - 1] = 0;
    say_id(play, 0, "hi", id);
    assert_int_equal(refused(play), REFUSED_CLIENT_ID_BAD);
}

static void a_page_is_stamped_with_the_rooms_number(void **state) {
    struct play *play = *state;
    struct command ask = {.kind = COMMAND_HISTORY, .room = slice_of("lobby"), .count = 99};
    hello(play, 0, "ann", NAMING_EXACT);
    on_room(play, 0, COMMAND_SAY, "lobby", "x");
    on_room(play, 0, COMMAND_SAY, "lobby", "y");
    ask.before = 2;
    give(play, 0, ask);
    assert_shown(play, "query@0");
    assert_true(event_of(play, EVENT_QUERY)->seq == 2);
    assert_true(event_of(play, EVENT_QUERY)->before == 2);
    assert_int_equal(event_of(play, EVENT_QUERY)->count, limits.history_count);
    assert_int_equal(play->effects.at[0].room_row, 0);
}

static struct command answer(uint64_t target) {
    return (struct command){
        .kind = COMMAND_SAY, .room = slice_of("lobby"), .text = slice_of("yes"), .target = target};
}

static void a_message_answers_one_that_is_there(void **state) {
    struct play *play = *state;
    hello(play, 0, "ann", NAMING_EXACT);
    give(play, 0, answer(1));
    assert_int_equal(refused(play), REFUSED_MESSAGE_UNKNOWN);
    on_room(play, 0, COMMAND_SAY, "lobby", "x");
    give(play, 0, answer(1));
    assert_shown(play, "+message #said");
    assert_true(record_of(play, RECORD_MESSAGE)->target == 1);
    assert_true(event_of(play, EVENT_SAID)->target == 1);
}

/* THREATS 52. */
static void t052_ids_are_remembered_over_a_restart(void **state) {
    struct play *play = *state;
    hello(play, 0, "ann", NAMING_EXACT);
    say_id(play, 0, "hi", "a1");
    struct record once = *record_of(play, RECORD_MESSAGE);
    struct record none = {.kind = RECORD_ONCE, .room = once.room, .seq = 1};
    assert_false(hub_load(play->hub, &none));
    once.client_id = slice_of("old");
    once.text = slice_of("ho");
    once = once_record(&once);
    once.seq = 2; /* more than the room has */
    assert_false(hub_load(play->hub, &once));
    once.seq = 1;
    assert_true(hub_load(play->hub, &once));
    say_id(play, 0, "ho", "old");
    assert_shown(play, "done@0");
    assert_true(event_of(play, EVENT_DONE)->seq == 1);
    say_id(play, 0, "other", "old");
    assert_int_equal(refused(play), REFUSED_CLIENT_ID_REUSED);
    hello(play, 1, "eve", NAMING_EXACT);
    say_id(play, 1, "ho", "old"); /* another's id says nothing of hers */
    assert_shown(play, "+message #said");
}

static void the_newest_of_the_loaded_ids_is_forgotten_last(void **state) {
    struct play *play = *state;
    char ids[IDS + 1][3];
    hello(play, 0, "ann", NAMING_EXACT);
    on_room(play, 0, COMMAND_SAY, "lobby", "x");
    struct record once = *record_of(play, RECORD_MESSAGE);
    for (int i = 0; i <= IDS; i++) { /* one more than fits: it is the oldest */
        ids[i][0] = 'a', ids[i][1] = (char)('0' + i), ids[i][2] = 0;
        once.client_id = slice_text(ids[i]);
        struct record loaded = once_record(&once);
        assert_true(hub_load(play->hub, &loaded));
    }
    say_id(play, 0, "x", ids[IDS - 1]);
    assert_shown(play, "done@0");
    say_id(play, 0, "x", ids[IDS]); /* did not fit, and now takes the place of the oldest */
    assert_shown(play, "+message #said");
    say_id(play, 0, "x", ids[IDS - 1]);
    assert_shown(play, "+message #said");
    say_id(play, 0, "x", ids[1]);
    assert_shown(play, "done@0");
    say_id(play, 0, "x", ids[0]);
    assert_shown(play, "done@0");
}

/* Mentions: THREATS 58. */
static void t058_who_is_called_by_name_is_told(void **state) {
    struct play *play = *state;
    hello(play, 0, "ann", NAMING_EXACT);
    hello(play, 1, "bob", NAMING_EXACT);
    hello(play, 2, "eve", NAMING_EXACT);
    on_room(play, 0, COMMAND_SAY, "lobby", "Bob: tea?");
    assert_shown(play, "+message #said alert@1");
    assert_int_equal(event_of(play, EVENT_ALERT)->why, ALERT_MENTIONED);
    assert_true(event_of(play, EVENT_ALERT)->seq == 1);
    on_room(play, 0, COMMAND_SAY, "lobby", "hi @eve, @BOB and @eve!");
    assert_shown(play, "+message #said alert@2 alert@1");
    on_room(play, 0, COMMAND_SAY, "lobby", "mail bob@eve.example, ann: @ann or bob: or @nobody");
    assert_shown(play, "+message #said");
    give(play, 1, (struct command){.kind = COMMAND_AWAY, .text = slice_of("tea")});
    on_room(play, 0, COMMAND_SAY, "lobby", "@bob @bob");
    assert_shown(play, "+message #said alert@0");
    assert_int_equal(event_of(play, EVENT_ALERT)->why, ALERT_AWAY);
    on_room(play, 2, COMMAND_LEAVE, "lobby", "");
    on_room(play, 0, COMMAND_SAY, "lobby", "@eve");
    assert_shown(play, "+message #said");
}

static void so_many_are_called_by_one_message_and_no_more(void **state) {
    struct play *play = *state;
    char name[] = "bob-0", text[200];
    struct buf all;
    buf_init(&all, text, sizeof text);
    hello(play, 0, "ann", NAMING_EXACT);
    for (uint32_t i = 1; i <= MENTIONS_MAX + 3; i++) {
        name[4] = (char)('0' + i);
        hello(play, i, name, NAMING_EXACT);
        buf_text(&all, " @");
        buf_text(&all, name);
    }
    buf_byte(&all, 0);
    on_room(play, 0, COMMAND_SAY, "lobby", text);
    assert_int_equal(play->effects.count, 2 + MENTIONS_MAX);
}

/* The disk. */

static void set_credit(struct play *play, uint64_t credit) {
    step(play,
         (struct hub_input){.kind = INPUT_CREDIT, .credit = credit, .credit_cost = play->cost});
}

static void what_does_not_fit_on_the_disk_is_refused_and_changes_nothing(void **state) {
    struct play *play = *state;
    hello(play, 0, "ann", NAMING_EXACT);
    on_room(play, 0, COMMAND_SAY, "lobby", "x");
    uint64_t digest = hub_digest(play->hub);
    set_credit(play, 0);
    on_room(play, 0, COMMAND_SAY, "lobby", "x");
    assert_shown(play, "refused@0");
    assert_int_equal(refused(play), REFUSED_STORE_FULL);
    on_room(play, 0, COMMAND_JOIN, "tea", "");
    assert_int_equal(refused(play), REFUSED_STORE_FULL);
    give(play, 0,
         (struct command){.kind = COMMAND_TOPIC,
                          .flags = COMMAND_SETS,
                          .room = slice_of("lobby"),
                          .text = slice_of("x")});
    assert_int_equal(refused(play), REFUSED_STORE_FULL);
    assert_true(hub_digest(play->hub) == digest);
    on_room(play, 0, COMMAND_WHO, "lobby", "");
    assert_shown(play, "names@0");
    set_credit(play, record_cost(1 + 3));
    on_room(play, 0, COMMAND_SAY, "lobby", "x");
    assert_shown(play, "+message #said");
    on_room(play, 0, COMMAND_SAY, "lobby", "x");
    assert_int_equal(refused(play), REFUSED_STORE_FULL);
}

static void a_record_costs_what_it_was_said_to(void **state) {
    struct play *play = *state;
    hello(play, 0, "ann", NAMING_EXACT);
    uint64_t before = play->cost;
    on_room(play, 0, COMMAND_SAY, "lobby", "12345");
    assert_true(play->cost - before == record_cost(5 + 3));
}

/* Loading. */

static struct record tea_record(void) {
    return (struct record){.kind = RECORD_ROOM,
                           .room = {5},
                           .hex = 0xabcdef,
                           .epoch = 9,
                           .seq = 40,
                           .time_ms = 5000,
                           .name = slice_of("tea"),
                           .key = slice_of("tea"),
                           .text = slice_of("leaves")};
}

static void a_loaded_room_goes_on_where_it_was(void **state) {
    struct play *play = *state;
    struct record tea = tea_record();
    struct record counters = {
        .kind = RECORD_COUNTERS, .number = USER_NUMBER_FIRST + 2048, .seq = 9};
    assert_true(hub_load(play->hub, &tea));
    assert_true(hub_load(play->hub, &counters));
    hub_verify(play->hub);
    hello(play, 0, "ann", NAMING_EXACT);
    assert_int_equal(event_of(play, EVENT_WELCOME)->author.v, USER_NUMBER_FIRST + 2048);
    on_room(play, 0, COMMAND_JOIN, "tea", "");
    assert_true(slice_equal(event_of(play, EVENT_ENTERED)->text, slice_of("leaves")));
    on_room(play, 0, COMMAND_SAY, "tea", "x");
    assert_true(event_of(play, EVENT_SAID)->seq == 41);
    assert_true(event_of(play, EVENT_SAID)->time_ms == 5000); /* the clock went back */
    on_room(play, 0, COMMAND_JOIN, "ox", "");
    assert_int_equal(record_of(play, RECORD_ROOM)->room.v, 9);
}

static void a_row_that_makes_no_sense_is_not_loaded(void **state) {
    struct play *play = *state;
    struct record tea = tea_record(), bad;
    struct record counters = {.kind = RECORD_COUNTERS, .number = 1, .seq = 9};
    uint64_t digest = hub_digest(play->hub);
    assert_false(hub_load(play->hub, &counters));
    bad = tea, bad.room.v = 0;
    assert_false(hub_load(play->hub, &bad));
    bad = tea, bad.room.v = UINT32_C(1) << ROOM_NUMBER_BITS;
    assert_false(hub_load(play->hub, &bad));
    bad = tea, bad.hex = UINT64_C(1) << 40;
    assert_false(hub_load(play->hub, &bad));
    bad = tea, bad.seq = UINT64_C(1) << SEQ_BITS;
    assert_false(hub_load(play->hub, &bad));
    bad = tea, bad.name.size = ROOM_NAME_SIZE_MAX + 1;
    assert_false(hub_load(play->hub, &bad));
    bad = tea, bad.key.size = 0;
    assert_false(hub_load(play->hub, &bad));
    bad = tea, bad.text.size = TOPIC_SIZE_MAX + 1;
    assert_false(hub_load(play->hub, &bad));
    assert_true(hub_digest(play->hub) == digest);
    assert_true(hub_load(play->hub, &tea));
    assert_false(hub_load(play->hub, &tea)); /* twice */
    hub_verify(play->hub);
}

static void a_fault_in_loading_is_found_out(void **state) {
    char *arguments[] = {"sim", "1", "--plant", "load", NULL};
    (void)state;
    assert_int_equal(sim_main(4, arguments), 1);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(messages_count_without_holes_whatever_the_clock_does),
        TEST(texts_have_a_size_and_a_number_of_lines),
        TEST(a_message_with_an_id_is_stored_once),
        TEST(as_many_ids_are_remembered_as_was_said),
        TEST(a_strange_id_is_refused),
        TEST(a_page_is_stamped_with_the_rooms_number),
        TEST(a_message_answers_one_that_is_there),
        TEST(t052_ids_are_remembered_over_a_restart),
        TEST(the_newest_of_the_loaded_ids_is_forgotten_last),
        TEST(t058_who_is_called_by_name_is_told),
        TEST(so_many_are_called_by_one_message_and_no_more),
        TEST(what_does_not_fit_on_the_disk_is_refused_and_changes_nothing),
        TEST(a_record_costs_what_it_was_said_to),
        TEST(a_loaded_room_goes_on_where_it_was),
        TEST(a_row_that_makes_no_sense_is_not_loaded),
        cmocka_unit_test(a_fault_in_loading_is_found_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
