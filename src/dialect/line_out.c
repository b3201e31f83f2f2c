/* line_out.c: what happens in a room, as lines. What people say is `alice: text`; all else begins
 * with `* ` and is hidden where the listener does not announce. */
#include "base/check.h"
#include "chat/restraint.h"
#include "chat/rights.h"
#include "dialect/line.h"

uint64_t line_view(const struct talk *talk, struct room_id room) {
    return (talk->manner->crlf ? 0u : VIEW_LF) | (talk->manner->announce ? VIEW_ANNOUNCE : 0u) |
           (room.v == talk->focus.v ? 0u : VIEW_ELSEWHERE);
}

void line_end(uint64_t view, struct buf *out) {
    buf_text(out, view & VIEW_LF ? "\n" : "\r\n");
}

void line_put_room(const struct event *event, struct buf *out) {
    bool direct = event->flags & EVENT_DIRECT;
    if (direct) buf_byte(out, '@');
    text_show(out, direct ? event->other : event->room_name);
}

/* Nobody types into the direct messages, so they are always elsewhere. */
static void put_place(uint64_t view, const struct event *event, struct buf *out) {
    if (!(view & VIEW_ELSEWHERE)) return;
    buf_byte(out, '[');
    line_put_room(event, out);
    buf_text(out, "] ");
}

static void put_seq(uint64_t seq, struct buf *out) {
    buf_byte(out, '#');
    buf_number(out, seq);
}

static void put_said(uint64_t view, const struct event *event, struct slice line, struct buf *out) {
    text_show(out, event->author_name);
    buf_text(out, event->speech == SPEECH_ACTION ? " " : ": ");
    if (event->target != 0) {
        buf_text(out, "(to ");
        put_seq(event->target, out);
        buf_text(out, ") ");
    }
    text_show(out, line);
    if (event->flags & EVENT_CHANGED) buf_text(out, " (changed)");
    line_end(view, out);
}

void line_put_said(uint64_t view, const struct event *event, struct buf *out) {
    struct slice text = event->text;
    do {
        put_place(view, event, out);
        put_said(view, event, text_line(&text), out);
    } while (text.size > 0);
}

/* `alice has left the chat`, as the original has it. */
static void put_moved(uint64_t view, const struct event *event, const char *what, struct buf *out) {
    put_place(view, event, out);
    text_show(out, event->author_name);
    buf_text(out, what);
    line_end(view, out);
}

/* ---- what somebody did ---- */

/* One line of news: who, what, and a text that may be of several lines. */
struct news {
    uint64_t view;
    const struct event *event;
    struct buf *out;
    bool own; /* she herself is told */
};

static void news_begin(const struct news *news) {
    buf_text(news->out, "* ");
    put_place(news->view, news->event, news->out);
    if (news->own)
        buf_text(news->out, "you");
    else if (news->event->author_name.size > 0)
        text_show(news->out, news->event->author_name);
    else
        buf_text(news->out, "the server");
}

static void news_say(const struct news *news, const char *what, struct slice said) {
    news_begin(news);
    buf_text(news->out, what);
    text_show(news->out, said);
    line_end(news->view, news->out);
}

static void news_edited(const struct news *news) {
    struct slice text = news->event->text;
    do {
        news_begin(news);
        buf_text(news->out, " changed ");
        put_seq(news->event->target, news->out);
        buf_text(news->out, ": ");
        text_show(news->out, text_line(&text));
        line_end(news->view, news->out);
    } while (text.size > 0);
}

/* Who removed it is told where it was not whose it was. */
static void news_retracted(const struct news *news) {
    const struct event *event = news->event;
    struct buf *out = news->out;
    bool foreign = event->other.size > 0 && !slice_equal(event->other, event->author_name);
    buf_text(out, "* ");
    put_place(news->view, event, out);
    put_seq(event->target, out);
    if (foreign && !(event->flags & EVENT_DIRECT)) {
        buf_text(out, " of ");
        text_show(out, event->other);
    }
    buf_text(out, " was removed");
    if (foreign && !(event->flags & EVENT_DIRECT) && !news->own) {
        buf_text(out, " by ");
        text_show(out, event->author_name);
    }
    line_end(news->view, out);
}

