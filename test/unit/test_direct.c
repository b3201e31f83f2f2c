/* The hub: direct messages. */
#include "test_hub_play.h"

static void tell(struct play *play, uint32_t slot, const char *name, const char *text) {
    give(
        play, slot,
        (struct command){.kind = COMMAND_TELL, .name = slice_text(name), .text = slice_text(text)});
}

/* The effect that `slot` hears of that kind. */
static const struct event *heard_by(const struct play *play, uint32_t slot, enum event_kind kind) {
    for (uint32_t i = 0; i < play->effects.count; i++) {
        const struct effect *effect = &play->effects.at[i];
        if (effect->kind == EFFECT_REPLY && effect->session.slot == slot &&
            effect->event.kind == kind)
            return &effect->event;
    }
    fail_msg("%u hears no such event in: %s", slot, play->memory);
    return NULL;
}

static void three_come(struct play *play) {
    hello(play, 0, "ann", NAMING_EXACT);
    hello(play, 1, "bob", NAMING_EXACT);
    hello(play, 2, "eve", NAMING_EXACT);
}

static void each_of_the_two_hears_it_and_nobody_else(void **state) {
    struct play *play = *state;
    three_come(play);
    tell(play, 0, "bob", "hi");
    assert_int_equal(play->effects.count, 2);
    const struct event *own = heard_by(play, 0, EVENT_TOLD);
    assert_true(own->flags & EVENT_OWN);
    assert_true(own->flags & EVENT_DIRECT);
    assert_true(slice_equal(own->other, slice_of("bob")));
    assert_true(slice_equal(own->author_name, slice_of("ann")));
    const struct event *told = heard_by(play, 1, EVENT_TOLD);
    assert_false(told->flags & EVENT_OWN);
    assert_true(slice_equal(told->other, slice_of("ann")));
    assert_true(slice_equal(told->text, slice_of("hi")));
    assert_true(told->seq == 1 && told->room.v == own->room.v);
    tell(play, 1, "ann", "ho");
    assert_true(heard_by(play, 0, EVENT_TOLD)->seq == 2);
    assert_true(heard_by(play, 0, EVENT_TOLD)->room.v == told->room.v);
}

static void all_of_her_devices_hear_it(void **state) {
    struct play *play = *state;
    hello(play, 0, "ann", NAMING_EXACT);
    phone(play, 1, 7, 1);
    phone(play, 2, 7, 1);
    tell(play, 0, "client-7", "hi");
    assert_int_equal(play->effects.count, 3);
    assert_false(heard_by(play, 1, EVENT_TOLD)->flags & EVENT_OWN);
    assert_false(heard_by(play, 2, EVENT_TOLD)->flags & EVENT_OWN);
    tell(play, 1, "ann", "ho");
    assert_true(heard_by(play, 2, EVENT_TOLD)->flags & EVENT_OWN);
}

static void who_is_not_there_is_told_of(void **state) {
    struct play *play = *state;
    three_come(play);
    tell(play, 0, "ann", "hi");
    assert_int_equal(refused(play), REFUSED_NOT_ALLOWED);
    tell(play, 0, "max", "hi");
    assert_int_equal(refused(play), REFUSED_PERSON_UNKNOWN);
    tell(play, 0, "bob", "");
    assert_int_equal(refused(play), REFUSED_TEXT_EMPTY);
    give(
        play, 0,
        (struct command){.kind = COMMAND_AWAY, .text = slice_of("lunch")}); /* not her who writes */
    give(play, 1, (struct command){.kind = COMMAND_AWAY, .text = slice_of("tea")});
    tell(play, 0, "bob", "hi");
    const struct event *alert = heard_by(play, 0, EVENT_ALERT);
    assert_int_equal(alert->why, ALERT_AWAY);
    assert_true(slice_equal(alert->text, slice_of("tea")));
    assert_true(slice_equal(alert->other, slice_of("bob")));
    assert_int_equal(play->effects.count, 3);
}

