/* IRC: lines become commands, events become lines; without a hub, which the tests play. */
#include "base/utf8.h"
#include "test_irc_play.h"

static void nick_and_user_say_hello_in_either_order(void **state) {
    struct play *play = *state;
    types(play, "NICK alice");
    assert_gave(play, "");
    types(play, "USER alice 0 * :Alice of Wonderland");
    assert_gave(play, "hello name=alice waits; ");
    open_play(play);
    types(play, "user alice 0 * :Alice");
    assert_gave(play, "");
    types(play, "nick alice");
    assert_gave(play, "hello name=alice waits; ");
    assert_sent(play, "");
}

static void an_open_cap_holds_the_hello(void **state) {
    struct play *play = *state;
    types(play, "CAP LS 302");
    types(play, "NICK alice");
    types(play, "USER alice 0 * :Alice");
    assert_sent_once(play, ":irc.parlance CAP * LS * :", " multi-prefix ");
    types(play, "CAP REQ :multi-prefix frob");
    types(play, "CAP REQ :multi-prefix setname");
    types(play, "CAP REQ :-setname ");
    types(play, "CAP LIST");
    types(play, "CAP FROB");
    assert_gave(play, "");
    types(play, "CAP END");
    assert_gave(play, "hello name=alice waits; ");
    assert_sent(play, ":irc.parlance CAP * NAK :multi-prefix frob\r\n"
                      ":irc.parlance CAP * ACK :multi-prefix setname\r\n"
                      ":irc.parlance CAP * ACK :-setname\r\n"
                      ":irc.parlance CAP * LIST :cap-notify multi-prefix\r\n"
                      ":irc.parlance 410 * FROB :there is LS, LIST, REQ and END\r\n");
}

static void a_refused_nick_is_chosen_again_without_user(void **state) {
    struct play *play = *state;
    types(play, "NICK bad!nick");
    assert_gave(play, "");
    types(play, "NICK alice");
    types(play, "USER alice 0 * :Alice");
    play->given.size = play->out.size = 0;
    hears_refused(play, REFUSED_NAME_TAKEN, slice_of("alice"));
    assert_sent(play, ":irc.parlance 433 * alice :the name alice is taken; choose another\r\n");
    types(play, "NICK");
    assert_sent(play, ":irc.parlance 431 * :a name cannot be empty\r\n");
    types(play, "NICK alice2");
    assert_gave(play, "hello name=alice2 waits; ");
}

static void the_welcome_is_numerics_for_the_nick(void **state) {
    struct play *play = *state;
    hears(play, (struct event){.kind = EVENT_WELCOME, .author_name = slice_of("alice")});
    struct slice out = buf_slice(&play->out);
    const char *const numbers[] = {"001", "002", "003", "004", "005", "005", "005"};
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        struct slice line = slice_until(&out, '\n');
        assert_true(slice_starts(line, slice_of(":irc.parlance ")));
        assert_memory_equal(line.at + 14, numbers[i], 3);
        assert_memory_equal(line.at + 17, " alice ", 7);
        struct slice tokens = slice_from(line, 24);
        size_t count = 0;
        while (tokens.size > 0 && tokens.at[0] != ':' && ++count > 0)
            slice_until(&tokens, ' ');
        assert_true(count <= 13 && line.size <= 511);
    }
    assert_int_equal(out.size, 0);
}

static void only_somebody_who_said_who_she_is_may_join(void **state) {
    struct play *play = *state;
    types(play, "JOIN #lobby");
    types(play, "FROB");
    assert_gave(play, "");
    assert_sent(play, ":irc.parlance 451 * :say first who you are\r\n"
                      ":irc.parlance 451 * :say first who you are\r\n");
}

static void what_is_out_of_place_is_refused(void **state) {
    struct play *play = *state;
    types(play, "FROB x");
    types(play, "USER a 0 * :a");
    types(play, "JOIN");
    assert_sent(play, ":irc.parlance 421 alice FROB :unknown command\r\n"
                      ":irc.parlance 462 alice :you have said who you are already\r\n"
                      ":irc.parlance 461 alice JOIN :not enough parameters\r\n");
}

static void a_ping_comes_back(void **state) {
    struct play *play = *state;
    types(play, "PING 123");
    types(play, "PING :a b");
    types(play, "PONG x");
    assert_sent(play, ":irc.parlance PONG irc.parlance :123\r\n"
                      ":irc.parlance PONG irc.parlance :a b\r\n");
}

