/* test_hub_play.h: a small hub; each step is verified and shown as the effects that it had. */
#ifndef TEST_HUB_PLAY_H
#define TEST_HUB_PLAY_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>

#include "hub/hub.h"
#include "test_hub_words.h"

enum { SHOWN_MAX = 8192, IDS = 4 };

struct play {
    struct hub *hub;
    struct effects effects;
    struct buf shown; /* of the last step */
    char memory[SHOWN_MAX];
    int64_t now_ms;
    uint64_t random;
    uint64_t secret;    /* as many tokens were drawn */
    uint64_t ticket;    /* of the last proof */
    uint64_t cost;      /* of all records */
    struct record room; /* the last RECORD_ROOM that was not the lobby's, its slices in the hub */
};

static const struct hub_size size = {.workers = 2, .sessions = 40, .rooms = 6, .client_ids = IDS};
static const struct hub_limits limits = {.name_size = 32,
                                         .room_name_size = 64,
                                         .topic_size = 100,
                                         .away_size = 100,
                                         .text_size = 200,
                                         .user_rooms = 3,
                                         .history_count = 10,
                                         .history = true,
                                         .accounts = true,
                                         .guests = true,
                                         .registration = true,
                                         .multiclient = true,
                                         .names_reserved = true,
                                         .login_attempts = 3,
                                         .search = true,
                                         .retract = true};

/* `event@session` for a reply, `#event` for a room, `+record`. */
static inline void show(struct play *play, const struct effect *effect) {
    if (effect->kind == EFFECT_PROVE) {
        buf_text(&play->shown, "prove");
        play->ticket = effect->proof.ticket;
    } else if (effect->kind == EFFECT_RECORD) {
        buf_text(&play->shown, records[effect->record.kind]);
        play->cost = effect->record.cost;
        if (effect->record.kind == RECORD_ROOM) play->room = effect->record;
    } else if (effect->kind == EFFECT_PUBLISH) {
        buf_byte(&play->shown, '#');
        buf_text(&play->shown, events[effect->event.kind]);
    } else {
        buf_text(&play->shown, events[effect->event.kind]);
        buf_byte(&play->shown, '@');
        buf_number(&play->shown, effect->session.slot);
    }
    buf_byte(&play->shown, ' ');
}

static inline void step(struct play *play, struct hub_input input) {
    input.now_ms = play->now_ms;
    input.random = ++play->random * 0x9e3779b97f4a7c15u;
    input.secret[0] = input.secret[1] = ++play->secret;
    hub_step(play->hub, &input, &play->effects);
    hub_verify(play->hub);
    buf_init(&play->shown, play->memory, sizeof play->memory);
    for (uint32_t i = 0; i < play->effects.count; i++)
        show(play, &play->effects.at[i]);
    if (play->shown.size > 0) play->shown.size--;
    buf_byte(&play->shown, 0);
    assert_true(buf_ok(&play->shown));
}

static inline void assert_shown(struct play *play, const char *wanted) {
    assert_string_equal(play->memory, wanted);
}

/* What the last step refused; REFUSED_NOT: nothing. */
static inline enum refusal refused(const struct play *play) {
    for (uint32_t i = 0; i < play->effects.count; i++) {
        const struct effect *effect = &play->effects.at[i];
        if (effect->kind == EFFECT_REPLY && effect->event.refusal) return effect->event.refusal;
    }
    return REFUSED_NOT;
}

static inline const struct event *event_of(const struct play *play, enum event_kind kind) {
    for (uint32_t i = 0; i < play->effects.count; i++) {
        const struct effect *effect = &play->effects.at[i];
        if (effect->kind < EFFECT_RECORD && effect->event.kind == kind) return &effect->event;
    }
    fail_msg("no such event in: %s", play->memory);
    return NULL;
}

static inline const struct record *record_of(const struct play *play, enum record_kind kind) {
    for (uint32_t i = 0; i < play->effects.count; i++) {
        const struct effect *effect = &play->effects.at[i];
        if (effect->kind == EFFECT_RECORD && effect->record.kind == kind) return &effect->record;
    }
    fail_msg("no such record in: %s", play->memory);
    return NULL;
}

static inline void give(struct play *play, uint32_t slot, struct command command) {
    command.session = (struct session_id){.slot = slot, .generation = 1};
    if (command.room.size > 0 && command.room_key.size == 0 && command.room.at[0] >= 'a')
        command.room_key = command.room;
    if (command.name.size > 0) command.name_key = command.name;
    step(play, (struct hub_input){.kind = INPUT_COMMAND, .command = &command});
}

/* The same with what a worker adds in between: where the hub wants something looked up, the reader
 * found what stands in `command`. */
static inline void give_found(struct play *play, uint32_t slot, struct command command) {
    give(play, slot, command);
    if (play->effects.count != 1 || play->effects.at[0].event.kind != EVENT_LOOKUP) return;
    command.flags |= COMMAND_FOUND;
    command.cursor = play->effects.at[0].event.cursor;
    give(play, slot, command);
}

static inline void on_room(struct play *play, uint32_t slot, enum command_kind kind,
                           const char *room, const char *text) {
    give(play, slot,
         (struct command){.kind = kind, .room = slice_text(room), .text = slice_text(text)});
}

static inline void hello(struct play *play, uint32_t slot, const char *name, enum naming naming) {
    give(play, slot,
         (struct command){.kind = COMMAND_HELLO,
                          .naming = (uint8_t)naming,
                          .dialect = DIALECT_LINE,
                          .flags = COMMAND_WAITS,
                          .name = slice_text(name),
                          .room = slice_of("lobby")});
}

static inline void phone(struct play *play, uint32_t slot, uint64_t number, uint8_t ip) {
    give(play, slot,
         (struct command){.kind = COMMAND_HELLO,
                          .naming = NAMING_PHONE,
                          .dialect = DIALECT_PIPE,
                          .number = number,
                          .address = {.ip[15] = ip, .port = 1},
                          .room = slice_of("lobby")});
}

static inline void say_id(struct play *play, uint32_t slot, const char *text, const char *id) {
    give(play, slot,
         (struct command){.kind = COMMAND_SAY,
                          .room = slice_of("lobby"),
                          .text = slice_text(text),
                          .client_id = slice_text(id)});
}

static inline int play_new(void **state) {
    struct play *play = calloc(1, sizeof *play);
    assert_non_null(play);
    play->now_ms = 1000;
    play->hub = hub_new(size, limits, 1);
    assert_non_null(play->hub);
    step(play, (struct hub_input){.kind = INPUT_LOBBY,
                                  .room_name = slice_of("lobby"),
                                  .room_key = slice_of("lobby")});
    assert_shown(play, "+room");
    *state = play;
    return 0;
}

static inline int play_free(void **state) {
    struct play *play = *state;
    hub_free(play->hub);
    free(play);
    return 0;
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, play_new, play_free)

#endif
