/* irc_service.c: NickServ, ChanServ and HistServ: words to somebody who is none, turned into the
 * commands that every dialect has, and answered by NOTICEs of hers. */
#include <jansson.h>
#include <sodium.h>
#include <stdlib.h>

#include "base/check.h"
#include "base/date.h"
#include "base/utf8.h"
#include "chat/person.h"
#include "chat/refusal.h"
#include "chat/restraint.h"
#include "chat/scope.h"
#include "dialect/irc_account.h"
#include "dialect/irc_write.h"

enum service { NICKSERV, CHANSERV, HISTSERV, SERVICES };

enum { ARGUMENTS_MAX = 4, PLAY_MAX = 100, LINES_MAX = 12 };

static const char *const names[SERVICES] = {"NickServ", "ChanServ", "HistServ"};
static const char *const keys[SERVICES] = {"NICKSERV", "CHANSERV", "HISTSERV"};
static const char *const verbs[SERVICES] = {"NS", "CS", "HS"};

/* What is asked of a service: its words, and how they go to the hub. */
struct asked {
    struct talk *talk;
    struct decoder *decoder;
    enum service service;
    struct slice words[ARGUMENTS_MAX]; /* behind the verb; the last has all the rest */
    size_t count;
};

static uint16_t reply_of(enum service service) {
    return (uint16_t)(REPLY_NICKSERV + (int)service);
}

/* A NOTICE in its turn. */
static void say(const struct asked *asked, struct slice words) {
    char memory[2 * IRC_LINE_SIZE_MAX];
    struct buf line;
    buf_init(&line, memory, sizeof memory);
    buf_text(&line, names[asked->service]);
    buf_byte(&line, '\n');
    buf_put(&line, slice_head(words, IRC_LINE_SIZE_MAX));
    irc_echo(asked->decoder, ECHO_SERVICE, buf_slice(&line));
}

static void say_text(const struct asked *asked, const char *words) {
    say(asked, slice_text(words));
}

static struct command command_of(const struct asked *asked, enum command_kind kind) {
    return (struct command){.kind = kind,
                            .flags = COMMAND_WAITS | COMMAND_KEEPS,
                            .reply_code = reply_of(asked->service),
                            .dialect = DIALECT_IRC,
                            .address = asked->talk->address};
}

static void give(const struct asked *asked, struct command *command) {
    asked->decoder->give(asked->decoder, command);
}

static bool take_name(const struct asked *asked, struct slice name, struct command *command) {
    return decoder_name(asked->decoder, asked->talk, name, command);
}

static bool take_room(const struct asked *asked, struct command *command) {
    struct slice room = asked->words[0];
    if (room.size > 1 && room.at[0] == '#')
        return decoder_room(asked->decoder, slice_from(room, 1), command);
    say_text(asked, "a channel begins with #");
    return false;
}

static struct slice own_nick(const struct asked *asked) {
    return irc_nick_of(asked->talk);
}

/* ---- NickServ ---- */

static void ns_register(const struct asked *asked) {
    struct command command = command_of(asked, COMMAND_REGISTER);
    command.reply_code = REPLY_NS_REGISTER;
    command.secret = asked->words[0];
    if (asked->talk->manner->registers_by_mail)
        say_text(asked, "no mail is sent from here, and an address is wanted: ask the operator");
    else if (take_name(asked, own_nick(asked), &command))
        give(asked, &command);
}

static void ns_identify(const struct asked *asked) {
    struct command command = command_of(asked, COMMAND_LOGIN);
    bool named = asked->count > 1;
    command.secret = asked->words[named ? 1 : 0];
    if (take_name(asked, named ? asked->words[0] : own_nick(asked), &command))
        give(asked, &command);
}

static void ns_ghost(const struct asked *asked) {
    struct command command = command_of(asked, COMMAND_GHOST);
    if (take_name(asked, asked->words[0], &command)) give(asked, &command);
}

static void ns_info(const struct asked *asked) {
    struct command command = command_of(asked, COMMAND_WHOIS);
    struct slice name = asked->count > 0 ? asked->words[0] : own_nick(asked);
    if (take_name(asked, name, &command)) give(asked, &command);
}

static void ns_logout(const struct asked *asked) {
    struct command command = command_of(asked, COMMAND_LOGOUT);
    give(asked, &command);
}

