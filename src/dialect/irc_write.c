/* irc_write.c: how a line of IRC is written: its tags, its source, its parts. A line is at most 512
 * bytes beside its tags: what is longer becomes several messages, or is cut where it cannot. */
#include <stdarg.h>

#include "base/check.h"
#include "base/date.h"
#include "base/utf8.h"
#include "dialect/irc_write.h"

/* Of people whose dialect has no login; a dot, so that it is no person's name. */
#define HOST "@parlance"

enum {
    WORD_SIZE_MAX = 200, /* bytes of a client's word that comes back in an answer */
    LONG_WORD_SIZE_MAX = 400,
    REFUSED_SIZE_MAX = 256, /* bytes of a person's text that a refusal repeats */
};

/* Bold, colour, hex colour, plain, monospace, reverse, italics, struck through, underlined. */
static bool is_formatting(char byte) {
    return byte != '\0' && strchr("\x02\x03\x04\x0F\x11\x16\x1D\x1E\x1F", byte) != NULL;
}

void irc_show(struct buf *out, struct slice text) {
    while (text.size > 0) {
        size_t plain = 0;
        while (plain < text.size && !is_formatting(text.at[plain]))
            plain++;
        text_show(out, slice_head(text, plain));
        if (plain < text.size) buf_byte(out, text.at[plain++]);
        text = slice_from(text, plain);
    }
}

/* How many bytes of `text` are shown in at most `room` bytes; whole code points. */
static size_t fitting_size(struct slice text, size_t room) {
    size_t taken = 0, shown = 0;
    while (taken < text.size) {
        char memory[UTF8_SIZE_MAX];
        struct buf one;
        size_t size = utf8_size(slice_from(text, taken));
        if (size == 0) size = 1;
        buf_init(&one, memory, sizeof memory);
        irc_show(&one, (struct slice){text.at + taken, size});
        if (shown + one.size > room) break;
        shown += one.size;
        taken += size;
    }
    return taken;
}

/* Tags stand before the line and have a measure of their own. */
static size_t tags_size(struct slice line) {
    if (line.size == 0 || line.at[0] != '@') return 0;
    const char *blank = memchr(line.at, ' ', line.size);
    return blank ? (size_t)(blank - line.at) + 1 : line.size;
}

size_t irc_room_left(const struct buf *out, size_t begin) {
    struct slice line = slice_from(buf_slice(out), begin);
    size_t size = line.size - tags_size(line);
    return size < IRC_LINE_SIZE_MAX ? IRC_LINE_SIZE_MAX - size : 0;
}

void irc_put_text(struct buf *out, size_t begin, struct slice text) {
    irc_show(out, slice_head(text, fitting_size(text, irc_room_left(out, begin))));
}

void irc_put_text_before(struct buf *out, size_t begin, struct slice text, char last) {
    size_t room = irc_room_left(out, begin);
    check(room > 0);
    irc_show(out, slice_head(text, fitting_size(text, room - 1)));
    buf_byte(out, last);
}

static void put_part(struct buf *out, struct slice text, size_t most) {
    struct slice word = slice_until(&text, ' ');
    if (word.size == 0) word = slice_of("*");
    irc_show(out, slice_head(word, fitting_size(word, most)));
}

void irc_put_word(struct buf *out, struct slice text) {
    while (text.size > 0 && text.at[0] == ':')
        text = slice_from(text, 1); /* else it would be the rest of the line */
    put_part(out, text, WORD_SIZE_MAX);
}

void irc_put_mask(struct buf *out, struct slice name, struct slice login) {
    text_show(out, name);
    buf_byte(out, '!');
    if (login.size > 0) {
        text_show(out, login);
    } else {
        text_show(out, name);
        buf_text(out, HOST);
    }
}

void irc_put_source(struct buf *out, struct slice name, struct slice login) {
    buf_byte(out, ':');
    irc_put_mask(out, name, login);
    buf_byte(out, ' ');
}

void irc_put_channel(struct buf *out, const struct event *event) {
    buf_byte(out, '#');
    text_show(out, event->room_name);
}

