/* dialect.c: which dialect a session speaks, and what all of them share. */
#include "dialect/dialect.h"

#include "base/check.h"
#include "dialect/detect.h"
#include "dialect/irc.h"
#include "wire/line.h"
#include "wire/websocket.h"

const struct dialect *dialect_of(enum dialect_kind kind) {
    static const struct dialect *const dialects[DIALECTS] = {
        [DIALECT_LINE] = &dialect_line, [DIALECT_FRIENDLY] = &dialect_friendly,
        [DIALECT_PIPE] = &dialect_pipe, [DIALECT_DOLLAR] = &dialect_dollar,
        [DIALECT_IRC] = &dialect_irc,   [DIALECT_JSON] = &dialect_json,
        [DIALECT_REST] = &dialect_rest,
    };
    check(kind < DIALECTS);
    return dialects[kind];
}

/* Lines become messages of a WebSocket, each without its end, in place: from the last to the first,
 * since a head is never shorter than the end that it replaces. */
static void frame_lines(struct buf *out, size_t begin, enum framing framing) {
    uint8_t opcode = framing == FRAMING_TEXT ? WEBSOCKET_TEXT : WEBSOCKET_BINARY;
    size_t grown = 0, end = out->size;
    if (end == begin) return;
    check(out->at[end - 1] == '\n');
    for (size_t at = begin, line = 0; at < end; at++, line++) {
        if (out->at[at] != '\n') continue;
        if (line - 1 >= 126) grown += line - 1 <= UINT16_MAX ? 2 : 8;
        line = SIZE_MAX;
    }
    check(out->cap - end >= grown);
    size_t to = end + grown;
    out->size = to;
    while (end > begin) {
        const char *before =
            end - begin > 1 ? memrchr(out->at + begin, '\n', end - begin - 1) : NULL;
        size_t from = before ? (size_t)(before - out->at) + 1 : begin, size = end - 2 - from;
        char memory[WEBSOCKET_HEAD_MAX];
        struct buf head;
        buf_init(&head, memory, sizeof memory);
        websocket_put_head(&head, opcode, size);
        to -= size;
        memmove(out->at + to, out->at + from, size);
        to -= head.size;
        memcpy(out->at + to, memory, head.size);
        end = from;
    }
    check(to == begin);
}

void dialect_greet(struct talk *talk, struct buf *out) {
    const struct dialect *dialect = dialect_of(talk->kind);
    size_t begin = out->size;
    if (dialect && dialect->greet && !talk->greeted) dialect->greet(talk, out);
    if (talk->framing != FRAMING_NONE) frame_lines(out, begin, (enum framing)talk->framing);
    talk->greeted = true;
}

/* Whoever cannot say the server's password is told so at her first line, and sent away. */
static bool dialect_is_shut(const struct talk *talk) {
    return talk->manner->asks_password && talk->kind != DIALECT_IRC;
}

void dialect_open(struct talk *talk, struct decoder *decoder) {
    const struct dialect *dialect = dialect_of(talk->kind);
    if (dialect && dialect->open && !dialect_is_shut(talk)) dialect->open(talk, decoder);
}

/* WAY 3 of 9: line -> command. */
enum decoded dialect_line_in(struct talk *talk, struct slice line, struct decoder *decoder) {
    const struct dialect *dialect = dialect_of(talk->kind);
    check(dialect != NULL);
    if (line.size == 0) return DECODED;
    if (talk->kind == DIALECT_JSON) { /* one message is one object, and says itself what is wrong */
        talk->first_line_read = true;
        return dialect->line(talk, line, decoder);
    }
    enum line_fault fault = line_check(line);
    if (fault != LINE_FINE && (fault != LINE_NOT_UTF8 || talk->kind != DIALECT_IRC)) {
        bool text = fault == LINE_NOT_UTF8;
        decoder_refuse(decoder, text ? REFUSED_NOT_UTF8 : REFUSED_BAD_CHARACTER, 0,
                       (struct slice){0}, 0);
        return DECODED;
    }
    if (!talk->first_line_read && detect_http_line(line)) return DECODED_CLOSE;
    talk->first_line_read = true;
    if (!dialect_is_shut(talk)) return dialect->line(talk, line, decoder);
    decoder_refuse(decoder, REFUSED_SERVER_PASSWORD, 0, (struct slice){0}, 0);
    return DECODED_CLOSE;
}