static void news_reacted(const struct news *news) {
    const struct event *event = news->event;
    news_begin(news);
    if (event->flags & EVENT_OFF)
        buf_text(news->out, " took a reaction back from ");
    else
        buf_text(news->out, " reacted to ");
    put_seq(event->target, news->out);
    buf_text(news->out, ": ");
    text_show(news->out, event->text);
    line_end(news->view, news->out);
}

/* What is said of a setting; `%` is its number. */
static const struct {
    const char *on, *off;
} settings[ROOM_SETTINGS] = {
    [SETTING_PRIVATE] = {" made the room private", " made the room public"},
    [SETTING_INVITE_ONLY] = {" closed the room to who is not invited",
                             " opened the room to who is not invited"},
    [SETTING_MODERATED] = {" made the room moderated: who has no voice only reads",
                           " let everybody speak again"},
    [SETTING_KEY] = {" set a key, which one must know to enter", " took the key away"},
    [SETTING_SLOW] = {" set slow mode: % seconds between two messages", " ended slow mode"},
    [SETTING_HISTORY] = {" switched the history on", " switched the history off"},
    [SETTING_RETENTION_DAYS] = {" had texts kept for % days",
                                " had texts kept as long as elsewhere"},
    [SETTING_RETENTION_COUNT] = {" had the last % texts kept", " had all texts kept"},
    [SETTING_SECRET] = {" took the room off the list", " put the room on the list"},
    [SETTING_TOPIC_FREE] = {" let every member set the topic",
                            " let operators alone set the topic"},
    [SETTING_OUTSIDE] = {" let people speak to the room from outside",
                         " let members alone speak to the room"},
    [SETTING_NO_CTCP] = {" forbade CTCP", " let CTCP in again"},
    [SETTING_KNOWN_SPEAK] = {" let accounts alone speak, and who has a voice",
                             " let guests speak again"},
    [SETTING_KNOWN_ENTER] = {" let accounts alone enter", " let guests enter again"},
    [SETTING_LIMIT] = {" let at most % people in", " let any number of people in"},
    [SETTING_OP_MODERATED] = {" let operators alone hear who has no role",
                              " let everybody hear everybody"},
    [SETTING_AUDITORIUM] = {" let operators alone see who has no role",
                            " let everybody see everybody"},
    [SETTING_FORWARD] = {" has IRC clients that may not enter taken into another room",
                         " has nobody taken into another room"},
};

static void news_mode(const struct news *news) {
    const struct event *event = news->event;
    check(event->setting < ROOM_SETTINGS);
    bool off = (event->flags & EVENT_OFF) || event->number == 0;
    news_begin(news);
    const char *what = off ? settings[event->setting].off : settings[event->setting].on;
    for (; *what; what++) {
        if (*what == '%')
            buf_number(news->out, event->number);
        else
            buf_byte(news->out, *what);
    }
    line_end(news->view, news->out);
}

static void news_role(const struct news *news) {
    static const struct {
        const char *before, *after;
    } words[ROLES] = {[ROLE_NONE] = {" made ", " a plain member"},
                      [ROLE_VOICE] = {" gave ", " a voice"},
                      [ROLE_OPERATOR] = {" made ", " an operator"},
                      [ROLE_OWNER] = {" made ", " an owner"}};
    uint64_t role = news->event->number;
    check(role < ROLES);
    news_begin(news);
    buf_text(news->out, words[role].before);
    text_show(news->out, news->event->other);
    buf_text(news->out, words[role].after);
    line_end(news->view, news->out);
}

static void news_restrained(const struct news *news) {
    static const char *const set[RESTRAINTS_OF_PEOPLE] = {" banned ",
                                                          " muted ",
                                                          " invited ",
                                                          " exempted from bans: ",
                                                          " exempted from mutes: ",
                                                          " let in without invitation: "};
    static const char *const lifted[RESTRAINTS_OF_PEOPLE] = {
        " lifted the ban on ",
        " unmuted ",
        " took back the invitation of ",
        " exempts from bans no longer: ",
        " exempts from mutes no longer: ",
        " lets in without invitation no longer: "};
    const struct event *event = news->event;
    check(event->why < RESTRAINTS_OF_PEOPLE);
    bool off = event->flags & EVENT_OFF;
    news_begin(news);
    buf_text(news->out, off ? lifted[event->why] : set[event->why]);
    text_show(news->out, event->other);
    if (!off && event->number > 0) {
        buf_text(news->out, " for ");
        buf_number(news->out, event->number);
        buf_text(news->out, event->number == 1 ? " minute" : " minutes");
    }
    if (!off && event->count > 0) {
        buf_text(news->out, ", and removed what was said in ");
        buf_number(news->out, event->count);
        buf_text(news->out, event->count == 1 ? " hour" : " hours");
    }
    if (event->text.size > 0) buf_text(news->out, ": ");
    text_show(news->out, event->text);
    line_end(news->view, news->out);
}