static void join_enters_each_room_and_then_asks_who_is_there(void **state) {
    struct play *play = *state;
    const char *line = "JOIN #a,#b key";
    assert_int_equal(pass(play, line), DECODED_AGAIN);
    assert_gave(play, "join key=a waits; ");
    hears_entered(play, 0, (struct slice){0});
    assert_sent(play, ":alice!alice@parlance JOIN #a\r\n");
    assert_int_equal(pass(play, line), DECODED_AGAIN);
    assert_gave(play, "who waits; ");
    assert_int_equal(play->last.room_id.v, 7);
    assert_int_equal(pass(play, line), DECODED_AGAIN);
    assert_gave(play, "join key=b waits; ");
    assert_int_equal(pass(play, line), DECODED); /* refused: nobody is asked for */
    assert_gave(play, "");
}

static void a_join_of_no_channel_is_refused(void **state) {
    struct play *play = *state;
    types(play, "JOIN lobby,#:x,,#,0");
    assert_gave(play, "");
    assert_sent(play, ":irc.parlance 403 alice lobby :a channel begins with #\r\n"
                      ":irc.parlance 403 alice #:x :a room cannot be called :x; use letters of one "
                      "script, digits and -_.\r\n"
                      ":irc.parlance 403 alice # :a channel begins with #\r\n"
                      ":irc.parlance 403 alice 0 :a channel begins with #\r\n");
}

static void an_entered_room_is_shown_once_with_its_topic(void **state) {
    struct play *play = *state;
    assert_int_equal(pass(play, "JOIN #a"), DECODED_AGAIN);
    hears_entered(play, 0, slice_of("tea: 5 pm"));
    assert_int_equal(pass(play, "JOIN #a"), DECODED);
    assert_int_equal(pass(play, "JOIN #a"), DECODED_AGAIN);
    hears_entered(play, EVENT_AGAIN, slice_of("tea: 5 pm"));
    assert_int_equal(pass(play, "JOIN #a"), DECODED);
    assert_gave(play, "join key=a waits; who waits; join key=a waits; who waits; ");
    assert_sent(play, ":alice!alice@parlance JOIN #a\r\n"
                      ":irc.parlance 332 alice #a :tea: 5 pm\r\n");
}

static void names_come_in_pieces_with_one_end(void **state) {
    struct play *play = *state;
    struct event names = {.kind = EVENT_PEOPLE, .room_name = slice_of("a"), .cursor = 3};
    names.reply_code = REPLY_NAMES;
    names.text = slice_of("3\t0\t0\talice\t\talice\t\n2\t0\t0\tbob\tb@x\t\tBob\n");
    hears(play, names);
    names.text = slice_of("1\t0\t0\tclient-7\t\t\t\n");
    names.cursor = 0;
    hears(play, names);
    assert_sent(play, ":irc.parlance 353 alice = #a :@alice @bob\r\n"
                      ":irc.parlance 353 alice = #a :+client-7\r\n"
                      ":irc.parlance 366 alice #a :end of the list\r\n");
}

/* Each line ends with CR LF and has at most 512 bytes. Returns how many there are. */
static size_t assert_lines_fit(struct buf *out) {
    struct slice rest = buf_slice(out);
    size_t count = 0;
    for (; rest.size > 0; count++) {
        struct slice line = slice_until(&rest, '\n');
        assert_true(line.size <= 511 && line.size > 0);
        assert_int_equal(line.at[line.size - 1], '\r');
        assert_true(utf8_valid(line));
    }
    return count;
}

static void many_names_take_several_lines(void **state) {
    struct play *play = *state;
    const struct slice name =
        slice_of("0\t0\t0\ta-name-of-forty-eight-bytes-which-is-the-longest\t\t\t\n");
    char names[PAGE_ENTRIES_MAX * (USER_NAME_SIZE_MAX + 10)];
    assert_int_equal(name.size, USER_NAME_SIZE_MAX + 10);
    for (size_t at = 0; at < sizeof names; at += name.size)
        memcpy(names + at, name.at, name.size);
    struct event event = {.kind = EVENT_PEOPLE, .room_name = slice_of("a")};
    event.text = (struct slice){names, sizeof names};
    hears(play, event);
    size_t count = assert_lines_fit(&play->out);
    assert_true(count > 7 && count < 20);
}

