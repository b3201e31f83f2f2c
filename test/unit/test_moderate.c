/* Modes, roles and names of rooms; what a stranger learns of a private room; the log. */
#include "test_rule_play.h"

/* ann (0) made tea, in which bob (1) is. */
static void tea(struct play *play) {
    hello(play, 0, "ann", NAMING_EXACT);
    hello(play, 1, "bob", NAMING_EXACT);
    on_room(play, 0, COMMAND_JOIN, "tea", "");
    on_room(play, 1, COMMAND_JOIN, "tea", "");
}

static void a_mode_is_an_event_a_row_and_a_line_of_the_log(void **state) {
    struct play *play = *state;
    tea(play);
    mode(play, 0, "tea", SETTING_SLOW, 7);
    assert_shown(play, "+message #mode +room +audit");
    assert_int_equal(record_of(play, RECORD_MESSAGE)->stored, STORED_MODE);
    assert_true(slice_equal(record_of(play, RECORD_MESSAGE)->text, slice_of("slow 7")));
    assert_int_equal(record_of(play, RECORD_ROOM)->slow_seconds, 7);
    assert_int_equal(record_of(play, RECORD_ROOM)->seq, 1);
    assert_true(slice_equal(record_of(play, RECORD_AUDIT)->key, slice_of("mode")));
    assert_int_equal(event_of(play, EVENT_MODE_SET)->seq, 1);
    mode(play, 0, "tea", SETTING_SLOW, 7);
    assert_shown(play, "done@0"); /* it is so already */
    mode(play, 0, "tea", SETTING_SLOW, SLOW_SECONDS_MAX + 1);
    assert_int_equal(refused(play), REFUSED_NUMBER_BAD);
    mode(play, 0, "tea", ROOM_SETTINGS, 1);
    assert_int_equal(refused(play), REFUSED_SETTING_BAD);
}

static void slow_mode_lets_each_speak_once_in_a_while(void **state) {
    struct play *play = *state;
    tea(play);
    mode(play, 0, "tea", SETTING_SLOW, 10);
    says(play, 1, "tea");
    assert_int_equal(refused(play), REFUSED_NOT);
    play->now_ms += 2500;
    says(play, 1, "tea");
    assert_int_equal(refused(play), REFUSED_TOO_SOON);
    assert_int_equal(event_of(play, EVENT_REFUSED)->number, 8);
    on_room(play, 1, COMMAND_LEAVE, "tea", ""); /* no way around it */
    on_room(play, 1, COMMAND_JOIN, "tea", "");
    says(play, 1, "tea");
    assert_int_equal(refused(play), REFUSED_TOO_SOON);
    play->now_ms += 10000;
    says(play, 1, "tea");
    assert_int_equal(refused(play), REFUSED_NOT);
}

static void a_key_lets_in_and_is_never_told(void **state) {
    struct play *play = *state;
    struct command key = {.kind = COMMAND_MODE,
                          .room = slice_of("tea"),
                          .setting = SETTING_KEY,
                          .text = slice_of("mellon")};
    struct command join = {.kind = COMMAND_JOIN, .room = slice_of("tea")};
    tea(play);
    give(play, 0, key);
    assert_int_equal(event_of(play, EVENT_MODE_SET)->text.size, 0);
    assert_true(slice_equal(record_of(play, RECORD_MESSAGE)->text, slice_of("key 1")));
    assert_true(slice_equal(record_of(play, RECORD_ROOM)->secret, slice_of("mellon")));
    hello(play, 2, "carl", NAMING_EXACT);
    give(play, 2, join);
    assert_int_equal(refused(play), REFUSED_KEY_NEEDED);
    on_room(play, 2, COMMAND_HISTORY, "tea", "");
    assert_int_equal(refused(play), REFUSED_KEY_NEEDED);
    join.secret = slice_of("mellon");
    give(play, 2, join);
    assert_int_equal(refused(play), REFUSED_NOT);
    key.text = slice_of("two words");
    give(play, 0, key);
    assert_int_equal(refused(play), REFUSED_ROOM_KEY_BAD);
}

