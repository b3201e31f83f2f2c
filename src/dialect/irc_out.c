/* irc_out.c: the lines of the IRC dialect. Each is at most 512 bytes: what is longer becomes
 * several messages, or is cut where it cannot. */
#include "base/check.h"
#include "base/utf8.h"
#include "dialect/irc.h"

/* With a dot, which no person's name holds: nobody can pass for the server. */
#define SERVER "irc.parlance"
#define HOST "@parlance"

enum {
    REFUSED_SIZE_MAX = 256,   /* bytes of a person's text that a refusal repeats */
    SENTENCE_SIZE_MAX = 1024, /* bytes of a refusal: that text, shown, and ours */
    WORD_SIZE_MAX = 200,      /* bytes of a client's word that comes back in an answer */
};

/* `%` is one's own nick, `$` the text as one word, `&` the text to the end of the line. */
static const char *const echoes[REPLIES] = {
    [ECHO_PONG] = ":" SERVER " PONG " SERVER " :&",
    [ECHO_CAP_LS] = ":" SERVER " CAP % LS :",
    [ECHO_CAP_LIST] = ":" SERVER " CAP % LIST :",
    [ECHO_CAP_NAK] = ":" SERVER " CAP % NAK :&",
    [ECHO_CAP_WRONG] = ":" SERVER " 410 % $ :there is LS, LIST, REQ and END",
    [ECHO_NO_CHANNEL] = ":" SERVER " 403 % $ :a channel begins with #",
    [ECHO_NO_NAMES] = ":" SERVER " 366 % $ :end of the list",
    [ECHO_NO_MOTD] = ":" SERVER " 422 % :there is no message of the day",
    [ECHO_MODE] = ":" SERVER " 324 % $ +n",
    [ECHO_MODE_OWN] = ":" SERVER " 221 % +",
    [ECHO_BANS] = ":" SERVER " 368 % $ :end of the list",
    [ECHO_WHO] = ":" SERVER " 315 % $ :end of the list",
    [ECHO_QUIT] = "ERROR :closed: &",
};

/* What stands before the sentence of a refusal; a NOTICE where nothing does. */
static const char *const refusals[REFUSALS] = {
    [REFUSED_NAME_TAKEN] = "433 % $",
    [REFUSED_NAME_EMPTY] = "431 %",
    [REFUSED_NAME_TOO_LONG] = "432 % $",
    [REFUSED_NAME_BAD] = "432 % $",
    [REFUSED_NAME_NEEDED] = "451 %",
    [REFUSED_NAME_GIVEN] = "462 %",
    [REFUSED_ROOM_NAME_EMPTY] = "403 % #$",
    [REFUSED_ROOM_NAME_TOO_LONG] = "403 % #$",
    [REFUSED_ROOM_NAME_BAD] = "403 % #$",
    [REFUSED_ROOM_UNKNOWN] = "403 % #$",
    [REFUSED_NOT_IN_ROOM] = "442 % #$",
    [REFUSED_TOO_MANY_ROOMS] = "405 % *",
    [REFUSED_TEXT_EMPTY] = "412 %",
    [REFUSED_LINE_TOO_LONG] = "417 %",
    [REFUSED_NOT_UTF8] = "FAIL * INVALID_UTF8",
    [REFUSED_COMMAND_UNKNOWN] = "421 % $",
    [REFUSED_PART_MISSING] = "461 % $",
    [REFUSED_PERSON_UNKNOWN] = "401 % $",
    [REFUSED_NOT_ALLOWED] = "482 % $",
};

/* Bold, colour, hex colour, plain, monospace, reverse, italics, struck through, underlined. */
static bool is_formatting(char byte) {
    return byte != '\0' && strchr("\x02\x03\x04\x0F\x11\x16\x1D\x1E\x1F", byte) != NULL;
}

/* As text_show(), but that the formatting codes of IRC stay. */
static void show(struct buf *out, struct slice text) {
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
        show(&one, (struct slice){text.at + taken, size});
        if (shown + one.size > room) break;
        shown += one.size;
        taken += size;
    }
    return taken;
}

/* So much may still be written of the line that began at `begin`. */
static size_t room_left(const struct buf *out, size_t begin) {
    size_t size = out->size - begin;
    return size < IRC_LINE_SIZE_MAX ? IRC_LINE_SIZE_MAX - size : 0;
}

/* What of `text` has room in the line. */
static void put_text(struct buf *out, size_t begin, struct slice text) {
    show(out, slice_head(text, fitting_size(text, room_left(out, begin))));
}

