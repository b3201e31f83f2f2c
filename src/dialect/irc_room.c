/* irc_room.c: rooms: into them, out of them, who is there, what they are about. */
#include "base/utf8.h"
#include "dialect/irc_fact.h"

enum { IRC_MISSED_MAX = 100 }; /* messages of one room that are played back */

/* Three steps a room: enter it, then ask who is there, if one was let in: answer_entered(); then
 * what is known of them. */
enum decoded irc_join(struct talk *talk, const struct irc_message *message,
                      struct decoder *decoder) {
    bool more, more_keys;
    struct slice target = irc_target(message->params[0], talk->number / 3, &more);
    if (talk->number == 0 && slice_equal(message->params[0], slice_of("0"))) {
        struct command all = {.kind = COMMAND_LEAVE, .flags = COMMAND_FULL};
        decoder->give(decoder, &all); /* RFC 2812 section 3.2.1 */
        return DECODED;
    }
    struct slice key = irc_target(irc_param(message, 1), talk->number / 3, &more_keys);
    struct command command = {
        .kind = COMMAND_JOIN, .flags = COMMAND_WAITS, .reply_code = REPLY_JOIN, .secret = key};
    if (talk->number % 3 == 0) {
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
    if (talk->number % 3 == 2) {
        if (talk->focus.v != 0) irc_sync_joined(talk, talk->focus, decoder);
        return irc_next_target(talk, more);
    }
    talk->number++;
    if (talk->focus.v != 0 && implicit) decoder->give(decoder, &who);
    return irc_own(talk)->subs_size > 0 ? DECODED_AGAIN : irc_next_target(talk, more);
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

/* Of several rooms the names come one after the other, and one end for all. None named: of every
 * room that she may see, then who is in none of them, as `*` (RFC 2812 section 3.2.5). */
enum decoded irc_names(struct talk *talk, const struct irc_message *message,
                       struct decoder *decoder) {
    bool more;
    struct slice targets = irc_param(message, 0), target = irc_target(targets, talk->number, &more);
    bool several = targets.size > 0 && memchr(targets.at, ',', targets.size);
    struct command who = {.kind = COMMAND_WHO,
                          .flags = COMMAND_WAITS | COMMAND_FULL,
                          .reply_code = several ? REPLY_NAMES_PART : REPLY_NAMES};
    bool room = target.size > 1 && target.at[0] == '#';
    if (targets.size == 0) {
        who.kind = COMMAND_PEOPLE;
        who.flags |= COMMAND_INSIDE;
        decoder->give(decoder, &who);
    } else if (!several && !room)
        irc_echo_line(talk, decoder, "366 % $ :end of the list", target);
    else if (room && decoder_room(decoder, slice_from(target, 1), &who))
        decoder->give(decoder, &who);
    if (several && !more) irc_echo_line(talk, decoder, "366 % @ :end of the list", targets);
    return irc_next_target(talk, more);
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
    if (message->count == 0) { /* where one is invited (RPL_INVITELIST) */
        struct command list = {.kind = COMMAND_TARGETS,
                               .flags = COMMAND_WAITS | COMMAND_INSIDE,
                               .reply_code = REPLY_INVITED};
        decoder->give(decoder, &list);
        return DECODED;
    }
    if (message->count < 2) {
        irc_echo_line(talk, decoder, "461 % INVITE :not enough parameters");
        return DECODED;
    }
    if (irc_channel(talk, decoder, message->params[1], &invite) &&
        decoder_name(decoder, talk, message->params[0], &invite))
        decoder->give(decoder, &invite);
    return DECODED;
}

/* draft/channel-rename */
enum decoded irc_rename(struct talk *talk, const struct irc_message *message,
                        struct decoder *decoder) {
    struct command rename = {.kind = COMMAND_RENAME,
                             .flags = COMMAND_WAITS,
                             .reply_code = REPLY_RENAME,
                             .text = reason(message, 2)};
    struct command name = {.reply_code = REPLY_RENAME};
    struct slice fresh = message->params[1];
    if (fresh.size < 2 || fresh.at[0] != '#') {
        irc_echo_line(talk, decoder, "FAIL RENAME CANNOT_RENAME $ @ :a channel begins with \\#",
                      message->params[0], fresh);
        return DECODED;
    }
    char key[NAME_KEY_SIZE_MAX];
    if (!decoder_room(decoder, slice_from(fresh, 1), &name)) return DECODED;
    memcpy(key, name.room_key.at, name.room_key.size); /* the other name's takes its place */
    rename.name = name.room;
    rename.name_key = (struct slice){key, name.room_key.size};
    if (irc_channel(talk, decoder, message->params[0], &rename)) decoder->give(decoder, &rename);
    return DECODED;
}
