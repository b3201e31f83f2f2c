/* Whatever a request of the HTTP API says, what the hub gets is text that may be said, one command
 * at a time that is waited for, and each request that was read is answered once. The first byte
 * says what the hub does; the rest is a method, path and query up to the first line's end, then the
 * body, which stands in the events as well. */
#include "dialect/rest.h"
#include "base/check.h"
#include "base/utf8.h"

enum { SIZE_LIMIT = 4096, OUT_SIZE = 1 << 20, STEPS_MAX = 64 };

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

struct play {
    struct decoder decoder; /* first: what the dialect sees */
    struct talk talk;
    struct rest own;
    struct command given; /* the slices are gone by then */
    uint32_t given_count;
    struct buf out;
    char memory[OUT_SIZE];
};

static const struct manner manner = {
    .dialect = DIALECT_WEB, .body_size = SIZE_LIMIT, .name_size = 48};

static void give(struct decoder *decoder, struct command *command) {
    struct play *play = (struct play *)decoder;
    struct slice text = command->text;
    check(command->kind > COMMAND_NONE && command->kind < COMMAND_KINDS);
    check(command->flags & COMMAND_WAITS);
    check(command->room_key.size <= ROOM_KEY_MAX);
    bool said = command->kind == COMMAND_SAY || command->kind == COMMAND_TELL ||
                command->kind == COMMAND_EDIT || command->kind == COMMAND_TOPIC;
    check(!said || text.size == 0 || utf8_valid(text));
    check(!said || text.size == 0 || memchr(text.at, '\r', text.size) == NULL);
    check(text.size == 0 || memchr(text.at, '\0', text.size) == NULL);
    if (command->kind == COMMAND_TOPIC)
        check(text.size == 0 || memchr(text.at, '\n', text.size) == NULL);
    play->given = *command;
    play->given_count++;
}

static void tell(struct play *play, struct event event) {
    event.reply_code = play->given.reply_code;
    size_t begin = play->out.size;
    play->talk.manner = &manner;
    dialect_rest.answer(&play->talk, &event, &play->out);
    check(buf_ok(&play->out) && play->out.size >= begin);
}

/* What came of it: as the byte says, refused or done, with some events before. */
static void hub_answers(struct play *play, uint8_t choice, struct slice text) {
    struct event event = {.room = {1},
                          .seq = 7,
                          .epoch = 1,
                          .author = {USER_NUMBER_FIRST},
                          .author_name = slice_of("ann"),
                          .room_name = slice_of("lobby"),
                          .text = utf8_valid(text) ? slice_head(text, 256) : slice_of("x")};
    if (play->given.kind == COMMAND_LOGIN && (choice & 1)) {
        event.kind = EVENT_LOGGED_IN;
        event.number = 15;
        tell(play, event);
    } else if (choice & 2) {
        event.kind = EVENT_REFUSED;
        event.refusal = (uint8_t)(1 + choice % (REFUSALS - 1));
        event.flags = EVENT_LAST;
        tell(play, event);
        return;
    } else {
        static const enum event_kind kinds[] = {EVENT_SAID,       EVENT_PAST,    EVENT_PAST_END,
                                                EVENT_ROOMS,      EVENT_PEOPLE,  EVENT_TOPIC,
                                                EVENT_TOKEN,      EVENT_TOKENS,  EVENT_WHOIS,
                                                EVENT_ROOM_MODES, EVENT_READ_UP, EVENT_RESTRAINTS};
        event.kind = kinds[(choice >> 2) % (sizeof kinds / sizeof *kinds)];
        tell(play, event);
    }
    event.kind = EVENT_DONE;
    event.flags = EVENT_LAST;
    tell(play, event);
}

/* One answer, with its head. */
static void check_answered(const struct play *play) {
    struct slice out = {play->memory, play->out.size};
    check(slice_starts(out, slice_of("HTTP/1.1 ")));
    check(memmem(out.at, out.size, "\r\n\r\n", 4) != NULL);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size) {
    static struct play play;
    static const char *const methods[] = {"GET", "POST", "PUT", "PATCH", "DELETE", "HEAD"};
    static struct name_rules *names;
    if (size < 3 || size > SIZE_LIMIT) return -1;
    if (!names) names = name_rules_new();
    struct slice rest = slice_from((struct slice){(const char *)bytes, size}, 3);
    struct slice line = slice_until(&rest, '\n'), path = slice_until(&line, '?');
    struct http_request request = {.method = slice_text(methods[bytes[0] % 6]),
                                   .path = path,
                                   .query = line,
                                   .minor_version = 1,
                                   .header_count = 2};
    request.headers[0] = (struct http_header){slice_of("Authorization"),
                                              slice_of("Bearer 0123456789abcdef0123456789abcdef")};
    request.headers[1] =
        (struct http_header){slice_of("Content-Type"),
                             bytes[1] & 1 ? slice_of("application/json") : slice_of("text/plain")};
    play.talk = (struct talk){.manner = &manner, .kind = DIALECT_REST, .own = &play.own};
    play.talk.answers = bytes[1] & 2 ? HTTP_KEEPS : 0;
    if (bytes[0] % 6 == 5) play.talk.answers |= HTTP_HEAD;
    play.own = (struct rest){0};
    play.decoder = (struct decoder){.give = give, .names = names};
    buf_init(&play.out, play.memory, sizeof play.memory);
    struct call call = {.request = &request, .body = rest};
    enum decoded decoded = DECODED_AGAIN;
    for (uint32_t i = 0; i < STEPS_MAX && decoded == DECODED_AGAIN; i++) {
        play.given_count = 0;
        decoded = dialect_rest.call(&play.talk, &call, &play.decoder, &play.out);
        check(play.given_count <= 1 && (decoded != DECODED_AGAIN || play.given_count == 1));
        if (play.given_count == 1) hub_answers(&play, (uint8_t)(bytes[2] >> (i & 3)), rest);
        call.again = true;
    }
    if (decoded == DECODED) check_answered(&play);
    dialect_rest.forget(&play.talk);
    return 0;
}
