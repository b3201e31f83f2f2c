/* irc_rule.c: what administrators rule of the whole server, in the words that IRC has for it: DLINE
 * and UNDLINE ban networks, DEFCON locks it down, STATS d lists the networks. */
#include "dialect/irc_people.h"
#include "dialect/irc_write.h"

/* The levels of DEFCON as they are known: at 2 nobody comes in who is not logged in. */
enum { DEFCON_LOCKED = 2, DEFCON_OPEN = 5 };

static enum decoded give_rule(struct decoder *decoder, struct command *command) {
    command->flags |= COMMAND_WAITS;
    decoder->give(decoder, command);
    return DECODED;
}

/* DLINE [MINUTES] NETWORK [:WHY] */
enum decoded irc_dline(struct talk *talk, const struct irc_message *message,
                       struct decoder *decoder) {
    struct command ban = {
        .kind = COMMAND_SERVER_BAN, .flags = COMMAND_SETS, .reply_code = REPLY_RULE};
    size_t at = slice_number(message->params[0], UINT32_MAX, &ban.number) ? 1 : 0;
    ban.text = slice_head(irc_param(message, at + 1), IRC_REASON_MAX);
    if (at == message->count)
        irc_echo_line(talk, decoder, "461 % DLINE :not enough parameters");
    else if (decoder_network(decoder, message->params[at], &ban))
        return give_rule(decoder, &ban);
    return DECODED;
}

enum decoded irc_undline(struct talk *talk, const struct irc_message *message,
                         struct decoder *decoder) {
    struct command lift = {.kind = COMMAND_SERVER_BAN, .reply_code = REPLY_RULE};
    (void)talk;
    if (decoder_network(decoder, message->params[0], &lift)) give_rule(decoder, &lift);
    return DECODED;
}

enum decoded irc_defcon(struct talk *talk, const struct irc_message *message,
                        struct decoder *decoder) {
    struct command lock = {.kind = COMMAND_LOCKDOWN, .reply_code = REPLY_RULE};
    uint64_t level = 0;
    (void)talk;
    (void)slice_number(message->params[0], DEFCON_OPEN, &level);
    if (level != DEFCON_LOCKED && level != DEFCON_OPEN) {
        decoder_refuse(decoder, REFUSED_SETTING_BAD, 0,
                       slice_of("DEFCON 2: nobody new comes in, DEFCON 5: everybody may"),
                       REPLY_RULE);
        return DECODED;
    }
    if (level == DEFCON_LOCKED) lock.flags = COMMAND_SETS;
    return give_rule(decoder, &lock);
}

/* RFC 2812 section 3.4.4: `d` lists the networks that are banned. There is no other list: what
 * there is to count, LUSERS tells. */
enum decoded irc_stats(struct talk *talk, const struct irc_message *message,
                       struct decoder *decoder) {
    struct command list = {
        .kind = COMMAND_RESTRAINTS, .flags = COMMAND_SERVER, .reply_code = REPLY_STATS};
    if (slice_equal(message->params[0], slice_of("d"))) return give_rule(decoder, &list);
    irc_echo_line(talk, decoder, "219 % $ :end of the statistics", message->params[0]);
    return DECODED;
}

/* ---- answers ---- */

/* "kind\tmask\tminutes left\tby\t..." */
static void put_banned(const struct talk *talk, struct slice line, struct buf *out) {
    char memory[IRC_LINE_SIZE_MAX];
    struct buf words;
    if (!slice_equal(slice_until(&line, '\t'), slice_of("ban"))) return;
    struct slice network = slice_until(&line, '\t'), minutes = slice_until(&line, '\t');
    buf_init(&words, memory, sizeof memory);
    buf_text(&words, "by ");
    buf_put(&words, slice_until(&line, '\t'));
    if (!slice_equal(minutes, slice_of("0"))) {
        buf_text(&words, ", minutes left: ");
        buf_put(&words, minutes);
    }
    irc_line(talk, out, "225 % D $ :&", network, buf_slice(&words));
}

void irc_answer_stats(const struct talk *talk, const struct event *event, struct buf *out) {
    struct slice lines = event->text;
    while (event->kind == EVENT_RESTRAINTS && lines.size > 0)
        put_banned(talk, text_line(&lines), out);
    if (event->cursor == 0) irc_line(talk, out, "219 % d :end of the statistics");
}
