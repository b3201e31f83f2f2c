/* What happens, and what is answered, in the words of the line dialect. */
#include "chat/query.h"
#include "chat/rights.h"
#include "test_line_play.h"

static void assert_sent(struct play *play, const char *wanted) {
    buf_byte(&play->out, '\0');
    assert_true(buf_ok(&play->out));
    assert_string_equal(play->out.at, wanted);
    play->out.size = 0;
}

static const struct manner first_edition = {.dialect = DIALECT_LINE, .crlf = true};

static struct event happens(enum event_kind kind, uint32_t room) {
    return (struct event){.kind = kind,
                          .room = {room},
                          .room_name = room == 7 ? slice_of("lobby") : slice_of("tea"),
                          .author_name = slice_of("bob"),
                          .other = slice_of("carol"),
                          .seq = 13,
                          .target = 12,
                          .time_ms = INT64_C(1795266300000)}; /* 2026-11-21 13:05 UTC */
}

/* As others of the room see it. */
static void seen(struct play *play, struct event event) {
    dialect_encode(dialect_view(&play->talk, event.room), &event, &play->out);
}

/* As it is told to herself. */
static void told(struct play *play, struct event event) {
    dialect_answer(&play->talk, &event, &play->out);
}

static void changes_are_seen_in_words(void **state) {
    struct play *play = *state;
    struct event event = happens(EVENT_EDITED, 7);
    event.text = slice_of("one\ntwo");
    seen(play, event);
    event.room = (struct room_id){8};
    event.room_name = slice_of("tea");
    event.text = slice_of("new");
    seen(play, event);
    event.kind = EVENT_REACTED;
    event.text = slice_of("+1");
    seen(play, event);
    event.flags = EVENT_OFF;
    seen(play, event);
    event = happens(EVENT_RETRACTED, 7);
    seen(play, event);
    event.other = event.author_name;
    seen(play, event);
    assert_sent(play, "* bob changed #12: one\r\n* bob changed #12: two\r\n"
                      "* [tea] bob changed #12: new\r\n"
                      "* [tea] bob reacted to #12: +1\r\n"
                      "* [tea] bob took a reaction back from #12: +1\r\n"
                      "* #12 of carol was removed by bob\r\n"
                      "* #12 was removed\r\n");
}

static void ones_own_changes_are_told_to_oneself(void **state) {
    struct play *play = *state;
    struct event event = happens(EVENT_EDITED, 7);
    event.text = slice_of("new");
    told(play, event);
    event.kind = EVENT_RETRACTED;
    told(play, event);
    event = happens(EVENT_ROLE_SET, 7);
    event.number = ROLE_OPERATOR;
    told(play, event);
    event = happens(EVENT_MODE_SET, 7);
    event.setting = SETTING_PRIVATE;
    event.number = 1;
    told(play, event);
    assert_sent(play, "* you changed #12: new\r\n* #12 of carol was removed\r\n"
                      "* you made carol an operator\r\n* you made the room private\r\n");
}

static void rule_is_seen_in_words(void **state) {
    struct play *play = *state;
    struct event event = happens(EVENT_RESTRAINED, 7);
    for (event.why = 0; event.why < RESTRAINTS_OF_PEOPLE; event.why++)
        seen(play, event);
    event.flags = EVENT_OFF;
    for (event.why = 0; event.why < RESTRAINTS_OF_PEOPLE; event.why++)
        seen(play, event);
    event.flags = 0;
    event.why = RESTRAINT_BAN;
    event.number = 10;
    event.text = slice_of("too loud");
    seen(play, event);
    event.number = 0;
    event.count = 24;
    seen(play, event);
    event = happens(EVENT_ROLE_SET, 7);
    for (event.number = 0; event.number < ROLES; event.number++)
        seen(play, event);
    event = happens(EVENT_ROOM_RENAMED, 8);
    event.text = slice_of("coffee");
    seen(play, event);
    assert_sent(play, "* bob banned carol\r\n* bob muted carol\r\n* bob invited carol\r\n"
                      "* bob exempted from bans: carol\r\n* bob exempted from mutes: carol\r\n"
                      "* bob let in without invitation: carol\r\n"
                      "* bob lifted the ban on carol\r\n* bob unmuted carol\r\n"
                      "* bob took back the invitation of carol\r\n"
                      "* bob exempts from bans no longer: carol\r\n"
                      "* bob exempts from mutes no longer: carol\r\n"
                      "* bob lets in without invitation no longer: carol\r\n"
                      "* bob banned carol for 10 minutes: too loud\r\n"
                      "* bob banned carol, and removed what was said in 24 hours: too loud\r\n"
                      "* bob made carol a plain member\r\n"
                      "* bob gave carol a voice\r\n"
                      "* bob made carol an operator\r\n* bob made carol an owner\r\n"
                      "* [tea] bob renamed the room coffee to tea\r\n");
}