void irc_line_end(struct buf *out) {
    buf_text(out, "\r\n");
}

struct slice irc_nick_of(const struct talk *talk) {
    const struct irc_own *own = irc_own(talk);
    return talk->stage == TALK_NEW ? slice_of("*") : (struct slice){own->nick, own->nick_size};
}

struct slice irc_server(const struct talk *talk) {
    return talk->manner->server.size > 0 ? talk->manner->server : slice_of("irc.parlance");
}

struct slice irc_network(const struct talk *talk) {
    return talk->manner->network.size > 0 ? talk->manner->network : slice_of("Parlance");
}

static void put_pattern(const struct talk *talk, struct buf *out, size_t begin, const char *pattern,
                        va_list slices) {
    for (; *pattern; pattern++) {
        struct slice text = {0};
        if (*pattern == '%') {
            text_show(out, irc_nick_of(talk));
            continue;
        }
        bool plain = *pattern == '\\' && pattern[1] != '\0';
        if (plain) pattern++;
        if (plain || !strchr("$#&@", *pattern)) {
            buf_byte(out, *pattern);
            continue;
        }
        text = va_arg(slices, struct slice);
        if (*pattern == '#') buf_byte(out, '#');
        if (*pattern == '&')
            irc_put_text(out, begin, text);
        else if (*pattern == '$')
            irc_put_word(out, text);
        else
            put_part(out, text, *pattern == '@' ? LONG_WORD_SIZE_MAX : WORD_SIZE_MAX);
    }
}

void irc_line(const struct talk *talk, struct buf *out, const char *pattern, ...) {
    size_t begin = out->size;
    va_list slices;
    va_start(slices, pattern);
    buf_byte(out, ':');
    buf_put(out, irc_server(talk));
    buf_byte(out, ' ');
    put_pattern(talk, out, begin, pattern, slices);
    irc_line_end(out);
    va_end(slices);
}

void irc_echo_line(const struct talk *talk, struct decoder *decoder, const char *pattern, ...) {
    char memory[2 * IRC_LINE_SIZE_MAX];
    struct buf line;
    va_list slices;
    va_start(slices, pattern);
    buf_init(&line, memory, sizeof memory);
    put_pattern(talk, &line, 0, pattern, slices);
    va_end(slices);
    irc_echo(decoder, ECHO_LINE, buf_slice(&line));
}

/* ---- tags ---- */

void irc_put_msgid(const struct event *event, struct buf *out) {
    bool tagged = event->kind == EVENT_TAGGED && event->number != 0;
    bool live = tagged || event->kind == EVENT_JOINED || event->seq == 0; /* is kept nowhere */
    buf_hex(out, event->hex, 10);
    buf_byte(out, '-');
    if (live)
        buf_hex(out, event->number, 16);
    else
        buf_number(out, event->seq);
}

bool irc_msgid_read(struct slice msgid, struct slice *room, uint64_t *seq) {
    struct slice rest = msgid, id = slice_until(&rest, '-');
    if (id.size != 10 || !slice_number(rest, UINT64_MAX >> 1, seq) || *seq == 0) return false;
    *room = id;
    return true;
}

uint64_t irc_hex(struct slice digits) {
    uint64_t hex = 0;
    for (size_t i = 0; i < digits.size; i++) {
        char c = digits.at[i];
        bool digit = c >= '0' && c <= '9';
        if (!digit && (c < 'a' || c > 'f')) return 0;
        hex = hex << 4 | (uint64_t)(digit ? c - '0' : c - 'a' + 10);
    }
    return hex;
}

/* message-tags, "Escaping values" */
static void put_escaped(struct buf *out, struct slice text) {
    for (size_t i = 0; i < text.size; i++) {
        char c = text.at[i];
        switch (c) {
        case ';': buf_text(out, "\\:"); break;
        case ' ': buf_text(out, "\\s"); break;
        case '\\': buf_text(out, "\\\\"); break;
        case '\r': buf_text(out, "\\r"); break;
        case '\n': buf_text(out, "\\n"); break;
        default: buf_byte(out, c);
        }
    }
}

