/* irc_answer.c: what one session is told: answers to what it asked, what came of its own commands,
 * and what is said to its person alone. */
#include "base/check.h"
#include "base/date.h"
#include "chat/modes.h"
#include "chat/person.h"
#include "dialect/irc_account.h"
#include "dialect/irc_fact.h"
#include "dialect/irc_history.h"
#include "dialect/irc_people.h"

/* ---- coming ---- */

/* 005: at most TOKENS_A_LINE tokens in one (modern.ircdocs.horse, RPL_ISUPPORT). */
enum { TOKENS_A_LINE = 13 };

struct tokens {
    const struct talk *talk;
    struct buf *out;
    struct buf line;
    uint32_t count;
    char bytes[IRC_LINE_SIZE_MAX];
};

static void tokens_flush(struct tokens *tokens) {
    if (tokens->count == 0) return;
    size_t begin = tokens->out->size;
    irc_line(tokens->talk, tokens->out, "005 %");
    tokens->out->size -= 2; /* its end */
    buf_put(tokens->out, buf_slice(&tokens->line));
    buf_text(tokens->out, " :are supported here");
    irc_line_end(tokens->out);
    check(buf_ok(&tokens->line) && tokens->out->size - begin <= IRC_LINE_SIZE_MAX + 2);
    buf_init(&tokens->line, tokens->bytes, sizeof tokens->bytes);
    tokens->count = 0;
}

/* The token, and behind it a text, and a number unless it is 0. */
static void put_token(struct tokens *tokens, const char *token, struct slice text,
                      uint64_t number) {
    size_t size = strlen(token) + text.size + 24;
    if (tokens->count == TOKENS_A_LINE || tokens->line.size + size > 330) tokens_flush(tokens);
    buf_byte(&tokens->line, ' ');
    buf_text(&tokens->line, token);
    buf_put(&tokens->line, text);
    if (number > 0) buf_number(&tokens->line, number);
    tokens->count++;
}

void irc_put_isupport(const struct talk *talk, struct buf *out) {
    const struct manner *manner = talk->manner;
    static const char *const fixed[] = {
        "ACCOUNTEXTBAN=a",
        "BOT=B",
        "CHANMODES=Ibe,k,fl,CMRUimnpstu",
        "CHANTYPES=#",
        "ELIST=CMNTU",
        "EXCEPTS=e",
        "EXTBAN=,am",
        "INVEX=I",
        "PREFIX=(qaohv)~&@%+",
        "SAFELIST",
        "STATUSMSG=~&@%+",
        "TARGMAX=JOIN:,KICK:,NAMES:,NOTICE:,PART:,PRIVMSG:,TAGMSG:,WHOIS:",
        "WHOX",
        "MSGREFTYPES=msgid,timestamp"};
    const struct {
        const char *name;
        uint64_t value;
    } limits[] = {
        {"AWAYLEN=", manner->away_size},
        {"CHANLIMIT=#:", manner->rooms_max},
        {"CHATHISTORY=", manner->history_max},
        {"CHANNELLEN=", manner->channel_size + UINT64_C(1)},
        {"KICKLEN=", manner->why_size > 0 ? manner->why_size : (uint64_t)WHY_SIZE_MAX},
        {"MAXLIST=beI:", manner->list_max > 0 ? manner->list_max : (uint64_t)RESTRAINTS_MAX},
        {"MODES=", MODE_CHANGES_MAX},
        {"MONITOR=", manner->monitor_max > 0 ? manner->monitor_max : (uint64_t)WATCHES_MAX},
        {"NAMELEN=", REAL_SIZE_MAX},
        {"NICKLEN=", manner->name_size},
        {"TOPICLEN=", manner->topic_size},
    };
    struct tokens tokens = {.talk = talk, .out = out};
    buf_init(&tokens.line, tokens.bytes, sizeof tokens.bytes);
    for (size_t i = 0; i < sizeof fixed / sizeof *fixed; i++)
        put_token(&tokens, fixed[i], (struct slice){0}, 0);
    if (!manner->latin1) put_token(&tokens, "UTF8ONLY", (struct slice){0}, 0);
    put_token(&tokens, "CASEMAPPING=", manner->precis ? slice_of("precis") : slice_of("ascii"), 0);
    put_token(&tokens, "NETWORK=", irc_network(talk), 0);
    if (manner->icon.size > 0) put_token(&tokens, "draft/ICON=", manner->icon, 0);
    for (size_t i = 0; i < sizeof limits / sizeof *limits; i++)
        put_token(&tokens, limits[i].name, (struct slice){0}, limits[i].value);
    tokens_flush(&tokens);
}

