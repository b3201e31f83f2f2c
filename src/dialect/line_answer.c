/* line_answer.c: what is said to one session alone: answers to what she typed, what came of it,
 * direct messages, and what she ought to know. */
#include "base/check.h"
#include "chat/query.h"
#include "dialect/line.h"

enum { HELP_COLUMNS = 78 };

static uint64_t own_view(const struct talk *talk) {
    return talk->manner->crlf ? 0 : VIEW_LF;
}

/* ---- replies ---- */

void line_reply_parts(const struct talk *talk, const char *before, struct slice said,
                      const char *after, struct buf *out) {
    buf_text(out, "* ");
    buf_text(out, before);
    text_show(out, said);
    buf_text(out, after);
    line_end(own_view(talk), out);
}

/* The same with the room of the event in the middle. */
static void reply_room(const struct talk *talk, const char *before, const struct event *event,
                       const char *after, struct buf *out) {
    buf_text(out, "* ");
    buf_text(out, before);
    line_put_room(event, out);
    buf_text(out, after);
    line_end(own_view(talk), out);
}

static void reply(const struct talk *talk, const char *words, struct buf *out) {
    line_reply_parts(talk, words, (struct slice){0}, "", out);
}

static void answer_refused(const struct talk *talk, const struct event *event, struct buf *out) {
    buf_text(out, "* error: ");
    refusal_say(out, event->refusal, event->number, event->text);
    line_end(own_view(talk), out);
}

/* ---- help ---- */

/* The forms of a group, as many on a line as have room. */
static void help_group(const struct talk *talk, enum line_group group, const char *title,
                       struct buf *out) {
    size_t begin = out->size;
    const struct line_verb *verb;
    buf_text(out, "* ");
    buf_text(out, title);
    for (size_t i = 0; (verb = line_verb_at(i)) != NULL; i++) {
        if (verb->group != group) continue;
        if (out->size - begin + strlen(verb->form) + 2 > HELP_COLUMNS) {
            line_end(own_view(talk), out);
            begin = out->size;
            buf_text(out, "*  ");
        }
        buf_text(out, "  ");
        buf_text(out, verb->form);
    }
    line_end(own_view(talk), out);
}

static void help_all(const struct talk *talk, struct buf *out) {
    static const char *const titles[GROUPS] = {
        [GROUP_TALK] = "Talking:",       [GROUP_PAST] = "What was said:", [GROUP_ROOMS] = "Rooms:",
        [GROUP_RULE] = "Keeping order:", [GROUP_ACCOUNT] = "Accounts:",
    };
    reply(talk, "Whatever you type is said in the room; //text says /text.", out);
    for (enum line_group group = 0; group < GROUPS; group++)
        help_group(talk, group, titles[group], out);
    reply(talk, "N is a message's number: /history # shows them. /help COMMAND tells more.", out);
}

static void answer_help(const struct talk *talk, struct slice word, struct buf *out) {
    const struct line_verb *verb = line_verb_find(word);
    if (word.size == 0) {
        help_all(talk, out);
    } else if (!verb) {
        line_reply_parts(talk, "error: there is no command /", word, "; /help lists all", out);
    } else {
        struct slice lines = slice_text(verb->help);
        buf_text(out, "* ");
        buf_text(out, verb->form);
        buf_text(out, " - ");
        buf_put(out, text_line(&lines));
        line_end(own_view(talk), out);
        while (lines.size > 0)
            line_reply_parts(talk, "  ", text_line(&lines), "", out);
    }
}

/* ---- rooms ---- */

static void answer_names(const struct talk *talk, const struct event *event, struct buf *out) {
    struct slice names = event->text;
    buf_text(out, "* ");
    if (event->before == 0) {
        buf_text(out, "in ");
        line_put_room(event, out);
        buf_text(out, " (");
        buf_number(out, event->count);
        buf_text(out, "): ");
    }
    while (names.size > 0) {
        text_show(out, text_line(&names));
        if (names.size > 0) buf_text(out, ", ");
    }
    line_end(own_view(talk), out);
}

static void answer_rooms(const struct talk *talk, const struct event *event, struct buf *out) {
    struct slice lines = event->text;
    if (lines.size == 0 && event->before == 0) reply(talk, "there is no room", out);
    while (lines.size > 0) {
        struct slice line = text_line(&lines);
        slice_until(&line, '\t');
        struct slice name = slice_until(&line, '\t'), count = slice_until(&line, '\t');
        buf_text(out, "* ");
        text_show(out, name);
        buf_text(out, " (");
        buf_put(out, count);
        buf_text(out, ")");
        if (line.size > 0) buf_text(out, ": ");
        text_show(out, line);
        line_end(own_view(talk), out);
    }
}

