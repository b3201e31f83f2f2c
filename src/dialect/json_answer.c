/* json_answer.c: what is said to one session alone: answers to what she asked, and what she ought
 * to know. What the others of a room hear as well is json_event.c's. */
#include <stdlib.h>

#include "base/check.h"
#include "chat/person.h"
#include "chat/query.h"
#include "dialect/json.h"
#include "dialect/json_event.h"
#include "dialect/json_put.h"
#include "dialect/json_rule.h"

/* One message: its type, and the ref of what it answers. */
static void begin(const struct talk *talk, const struct event *event, const char *type,
                  struct buf *out) {
    const struct json *own = talk->own;
    json_put_open(out, NULL, '{');
    json_put_word(out, "type", type);
    if (json_asked(event) && own->ref != 0) json_put_number(out, "ref", own->ref);
}

static void end(struct buf *out) {
    buf_text(out, "}\r\n");
}

/* The command under way is one whose end is told. */
static bool is_done(const struct json *own) {
    return own->type < TYPES && json_rows[own->type].done;
}

/* An event of a room as everybody hears it; with the ref, where she asked for it. */
static void put_event(const struct talk *talk, const struct event *event, struct buf *out) {
    const struct json *own = talk->own;
    size_t before = out->size;
    json_put_open(out, NULL, '{');
    if (!json_event_put(event, out)) {
        out->size = before;
        return;
    }
    bool asked = json_asked(event);
    if (asked && own->ref != 0) json_put_number(out, "ref", own->ref);
    end(out);
    if (!asked || !(event->flags & EVENT_LAST) || !is_done(own)) return;
    begin(talk, event, "done", out);
    end(out);
}

static void put_person_of(const struct event *event, struct slice name, struct buf *out) {
    json_person_put(out, "user", event->author, name, event->account);
}

/* ---- coming in ---- */

static void answer_welcome(struct talk *talk, const struct event *event, struct buf *out) {
    struct json *own = talk->own;
    talk->stage = TALK_HERE;
    own->account = event->account.size > 0;
    begin(talk, event, "welcome", out);
    put_person_of(event, event->author_name, out);
    json_put_bool(out, "admin", event->number & PERSON_ADMIN);
    end(out);
}

static void put_range(const char *key, uint64_t from, uint64_t to, struct buf *out) {
    json_put_open(out, key, '{');
    json_put_number(out, "from", from);
    json_put_number(out, "to", to);
    json_put_close(out, '}');
}

/* She is in the room of the event and has heard all that there is up to `seq`. */
static void caught_up(const struct talk *talk, const struct event *event, uint64_t seq,
                      struct buf *out) {
    const struct json *own = talk->own;
    bool missing = own->missing_from > 0, rewound = own->rewound > 0;
    begin(talk, event, "caught_up", out);
    json_put_number(out, "room", event->room.v != 0 ? event->room.v : own->room.v);
    json_put_number(out, "seq", seq);
    json_put_bool(out, "complete", !missing && !rewound);
    if (missing) put_range("missing", own->missing_from, own->missing_to, out);
    if (rewound) json_put_number(out, "rewound", own->rewound - 1);
    end(out);
}

/* The same of what she asked to be in. */
static void joined_whole(struct talk *talk, const struct event *event, uint64_t seq,
                         struct buf *out) {
    struct json *own = talk->own;
    caught_up(talk, event, seq, out);
    own->missing_from = own->missing_to = own->rewound = 0;
    own->room.v = 0;
}

static void put_modes(const struct event *event, struct buf *out) {
    uint64_t flags = event->target & UINT16_MAX;
    json_put_open(out, "modes", '{');
    json_put_bool(out, "moderated", flags & ROOM_MODERATED);
    json_put_bool(out, "invite_only", flags & ROOM_INVITE_ONLY);
    json_put_number(out, "slow", event->target >> 16);
    json_put_bool(out, "history", !(flags & ROOM_NO_HISTORY));
    json_put_close(out, '}');
}

