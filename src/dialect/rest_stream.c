/* rest_stream.c: server-sent events. Each is one line of JSON; behind what was sent in a turn comes
 * an id alone, which is the cursor of all rooms: "room.epoch.seq", with commas between them. Who
 * comes again with it (Last-Event-ID, or ?after=) is sent what was stored since, then what is live.
 * Where the connection is cut between the two, what was sent last comes once more: room and seq
 * tell. */
#include "dialect/rest_stream.h"

#include <stdlib.h>

#include "base/check.h"
#include "chat/scope.h"
#include "dialect/json.h"
#include "dialect/json_event.h"
#include "dialect/json_put.h"

enum { DIRECTS_MAX = 16, CURSOR_MAX = 48 }; /* bytes: ten digits, 16 of an epoch, 20 of a seq */

/* Direct rooms are in no roster: where they stand is kept here, of the newest. */
struct rest_stream {
    uint32_t next; /* cursor of the client's that is resumed next */
    bool live;
    uint64_t told; /* a hash of the cursors that were sent last */
    uint32_t direct_count;
    struct room_cursor directs[DIRECTS_MAX];
};

void rest_stream_forget(struct rest *own) {
    free(own->stream);
    own->stream = NULL;
}

static void put_event(const struct event *event, struct buf *out) {
    size_t begin = out->size;
    buf_text(out, "data: {");
    size_t before = out->size;
    if (!json_event_put(event, out)) {
        out->size = begin;
        return;
    }
    check(out->size > before);
    buf_text(out, "}\n\n");
}

void rest_stream_encode(uint64_t view, const struct event *event, struct buf *out) {
    (void)view;
    put_event(event, out);
}

/* ---- where it stands ---- */

static void direct_seen(struct rest_stream *stream, const struct event *event) {
    if (!(event->flags & EVENT_DIRECT) || event->seq == 0 || event->epoch == 0) return;
    struct room_cursor fresh = {event->room, event->epoch, event->seq};
    uint32_t at = 0;
    while (at < stream->direct_count && stream->directs[at].room.v != event->room.v)
        at++;
    if (at == stream->direct_count && at < DIRECTS_MAX) stream->direct_count++;
    if (at == DIRECTS_MAX) at--;
    for (; at > 0; at--)
        stream->directs[at] = stream->directs[at - 1];
    stream->directs[0] = fresh;
}

static void put_cursor(const struct room_cursor *cursor, bool first, struct buf *out) {
    if (!first) buf_byte(out, ',');
    buf_number(out, cursor->room.v);
    buf_byte(out, '.');
    buf_hex(out, cursor->epoch, 16);
    buf_byte(out, '.');
    buf_number(out, cursor->seq);
}

void rest_stream_turn(struct talk *talk, const struct room_cursor *rooms, uint32_t count,
                      struct buf *out) {
    const struct rest *own = talk->own;
    struct rest_stream *stream = own ? own->stream : NULL;
    if (!stream || !stream->live) return;
    size_t begin = out->size;
    buf_text(out, "id: ");
    for (uint32_t i = 0; i < count; i++)
        put_cursor(&rooms[i], i == 0, out);
    for (uint32_t i = 0; i < stream->direct_count; i++)
        put_cursor(&stream->directs[i], count + i == 0, out);
    buf_text(out, "\n\n");
    struct slice line = slice_from(buf_slice(out), begin);
    uint64_t hash = slice_hash(line, 0);
    if (hash == stream->told) out->size = begin;
    stream->told = hash;
}

/* The cursor of that place in the client's list. False: there is none. */
static bool cursor_read(struct slice list, uint32_t place, struct room_cursor *cursor) {
    struct slice one = {0};
    uint64_t room;
    for (uint32_t i = 0; i <= place; i++) {
        if (list.size == 0) return false;
        one = slice_until(&list, ',');
    }
    *cursor = (struct room_cursor){0};
    if (!slice_number(slice_until(&one, '.'), UINT32_MAX, &room) || room == 0) return true;
    if (!json_epoch(slice_until(&one, '.'), &cursor->epoch)) return true;
    if (!slice_number(one, UINT64_MAX >> 1, &cursor->seq)) return true;
    cursor->room.v = (uint32_t)room;
    return true;
}

/* ---- the request ---- */

