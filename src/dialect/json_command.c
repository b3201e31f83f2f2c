/* json_command.c: a client's message -> a command. Who may, and whether there is such a room, is
 * the hub's to say. */
#include "dialect/json_command.h"

#include "base/check.h"
#include "chat/search.h"
#include "dialect/json_event.h"

enum { PAGE_COUNT = 50 }; /* messages of a page, where nobody says how many */

bool json_room(const json_t *value, struct decoder *decoder, struct command *command) {
    if (json_is_integer(value)) {
        command->room_id.v = (uint32_t)json_integer_value(value);
        return true;
    }
    struct slice name = {json_string_value(value), json_string_length(value)};
    if (name.size > 1 && name.at[0] == '#') name = slice_from(name, 1);
    return decoder_room(decoder, name, command);
}

bool json_place(const struct talk *talk, const struct json_message *message,
                struct decoder *decoder, struct command *command) {
    if (message->fields[FIELD_ROOM])
        return json_room(message->fields[FIELD_ROOM], decoder, command);
    return decoder_name(decoder, talk, json_field_text(message, FIELD_TO), command);
}

bool json_name(const struct talk *talk, const struct json_message *message, struct decoder *decoder,
               struct command *command) {
    return decoder_name(decoder, talk, json_field_text(message, FIELD_NAME), command);
}

static bool is_direct(const struct json_message *message) {
    return message->fields[FIELD_TO] != NULL;
}

bool json_text_fits(struct slice text, bool lines, struct decoder *decoder) {
    if (text.size == 0) return true;
    bool end = !lines && memchr(text.at, '\n', text.size) != NULL;
    if (!end && memchr(text.at, '\r', text.size) == NULL) return true;
    decoder_refuse(decoder, REFUSED_BAD_CHARACTER, 0, (struct slice){0}, 1);
    return false;
}

void json_run_send(struct talk *talk, const struct json_message *message, struct decoder *decoder) {
    struct json *own = talk->own;
    struct command say = {.kind = is_direct(message) ? COMMAND_TELL : COMMAND_SAY,
                          .text = json_field_text(message, FIELD_TEXT),
                          .client_id = json_field_text(message, FIELD_CLIENT_ID),
                          .target = json_field_number(message, FIELD_REPLY)};
    struct slice kind = json_field_text(message, FIELD_KIND);
    if (slice_equal(kind, slice_of("action"))) say.speech = SPEECH_ACTION;
    if (slice_equal(kind, slice_of("notice"))) say.speech = SPEECH_NOTICE;
    if (say.client_id.size > 0 && say.client_id.size <= sizeof own->client_id) {
        memcpy(own->client_id, say.client_id.at, say.client_id.size);
        own->client_id_size = (uint8_t)say.client_id.size;
    }
    if (json_text_fits(say.text, true, decoder) && json_place(talk, message, decoder, &say))
        decoder->give(decoder, &say);
}

void json_run_change(struct talk *talk, const struct json_message *message,
                     struct decoder *decoder) {
    struct command change = {.target = json_field_number(message, FIELD_TARGET)};
    if (message->type == TYPE_EDIT) {
        change.kind = COMMAND_EDIT;
        change.text = json_field_text(message, FIELD_TEXT);
    } else if (message->type == TYPE_REMOVE) {
        change.kind = COMMAND_RETRACT;
        change.text = json_field_text(message, FIELD_WHY);
    } else {
        change.kind = COMMAND_REACT;
        change.text = json_field_text(message, FIELD_REACTION);
        if (!json_field_true(message, FIELD_OFF)) change.flags = COMMAND_SETS;
    }
    if (json_text_fits(change.text, change.kind == COMMAND_EDIT, decoder) &&
        json_place(talk, message, decoder, &change))
        decoder->give(decoder, &change);
}

/* As the tag that IRC clients know. */
void json_run_typing(struct talk *talk, const struct json_message *message,
                     struct decoder *decoder) {
    char memory[32];
    struct buf tags;
    struct command tag = {.kind = COMMAND_TAG};
    buf_init(&tags, memory, sizeof memory);
    buf_text(&tags, "+typing=");
    buf_put(&tags, json_field_text(message, FIELD_STATE));
    tag.tags = buf_slice(&tags);
    if (json_place(talk, message, decoder, &tag)) decoder->give(decoder, &tag);
}

void json_run_read(struct talk *talk, const struct json_message *message, struct decoder *decoder) {
    struct command read = {.kind = COMMAND_READ, .target = json_field_number(message, FIELD_SEQ)};
    if (json_place(talk, message, decoder, &read)) decoder->give(decoder, &read);
}