/* The seq from which on she hears the room: as of when she came in first, since what it has said
 * meanwhile is held back. Without memory for it she gets twice what was said meanwhile. */
static uint64_t entered_keep(struct json *own, const struct event *event) {
    for (uint32_t i = 0; i < own->room_count; i++)
        if (own->rooms[i].room.v == event->room.v) return own->rooms[i].seq;
    if (!own->rooms) own->rooms = calloc(USER_ROOMS_MAX, sizeof *own->rooms);
    if (own->rooms && own->room_count < USER_ROOMS_MAX)
        own->rooms[own->room_count++] = (struct json_entered){event->room, event->seq};
    return event->seq;
}

static void entered_forget(struct json *own, struct room_id room) {
    for (uint32_t i = 0; i < own->room_count; i++)
        if (own->rooms[i].room.v == room.v) own->rooms[i] = own->rooms[--own->room_count];
}

static void answer_entered(struct talk *talk, const struct event *event, struct buf *out) {
    struct json *own = talk->own;
    uint64_t seq = talk->holds ? entered_keep(own, event) : event->seq;
    bool joins = json_asked(event) && json_joins(talk);
    if (joins) own->room = event->room;
    if (joins) own->seq = seq;
    own->entered = true;
    if (own->account && !(event->flags & EVENT_AGAIN)) talk->lists = true;
    if (event->flags & EVENT_FIRST) talk->home = event->room;
    begin(talk, event, "entered", out);
    json_put_open(out, "room", '{');
    json_put_number(out, "id", event->room.v);
    json_put_hex(out, "hex", event->hex, 10);
    json_put_text(out, "name", event->room_name);
    json_put_text(out, "topic", event->text);
    json_put_number(out, "members", event->count);
    json_put_word(out, "role", json_role_word((enum role)event->setting));
    json_put_hex(out, "epoch", event->epoch, 16);
    json_put_number(out, "seq", seq);
    json_put_bool(out, "private", event->flags & EVENT_PRIVATE);
    json_put_bool(out, "home", event->flags & EVENT_LOBBY);
    put_modes(event, out);
    json_put_close(out, '}');
    if (own->created && json_asked(event)) json_put_bool(out, "created", true);
    own->created = false;
    end(out);
    if (!joins && !talk->holds) caught_up(talk, event, seq, out);
}

static void answer_exited(struct talk *talk, const struct event *event, struct buf *out) {
    static const char *const words[] = {[LEAVING_PART] = "left",
                                        [LEAVING_QUIT] = "quit",
                                        [LEAVING_KICKED] = "kicked",
                                        [LEAVING_REMOVED] = "removed",
                                        [LEAVING_DELETED] = "deleted"};
    check(event->why < sizeof words / sizeof *words);
    entered_forget(talk->own, event->room);
    begin(talk, event, "exited", out);
    json_room_put(out, event);
    json_put_word(out, "why", words[event->why]);
    if (event->other.size > 0) {
        json_put_open(out, "from", '{');
        json_put_text(out, "name", event->other);
        json_put_close(out, '}');
    }
    if (event->text.size > 0) json_put_text(out, "text", event->text);
    end(out);
}

/* ---- yes and no ---- */

static void answer_ack(struct talk *talk, const struct event *event, bool again, struct buf *out) {
    struct json *own = talk->own;
    begin(talk, event, "ack", out);
    json_room_put(out, event);
    json_put_number(out, "seq", event->seq);
    if (!again) json_put_number(out, "time", event->time_ms > 0 ? (uint64_t)event->time_ms : 0);
    if (own->client_id_size > 0)
        json_put_text(out, "client_id", (struct slice){own->client_id, own->client_id_size});
    json_put_bool(out, "again", again);
    end(out);
}

