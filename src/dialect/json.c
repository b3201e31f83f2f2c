/* json.c: the dialect of browsers and programs (doc/protocol/json.md): its row, the greeting, and
 * coming in, which may be several commands: `hello` is then given again for each of them
 * (DECODED_AGAIN), and talk->number counts the steps done of it. */
#include "dialect/json.h"

#include <stdlib.h>

#include "base/check.h"
#include "dialect/json_event.h"
#include "dialect/json_put.h"

enum { FAULT_SIZE_MAX = 256 }; /* bytes of what is wrong with a message */

/* Each command of this dialect waits for its answer, and is known by its reply_code there. */
struct waiting_decoder {
    struct decoder decoder; /* first: what decoder_name() and the others see */
    struct decoder *outer;
};

static void give_waiting(struct decoder *decoder, struct command *command) {
    struct waiting_decoder *waiting = (struct waiting_decoder *)decoder;
    command->flags |= COMMAND_WAITS;
    command->reply_code = JSON_ASKED;
    waiting->outer->give(waiting->outer, command);
}

/* ---- the greeting ---- */

static void put_limits(const struct manner *manner, struct buf *out) {
    json_put_open(out, "limits", '{');
    json_put_number(out, "name", manner->name_size);
    json_put_number(out, "room", manner->channel_size);
    json_put_number(out, "topic", manner->topic_size);
    json_put_number(out, "why", manner->why_size);
    json_put_number(out, "away", manner->away_size);
    json_put_number(out, "text", manner->message_size);
    json_put_number(out, "direct_text",
                    manner->message_size < DIRECT_TEXT_MAX ? manner->message_size
                                                           : DIRECT_TEXT_MAX);
    json_put_number(out, "message", manner->body_size);
    json_put_number(out, "client_id", CLIENT_ID_SIZE_MAX);
    json_put_number(out, "reaction", REACTION_SIZE_MAX);
    json_put_number(out, "history", manner->history_max);
    json_put_number(out, "rooms", manner->rooms_max);
    json_put_close(out, '}');
}

static void greet(struct talk *talk, struct buf *out) {
    const struct manner *manner = talk->manner;
    json_put_open(out, NULL, '{');
    json_put_word(out, "type", "server");
    json_put_text(out, "name", manner->server);
    json_put_text(out, "network", manner->network);
    json_put_word(out, "version", PARLANCE_VERSION);
    json_put_text(out, "motd", manner->motd);
    json_put_bool(out, "guests", manner->guests);
    json_put_bool(out, "registration", manner->registers);
    json_put_bool(out, "accounts", manner->accounts);
    json_put_bool(out, "search", manner->searches);
    json_put_text(out, "room", (struct slice){manner->room, manner->room_size});
    put_limits(manner, out);
    buf_text(out, "}\r\n");
}

/* ---- coming in ---- */

enum hello_step { STEP_COME, STEP_REGISTER, STEP_TOKEN, STEP_HOME, STEP_ROOMS };

bool json_joins(const struct talk *talk) {
    const struct json *own = talk->own;
    if (own->type == TYPE_HELLO) return talk->number > STEP_HOME;
    return own->type == TYPE_JOIN || own->type == TYPE_CREATE;
}

static bool registers(const struct json_message *message) {
    return json_field_true(message, FIELD_REGISTER) && message->fields[FIELD_PASSWORD];
}

/* Where an account cannot be made before one has come, one comes as a guest first. */
static void give_come(struct talk *talk, const struct json_message *message,
                      struct decoder *decoder) {
    struct command come = decoder_hello(talk, NAMING_EXACT);
    struct slice password = json_field_text(message, FIELD_PASSWORD);
    bool proves = message->fields[FIELD_PASSWORD] != NULL, first = talk->manner->registers_first;
    come.count = 0;
    bool account = proves || message->fields[FIELD_TOKEN]; /* may be: it has rooms of its own */
    if (account || message->fields[FIELD_ROOMS]) come.room = come.room_key = (struct slice){0};
    come.text = json_field_text(message, FIELD_INVITE);
    if (proves) come.kind = COMMAND_LOGIN;
    if (registers(message)) come.kind = first ? COMMAND_REGISTER : COMMAND_HELLO;
    come.secret = proves ? password : json_field_text(message, FIELD_TOKEN);
    if (come.kind == COMMAND_HELLO && proves) come.secret = (struct slice){0};
    if (json_name(talk, message, decoder, &come)) decoder->give(decoder, &come);
}

