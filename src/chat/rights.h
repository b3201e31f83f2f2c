/* rights.h: who may do what in a room. One table, action by standing: the hub reads it,
 * doc/rights.md is printed from it, and the tests try each of its cells in each dialect. Pure data.
 */
#ifndef CHAT_RIGHTS_H
#define CHAT_RIGHTS_H

#include "base/buf.h"

/* What somebody is in a room for good. The numbers are on disk. */
enum role { ROLE_NONE, ROLE_VOICE, ROLE_OPERATOR, ROLE_OWNER, ROLES };

/* How somebody stands to a room at this moment, the first that is true of her from the end. */
enum standing {
    STANDING_NOBODY,   /* has not said who she is */
    STANDING_BANNED,   /* is not in it and may not enter */
    STANDING_STRANGER, /* is not in it */
    STANDING_MUTED,    /* is in it and may not speak */
    STANDING_MEMBER,
    STANDING_VOICE,
    STANDING_OPERATOR,
    STANDING_OWNER,
    STANDING_ADMIN, /* of the whole server, in the room or not */
    STANDINGS,
};

enum action {
    ACTION_SEE, /* that it exists: list, topic, number of members */
    ACTION_ENTER,
    ACTION_READ, /* history, search, names of members */
    ACTION_SAY,
    ACTION_REACT,
    ACTION_EDIT,
    ACTION_RETRACT,
    ACTION_SET_TOPIC,
    ACTION_INVITE, /* also: take somebody along (pipe 102) */
    ACTION_KICK,
    ACTION_MUTE,
    ACTION_BAN,     /* also: see the lists and the audit log */
    ACTION_FILTER,  /* say which words are not to be said */
    ACTION_VOICE,   /* give or take the voice */
    ACTION_PROMOTE, /* give or take operator and owner */
    ACTION_MODE,
    ACTION_RENAME,
    ACTION_DELETE,
    ACTIONS,
};

enum allowance {
    MAY_NOT,
    MAY,
    MAY_IF_PUBLIC, /* the room is not private, or she is invited */
    MAY_IF_OPEN,   /* neither private nor by invitation, or she is invited; and she knows its key */
    MAY_IF_SPOKEN, /* the room is not moderated; slow mode lets her */
    MAY_IF_OWN,    /* the message is her own, and she may speak */
    MAY_IF_UNRULED, /* no owner of the room is on the server, or the topic is everybody's */
    MAY_IF_OUTSIDE, /* the room hears who is outside, and is not moderated */
    MAY_IF_FREE,    /* the room is not entered by invitation only */
    ALLOWANCES,
};

enum allowance rights_allow(enum action action, enum standing standing);

/* One word each, for documents, logs and commands. */
const char *action_word(enum action action);
const char *standing_word(enum standing standing);
const char *role_word(enum role role);
const char *allowance_words(enum allowance allowance);

/* The table and its words, as a page in Markdown; RIGHTS_TABLE_SIZE bytes are enough. */
enum { RIGHTS_TABLE_SIZE = 8192 };
void rights_table(struct buf *out);

/* False: there is no such role. */
bool role_read(const char *word, unsigned long size, enum role *role);

#endif