/* A part of a line between blanks. */
static void put_word(struct buf *out, struct slice text) {
    struct slice word = slice_until(&text, ' ');
    if (word.size == 0) word = slice_of("*");
    show(out, slice_head(word, fitting_size(word, WORD_SIZE_MAX)));
}

static void put_source(struct buf *out, struct slice name) {
    buf_byte(out, ':');
    text_show(out, name);
    buf_byte(out, '!');
    text_show(out, name);
    buf_text(out, HOST " ");
}

static void put_channel(struct buf *out, const struct event *event) {
    buf_byte(out, '#');
    text_show(out, event->room_name);
}

static void line_end(struct buf *out) {
    buf_text(out, "\r\n");
}

static struct slice own_nick(const struct talk *talk) {
    return talk->stage == TALK_NEW ? slice_of("*")
                                   : (struct slice){irc_own(talk)->nick, irc_own(talk)->nick_size};
}

/* The pattern with what its marks stand for; see `echoes`. */
static void put_pattern(const struct talk *talk, struct buf *out, size_t begin, const char *pattern,
                        struct slice text) {
    for (; *pattern; pattern++) {
        if (*pattern == '%')
            text_show(out, own_nick(talk));
        else if (*pattern == '$')
            put_word(out, text);
        else if (*pattern == '&')
            put_text(out, begin, text);
        else
            buf_byte(out, *pattern);
    }
}

static void say(const struct talk *talk, struct buf *out, const char *pattern, struct slice text) {
    put_pattern(talk, out, out->size, pattern, text);
    line_end(out);
}

/* One line of what was said, as many times PRIVMSG as it needs. `to`: the person it is told, empty
 * for a room. */
static void put_said(struct buf *out, const struct event *event, struct slice to,
                     struct slice line) {
    bool action = event->speech == SPEECH_ACTION;
    do {
        size_t begin = out->size;
        put_source(out, event->author_name);
        buf_text(out, event->speech == SPEECH_NOTICE ? "NOTICE " : "PRIVMSG ");
        if (to.size > 0)
            text_show(out, to);
        else
            put_channel(out, event);
        buf_text(out, action ? " :\001ACTION " : " :");
        size_t room = room_left(out, begin);
        check(room > UTF8_SIZE_MAX + 1); /* the longest names and the longest room leave 300 */
        size_t size = fitting_size(line, room - 1);
        show(out, slice_head(line, size));
        if (size == 0) buf_byte(out, ' '); /* clients drop a message without text */
        line = slice_from(line, size);
        if (action) buf_byte(out, '\x01');
        line_end(out);
    } while (line.size > 0);
}

static void encode_said(const struct event *event, struct slice to, struct buf *out) {
    struct slice text = event->text;
    do {
        put_said(out, event, to, text_line(&text));
    } while (text.size > 0);
}

/* `:alice!alice@parlance VERB #room :text`, without the text where there is none. */
static void put_news(struct buf *out, struct slice who, const char *verb, const struct event *event,
                     struct slice text) {
    size_t begin = out->size;
    put_source(out, who);
    buf_text(out, verb);
    put_channel(out, event);
    if (text.size > 0) {
        buf_text(out, " :");
        put_text(out, begin, text);
    }
    line_end(out);
}

static void put_kick(struct buf *out, const struct event *event) {
    size_t begin = out->size;
    put_source(out, event->other);
    buf_text(out, "KICK ");
    put_channel(out, event);
    buf_byte(out, ' ');
    text_show(out, event->author_name);
    buf_text(out, " :");
    put_text(out, begin, event->text);
    line_end(out);
}

static void put_left(struct buf *out, const struct event *event) {
    size_t begin = out->size;
    if (event->why == LEAVING_PART || event->why == LEAVING_DELETED) {
        put_news(out, event->author_name, "PART ", event, event->text);
    } else if (event->why == LEAVING_QUIT) {
        put_source(out, event->author_name);
        buf_text(out, "QUIT :");
        put_text(out, begin, event->text);
        line_end(out);
    } else {
        put_kick(out, event);
    }
}

static void put_topic_set(struct buf *out, const struct event *event) {
    size_t begin = out->size;
    put_source(out, event->author_name);
    buf_text(out, "TOPIC ");
    put_channel(out, event);
    buf_text(out, " :");
    put_text(out, begin, event->text);
    line_end(out);
}

static void put_renamed(struct buf *out, const struct event *event) {
    put_source(out, event->author_name);
    buf_text(out, "NICK ");
    text_show(out, event->other);
    line_end(out);
}