static void it_is_nobodys_room_but_theirs(void **state) {
    static const enum command_kind kinds[] = {
        COMMAND_SAY,   COMMAND_HISTORY, COMMAND_SEARCH,  COMMAND_RESUME, COMMAND_EDIT,
        COMMAND_REACT, COMMAND_READ,    COMMAND_RETRACT, COMMAND_JOIN,   COMMAND_WHO,
        COMMAND_TOPIC, COMMAND_LEAVE,   COMMAND_KICK,    COMMAND_DELETE, COMMAND_CREATE};
    struct play *play = *state;
    char missing[2048];
    three_come(play);
    tell(play, 0, "bob", "hi");
    struct room_id room = event_of(play, EVENT_TOLD)->room;
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        struct command command = {.kind = kinds[i],
                                  .room_id = room,
                                  .target = 1,
                                  .after = 1,
                                  .flags = COMMAND_EXISTS,
                                  .text = slice_of("x")};
        if (kinds[i] == COMMAND_CREATE) continue; /* makes its own room, by its name */
        give(play, 2, command);
        memcpy(missing, play->memory, sizeof missing);
        enum refusal why = refused(play);
        assert_int_not_equal(why, REFUSED_NOT);
        command.room_id.v = 4000; /* a room that is not there */
        give(play, 2, command);
        assert_int_equal(refused(play), why);
        assert_string_equal(play->memory, missing);
    }
    give(play, 2, (struct command){.kind = COMMAND_ROOMS});
    assert_null(memmem(event_of(play, EVENT_ROOMS)->text.at, event_of(play, EVENT_ROOMS)->text.size,
                       "@", 1));
    give(play, 2, (struct command){.kind = COMMAND_HISTORY, .name = slice_of("bob")});
    assert_int_equal(refused(play), REFUSED_NOTHING_TOLD);
    give(play, 2, (struct command){.kind = COMMAND_HISTORY, .name = slice_of("max")});
    assert_int_equal(refused(play), REFUSED_PERSON_UNKNOWN);
}

static void a_guests_words_are_kept_nowhere(void **state) {
    struct play *play = *state;
    three_come(play);
    uint64_t digest = hub_digest(play->hub);
    uint32_t rooms = hub_count(play->hub).rooms;
    tell(play, 0, "bob", "hi");
    tell(play, 0, "eve", "hi");
    tell(play, 2, "bob", "hi");
    assert_int_equal(hub_count(play->hub).rooms, rooms + 3);
    assert_true(hub_digest(play->hub) == digest);
    give(play, 0, (struct command){.kind = COMMAND_HISTORY, .name = slice_of("bob")});
    assert_int_equal(refused(play), REFUSED_HISTORY_OFF);
    give(play, 0, (struct command){.kind = COMMAND_BYE});
    assert_int_equal(hub_count(play->hub).rooms, rooms + 1);
    hello(play, 0, "ann", NAMING_EXACT); /* who takes the name inherits nothing */
    tell(play, 0, "bob", "hi");
    assert_true(event_of(play, EVENT_TOLD)->seq == 1);
    give(play, 1, (struct command){.kind = COMMAND_BYE});
    assert_int_equal(hub_count(play->hub).rooms, rooms);
}

