/* Accounts in the hub: made, logged in to, deleted, and what administrators do with them. */
#include <stdio.h>

#include "test_account_play.h"

/* Registering. */

/* Rooms that the last step recorded as hers. */
static uint32_t ties_of(const struct play *play) {
    uint32_t count = 0;
    for (uint32_t i = 0; i < play->effects.count; i++) {
        const struct effect *effect = &play->effects.at[i];
        if (effect->kind == EFFECT_RECORD && effect->record.kind == RECORD_TIE)
            count += effect->record.joined;
    }
    return count;
}

static void a_guest_who_registers_keeps_her_number_and_rooms(void **state) {
    struct play *play = *state;
    come(play, 0, "ann");
    uint32_t number = event_of(play, EVENT_WELCOME)->author.v;
    assert_true(event_of(play, EVENT_WELCOME)->identity.v >> 63);
    on_room(play, 0, COMMAND_JOIN, "tea", "");
    ask(play, 0, COMMAND_REGISTER, "", "secret", (struct address){0});
    assert_shown(play, "prove");
    answer(play, true);
    assert_int_equal(event_of(play, EVENT_LOGGED_IN)->author.v, number);
    assert_int_equal(event_of(play, EVENT_LOGGED_IN)->identity.v, number);
    assert_int_equal(record_of(play, RECORD_ACCOUNT)->author.v, number);
    assert_int_equal(ties_of(play), 2);
    assert_true(event_of(play, EVENT_DONE)->flags & EVENT_LAST);
    ask(play, 0, COMMAND_REGISTER, "", "secret", (struct address){0});
    assert_int_equal(refused(play), REFUSED_LOGIN_GIVEN);
}

static void what_forbids_an_account_is_told(void **state) {
    struct play *play = *state;
    char longest[SECRET_SIZE_MAX + 2];
    struct hub_limits other = limits;
    memset(longest, 'x', sizeof longest);
    longest[sizeof longest - 1] = 0;
    come(play, 0, "ann");
    ask(play, 0, COMMAND_REGISTER, "eve", "secret", (struct address){0});
    assert_int_equal(refused(play), REFUSED_NAME_GIVEN);
    ask(play, 0, COMMAND_REGISTER, "", "", (struct address){0});
    assert_int_equal(refused(play), REFUSED_SECRET_BAD);
    ask(play, 0, COMMAND_REGISTER, "", longest, (struct address){0});
    assert_int_equal(refused(play), REFUSED_SECRET_BAD);
    ask(play, 0, COMMAND_REGISTER, "", "a\tb", (struct address){0});
    assert_int_equal(refused(play), REFUSED_SECRET_BAD);
    give(play, 0, (struct command){.kind = COMMAND_REGISTER, .secret = slice_of("plain")});
    assert_int_equal(refused(play), REFUSED_LOGIN_PLAIN);
    phone(play, 1, 7, 1);
    ask(play, 1, COMMAND_REGISTER, "", "secret", (struct address){0});
    assert_int_equal(refused(play), REFUSED_NAME_BAD);
    other.registration = false;
    step(play, (struct hub_input){.kind = INPUT_LIMITS, .limits = &other});
    ask(play, 0, COMMAND_REGISTER, "", "secret", (struct address){0});
    assert_int_equal(refused(play), REFUSED_NO_REGISTRATION);
    other.accounts = false;
    step(play, (struct hub_input){.kind = INPUT_LIMITS, .limits = &other});
    ask(play, 0, COMMAND_REGISTER, "", "secret", (struct address){0});
    assert_int_equal(refused(play), REFUSED_NO_ACCOUNTS);
    ask(play, 2, COMMAND_LOGIN, "ann", "secret", from(1, 2));
    assert_int_equal(refused(play), REFUSED_NO_ACCOUNTS);
}

