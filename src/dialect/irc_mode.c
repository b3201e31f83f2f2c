/* irc_mode.c: MODE, of a room or of a person. */
#include "dialect/irc_people.h"

enum decoded irc_mode(struct talk *talk, const struct irc_message *message,
                      struct decoder *decoder) {
    struct slice target = message->params[0];
    if (target.size == 0 || target.at[0] != '#') return irc_user_mode(talk, message, decoder);
    irc_room_mode(talk, message, decoder);
    return DECODED;
}
