/* Who acts as an account, or as a webhook, and is not here. */
#include "chat/scope.h"
#include "test_account_play.h"

static void token_add(struct play *play, uint32_t slot, uint32_t scopes,
                      char token[TOKEN_SIZE + 1]) {
    give(play, slot,
         (struct command){.kind = COMMAND_TOKEN_ADD,
                          .flags = COMMAND_WAITS,
                          .text = slice_of("script"),
                          .number = scopes});
    struct slice text = event_of(play, EVENT_TOKEN)->text;
    assert_int_equal(text.size, TOKEN_SIZE);
    memcpy(token, text.at, TOKEN_SIZE);
    token[TOKEN_SIZE] = 0;
}

static void silent(struct play *play, uint32_t slot, const char *token) {
    give(play, slot,
         (struct command){.kind = COMMAND_LOGIN,
                          .flags = COMMAND_WAITS | COMMAND_SILENT,
                          .encrypted = true,
                          .secret = slice_text(token)});
}

static void says(struct play *play, uint32_t slot, const char *room, const char *text) {
    give(play, slot,
         (struct command){.kind = COMMAND_SAY,
                          .flags = COMMAND_WAITS,
                          .room = slice_text(room),
                          .text = slice_text(text)});
}

static void nobody_sees_who_is_silent(void **state) {
    struct play *play = *state;
    char token[TOKEN_SIZE + 1];
    registered(play, "ann");
    token_add(play, 0, SCOPE_READ | SCOPE_WRITE, token);
    come(play, 1, "eve");
    bye(play, 0);
    silent(play, 2, token);
    assert_shown(play, "loggedin@2 done@2");
    give(play, 1, (struct command){.kind = COMMAND_WHO, .room = slice_of("lobby")});
    assert_int_equal(event_of(play, EVENT_NAMES)->count, 1);
    give(play, 1, (struct command){.kind = COMMAND_WHOIS, .name = slice_of("ann")});
    assert_int_equal(refused(play), REFUSED_PERSON_UNKNOWN);
    says(play, 2, "lobby", "from afar");
    assert_shown(play, "+message #said said@2 done@2");
    assert_true(event_of(play, EVENT_SAID)->seq > 0);
    bye(play, 2);
    assert_shown(play, "bye@2");
}

static void what_she_says_silently_her_devices_hear_as_hers(void **state) {
    struct play *play = *state;
    char token[TOKEN_SIZE + 1];
    registered(play, "ann");
    uint32_t number = event_of(play, EVENT_LOGGED_IN)->author.v;
    token_add(play, 0, SCOPE_WRITE, token);
    silent(play, 2, token);
    assert_int_equal(event_of(play, EVENT_LOGGED_IN)->author.v, number);
    says(play, 2, "lobby", "hello");
    assert_int_equal(event_of(play, EVENT_SAID)->author.v, number);
    assert_int_equal(record_of(play, RECORD_MESSAGE)->identity.v, number);
    give_found(play, 2,
               (struct command){.kind = COMMAND_EDIT,
                                .room = slice_of("lobby"),
                                .text = slice_of("hi"),
                                .target = event_of(play, EVENT_SAID)->seq,
                                .found_kind = STORED_MESSAGE,
                                .found_identity = {number}});
    assert_shown(play, "+message #edited edited@2");
}

static void a_token_does_what_it_was_made_for(void **state) {
    struct play *play = *state;
    char token[TOKEN_SIZE + 1];
    registered(play, "ann");
    token_add(play, 0, SCOPE_READ, token);
    silent(play, 2, token);
    says(play, 2, "lobby", "hello");
    assert_int_equal(refused(play), REFUSED_SCOPE);
    give(play, 2, (struct command){.kind = COMMAND_TOKENS});
    assert_int_equal(refused(play), REFUSED_SCOPE);
    give(play, 2, (struct command){.kind = COMMAND_NICK, .name = slice_of("eve")});
    assert_int_equal(refused(play), REFUSED_SILENT);
    give(play, 2, (struct command){.kind = COMMAND_ROOMS});
    assert_int_equal(refused(play), REFUSED_NOT);
    ask(play, 3, COMMAND_LOGIN, "ann", token, from(2, 1)); /* and here it does no more */
    says(play, 3, "lobby", "hello");
    assert_int_equal(refused(play), REFUSED_SCOPE);
}