static void every_setting_has_its_words(void **state) {
    struct play *play = *state;
    struct event event = happens(EVENT_MODE_SET, 7);
    for (event.setting = 0; event.setting < ROOM_SETTINGS; event.setting++) {
        event.number = 30;
        seen(play, event);
        event.number = 0;
        seen(play, event);
    }
    assert_sent(play, "* bob made the room private\r\n* bob made the room public\r\n"
                      "* bob closed the room to who is not invited\r\n"
                      "* bob opened the room to who is not invited\r\n"
                      "* bob made the room moderated: who has no voice only reads\r\n"
                      "* bob let everybody speak again\r\n"
                      "* bob set a key, which one must know to enter\r\n* bob took the key away\r\n"
                      "* bob set slow mode: 30 seconds between two messages\r\n"
                      "* bob ended slow mode\r\n"
                      "* bob switched the history on\r\n* bob switched the history off\r\n"
                      "* bob had texts kept for 30 days\r\n"
                      "* bob had texts kept as long as elsewhere\r\n"
                      "* bob had the last 30 texts kept\r\n* bob had all texts kept\r\n"
                      "* bob took the room off the list\r\n* bob put the room on the list\r\n"
                      "* bob let every member set the topic\r\n"
                      "* bob let operators alone set the topic\r\n"
                      "* bob let people speak to the room from outside\r\n"
                      "* bob let members alone speak to the room\r\n"
                      "* bob forbade CTCP\r\n* bob let CTCP in again\r\n"
                      "* bob let accounts alone speak, and who has a voice\r\n"
                      "* bob let guests speak again\r\n"
                      "* bob let accounts alone enter\r\n* bob let guests enter again\r\n"
                      "* bob let at most 30 people in\r\n"
                      "* bob let any number of people in\r\n"
                      "* bob let operators alone hear who has no role\r\n"
                      "* bob let everybody hear everybody\r\n"
                      "* bob let operators alone see who has no role\r\n"
                      "* bob let everybody see everybody\r\n"
                      "* bob has IRC clients that may not enter taken into another room\r\n"
                      "* bob has nobody taken into another room\r\n");
}

static void a_direct_message_has_its_place_before_it(void **state) {
    struct play *play = *state;
    struct event event = happens(EVENT_TOLD, 9);
    event.other = slice_of("bob");
    event.text = slice_of("hi\nyou");
    event.flags = EVENT_DIRECT;
    event.target = 0;
    told(play, event);
    event.author_name = slice_of("alice");
    event.flags = EVENT_DIRECT | EVENT_OWN;
    told(play, event); /* on another device of hers */
    event.reply_code = types(play, "/msg bob hi")->reply_code;
    told(play, event);
    event.kind = EVENT_RETRACTED;
    event.target = 12;
    told(play, event);
    assert_sent(play, "[@bob] bob: hi\r\n[@bob] bob: you\r\n"
                      "[@bob] alice: hi\r\n[@bob] alice: you\r\n"
                      "* told bob\r\n* [@bob] #12 was removed\r\n");
}

static void an_answer_names_what_it_answers(void **state) {
    struct play *play = *state;
    struct event event = happens(EVENT_SAID, 7);
    event.text = slice_of("yes");
    seen(play, event);
    event.speech = SPEECH_ACTION;
    event.text = slice_of("nods");
    seen(play, event);
    assert_sent(play, "bob: (to #12) yes\r\nbob (to #12) nods\r\n");
}

/* The page that `line` asks for, of one message and one change. */
static void page(struct play *play, const char *line) {
    struct event query = happens(EVENT_QUERY, 8);
    query.reply_code = types(play, line)->reply_code;
    told(play, query);
    struct event past = happens(EVENT_PAST, 8);
    past.flags = EVENT_CHANGED;
    past.target = 0;
    past.text = slice_of("hello");
    told(play, past);
    past.stored = STORED_REACTION;
    past.target = 12;
    past.text = slice_of("+1");
    past.flags = 0;
    told(play, past);
    struct event end = happens(EVENT_PAST_END, 8);
    end.reply_code = query.reply_code;
    told(play, end);
}