static void news_room_renamed(const struct news *news) {
    news_begin(news);
    buf_text(news->out, " renamed the room ");
    text_show(news->out, news->event->text);
    if (news->event->room_name.size > 0) buf_text(news->out, " to ");
    text_show(news->out, news->event->room_name);
    line_end(news->view, news->out);
}

void line_put_news(uint64_t view, const struct event *event, bool own, struct buf *out) {
    struct news news = {.view = view, .event = event, .out = out, .own = own};
    if (event->flags & EVENT_SCATTERED) news.view &= ~(uint64_t)VIEW_ELSEWHERE;
    switch ((int)event->kind) {
    case EVENT_TOPIC_SET: news_say(&news, " set the topic: ", event->text); break;
    case EVENT_RENAMED: news_say(&news, " is now called ", event->other); break;
    case EVENT_DELETED: news_say(&news, " deleted the room ", event->room_name); break;
    case EVENT_EDITED: news_edited(&news); break;
    case EVENT_RETRACTED: news_retracted(&news); break;
    case EVENT_REACTED: news_reacted(&news); break;
    case EVENT_MODE_SET: news_mode(&news); break;
    case EVENT_ROLE_SET: news_role(&news); break;
    case EVENT_RESTRAINED: news_restrained(&news); break;
    case EVENT_ROOM_RENAMED: news_room_renamed(&news); break;
    default: break;
    }
}

void line_encode(uint64_t view, const struct event *event, struct buf *out) {
    if (event->kind == EVENT_SAID || event->kind == EVENT_PAST) {
        line_put_said(view, event, out);
        return;
    }
    if (!(view & VIEW_ANNOUNCE)) return;
    uint64_t here = event->flags & EVENT_SCATTERED ? view & ~(uint64_t)VIEW_ELSEWHERE : view;
    if (event->kind == EVENT_JOINED)
        put_moved(here, event, " has joined the chat", out);
    else if (event->kind == EVENT_LEFT)
        put_moved(here, event, " has left the chat", out);
    else
        line_put_news(view, event, false, out);
}

/* ---- what is stored ---- */

/* Days since 1970 as a date of the proleptic Gregorian calendar. After the public-domain
 * algorithm of H. Hinnant, howardhinnant.github.io/date_algorithms.html#civil_from_days */
static void put_date(int64_t days, struct buf *out) {
    int64_t z = days + 719468, era = (z >= 0 ? z : z - 146096) / 146097;
    int64_t of_era = z - era * 146097;
    int64_t year = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
    int64_t of_year = of_era - (365 * year + year / 4 - year / 100),
            month = (5 * of_year + 2) / 153;
    int64_t day = of_year - (153 * month + 2) / 5 + 1;
    month = month < 10 ? month + 3 : month - 9;
    year += era * 400 + (month <= 2);
    buf_number(out, (uint64_t)year);
    buf_text(out, month < 10 ? "-0" : "-");
    buf_number(out, (uint64_t)month);
    buf_text(out, day < 10 ? "-0" : "-");
    buf_number(out, (uint64_t)day);
}

/* `[2026-11-21 13:05] `, UTC. */
static void put_time(int64_t time_ms, struct buf *out) {
    uint64_t minutes = time_ms > 0 ? (uint64_t)time_ms / 60000 : 0;
    uint64_t hour = minutes / 60 % 24, minute = minutes % 60;
    buf_byte(out, '[');
    put_date((int64_t)(minutes / 1440), out);
    buf_text(out, hour < 10 ? " 0" : " ");
    buf_number(out, hour);
    buf_text(out, minute < 10 ? ":0" : ":");
    buf_number(out, minute);
    buf_text(out, "] ");
}

/* A message with its time and number: begins as our own lines do, so that nobody can forge it. */
static void put_numbered(uint64_t view, const struct event *event, struct buf *out) {
    struct slice text = event->text;
    do {
        buf_text(out, "* ");
        put_time(event->time_ms, out);
        put_place(view, event, out);
        put_seq(event->seq, out);
        buf_byte(out, ' ');
        put_said(view, event, text_line(&text), out);
    } while (text.size > 0);
}