void json_run_join(struct talk *talk, const struct json_message *message, struct decoder *decoder) {
    struct command join = {.kind = COMMAND_JOIN, .secret = json_field_text(message, FIELD_KEY)};
    (void)talk;
    if (json_epoch(json_field_text(message, FIELD_EPOCH), &join.epoch)) {
        join.after = json_field_number(message, FIELD_SEQ);
        join.count = 1;
    }
    if (json_is_false(message->fields[FIELD_CREATE])) join.flags = COMMAND_EXISTS;
    if (json_room(message->fields[FIELD_ROOM], decoder, &join)) decoder->give(decoder, &join);
}

void json_run_room(struct talk *talk, const struct json_message *message, struct decoder *decoder) {
    struct command command = {.kind = COMMAND_NONE};
    (void)talk;
    switch ((int)message->type) {
    case TYPE_CREATE: command.kind = COMMAND_CREATE; break;
    case TYPE_LEAVE:
        command.kind = COMMAND_LEAVE;
        command.text = json_field_text(message, FIELD_WHY);
        break;
    case TYPE_MEMBERS:
        command.kind = COMMAND_WHO;
        command.flags = COMMAND_FULL;
        break;
    case TYPE_TOPIC:
        command.kind = COMMAND_TOPIC;
        command.flags = COMMAND_SETS;
        command.text = json_field_text(message, FIELD_TEXT);
        break;
    case TYPE_MODES: command.kind = COMMAND_ROOM_MODES; break;
    case TYPE_RESTRAINTS: command.kind = COMMAND_RESTRAINTS; break;
    case TYPE_AUDIT:
        command.kind = COMMAND_AUDIT;
        command.count = (uint32_t)json_field_number(message, FIELD_COUNT);
        break;
    case TYPE_DELETE: command.kind = COMMAND_DELETE; break;
    default: check(false);
    }
    if (json_text_fits(command.text, false, decoder) &&
        json_room(message->fields[FIELD_ROOM], decoder, &command))
        decoder->give(decoder, &command);
}

void json_run_history(struct talk *talk, const struct json_message *message,
                      struct decoder *decoder) {
    struct command history = {.kind = COMMAND_HISTORY,
                              .count = PAGE_COUNT,
                              .before = json_field_number(message, FIELD_BEFORE),
                              .after = json_field_number(message, FIELD_AFTER)};
    if (message->fields[FIELD_COUNT])
        history.count = (uint32_t)json_field_number(message, FIELD_COUNT);
    if (json_field_number(message, FIELD_AROUND) > 0) {
        history.before = json_field_number(message, FIELD_AROUND);
        history.flags |= COMMAND_AROUND;
    }
    if (json_field_true(message, FIELD_ALL)) history.flags |= COMMAND_FULL;
    if (json_place(talk, message, decoder, &history)) decoder->give(decoder, &history);
}

void json_run_search(struct talk *talk, const struct json_message *message,
                     struct decoder *decoder) {
    struct search search;
    struct slice place;
    struct command find = {.kind = COMMAND_SEARCH,
                           .text = json_field_text(message, FIELD_TEXT),
                           .count = (uint32_t)json_field_number(message, FIELD_COUNT),
                           .before = json_field_number(message, FIELD_BEFORE)};
    if (find.text.size > SEARCH_SIZE_MAX)
        decoder_refuse(decoder, REFUSED_TEXT_TOO_LONG, SEARCH_SIZE_MAX, (struct slice){0}, 1);
    else if (find.text.size > 0 && !search_parse(find.text, &search, &place))
        decoder_refuse(decoder, REFUSED_QUERY_BAD, 0, place, 1);
    else if (json_place(talk, message, decoder, &find))
        decoder->give(decoder, &find);
}

void json_run_mode(struct talk *talk, const struct json_message *message, struct decoder *decoder) {
    struct command mode = {.kind = COMMAND_MODE};
    const json_t *value = message->fields[FIELD_VALUE];
    enum room_setting setting;
    (void)talk;
    if (!setting_find(json_field_text(message, FIELD_SETTING), &setting)) {
        decoder_refuse(decoder, REFUSED_SETTING_BAD, 0, slice_text(setting_words), 1);
        return;
    }
    mode.setting = (uint8_t)setting;
    mode.text = json_field_text(message, FIELD_VALUE);
    mode.number = json_is_integer(value) ? json_field_number(message, FIELD_VALUE)
                                         : json_is_true(value) || mode.text.size > 0;
    if (json_room(message->fields[FIELD_ROOM], decoder, &mode)) decoder->give(decoder, &mode);
}

