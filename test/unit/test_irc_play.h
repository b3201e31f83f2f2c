/* test_irc_play.h: a session of the IRC dialect without a hub, which the tests play: what it gave
 * the hub as text, and what it was sent. */
#ifndef TEST_IRC_PLAY_H
#define TEST_IRC_PLAY_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "dialect/irc.h"
enum { GIVEN_MAX = 4096, OUT_MAX = 65536 };

/* A session: what it gave the hub as text, and what it was sent. */
struct play {
    struct decoder decoder; /* first: what the dialect sees */
    struct manner manner;
    struct talk talk;
    struct irc_own own;
    struct command last;
    struct buf given, out;
    char given_bytes[GIVEN_MAX], out_bytes[OUT_MAX];
};

static const char *const kinds[COMMAND_KINDS] = {
    [COMMAND_HELLO] = "hello",     [COMMAND_NICK] = "nick",        [COMMAND_JOIN] = "join",
    [COMMAND_LEAVE] = "leave",     [COMMAND_SAY] = "say",          [COMMAND_TOPIC] = "topic",
    [COMMAND_WHO] = "who",         [COMMAND_PEOPLE] = "people",    [COMMAND_ROOMS] = "rooms",
    [COMMAND_PING] = "ping",       [COMMAND_ROOM_MODES] = "modes", [COMMAND_WRONG] = "wrong",
    [COMMAND_BYE] = "bye",         [COMMAND_TAG] = "tag",          [COMMAND_TELL] = "tell",
    [COMMAND_HISTORY] = "history",
};

static inline void put_part(struct play *play, const char *name, struct slice part) {
    if (part.size == 0) return;
    buf_text(&play->given, name);
    buf_put(&play->given, part);
}

/* `join key=a; ` and the like. COMMAND_PING and COMMAND_WRONG are answered as by the hub. */
static inline void give(struct decoder *decoder, struct command *command) {
    struct play *play = (struct play *)decoder;
    assert_non_null(kinds[command->kind]);
    play->last = *command;
    if (command->kind == COMMAND_PING || command->kind == COMMAND_WRONG) {
        struct event event = {.kind = EVENT_PONG,
                              .reply_code = command->reply_code,
                              .refusal = command->refusal,
                              .number = command->number,
                              .text = command->text};
        if (command->kind == COMMAND_WRONG) event.kind = EVENT_REFUSED;
        dialect_answer(&play->talk, &event, &play->out);
        return;
    }
    buf_text(&play->given, kinds[command->kind]);
    put_part(play, " name=", command->name);
    put_part(play, " key=", command->room_key);
    put_part(play, " text=", command->text);
    static const char *const speeches[] = {"", " action", " notice"};
    buf_text(&play->given, speeches[command->speech]);
    if (command->flags & COMMAND_SETS) buf_text(&play->given, " sets");
    if (command->flags & COMMAND_WAITS) buf_text(&play->given, " waits");
    buf_text(&play->given, "; ");
}

static inline void open_play(struct play *play) {
    *play = (struct play){.decoder = {.give = give, .names = play->decoder.names},
                          .manner = {.dialect = DIALECT_IRC,
                                     .line_size = 8192,
                                     .name_size = 48,
                                     .room_size = 5,
                                     .room = "lobby"}};
    play->talk = (struct talk){.manner = &play->manner, .kind = DIALECT_IRC, .own = &play->own};
    buf_init(&play->given, play->given_bytes, GIVEN_MAX);
    buf_init(&play->out, play->out_bytes, OUT_MAX);
}

/* One pass over a line. */
static inline enum decoded pass(struct play *play, const char *line) {
    return dialect_line_in(&play->talk, slice_text(line), &play->decoder);
}

/* A line, read until it is done. */
static inline void types(struct play *play, const char *line) {
    while (pass(play, line) == DECODED_AGAIN)
        continue;
}

static inline void hears(struct play *play, struct event event) {
    dialect_answer(&play->talk, &event, &play->out);
}

/* The hub refuses what it was given last. */
static inline void hears_refused(struct play *play, enum refusal why, struct slice text) {
    hears(play, (struct event){.kind = EVENT_REFUSED,
                               .refusal = (uint8_t)why,
                               .reply_code = play->last.reply_code,
                               .text = text});
}

static inline void hears_entered(struct play *play, uint8_t flags, struct slice topic) {
    hears(play, (struct event){.kind = EVENT_ENTERED,
                               .flags = flags,
                               .room = {7},
                               .room_name = slice_of("a"),
                               .reply_code = play->last.reply_code,
                               .text = topic});
}

/* What others of the room see of it. */
static inline void sees(struct play *play, struct event event) {
    dialect_encode(dialect_view(&play->talk, event.room), &event, &play->out);
}

static inline int setup(void **state) {
    static struct play play;
    play.decoder.names = name_rules_new();
    open_play(&play);
    *state = &play;
    return play.decoder.names == NULL;
}

/* Past the registration, as alice. */
static inline int setup_alice(void **state) {
    setup(state);
    struct play *play = *state;
    hears(play, (struct event){.kind = EVENT_WELCOME, .author_name = slice_of("alice")});
    play->out.size = 0;
    return 0;
}

static inline int teardown(void **state) {
    struct play *play = *state;
    name_rules_free((struct name_rules *)(uintptr_t)play->decoder.names);
    return 0;
}

static inline void assert_text(struct buf *buf, const char *wanted) {
    assert_true(buf_ok(buf));
    buf_byte(buf, '\0');
    assert_string_equal(buf->at, wanted);
    buf->size = 0;
}

static inline void assert_gave(struct play *play, const char *wanted) {
    assert_text(&play->given, wanted);
}

static inline void assert_sent(struct play *play, const char *wanted) {
    assert_text(&play->out, wanted);
}

/* What was sent begins so, and holds that; then it is forgotten. */
static inline void assert_sent_once(struct play *play, const char *begin, const char *part) {
    struct slice out = buf_slice(&play->out);
    assert_true(slice_starts(out, slice_text(begin)));
    assert_non_null(memmem(out.at, out.size, part, strlen(part)));
    play->out.size = 0;
}

#endif
