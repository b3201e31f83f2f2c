/* dollar.c: `$` commands (WIRE, `dollar`). The user id is the peer's ip:port, which is also the
 * name of her own channel; a channel id is 10 hex digits, or a room's name where the room was not
 * made by create_chan. */
#include "dialect/dialect.h"

enum { VIEW_SENDER = 3 }; /* enum sender_shown */

/* reply_code: which command an answer is for */
enum { REPLY_NONE, REPLY_REG, REPLY_CREATE, REPLY_JOIN, REPLY_LEAVE, REPLY_SAY };

typedef void verb_fn(struct talk *talk, struct slice rest, struct decoder *decoder);

static verb_fn verb_create, verb_join, verb_leave, verb_say;

static const struct {
    const char *verb;
    verb_fn *run;
    const char *form;
} verbs[] = {
    {"create_chan", verb_create, "create_chan$UID$NAME"},
    {"join", verb_join, "join$UID$CHANNEL"},
    {"leave", verb_leave, "leave$UID$CHANNEL"},
    {"send_msg", verb_say, "send_msg$UID$CHANNEL$TEXT"},
};

static void greet(struct talk *talk, struct buf *out) {
    (void)talk;
    buf_text(out, "------Welcome to Txt Chat------\n");
}

static void missing(struct decoder *decoder, const char *form) {
    decoder_refuse(decoder, REFUSED_PART_MISSING, 0, slice_text(form), 0);
}

static void decode_reg(struct talk *talk, struct slice name, struct decoder *decoder) {
    struct command hello = decoder_hello(talk, NAMING_SUFFIX);
    hello.flags |= COMMAND_OWN;
    hello.room = hello.room_key = (struct slice){0};
    hello.reply_code = REPLY_REG;
    if (decoder_name(decoder, talk, slice_trim(name), &hello)) decoder->give(decoder, &hello);
}

static void verb_create(struct talk *talk, struct slice rest, struct decoder *decoder) {
    (void)talk;
    struct command create = {
        .kind = COMMAND_CREATE, .flags = COMMAND_BY_HEX, .reply_code = REPLY_CREATE};
    if (rest.size == 0)
        missing(decoder, verbs[0].form);
    else if (decoder_room(decoder, rest, &create))
        decoder->give(decoder, &create);
}

/* A channel she may name that exists; nothing is made by joining it. */
static void on_channel(enum command_kind kind, uint16_t reply_code, struct slice channel,
                       struct slice text, struct decoder *decoder) {
    struct command command = {.kind = kind, .reply_code = reply_code, .text = text};
    if (!decoder_room(decoder, channel, &command)) return;
    command.flags = kind == COMMAND_JOIN ? COMMAND_EXISTS : 0;
    decoder->give(decoder, &command);
}

static void verb_join(struct talk *talk, struct slice rest, struct decoder *decoder) {
    (void)talk;
    if (rest.size == 0)
        missing(decoder, verbs[1].form);
    else
        on_channel(COMMAND_JOIN, REPLY_JOIN, rest, (struct slice){0}, decoder);
}

static void verb_leave(struct talk *talk, struct slice rest, struct decoder *decoder) {
    (void)talk;
    if (rest.size == 0)
        missing(decoder, verbs[2].form);
    else
        on_channel(COMMAND_LEAVE, REPLY_LEAVE, rest, (struct slice){0}, decoder);
}

static void verb_say(struct talk *talk, struct slice rest, struct decoder *decoder) {
    (void)talk;
    struct slice channel = slice_until(&rest, '$');
    if (channel.size == 0 || rest.size == 0)
        missing(decoder, verbs[3].form);
    else
        on_channel(COMMAND_SAY, REPLY_SAY, channel, rest, decoder);
}

static bool uid_is_hers(const struct talk *talk, struct slice uid) {
    char memory[ADDRESS_TEXT_SIZE_MAX];
    struct buf own;
    buf_init(&own, memory, sizeof memory);
    address_text(&own, talk->address);
    return slice_equal(uid, buf_slice(&own));
}

