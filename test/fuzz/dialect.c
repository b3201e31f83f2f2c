/* Whatever people type, in any dialect, nothing but whole, harmless lines reaches anybody. The
 * first byte chooses the dialect, the second the listener's settings, the third what the hub does;
 * the rest is typed, and is in every field of the events that come back. */
#include <stdlib.h>

#include "base/check.h"
#include "base/utf8.h"
#include "chat/rights.h"
#include "dialect/dialect.h"
#include "dialect/irc_reply.h"
#include "wire/line.h"

enum { SIZE_LIMIT = 2048, OUT_SIZE = 2 * 1048576, GIVEN_MAX = 32, NAME_MAX = 16 };

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

struct play {
    struct decoder decoder; /* first: what the dialect sees */
    struct manner manner;
    struct talk talk;
    _Alignas(16) char own[2048];
    struct command given[GIVEN_MAX]; /* by one reading of a line */
    size_t given_count;
    struct slice typed, line; /* all of it; the line being read */
    uint32_t turn;            /* counts events */
    uint8_t choice;
    bool ended;
    struct buf out;
};

static char kept[1 << 20]; /* the slices of what was given to one run */
static size_t kept_size;

static const enum dialect_kind kinds[] = {DIALECT_LINE, DIALECT_FRIENDLY, DIALECT_PIPE,
                                          DIALECT_DOLLAR, DIALECT_IRC};

/* ---- what a dialect may send ---- */

static bool is_irc_formatting(uint32_t c) {
    return c != 0 && c < 0x20 && strchr("\x02\x03\x04\x0F\x11\x16\x1D\x1E\x1F", (int)c) != NULL;
}

/* Take a colour of the friendly dialect off the text behind its ESC. */
static void take_colour(struct slice *text) {
    struct slice sequence = slice_until(text, 'm');
    if (slice_equal(sequence, slice_of("[0"))) return;
    check(slice_starts(sequence, slice_of("[38;2;")));
    sequence = slice_from(sequence, 6);
    for (int i = 0; i < 3; i++) {
        uint64_t value;
        check(slice_number(slice_until(&sequence, ';'), 255, &value));
    }
    check(sequence.size == 0);
}

static void check_harmless(const struct play *play, struct slice text) {
    bool irc = play->talk.kind == DIALECT_IRC;
    check(utf8_valid(text));
    while (text.size > 0) {
        uint32_t c = utf8_take(&text);
        if (c == 0x1B && play->talk.kind == DIALECT_FRIENDLY && play->manner.colour) {
            take_colour(&text);
            continue;
        }
        if (irc && is_irc_formatting(c)) continue;
        check(c >= 0x20 || c == '\t');
        check(c < 0x7F || c > 0x9F);
        check(c < 0x202A || c > 0x202E);
        check(c < 0x2066 || c > 0x2069);
    }
}

/* From the server or from a person. */
static void check_irc_line(struct slice line) {
    check(line.size <= 510);
    check(slice_starts(line, slice_of(":")) || slice_starts(line, slice_of("ERROR :")));
}

/* An action, or what clients ask and answer each other; never DCC. */
static struct slice without_ctcp(struct slice line) {
    if (line.size == 0 || line.at[line.size - 1] != '\x01') return line;
    line.size--;
    for (size_t i = 0; i + 2 <= line.size; i++) {
        struct slice rest = slice_from(line, i);
        if (!slice_starts(rest, slice_of(":\001"))) continue;
        check(!slice_starts(rest, slice_of(":\001DCC")));
        check_harmless(&(struct play){.talk.kind = DIALECT_IRC}, slice_head(line, i));
        return slice_from(rest, 2);
    }
    return line;
}

static void check_pipe_line(struct slice line) {
    uint64_t number;
    check(slice_number(slice_until(&line, '|'), 999, &number));
    check(slice_number(slice_until(&line, '|'), UINT32_MAX, &number));
}

static void check_line(const struct play *play, struct slice line) {
    bool crlf =
        play->talk.kind == DIALECT_IRC || (play->talk.kind == DIALECT_LINE && play->manner.crlf);
    if (crlf) {
        check(line.size > 0 && line.at[line.size - 1] == '\r');
        line.size--;
    }
    if (play->talk.kind == DIALECT_IRC) check_irc_line(line);
    if (play->talk.kind == DIALECT_PIPE) check_pipe_line(line);
    check_harmless(play, play->talk.kind == DIALECT_IRC ? without_ctcp(line) : line);
}

