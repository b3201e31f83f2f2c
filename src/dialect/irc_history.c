/* irc_history.c: what was said before: CHATHISTORY and its answers (ircv3.net, draft/chathistory
 * and draft/event-playback). A page comes in pieces from the reader; it is one batch where the
 * client knows of batches, else its lines alone. */
#include "dialect/irc_history.h"
#include "base/address.h"
#include "base/check.h"
#include "base/date.h"
#include "base/utf8.h"
#include "chat/restraint.h"
#include "dialect/irc_write.h"

enum which { LATEST, BEFORE, AFTER, AROUND, BETWEEN, TARGETS, WHICHES };

static const struct {
    const char *word;
    uint8_t bounds; /* that it takes */
    bool any;       /* a bound may be `*` */
} whiches[WHICHES] = {
    [LATEST] = {"LATEST", 1, true},    [BEFORE] = {"BEFORE", 1, false},
    [AFTER] = {"AFTER", 1, false},     [AROUND] = {"AROUND", 1, false},
    [BETWEEN] = {"BETWEEN", 2, false}, [TARGETS] = {"TARGETS", 2, false},
};

/* ---- asking ---- */

/* A point of a room: a message, or a moment. */
struct point {
    uint64_t hex, seq; /* of a message; 0: none */
    int64_t time_ms;   /* 0: none */
};

static void fail(const struct talk *talk, struct decoder *decoder, const char *code,
                 struct slice word, const char *why) {
    irc_echo_line(talk, decoder, "FAIL CHATHISTORY $ $ :&", slice_text(code), word,
                  slice_text(why));
}

static bool point_read(struct slice text, bool any, struct point *point) {
    struct slice value = text, kind = slice_until(&value, '='), room;
    *point = (struct point){0};
    if (any && slice_equal(text, slice_of("*"))) return true;
    if (slice_equal(kind, slice_of("timestamp"))) {
        if (!date_read(value, &point->time_ms)) return false;
        if (point->time_ms == 0) point->time_ms = 1;
        return true;
    }
    if (!slice_equal(kind, slice_of("msgid"))) return false;
    if (!irc_msgid_read(value, &room, &point->seq)) return false;
    point->hex = irc_hex(room);
    if (point->hex == 0) point->hex = UINT64_MAX; /* of no room */
    return true;
}

static void set_after(struct command *command, const struct point *point) {
    command->after = point->seq;
    command->after_ms = point->time_ms;
    if (point->hex != 0) command->target_hex = point->hex;
}

static void set_before(struct command *command, const struct point *point) {
    command->before = point->seq;
    command->before_ms = point->time_ms;
    if (point->hex != 0) command->target_hex = point->hex;
}

/* From the first towards the second: where that is back in time, the newest count. */
static void set_between(struct command *command, const struct point points[2]) {
    bool back = points[0].seq > points[1].seq;
    if (points[0].time_ms != 0 && points[1].time_ms != 0)
        back = points[0].time_ms > points[1].time_ms;
    else if (points[0].time_ms != 0 || points[1].time_ms != 0)
        back = false; /* nobody knows here: as they are given */
    set_after(command, &points[back]);
    set_before(command, &points[!back]);
    if (back) command->flags |= COMMAND_NEWEST;
}

static void set_points(struct command *command, enum which which, const struct point points[2]) {
    switch (which) {
    case LATEST:
        command->flags |= COMMAND_NEWEST;
        set_after(command, &points[0]);
        break;
    case AFTER: set_after(command, &points[0]); break;
    case AROUND: command->flags |= COMMAND_AROUND; /* fall through */
    case BEFORE: set_before(command, &points[0]); break;
    case BETWEEN:
    case TARGETS: set_between(command, points); break;
    case WHICHES: break;
    }
}

/* The bounds and the limit behind them, from parameter `at` on. False: she was told. */
static bool bounds_read(const struct talk *talk, const struct irc_message *message, size_t at,
                        enum which which, struct decoder *decoder, struct command *command) {
    struct point points[2] = {{0}};
    struct slice word = slice_text(whiches[which].word);
    uint64_t limit = 0;
    for (size_t i = 0; i < whiches[which].bounds; i++) {
        if (point_read(irc_param(message, at + i), whiches[which].any, &points[i])) continue;
        fail(talk, decoder, "INVALID_PARAMS", word, "a bound is msgid=... or timestamp=...");
        return false;
    }
    struct slice number = irc_param(message, at + whiches[which].bounds);
    if (!slice_number(number, UINT32_MAX, &limit) || limit == 0) {
        fail(talk, decoder, "INVALID_PARAMS", word, "the limit is a number from 1 on");
        return false;
    }
    command->count = (uint32_t)limit;
    set_points(command, which, points);
    if (points[0].hex != 0 && points[1].hex != 0 && points[0].hex != points[1].hex)
        command->target_hex = UINT64_MAX; /* no room has both */
    return true;
}

