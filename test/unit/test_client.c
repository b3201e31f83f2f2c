/* test_client.c: what is said and heard in the terminal client. */
#include "client/address.h"
#include "client/trust.h"
#include "test_client_play.h"

static void test_what_is_typed_is_sent_with_an_id_and_shown_at_once(void **state) {
    struct play *play = *state;
    enter(play, "hello");
    expect_sent(play, "{\"type\":\"send\",\"room\":1,\"text\":\"hello\",\"client_id\":\"p");
    expect_seen(play, "hello …");
    assert_int_equal(play->model->outbox.count, 1);
}

static void acknowledge(struct play *play, unsigned seq) {
    hearf(play,
          "{\"type\": \"ack\", \"room\": 1, \"seq\": %u, \"time\": %llu, \"client_id\": \"%s\"}",
          seq, (unsigned long long)NOW, play->model->outbox.posts[0].client_id);
}

static void test_an_acknowledged_message_is_an_ordinary_one(void **state) {
    struct play *play = *state;
    enter(play, "hello");
    acknowledge(play, 11);
    assert_int_equal(play->model->outbox.count, 0);
    expect_unseen(play, "…");
    expect_seen(play, "alice hello");
    assert_int_equal(play->model->rooms[1]->seq, 11);
}

static void test_messages_stand_in_the_order_of_their_numbers(void **state) {
    struct play *play = *state;
    enter(play, "mine");
    hear_said(play, 1, 11, "bob", "before", "");
    acknowledge(play, 12);
    hear_said(play, 1, 13, "bob", "behind", "");
    const char *screen = look(play);
    assert_true(strstr(screen, "before") < strstr(screen, "mine"));
    assert_true(strstr(screen, "mine") < strstr(screen, "behind"));
}

static void test_what_was_typed_meanwhile_is_sent_again_with_its_id(void **state) {
    struct play *play = *state;
    model_link(play->model, LINK_DOWN);
    enter(play, "meanwhile");
    expect_nothing_sent(play);
    char *id = own_new(slice_text(play->model->outbox.posts[0].client_id));
    come_in(play);
    expect_sent(play, "\"hello\"");
    expect_sent(play, id);
    model_link(play->model, LINK_DOWN); /* before it was acknowledged */
    come_in(play);
    expect_sent(play, "\"rooms\":[{\"room\":1,\"epoch\":\"0123456789abcdef\",\"seq\":10}]");
    expect_sent(play, id);
    enter_room(play, 1, "lobby", 11);
    acknowledge(play, 11);
    expect_seen(play, "meanwhile");
    free(id);
}

static void test_few_are_on_their_way_at_once(void **state) {
    struct play *play = *state;
    for (int i = 0; i < 20; i++)
        enter(play, "line");
    size_t count = 0;
    for (char *text; (text = sent(play)) != NULL; free(text))
        count++;
    assert_int_equal(count, OUTBOX_IN_FLIGHT);
    acknowledge(play, 11);
    expect_sent(play, "line");
    expect_nothing_sent(play);
}

static void test_what_is_refused_is_shown_as_not_sent(void **state) {
    struct play *play = *state;
    enter(play, "bad");
    hearf(play,
          "{\"type\": \"error\", \"ref\": %u, \"code\": \"muted\", \"text\": \"you are muted\"}",
          play->model->outbox.posts[0].ref);
    expect_seen(play, "bad (not sent)");
    expect_seen(play, "Not sent: you are muted");
    assert_int_equal(play->model->outbox.count, 0);
}

static void test_what_was_too_soon_is_sent_later(void **state) {
    struct play *play = *state;
    enter(play, "patience");
    expect_sent(play, "patience");
    hearf(play,
          "{\"type\": \"error\", \"ref\": %u, \"code\": \"too_soon\", \"text\": \"\", "
          "\"retry_ms\": 2000}",
          play->model->outbox.posts[0].ref);
    model_tick(play->model, NOW + 1000);
    expect_nothing_sent(play);
    model_tick(play->model, NOW + 2100);
    expect_sent(play, "patience");
}

