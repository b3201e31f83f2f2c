/* line_talk.c: the line dialect's commands about messages: new ones, those that were said, and
 * what was said before. */
#include "base/utf8.h"
#include "chat/search.h"
#include "dialect/line.h"

enum { HISTORY_LINES = 20, REASON_SIZE_MAX = 300 }; /* the latter in bytes */

static const uint64_t seq_max = (UINT64_C(1) << SEQ_BITS) - 1;

void line_nick(struct talk *talk, struct slice rest, struct decoder *decoder) {
    struct command command = {.kind = COMMAND_NICK};
    struct slice name = slice_trim(rest);
    if (name.size == 0)
        line_missing(decoder, "/nick");
    else if (decoder_name(decoder, talk, name, &command))
        decoder->give(decoder, &command);
}

void line_quit(struct talk *talk, struct slice rest, struct decoder *decoder) {
    struct command command = {.kind = COMMAND_BYE, .flags = COMMAND_LEAVES | COMMAND_WAITS};
    struct slice why = slice_trim(rest);
    (void)talk;
    command.text = slice_head(why, utf8_cut(why, REASON_SIZE_MAX));
    decoder->give(decoder, &command);
}

void line_away(struct talk *talk, struct slice rest, struct decoder *decoder) {
    struct command command = line_command(talk, COMMAND_AWAY);
    command.text = slice_trim(rest);
    decoder->give(decoder, &command);
}

void line_me(struct talk *talk, struct slice rest, struct decoder *decoder) {
    struct command command = {.kind = COMMAND_SAY,
                              .speech = SPEECH_ACTION,
                              .room_id = talk->focus,
                              .text = slice_trim(rest)};
    if (command.text.size == 0)
        line_missing(decoder, "/me");
    else
        decoder->give(decoder, &command);
}

void line_msg(struct talk *talk, struct slice rest, struct decoder *decoder) {
    struct command tell = {.kind = COMMAND_TELL, .reply_code = REPLY_TYPED};
    struct slice name = slice_word(&rest);
    if (name.size > 1 && name.at[0] == '@') name = slice_from(name, 1);
    tell.text = slice_trim(rest);
    if (name.size == 0 || tell.text.size == 0)
        line_missing(decoder, "/msg");
    else if (decoder_name(decoder, talk, name, &tell))
        decoder->give(decoder, &tell);
}

/* A command about message N: its number, and who else reads it, are taken off *rest. False: the
 * session was told. */
static bool about_message(const struct talk *talk, struct slice *rest, struct decoder *decoder,
                          const char *verb, struct command *command) {
    if (!line_direct(talk, rest, decoder, command)) return false;
    if (slice_trim(*rest).size == 0) {
        line_missing(decoder, verb);
        return false;
    }
    return line_number(rest, seq_max, decoder, &command->target);
}

/* The same with a text behind it. */
static bool about_message_text(const struct talk *talk, struct slice rest, struct decoder *decoder,
                               const char *verb, struct command *command) {
    if (!about_message(talk, &rest, decoder, verb, command)) return false;
    command->text = slice_trim(rest);
    if (command->text.size == 0) line_missing(decoder, verb);
    return command->text.size > 0;
}

void line_reply(struct talk *talk, struct slice rest, struct decoder *decoder) {
    struct command say = {.kind = COMMAND_SAY, .room_id = talk->focus};
    if (!about_message_text(talk, rest, decoder, "/reply", &say)) return;
    if (say.name.size > 0) { /* to her alone */
        say.kind = COMMAND_TELL;
        say.reply_code = REPLY_TYPED;
    }
    decoder->give(decoder, &say);
}

void line_edit(struct talk *talk, struct slice rest, struct decoder *decoder) {
    struct command edit = line_command(talk, COMMAND_EDIT);
    edit.flags = COMMAND_WAITS;
    if (about_message_text(talk, rest, decoder, "/edit", &edit)) decoder->give(decoder, &edit);
}

void line_remove(struct talk *talk, struct slice rest, struct decoder *decoder) {
    struct command retract = line_command(talk, COMMAND_RETRACT);
    retract.flags = COMMAND_WAITS;
    if (about_message(talk, &rest, decoder, "/remove", &retract)) decoder->give(decoder, &retract);
}