void irc_encode(uint64_t view, const struct event *event, struct buf *out) {
    (void)view;
    if (event->kind == EVENT_SAID)
        encode_said(event, (struct slice){0}, out);
    else if (event->kind == EVENT_JOINED)
        put_news(out, event->author_name, "JOIN ", event, (struct slice){0});
    else if (event->kind == EVENT_LEFT)
        put_left(out, event);
    else if (event->kind == EVENT_TOPIC_SET)
        put_topic_set(out, event);
    else if (event->kind == EVENT_RENAMED)
        put_renamed(out, event);
    else if (event->kind == EVENT_DELETED)
        put_news(out, event->author_name, "NOTICE ", event, slice_of("deleted this room"));
}

static void answer_welcome(struct talk *talk, const struct event *event, struct buf *out) {
    struct slice nick = event->author_name;
    check(nick.size > 0 && nick.size <= USER_NAME_SIZE_MAX);
    memcpy(irc_own(talk)->nick, nick.at, nick.size);
    irc_own(talk)->nick_size = (uint8_t)nick.size;
    talk->stage = TALK_HERE;
    say(talk, out, ":" SERVER " 001 % :welcome to Parlance, &", nick);
    say(talk, out, ":" SERVER " 002 % :your host is " SERVER, nick);
    say(talk, out, ":" SERVER " 003 % :people meet in #$",
        (struct slice){talk->manner->room, talk->manner->room_size});
    say(talk, out, ":" SERVER " 004 % " SERVER " parlance - n", nick);
    put_pattern(talk, out, out->size,
                ":" SERVER " 005 % CASEMAPPING=ascii CHANMODES=,,,n CHANTYPES=# NETWORK=Parlance "
                "PREFIX= SAFELIST TARGMAX=JOIN:,NAMES:,NOTICE:,PART:,PRIVMSG: UTF8ONLY CHANNELLEN=",
                nick);
    buf_number(out, ROOM_NAME_SIZE_MAX + 1);
    buf_text(out, " NICKLEN=");
    buf_number(out, talk->manner->name_size);
    buf_text(out, " :are supported here");
    line_end(out);
    say(talk, out, echoes[ECHO_NO_MOTD], nick);
}

/* `:irc.parlance 332 alice #room :` and the like; the line goes on. */
static void put_numeric(const struct talk *talk, const char *number, const struct event *event,
                        struct buf *out) {
    put_pattern(talk, out, out->size, ":" SERVER " ", (struct slice){0});
    put_pattern(talk, out, out->size, number, (struct slice){0});
    put_channel(out, event);
    buf_text(out, " :");
}

static void answer_topic(const struct talk *talk, const struct event *event, struct buf *out) {
    size_t begin = out->size;
    put_numeric(talk, event->text.size > 0 ? "332 % " : "331 % ", event, out);
    put_text(out, begin, event->text.size > 0 ? event->text : slice_of("there is no topic"));
    line_end(out);
}

static void answer_entered(struct talk *talk, const struct event *event, struct buf *out) {
    if (event->flags & EVENT_AGAIN) return;
    put_news(out, own_nick(talk), "JOIN ", event, (struct slice){0});
    if (event->text.size > 0) answer_topic(talk, event, out);
    if (event->reply_code == REPLY_JOIN) talk->focus = event->room;
}

static void answer_names(const struct talk *talk, const struct event *event, struct buf *out) {
    struct slice names = event->text;
    while (names.size > 0) {
        size_t begin = out->size, first;
        put_numeric(talk, "353 % = ", event, out);
        first = out->size;
        for (struct slice rest = names; rest.size > 0; names = rest) {
            struct slice name = text_line(&rest);
            bool blank = out->size > first;
            if (blank && name.size * TEXT_SHOW_GROWTH + 1 > room_left(out, begin)) break;
            if (blank) buf_byte(out, ' ');
            text_show(out, name);
        }
        line_end(out);
    }
    if (event->cursor != 0) return;
    put_numeric(talk, "366 % ", event, out);
    buf_text(out, "end of the list");
    line_end(out);
}

static void answer_rooms(const struct talk *talk, const struct event *event, struct buf *out) {
    struct slice lines = event->text;
    if (event->before == 0) say(talk, out, ":" SERVER " 321 % Channel :Users Name", lines);
    while (lines.size > 0) {
        struct slice line = text_line(&lines);
        slice_until(&line, '\t');
        size_t begin = out->size;
        put_pattern(talk, out, begin, ":" SERVER " 322 % #$ ", slice_until(&line, '\t'));
        put_word(out, slice_until(&line, '\t'));
        buf_text(out, " :");
        put_text(out, begin, line);
        line_end(out);
    }
    if (event->cursor == 0) say(talk, out, ":" SERVER " 323 % :end of the list", lines);
}

