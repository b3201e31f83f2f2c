/* rights.c: the table itself, and the words for its parts. */
#include "chat/rights.h"

#include <string.h>

#include "base/check.h"

enum { N = MAY_NOT, Y = MAY, P = MAY_IF_PUBLIC, O = MAY_IF_OPEN, S = MAY_IF_SPOKEN };
enum { M = MAY_IF_OWN, U = MAY_IF_UNRULED, X = MAY_IF_OUTSIDE, F = MAY_IF_FREE };

/* clang-format off */
static const unsigned char rights[ACTIONS][STANDINGS] = {
    /*                   nobody banned stranger muted member voice operator owner admin */
    [ACTION_SEE]       = {N,    P,     P,       Y,    Y,     Y,    Y,       Y,    Y},
    [ACTION_ENTER]     = {N,    N,     O,       Y,    Y,     Y,    Y,       Y,    Y},
    [ACTION_READ]      = {N,    N,     O,       Y,    Y,     Y,    Y,       Y,    Y},
    [ACTION_SAY]       = {N,    N,     X,       N,    S,     Y,    Y,       Y,    Y},
    [ACTION_REACT]     = {N,    N,     N,       N,    S,     Y,    Y,       Y,    Y},
    [ACTION_EDIT]      = {N,    N,     N,       N,    M,     M,    M,       M,    M},
    [ACTION_RETRACT]   = {N,    N,     N,       M,    M,     M,    Y,       Y,    Y},
    [ACTION_SET_TOPIC] = {N,    N,     N,       N,    U,     U,    Y,       Y,    Y},
    [ACTION_INVITE]    = {N,    N,     N,       N,    F,     F,    Y,       Y,    Y},
    [ACTION_KICK]      = {N,    N,     N,       N,    N,     N,    Y,       Y,    Y},
    [ACTION_MUTE]      = {N,    N,     N,       N,    N,     N,    Y,       Y,    Y},
    [ACTION_BAN]       = {N,    N,     N,       N,    N,     N,    Y,       Y,    Y},
    [ACTION_FILTER]    = {N,    N,     N,       N,    N,     N,    Y,       Y,    Y},
    [ACTION_VOICE]     = {N,    N,     N,       N,    N,     N,    Y,       Y,    Y},
    [ACTION_PROMOTE]   = {N,    N,     N,       N,    N,     N,    N,       Y,    Y},
    [ACTION_MODE]      = {N,    N,     N,       N,    N,     N,    Y,       Y,    Y},
    [ACTION_RENAME]    = {N,    N,     N,       N,    N,     N,    N,       Y,    Y},
    [ACTION_DELETE]    = {N,    N,     N,       N,    N,     N,    N,       Y,    Y},
};
/* clang-format on */

enum allowance rights_allow(enum action action, enum standing standing) {
    check(action < ACTIONS && standing < STANDINGS);
    return (enum allowance)rights[action][standing];
}

const char *action_word(enum action action) {
    static const char *const words[ACTIONS] = {
        "see",  "enter", "read", "say",    "react", "edit",    "retract", "topic",  "invite",
        "kick", "mute",  "ban",  "filter", "voice", "promote", "mode",    "rename", "delete"};
    check(action < ACTIONS);
    return words[action];
}

const char *standing_word(enum standing standing) {
    static const char *const words[STANDINGS] = {
        "nobody", "banned", "stranger", "muted", "member", "voice", "operator", "owner", "admin"};
    check(standing < STANDINGS);
    return words[standing];
}

const char *role_word(enum role role) {
    static const char *const words[ROLES] = {"member", "voice", "operator", "owner"};
    check(role < ROLES);
    return words[role];
}

const char *allowance_words(enum allowance allowance) {
    static const char *const words[ALLOWANCES] = {
        "never",
        "always",
        "the room is not private, or she is invited",
        ("the room is neither private nor by invitation and she knows its key if it has one, or "
         "she is invited"),
        "the room is not moderated, and slow mode lets her",
        "the message is her own",
        "no owner of the room is on the server, or the topic is everybody's",
        "the room hears who is outside, and is not moderated",
        "the room is not entered by invitation only"};
    check(allowance < ALLOWANCES);
    return words[allowance];
}

bool role_read(const char *word, unsigned long size, enum role *role) {
    for (enum role i = ROLE_NONE; i < ROLES; i++) {
        if (strlen(role_word(i)) != size || memcmp(role_word(i), word, size) != 0) continue;
        *role = i;
        return true;
    }
    return false;
}