void irc_put_motd(const struct talk *talk, struct buf *out) {
    struct slice lines = talk->manner->motd;
    if (lines.size == 0) {
        irc_line(talk, out, "422 % :there is no message of the day");
        return;
    }
    irc_line(talk, out, "375 % :- $ message of the day -", irc_server(talk));
    while (lines.size > 0) {
        struct slice line = slice_until(&lines, '\n');
        if (line.size > 0 && line.at[line.size - 1] == '\r') line.size--;
        irc_line(talk, out, "372 % :- &", line);
    }
    irc_line(talk, out, "376 % :end of the message of the day");
}

static void call_own(struct irc_own *own, struct slice nick) {
    check(nick.size > 0 && nick.size <= USER_NAME_SIZE_MAX);
    memcpy(own->nick, nick.at, nick.size);
    own->nick_size = (uint8_t)nick.size;
}

static void answer_welcome(struct talk *talk, const struct event *event, struct buf *out) {
    struct irc_own *own = irc_own(talk);
    struct slice room = {talk->manner->room, talk->manner->room_size};
    call_own(own, event->author_name);
    check(event->login.size <= sizeof own->login);
    if (event->login.size > 0) memcpy(own->login, event->login.at, event->login.size);
    own->login_size = (uint8_t)event->login.size;
    talk->stage = TALK_HERE;
    irc_forget_early(own);
    irc_line(talk, out, "001 % :welcome to $, &", irc_network(talk), event->author_name);
    irc_line(talk, out, "002 % :your host is $", irc_server(talk));
    irc_line(talk, out, "003 % :people meet in #", room);
    irc_line(talk, out, "004 % $ parlance BRTZiow CIMRUbefiklmnopqstuv Ibefkloqv",
             irc_server(talk));
    irc_put_isupport(talk, out);
}

/* ---- rooms ---- */

static struct slice own_login(const struct talk *talk) {
    const struct irc_own *own = irc_own(talk);
    return (struct slice){own->login, own->login_size};
}

static void put_topic(const struct talk *talk, const struct event *event, struct buf *out) {
    if (event->text.size > 0) irc_line(talk, out, "332 % # :&", event->room_name, event->text);
    char digits[24];
    struct buf set;
    buf_init(&set, digits, sizeof digits);
    buf_number(&set, event->number);
    if (event->text.size > 0 && event->number > 0 && event->author_name.size > 0)
        irc_line(talk, out, "333 % # $ $", event->room_name, event->author_name, buf_slice(&set));
    if (event->text.size > 0) return;
    irc_line(talk, out, "331 % # :no topic is set", event->room_name);
}

/* Where she is now: told as the others are, then the topic; who is there is asked for next. */
static void answer_entered(struct talk *talk, const struct event *event, struct buf *out) {
    bool asked = event->reply_code == REPLY_JOIN;
    if (asked) talk->focus = event->room;
    if (event->flags & EVENT_AGAIN) return; /* no news but who is there */
    struct event joined = *event;
    joined.kind = EVENT_JOINED;
    joined.author_name = irc_nick_of(talk);
    joined.login = own_login(talk);
    joined.text = event->other;
    joined.number = 0; /* when the topic was set */
    joined.target = 0; /* the room's flags */
    joined.other = (struct slice){0};
    irc_put_event(irc_own(talk)->caps, &joined, (struct slice){0}, out);
    if (event->text.size > 0) put_topic(talk, event, out);
    irc_put_room_mark(talk, event, out);
    irc_put_sync_later(talk, event, out);
    if (!asked) talk->lists = event->before > 0 || !(irc_own(talk)->caps & CAP_NO_NAMES);
}