static void answer_done(struct talk *talk, const struct event *event, struct buf *out) {
    const struct json *own = talk->own;
    if (!json_asked(event)) return;
    if (own->type == TYPE_SEND) {
        if (event->flags & EVENT_AGAIN) answer_ack(talk, event, true, out);
    } else if (own->room.v != 0) {
        joined_whole(talk, event, own->seq, out);
    } else if (is_done(own)) {
        begin(talk, event, "done", out);
        end(out);
    }
}

static bool is_seconds(enum refusal why) {
    return why == REFUSED_LOGIN_WAIT || why == REFUSED_LOGIN_BUSY || why == REFUSED_TOO_SOON ||
           why == REFUSED_SLOW_DOWN || why == REFUSED_MUTED;
}

static void put_refusal(const struct event *event, struct buf *out) {
    char memory[2048];
    struct buf text;
    enum refusal why = (enum refusal)event->refusal;
    buf_init(&text, memory, sizeof memory);
    refusal_say(&text, why, event->number, slice_head(event->text, 512));
    json_put_word(out, "code", json_code(why));
    json_put_text(out, "text", buf_slice(&text));
    if (event->number == 0) return;
    if (is_seconds(why))
        json_put_number(out, "retry_ms", event->number * 1000);
    else if (why == REFUSED_MESSAGE_UNKNOWN || why == REFUSED_MESSAGE_GONE)
        json_put_number(out, "target", event->number);
    else if (refusal_has_number(why))
        json_put_number(out, "limit", event->number);
}

static void answer_refused(struct talk *talk, const struct event *event, struct buf *out) {
    struct json *own = talk->own;
    if (event->reply_code == JSON_UNREAD) return; /* she was put out meanwhile */
    begin(talk, event, "error", out);
    put_refusal(event, out);
    if (json_asked(event) && own->type < TYPES) json_put_word(out, "of", json_rows[own->type].type);
    if (own->room.v != 0) json_put_number(out, "room", own->room.v);
    end(out);
    own->room.v = 0;
}

static void answer_close(const struct talk *talk, const struct event *event, struct buf *out) {
    begin(talk, event, "closed", out);
    put_refusal(event, out);
    end(out);
}

/* ---- lists ---- */

static void answer_rooms(const struct talk *talk, const struct event *event, struct buf *out) {
    struct slice lines = event->text;
    begin(talk, event, "rooms", out);
    json_put_open(out, "rooms", '[');
    while (lines.size > 0) {
        struct slice line = text_line(&lines);
        uint64_t id = 0, members = 0;
        slice_number(slice_until(&line, '\t'), UINT32_MAX, &id);
        struct slice name = slice_until(&line, '\t');
        slice_number(slice_until(&line, '\t'), UINT32_MAX, &members);
        json_put_open(out, NULL, '{');
        json_put_number(out, "id", id);
        json_put_text(out, "name", name);
        json_put_number(out, "members", members);
        json_put_text(out, "topic", line);
        json_put_close(out, '}');
    }
    json_put_close(out, ']');
    if (event->cursor == 0) json_put_bool(out, "end", true);
    end(out);
}

static void answer_members(const struct talk *talk, const struct event *event, struct buf *out) {
    struct slice lines = event->text;
    struct person person;
    begin(talk, event, "members", out);
    json_room_put(out, event);
    json_put_open(out, "members", '[');
    while (person_take(&lines, &person)) {
        json_put_open(out, NULL, '{');
        json_put_text(out, "name", person.name);
        json_put_text_or_null(out, "account", person.account);
        json_put_word(out, "role", json_role_word(person.role));
        json_put_bool(out, "away", person.away);
        if (person.flags & PERSON_BOT) json_put_bool(out, "bot", true);
        if (person.flags & PERSON_ADMIN) json_put_bool(out, "admin", true);
        if (person.real.size > 0) json_put_text(out, "real", person.real);
        json_put_close(out, '}');
    }
    json_put_close(out, ']');
    if (event->cursor == 0) json_put_bool(out, "end", true);
    end(out);
}