/* SET PASSWORD old new; SET ALWAYS-ON or MULTICLIENT true, false or default */
static void ns_set(const struct asked *asked) {
    static const struct {
        const char *name;
        enum account_setting setting;
    } settings[] = {{"ALWAYS-ON", ACCOUNT_STAYS}, {"MULTICLIENT", ACCOUNT_MANY}};
    struct slice what = asked->words[0], value = asked->words[1];
    if (irc_same_word(what, "PASSWORD") && asked->count > 2) {
        struct command command = command_of(asked, COMMAND_PASSWORD);
        command.secret = value;
        command.text = asked->words[2];
        give(asked, &command);
        return;
    }
    bool yes = irc_same_word(value, "TRUE") || irc_same_word(value, "ON");
    bool no = irc_same_word(value, "FALSE") || irc_same_word(value, "OFF");
    bool usual = irc_same_word(value, "DEFAULT");
    for (size_t i = 0; i < sizeof settings / sizeof *settings && (yes || no || usual); i++) {
        if (!irc_same_word(what, settings[i].name)) continue;
        struct command command = command_of(asked, COMMAND_ACCOUNT_SET);
        command.setting = (uint8_t)settings[i].setting;
        command.number = yes ? CHOSEN_YES : no ? CHOSEN_NO : CHOSEN_NOTHING;
        give(asked, &command);
        return;
    }
    say_text(asked, "SET PASSWORD old new; SET ALWAYS-ON or MULTICLIENT true, false or default");
}

/* By who runs the server: an account for somebody else. */
static void ns_saregister(const struct asked *asked) {
    struct command command = command_of(asked, COMMAND_USER_ADD);
    command.secret = asked->words[1];
    if (take_name(asked, asked->words[0], &command)) give(asked, &command);
}

/* CERT LIST; CERT ADD or DEL, of a fingerprint or of the certificate that her client showed */
static void ns_cert(const struct asked *asked) {
    bool add = irc_same_word(asked->words[0], "ADD"), del = irc_same_word(asked->words[0], "DEL");
    struct command command = command_of(asked, COMMAND_TOKENS);
    unsigned char fingerprint[TOKEN_HASH_SIZE];
    struct slice digits = asked->words[1];
    size_t size = 0;
    if (add || del) {
        command.kind = add ? COMMAND_TOKEN_ADD : COMMAND_TOKEN_DELETE;
        command.flags |= COMMAND_BY_CERT;
    } else if (!irc_same_word(asked->words[0], "LIST")) {
        say_text(asked, "CERT LIST; CERT ADD or DEL [fingerprint]");
        return;
    }
    bool given = (add || del) && asked->count > 1;
    if (given && (sodium_hex2bin(fingerprint, sizeof fingerprint, digits.at, digits.size, ":",
                                 &size, NULL) != 0 ||
                  size != sizeof fingerprint)) {
        say_text(asked, "a fingerprint is SHA-256: 64 hex digits");
        return;
    }
    command.secret = (struct slice){(char *)fingerprint, given ? sizeof fingerprint : 0};
    give(asked, &command);
}

/* ---- ChanServ ---- */

static void give_role(const struct asked *asked, struct slice name, enum role role) {
    struct command command = command_of(asked, COMMAND_ROLE);
    command.number = role;
    if (take_room(asked, &command) && take_name(asked, name, &command)) give(asked, &command);
}

static void cs_register(const struct asked *asked) {
    struct command command = command_of(asked, COMMAND_ROLE);
    command.number = ROLE_OWNER;
    command.flags |= COMMAND_KEEPS;
    command.reply_code = REPLY_CS_REGISTER;
    if (!(irc_own(asked->talk)->steps & STEP_ACCOUNT))
        say_text(asked, "only an account can keep a channel: REGISTER with NickServ first");
    else if (take_room(asked, &command) && take_name(asked, own_nick(asked), &command))
        give(asked, &command);
}

static void cs_op(const struct asked *asked) {
    give_role(asked, asked->count > 1 ? asked->words[1] : own_nick(asked), ROLE_OPERATOR);
}

