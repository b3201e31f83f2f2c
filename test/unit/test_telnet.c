/* Option negotiation taken out of a stream. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "wire/telnet.h"

enum { ROOM = 4096 };

struct wire {
    struct telnet telnet;
    char text_memory[ROOM], answer_memory[ROOM];
    struct buf text, answers;
};

static void wire_init(struct wire *wire) {
    wire->telnet = (struct telnet){0};
    buf_init(&wire->text, wire->text_memory, ROOM);
    buf_init(&wire->answers, wire->answer_memory, ROOM);
}

static void feed(struct wire *wire, struct slice bytes) {
    char copy[ROOM];
    assert_true(bytes.size <= sizeof copy);
    memcpy(copy, bytes.at, bytes.size);
    size_t left = telnet_filter(&wire->telnet, copy, bytes.size, &wire->answers);
    buf_put(&wire->text, (struct slice){copy, left});
}

static void assert_wire(const struct wire *wire, struct slice text, struct slice answers) {
    assert_int_equal(wire->text.size, text.size);
    assert_memory_equal(wire->text.at, text.at, text.size);
    assert_int_equal(wire->answers.size, answers.size);
    assert_memory_equal(wire->answers.at, answers.at, answers.size);
}

static void assert_filtered(struct slice bytes, struct slice text, struct slice answers) {
    for (size_t cut = 0; cut <= bytes.size; cut++) {
        struct wire wire;
        wire_init(&wire);
        feed(&wire, slice_head(bytes, cut));
        feed(&wire, slice_from(bytes, cut));
        assert_wire(&wire, text, answers);
    }
    struct wire wire;
    wire_init(&wire);
    for (size_t i = 0; i < bytes.size; i++)
        feed(&wire, slice_head(slice_from(bytes, i), 1));
    assert_wire(&wire, text, answers);
}

static void text_passes_unchanged(void **state) {
    (void)state;
    struct slice text = slice_of("hello, gr\u00FC\u00DFe \x1B[31m\r\n\0");
    assert_filtered(text, text, slice_of(""));
    assert_filtered(slice_of(""), slice_of(""), slice_of(""));
}

static void will_is_answered_dont_and_do_is_answered_wont(void **state) {
    (void)state;
    assert_filtered(slice_of("a\xFF\xFB\x1F"
                             "b\xFF\xFD\x03"
                             "c"),
                    slice_of("abc"), slice_of("\xFF\xFE\x1F\xFF\xFC\x03"));
}

static void wont_and_dont_are_never_answered(void **state) {
    (void)state;
    assert_filtered(slice_of("\xFF\xFC\x01x\xFF\xFE\x01y"), slice_of("xy"), slice_of(""));
}

static void an_option_is_refused_once_altogether(void **state) {
    (void)state;
    assert_filtered(slice_of("\xFF\xFD\x01\xFF\xFD\x01\xFF\xFB\x01\xFF\xFC\x01\xFF\xFD\x01"),
                    slice_of(""), slice_of("\xFF\xFC\x01"));
}

static void all_options_asked_for_ever_get_256_answers(void **state) {
    (void)state;
    struct wire wire;
    wire_init(&wire);
    for (unsigned i = 0; i < 5000; i++) {
        const char ask[] = {'\xFF', i & 256 ? '\xFD' : '\xFB', (char)i};
        feed(&wire, (struct slice){ask, sizeof ask});
    }
    assert_int_equal(wire.answers.size, TELNET_ANSWERS_SIZE_MAX);
    assert_int_equal(wire.text.size, 0);
}

static void subnegotiation_is_skipped_up_to_its_end(void **state) {
    (void)state;
    assert_filtered(slice_of("a\xFF\xFA\x1F\x00\x50\x00\x18\xFF\xF0"
                             "b"),
                    slice_of("ab"), slice_of(""));
    assert_filtered(slice_of("a\xFF\xFA\x1F\xFF\xFF\xF0\xFF\xFBx\xFF\xF0"
                             "b"),
                    slice_of("ab"), slice_of(""));
}

static void an_endless_subnegotiation_costs_nothing(void **state) {
    (void)state;
    struct wire wire;
    wire_init(&wire);
    feed(&wire, slice_of("a\xFF\xFA"));
    for (int i = 0; i < 100000; i++)
        feed(&wire, slice_of("never ends\n"));
    assert_wire(&wire, slice_of("a"), slice_of(""));
}

static void a_doubled_iac_is_one_byte(void **state) {
    (void)state;
    assert_filtered(slice_of("a\xFF\xFF"
                             "b\xFF\xFF\xFF\xFF"),
                    slice_of("a\xFF"
                             "b\xFF\xFF"),
                    slice_of(""));
}

static void commands_of_two_bytes_vanish(void **state) {
    (void)state;
    assert_filtered(slice_of("a\xFF\xF1"
                             "b\xFF\xF4\xFF\xF9"
                             "c\xFF\xF0"
                             "d"),
                    slice_of("abcd"), slice_of(""));
}

static void a_stray_iac_does_not_swallow_the_end_of_a_line(void **state) {
    (void)state;
    assert_filtered(slice_of("caf\xFF\nnext\n"), slice_of("caf\nnext\n"), slice_of(""));
}

static void an_answer_without_room_is_given_when_asked_again(void **state) {
    (void)state;
    struct telnet telnet = {0};
    char memory[5], ask[] = "\xFF\xFD\x01\xFF\xFD\x02";
    struct buf answers;
    buf_init(&answers, memory, sizeof memory);
    assert_int_equal(telnet_filter(&telnet, ask, 6, &answers), 0);
    assert_int_equal(answers.size, 3);
    assert_true(buf_ok(&answers));
    char again[] = "\xFF\xFD\x01\xFF\xFD\x02";
    buf_init(&answers, memory, sizeof memory);
    assert_int_equal(telnet_filter(&telnet, again, 6, &answers), 0);
    assert_int_equal(answers.size, 3);
    assert_memory_equal(memory, "\xFF\xFC\x02", 3);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(text_passes_unchanged),
        cmocka_unit_test(will_is_answered_dont_and_do_is_answered_wont),
        cmocka_unit_test(wont_and_dont_are_never_answered),
        cmocka_unit_test(an_option_is_refused_once_altogether),
        cmocka_unit_test(all_options_asked_for_ever_get_256_answers),
        cmocka_unit_test(subnegotiation_is_skipped_up_to_its_end),
        cmocka_unit_test(an_endless_subnegotiation_costs_nothing),
        cmocka_unit_test(a_doubled_iac_is_one_byte),
        cmocka_unit_test(commands_of_two_bytes_vanish),
        cmocka_unit_test(a_stray_iac_does_not_swallow_the_end_of_a_line),
        cmocka_unit_test(an_answer_without_room_is_given_when_asked_again),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
