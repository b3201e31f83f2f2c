/* line.c: nick first, then talk (WIRE, `line`). What begins with `/` is a command, `//` one
 * literal slash; our own replies begin with `* `, which no person's line can. */
#include "base/check.h"
#include "dialect/dialect.h"

enum { VIEW_LF = 1, VIEW_ANNOUNCE = 2, VIEW_ELSEWHERE = 4 };

/* reply_code of what only a typed command brings about */
enum { REPLY_TYPED = 1 };

enum { HISTORY_LINES = 20, REASON_SIZE_MAX = 300 };

typedef void verb_fn(struct talk *talk, struct slice rest, struct decoder *decoder);

static verb_fn verb_help, verb_nick, verb_join, verb_leave, verb_rooms, verb_who, verb_topic,
    verb_me, verb_history, verb_away, verb_kick, verb_quit, verb_account;

/* One row a command: what runs, its form, what /help says of it. */
static const struct {
    const char *verb;
    verb_fn *run;
    const char *form, *help;
} verbs[] = {
    {"/help", verb_help, "/help [COMMAND]", "this list, or one line of it"},
    {"/nick", verb_nick, "/nick NAME", "be called NAME from now on"},
    {"/join", verb_join, "/join ROOM", "enter ROOM, making it if there is none, and type into it"},
    {"/leave", verb_leave, "/leave [ROOM]", "leave ROOM, or the one being typed into"},
    {"/rooms", verb_rooms, "/rooms", "which rooms there are"},
    {"/who", verb_who, "/who [ROOM]", "who is in ROOM, or in the one being typed into"},
    {"/topic", verb_topic, "/topic [TEXT]", "show the room's topic, or set it"},
    {"/me", verb_me, "/me TEXT", "say what you do: alice waves"},
    {"/history", verb_history, "/history [N]", "the last N messages of the room (20)"},
    {"/away", verb_away, "/away [TEXT]", "say that you are away, without TEXT that you are back"},
    {"/kick", verb_kick, "/kick NAME [WHY]", "put NAME out of the room; its owner may"},
    {"/login", verb_account, "/login NAME PASSWORD", "come in as an account"},
    {"/register", verb_account, "/register PASSWORD", "make an account of your name"},
    {"/quit", verb_quit, "/quit [TEXT]", "leave"},
};

enum { VERBS = sizeof verbs / sizeof *verbs };

static size_t verb_find(struct slice word) {
    size_t i = 0;
    while (i < VERBS && !slice_equal(word, slice_text(verbs[i].verb)))
        i++;
    return i;
}

static void greet(struct talk *talk, struct buf *out) {
    if (!talk->manner->greeting) return;
    buf_text(out, "Please enter your username:");
    buf_text(out, talk->manner->crlf ? "\r\n" : "\n");
}

static void give(struct decoder *decoder, const struct talk *talk, enum command_kind kind,
                 struct slice text) {
    struct command command = {
        .kind = kind, .reply_code = REPLY_TYPED, .room_id = talk->focus, .text = text};
    decoder->give(decoder, &command);
}

static void missing(struct decoder *decoder, const char *verb) {
    decoder_refuse(decoder, REFUSED_PART_MISSING, 0,
                   slice_text(verbs[verb_find(slice_text(verb))].form), 0);
}

static void verb_help(struct talk *talk, struct slice rest, struct decoder *decoder) {
    struct slice word = slice_word(&rest);
    if (word.size > 0 && word.at[0] == '/') word = slice_from(word, 1);
    give(decoder, talk, COMMAND_HELP, word);
}

static void verb_nick(struct talk *talk, struct slice rest, struct decoder *decoder) {
    struct command command = {.kind = COMMAND_NICK};
    struct slice name = slice_trim(rest);
    if (name.size == 0)
        missing(decoder, "/nick");
    else if (decoder_name(decoder, talk, name, &command))
        decoder->give(decoder, &command);
}

static void verb_join(struct talk *talk, struct slice rest, struct decoder *decoder) {
    struct command command = {.kind = COMMAND_JOIN,
                              .flags = COMMAND_WAITS,
                              .reply_code = REPLY_TYPED,
                              .count = talk->manner->backlog_lines};
    struct slice room = slice_word(&rest);
    if (room.size > 1 && room.at[0] == '#') room = slice_from(room, 1);
    if (room.size == 0)
        missing(decoder, "/join");
    else if (decoder_room(decoder, room, &command))
        decoder->give(decoder, &command);
}

/* The room that is named, or else the one being typed into. False: the session was told. */
static bool room_or_focus(struct talk *talk, struct slice rest, struct decoder *decoder,
                          struct command *command) {
    struct slice room = slice_word(&rest);
    if (room.size > 1 && room.at[0] == '#') room = slice_from(room, 1);
    if (room.size > 0) return decoder_room(decoder, room, command);
    command->room_id = talk->focus;
    return true;
}

