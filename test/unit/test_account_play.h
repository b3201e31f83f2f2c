/* test_account_play.h: people with passwords, on the hub of test_hub_play.h. */
#ifndef TEST_ACCOUNT_PLAY_H
#define TEST_ACCOUNT_PLAY_H

#include "test_hub_play.h"

enum { CONTROL = 2 }; /* the worker behind the last */

static inline struct address from(uint8_t net, uint8_t host) {
    return (struct address){.ip = {[10] = 255, [11] = 255, 10, net, 0, host}, .port = 1};
}

/* A command about a person, typed by somebody of that address. */
static inline void ask(struct play *play, uint32_t slot, enum command_kind kind, const char *name,
                       const char *secret, struct address address) {
    give(play, slot,
         (struct command){.kind = kind,
                          .flags = COMMAND_WAITS,
                          .encrypted = true,
                          .dialect = DIALECT_LINE,
                          .address = address,
                          .name = slice_text(name),
                          .secret = slice_text(secret)});
}

static inline void control(struct play *play, enum command_kind kind, const char *name,
                           const char *secret) {
    struct command command = {.kind = kind,
                              .session = {.generation = 1, .worker = CONTROL},
                              .flags = COMMAND_WAITS,
                              .name = slice_text(name),
                              .name_key = slice_text(name),
                              .secret = slice_text(secret)};
    step(play, (struct hub_input){.kind = INPUT_COMMAND, .command = &command});
}

static inline void proved(struct play *play, uint64_t ticket, bool ok, const char *verifier) {
    struct proved proved = {.ticket = ticket, .ok = ok, .verifier = slice_text(verifier)};
    step(play, (struct hub_input){.kind = INPUT_PROVED, .proved = &proved});
}

static inline void answer(struct play *play, bool ok) {
    proved(play, play->ticket, ok, ok ? "verifier" : "");
}

static inline void come(struct play *play, uint32_t slot, const char *name) {
    give(play, slot,
         (struct command){.kind = COMMAND_HELLO,
                          .address = from(1, (uint8_t)slot),
                          .name = slice_text(name),
                          .room = slice_of("lobby")});
}

/* A guest of slot 0, at 10.1.0.0, who has just made an account. */
static inline void registered(struct play *play, const char *name) {
    come(play, 0, name);
    ask(play, 0, COMMAND_REGISTER, "", "secret", (struct address){0});
    assert_shown(play, "prove");
    answer(play, true);
    assert_int_equal(refused(play), REFUSED_NOT);
}

static inline void bye(struct play *play, uint32_t slot) {
    give(play, slot, (struct command){.kind = COMMAND_BYE});
}

static inline void token_of(struct play *play, uint32_t slot, char token[TOKEN_SIZE + 1]) {
    ask(play, slot, COMMAND_TOKEN, "", "", (struct address){0});
    struct slice text = event_of(play, EVENT_TOKEN)->text;
    assert_int_equal(text.size, TOKEN_SIZE);
    memcpy(token, text.at, TOKEN_SIZE);
    token[TOKEN_SIZE] = 0;
}

#endif
