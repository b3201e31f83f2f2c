/* The hub: names, phones, rooms, roles. */
#include "test_hub_play.h"

#include <stdio.h>

#include "chat/person.h"

/* Names. */

static void who_says_her_name_is_in_the_lobby_before_her_next_line(void **state) {
    struct play *play = *state;
    hello(play, 0, "ann", NAMING_EXACT);
    assert_shown(play, "+counters welcome@0 #joined entered@0 done@0");
    assert_true(event_of(play, EVENT_DONE)->flags & EVENT_LAST);
    assert_false(event_of(play, EVENT_WELCOME)->flags & EVENT_LAST);
    assert_true(event_of(play, EVENT_ENTERED)->flags & EVENT_FIRST);
}

static void a_name_is_one_persons_until_she_goes(void **state) {
    struct play *play = *state;
    hello(play, 0, "ann", NAMING_EXACT);
    hello(play, 1, "ann", NAMING_EXACT);
    assert_int_equal(refused(play), REFUSED_NAME_TAKEN);
    give(play, 0, (struct command){.kind = COMMAND_BYE});
    assert_shown(play, "bye@0 #left");
    hello(play, 1, "ann", NAMING_EXACT);
    assert_int_equal(refused(play), REFUSED_NOT);
}

static void a_taken_name_gets_a_number_where_that_is_wanted(void **state) {
    struct play *play = *state;
    hello(play, 0, "ann", NAMING_EXACT);
    hello(play, 1, "ann", NAMING_SUFFIX);
    assert_true(slice_equal(event_of(play, EVENT_WELCOME)->author_name, slice_of("ann-2")));
    hello(play, 2, "ann", NAMING_SUFFIX);
    assert_true(slice_equal(event_of(play, EVENT_WELCOME)->author_name, slice_of("ann-3")));
}

static void only_phones_are_called_client_and_a_number(void **state) {
    struct play *play = *state;
    hello(play, 0, "client-7", NAMING_EXACT);
    assert_int_equal(refused(play), REFUSED_NAME_BAD);
    hello(play, 0, "client", NAMING_EXACT);
    assert_int_equal(refused(play), REFUSED_NOT);
    hello(play, 1, "client", NAMING_SUFFIX);
    assert_int_equal(refused(play), REFUSED_NAME_TAKEN);
    phone(play, 2, 2, 1);
    assert_true(slice_equal(event_of(play, EVENT_WELCOME)->author_name, slice_of("client-2")));
}

static void friendly_names_differ(void **state) {
    struct play *play = *state;
    char first[USER_NAME_SIZE_MAX];
    play->random = 4;
    hello(play, 0, "", NAMING_FRIENDLY);
    struct slice name = event_of(play, EVENT_WELCOME)->author_name;
    memcpy(first, name.at, name.size);
    size_t first_size = name.size;
    play->random = 4; /* the same draw again */
    hello(play, 1, "", NAMING_FRIENDLY);
    assert_false(
        slice_equal(event_of(play, EVENT_WELCOME)->author_name, (struct slice){first, first_size}));
}

static void a_new_name_frees_the_old_one(void **state) {
    struct play *play = *state;
    hello(play, 0, "ann", NAMING_EXACT);
    give(play, 0, (struct command){.kind = COMMAND_NICK, .name = slice_of("eve")});
    assert_shown(play, "#renamed");
    assert_true(slice_equal(event_of(play, EVENT_RENAMED)->author_name, slice_of("ann")));
    assert_true(slice_equal(event_of(play, EVENT_RENAMED)->other, slice_of("eve")));
    hello(play, 1, "ann", NAMING_EXACT);
    assert_int_equal(refused(play), REFUSED_NOT);
    give(play, 1, (struct command){.kind = COMMAND_NICK, .name = slice_of("eve")});
    assert_int_equal(refused(play), REFUSED_NAME_TAKEN);
}

