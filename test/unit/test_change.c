/* The hub: messages that are edited, removed, reacted to and read; where a client goes on. */
#include "test_hub_play.h"

#include "chat/query.h"

static struct command about(enum command_kind kind, uint64_t target, const char *text) {
    return (struct command){.kind = kind,
                            .room = slice_of("lobby"),
                            .target = target,
                            .text = slice_text(text),
                            .flags = kind == COMMAND_REACT ? COMMAND_SETS : 0};
}

/* The hub wants to know what is stored. What the worker gives then: the reader found a message of
 * `identity`. */
static struct command looked_up(struct play *play, uint32_t slot, struct command command,
                                struct identity identity) {
    give(play, slot, command);
    assert_int_equal(play->effects.count, 1);
    assert_true(event_of(play, EVENT_LOOKUP)->seq == command.target);
    command.flags |= COMMAND_FOUND;
    command.cursor = event_of(play, EVENT_LOOKUP)->cursor;
    command.found_kind = STORED_MESSAGE;
    command.found_identity = identity;
    return command;
}

static void change(struct play *play, uint32_t slot, struct command command,
                   struct identity identity) {
    give(play, slot, looked_up(play, slot, command, identity));
}

/* ann made tea and is its owner; bob and eve are in it. Who says what comes back. */
static struct identity said_in_tea(struct play *play, uint32_t slot) {
    on_room(play, slot, COMMAND_SAY, "tea", "x");
    return record_of(play, RECORD_MESSAGE)->identity;
}

static void tea(struct play *play) {
    hello(play, 0, "ann", NAMING_EXACT);
    hello(play, 1, "bob", NAMING_EXACT);
    hello(play, 2, "eve", NAMING_EXACT);
    for (uint32_t slot = 0; slot < 3; slot++)
        on_room(play, slot, COMMAND_JOIN, "tea", "");
}

static struct command in_tea(enum command_kind kind, uint64_t target, const char *text) {
    struct command command = about(kind, target, text);
    command.room = slice_of("tea");
    return command;
}

/* THREATS 54. */
static void everybody_edits_what_is_hers_and_nothing_else(void **state) {
    struct play *play = *state;
    tea(play);
    struct identity ann = said_in_tea(play, 0), bob = said_in_tea(play, 1);
    assert_true(ann.v != bob.v);
    change(play, 1, in_tea(COMMAND_EDIT, 2, "y"), bob);
    assert_shown(play, "+message #edited");
    const struct record *record = record_of(play, RECORD_MESSAGE);
    assert_int_equal(record->stored, STORED_EDIT);
    assert_true(record->target == 2 && record->seq == 3 && record->identity.v == bob.v);
    assert_true(slice_equal(record->text, slice_of("y")));
    assert_true(event_of(play, EVENT_EDITED)->target == 2);
    assert_true(event_of(play, EVENT_EDITED)->seq == 3);
    uint64_t digest = hub_digest(play->hub);
    change(play, 1, in_tea(COMMAND_EDIT, 1, "y"), ann);
    assert_int_equal(refused(play), REFUSED_NOT_ALLOWED);
    change(play, 0, in_tea(COMMAND_EDIT, 2, "y"), bob); /* not even its owner */
    assert_int_equal(refused(play), REFUSED_NOT_ALLOWED);
    assert_true(hub_digest(play->hub) == digest);
}

static void an_edit_says_something(void **state) {
    struct play *play = *state;
    tea(play);
    said_in_tea(play, 0);
    give(play, 0, in_tea(COMMAND_EDIT, 1, ""));
    assert_int_equal(refused(play), REFUSED_TEXT_EMPTY);
    give(play, 0, in_tea(COMMAND_EDIT, 0, "y"));
    assert_int_equal(refused(play), REFUSED_MESSAGE_UNKNOWN);
    give(play, 0, in_tea(COMMAND_EDIT, 2, "y"));
    assert_int_equal(refused(play), REFUSED_MESSAGE_UNKNOWN);
}