static void test_a_mention_rings_and_is_counted(void **state) {
    struct play *play = *state;
    enter_room(play, 2, "ops", 5);
    hear_said(play, 2, 6, "bob", "nothing for anybody", "");
    assert_false(play->model->bell);
    hear_said(play, 2, 7, "bob", "malice is no Alice", "");
    assert_true(play->model->bell);
    assert_int_equal(play->model->rooms[2]->unread, 2);
    assert_int_equal(play->model->rooms[2]->mentions, 1);
    press_alt(play, PRESS_CHARACTER, 'a');
    assert_int_equal(play->model->current, 2);
    assert_int_equal(play->model->rooms[2]->unread, 0);
    expect_seen(play, "─ new ─");
}

static void test_a_name_within_a_word_is_no_mention(void **state) {
    struct play *play = *state;
    assert_false(model_mentions(play->model, slice_of("malice, alices")));
    assert_true(model_mentions(play->model, slice_of("ALICE!")));
    assert_true(model_mentions(play->model, slice_of("(alice)")));
    assert_true(model_mentions(play->model, slice_of("malice alice")));
}

static void test_what_is_seen_is_told_as_read_once_a_second(void **state) {
    struct play *play = *state;
    hear_said(play, 1, 11, "bob", "one", "");
    hear_said(play, 1, 12, "bob", "two", "");
    model_tick(play->model, NOW + 1500);
    char *text = model_take(play->model);
    assert_non_null(text);
    assert_non_null(strstr(text, "\"read\""));
    assert_non_null(strstr(text, "\"seq\":12"));
    free(text);
    assert_null(model_take(play->model));
}

static void test_what_was_read_elsewhere_is_read(void **state) {
    struct play *play = *state;
    enter_room(play, 2, "ops", 5);
    hear_said(play, 2, 6, "bob", "one", "");
    assert_int_equal(play->model->rooms[2]->unread, 1);
    hear(play, "{\"type\": \"read\", \"room\": 2, \"seq\": 6}");
    assert_int_equal(play->model->rooms[2]->unread, 0);
}

static void test_edits_removals_and_reactions_show(void **state) {
    struct play *play = *state;
    hear_said(play, 1, 11, "bob", "teh text", "");
    hear(play, "{\"type\": \"edited\", \"room\": 1, \"seq\": 12, \"target\": 11, \"text\": \"the "
               "text\", \"from\": {\"id\": 98, \"name\": \"bob\"}}");
    expect_seen(play, "the text (edited)");
    hear(play, "{\"type\": \"reacted\", \"room\": 1, \"seq\": 13, \"target\": 11, \"reaction\": "
               "\"👍\", \"from\": {\"id\": 99, \"name\": \"carol\"}}");
    hear(play, "{\"type\": \"reacted\", \"room\": 1, \"seq\": 14, \"target\": 11, \"reaction\": "
               "\"👍\", \"from\": {\"id\": 7, \"name\": \"alice\"}}");
    expect_seen(play, "👍 2");
    hear(play, "{\"type\": \"reacted\", \"room\": 1, \"seq\": 15, \"target\": 11, \"reaction\": "
               "\"👍\", \"off\": true, \"from\": {\"id\": 7, \"name\": \"alice\"}}");
    expect_seen(play, "👍 1");
    hear(play, "{\"type\": \"removed\", \"room\": 1, \"seq\": 16, \"target\": 11, \"from\": "
               "{\"id\": 98, \"name\": \"bob\"}}");
    expect_seen(play, "(removed)");
    expect_unseen(play, "the text");
}

static void test_a_direct_message_opens_a_room(void **state) {
    struct play *play = *state;
    hear_said(play, 40, 1, "bob", "psst", ", \"with\": {\"id\": 98, \"name\": \"bob\"}");
    assert_true(play->model->bell);
    expect_seen(play, "@bob");
    enter(play, "/msg carol hi there");
    expect_sent(play, "\"to\":\"carol\",\"text\":\"hi there\"");
    expect_seen(play, "@carol");
    expect_seen(play, "hi there …");
    hearf(play, "{\"type\": \"ack\", \"room\": 41, \"seq\": 1, \"time\": 1, \"client_id\": \"%s\"}",
          play->model->outbox.posts[0].client_id);
    expect_unseen(play, "hi there …");
    assert_int_equal(model_room(play->model)->number, 41);
}