/* One tag, with what stands between it and the last. */
static void put_key(struct buf *out, size_t begin, const char *key) {
    buf_byte(out, out->size == begin ? '@' : ';');
    buf_text(out, key);
}

static bool has_id(const struct event *event) {
    bool live = event->kind == EVENT_TAGGED || (event->kind == EVENT_TOLD && event->seq == 0);
    if (event->kind == EVENT_JOINED) return event->number != 0;
    if (live) return event->number != 0 || event->seq != 0;
    return event->seq != 0 && (event->kind == EVENT_SAID || event->kind == EVENT_TOLD ||
                               event->kind == EVENT_PAST || event->kind == EVENT_EDITED ||
                               event->kind == EVENT_TOPIC_SET || event->kind == EVENT_REACTED);
}

struct slice irc_cuts(struct slice tags) {
    struct slice value = slice_until(&tags, ';'), key = slice_until(&value, '=');
    return slice_equal(key, slice_of("cuts")) ? value : (struct slice){0};
}

/* What a message answers, changes, or is a reaction to, as clients write it themselves. */
static void put_relation(const struct event *event, size_t begin, struct buf *out) {
    if (event->target == 0 || event->kind == EVENT_RETRACTED) return;
    struct event target = {.hex = event->hex, .seq = event->target};
    put_key(out, begin, "+draft/reply=");
    irc_put_msgid(&target, out);
    if (event->kind != EVENT_REACTED) return;
    put_key(out, begin, event->flags & EVENT_OFF ? "+draft/unreact=" : "+draft/react=");
    put_escaped(out, event->text);
}

void irc_put_tags(uint32_t caps, const struct event *event, struct slice batch, bool first,
                  struct buf *out) {
    size_t begin = out->size;
    if (batch.size > 0) {
        put_key(out, begin, "batch=");
        buf_put(out, batch);
    }
    if ((caps & CAP_SERVER_TIME) && event->time_ms > 0) {
        put_key(out, begin, "time=");
        date_put(out, event->time_ms);
    }
    if ((caps & CAP_MESSAGE_TAGS) && first && has_id(event)) {
        put_key(out, begin, "msgid=");
        irc_put_msgid(event, out);
    }
    if ((caps & CAP_ACCOUNT_TAG) && event->account.size > 0) {
        put_key(out, begin, "account=");
        put_escaped(out, event->account);
    }
    if ((caps & CAP_MESSAGE_TAGS) && (event->flags & EVENT_BOT)) put_key(out, begin, "bot");
    if ((caps & CAP_RELAYMSG) && event->kind == EVENT_SAID && event->other.size > 0) {
        put_key(out, begin, "draft/relaymsg=");
        put_escaped(out, event->other);
    }
    struct slice tags = event->tags;
    if (irc_cuts(tags).size > 0) slice_until(&tags, ';');
    if ((caps & CAP_MESSAGE_TAGS) && tags.size > 0) {
        put_key(out, begin, "");
        buf_put(out, tags);
    }
    if ((caps & CAP_MESSAGE_TAGS) && first) put_relation(event, begin, out);
    if (out->size > begin) buf_byte(out, ' ');
}

/* ---- what was said ---- */

/* What is being said, and in which form. */
struct saying {
    uint32_t caps;
    const struct event *event;
    struct slice to, batch;
    bool multiline; /* its lines are within a batch of their own, which bears the tags */
    bool first;     /* nothing was written yet */
};

static void put_target(const struct saying *saying, struct buf *out) {
    if (saying->to.size > 0)
        text_show(out, saying->to);
    else
        irc_put_channel(out, saying->event);
}

static void put_multiline_name(const struct event *event, struct buf *out) {
    buf_byte(out, 'm');
    buf_number(out, event->seq != 0 ? event->seq : event->number);
}

/* How much of `line` stands before the next place at which its author cut it. */
static size_t until_cut(const struct event *event, struct slice line) {
    struct slice cuts = irc_cuts(event->tags);
    size_t at = (size_t)(line.at - event->text.at);
    while (cuts.size > 0) {
        uint64_t cut = 0;
        if (!slice_number(slice_until(&cuts, ','), SIZE_MAX, &cut)) break;
        if (cut > at) return cut - at < line.size ? (size_t)cut - at : line.size;
    }
    return line.size;
}