/* THREATS 54. */
static void an_operator_removes_what_others_said_and_that_is_written_down(void **state) {
    struct play *play = *state;
    tea(play);
    struct identity ann = said_in_tea(play, 0), bob = said_in_tea(play, 1);
    change(play, 2, in_tea(COMMAND_RETRACT, 2, ""), bob);
    assert_int_equal(refused(play), REFUSED_NOT_ALLOWED);
    change(play, 1, in_tea(COMMAND_RETRACT, 1, ""), ann);
    assert_int_equal(refused(play), REFUSED_NOT_ALLOWED);
    change(play, 0, in_tea(COMMAND_RETRACT, 1, ""), ann); /* her own: no business of others */
    assert_shown(play, "+message #retracted");
    assert_int_equal(record_of(play, RECORD_MESSAGE)->stored, STORED_REMOVAL);
    change(play, 0, in_tea(COMMAND_RETRACT, 2, ""), bob);
    assert_shown(play, "+message +audit #retracted");
    const struct record *audit = record_of(play, RECORD_AUDIT);
    assert_true(slice_equal(audit->key, slice_of("retract")));
    assert_true(slice_equal(audit->text, slice_of("message 2")));
    assert_true(slice_equal(audit->author_name, slice_of("ann")));
    assert_true(event_of(play, EVENT_RETRACTED)->target == 2);
}

static void what_is_gone_stays_gone(void **state) {
    struct play *play = *state;
    tea(play);
    struct identity ann = said_in_tea(play, 0);
    struct command edit = looked_up(play, 0, in_tea(COMMAND_EDIT, 1, "y"), ann);
    edit.found_kind = STORED_REMOVAL;
    give(play, 0, edit);
    assert_int_equal(refused(play), REFUSED_MESSAGE_GONE);
    edit.found_kind = STORED_NOTHING;
    give(play, 0, edit);
    assert_int_equal(refused(play), REFUSED_MESSAGE_UNKNOWN);
    edit.found_kind = STORED_TOPIC;
    give(play, 0, edit);
    assert_int_equal(refused(play), REFUSED_MESSAGE_UNKNOWN);
}

/* What is gone by the time that the hub decides is not changed, nor shown as changed: it was looked
 * up while it was still there, so that it is looked up again. */
static void what_is_removed_while_it_is_looked_up_is_looked_up_again(void **state) {
    static const enum command_kind kinds[] = {COMMAND_EDIT, COMMAND_RETRACT, COMMAND_REACT};
    struct play *play = *state;
    tea(play);
    for (uint64_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        struct identity bob = said_in_tea(play, 1);
        uint64_t seq = event_of(play, EVENT_SAID)->seq;
        struct command late = looked_up(play, 1, in_tea(kinds[i], seq, "y"), bob);
        change(play, 0, in_tea(COMMAND_RETRACT, seq, ""), bob);
        assert_int_equal(refused(play), REFUSED_NOT);
        give(play, 1, late);
        assert_shown(play, "lookup@1");
        late.cursor = event_of(play, EVENT_LOOKUP)->cursor;
        late.found_kind = STORED_REMOVAL;
        give(play, 1, late);
        assert_int_equal(refused(play), REFUSED_MESSAGE_GONE);
    }
}

static void what_is_said_or_changed_while_it_is_looked_up_changes_nothing(void **state) {
    struct play *play = *state;
    tea(play);
    struct identity ann = said_in_tea(play, 0), bob = said_in_tea(play, 1);
    struct command edit = looked_up(play, 1, in_tea(COMMAND_EDIT, 2, "y"), bob);
    said_in_tea(play, 2);
    change(play, 0, in_tea(COMMAND_EDIT, 1, "y"), ann);
    give(play, 1, edit);
    assert_shown(play, "+message #edited");
}

/* A purge takes many texts; which ones only the store knows. */
static void a_purge_has_it_looked_up_again(void **state) {
    struct play *play = *state;
    tea(play);
    struct identity bob = said_in_tea(play, 1);
    struct command late = looked_up(play, 0, in_tea(COMMAND_RETRACT, 1, ""), bob);
    struct command ban = in_tea(COMMAND_BAN, 0, "");
    ban.flags = COMMAND_SETS;
    ban.name = slice_of("bob");
    ban.count = 24;
    give(play, 0, ban);
    assert_true(record_of(play, RECORD_PURGE)->identity.v == bob.v);
    give(play, 0, late);
    assert_shown(play, "lookup@0");
}

