/* irc.c: the beginning of IRC (RFC 1459, RFC 2812, modern.ircdocs.horse): who one is, channels and
 * what is said in them. A room is shown as `#name`, a person as `name!name@parlance`. Whatever a
 * client asks that the hub need not know of (PING, CAP, MODE) goes there all the same, as
 * COMMAND_PING, so that the answers keep the order of the questions.
 *
 * A line with several targets is given again for each of them (DECODED_AGAIN); talk->number counts
 * the steps done of it, 0 between two lines. */
#include "dialect/irc.h"

#include "base/check.h"
#include "base/utf8.h"

enum {
    TAGS_SIZE_MAX = 4096,  /* bytes of a client's tags, with `@` and blank (IRCv3) */
    PARAMS_MAX = 15,       /* of one line */
    REASON_SIZE_MAX = 300, /* bytes */
};

enum { STEP_USER = 1, STEP_CAP = 2 }; /* irc_own(talk)->steps: USER has come; CAP END has not */

/* A line taken apart. */
struct message {
    struct slice verb, params[PARAMS_MAX];
    size_t count;
};

typedef enum decoded verb_fn(struct talk *talk, const struct message *message,
                             struct decoder *decoder);

static verb_fn verb_cap, verb_pass, verb_nick, verb_user, verb_ping, verb_pong, verb_quit,
    verb_join, verb_part, verb_say, verb_topic, verb_names, verb_list, verb_mode, verb_who,
    verb_motd;

/* One row a command: what runs, how many parts it needs at least, whether it needs a person. */
static const struct {
    const char *verb;
    verb_fn *run;
    size_t count;
    bool needs_person;
    const char *form;
} verbs[] = {
    {"CAP", verb_cap, 1, false, "CAP LS|LIST|REQ|END"},
    {"PASS", verb_pass, 1, false, "PASS WORD"},
    {"NICK", verb_nick, 0, false, "NICK NAME"},
    {"USER", verb_user, 4, false, "USER NAME 0 * :REAL NAME"},
    {"PING", verb_ping, 1, false, "PING WORD"},
    {"PONG", verb_pong, 0, false, "PONG"},
    {"QUIT", verb_quit, 0, false, "QUIT :WHY"},
    {"JOIN", verb_join, 1, true, "JOIN #ROOM"},
    {"PART", verb_part, 1, true, "PART #ROOM :WHY"},
    {"PRIVMSG", verb_say, 1, true, "PRIVMSG #ROOM :TEXT"},
    {"NOTICE", verb_say, 1, true, "NOTICE #ROOM :TEXT"},
    {"TOPIC", verb_topic, 1, true, "TOPIC #ROOM :TEXT"},
    {"NAMES", verb_names, 0, true, "NAMES #ROOM"},
    {"LIST", verb_list, 0, true, "LIST"},
    {"MODE", verb_mode, 1, true, "MODE #ROOM"},
    {"WHO", verb_who, 0, true, "WHO #ROOM"},
    {"MOTD", verb_motd, 0, true, "MOTD"},
};

static bool same_word(struct slice word, const char *wanted) {
    if (word.size != strlen(wanted)) return false;
    for (size_t i = 0; i < word.size; i++) {
        char c = word.at[i];
        if ((c >= 'a' && c <= 'z' ? c - 32 : c) != wanted[i]) return false;
    }
    return true;
}

static struct slice take_word(struct slice *line) {
    struct slice word = slice_until(line, ' ');
    while (line->size > 0 && line->at[0] == ' ')
        *line = slice_from(*line, 1);
    return word;
}

/* modern.ircdocs.horse/#message-format; the tags are off already. */
static struct message message_read(struct slice line) {
    struct message message = {0};
    while (line.size > 0 && line.at[0] == ' ')
        line = slice_from(line, 1);
    if (line.size > 0 && line.at[0] == ':') take_word(&line);
    message.verb = take_word(&line);
    while (line.size > 0 && message.count < PARAMS_MAX) {
        bool last = line.at[0] == ':';
        struct slice *param = &message.params[message.count++];
        *param = last ? slice_from(line, 1) : take_word(&line);
        if (last) break;
    }
    return message;
}

