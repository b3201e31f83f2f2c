/* JSON: what a client's message may be, what a server's is, and that the tables are whole. The hub
 * is played. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "dialect/json.h"
#include "dialect/json_event.h"
#include "dialect/json_put.h"

enum { OUT_MAX = 1 << 14 };

static const struct manner manner = {.dialect = DIALECT_JSON,
                                     .body_size = 8192,
                                     .name_size = 32,
                                     .room_size = 5,
                                     .room = "lobby",
                                     .room_key_size = 5,
                                     .room_key = "lobby"};

struct play {
    struct decoder decoder; /* first: what the dialect sees */
    struct talk talk;
    struct json own;
    struct command given; /* its slices point into `kept` */
    uint32_t given_count;
    struct buf out, kept;
    char bytes[OUT_MAX], memory[OUT_MAX];
};

/* As a ring does: the message is gone when the command is looked at. */
static void on_give(struct decoder *decoder, struct command *command) {
    struct play *play = (struct play *)decoder;
    play->given = *command;
    play->given_count++;
    for (int i = 0; i < COMMAND_SLICES; i++) {
        size_t at = play->kept.size;
        buf_put(&play->kept, command->slices[i]);
        play->given.slices[i].at = play->kept.at + at;
    }
}

static int setup(void **state) {
    static struct play play;
    play = (struct play){.decoder = {.give = on_give, .names = name_rules_new()}};
    play.talk = (struct talk){
        .manner = &manner, .kind = DIALECT_JSON, .stage = TALK_HERE, .own = &play.own};
    buf_init(&play.out, play.bytes, sizeof play.bytes);
    buf_init(&play.kept, play.memory, sizeof play.memory);
    *state = &play;
    return play.decoder.names == NULL;
}

static int teardown(void **state) {
    struct play *play = *state;
    dialect_forget(&play->talk);
    name_rules_free((struct name_rules *)(uintptr_t)play->decoder.names);
    return 0;
}

static const struct command *sends(struct play *play, const char *message) {
    play->given_count = 0;
    play->kept.size = 0;
    (void)dialect_line_in(&play->talk, slice_text(message), &play->decoder);
    assert_int_equal(play->given_count, 1);
    assert_true(play->given.flags & COMMAND_WAITS);
    return &play->given;
}

static void assert_told(struct play *play, struct event event, const char *wanted) {
    play->out.size = 0;
    dialect_answer(&play->talk, &event, &play->out);
    assert_true(buf_ok(&play->out));
    assert_int_equal(play->out.size, strlen(wanted));
    assert_memory_equal(play->out.at, wanted, play->out.size);
}

/* THREATS 34: the offence is named, and nothing else comes of it. */
static void what_cannot_be_read_is_refused_in_its_turn(void **state) {
    static const char *const bad[] = {
        "[[[[[[[[[[[[[[[[[",
        "{\"type\":\"ping\",\"type\":\"ping\"}",
        "{\"type\":\"ping\"} x",
        "{\"type\":\"send\",\"room\":1,\"text\":\"\\u0000\"}",
        "{\"type\":\"send\",\"room\":1,\"text\":\"\\ud800\"}",
        "{\"type\":\"send\",\"room\":1e400}",
        "\xEF\xBB\xBF{\"type\":\"ping\"}",
        "\xFF",
        "{\"type\":\"send\",\"room\":0,\"text\":\"a\"}",
        "{\"type\":\"send\",\"room\":1,\"text\":\"a\",\"colour\":1}",
        "7",
        "{}",
        "{\"type\":\"join\",\"room\":1,\"epoch\":\"0000000000000000\",\"seq\":1}"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        const struct command *wrong = sends(*state, bad[i]);
        assert_int_equal(wrong->kind, COMMAND_WRONG);
        assert_int_equal(wrong->refusal, REFUSED_MESSAGE_BAD);
        assert_true(wrong->text.size > 0);
    }
}

static void a_message_becomes_its_command(void **state) {
    const struct command *c = sends(*state, "{\"type\":\"send\",\"room\":7,\"text\":\"a\\nb\","
                                            "\"reply\":3,\"client_id\":\"x\",\"kind\":\"action\"}");
    assert_int_equal(c->kind, COMMAND_SAY);
    assert_int_equal(c->room_id.v, 7);
    assert_int_equal(c->target, 3);
    assert_int_equal(c->speech, SPEECH_ACTION);
    assert_true(slice_equal(c->text, slice_of("a\nb")));
    assert_true(slice_equal(c->client_id, slice_of("x")));
    c = sends(*state, "{\"type\":\"history\",\"to\":\"bob\",\"around\":9,\"all\":true}");
    assert_int_equal(c->kind, COMMAND_HISTORY);
    assert_int_equal(c->flags, COMMAND_WAITS | COMMAND_AROUND | COMMAND_FULL);
    assert_true(slice_equal(c->name_key, slice_of("bob")));
    c = sends(*state, "{\"type\":\"mode\",\"room\":\"lab\",\"setting\":\"slow\",\"value\":5}");
    assert_int_equal(c->setting, SETTING_SLOW);
    assert_int_equal(c->number, 5);
    assert_true(slice_equal(c->room_key, slice_of("lab")));
    c = sends(*state, "{\"type\":\"rename\",\"room\":\"lab\",\"name\":\"Labor\"}");
    assert_true(slice_equal(c->room, slice_of("lab")));
    assert_true(slice_equal(c->name, slice_of("Labor")));
    assert_true(slice_equal(c->name_key, slice_of("labor")));
}