static void a_new_name_is_told_to_several_rooms_as_one_event(void **state) {
    struct play *play = *state;
    hello(play, 0, "ann", NAMING_EXACT);
    on_room(play, 0, COMMAND_JOIN, "tea", "");
    give(play, 0, (struct command){.kind = COMMAND_NICK, .name = slice_of("eve")});
    assert_shown(play, "#renamed #renamed");
    assert_true(play->effects.at[0].event.flags & EVENT_SCATTERED);
    assert_true(play->effects.at[0].event.number == play->effects.at[1].event.number);
}

static void nobody_does_anything_before_saying_who_she_is(void **state) {
    struct play *play = *state;
    static const enum command_kind kinds[] = {
        COMMAND_NICK, COMMAND_JOIN,  COMMAND_CREATE,  COMMAND_LEAVE, COMMAND_SAY,  COMMAND_TOPIC,
        COMMAND_WHO,  COMMAND_ROOMS, COMMAND_HISTORY, COMMAND_ADMIT, COMMAND_KICK, COMMAND_DELETE};
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        on_room(play, 0, kinds[i], "lobby", "x");
        assert_int_equal(refused(play), REFUSED_NAME_NEEDED);
    }
    give(play, 0, (struct command){.kind = COMMAND_PING});
    assert_shown(play, "pong@0");
    give(play, 0, (struct command){.kind = COMMAND_BYE});
    assert_shown(play, "bye@0");
}

static void who_has_said_her_name_says_it_once(void **state) {
    struct play *play = *state;
    hello(play, 0, "ann", NAMING_EXACT);
    hello(play, 0, "eve", NAMING_EXACT);
    assert_int_equal(refused(play), REFUSED_NAME_GIVEN);
}

/* Phones. */

static void a_phone_is_one_person_from_one_address(void **state) {
    struct play *play = *state;
    phone(play, 0, 7, 1);
    phone(play, 1, 7, 1);
    assert_shown(play, "welcome@1 entered@1");
    assert_int_equal(hub_count(play->hub).users, 1);
    phone(play, 2, 7, 2);
    assert_shown(play, "close@2");
    assert_int_equal(refused(play), REFUSED_ID_TAKEN);
    give(play, 0, (struct command){.kind = COMMAND_BYE});
    assert_shown(play, "bye@0");
    give(play, 1, (struct command){.kind = COMMAND_BYE});
    assert_shown(play, "bye@1 #left");
}

static void a_phone_has_so_many_devices_and_no_more(void **state) {
    struct play *play = *state;
    for (uint32_t i = 0; i < USER_SESSIONS_MAX; i++) {
        phone(play, i, 7, 1);
        assert_int_equal(refused(play), REFUSED_NOT);
    }
    phone(play, USER_SESSIONS_MAX, 7, 1);
    assert_int_equal(refused(play), REFUSED_TOO_MANY_SESSIONS);
}

/* Rooms. */

static void a_missing_room_is_made_by_joining_it(void **state) {
    struct play *play = *state;
    hello(play, 0, "ann", NAMING_EXACT);
    on_room(play, 0, COMMAND_JOIN, "tea", "");
    assert_shown(play, "+room #joined entered@0");
    on_room(play, 0, COMMAND_JOIN, "tea", "");
    assert_shown(play, "entered@0");
    assert_true(event_of(play, EVENT_ENTERED)->flags & EVENT_AGAIN);
    give(play, 0,
         (struct command){.kind = COMMAND_JOIN, .flags = COMMAND_EXISTS, .room = slice_of("ox")});
    assert_int_equal(refused(play), REFUSED_ROOM_UNKNOWN);
}

static void a_room_is_found_by_number_hex_and_name(void **state) {
    struct play *play = *state;
    char hex[16];
    hello(play, 0, "ann", NAMING_EXACT);
    on_room(play, 0, COMMAND_JOIN, "tea", "");
    (void)snprintf(hex, sizeof hex, "%010llx", (unsigned long long)play->room.hex);
    const char *const names[] = {"tea", "2", hex};
    for (size_t i = 0; i < 3; i++) {
        give(play, 0,
             (struct command){
                 .kind = COMMAND_SAY, .room = slice_text(names[i]), .text = slice_of("x")});
        assert_shown(play, "+message #said");
        assert_int_equal(event_of(play, EVENT_SAID)->room.v, 2);
    }
}