/* What the message has at that place, empty where it has nothing. */
static struct slice param_at(const struct message *message, size_t place) {
    return place < message->count ? message->params[place] : (struct slice){0};
}

static void echo(struct decoder *decoder, enum irc_reply reply, struct slice text) {
    struct command command = {.kind = COMMAND_PING, .reply_code = (uint16_t)reply, .text = text};
    decoder->give(decoder, &command);
}

static void refuse(struct decoder *decoder, enum refusal why, struct slice text) {
    decoder_refuse(decoder, why, IRC_LINE_SIZE_MAX + 2, text, REPLY_NONE);
}

static enum decoded decode(struct talk *talk, struct slice line, struct decoder *decoder) {
    struct slice tags = {0};
    if (line.at[0] == '@') tags = take_word(&line);
    if (line.size > IRC_LINE_SIZE_MAX || tags.size >= TAGS_SIZE_MAX) {
        refuse(decoder, REFUSED_LINE_TOO_LONG, (struct slice){0});
        return DECODED;
    }
    struct message message = message_read(line);
    if (message.verb.size == 0) return DECODED;
    for (size_t i = 0; i < sizeof verbs / sizeof *verbs; i++) {
        if (!same_word(message.verb, verbs[i].verb)) continue;
        if (verbs[i].needs_person && talk->stage == TALK_NEW) break;
        if (message.count >= verbs[i].count) return verbs[i].run(talk, &message, decoder);
        refuse(decoder, REFUSED_PART_MISSING, slice_text(verbs[i].form));
        return DECODED;
    }
    bool person = talk->stage != TALK_NEW;
    refuse(decoder, person ? REFUSED_COMMAND_UNKNOWN : REFUSED_NAME_NEEDED, message.verb);
    return DECODED;
}

/* Once both NICK and USER have come and no CAP is open: say who it is. */
static void say_hello(struct talk *talk, struct decoder *decoder) {
    if (talk->stage != TALK_NEW || irc_own(talk)->nick_size == 0 ||
        irc_own(talk)->steps != STEP_USER)
        return;
    struct command hello = decoder_hello(talk, NAMING_EXACT);
    hello.reply_code = REPLY_HELLO;
    hello.count = 0;
    hello.room = hello.room_key = (struct slice){0};
    struct slice nick = {irc_own(talk)->nick, irc_own(talk)->nick_size};
    if (decoder_name(decoder, talk, nick, &hello)) decoder->give(decoder, &hello);
}

static enum decoded verb_cap(struct talk *talk, const struct message *message,
                             struct decoder *decoder) {
    struct slice what = message->params[0];
    bool ls = same_word(what, "LS"), req = same_word(what, "REQ");
    if (talk->stage == TALK_NEW && (ls || req)) irc_own(talk)->steps |= STEP_CAP;
    if (ls) {
        echo(decoder, ECHO_CAP_LS, (struct slice){0});
    } else if (req) {
        echo(decoder, ECHO_CAP_NAK, param_at(message, 1));
    } else if (same_word(what, "LIST")) {
        echo(decoder, ECHO_CAP_LIST, (struct slice){0});
    } else if (same_word(what, "END")) {
        irc_own(talk)->steps &= (uint8_t)~STEP_CAP;
        say_hello(talk, decoder);
    } else {
        echo(decoder, ECHO_CAP_WRONG, what);
    }
    return DECODED;
}

static enum decoded verb_pass(struct talk *talk, const struct message *message,
                              struct decoder *decoder) {
    (void)message;
    if (talk->stage != TALK_NEW) refuse(decoder, REFUSED_NAME_GIVEN, (struct slice){0});
    return DECODED;
}

static enum decoded verb_nick(struct talk *talk, const struct message *message,
                              struct decoder *decoder) {
    struct command command = {.kind = COMMAND_NICK};
    if (!decoder_name(decoder, talk, param_at(message, 0), &command)) return DECODED;
    if (talk->stage != TALK_NEW) {
        decoder->give(decoder, &command);
        return DECODED;
    }
    check(command.name.size <= USER_NAME_SIZE_MAX);
    memcpy(irc_own(talk)->nick, command.name.at, command.name.size);
    irc_own(talk)->nick_size = (uint8_t)command.name.size;
    say_hello(talk, decoder);
    return DECODED;
}

