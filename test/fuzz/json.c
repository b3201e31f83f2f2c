/* Whatever a browser sends, the hub gets nothing that cuts a line, and whatever people wrote, a
 * browser gets whole objects of JSON without a control character. The first byte says what the hub
 * does; the rest are messages, a line each, and stand in every field of the events. */
#include <jansson.h>

#include "base/check.h"
#include "base/utf8.h"
#include "chat/rights.h"
#include "dialect/dialect.h"
#include "dialect/json.h"

enum { SIZE_LIMIT = 4096, OUT_SIZE = 1 << 20, STEPS_MAX = 256 };

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

struct play {
    struct decoder decoder; /* first: what the dialect sees */
    struct talk talk;
    struct json own;
    struct command given; /* its kind and code: the slices are gone by then */
    uint32_t given_count, turn;
    struct buf out;
};

static const struct manner manner = {.dialect = DIALECT_JSON,
                                     .body_size = SIZE_LIMIT,
                                     .name_size = 48,
                                     .room_size = 5,
                                     .room_key_size = 5,
                                     .room = "lobby",
                                     .room_key = "lobby"};

static void give(struct decoder *decoder, struct command *command) {
    struct play *play = (struct play *)decoder;
    check(command->kind > COMMAND_NONE && command->kind < COMMAND_KINDS);
    check(command->flags & COMMAND_WAITS);
    check(command->name.size <= NAME_SIZE_MAX + MASK_SIZE_MAX);
    check(command->room_key.size <= ROOM_KEY_MAX);
    bool lines = command->kind == COMMAND_SAY || command->kind == COMMAND_TELL ||
                 command->kind == COMMAND_EDIT;
    struct slice text = command->text;
    check(text.size == 0 || memchr(text.at, '\r', text.size) == NULL || command->secret.size > 0 ||
          command->kind == COMMAND_WRONG || command->kind == COMMAND_JOIN ||
          command->kind == COMMAND_SEARCH || command->kind == COMMAND_MODE);
    check(text.size == 0 || memchr(text.at, '\0', text.size) == NULL);
    if (!lines && command->kind == COMMAND_TOPIC) check(!text_has_forbidden(text));
    check(command->kind == COMMAND_WRONG || utf8_valid(text));
    play->given = *command;
    play->given_count++;
}

/* Whole objects, each a line, and no control character in them. */
static void check_out(struct play *play) {
    struct slice rest = buf_slice(&play->out);
    check(buf_ok(&play->out));
    while (rest.size > 0) {
        struct slice line = slice_until(&rest, '\n');
        json_error_t error;
        check(line.size > 0 && line.at[line.size - 1] == '\r');
        line.size--;
        check(utf8_valid(line));
        json_t *object =
            json_loadb(line.at, line.size, JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL, &error);
        check(json_is_object(object) && json_is_string(json_object_get(object, "type")));
        json_decref(object);
        while (line.size > 0) {
            uint32_t c = utf8_take(&line);
            check(c >= 0x20 && (c < 0x7F || c > 0x9F) && c != 0x2028 && c != 0x2029);
        }
    }
    play->out.size = 0;
}

static struct event event_of(struct play *play, enum event_kind kind, struct slice text) {
    uint32_t turn = play->turn++;
    struct event event = {.kind = kind,
                          .flags = (uint16_t)(turn * 2654435761u >> 8),
                          .refusal = (uint8_t)(1 + turn % (REFUSALS - 1)),
                          .speech = (uint8_t)(turn % 3),
                          .why = (uint8_t)(turn % 3),
                          .setting = (uint8_t)(turn % ROLES),
                          .stored = (uint8_t)(turn % STORED_KINDS),
                          .reply_code = turn & 1,
                          .room = {1 + turn % 2},
                          .author = {turn},
                          .count = turn,
                          .seq = turn,
                          .number = turn % ROLES,
                          .target = turn,
                          .epoch = turn,
                          .before = turn % 2,
                          .author_name = slice_head(text, 48),
                          .room_name = slice_head(text, 64),
                          .other = slice_from(text, text.size / 2),
                          .account = slice_head(text, 20),
                          .tags = text,
                          .text = text};
    if (kind == EVENT_ALERT) event.why = (uint8_t)(turn % (ALERT_UNREAD + 1));
    return event;
}

static void happens(struct play *play, enum event_kind kind, struct slice text) {
    struct event event = event_of(play, kind, text);
    dialect_answer(&play->talk, &event, &play->out);
    check_out(play);
    if (kind != EVENT_PAST && kind != EVENT_WELCOME && kind != EVENT_ENTERED) {
        dialect_encode(dialect_view(&play->talk, event.room), &event, &play->out);
        check_out(play);
    }
}

/* The hub lets her in, or does what she asked, or refuses. */
static void hub_answers(struct play *play, uint8_t choice, struct slice text) {
    struct event last = event_of(play, EVENT_DONE, text);
    enum command_kind kind = play->given.kind;
    last.reply_code = play->given.reply_code;
    last.flags |= EVENT_LAST;
    bool comes = kind == COMMAND_HELLO || kind == COMMAND_LOGIN || kind == COMMAND_REGISTER;
    if (comes && choice % 4 != 0) happens(play, EVENT_WELCOME, slice_of("alice"));
    if (kind == COMMAND_JOIN || comes) happens(play, EVENT_ENTERED, text);
    if (kind == COMMAND_WRONG || choice % 4 == 0) last.kind = EVENT_REFUSED;
    if (kind == COMMAND_WRONG) last.refusal = play->given.refusal;
    dialect_answer(&play->talk, &last, &play->out);
    check_out(play);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size) {
    static char out[OUT_SIZE];
    static struct name_rules *names;
    if (size < 2 || size > SIZE_LIMIT) return -1;
    if (!names) names = name_rules_new();
    check(names != NULL);
    struct play play = {.decoder = {.give = give, .names = names}, .turn = bytes[0]};
    play.talk = (struct talk){.manner = &manner, .kind = DIALECT_JSON, .own = &play.own};
    buf_init(&play.out, out, sizeof out);
    dialect_greet(&play.talk, &play.out);
    check_out(&play);
    struct slice stream = {(const char *)bytes + 1, size - 1};
    for (uint32_t step = 0; stream.size > 0 && step < STEPS_MAX; step++) {
        struct slice line = slice_until(&stream, '\n');
        enum decoded decoded = DECODED_AGAIN;
        for (uint32_t again = 0; decoded == DECODED_AGAIN; again++) {
            check(again <= USER_ROOMS_MAX + 8);
            play.given_count = 0;
            decoded = dialect_line_in(&play.talk, line, &play.decoder);
            check(play.given_count == (line.size > 0 && decoded == DECODED_AGAIN) ||
                  decoded == DECODED);
            if (play.given_count > 0) hub_answers(&play, bytes[0], line);
        }
        for (enum event_kind kind = EVENT_EXITED; kind < EVENT_KINDS; kind++)
            if ((kind + step) % 7 == 0) happens(&play, kind, line);
    }
    dialect_forget(&play.talk);
    return 0;
}