static void a_name_given_up_is_free(void **state) {
    struct play *play = *state;
    tea(play);
    give(play, 0,
         (struct command){
             .kind = COMMAND_RENAME, .room = slice_of("tea"), .name = slice_of("mint")});
    assert_shown(play, "+message #called +room +audit");
    assert_true(slice_equal(event_of(play, EVENT_ROOM_RENAMED)->text, slice_of("tea")));
    assert_true(slice_equal(event_of(play, EVENT_ROOM_RENAMED)->room_name, slice_of("mint")));
    on_room(play, 1, COMMAND_CREATE, "mint", "");
    assert_int_equal(refused(play), REFUSED_ROOM_EXISTS);
    on_room(play, 1, COMMAND_CREATE, "tea", "");
    assert_int_equal(refused(play), REFUSED_NOT);
    give(play, 0,
         (struct command){
             .kind = COMMAND_RENAME, .room = slice_of("mint"), .name = slice_of("tea")});
    assert_int_equal(refused(play), REFUSED_ROOM_EXISTS);
}

static void the_lobby_stays_open_to_all(void **state) {
    struct play *play = *state;
    limits_set(play, limits_with_boss());
    hello(play, 0, "chief", NAMING_EXACT);
    oper(play, 0);
    const enum room_setting closed[] = {SETTING_PRIVATE, SETTING_INVITE_ONLY};
    for (size_t i = 0; i < sizeof closed / sizeof *closed; i++) {
        mode(play, 0, "lobby", closed[i], 1);
        assert_int_equal(refused(play), REFUSED_NOT_ALLOWED);
    }
    mode(play, 0, "lobby", SETTING_MODERATED, 1);
    assert_int_equal(refused(play), REFUSED_NOT);
    on_room(play, 0, COMMAND_DELETE, "lobby", "");
    assert_int_equal(refused(play), REFUSED_NOT_ALLOWED);
    give(play, 0,
         (struct command){
             .kind = COMMAND_RENAME, .room = slice_of("lobby"), .name = slice_of("hall")});
    assert_int_equal(refused(play), REFUSED_NOT_ALLOWED);
}

static void who_is_banned_from_the_lobby_is_here_all_the_same(void **state) {
    struct play *play = *state;
    limits_set(play, limits_with_boss());
    hello(play, 0, "chief", NAMING_EXACT);
    oper(play, 0);
    on_person(play, 0, COMMAND_BAN, "lobby", "b*", 0);
    hello(play, 1, "bob", NAMING_EXACT);
    assert_shown(play, "welcome@1 refused@1");
    assert_int_equal(refused(play), REFUSED_BANNED);
}

static void t063_the_first_of_two_owners_wins_and_both_are_told(void **state) {
    struct play *play = *state;
    tea(play);
    on_person(play, 0, COMMAND_ROLE, "tea", "bob", ROLE_OWNER);
    assert_shown(play, "+message #role +audit");
    on_person(play, 0, COMMAND_ROLE, "tea", "bob", ROLE_NONE); /* in one batch, both ways */
    assert_int_equal(event_of(play, EVENT_ROLE_SET)->number, ROLE_NONE);
    assert_true(slice_equal(event_of(play, EVENT_ROLE_SET)->other, slice_of("bob")));
    on_person(play, 1, COMMAND_ROLE, "tea", "ann", ROLE_NONE);
    assert_shown(play, "refused@1 +audit");
    assert_int_equal(refused(play), REFUSED_NOT_ALLOWED);
}

static void an_accounts_role_is_a_row_and_needs_nobody_there(void **state) {
    struct play *play = *state;
    tea(play);
    registers(play, 1);
    bye(play, 1);
    on_person(play, 0, COMMAND_ROLE, "tea", "bob", ROLE_OPERATOR);
    assert_shown(play, "+tie +message #role +audit");
    assert_int_equal(record_of(play, RECORD_TIE)->role, ROLE_OPERATOR);
    on_person(play, 0, COMMAND_ROLE, "tea", "nobody", ROLE_VOICE);
    assert_int_equal(refused(play), REFUSED_PERSON_UNKNOWN);
}