enum decoded dialect_call(struct talk *talk, const struct call *call, struct decoder *decoder,
                          struct buf *out) {
    const struct dialect *dialect = dialect_of(talk->kind);
    check(dialect != NULL && dialect->call != NULL);
    return dialect->call(talk, call, decoder, out);
}

void dialect_line_too_long(struct talk *talk, struct decoder *decoder) {
    talk->first_line_read = true;
    decoder_refuse(decoder, REFUSED_LINE_TOO_LONG, talk->manner->line_size, (struct slice){0}, 0);
    if (talk->kind == DIALECT_IRC) irc_end(decoder, slice_of("the line is too long"));
}

_Static_assert((int)DIALECTS <= 64, "a view has six bits for the dialect");

uint64_t dialect_view(const struct talk *talk, struct room_id room) {
    const struct dialect *dialect = dialect_of(talk->kind);
    check(dialect != NULL);
    return (uint64_t)talk->kind | (uint64_t)talk->framing << 6 | dialect->view(talk, room) << 8;
}

/* WAY 8 of 9: event -> bytes, once per view. */
void dialect_encode(uint64_t view, const struct event *event, struct buf *out) {
    enum framing framing = (enum framing)(view >> 6 & 3);
    size_t begin = out->size;
    dialect_of((enum dialect_kind)(view & 63))->encode(view >> 8, event, out);
    if (framing != FRAMING_NONE) frame_lines(out, begin, framing);
}

void dialect_answer(struct talk *talk, const struct event *event, struct buf *out) {
    const struct dialect *dialect = dialect_of(talk->kind);
    size_t begin = out->size;
    if (dialect) dialect->answer(talk, event, out);
    if (talk->framing != FRAMING_NONE) frame_lines(out, begin, (enum framing)talk->framing);
}

void dialect_list(struct talk *talk, struct room_id room, uint64_t missed,
                  struct decoder *decoder) {
    const struct dialect *dialect = dialect_of(talk->kind);
    if (room.v == 0) talk->counts = false;
    if (dialect && dialect->list) dialect->list(talk, room, missed, decoder);
}

bool dialect_hears(const struct talk *talk, const struct event *event) {
    const struct dialect *dialect = dialect_of(talk->kind);
    return dialect && dialect->hears && dialect->hears(talk, event);
}

void dialect_forget(struct talk *talk) {
    const struct dialect *dialect = dialect_of(talk->kind);
    if (dialect && dialect->forget) dialect->forget(talk);
}

void decoder_refuse(struct decoder *decoder, enum refusal why, uint64_t number, struct slice text,
                    uint16_t reply_code) {
    struct command command = {.kind = COMMAND_WRONG,
                              .refusal = (uint8_t)why,
                              .number = number,
                              .reply_code = reply_code,
                              .text = slice_head(text, 256)};
    decoder->give(decoder, &command);
}

bool decoder_name(struct decoder *decoder, const struct talk *talk, struct slice name,
                  struct command *command) {
    enum name_fault fault = NAME_FINE;
    size_t most = talk->manner->name_size;
    struct buf key, skeleton;
    buf_init(&key, decoder->name_key, sizeof decoder->name_key);
    buf_init(&skeleton, decoder->skeleton, sizeof decoder->skeleton);
    bool fits = name_allowed(decoder->names, name, most, &fault);
    bool bears = command->kind == COMMAND_HELLO || command->kind == COMMAND_NICK;
    if (fault == NAME_SCRIPTS && bears && talk->manner->precis) {
        command->naming = NAMING_MIXED;
        fits = true;
    }
    if (fits && name_key(&key, name) && name_skeleton(decoder->names, &skeleton, name)) {
        command->name = name;
        command->name_key = buf_slice(&key);
        command->skeleton = buf_slice(&skeleton);
        return true;
    }
    enum refusal why = REFUSED_NAME_BAD;
    if (fault == NAME_EMPTY) why = REFUSED_NAME_EMPTY;
    if (fault == NAME_TOO_LONG) why = REFUSED_NAME_TOO_LONG;
    decoder_refuse(decoder, why, most, name, command->reply_code);
    return false;
}