static void what_is_said_goes_to_each_target(void **state) {
    struct play *play = *state;
    types(play, "PRIVMSG #a,#b :hello there: you");
    types(play, ":ignored!x@y NOTICE   #a   word");
    types(play, "@+draft/x=y PRIVMSG #a :\001ACTION waves\x01");
    types(play, "PRIVMSG #a");
    assert_gave(play, "say key=a text=hello there: you; say key=b text=hello there: you; "
                      "say key=a text=word notice; say key=a text=waves action; say key=a; ");
    assert_sent(play, "");
}

static void what_cannot_be_said_is_refused_in_words(void **state) {
    struct play *play = *state;
    types(play, "PRIVMSG b.b :hello");
    types(play, "PRIVMSG bob :hello");
    hears_refused(play, REFUSED_PERSON_UNKNOWN, slice_of("bob"));
    types(play, "PRIVMSG #a :hello");
    hears_refused(play, REFUSED_NOT_IN_ROOM, slice_of("a"));
    hears_refused(play, REFUSED_STORE_FULL, (struct slice){0});
    types(play, "TOPIC #a");
    hears_refused(play, REFUSED_NOT_IN_ROOM, slice_of("a"));
    assert_gave(play, "tell name=bob text=hello; say key=a text=hello; topic key=a; ");
    assert_sent(play, ":irc.parlance 401 alice b.b :the name b.b is not allowed; use letters of "
                      "one script, digits and -_[]{}^\r\n"
                      ":irc.parlance 401 alice bob :there is nobody called bob here\r\n"
                      ":irc.parlance 404 alice #a :you are not in the room a\r\n"
                      ":irc.parlance 404 alice * :storage full, not stored; try again later\r\n"
                      ":irc.parlance 442 alice #a :you are not in the room a\r\n");
}

static struct event said(struct slice text) {
    return (struct event){.kind = EVENT_SAID,
                          .author_name = slice_of("bob"),
                          .room_name = slice_of("a"),
                          .text = text};
}

static void a_person_is_told_what_is_hers_alone(void **state) {
    struct play *play = *state;
    types(play, "PRIVMSG bob,carol :hello");
    types(play, "NOTICE bob :\001ACTION waves\001");
    assert_gave(play, "tell name=bob text=hello; tell name=carol text=hello; "
                      "tell name=bob text=waves action; ");
    struct event told = said(slice_of("one\ntwo"));
    told.kind = EVENT_TOLD;
    told.flags = EVENT_DIRECT;
    told.other = slice_of("alice");
    hears(play, told);
    told.flags = EVENT_DIRECT | EVENT_OWN;
    told.reply_code = REPLY_SAY;
    hears(play, told);
    struct event away = {.kind = EVENT_ALERT,
                         .why = ALERT_AWAY,
                         .other = slice_of("bob"),
                         .text = slice_of("lunch")};
    hears(play, away);
    assert_sent(play, ":bob!bob@parlance PRIVMSG alice :one\r\n"
                      ":bob!bob@parlance PRIVMSG alice :two\r\n"
                      ":irc.parlance 301 alice bob :lunch\r\n");
}

static void others_are_heard_and_one_self_is_not(void **state) {
    struct play *play = *state;
    struct event own = said(slice_of("hello"));
    own.reply_code = REPLY_SAY;
    hears(play, own);
    assert_sent(play, "");
    struct event event = said(slice_of("hello"));
    sees(play, event);
    event.speech = SPEECH_NOTICE;
    sees(play, event);
    event.speech = SPEECH_ACTION;
    sees(play, event);
    assert_sent(play, ":bob!bob@parlance PRIVMSG #a :hello\r\n"
                      ":bob!bob@parlance NOTICE #a :hello\r\n"
                      ":bob!bob@parlance PRIVMSG #a :\001ACTION hello\x01\r\n");
}

static void controls_are_shown_and_formatting_is_kept(void **state) {
    struct play *play = *state;
    sees(play, said(slice_of("\002bold\002 \00304,12red\x0F\ttab")));
    sees(play, said(slice_of("\x1B[2J \r \x07 \x7F \xC2\x85 \x01VERSION\x01")));
    assert_sent(play, ":bob!bob@parlance PRIVMSG #a :\002bold\002 \00304,12red\x0F\ttab\r\n"
                      ":bob!bob@parlance PRIVMSG #a :\u241B[2J \u240D \u2407 \u2421 \uFFFD "
                      "\u2401VERSION\u2401\r\n");
}