static void verb_leave(struct talk *talk, struct slice rest, struct decoder *decoder) {
    /* waits: what is typed next goes to another room */
    struct command command = {
        .kind = COMMAND_LEAVE, .reply_code = REPLY_TYPED, .flags = COMMAND_WAITS};
    if (room_or_focus(talk, rest, decoder, &command)) decoder->give(decoder, &command);
}

static void verb_rooms(struct talk *talk, struct slice rest, struct decoder *decoder) {
    (void)talk, (void)rest;
    struct command command = {.kind = COMMAND_ROOMS, .flags = COMMAND_WAITS};
    decoder->give(decoder, &command);
}

static void verb_who(struct talk *talk, struct slice rest, struct decoder *decoder) {
    struct command command = {.kind = COMMAND_WHO, .flags = COMMAND_WAITS};
    if (room_or_focus(talk, rest, decoder, &command)) decoder->give(decoder, &command);
}

static void verb_topic(struct talk *talk, struct slice rest, struct decoder *decoder) {
    struct command command = {.kind = COMMAND_TOPIC,
                              .reply_code = REPLY_TYPED,
                              .room_id = talk->focus,
                              .text = slice_trim(rest)};
    if (command.text.size > 0) command.flags = COMMAND_SETS;
    decoder->give(decoder, &command);
}

static void verb_me(struct talk *talk, struct slice rest, struct decoder *decoder) {
    struct command command = {.kind = COMMAND_SAY,
                              .speech = SPEECH_ACTION,
                              .room_id = talk->focus,
                              .text = slice_trim(rest)};
    if (command.text.size == 0)
        missing(decoder, "/me");
    else
        decoder->give(decoder, &command);
}

static void verb_history(struct talk *talk, struct slice rest, struct decoder *decoder) {
    uint64_t count = HISTORY_LINES;
    struct slice word = slice_word(&rest);
    if (word.size > 0 && (!slice_number(word, UINT32_MAX, &count) || count == 0)) {
        decoder_refuse(decoder, REFUSED_NUMBER_BAD, 0, word, 0);
        return;
    }
    struct command command = {.kind = COMMAND_HISTORY,
                              .flags = COMMAND_WAITS,
                              .reply_code = REPLY_TYPED,
                              .room_id = talk->focus,
                              .count = (uint32_t)count};
    decoder->give(decoder, &command);
}

static void verb_away(struct talk *talk, struct slice rest, struct decoder *decoder) {
    give(decoder, talk, COMMAND_AWAY, slice_trim(rest));
}

static void verb_kick(struct talk *talk, struct slice rest, struct decoder *decoder) {
    struct command command = {.kind = COMMAND_KICK, .room_id = talk->focus};
    struct slice name = slice_word(&rest);
    if (name.size == 0) {
        missing(decoder, "/kick");
    } else if (decoder_name(decoder, talk, name, &command)) {
        command.text = slice_head(slice_trim(rest), REASON_SIZE_MAX);
        decoder->give(decoder, &command);
    }
}

static void verb_account(struct talk *talk, struct slice rest, struct decoder *decoder) {
    (void)talk, (void)rest;
    decoder_refuse(decoder, REFUSED_NO_ACCOUNTS, 0, (struct slice){0}, 0);
}

static void verb_quit(struct talk *talk, struct slice rest, struct decoder *decoder) {
    struct command command = {.kind = COMMAND_BYE,
                              .flags = COMMAND_LEAVES | COMMAND_WAITS,
                              .text = slice_head(slice_trim(rest), REASON_SIZE_MAX)};
    (void)talk;
    decoder->give(decoder, &command);
}

static void decode_nick(struct talk *talk, struct slice line, struct decoder *decoder) {
    if (slice_starts(line, slice_of("/login "))) {
        verb_account(talk, line, decoder);
        return;
    }
    struct command command = decoder_hello(talk, NAMING_EXACT);
    if (decoder_name(decoder, talk, slice_trim(line), &command)) decoder->give(decoder, &command);
}

static enum decoded decode(struct talk *talk, struct slice line, struct decoder *decoder) {
    if (talk->stage == TALK_NEW) {
        decode_nick(talk, line, decoder);
        return DECODED;
    }
    bool command = talk->manner->commands && line.at[0] == '/';
    if (command && line.size > 1 && line.at[1] == '/') {
        line = slice_from(line, 1);
    } else if (command) {
        struct slice rest = line, word = slice_word(&rest);
        size_t i = verb_find(word);
        if (i < VERBS)
            verbs[i].run(talk, rest, decoder);
        else
            decoder_refuse(decoder, REFUSED_COMMAND_UNKNOWN, 0, word, 0);
        return DECODED;
    }
    struct command say = {.kind = COMMAND_SAY, .room_id = talk->focus, .text = line};
    decoder->give(decoder, &say);
    return DECODED;
}