static void cs_access(const struct asked *asked) {
    static const struct {
        const char *word;
        enum role role;
    } roles[] = {{"OWNER", ROLE_OWNER},
                 {"OPERATOR", ROLE_OPERATOR},
                 {"VOICE", ROLE_VOICE},
                 {"NONE", ROLE_NONE}};
    if (asked->count < 3) {
        struct command command = command_of(asked, COMMAND_WHO);
        command.flags |= COMMAND_FULL;
        if (take_room(asked, &command)) give(asked, &command);
        return;
    }
    for (size_t i = 0; i < sizeof roles / sizeof *roles; i++) {
        if (!irc_same_word(asked->words[2], roles[i].word)) continue;
        give_role(asked, asked->words[1], roles[i].role);
        return;
    }
    say_text(asked, "ACCESS #channel nick owner, operator, voice or none");
}

static void cs_transfer(const struct asked *asked) {
    give_role(asked, asked->words[1], ROLE_OWNER);
    give_role(asked, own_nick(asked), ROLE_NONE);
}

static void cs_info(const struct asked *asked) {
    struct command command = command_of(asked, COMMAND_ROOM_MODES);
    if (take_room(asked, &command)) give(asked, &command);
}

static const char filter_form[] =
    "FILTER #channel LIST; ADD report, refuse or seconds, words; DEL words";

static void cs_filter(const struct asked *asked) {
    struct command filter = command_of(asked, COMMAND_FILTER);
    bool add = irc_same_word(asked->words[1], "ADD"), del = irc_same_word(asked->words[1], "DEL");
    struct slice action = add ? asked->words[2] : slice_of("off");
    struct slice words = asked->words[add ? 3 : 2];
    if (irc_same_word(asked->words[1], "LIST")) {
        filter.kind = COMMAND_RESTRAINTS;
        if (take_room(asked, &filter)) give(asked, &filter);
        return;
    }
    if (del && asked->count > 3) /* both are of one text */
        words.size = (size_t)(asked->words[3].at - words.at) + asked->words[3].size;
    if ((!add && !del) || words.size == 0)
        say_text(asked, filter_form);
    else if (!decoder_filtered(action, &filter) || (add && !(filter.flags & COMMAND_SETS)))
        say_text(asked, "a filter does one of these: report, refuse, mute for seconds, 1 to 86400");
    else if (take_room(asked, &filter) && decoder_filter(asked->decoder, words, &filter))
        give(asked, &filter);
}

/* ---- HistServ ---- */

static void play(const struct asked *asked, uint16_t reply_code) {
    struct command command = command_of(asked, COMMAND_HISTORY);
    struct slice target = asked->words[0];
    uint64_t count = PLAY_MAX;
    command.reply_code = reply_code;
    if (asked->count > 1 && (!slice_number(asked->words[1], PLAY_MAX, &count) || count == 0)) {
        say_text(asked, "at most 100 messages at once");
        return;
    }
    command.count = (uint32_t)count;
    bool room = target.size > 0 && target.at[0] == '#';
    if (room ? take_room(asked, &command) : take_name(asked, target, &command))
        give(asked, &command);
}

static void hs_play(const struct asked *asked) {
    play(asked, REPLY_HISTSERV);
}

static void hs_export(const struct asked *asked) {
    play(asked, REPLY_HS_EXPORT);
}

static void hs_delete(const struct asked *asked) {
    struct command command = command_of(asked, COMMAND_RETRACT);
    struct slice room, target = asked->words[0];
    if (!irc_msgid_read(asked->words[1], &room, &command.target)) {
        say_text(asked, "DELETE #channel msgid");
        return;
    }
    command.target_hex = irc_hex(room);
    bool of_room = target.size > 0 && target.at[0] == '#';
    if (of_room ? take_room(asked, &command) : take_name(asked, target, &command))
        give(asked, &command);
}

/* ---- all of them ---- */