static void several_lines_are_several_messages(void **state) {
    struct play *play = *state;
    sees(play, said(slice_of("one\n\nthree")));
    assert_sent(play, ":bob!bob@parlance PRIVMSG #a :one\r\n"
                      ":bob!bob@parlance PRIVMSG #a :three\r\n");
}

static void a_long_text_is_split_between_code_points(void **state) {
    struct play *play = *state;
    char memory[4096], joined[4096];
    struct buf text, got;
    buf_init(&text, memory, sizeof memory);
    for (int i = 0; i < 400; i++)
        buf_text(&text,
                 i < 300 ? "\U0001F600" : "\u20ACxxx"); /* lines that end early, and a full one */
    for (int action = 0; action < 2; action++) {
        struct event event = said(buf_slice(&text));
        if (action) event.speech = SPEECH_ACTION;
        sees(play, event);
        assert_int_equal(assert_lines_fit(&play->out), 4);
        buf_init(&got, joined, sizeof joined);
        for (struct slice rest = buf_slice(&play->out); rest.size > 0;) {
            struct slice line = slice_until(&rest, '\n');
            line = slice_from(line, action ? 38 : 30);
            line.size -= action ? 2 : 1;
            buf_put(&got, line);
        }
        assert_true(slice_equal(buf_slice(&got), buf_slice(&text)));
        play->out.size = 0;
    }
}

static void people_come_and_go(void **state) {
    struct play *play = *state;
    struct event event = said((struct slice){0});
    event.kind = EVENT_JOINED;
    sees(play, event);
    event.kind = EVENT_LEFT;
    sees(play, event);
    event.text = slice_of("tea time");
    sees(play, event);
    event.why = LEAVING_QUIT;
    sees(play, event);
    event.why = LEAVING_KICKED;
    event.other = slice_of("carol");
    sees(play, event);
    assert_sent(play, ":bob!bob@parlance JOIN #a\r\n"
                      ":bob!bob@parlance PART #a\r\n"
                      ":bob!bob@parlance PART #a :tea time\r\n"
                      ":bob!bob@parlance QUIT :tea time\r\n"
                      ":carol!carol@parlance KICK #a bob :tea time\r\n");
}

static void one_leaves_and_is_told(void **state) {
    struct play *play = *state;
    types(play, "PART #a,#b :tea time");
    assert_gave(play, "leave key=a text=tea time; leave key=b text=tea time; ");
    struct event event = said(slice_of("tea time"));
    event.kind = EVENT_EXITED;
    event.author_name = slice_of("alice");
    hears(play, event);
    assert_sent(play, ":alice!alice@parlance PART #a :tea time\r\n");
}

static void a_topic_is_set_asked_for_and_taken_away(void **state) {
    struct play *play = *state;
    types(play, "TOPIC #a :tea");
    types(play, "TOPIC #a :");
    types(play, "TOPIC #a");
    assert_gave(play, "topic key=a text=tea sets; topic key=a sets; topic key=a; ");
    struct event event = said(slice_of("tea"));
    event.kind = EVENT_TOPIC_SET;
    sees(play, event);
    hears(play, event);
    event.kind = EVENT_TOPIC;
    hears(play, event);
    event.text.size = 0;
    hears(play, event);
    assert_sent(play, ":bob!bob@parlance TOPIC #a :tea\r\n"
                      ":bob!bob@parlance TOPIC #a :tea\r\n"
                      ":irc.parlance 332 alice #a :tea\r\n"
                      ":irc.parlance 331 alice #a :no topic is set\r\n");
}

static void a_new_nick_is_the_one_of_later_answers(void **state) {
    struct play *play = *state;
    types(play, "NICK al");
    assert_gave(play, "nick name=al; ");
    struct event event = {
        .kind = EVENT_RENAMED, .author_name = slice_of("alice"), .other = slice_of("al")};
    hears(play, event);
    sees(play, event);
    irc_echo_line(&play->talk, &play->decoder, "221 % +");
    assert_sent(play, ":alice!alice@parlance NICK al\r\n"
                      ":alice!alice@parlance NICK al\r\n"
                      ":irc.parlance 221 al +\r\n");
}