static void a_full_disk_refuses_before_and_after_the_proof(void **state) {
    struct play *play = *state;
    struct hub_input full = {.kind = INPUT_CREDIT},
                     room = {.kind = INPUT_CREDIT, .credit = 1 << 24};
    come(play, 0, "ann");
    room.credit_cost = full.credit_cost = play->cost;
    step(play, full);
    ask(play, 0, COMMAND_REGISTER, "", "secret", (struct address){0});
    assert_int_equal(refused(play), REFUSED_STORE_FULL);
    step(play, room);
    ask(play, 0, COMMAND_REGISTER, "", "secret", (struct address){0});
    assert_shown(play, "prove");
    step(play, full);
    answer(play, true);
    assert_int_equal(refused(play), REFUSED_STORE_FULL);
    step(play, room);
    ask(play, 0, COMMAND_REGISTER, "", "secret", (struct address){0});
    answer(play, true);
    assert_int_equal(refused(play), REFUSED_NOT);
}

/* Logging in. */

static void a_login_waits_for_its_proof_and_may_be_the_first_word(void **state) {
    struct play *play = *state;
    registered(play, "ann");
    bye(play, 0);
    struct command login = {.kind = COMMAND_LOGIN,
                            .flags = COMMAND_WAITS,
                            .encrypted = true,
                            .name = slice_of("ann"),
                            .secret = slice_of("secret"),
                            .room = slice_of("lobby")};
    give(play, 1, login);
    assert_shown(play, "prove");
    give(play, 1, login);
    assert_int_equal(refused(play), REFUSED_LOGIN_BUSY);
    hello(play, 1, "eve", NAMING_EXACT);
    assert_int_equal(refused(play), REFUSED_LOGIN_BUSY);
    answer(play, true);
    assert_shown(play, "loggedin@1 welcome@1 #joined entered@1 done@1");
    assert_true(event_of(play, EVENT_ENTERED)->flags & EVENT_FIRST);
    assert_true(event_of(play, EVENT_DONE)->flags & EVENT_LAST);
    assert_false(event_of(play, EVENT_LOGGED_IN)->flags & EVENT_LAST);
}

static void an_unknown_name_is_answered_as_a_wrong_password(void **state) {
    struct play *play = *state;
    registered(play, "ann");
    ask(play, 1, COMMAND_LOGIN, "ann", "wrong", from(2, 1));
    assert_shown(play, "prove");
    answer(play, false);
    assert_shown(play, "refused@1");
    assert_int_equal(refused(play), REFUSED_LOGIN_WRONG);
    ask(play, 1, COMMAND_LOGIN, "nobody", "wrong", from(3, 1));
    assert_shown(play, "prove");
    assert_int_equal(play->effects.at[0].proof.verifier.size, 0);
    answer(play, false);
    assert_shown(play, "refused@1");
    assert_int_equal(refused(play), REFUSED_LOGIN_WRONG);
}

static void who_goes_away_hears_nothing_of_her_proof(void **state) {
    struct play *play = *state;
    registered(play, "ann");
    ask(play, 1, COMMAND_LOGIN, "ann", "secret", from(2, 1));
    bye(play, 1);
    assert_shown(play, "bye@1");
    answer(play, true);
    assert_shown(play, "");
    come(play, 1, "eve"); /* the slot's next one is nobody of it */
    assert_int_equal(refused(play), REFUSED_NOT);
}

static void no_more_passwords_wait_than_may(void **state) {
    struct play *play = *state;
    uint64_t first = 0;
    for (uint32_t i = 0; i < PROOFS_MAX; i++) {
        struct command login = {.kind = COMMAND_LOGIN,
                                .encrypted = true,
                                .session = {.slot = i % 32, .generation = 1, .worker = i / 32 % 2},
                                .name = slice_of("ann"),
                                .name_key = slice_of("ann"),
                                .secret = slice_of("secret")};
        step(play, (struct hub_input){.kind = INPUT_COMMAND, .command = &login});
        assert_shown(play, "prove");
        if (i == 0) first = play->ticket;
    }
    ask(play, 32, COMMAND_LOGIN, "ann", "secret", from(1, 1));
    assert_int_equal(refused(play), REFUSED_LOGIN_BUSY);
    bye(play, 0); /* hers is still being hashed: nobody takes its place yet */
    ask(play, 32, COMMAND_LOGIN, "ann", "secret", from(1, 1));
    assert_int_equal(refused(play), REFUSED_LOGIN_BUSY);
    proved(play, first, false, "");
    ask(play, 32, COMMAND_LOGIN, "ann", "secret", from(1, 1));
    assert_shown(play, "prove");
}