static uint64_t view(const struct talk *talk, struct room_id room) {
    return (talk->manner->crlf ? 0u : VIEW_LF) | (talk->manner->announce ? VIEW_ANNOUNCE : 0u) |
           (room.v == talk->focus.v ? 0u : VIEW_ELSEWHERE);
}

static void line_begin(uint64_t view, const struct event *event, struct buf *out) {
    if (!(view & VIEW_ELSEWHERE)) return;
    buf_byte(out, '[');
    text_show(out, event->room_name);
    buf_text(out, "] ");
}

static void line_end(uint64_t view, struct buf *out) {
    buf_text(out, view & VIEW_LF ? "\n" : "\r\n");
}

static void encode_said(uint64_t view, const struct event *event, struct buf *out) {
    struct slice text = event->text;
    do {
        line_begin(view, event, out);
        text_show(out, event->author_name);
        buf_text(out, event->speech == SPEECH_ACTION ? " " : ": ");
        text_show(out, text_line(&text));
        line_end(view, out);
    } while (text.size > 0);
}

/* `alice has left the chat`, and why where it was not her own doing. */
static void encode_moved(uint64_t view, const struct event *event, const char *what,
                         struct buf *out) {
    line_begin(view, event, out);
    text_show(out, event->author_name);
    buf_text(out, what);
    line_end(view, out);
}

static void encode_news(uint64_t view, const struct event *event, const char *what,
                        struct slice text, struct buf *out) {
    buf_text(out, "* ");
    line_begin(view, event, out);
    text_show(out, event->author_name);
    buf_text(out, what);
    text_show(out, text);
    line_end(view, out);
}

static void encode(uint64_t view, const struct event *event, struct buf *out) {
    if (event->kind == EVENT_SAID || event->kind == EVENT_PAST) {
        encode_said(view, event, out);
        return;
    }
    if (!(view & VIEW_ANNOUNCE)) return;
    if (event->flags & EVENT_SCATTERED) view &= ~(uint64_t)VIEW_ELSEWHERE;
    if (event->kind == EVENT_JOINED) {
        encode_moved(view, event, " has joined the chat", out);
    } else if (event->kind == EVENT_LEFT) {
        encode_moved(view, event, " has left the chat", out);
    } else if (event->kind == EVENT_TOPIC_SET) {
        encode_news(view, event, " set the topic: ", event->text, out);
    } else if (event->kind == EVENT_RENAMED) {
        encode_news(view, event, " is now called ", event->other, out);
    } else if (event->kind == EVENT_DELETED) {
        encode_news(view, event, " deleted the room ", event->room_name, out);
    }
}

/* A reply of several parts: text, a slice that a person wrote, text. */
static void reply(const struct talk *talk, const char *before, struct slice said, const char *after,
                  struct buf *out) {
    buf_text(out, "* ");
    buf_text(out, before);
    text_show(out, said);
    buf_text(out, after);
    buf_text(out, talk->manner->crlf ? "\r\n" : "\n");
}

static void answer_help(const struct talk *talk, struct slice word, struct buf *out) {
    bool found = false;
    for (size_t i = 0; i < VERBS; i++) {
        if (word.size > 0 && !slice_equal(word, slice_text(verbs[i].verb + 1))) continue;
        found = true;
        buf_text(out, "* ");
        buf_text(out, verbs[i].form);
        buf_text(out, " - ");
        buf_text(out, verbs[i].help);
        line_end(talk->manner->crlf ? 0 : VIEW_LF, out);
    }
    if (!found) reply(talk, "error: there is no command /", word, "; /help lists all", out);
    if (word.size == 0)
        reply(talk, "//text says /text; anything else is said as it is", (struct slice){0}, "",
              out);
}

static void answer_names(const struct talk *talk, const struct event *event, struct buf *out) {
    struct slice names = event->text;
    buf_text(out, "* ");
    if (event->before == 0) {
        buf_text(out, "in ");
        text_show(out, event->room_name);
        buf_text(out, " (");
        buf_number(out, event->count);
        buf_text(out, "): ");
    }
    while (names.size > 0) {
        text_show(out, text_line(&names));
        if (names.size > 0) buf_text(out, ", ");
    }
    line_end(talk->manner->crlf ? 0 : VIEW_LF, out);
}