static enum which which_of(struct slice word) {
    enum which which = 0;
    while (which < WHICHES && !irc_same_word(word, whiches[which].word))
        which++;
    return which;
}

/* Its answers repeat both words. */
static void ask_about(struct talk *talk, struct slice word, struct slice target) {
    struct irc_own *own = irc_own(talk);
    struct buf asked;
    buf_init(&asked, own->asked, sizeof own->asked);
    buf_put(&asked, slice_head(word, IRC_ASKED_MAX / 2));
    buf_byte(&asked, ' ');
    buf_put(&asked, slice_head(target, sizeof own->asked - asked.size));
    own->asked_size = (uint8_t)asked.size;
}

static void give(struct talk *talk, struct slice target, enum which which, struct decoder *decoder,
                 struct command *command) {
    bool room = target.size > 1 && target.at[0] == '#';
    command->flags |= COMMAND_WAITS;
    ask_about(talk, slice_text(whiches[which].word), target);
    if (which != TARGETS) {
        command->flags |= COMMAND_INSIDE;
        if (irc_own(talk)->caps & CAP_PLAYBACK) command->flags |= COMMAND_FULL;
        if (room && !decoder_room(decoder, slice_from(target, 1), command)) return;
        if (!room && !decoder_name(decoder, talk, target, command)) return;
    }
    decoder->give(decoder, command);
}

enum decoded irc_chathistory(struct talk *talk, const struct irc_message *message,
                             struct decoder *decoder) {
    enum which which = which_of(irc_param(message, 0));
    bool targets = which == TARGETS;
    struct command command = {.kind = targets ? COMMAND_TARGETS : COMMAND_HISTORY,
                              .reply_code = targets ? REPLY_TARGETS : REPLY_HISTORY};
    if (message->count == 0) {
        fail(talk, decoder, "NEED_MORE_PARAMS", slice_of("*"), "which part is missing");
    } else if (which == WHICHES) {
        fail(talk, decoder, "INVALID_PARAMS", message->params[0],
             "there is LATEST, BEFORE, AFTER, AROUND, BETWEEN and TARGETS");
    } else if (message->count < 2u + whiches[which].bounds + (targets ? 0 : 1)) {
        fail(talk, decoder, "NEED_MORE_PARAMS", slice_text(whiches[which].word),
             "not enough parameters");
    } else if (bounds_read(talk, message, targets ? 1 : 2, which, decoder, &command)) {
        give(talk, message->params[1], which, decoder, &command);
    }
    return DECODED;
}

/* message-redaction */
enum decoded irc_redact(struct talk *talk, const struct irc_message *message,
                        struct decoder *decoder) {
    struct slice target = message->params[0], msgid = message->params[1], hex;
    struct slice why = irc_param(message, 2);
    struct command redact = {.kind = COMMAND_RETRACT,
                             .reply_code = REPLY_REDACT,
                             .text = slice_head(why, utf8_cut(why, IRC_REASON_MAX))};
    bool room = target.size > 1 && target.at[0] == '#';
    ask_about(talk, msgid, target);
    if (irc_msgid_read(msgid, &hex, &redact.target)) redact.target_hex = irc_hex(hex);
    if (redact.target_hex == 0) redact.target = 0; /* of no room */
    if (room ? decoder_room(decoder, slice_from(target, 1), &redact)
             : decoder_name(decoder, talk, target, &redact))
        decoder->give(decoder, &redact);
    return DECODED;
}

/* ---- answering ---- */

static struct slice asked_target(const struct talk *talk, struct slice *word) {
    const struct irc_own *own = irc_own(talk);
    struct slice target = {own->asked, own->asked_size};
    *word = slice_until(&target, ' ');
    return target;
}

static struct slice batch_name(const struct irc_own *own, char memory[16]) {
    struct buf name;
    buf_init(&name, memory, 16);
    buf_byte(&name, 'h');
    buf_number(&name, own->history);
    return own->caps & CAP_BATCH ? buf_slice(&name) : (struct slice){0};
}