/* Of a room, or of the whole server. */
static void answer_restraints(const struct talk *talk, const struct event *event, struct buf *out) {
    struct slice lines = event->text;
    begin(talk, event, "restraints", out);
    if (event->room.v != 0) json_room_put(out, event);
    json_put_open(out, "restraints", '[');
    while (lines.size > 0) {
        json_put_open(out, NULL, '{');
        json_restraint_put(text_line(&lines), out);
        json_put_close(out, '}');
    }
    json_put_close(out, ']');
    if (event->cursor == 0) json_put_bool(out, "end", true);
    end(out);
}

/* "word\tvalue\n" of each that is set; that texts are not kept is said as "history". */
static void answer_modes(const struct talk *talk, const struct event *event, struct buf *out) {
    struct slice lines = event->text;
    uint64_t values[ROOM_SETTINGS] = {0};
    while (lines.size > 0) {
        struct slice line = text_line(&lines), word = slice_until(&line, '\t');
        enum room_setting setting;
        if (!setting_find(word, &setting)) continue;
        if (!slice_number(line, UINT32_MAX, &values[setting])) values[setting] = 1;
    }
    values[SETTING_HISTORY] = !values[SETTING_HISTORY];
    begin(talk, event, "modes", out);
    json_room_put(out, event);
    json_put_open(out, "modes", '{');
    for (enum room_setting i = 0; i < ROOM_SETTINGS; i++) {
        if (i == SETTING_RETENTION_DAYS || i == SETTING_RETENTION_COUNT) continue;
        if (setting_value(i) == SETTING_NUMBER)
            json_put_number(out, setting_word(i), values[i]);
        else
            json_put_bool(out, setting_word(i), values[i] > 0);
    }
    json_put_close(out, '}');
    end(out);
}

/* Her line is kept until her rooms come, since it is one message. */
static void answer_whois(struct talk *talk, const struct event *event) {
    struct json *own = talk->own;
    free(own->person);
    own->person = event->text.size > 0 ? malloc(event->text.size) : NULL;
    own->person_size = own->person ? (uint32_t)event->text.size : 0;
    if (own->person) memcpy(own->person, event->text.at, event->text.size);
    own->person_since = event->number;
    own->person_idle = event->count;
    own->away_size = 0;
}

/* "role\tname\n" each */
static void put_rooms_of(struct slice lines, struct buf *out) {
    json_put_open(out, "rooms", '[');
    while (lines.size > 0) {
        struct slice line = text_line(&lines);
        uint64_t role = 0;
        if (!slice_number(slice_until(&line, '\t'), ROLES - 1, &role)) continue;
        json_put_open(out, NULL, '{');
        json_put_text(out, "name", line);
        json_put_word(out, "role", json_role_word((enum role)role));
        json_put_close(out, '}');
    }
    json_put_close(out, ']');
}

static void answer_whois_rooms(struct talk *talk, const struct event *event, struct buf *out) {
    struct json *own = talk->own;
    struct slice line = {own->person, own->person_size};
    struct person person = {.name = event->other};
    (void)person_take(&line, &person);
    begin(talk, event, "person_shown", out);
    json_put_text(out, "name", person.name);
    json_put_text_or_null(out, "account", person.account);
    json_put_text(out, "real", person.real);
    json_put_text_or_null(out, "away", (struct slice){own->away, own->away_size});
    if (own->person_since > 0) json_put_number(out, "since", own->person_since * 1000);
    json_put_number(out, "idle", own->person_idle);
    json_put_bool(out, "bot", person.flags & PERSON_BOT);
    json_put_bool(out, "admin", person.flags & PERSON_ADMIN);
    put_rooms_of(event->text, out);
    end(out);
    free(own->person);
    own->person = NULL;
    own->person_size = 0;
    own->away_size = 0;
}

/* ---- pages ---- */