static enum decoded decode(struct talk *talk, struct slice line, struct decoder *decoder) {
    struct slice rest = line, verb = slice_until(&rest, '$');
    if (slice_equal(verb, slice_of("reg")) && verb.size < line.size) {
        decode_reg(talk, rest, decoder);
        return DECODED;
    }
    for (size_t i = 0; i < sizeof verbs / sizeof *verbs; i++) {
        if (!slice_equal(verb, slice_text(verbs[i].verb))) continue;
        struct slice uid = slice_until(&rest, '$');
        if (talk->stage == TALK_NEW) {
            decoder_refuse(decoder, REFUSED_NAME_NEEDED, 0, (struct slice){0}, 0);
        } else if (uid.size == 0) {
            missing(decoder, verbs[i].form);
        } else if (!uid_is_hers(talk, uid)) {
            decoder_refuse(decoder, REFUSED_ID_NOT_YOURS, 0, (struct slice){0}, 0);
        } else {
            verbs[i].run(talk, rest, decoder);
        }
        return DECODED;
    }
    decoder_refuse(decoder, REFUSED_COMMAND_UNKNOWN, 0, verb, 0);
    return DECODED;
}

static uint64_t view(const struct talk *talk, struct room_id room) {
    (void)room;
    return talk->manner->sender;
}

static void put_channel(struct buf *out, const struct event *event) {
    if (event->flags & EVENT_BY_HEX)
        buf_hex(out, event->hex, 10);
    else
        text_show(out, event->room_name);
}

static void put_line(struct buf *out, const char *verb, const struct event *event) {
    buf_text(out, verb);
    put_channel(out, event);
    buf_byte(out, '\n');
}

static void encode_said(uint64_t view, const struct event *event, struct buf *out) {
    struct slice text = event->text;
    uint64_t sender = view & VIEW_SENDER;
    bool uid = sender == SENDER_UID && event->dialect == DIALECT_DOLLAR;
    do {
        struct slice line = text_line(&text);
        if (sender == SENDER_NONE) {
            text_show_unlike(out, line, slice_of("$$"));
        } else {
            if (uid)
                address_text(out, event->address);
            else
                text_show(out, event->author_name);
            buf_text(out, ": ");
            text_show(out, line);
        }
        buf_byte(out, '\n');
    } while (text.size > 0);
}

/* Joins and leaves by people of other dialects, and all of the lobby, would make an original
 * client switch its channel: they are not shown. */
static bool move_is_shown(const struct event *event) {
    return event->dialect == DIALECT_DOLLAR && !(event->flags & EVENT_LOBBY);
}

static void encode(uint64_t view, const struct event *event, struct buf *out) {
    if (event->kind == EVENT_SAID) {
        encode_said(view, event, out);
    } else if (event->kind == EVENT_JOINED && move_is_shown(event)) {
        put_line(out, "$$joined: ", event);
    } else if (event->kind == EVENT_LEFT && move_is_shown(event)) {
        put_line(out, "$$leaved: ", event);
    } else if (event->kind == EVENT_DELETED) {
        put_line(out, "$$leaved: ", event);
    }
}

static void answer_welcome(struct talk *talk, const struct event *event, struct buf *out) {
    talk->stage = TALK_HERE;
    address_text(out, event->address);
    buf_byte(out, '\n');
}

static void answer_refused(const struct event *event, struct buf *out) {
    buf_text(out, "$$error: ");
    refusal_say(out, event->refusal, event->number, event->text);
    buf_byte(out, '\n');
}

static void answer(struct talk *talk, const struct event *event, struct buf *out) {
    if (event->kind == EVENT_WELCOME) {
        answer_welcome(talk, event, out);
    } else if (event->kind == EVENT_CREATED) {
        put_line(out, "$$create_chan: ", event);
    } else if (event->kind == EVENT_ENTERED) {
        bool told = (event->flags & EVENT_FIRST) || event->reply_code == REPLY_CREATE;
        if (!told) put_line(out, "$$joined: ", event);
    } else if (event->kind == EVENT_EXITED || event->kind == EVENT_DELETED) {
        put_line(out, "$$leaved: ", event);
    } else if (event->kind == EVENT_SAID) {
        encode_said(view(talk, event->room), event, out);
    } else if (event->kind == EVENT_TOLD && !(event->flags & EVENT_OWN)) {
        encode_said(SENDER_NAME, event, out); /* a line of text, whose author is always named */
    } else if (event->kind == EVENT_REFUSED || event->kind == EVENT_CLOSE) {
        answer_refused(event, out);
    }
}

const struct dialect dialect_dollar = {.name = "dollar",
                                       .greet = greet,
                                       .line = decode,
                                       .view = view,
                                       .encode = encode,
                                       .answer = answer};