static void rooms_are_listed(void **state) {
    struct play *play = *state;
    types(play, "LIST");
    assert_gave(play, "rooms waits; ");
    struct event rooms = {.kind = EVENT_ROOMS, .cursor = 9};
    rooms.text = slice_of("1\tlobby\t3\tbe nice\n");
    hears(play, rooms);
    rooms = (struct event){.kind = EVENT_ROOMS, .before = 9};
    rooms.text = slice_of("2\ta\t1\t\n3\tempty\t0\tnobody is in it\n");
    hears(play, rooms);
    assert_sent(play, ":irc.parlance 321 alice Channel :Users Name\r\n"
                      ":irc.parlance 322 alice #lobby 3 :be nice\r\n"
                      ":irc.parlance 322 alice #a 1 :\r\n"
                      ":irc.parlance 323 alice :end of the list\r\n");
}

static void modes_who_and_names_have_short_answers(void **state) {
    struct play *play = *state;
    types(play, "MODE #a");
    hears(play, (struct event){.kind = EVENT_ROOM_MODES,
                               .room_name = slice_of("a"),
                               .text = slice_of("invite\tyes\nkey\t*\n")});
    types(play, "WHO #a");
    types(play, "NAMES");
    hears(play, (struct event){.kind = EVENT_PEOPLE,
                               .reply_code = REPLY_NAMES,
                               .flags = EVENT_LAST,
                               .setting = true});
    types(play, "NAMES #a");
    hears_refused(play, REFUSED_ROOM_UNKNOWN, slice_of("a"));
    assert_gave(play, "modes key=a; who key=a waits; people waits; who key=a waits; ");
    assert_sent(play, ":irc.parlance 324 alice #a +iknt *\r\n"
                      ":irc.parlance 366 alice * :end of the list\r\n"
                      ":irc.parlance 366 alice #a :there is no room a\r\n");
}

static void a_line_above_512_bytes_is_refused_but_tags_are_not_counted(void **state) {
    struct play *play = *state;
    char line[1024];
    memset(line, 'x', sizeof line);
    memcpy(line, "PRIVMSG #a :", 12);
    line[511] = '\0';
    types(play, line);
    assert_gave(play, "");
    assert_sent(play, ":irc.parlance 417 alice :the line is too long; at most 512 bytes\r\n");
    memcpy(line, "TOPIC   #a :", 12);
    line[510] = '\0';
    types(play, line);
    assert_sent(play, "");
    memset(line, 'x', sizeof line);
    line[0] = '@';
    memcpy(line + 800, " TOPIC #a", 10);
    play->given.size = 0;
    types(play, line);
    assert_gave(play, "topic key=a; ");
}

/* The defining numerics list, 417: with the source that is put before it, it must be one line. */
static void what_would_be_cut_for_those_who_hear_it_is_refused(void **state) {
    struct play *play = *state;
    const char *begin = "PRIVMSG #a :";
    size_t source = strlen(":alice! ") + irc_own(&play->talk)->login_size;
    char line[512];
    memset(line, 'x', sizeof line);
    memcpy(line, begin, strlen(begin));
    line[510 - source + 1] = '\0';
    types(play, line);
    assert_gave(play, "");
    assert_sent(play, ":irc.parlance 417 alice :the line is too long; at most 512 bytes\r\n");
    line[510 - source] = '\0';
    types(play, line);
    assert_sent(play, "");
    assert_true(play->given.size > 300);
}

/* CTCP (modern.ircdocs.horse/ctcp): between clients; its marks reach IRC clients alone. */
static void ctcp_reaches_irc_clients_as_it_is(void **state) {
    struct play *play = *state;
    types(play, "PRIVMSG bob :\x01VERSION\x01");
    types(play, "NOTICE bob :\x01PING 1");
    types(play, "PRIVMSG #a :\x01"
                "DCC SEND a 1 2\x01");
    assert_gave(play, "tag name=bob text=\x01VERSION\x01; tag name=bob text=\x01PING 1 notice; ");
    sees(play, said(slice_of("\x01VERSION\x01")));
    sees(play, said(slice_of("\x01")));
    sees(play, said(slice_of("no \x01VERSION\x01")));
    assert_sent(play, ":irc.parlance 404 alice #* :you are not allowed to do that\r\n"
                      ":bob!bob@parlance PRIVMSG #a :\x01VERSION\x01\r\n"
                      ":bob!bob@parlance PRIVMSG #a :\x01\x01\r\n"
                      ":bob!bob@parlance PRIVMSG #a :no ␁VERSION␁\r\n");
}

