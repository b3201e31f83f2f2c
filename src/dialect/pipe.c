/* pipe.c: the phone client's lines, code|id|rest (WIRE, `pipe`). The first line says who it is
 * and is read again once the hub agreed. */
#include "dialect/dialect.h"

enum { VIEW_HOME = 1 };

enum code {
    CODE_NONE = 0,
    CODE_SAY = 100,
    CODE_CREATE = 101,
    CODE_SUBSCRIBE = 102,
    CODE_UNSUBSCRIBE = 103,
    CODE_LIST = 104,
    CODE_DELETE = 105,
    CODE_SAY_IN = 106,
    CODE_HISTORY = 107,
    CODE_LOGIN = 108,
    CODE_ERROR = 400,
};

enum { HISTORY_LINES = 20, CODE_MAX = 999 };

typedef void code_fn(struct talk *talk, struct slice rest, struct decoder *decoder);

static code_fn code_say, code_create, code_subscribe, code_unsubscribe, code_list, code_delete,
    code_say_in, code_history, code_login;

static const struct {
    enum code code;
    code_fn *run;
} codes[] = {
    {CODE_SAY, code_say},
    {CODE_CREATE, code_create},
    {CODE_SUBSCRIBE, code_subscribe},
    {CODE_UNSUBSCRIBE, code_unsubscribe},
    {CODE_LIST, code_list},
    {CODE_DELETE, code_delete},
    {CODE_SAY_IN, code_say_in},
    {CODE_HISTORY, code_history},
    {CODE_LOGIN, code_login},
};

static void missing(struct decoder *decoder, enum code code, const char *form) {
    decoder_refuse(decoder, REFUSED_PART_MISSING, 0, slice_text(form), (uint16_t)code);
}

static void code_say(struct talk *talk, struct slice rest, struct decoder *decoder) {
    struct command say = {
        .kind = COMMAND_SAY, .reply_code = CODE_SAY, .room_id = talk->home, .text = rest};
    decoder->give(decoder, &say);
}

/* The room, its name and key. False: the session was told what is missing or wrong. */
static bool take_room(struct slice *rest, struct command *command, struct decoder *decoder,
                      const char *form) {
    struct slice room = slice_until(rest, '|');
    if (room.size == 0) {
        missing(decoder, command->reply_code, form);
        return false;
    }
    return decoder_room(decoder, room, command);
}

/* `id,id`. False: the session was told. */
static bool take_people(struct slice list, struct command *command, struct decoder *decoder) {
    while (list.size > 0) {
        struct slice id = slice_until(&list, ',');
        uint64_t number;
        if (!slice_number(id, UINT32_MAX, &number) || number == 0 ||
            command->people_count == ADMIT_MAX) {
            decoder_refuse(decoder, REFUSED_NUMBER_BAD, 0, id, command->reply_code);
            return false;
        }
        command->people[command->people_count++] = (uint32_t)number;
    }
    return true;
}

static void code_create(struct talk *talk, struct slice rest, struct decoder *decoder) {
    (void)talk;
    struct command create = {.kind = COMMAND_CREATE, .reply_code = CODE_CREATE};
    if (take_room(&rest, &create, decoder, "101|id|ROOM")) decoder->give(decoder, &create);
}

static void code_subscribe(struct talk *talk, struct slice rest, struct decoder *decoder) {
    (void)talk;
    struct command command = {.kind = COMMAND_JOIN, .reply_code = CODE_SUBSCRIBE};
    if (!take_room(&rest, &command, decoder, "102|id|ROOM[|id,id]")) return;
    if (!take_people(rest, &command, decoder)) return;
    if (command.people_count > 0) command.kind = COMMAND_ADMIT;
    decoder->give(decoder, &command);
}

static void code_unsubscribe(struct talk *talk, struct slice rest, struct decoder *decoder) {
    (void)talk;
    struct command command = {.kind = COMMAND_LEAVE, .reply_code = CODE_UNSUBSCRIBE};
    if (!take_room(&rest, &command, decoder, "103|id|ROOM[|id,id]")) return;
    if (!take_people(rest, &command, decoder)) return;
    if (command.people_count > 0) command.kind = COMMAND_REMOVE;
    decoder->give(decoder, &command);
}

static void code_list(struct talk *talk, struct slice rest, struct decoder *decoder) {
    (void)talk, (void)rest;
    struct command list = {.kind = COMMAND_ROOMS, .reply_code = CODE_LIST, .flags = COMMAND_WAITS};
    decoder->give(decoder, &list);
}

static void code_delete(struct talk *talk, struct slice rest, struct decoder *decoder) {
    (void)talk;
    struct command command = {.kind = COMMAND_DELETE, .reply_code = CODE_DELETE};
    if (take_room(&rest, &command, decoder, "105|id|ROOM")) decoder->give(decoder, &command);
}