static void put_line_tags(const struct saying *saying, bool concat, struct buf *out) {
    if (!saying->multiline) {
        irc_put_tags(saying->caps, saying->event, saying->batch, saying->first, out);
        return;
    }
    buf_text(out, "@batch=");
    put_multiline_name(saying->event, out);
    buf_text(out, concat ? ";draft/multiline-concat " : " ");
}

static bool is_ctcp(const struct event *event) {
    return event->speech != SPEECH_ACTION && slice_starts(event->text, slice_of("\x01"));
}

/* One line of it, as many times PRIVMSG as it needs. */
static void put_said_line(struct saying *saying, struct slice line, struct buf *out) {
    const struct event *event = saying->event;
    bool action = event->speech == SPEECH_ACTION, concat = false, ctcp = false;
    if (is_ctcp(event) && line.at == event->text.at) { /* client to client: its marks stay */
        ctcp = true;
        line = slice_from(line, 1);
        if (line.size > 0 && line.at[line.size - 1] == '\x01') line.size--;
    }
    do {
        size_t begin = out->size;
        put_line_tags(saying, concat, out);
        irc_put_source(out, event->author_name, event->login);
        buf_text(out, event->speech == SPEECH_NOTICE ? "NOTICE " : "PRIVMSG ");
        put_target(saying, out);
        buf_text(out, action ? " :\001ACTION " : ctcp ? " :\001" : " :");
        size_t room = irc_room_left(out, begin);
        check(room > UTF8_SIZE_MAX + 1); /* the longest names and the longest room leave 200 */
        size_t size =
            fitting_size(slice_head(line, until_cut(event, line)), action ? room - 1 : room);
        irc_show(out, slice_head(line, size));
        if (size == 0 && !ctcp && !saying->multiline)
            buf_byte(out, ' '); /* clients drop it without text */
        line = slice_from(line, size);
        if (action || ctcp) buf_byte(out, '\x01');
        irc_line_end(out);
        saying->first = false;
        concat = true;
    } while (line.size > 0);
}

/* A blank line is left out, where there are others and no batch that has room for it. */
static void put_said_lines(struct saying *saying, struct buf *out) {
    struct slice text = saying->event->text;
    bool one = memchr(text.at, '\n', text.size) == NULL;
    if (text.size == 0) {
        put_said_line(saying, text, out);
        return;
    }
    do {
        struct slice line = text_line(&text);
        bool last = text.size == 0 && saying->first;
        if (line.size > 0 || saying->multiline || one || last) put_said_line(saying, line, out);
    } while (text.size > 0);
}

/* draft/multiline */
static void put_multiline(struct saying *saying, struct buf *out) {
    const struct event *event = saying->event;
    irc_put_tags(saying->caps, event, saying->batch, true, out);
    irc_put_source(out, event->author_name, event->login);
    buf_text(out, "BATCH +");
    put_multiline_name(event, out);
    buf_text(out, " draft/multiline ");
    put_target(saying, out);
    irc_line_end(out);
    saying->multiline = true;
    put_said_lines(saying, out);
    if (saying->batch.size > 0) {
        buf_text(out, "@batch=");
        buf_put(out, saying->batch);
        buf_byte(out, ' ');
    }
    irc_put_source(out, event->author_name, event->login);
    buf_text(out, "BATCH -");
    put_multiline_name(event, out);
    irc_line_end(out);
}

void irc_put_said(uint32_t caps, const struct event *event, struct slice to, struct slice batch,
                  struct buf *out) {
    struct saying saying = {caps, event, to, batch, .first = true};
    size_t begin = out->size;
    bool may = (caps & CAP_MULTILINE) && (caps & CAP_BATCH) && event->speech != SPEECH_ACTION;
    bool several = event->text.size > 0 && memchr(event->text.at, '\n', event->text.size) != NULL;
    if (!may || !several) put_said_lines(&saying, out);
    if (may && !several) { /* one line, which may be too long for one of IRC */
        struct slice written = slice_from(buf_slice(out), begin);
        const char *end = memchr(written.at, '\n', written.size);
        several = end + 1 < written.at + written.size;
        if (several) out->size = begin;
    }
    if (may && several) put_multiline(&saying, out);
}