static void a_room_without_owner_is_claimed_by_an_administrator(void **state) {
    struct play *play = *state;
    limits_set(play, limits_with_boss());
    tea(play);
    bye(play, 0);
    on_person(play, 1, COMMAND_ROLE, "tea", "bob", ROLE_OWNER);
    assert_int_equal(refused(play), REFUSED_NOT_ALLOWED);
    hello(play, 2, "chief", NAMING_EXACT);
    oper(play, 2);
    on_person(play, 2, COMMAND_ROLE, "tea", "bob", ROLE_OWNER);
    assert_shown(play, "+message #role +audit role@2");
    mode(play, 1, "tea", SETTING_MODERATED, 1);
    assert_int_equal(refused(play), REFUSED_NOT);
}

static void ban_and_remove_takes_her_texts_of_the_last_hours(void **state) {
    struct play *play = *state;
    tea(play);
    play->now_ms += 100 * 3600000;
    says(play, 1, "tea");
    struct identity identity = event_of(play, EVENT_SAID)->identity;
    struct command ban = {.kind = COMMAND_BAN,
                          .flags = COMMAND_SETS,
                          .room = slice_of("tea"),
                          .name = slice_of("bob"),
                          .count = 24};
    give(play, 0, ban);
    assert_true(record_of(play, RECORD_PURGE)->identity.v == identity.v);
    assert_true(record_of(play, RECORD_PURGE)->time_ms == play->now_ms - 24 * 3600000);
    assert_int_equal(event_of(play, EVENT_RESTRAINED)->count, 24);
    assert_true(slice_equal(record_of(play, RECORD_MESSAGE)->text, slice_of("+ban bob 24h")));
    ban.name = slice_of("x*");
    give(play, 0, ban); /* a mask is nobody in particular */
    assert_int_equal(refused(play), REFUSED_PERSON_UNKNOWN);
}

/* What is refused to a stranger, of which room she asks for; all of the answer. */
static void refusal_of(struct play *play, struct command command, const char *room,
                       struct event *event) {
    command.room = slice_text(room);
    command.name = slice_of("ann");
    command.text = slice_of("words");
    give(play, 2, command);
    assert_int_equal(play->effects.count, 1);
    assert_int_equal(play->effects.at[0].kind, EFFECT_REPLY);
    assert_int_equal(play->effects.at[0].room_row, ROOM_ROW_NONE);
    *event = play->effects.at[0].event;
    assert_true(slice_equal(event->text, command.room));
    event->text = (struct slice){0};
    assert_true(event->room_name.size == 0 || slice_equal(event->room_name, command.room));
    event->room_name = (struct slice){0};
}

static void t053_a_private_room_is_answered_for_as_none(void **state) {
    struct play *play = *state;
    tea(play);
    mode(play, 0, "tea", SETTING_PRIVATE, 1);
    hello(play, 2, "carl", NAMING_EXACT);
    static const enum command_kind kinds[] = {
        COMMAND_JOIN,    COMMAND_LEAVE,  COMMAND_SAY,        COMMAND_TOPIC, COMMAND_WHO,
        COMMAND_HISTORY, COMMAND_ADMIT,  COMMAND_REMOVE,     COMMAND_KICK,  COMMAND_DELETE,
        COMMAND_MODE,    COMMAND_RENAME, COMMAND_INVITE,     COMMAND_ROLE,  COMMAND_BAN,
        COMMAND_MUTE,    COMMAND_AUDIT,  COMMAND_RESTRAINTS, COMMAND_EDIT,  COMMAND_RETRACT,
        COMMAND_REACT,   COMMAND_SEARCH, COMMAND_RESUME};
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        for (uint8_t sets = 0; sets <= COMMAND_SETS; sets++) {
            struct event there, missing;
            struct command command = {.kind = kinds[i], .target = 1, .epoch = 1};
            command.flags = (uint8_t)(sets | COMMAND_EXISTS);
            refusal_of(play, command, "tea", &there);
            refusal_of(play, command, "tee", &missing);
            assert_int_equal(there.refusal, REFUSED_ROOM_UNKNOWN);
            assert_memory_equal(&there, &missing, sizeof there);
        }
    give(play, 2, (struct command){.kind = COMMAND_ROOMS});
    struct slice list = event_of(play, EVENT_ROOMS)->text;
    assert_null(memmem(list.at, list.size, "tea", 3));
    give(play, 1, (struct command){.kind = COMMAND_ROOMS});
    list = event_of(play, EVENT_ROOMS)->text;
    assert_non_null(memmem(list.at, list.size, "tea", 3));
}

