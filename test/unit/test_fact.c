/* Words that people and rooms have under keys (draft/metadata), and read markers
 * (draft/read-marker): who may set them, who is told, what is kept. */
#include <stdio.h>

#include "chat/fact.h"
#include "test_account_play.h"

static void facts(struct play *play, uint32_t slot, enum facting what, const char *whose,
                  const char *text) {
    struct command command = {
        .kind = COMMAND_FACTS, .flags = COMMAND_WAITS, .number = what, .text = slice_text(text)};
    if (whose[0] == '#')
        command.room = slice_text(whose + 1);
    else
        command.name = slice_text(whose);
    give(play, slot, command);
}

static void assert_told(const struct play *play, const char *wanted) {
    struct slice text = event_of(play, EVENT_FACTS)->text;
    assert_true(event_of(play, EVENT_FACTS)->flags & EVENT_LAST);
    if (slice_equal(text, slice_text(wanted))) return;
    fail_msg("'%.*s' instead of '%s'", (int)text.size, text.at, wanted);
}

static void two_in_tea(struct play *play) {
    come(play, 0, "ann");
    come(play, 1, "bob");
    give(play, 0, (struct command){.kind = COMMAND_JOIN, .room = slice_of("tea")});
    give(play, 1, (struct command){.kind = COMMAND_JOIN, .room = slice_of("tea")});
}

static void what_she_sets_is_told_and_asked_for(void **state) {
    struct play *play = *state;
    two_in_tea(play);
    facts(play, 0, FACTS_SET, "", "name\tAnn A\tthe first");
    assert_told(play, "ann\tname\tAnn A\tthe first\n");
    assert_shown(play, "facts@0 #fact #fact"); /* lobby and tea */
    assert_true(event_of(play, EVENT_FACT)->flags & EVENT_SCATTERED);
    facts(play, 0, FACTS_SET, "ann", "url\thttp://a");
    facts(play, 0, FACTS_SET, "", "url\thttp://a");
    assert_shown(play, "facts@0"); /* nothing changed */
    facts(play, 1, FACTS_GET, "ann", "url\nnone\nname\n");
    assert_told(play, "ann\turl\thttp://a\nann\tnone\nann\tname\tAnn A\tthe first\n");
    facts(play, 1, FACTS_LIST, "ann", "");
    assert_told(play, "ann\tname\tAnn A\tthe first\nann\turl\thttp://a\n");
    facts(play, 0, FACTS_SET, "", "name");
    assert_told(play, "ann\tname\n");
    facts(play, 0, FACTS_SET, "", "name");
    assert_shown(play, "facts@0"); /* it was not set */
    facts(play, 0, FACTS_CLEAR, "", "");
    assert_told(play, "ann\turl\n");
    facts(play, 0, FACTS_LIST, "", "");
    assert_told(play, "");
}

static void what_is_another_s_is_hers_alone(void **state) {
    struct play *play = *state;
    two_in_tea(play);
    facts(play, 1, FACTS_SET, "ann", "name\tnot Ann");
    assert_int_equal(refused(play), REFUSED_NOT_ALLOWED);
    facts(play, 1, FACTS_CLEAR, "ann", "");
    assert_int_equal(refused(play), REFUSED_NOT_ALLOWED);
    facts(play, 1, FACTS_LIST, "eve", "");
    assert_int_equal(refused(play), REFUSED_PERSON_UNKNOWN);
    facts(play, 1, FACTS_SET, "#tea", "name\tTea");
    assert_int_equal(refused(play), REFUSED_NOT_ALLOWED);
    facts(play, 1, FACTS_LIST, "#milk", "");
    assert_int_equal(refused(play), REFUSED_ROOM_UNKNOWN);
}