static void an_answer_never_exceeds_a_line(void **state) {
    struct play *play = *state;
    char line[511];
    const char *const begins[] = {"WHO ",  "PING ",  "MODE #", "JOIN ",
                                  "NICK ", "JOIN #", "CAP ",   "CAP REQ :"};
    for (size_t i = 0; i < sizeof begins / sizeof *begins; i++) {
        memset(line, 0x01, sizeof line);
        memcpy(line, begins[i], strlen(begins[i]));
        line[510] = '\0';
        types(play, line);
    }
    assert_true(buf_ok(&play->out));
    assert_int_equal(assert_lines_fit(&play->out), 8);
}

static void quit_says_goodbye(void **state) {
    struct play *play = *state;
    types(play, "QUIT :so long");
    assert_gave(play, "bye text=so long waits; ");
    assert_sent(play, ":alice!alice@parlance QUIT :so long\r\nERROR :closed: so long\r\n");
    hears(play, (struct event){.kind = EVENT_CLOSE, .refusal = REFUSED_STOPPING});
    assert_sent(play, "ERROR :the server is stopping; connect again soon\r\n");
}

static void text_that_is_not_utf8_fails(void **state) {
    struct play *play = *state;
    types(play, "PRIVMSG #a :caf\xE9");
    types(play, "PRIVMSG #a :a\rb");
    assert_gave(play, "");
    assert_sent(play, ":irc.parlance FAIL PRIVMSG INVALID_UTF8 :this server takes UTF-8 only\r\n"
                      ":irc.parlance NOTICE alice :invalid character: NUL and a bare CR are not "
                      "allowed in a line\r\n");
}

static void latin1_is_read_where_the_server_takes_it(void **state) {
    struct play *play = *state;
    struct manner manner = *play->talk.manner;
    char line[511];
    manner.latin1 = true;
    play->talk.manner = &manner;
    types(play, "PRIVMSG #a :caf\xE9, 5 \x80\x81");
    types(play, "PRIVMSG #a :caf\xC3\xA9"); /* it is UTF-8 already */
    assert_gave(play, "say key=a text=café, 5 €\xEF\xBF\xBD; say key=a text=café; ");
    memset(line, 0xE9, sizeof line); /* longer in UTF-8 than a line may be */
    memcpy(line, "PRIVMSG #a :", 12);
    line[510] = '\0';
    types(play, line);
    assert_gave(play, "");
    assert_sent(play, ":irc.parlance 417 alice :the line is too long; at most 512 bytes\r\n");
    types(play, "VERSION");
    assert_null(memmem(play->out.at, play->out.size, "UTF8ONLY", 8));
}

#define as_alice(name) cmocka_unit_test_setup_teardown(name, setup_alice, teardown)
#define as_nobody(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void) {
    const struct CMUnitTest tests[] = {
        as_nobody(nick_and_user_say_hello_in_either_order),
        as_nobody(an_open_cap_holds_the_hello),
        as_nobody(a_refused_nick_is_chosen_again_without_user),
        as_nobody(the_welcome_is_numerics_for_the_nick),
        as_nobody(only_somebody_who_said_who_she_is_may_join),
        as_alice(what_is_out_of_place_is_refused),
        as_nobody(a_ping_comes_back),
        as_alice(join_enters_each_room_and_then_asks_who_is_there),
        as_alice(a_join_of_no_channel_is_refused),
        as_alice(an_entered_room_is_shown_once_with_its_topic),
        as_alice(names_come_in_pieces_with_one_end),
        as_alice(many_names_take_several_lines),
        as_alice(what_is_said_goes_to_each_target),
        as_alice(what_cannot_be_said_is_refused_in_words),
        as_alice(a_person_is_told_what_is_hers_alone),
        as_alice(others_are_heard_and_one_self_is_not),
        as_alice(controls_are_shown_and_formatting_is_kept),
        as_alice(several_lines_are_several_messages),
        as_alice(a_long_text_is_split_between_code_points),
        as_alice(people_come_and_go),
        as_alice(one_leaves_and_is_told),
        as_alice(a_topic_is_set_asked_for_and_taken_away),
        as_alice(a_new_nick_is_the_one_of_later_answers),
        as_alice(rooms_are_listed),
        as_alice(modes_who_and_names_have_short_answers),
        as_alice(a_line_above_512_bytes_is_refused_but_tags_are_not_counted),
        as_alice(what_would_be_cut_for_those_who_hear_it_is_refused),
        as_alice(ctcp_reaches_irc_clients_as_it_is),
        as_alice(an_answer_never_exceeds_a_line),
        as_alice(quit_says_goodbye),
        as_alice(text_that_is_not_utf8_fails),
        as_alice(latin1_is_read_where_the_server_takes_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
