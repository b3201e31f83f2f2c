/* test_rule_play.h: what people do to rooms and to each other, for the tests of moderation. */
#ifndef TEST_RULE_PLAY_H
#define TEST_RULE_PLAY_H

#include "base/secret.h"
#include "chat/rights.h"
#include "test_hub_play.h"

static inline void limits_set(struct play *play, struct hub_limits changed) {
    step(play, (struct hub_input){.kind = INPUT_LIMITS, .limits = &changed});
}

/* From here on `boss` with the password `boss` is an administrator of the configuration. */
static inline struct hub_limits limits_with_boss(void) {
    struct hub_limits changed = limits;
    changed.oper_count = 1;
    changed.opers[0].name_size = 4;
    changed.opers[0].powers = POWER_ALL;
    memcpy(changed.opers[0].name, "boss", 4);
    secret_hash(slice_of("boss"), changed.opers[0].hash);
    return changed;
}

static inline void oper(struct play *play, uint32_t slot) {
    give(play, slot,
         (struct command){.kind = COMMAND_OPER,
                          .encrypted = true,
                          .name = slice_of("boss"),
                          .secret = slice_of("boss")});
    assert_int_equal(refused(play), REFUSED_NOT);
}

/* The guest makes an account of her name. */
static inline void registers(struct play *play, uint32_t slot) {
    give(play, slot,
         (struct command){
             .kind = COMMAND_REGISTER, .encrypted = true, .secret = slice_of("password")});
    assert_int_equal(refused(play), REFUSED_NOT);
    struct proved proved = {
        .ticket = play->ticket, .ok = true, .verifier = slice_of("$argon2id$x")};
    step(play, (struct hub_input){.kind = INPUT_PROVED, .proved = &proved});
    assert_int_equal(refused(play), REFUSED_NOT);
}

static inline void bye(struct play *play, uint32_t slot) {
    give(play, slot, (struct command){.kind = COMMAND_BYE});
}

static inline void mode(struct play *play, uint32_t slot, const char *room,
                        enum room_setting setting, uint64_t number) {
    give(play, slot,
         (struct command){.kind = COMMAND_MODE,
                          .room = slice_text(room),
                          .setting = (uint8_t)setting,
                          .number = number});
}

/* A command of `kind` about `name` in `room`, done and not undone. */
static inline void on_person(struct play *play, uint32_t slot, enum command_kind kind,
                             const char *room, const char *name, uint64_t number) {
    give(play, slot,
         (struct command){.kind = kind,
                          .flags = COMMAND_SETS,
                          .room = slice_text(room),
                          .name = slice_text(name),
                          .number = number});
}

static inline void undo(struct play *play, uint32_t slot, enum command_kind kind, const char *room,
                        const char *name) {
    give(play, slot,
         (struct command){.kind = kind, .room = slice_text(room), .name = slice_text(name)});
}

static inline void says(struct play *play, uint32_t slot, const char *room) {
    on_room(play, slot, COMMAND_SAY, room, "hello");
}

static inline bool shown(const struct play *play, const char *word) {
    return strstr(play->memory, word) != NULL;
}

#endif