/* Who made a room has an operator's mark until it is registered as an account's: ChanServ. */
void irc_put_marks(struct buf *out, enum role role, bool founder, bool voiced) {
    if (role == ROLE_OWNER && founder)
        buf_byte(out, '~');
    else if (role == ROLE_OWNER || role == ROLE_OPERATOR)
        buf_byte(out, '@');
    if (role == ROLE_VOICE || (voiced && role >= ROLE_OPERATOR)) buf_byte(out, '+');
}

/* ---- refusals ---- */

/* What stands before the sentence; `$` is the word that was refused, `#` the room, `@` a room whose
 * name was refused. */
static const char *const refusals[REFUSALS] = {
    [REFUSED_NAME_TAKEN] = "433 % $ :",
    [REFUSED_NAME_EMPTY] = "431 % :",
    [REFUSED_NAME_TOO_LONG] = "432 % $ :",
    [REFUSED_NAME_BAD] = "432 % $ :",
    [REFUSED_NAME_RESERVED] = "433 % $ :",
    [REFUSED_NAME_LIKE] = "433 % $ :",
    [REFUSED_NAME_NEEDED] = "451 % :",
    [REFUSED_NAME_GIVEN] = "462 % :",
    [REFUSED_ROOM_NAME_EMPTY] = "403 % # :",
    [REFUSED_ROOM_NAME_TOO_LONG] = "403 % # :",
    [REFUSED_ROOM_NAME_BAD] = "403 % # :",
    [REFUSED_ROOM_UNKNOWN] = "403 % # :",
    [REFUSED_NOT_IN_ROOM] = "442 % # :",
    [REFUSED_TOO_MANY_ROOMS] = "405 % # :",
    [REFUSED_TEXT_EMPTY] = "412 % :",
    [REFUSED_LINE_TOO_LONG] = "417 % :",
    [REFUSED_COMMAND_UNKNOWN] = "421 % $ :",
    [REFUSED_PART_MISSING] = "461 % $ :",
    [REFUSED_PERSON_UNKNOWN] = "401 % $ :",
    [REFUSED_PERSON_NOT_IN_ROOM] = "441 % $ # :",
    [REFUSED_NOT_ALLOWED] = "482 % # :",
    [REFUSED_RANK] = "482 % # :",
    [REFUSED_BANNED] = "474 % # :",
    [REFUSED_INVITE_NEEDED] = "473 % # :",
    [REFUSED_FORWARDED] = "470 % # @ :",
    [REFUSED_FORWARD_BAD] = "696 % # f $ :",
    [REFUSED_KEY_NEEDED] = "475 % # :",
    [REFUSED_MUTED] = "404 % # :",
    [REFUSED_MODERATED] = "404 % # :",
    [REFUSED_TOO_SOON] = "404 % # :",
    [REFUSED_LIST_FULL] = "478 % # b :",
    [REFUSED_ROOM_FULL] = "471 % # :",
    [REFUSED_HAS_ROLE] = "482 % # :",
    [REFUSED_ROOM_KEY_BAD] = "696 % # k * :",
    [REFUSED_MASK_BAD] = "696 % # b $ :",
    [REFUSED_LOGIN_NEEDED] = "477 % # :",
    [REFUSED_FILTERED] = "404 % # :",
    [REFUSED_FILTER_MUTES] = "404 % # :",
    [REFUSED_LOCKED] = "465 % :",
    [REFUSED_TOPIC_TOO_LONG] = "FAIL TOPIC TOO_LONG # :",
};

/* No name is written so, and the line was about somebody else: there is nobody of that name. */
static bool is_nobody(uint16_t code, enum refusal why) {
    static const bool others[REPLIES] = {
        [REPLY_SAY] = true,    [REPLY_NOTICE] = true, [REPLY_WHOIS] = true, [REPLY_KICK] = true,
        [REPLY_INVITE] = true, [REPLY_ACCEPT] = true, [REPLY_POWER] = true,
    };
    bool bad = why == REFUSED_NAME_BAD || why == REFUSED_NAME_TOO_LONG;
    return bad && code < REPLIES && others[code];
}