/* THREATS 58. */
static void t058_a_guest_writes_to_so_many_strangers_a_minute(void **state) {
    struct play *play = *state;
    struct hub_size many = size;
    char name[] = "bob-00";
    many.rooms = 64;
    hub_free(play->hub);
    play->hub = hub_new(many, limits, 1);
    play->now_ms = 120000;
    step(play, (struct hub_input){.kind = INPUT_LOBBY,
                                  .room_name = slice_of("lobby"),
                                  .room_key = slice_of("lobby")});
    hello(play, 0, "ann", NAMING_EXACT);
    for (uint32_t i = 1; i <= 22; i++) {
        name[4] = (char)('0' + i / 10), name[5] = (char)('0' + i % 10);
        hello(play, i, name, NAMING_EXACT);
    }
    for (uint32_t i = 1; i <= 20; i++) {
        name[4] = (char)('0' + i / 10), name[5] = (char)('0' + i % 10);
        tell(play, 0, name, "buy this");
        assert_int_equal(refused(play), REFUSED_NOT);
    }
    tell(play, 0, "bob-21", "buy this");
    assert_int_equal(refused(play), REFUSED_TOO_MANY_NEW);
    assert_int_equal(event_of(play, EVENT_REFUSED)->number, 20);
    tell(play, 0, "bob-03", "buy that"); /* she is no stranger any more */
    assert_int_equal(refused(play), REFUSED_NOT);
    tell(play, 22, "ann", "hi"); /* nor is who writes first herself */
    tell(play, 0, "bob-22", "hi");
    assert_int_equal(refused(play), REFUSED_NOT);
    play->now_ms += 60000;
    tell(play, 0, "bob-21", "buy this");
    assert_int_equal(refused(play), REFUSED_NOT);
}

static void a_direct_message_with_an_id_is_said_once(void **state) {
    struct play *play = *state;
    three_come(play);
    struct command told = {.kind = COMMAND_TELL,
                           .name = slice_of("bob"),
                           .text = slice_of("hi"),
                           .client_id = slice_of("a1")};
    give(play, 0, told);
    assert_shown(play, "told@0 told@1");
    give(play, 0, told);
    assert_shown(play, "done@0");
    assert_true(event_of(play, EVENT_DONE)->seq == 1);
    told.text = slice_of("ho");
    give(play, 0, told);
    assert_int_equal(refused(play), REFUSED_CLIENT_ID_REUSED);
    told.name = slice_of("eve"); /* with her it is another room */
    give(play, 0, told);
    assert_int_equal(refused(play), REFUSED_NOT);
    told.client_id = slice_of("a2");
    told.target = 9;
    give(play, 0, told);
    assert_int_equal(refused(play), REFUSED_MESSAGE_UNKNOWN);
}

/* Accounts. */

static void answered(struct play *play, bool ok) {
    struct proved proved = {.ticket = play->ticket, .ok = ok, .verifier = slice_of("verifier")};
    step(play, (struct hub_input){.kind = INPUT_PROVED, .proved = &proved});
}

static void with_secret(struct play *play, uint32_t slot, enum command_kind kind,
                        const char *name) {
    give(play, slot,
         (struct command){.kind = kind,
                          .flags = COMMAND_WAITS,
                          .encrypted = true,
                          .dialect = DIALECT_LINE,
                          .name = slice_text(name),
                          .room = slice_of("lobby"),
                          .secret = slice_of("secret")});
    assert_shown(play, "prove");
    answered(play, true);
    assert_int_equal(refused(play), REFUSED_NOT);
}

static void member(struct play *play, uint32_t slot, const char *name) {
    hello(play, slot, name, NAMING_EXACT);
    with_secret(play, slot, COMMAND_REGISTER, "");
}

static void what_accounts_say_is_kept(void **state) {
    struct play *play = *state;
    member(play, 0, "ann");
    member(play, 1, "bob");
    uint64_t digest = hub_digest(play->hub);
    tell(play, 0, "bob", "hi");
    assert_shown(play, "+room +tie +tie +message told@0 told@1 +tie +tie");
    assert_true(hub_digest(play->hub) != digest);
    assert_int_equal(play->room.flags & (ROOM_DIRECT | ROOM_VOLATILE), ROOM_DIRECT);
    assert_true(record_of(play, RECORD_MESSAGE)->seq == 1);
    assert_true(record_of(play, RECORD_TIE)->joined);
    tell(play, 1, "ann", "ho");
    assert_shown(play, "+message told@0 told@1 +tie +tie"); /* both were shown it: both read it */
    assert_true(record_of(play, RECORD_TIE)->number == 2);
    give(play, 1, (struct command){.kind = COMMAND_HISTORY, .name = slice_of("ann"), .count = 5});
    assert_shown(play, "query@1");
    assert_true(slice_equal(event_of(play, EVENT_QUERY)->other, slice_of("ann")));
    assert_true(event_of(play, EVENT_QUERY)->flags & EVENT_DIRECT);
    hello(play, 2, "eve", NAMING_EXACT);
    struct room_id room = play->room.room;
    give(play, 2, (struct command){.kind = COMMAND_HISTORY, .room_id = room, .count = 5});
    assert_int_equal(refused(play), REFUSED_ROOM_UNKNOWN);
}