static void nobody_is_in_more_rooms_than_the_limit(void **state) {
    struct play *play = *state;
    hello(play, 0, "ann", NAMING_EXACT);
    on_room(play, 0, COMMAND_JOIN, "tea", "");
    on_room(play, 0, COMMAND_JOIN, "ox", "");
    on_room(play, 0, COMMAND_JOIN, "zoo", "");
    assert_int_equal(refused(play), REFUSED_TOO_MANY_ROOMS);
    on_room(play, 0, COMMAND_LEAVE, "tea", "");
    assert_shown(play, "exited@0 #left");
    on_room(play, 0, COMMAND_JOIN, "zoo", "");
    assert_int_equal(refused(play), REFUSED_NOT);
}

static void a_full_table_of_rooms_is_told(void **state) {
    struct play *play = *state;
    char name[2] = "a", room[4] = "r-a";
    for (uint32_t i = 0; i + 1 < size.rooms; i++) {
        name[0] = room[2] = (char)('a' + i);
        hello(play, i, name, NAMING_EXACT);
        on_room(play, i, COMMAND_JOIN, room, "");
        assert_int_equal(refused(play), REFUSED_NOT);
    }
    on_room(play, 0, COMMAND_JOIN, "another", "");
    assert_int_equal(refused(play), REFUSED_ROOMS_FULL);
}

static void a_room_is_deleted_by_who_made_it(void **state) {
    struct play *play = *state;
    hello(play, 0, "ann", NAMING_EXACT);
    hello(play, 1, "eve", NAMING_EXACT);
    on_room(play, 0, COMMAND_CREATE, "tea", "");
    assert_shown(play, "+room created@0 #joined entered@0");
    on_room(play, 1, COMMAND_CREATE, "tea", "");
    assert_int_equal(refused(play), REFUSED_ROOM_EXISTS);
    on_room(play, 1, COMMAND_JOIN, "tea", "");
    on_room(play, 1, COMMAND_DELETE, "tea", "");
    assert_int_equal(refused(play), REFUSED_NOT_ALLOWED);
    on_room(play, 0, COMMAND_DELETE, "lobby", "");
    assert_int_equal(refused(play), REFUSED_NOT_ALLOWED);
    on_room(play, 0, COMMAND_DELETE, "tea", "");
    assert_shown(play, "+audit +deleted #deleted");
    on_room(play, 1, COMMAND_SAY, "tea", "x");
    assert_int_equal(refused(play), REFUSED_ROOM_UNKNOWN);
    on_room(play, 0, COMMAND_CREATE, "tea", "");
    assert_int_equal(record_of(play, RECORD_ROOM)->room.v, 3); /* a number is given once */
}

static void a_private_channel_is_no_one_elses(void **state) {
    struct play *play = *state;
    struct command reg = {.kind = COMMAND_HELLO,
                          .naming = NAMING_EXACT,
                          .flags = COMMAND_OWN,
                          .name = slice_of("ann"),
                          .address = {.ip = {[10] = 255, [11] = 255, 127, 0, 0, 1}, .port = 9}};
    give(play, 0, reg);
    assert_shown(play, "+counters welcome@0 entered@0");
    uint32_t number = event_of(play, EVENT_ENTERED)->room.v;
    hello(play, 1, "eve", NAMING_EXACT);
    on_room(play, 1, COMMAND_JOIN, "127.0.0.1:9", "");
    assert_int_equal(refused(play), REFUSED_ROOM_UNKNOWN);
    on_room(play, 1, COMMAND_SAY, "127.0.0.1:9", "x");
    assert_int_equal(refused(play), REFUSED_ROOM_UNKNOWN);
    on_room(play, 1, COMMAND_WHO, "127.0.0.1:9", "");
    assert_int_equal(refused(play), REFUSED_ROOM_UNKNOWN);
    on_room(play, 0, COMMAND_SAY, "127.0.0.1:9", "x");
    assert_shown(play, "#said"); /* never stored */
    on_room(play, 0, COMMAND_HISTORY, "127.0.0.1:9", "");
    assert_int_equal(refused(play), REFUSED_HISTORY_OFF);
    give(play, 0, (struct command){.kind = COMMAND_BYE});
    assert_shown(play, "bye@0");
    give(play, 2, reg);
    assert_int_not_equal(event_of(play, EVENT_ENTERED)->room.v, number);
}