/* The room that was looked up is another one now, of the same name. */
static void what_was_found_in_a_room_holds_for_no_other(void **state) {
    struct play *play = *state;
    tea(play);
    struct identity ann = said_in_tea(play, 0);
    struct command late = looked_up(play, 0, in_tea(COMMAND_EDIT, 1, "y"), ann);
    on_room(play, 0, COMMAND_DELETE, "tea", "");
    for (uint32_t slot = 0; slot < 2; slot++)
        on_room(play, slot, COMMAND_JOIN, "tea", "");
    said_in_tea(play, 1);
    give(play, 0, late);
    assert_shown(play, "lookup@0");
}

static void nobody_removes_where_the_server_forbids_it(void **state) {
    struct play *play = *state;
    struct hub_limits kept = limits;
    tea(play);
    said_in_tea(play, 0);
    kept.retract = false;
    step(play, (struct hub_input){.kind = INPUT_LIMITS, .limits = &kept});
    give(play, 0, in_tea(COMMAND_RETRACT, 1, ""));
    assert_int_equal(refused(play), REFUSED_NOT_ALLOWED);
}

static void a_reaction_is_one_short_word(void **state) {
    static const char *const bad[] = {"",   "a b",  "a\tb",       "a\x7f",        "\xc2\x85",
                                      "\n", "\x1b", "a\xc2\xa0z", "\xe3\x80\x80", "\xe2\x80\x8a"};
    struct play *play = *state;
    char long_one[REACTION_SIZE_MAX + 2] = {0};
    tea(play);
    struct identity ann = said_in_tea(play, 0);
    memset(long_one, 'x', sizeof long_one - 1);
    give(play, 1, in_tea(COMMAND_REACT, 1, long_one));
    assert_int_equal(refused(play), REFUSED_REACTION_BAD);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        give(play, 1, in_tea(COMMAND_REACT, 1, bad[i]));
        assert_int_equal(refused(play), REFUSED_REACTION_BAD);
    }
    long_one[REACTION_SIZE_MAX] = 0;
    change(play, 1, in_tea(COMMAND_REACT, 1, long_one), ann);
    assert_shown(play, "+message #reacted");
    change(play, 1, in_tea(COMMAND_REACT, 1, "\xf0\x9f\x91\xa9\xe2\x80\x8d\xf0\x9f\x92\xbb"), ann);
    assert_int_equal(record_of(play, RECORD_MESSAGE)->stored, STORED_REACTION);
    assert_false(event_of(play, EVENT_REACTED)->flags & EVENT_OFF);
    struct command back = in_tea(COMMAND_REACT, 1, "+1");
    back.flags = 0;
    change(play, 1, back, ann);
    assert_int_equal(record_of(play, RECORD_MESSAGE)->stored, STORED_UNREACTION);
    assert_true(event_of(play, EVENT_REACTED)->flags & EVENT_OFF);
}

/* THREATS 53: the same words for her who is out as for a room that is not there. */
static void nobody_changes_anything_from_outside(void **state) {
    static const enum command_kind kinds[] = {COMMAND_EDIT, COMMAND_RETRACT, COMMAND_REACT};
    struct play *play = *state;
    tea(play);
    struct identity eve = said_in_tea(play, 2);
    on_room(play, 2, COMMAND_LEAVE, "tea", "");
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        give(play, 2, in_tea(kinds[i], 1, "y"));
        assert_int_equal(refused(play), REFUSED_NOT_IN_ROOM);
        struct command found = in_tea(kinds[i], 1, "y");
        found.flags |= COMMAND_FOUND;
        found.found_identity = eve;
        found.found_kind = STORED_MESSAGE;
        give(play, 2, found); /* she left while it was looked up */
        assert_int_equal(refused(play), REFUSED_NOT_IN_ROOM);
    }
}