static void what_a_guest_says_to_an_account_ends_with_her(void **state) {
    struct play *play = *state;
    member(play, 0, "ann");
    hello(play, 1, "bob", NAMING_EXACT);
    uint32_t rooms = hub_count(play->hub).rooms;
    tell(play, 1, "ann", "hi");
    struct room_id room = record_of(play, RECORD_MESSAGE)->room;
    assert_true(record_of(play, RECORD_ROOM)->flags & ROOM_PASSING);
    give(play, 0, (struct command){.kind = COMMAND_HISTORY, .name = slice_of("bob"), .count = 5});
    assert_shown(play, "query@0");
    give(play, 1, (struct command){.kind = COMMAND_BYE});
    assert_int_equal(record_of(play, RECORD_DELETED)->room.v, room.v);
    assert_int_equal(hub_count(play->hub).rooms, rooms);
    hello(play, 1, "bob", NAMING_EXACT); /* somebody else, called so too */
    give(play, 0, (struct command){.kind = COMMAND_HISTORY, .name = slice_of("bob"), .count = 5});
    assert_int_equal(refused(play), REFUSED_NOTHING_TOLD);
}

static void who_is_away_for_the_night_is_told_in_the_morning(void **state) {
    struct play *play = *state;
    member(play, 0, "ann");
    member(play, 1, "bob");
    tell(play, 0, "bob", "hi");
    give(play, 1, (struct command){.kind = COMMAND_BYE});
    tell(play, 0, "bob", "ho");
    assert_shown(play, "+message told@0 +tie");
    tell(play, 0, "bob", "hum");
    give(play, 0,
         (struct command){.kind = COMMAND_SAY,
                          .room_id = event_of(play, EVENT_TOLD)->room,
                          .text = slice_of("by its number")});
    assert_true(event_of(play, EVENT_TOLD)->seq == 4);
    with_secret(play, 1, COMMAND_LOGIN, "bob");
    const struct event *alert = event_of(play, EVENT_ALERT);
    assert_int_equal(alert->why, ALERT_UNREAD);
    assert_int_equal(alert->count, 3);
    assert_true(slice_equal(alert->other, slice_of("ann")));
    give(play, 1, (struct command){.kind = COMMAND_READ, .name = slice_of("ann"), .target = 4});
    assert_shown(play, "+tie readup@1");
    give(play, 1, (struct command){.kind = COMMAND_READ, .name = slice_of("ann"), .target = 2});
    assert_shown(play, "readup@1"); /* never back */
    assert_true(event_of(play, EVENT_READ_UP)->seq == 4);
    give(play, 1, (struct command){.kind = COMMAND_BYE});
    with_secret(play, 1, COMMAND_LOGIN, "bob");
    assert_null(strstr(play->memory, "alert"));
}

static void a_guest_reaches_nobody_who_is_not_here(void **state) {
    struct play *play = *state;
    member(play, 0, "ann");
    hello(play, 1, "bob", NAMING_EXACT);
    tell(play, 1, "ann", "hi");
    assert_shown(play, "+room +message told@0 told@1");
    give(play, 0, (struct command){.kind = COMMAND_BYE});
    tell(play, 1, "ann", "hi");
    assert_int_equal(refused(play), REFUSED_LOGIN_NEEDED);
}