/* Two names of rooms: the one it has is looked up last, since both go through one scratch. */
void json_run_rename(struct talk *talk, const struct json_message *message,
                     struct decoder *decoder) {
    struct command fresh = {.kind = COMMAND_RENAME}, rename;
    char key[ROOM_KEY_MAX];
    (void)talk;
    if (!decoder_room(decoder, json_field_text(message, FIELD_NAME), &fresh)) return;
    rename = (struct command){.kind = COMMAND_RENAME, .name = fresh.room};
    if (fresh.room_key.size > 0) memcpy(key, fresh.room_key.at, fresh.room_key.size);
    rename.name_key = (struct slice){key, fresh.room_key.size};
    if (json_room(message->fields[FIELD_ROOM], decoder, &rename)) decoder->give(decoder, &rename);
}

void json_run_whom(struct talk *talk, const struct json_message *message, struct decoder *decoder) {
    struct command whom = {.number = json_field_number(message, FIELD_MINUTES),
                           .text = json_field_text(message, FIELD_WHY)};
    struct slice name = json_field_text(message, FIELD_NAME);
    enum role role = ROLE_NONE;
    bool mask = false;
    (void)talk;
    switch ((int)message->type) {
    case TYPE_INVITE: whom.kind = COMMAND_INVITE; break;
    case TYPE_KICK: whom.kind = COMMAND_KICK; break;
    case TYPE_ROLE:
        whom.kind = COMMAND_ROLE;
        check(json_role_find(json_field_text(message, FIELD_ROLE), &role));
        whom.number = role;
        break;
    case TYPE_BAN:
        whom.kind = COMMAND_BAN;
        whom.count = (uint32_t)json_field_number(message, FIELD_HOURS);
        mask = true;
        break;
    case TYPE_MUTE: whom.kind = COMMAND_MUTE; break;
    default: check(false);
    }
    bool restrains = whom.kind == COMMAND_BAN || whom.kind == COMMAND_MUTE;
    if (restrains && !json_field_true(message, FIELD_OFF)) whom.flags = COMMAND_SETS;
    if (!json_text_fits(whom.text, false, decoder)) return;
    if (mask ? decoder_mask(decoder, name, &whom) : decoder_name(decoder, talk, name, &whom))
        if (json_room(message->fields[FIELD_ROOM], decoder, &whom)) decoder->give(decoder, &whom);
}

void json_run_plain(struct talk *talk, const struct json_message *message,
                    struct decoder *decoder) {
    struct command command = {.text = json_field_text(message, FIELD_TEXT)};
    (void)talk;
    switch ((int)message->type) {
    case TYPE_ROOMS: command.kind = COMMAND_ROOMS; break;
    case TYPE_AWAY:
        command.kind = COMMAND_AWAY;
        command.text = json_field_text(message, FIELD_AWAY_TEXT);
        break;
    case TYPE_PING: command.kind = COMMAND_PING; break;
    case TYPE_BYE:
        command.kind = COMMAND_BYE;
        command.flags = COMMAND_LEAVES;
        command.text = slice_head(command.text, WHY_SIZE_MAX);
        break;
    default: check(false);
    }
    if (json_text_fits(command.text, false, decoder)) decoder->give(decoder, &command);
}

void json_run_person(struct talk *talk, const struct json_message *message,
                     struct decoder *decoder) {
    struct command command = {.kind = message->type == TYPE_NICK ? COMMAND_NICK : COMMAND_WHOIS};
    if (json_name(talk, message, decoder, &command)) decoder->give(decoder, &command);
}

void json_run_account(struct talk *talk, const struct json_message *message,
                      struct decoder *decoder) {
    struct command command = {.secret = json_field_text(message, FIELD_PASSWORD)};
    (void)talk;
    switch ((int)message->type) {
    case TYPE_REGISTER: command.kind = COMMAND_REGISTER; break;
    case TYPE_LOGOUT:
        command.kind = COMMAND_LOGOUT;
        if (json_field_true(message, FIELD_ALL)) command.flags = COMMAND_SETS;
        break;
    case TYPE_PASSWORD:
        command.kind = COMMAND_PASSWORD;
        command.secret = json_field_text(message, FIELD_OLD);
        command.text = json_field_text(message, FIELD_NEW);
        break;
    case TYPE_UNREGISTER: command.kind = COMMAND_UNREGISTER; break;
    case TYPE_TOKEN: command.kind = COMMAND_TOKEN; break;
    default: check(false);
    }
    decoder->give(decoder, &command);
}

void json_run_login(struct talk *talk, const struct json_message *message,
                    struct decoder *decoder) {
    struct command command = {.kind = COMMAND_LOGIN,
                              .secret = json_field_text(message, FIELD_PASSWORD)};
    if (message->fields[FIELD_TOKEN]) command.secret = json_field_text(message, FIELD_TOKEN);
    if (json_name(talk, message, decoder, &command)) decoder->give(decoder, &command);
}
