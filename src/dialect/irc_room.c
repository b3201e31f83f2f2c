/* irc_room.c: rooms: into them, out of them, who is there, what they are about. */
#include "base/utf8.h"
#include "dialect/irc_write.h"

enum { IRC_MISSED_MAX = 100 }; /* messages of one room that are played back */

/* Two steps a room: enter it, then ask who is there, if one was let in: answer_entered(). */
enum decoded irc_join(struct talk *talk, const struct irc_message *message,
                      struct decoder *decoder) {
    bool more, more_keys;
    struct slice target = irc_target(message->params[0], talk->number / 2, &more);
    struct slice key = irc_target(irc_param(message, 1), talk->number / 2, &more_keys);
    struct command command = {
        .kind = COMMAND_JOIN, .flags = COMMAND_WAITS, .reply_code = REPLY_JOIN, .secret = key};
    if (talk->number % 2 == 0) {
        talk->focus.v = 0;
        talk->number++;
        if (irc_channel(talk, decoder, target, &command)) decoder->give(decoder, &command);
        return DECODED_AGAIN;
    }
    struct command who = {.kind = COMMAND_WHO,
                          .flags = COMMAND_WAITS | COMMAND_FULL,
                          .reply_code = REPLY_NAMES,
                          .room_id = talk->focus};
    bool implicit = !(irc_own(talk)->caps & CAP_NO_NAMES);
    if (talk->focus.v != 0 && implicit) decoder->give(decoder, &who);
    return irc_next_target(talk, more);
}

/* A room that she was taken into: by another device of hers, by somebody else, or as she came. */
void irc_list_room(struct talk *talk, struct room_id room, uint64_t missed,
                   struct decoder *decoder) {
    struct command command = {.kind = COMMAND_WHO,
                              .flags = COMMAND_WAITS | COMMAND_FULL,
                              .reply_code = REPLY_NAMES,
                              .room_id = room};
    if (missed > 0)
        command = (struct command){.kind = COMMAND_HISTORY,
                                   .flags = COMMAND_WAITS | COMMAND_NEWEST,
                                   .room_id = room,
                                   .count = IRC_MISSED_MAX,
                                   .after = missed - 1};
    else if (irc_own(talk)->caps & CAP_NO_NAMES)
        return;
    decoder->give(decoder, &command);
}

static struct slice reason(const struct irc_message *message, size_t place) {
    struct slice why = irc_param(message, place);
    return slice_head(why, utf8_cut(why, IRC_REASON_MAX));
}

enum decoded irc_part(struct talk *talk, const struct irc_message *message,
                      struct decoder *decoder) {
    bool more;
    struct slice target = irc_target(message->params[0], talk->number, &more);
    struct command leave = {.kind = COMMAND_LEAVE, .text = reason(message, 1)};
    if (irc_channel(talk, decoder, target, &leave)) decoder->give(decoder, &leave);
    return irc_next_target(talk, more);
}

enum decoded irc_topic(struct talk *talk, const struct irc_message *message,
                       struct decoder *decoder) {
    struct command topic = {.kind = COMMAND_TOPIC,
                            .flags = message->count > 1 ? COMMAND_SETS : 0,
                            .reply_code = REPLY_TOPIC,
                            .text = irc_param(message, 1)};
    if (irc_channel(talk, decoder, message->params[0], &topic)) decoder->give(decoder, &topic);
    return DECODED;
}

enum decoded irc_names(struct talk *talk, const struct irc_message *message,
                       struct decoder *decoder) {
    bool more;
    struct slice target = irc_target(irc_param(message, 0), talk->number, &more);
    struct command who = {
        .kind = COMMAND_WHO, .flags = COMMAND_WAITS | COMMAND_FULL, .reply_code = REPLY_NAMES};
    if (target.size == 0 || target.at[0] != '#')
        irc_echo_line(talk, decoder, "366 % $ :end of the list", target);
    else if (irc_channel(talk, decoder, target, &who))
        decoder->give(decoder, &who);
    return irc_next_target(talk, more);
}

enum decoded irc_list(struct talk *talk, const struct irc_message *message,
                      struct decoder *decoder) {
    (void)talk, (void)message;
    struct command list = {.kind = COMMAND_ROOMS, .flags = COMMAND_WAITS};
    decoder->give(decoder, &list);
    return DECODED;
}

/* `KICK #room a,b :why`; as many rooms as people are taken in pairs (RFC 2812 section 3.2.8). */
enum decoded irc_kick(struct talk *talk, const struct irc_message *message,
                      struct decoder *decoder) {
    bool more, more_rooms;
    struct slice name = irc_target(message->params[1], talk->number, &more);
    struct slice room = irc_target(message->params[0], talk->number, &more_rooms);
    struct command kick = {
        .kind = COMMAND_KICK, .reply_code = REPLY_KICK, .text = reason(message, 2)};
    if (room.size == 0) room = irc_target(message->params[0], 0, &more_rooms);
    if (irc_channel(talk, decoder, room, &kick) && decoder_name(decoder, talk, name, &kick))
        decoder->give(decoder, &kick);
    return irc_next_target(talk, more);
}

enum decoded irc_invite(struct talk *talk, const struct irc_message *message,
                        struct decoder *decoder) {
    struct command invite = {
        .kind = COMMAND_INVITE, .flags = COMMAND_WAITS, .reply_code = REPLY_INVITE};
    if (message->count < 2) {
        irc_echo_line(talk, decoder, "461 % INVITE :not enough parameters");
        return DECODED;
    }
    if (irc_channel(talk, decoder, message->params[1], &invite) &&
        decoder_name(decoder, talk, message->params[0], &invite))
        decoder->give(decoder, &invite);
    return DECODED;
}