static const struct {
    enum service service;
    const char *verb;
    size_t count; /* words that it needs at least */
    void (*run)(const struct asked *asked);
    const char *help;
} offers[] = {
    {NICKSERV, "REGISTER", 1, ns_register, "REGISTER password: an account of your nick"},
    {NICKSERV, "IDENTIFY", 1, ns_identify, "IDENTIFY [account] password: log in"},
    {NICKSERV, "LOGOUT", 0, ns_logout, "LOGOUT: end this login, and the connection"},
    {NICKSERV, "GHOST", 1, ns_ghost, "GHOST nick: end your account's other connections"},
    {NICKSERV, "SET", 2, ns_set, "SET PASSWORD old new; SET ALWAYS-ON true; SET MULTICLIENT true"},
    {NICKSERV, "CERT", 1, ns_cert,
     "CERT LIST, ADD or DEL [fingerprint]: who shows it is logged in"},
    {NICKSERV, "INFO", 0, ns_info, "INFO [nick]: whose account it is"},
    {NICKSERV, "SAREGISTER", 2, ns_saregister, "SAREGISTER account password: by administrators"},
    {CHANSERV, "REGISTER", 1, cs_register, "REGISTER #channel: it is yours for good"},
    {CHANSERV, "OP", 1, cs_op, "OP #channel [nick]: make somebody an operator"},
    {CHANSERV, "ACCESS", 1, cs_access, "ACCESS #channel [nick owner, operator, voice or none]"},
    {CHANSERV, "TRANSFER", 2, cs_transfer, "TRANSFER #channel nick: it is somebody else's"},
    {CHANSERV, "INFO", 1, cs_info, "INFO #channel: how it is set"},
    {CHANSERV, "FILTER", 2, cs_filter, filter_form},
    {HISTSERV, "PLAY", 1, hs_play, "PLAY #channel or nick [count]: what was said"},
    {HISTSERV, "DELETE", 2, hs_delete, "DELETE #channel or nick, msgid: take a message back"},
    {HISTSERV, "EXPORT", 1, hs_export, "EXPORT #channel or nick [count]: the same as JSON"},
};

static void help(const struct asked *asked) {
    for (size_t i = 0; i < sizeof offers / sizeof *offers; i++) {
        bool wanted = asked->count == 0 || irc_same_word(asked->words[0], offers[i].verb);
        if (offers[i].service == asked->service && wanted) say_text(asked, offers[i].help);
    }
}

static void ask(struct talk *talk, struct decoder *decoder, enum service service,
                struct slice text) {
    struct asked asked = {.talk = talk, .decoder = decoder, .service = service};
    struct slice verb = slice_word(&text);
    for (; asked.count < ARGUMENTS_MAX; asked.count++) {
        struct slice *word = &asked.words[asked.count];
        *word = asked.count + 1 < ARGUMENTS_MAX ? slice_word(&text) : slice_trim(text);
        if (word->size == 0) break;
    }
    for (size_t i = 0; i < sizeof offers / sizeof *offers; i++) {
        if (offers[i].service != service || !irc_same_word(verb, offers[i].verb)) continue;
        if (asked.count < offers[i].count)
            say_text(&asked, offers[i].help);
        else
            offers[i].run(&asked);
        return;
    }
    if (!irc_same_word(verb, "HELP")) say_text(&asked, "no such command; here is what there is");
    if (!irc_same_word(verb, "HELP")) asked.count = 0;
    help(&asked);
}

bool irc_is_service(struct slice target) {
    for (size_t i = 0; i < SERVICES; i++)
        if (irc_same_word(target, keys[i])) return true;
    return false;
}

void irc_ask_service(struct talk *talk, struct decoder *decoder, struct slice target,
                     struct slice text) {
    for (size_t i = 0; i < SERVICES; i++)
        if (irc_same_word(target, keys[i])) ask(talk, decoder, (enum service)i, text);
}

enum decoded irc_service(struct talk *talk, const struct irc_message *message,
                         struct decoder *decoder) {
    char memory[IRC_LINE_SIZE_MAX];
    struct buf text;
    buf_init(&text, memory, sizeof memory);
    for (size_t i = 0; i < message->count; i++) {
        if (i > 0) buf_byte(&text, ' ');
        buf_put(&text, message->params[i]);
    }
    for (size_t i = 0; i < SERVICES && buf_ok(&text); i++)
        if (irc_same_word(message->verb, verbs[i]) || irc_same_word(message->verb, keys[i]))
            ask(talk, decoder, (enum service)i, buf_slice(&text));
    return DECODED;
}

/* ---- answers ---- */