static void answer_renamed(struct talk *talk, const struct event *event, struct buf *out) {
    struct slice nick = event->other;
    check(nick.size > 0 && nick.size <= USER_NAME_SIZE_MAX);
    put_renamed(out, event);
    memcpy(irc_own(talk)->nick, nick.at, nick.size);
    irc_own(talk)->nick_size = (uint8_t)nick.size;
}

/* Which numeric: NAMES knows no error, and what was to be said has one of its own. */
static const char *refusal_pattern(const struct event *event) {
    if (event->reply_code == REPLY_NAMES && event->refusal == REFUSED_ROOM_UNKNOWN)
        return "366 % #$";
    const char *pattern = refusals[event->refusal];
    if (event->reply_code != REPLY_SAY) return pattern ? pattern : "NOTICE %";
    if (event->refusal == REFUSED_NOT_IN_ROOM) return "404 % #$";
    if (event->refusal == REFUSED_NAME_BAD || event->refusal == REFUSED_NAME_TOO_LONG)
        return "401 % $"; /* of whom it was to be told */
    return !pattern || event->refusal == REFUSED_NOT_ALLOWED ? "404 % *" : pattern;
}

static void answer_refused(struct talk *talk, const struct event *event, struct buf *out) {
    char memory[SENTENCE_SIZE_MAX];
    struct buf sentence;
    size_t begin = out->size;
    buf_init(&sentence, memory, sizeof memory);
    refusal_say(&sentence, event->refusal, event->number,
                slice_head(event->text, REFUSED_SIZE_MAX));
    check(buf_ok(&sentence));
    if (event->kind == EVENT_CLOSE) {
        buf_text(out, "ERROR :");
    } else {
        buf_text(out, ":" SERVER " ");
        put_pattern(talk, out, begin, refusal_pattern(event), event->text);
        buf_text(out, " :");
    }
    put_text(out, begin, buf_slice(&sentence));
    line_end(out);
    if (event->reply_code == REPLY_HELLO)
        irc_own(talk)->nick_size = 0; /* another NICK is waited for */
}

/* RFC 2812 section 5.1, RPL_AWAY */
static void answer_alert(const struct talk *talk, const struct event *event, struct buf *out) {
    size_t begin = out->size;
    if (event->why != ALERT_AWAY) return;
    put_pattern(talk, out, begin, ":" SERVER " 301 % $ :", event->other);
    put_text(out, begin, event->text);
    line_end(out);
}

void irc_answer(struct talk *talk, const struct event *event, struct buf *out) {
    switch (event->kind) {
    case EVENT_WELCOME: answer_welcome(talk, event, out); break;
    case EVENT_ENTERED: answer_entered(talk, event, out); break;
    case EVENT_EXITED: put_left(out, event); break;
    case EVENT_REFUSED:
    case EVENT_CLOSE: answer_refused(talk, event, out); break;
    case EVENT_NAMES: answer_names(talk, event, out); break;
    case EVENT_ROOMS: answer_rooms(talk, event, out); break;
    case EVENT_TOPIC: answer_topic(talk, event, out); break;
    case EVENT_TOPIC_SET: put_topic_set(out, event); break;
    case EVENT_RENAMED: answer_renamed(talk, event, out); break;
    case EVENT_DELETED: put_news(out, own_nick(talk), "PART ", event, event->text); break;
    case EVENT_PAST: encode_said(event, (struct slice){0}, out); break;
    case EVENT_TOLD: /* what one says oneself is not echoed */
        if (!(event->flags & EVENT_OWN)) encode_said(event, own_nick(talk), out);
        break;
    case EVENT_ALERT: answer_alert(talk, event, out); break;
    case EVENT_PONG:
        check(event->reply_code >= ECHO_FIRST && event->reply_code < REPLIES);
        say(talk, out, echoes[event->reply_code], event->text);
        break;
    case EVENT_SAID: /* one's own is not echoed */
    case EVENT_JOINED:
    case EVENT_LEFT:
    case EVENT_CREATED:
    case EVENT_DONE:
    case EVENT_QUERY:
    case EVENT_HELP:
    case EVENT_PAST_END:
    case EVENT_BYE:
    case EVENT_NONE:
    case EVENT_LOOKUP:
    case EVENT_LOGGED_IN:
    case EVENT_TOKEN:
    case EVENT_RESTRAINTS:
    case EVENT_USERS:
    case EVENT_ROOM_SHOWN:
    case EVENT_READ_UP:
    case EVENT_EDITED:
    case EVENT_RETRACTED:
    case EVENT_REACTED:
    case EVENT_MODE_SET:
    case EVENT_ROLE_SET:
    case EVENT_RESTRAINED:
    case EVENT_ROOM_RENAMED:
    case EVENT_FOUND:
    case EVENT_KINDS: break;
    }
}