static void t049_so_many_rooms_an_hour_and_no_more(void **state) {
    struct play *play = *state;
    struct hub_limits few = limits;
    few.rooms_per_hour = 2;
    limits_set(play, few);
    phone(play, 0, 7, 1);
    on_room(play, 0, COMMAND_CREATE, "one", "");
    on_room(play, 0, COMMAND_LEAVE, "one", "");
    on_room(play, 0, COMMAND_JOIN, "two", "");
    on_room(play, 0, COMMAND_LEAVE, "two", "");
    play->now_ms += 1000000;
    on_room(play, 0, COMMAND_JOIN, "three", "");
    assert_int_equal(refused(play), REFUSED_SLOW_DOWN);
    assert_int_equal(event_of(play, EVENT_REFUSED)->number, 2600);
    bye(play, 0); /* coming again changes nothing */
    phone(play, 0, 8, 1);
    on_room(play, 0, COMMAND_JOIN, "three", "");
    assert_int_equal(refused(play), REFUSED_SLOW_DOWN);
    give(play, 0,
         (struct command){.kind = COMMAND_JOIN, .room = slice_of("three"), .exempt = true});
    assert_int_equal(refused(play), REFUSED_NOT);
    phone(play, 1, 9, 2); /* somebody else */
    on_room(play, 1, COMMAND_JOIN, "four", "");
    assert_int_equal(refused(play), REFUSED_NOT);
}

/* The rows that the log got of one refusal: 0 or 1. */
static uint32_t logged(const struct play *play, const char *action) {
    uint32_t count = 0;
    for (uint32_t i = 0; i < play->effects.count; i++) {
        const struct effect *effect = &play->effects.at[i];
        if (effect->kind != EFFECT_RECORD) continue;
        assert_int_equal(effect->record.kind, RECORD_AUDIT);
        assert_true(slice_equal(effect->record.key, slice_text(action)));
        count++;
    }
    return count;
}

static void t054_the_log_keeps_some_of_what_others_tried(void **state) {
    struct play *play = *state;
    tea(play);
    says(play, 0, "tea");
    hello(play, 3, "eve", NAMING_EXACT);
    on_person(play, 3, COMMAND_KICK, "tea", "ann", 0); /* from outside */
    assert_int_equal(refused(play), REFUSED_NOT_IN_ROOM);
    assert_int_equal(logged(play, "refused-kick"), 1);
    on_room(play, 3, COMMAND_JOIN, "tea", "");
    struct command retract = {
        .kind = COMMAND_RETRACT, .room = slice_of("tea"), .target = 1, .found_identity = {7}};
    give(play, 3, retract);
    retract.cursor = event_of(play, EVENT_LOOKUP)->cursor;
    retract.flags = COMMAND_FOUND;
    give(play, 3, retract);
    assert_int_equal(refused(play), REFUSED_NOT_ALLOWED);
    assert_int_equal(logged(play, "refused-retract"), 1);
    assert_true(slice_equal(record_of(play, RECORD_AUDIT)->text, slice_of("message 1")));
    uint32_t count = 0;
    for (uint32_t i = 0; i < 50; i++) {
        on_person(play, 3, COMMAND_BAN, "tea", "ann", 0);
        assert_int_equal(refused(play), REFUSED_NOT_ALLOWED);
        count += logged(play, "refused-ban");
    }
    assert_int_equal(count, 8); /* ten an hour */
    play->now_ms += 3600000;
    on_person(play, 3, COMMAND_ROLE, "tea", "eve", ROLE_OWNER);
    assert_int_equal(refused(play), REFUSED_NOT_ALLOWED);
    assert_int_equal(logged(play, "refused-role"), 1);
    mode(play, 0, "tea", SETTING_MODERATED, 1);
    says(play, 3, "tea"); /* that is no attempt at anything */
    assert_int_equal(refused(play), REFUSED_MODERATED);
    assert_int_equal(logged(play, ""), 0);
}