static void a_room_with_a_guest_ends_when_she_makes_an_account(void **state) {
    struct play *play = *state;
    member(play, 0, "ann");
    hello(play, 1, "bob", NAMING_EXACT);
    tell(play, 1, "ann", "hi");
    uint32_t before = event_of(play, EVENT_TOLD)->room.v;
    with_secret(play, 1, COMMAND_REGISTER, "");
    tell(play, 1, "ann", "hi");
    assert_true(event_of(play, EVENT_TOLD)->room.v != before);
    assert_true(record_of(play, RECORD_MESSAGE)->seq == 1);
}

/* Only the two may change what was said between them; not even an administrator. */
static void an_account_edits_its_own_words_from_any_device(void **state) {
    struct play *play = *state;
    member(play, 0, "ann");
    member(play, 1, "bob");
    tell(play, 0, "bob", "hi");
    struct identity ann = record_of(play, RECORD_MESSAGE)->identity;
    give(play, 0, (struct command){.kind = COMMAND_BYE});
    with_secret(play, 2, COMMAND_LOGIN, "ann");
    struct command edit = {.kind = COMMAND_EDIT,
                           .name = slice_of("bob"),
                           .text = slice_of("ho"),
                           .found_kind = STORED_MESSAGE,
                           .found_identity = ann,
                           .target = 1};
    give_found(play, 2, edit);
    assert_shown(play, "+message edited@2 edited@1");
    edit.name = slice_of("ann");
    give_found(play, 1, edit);
    assert_int_equal(refused(play), REFUSED_NOT_ALLOWED);
    edit.kind = COMMAND_RETRACT;
    give_found(play, 1, edit);
    assert_int_equal(refused(play), REFUSED_NOT_ALLOWED);
}

static void a_direct_room_is_loaded_as_one(void **state) {
    struct play *play = *state;
    struct record room = {.kind = RECORD_ROOM,
                          .room = {5},
                          .hex = 0xabcdef,
                          .epoch = 9,
                          .seq = 4,
                          .flags = ROOM_DIRECT,
                          .name = slice_of("@1073741824:1073741825"),
                          .key = slice_of("@1073741824:1073741825")};
    struct record bad = room;
    bad.flags = 0;
    assert_false(hub_load(play->hub, &bad)); /* nobody's room is called so */
    bad = room, bad.key = slice_of("tea");
    assert_false(hub_load(play->hub, &bad));
    bad.key = slice_of("@1073741825:1073741824");
    assert_false(hub_load(play->hub, &bad));
    bad.key = slice_of("@01073741824:1073741825");
    assert_false(hub_load(play->hub, &bad));
    assert_true(hub_load(play->hub, &room));
    member(play, 0, "ann");
    member(play, 1, "bob");
    tell(play, 0, "bob", "hi");
    assert_true(event_of(play, EVENT_TOLD)->room.v == 5);
    assert_true(event_of(play, EVENT_TOLD)->seq == 5);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(each_of_the_two_hears_it_and_nobody_else),
        TEST(all_of_her_devices_hear_it),
        TEST(who_is_not_there_is_told_of),
        TEST(it_is_nobodys_room_but_theirs),
        TEST(a_guests_words_are_kept_nowhere),
        TEST(t058_a_guest_writes_to_so_many_strangers_a_minute),
        TEST(a_direct_message_with_an_id_is_said_once),
        TEST(what_accounts_say_is_kept),
        TEST(what_a_guest_says_to_an_account_ends_with_her),
        TEST(who_is_away_for_the_night_is_told_in_the_morning),
        TEST(a_guest_reaches_nobody_who_is_not_here),
        TEST(a_room_with_a_guest_ends_when_she_makes_an_account),
        TEST(an_account_edits_its_own_words_from_any_device),
        TEST(a_direct_room_is_loaded_as_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
