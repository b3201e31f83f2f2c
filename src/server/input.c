/* input.c: from bytes to lines to commands, for one session at a time. What cannot be read yet,
 * because a command must be answered first, the hub is busy or the session was too quick, waits in
 * a borrowed block; an idle session holds none. Who sends more than the rate allows waits, and who
 * goes on all the same is closed (THREATS 48). */
#include <stdatomic.h>
#include <stdlib.h>

#include "base/check.h"
#include "base/text.h"
#include "dialect/detect.h"
#include "server/session_inside.h"
#include "wire/line.h"
#include "wire/websocket.h"

static void decoder_give(struct decoder *decoder, struct command *command) {
    struct session_decoder *own = (struct session_decoder *)decoder;
    session_give(own->sessions, own->slot, command);
}

struct session_decoder decoder_for(struct sessions *sessions, uint32_t slot) {
    return (struct session_decoder){.decoder = {.give = decoder_give, .names = sessions->names},
                                    .sessions = sessions,
                                    .slot = slot};
}

struct slice sessions_pending(const struct sessions *sessions, uint32_t slot) {
    const struct pending *pending = sessions->rows[slot].pending;
    return pending ? (struct slice){pending->bytes, pending->size} : (struct slice){0};
}

void sessions_keep(struct sessions *sessions, uint32_t slot, struct slice bytes) {
    struct session *session = &sessions->rows[slot];
    struct pending *old = session->pending, *kept = NULL;
    if (bytes.size > 0) {
        kept = malloc(sizeof *kept + bytes.size);
        if (!kept) {
            sessions_broken(sessions, slot); /* this connection fails, nobody else */
            return;
        }
        kept->size = kept->cap = bytes.size;
        memcpy(kept->bytes, bytes.at, bytes.size);
    }
    session->pending = kept;
    free(old);
}

bool sessions_may_read(const struct sessions *sessions, uint32_t slot) {
    const struct session *session = &sessions->rows[slot];
    if (session->state != SESSION_OPEN || session->input_ended) return false;
    if (session->waits || session->stalled || session->throttled) return false;
    bool full = session->outbox.size >= SESSIONS_PIECE_SIZE && !session->talk.streams;
    if (session->pending && session_speaks_http(session) && full) return false;
    return sessions->limits.outbox_soft_bytes == 0 ||
           session->outbox.size <= sessions->limits.outbox_soft_bytes;
}

/* Each line moves the time at which the next would be due at the even rate; who is further ahead
 * of the clock than the burst waits. */
static bool throttle(struct sessions *sessions, struct session *session) {
    const struct session_limits *limits = &sessions->limits;
    if (session->exempt || limits->throttle_line_ms == 0) return true;
    if (session->allowed_ms < sessions->now_ms) session->allowed_ms = sessions->now_ms;
    if (session->allowed_ms > sessions->now_ms + limits->throttle_burst_ms) return false;
    session->allowed_ms += limits->throttle_line_ms;
    return true;
}

bool session_in_time(struct sessions *sessions, uint32_t slot) {
    struct session *session = &sessions->rows[slot];
    if (throttle(sessions, session)) return true;
    session_hold_back(sessions, slot);
    return false;
}

/* Whole seconds; 0 is kept for: not at the limit. */
static uint16_t flood_clock(const struct sessions *sessions) {
    uint16_t seconds = (uint16_t)(sessions->now_ms / 1000);
    return seconds != 0 ? seconds : 1;
}

/* It is at the limit of its rate, and has been without a break since; or is not. */
static void session_floods(const struct sessions *sessions, struct session *session, bool is) {
    if (!is)
        session->flood_s = 0;
    else if (session->flood_s == 0)
        session->flood_s = flood_clock(sessions);
}

void session_hold_back(struct sessions *sessions, uint32_t slot) {
    struct session *session = &sessions->rows[slot];
    session->throttled = true;
    session_floods(sessions, session, true);
    session_schedule(sessions, slot);
}

void session_flood_check(struct sessions *sessions, uint32_t slot) {
    struct session *session = &sessions->rows[slot];
    uint16_t for_s = (uint16_t)(flood_clock(sessions) - session->flood_s);
    uint32_t most_s = sessions->limits.flood_seconds;
    /* One second on this clock may be an instant. */
    if (session->state != SESSION_OPEN || most_s == 0 || for_s <= most_s) return;
    sessions->flood_count++;
    sessions_keep(sessions, slot, (struct slice){0});
    session_turn_out(sessions, slot, REFUSED_FLOOD);
}