static enum decoded begin(struct rest_call *rest) {
    struct rest *own = rest->own;
    struct slice token, value;
    if (!(own->scopes & SCOPE_READ)) return rest_wrong(rest, REFUSED_SCOPE, 0, slice_of("read"));
    if (own->step == REST_COMES) /* and was refused */
        return rest_wrong(rest, own->refusal ? (enum refusal)own->refusal : REFUSED_LOGIN_WRONG,
                          own->refused_number, (struct slice){0});
    if (!http_header(rest->call->request, slice_of("Authorization"), &value))
        return rest_wrong(rest, REFUSED_LOGIN_WRONG, 0, (struct slice){0});
    (void)slice_word(&value);
    token = slice_trim(value);
    own->step = REST_COMES;
    own->streams = true;
    rest_give(rest, &(struct command){.kind = COMMAND_LOGIN,
                                      .dialect = DIALECT_REST,
                                      .secret = token,
                                      .address = rest->talk->address});
    return DECODED_AGAIN;
}

enum decoded rest_events(struct rest_call *rest) {
    struct rest *own = rest->own;
    struct slice list;
    struct room_cursor cursor = {0};
    if (!own->stream) return begin(rest);
    if (!http_header(rest->call->request, slice_of("Last-Event-ID"), &list) || list.size == 0)
        (void)rest_param(rest, "after", &list);
    while (cursor.room.v == 0) {
        if (!cursor_read(list, own->stream->next++, &cursor)) {
            own->stream->live = true;
            rest->talk->streams = true;
            return DECODED;
        }
    }
    rest_give(rest, &(struct command){.kind = COMMAND_RESUME,
                                      .room_id = cursor.room,
                                      .epoch = cursor.epoch,
                                      .after = cursor.seq});
    return DECODED_AGAIN;
}

/* ---- what is told ---- */

/* She is here: from now on her rooms are heard, and so the answer has begun. */
static void begins(struct talk *talk, struct buf *out) {
    struct rest *own = talk->own;
    own->stream = calloc(1, sizeof *own->stream);
    if (!own->stream) return;
    own->answered = false;
    talk->answers = (uint8_t)((talk->answers & ~HTTP_KEEPS) | HTTP_OLD);
    struct http_answer answer = {
        .status = 200, .flags = talk->answers, .type = "text/event-stream"};
    http_put_stream(out, &answer);
    buf_text(out, ":\n\n");
}

static void put_room(const char *type, const struct event *event, struct buf *out) {
    buf_text(out, "data: {");
    json_put_word(out, "type", type);
    json_put_number(out, "room", event->room.v);
    json_put_text(out, "name", event->room_name);
    if (event->kind == EVENT_ENTERED) json_put_hex(out, "epoch", event->epoch, 16);
    if (event->seq > 0) json_put_number(out, "seq", event->seq);
    if (event->kind == EVENT_ALERT) json_put_number(out, "count", event->count);
    if (event->flags & EVENT_DIRECT) json_put_text(out, "with", event->other);
    buf_text(out, "}\n\n");
}

static void put_missing(const struct event *event, struct buf *out) {
    buf_text(out, "data: {");
    json_put_word(out, "type", event->why == ALERT_REWOUND ? "rewound" : "missing");
    json_put_number(out, "room", event->room.v);
    json_put_number(out, "from", event->before);
    json_put_number(out, "to", event->seq);
    buf_text(out, "}\n\n");
}

static void put_refused(const char *type, const struct event *event, struct buf *out) {
    char memory[1024];
    struct buf text;
    buf_init(&text, memory, sizeof memory);
    refusal_say(&text, (enum refusal)event->refusal, event->number, slice_head(event->text, 200));
    buf_text(out, "data: {");
    json_put_word(out, "type", type);
    json_put_word(out, "code", json_code((enum refusal)event->refusal));
    json_put_text(out, "text", buf_slice(&text));
    buf_text(out, "}\n\n");
}

void rest_stream_answer(struct talk *talk, const struct event *event, struct buf *out) {
    struct rest *own = talk->own;
    if (!own->stream) {
        begins(talk, out);
        return;
    }
    direct_seen(own->stream, event);
    switch ((int)event->kind) {
    case EVENT_ENTERED:
        if (!(event->flags & EVENT_AGAIN)) put_room("entered", event, out);
        break;
    case EVENT_EXITED: put_room("exited", event, out); break;
    case EVENT_ALERT:
        if (event->why == ALERT_MISSING || event->why == ALERT_REWOUND)
            put_missing(event, out);
        else if (event->why == ALERT_UNREAD)
            put_room("unread", event, out);
        else if (event->why == ALERT_INVITED)
            put_room("invited", event, out);
        break;
    case EVENT_REFUSED: put_refused("error", event, out); break;
    case EVENT_CLOSE: put_refused("closed", event, out); break;
    default: put_event(event, out); break;
    }
}