bool decoder_mask(struct decoder *decoder, struct slice mask, struct command *command) {
    struct buf key;
    buf_init(&key, decoder->name_key, sizeof decoder->name_key);
    if (mask.size <= MASK_SIZE_MAX && name_key(&key, mask)) {
        command->name = mask;
        command->name_key = buf_slice(&key);
        return true;
    }
    decoder_refuse(decoder, REFUSED_MASK_BAD, 0, mask, command->reply_code);
    return false;
}

bool decoder_network(struct decoder *decoder, struct slice network, struct command *command) {
    struct network parsed;
    command->name = network;
    if (network_parse(network, &parsed)) return true;
    decoder_refuse(decoder, REFUSED_NETWORK_BAD, 0, network, command->reply_code);
    return false;
}

bool decoder_filter(struct decoder *decoder, struct slice words, struct command *command) {
    struct buf key;
    buf_init(&key, decoder->words, sizeof decoder->words);
    if (words.size <= FILTER_WORDS_MAX) text_words(decoder->names, &key, words, true);
    command->name = words;
    command->name_key = buf_slice(&key);
    if (words.size <= FILTER_WORDS_MAX && key.size > 0 && buf_ok(&key)) return true;
    decoder_refuse(decoder, REFUSED_FILTER_BAD, FILTER_WORDS_MAX, words, command->reply_code);
    return false;
}

bool decoder_filtered(struct slice word, struct command *command) {
    command->flags |= COMMAND_SETS;
    if (slice_equal(word, slice_of("off"))) {
        command->flags &= (uint16_t)~COMMAND_SETS;
    } else if (slice_equal(word, slice_of("report"))) {
        command->setting = RESTRAINT_REPORT;
    } else if (slice_equal(word, slice_of("refuse"))) {
        command->setting = RESTRAINT_REFUSE;
    } else {
        command->setting = RESTRAINT_HUSH;
        return slice_number(word, FILTER_SECONDS_MAX, &command->number) && command->number > 0;
    }
    return true;
}

bool decoder_room(struct decoder *decoder, struct slice room, struct command *command) {
    enum name_fault fault = NAME_FINE;
    struct address address;
    struct buf key;
    buf_init(&key, decoder->room_key, sizeof decoder->room_key);
    command->room = room;
    if (room_name_allowed(decoder->names, room, ROOM_NAME_SIZE_MAX, &fault) &&
        name_key(&key, room)) {
        command->room_key = buf_slice(&key);
        return true;
    }
    if (fault == NAME_LIKE_ID || address_parse(room, &address)) return true;
    enum refusal why = REFUSED_ROOM_NAME_BAD;
    if (fault == NAME_EMPTY) why = REFUSED_ROOM_NAME_EMPTY;
    if (fault == NAME_TOO_LONG) why = REFUSED_ROOM_NAME_TOO_LONG;
    decoder_refuse(decoder, why, ROOM_NAME_SIZE_MAX, room, command->reply_code);
    return false;
}

struct command decoder_hello(const struct talk *talk, enum naming naming) {
    const struct manner *manner = talk->manner;
    /* on `auto` the backlog is for line clients: an original of the others expects none */
    bool shown = manner->dialect != DIALECT_AUTO || talk->kind == DIALECT_LINE;
    return (struct command){.kind = COMMAND_HELLO,
                            .flags = COMMAND_WAITS,
                            .naming = (uint8_t)naming,
                            .dialect = talk->kind,
                            .address = talk->address,
                            .count = shown ? manner->backlog_lines : 0,
                            .room = {manner->room, manner->room_size},
                            .room_key = {manner->room_key, manner->room_key_size}};
}

/* What is shown decides, not what was said: formatting codes before `$$` vanish. */
void text_show_unlike(struct buf *out, struct slice text, struct slice ours) {
    size_t begin = out->size;
    text_show(out, text);
    struct slice shown = slice_from(buf_slice(out), begin);
    if (!slice_starts(shown, ours)) return;
    buf_byte(out, ' ');
    if (!buf_ok(out)) return;
    memmove(out->at + begin + 1, shown.at, shown.size);
    out->at[begin] = ' ';
}

struct slice text_line(struct slice *text) {
    return slice_until(text, '\n');
}