void irc_put_service(const struct talk *talk, struct slice service, struct slice words,
                     struct buf *out) {
    size_t begin = out->size;
    buf_byte(out, ':');
    buf_put(out, service);
    buf_byte(out, '!');
    buf_put(out, service);
    buf_byte(out, '@');
    buf_put(out, irc_server(talk));
    buf_text(out, " NOTICE ");
    text_show(out, irc_nick_of(talk));
    buf_text(out, " :");
    irc_put_text(out, begin, words);
    irc_line_end(out);
}

static enum service service_of(uint16_t reply_code) {
    if (reply_code == REPLY_NS_REGISTER) return NICKSERV;
    if (reply_code == REPLY_CS_REGISTER) return CHANSERV;
    if (reply_code == REPLY_HS_EXPORT) return HISTSERV;
    return (enum service)(reply_code - REPLY_NICKSERV);
}

static void tell(const struct talk *talk, const struct event *event, struct slice words,
                 struct buf *out) {
    irc_put_service(talk, slice_text(names[service_of(event->reply_code)]), words, out);
}

static void tell_refused(const struct talk *talk, const struct event *event, struct buf *out) {
    char memory[SENTENCE_SIZE_MAX];
    struct buf sentence;
    buf_init(&sentence, memory, sizeof memory);
    refusal_say(&sentence, event->refusal, event->number, slice_head(event->text, 100));
    tell(talk, event, buf_slice(&sentence), out);
}

static void tell_logged_in(struct talk *talk, const struct event *event, struct buf *out) {
    bool made = event->reply_code == REPLY_NS_REGISTER;
    tell(talk, event, made ? slice_of("Account created") : slice_of("you are logged in"), out);
}

static void tell_whois(const struct talk *talk, const struct event *event, struct buf *out) {
    struct slice lines = event->text;
    struct person person;
    char memory[300];
    struct buf words;
    buf_init(&words, memory, sizeof memory);
    if (!person_take(&lines, &person)) return;
    buf_put(&words, person.name);
    buf_text(&words, person.account.size > 0 ? " is the account " : " is no account");
    buf_put(&words, person.account);
    tell(talk, event, buf_slice(&words), out);
}

static void tell_people(const struct talk *talk, const struct event *event, struct buf *out) {
    static const char *const words[ROLES] = {
        [ROLE_VOICE] = "voice ", [ROLE_OPERATOR] = "operator ", [ROLE_OWNER] = "owner "};
    struct slice lines = event->text;
    struct person person;
    while (person_take(&lines, &person)) {
        char memory[100];
        struct buf line;
        if (!words[person.role]) continue;
        buf_init(&line, memory, sizeof memory);
        buf_text(&line, words[person.role]);
        buf_put(&line, person.name);
        tell(talk, event, buf_slice(&line), out);
    }
    if (event->cursor == 0) tell(talk, event, slice_of("that is all who are here"), out);
}

static void tell_lines(const struct talk *talk, const struct event *event, struct buf *out) {
    struct slice lines = event->text;
    while (lines.size > 0) {
        struct slice line = text_line(&lines), what = slice_until(&line, '\t');
        char memory[IRC_LINE_SIZE_MAX];
        struct buf words;
        buf_init(&words, memory, sizeof memory);
        buf_put(&words, slice_head(what, 50));
        buf_text(&words, ": ");
        buf_put(&words, slice_head(line, 400));
        tell(talk, event, buf_slice(&words), out);
    }
    tell(talk, event, slice_of("that is all that is set"), out);
}

/* Of what a channel has, the filters: "kind\twords\tminutes\tby\tset\tsubject\tseconds\n". */
static void tell_filters(const struct talk *talk, const struct event *event, struct buf *out) {
    struct slice lines = event->text;
    while (lines.size > 0) {
        struct slice line = text_line(&lines), kind = slice_until(&line, '\t');
        struct slice words = slice_until(&line, '\t'), seconds = {0}, by;
        bool mutes = slice_equal(kind, slice_text(restraint_word(RESTRAINT_HUSH)));
        if (!mutes && !slice_equal(kind, slice_text(restraint_word(RESTRAINT_REPORT))) &&
            !slice_equal(kind, slice_text(restraint_word(RESTRAINT_REFUSE))))
            continue;
        slice_until(&line, '\t');
        by = slice_until(&line, '\t');
        slice_until(&line, '\t');
        slice_until(&line, '\t');
        if (mutes) seconds = line;
        char memory[IRC_LINE_SIZE_MAX];
        struct buf told;
        buf_init(&told, memory, sizeof memory);
        buf_put(&told, mutes ? seconds : kind);
        buf_byte(&told, ' ');
        buf_put(&told, words);
        buf_text(&told, ", by ");
        buf_put(&told, by);
        tell(talk, event, buf_slice(&told), out);
    }
    if (event->cursor == 0) tell(talk, event, slice_of("that is all that is filtered"), out);
}