/* `kind\tmask\tminutes left\tby\n` each. */
static void answer_restraints(const struct talk *talk, const struct event *event, struct buf *out) {
    static const struct {
        struct slice kind;
        const char *word;
    } kinds[] = {{{"ban", 3}, "banned: "},          {{"mute", 4}, "muted: "},
                 {{"invite", 6}, "invited: "},      {{"exempt", 6}, "not banned: "},
                 {{"unmutable", 9}, "not muted: "}, {{"welcome", 7}, "let in without invitation: "},
                 {{"report", 6}, "reported: "},     {{"refuse", 6}, "refused: "},
                 {{"hush", 4}, "muted for: "},      {{"lockdown", 8}, "nobody new comes in: "}};
    struct slice lines = event->text;
    if (lines.size == 0 && event->before == 0)
        reply(talk,
              event->room.v == 0 ? "nothing holds for the whole server"
                                 : "nobody is banned, muted or invited",
              out);
    while (lines.size > 0) {
        struct slice line = text_line(&lines), kind = slice_until(&line, '\t');
        struct slice mask = slice_until(&line, '\t'), minutes = slice_until(&line, '\t');
        buf_text(out, "* ");
        for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
            if (slice_equal(kind, kinds[i].kind)) buf_text(out, kinds[i].word);
        text_show(out, mask);
        if (!slice_equal(minutes, slice_of("0"))) {
            buf_text(out, ", minutes left: ");
            text_show(out, minutes);
        }
        struct slice by = slice_until(&line, '\t');
        if (by.size > 0) buf_text(out, ", by ");
        text_show(out, by);
        line_end(own_view(talk), out);
    }
}

static void answer_entered(struct talk *talk, const struct event *event, struct buf *out) {
    if (event->flags & EVENT_FIRST) {
        talk->home = talk->focus = event->room;
        return;
    }
    if (event->reply_code != REPLY_TYPED) {
        reply_room(talk, "you were taken into ", event, "; /join it to type there", out);
        return;
    }
    talk->focus = event->room;
    reply_room(talk, "you are in ", event, " now", out);
    if (event->text.size > 0) line_reply_parts(talk, "the topic is: ", event->text, "", out);
}

/* Out of the room being typed into: back to the one entered first, if she is there. */
static void focus_home(struct talk *talk, struct room_id left) {
    if (talk->home.v == left.v) talk->home.v = 0;
    if (talk->focus.v == left.v) talk->focus = talk->home;
}

/* Out of it against her will: what she is typing at this moment is not for another room. */
static void focus_none(struct talk *talk, struct room_id left) {
    if (talk->home.v == left.v) talk->home.v = 0;
    if (talk->focus.v == left.v) talk->focus.v = 0;
}

static void answer_exited(struct talk *talk, const struct event *event, struct buf *out) {
    if (event->why == LEAVING_PART) {
        focus_home(talk, event->room);
        reply_room(talk, "you have left ", event, "", out);
        return;
    }
    focus_none(talk, event->room);
    buf_text(out, "* ");
    if (event->other.size > 0)
        text_show(out, event->other);
    else
        buf_text(out, "the server");
    buf_text(out, " put you out of ");
    line_put_room(event, out);
    if (event->text.size > 0) buf_text(out, ": ");
    text_show(out, event->text);
    line_end(own_view(talk), out);
}

static void answer_topic(const struct talk *talk, const struct event *event, struct buf *out) {
    if (event->reply_code == REPLY_CURSOR) {
        buf_text(out, "* the cursor of ");
        line_put_room(event, out);
        buf_text(out, " is ");
        buf_hex(out, event->epoch, 16);
        buf_byte(out, ':');
        buf_number(out, event->seq);
        line_end(own_view(talk), out);
    } else if (event->text.size > 0) {
        line_reply_parts(talk, "the topic is: ", event->text, "", out);
    } else {
        reply(talk, "there is no topic", out);
    }
}

/* ---- pages ---- */

static void answer_query(struct talk *talk, const struct event *event, struct buf *out) {
    static const char *const titles[] = {[REPLY_TYPED] = "history of ",
                                         [REPLY_NUMBERED] = "history of ",
                                         [REPLY_RESUME] = "what happened in ",
                                         [REPLY_AUDIT] = "who did what in "};
    uint16_t code = event->reply_code;
    talk->numbered = code == REPLY_NUMBERED || code == REPLY_RESUME;
    if (code >= sizeof titles / sizeof *titles || !titles[code]) return;
    if (event->room.v == 0) {
        reply(talk, "who did what to the whole server:", out);
        return;
    }
    if (!(event->flags & EVENT_FIRST)) reply_room(talk, titles[code], event, ":", out);
}