static void a_guest_takes_her_rooms_along(void **state) {
    struct play *play = *state;
    registered(play, "ann");
    on_room(play, 0, COMMAND_JOIN, "tea", "");
    on_room(play, 0, COMMAND_LEAVE, "lobby", "");
    come(play, 1, "guest");
    on_room(play, 1, COMMAND_JOIN, "music", "");
    ask(play, 1, COMMAND_LOGIN, "ann", "secret", from(1, 1));
    answer(play, true);
    /* she leaves as a guest; is put into tea, where ann is; takes ann into lobby and music */
    assert_shown(play, "loggedin@1 #left #left entered@1 +tie #joined entered@0 +tie #joined "
                       "entered@0 done@1");
    on_room(play, 1, COMMAND_SAY, "music", "x");
    assert_shown(play, "+message #said");
    bye(play, 0);
    assert_shown(play, "bye@0"); /* she is still here, on the other device */
}

static void a_guests_name_is_taken_from_her_when_its_account_comes(void **state) {
    struct play *play = *state;
    control(play, COMMAND_USER_ADD, "ann", "secret");
    come(play, 0, "ann"); /* before the account is made */
    answer(play, true);
    ask(play, 1, COMMAND_LOGIN, "ann", "secret", from(1, 1));
    answer(play, true);
    assert_true(slice_equal(event_of(play, EVENT_RENAMED)->author_name, slice_of("ann")));
    assert_true(slice_equal(event_of(play, EVENT_WELCOME)->author_name, slice_of("ann")));
}

static void one_session_at_a_time_where_that_is_set(void **state) {
    struct play *play = *state;
    struct hub_limits single = limits;
    single.multiclient = false;
    registered(play, "ann");
    step(play, (struct hub_input){.kind = INPUT_LIMITS, .limits = &single});
    ask(play, 1, COMMAND_LOGIN, "ann", "secret", from(1, 1));
    answer(play, true);
    assert_int_equal(refused(play), REFUSED_TOO_MANY_SESSIONS);
    bye(play, 0);
    ask(play, 1, COMMAND_LOGIN, "ann", "secret", from(1, 1));
    answer(play, true);
    assert_int_equal(refused(play), REFUSED_NOT);
}

static void a_suspended_account_is_as_one_with_another_password(void **state) {
    struct play *play = *state;
    struct record account = {.kind = RECORD_ACCOUNT,
                             .author = {USER_NUMBER_FIRST + 9},
                             .flags = ACCOUNT_SUSPENDED,
                             .account_name = slice_of("ann"),
                             .account_key = slice_of("ann"),
                             .skeleton = slice_of("0123456789abcdef"),
                             .verifier = slice_of("verifier")};
    assert_true(hub_load(play->hub, &account));
    assert_false(hub_load(play->hub, &account)); /* there is one already */
    ask(play, 1, COMMAND_LOGIN, "ann", "secret", from(1, 1));
    assert_int_equal(play->effects.at[0].proof.verifier.size, 0);
    answer(play, true);
    assert_int_equal(refused(play), REFUSED_LOGIN_WRONG);
}

/* Deleting. */

static void who_deletes_her_account_is_closed_everywhere(void **state) {
    struct play *play = *state;
    char token[TOKEN_SIZE + 1];
    uint64_t empty = hub_digest(play->hub);
    registered(play, "ann");
    token_of(play, 0, token);
    ask(play, 1, COMMAND_LOGIN, "ann", token, from(1, 1));
    ask(play, 0, COMMAND_UNREGISTER, "", "wrong", (struct address){0});
    answer(play, false);
    assert_int_equal(refused(play), REFUSED_LOGIN_WRONG);
    ask(play, 0, COMMAND_UNREGISTER, "", "secret", (struct address){0});
    answer(play, true);
    assert_shown(play, "+unaccount close@1 close@0");
    assert_int_equal(refused(play), REFUSED_ACCOUNT_GONE);
    bye(play, 1);
    bye(play, 0);
    come(play, 2, "ann");
    assert_int_equal(refused(play), REFUSED_NOT);
    assert_int_not_equal(hub_digest(play->hub), empty); /* the numbers go on */
}