/* Look at what was sent, and forget it. `said`: all of it is what a person said. */
static void check_out(struct play *play, bool said) {
    struct slice rest = buf_slice(&play->out);
    check(buf_ok(&play->out));
    check(rest.size == 0 || rest.at[rest.size - 1] == '\n');
    while (rest.size > 0) {
        struct slice line = slice_until(&rest, '\n');
        check_line(play, line);
        if (!said) continue;
        /* the server's own lines cannot be forged */
        if (play->talk.kind == DIALECT_LINE || play->talk.kind == DIALECT_FRIENDLY)
            check(!slice_starts(line, slice_of("* ")));
        if (play->talk.kind == DIALECT_DOLLAR) check(!slice_starts(line, slice_of("$$")));
    }
    play->out.size = 0;
}

/* ---- what comes of a command ---- */

/* A name as no hub lets it be; every other turn an honest one. */
static struct slice name_of(const struct play *play, size_t at) {
    struct slice name = slice_head(slice_from(play->line, at), NAME_MAX);
    return play->turn % 2 == 0 || name.size == 0 ? slice_of("alice") : name;
}

static struct event event_of(struct play *play, enum event_kind kind) {
    uint32_t turn = play->turn++ * 7 + play->choice;
    struct event event = {.kind = kind,
                          .flags = (uint16_t)(turn & 4095),
                          .refusal = (uint8_t)(1 + turn % (REFUSALS - 1)),
                          .speech = (uint8_t)(turn % 3),
                          .why = (uint8_t)(turn % 3), /* of every enum that it may be */
                          .setting = (uint8_t)(turn % ROOM_SETTINGS),
                          .stored = (uint8_t)(turn % (STORED_KINDS + 1)),
                          .dialect = (uint8_t)(turn % DIALECTS),
                          .room = {1 + turn % 2},
                          .author = {turn},
                          .count = turn,
                          .seq = turn,
                          .time_ms = turn,
                          .number = turn,
                          .target = turn % 2,
                          .epoch = turn,
                          .before = turn % 2,
                          .cursor = turn % 4,
                          .address = play->talk.address,
                          .author_name = name_of(play, 0),
                          .room_name = name_of(play, 3),
                          .text = turn % 3 == 0 ? play->typed : play->line,
                          .other = name_of(play, 5)};
    if (kind == EVENT_ROLE_SET) event.number = turn % ROLES;
    if (kind == EVENT_ROOM_RENAMED) event.text = name_of(play, 4);
    if (kind == EVENT_TOLD) event.setting = (uint8_t)(turn % ROLES); /* or to those of a role */
    if (kind == EVENT_ALERT) event.why = (uint8_t)(turn % (ALERT_UNREAD + 1));
    if (event.stored == STORED_KINDS) event.stored = STORED_NOTHING;
    return event;
}

static void answer(struct play *play, const struct event *event) {
    dialect_answer(&play->talk, event, &play->out);
    check_out(play, false);
}

/* The lists that the hub writes. */
static void answer_list(struct play *play, struct event *event) {
    char memory[SIZE_LIMIT + 64];
    struct buf list;
    struct slice typed = play->typed;
    buf_init(&list, memory, sizeof memory);
    if (event->kind == EVENT_ROOMS) buf_text(&list, "7\tlobby\t3\t");
    if (event->kind == EVENT_RESTRAINTS) buf_text(&list, "ban\t");
    buf_put(&list, slice_until(&typed, '\n'));
    buf_byte(&list, '\n');
    event->text = buf_slice(&list);
    answer(play, event);
}

static bool refused(struct play *play, const struct command *command, uint32_t one_of) {
    if ((play->turn + play->choice) % one_of != 0) return false;
    struct event event = event_of(play, EVENT_REFUSED);
    event.reply_code = command->reply_code;
    answer(play, &event);
    return true;
}

static void answer_hello(struct play *play, const struct command *command) {
    struct slice name = command->name.size > 0 ? command->name : slice_of("client-7");
    if (refused(play, command, 3)) {
        play->ended = play->talk.kind == DIALECT_PIPE; /* a phone's id is refused for good */
        return;
    }
    struct event welcome = event_of(play, EVENT_WELCOME);
    welcome.author_name = name;
    answer(play, &welcome);
    struct event entered = event_of(play, EVENT_ENTERED);
    entered.flags = EVENT_FIRST;
    answer(play, &entered);
}

