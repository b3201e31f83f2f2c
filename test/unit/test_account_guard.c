/* What keeps accounts their owners': delays, tokens that end, names that nobody else bears. */
#include "test_account_play.h"

enum { DAY_MS = 24 * 3600 * 1000 };

/* Guessing (THREATS 25). */

/* True: it was looked at, and was wrong. */
static bool guess(struct play *play, const char *name, struct address address) {
    ask(play, 9, COMMAND_LOGIN, name, "guess", address);
    if (refused(play) == REFUSED_LOGIN_WAIT) return false;
    assert_shown(play, "prove");
    answer(play, false);
    assert_int_equal(refused(play), REFUSED_LOGIN_WRONG);
    return true;
}

static void t025_guesses_at_an_account_wait_longer_and_longer(void **state) {
    struct play *play = *state;
    registered(play, "ann");
    for (uint8_t i = 0; i < 3; i++)
        assert_true(guess(play, "ann", from((uint8_t)(20 + i), 1)));
    for (uint8_t i = 0; i < 20; i++) {
        assert_false(guess(play, "ann", from((uint8_t)(30 + i), 1))); /* from anywhere */
        int64_t wait_ms = i < 12 ? 1000 << i : 3600 * 1000;
        if (wait_ms > 3600 * 1000) wait_ms = 3600 * 1000;
        assert_int_equal(event_of(play, EVENT_REFUSED)->number, wait_ms / 1000);
        play->now_ms += wait_ms - 1;
        assert_false(guess(play, "ann", from((uint8_t)(30 + i), 1)));
        play->now_ms += 1;
        assert_true(guess(play, "ann", from((uint8_t)(30 + i), 1)));
    }
}

static void t025_guesses_from_a_network_wait_whatever_the_name(void **state) {
    struct play *play = *state;
    registered(play, "ann");
    assert_true(guess(play, "eve", from(7, 1)));
    assert_true(guess(play, "ann", from(7, 1)));
    assert_true(guess(play, "bob", from(7, 1)));
    assert_false(guess(play, "mia", from(7, 1)));
    assert_true(guess(play, "mia", from(8, 1)));
    /* an IPv6 customer has 64 bits to play with */
    struct address six = {.ip = {0x20, 1, [7] = 1}};
    for (uint8_t i = 0; i < 3; i++) {
        six.ip[15] = i;
        assert_true(guess(play, i == 0 ? "x" : i == 1 ? "y" : "z", six));
    }
    six.ip[15] = 99;
    assert_false(guess(play, "w", six));
    six.ip[7] = 2;
    assert_true(guess(play, "w", six));
}

static void t025_an_unknown_name_waits_as_an_account_does(void **state) {
    struct play *play = *state;
    for (uint8_t i = 0; i < 3; i++)
        assert_true(guess(play, "nobody", from((uint8_t)(20 + i), 1)));
    assert_false(guess(play, "nobody", from(40, 1)));
}

static void t025_the_owner_comes_in_by_token_and_from_where_she_was(void **state) {
    struct play *play = *state;
    char token[TOKEN_SIZE + 1];
    registered(play, "ann"); /* from 10.1.0.0 */
    token_of(play, 0, token);
    for (uint8_t i = 0; i < 3; i++)
        assert_true(guess(play, "ann", from((uint8_t)(20 + i), 1)));
    ask(play, 1, COMMAND_LOGIN, "ann", "secret", from(50, 1));
    assert_int_equal(refused(play), REFUSED_LOGIN_WAIT);
    ask(play, 1, COMMAND_LOGIN, "ann", token, from(50, 1));
    assert_int_equal(event_of(play, EVENT_LOGGED_IN)->author.v,
                     event_of(play, EVENT_WELCOME)->author.v);
    bye(play, 1);
    for (uint8_t i = 0; i < 3; i++)
        assert_true(guess(play, "ann", from((uint8_t)(60 + i), 1)));
    ask(play, 1, COMMAND_LOGIN, "ann", "secret", from(1, 0));
    assert_shown(play, "prove");
    answer(play, true);
    assert_int_equal(refused(play), REFUSED_NOT);
}