/* Of one room, whatever she types into by now. */
static void answer_past(const struct talk *talk, const struct event *event, struct buf *out) {
    line_put_past(own_view(talk), event, talk->numbered, out);
}

/* Of the next direct room of hers with something unread, which may be no message. */
static void answer_unread(struct talk *talk, const struct event *event, struct buf *out) {
    talk->counted = event->room;
    talk->counts = true;
    if (event->refusal || event->count == 0) return;
    buf_text(out, "* ");
    buf_number(out, event->count);
    buf_text(out, event->count == 1 ? " message" : " messages");
    if (event->flags & EVENT_CHANGED) buf_text(out, " or more");
    buf_text(out, " from ");
    line_put_room(event, out);
    buf_text(out, " since you read there last");
    line_end(own_view(talk), out);
}

static void answer_past_end(struct talk *talk, const struct event *event, struct buf *out) {
    talk->numbered = false;
    if (event->why == QUERY_UNREAD) {
        answer_unread(talk, event, out);
        return;
    }
    if (event->refusal) {
        answer_refused(talk, event, out);
        return;
    }
    switch (event->reply_code) {
    case REPLY_TYPED:
    case REPLY_NUMBERED: reply(talk, "end of history", out); break;
    case REPLY_SEARCH:
        reply(talk, event->count > 0 ? "end of the search" : "nothing was found", out);
        break;
    case REPLY_RESUME: reply(talk, "that is all; you see the rest as it comes", out); break;
    case REPLY_AUDIT: reply(talk, "end of the log", out); break;
    default: break;
    }
}

/* Without a title: a search may be refused as late as it is read. */
static void answer_found(const struct talk *talk, const struct event *event, struct buf *out) {
    uint64_t view = own_view(talk);
    if (event->room.v != talk->focus.v) view |= VIEW_ELSEWHERE;
    line_put_past(view, event, true, out);
}

/* ---- what she ought to know ---- */

static void put_range(uint64_t first, uint64_t last, struct buf *out) {
    buf_byte(out, '#');
    buf_number(out, first);
    if (last == first) return;
    buf_text(out, " to #");
    buf_number(out, last);
}

static void alert_rewound(const struct talk *talk, const struct event *event, struct buf *out) {
    buf_text(out, "* the history of ");
    line_put_room(event, out);
    buf_text(out, " was rewound: what you saw after #");
    buf_number(out, event->before);
    buf_text(out, " is gone, its newest message is #");
    buf_number(out, event->seq);
    line_end(own_view(talk), out);
}

static void alert_missing(const struct talk *talk, const struct event *event, struct buf *out) {
    buf_text(out, "* of what was said in ");
    line_put_room(event, out);
    buf_text(out, ", ");
    put_range(event->before, event->seq, out);
    buf_text(out, " is not kept any more");
    line_end(own_view(talk), out);
}

/* `alice invites you to tea: /join tea` */
static void alert_room(const struct talk *talk, const struct event *event, const char *what,
                       const char *how, struct buf *out) {
    buf_text(out, "* ");
    text_show(out, event->author_name);
    buf_text(out, what);
    line_put_room(event, out);
    if (how) {
        buf_text(out, how);
        line_put_room(event, out);
    }
    line_end(own_view(talk), out);
}

static void alert_away(const struct talk *talk, const struct event *event, struct buf *out) {
    buf_text(out, "* ");
    text_show(out, event->other);
    buf_text(out, " is away: ");
    text_show(out, event->text);
    line_end(own_view(talk), out);
}

/* What she did not ask for is hidden where the listener does not announce. */
static void answer_alert(struct talk *talk, const struct event *event, struct buf *out) {
    bool announce = talk->manner->announce;
    switch ((enum alert)event->why) {
    case ALERT_AWAY: alert_away(talk, event, out); break;
    case ALERT_MENTIONED:
        if (announce && event->room.v != talk->focus.v)
            alert_room(talk, event, " calls you in ", NULL, out);
        break;
    case ALERT_INVITED:
        if (announce) alert_room(talk, event, " invites you to ", ": /join ", out);
        break;
    case ALERT_REWOUND: alert_rewound(talk, event, out); break;
    case ALERT_MISSING: alert_missing(talk, event, out); break;
    case ALERT_UNREAD:
        talk->counted.v = 0;
        talk->counts = announce;
        break;
    case ALERT_NONE: break;
    }
}

/* A direct message: as those of a room that nobody types into; she who typed it is told that it
 * was. */
