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
    [REFUSED_ROOM_NEEDED] = "you type into no room; join one first",
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
    [REFUSED_NOTHING_TOLD] = "you and $ have told each other nothing",
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
    [REFUSED_NO_GUESTS] = "this server has no guests; log in: /login NAME PASSWORD",
    [REFUSED_NO_REGISTRATION] = "accounts are made by the operator of this server",
    [REFUSED_NAME_RESERVED] = "the name $ is an account's; log in to use it, or choose another",
    [REFUSED_NAME_LIKE] = "the name $ looks like one that is taken; choose another",
    [REFUSED_LOGIN_WRONG] = "wrong name or password",
    [REFUSED_LOGIN_WAIT] = "too many wrong passwords; try again in % seconds",
    [REFUSED_LOGIN_BUSY] = "too many people are logging in; try again in % seconds",
    [REFUSED_LOGIN_NEEDED] = "only somebody with an account can do that; log in first",
    [REFUSED_LOGIN_GIVEN] = "you are logged in already",
    [REFUSED_LOGIN_PLAIN] = "no password is taken over a connection that is not encrypted",
    [REFUSED_SECRET_BAD] = "a password has 1 to % bytes and no control characters",
    [REFUSED_ACCOUNT_GONE] = "your account was deleted",
    [REFUSED_LOGGED_OUT] = "you are logged out",
    [REFUSED_ACCOUNTS_FULL] = "the server can hold no more accounts",
    [REFUSED_ACCOUNT_UNKNOWN] = "there is no account $",
    [REFUSED_ACCOUNT_EXISTS] = "there is an account $ already",
    [REFUSED_BANNED] = "you are banned from the room $",
    [REFUSED_MUTED] = "you are muted in the room $",
    [REFUSED_MODERATED] = "the room $ is moderated: who has no voice only reads",
    [REFUSED_TOO_SOON] = "the room is in slow mode; speak again in % seconds",
    [REFUSED_INVITE_NEEDED] = "the room $ is entered by invitation only",
    [REFUSED_FORWARDED] = "you may not enter; here is $ instead",
    [REFUSED_FORWARD_BAD] = "there is no room $ to take people into",
    [REFUSED_ROOM_FULL] = "the room $ is full",
    [REFUSED_KEY_NEEDED] = "the room $ has a key; enter it with: ROOM KEY",
    [REFUSED_RANK] = "she stands above you in this room",
    [REFUSED_HAS_ROLE] = "$ has a role here, which must be taken first",
    [REFUSED_NOTHING_HOLDS] = "nothing of that kind holds for $",
    [REFUSED_ROOM_KEY_BAD] = "a room's key has at most % bytes and no blanks",
    [REFUSED_LIST_FULL] = "the list is full; at most % entries",
    [REFUSED_MASK_BAD] = "$ is neither a name, a mask with * or ?, nor a network",
    [REFUSED_NETWORK_BAD] = "$ is not a network; one is 192.0.2.0/24, 2001:db8::/32 or an address",
    [REFUSED_SETTING_BAD] = "that cannot be set; what can: $",
    [REFUSED_MESSAGE_UNKNOWN] = "there is no message %",
    [REFUSED_MESSAGE_GONE] = "the message % was removed",
    [REFUSED_REACTION_BAD] = "a reaction is one word of at most % bytes",
    [REFUSED_CURSOR_BAD] = "that cursor is not one of this room",
    [REFUSED_QUERY_BROAD] = "the search takes too long; ask for more or rarer words",
    [REFUSED_QUERY_BAD] = "the search is not understood at $",
    [REFUSED_SEARCH_OFF] = "this server does not search",
    [REFUSED_TOO_MANY_NEW] = "you write to too many people for the first time; at most % a minute",
    [REFUSED_SLOW_DOWN] = "slow down; try again in % seconds",
    [REFUSED_FILTERED] = "that was not said: a filter here is about such words",
    [REFUSED_FILTER_MUTES] = ("that was not said: a filter here is about such words; you are "
                              "muted for % seconds"),
    [REFUSED_FILTER_BAD] = "a filter is letters and digits, with * and ?, at most % bytes",
    [REFUSED_LOCKED] = "nobody new comes in at present; who has an account may log in",
    [REFUSED_NETWORK_BANNED] = "your network is banned from this server",
    [REFUSED_RESTORING] = "that cannot be done: $",
    [REFUSED_TOO_SLOW] = "you read too slowly and missed messages; connect again",
    [REFUSED_FLOOD] = "you went on sending more than this server takes; connect again",
    [REFUSED_TOO_LATE] = "you did not say who you are in time",
    [REFUSED_STOPPING] = "the server is stopping; connect again soon",
    [REFUSED_KILLED] = "an administrator sent you away: $",
    [REFUSED_SERVER_PASSWORD] = ("this server asks for its password, which only an IRC client "
                                 "can say: PASS"),
    [REFUSED_SCOPE] = "that token has no scope $",
    [REFUSED_SILENT] = "only who is here, in a chat client, can do that",
    [REFUSED_TOKEN_UNKNOWN] = "there is no token %",
    [REFUSED_TOKEN_NAME_BAD] = "a token needs a name, of at most % bytes in one line",
    [REFUSED_INVITATION_BAD] = "that invitation is not good, or not any more",
    [REFUSED_CERT_MISSING] = "your client showed no certificate",
    [REFUSED_CERT_TAKEN] = "that certificate is an account's already",
    [REFUSED_CERT_UNKNOWN] = "your account has no such certificate",
    [REFUSED_TOKENS_FULL] = "an account has at most % tokens with names; delete one first",
    [REFUSED_MESSAGE_BAD] = "the message is not understood: $",
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

bool refusal_has_number(enum refusal refusal) {
    check(refusal > REFUSED_NOT && refusal < REFUSALS);
    return strchr(sentences[refusal], '%') != NULL;
}