static void t025_who_guesses_from_the_owners_network_waits_too(void **state) {
    struct play *play = *state;
    registered(play, "ann");
    for (uint8_t i = 0; i < 3; i++)
        assert_true(guess(play, "ann", from(1, 0)));
    for (int i = 0; i < 20; i++) { /* never as long as to lock her out */
        assert_false(guess(play, "ann", from(1, 0)));
        assert_in_range(event_of(play, EVENT_REFUSED)->number, 1, 30);
        play->now_ms += 30 * 1000;
        assert_true(guess(play, "ann", from(1, 0)));
    }
}

static void success_forgets_and_one_s_own_success_does_not_help_to_guess(void **state) {
    struct play *play = *state;
    registered(play, "ann");
    bye(play, 0);
    assert_true(guess(play, "ann", from(7, 1)));
    assert_true(guess(play, "ann", from(7, 1)));
    ask(play, 1, COMMAND_LOGIN, "ann", "secret", from(7, 1));
    answer(play, true);
    bye(play, 1);
    assert_true(guess(play, "eve", from(7, 1))); /* two of ann's are forgotten */
    assert_true(guess(play, "bob", from(7, 1)));
    ask(play, 1, COMMAND_LOGIN, "ann", "secret", from(7, 1));
    answer(play, true);
    bye(play, 1);
    assert_true(guess(play, "mia", from(7, 1))); /* the third at others all the same */
    assert_false(guess(play, "zoe", from(7, 1)));
}

static void no_attempt_is_delayed_where_the_setting_says_so(void **state) {
    struct play *play = *state;
    struct hub_limits any = limits;
    any.login_attempts = 0;
    step(play, (struct hub_input){.kind = INPUT_LIMITS, .limits = &any});
    for (int i = 0; i < 50; i++)
        assert_true(guess(play, "ann", from(7, 1)));
}

/* Tokens (THREATS 56). */

static void t056_a_token_ends_with_its_login(void **state) {
    struct play *play = *state;
    char token[TOKEN_SIZE + 1];
    registered(play, "ann");
    token_of(play, 0, token);
    ask(play, 1, COMMAND_LOGIN, "", token, from(1, 1)); /* its name need not be said */
    assert_int_equal(refused(play), REFUSED_NOT);
    ask(play, 0, COMMAND_LOGOUT, "", "", (struct address){0});
    assert_shown(play, "+untoken close@1 close@0");
    assert_int_equal(refused(play), REFUSED_LOGGED_OUT);
    on_room(play, 1, COMMAND_SAY, "lobby", "x");
    assert_shown(play, ""); /* what came behind it is not heard */
    ask(play, 2, COMMAND_LOGIN, "ann", token, from(1, 2));
    assert_shown(play, "prove");
    answer(play, false);
    assert_int_equal(refused(play), REFUSED_LOGIN_WRONG);
}

static void a_login_without_a_token_ends_alone(void **state) {
    struct play *play = *state;
    registered(play, "ann");
    ask(play, 1, COMMAND_LOGIN, "ann", "secret", from(1, 1));
    answer(play, true);
    ask(play, 1, COMMAND_LOGOUT, "", "", (struct address){0});
    assert_shown(play, "close@1");
    struct command all = {.kind = COMMAND_LOGOUT, .flags = COMMAND_SETS};
    give(play, 0, all);
    assert_shown(play, "close@0"); /* the other one was told already */
}

static void a_token_runs_out_after_ninety_days(void **state) {
    struct play *play = *state;
    char token[TOKEN_SIZE + 1];
    registered(play, "ann");
    token_of(play, 0, token);
    play->now_ms += INT64_C(90) * DAY_MS - 1;
    ask(play, 1, COMMAND_LOGIN, "ann", token, from(1, 1));
    assert_int_equal(refused(play), REFUSED_NOT);
    bye(play, 1);
    play->now_ms += 1;
    ask(play, 1, COMMAND_LOGIN, "ann", token, from(1, 1));
    assert_shown(play, "+untoken prove");
}