static void a_position_is_told_to_all_of_her_devices(void **state) {
    struct play *play = *state;
    phone(play, 0, 7, 1);
    phone(play, 1, 7, 1);
    on_room(play, 0, COMMAND_SAY, "lobby", "x");
    give(play, 0, about(COMMAND_READ, 1, ""));
    assert_int_equal(play->effects.count, 2);
    assert_true(event_of(play, EVENT_READ_UP)->seq == 1);
    give(play, 0, about(COMMAND_READ, 2, ""));
    assert_int_equal(refused(play), REFUSED_MESSAGE_UNKNOWN);
}

/* Cursors: THREATS 55. */

static struct command resume(uint64_t epoch, uint64_t after) {
    return (struct command){
        .kind = COMMAND_RESUME, .room = slice_of("tea"), .epoch = epoch, .after = after};
}

static void old_tea(struct play *play) {
    struct record record = {.kind = RECORD_ROOM,
                            .room = {5},
                            .hex = 0xabcdef,
                            .epoch = 9,
                            .seq = 40,
                            .name = slice_of("tea"),
                            .key = slice_of("tea")};
    struct record epoch = {.kind = RECORD_EPOCH, .room = {5}, .epoch = 8, .seq = 30};
    assert_true(hub_load(play->hub, &record));
    assert_true(hub_load(play->hub, &epoch));
    assert_false(hub_load(play->hub, &epoch)); /* twice */
    epoch.epoch = 7, epoch.seq = 41;
    assert_false(hub_load(play->hub, &epoch)); /* more than there is */
    epoch.epoch = 9, epoch.seq = 3;
    assert_false(hub_load(play->hub, &epoch)); /* the one it has */
    epoch.epoch = 6, epoch.room.v = 6;
    assert_false(hub_load(play->hub, &epoch)); /* of no room */
}

static void a_cursor_is_followed_to_the_last_number(void **state) {
    struct play *play = *state;
    old_tea(play);
    hello(play, 0, "ann", NAMING_EXACT);
    on_room(play, 0, COMMAND_JOIN, "tea", "");
    assert_true(event_of(play, EVENT_ENTERED)->epoch == 9);
    assert_true(event_of(play, EVENT_ENTERED)->seq == 40);
    give(play, 0, resume(9, 12));
    assert_shown(play, "query@0");
    const struct event *query = event_of(play, EVENT_QUERY);
    assert_int_equal(query->why, QUERY_EVENTS);
    assert_true(query->after == 12 && query->seq == 40 && query->epoch == 9);
    give(play, 0, resume(9, 40)); /* nothing is missing: an empty page */
    assert_shown(play, "query@0");
    struct command until = resume(9, 12);
    until.before = 30;
    give(play, 0, until);
    assert_true(event_of(play, EVENT_QUERY)->before == 30);
}

static void t055_a_forged_cursor_is_refused(void **state) {
    struct play *play = *state;
    old_tea(play);
    hello(play, 0, "ann", NAMING_EXACT);
    give(play, 0, resume(9, 41));
    assert_int_equal(refused(play), REFUSED_CURSOR_BAD);
    give(play, 0, resume(9, UINT64_MAX));
    assert_int_equal(refused(play), REFUSED_CURSOR_BAD);
    give(play, 0, resume(10, 1));
    assert_int_equal(refused(play), REFUSED_CURSOR_BAD);
    give(play, 0, resume(0, 0));
    assert_int_equal(refused(play), REFUSED_CURSOR_BAD);
    struct command lobby = resume(9, 1); /* of another room */
    lobby.room = slice_of("lobby");
    give(play, 0, lobby);
    assert_int_equal(refused(play), REFUSED_CURSOR_BAD);
}

static void a_cursor_from_before_a_restore_goes_on_where_it_holds(void **state) {
    struct play *play = *state;
    old_tea(play);
    hello(play, 0, "ann", NAMING_EXACT);
    give(play, 0, resume(8, 25)); /* what she saw is all still there */
    assert_shown(play, "query@0");
    assert_true(event_of(play, EVENT_QUERY)->after == 25);
    give(play, 0, resume(8, 35));
    assert_shown(play, "alert@0 query@0");
    const struct event *alert = event_of(play, EVENT_ALERT);
    assert_int_equal(alert->why, ALERT_REWOUND);
    assert_true(alert->before == 30 && alert->seq == 40);
    assert_true(event_of(play, EVENT_QUERY)->after == 30);
}

