/* irc_server.c: what may be asked of the server itself: who runs it, what it can do, what time it
 * is. There is one server, so a question to another is answered by 402. */
#include "base/check.h"
#include "base/date.h"
#include "dialect/irc_people.h"

/* The server that a question goes to: ours by its name, by a mask, by a nick, or by nothing. */
static bool is_ours(const struct talk *talk, struct decoder *decoder, struct slice target) {
    bool mask = target.size > 0 && memchr(target.at, '*', target.size);
    struct slice server = irc_server(talk);
    if (target.size == 0 || slice_equal(target, irc_nick_of(talk))) return true;
    if (mask ? glob_match(target, server) : slice_equal(target, server)) return true;
    irc_echo_line(talk, decoder, "402 % $ :there is no such server", target);
    return false;
}

/* draft/extended-isupport: what is supported, at any time. */
enum decoded irc_isupport(struct talk *talk, const struct irc_message *message,
                          struct decoder *decoder) {
    (void)message;
    if (irc_own(talk)->caps & CAP_ISUPPORT)
        irc_echo(decoder, ECHO_ISUPPORT_BATCH, (struct slice){0});
    else if (talk->stage == TALK_NEW)
        irc_refuse(decoder, REFUSED_NAME_NEEDED, message->verb);
    else
        irc_echo_line(talk, decoder, "421 % ISUPPORT :unknown command");
    return DECODED;
}

/* In a batch, for who knows of batches. */
void irc_answer_isupport(struct talk *talk, struct buf *out) {
    struct irc_own *own = irc_own(talk);
    char memory[8 * IRC_LINE_SIZE_MAX];
    struct buf lines;
    if (!(own->caps & CAP_BATCH)) {
        irc_put_isupport(talk, out);
        return;
    }
    buf_init(&lines, memory, sizeof memory);
    irc_put_isupport(talk, &lines);
    check(buf_ok(&lines));
    struct slice rest = buf_slice(&lines);
    irc_line(talk, out, "BATCH +isupport draft/isupport");
    while (rest.size > 0) {
        buf_text(out, "@batch=isupport ");
        buf_put(out, slice_until(&rest, '\n'));
        buf_byte(out, '\n');
    }
    irc_line(talk, out, "BATCH -isupport");
}

enum decoded irc_lusers(struct talk *talk, const struct irc_message *message,
                        struct decoder *decoder) {
    (void)talk, (void)message;
    struct command counts = {.kind = COMMAND_COUNTS};
    decoder->give(decoder, &counts);
    return DECODED;
}

/* modern.ircdocs.horse/#version-message: the tokens of 005 stand behind it. */
enum decoded irc_version(struct talk *talk, const struct irc_message *message,
                         struct decoder *decoder) {
    if (!is_ours(talk, decoder, irc_param(message, 0))) return DECODED;
    irc_echo_line(talk, decoder, "351 % parlance-" PARLANCE_VERSION " $ :", irc_server(talk));
    irc_echo(decoder, ECHO_ISUPPORT, (struct slice){0});
    return DECODED;
}

enum decoded irc_time(struct talk *talk, const struct irc_message *message,
                      struct decoder *decoder) {
    if (is_ours(talk, decoder, irc_param(message, 0)))
        irc_echo(decoder, ECHO_TIME, (struct slice){0});
    return DECODED;
}

enum decoded irc_motd(struct talk *talk, const struct irc_message *message,
                      struct decoder *decoder) {
    if (is_ours(talk, decoder, irc_param(message, 0)))
        irc_echo(decoder, ECHO_MOTD, (struct slice){0});
    return DECODED;
}

static struct slice description(const struct talk *talk) {
    struct slice given = talk->manner->description;
    return given.size > 0 ? given : irc_network(talk);
}

enum decoded irc_admin(struct talk *talk, const struct irc_message *message,
                       struct decoder *decoder) {
    if (!is_ours(talk, decoder, irc_param(message, 0))) return DECODED;
    irc_echo_line(talk, decoder, "256 % $ :who runs this server", irc_server(talk));
    irc_echo_line(talk, decoder, "257 % :&", irc_network(talk));
    irc_echo_line(talk, decoder, "258 % :&", description(talk));
    irc_echo_line(talk, decoder, "259 % :ask in \\#&",
                  (struct slice){talk->manner->room, talk->manner->room_size});
    return DECODED;
}