/* Shown to those who list people: all of her marks, or the highest. */
static void put_marked(const struct talk *talk, const struct person *person, struct buf *out) {
    bool all = irc_own(talk)->caps & CAP_MULTI_PREFIX;
    irc_put_marks(out, person->role, person->flags & PERSON_FOUNDER,
                  all && (person->flags & PERSON_VOICED));
}

static void put_names(const struct talk *talk, const struct event *event, struct slice names,
                      struct buf *out) {
    struct slice kind = event->flags & EVENT_PRIVATE ? slice_of("@") : slice_of("=");
    if (event->room_name.size > 0)
        irc_line(talk, out, "353 % $ # :&", kind, event->room_name, names);
    else
        irc_line(talk, out, "353 % * * :&", names);
}

/* Behind the last piece of one room, or of all. */
static void put_names_end(const struct talk *talk, const struct event *event, struct buf *out) {
    if (event->setting && (event->flags & EVENT_LAST))
        irc_line(talk, out, "366 % * :end of the list");
    else if (!event->setting && event->cursor == 0 && event->reply_code != REPLY_NAMES_PART)
        irc_line(talk, out, "366 % # :end of the list", event->room_name);
}

static void answer_names(const struct talk *talk, const struct event *event, struct buf *out) {
    struct slice lines = event->text;
    bool userhost = irc_own(talk)->caps & CAP_USERHOST;
    char memory[IRC_LINE_SIZE_MAX], entry_memory[USER_NAME_SIZE_MAX * 6 + LOGIN_HOST_MAX * 3];
    struct buf names, entry;
    struct person person;
    buf_init(&names, memory, 300);
    while (person_take(&lines, &person)) {
        buf_init(&entry, entry_memory, sizeof entry_memory);
        put_marked(talk, &person, &entry);
        if (userhost)
            irc_put_mask(&entry, person.name, person.login);
        else
            text_show(&entry, person.name);
        check(buf_ok(&entry));
        struct slice text = slice_trim(buf_slice(&entry));
        if (names.size > 0 && names.size + text.size + 1 > names.cap) {
            put_names(talk, event, buf_slice(&names), out);
            names.size = 0;
        }
        if (names.size > 0) buf_byte(&names, ' ');
        buf_put(&names, text);
    }
    if (names.size > 0) put_names(talk, event, buf_slice(&names), out);
    put_names_end(talk, event, out);
}

/* ---- people ---- */

static void answer_people(const struct talk *talk, const struct event *event, struct buf *out) {
    if (!irc_answer_people(talk, event, out)) answer_names(talk, event, out);
}

static void answer_renamed(struct talk *talk, const struct event *event, struct buf *out) {
    irc_put_event(irc_own(talk)->caps, event, (struct slice){0}, out);
    call_own(irc_own(talk), event->other);
}

/* RFC 2812 section 5.1 */
static void answer_alert(const struct talk *talk, const struct event *event, struct buf *out) {
    if (event->why == ALERT_AWAY)
        irc_line(talk, out, "301 % $ :&", event->other, event->text);
    else if (event->why == ALERT_INVITED)
        irc_put_invite(talk, event, out);
}

void irc_put_invite(const struct talk *talk, const struct event *event, struct buf *out) {
    irc_put_tags(irc_own(talk)->caps, event, (struct slice){0}, true, out);
    irc_put_source(out, event->author_name, event->login);
    buf_text(out, "INVITE ");
    text_show(out, irc_nick_of(talk));
    buf_byte(out, ' ');
    irc_put_channel(out, event);
    irc_line_end(out);
}

/* ---- accounts ---- */

