/* friendly.c: no questions, colours (WIRE, `friendly`). Everybody is given a name; what she says
 * comes back in the colours of the rainbow and reaches the others as it is. */
#include "base/utf8.h"
#include "dialect/dialect.h"

enum { VIEW_NAMED = 1 };

/* 24-bit colours round the wheel: six ramps of 256. A character moves on by HUE_STEP. */
enum { HUES = 1536, HUE_STEP = 24 };

static void put_colour(struct buf *out, uint32_t hue) {
    uint32_t up = hue & 255, down = 255 - up, rgb[3] = {0, 0, 0};
    uint32_t ramp = hue >> 8; /* red to yellow, to green, cyan, blue, magenta, back to red */
    uint32_t full = ((ramp + 1) / 2) % 3, moving = (7 - ramp) % 3;
    rgb[full] = 255;
    rgb[moving] = ramp % 2 == 0 ? up : down;
    buf_text(out, "\x1b[38;2;");
    buf_number(out, rgb[0]);
    buf_byte(out, ';');
    buf_number(out, rgb[1]);
    buf_byte(out, ';');
    buf_number(out, rgb[2]);
    buf_byte(out, 'm');
}

/* In colours or not, as the listener wants it. Made safe a code point at a time, so that a colour
 * stands before each character that is shown. */
static void put_line(const struct talk *talk, struct slice text, struct buf *out) {
    if (!talk->manner->colour) {
        text_show(out, text);
        return;
    }
    for (uint32_t hue = 0; text.size > 0; hue = (hue + HUE_STEP) % HUES) {
        size_t size = utf8_size(text);
        put_colour(out, hue);
        text_show(out, slice_head(text, size > 0 ? size : 1));
        text = slice_from(text, size > 0 ? size : 1);
    }
    buf_text(out, "\x1b[0m");
}

static void open_session(struct talk *talk, struct decoder *decoder) {
    struct command hello = decoder_hello(talk, NAMING_FRIENDLY);
    decoder->give(decoder, &hello);
}

static enum decoded decode(struct talk *talk, struct slice line, struct decoder *decoder) {
    struct command say = {.kind = COMMAND_SAY, .room_id = talk->home, .text = line};
    if (slice_trim(line).size > 0) decoder->give(decoder, &say);
    return DECODED;
}

static uint64_t view(const struct talk *talk, struct room_id room) {
    (void)room;
    return talk->manner->sender == SENDER_NAME ? VIEW_NAMED : 0;
}

static void encode_said(uint64_t view, const struct event *event, struct buf *out) {
    struct slice text = event->text;
    do {
        if (view & VIEW_NAMED) {
            text_show(out, event->author_name);
            buf_text(out, event->speech == SPEECH_ACTION ? " " : ": ");
            text_show(out, text_line(&text));
        } else {
            text_show_unlike(out, text_line(&text), slice_of("* "));
        }
        buf_byte(out, '\n');
    } while (text.size > 0);
}

static void encode(uint64_t view, const struct event *event, struct buf *out) {
    if (event->kind == EVENT_SAID) encode_said(view, event, out);
}

static void answer_welcome(struct talk *talk, const struct event *event, struct buf *out) {
    char memory[ADDRESS_TEXT_SIZE_MAX + USER_NAME_SIZE_MAX + 16];
    struct buf line;
    talk->stage = TALK_HERE;
    buf_init(&line, memory, sizeof memory);
    buf_text(&line, "addr: ");
    address_text(&line, event->address);
    buf_text(&line, ", id: ");
    buf_put(&line, event->author_name);
    put_line(talk, buf_slice(&line), out);
    buf_byte(out, '\n');
}

static void answer_refused(const struct event *event, struct buf *out) {
    buf_text(out, "* error: ");
    refusal_say(out, event->refusal, event->number, event->text);
    buf_byte(out, '\n');
}

/* A direct message. It begins as our own lines do, so that nobody can write one into a room. */
static void answer_told(const struct event *event, struct buf *out) {
    struct slice text = event->text;
    do {
        buf_text(out, "* ");
        text_show(out, event->author_name);
        buf_text(out, event->speech == SPEECH_ACTION ? ", to you alone, " : " to you alone: ");
        text_show(out, text_line(&text));
        buf_byte(out, '\n');
    } while (text.size > 0);
}

static void answer(struct talk *talk, const struct event *event, struct buf *out) {
    if (event->kind == EVENT_WELCOME) {
        answer_welcome(talk, event, out);
    } else if (event->kind == EVENT_ENTERED && (event->flags & EVENT_FIRST)) {
        talk->home = event->room;
    } else if (event->kind == EVENT_SAID) {
        put_line(talk, slice_trim(event->text), out);
        buf_byte(out, '\n');
    } else if (event->kind == EVENT_TOLD && !(event->flags & EVENT_OWN)) {
        answer_told(event, out);
    } else if (event->kind == EVENT_PAST) {
        encode_said(view(talk, event->room), event, out);
    } else if (event->kind == EVENT_REFUSED || event->kind == EVENT_CLOSE ||
               (event->kind == EVENT_PAST_END && event->refusal)) {
        answer_refused(event, out);
    }
}

const struct dialect dialect_friendly = {.name = "friendly",
                                         .open = open_session,
                                         .line = decode,
                                         .view = view,
                                         .encode = encode,
                                         .answer = answer};