static void a_device_has_one_token_and_an_account_so_many(void **state) {
    struct play *play = *state;
    char token[TOKEN_SIZE + 1], first[TOKEN_SIZE + 1];
    registered(play, "ann");
    token_of(play, 0, first);
    token_of(play, 0, token); /* another in its place */
    assert_shown(play, "+untoken +token token@0");
    assert_string_not_equal(first, token);
    for (uint32_t i = 1; i < ACCOUNT_TOKENS_MAX + 3; i++) {
        play->now_ms += 1000;
        ask(play, 1, COMMAND_LOGIN, "ann", "secret", from(1, 1));
        answer(play, true);
        ask(play, 1, COMMAND_TOKEN, "", "", (struct address){0});
        bool full = i >= ACCOUNT_TOKENS_MAX;
        assert_shown(play, full ? "+untoken +token token@1" : "+token token@1");
        bye(play, 1);
    }
    ask(play, 1, COMMAND_LOGIN, "ann", token, from(1, 1)); /* it was the oldest */
    assert_shown(play, "prove");
}

static void t056_another_password_ends_all_other_logins(void **state) {
    struct play *play = *state;
    char token[TOKEN_SIZE + 1];
    registered(play, "ann");
    token_of(play, 0, token);
    ask(play, 1, COMMAND_LOGIN, "ann", token, from(1, 1));
    ask(play, 2, COMMAND_LOGIN, "ann", "secret", from(1, 2)); /* is being hashed meanwhile */
    uint64_t login = play->ticket;
    give(play, 0,
         (struct command){.kind = COMMAND_PASSWORD,
                          .encrypted = true,
                          .secret = slice_of("secret"),
                          .text = slice_of("other")});
    assert_shown(play, "prove");
    assert_int_equal(play->effects.at[0].proof.kind, PROOF_CHANGE);
    proved(play, play->ticket, true, "another");
    assert_shown(play, "+account +untoken close@1 done@0");
    proved(play, login, true, ""); /* the old one was right when it was looked at */
    assert_int_equal(refused(play), REFUSED_LOGIN_WRONG);
    ask(play, 3, COMMAND_LOGIN, "ann", token, from(1, 3));
    assert_shown(play, "prove");
}

/* Names (THREATS 43). */

static void named(struct play *play, uint32_t slot, const char *name, const char *skeleton) {
    give(play, slot,
         (struct command){
             .kind = COMMAND_HELLO, .name = slice_text(name), .skeleton = slice_text(skeleton)});
}

static void t043_names_that_look_alike_are_refused(void **state) {
    struct play *play = *state;
    named(play, 0, "ann", "ann");
    named(play, 1, "\xd0\xb0nn", "ann");
    assert_int_equal(refused(play), REFUSED_NAME_LIKE);
    named(play, 1, "admin", "adrnin");
    assert_int_equal(refused(play), REFUSED_NAME_TAKEN);
    named(play, 1,
          "\xd0\xb0"
          "dmin",
          "adrnin");
    assert_int_equal(refused(play), REFUSED_NAME_LIKE);
    named(play, 1, "eve", "eve");
    give(play, 1,
         (struct command){
             .kind = COMMAND_NICK, .name = slice_of("a_n"), .skeleton = slice_of("ann")});
    assert_int_equal(refused(play), REFUSED_NAME_LIKE);
    give(play, 1,
         (struct command){.kind = COMMAND_NICK,
                          .name = slice_of("Eve"),
                          .skeleton = slice_of("eve")}); /* like her own */
    assert_int_equal(refused(play), REFUSED_NOT);
}

static void t043_the_answer_is_the_same_whether_she_is_here(void **state) {
    struct play *play = *state;
    registered(play, "ann");
    named(play, 1, "ann", "ann");
    assert_int_equal(refused(play), REFUSED_NAME_RESERVED);
    named(play, 1, "\xd0\xb0nn", "ann");
    assert_int_equal(refused(play), REFUSED_NAME_LIKE);
    bye(play, 0);
    named(play, 1, "ann", "ann");
    assert_int_equal(refused(play), REFUSED_NAME_RESERVED);
    named(play, 1, "\xd0\xb0nn", "ann");
    assert_int_equal(refused(play), REFUSED_NAME_LIKE);
}