static void answer_refused(struct talk *talk, const struct event *event, struct buf *out) {
    if (event->reply_code == REPLY_PRE_AWAY) return; /* she has not come: another NICK is due */
    bool lifts = event->reply_code == REPLY_ROOM_MODE && event->refusal == REFUSED_NOTHING_HOLDS;
    if (lifts || event->reply_code == REPLY_NAMES_PART) return; /* it is so already */
    bool full = event->refusal == REFUSED_STORE_FULL;           /* nothing is lost without a word */
    if (event->reply_code == REPLY_NOTICE && event->kind == EVENT_REFUSED && !full) return;
    if (event->reply_code == REPLY_SASL) irc_sasl_end(irc_own(talk));
    if (event->reply_code == REPLY_MONITOR && event->refusal == REFUSED_LIST_FULL)
        irc_answer_watch_full(talk, event, out);
    else if (event->reply_code == REPLY_REGISTER && event->kind == EVENT_REFUSED)
        irc_answer_unregistered(talk, event, out);
    else
        irc_put_refused(talk, event, out);
    if (event->reply_code == REPLY_WHO && event->kind == EVENT_REFUSED) irc_put_who_end(talk, out);
    if (event->reply_code == REPLY_STATS && event->kind == EVENT_REFUSED)
        irc_answer_stats(talk, event, out);
    if (event->reply_code == REPLY_HELLO) irc_own(talk)->nick_size = 0; /* another NICK is due */
}

/* ---- what she asked herself ---- */

static void answer_time(const struct talk *talk, const struct event *event, struct buf *out) {
    char memory[DATE_SIZE];
    struct buf date;
    buf_init(&date, memory, sizeof memory);
    date_put(&date, event->time_ms);
    irc_line(talk, out, "391 % $ :&", irc_server(talk), buf_slice(&date));
}

static void answer_service(const struct talk *talk, struct slice words, struct buf *out) {
    struct slice service = slice_until(&words, '\n');
    irc_put_service(talk, service, words, out);
}

/* She is shown that she left, as all who saw her are; then why the connection ends. */
static void answer_quit(const struct talk *talk, struct slice words, struct buf *out) {
    size_t begin = out->size;
    if (talk->stage == TALK_HERE) {
        irc_put_source(out, irc_nick_of(talk), own_login(talk));
        buf_text(out, "QUIT :");
        irc_put_text(out, begin, words);
        irc_line_end(out);
        begin = out->size;
    }
    buf_text(out, "ERROR :closed: ");
    irc_put_text(out, begin, words);
    irc_line_end(out);
}

static void answer_pong(struct talk *talk, const struct event *event, struct buf *out) {
    size_t begin = out->size;
    switch ((int)event->reply_code) {
    case ECHO_LINE: irc_line(talk, out, "&", event->text); break;
    case ECHO_BARE:
        irc_put_text(out, begin, event->text);
        irc_line_end(out);
        break;
    case ECHO_QUIT: answer_quit(talk, event->text, out); break;
    case ECHO_SERVICE: answer_service(talk, event->text, out); break;
    case ECHO_ISUPPORT: irc_put_isupport(talk, out); break;
    case ECHO_ISUPPORT_BATCH: irc_answer_isupport(talk, out); break;
    case ECHO_MOTD: irc_put_motd(talk, out); break;
    case ECHO_TIME: answer_time(talk, event, out); break;
    case ECHO_LABEL_END: irc_label_end(talk, out); break;
    default: check(false);
    }
}

/* 341, or 443 where she is in it. */
static void answer_invited(const struct talk *talk, const struct event *event, struct buf *out) {
    if (event->other.size == 0) return;
    if (event->number > 0 && event->kind == EVENT_DONE)
        irc_line(talk, out, "443 % $ # :is in it already", event->other, event->room_name);
    else
        irc_line(talk, out, "341 % $ #", event->other, event->room_name);
}

static void answer_done(const struct talk *talk, const struct event *event, struct buf *out) {
    if (event->reply_code == REPLY_INVITE) answer_invited(talk, event, out);
    if (event->reply_code == REPLY_AWAY)
        irc_line(talk, out, event->number ? "306 % :you are away" : "305 % :you are here again");
    if (event->reply_code == REPLY_RULE) irc_line(talk, out, "NOTICE % :&", event->text);
    if (event->reply_code != REPLY_OPER) return;
    irc_line(talk, out, "381 % :you run this server now");
    irc_put_user_mode(talk, 0, PERSON_ADMIN, out);
}

