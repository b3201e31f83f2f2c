/* line_account.c: the line dialect's commands about accounts. A password is one word, so that none
 * is cut in silence; what is wrong with such a line is told without repeating it. */
#include "dialect/line.h"

static struct command account_command(const struct talk *talk, enum command_kind kind) {
    struct command command = line_command(talk, kind);
    command.flags = COMMAND_WAITS;
    command.reply_code = REPLY_NONE; /* rooms that come with it are not what was typed */
    return command;
}

/* A word that is followed by nothing, or by the next one. */
static bool take_secret(struct slice *rest, struct slice *secret) {
    *rest = slice_trim(*rest);
    *secret = slice_word(rest);
    *rest = slice_trim(*rest);
    return secret->size > 0;
}

static void about_secret(struct talk *talk, struct slice rest, struct decoder *decoder,
                         enum command_kind kind, const char *verb) {
    struct command command = account_command(talk, kind);
    if (take_secret(&rest, &command.secret) && rest.size == 0)
        decoder->give(decoder, &command);
    else
        line_missing(decoder, verb);
}

void line_register(struct talk *talk, struct slice rest, struct decoder *decoder) {
    about_secret(talk, rest, decoder, COMMAND_REGISTER, "/register");
}

void line_unregister(struct talk *talk, struct slice rest, struct decoder *decoder) {
    about_secret(talk, rest, decoder, COMMAND_UNREGISTER, "/unregister");
}

/* Also the first line of a session: nobody has said yet who it is. */
void line_login(struct talk *talk, struct slice rest, struct decoder *decoder) {
    struct command command = account_command(talk, COMMAND_LOGIN);
    if (talk->stage == TALK_NEW) {
        command = decoder_hello(talk, NAMING_EXACT);
        command.kind = COMMAND_LOGIN;
    }
    rest = slice_trim(rest);
    struct slice name = slice_word(&rest);
    if (!take_secret(&rest, &command.secret) || rest.size > 0)
        line_missing(decoder, "/login");
    else if (decoder_name(decoder, talk, name, &command))
        decoder->give(decoder, &command);
}

void line_logout(struct talk *talk, struct slice rest, struct decoder *decoder) {
    struct command command = account_command(talk, COMMAND_LOGOUT);
    rest = slice_trim(rest);
    if (slice_equal(rest, slice_of("all"))) command.flags |= COMMAND_SETS;
    if (rest.size == 0 || command.flags & COMMAND_SETS)
        decoder->give(decoder, &command);
    else
        line_missing(decoder, "/logout");
}

void line_password(struct talk *talk, struct slice rest, struct decoder *decoder) {
    struct command command = account_command(talk, COMMAND_PASSWORD);
    if (take_secret(&rest, &command.secret) && take_secret(&rest, &command.text) && rest.size == 0)
        decoder->give(decoder, &command);
    else
        line_missing(decoder, "/password");
}

void line_token(struct talk *talk, struct slice rest, struct decoder *decoder) {
    struct command command = account_command(talk, COMMAND_TOKEN);
    (void)rest;
    decoder->give(decoder, &command);
}

void line_oper(struct talk *talk, struct slice rest, struct decoder *decoder) {
    struct command command = account_command(talk, COMMAND_OPER);
    rest = slice_trim(rest);
    command.name = slice_word(&rest);
    if (take_secret(&rest, &command.secret) && rest.size == 0)
        decoder->give(decoder, &command);
    else
        line_missing(decoder, "/oper");
}

void line_account_answer(const struct talk *talk, const struct event *event, struct buf *out) {
    if (event->kind == EVENT_LOGGED_IN)
        line_reply_parts(talk, "you are logged in as ", event->author_name, "", out);
    else if (event->kind == EVENT_TOKEN)
        line_reply_parts(talk, "your token, shown once: ", event->text, "", out);
}