static void test_history_is_asked_for_when_one_scrolls(void **state) {
    struct play *play = *state;
    enter_room(play, 3, "old", 500);
    press_alt(play, PRESS_CHARACTER, '3');
    expect_sent(play, "\"history\"");
    for (unsigned seq = 401; seq <= 500; seq++)
        hearf(play,
              "{\"type\": \"past\", \"event\": {\"type\": \"message\", \"room\": 3, \"seq\": %u, "
              "\"time\": 1, \"kind\": \"say\", \"from\": {\"id\": 9, \"name\": \"bob\"}, "
              "\"text\": \"line %u\"}}",
              seq, seq);
    hear(play,
         "{\"type\": \"past_end\", \"room\": 3, \"first\": 401, \"last\": 500, \"count\": 100}");
    forget_sent(play);
    expect_seen(play, "line 500");
    for (int i = 0; i < 4; i++)
        press(play, PRESS_PAGE_UP);
    expect_sent(play, "\"before\":401");
    expect_unseen(play, "line 500");
    press(play, PRESS_END);
    expect_seen(play, "line 500");
    assert_int_equal(play->model->rooms[2]->unread, 0);
}

static void test_new_messages_do_not_move_what_is_read(void **state) {
    struct play *play = *state;
    for (unsigned seq = 11; seq <= 60; seq++)
        hear_said(play, 1, seq, "bob", "filler", "");
    press(play, PRESS_PAGE_UP);
    char *before = own_new(slice_text(look(play)));
    hear_said(play, 1, 61, "bob", "fresh", "");
    struct slice old = slice_text(before), now = slice_text(look(play));
    for (int row = 0; row < 22; row++) { /* the list of rooms has changed */
        struct slice one = slice_until(&old, '\n'), other = slice_until(&now, '\n');
        slice_until(&one, '\xe2');
        slice_until(&other, '\xe2');
        if (row > 2) assert_true(slice_equal(one, other));
    }
    expect_seen(play, "1 below");
    free(before);
}

static void test_a_restored_history_replaces_what_was_known(void **state) {
    struct play *play = *state;
    hear_said(play, 1, 11, "bob", "never was", "");
    hear(play,
         "{\"type\": \"entered\", \"room\": {\"id\": 1, \"name\": \"lobby\", \"topic\": \"\", "
         "\"role\": \"member\", \"epoch\": \"ffffffffffffffff\", \"seq\": 3}}");
    expect_unseen(play, "never was");
    expect_seen(play, "of this room was restored");
    assert_int_equal(play->model->rooms[1]->seq, 3);
}

static void test_a_gap_is_told(void **state) {
    struct play *play = *state;
    hear(play, "{\"type\": \"caught_up\", \"room\": 1, \"seq\": 90, \"complete\": false, "
               "\"missing\": {\"from\": 11, \"to\": 80}}");
    expect_seen(play, "What was said from 11 to 80 is not kept");
}

static void test_missed_messages_do_not_ring(void **state) {
    struct play *play = *state;
    hear(play,
         "{\"type\": \"past\", \"event\": {\"type\": \"message\", \"room\": 1, \"seq\": 11, "
         "\"time\": 1, \"kind\": \"say\", \"from\": {\"id\": 9, \"name\": \"bob\"}, \"text\": "
         "\"alice?\"}}");
    assert_false(play->model->bell);
    expect_seen(play, "alice?");
    assert_int_equal(play->model->rooms[1]->seq, 11);
}

static void test_people_come_and_go(void **state) {
    struct play *play = *state;
    hear(play, "{\"type\": \"joined\", \"room\": 1, \"who\": {\"id\": 9, \"name\": \"bob\"}}");
    expect_seen(play, "bob came in");
    hear(play,
         "{\"type\": \"renamed\", \"who\": {\"id\": 9, \"name\": \"rob\"}, \"old\": \"bob\"}");
    expect_seen(play, "bob is now called rob");
    hear(play, "{\"type\": \"left\", \"who\": {\"id\": 9, \"name\": \"rob\"}, \"why\": \"quit\"}");
    expect_seen(play, "rob left");
    assert_int_equal(play->model->rooms[1]->member_count, 0);
}

