/* refusal.c: the sentences. Each says what was wrong and, where there is a choice, what is
 * allowed; `%` stands for the number, `$` for the text. */
#include "chat/refusal.h"

#include "base/check.h"
#include "base/text.h"

static const char *const sentences[REFUSALS] = {
    [REFUSED_NAME_TAKEN] = "the name $ is taken; choose another",
    [REFUSED_NAME_EMPTY] = "a name cannot be empty",
    [REFUSED_NAME_TOO_LONG] = "the name is too long; at most % bytes",
    [REFUSED_NAME_BAD] = "the name $ is not allowed; use letters of one script, digits and -_[]{}^",
    [REFUSED_NAME_NEEDED] = "say first who you are",
    [REFUSED_NAME_GIVEN] = "you have said who you are already",
    [REFUSED_ROOM_NAME_EMPTY] = "a room is needed",
    [REFUSED_ROOM_NAME_TOO_LONG] = "the room's name is too long; at most % bytes",
    [REFUSED_ROOM_NAME_BAD] =
        "a room cannot be called $; use letters of one script, digits and -_.",
    [REFUSED_ROOM_UNKNOWN] = "there is no room $",
    [REFUSED_ROOM_EXISTS] = "there is a room $ already",
    [REFUSED_ROOM_NEEDED] = "you are in no room; join one first",
    [REFUSED_NOT_IN_ROOM] = "you are not in the room $",
    [REFUSED_ALREADY_IN_ROOM] = "you are in the room $ already",
    [REFUSED_TOO_MANY_ROOMS] = "you are in too many rooms; at most %",
    [REFUSED_ROOMS_FULL] = "the server can hold no more rooms",
    [REFUSED_TEXT_EMPTY] = "a message cannot be empty",
    [REFUSED_TEXT_TOO_LONG] = "the text is too long; at most % bytes",
    [REFUSED_TOPIC_TOO_LONG] = "the topic is too long; at most % bytes",
    [REFUSED_LINE_TOO_LONG] = "the line is too long; at most % bytes",
    [REFUSED_NOT_UTF8] = "the line is not valid UTF-8",
    [REFUSED_BAD_CHARACTER] = "invalid character: NUL and a bare CR are not allowed in a line",
    [REFUSED_COMMAND_UNKNOWN] = "unknown command $",
    [REFUSED_PART_MISSING] = "a part is missing; the form is: $",
    [REFUSED_NUMBER_BAD] = "$ is not a number that is allowed here",
    [REFUSED_ID_NOT_YOURS] = "that id is not yours",
    [REFUSED_ID_BAD] = "the id is no number from 1 to 1073741823",
    [REFUSED_ID_TAKEN] = "that id is taken from another address",
    [REFUSED_PERSON_UNKNOWN] = "there is nobody called $ here",
    [REFUSED_PERSON_NOT_IN_ROOM] = "$ is not in that room",
    [REFUSED_NOT_ALLOWED] = "you are not allowed to do that",
    [REFUSED_TOO_MANY_SESSIONS] = "you are connected too often; at most % times at once",
    [REFUSED_CLIENT_ID_BAD] = "a message id is 1 to 64 printable ASCII characters",
    [REFUSED_CLIENT_ID_REUSED] = "the message id $ was used for another text; nothing was stored",
    [REFUSED_HISTORY_OFF] = "this room keeps no history",
    [REFUSED_STORE_FULL] = "storage full, not stored; try again later",
    [REFUSED_STORE_FAILED] = "the history cannot be read; tell the operator",
    [REFUSED_SERVER_FULL] = "the server is full; try again later",
    [REFUSED_NO_ACCOUNTS] = "this server has no accounts",
    [REFUSED_TOO_SLOW] = "you read too slowly and missed messages; connect again",
    [REFUSED_TOO_LATE] = "you did not say who you are in time",
    [REFUSED_STOPPING] = "the server is stopping; connect again soon",
};

void refusal_say(struct buf *out, enum refusal refusal, uint64_t number, struct slice text) {
    check(refusal > REFUSED_NOT && refusal < REFUSALS);
    struct slice sentence = slice_text(sentences[refusal]);
    for (size_t i = 0; i < sentence.size; i++) {
        if (sentence.at[i] == '%')
            buf_number(out, number);
        else if (sentence.at[i] == '$')
            text_show(out, text);
        else
            buf_byte(out, sentence.at[i]);
    }
}
