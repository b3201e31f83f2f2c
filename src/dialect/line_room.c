/* line_room.c: the line dialect's commands about rooms: which there are, who is in them, what they
 * are like. */
#include "dialect/line.h"

void line_join(struct talk *talk, struct slice rest, struct decoder *decoder) {
    struct command command = {.kind = COMMAND_JOIN,
                              .flags = COMMAND_WAITS,
                              .reply_code = REPLY_TYPED,
                              .count = talk->manner->backlog_lines};
    struct slice room = slice_word(&rest);
    if (room.size > 1 && room.at[0] == '#') room = slice_from(room, 1);
    command.secret = slice_trim(rest);
    if (room.size == 0)
        line_missing(decoder, "/join");
    else if (decoder_room(decoder, room, &command))
        decoder->give(decoder, &command);
}

void line_leave(struct talk *talk, struct slice rest, struct decoder *decoder) {
    struct command command = line_command(talk, COMMAND_LEAVE);
    command.flags = COMMAND_WAITS; /* what is typed next goes to another room */
    if (line_room(talk, rest, decoder, &command)) decoder->give(decoder, &command);
}

void line_rooms(struct talk *talk, struct slice rest, struct decoder *decoder) {
    (void)talk, (void)rest;
    struct command command = {.kind = COMMAND_ROOMS, .flags = COMMAND_WAITS};
    decoder->give(decoder, &command);
}

void line_who(struct talk *talk, struct slice rest, struct decoder *decoder) {
    struct command command = {.kind = COMMAND_WHO, .flags = COMMAND_WAITS};
    if (line_room(talk, rest, decoder, &command)) decoder->give(decoder, &command);
}

void line_topic(struct talk *talk, struct slice rest, struct decoder *decoder) {
    struct command command = line_command(talk, COMMAND_TOPIC);
    command.text = slice_trim(rest);
    if (command.text.size > 0) command.flags = COMMAND_SETS;
    decoder->give(decoder, &command);
}

void line_invite(struct talk *talk, struct slice rest, struct decoder *decoder) {
    struct command command = line_command(talk, COMMAND_INVITE);
    struct slice name = slice_word(&rest);
    if (name.size == 0)
        line_missing(decoder, "/invite");
    else if (decoder_name(decoder, talk, name, &command))
        decoder->give(decoder, &command);
}

/* A name as of a room that is to be made; the hub looks the key up as one of a room. */
void line_rename(struct talk *talk, struct slice rest, struct decoder *decoder) {
    struct command command = line_command(talk, COMMAND_RENAME);
    struct slice name = slice_word(&rest);
    if (name.size > 1 && name.at[0] == '#') name = slice_from(name, 1);
    if (name.size == 0) {
        line_missing(decoder, "/rename");
        return;
    }
    if (!decoder_room(decoder, name, &command)) return;
    if (command.room_key.size == 0) { /* a number or an id */
        decoder_refuse(decoder, REFUSED_ROOM_NAME_BAD, 0, name, 0);
        return;
    }
    command.name = command.room;
    command.name_key = command.room_key;
    command.room = command.room_key = (struct slice){0};
    decoder->give(decoder, &command);
}

void line_delete(struct talk *talk, struct slice rest, struct decoder *decoder) {
    struct command command = line_command(talk, COMMAND_DELETE);
    command.flags = COMMAND_WAITS; /* what is typed next goes to another room */
    if (line_room(talk, rest, decoder, &command)) decoder->give(decoder, &command);
}

/* `off` is 0 and no key in each of them. */
static bool value_read(enum setting_value kind, struct slice value, struct command *command) {
    bool off = slice_equal(value, slice_of("off"));
    command->number = 0;
    if (off) return true;
    if (kind == SETTING_NUMBER) return slice_number(value, UINT32_MAX, &command->number);
    command->number = 1;
    if (kind == SETTING_SWITCH) return slice_equal(value, slice_of("on"));
    command->text = value;
    return true;
}

void line_mode(struct talk *talk, struct slice rest, struct decoder *decoder) {
    struct command command = line_command(talk, COMMAND_MODE);
    struct slice word = slice_word(&rest), value = slice_trim(rest);
    enum room_setting setting;
    if (word.size == 0) { /* what there is */
        command.kind = COMMAND_HELP;
        command.text = slice_of("mode");
        decoder->give(decoder, &command);
        return;
    }
    if (!setting_find(word, &setting)) {
        decoder_refuse(decoder, REFUSED_SETTING_BAD, 0, slice_text(setting_words), 0);
        return;
    }
    enum setting_value kind = setting_value(setting);
    command.setting = (uint8_t)setting;
    if (value.size == 0)
        line_missing(decoder, "/mode");
    else if (value_read(kind, value, &command))
        decoder->give(decoder, &command);
    else if (kind == SETTING_NUMBER)
        decoder_refuse(decoder, REFUSED_NUMBER_BAD, 0, value, 0);
    else
        decoder_refuse(decoder, REFUSED_SETTING_BAD, 0, slice_of("on or off"), 0);
}