/* `slow 30` as it was stored. */
static void past_mode(struct event *news) {
    struct slice number = news->text, word = slice_word(&number);
    enum room_setting setting;
    news->text = (struct slice){0};
    if (!setting_find(word, &setting) || !slice_number(number, UINT64_MAX, &news->number)) return;
    news->kind = EVENT_MODE_SET;
    news->setting = (uint8_t)setting;
}

/* `operator bob` */
static void past_role(struct event *news) {
    enum role role;
    news->other = news->text;
    struct slice word = slice_word(&news->other);
    if (!role_read(word.at, word.size, &role)) return;
    news->kind = EVENT_ROLE_SET;
    news->number = role;
}

/* `bob too loud` */
static void past_kick(uint64_t view, const struct event *event, struct buf *out) {
    struct slice why = event->text, name = slice_word(&why);
    news_begin(&(struct news){.view = view, .event = event, .out = out});
    buf_text(out, " put out ");
    text_show(out, name);
    if (why.size > 0) buf_text(out, ": ");
    text_show(out, why);
    line_end(view, out);
}

/* `+ban bob`, `-mute bob`, `+ban bob 24h` */
static void past_restraint(struct event *news) {
    enum restraint kind;
    struct slice mask = news->text, word = slice_word(&mask), hours;
    news->other = slice_word(&mask);
    news->text = (struct slice){0};
    news->number = news->count = 0;
    if (word.size > 0 && restraint_find(slice_from(word, 1), &kind)) {
        news->kind = EVENT_RESTRAINED;
        news->why = (uint8_t)kind;
    }
    uint64_t count = 0;
    hours = slice_until(&mask, 'h');
    if (slice_number(hours, UINT32_MAX, &count)) news->count = (uint32_t)count;
    if (word.size > 0 && word.at[0] == '-') news->flags |= EVENT_OFF;
}

/* A row of the audit log: who, the action's word, about whom, why. */
static void put_audit(uint64_t view, const struct event *event, struct buf *out) {
    struct slice why = event->text, action = slice_word(&why);
    buf_text(out, "* ");
    put_time(event->time_ms, out);
    text_show(out, event->author_name);
    buf_text(out, ": ");
    text_show(out, action);
    if (event->other.size > 0) buf_byte(out, ' ');
    text_show(out, event->other);
    if (why.size > 0) buf_text(out, ": ");
    text_show(out, why);
    line_end(view, out);
}

/* What is no message, from a page: the news that it once was. */
static void put_past_news(uint64_t view, const struct event *event, struct buf *out) {
    struct event news = *event;
    news.kind = EVENT_NONE;
    news.flags &= (uint16_t)~EVENT_OFF;
    switch ((enum stored)event->stored) {
    case STORED_EDIT: /* of what is gone: that it is, is told where it was removed */
        if (!(event->flags & EVENT_OFF)) news.kind = EVENT_EDITED;
        break;
    case STORED_REMOVAL: news.kind = EVENT_RETRACTED; break;
    case STORED_REACTION:
    case STORED_UNREACTION: news.kind = EVENT_REACTED; break;
    case STORED_TOPIC: news.kind = EVENT_TOPIC_SET; break;
    case STORED_RENAME: news.kind = EVENT_ROOM_RENAMED; break;
    case STORED_MODE: past_mode(&news); break;
    case STORED_ROLE: past_role(&news); break;
    case STORED_RESTRAINT: past_restraint(&news); break;
    case STORED_KICK: past_kick(view, event, out); break;
    case STORED_NOTHING: put_audit(view, event, out); break;
    case STORED_MESSAGE:
    case STORED_TAGS:
    case STORED_KINDS: break;
    }
    if (event->stored == STORED_UNREACTION) news.flags |= EVENT_OFF;
    line_put_news(view, &news, false, out);
}

void line_put_past(uint64_t view, const struct event *event, bool numbered, struct buf *out) {
    if (event->stored != STORED_MESSAGE) {
        put_past_news(view, event, out);
    } else if (event->flags & EVENT_OFF) { /* it was removed: its number is all there is */
        buf_text(out, "* ");
        put_seq(event->seq, out);
        buf_text(out, " was removed");
        line_end(view, out);
    } else if (numbered) {
        put_numbered(view, event, out);
    } else {
        line_put_said(view, event, out);
    }
}