void session_put_words(struct sessions *sessions, struct command *command) {
    bool said = command->kind == COMMAND_SAY || command->kind == COMMAND_TELL ||
                command->kind == COMMAND_EDIT || command->kind == COMMAND_TOPIC ||
                command->kind == COMMAND_TAG || command->kind == COMMAND_ASIDE;
    if (!said || command->text.size == 0 || command->text.size > FILTER_TEXT_MAX) return;
    if (!sessions->hooks.filters || !atomic_load(sessions->hooks.filters)) return;
    struct buf words;
    buf_init(&words, sessions->words, sizeof sessions->words);
    text_words(sessions->names, &words, command->text, false);
    command->skeleton =
        buf_ok(&words) ? buf_slice(&words) : slice_of("\n"); /* too much to look at */
}

bool session_can_give(struct sessions *sessions, uint32_t slot) {
    if (sessions->hooks.can_give(sessions->hooks.context)) return true;
    sessions->rows[slot].stalled = true;
    sessions->stalled_count++;
    return false;
}

/* What a dialect remembers beside struct talk. False: no memory, the session is broken off. */
static bool session_own(struct sessions *sessions, uint32_t slot) {
    struct talk *talk = &sessions->rows[slot].talk;
    const struct dialect *dialect = dialect_of((enum dialect_kind)talk->kind);
    if (!dialect || dialect->own_size == 0 || talk->own) return true;
    talk->own = calloc(1, dialect->own_size);
    if (!talk->own) sessions_broken(sessions, slot);
    return talk->own != NULL;
}

/* A dialect is found: what its people expect to see first is sent, unless the prompt was. */
void session_becomes(struct sessions *sessions, uint32_t slot, enum dialect_kind kind) {
    struct session *session = &sessions->rows[slot];
    struct buf bytes;
    session_count(sessions, session, kind);
    if (kind == DIALECT_JSON) session->talk.greeted = false; /* as a request it was not yet */
    if (kind == DIALECT_DOLLAR || kind == DIALECT_JSON) {
        buf_init(&bytes, sessions->roster.scratch, ENCODE_SIZE_MAX);
        dialect_greet(&session->talk, &bytes);
        session_send(sessions, slot, buf_slice(&bytes));
    }
    session->talk.greeted = true;
    session_schedule(sessions, slot);
    session_own(sessions, slot);
}

/* True where the session's dialect is known now. */
static bool session_detect(struct sessions *sessions, uint32_t slot, struct slice stream) {
    struct session *session = &sessions->rows[slot];
    if (session->talk.kind != DIALECT_AUTO) return true;
    bool whole = stream.size > 0 && memchr(stream.at, '\n', stream.size) != NULL;
    bool prompted = session->talk.greeted;
    enum detected found = detect(stream);
    bool long_enough = stream.size > session->talk.manner->line_size;
    if (found == DETECTED_NOT_YET && (whole || long_enough)) {
        struct slice rest = stream;
        while (rest.size > 0 && (rest.at[0] == '\r' || rest.at[0] == '\n'))
            rest = slice_from(rest, 1);
        whole = rest.size > 0 && memchr(rest.at, '\n', rest.size) != NULL;
        if (whole || long_enough) found = DETECTED_LINE;
    }
    if (found == DETECTED_NOT_YET || (prompted && !whole && !long_enough)) return false;
    switch (found) {
    case DETECTED_LINE: session_becomes(sessions, slot, DIALECT_LINE); return true;
    case DETECTED_PIPE: session_becomes(sessions, slot, DIALECT_PIPE); return true;
    case DETECTED_DOLLAR: session_becomes(sessions, slot, DIALECT_DOLLAR); return true;
    case DETECTED_HTTP:
        if (prompted) break;
        session_becomes(sessions, slot, DIALECT_WEB);
        return true;
    case DETECTED_IRC: session_becomes(sessions, slot, DIALECT_IRC); return true;
    case DETECTED_TLS:
    case DETECTED_PROXY:
    case DETECTED_NOT_YET: break;
    }
    session_bye(sessions, slot, (struct slice){0});
    return false;
}

/* A control frame is answered at once, also between the fragments of a message. False: nothing
 * more is read of it. */
static bool session_control(struct sessions *sessions, uint32_t slot, enum websocket_result what,
                            const struct websocket_taken *taken) {
    char memory[WEBSOCKET_CONTROL_MAX + WEBSOCKET_HEAD_MAX];
    struct buf bytes;
    buf_init(&bytes, memory, sizeof memory);
    if (what == WEBSOCKET_PING) websocket_put_pong(&bytes, taken->payload);
    if (what == WEBSOCKET_BAD) websocket_put_close(&bytes, taken->code);
    session_send(sessions, slot, buf_slice(&bytes));
    if (what == WEBSOCKET_PING || what == WEBSOCKET_PONG) return true;
    sessions->rows[slot].shut = what == WEBSOCKET_BAD;
    session_bye(sessions, slot, (struct slice){0});
    return false;
}