static void code_say_in(struct talk *talk, struct slice rest, struct decoder *decoder) {
    (void)talk;
    struct command say = {.kind = COMMAND_SAY, .reply_code = CODE_SAY_IN};
    if (!take_room(&rest, &say, decoder, "106|id|ROOM|text")) return;
    say.text = rest;
    decoder->give(decoder, &say);
}

static void code_history(struct talk *talk, struct slice rest, struct decoder *decoder) {
    (void)talk;
    struct command command = {
        .kind = COMMAND_HISTORY, .reply_code = CODE_HISTORY, .flags = COMMAND_WAITS};
    if (!take_room(&rest, &command, decoder, "107|id|ROOM[|n[|before]]")) return;
    uint64_t count = HISTORY_LINES, before = 0;
    struct slice n = slice_until(&rest, '|');
    bool count_fine = n.size == 0 || (slice_number(n, UINT32_MAX, &count) && count > 0);
    bool before_fine = rest.size == 0 || (slice_number(rest, INT64_MAX, &before) && before > 0);
    if (!count_fine || !before_fine) {
        decoder_refuse(decoder, REFUSED_NUMBER_BAD, 0, count_fine ? rest : n, CODE_HISTORY);
        return;
    }
    command.count = (uint32_t)count;
    command.before = before;
    decoder->give(decoder, &command);
}

/* NAME|PASSWORD, the bars in a password with it. False: the session was told. */
static bool take_login(const struct talk *talk, struct slice rest, struct command *command,
                       struct decoder *decoder) {
    struct slice name = slice_until(&rest, '|');
    command->kind = COMMAND_LOGIN;
    command->reply_code = CODE_LOGIN;
    command->flags = COMMAND_WAITS;
    command->secret = rest;
    if (name.size > 0 && rest.size > 0) return decoder_name(decoder, talk, name, command);
    missing(decoder, CODE_LOGIN, "108|id|NAME|PASSWORD");
    return false;
}

static void code_login(struct talk *talk, struct slice rest, struct decoder *decoder) {
    struct command login = {.kind = COMMAND_LOGIN};
    if (take_login(talk, rest, &login, decoder)) decoder->give(decoder, &login);
}

/* Who logs in with her first line is another device of that account, whoever has the id. */
static enum decoded decode_first(struct talk *talk, uint16_t code, uint64_t id, struct slice rest,
                                 struct decoder *decoder) {
    struct command hello = decoder_hello(talk, NAMING_PHONE);
    talk->number = (uint32_t)id;
    if (code == CODE_LOGIN) {
        if (take_login(talk, rest, &hello, decoder)) decoder->give(decoder, &hello);
        return DECODED;
    }
    hello.reply_code = code;
    hello.number = id;
    decoder->give(decoder, &hello);
    return DECODED_AGAIN;
}

static enum decoded decode(struct talk *talk, struct slice line, struct decoder *decoder) {
    uint64_t code = 0, id = 0;
    struct slice rest = line, code_text = slice_until(&rest, '|');
    if (!slice_number(code_text, CODE_MAX, &code)) {
        decoder_refuse(decoder, REFUSED_COMMAND_UNKNOWN, 0, code_text, 0);
        return DECODED;
    }
    if (code_text.size == line.size) {
        missing(decoder, (enum code)code, "code|id|rest");
        return DECODED;
    }
    struct slice id_text = slice_until(&rest, '|');
    if (!slice_number(id_text, USER_NUMBER_FIRST - 1, &id) || id == 0) {
        decoder_refuse(decoder, REFUSED_ID_BAD, 0, id_text, (uint16_t)code);
        return DECODED;
    }
    if (talk->stage == TALK_NEW) return decode_first(talk, (uint16_t)code, id, rest, decoder);
    if (id != talk->number) {
        decoder_refuse(decoder, REFUSED_ID_NOT_YOURS, 0, id_text, (uint16_t)code);
        return DECODED;
    }
    for (size_t i = 0; i < sizeof codes / sizeof *codes; i++) {
        if (codes[i].code != (enum code)code) continue;
        codes[i].run(talk, rest, decoder);
        return DECODED;
    }
    decoder_refuse(decoder, REFUSED_COMMAND_UNKNOWN, 0, code_text, (uint16_t)code);
    return DECODED;
}

static uint64_t view(const struct talk *talk, struct room_id room) {
    return room.v == talk->home.v ? VIEW_HOME : 0;
}

static void put_head(struct buf *out, uint32_t code, uint32_t id) {
    buf_number(out, code);
    buf_byte(out, '|');
    buf_number(out, id);
    buf_byte(out, '|');
}