/* An account that is in no room comes into the listener's. */
static bool give_home(const struct talk *talk, const struct json_message *message,
                      struct decoder *decoder) {
    const struct json *own = talk->own;
    const struct manner *manner = talk->manner;
    if (message->fields[FIELD_ROOMS] || own->entered || manner->room_size == 0) return false;
    struct command join = {.kind = COMMAND_JOIN,
                           .room = {manner->room, manner->room_size},
                           .room_key = {manner->room_key, manner->room_key_size}};
    decoder->give(decoder, &join);
    return true;
}

static const struct json_entered *entered_find(const struct json *own, const json_t *room) {
    for (uint32_t i = 0; json_is_integer(room) && i < own->room_count; i++)
        if (own->rooms[i].room.v == (uint64_t)json_integer_value(room)) return &own->rooms[i];
    return NULL;
}

/* An account came into her rooms by logging in: what she missed there is what was said before. */
static void give_missed(struct json *own, const struct json_entered *entered,
                        const struct command *join, struct decoder *decoder) {
    struct command resume = {.kind = COMMAND_RESUME,
                             .room_id = entered->room,
                             .epoch = join->epoch,
                             .after = join->after,
                             .before = entered->seq + 1};
    own->room = entered->room;
    own->seq = entered->seq;
    decoder->give(decoder, &resume);
}

/* One of the rooms of a hello. False: there are no more. */
static bool give_room(struct json *own, const struct json_message *message, size_t place,
                      struct decoder *decoder) {
    const json_t *row = json_array_get(message->fields[FIELD_ROOMS], place);
    const json_t *epoch = json_object_get(row, "epoch"), *key = json_object_get(row, "key");
    struct command join = {.kind = COMMAND_JOIN};
    if (!row) return false;
    if (key) join.secret = (struct slice){json_string_value(key), json_string_length(key)};
    if (epoch) {
        struct slice digits = {json_string_value(epoch), json_string_length(epoch)};
        check(json_epoch(digits, &join.epoch));
        join.after = (uint64_t)json_integer_value(json_object_get(row, "seq"));
        join.count = 1;
        join.flags = COMMAND_EXISTS;
    }
    const struct json_entered *entered = entered_find(own, json_object_get(row, "room"));
    if (entered && epoch)
        give_missed(own, entered, &join, decoder);
    else if (json_room(json_object_get(row, "room"), decoder, &join))
        decoder->give(decoder, &join);
    return true;
}

/* The next command of a hello. False: it is over. */
static bool hello_next(struct talk *talk, const struct json_message *message,
                       struct decoder *decoder) {
    uint32_t step = talk->number;
    if (step == STEP_COME) {
        give_come(talk, message, decoder);
        talk->number++;
        return true;
    }
    if (talk->stage != TALK_HERE) return false; /* she was refused */
    for (;; step++) {
        struct command token = {.kind = COMMAND_TOKEN};
        bool keeps = json_field_true(message, FIELD_KEEP) && message->fields[FIELD_PASSWORD];
        talk->number = step + 1;
        if (step == STEP_REGISTER && registers(message) && !talk->manner->registers_first) {
            struct command make = {.kind = COMMAND_REGISTER,
                                   .secret = json_field_text(message, FIELD_PASSWORD)};
            decoder->give(decoder, &make);
            return true;
        }
        if (step == STEP_TOKEN && keeps) {
            decoder->give(decoder, &token);
            return true;
        }
        if (step == STEP_HOME && give_home(talk, message, decoder)) return true;
        if (step >= STEP_ROOMS) return give_room(talk->own, message, step - STEP_ROOMS, decoder);
    }
}

