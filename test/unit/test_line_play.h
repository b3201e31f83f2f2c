/* test_line_play.h: a session of the line dialect without a hub, which the tests play: what it gave
 * the hub, and what it was sent. Alice types into room 7 and is in room 8 as well. */
#ifndef TEST_LINE_PLAY_H
#define TEST_LINE_PLAY_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "dialect/dialect.h"

enum { OUT_MAX = 1 << 14 };

static const struct manner manner = {.dialect = DIALECT_LINE,
                                     .announce = true,
                                     .commands = true,
                                     .crlf = true,
                                     .line_size = 512,
                                     .name_size = 32,
                                     .backlog_lines = 3};

struct play {
    struct decoder decoder; /* first: what the dialect sees */
    struct talk talk;
    struct command given;
    uint32_t given_count;
    struct buf out;
    char bytes[OUT_MAX];
};

static void on_give(struct decoder *decoder, struct command *command) {
    struct play *play = (struct play *)decoder;
    play->given = *command;
    play->given_count++;
}

static int setup(void **state) {
    static struct play play;
    play.decoder = (struct decoder){.give = on_give, .names = name_rules_new()};
    play.talk = (struct talk){.manner = &manner,
                              .kind = DIALECT_LINE,
                              .stage = TALK_HERE,
                              .first_line_read = true,
                              .home = {7},
                              .focus = {7}};
    buf_init(&play.out, play.bytes, sizeof play.bytes);
    *state = &play;
    return play.decoder.names == NULL;
}

static int teardown(void **state) {
    struct play *play = *state;
    name_rules_free((struct name_rules *)(uintptr_t)play->decoder.names);
    return 0;
}

static const struct command *types(struct play *play, const char *line) {
    play->given_count = 0;
    assert_int_equal(dialect_line_in(&play->talk, slice_text(line), &play->decoder), DECODED);
    assert_int_equal(play->given_count, 1);
    return &play->given;
}

#define in_play(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

#endif