static void a_room_s_are_recorded_and_go_with_it(void **state) {
    struct play *play = *state;
    two_in_tea(play);
    facts(play, 0, FACTS_SET, "#tea", "name\tTea");
    assert_told(play, "#tea\tname\tTea\n");
    assert_shown(play, "+facts facts@0 #fact");
    struct slice kept = record_of(play, RECORD_FACTS)->text;
    assert_true(slice_equal(kept, slice_of("name\tTea\n")));
    assert_true(record_of(play, RECORD_FACTS)->number >> 40 == FACT_OF_ROOM);
    facts(play, 0, FACTS_SET, "", "name\tAnn");
    facts(play, 1, FACTS_SYNC, "#tea", "");
    assert_told(play, "#tea\tname\tTea\nann\tname\tAnn\n");
    uint64_t before = hub_digest(play->hub);
    facts(play, 0, FACTS_CLEAR, "#tea", "");
    assert_int_equal(record_of(play, RECORD_FACTS)->text.size, 0);
    assert_true(hub_digest(play->hub) != before);
    facts(play, 0, FACTS_SET, "#tea", "name\tTea");
    give(play, 0, (struct command){.kind = COMMAND_DELETE, .room = slice_of("tea")});
    give(play, 0, (struct command){.kind = COMMAND_JOIN, .room = slice_of("tea")});
    facts(play, 0, FACTS_LIST, "#tea", "");
    assert_told(play, "");
}

static void there_is_a_limit_of_keys_and_of_bytes(void **state) {
    struct play *play = *state;
    struct hub_limits few = limits;
    char fact[FACT_VALUE_MAX + 16];
    few.fact_keys = 3;
    step(play, (struct hub_input){.kind = INPUT_LIMITS, .limits = &few});
    come(play, 0, "ann");
    for (int i = 0; i < 4; i++) {
        snprintf(fact, sizeof fact, "key%d\tvalue", i);
        facts(play, 0, FACTS_SET, "", fact);
        assert_int_equal(refused(play), i < 3 ? REFUSED_NOT : REFUSED_LIST_FULL);
    }
    facts(play, 0, FACTS_SET, "", "key1\tanother");
    assert_int_equal(refused(play), REFUSED_NOT);
    few.fact_keys = 0;
    step(play, (struct hub_input){.kind = INPUT_LIMITS, .limits = &few});
    int set = 3;
    for (; set < FACT_KEYS_MAX; set++) {
        memset(fact, 'x', sizeof fact);
        fact[snprintf(fact, 16, "key%d", set)] = '\t';
        fact[FACT_VALUE_MAX] = '\0';
        facts(play, 0, FACTS_SET, "", fact);
        if (refused(play) == REFUSED_LIST_FULL) break;
    }
    assert_true(set > 10 && set < FACT_KEYS_MAX);
    step(play, (struct hub_input){.kind = INPUT_CREDIT, .credit = 0, .credit_cost = play->cost});
    facts(play, 0, FACTS_SET, "", "key1\tstill"); /* a guest's are not kept */
    assert_int_equal(refused(play), REFUSED_NOT);
}

static void what_a_guest_said_ends_with_her_and_stays_with_an_account(void **state) {
    struct play *play = *state;
    come(play, 0, "ann");
    facts(play, 0, FACTS_SET, "", "name\tAnn");
    bye(play, 0);
    come(play, 1, "ann");
    facts(play, 1, FACTS_LIST, "", "");
    assert_told(play, "");
    facts(play, 1, FACTS_SET, "", "name\tAnn B");
    ask(play, 1, COMMAND_REGISTER, "", "secret", (struct address){0});
    answer(play, true);
    const struct record *kept = record_of(play, RECORD_FACTS);
    assert_true(slice_equal(kept->text, slice_of("name\tAnn B\n")));
    assert_true(kept->number == kept->author.v);
    struct record again = *kept;
    char bytes[32];
    memcpy(bytes, kept->text.at, kept->text.size);
    again.text.at = bytes;
    assert_false(hub_load(play->hub, &again)); /* they are there */
    ask(play, 1, COMMAND_UNREGISTER, "", "secret", (struct address){0});
    answer(play, true);
    assert_false(hub_load(play->hub, &again)); /* she is not */
}

static void mark(struct play *play, const char *whose, int64_t time_ms) {
    struct command command = {
        .kind = COMMAND_FACTS, .flags = COMMAND_WAITS, .number = FACTS_MARK, .before_ms = time_ms};
    if (whose[0] == '#')
        command.room = slice_text(whose + 1);
    else
        command.name = slice_text(whose);
    give(play, 0, command);
}

static int64_t marked(const struct play *play) {
    return event_of(play, EVENT_MARKED)->before_ms;
}