static void history_is_as_it_was_said_or_with_numbers(void **state) {
    struct play *play = *state;
    page(play, "/history 5");
    assert_sent(play, "* history of tea:\r\nbob: hello (changed)\r\n"
                      "* bob reacted to #12: +1\r\n* end of history\r\n");
    page(play, "/history 5 #");
    assert_sent(play, "* history of tea:\r\n* [2026-11-21 13:05] #13 bob: hello (changed)\r\n"
                      "* bob reacted to #12: +1\r\n* end of history\r\n");
    page(play, "/resume 0123456789abcdef:2");
    assert_sent(play, "* what happened in tea:\r\n"
                      "* [2026-11-21 13:05] #13 bob: hello (changed)\r\n"
                      "* bob reacted to #12: +1\r\n"
                      "* that is all; you see the rest as it comes\r\n");
}

static void every_stored_event_has_its_words(void **state) {
    struct play *play = *state;
    static const struct {
        enum stored stored;
        const char *text, *shown;
    } rows[] = {
        {STORED_TOPIC, "tea", "* bob set the topic: tea\r\n"},
        {STORED_EDIT, "new", "* bob changed #12: new\r\n"},
        {STORED_REMOVAL, "", "* #12 of carol was removed by bob\r\n"},
        {STORED_REACTION, "+1", "* bob reacted to #12: +1\r\n"},
        {STORED_UNREACTION, "+1", "* bob took a reaction back from #12: +1\r\n"},
        {STORED_MODE, "slow 30", "* bob set slow mode: 30 seconds between two messages\r\n"},
        {STORED_MODE, "private 0", "* bob made the room public\r\n"},
        {STORED_ROLE, "operator dave", "* bob made dave an operator\r\n"},
        {STORED_KICK, "dave too loud", "* bob put out dave: too loud\r\n"},
        {STORED_KICK, "dave", "* bob put out dave\r\n"},
        {STORED_RESTRAINT, "+ban d*e", "* bob banned d*e\r\n"},
        {STORED_RESTRAINT, "-mute dave", "* bob unmuted dave\r\n"},
        {STORED_RESTRAINT, "+ban dave 24h",
         "* bob banned dave, and removed what was said in 24 hours\r\n"},
        {STORED_RENAME, "coffee", "* bob renamed the room coffee to lobby\r\n"},
        {STORED_NOTHING, "ban too loud", "* [2026-11-21 13:05] bob: ban carol: too loud\r\n"},
        {STORED_MODE, "", ""}, /* of a later version */
        {STORED_ROLE, "king dave", ""},
        {STORED_RESTRAINT, "", ""},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct event past = happens(EVENT_PAST, 7);
        past.stored = (uint8_t)rows[i].stored;
        past.text = slice_text(rows[i].text);
        told(play, past);
        assert_sent(play, rows[i].shown);
    }
    struct event gone = happens(EVENT_PAST, 7);
    gone.flags = EVENT_OFF;
    told(play, gone);
    assert_sent(play, "* #13 was removed\r\n");
    gone.stored = STORED_EDIT; /* what it said went with the message */
    told(play, gone);
    assert_sent(play, "");
}

static void what_is_found_cannot_be_forged(void **state) {
    struct play *play = *state;
    struct event found = happens(EVENT_FOUND, 7);
    found.target = 0;
    found.text = slice_of("tea\n* error: forged");
    told(play, found);
    found.room = (struct room_id){8};
    found.room_name = slice_of("tea");
    found.text = slice_of("milk");
    found.time_ms = INT64_C(951782399000); /* the last second of 2000-02-28 */
    told(play, found);
    found.time_ms += 1000;
    told(play, found);
    assert_sent(play, "* [2026-11-21 13:05] #13 bob: tea\r\n"
                      "* [2026-11-21 13:05] #13 bob: * error: forged\r\n"
                      "* [2000-02-28 23:59] [tea] #13 bob: milk\r\n"
                      "* [2000-02-29 00:00] [tea] #13 bob: milk\r\n");
}

static void alerts_have_their_words(void **state) {
    struct play *play = *state;
    struct event event = happens(EVENT_ALERT, 8);
    event.count = 5;
    event.before = 3;
    event.text = slice_of("lunch");
    for (event.why = ALERT_AWAY; event.why <= ALERT_UNREAD; event.why++)
        told(play, event);
    assert_sent(play, "* carol is away: lunch\r\n* bob calls you in tea\r\n"
                      "* bob invites you to tea: /join tea\r\n"
                      "* the history of tea was rewound: what you saw after #3 is gone, its newest "
                      "message is #13\r\n"
                      "* of what was said in tea, #3 to #13 is not kept any more\r\n");
    assert_true(play->talk.counts);
    event = happens(EVENT_ALERT, 7);
    event.why = ALERT_MENTIONED; /* she types there */
    told(play, event);
    assert_sent(play, "");
}

