/* irc_encode.c: what all who are in a room are told, in the form that a set of capabilities wants.
 * The view is that set. */
#include "base/check.h"
#include "dialect/irc_fact.h"
#include "dialect/irc_people.h"

/* Tags and source: how most lines begin. */
static size_t begin_line(uint32_t caps, const struct event *event, struct slice who,
                         struct buf *out) {
    size_t begin = out->size;
    irc_put_tags(caps, event, (struct slice){0}, true, out);
    irc_put_source(out, who, event->login);
    return begin;
}

/* `:alice!a@host VERB #room`, and ` :text` where there is one. */
static void put_news(uint32_t caps, const struct event *event, struct slice who, const char *verb,
                     struct slice text, struct buf *out) {
    size_t begin = begin_line(caps, event, who, out);
    buf_text(out, verb);
    irc_put_channel(out, event);
    if (text.size > 0) {
        buf_text(out, " :");
        irc_put_text(out, begin, text);
    }
    irc_line_end(out);
}

/* extended-join: her account and real name behind the room's. */
static void put_joined_fully(uint32_t caps, const struct event *event, struct buf *out) {
    size_t begin = begin_line(caps, event, event->author_name, out);
    buf_text(out, "JOIN ");
    irc_put_channel(out, event);
    buf_byte(out, ' ');
    irc_put_word(out, event->account);
    buf_text(out, " :");
    irc_put_text(out, begin, event->text.size > 0 ? event->text : event->author_name);
    irc_line_end(out);
}

static void put_kick(uint32_t caps, const struct event *event, struct buf *out) {
    struct slice by = event->other.size > 0 ? event->other : event->author_name;
    size_t begin = begin_line(caps, event, by, out);
    buf_text(out, "KICK ");
    irc_put_channel(out, event);
    buf_byte(out, ' ');
    text_show(out, event->author_name);
    buf_text(out, " :");
    irc_put_text(out, begin, event->text.size > 0 ? event->text : by);
    irc_line_end(out);
}

/* A verb whose text stands alone. */
static void put_alone(uint32_t caps, const struct event *event, const char *verb, struct slice text,
                      struct buf *out) {
    size_t begin = begin_line(caps, event, event->author_name, out);
    buf_text(out, verb);
    if (text.size > 0) {
        buf_text(out, " :");
        irc_put_text(out, begin, text);
    }
    irc_line_end(out);
}

/* away-notify: who comes and is away is told to be. */
static void put_joined(uint32_t caps, const struct event *event, struct buf *out) {
    if (caps & CAP_EXTENDED_JOIN)
        put_joined_fully(caps, event, out);
    else
        put_news(caps, event, event->author_name, "JOIN ", (struct slice){0}, out);
    if ((caps & CAP_AWAY_NOTIFY) && event->other.size > 0)
        put_alone(caps, event, "AWAY", event->other, out);
}

static void put_left(uint32_t caps, const struct event *event, struct buf *out) {
    if (event->why == LEAVING_PART || event->why == LEAVING_DELETED)
        put_news(caps, event, event->author_name, "PART ", event->text, out);
    else if (event->why == LEAVING_QUIT)
        put_alone(caps, event, "QUIT", event->text.size > 0 ? event->text : slice_of("gone"), out);
    else
        put_kick(caps, event, out);
}

static void put_topic_set(uint32_t caps, const struct event *event, struct buf *out) {
    size_t begin = begin_line(caps, event, event->author_name, out);
    buf_text(out, "TOPIC ");
    irc_put_channel(out, event);
    buf_text(out, " :");
    irc_put_text(out, begin, event->text);
    irc_line_end(out);
}

static void put_renamed(uint32_t caps, const struct event *event, struct buf *out) {
    begin_line(caps, event, event->author_name, out);
    buf_text(out, "NICK ");
    text_show(out, event->other);
    irc_line_end(out);
}

/* CTCP: one client asks another, or answers. */
static void put_ctcp(uint32_t caps, const struct event *event, struct slice to, struct buf *out) {
    struct slice text = slice_from(event->text, 1);
    size_t begin = begin_line(caps, event, event->author_name, out);
    if (text.size > 0 && text.at[text.size - 1] == '\x01') text.size--;
    buf_text(out, event->speech == SPEECH_NOTICE ? "NOTICE " : "PRIVMSG ");
    if (to.size > 0)
        text_show(out, to);
    else
        irc_put_channel(out, event);
    buf_text(out, " :\001");
    irc_put_text_before(out, begin, text, '\x01');
    irc_line_end(out);
}