static void who_comes_back_enters_and_resumes_at_once(void **state) {
    struct play *play = *state;
    old_tea(play);
    hello(play, 0, "ann", NAMING_EXACT);
    struct command join = resume(9, 12);
    join.kind = COMMAND_JOIN;
    join.count = 1;
    give(play, 0, join);
    assert_shown(play, "#joined entered@0 query@0");
    assert_int_equal(event_of(play, EVENT_QUERY)->why, QUERY_EVENTS);
    assert_true(event_of(play, EVENT_QUERY)->after == 12);
}

/* Pages and searches. */

static void a_page_has_the_bounds_that_were_asked_for(void **state) {
    struct play *play = *state;
    struct command ask = {.kind = COMMAND_HISTORY, .room = slice_of("tea"), .count = 5};
    old_tea(play);
    hello(play, 0, "ann", NAMING_EXACT);
    give(play, 0, ask);
    assert_int_equal(event_of(play, EVENT_QUERY)->why, QUERY_LATEST);
    ask.after = 7;
    give(play, 0, ask);
    assert_int_equal(event_of(play, EVENT_QUERY)->why, QUERY_RANGE);
    assert_true(event_of(play, EVENT_QUERY)->after == 7);
    ask.before = 20;
    give(play, 0, ask);
    assert_int_equal(event_of(play, EVENT_QUERY)->why, QUERY_RANGE);
    assert_true(event_of(play, EVENT_QUERY)->before == 20);
    ask.flags = COMMAND_AROUND;
    give(play, 0, ask);
    assert_int_equal(event_of(play, EVENT_QUERY)->why, QUERY_AROUND);
    assert_true(event_of(play, EVENT_QUERY)->target == 20);
    assert_true(event_of(play, EVENT_QUERY)->before == 0);
}

static void a_search_has_words(void **state) {
    struct play *play = *state;
    struct hub_limits none = limits;
    char words[QUERY_TEXT_MAX + 2] = {0};
    hello(play, 0, "ann", NAMING_EXACT);
    on_room(play, 0, COMMAND_SEARCH, "lobby", "tea leaves");
    assert_shown(play, "query@0");
    assert_int_equal(event_of(play, EVENT_QUERY)->why, QUERY_SEARCH);
    assert_true(slice_equal(event_of(play, EVENT_QUERY)->text, slice_of("tea leaves")));
    assert_true(event_of(play, EVENT_QUERY)->count > 0);
    on_room(play, 0, COMMAND_SEARCH, "lobby", "");
    assert_int_equal(refused(play), REFUSED_TEXT_EMPTY);
    memset(words, 'x', QUERY_TEXT_MAX + 1);
    on_room(play, 0, COMMAND_SEARCH, "lobby", words);
    assert_int_equal(refused(play), REFUSED_TEXT_TOO_LONG);
    none.search = false;
    step(play, (struct hub_input){.kind = INPUT_LIMITS, .limits = &none});
    on_room(play, 0, COMMAND_SEARCH, "lobby", "tea");
    assert_int_equal(refused(play), REFUSED_SEARCH_OFF);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(everybody_edits_what_is_hers_and_nothing_else),
        TEST(an_edit_says_something),
        TEST(an_operator_removes_what_others_said_and_that_is_written_down),
        TEST(what_is_gone_stays_gone),
        TEST(what_is_removed_while_it_is_looked_up_is_looked_up_again),
        TEST(what_is_said_or_changed_while_it_is_looked_up_changes_nothing),
        TEST(a_purge_has_it_looked_up_again),
        TEST(what_was_found_in_a_room_holds_for_no_other),
        TEST(nobody_removes_where_the_server_forbids_it),
        TEST(a_reaction_is_one_short_word),
        TEST(nobody_changes_anything_from_outside),
        TEST(a_position_is_told_to_all_of_her_devices),
        TEST(a_cursor_is_followed_to_the_last_number),
        TEST(t055_a_forged_cursor_is_refused),
        TEST(a_cursor_from_before_a_restore_goes_on_where_it_holds),
        TEST(who_comes_back_enters_and_resumes_at_once),
        TEST(a_page_has_the_bounds_that_were_asked_for),
        TEST(a_search_has_words),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