/* Roles. */

static void only_the_maker_puts_people_out(void **state) {
    struct play *play = *state;
    struct command kick = {.kind = COMMAND_KICK, .room = slice_of("tea"), .name = slice_of("eve")};
    hello(play, 0, "ann", NAMING_EXACT);
    hello(play, 1, "eve", NAMING_EXACT);
    on_room(play, 0, COMMAND_JOIN, "tea", "");
    give(play, 0, kick);
    assert_int_equal(refused(play), REFUSED_PERSON_NOT_IN_ROOM);
    on_room(play, 1, COMMAND_JOIN, "tea", "");
    kick.name = slice_of("ann");
    give(play, 1, kick);
    assert_int_equal(refused(play), REFUSED_NOT_ALLOWED);
    kick.name = slice_of("nobody");
    give(play, 0, kick);
    assert_int_equal(refused(play), REFUSED_PERSON_UNKNOWN);
    kick.name = slice_of("eve");
    give(play, 0, kick);
    assert_shown(play, "+message +audit exited@1 #left");
    on_room(play, 1, COMMAND_SAY, "tea", "x");
    assert_int_equal(refused(play), REFUSED_NOT_IN_ROOM);
}

static void a_room_without_its_maker_is_everybodys_to_title(void **state) {
    struct play *play = *state;
    struct command title = {.kind = COMMAND_TOPIC,
                            .flags = COMMAND_SETS,
                            .room = slice_of("tea"),
                            .text = slice_of("leaves")};
    hello(play, 0, "ann", NAMING_EXACT);
    hello(play, 1, "eve", NAMING_EXACT);
    on_room(play, 0, COMMAND_JOIN, "tea", "");
    on_room(play, 1, COMMAND_JOIN, "tea", "");
    give(play, 1, title);
    assert_int_equal(refused(play), REFUSED_NOT_ALLOWED);
    on_room(play, 0, COMMAND_LEAVE, "tea", "");
    give(play, 0, (struct command){.kind = COMMAND_BYE});
    give(play, 1, title);
    assert_shown(play, "+topic #titled");
    hello(play, 2, "ann", NAMING_EXACT); /* the name inherits nothing */
    on_room(play, 2, COMMAND_DELETE, "tea", "");
    assert_int_equal(refused(play), REFUSED_NOT_IN_ROOM);
    on_room(play, 2, COMMAND_JOIN, "tea", "");
    on_room(play, 2, COMMAND_DELETE, "tea", "");
    assert_int_equal(refused(play), REFUSED_NOT_ALLOWED);
}

static void members_admit_and_the_maker_removes(void **state) {
    struct play *play = *state;
    struct command command = {
        .kind = COMMAND_ADMIT, .room = slice_of("tea"), .people = {8}, .people_count = 1};
    phone(play, 0, 7, 1);
    phone(play, 1, 8, 1);
    on_room(play, 0, COMMAND_CREATE, "tea", "");
    give(play, 1, command);
    assert_int_equal(refused(play), REFUSED_NOT_IN_ROOM);
    give(play, 0, command);
    assert_shown(play, "#joined entered@1");
    command.kind = COMMAND_REMOVE;
    give(play, 1, command);
    assert_int_equal(refused(play), REFUSED_NOT_ALLOWED);
    give(play, 0, command);
    assert_shown(play, "+message +audit exited@1 #left");
    command.people[0] = 99;
    give(play, 0, command);
    assert_int_equal(refused(play), REFUSED_PERSON_UNKNOWN);
}