static void test_somebody_types_for_six_seconds(void **state) {
    struct play *play = *state;
    hear(play, "{\"type\": \"typing\", \"room\": 1, \"who\": {\"id\": 9, \"name\": \"bob\"}, "
               "\"state\": \"active\"}");
    expect_seen(play, "bob is typing");
    model_tick(play->model, NOW + TYPING_MS + 1);
    expect_unseen(play, "is typing");
}

static void test_a_search_shows_where_and_goes_there(void **state) {
    struct play *play = *state;
    enter(play, "/search tea");
    expect_sent(play, "\"type\":\"search\"");
    hear(play, "{\"type\": \"found\", \"event\": {\"type\": \"message\", \"room\": 1, \"seq\": 5, "
               "\"time\": 5, \"from\": {\"id\": 9, \"name\": \"bob\"}, \"text\": \"tea time\"}}");
    hear(play, "{\"type\": \"found_end\", \"room\": 1, \"count\": 1}");
    expect_seen(play, "tea time");
    expect_seen(play, "1 found");
    press_alt(play, PRESS_UP, 0);
    press(play, PRESS_ENTER);
    assert_int_equal(model_room(play->model)->number, 1);
    expect_sent(play, "\"around\":5");
}

static void test_a_password_is_neither_shown_nor_kept(void **state) {
    struct play *play = *state;
    enter(play, "/register");
    type(play, "hunter22");
    expect_seen(play, "••••••••");
    expect_unseen(play, "hunter22");
    press(play, PRESS_ENTER);
    expect_sent(play, "\"password\":\"hunter22\"");
    assert_null(memmem(play->model, sizeof *play->model, "hunter22", 8));
    press(play, PRESS_UP);
    expect_unseen(play, "hunter22");
}

static void test_leaving_shows_another_room(void **state) {
    struct play *play = *state;
    enter_room(play, 2, "ops", 5);
    press_alt(play, PRESS_CHARACTER, '3');
    forget_sent(play);
    enter(play, "/leave");
    expect_sent(play, "\"type\":\"leave\",\"ref\":");
    hear(play, "{\"type\": \"exited\", \"room\": 2, \"why\": \"left\"}");
    expect_unseen(play, "#ops");
    assert_string_equal(model_room(play->model)->name, "lobby");
}

static void test_ten_thousand_messages_keep_the_newest(void **state) {
    struct play *play = *state;
    for (unsigned seq = 11; seq <= 10000; seq++)
        hear_said(play, 1, seq, "bob", "x", "");
    assert_int_equal(play->model->rooms[1]->entry_count, ENTRIES_MAX);
    assert_int_equal(play->model->rooms[1]->entries[ENTRIES_MAX - 1].seq, 10000);
}

static void test_addresses(void **state) {
    (void)state;
    static const struct {
        const char *text, *host, *port, *path, *shown, *room, *invitation;
        bool secure;
    } known[] = {
        {"chat.example", "chat.example", "7070", "/ws", "chat.example:7070", "", "", false},
        {"[::1]:80", "::1", "80", "/ws", "[::1]:80", "", "", false},
        {"https://chat.example", "chat.example", "443", "/ws", "chat.example", "", "", true},
        {"ws://h:8080/a/b/", "h", "8080", "/a/b/ws", "h:8080", "", "", false},
        {"http://h/r/ops", "h", "80", "/ws", "h", "ops", "", false},
        {"https://h/x/invite/w0rd/", "h", "443", "/x/ws", "h", "", "w0rd", true},
    };
    static const char *const wrong[] = {"",        ":7070",        "h:0",     "h:x",
                                        "h:70707", "h/x",          "ftp://h", "a b",
                                        "[::1",    "http://h/a b", "h@x",     "https://"};
    struct address address;
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        assert_true(address_read(&address, known[i].text));
        assert_string_equal(address.host, known[i].host);
        assert_string_equal(address.port, known[i].port);
        assert_string_equal(address.path, known[i].path);
        assert_string_equal(address.shown, known[i].shown);
        assert_string_equal(address.room, known[i].room);
        assert_string_equal(address.invitation, known[i].invitation);
        assert_int_equal(address.secure, known[i].secure);
    }
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        if (address_read(&address, wrong[i])) fail_msg("%s is no address", wrong[i]);
}