static void batch_begin(struct talk *talk, const char *kind, struct buf *out) {
    struct irc_own *own = irc_own(talk);
    char memory[16];
    struct slice word, target = asked_target(talk, &word);
    own->history = ++own->batches;
    if (!(own->caps & CAP_BATCH)) return;
    irc_line(talk, out, target.size > 0 ? "BATCH +$ $ $" : "BATCH +$ $", batch_name(own, memory),
             slice_text(kind), target);
}

static void batch_end(struct talk *talk, struct buf *out) {
    const struct irc_own *own = irc_own(talk);
    char memory[16];
    if (own->caps & CAP_BATCH) irc_line(talk, out, "BATCH -$", batch_name(own, memory));
}

void irc_put_into_batch(struct slice name, size_t begin, struct buf *out) {
    char memory[IRC_CLIENT_TAGS_MAX * 2 + 2 * IRC_LINE_SIZE_MAX];
    struct slice line = slice_from(buf_slice(out), begin);
    if (name.size == 0 || line.size == 0 || line.size > sizeof memory) return;
    memcpy(memory, line.at, line.size);
    bool tagged = memory[0] == '@';
    out->size = begin;
    buf_text(out, "@batch=");
    buf_put(out, name);
    buf_byte(out, tagged ? ';' : ' ');
    buf_put(out, slice_from((struct slice){memory, line.size}, tagged ? 1 : 0));
}

/* Of what a stored restraint's mask is about nothing is kept but how it is written: a mask of names
 * alone is shown as one, also where it was an account's name. */
static enum subject subject_of(struct slice mask) {
    struct network network;
    if (mask.size > 0 && memchr(mask.at, '!', mask.size)) return SUBJECT_PERSON;
    if (slice_equal(slice_head(mask, 2), slice_of("a:"))) return SUBJECT_KNOWN;
    if (network_parse(mask, &network)) return SUBJECT_NET;
    return SUBJECT_MASK;
}

/* `+ban mask why` and the like; what IRC has no letter for is no line. */
static bool restraint_of(struct event *event) {
    enum restraint kind;
    struct slice rest = event->text, word = slice_until(&rest, ' ');
    if (word.size == 0) return false;
    event->kind = EVENT_RESTRAINED;
    if (word.at[0] == '-') event->flags |= EVENT_OFF;
    event->other = slice_until(&rest, ' ');
    if (!restraint_find(slice_from(word, 1), &kind) || kind == RESTRAINT_INVITE) return false;
    event->why = (uint8_t)kind;
    event->setting = (uint8_t)subject_of(event->other);
    return event->other.size > 0;
}

static bool role_of(struct event *event) {
    struct slice rest = event->text, word = slice_until(&rest, ' ');
    enum role role;
    event->kind = EVENT_ROLE_SET;
    event->other = rest;
    if (!role_read(word.at, word.size, &role)) return false;
    event->number = role;
    event->before = ROLE_OPERATOR; /* which it was is not kept */
    return rest.size > 0;
}

/* Those that IRC has letters for, but for +f, whose room is not kept by its name. */
static bool mode_of(struct event *event) {
    struct slice rest = event->text, word = slice_until(&rest, ' ');
    enum room_setting setting;
    event->kind = EVENT_MODE_SET;
    if (!setting_find(word, &setting) || setting == SETTING_FORWARD) return false;
    event->setting = (uint8_t)setting;
    return slice_number(rest, UINT64_MAX, &event->number);
}

static void kick_of(struct event *event) {
    struct slice why = event->text;
    event->kind = EVENT_LEFT;
    event->why = LEAVING_KICKED;
    event->other = event->author_name;
    event->author_name = slice_until(&why, ' ');
    event->text = why;
    event->account = event->login = (struct slice){0};
}

static void tags_of(struct event *event) {
    event->kind = EVENT_TAGGED;
    event->number = 0;
    event->tags = event->text;
    event->text = (struct slice){0};
}

/* A stored event as it was live. False: IRC has no line for it. */
static bool live_of(struct event *event) {
    switch ((enum stored)event->stored) {
    case STORED_MESSAGE: return true;
    case STORED_TOPIC: event->kind = EVENT_TOPIC_SET; return true;
    case STORED_UNREACTION: event->flags |= EVENT_OFF; /* fall through */
    case STORED_REACTION: event->kind = EVENT_REACTED; return true;
    case STORED_MODE: return mode_of(event);
    case STORED_ROLE: return role_of(event);
    case STORED_KICK: kick_of(event); return true;
    case STORED_TAGS: tags_of(event); return true;
    case STORED_RESTRAINT: return restraint_of(event);
    case STORED_EDIT:
    case STORED_REMOVAL:
    case STORED_RENAME:
    case STORED_KINDS:
    case STORED_NOTHING: break;
    }
    return false;
}