enum decoded irc_info(struct talk *talk, const struct irc_message *message,
                      struct decoder *decoder) {
    if (!is_ours(talk, decoder, irc_param(message, 0))) return DECODED;
    irc_echo_line(talk, decoder, "371 % :Parlance " PARLANCE_VERSION ", a chat server");
    irc_echo_line(talk, decoder, "371 % :&", description(talk));
    irc_echo_line(talk, decoder, "374 % :end of the information");
    return DECODED;
}

/* modern.ircdocs.horse/#links-message: `* :hops description`; there is one server. */
enum decoded irc_links(struct talk *talk, const struct irc_message *message,
                       struct decoder *decoder) {
    struct slice mask = irc_param(message, message->count > 1 ? 1 : 0), server = irc_server(talk);
    if (mask.size == 0 || glob_match(mask, server))
        irc_echo_line(talk, decoder, "364 % $ $ :0 &", server, server, description(talk));
    irc_echo_line(talk, decoder, "365 % $ :end of the servers",
                  mask.size > 0 ? mask : slice_of("*"));
    return DECODED;
}

/* One row a subject, in capitals; a line end parts the lines. */
static const struct {
    const char *subject, *lines;
} helps[] = {
    {"AWAY", "AWAY [WORDS]\nYou are away, and why; without words you are here again."},
    {"CAP", "CAP LS 302 | REQ :NAMES | LIST | END\nWhat this connection is told beyond RFC 1459."},
    {"DEFCON", "DEFCON 2 | 5\nAt 2 nobody new comes in, at 5 everybody may; by administrators."},
    {"DLINE", "DLINE [MINUTES] NETWORK [:WHY]\nBan it from the server; by administrators."},
    {"INVITE", "INVITE NICK #ROOM"},
    {"ISON", "ISON NICK...\nWhich of them are here."},
    {"JOIN", "JOIN #ROOM[,#ROOM] [KEY[,KEY]]\nEnter rooms; one that is not there is made."},
    {"KICK", "KICK #ROOM NICK [WHY]"},
    {"LIST", "LIST\nThe rooms, with how many are in them and their topics."},
    {"LUSERS", "LUSERS\nHow many people and rooms there are."},
    {"MODE", "MODE #ROOM [MODES]\nMODE NICK [MODES]\n"
             "Yours: +i is not listed, +B is a bot, +w hears administrators, +R hears only people\n"
             "with an account directly, +T takes no CTCP."},
    {"MONITOR", "MONITOR + NICK,... | - NICK,... | C | L | S\nBe told when they come and go."},
    {"MOTD", "MOTD\nThe message of the day."},
    {"NAMES", "NAMES [#ROOM[,#ROOM]]\nWho is in it; without a room, who is where."},
    {"NICK", "NICK NAME\nBe called so from now on."},
    {"NOTICE", "NOTICE TARGET :WORDS\nAs PRIVMSG; no program answers it."},
    {"OPER", "OPER NAME PASSWORD\nBe an administrator, as the configuration says."},
    {"PART", "PART #ROOM[,#ROOM] [WHY]"},
    {"PING", "PING TOKEN\nIt comes back as PONG."},
    {"PRIVMSG", "PRIVMSG TARGET[,TARGET] :WORDS\nSay it to a room or to a person."},
    {"QUIT", "QUIT [WHY]"},
    {"SETNAME", "SETNAME :WORDS\nYour real name from now on."},
    {"STATS", "STATS d\nThe networks that are banned from the server; for administrators."},
    {"TOPIC", "TOPIC #ROOM [:WORDS]\nWhat the room is about, or shall be about."},
    {"UNDLINE", "UNDLINE NETWORK\nLift such a ban; by administrators."},
    {"USERHOST", "USERHOST NICK...\nWhere they come from, as it is shown."},
    {"WHO", "WHO #ROOM | NICK | MASK [o] [%FIELDS[,TOKEN]]\nPeople, a line each."},
    {"WHOIS", "WHOIS NICK\nAll that may be known of her."},
    {"WHOWAS", "WHOWAS NICK [COUNT]\nWho was called so."},
};

