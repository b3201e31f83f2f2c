/* Which lines answer a line that had a label (labeled-response), and which form the answer has. */
#include "test_irc_play.h"

static int setup_labels(void **state) {
    setup_alice(state);
    struct play *play = *state;
    play->own.caps |= CAP_LABELED | CAP_BATCH | CAP_MESSAGE_TAGS | CAP_ECHO | CAP_MULTILINE;
    play->manner.multiline_bytes = 64;
    play->manner.multiline_lines = 4;
    return 0;
}

static void nothing_is_an_ack(void **state) {
    struct play *play = *state;
    types(play, "@label=1 PONG x");
    assert_sent(play, "@label=1 :irc.parlance ACK\r\n");
}

static void one_line_bears_the_label(void **state) {
    struct play *play = *state;
    types(play, "@label=1 PING x");
    types(play, "PING x");
    assert_sent(play, "@label=1 :irc.parlance PONG irc.parlance :x\r\n"
                      ":irc.parlance PONG irc.parlance :x\r\n");
}

static void several_lines_are_a_batch(void **state) {
    struct play *play = *state;
    types(play, "@label=1 JOIN x,y");
    assert_sent(play, "@label=1 :irc.parlance BATCH +l1 labeled-response\r\n"
                      "@batch=l1 :irc.parlance 403 alice x :a channel begins with #\r\n"
                      "@batch=l1 :irc.parlance 403 alice y :a channel begins with #\r\n"
                      ":irc.parlance BATCH -l1\r\n");
}

/* The line is read again when the page is over: only then its label ends. */
static void a_page_bears_the_label_itself(void **state) {
    struct play *play = *state;
    const char *line = "@label=1 CHATHISTORY LATEST bob * 5";
    play->own.caps &= ~(uint32_t)CAP_MESSAGE_TAGS;
    assert_int_equal(pass(play, line), DECODED_AGAIN);
    struct event event = {.kind = EVENT_QUERY, .reply_code = play->last.reply_code};
    hears(play, event);
    event.kind = EVENT_PAST;
    event.author_name = slice_of("bob");
    event.flags = EVENT_DIRECT;
    event.text = slice_of("hi");
    hears(play, event);
    event.kind = EVENT_PAST_END;
    hears(play, event);
    assert_int_equal(pass(play, line), DECODED);
    types(play, "PING x");
    assert_sent(play, "@label=1 :irc.parlance BATCH +h1 chathistory bob\r\n"
                      "@batch=h1 :bob!bob@parlance PRIVMSG alice :hi\r\n"
                      ":irc.parlance BATCH -h1\r\n"
                      ":irc.parlance PONG irc.parlance :x\r\n");
}

/* draft/multiline: the label of the batch's beginning is that of the message. */
static void a_batch_is_given_as_one_text(void **state) {
    struct play *play = *state;
    types(play, "@label=1 BATCH +a draft/multiline bob");
    types(play, "@batch=a PRIVMSG bob :one");
    types(play, "@batch=a PRIVMSG bob :tw");
    types(play, "@batch=a;draft/multiline-concat PRIVMSG bob :o");
    assert_gave(play, "");
    types(play, "BATCH -a");
    assert_gave(play, "tell name=bob text=one\ntwo; ");
    assert_sent(play, "@label=1 :irc.parlance ACK\r\n");
}

static void a_batch_beyond_its_limits_is_dropped(void **state) {
    struct play *play = *state;
    types(play, "BATCH +a draft/multiline bob");
    for (int i = 0; i < 5; i++)
        types(play, "@batch=a PRIVMSG bob :one");
    types(play, "@batch=a PRIVMSG bob :one"); /* she was told */
    types(play, "BATCH +b draft/multiline bob");
    types(play, "@batch=b PRIVMSG bob :0123456789012345678901234567890123456789");
    types(play, "@batch=b PRIVMSG bob :0123456789012345678901234567890123456789");
    types(play, "BATCH -b");
    assert_gave(play, "");
    assert_sent(play, ":irc.parlance FAIL BATCH MULTILINE_MAX_LINES 4 :that is too long\r\n"
                      ":irc.parlance FAIL BATCH MULTILINE_MAX_BYTES 64 :that is too long\r\n"
                      ":irc.parlance FAIL BATCH MULTILINE_INVALID :no such batch is open\r\n");
}

static int teardown_labels(void **state) {
    struct play *play = *state;
    dialect_forget(&play->talk);
    return teardown(state);
}

#define label_test(name) cmocka_unit_test_setup_teardown(name, setup_labels, teardown_labels)

int main(void) {
    const struct CMUnitTest tests[] = {
        label_test(nothing_is_an_ack),
        label_test(one_line_bears_the_label),
        label_test(several_lines_are_a_batch),
        label_test(a_page_bears_the_label_itself),
        label_test(a_batch_is_given_as_one_text),
        label_test(a_batch_beyond_its_limits_is_dropped),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