/* What she did herself is echoed where she asked for that (echo-message); what her other devices
 * say is shown in any case. */
static void answer_own(const struct talk *talk, const struct event *event, struct buf *out) {
    uint32_t caps = irc_own(talk)->caps;
    bool direct = event->flags & EVENT_DIRECT;
    if (event->reply_code != REPLY_NONE && !(caps & CAP_ECHO)) return;
    irc_put_event(caps, event, direct ? event->other : (struct slice){0}, out);
}

static void answer_direct(const struct talk *talk, const struct event *event, struct buf *out) {
    if (event->flags & EVENT_OWN)
        answer_own(talk, event, out);
    else
        irc_put_event(irc_own(talk)->caps, event, irc_nick_of(talk), out);
}

/* `@#room`, of those who have at least that role. */
static void answer_aside(const struct talk *talk, const struct event *event, struct buf *out) {
    static const char *const marks[ROLES] = {
        [ROLE_NONE] = "#", [ROLE_VOICE] = "+#", [ROLE_OPERATOR] = "@#", [ROLE_OWNER] = "~#"};
    char memory[ROOM_NAME_SIZE_MAX + 2];
    struct buf to;
    buf_init(&to, memory, sizeof memory);
    buf_text(&to, marks[event->setting]);
    buf_put(&to, event->room_name);
    bool echoes = irc_own(talk)->caps & CAP_ECHO;
    if ((event->flags & EVENT_OWN) && event->reply_code != REPLY_NONE && !echoes) return;
    irc_put_event(irc_own(talk)->caps, event, buf_slice(&to), out);
}

/* Of a room that is gone she is told who deleted it; that she has left it is hers. */
static void answer_exited(const struct talk *talk, const struct event *event, struct buf *out) {
    struct event left = *event;
    if (event->why == LEAVING_DELETED) {
        left.author_name = irc_nick_of(talk);
        left.login = own_login(talk);
        left.text = slice_of("the room is deleted");
    }
    irc_put_event(irc_own(talk)->caps, &left, (struct slice){0}, out);
}

/* draft/channel-rename: who does not know of it leaves the old room and comes into the new one. */
static void answer_room_renamed(struct talk *talk, const struct event *event, struct buf *out) {
    struct event left = *event, topic = *event;
    struct slice why = slice_until(&topic.other, '\n');
    left.room_name = event->text;
    if (irc_own(talk)->caps & CAP_RENAME) {
        size_t begin = out->size;
        irc_put_tags(irc_own(talk)->caps, event, (struct slice){0}, true, out);
        irc_put_source(out, event->author_name, event->login);
        buf_text(out, "RENAME ");
        irc_put_channel(out, &left);
        buf_byte(out, ' ');
        irc_put_channel(out, event);
        buf_text(out, " :");
        irc_put_text(out, begin, why);
        irc_line_end(out);
        return;
    }
    left.kind = EVENT_EXITED;
    left.why = LEAVING_PART;
    left.author_name = irc_nick_of(talk);
    left.login = own_login(talk);
    left.text = why.size > 0 ? why : slice_of("the channel has another name");
    irc_put_event(irc_own(talk)->caps, &left, (struct slice){0}, out);
    topic.author_name = (struct slice){0};
    topic.text = topic.other;
    topic.other = slice_of("");
    topic.reply_code = REPLY_NONE;
    topic.before = 0;
    answer_entered(talk, &topic, out);
}

/* 336 and 337: "time\tname\n" each. */
static void answer_invitations(const struct talk *talk, const struct event *event,
                               struct buf *out) {
    struct slice lines = event->text;
    while (lines.size > 0) {
        struct slice name = text_line(&lines);
        slice_until(&name, '\t');
        irc_line(talk, out, "336 % #", name);
    }
    irc_line(talk, out, "337 % :end of the list of invitations");
}