static void answer_command(struct play *play, const struct command *command) {
    enum event_kind kind = EVENT_DONE;
    if (command->kind == COMMAND_HELLO) {
        answer_hello(play, command);
        return;
    }
    if (command->kind == COMMAND_BYE) play->ended = true;
    if (command->kind == COMMAND_JOIN) kind = EVENT_ENTERED;
    if (command->kind == COMMAND_LEAVE) kind = EVENT_EXITED;
    if (command->kind == COMMAND_PING) kind = EVENT_PONG;
    if (command->kind == COMMAND_WRONG) kind = EVENT_REFUSED;
    if (command->kind == COMMAND_HELP) kind = EVENT_HELP;
    if (command->kind == COMMAND_WHO) kind = EVENT_NAMES;
    if (command->kind == COMMAND_ROOMS) kind = EVENT_ROOMS;
    if (command->kind == COMMAND_RESTRAINTS) kind = EVENT_RESTRAINTS;
    if (command->kind == COMMAND_TOPIC) kind = EVENT_TOPIC;
    if (command->kind == COMMAND_TELL) kind = EVENT_TOLD;
    if (command->kind == COMMAND_READ) kind = EVENT_READ_UP;
    bool pages = command->kind == COMMAND_HISTORY || command->kind == COMMAND_SEARCH ||
                 command->kind == COMMAND_RESUME || command->kind == COMMAND_AUDIT;
    if (pages) kind = EVENT_QUERY;
    struct event event = event_of(play, kind);
    event.reply_code = command->reply_code;
    if (kind == EVENT_REFUSED || kind == EVENT_PONG || kind == EVENT_HELP) {
        event.refusal = command->refusal;
        event.text = command->text;
    }
    if (kind == EVENT_NAMES || kind == EVENT_ROOMS || kind == EVENT_RESTRAINTS)
        answer_list(play, &event);
    else if (kind == EVENT_REFUSED || kind == EVENT_PONG || !refused(play, command, 5))
        answer(play, &event);
}

/* What happens around her: each kind in turn, for her own eyes and for a room. */
static void something_happens(struct play *play) {
    static const enum event_kind told[] = {
        EVENT_SAID,       EVENT_JOINED,       EVENT_LEFT,    EVENT_TOPIC_SET, EVENT_RENAMED,
        EVENT_SAID,       EVENT_PAST,         EVENT_EXITED,  EVENT_CREATED,   EVENT_QUERY,
        EVENT_PAST_END,   EVENT_TOPIC,        EVENT_CLOSE,   EVENT_DELETED,   EVENT_TOLD,
        EVENT_EDITED,     EVENT_RETRACTED,    EVENT_REACTED, EVENT_MODE_SET,  EVENT_ROLE_SET,
        EVENT_RESTRAINED, EVENT_ROOM_RENAMED, EVENT_ALERT,   EVENT_FOUND,     EVENT_READ_UP,
        EVENT_PAST,       EVENT_LOGGED_IN,    EVENT_TOKEN};
    struct event event = event_of(play, told[play->turn % (sizeof told / sizeof *told)]);
    bool said = event.kind == EVENT_SAID;
    if (said) event.author_name = slice_of("alice");
    dialect_encode(dialect_view(&play->talk, event.room), &event, &play->out);
    check_out(play, said);
    if (event.kind == EVENT_RENAMED) event.other = slice_of("bob"); /* she typed it: allowed */
    answer(play, &event);
}

/* ---- what a dialect may ask ---- */

/* As a ring does: what is typed ahead of it may lie in memory that is gone when it is answered. */
static void keep(struct command *command) {
    for (int i = 0; i < COMMAND_SLICES; i++) {
        struct slice *slice = &command->slices[i];
        check(slice->size <= sizeof kept - kept_size);
        if (slice->size > 0) memcpy(kept + kept_size, slice->at, slice->size);
        slice->at = kept + kept_size;
        kept_size += slice->size;
    }
}