/* A name "n07...", as its number. */
static uint64_t number_of(struct slice name) {
    uint64_t number;
    assert_true(slice_number(slice_head(slice_from(name, 1), 2), 99, &number));
    return number;
}

/* Everybody in two rooms but for three: more than a step tells. One leaves between two pieces. */
static void names_of_all_come_in_pieces_and_nobody_twice(void **state) {
    struct play *play = *state;
    uint32_t told[3][40] = {{0}}, steps = 0;
    char real[160], name[40];
    struct command ask = {.kind = COMMAND_PEOPLE, .flags = COMMAND_WAITS | COMMAND_INSIDE};
    struct command come = {.kind = COMMAND_HELLO,
                           .naming = NAMING_EXACT,
                           .dialect = DIALECT_IRC,
                           .about = {real, 150}};
    memset(real, 'r', sizeof real);
    real[4] = ' '; /* behind it the real name */
    for (uint32_t i = 0; i < 40; i++) {
        int length = snprintf(name, sizeof name, "n%02u%028u", i, 0u);
        come.name = (struct slice){name, (size_t)length};
        give(play, i, come);
        if (i >= 3) on_room(play, i, COMMAND_JOIN, "tea", "");
        if (i >= 3) on_room(play, i, COMMAND_JOIN, "milk", "");
    }
    for (bool last = false; !last; steps++) {
        give(play, 0, ask);
        for (uint32_t i = 0; i < play->effects.count; i++) {
            const struct event *event = &play->effects.at[i].event;
            struct slice lines = event->text;
            struct person person;
            int room = slice_equal(event->room_name, slice_of("milk")) ? 2 : event->room.v != 0;
            assert_int_equal(event->kind, EVENT_PEOPLE);
            while (person_take(&lines, &person))
                told[room][number_of(person.name)]++;
            ask.cursor = event->cursor;
            last = event->flags & EVENT_LAST;
            assert_int_equal(i + 1 == play->effects.count, last || event->cursor != 0);
        }
        if (steps == 0) on_room(play, 39, COMMAND_LEAVE, "milk", "");
    }
    assert_in_range(steps, 2, 8);
    for (uint32_t i = 0; i < 40; i++) {
        assert_int_equal(told[0][i], i < 3);
        assert_int_equal(told[1][i], i >= 3);
        assert_int_equal(told[2][i], i >= 3 && i < 39);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(who_says_her_name_is_in_the_lobby_before_her_next_line),
        TEST(a_name_is_one_persons_until_she_goes),
        TEST(a_taken_name_gets_a_number_where_that_is_wanted),
        TEST(only_phones_are_called_client_and_a_number),
        TEST(friendly_names_differ),
        TEST(a_new_name_frees_the_old_one),
        TEST(a_new_name_is_told_to_several_rooms_as_one_event),
        TEST(nobody_does_anything_before_saying_who_she_is),
        TEST(who_has_said_her_name_says_it_once),
        TEST(a_phone_is_one_person_from_one_address),
        TEST(a_phone_has_so_many_devices_and_no_more),
        TEST(a_missing_room_is_made_by_joining_it),
        TEST(a_room_is_found_by_number_hex_and_name),
        TEST(nobody_is_in_more_rooms_than_the_limit),
        TEST(a_full_table_of_rooms_is_told),
        TEST(a_room_is_deleted_by_who_made_it),
        TEST(a_private_channel_is_no_one_elses),
        TEST(only_the_maker_puts_people_out),
        TEST(a_room_without_its_maker_is_everybodys_to_title),
        TEST(members_admit_and_the_maker_removes),
        TEST(names_of_all_come_in_pieces_and_nobody_twice),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