/* The next line, out of a stream of lines or of a WebSocket's messages, which are one each. */
static enum line_result take_line(struct sessions *sessions, uint32_t slot, struct slice *stream,
                                  struct slice *line) {
    struct session *session = &sessions->rows[slot];
    const struct manner *manner = session->talk.manner;
    uint32_t size_max = session->talk.kind == DIALECT_JSON ? manner->body_size : manner->line_size;
    if (session->talk.framing == FRAMING_NONE)
        return line_take(stream, size_max, &session->dropping, line);
    struct websocket_taken taken;
    enum websocket_result what;
    while ((what = websocket_take(stream, size_max + 2, &taken)) != WEBSOCKET_MESSAGE) {
        if (what == WEBSOCKET_MORE) return LINE_NONE;
        if (!session_control(sessions, slot, what, &taken)) return LINE_NONE;
    }
    *line = taken.payload;
    if (session->talk.kind == DIALECT_JSON) return LINE_WHOLE;
    bool dropping = false; /* the line's own end is allowed, and taken off */
    struct slice rest = taken.payload;
    *line = rest;
    enum line_result result = line_take(&rest, size_max, &dropping, line);
    if (result == LINE_WHOLE && rest.size > 0) *line = taken.payload; /* refused as it is */
    return result == LINE_TOO_LONG ? LINE_TOO_LONG : LINE_WHOLE;
}

/* Read one line. False: there is none, or it must wait; *stream is then what is left. */
static bool session_line(struct sessions *sessions, uint32_t slot, struct slice *stream) {
    struct session *session = &sessions->rows[slot];
    if (!session_can_give(sessions, slot) || stream->size == 0) return false;
    if (!session_in_time(sessions, slot)) return false;
    struct slice before = *stream, line;
    struct session_decoder own = decoder_for(sessions, slot);
    switch (take_line(sessions, slot, stream, &line)) {
    case LINE_NONE:
        if (!session->exempt) session->allowed_ms -= sessions->limits.throttle_line_ms;
        return false;
    case LINE_TOO_LONG: dialect_line_too_long(&session->talk, &own.decoder); return true;
    case LINE_WHOLE: break;
    }
    uint64_t view = dialect_view(&session->talk, (struct room_id){0});
    enum decoded decoded = dialect_line_in(&session->talk, line, &own.decoder);
    if (dialect_view(&session->talk, (struct room_id){0}) != view)
        session_view_again(sessions, session);
    session_hold_release(sessions, slot);
    switch (decoded) {
    case DECODED: break;
    case DECODED_AGAIN: *stream = before; break;
    case DECODED_CLOSE:
        *stream = (struct slice){0};
        session_bye(sessions, slot, (struct slice){0});
        break;
    }
    return true;
}

/* Read all that may be read of `stream`; the rest of it waits. */
static void session_read(struct sessions *sessions, uint32_t slot, struct slice stream) {
    struct session *session = &sessions->rows[slot];
    while (session->state == SESSION_OPEN && !session->waits && !session->stalled &&
           !session->throttled) {
        if (!session_detect(sessions, slot, stream) || session->state != SESSION_OPEN) break;
        if (session_speaks_http(session)) {
            if (session_http(sessions, slot, &stream)) continue;
            break;
        }
        if (!session_line(sessions, slot, &stream)) break;
    }
    if (session->state == SESSION_OPEN) sessions_keep(sessions, slot, stream);
    bool rests = !session->throttled && !session->waits && !session->stalled;
    if (rests) session_floods(sessions, session, false);
    bool blocked = session->waits || session->stalled || session->throttled;
    blocked |= stream.size > 0 && session_speaks_http(session) && session_http_waits(session);
    if (session->state == SESSION_OPEN && session->input_ended && !blocked)
        session_bye(sessions, slot, (struct slice){0});
}

/* A session that was just opened is greeted, and a dialect that needs no line from it says who it
 * is; later, what was kept is read on. */
void session_feed(struct sessions *sessions, uint32_t slot) {
    struct session *session = &sessions->rows[slot];
    if (session->state != SESSION_OPEN || session->proxied) return;
    if (!session->talk.greeted && session->talk.kind != DIALECT_AUTO) {
        if (!session_own(sessions, slot)) return;
        struct buf bytes;
        struct session_decoder own = decoder_for(sessions, slot);
        if (!session_can_give(sessions, slot)) return;
        buf_init(&bytes, sessions->roster.scratch, ENCODE_SIZE_MAX);
        dialect_greet(&session->talk, &bytes);
        session_send(sessions, slot, buf_slice(&bytes));
        dialect_open(&session->talk, &own.decoder);
    }
    if (session->waits || session->throttled) return;
    session_read(sessions, slot, sessions_pending(sessions, slot));
}