static void t054_of_all_rooms_the_log_keeps_so_much_and_no_more(void **state) {
    struct play *play = *state;
    uint32_t count = 0;
    hello(play, 0, "ann", NAMING_EXACT);
    hello(play, 1, "eve", NAMING_EXACT);
    for (uint32_t i = 0; i < 600; i++) {
        on_room(play, 0, COMMAND_CREATE, "tea", "");
        on_person(play, 1, COMMAND_KICK, "tea", "ann", 0);
        assert_int_equal(refused(play), REFUSED_NOT_IN_ROOM);
        count += logged(play, "refused-kick");
        on_room(play, 0, COMMAND_DELETE, "tea", "");
    }
    assert_int_equal(count, 500);
}

static void the_control_socket_sees_and_deletes_all(void **state) {
    struct play *play = *state;
    tea(play);
    mode(play, 0, "tea", SETTING_PRIVATE, 1);
    struct command command = {.kind = COMMAND_ROOM_SHOW,
                              .session = {.generation = 1, .worker = 2},
                              .room = slice_of("tea"),
                              .room_key = slice_of("tea")};
    struct hub_input input = {.kind = INPUT_COMMAND, .command = &command};
    step(play, input);
    struct slice text = event_of(play, EVENT_ROOM_SHOWN)->text;
    assert_non_null(memmem(text.at, text.size, "private\tyes\n", 12));
    assert_non_null(memmem(text.at, text.size, "owner\tann\n", 10));
    command.kind = COMMAND_DELETE;
    step(play, input);
    assert_shown(play, "+audit +deleted #deleted deleted@0");
    command.kind = COMMAND_SAY;
    step(play, input);
    assert_int_equal(refused(play), REFUSED_NOT_ALLOWED);
    give(play, 0, (struct command){.kind = COMMAND_ROOM_SHOW, .room = slice_of("lobby")});
    assert_int_equal(refused(play), REFUSED_NOT_ALLOWED);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(a_mode_is_an_event_a_row_and_a_line_of_the_log),
        TEST(slow_mode_lets_each_speak_once_in_a_while),
        TEST(a_key_lets_in_and_is_never_told),
        TEST(a_name_given_up_is_free),
        TEST(the_lobby_stays_open_to_all),
        TEST(who_is_banned_from_the_lobby_is_here_all_the_same),
        TEST(t063_the_first_of_two_owners_wins_and_both_are_told),
        TEST(an_accounts_role_is_a_row_and_needs_nobody_there),
        TEST(a_room_without_owner_is_claimed_by_an_administrator),
        TEST(ban_and_remove_takes_her_texts_of_the_last_hours),
        TEST(t053_a_private_room_is_answered_for_as_none),
        TEST(t049_so_many_rooms_an_hour_and_no_more),
        TEST(t054_the_log_keeps_some_of_what_others_tried),
        TEST(t054_of_all_rooms_the_log_keeps_so_much_and_no_more),
        TEST(the_control_socket_sees_and_deletes_all),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
