/* irc.c: lines of IRC, taken apart and given to their verbs. A line with several targets is given
 * again for each of them (DECODED_AGAIN); talk->number counts the steps done of it, 0 between two
 * lines. */
#include "dialect/irc.h"

#include "base/check.h"
#include "base/utf8.h"
#include "dialect/irc_fact.h"
#include "dialect/irc_history.h"
#include "dialect/irc_people.h"

/* One row a command: what runs, how many parts it needs at least, whether it needs a person. */
static const struct {
    const char *verb;
    irc_verb_fn *run;
    size_t count;
    bool needs_person;
} verbs[] = {
    {"CAP", irc_cap, 1, false},
    {"PASS", irc_pass, 1, false},
    {"WEBIRC", irc_webirc, 4, false},
    {"NICK", irc_nick, 0, false},
    {"USER", irc_user, 4, false},
    {"AUTHENTICATE", irc_authenticate, 1, false},
    {"REGISTER", irc_register, 3, false},
    {"VERIFY", irc_verify, 2, false},
    {"NS", irc_service, 0, true},
    {"CS", irc_service, 0, true},
    {"HS", irc_service, 0, true},
    {"NICKSERV", irc_service, 0, true},
    {"CHANSERV", irc_service, 0, true},
    {"HISTSERV", irc_service, 0, true},
    {"PING", irc_ping, 0, false},
    {"PONG", irc_pong, 0, false},
    {"QUIT", irc_quit, 0, false},
    {"JOIN", irc_join, 1, true},
    {"PART", irc_part, 1, true},
    {"PRIVMSG", irc_say, 1, true},
    {"NOTICE", irc_say, 1, true},
    {"TAGMSG", irc_tagmsg, 1, true},
    {"RELAYMSG", irc_relaymsg, 3, true},
    {"BATCH", irc_batch, 1, true},
    {"CHATHISTORY", irc_chathistory, 0, true},
    {"REDACT", irc_redact, 2, true},
    {"TOPIC", irc_topic, 1, true},
    {"NAMES", irc_names, 0, true},
    {"LIST", irc_list, 0, true},
    {"KICK", irc_kick, 2, true},
    {"RENAME", irc_rename, 2, true},
    {"INVITE", irc_invite, 0, true},
    {"MODE", irc_mode, 1, true},
    {"WHO", irc_who, 0, true},
    {"WHOIS", irc_whois, 0, true},
    {"WHOWAS", irc_whowas, 0, true},
    {"AWAY", irc_away, 0, false},
    {"ISUPPORT", irc_isupport, 0, false},
    {"ACCEPT", irc_accept, 1, true},
    {"SETNAME", irc_setname, 1, true},
    {"USERHOST", irc_userhost, 1, true},
    {"ISON", irc_ison, 1, true},
    {"LUSERS", irc_lusers, 0, true},
    {"VERSION", irc_version, 0, true},
    {"TIME", irc_time, 0, true},
    {"ADMIN", irc_admin, 0, true},
    {"INFO", irc_info, 0, true},
    {"LINKS", irc_links, 0, true},
    {"HELP", irc_help, 0, true},
    {"HELPOP", irc_help, 0, true},
    {"STATS", irc_stats, 1, true},
    {"DLINE", irc_dline, 1, true},
    {"UNDLINE", irc_undline, 1, true},
    {"DEFCON", irc_defcon, 1, true},
    {"MONITOR", irc_monitor, 1, true},
    {"METADATA", irc_metadata, 0, false},
    {"MARKREAD", irc_markread, 0, true},
    {"KILL", irc_kill, 1, true},
    {"WALLOPS", irc_wallops, 1, true},
    {"REHASH", irc_rehash, 0, true},
    {"DIE", irc_die, 0, true},
    {"MOTD", irc_motd, 0, true},
    {"OPER", irc_oper, 1, true},
};