static void unread_messages_are_told_once_they_are_counted(void **state) {
    struct play *play = *state;
    struct event event = happens(EVENT_PAST_END, 9);
    event.why = QUERY_UNREAD;
    event.flags = EVENT_DIRECT;
    event.count = 0; /* there are reactions alone */
    told(play, event);
    assert_int_equal(play->talk.counted.v, 9);
    event.count = 1;
    told(play, event);
    event.flags |= EVENT_CHANGED;
    event.count = 1999;
    told(play, event);
    assert_sent(play, "* 1 message from @carol since you read there last\r\n"
                      "* 1999 messages or more from @carol since you read there last\r\n");
}

static void lists_have_a_line_each(void **state) {
    struct play *play = *state;
    struct event list = happens(EVENT_RESTRAINTS, 7);
    list.text = slice_of(
        "ban\tb*b\t0\talice\t1\t2\nmute\tcarol\t9\talice\t1\t0\ninvite\tdave\t0\t\t1\t0\n");
    told(play, list);
    list.text = (struct slice){0};
    told(play, list);
    struct event topic = happens(EVENT_TOPIC, 8);
    topic.epoch = 0xabc;
    topic.reply_code = types(play, "/cursor")->reply_code;
    told(play, topic);
    struct event read = happens(EVENT_READ_UP, 8);
    told(play, read); /* on another device */
    read.reply_code = types(play, "/read")->reply_code;
    told(play, read);
    assert_sent(play, "* banned: b*b, by alice\r\n* muted: carol, minutes left: 9, by alice\r\n"
                      "* invited: dave\r\n* nobody is banned, muted or invited\r\n"
                      "* the cursor of tea is 0000000000000abc:13\r\n* tea is read up to #13\r\n");
}

static void the_first_edition_sees_what_is_said_and_nothing_else(void **state) {
    struct play *play = *state;
    play->talk.manner = &first_edition;
    static const enum event_kind hidden[] = {EVENT_JOINED,    EVENT_LEFT,       EVENT_TOPIC_SET,
                                             EVENT_RENAMED,   EVENT_DELETED,    EVENT_EDITED,
                                             EVENT_RETRACTED, EVENT_REACTED,    EVENT_MODE_SET,
                                             EVENT_ROLE_SET,  EVENT_RESTRAINED, EVENT_ROOM_RENAMED};
    for (size_t i = 0; i < sizeof hidden / sizeof *hidden; i++)
        seen(play, happens(hidden[i], 7));
    struct event alert = happens(EVENT_ALERT, 8);
    for (alert.why = ALERT_MENTIONED; alert.why <= ALERT_INVITED; alert.why++)
        told(play, alert);
    alert.why = ALERT_UNREAD;
    told(play, alert);
    assert_false(play->talk.counts);
    struct event said = happens(EVENT_SAID, 7);
    said.target = 0;
    said.text = slice_of("hello");
    seen(play, said);
    assert_sent(play, "bob: hello\r\n");
}

static void help_fits_a_screen(void **state) {
    struct play *play = *state;
    struct event help = {.kind = EVENT_HELP};
    told(play, help);
    struct slice shown = buf_slice(&play->out);
    size_t line_count = 0;
    for (; shown.size > 0; line_count++) {
        struct slice line = slice_until(&shown, '\n');
        assert_true(slice_starts(line, slice_of("* ")));
        assert_in_range(line.size, 4, 80); /* with CR */
    }
    assert_in_range(line_count, 10, 24);
    play->out.size = 0;
    help.text = slice_of("msg");
    told(play, help);
    assert_sent(play, "* /msg NAME TEXT - say TEXT to NAME alone\r\n");
    help.text = slice_of("history");
    told(play, help);
    assert_sent(play, "* /history [@NAME] [N] [#] - the last N messages of the room (20), or of "
                      "those with NAME\r\n"
                      "*   # shows them with their times (UTC) and numbers\r\n");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        in_play(changes_are_seen_in_words),
        in_play(ones_own_changes_are_told_to_oneself),
        in_play(rule_is_seen_in_words),
        in_play(every_setting_has_its_words),
        in_play(a_direct_message_has_its_place_before_it),
        in_play(an_answer_names_what_it_answers),
        in_play(history_is_as_it_was_said_or_with_numbers),
        in_play(every_stored_event_has_its_words),
        in_play(what_is_found_cannot_be_forged),
        in_play(alerts_have_their_words),
        in_play(unread_messages_are_told_once_they_are_counted),
        in_play(lists_have_a_line_each),
        in_play(the_first_edition_sees_what_is_said_and_nothing_else),
        in_play(help_fits_a_screen),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