static void answer_rooms(const struct talk *talk, const struct event *event, struct buf *out) {
    struct slice lines = event->text;
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
        line_end(talk->manner->crlf ? 0 : VIEW_LF, out);
    }
}

static void answer_entered(struct talk *talk, const struct event *event, struct buf *out) {
    if (event->flags & EVENT_FIRST) {
        talk->home = talk->focus = event->room;
        return;
    }
    if (event->reply_code != REPLY_TYPED) {
        reply(talk, "you were taken into ", event->room_name, "; /join it to type there", out);
        return;
    }
    talk->focus = event->room;
    reply(talk, "you are in ", event->room_name, " now", out);
    if (event->text.size > 0) reply(talk, "the topic is: ", event->text, "", out);
}

/* Out of the room being typed into: back to the one entered first, if she is there. */
static void focus_home(struct talk *talk, struct room_id left) {
    if (talk->home.v == left.v) talk->home.v = 0;
    if (talk->focus.v == left.v) talk->focus = talk->home;
}

static void answer_exited(struct talk *talk, const struct event *event, struct buf *out) {
    focus_home(talk, event->room);
    if (event->why == LEAVING_PART) {
        reply(talk, "you have left ", event->room_name, "", out);
    } else {
        buf_text(out, "* ");
        text_show(out, event->other);
        buf_text(out, " put you out of ");
        text_show(out, event->room_name);
        if (event->text.size > 0) buf_text(out, ": ");
        text_show(out, event->text);
        line_end(talk->manner->crlf ? 0 : VIEW_LF, out);
    }
}

static void answer_refused(const struct talk *talk, const struct event *event, struct buf *out) {
    buf_text(out, "* error: ");
    refusal_say(out, event->refusal, event->number, event->text);
    line_end(talk->manner->crlf ? 0 : VIEW_LF, out);
}

/* What came of one's own doing that everybody in the room sees as well. */
static void answer_own(struct talk *talk, const struct event *event, struct buf *out) {
    if (event->kind == EVENT_TOPIC_SET) {
        reply(talk, "the topic is now: ", event->text, "", out);
    } else if (event->kind == EVENT_RENAMED) {
        reply(talk, "you are now called ", event->other, "", out);
    } else if (event->kind == EVENT_DELETED) {
        reply(talk, "you deleted the room ", event->room_name, "", out);
    }
}

static void answer(struct talk *talk, const struct event *event, struct buf *out) {
    struct slice none = {0};
    switch (event->kind) {
    case EVENT_WELCOME: talk->stage = TALK_HERE; break;
    case EVENT_ENTERED: answer_entered(talk, event, out); break;
    case EVENT_EXITED: answer_exited(talk, event, out); break;
    case EVENT_REFUSED:
    case EVENT_CLOSE: answer_refused(talk, event, out); break;
    case EVENT_HELP: answer_help(talk, event->text, out); break;
    case EVENT_NAMES: answer_names(talk, event, out); break;
    case EVENT_ROOMS: answer_rooms(talk, event, out); break;
    case EVENT_TOPIC:
        if (event->text.size > 0)
            reply(talk, "the topic is: ", event->text, "", out);
        else
            reply(talk, "there is no topic", none, "", out);
        break;
    case EVENT_DONE:
        if (event->text.size > 0) reply(talk, "", event->text, "", out);
        break;
    case EVENT_QUERY:
        if (event->reply_code == REPLY_TYPED && !(event->flags & EVENT_FIRST))
            reply(talk, "history of ", event->room_name, ":", out);
        break;
    case EVENT_PAST: /* of one room, whatever she types into by now */
        encode_said(view(talk, event->room) & ~(uint64_t)VIEW_ELSEWHERE, event, out);
        break;
    case EVENT_PAST_END:
        if (event->refusal)
            answer_refused(talk, event, out);
        else if (event->reply_code == REPLY_TYPED)
            reply(talk, "end of history", none, "", out);
        break;
    case EVENT_TOPIC_SET:
    case EVENT_RENAMED:
    case EVENT_DELETED: answer_own(talk, event, out); break;
    case EVENT_SAID: /* the sender does not see her own line */
    case EVENT_JOINED:
    case EVENT_LEFT:
    case EVENT_CREATED:
    case EVENT_PONG:
    case EVENT_TOLD:
    case EVENT_BYE:
    case EVENT_NONE:
    case EVENT_LOOKUP:
    case EVENT_LOGGED_IN:
    case EVENT_TOKEN:
    case EVENT_ALERT:
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
    if (event->kind == EVENT_DELETED) focus_home(talk, event->room);
}

const struct dialect dialect_line = {.name = "line",
                                     .greet = greet,
                                     .line = decode,
                                     .view = view,
                                     .encode = encode,
                                     .answer = answer};