/* The words that a refusal is told in, as its line of work has them. */
static const char *refusal_pattern(const struct event *event) {
    uint16_t code = event->reply_code;
    enum refusal why = (enum refusal)event->refusal;
    if (is_nobody(code, why)) return "401 % $ :";
    if (code == REPLY_NAMES) return "366 % # :"; /* no error, RFC 2812 section 3.2.5 */
    if (why == REFUSED_NOT_UTF8) return "FAIL * INVALID_UTF8 :";
    if (code == REPLY_OPER) return "491 % :";
    if (code == REPLY_RELAY && why == REFUSED_NOT_ALLOWED) return "FAIL RELAYMSG PRIVS_NEEDED :";
    if (code == REPLY_SASL) return "904 % :";
    if (code == REPLY_HELLO && why == REFUSED_TOO_MANY_SESSIONS) return "433 % $ :";
    if (code == REPLY_WHO) return NULL;
    bool rules = code == REPLY_POWER || code == REPLY_RULE || code == REPLY_STATS;
    if (rules && why == REFUSED_NOT_ALLOWED) return "481 % :";
    if (code == REPLY_MODE || code == REPLY_MODES)
        return why == REFUSED_NOT_ALLOWED ? "502 % :" : "401 % $ :";
    if (code == REPLY_WHOWAS) return "406 % $ :";
    if (code == REPLY_JOIN && why == REFUSED_NOT_ALLOWED) return "473 % # :";
    if (code == REPLY_RENAME && why == REFUSED_ROOM_EXISTS)
        return "FAIL RENAME CHANNEL_NAME_IN_USE # @ :";
    if (code == REPLY_RENAME && (why == REFUSED_ROOM_NAME_BAD || why == REFUSED_ROOM_NAME_TOO_LONG))
        return "FAIL RENAME CANNOT_RENAME # @ :";
    if (code != REPLY_SAY && code != REPLY_NOTICE) return refusals[why];
    if (why == REFUSED_LOGIN_NEEDED) return "477 % $ :";
    if (why == REFUSED_NOT_IN_ROOM || why == REFUSED_NOT_ALLOWED || why == REFUSED_BANNED)
        return "404 % # :";
    return refusals[why] ? refusals[why] : "404 % * :";
}

void irc_put_refused(struct talk *talk, const struct event *event, struct buf *out) {
    char memory[SENTENCE_SIZE_MAX];
    struct buf sentence;
    size_t begin = out->size;
    buf_init(&sentence, memory, sizeof memory);
    refusal_say(&sentence, event->refusal, event->number,
                slice_head(event->text, REFUSED_SIZE_MAX));
    check(buf_ok(&sentence));
    if (event->kind == EVENT_CLOSE) {
        buf_text(out, "ERROR :");
        irc_put_text(out, begin, buf_slice(&sentence));
        irc_line_end(out);
        return;
    }
    const char *pattern = refusal_pattern(event);
    if (!pattern && event->reply_code == REPLY_WHO) return; /* the end of the list says it */
    buf_byte(out, ':');
    buf_put(out, irc_server(talk));
    buf_byte(out, ' ');
    for (pattern = pattern ? pattern : "NOTICE % :"; *pattern; pattern++) {
        if (*pattern == '%') {
            text_show(out, irc_nick_of(talk));
        } else if (*pattern == '$') {
            irc_put_word(out, event->other.size > 0 ? event->other : event->text);
        } else if (*pattern == '#') {
            buf_byte(out, '#');
            put_part(out, event->room_name.size > 0 ? event->room_name : event->text,
                     WORD_SIZE_MAX);
        } else if (*pattern == '@') {
            buf_byte(out, '#');
            put_part(out, event->text, WORD_SIZE_MAX);
        } else {
            buf_byte(out, *pattern);
        }
    }
    irc_put_text(out, begin, buf_slice(&sentence));
    irc_line_end(out);
}