static void answer_past(const struct talk *talk, const struct event *event, const char *type,
                        struct buf *out) {
    size_t before = out->size;
    begin(talk, event, type, out);
    json_put_open(out, "event", '{');
    if (!json_event_put(event, out)) {
        out->size = before;
        return;
    }
    json_put_close(out, '}');
    end(out);
}

static const char *past_type(const struct event *event) {
    return event->stored == STORED_NOTHING ? "audit" : "past";
}

static void put_unread(const struct talk *talk, const struct event *event, struct buf *out) {
    begin(talk, event, "unread", out);
    json_room_put(out, event);
    json_put_number(out, "read", event->after);
    json_put_number(out, "count", event->count);
    json_put_number(out, "mentions", event->before);
    if (event->flags & EVENT_CHANGED) json_put_bool(out, "more", true);
    end(out);
}

static void answer_past_end(struct talk *talk, const struct event *event, struct buf *out) {
    struct json *own = talk->own;
    if (event->why == QUERY_UNREAD) {
        if (event->flags & EVENT_DIRECT) {
            talk->counted = event->room;
            talk->counts = true;
        }
        if (!event->refusal) put_unread(talk, event, out);
    } else if (event->refusal) {
        answer_refused(talk, event, out);
    } else if (own->room.v != 0 && own->room.v == event->room.v) {
        joined_whole(talk, event, event->seq > own->seq ? event->seq : own->seq, out);
    } else {
        bool audit = own->type == TYPE_AUDIT || own->type == TYPE_SERVER_AUDIT;
        const char *type = own->type == TYPE_SEARCH ? "found_end"
                           : audit                  ? "audit_end"
                                                    : "past_end";
        begin(talk, event, type, out);
        if (event->room.v != 0) json_room_put(out, event);
        json_put_number(out, "first", event->before);
        json_put_number(out, "last", event->seq);
        json_put_number(out, "count", event->count);
        end(out);
    }
}

/* ---- what she ought to know ---- */

/* A direct room of hers; where something came since she read there last, it is counted soon. */
static void put_direct(struct talk *talk, const struct event *event, struct buf *out) {
    begin(talk, event, "direct", out);
    json_room_put(out, event);
    json_person_put(out, "with", event->other_id, event->other, event->other);
    json_put_hex(out, "epoch", event->epoch, 16);
    json_put_number(out, "seq", event->seq);
    end(out);
    if (event->count > 0) {
        talk->counted.v = 0;
        talk->counts = true;
        return;
    }
    struct event unread = *event;
    unread.after = event->seq;
    unread.before = 0;
    put_unread(talk, &unread, out);
}

static void put_away(struct talk *talk, const struct event *event, struct buf *out) {
    struct json *own = talk->own;
    if (own->person) { /* it belongs to what is shown of her */
        struct slice words = slice_head(event->text, sizeof own->away);
        memcpy(own->away, words.at, words.size);
        own->away_size = (uint16_t)words.size;
        return;
    }
    begin(talk, event, "person", out);
    json_put_open(out, "who", '{');
    json_put_number(out, "id", event->other_id.v);
    json_put_text(out, "name", event->other);
    json_put_close(out, '}');
    json_put_text_or_null(out, "away", event->text);
    end(out);
}

static void answer_alert(struct talk *talk, const struct event *event, struct buf *out) {
    struct json *own = talk->own;
    switch ((enum alert)event->why) {
    case ALERT_AWAY: put_away(talk, event, out); break;
    case ALERT_MENTIONED:
        begin(talk, event, "mentioned", out);
        json_room_put(out, event);
        json_put_number(out, "seq", event->seq);
        json_author_put(out, "from", event);
        end(out);
        break;
    case ALERT_INVITED:
        begin(talk, event, "invited", out);
        json_room_put(out, event);
        json_put_text(out, "name", event->room_name);
        json_author_put(out, "from", event);
        end(out);
        break;
    case ALERT_REWOUND: own->rewound = event->before + 1; break;
    case ALERT_MISSING:
        if (own->missing_from == 0) own->missing_from = event->before;
        own->missing_to = event->seq;
        break;
    case ALERT_UNREAD:
        if (event->flags & EVENT_DIRECT) put_direct(talk, event, out);
        break;
    case ALERT_NONE: break;
    }
}