static void a_marker_only_goes_forward_and_never_into_the_future(void **state) {
    struct play *play = *state;
    play->now_ms = 1000000;
    two_in_tea(play);
    mark(play, "#tea", 0);
    assert_int_equal(marked(play), 0);
    mark(play, "#tea", 5000);
    assert_int_equal(marked(play), 5000);
    mark(play, "#tea", 4000);
    assert_int_equal(marked(play), 5000);
    mark(play, "#tea", 2000000);
    assert_int_equal(marked(play), 1000000);
    mark(play, "bob", 0);
    assert_int_equal(marked(play), 0);
    mark(play, "bob", 7);
    mark(play, "bob", 0);
    assert_int_equal(marked(play), 7);
    mark(play, "#milk", 0); /* there is no such room: nothing is known of it */
    assert_int_equal(marked(play), 0);
    mark(play, "#milk", 5);
    assert_int_equal(refused(play), REFUSED_ROOM_UNKNOWN);
    give(play, 0, (struct command){.kind = COMMAND_LEAVE, .room = slice_of("tea")});
    give(play, 0, (struct command){.kind = COMMAND_JOIN, .room = slice_of("tea")});
    assert_int_equal(event_of(play, EVENT_ENTERED)->before_ms, 1000000);
}

static void the_oldest_marker_makes_way(void **state) {
    struct play *play = *state;
    char name[USER_NAME_SIZE_MAX];
    play->now_ms = 1000000;
    come(play, 0, "ann");
    for (int i = 0; i < 400; i++) {
        snprintf(name, sizeof name, "somebody%d", i);
        mark(play, name, 1000 + i);
        assert_int_equal(marked(play), 1000 + i);
    }
    mark(play, "somebody0", 0);
    assert_int_equal(marked(play), 0);
    mark(play, "somebody399", 0);
    assert_int_equal(marked(play), 1399);
}

/* Who read all of a room with a marker has read it for her other devices too. */
static void a_marker_at_the_end_of_a_room_is_a_read_position(void **state) {
    struct play *play = *state;
    play->now_ms = 1000000;
    registered(play, "ann");
    give(play, 0,
         (struct command){
             .kind = COMMAND_SAY, .room = slice_of("lobby"), .text = slice_of("hello")});
    mark(play, "#lobby", 999999);
    assert_shown(play, "+facts marked@0");
    mark(play, "#lobby", 1000000);
    assert_shown(play, "+facts +tie marked@0");
    assert_true(record_of(play, RECORD_TIE)->number > 0);
}

/* history.stored_client_tags: such tags are an event of the room like others. */
static void tags_that_are_to_be_kept_have_a_number(void **state) {
    struct play *play = *state;
    struct command tag = {.kind = COMMAND_TAG, .room = slice_of("tea"), .tags = slice_of("+a=1")};
    two_in_tea(play);
    give(play, 0, tag);
    assert_shown(play, "#tagged");
    assert_true(event_of(play, EVENT_TAGGED)->number != 0);
    tag.flags = COMMAND_SETS;
    give(play, 0, tag);
    assert_shown(play, "+message #tagged");
    assert_int_equal(record_of(play, RECORD_MESSAGE)->stored, STORED_TAGS);
    assert_true(slice_equal(record_of(play, RECORD_MESSAGE)->text, slice_of("+a=1")));
    assert_true(event_of(play, EVENT_TAGGED)->number == 0);
    assert_int_equal(event_of(play, EVENT_TAGGED)->seq, record_of(play, RECORD_MESSAGE)->seq);
    step(play, (struct hub_input){.kind = INPUT_CREDIT, .credit = 0, .credit_cost = play->cost});
    give(play, 0, tag);
    assert_int_equal(refused(play), REFUSED_STORE_FULL);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(what_she_sets_is_told_and_asked_for),
        TEST(what_is_another_s_is_hers_alone),
        TEST(a_room_s_are_recorded_and_go_with_it),
        TEST(there_is_a_limit_of_keys_and_of_bytes),
        TEST(what_a_guest_said_ends_with_her_and_stays_with_an_account),
        TEST(a_marker_only_goes_forward_and_never_into_the_future),
        TEST(the_oldest_marker_makes_way),
        TEST(tags_that_are_to_be_kept_have_a_number),
        TEST(a_marker_at_the_end_of_a_room_is_a_read_position),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
