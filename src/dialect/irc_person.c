/* irc_person.c: what a person says of herself: that she is away, her real name, her modes. */
#include <stdlib.h>

#include "base/check.h"
#include "base/utf8.h"
#include "dialect/irc_people.h"

/* draft/pre-away: `*` stands for words that nobody typed. */
static struct slice away_words(const struct talk *talk, struct slice words) {
    bool none = slice_equal(words, slice_of("*"));
    if ((irc_own(talk)->caps & CAP_PRE_AWAY) && none) return slice_of("not at the keyboard");
    return slice_head(words, utf8_cut(words, talk->manner->away_size));
}

void irc_give_away(struct talk *talk, struct decoder *decoder) {
    const struct irc_own *own = irc_own(talk);
    struct command away = {
        .kind = COMMAND_AWAY, .reply_code = REPLY_PRE_AWAY, .text = {own->away, own->away_size}};
    if (own->away_size > 0) decoder->give(decoder, &away);
}

/* Kept until she comes. */
static void keep_away(struct talk *talk, struct decoder *decoder, struct slice words) {
    struct irc_own *own = irc_own(talk);
    char *kept = words.size > 0 ? malloc(words.size) : NULL;
    if (words.size > 0 && !kept) return; /* she is not away, then */
    if (kept) memcpy(kept, words.at, words.size);
    free(own->away);
    own->away = kept;
    own->away_size = (uint32_t)words.size;
    irc_echo_line(talk, decoder, kept ? "306 % :you are away" : "305 % :you are here again");
}

/* Words that are too long are cut, as AWAYLEN says. */
enum decoded irc_away(struct talk *talk, const struct irc_message *message,
                      struct decoder *decoder) {
    struct slice words = away_words(talk, irc_param(message, 0));
    if (talk->stage == TALK_NEW) {
        if (irc_own(talk)->caps & CAP_PRE_AWAY)
            keep_away(talk, decoder, words);
        else
            irc_refuse(decoder, REFUSED_NAME_NEEDED, message->verb);
        return DECODED;
    }
    struct command away = {
        .kind = COMMAND_AWAY, .flags = COMMAND_WAITS, .reply_code = REPLY_AWAY, .text = words};
    decoder->give(decoder, &away);
    return DECODED;
}

/* ircv3.net/specs/extensions/setname */
enum decoded irc_setname(struct talk *talk, const struct irc_message *message,
                         struct decoder *decoder) {
    struct slice real = message->params[0];
    struct command about = {.kind = COMMAND_ABOUT, .flags = COMMAND_WAITS, .about = real};
    if (real.size == 0 || real.size > REAL_SIZE_MAX || memchr(real.at, '\t', real.size))
        irc_echo_line(talk, decoder, "FAIL SETNAME INVALID_REALNAME :1 to 150 bytes, no TAB");
    else
        decoder->give(decoder, &about);
    return DECODED;
}

/* Whom a person takes direct messages from though her mode +R would refuse them: `a,-b`. */
enum decoded irc_accept(struct talk *talk, const struct irc_message *message,
                        struct decoder *decoder) {
    bool more;
    struct slice name = irc_target(message->params[0], talk->number, &more);
    struct command accept = {
        .kind = COMMAND_ACCEPT, .flags = COMMAND_WAITS | COMMAND_SETS, .reply_code = REPLY_ACCEPT};
    if (name.size > 0 && name.at[0] == '-') {
        accept.flags &= (uint16_t)~COMMAND_SETS;
        name = slice_from(name, 1);
    }
    if (decoder_name(decoder, talk, name, &accept)) decoder->give(decoder, &accept);
    return irc_next_target(talk, more);
}

/* ---- modes: modern.ircdocs.horse/#user-modes ---- */

/* In the order in which they are told. */
static const struct {
    char letter;
    uint32_t mode;
} letters[] = {
    {'B', PERSON_BOT},       {'R', PERSON_REGISTERED}, {'T', PERSON_NO_CTCP}, {'Z', PERSON_SECURE},
    {'i', PERSON_INVISIBLE}, {'o', PERSON_ADMIN},      {'w', PERSON_WALLOPS},
};

enum { LETTERS = sizeof letters / sizeof *letters };

static void put_letters(struct buf *out, char sign, uint32_t modes) {
    bool any = false;
    for (size_t i = 0; i < LETTERS; i++) {
        if (!(modes & letters[i].mode)) continue;
        if (!any) buf_byte(out, sign);
        buf_byte(out, letters[i].letter);
        any = true;
    }
}

void irc_put_mode_letters(struct buf *out, uint32_t modes) {
    if (modes == 0) buf_byte(out, '+');
    put_letters(out, '+', modes);
}

/* False: there is a letter that is no mode. */
static bool modes_read(struct slice text, struct command *command) {
    bool on = true, known = true;
    for (size_t at = 0; at < text.size; at++) {
        size_t i = 0;
        if (text.at[at] == '+' || text.at[at] == '-') {
            on = text.at[at] == '+';
            continue;
        }
        while (i < LETTERS && letters[i].letter != text.at[at])
            i++;
        known &= i < LETTERS;
        if (i == LETTERS) continue;
        uint32_t mode = letters[i].mode;
        command->number = on ? command->number | mode : command->number & ~(uint64_t)mode;
        command->target = on ? command->target & ~(uint64_t)mode : command->target | mode;
    }
    return known;
}

enum decoded irc_user_mode(struct talk *talk, const struct irc_message *message,
                           struct decoder *decoder) {
    struct slice modes = irc_param(message, 1);
    struct command command = {.kind = COMMAND_USER_MODE,
                              .flags = COMMAND_WAITS,
                              .reply_code = modes.size > 0 ? REPLY_MODE : REPLY_MODES};
    if (!decoder_name(decoder, talk, message->params[0], &command)) return DECODED;
    if (!modes_read(modes, &command)) irc_echo_line(talk, decoder, "501 % :there is no such mode");
    decoder->give(decoder, &command);
    return DECODED;
}

void irc_put_user_mode(const struct talk *talk, uint32_t before, uint32_t after, struct buf *out) {
    const struct irc_own *own = irc_own(talk);
    if (before == after) return;
    irc_put_source(out, irc_nick_of(talk), (struct slice){own->login, own->login_size});
    buf_text(out, "MODE ");
    text_show(out, irc_nick_of(talk));
    buf_text(out, " ");
    put_letters(out, '+', after & ~before);
    put_letters(out, '-', before & ~after);
    irc_line_end(out);
}

void irc_answer_user_mode(const struct talk *talk, const struct event *event, struct buf *out) {
    char memory[16];
    struct buf modes;
    if (event->reply_code != REPLY_MODES) {
        irc_put_user_mode(talk, (uint32_t)event->before, (uint32_t)event->number, out);
        return;
    }
    buf_init(&modes, memory, sizeof memory);
    irc_put_mode_letters(&modes, (uint32_t)event->number);
    irc_line(talk, out, "221 % $", buf_slice(&modes));
}