static void give(struct decoder *decoder, struct command *command) {
    struct play *play = (struct play *)decoder;
    check(play->given_count < GIVEN_MAX);
    check(command->kind > COMMAND_NONE && command->kind < COMMAND_KINDS);
    check(command->kind != COMMAND_WRONG || (command->refusal > 0 && command->refusal < REFUSALS));
    check(command->people_count <= ADMIT_MAX);
    bool filters = command->kind == COMMAND_FILTER;
    check(command->name.size <= NAME_SIZE_MAX);
    check(command->name_key.size <= (filters ? (size_t)MASK_SIZE_MAX : USER_KEY_MAX));
    check(command->room_key.size <= ROOM_KEY_MAX);
    struct slice text = command->text; /* where it is a list, each part is ended by LF */
    bool lists =
        command->kind == COMMAND_PEOPLE || command->kind == COMMAND_MODES ||
        (play->talk.kind == DIALECT_IRC && (command->reply_code & ~IRC_LABELLED) == ECHO_SERVICE);
    for (int i = 0; i < COMMAND_SLICES; i++)
        if (!lists || command->slices[i].at != text.at)
            check(!text_has_forbidden(command->slices[i]));
    while (lists && text.size > 0)
        check(!text_has_forbidden(slice_until(&text, '\n')));
    bool wrong = command->kind == COMMAND_WRONG; /* its text is cut at a byte, and shown so */
    check(wrong || utf8_valid(command->text));
    play->given[play->given_count] = *command;
    keep(&play->given[play->given_count++]);
}

static void read_line(struct play *play) {
    for (size_t pass = 0; !play->ended; pass++) {
        play->given_count = 0;
        enum decoded decoded = dialect_line_in(&play->talk, play->line, &play->decoder);
        for (size_t i = 0; i < play->given_count && !play->ended; i++)
            answer_command(play, &play->given[i]);
        if (decoded == DECODED_CLOSE) play->ended = true;
        if (decoded != DECODED_AGAIN) break;
        check(pass <= 2 * play->line.size);
    }
    if (!play->ended) something_happens(play);
}

static void open_play(struct play *play, const uint8_t *bytes, size_t size) {
    static char out[OUT_SIZE];
    static struct name_rules *names;
    if (!names) names = name_rules_new();
    check(names != NULL);
    uint8_t settings = bytes[1];
    *play = (struct play){.decoder = {.give = give, .names = names},
                          .manner = {.dialect = kinds[bytes[0] % (sizeof kinds / sizeof *kinds)],
                                     .sender = settings % 3,
                                     .greeting = settings & 4,
                                     .announce = settings & 8,
                                     .commands = settings & 16,
                                     .crlf = settings & 32,
                                     .colour = settings & 64,
                                     .line_size = settings & 128 ? 8192 : 64,
                                     .name_size = 48,
                                     .room_size = 5,
                                     .room_key_size = 5,
                                     .room = "lobby",
                                     .room_key = "lobby"},
                          .choice = bytes[2],
                          .typed = {(const char *)bytes + 3, size - 3}};
    kept_size = 0;
    check(dialect_of((enum dialect_kind)play->manner.dialect)->own_size <= sizeof play->own);
    memset(play->own, 0, sizeof play->own);
    play->talk = (struct talk){
        .manner = &play->manner, .kind = (uint8_t)play->manner.dialect, .own = play->own};
    buf_init(&play->out, out, sizeof out);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size) {
    static struct play play;
    if (size < 3 || size > SIZE_LIMIT) return -1;
    open_play(&play, bytes, size);
    dialect_greet(&play.talk, &play.out);
    check_out(&play, false);
    dialect_open(&play.talk, &play.decoder);
    for (size_t i = 0; i < play.given_count; i++)
        answer_command(&play, &play.given[i]);
    struct slice stream = play.typed;
    bool dropping = false;
    while (!play.ended && stream.size > 0) {
        enum line_result result = line_take(&stream, play.manner.line_size, &dropping, &play.line);
        play.given_count = 0;
        if (result == LINE_NONE) break;
        if (result == LINE_WHOLE) read_line(&play);
        if (result == LINE_TOO_LONG) dialect_line_too_long(&play.talk, &play.decoder);
        for (size_t i = 0; result == LINE_TOO_LONG && i < play.given_count && !play.ended; i++)
            answer_command(&play, &play.given[i]);
    }
    dialect_forget(&play.talk);
    return 0;
}