static void answer_read_up(const struct talk *talk, const struct event *event, struct buf *out) {
    begin(talk, event, "read", out);
    json_room_put(out, event);
    json_put_number(out, "seq", event->seq);
    end(out);
}

static void answer_text(const struct talk *talk, const struct event *event, const char *type,
                        const char *key, struct slice text, struct buf *out) {
    begin(talk, event, type, out);
    json_put_text(out, key, text);
    end(out);
}

static void answer_logged_in(const struct talk *talk, const struct event *event, struct buf *out) {
    if (talk->stage == TALK_HERE) /* else `welcome` says it */
        answer_text(talk, event, "logged_in", "account", event->author_name, out);
}

/* What she said herself is acknowledged; what she wrote on another device, she hears. */
static void answer_said(struct talk *talk, const struct event *event, struct buf *out) {
    const struct json *own = talk->own;
    bool asked = json_asked(event) && own->type == TYPE_SEND;
    bool mine = event->kind == EVENT_SAID || (event->flags & EVENT_OWN);
    if (asked && mine)
        answer_ack(talk, event, false, out);
    else
        put_event(talk, event, out);
}

void json_answer(struct talk *talk, const struct event *event, struct buf *out) {
    struct json *own = talk->own;
    switch ((int)event->kind) {
    case EVENT_WELCOME: answer_welcome(talk, event, out); break;
    case EVENT_ENTERED: answer_entered(talk, event, out); break;
    case EVENT_EXITED: answer_exited(talk, event, out); break;
    case EVENT_CREATED: own->created = true; break;
    case EVENT_DONE: answer_done(talk, event, out); break;
    case EVENT_REFUSED: answer_refused(talk, event, out); break;
    case EVENT_CLOSE: answer_close(talk, event, out); break;
    case EVENT_ROOMS: answer_rooms(talk, event, out); break;
    case EVENT_PEOPLE: answer_members(talk, event, out); break;
    case EVENT_RESTRAINTS: answer_restraints(talk, event, out); break;
    case EVENT_ROOM_MODES: answer_modes(talk, event, out); break;
    case EVENT_WHOIS: answer_whois(talk, event); break;
    case EVENT_WHOIS_ROOMS: answer_whois_rooms(talk, event, out); break;
    case EVENT_PAST: answer_past(talk, event, past_type(event), out); break;
    case EVENT_FOUND: answer_past(talk, event, "found", out); break;
    case EVENT_PAST_END: answer_past_end(talk, event, out); break;
    case EVENT_PONG: answer_text(talk, event, "pong", "text", event->text, out); break;
    case EVENT_TOKEN: answer_text(talk, event, "token", "token", event->text, out); break;
    case EVENT_LOGGED_IN: answer_logged_in(talk, event, out); break;
    case EVENT_ALERT: answer_alert(talk, event, out); break;
    case EVENT_READ_UP: answer_read_up(talk, event, out); break;
    case EVENT_SAID:
    case EVENT_TOLD: answer_said(talk, event, out); break;
    case EVENT_TAGGED:
        if (!json_asked(event)) put_event(talk, event, out);
        break;
    case EVENT_JOINED:
    case EVENT_LEFT:
    case EVENT_TOPIC_SET:
    case EVENT_RENAMED:
    case EVENT_DELETED:
    case EVENT_EDITED:
    case EVENT_RETRACTED:
    case EVENT_REACTED:
    case EVENT_MODE_SET:
    case EVENT_ROLE_SET:
    case EVENT_RESTRAINED:
    case EVENT_ROOM_RENAMED:
    case EVENT_PERSON:
    case EVENT_WALLOPS: put_event(talk, event, out); break;
    default: break; /* of dialects that ask otherwise */
    }
}