static void put_room(struct buf *out, enum code code, const struct event *event) {
    put_head(out, code, 0);
    buf_number(out, event->room.v);
    buf_byte(out, '|');
    text_show(out, event->room_name);
    buf_byte(out, '\n');
}

/* What was said to the room everybody is in is a 100; said to a room by its name, a 106. */
static void encode_said(uint64_t view, const struct event *event, struct buf *out) {
    bool named = event->dialect == DIALECT_PIPE && event->reply_code == CODE_SAY_IN;
    bool home = (view & VIEW_HOME) && !named;
    struct slice text = event->text;
    do {
        put_head(out, home ? CODE_SAY : CODE_SAY_IN, event->author.v);
        if (!home) {
            buf_number(out, event->room.v);
            buf_byte(out, '|');
        }
        text_show(out, text_line(&text));
        buf_byte(out, '\n');
    } while (text.size > 0);
}

static void encode(uint64_t view, const struct event *event, struct buf *out) {
    if (event->kind == EVENT_SAID)
        encode_said(view, event, out);
    else if (event->kind == EVENT_DELETED)
        put_room(out, CODE_DELETE, event);
}

static void answer_past(const struct event *event, struct buf *out) {
    if (event->stored != STORED_MESSAGE) return;
    struct slice text = event->text;
    do {
        put_head(out, CODE_HISTORY, event->author.v);
        buf_number(out, event->room.v);
        buf_byte(out, '|');
        buf_number(out, event->seq);
        buf_byte(out, '|');
        buf_number(out, (uint64_t)event->time_ms);
        buf_byte(out, '|');
        text_show(out, text_line(&text));
        buf_byte(out, '\n');
    } while (text.size > 0);
}

/* A direct message: of room 0, which is none. What she says herself on another device has no form,
 * since the line names nobody whom it is told. */
static void answer_told(const struct event *event, struct buf *out) {
    struct slice text = event->text;
    if (event->flags & EVENT_OWN) return;
    do {
        put_head(out, CODE_SAY_IN, event->author.v);
        buf_text(out, "0|");
        text_show(out, text_line(&text));
        buf_byte(out, '\n');
    } while (text.size > 0);
}

static void put_end(struct buf *out, enum code code) {
    put_head(out, code, 0);
    buf_text(out, "end\n");
}

static void answer_rooms(const struct event *event, struct buf *out) {
    struct slice lines = event->text;
    while (lines.size > 0) {
        struct slice line = text_line(&lines);
        struct slice number = slice_until(&line, '\t'), name = slice_until(&line, '\t');
        struct slice count = slice_until(&line, '\t');
        put_head(out, CODE_LIST, 0);
        buf_put(out, number);
        buf_byte(out, '|');
        text_show(out, name);
        buf_byte(out, '|');
        buf_put(out, count);
        buf_byte(out, '\n');
    }
    if (event->cursor == 0) put_end(out, CODE_LIST);
}

static void answer_refused(const struct event *event, struct buf *out) {
    put_head(out, CODE_ERROR, 0);
    buf_number(out, event->reply_code);
    buf_byte(out, '|');
    refusal_say(out, event->refusal, event->number, event->text);
    buf_byte(out, '\n');
}

static void answer_entered(struct talk *talk, const struct event *event, struct buf *out) {
    if (event->flags & EVENT_FIRST) {
        talk->home = event->room;
    } else if (event->reply_code != CODE_CREATE) {
        put_room(out, CODE_SUBSCRIBE, event);
    }
}

static void answer(struct talk *talk, const struct event *event, struct buf *out) {
    switch ((int)event->kind) {
    case EVENT_WELCOME: talk->stage = TALK_HERE; break;
    case EVENT_ENTERED: answer_entered(talk, event, out); break;
    case EVENT_CREATED: put_room(out, CODE_CREATE, event); break;
    case EVENT_EXITED: put_room(out, CODE_UNSUBSCRIBE, event); break;
    case EVENT_DELETED: put_room(out, CODE_DELETE, event); break;
    case EVENT_SAID: encode_said(view(talk, event->room), event, out); break;
    case EVENT_ROOMS: answer_rooms(event, out); break;
    case EVENT_PAST: answer_past(event, out); break;
    case EVENT_TOLD: answer_told(event, out); break;
    case EVENT_PAST_END:
        if (event->refusal)
            answer_refused(event, out);
        else
            put_end(out, CODE_HISTORY);
        break;
    case EVENT_LOGGED_IN:
        put_head(out, CODE_LOGIN, 0);
        text_show(out, event->author_name);
        buf_byte(out, '\n');
        break;
    case EVENT_CLOSE:
    case EVENT_REFUSED: answer_refused(event, out); break;
    default: break;
    }
}

const struct dialect dialect_pipe = {
    .name = "pipe", .line = decode, .view = view, .encode = encode, .answer = answer};
