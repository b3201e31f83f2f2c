/* rest_room.c: requests about rooms and about what people are in them. */
#include "chat/rights.h"
#include "dialect/json_event.h"
#include "dialect/rest.h"

enum decoded rest_rooms(struct rest_call *rest) {
    rest->own->full = true;
    return rest_give(rest, &(struct command){.kind = COMMAND_ROOMS, .flags = COMMAND_FULL});
}

enum decoded rest_room_create(struct rest_call *rest) {
    rest->parts[0] = rest_text(rest, "name");
    rest->part_count = 1;
    return rest_give_room(rest, &(struct command){.kind = COMMAND_CREATE});
}

enum decoded rest_room_show(struct rest_call *rest) {
    return rest_give_room(rest, &(struct command){.kind = COMMAND_TOPIC});
}

/* A topic or a name, one at a time: each is an event of its own. */
enum decoded rest_room_change(struct rest_call *rest) {
    bool topic = json_object_get(rest->body, "topic"), name = json_object_get(rest->body, "name");
    if (topic == name)
        return rest_fail(rest, 400, "part_missing", "either topic or name is to be set");
    if (topic) {
        struct command command = {
            .kind = COMMAND_TOPIC, .flags = COMMAND_SETS, .text = rest_text(rest, "topic")};
        if (!rest_line_fits(rest, command.text)) return DECODED;
        return rest_give_room(rest, &command);
    }
    struct command renamed = {.kind = COMMAND_RENAME}, command = renamed;
    char key[ROOM_KEY_MAX];
    if (!decoder_room(rest->decoder, rest_text(rest, "name"), &renamed)) return DECODED;
    command.name = renamed.room;
    memcpy(key, renamed.room_key.at, renamed.room_key.size);
    command.name_key = (struct slice){key, renamed.room_key.size};
    return rest_give_room(rest, &command);
}

enum decoded rest_room_delete(struct rest_call *rest) {
    return rest_give_room(rest, &(struct command){.kind = COMMAND_DELETE});
}

enum decoded rest_enter(struct rest_call *rest) {
    return rest_give_room(rest, &(struct command){.kind = COMMAND_JOIN,
                                                  .flags = COMMAND_EXISTS,
                                                  .secret = rest_text(rest, "key")});
}

enum decoded rest_leave(struct rest_call *rest) {
    return rest_give_room(rest, &(struct command){.kind = COMMAND_LEAVE});
}

enum decoded rest_members(struct rest_call *rest) {
    return rest_give_room(rest, &(struct command){.kind = COMMAND_WHO, .flags = COMMAND_FULL});
}

/* The second part of the path is a person. */
static enum decoded give_about(struct rest_call *rest, struct command *command) {
    if (!decoder_name(rest->decoder, rest->talk, rest->parts[1], command)) return DECODED;
    return rest_give_room(rest, command);
}

/* Or a mask, or a network. */
static enum decoded give_about_mask(struct rest_call *rest, struct command *command) {
    if (!decoder_mask(rest->decoder, rest->parts[1], command)) return DECODED;
    return rest_give_room(rest, command);
}

enum decoded rest_kick(struct rest_call *rest) {
    struct command kick = {.kind = COMMAND_KICK};
    (void)rest_param(rest, "why", &kick.text);
    return give_about(rest, &kick);
}

enum decoded rest_role(struct rest_call *rest) {
    struct command command = {.kind = COMMAND_ROLE};
    enum role role;
    if (!json_role_find(rest_text(rest, "role"), &role))
        return rest_wrong(rest, REFUSED_SETTING_BAD, 0,
                          slice_of("role: member, voice, operator, owner"));
    command.number = role;
    return give_about(rest, &command);
}

enum decoded rest_modes(struct rest_call *rest) {
    return rest_give_room(rest, &(struct command){.kind = COMMAND_ROOM_MODES});
}

enum decoded rest_mode(struct rest_call *rest) {
    struct command command = {.kind = COMMAND_MODE};
    const json_t *value = json_object_get(rest->body, "value");
    enum room_setting setting;
    if (!setting_find(rest->parts[1], &setting))
        return rest_wrong(rest, REFUSED_SETTING_BAD, 0, rest->parts[1]);
    command.setting = (uint8_t)setting;
    enum setting_value kind = setting_value(setting);
    bool fits = kind == SETTING_SWITCH   ? json_is_boolean(value)
                : kind == SETTING_NUMBER ? json_is_integer(value) && json_integer_value(value) >= 0
                                         : json_is_string(value);
    if (!fits) return rest_wrong(rest, REFUSED_SETTING_BAD, 0, slice_of("value"));
    if (kind == SETTING_SWITCH) command.number = json_is_true(value);
    if (kind == SETTING_NUMBER) command.number = (uint64_t)json_integer_value(value);
    if (kind == SETTING_WORD) command.text = rest_text(rest, "value");
    return rest_give_room(rest, &command);
}

static enum decoded restrain(struct rest_call *rest, enum command_kind kind, bool sets) {
    struct command command = {.kind = kind, .flags = sets ? COMMAND_SETS : 0};
    uint64_t hours = 0;
    if (sets && (!rest_number(rest, "minutes", RESTRAINT_MINUTES_MAX, &command.number) ||
                 !rest_number(rest, "hours", PURGE_HOURS_MAX, &hours)))
        return DECODED;
    command.count = (uint32_t)hours;
    if (sets) command.text = rest_text(rest, "why");
    if (!rest_line_fits(rest, command.text)) return DECODED;
    return kind == COMMAND_BAN ? give_about_mask(rest, &command) : give_about(rest, &command);
}

enum decoded rest_ban(struct rest_call *rest) {
    return restrain(rest, COMMAND_BAN, true);
}

enum decoded rest_unban(struct rest_call *rest) {
    return restrain(rest, COMMAND_BAN, false);
}

enum decoded rest_mute(struct rest_call *rest) {
    return restrain(rest, COMMAND_MUTE, true);
}

enum decoded rest_unmute(struct rest_call *rest) {
    return restrain(rest, COMMAND_MUTE, false);
}

enum decoded rest_invite(struct rest_call *rest) {
    return give_about(rest, &(struct command){.kind = COMMAND_INVITE});
}

enum decoded rest_restraints(struct rest_call *rest) {
    return rest_give_room(rest, &(struct command){.kind = COMMAND_RESTRAINTS});
}