/* Administrators. */

static void the_control_socket_makes_lists_changes_and_deletes(void **state) {
    struct play *play = *state;
    control(play, COMMAND_USER_ADD, "ann", "secret");
    assert_shown(play, "prove");
    answer(play, true);
    assert_shown(play, "+counters +account done@0");
    control(play, COMMAND_USER_ADD, "ann", "secret");
    assert_int_equal(refused(play), REFUSED_ACCOUNT_EXISTS);
    ask(play, 1, COMMAND_LOGIN, "ann", "secret", from(1, 1));
    answer(play, true);
    control(play, COMMAND_USERS, "", "");
    struct slice list = event_of(play, EVENT_USERS)->text;
    char wanted[64];
    int length = snprintf(wanted, sizeof wanted, "%u\tann\t1\n", (unsigned)USER_NUMBER_FIRST);
    assert_true(slice_equal(list, (struct slice){wanted, (size_t)length}));
    control(play, COMMAND_USER_PASSWD, "eve", "other");
    assert_int_equal(refused(play), REFUSED_ACCOUNT_UNKNOWN);
    control(play, COMMAND_USER_PASSWD, "ann", "other");
    proved(play, play->ticket, true, "another");
    assert_shown(play, "+account close@1 done@0");
    control(play, COMMAND_USER_DELETE, "ann", "");
    assert_shown(play, "+unaccount done@0");
    control(play, COMMAND_USER_DELETE, "ann", "");
    assert_int_equal(refused(play), REFUSED_ACCOUNT_UNKNOWN);
    come(play, 2, "eve"); /* nobody else may */
    ask(play, 2, COMMAND_USER_ADD, "mia", "secret", (struct address){0});
    assert_int_equal(refused(play), REFUSED_NOT_ALLOWED);
}

static void accounts_are_listed_in_pieces(void **state) {
    struct play *play = *state;
    uint32_t found = 0, pieces = 0;
    char name[16];
    for (int i = 0; i < PAGE_ENTRIES_MAX + 5; i++) {
        (void)snprintf(name, sizeof name, "ann%d", i);
        control(play, COMMAND_USER_ADD, name, "secret");
        answer(play, true);
    }
    struct command list = {.kind = COMMAND_USERS, .session = {.generation = 1, .worker = CONTROL}};
    do {
        step(play, (struct hub_input){.kind = INPUT_COMMAND, .command = &list});
        const struct event *event = event_of(play, EVENT_USERS);
        for (size_t i = 0; i < event->text.size; i++)
            found += event->text.at[i] == '\n';
        list.cursor = event->cursor;
        pieces++;
    } while (list.cursor != 0);
    assert_int_equal(found, PAGE_ENTRIES_MAX + 5);
    assert_int_equal(pieces, 2);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(a_guest_who_registers_keeps_her_number_and_rooms),
        TEST(what_forbids_an_account_is_told),
        TEST(a_full_disk_refuses_before_and_after_the_proof),
        TEST(a_login_waits_for_its_proof_and_may_be_the_first_word),
        TEST(an_unknown_name_is_answered_as_a_wrong_password),
        TEST(who_goes_away_hears_nothing_of_her_proof),
        TEST(no_more_passwords_wait_than_may),
        TEST(a_guest_takes_her_rooms_along),
        TEST(a_guests_name_is_taken_from_her_when_its_account_comes),
        TEST(one_session_at_a_time_where_that_is_set),
        TEST(a_suspended_account_is_as_one_with_another_password),
        TEST(who_deletes_her_account_is_closed_everywhere),
        TEST(the_control_socket_makes_lists_changes_and_deletes),
        TEST(accounts_are_listed_in_pieces),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