static void a_room_entered_silently_is_hers_when_she_comes(void **state) {
    struct play *play = *state;
    char token[TOKEN_SIZE + 1];
    registered(play, "ann");
    token_add(play, 0, SCOPE_WRITE, token);
    come(play, 1, "eve");
    on_room(play, 1, COMMAND_JOIN, "tea", "");
    bye(play, 0);
    silent(play, 2, token);
    says(play, 2, "tea", "hello");
    assert_int_equal(refused(play), REFUSED_NOT_IN_ROOM);
    on_room(play, 2, COMMAND_JOIN, "tea", "");
    assert_shown(play, "+tie topic@2");
    says(play, 2, "tea", "hello");
    assert_shown(play, "+message #said said@2 done@2");
    ask(play, 0, COMMAND_LOGIN, "ann", token, from(1, 0));
    assert_non_null(strstr(play->memory, "#joined entered@0 #joined entered@0"));
    on_room(play, 2, COMMAND_LEAVE, "tea", "");
    assert_non_null(strstr(play->memory, "#left"));
    says(play, 2, "tea", "hello");
    assert_int_equal(refused(play), REFUSED_NOT_IN_ROOM);
}

static void who_is_muted_is_muted_silently_too(void **state) {
    struct play *play = *state;
    char token[TOKEN_SIZE + 1];
    registered(play, "ann");
    token_add(play, 0, SCOPE_WRITE, token);
    come(play, 1, "eve");
    on_room(play, 1, COMMAND_CREATE, "tea", "");
    on_room(play, 0, COMMAND_JOIN, "tea", "");
    give(play, 1,
         (struct command){.kind = COMMAND_MUTE,
                          .flags = COMMAND_SETS,
                          .room = slice_of("tea"),
                          .name = slice_of("ann")});
    assert_int_equal(refused(play), REFUSED_NOT);
    bye(play, 0);
    silent(play, 2, token);
    says(play, 2, "tea", "hello");
    assert_int_equal(refused(play), REFUSED_MUTED);
}

/* THREATS 56: nothing is heard of a token that was taken away. */
static void t056_a_token_that_is_deleted_closes_who_came_with_it(void **state) {
    struct play *play = *state;
    char token[TOKEN_SIZE + 1];
    registered(play, "ann");
    token_add(play, 0, SCOPE_WRITE, token);
    uint64_t number = event_of(play, EVENT_TOKEN)->number;
    silent(play, 2, token);
    give(play, 0, (struct command){.kind = COMMAND_TOKEN_DELETE, .target = number});
    assert_shown(play, "+untoken close@2 done@0");
    says(play, 2, "lobby", "hello");
    assert_shown(play, "");
    bye(play, 2);
    silent(play, 3, token);
    assert_int_equal(refused(play), REFUSED_LOGIN_WRONG);
    token_add(play, 0, SCOPE_WRITE, token);
    silent(play, 3, token);
    control(play, COMMAND_USER_DELETE, "ann", "");
    assert_non_null(strstr(play->memory, "close@3"));
    bye(play, 3);
    assert_shown(play, "bye@3");
}

static void a_webhook_speaks_in_its_room_under_its_name(void **state) {
    struct play *play = *state;
    char token[TOKEN_SIZE + 1];
    registered(play, "ann");
    on_room(play, 0, COMMAND_CREATE, "tea", "");
    struct command hook = {.kind = COMMAND_TOKEN_ADD,
                           .text = slice_of("builds"),
                           .room = slice_of("tea"),
                           .about = slice_of("ann")};
    give(play, 0, hook);
    assert_int_equal(refused(play), REFUSED_NAME_TAKEN);
    hook.about = slice_of("CI");
    hook.room = slice_of("lobby");
    give(play, 0, hook);
    assert_int_equal(refused(play), REFUSED_NOT_ALLOWED);
    hook.room = slice_of("tea");
    give(play, 0, hook);
    memcpy(token, event_of(play, EVENT_TOKEN)->text.at, TOKEN_SIZE);
    token[TOKEN_SIZE] = 0;
    ask(play, 1, COMMAND_LOGIN, "", token, from(2, 1));
    assert_shown(play, "prove"); /* it is no login */
    silent(play, 2, token);
    says(play, 2, "", "green");
    assert_shown(play, "+message #said said@2 done@2");
    assert_int_equal(event_of(play, EVENT_SAID)->author_name.size, 2);
    assert_int_equal(event_of(play, EVENT_SAID)->account.size, 0);
    says(play, 2, "lobby", "green");
    assert_int_equal(refused(play), REFUSED_NOT_IN_ROOM);
    give(play, 2, (struct command){.kind = COMMAND_HISTORY, .room = slice_of("tea"), .count = 5});
    assert_int_equal(refused(play), REFUSED_SCOPE);
    on_room(play, 0, COMMAND_DELETE, "tea", "");
    says(play, 2, "", "green");
    assert_int_equal(refused(play), REFUSED_ROOM_UNKNOWN);
}

static void invited(struct play *play, uint32_t slot, const char *name, const char *word,
                    const char *token) {
    give(play, slot,
         (struct command){.kind = COMMAND_HELLO,
                          .address = from(1, (uint8_t)slot),
                          .name = slice_text(name),
                          .text = slice_text(word),
                          .secret = slice_text(token),
                          .room = slice_of("lobby")});
}