static enum decoded verb_user(struct talk *talk, const struct message *message,
                              struct decoder *decoder) {
    (void)message;
    if (talk->stage != TALK_NEW) refuse(decoder, REFUSED_NAME_GIVEN, (struct slice){0});
    irc_own(talk)->steps |= STEP_USER;
    say_hello(talk, decoder);
    return DECODED;
}

static enum decoded verb_ping(struct talk *talk, const struct message *message,
                              struct decoder *decoder) {
    (void)talk;
    echo(decoder, ECHO_PONG, message->params[0]);
    return DECODED;
}

static enum decoded verb_pong(struct talk *talk, const struct message *message,
                              struct decoder *decoder) {
    (void)talk, (void)message, (void)decoder;
    return DECODED;
}

static enum decoded verb_quit(struct talk *talk, const struct message *message,
                              struct decoder *decoder) {
    (void)talk;
    struct slice why = param_at(message, 0);
    struct command bye = {.kind = COMMAND_BYE, .flags = COMMAND_LEAVES | COMMAND_WAITS};
    bye.text = slice_head(why, utf8_cut(why, REASON_SIZE_MAX));
    echo(decoder, ECHO_QUIT, bye.text);
    decoder->give(decoder, &bye);
    return DECODED;
}

/* The target of `#a,#b` whose turn it is. False: it is empty, or none was the last. */
static struct slice target_at(struct slice list, uint32_t place, bool *more) {
    struct slice target = slice_until(&list, ',');
    for (; place > 0; place--)
        target = slice_until(&list, ',');
    *more = list.size > 0;
    return target;
}

static enum decoded next_target(struct talk *talk, bool more) {
    talk->number = more ? talk->number + 1 : 0;
    return more ? DECODED_AGAIN : DECODED;
}

/* The room behind `#name`. False: the session was told that it is none. */
static bool channel(struct decoder *decoder, struct slice target, struct command *command) {
    if (target.size > 0 && target.at[0] == '#')
        return decoder_room(decoder, slice_from(target, 1), command);
    if (target.size > 0) echo(decoder, ECHO_NO_CHANNEL, target);
    return false;
}

/* Two steps a room: enter it, then ask who is there, if one was let in (answer_entered()). */
static enum decoded verb_join(struct talk *talk, const struct message *message,
                              struct decoder *decoder) {
    bool more;
    struct slice target = target_at(message->params[0], talk->number / 2, &more);
    struct command command = {
        .kind = COMMAND_JOIN, .flags = COMMAND_WAITS, .reply_code = REPLY_JOIN};
    if (talk->number % 2 == 0) {
        talk->focus.v = 0;
        talk->number++;
        if (channel(decoder, target, &command)) decoder->give(decoder, &command);
        return DECODED_AGAIN;
    }
    command.kind = COMMAND_WHO;
    command.reply_code = REPLY_NAMES;
    command.room_id = talk->focus;
    if (talk->focus.v != 0) decoder->give(decoder, &command);
    return next_target(talk, more);
}

static enum decoded verb_part(struct talk *talk, const struct message *message,
                              struct decoder *decoder) {
    bool more;
    struct slice target = target_at(message->params[0], talk->number, &more);
    struct slice why = param_at(message, 1);
    struct command leave = {.kind = COMMAND_LEAVE,
                            .text = slice_head(why, utf8_cut(why, REASON_SIZE_MAX))};
    if (channel(decoder, target, &leave)) decoder->give(decoder, &leave);
    return next_target(talk, more);
}

/* `\x01ACTION waves\x01` is an action; no other CTCP is for a whole room. False: the session was
 * told. */