bool irc_same_word(struct slice word, const char *wanted) {
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
static void message_read(struct slice line, struct irc_message *message) {
    while (line.size > 0 && line.at[0] == ' ')
        line = slice_from(line, 1);
    if (line.size > 0 && line.at[0] == ':') take_word(&line);
    message->verb = take_word(&line);
    while (line.size > 0 && message->count < IRC_PARAMS_MAX) {
        bool last = line.at[0] == ':';
        struct slice *param = &message->params[message->count++];
        *param = last ? slice_from(line, 1) : take_word(&line);
        if (last) break;
    }
}

struct slice irc_param(const struct irc_message *message, size_t place) {
    return place < message->count ? message->params[place] : (struct slice){0};
}

bool irc_tag(struct slice tags, const char *key, struct slice *value) {
    while (tags.size > 0) {
        struct slice rest = slice_until(&tags, ';'), name = slice_until(&rest, '=');
        if (!slice_equal(name, slice_text(key))) continue;
        *value = rest;
        return true;
    }
    return false;
}

void irc_echo(struct decoder *decoder, enum irc_reply reply, struct slice text) {
    struct command command = {.kind = COMMAND_PING, .reply_code = (uint16_t)reply, .text = text};
    decoder->give(decoder, &command);
}

void irc_refuse(struct decoder *decoder, enum refusal why, struct slice text) {
    decoder_refuse(decoder, why, IRC_LINE_SIZE_MAX + 2, text, REPLY_NONE);
}

struct slice irc_target(struct slice list, uint32_t place, bool *more) {
    struct slice target = slice_until(&list, ',');
    for (; place > 0; place--)
        target = slice_until(&list, ',');
    *more = list.size > 0;
    return target;
}

enum decoded irc_next_target(struct talk *talk, bool more) {
    talk->number = more ? talk->number + 1 : 0;
    return more ? DECODED_AGAIN : DECODED;
}

bool irc_channel(const struct talk *talk, struct decoder *decoder, struct slice target,
                 struct command *command) {
    if (target.size > 1 && target.at[0] == '#')
        return decoder_room(decoder, slice_from(target, 1), command);
    if (target.size > 0) irc_echo_line(talk, decoder, "403 % $ :a channel begins with \\#", target);
    return false;
}

static enum decoded run(struct talk *talk, const struct irc_message *message,
                        struct decoder *decoder) {
    if (message->broken) {
        irc_echo_line(talk, decoder, "FAIL $ INVALID_UTF8 :this server takes UTF-8 only",
                      message->verb);
        return DECODED;
    }
    for (size_t i = 0; i < sizeof verbs / sizeof *verbs; i++) {
        if (!irc_same_word(message->verb, verbs[i].verb)) continue;
        if (verbs[i].needs_person && talk->stage == TALK_NEW) break;
        if (message->count >= verbs[i].count) return verbs[i].run(talk, message, decoder);
        irc_echo_line(talk, decoder, "461 % $ :not enough parameters", slice_text(verbs[i].verb));
        return DECODED;
    }
    if (talk->stage == TALK_NEW)
        irc_refuse(decoder, REFUSED_NAME_NEEDED, message->verb);
    else
        irc_echo_line(talk, decoder, "421 % $ :unknown command", message->verb);
    return DECODED;
}

/* A decoder whose commands all say that they are of a labelled line. */
struct labelled {
    struct decoder decoder; /* first: what the verbs see */
    struct decoder *outer;
    bool waits; /* one of them does */
};

static void labelled_give(struct decoder *decoder, struct command *command) {
    struct labelled *labelled = (struct labelled *)decoder;
    command->reply_code |= IRC_LABELLED;
    labelled->outer->give(labelled->outer, command);
    labelled->waits |= (command->flags & COMMAND_WAITS) != 0;
}

/* Her next line waits until this one is answered: there is one label at a time. Where a command
 * waits for more than the hub, the end is asked for when it is answered. */
static enum decoded run_labelled(struct talk *talk, const struct irc_message *message,
                                 struct slice label, struct decoder *decoder) {
    struct labelled labelled = {.decoder = {.give = labelled_give, .names = decoder->names},
                                .outer = decoder};
    struct irc_own *own = irc_own(talk);
    bool ends = own->steps & STEP_LABEL_END;
    if (!ends) {
        if (talk->number == 0) irc_label_begin(talk, label);
        enum decoded decoded = run(talk, message, &labelled.decoder);
        if (decoded != DECODED) return decoded;
        if (labelled.waits) {
            own->steps |= STEP_LABEL_END;
            return DECODED_AGAIN;
        }
    }
    own->steps &= (uint8_t)~STEP_LABEL_END;
    struct command end = {
        .kind = COMMAND_PING, .flags = COMMAND_WAITS, .reply_code = ECHO_LABEL_END};
    labelled.decoder.give(&labelled.decoder, &end);
    return DECODED;
}

static enum decoded decode(struct talk *talk, struct slice line, struct decoder *decoder) {
    struct irc_message message = {0};
    struct slice label = {0};
    char memory[3 * IRC_LINE_SIZE_MAX];
    struct buf latin1;
    buf_init(&latin1, memory, sizeof memory);
    if (line.at[0] == '@') message.tags = slice_from(take_word(&line), 1);
    if (talk->manner->latin1 && line.size <= IRC_LINE_SIZE_MAX && !utf8_valid(line)) {
        utf8_put_latin1(&latin1, line);
        line = buf_slice(&latin1);
    }
    if (line.size > IRC_LINE_SIZE_MAX || message.tags.size > IRC_CLIENT_TAGS_MAX) {
        irc_refuse(decoder, REFUSED_LINE_TOO_LONG, (struct slice){0});
        return DECODED;
    }
    message.broken = !utf8_valid(line) || !utf8_valid(message.tags);
    if (message.broken && (!utf8_valid(message.tags) || text_has_forbidden(message.tags)))
        message.tags = (struct slice){0};
    message_read(line, &message);
    if (message.verb.size == 0) return DECODED;
    uint32_t wanted = CAP_LABELED | CAP_BATCH;
    bool may = (irc_own(talk)->caps & wanted) == wanted;
    if (irc_batch_line(talk, &message, decoder)) return DECODED;
    (void)irc_tag(message.tags, "label", &label);
    label = irc_batch_label(talk, &message, label);
    if (may && label.size > 0 && label.size <= IRC_LABEL_MAX)
        return run_labelled(talk, &message, label, decoder);
    return run(talk, &message, decoder);
}

/* A watched name shows what its watcher asked for with extended-monitor, and nothing without. */
static uint64_t view(const struct talk *talk, struct room_id room) {
    uint32_t caps = irc_own(talk)->caps;
    uint32_t news = CAP_AWAY_NOTIFY | CAP_ACCOUNT_NOTIFY | CAP_SETNAME | CAP_CHGHOST;
    bool extended = caps & CAP_EXTENDED_MONITOR;
    if (room.v == 0) return caps & (IRC_VIEW | CAP_EXTENDED_MONITOR);
    return caps & IRC_VIEW & ((room.v & WATCH_ROOM) && !extended ? ~news : UINT32_MAX);
}

const struct dialect dialect_irc = {.name = "irc",
                                    .own_size = sizeof(struct irc_own),
                                    .line = decode,
                                    .view = view,
                                    .encode = irc_encode,
                                    .answer = irc_answer,
                                    .list = irc_list_room,
                                    .hears = irc_hears_fact,
                                    .forget = irc_forget};