static void answer_told(const struct talk *talk, const struct event *event, struct buf *out) {
    struct event told = *event;
    told.flags |= EVENT_DIRECT;
    if ((event->flags & EVENT_OWN) && event->reply_code == REPLY_TYPED)
        line_reply_parts(talk, "told ", event->other, "", out);
    else
        line_put_said(own_view(talk) | VIEW_ELSEWHERE, &told, out);
}

static void answer_read_up(const struct talk *talk, const struct event *event, struct buf *out) {
    if (event->reply_code != REPLY_TYPED) return; /* on another device of hers */
    buf_text(out, "* ");
    line_put_room(event, out);
    buf_text(out, " is read up to #");
    buf_number(out, event->seq);
    line_end(own_view(talk), out);
}

/* What came of one's own doing that everybody in the room sees as well; of direct messages, also
 * what the other did. */
static void answer_news(struct talk *talk, const struct event *event, struct buf *out) {
    bool direct = event->flags & EVENT_DIRECT;
    if (event->kind == EVENT_TOPIC_SET) {
        line_reply_parts(talk, "the topic is now: ", event->text, "", out);
    } else if (event->kind == EVENT_RENAMED) {
        line_reply_parts(talk, "you are now called ", event->other, "", out);
    } else {
        uint64_t view = line_view(talk, event->room);
        line_put_news(view, event, !direct || (event->flags & EVENT_OWN), out);
    }
}

static void answer_done(struct talk *talk, const struct event *event, struct buf *out) {
    if (event->text.size > 0) line_reply_parts(talk, "", event->text, "", out);
}

void line_answer(struct talk *talk, const struct event *event, struct buf *out) {
    switch (event->kind) {
    case EVENT_WELCOME: talk->stage = TALK_HERE; break;
    case EVENT_ENTERED: answer_entered(talk, event, out); break;
    case EVENT_EXITED: answer_exited(talk, event, out); break;
    case EVENT_REFUSED:
    case EVENT_CLOSE: answer_refused(talk, event, out); break;
    case EVENT_HELP: answer_help(talk, event->text, out); break;
    case EVENT_NAMES: answer_names(talk, event, out); break;
    case EVENT_ROOMS: answer_rooms(talk, event, out); break;
    case EVENT_RESTRAINTS: answer_restraints(talk, event, out); break;
    case EVENT_TOPIC: answer_topic(talk, event, out); break;
    case EVENT_DONE: answer_done(talk, event, out); break;
    case EVENT_QUERY: answer_query(talk, event, out); break;
    case EVENT_PAST: answer_past(talk, event, out); break;
    case EVENT_PAST_END: answer_past_end(talk, event, out); break;
    case EVENT_FOUND: answer_found(talk, event, out); break;
    case EVENT_TOLD: answer_told(talk, event, out); break;
    case EVENT_ALERT: answer_alert(talk, event, out); break;
    case EVENT_READ_UP: answer_read_up(talk, event, out); break;
    case EVENT_LOGGED_IN:
    case EVENT_TOKEN: line_account_answer(talk, event, out); break;
    case EVENT_TOPIC_SET:
    case EVENT_RENAMED:
    case EVENT_DELETED:
    case EVENT_EDITED:
    case EVENT_RETRACTED:
    case EVENT_REACTED:
    case EVENT_MODE_SET:
    case EVENT_ROLE_SET:
    case EVENT_RESTRAINED:
    case EVENT_ROOM_RENAMED: answer_news(talk, event, out); break;
    case EVENT_SAID: /* the sender does not see her own line */
    case EVENT_JOINED:
    case EVENT_LEFT:
    case EVENT_CREATED:
    case EVENT_PONG:
    case EVENT_BYE:
    case EVENT_NONE:
    case EVENT_LOOKUP:
    case EVENT_TOKENS:
    case EVENT_WEBHOOK:
    case EVENT_WEBHOOKS:
    case EVENT_INVITATIONS:
    case EVENT_USERS:
    case EVENT_ROOM_SHOWN: /* of the control socket */
    case EVENT_PEOPLE:
    case EVENT_WHOIS:
    case EVENT_WHOIS_ROOMS:
    case EVENT_ROOM_MODES:
    case EVENT_SCRAM:
    case EVENT_COUNTS:
    case EVENT_FACTS:
    case EVENT_FACT:
    case EVENT_MARKED:
    case EVENT_WATCHES:
    case EVENT_WATCHING:
    case EVENT_ORDERED:
    case EVENT_SEEN:
    case EVENT_WALLOPS:
    case EVENT_TARGETS:
    case EVENT_USER_MODE:
    case EVENT_TAGGED:
    case EVENT_MODES:
    case EVENT_PERSON:
    case EVENT_KINDS: break;
    }
    if (event->kind == EVENT_DELETED) focus_home(talk, event->room);
}