static void put_past(const struct talk *talk, const struct event *past, struct buf *out) {
    const struct irc_own *own = irc_own(talk);
    struct event event = *past;
    char memory[16];
    struct slice name = batch_name(own, memory), to = {0};
    size_t begin = out->size;
    if (event.flags & EVENT_DIRECT) to = event.flags & EVENT_OWN ? event.other : irc_nick_of(talk);
    if (!live_of(&event)) return;
    if (event.stored == STORED_MESSAGE) {
        irc_put_said(own->caps, &event, to, name, out);
        return;
    }
    irc_put_event(own->caps, &event, to, out);
    irc_put_into_batch(name, begin, out);
}

static void put_targets(struct talk *talk, const struct event *event, struct buf *out) {
    const struct irc_own *own = irc_own(talk);
    struct slice lines = event->text;
    char memory[16];
    batch_begin(talk, "draft/chathistory-targets", out);
    while (lines.size > 0) {
        struct slice name = text_line(&lines), when = slice_until(&name, '\t');
        char date_memory[DATE_SIZE];
        struct buf date;
        uint64_t time_ms = 0;
        size_t begin = out->size;
        check(slice_number(when, INT64_MAX, &time_ms));
        buf_init(&date, date_memory, sizeof date_memory);
        date_put(&date, (int64_t)time_ms);
        bool person = slice_starts(name, slice_of("@"));
        irc_line(talk, out, person ? "CHATHISTORY TARGETS $ $" : "CHATHISTORY TARGETS # $",
                 slice_from(name, person), buf_slice(&date));
        irc_put_into_batch(batch_name(own, memory), begin, out);
    }
    batch_end(talk, out);
}

static void put_refused(struct talk *talk, const struct event *event, struct buf *out) {
    struct slice word, target = asked_target(talk, &word);
    const char *code = "INVALID_TARGET";
    if (event->refusal == REFUSED_NOTHING_TOLD) { /* there is nobody else's word to find */
        batch_begin(talk, "chathistory", out);
        batch_end(talk, out);
        return;
    }
    if (event->refusal == REFUSED_MESSAGE_UNKNOWN) code = "INVALID_PARAMS";
    if (event->refusal == REFUSED_HISTORY_OFF || event->refusal == REFUSED_STORE_FAILED)
        code = "MESSAGE_ERROR";
    irc_line(talk, out, "FAIL CHATHISTORY $ $ $ :messages could not be retrieved", slice_text(code),
             word, target);
}

static void put_redact_refused(struct talk *talk, const struct event *event, struct buf *out) {
    struct slice msgid, target = asked_target(talk, &msgid);
    switch ((int)event->refusal) {
    case REFUSED_MESSAGE_UNKNOWN:
    case REFUSED_MESSAGE_GONE:
    case REFUSED_NOTHING_TOLD:
    case REFUSED_HISTORY_OFF:
        irc_line(talk, out, "FAIL REDACT UNKNOWN_MSGID $ $ :there is no such message", target,
                 msgid);
        break;
    case REFUSED_NOT_ALLOWED:
    case REFUSED_RANK:
    case REFUSED_MUTED:
    case REFUSED_STORE_FULL:
    case REFUSED_STORE_FAILED:
        irc_line(talk, out, "FAIL REDACT REDACT_FORBIDDEN $ $ :you cannot remove it", target,
                 msgid);
        break;
    default: irc_line(talk, out, "FAIL REDACT INVALID_TARGET $ :you cannot remove there", target);
    }
}

bool irc_answer_history(struct talk *talk, const struct event *event, struct buf *out) {
    if (event->reply_code == REPLY_TARGETS && event->kind == EVENT_TARGETS) {
        irc_own(talk)->asked_size = 0;
        put_targets(talk, event, out);
        return true;
    }
    if (event->reply_code == REPLY_REDACT && event->kind == EVENT_REFUSED) {
        put_redact_refused(talk, event, out);
        return true;
    }
    if (event->reply_code != REPLY_HISTORY) return false;
    switch ((int)event->kind) {
    case EVENT_REFUSED: put_refused(talk, event, out); break;
    case EVENT_QUERY: batch_begin(talk, "chathistory", out); break;
    case EVENT_PAST: put_past(talk, event, out); break;
    case EVENT_PAST_END:
        batch_end(talk, out);
        if (event->refusal != REFUSED_NOT) put_refused(talk, event, out);
        break;
    default: return false;
    }
    return true;
}