static enum decoded hello(struct talk *talk, const struct json_message *message,
                          struct decoder *decoder) {
    struct json *own = talk->own;
    if (talk->number == 0) {
        if (talk->stage == TALK_HERE) {
            decoder_refuse(decoder, REFUSED_NAME_GIVEN, 0, (struct slice){0}, 1);
            return DECODED;
        }
        own->entered = false;
        talk->holds = json_array_size(message->fields[FIELD_ROOMS]) > 0;
    }
    if (hello_next(talk, message, decoder)) return DECODED_AGAIN;
    talk->number = 0;
    talk->holds = false;
    free(own->rooms);
    own->rooms = NULL;
    own->room_count = 0;
    return DECODED;
}

/* ---- a message ---- */

static void remember(struct json *own, const struct json_message *message) {
    own->ref = (uint16_t)json_field_number(message, FIELD_REF);
    own->type = (uint8_t)message->type;
    own->client_id_size = 0;
    own->created = false;
    own->room.v = 0;
    own->missing_from = own->missing_to = own->rewound = 0;
}

static enum decoded run(struct talk *talk, const struct json_message *message,
                        struct decoder *decoder) {
    if (message->type == TYPE_HELLO) return hello(talk, message, decoder);
    bool anybody = message->type == TYPE_PING || message->type == TYPE_BYE;
    if (talk->stage == TALK_NEW && !anybody)
        decoder_refuse(decoder, REFUSED_NAME_NEEDED, 0, (struct slice){0}, 1);
    else
        json_rows[message->type].run(talk, message, decoder);
    return DECODED;
}

static enum decoded line(struct talk *talk, struct slice line, struct decoder *outer) {
    struct waiting_decoder waiting = {.decoder = {.give = give_waiting, .names = outer->names},
                                      .outer = outer};
    struct json_message message;
    struct buf fault;
    char memory[FAULT_SIZE_MAX];
    enum decoded decoded = DECODED;
    buf_init(&fault, memory, sizeof memory);
    bool fine = json_read(line, &message, &fault);
    if (talk->number == 0) remember(talk->own, &message);
    if (fine)
        decoded = run(talk, &message, &waiting.decoder);
    else
        decoder_refuse(&waiting.decoder, REFUSED_MESSAGE_BAD, 0, buf_slice(&fault), 1);
    json_decref(message.root);
    return decoded;
}

/* What she has not read of a room that she was taken into, or of her next direct room. */
static void list(struct talk *talk, struct room_id room, uint64_t missed, struct decoder *decoder) {
    struct command unread = {
        .kind = COMMAND_UNREAD, .flags = COMMAND_WAITS, .reply_code = JSON_UNREAD, .room_id = room};
    if (room.v == 0) {
        unread.flags |= COMMAND_FULL;
        unread.room_id = talk->counted;
    }
    if (missed == 0) decoder->give(decoder, &unread);
}

/* ---- the row ---- */

/* Everybody sees a room in the same bytes. */
static uint64_t view(const struct talk *talk, struct room_id room) {
    (void)talk;
    (void)room;
    return 0;
}

static void encode(uint64_t seen, const struct event *event, struct buf *out) {
    size_t before = out->size;
    (void)seen;
    json_put_open(out, NULL, '{');
    if (json_event_put(event, out))
        buf_text(out, "}\r\n");
    else
        out->size = before;
}

static void forget(struct talk *talk) {
    struct json *own = talk->own;
    if (!own) return;
    free(own->person);
    free(own->rooms);
}

const struct dialect dialect_json = {.name = "json",
                                     .own_size = sizeof(struct json),
                                     .greet = greet,
                                     .line = line,
                                     .view = view,
                                     .encode = encode,
                                     .answer = json_answer,
                                     .list = list,
                                     .forget = forget};