static bool take_ctcp(struct decoder *decoder, struct command *say) {
    struct slice text = say->text;
    if (text.size == 0 || text.at[0] != '\x01') return true;
    text = slice_from(text, 1);
    if (text.size > 0 && text.at[text.size - 1] == '\x01') text.size--;
    struct slice word = slice_until(&text, ' ');
    say->speech = SPEECH_ACTION;
    say->text = text;
    if (same_word(word, "ACTION")) return true;
    decoder_refuse(decoder, REFUSED_NOT_ALLOWED, 0, (struct slice){0}, REPLY_SAY);
    return false;
}

/* A NOTICE that cannot be kept is refused as well: nothing is lost without a word, and no client
 * answers a numeric. */
static enum decoded verb_say(struct talk *talk, const struct message *message,
                             struct decoder *decoder) {
    bool more, notice = same_word(message->verb, "NOTICE");
    struct slice target = target_at(message->params[0], talk->number, &more);
    struct command say = {.kind = COMMAND_SAY,
                          .speech = notice ? SPEECH_NOTICE : SPEECH_SAY,
                          .reply_code = REPLY_SAY,
                          .text = param_at(message, 1)};
    bool person = target.size > 0 && target.at[0] != '#';
    if (person) say.kind = COMMAND_TELL;
    if (person ? decoder_name(decoder, talk, target, &say) : channel(decoder, target, &say))
        if (take_ctcp(decoder, &say)) decoder->give(decoder, &say);
    return next_target(talk, more);
}

static enum decoded verb_topic(struct talk *talk, const struct message *message,
                               struct decoder *decoder) {
    (void)talk;
    struct command topic = {.kind = COMMAND_TOPIC,
                            .flags = message->count > 1 ? COMMAND_SETS : 0,
                            .text = param_at(message, 1)};
    if (channel(decoder, message->params[0], &topic)) decoder->give(decoder, &topic);
    return DECODED;
}

static enum decoded verb_names(struct talk *talk, const struct message *message,
                               struct decoder *decoder) {
    bool more;
    struct slice target = target_at(param_at(message, 0), talk->number, &more);
    struct command who = {.kind = COMMAND_WHO, .flags = COMMAND_WAITS, .reply_code = REPLY_NAMES};
    if (target.size == 0 || target.at[0] != '#')
        echo(decoder, ECHO_NO_NAMES, target);
    else if (channel(decoder, target, &who))
        decoder->give(decoder, &who);
    return next_target(talk, more);
}

static enum decoded verb_list(struct talk *talk, const struct message *message,
                              struct decoder *decoder) {
    (void)talk, (void)message;
    struct command list = {.kind = COMMAND_ROOMS, .flags = COMMAND_WAITS};
    decoder->give(decoder, &list);
    return DECODED;
}

static enum decoded verb_mode(struct talk *talk, const struct message *message,
                              struct decoder *decoder) {
    (void)talk;
    struct slice target = message->params[0], modes = param_at(message, 1);
    bool is_channel = target.size > 0 && target.at[0] == '#';
    bool bans = same_word(modes, "B") || same_word(modes, "+B");
    if (!is_channel)
        echo(decoder, ECHO_MODE_OWN, target);
    else if (modes.size == 0)
        echo(decoder, ECHO_MODE, target);
    else if (bans && message->count == 2)
        echo(decoder, ECHO_BANS, target);
    else
        refuse(decoder, REFUSED_NOT_ALLOWED, target);
    return DECODED;
}

static enum decoded verb_who(struct talk *talk, const struct message *message,
                             struct decoder *decoder) {
    (void)talk;
    echo(decoder, ECHO_WHO, param_at(message, 0));
    return DECODED;
}

static enum decoded verb_motd(struct talk *talk, const struct message *message,
                              struct decoder *decoder) {
    (void)talk, (void)message;
    echo(decoder, ECHO_NO_MOTD, (struct slice){0});
    return DECODED;
}

static uint64_t view(const struct talk *talk, struct room_id room) {
    (void)talk, (void)room;
    return 0;
}

const struct dialect dialect_irc = {.own_size = sizeof(struct irc_own),

                                    .name = "irc",
                                    .line = decode,
                                    .view = view,
                                    .encode = irc_encode,
                                    .answer = irc_answer};
