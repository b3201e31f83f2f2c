/* irc_mode.c: modes of rooms and people, asked for, set and told. */
#include "base/check.h"
#include "dialect/irc_people.h"

/* Settings that are one letter. */
static const struct {
    char letter;
    enum room_setting setting;
} letters[] = {
    {'s', SETTING_PRIVATE},
    {'i', SETTING_INVITE_ONLY},
    {'m', SETTING_MODERATED},
    {'k', SETTING_KEY},
};

static void put_letter(struct buf *out, bool on, char letter) {
    buf_byte(out, on ? '+' : '-');
    buf_byte(out, letter);
}

static void put_setting(const struct event *event, struct buf *out) {
    for (size_t i = 0; i < sizeof letters / sizeof *letters; i++) {
        if (letters[i].setting != event->setting) continue;
        put_letter(out, event->number > 0, letters[i].letter);
        if (event->setting == SETTING_KEY) buf_text(out, " *");
    }
}

static void put_role(const struct event *event, struct buf *out) {
    static const char marks[ROLES] = {'v', 'v', 'o', 'q'};
    bool on = event->number != ROLE_NONE;
    check(event->number < ROLES && event->before < ROLES);
    put_letter(out, on, marks[on ? event->number : event->before]);
    buf_byte(out, ' ');
    text_show(out, event->other);
}

static void put_restraint(const struct event *event, struct buf *out) {
    if (event->why != RESTRAINT_BAN) return;
    put_letter(out, !(event->flags & EVENT_OFF), 'b');
    buf_byte(out, ' ');
    text_show(out, event->other);
    if (!memchr(event->other.at, '!', event->other.size)) buf_text(out, "!*@*");
}

void irc_put_mode(uint32_t caps, const struct event *event, struct buf *out) {
    char memory[IRC_LINE_SIZE_MAX];
    struct buf modes;
    buf_init(&modes, memory, sizeof memory);
    if (event->kind == EVENT_MODE_SET) put_setting(event, &modes);
    if (event->kind == EVENT_ROLE_SET) put_role(event, &modes);
    if (event->kind == EVENT_RESTRAINED) put_restraint(event, &modes);
    if (modes.size == 0) return;
    irc_put_tags(caps, event, (struct slice){0}, true, out);
    irc_put_source(out, event->author_name, event->login);
    buf_text(out, "MODE ");
    irc_put_channel(out, event);
    buf_byte(out, ' ');
    buf_put(out, buf_slice(&modes));
    irc_line_end(out);
}

enum decoded irc_mode(struct talk *talk, const struct irc_message *message,
                      struct decoder *decoder) {
    struct slice target = message->params[0];
    struct command modes = {.kind = COMMAND_ROOM_MODES};
    if (target.size == 0 || target.at[0] != '#') return irc_user_mode(talk, message, decoder);
    if (irc_channel(talk, decoder, target, &modes)) decoder->give(decoder, &modes);
    return DECODED;
}

/* `word\tvalue\n` each. */
void irc_answer_modes(const struct talk *talk, const struct event *event, struct buf *out) {
    struct slice lines = event->text, room = event->room_name;
    char memory[64];
    struct buf modes;
    buf_init(&modes, memory, sizeof memory);
    buf_text(&modes, "+n");
    while (lines.size > 0) {
        struct slice line = text_line(&lines), word = slice_until(&line, '\t');
        if (slice_equal(word, slice_of("private"))) buf_byte(&modes, 's');
        if (slice_equal(word, slice_of("invite"))) buf_byte(&modes, 'i');
        if (slice_equal(word, slice_of("moderated"))) buf_byte(&modes, 'm');
        if (slice_equal(word, slice_of("key"))) buf_byte(&modes, 'k');
    }
    irc_line(talk, out, "324 % # $", room, buf_slice(&modes));
}