static void test_certificates(void **state) {
    (void)state;
    char one[TRUST_PRINT_SIZE + 1], other[TRUST_PRINT_SIZE + 1], why[TRUST_WORDS_MAX];
    struct trust trust = {0};
    memset(one, 'a', sizeof one - 1);
    memset(other, 'b', sizeof other - 1);
    one[TRUST_PRINT_SIZE] = other[TRUST_PRINT_SIZE] = 0;
    assert_true(trust_judge_facts(&trust, false, "self-signed", one, "h:1", why));
    assert_int_equal(trust.changes, 1);
    assert_true(trust.news[0] != 0);
    assert_true(trust_judge_facts(&trust, false, "self-signed", one, "h:1", why));
    assert_false(trust_judge_facts(&trust, false, "self-signed", other, "h:1", why));
    assert_true(trust_judge_facts(&trust, true, "ok", other, "h:1", why));
    assert_true(trust_judge_facts(&trust, true, "ok", other, "h:11", why));
    assert_false(trust_judge_facts(&trust, false, "self-signed", other, "h:11", why));
    trust.insecure = true;
    assert_true(trust_judge_facts(&trust, false, "self-signed", other, "h:11", why));
    trust_deinit(&trust);
}

static void test_the_outbox_comes_back_from_the_disk(void **state) {
    struct play *play = *state;
    enter(play, "one");
    enter(play, "/me \"quotes\" \\ 日本");
    enter(play, "/msg bob two");
    char *file = outbox_text(&play->model->outbox);
    struct outbox again = {0};
    outbox_read(&again, slice_text(file));
    outbox_read(&again, slice_text(file)); /* none is there twice */
    outbox_read(&again, slice_of("nonsense\n{}\n{\"type\": 5\n"));
    char *same = outbox_text(&again);
    assert_int_equal(again.count, 3);
    assert_string_equal(file, same);
    free(file);
    free(same);
    outbox_deinit(&again);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        PLAY(test_what_is_typed_is_sent_with_an_id_and_shown_at_once),
        PLAY(test_an_acknowledged_message_is_an_ordinary_one),
        PLAY(test_messages_stand_in_the_order_of_their_numbers),
        PLAY(test_what_was_typed_meanwhile_is_sent_again_with_its_id),
        PLAY(test_few_are_on_their_way_at_once),
        PLAY(test_what_is_refused_is_shown_as_not_sent),
        PLAY(test_what_was_too_soon_is_sent_later),
        PLAY(test_a_mention_rings_and_is_counted),
        PLAY(test_a_name_within_a_word_is_no_mention),
        PLAY(test_what_is_seen_is_told_as_read_once_a_second),
        PLAY(test_what_was_read_elsewhere_is_read),
        PLAY(test_edits_removals_and_reactions_show),
        PLAY(test_a_direct_message_opens_a_room),
        PLAY(test_history_is_asked_for_when_one_scrolls),
        PLAY(test_new_messages_do_not_move_what_is_read),
        PLAY(test_a_restored_history_replaces_what_was_known),
        PLAY(test_a_gap_is_told),
        PLAY(test_missed_messages_do_not_ring),
        PLAY(test_people_come_and_go),
        PLAY(test_somebody_types_for_six_seconds),
        PLAY(test_a_search_shows_where_and_goes_there),
        PLAY(test_a_password_is_neither_shown_nor_kept),
        PLAY(test_leaving_shows_another_room),
        PLAY(test_ten_thousand_messages_keep_the_newest),
        cmocka_unit_test(test_addresses),
        cmocka_unit_test(test_certificates),
        PLAY(test_the_outbox_comes_back_from_the_disk),
    };
    return cmocka_run_group_tests_name("client", tests, NULL, NULL);
}