/* THREATS 40. */
static void one_line_stays_one_line(void **state) {
    static const char *const bad[] = {
        "{\"type\":\"topic\",\"room\":1,\"text\":\"a\\nb\"}",
        "{\"type\":\"away\",\"text\":\"a\\nb\"}",
        "{\"type\":\"send\",\"room\":1,\"text\":\"a\\r\\nb\"}",
        "{\"type\":\"kick\",\"room\":1,\"name\":\"b\",\"why\":\"\\n\"}",
        "{\"type\":\"remove\",\"room\":1,\"target\":1,\"why\":\"\\n\"}"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_int_equal(sends(*state, bad[i])->refusal, REFUSED_BAD_CHARACTER);
}

static void answers_bear_the_ref_of_what_was_asked(void **state) {
    struct play *play = *state;
    sends(play, "{\"type\":\"send\",\"ref\":9,\"room\":7,\"text\":\"a\",\"client_id\":\"x\"}");
    assert_told(
        play,
        (struct event){
            .kind = EVENT_SAID, .reply_code = JSON_ASKED, .room = {7}, .seq = 3, .time_ms = 5},
        "{\"type\":\"ack\",\"ref\":9,\"room\":7,\"seq\":3,\"time\":5,\"client_id\":\"x\","
        "\"again\":false}\r\n");
    assert_told(
        play,
        (struct event){.kind = EVENT_REFUSED,
                       .reply_code = JSON_ASKED,
                       .refusal = REFUSED_TOO_SOON,
                       .number = 4},
        "{\"type\":\"error\",\"ref\":9,\"code\":\"too_soon\",\"text\":\"the room is in slow "
        "mode; speak again in 4 seconds\",\"retry_ms\":4000,\"of\":\"send\"}\r\n");
}

static void what_people_wrote_is_escaped(void **state) {
    char memory[256];
    struct buf out;
    (void)state;
    buf_init(&out, memory, sizeof memory);
    json_put_string(&out, slice_of("a\"\\\n\x01\x7F\xC2\x85\xE2\x80\xA8\xFF</b>\xC3\xA9"));
    struct slice wanted =
        slice_of("\"a\\\"\\\\\\n\\u0001\\u007f\\u0085\\u2028\xEF\xBF\xBD</b>\xC3\xA9\"");
    assert_true(slice_equal(buf_slice(&out), wanted));
}

/* A page says the same of an event as it was said live. */
static void a_stored_event_is_what_it_was_live(void **state) {
    static const struct {
        struct event live, past;
    } pairs[] = {
        {{.kind = EVENT_MODE_SET, .setting = SETTING_SLOW, .number = 3},
         {.stored = STORED_MODE, .text = {"slow 3", 6}}},
        {{.kind = EVENT_ROLE_SET, .number = ROLE_OPERATOR, .other = {"bob", 3}},
         {.stored = STORED_ROLE, .text = {"operator bob", 12}}},
        {{.kind = EVENT_REACTED, .target = 4, .text = {"+1", 2}, .flags = EVENT_OFF},
         {.stored = STORED_UNREACTION, .target = 4, .text = {"+1", 2}}},
        {{.kind = EVENT_TOPIC_SET, .text = {"tea", 3}},
         {.stored = STORED_TOPIC, .text = {"tea", 3}}},
        {{.kind = EVENT_SAID, .text = {"hi", 2}}, {.stored = STORED_MESSAGE, .text = {"hi", 2}}},
    };
    (void)state;
    for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++) {
        char memory[2][512];
        struct buf live, past;
        struct event stored = pairs[i].past;
        stored.kind = EVENT_PAST;
        buf_init(&live, memory[0], sizeof memory[0]);
        buf_init(&past, memory[1], sizeof memory[1]);
        assert_true(json_event_put(&pairs[i].live, &live));
        assert_true(json_event_put(&stored, &past));
        assert_int_equal(live.size, past.size);
        assert_memory_equal(live.at, past.at, live.size);
    }
}

static void every_refusal_has_a_code_of_its_own(void **state) {
    (void)state;
    for (int i = 1; i < REFUSALS; i++)
        for (int k = 1; k < i; k++)
            assert_string_not_equal(json_code((enum refusal)i), json_code((enum refusal)k));
}

static void the_schema_is_json_and_has_every_type(void **state) {
    static char memory[JSON_SCHEMA_SIZE_MAX];
    struct buf out;
    json_error_t error;
    (void)state;
    buf_init(&out, memory, sizeof memory);
    json_schema(&out);
    assert_true(buf_ok(&out));
    json_t *schema = json_loadb(out.at, out.size, JSON_REJECT_DUPLICATES, &error);
    assert_non_null(schema);
    const json_t *types = json_object_get(schema, "$defs");
    for (int i = 0; i < TYPES; i++) {
        assert_true(i == TYPE_HELLO || json_rows[i].run != NULL);
        assert_int_equal(json_rows[i].needs & ~json_rows[i].takes, 0);
        assert_non_null(json_object_get(types, json_rows[i].type));
    }
    json_decref(schema);
}

#define in_play(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void) {
    const struct CMUnitTest tests[] = {
        in_play(what_cannot_be_read_is_refused_in_its_turn),
        in_play(a_message_becomes_its_command),
        in_play(one_line_stays_one_line),
        in_play(answers_bear_the_ref_of_what_was_asked),
        cmocka_unit_test(what_people_wrote_is_escaped),
        cmocka_unit_test(a_stored_event_is_what_it_was_live),
        cmocka_unit_test(every_refusal_has_a_code_of_its_own),
        cmocka_unit_test(the_schema_is_json_and_has_every_type),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
