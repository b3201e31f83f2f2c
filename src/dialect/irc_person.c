/* irc_person.c: people: who they are, where they are, what they are called. */
#include "base/check.h"
#include "base/utf8.h"
#include "dialect/irc_write.h"

enum decoded irc_who(struct talk *talk, const struct irc_message *message,
                     struct decoder *decoder) {
    struct slice mask = irc_param(message, 0);
    char memory[USER_NAME_SIZE_MAX + 1];
    struct buf names;
    struct command who = {
        .kind = COMMAND_WHO, .flags = COMMAND_WAITS | COMMAND_FULL, .reply_code = REPLY_WHO};
    if (mask.size > 0 && mask.at[0] == '#') {
        if (irc_channel(talk, decoder, mask, &who)) decoder->give(decoder, &who);
        return DECODED;
    }
    buf_init(&names, memory, sizeof memory);
    who.kind = COMMAND_PEOPLE;
    buf_put(&names, mask);
    buf_byte(&names, '\n');
    who.text = buf_slice(&names);
    if (mask.size > 0 && buf_ok(&names)) decoder->give(decoder, &who);
    irc_echo_line(talk, decoder, "315 % $ :end of the list", mask);
    return DECODED;
}

enum decoded irc_whois(struct talk *talk, const struct irc_message *message,
                       struct decoder *decoder) {
    bool more;
    struct slice list = message->params[message->count > 1 ? 1 : 0];
    struct slice name = irc_target(list, talk->number, &more);
    struct command whois = {
        .kind = COMMAND_WHOIS, .flags = COMMAND_WAITS, .reply_code = REPLY_WHOIS};
    if (name.size == 0)
        irc_echo_line(talk, decoder, "431 % :no nick was given");
    else if (decoder_name(decoder, talk, name, &whois))
        decoder->give(decoder, &whois);
    if (name.size > 0) irc_echo_line(talk, decoder, "318 % $ :end of what is known", name);
    return irc_next_target(talk, more);
}

enum decoded irc_away(struct talk *talk, const struct irc_message *message,
                      struct decoder *decoder) {
    (void)talk;
    struct command away = {.kind = COMMAND_AWAY,
                           .flags = COMMAND_WAITS,
                           .reply_code = REPLY_AWAY,
                           .text = irc_param(message, 0)};
    decoder->give(decoder, &away);
    return DECODED;
}

enum decoded irc_setname(struct talk *talk, const struct irc_message *message,
                         struct decoder *decoder) {
    struct slice real = message->params[0];
    struct command about = {.kind = COMMAND_ABOUT, .flags = COMMAND_WAITS, .about = real};
    if (real.size == 0 || real.size > REAL_SIZE_MAX)
        irc_echo_line(talk, decoder, "FAIL SETNAME INVALID_REALNAME :1 to 150 bytes");
    else
        decoder->give(decoder, &about);
    return DECODED;
}

enum decoded irc_userhost(struct talk *talk, const struct irc_message *message,
                          struct decoder *decoder) {
    (void)message;
    irc_echo_line(talk, decoder, "302 % :");
    return DECODED;
}

enum decoded irc_ison(struct talk *talk, const struct irc_message *message,
                      struct decoder *decoder) {
    (void)message;
    irc_echo_line(talk, decoder, "303 % :");
    return DECODED;
}

enum decoded irc_lusers(struct talk *talk, const struct irc_message *message,
                        struct decoder *decoder) {
    (void)talk, (void)message;
    struct command counts = {.kind = COMMAND_COUNTS};
    decoder->give(decoder, &counts);
    return DECODED;
}

enum decoded irc_version(struct talk *talk, const struct irc_message *message,
                         struct decoder *decoder) {
    (void)message;
    irc_echo_line(talk, decoder, "351 % parlance $ :", irc_server(talk));
    return DECODED;
}

enum decoded irc_motd(struct talk *talk, const struct irc_message *message,
                      struct decoder *decoder) {
    (void)talk, (void)message;
    irc_echo(decoder, ECHO_MOTD, (struct slice){0});
    return DECODED;
}
