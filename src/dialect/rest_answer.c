/* rest_answer.c: what the hub and the reader tell, as the answer to the request under way. A
 * request is answered once; what comes behind its answer is left out. */
#include "base/check.h"
#include "chat/person.h"
#include "chat/scope.h"
#include "chat/webhook.h"
#include "dialect/json.h"
#include "dialect/json_event.h"
#include "dialect/json_put.h"
#include "dialect/json_rule.h"
#include "dialect/rest.h"
#include "dialect/rest_stream.h"

static const char type_json[] = "application/json";

int rest_status(enum refusal why) {
    static const struct {
        enum refusal why;
        int status;
    } rows[] = {{REFUSED_LOGIN_WRONG, 401},
                {REFUSED_NAME_NEEDED, 401},
                {REFUSED_LOGGED_OUT, 401},
                {REFUSED_ACCOUNT_GONE, 401},
                {REFUSED_NOT_ALLOWED, 403},
                {REFUSED_SCOPE, 403},
                {REFUSED_SILENT, 403},
                {REFUSED_BANNED, 403},
                {REFUSED_MUTED, 403},
                {REFUSED_MODERATED, 403},
                {REFUSED_INVITE_NEEDED, 403},
                {REFUSED_KEY_NEEDED, 403},
                {REFUSED_RANK, 403},
                {REFUSED_HAS_ROLE, 403},
                {REFUSED_LOGIN_PLAIN, 403},
                {REFUSED_LOGIN_NEEDED, 403},
                {REFUSED_NOT_IN_ROOM, 403},
                {REFUSED_NO_ACCOUNTS, 403},
                {REFUSED_ROOM_FULL, 403},
                {REFUSED_ROOM_UNKNOWN, 404},
                {REFUSED_PERSON_UNKNOWN, 404},
                {REFUSED_MESSAGE_UNKNOWN, 404},
                {REFUSED_TOKEN_UNKNOWN, 404},
                {REFUSED_INVITATION_BAD, 404},
                {REFUSED_NOTHING_TOLD, 404},
                {REFUSED_NOTHING_HOLDS, 404},
                {REFUSED_PERSON_NOT_IN_ROOM, 404},
                {REFUSED_ROOM_EXISTS, 409},
                {REFUSED_CLIENT_ID_REUSED, 409},
                {REFUSED_NAME_TAKEN, 409},
                {REFUSED_NAME_LIKE, 409},
                {REFUSED_HISTORY_OFF, 409},
                {REFUSED_LOGIN_GIVEN, 409},
                {REFUSED_TOKENS_FULL, 409},
                {REFUSED_LIST_FULL, 409},
                {REFUSED_TOO_MANY_ROOMS, 409},
                {REFUSED_SEARCH_OFF, 409},
                {REFUSED_MESSAGE_GONE, 410},
                {REFUSED_TEXT_TOO_LONG, 413},
                {REFUSED_TOPIC_TOO_LONG, 413},
                {REFUSED_SLOW_DOWN, 429},
                {REFUSED_TOO_SOON, 429},
                {REFUSED_TOO_MANY_NEW, 429},
                {REFUSED_LOGIN_WAIT, 429},
                {REFUSED_LOGIN_BUSY, 429},
                {REFUSED_TOO_MANY_SESSIONS, 429},
                {REFUSED_SERVER_FULL, 503},
                {REFUSED_STORE_FAILED, 503},
                {REFUSED_STOPPING, 503},
                {REFUSED_STORE_FULL, 507}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (rows[i].why == why) return rows[i].status;
    return 400;
}

/* ---- whole answers ---- */

static void put_whole(const struct talk *talk, int status, const char *type, struct slice more,
                      struct slice body, struct buf *out) {
    struct http_answer answer = {
        .status = status, .flags = talk->answers, .type = type, .more = more};
    http_put_answer(out, &answer, body);
}

void rest_put_json(const struct talk *talk, int status, struct slice body, struct buf *out) {
    put_whole(talk, status, type_json, (struct slice){0}, body, out);
}

void rest_put_error(const struct talk *talk, int status, const char *code, struct slice text,
                    uint64_t wait_s, struct buf *out) {
    char memory[4096], head[96];
    struct buf body, more;
    buf_init(&body, memory, sizeof memory);
    json_put_open(&body, NULL, '{');
    json_put_open(&body, "error", '{');
    json_put_word(&body, "code", code);
    json_put_text(&body, "text", slice_head(text, 512));
    if (wait_s > 0) json_put_number(&body, "retry_ms", wait_s * 1000);
    buf_text(&body, "}}\n");
    buf_init(&more, head, sizeof head);
    if (status == 401) buf_text(&more, "WWW-Authenticate: Bearer\r\n");
    if (wait_s > 0) {
        buf_text(&more, "Retry-After: ");
        buf_number(&more, wait_s);
        buf_text(&more, "\r\n");
    }
    check(buf_ok(&body) && buf_ok(&more));
    put_whole(talk, status, type_json, buf_slice(&more), buf_slice(&body), out);
}

void rest_put_refused(const struct talk *talk, enum refusal why, uint64_t number, struct slice text,
                      struct buf *out) {
    char memory[1024];
    struct buf sentence;
    int status = rest_status(why);
    bool waits = status == 429 && why != REFUSED_TOO_MANY_SESSIONS && why != REFUSED_TOO_MANY_NEW;
    buf_init(&sentence, memory, sizeof memory);
    refusal_say(&sentence, why, number, slice_head(text, 200));
    rest_put_error(talk, status, json_code(why), buf_slice(&sentence), waits ? number : 0, out);
}

static void answer_object(struct talk *talk, int status, const struct event *event,
                          void (*put)(const struct event *event, struct buf *out),
                          struct buf *out) {
    struct rest *own = talk->own;
    struct http_answer answer = {.status = status, .flags = talk->answers, .type = type_json};
    http_put_stream(out, &answer);
    size_t begin = http_chunk_begin(out, talk->answers);
    json_put_open(out, NULL, '{');
    put(event, out);
    buf_text(out, "}\n");
    http_chunk_end(out, talk->answers, begin);
    http_put_chunks_end(out, talk->answers);
    own->answered = true;
}

/* ---- long answers ---- */

static const char *list_key(const struct event *event) {
    switch ((int)event->kind) {
    case EVENT_ROOMS: return "rooms";
    case EVENT_PEOPLE: return event->room.v != 0 ? "members" : "people";
    case EVENT_RESTRAINTS: return "restraints";
    case EVENT_TOKENS: return "tokens";
    case EVENT_WEBHOOKS: return "outgoing";
    case EVENT_INVITATIONS: return "invitations";
    default: return "events";
    }
}

static size_t list_begin(struct talk *talk, const struct event *event, struct buf *out) {
    struct rest *own = talk->own;
    if (!own->begun) {
        struct http_answer answer = {.status = 200, .flags = talk->answers, .type = type_json};
        http_put_stream(out, &answer);
    }
    size_t begin = http_chunk_begin(out, talk->answers);
    if (!own->begun) {
        json_put_open(out, NULL, '{');
        json_put_open(out, list_key(event), '[');
    }
    own->begun = true;
    return begin;
}

/* The next object of the list begins. */
static void item_begin(struct rest *own, struct buf *out) {
    buf_text(out, own->more ? ",\n" : "\n");
    json_put_open(out, NULL, '{');
    own->more = true;
}

static void list_end(struct talk *talk, size_t begin, bool last, struct buf *out) {
    struct rest *own = talk->own;
    if (last) buf_text(out, "]}\n");
    http_chunk_end(out, talk->answers, begin);
    if (!last) return;
    http_put_chunks_end(out, talk->answers);
    own->answered = true;
}

static void put_room_line(struct slice line, struct buf *out) {
    uint64_t number = 0, members = 0, made = 0, titled = 0;
    (void)slice_number(slice_until(&line, '\t'), UINT32_MAX, &number);
    struct slice name = slice_until(&line, '\t');
    (void)slice_number(slice_until(&line, '\t'), UINT32_MAX, &members);
    (void)slice_number(slice_until(&line, '\t'), UINT64_MAX, &made);
    (void)slice_number(slice_until(&line, '\t'), UINT64_MAX, &titled);
    json_put_number(out, "id", number);
    json_put_text(out, "name", name);
    json_put_number(out, "members", members);
    json_put_text(out, "topic", line);
}

static void put_invitation_line(struct slice line, struct buf *out) {
    uint64_t number = 0, uses = 0, until_s = 0;
    (void)slice_number(slice_until(&line, '\t'), UINT64_MAX, &number);
    (void)slice_number(slice_until(&line, '\t'), UINT64_MAX, &uses);
    (void)slice_number(line, UINT64_MAX, &until_s);
    json_put_number(out, "id", number);
    json_put_number(out, "uses", uses);
    json_put_number(out, "until", until_s * 1000);
}

static void put_person_of(const struct person *person, bool in_room, struct buf *out) {
    json_put_text(out, "name", person->name);
    json_put_text_or_null(out, "account", person->account);
    if (in_room) json_put_word(out, "role", json_role_word(person->role));
    json_put_bool(out, "away", person->away);
    json_put_bool(out, "bot", person->flags & PERSON_BOT);
    json_put_bool(out, "admin", person->flags & PERSON_ADMIN);
    if (person->real.size > 0) json_put_text(out, "real", person->real);
}

static void answer_list(struct talk *talk, const struct event *event, struct buf *out) {
    struct slice lines = event->text;
    size_t begin = list_begin(talk, event, out);
    struct token_line token;
    struct webhook_line webhook;
    struct person person;
    while (lines.size > 0) {
        if (event->kind == EVENT_PEOPLE && !person_take(&lines, &person)) break;
        if (event->kind == EVENT_TOKENS && !token_line_take(&lines, &token)) break;
        if (event->kind == EVENT_WEBHOOKS && !webhook_line_take(&lines, &webhook)) break;
        item_begin(talk->own, out);
        if (event->kind == EVENT_WEBHOOKS) {
            rest_webhook_put_line(&webhook, out);
        } else if (event->kind == EVENT_PEOPLE) {
            put_person_of(&person, event->room.v != 0, out);
        } else if (event->kind == EVENT_ROOMS) {
            put_room_line(slice_until(&lines, '\n'), out);
        } else if (event->kind == EVENT_INVITATIONS) {
            put_invitation_line(slice_until(&lines, '\n'), out);
        } else if (event->kind == EVENT_RESTRAINTS) {
            json_restraint_put(slice_until(&lines, '\n'), out);
        } else {
            json_put_number(out, "id", token.number);
            json_put_text(out, "name", token.name);
            json_put_text(out, "scopes", token.scopes);
            if (token.shown.size > 0) json_put_text(out, "room", token.room);
            if (token.shown.size > 0) json_put_text(out, "shown", token.shown);
        }
        json_put_close(out, '}');
    }
    list_end(talk, begin, event->cursor == 0, out);
}

/* ---- pages ---- */

static void put_row(const struct event *event, struct buf *out) {
    (void)json_event_put(event, out);
}

static void answer_past(struct talk *talk, const struct event *event, struct buf *out) {
    struct rest *own = talk->own;
    if (own->answered) return;
    if (own->shape == REST_ONE) {
        answer_object(talk, 200, event, put_row, out);
        return;
    }
    size_t begin = list_begin(talk, event, out);
    item_begin(own, out);
    put_row(event, out);
    json_put_close(out, '}');
    http_chunk_end(out, talk->answers, begin);
}

static void answer_past_end(struct talk *talk, const struct event *event, struct buf *out) {
    struct rest *own = talk->own;
    if (own->answered) return;
    if (!own->begun && event->refusal) {
        rest_put_refused(talk, (enum refusal)event->refusal, event->number, event->text, out);
        own->answered = true;
        return;
    }
    if (own->shape == REST_ONE) {
        rest_put_refused(talk, REFUSED_MESSAGE_UNKNOWN, own->target, (struct slice){0}, out);
        own->answered = true;
        return;
    }
    size_t begin = list_begin(talk, event, out);
    buf_text(out, "],");
    buf_text(out, "\"count\":");
    buf_number(out, event->count);
    if (event->count > 0) json_put_number(out, "first", event->before);
    if (event->count > 0) json_put_number(out, "last", event->seq);
    if (event->refusal) json_put_word(out, "error", json_code((enum refusal)event->refusal));
    buf_text(out, "}\n");
    http_chunk_end(out, talk->answers, begin);
    http_put_chunks_end(out, talk->answers);
    own->answered = true;
}

/* ---- objects ---- */

static void put_room(const struct event *event, struct buf *out) {
    json_put_number(out, "id", event->room.v);
    json_put_hex(out, "hex", event->hex, 10);
    json_put_text(out, "name", event->room_name);
    json_put_text(out, "topic", event->text);
    json_put_hex(out, "epoch", event->epoch, 16);
    json_put_number(out, "seq", event->seq);
    json_put_bool(out, "private", event->flags & EVENT_PRIVATE);
}

static void put_token(const struct event *event, struct buf *out) {
    if (event->number > 0) json_put_number(out, "id", event->number);
    json_put_text(out, "token", event->text);
}

static void put_again(const struct event *event, struct buf *out) {
    json_put_word(out, "type", "message");
    json_put_number(out, "room", event->room.v);
    json_put_number(out, "seq", event->seq);
    json_put_bool(out, "again", true);
}

static void put_read(const struct event *event, struct buf *out) {
    json_put_number(out, "room", event->room.v);
    json_put_number(out, "seq", event->seq);
}

static void put_whois(const struct event *event, struct buf *out) {
    struct slice line = event->text;
    struct person person;
    if (!person_take(&line, &person)) return;
    put_person_of(&person, false, out);
    if (event->number > 0) json_put_number(out, "since", event->number * 1000);
    json_put_number(out, "idle", event->count);
}

/* Lines "word\tvalue": a word's value is a number where it is one. */
static void put_modes(const struct event *event, struct buf *out) {
    struct slice lines = event->text;
    while (lines.size > 0) {
        struct slice value = slice_until(&lines, '\n'), word = slice_until(&value, '\t');
        char key[64];
        struct buf name;
        enum room_setting setting;
        uint64_t number = 0;
        buf_init(&name, key, sizeof key);
        buf_put(&name, slice_head(word, sizeof key - 1));
        buf_byte(&name, 0);
        bool is_setting = setting_find(word, &setting);
        bool is_number = slice_number(value, UINT64_MAX, &number);
        if (is_setting && setting_value(setting) == SETTING_SWITCH)
            json_put_bool(out, key, number > 0 || slice_equal(value, slice_of("on")));
        else if (is_number)
            json_put_number(out, key, number);
        else
            json_put_text(out, key, value);
    }
}

/* ---- which ---- */

static void keep_person(struct talk *talk, const struct event *event) {
    struct rest *own = talk->own;
    struct slice name = slice_head(event->author_name, sizeof own->name);
    talk->stage = TALK_HERE;
    own->user = talk->number = event->author.v;
    own->scopes = (uint32_t)event->number;
    own->name_size = (uint8_t)name.size;
    if (name.size > 0) memcpy(own->name, name.at, name.size);
}

static void keep_refusal(struct rest *own, const struct event *event) {
    own->refusal = event->refusal;
    own->refused_number = event->number;
    struct slice text = slice_head(event->text, sizeof own->refused_text);
    own->refused_size = (uint8_t)text.size;
    if (text.size > 0) memcpy(own->refused_text, text.at, text.size);
}

/* A step that is not the last may be refused. */
static void answer_refused(struct talk *talk, const struct event *event, struct buf *out) {
    struct rest *own = talk->own;
    bool tries = own->step == REST_TRIES && event->refusal == REFUSED_NOT_IN_ROOM;
    if (own->step == REST_COMES || tries) {
        keep_refusal(own, event);
        return;
    }
    if (own->answered || !own->under_way) return;
    rest_put_refused(talk, (enum refusal)event->refusal, event->number, event->text, out);
    own->answered = true;
}

/* What came of her own command. */
static void answer_event(struct talk *talk, const struct event *event, struct buf *out) {
    const struct rest *own = talk->own;
    if (own->shape == REST_OK && event->kind == EVENT_SAID) {
        struct rest *mine = talk->own;
        put_whole(talk, 200, NULL, (struct slice){0}, slice_of("ok"), out);
        mine->answered = true;
        return;
    }
    if (own->shape != REST_EVENT && own->shape != REST_MADE) return;
    answer_object(talk, own->shape == REST_MADE ? 201 : 200, event, put_row, out);
}

static void answer_done(struct talk *talk, const struct event *event, struct buf *out) {
    if (!(event->flags & EVENT_AGAIN)) return;
    struct rest *own = talk->own;
    if (own->shape == REST_MADE) answer_object(talk, 200, event, put_again, out);
}

/* The command was carried out, and there is nothing to say of it. */
static void answer_nothing(struct talk *talk, struct buf *out) {
    struct rest *own = talk->own;
    int status = own->shape == REST_OK ? 200 : 204;
    put_whole(talk, status, NULL, (struct slice){0},
              own->shape == REST_OK ? slice_of("ok") : slice_of(""), out);
    own->answered = true;
}

static void answer_asked(struct talk *talk, const struct event *event, struct buf *out) {
    const struct rest *own = talk->own;
    switch ((int)event->kind) {
    case EVENT_ROOMS:
    case EVENT_PEOPLE:
    case EVENT_RESTRAINTS:
    case EVENT_WEBHOOKS:
    case EVENT_INVITATIONS:
    case EVENT_TOKENS: answer_list(talk, event, out); break;
    case EVENT_FOUND:
    case EVENT_PAST: answer_past(talk, event, out); break;
    case EVENT_PAST_END: answer_past_end(talk, event, out); break;
    case EVENT_TOPIC:
        if (own->shape == REST_ROOM) answer_object(talk, 200, event, put_room, out);
        break;
    case EVENT_CREATED: answer_object(talk, 201, event, put_room, out); break;
    case EVENT_ROOM_MODES: answer_object(talk, 200, event, put_modes, out); break;
    case EVENT_WHOIS: answer_object(talk, 200, event, put_whois, out); break;
    case EVENT_TOKEN: answer_object(talk, 201, event, put_token, out); break;
    case EVENT_WEBHOOK: answer_object(talk, 201, event, rest_webhook_put, out); break;
    case EVENT_READ_UP: answer_object(talk, 200, event, put_read, out); break;
    case EVENT_SAID:
    case EVENT_TOLD:
    case EVENT_EDITED:
    case EVENT_RETRACTED:
    case EVENT_REACTED: answer_event(talk, event, out); break;
    case EVENT_DONE: answer_done(talk, event, out); break;
    default: break;
    }
}

void rest_answer(struct talk *talk, const struct event *event, struct buf *out) {
    struct rest *own = talk->own;
    if (event->kind == EVENT_LOGGED_IN && !own->streams) keep_person(talk, event);
    if (own->stream || (own->streams && event->kind == EVENT_LOGGED_IN)) {
        rest_stream_answer(talk, event, out);
        return;
    }
    if (!own->under_way) return;
    if (event->kind == EVENT_REFUSED || event->kind == EVENT_CLOSE)
        answer_refused(talk, event, out);
    else if (!own->answered && own->step != REST_COMES && own->step != REST_ENTERS)
        answer_asked(talk, event, out);
    if (event->kind == EVENT_CLOSE && !own->answered) {
        rest_put_refused(talk, (enum refusal)event->refusal, event->number, event->text, out);
        own->answered = true;
    }
    bool last = (event->flags & EVENT_LAST) && event->cursor == 0;
    if (!last || own->step == REST_COMES || own->step == REST_ENTERS) return;
    if (own->step == REST_TRIES && own->refusal) return;
    if (!own->answered && event->kind != EVENT_REFUSED) answer_nothing(talk, out);
    own->under_way = false;
}