static void an_invitation_lets_in_where_guests_are_off(void **state) {
    struct play *play = *state;
    char word[TOKEN_SIZE + 1];
    struct hub_limits closed = limits;
    closed.guests = closed.registration = false;
    step(play, (struct hub_input){.kind = INPUT_LIMITS, .limits = &closed});
    struct command make = {.kind = COMMAND_INVITATION,
                           .session = {.generation = 1, .worker = CONTROL},
                           .flags = COMMAND_WAITS,
                           .number = 2};
    step(play, (struct hub_input){.kind = INPUT_COMMAND, .command = &make});
    memcpy(word, event_of(play, EVENT_TOKEN)->text.at, TOKEN_SIZE);
    word[TOKEN_SIZE] = 0;
    struct record kept = *record_of(play, RECORD_TOKEN);
    struct hub *other = hub_new(size, closed, 2);
    assert_true(hub_load(other, &kept));
    hub_free(other);
    come(play, 0, "ann");
    assert_int_equal(refused(play), REFUSED_NO_GUESTS);
    invited(play, 0, "ann", "00000000000000000000000000000000", "");
    assert_int_equal(refused(play), REFUSED_INVITATION_BAD);
    const char *hers = "0123456789abcdef0123456789abcdef";
    invited(play, 0, "ann", word, hers);
    assert_int_equal(refused(play), REFUSED_NOT);
    ask(play, 0, COMMAND_REGISTER, "", "secret", (struct address){0});
    assert_shown(play, "prove"); /* though nobody else may */
    answer(play, true);
    bye(play, 0);
    invited(play, 1, "eve", word, hers); /* who came with it before is not counted again */
    assert_int_equal(refused(play), REFUSED_NOT);
    invited(play, 2, "joe", word, "");
    assert_int_equal(refused(play), REFUSED_NOT);
    invited(play, 3, "sue", word, "");
    assert_int_equal(refused(play), REFUSED_INVITATION_BAD);
}

static void tokens_are_listed_by_name_and_loaded_again(void **state) {
    struct play *play = *state;
    char token[TOKEN_SIZE + 1];
    struct token_line line;
    registered(play, "ann");
    struct record account = *record_of(play, RECORD_ACCOUNT);
    token_add(play, 0, SCOPE_READ | SCOPE_ADMIN, token);
    struct record kept = *record_of(play, RECORD_TOKEN);
    struct hub *other = hub_new(size, limits, 2);
    assert_true(hub_load(other, &account));
    assert_true(hub_load(other, &kept));
    assert_false(hub_load(other, &kept));
    hub_verify(other);
    hub_free(other);
    give(play, 0, (struct command){.kind = COMMAND_TOKENS});
    struct slice lines = event_of(play, EVENT_TOKENS)->text;
    assert_true(token_line_take(&lines, &line));
    assert_true(slice_equal(line.name, slice_of("script")));
    assert_true(slice_equal(line.scopes, slice_of("read,admin")));
    assert_false(token_line_take(&lines, &line));
}

/* The scope admin, which an account gives itself, is about the account alone. */
static void the_whole_server_is_ruled_by_a_scope_that_no_account_gives_itself(void **state) {
    struct play *play = *state;
    static const struct command rules[] = {
        {.kind = COMMAND_LOCKDOWN, .flags = COMMAND_SETS},
        {.kind = COMMAND_SERVER_BAN, .flags = COMMAND_SETS, .name = {"192.0.2.0/24", 12}},
        {.kind = COMMAND_RESTRAINTS, .flags = COMMAND_SERVER},
        {.kind = COMMAND_AUDIT, .flags = COMMAND_SERVER},
    };
    char token[TOKEN_SIZE + 1];
    registered(play, "ann");
    give(play, 0,
         (struct command){
             .kind = COMMAND_TOKEN_ADD, .text = slice_of("warden"), .number = SCOPE_SERVER});
    assert_int_equal(refused(play), REFUSED_NOT_ALLOWED);
    token_add(play, 0, SCOPES_ALL, token);
    silent(play, 2, token);
    for (size_t i = 0; i < sizeof rules / sizeof *rules; i++) {
        give(play, 2, rules[i]);
        assert_int_equal(refused(play), REFUSED_SCOPE);
        give(play, 0, rules[i]);
        assert_int_equal(refused(play), REFUSED_NOT_ALLOWED);
    }
    assert_false(hub_count(play->hub).locked);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(nobody_sees_who_is_silent),
        TEST(what_she_says_silently_her_devices_hear_as_hers),
        TEST(a_token_does_what_it_was_made_for),
        TEST(a_room_entered_silently_is_hers_when_she_comes),
        TEST(who_is_muted_is_muted_silently_too),
        TEST(t056_a_token_that_is_deleted_closes_who_came_with_it),
        TEST(a_webhook_speaks_in_its_room_under_its_name),
        TEST(an_invitation_lets_in_where_guests_are_off),
        TEST(tokens_are_listed_by_name_and_loaded_again),
        TEST(the_whole_server_is_ruled_by_a_scope_that_no_account_gives_itself),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