enum { HELPS = sizeof helps / sizeof *helps };

static void help_lines(struct talk *talk, struct decoder *decoder, struct slice subject,
                       struct slice lines) {
    irc_echo_line(talk, decoder, "704 % $ :&", subject, slice_until(&lines, '\n'));
    while (lines.size > 0)
        irc_echo_line(talk, decoder, "705 % $ :&", subject, slice_until(&lines, '\n'));
    irc_echo_line(talk, decoder, "706 % $ :end of the help", subject);
}

static void help_all(struct talk *talk, struct decoder *decoder) {
    char memory[IRC_LINE_SIZE_MAX];
    struct buf lines;
    buf_init(&lines, memory, sizeof memory);
    buf_text(&lines, "HELP SUBJECT says more of each:\n");
    for (size_t i = 0; i < HELPS; i++) {
        buf_text(&lines, helps[i].subject);
        buf_byte(&lines, ' ');
    }
    check(buf_ok(&lines));
    help_lines(talk, decoder, slice_of("*"), buf_slice(&lines));
}

/* modern.ircdocs.horse/#help-message */
enum decoded irc_help(struct talk *talk, const struct irc_message *message,
                      struct decoder *decoder) {
    struct slice subject = irc_param(message, 0);
    if (subject.size == 0) {
        help_all(talk, decoder);
        return DECODED;
    }
    for (size_t i = 0; i < HELPS; i++) {
        if (!irc_same_word(subject, helps[i].subject)) continue;
        help_lines(talk, decoder, subject, slice_text(helps[i].lines));
        return DECODED;
    }
    irc_echo_line(talk, decoder, "524 % $ :there is no help on that", subject);
    return DECODED;
}

/* ---- answers ---- */

static struct slice count_of(struct slice lines, const char *wanted) {
    while (lines.size > 0) {
        struct slice line = text_line(&lines), what = slice_until(&line, '\t');
        if (slice_equal(what, slice_text(wanted))) return line;
    }
    return slice_of("0");
}

/* modern.ircdocs.horse/#lusers-message. Behind the welcome the message of the day follows. */
void irc_answer_counts(const struct talk *talk, const struct event *event, struct buf *out) {
    struct slice people = count_of(event->text, "people"), most = count_of(event->text, "most");
    struct slice hidden = count_of(event->text, "invisible");
    uint64_t all = 0, some = 0;
    char memory[24];
    struct buf shown;
    (void)slice_number(people, UINT64_MAX, &all);
    (void)slice_number(hidden, all, &some);
    buf_init(&shown, memory, sizeof memory);
    buf_number(&shown, all - some);
    irc_line(talk, out, "251 % :there are $ people and $ invisible on 1 server", buf_slice(&shown),
             hidden);
    irc_line(talk, out, "252 % $ :run this server", count_of(event->text, "administrators"));
    uint64_t said = 0;
    (void)slice_number(count_of(event->text, "sessions"), UINT64_MAX, &said);
    if (event->reply_code != REPLY_HELLO && event->before > said) {
        buf_init(&shown, memory, sizeof memory);
        buf_number(&shown, event->before - said);
        irc_line(talk, out, "253 % $ :have not said who they are", buf_slice(&shown));
    }
    irc_line(talk, out, "254 % $ :rooms", count_of(event->text, "rooms"));
    irc_line(talk, out, "255 % :I have $ people and 0 servers", people);
    irc_line(talk, out, "265 % $ $ :people here now, and at most", people, most);
    irc_line(talk, out, "266 % $ $ :people everywhere now, and at most", people, most);
    if (event->reply_code != REPLY_HELLO) return;
    irc_put_motd(talk, out);
    if (event->number == 0) return;
    struct event modes = {.reply_code = REPLY_MODES, .number = event->number};
    irc_answer_user_mode(talk, &modes, out);
}