static void tell_certificates(const struct talk *talk, const struct event *event, struct buf *out) {
    struct slice lines = event->text;
    struct token_line token;
    while (token_line_take(&lines, &token))
        if (slice_equal(token.scopes, slice_of("certificate"))) tell(talk, event, token.name, out);
    tell(talk, event, slice_of("that is all"), out);
}

/* One message as JSON. A long text is cut to what a line holds, as a whole string. */
static void tell_json(const struct talk *talk, const struct event *event, struct buf *out) {
    enum { TEXT_MAX = 150 };
    char id_memory[40], time_memory[40];
    struct buf id, time;
    if (event->stored != STORED_MESSAGE) return;
    buf_init(&id, id_memory, sizeof id_memory);
    irc_put_msgid(event, &id);
    buf_init(&time, time_memory, sizeof time_memory);
    date_put(&time, event->time_ms);
    size_t size = event->text.size <= TEXT_MAX ? event->text.size : utf8_cut(event->text, TEXT_MAX);
    json_t *row =
        json_pack("{s:s%, s:s%, s:s%, s:s%}", "id", id.at, id.size, "time", time.at, time.size,
                  "nick", event->author_name.at ? event->author_name.at : "",
                  event->author_name.size, "text", event->text.at ? event->text.at : "", size);
    char *text = row ? json_dumps(row, JSON_COMPACT) : NULL;
    if (text) tell(talk, event, slice_text(text), out);
    free(text);
    json_decref(row);
}

/* `MODE #room +q nick`: shown to who made it hers, as if it had just been set. */
static void tell_owned(struct talk *talk, const struct event *event, struct buf *out) {
    struct event set = *event;
    set.kind = EVENT_ROLE_SET;
    set.author_name = set.other = irc_nick_of(talk);
    set.login = (struct slice){irc_own(talk)->login, irc_own(talk)->login_size};
    set.before = ROLE_NONE;
    set.number = ROLE_OWNER;
    set.seq = 0;
    if (event->room_name.size > 0) irc_put_event(irc_own(talk)->caps, &set, (struct slice){0}, out);
    tell(talk, event, slice_of("the channel is yours"), out);
}

bool irc_answer_service(struct talk *talk, const struct event *event, struct buf *out) {
    uint16_t code = event->reply_code;
    if (code < REPLY_NICKSERV || code > REPLY_HS_EXPORT) return false;
    switch ((int)event->kind) {
    case EVENT_REFUSED: tell_refused(talk, event, out); return true;
    case EVENT_LOGGED_IN: tell_logged_in(talk, event, out); return false;
    case EVENT_WHOIS: tell_whois(talk, event, out); return true;
    case EVENT_WHOIS_ROOMS: return true;
    case EVENT_PEOPLE: tell_people(talk, event, out); return true;
    case EVENT_RESTRAINTS: tell_filters(talk, event, out); return true;
    case EVENT_TOKENS: tell_certificates(talk, event, out); return true;
    case EVENT_ROOM_MODES: tell_lines(talk, event, out); return true;
    case EVENT_PAST_END: tell(talk, event, slice_of("that is all"), out); return true;
    case EVENT_PAST:
        if (code == REPLY_HS_EXPORT) tell_json(talk, event, out);
        return code == REPLY_HS_EXPORT;
    case EVENT_DONE:
        if (code == REPLY_CS_REGISTER)
            tell_owned(talk, event, out);
        else if (code != REPLY_NS_REGISTER && (code != REPLY_NICKSERV || event->text.size > 0))
            tell(talk, event, event->text.size > 0 ? event->text : slice_of("done"), out);
        return true;
    default: return false;
    }
}