static void a_suffix_avoids_what_is_reserved(void **state) {
    struct play *play = *state;
    registered(play, "ann");
    bye(play, 0);
    hello(play, 1, "ann", NAMING_SUFFIX);
    assert_true(slice_equal(event_of(play, EVENT_WELCOME)->author_name, slice_of("ann-2")));
    hello(play, 2, "admin", NAMING_SUFFIX);
    assert_true(slice_equal(event_of(play, EVENT_WELCOME)->author_name, slice_of("admin-2")));
}

static void accounts_only_where_there_are_no_guests(void **state) {
    struct play *play = *state;
    struct hub_limits none = limits;
    registered(play, "ann");
    none.guests = false;
    step(play, (struct hub_input){.kind = INPUT_LIMITS, .limits = &none});
    come(play, 1, "eve");
    assert_int_equal(refused(play), REFUSED_NO_GUESTS);
    ask(play, 1, COMMAND_LOGIN, "ann", "secret", from(1, 1));
    answer(play, true);
    assert_int_equal(refused(play), REFUSED_NOT);
}

static void a_guest_is_her_token(void **state) {
    struct play *play = *state;
    struct command come = {.kind = COMMAND_HELLO,
                           .name = slice_of("ann"),
                           .room = slice_of("lobby"),
                           .secret = slice_of("0123456789abcdef0123456789abcdef")};
    give(play, 0, come);
    struct event first = *event_of(play, EVENT_WELCOME);
    come.name = slice_of("eve"); /* whatever she says she is called */
    give(play, 1, come);
    assert_shown(play, "welcome@1 entered@1");
    assert_int_equal(event_of(play, EVENT_WELCOME)->author.v, first.author.v);
    bye(play, 0);
    bye(play, 1);
    give(play, 2, come);
    assert_int_not_equal(event_of(play, EVENT_WELCOME)->author.v, first.author.v);
    assert_int_equal(event_of(play, EVENT_WELCOME)->identity.v, first.identity.v);
    come.secret = slice_of("ffffffffffffffffffffffffffffffff");
    come.name = slice_of("mia");
    give(play, 3, come);
    assert_int_not_equal(event_of(play, EVENT_WELCOME)->identity.v, first.identity.v);
}

/* The settings that let somebody register who has not said who she is. */
static void strangers_register(struct play *play) {
    struct hub_limits early = limits;
    early.registration_before_connect = true;
    step(play, (struct hub_input){.kind = INPUT_LIMITS, .limits = &early});
}

static void a_stranger_registers_where_the_setting_lets_her(void **state) {
    struct play *play = *state;
    ask(play, 1, COMMAND_REGISTER, "ann", "secret", from(1, 0));
    assert_int_equal(refused(play), REFUSED_NAME_NEEDED);
    strangers_register(play);
    ask(play, 1, COMMAND_REGISTER, "", "secret", from(1, 0));
    assert_int_equal(refused(play), REFUSED_NAME_NEEDED);
    ask(play, 1, COMMAND_REGISTER, "ann", "secret", from(1, 0));
    assert_shown(play, "prove");
    ask(play, 1, COMMAND_HELLO, "eve", "", from(1, 0)); /* not while it is hashed */
    assert_int_equal(refused(play), REFUSED_LOGIN_BUSY);
    answer(play, true);
    assert_int_equal(refused(play), REFUSED_NOT);
    assert_true(slice_equal(record_of(play, RECORD_ACCOUNT)->account_name, slice_of("ann")));
    uint32_t number = record_of(play, RECORD_ACCOUNT)->author.v;
    assert_int_equal(event_of(play, EVENT_LOGGED_IN)->author.v, number);
    assert_int_equal(event_of(play, EVENT_WELCOME)->author.v, number);
    bye(play, 1);
    ask(play, 2, COMMAND_LOGIN, "ann", "secret", from(1, 0));
    assert_shown(play, "prove");
    answer(play, true);
    assert_int_equal(event_of(play, EVENT_LOGGED_IN)->author.v, number);
    ask(play, 3, COMMAND_REGISTER, "ann", "other", from(2, 0));
    assert_int_equal(refused(play), REFUSED_ACCOUNT_EXISTS);
}