/* Who was shown that she is in the room is due to be shown who is there, where she wants that. */
void session_lists(struct sessions *sessions, uint32_t slot, const struct event *event) {
    struct session *session = &sessions->rows[slot];
    uint32_t member = roster_find(&sessions->roster, session->chain, event->room);
    if (session->talk.lists && member != ROSTER_NONE) {
        sessions->roster.members[member].unlisted = session->unlisted = true;
        sessions->roster.members[member].missed = event->before;
    }
    session->talk.lists = false;
}

/* To IRC a room of another name is another room: each of its people is told in her own words. */
void session_room_renamed(void *context, uint32_t slot, const struct event *event) {
    struct sessions *sessions = context;
    struct event news = *event;
    news.reply_code = 0;
    if (sessions->rows[slot].talk.kind != DIALECT_IRC) return;
    session_answer(sessions, slot, &news);
    session_lists(sessions, slot, event);
}

/* The oldest of her rooms that is to be listed, or else to be caught up with; the chain begins with
 * the newest. */
static uint32_t room_to_list(const struct roster *roster, uint32_t chain) {
    uint32_t unlisted = ROSTER_NONE, missed = ROSTER_NONE;
    for (uint32_t at = chain; at != ROSTER_NONE; at = roster->members[at].next) {
        if (roster->members[at].unlisted) unlisted = at;
        if (roster->members[at].missed > 0) missed = at;
    }
    return unlisted != ROSTER_NONE ? unlisted : missed;
}

static void list_member(struct session *session, struct roster *roster, uint32_t row,
                        struct decoder *decoder) {
    struct member *member = &roster->members[row];
    uint64_t missed = member->unlisted ? 0 : member->missed;
    if (!member->unlisted) member->missed = 0;
    member->unlisted = false;
    struct room_id room = {roster->rooms[member->room].number};
    dialect_list(&session->talk, room, missed, decoder);
}

bool session_list_next(struct sessions *sessions, uint32_t slot) {
    struct session *session = &sessions->rows[slot];
    struct roster *roster = &sessions->roster;
    struct session_decoder own = decoder_for(sessions, slot);
    while ((session->unlisted || session->talk.counts) && session->state == SESSION_OPEN &&
           !session->waits && !session->hold && session->outbox.size < SESSIONS_PIECE_SIZE &&
           sessions->hooks.can_give(sessions->hooks.context)) {
        uint32_t row = session->unlisted ? room_to_list(roster, session->chain) : ROSTER_NONE;
        session->unlisted = row != ROSTER_NONE;
        if (row != ROSTER_NONE)
            list_member(session, roster, row, &own.decoder);
        else if (session->talk.counts)
            dialect_list(&session->talk, (struct room_id){0}, 0, &own.decoder);
        if (session->waits) return true;
    }
    return false;
}

void session_answered(struct sessions *sessions, uint32_t slot) {
    struct session *session = &sessions->rows[slot];
    if (!session->waits) return;
    session->waits = false;
    session_mark(sessions, slot); /* its socket is read again */
    if (!session_list_next(sessions, slot)) session_feed(sessions, slot);
}

static void session_telnet(struct sessions *sessions, uint32_t slot, char *bytes, size_t *size) {
    struct session *session = &sessions->rows[slot];
    enum { IAC = 255 };
    bool begins = *size > 0 && memchr(bytes, IAC, *size) != NULL;
    if (!session->telnet && !begins) return;
    if (session_speaks_http(session) || session->talk.kind == DIALECT_IRC) return;
    if (session->talk.framing != FRAMING_NONE) return;
    if (!session->telnet) session->telnet = calloc(1, sizeof *session->telnet);
    if (!session->telnet) {
        sessions_broken(sessions, slot);
        return;
    }
    char memory[TELNET_ANSWERS_SIZE_MAX];
    struct buf answers;
    buf_init(&answers, memory, sizeof memory);
    *size = telnet_filter(session->telnet, bytes, *size, &answers);
    session_send(sessions, slot, buf_slice(&answers));
}

void sessions_input(struct sessions *sessions, uint32_t slot, char *bytes, size_t size) {
    struct session *session = &sessions->rows[slot];
    if (session->state != SESSION_OPEN) return;
    size_t kept = session->pending ? session->pending->size : 0;
    size_t fresh = size - kept; /* what waited stands before it and was filtered already */
    check(size >= kept);
    session_telnet(sessions, slot, bytes + kept, &fresh);
    if (session->state == SESSION_OPEN)
        session_read(sessions, slot, (struct slice){bytes, kept + fresh});
}

void sessions_input_end(struct sessions *sessions, uint32_t slot) {
    struct session *session = &sessions->rows[slot];
    if (session->state != SESSION_OPEN || session->input_ended) return;
    session->input_ended = true;
    session_feed(sessions, slot);
}