/* Without words: a reaction, or what a client shows of its person. */
static void put_tagmsg(uint32_t caps, const struct event *event, struct slice to, struct buf *out) {
    if (event->kind == EVENT_TAGGED && event->text.size > 0) {
        put_ctcp(caps, event, to, out);
        return;
    }
    if (!(caps & CAP_MESSAGE_TAGS)) return;
    begin_line(caps, event, event->author_name, out);
    buf_text(out, "TAGMSG ");
    if (to.size > 0)
        text_show(out, to);
    else
        irc_put_channel(out, event);
    irc_line_end(out);
}

/* What was said says something else now: said again, behind a mark that people know. */
static void put_edited(uint32_t caps, const struct event *event, struct slice to, struct buf *out) {
    struct event again = *event;
    struct slice text = event->text, line = text_line(&text);
    char memory[IRC_LINE_SIZE_MAX];
    struct buf first;
    buf_init(&first, memory, sizeof memory);
    buf_text(&first, "* ");
    buf_put(&first, slice_head(line, sizeof memory - 2));
    again.text = buf_slice(&first);
    irc_put_said(caps, &again, to, (struct slice){0}, out);
    again.text = text;
    if (text.size > 0) irc_put_said(caps, &again, to, (struct slice){0}, out);
}

/* message-redaction */
static void put_retracted(uint32_t caps, const struct event *event, struct slice to,
                          struct buf *out) {
    struct event target = {.hex = event->hex, .seq = event->target};
    if (!(caps & CAP_REDACTION)) return;
    size_t begin = begin_line(caps, event, event->author_name, out);
    buf_text(out, "REDACT ");
    if (to.size > 0)
        text_show(out, to);
    else
        irc_put_channel(out, event);
    buf_byte(out, ' ');
    irc_put_msgid(&target, out);
    if (event->text.size > 0) {
        buf_text(out, " :");
        irc_put_text(out, begin, event->text);
    }
    irc_line_end(out);
}

/* What changed about a person: away-notify, account-notify, setname. */
static void put_person(uint32_t caps, const struct event *event, struct buf *out) {
    switch ((enum person_change)event->why) {
    case PERSON_IS_AWAY:
        if (caps & CAP_AWAY_NOTIFY) put_alone(caps, event, "AWAY", event->text, out);
        break;
    case PERSON_IS_ACCOUNT:
        if (!(caps & CAP_ACCOUNT_NOTIFY)) break;
        begin_line(caps, event, event->author_name, out);
        buf_text(out, "ACCOUNT ");
        irc_put_word(out, event->account);
        irc_line_end(out);
        break;
    case PERSON_IS_REALLY:
        if (caps & CAP_SETNAME) put_alone(caps, event, "SETNAME", event->text, out);
        break;
    }
}

/* invite-notify */
static void put_invited(uint32_t caps, const struct event *event, struct buf *out) {
    if (!(caps & CAP_INVITE_NOTIFY) || (event->flags & EVENT_OFF)) return;
    begin_line(caps, event, event->author_name, out);
    buf_text(out, "INVITE ");
    irc_put_word(out, event->other);
    buf_byte(out, ' ');
    irc_put_channel(out, event);
    irc_line_end(out);
}

/* One event, told to a room, or to one person of two. */
void irc_put_event(uint32_t caps, const struct event *event, struct slice to, struct buf *out) {
    switch ((int)event->kind) {
    case EVENT_SAID:
    case EVENT_TOLD: irc_put_said(caps, event, to, (struct slice){0}, out); break;
    case EVENT_EDITED: put_edited(caps, event, to, out); break;
    case EVENT_RETRACTED: put_retracted(caps, event, to, out); break;
    case EVENT_TAGGED:
    case EVENT_REACTED: put_tagmsg(caps, event, to, out); break;
    case EVENT_JOINED: put_joined(caps, event, out); break;
    case EVENT_EXITED:
    case EVENT_LEFT: put_left(caps, event, out); break;
    case EVENT_TOPIC_SET: put_topic_set(caps, event, out); break;
    case EVENT_RENAMED: put_renamed(caps, event, out); break;
    case EVENT_SEEN: irc_put_seen(event, out); break;
    case EVENT_WALLOPS: put_alone(caps, event, "WALLOPS", event->text, out); break;
    case EVENT_PERSON: put_person(caps, event, out); break;
    case EVENT_FACT: irc_put_fact(caps, event, out); break;
    case EVENT_MODE_SET:
    case EVENT_ROLE_SET:
    case EVENT_MODES: irc_put_mode(caps, event, out); break;
    case EVENT_RESTRAINED:
        if (event->why == RESTRAINT_INVITE)
            put_invited(caps, event, out);
        else
            irc_put_mode(caps, event, out);
        break;
    case EVENT_DELETED:
        put_news(caps, event, event->author_name, "NOTICE ", slice_of("deleted this room"), out);
        break;
    default: break;
    }
}

void irc_encode(uint64_t view, const struct event *event, struct buf *out) {
    irc_put_event((uint32_t)view, event, (struct slice){0}, out);
}