static void a_stranger_registers_no_name_that_somebody_bears(void **state) {
    struct play *play = *state;
    strangers_register(play);
    come(play, 0, "guest");
    ask(play, 1, COMMAND_REGISTER, "guest", "secret", from(2, 0));
    assert_int_equal(refused(play), REFUSED_NAME_TAKEN);
    ask(play, 1, COMMAND_REGISTER, "ann", "secret", from(2, 0));
    come(play, 2, "ann"); /* meanwhile */
    assert_int_equal(refused(play), REFUSED_NOT);
    answer(play, true);
    assert_int_equal(refused(play), REFUSED_NAME_TAKEN);
    ask(play, 1, COMMAND_REGISTER, "mia", "secret", from(2, 0));
    answer(play, false); /* no memory to hash it */
    assert_int_equal(refused(play), REFUSED_LOGIN_BUSY);
}

static void a_stranger_registers_and_comes_later(void **state) {
    struct play *play = *state;
    strangers_register(play);
    give(play, 1,
         (struct command){.kind = COMMAND_REGISTER,
                          .flags = COMMAND_WAITS | COMMAND_PROVES,
                          .encrypted = true,
                          .address = from(1, 0),
                          .name = slice_of("ann"),
                          .secret = slice_of("secret")});
    answer(play, true);
    uint32_t number = event_of(play, EVENT_LOGGED_IN)->author.v;
    assert_null(strstr(play->memory, "welcome"));
    ask(play, 1, COMMAND_HELLO, "ann", "", from(1, 0));
    assert_int_equal(event_of(play, EVENT_WELCOME)->author.v, number);
}

static bool makes_account(struct play *play, const char *name, struct address address) {
    ask(play, 1, COMMAND_REGISTER, name, "secret", address);
    if (refused(play) == REFUSED_SLOW_DOWN) return false;
    answer(play, true);
    assert_int_equal(refused(play), REFUSED_NOT);
    bye(play, 1);
    return true;
}

static void who_makes_many_accounts_waits(void **state) {
    struct play *play = *state;
    strangers_register(play);
    assert_true(makes_account(play, "ann", from(1, 0)));
    assert_true(makes_account(play, "bob", from(1, 0)));
    assert_true(makes_account(play, "carl", from(1, 0)));
    assert_false(makes_account(play, "dora", from(1, 0)));
    assert_int_equal(event_of(play, EVENT_REFUSED)->number, 1);
    assert_true(makes_account(play, "dora", from(2, 0))); /* from elsewhere */
    play->now_ms += 1000;
    assert_true(makes_account(play, "emil", from(1, 0)));
    assert_false(makes_account(play, "fred", from(1, 0)));
    assert_int_equal(event_of(play, EVENT_REFUSED)->number, 2);
    assert_true(guess(play, "ann", from(1, 1))); /* passwords are counted by themselves */
    give(play, 1,
         (struct command){.kind = COMMAND_REGISTER,
                          .encrypted = true,
                          .exempt = true,
                          .address = from(1, 0),
                          .name = slice_of("fred"),
                          .secret = slice_of("secret")});
    assert_shown(play, "prove");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(t025_guesses_at_an_account_wait_longer_and_longer),
        TEST(t025_guesses_from_a_network_wait_whatever_the_name),
        TEST(t025_an_unknown_name_waits_as_an_account_does),
        TEST(t025_the_owner_comes_in_by_token_and_from_where_she_was),
        TEST(t025_who_guesses_from_the_owners_network_waits_too),
        TEST(success_forgets_and_one_s_own_success_does_not_help_to_guess),
        TEST(no_attempt_is_delayed_where_the_setting_says_so),
        TEST(t056_a_token_ends_with_its_login),
        TEST(a_login_without_a_token_ends_alone),
        TEST(a_token_runs_out_after_ninety_days),
        TEST(a_device_has_one_token_and_an_account_so_many),
        TEST(t056_another_password_ends_all_other_logins),
        TEST(t043_names_that_look_alike_are_refused),
        TEST(t043_the_answer_is_the_same_whether_she_is_here),
        TEST(a_suffix_avoids_what_is_reserved),
        TEST(accounts_only_where_there_are_no_guests),
        TEST(a_guest_is_her_token),
        TEST(a_stranger_registers_where_the_setting_lets_her),
        TEST(a_stranger_registers_no_name_that_somebody_bears),
        TEST(a_stranger_registers_and_comes_later),
        TEST(who_makes_many_accounts_waits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