void line_react(struct talk *talk, struct slice rest, struct decoder *decoder) {
    struct command react = line_command(talk, COMMAND_REACT);
    react.flags = COMMAND_WAITS | COMMAND_SETS;
    if (about_message_text(talk, rest, decoder, "/react", &react)) decoder->give(decoder, &react);
}

void line_unreact(struct talk *talk, struct slice rest, struct decoder *decoder) {
    struct command react = line_command(talk, COMMAND_REACT);
    react.flags = COMMAND_WAITS;
    if (about_message_text(talk, rest, decoder, "/unreact", &react)) decoder->give(decoder, &react);
}

void line_history(struct talk *talk, struct slice rest, struct decoder *decoder) {
    struct command command = line_command(talk, COMMAND_HISTORY);
    uint64_t count = HISTORY_LINES;
    command.flags = COMMAND_WAITS;
    if (!line_direct(talk, &rest, decoder, &command)) return;
    for (rest = slice_trim(rest); rest.size > 0; rest = slice_trim(rest)) {
        if (rest.at[0] == '#' && (rest.size == 1 || rest.at[1] == ' ')) {
            command.reply_code = REPLY_NUMBERED;
            rest = slice_from(rest, 1);
        } else if (!line_number(&rest, UINT32_MAX, decoder, &count)) {
            return;
        }
    }
    command.count = (uint32_t)count;
    decoder->give(decoder, &command);
}

/* What is not understood is refused here, before anybody is asked; room:NAME says where. */
void line_search(struct talk *talk, struct slice rest, struct decoder *decoder) {
    struct command command = line_command(talk, COMMAND_SEARCH);
    struct search search;
    struct slice place;
    command.flags = COMMAND_WAITS;
    command.reply_code = REPLY_SEARCH;
    command.count = HISTORY_LINES;
    if (!line_direct(talk, &rest, decoder, &command)) return;
    command.text = slice_trim(rest);
    if (command.text.size == 0) {
        line_missing(decoder, "/search");
    } else if (command.text.size > SEARCH_SIZE_MAX) {
        decoder_refuse(decoder, REFUSED_TEXT_TOO_LONG, SEARCH_SIZE_MAX, (struct slice){0}, 0);
    } else if (!search_parse(command.text, &search, &place)) {
        decoder_refuse(decoder, REFUSED_QUERY_BAD, 0, place, 0);
    } else if (search.room.size == 0 || line_room(talk, search.room, decoder, &command)) {
        decoder->give(decoder, &command);
    }
}

/* Without a number: all there is. */
void line_read(struct talk *talk, struct slice rest, struct decoder *decoder) {
    struct command command = line_command(talk, COMMAND_READ);
    if (!line_direct(talk, &rest, decoder, &command)) return;
    rest = slice_trim(rest);
    if (rest.size > 0 && !line_number(&rest, seq_max, decoder, &command.target)) return;
    decoder->give(decoder, &command);
}

/* Whoever asks for the topic is told as well how far the room is. */
void line_cursor(struct talk *talk, struct slice rest, struct decoder *decoder) {
    (void)rest;
    struct command command = line_command(talk, COMMAND_TOPIC);
    command.reply_code = REPLY_CURSOR;
    decoder->give(decoder, &command);
}

/* 16 hex digits, of either case. */
static bool epoch_read(struct slice digits, uint64_t *epoch) {
    if (digits.size != 16) return false;
    *epoch = 0;
    for (size_t i = 0; i < digits.size; i++) {
        char c = digits.at[i];
        unsigned value;
        if (c >= '0' && c <= '9')
            value = (unsigned)(c - '0');
        else if ((c | 0x20) >= 'a' && (c | 0x20) <= 'f')
            value = (unsigned)((c | 0x20) - 'a') + 10;
        else
            return false;
        *epoch = *epoch << 4 | value;
    }
    return true;
}

void line_resume(struct talk *talk, struct slice rest, struct decoder *decoder) {
    struct command command = line_command(talk, COMMAND_RESUME);
    command.flags = COMMAND_WAITS;
    command.reply_code = REPLY_RESUME;
    struct slice cursor = slice_trim(rest), seq = cursor;
    if (cursor.size == 0) {
        line_missing(decoder, "/resume");
        return;
    }
    struct slice epoch = slice_until(&seq, ':');
    if (epoch_read(epoch, &command.epoch) && slice_number(seq, seq_max, &command.after))
        decoder->give(decoder, &command);
    else
        decoder_refuse(decoder, REFUSED_CURSOR_BAD, 0, cursor, 0);
}