void irc_answer_event(struct talk *talk, const struct event *event, struct buf *out) {
    uint32_t caps = irc_own(talk)->caps;
    if (irc_answer_history(talk, event, out)) return;
    if (irc_answer_service(talk, event, out)) return;
    if (irc_answer_fact(talk, event, out)) return;
    switch ((int)event->kind) {
    case EVENT_WELCOME: answer_welcome(talk, event, out); break;
    case EVENT_ENTERED: answer_entered(talk, event, out); break;
    case EVENT_REFUSED:
    case EVENT_CLOSE: answer_refused(talk, event, out); break;
    case EVENT_PEOPLE: answer_people(talk, event, out); break;
    case EVENT_RESTRAINTS:
        if (event->reply_code == REPLY_STATS)
            irc_answer_stats(talk, event, out);
        else
            irc_answer_list(talk, event, out);
        break;
    case EVENT_ROOMS: irc_answer_rooms(talk, event, out); break;
    case EVENT_TOPIC: put_topic(talk, event, out); break;
    case EVENT_RENAMED: answer_renamed(talk, event, out); break;
    case EVENT_ROOM_RENAMED: answer_room_renamed(talk, event, out); break;
    case EVENT_TARGETS: answer_invitations(talk, event, out); break;
    case EVENT_PAST: irc_put_said(caps, event, (struct slice){0}, (struct slice){0}, out); break;
    case EVENT_WHOIS_ROOMS: irc_answer_whois_rooms(talk, event, out); break;
    case EVENT_WHOIS: irc_answer_whois(talk, event, out); break;
    case EVENT_ROOM_MODES: irc_answer_modes(talk, event, out); break;
    case EVENT_COUNTS: irc_answer_counts(talk, event, out); break;
    case EVENT_WATCHES: irc_answer_watches(talk, event, out); break;
    case EVENT_ORDERED: irc_line(talk, out, "382 % * :it is done"); break;
    case EVENT_JOINED:
    case EVENT_LEFT: /* her own are told as ENTERED and EXITED, others' where they are hidden */
        if (event->flags & EVENT_OFF) irc_put_event(caps, event, (struct slice){0}, out);
        break;
    case EVENT_SEEN:
    case EVENT_WALLOPS: irc_put_event(caps, event, (struct slice){0}, out); break;
    case EVENT_USER_MODE: irc_answer_user_mode(talk, event, out); break;
    case EVENT_ALERT: answer_alert(talk, event, out); break;
    case EVENT_LOGGED_IN: irc_answer_logged_in(talk, event, out); break;
    case EVENT_SCRAM: irc_answer_scram(talk, event, out); break;
    case EVENT_DONE: answer_done(talk, event, out); break;
    case EVENT_PONG: answer_pong(talk, event, out); break;
    case EVENT_SAID: answer_own(talk, event, out); break;
    case EVENT_TOLD:
    case EVENT_TAGGED:
    case EVENT_REACTED:
    case EVENT_EDITED:
    case EVENT_RETRACTED:
        if (event->flags & EVENT_DIRECT)
            answer_direct(talk, event, out);
        else if (event->kind == EVENT_TOLD)
            answer_aside(talk, event, out);
        else
            answer_own(talk, event, out);
        break;
    case EVENT_RESTRAINED:
        if (event->reply_code == REPLY_INVITE)
            answer_invited(talk, event, out);
        else
            irc_put_event(caps, event, (struct slice){0}, out);
        break;
    case EVENT_EXITED: answer_exited(talk, event, out); break;
    case EVENT_DELETED:
    case EVENT_TOPIC_SET:
    case EVENT_MODE_SET:
    case EVENT_ROLE_SET:
    case EVENT_MODES:
    case EVENT_PERSON: irc_put_event(caps, event, (struct slice){0}, out); break;
    default: break; /* the rest is not for IRC */
    }
}

void irc_answer(struct talk *talk, const struct event *event, struct buf *out) {
    struct event plain = *event;
    size_t begin = out->size;
    bool labelled = event->reply_code & IRC_LABELLED;
    plain.reply_code &= (uint16_t)~IRC_LABELLED;
    irc_answer_event(talk, &plain, out);
    if (labelled && plain.reply_code != ECHO_LABEL_END) irc_label_lines(talk, out, begin);
}
