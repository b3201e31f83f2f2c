/* refusal.h: every way to be told no, and the plain sentence for it. A dialect puts its own frame
 * around the sentence (`* error: `, `400|0|`, `$$error: `). */
#ifndef CHAT_REFUSAL_H
#define CHAT_REFUSAL_H

#include "base/buf.h"

enum refusal {
    REFUSED_NOT, /* not refused */
    REFUSED_NAME_TAKEN,
    REFUSED_NAME_EMPTY,
    REFUSED_NAME_TOO_LONG, /* number: the limit in bytes */
    REFUSED_NAME_BAD,
    REFUSED_NAME_NEEDED,
    REFUSED_NAME_GIVEN, /* has one already */
    REFUSED_ROOM_NAME_EMPTY,
    REFUSED_ROOM_NAME_TOO_LONG, /* number: the limit in bytes */
    REFUSED_ROOM_NAME_BAD,
    REFUSED_ROOM_UNKNOWN, /* text: what was asked for */
    REFUSED_ROOM_EXISTS,
    REFUSED_ROOM_NEEDED, /* no room is being typed into */
    REFUSED_NOT_IN_ROOM,
    REFUSED_ALREADY_IN_ROOM,
    REFUSED_TOO_MANY_ROOMS, /* number: the limit */
    REFUSED_ROOMS_FULL,     /* the server's own table of rooms */
    REFUSED_TEXT_EMPTY,
    REFUSED_TEXT_TOO_LONG,  /* number: the limit in bytes */
    REFUSED_TOPIC_TOO_LONG, /* number: the limit in bytes */
    REFUSED_LINE_TOO_LONG,  /* number: the limit in bytes */
    REFUSED_NOT_UTF8,
    REFUSED_BAD_CHARACTER,   /* NUL or a bare CR */
    REFUSED_COMMAND_UNKNOWN, /* text: the command's word */
    REFUSED_PART_MISSING,    /* text: the form that is right */
    REFUSED_NUMBER_BAD,      /* text: what was no number */
    REFUSED_ID_NOT_YOURS,
    REFUSED_ID_BAD,
    REFUSED_ID_TAKEN,
    REFUSED_PERSON_UNKNOWN, /* text: the name */
    REFUSED_PERSON_NOT_IN_ROOM,
    REFUSED_NOT_ALLOWED,
    REFUSED_TOO_MANY_SESSIONS, /* number: the limit */
    REFUSED_CLIENT_ID_BAD,
    REFUSED_CLIENT_ID_REUSED,
    REFUSED_HISTORY_OFF,
    REFUSED_STORE_FULL,
    REFUSED_STORE_FAILED, /* reading: the disk gave nothing */
    REFUSED_SERVER_FULL,
    REFUSED_NO_ACCOUNTS, /* this server has none */
    REFUSED_TOO_SLOW,    /* the reader's queue is full */
    REFUSED_TOO_LATE,    /* did not say who it is in time */
    REFUSED_STOPPING,    /* the server is going down */
    REFUSALS,
};

/* The sentence, without a line end. `number` and `text` as said at each refusal; text is shown
 * as text_show() makes it, since it came from a person. */
void refusal_say(struct buf *out, enum refusal refusal, uint64_t number, struct slice text);

#endif
