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
    REFUSED_NOTHING_TOLD, /* text: the name: no direct message passed between the two */
    REFUSED_NOT_ALLOWED,
    REFUSED_TOO_MANY_SESSIONS, /* number: the limit */
    REFUSED_CLIENT_ID_BAD,
    REFUSED_CLIENT_ID_REUSED,
    REFUSED_HISTORY_OFF,
    REFUSED_STORE_FULL,
    REFUSED_STORE_FAILED, /* reading: the disk gave nothing */
    REFUSED_SERVER_FULL,
    REFUSED_NO_ACCOUNTS, /* this server has none */
    REFUSED_NO_GUESTS,   /* one must log in */
    REFUSED_NO_REGISTRATION,
    REFUSED_NAME_RESERVED, /* it is an account's: log in */
    REFUSED_NAME_LIKE,     /* text: it looks like a name that is taken */
    REFUSED_LOGIN_WRONG,   /* name or password, whichever */
    REFUSED_LOGIN_WAIT,    /* number: seconds */
    REFUSED_LOGIN_BUSY,    /* number: seconds */
    REFUSED_LOGIN_NEEDED,  /* only an account can */
    REFUSED_LOGIN_GIVEN,   /* is logged in already */
    REFUSED_LOGIN_PLAIN,   /* the line is not encrypted */
    REFUSED_SECRET_BAD,    /* number: the longest, bytes */
    REFUSED_ACCOUNT_GONE,  /* close: it was deleted */
    REFUSED_LOGGED_OUT,    /* close */
    REFUSED_ACCOUNTS_FULL,
    REFUSED_ACCOUNT_UNKNOWN, /* text: the name; to administrators only */
    REFUSED_ACCOUNT_EXISTS,
    REFUSED_BANNED,
    REFUSED_MUTED, /* number: seconds left, 0 for ever */
    REFUSED_MODERATED,
    REFUSED_TOO_SOON, /* slow mode; number: seconds left */
    REFUSED_INVITE_NEEDED,
    REFUSED_FORWARDED,     /* text: the room entered instead */
    REFUSED_FORWARD_BAD,   /* text: the room that was named */
    REFUSED_ROOM_FULL,     /* of members */
    REFUSED_KEY_NEEDED,    /* the room's key is missing or wrong */
    REFUSED_RANK,          /* she stands above you */
    REFUSED_HAS_ROLE,      /* text: the name: who runs a room is neither banned nor muted there */
    REFUSED_NOTHING_HOLDS, /* text: the name: there is nothing to lift */
    REFUSED_ROOM_KEY_BAD,  /* number: the longest, bytes */
    REFUSED_LIST_FULL,     /* number: entries at most */
    REFUSED_MASK_BAD,
    REFUSED_NETWORK_BAD,     /* text: what is none */
    REFUSED_SETTING_BAD,     /* text: what may be set */
    REFUSED_MESSAGE_UNKNOWN, /* number: its seq */
    REFUSED_MESSAGE_GONE,
    REFUSED_REACTION_BAD,
    REFUSED_CURSOR_BAD,
    REFUSED_QUERY_BROAD, /* a search that takes too long */
    REFUSED_QUERY_BAD,   /* text: what is not understood */
    REFUSED_SEARCH_OFF,
    REFUSED_TOO_MANY_NEW,    /* direct messages to new people; number: a minute */
    REFUSED_SLOW_DOWN,       /* number: seconds */
    REFUSED_FILTERED,        /* the words of a filter are in it */
    REFUSED_FILTER_MUTES,    /* the same; number: seconds of the mute */
    REFUSED_FILTER_BAD,      /* number: the longest, bytes */
    REFUSED_LOCKED,          /* nobody new comes in */
    REFUSED_NETWORK_BANNED,  /* close: from the whole server */
    REFUSED_RESTORING,       /* what the control socket asked cannot be done; text: why */
    REFUSED_TOO_SLOW,        /* the reader's queue is full */
    REFUSED_FLOOD,           /* more than the rate allows, without a break, for too long */
    REFUSED_TOO_LATE,        /* did not say who it is in time */
    REFUSED_STOPPING,        /* the server is going down */
    REFUSED_KILLED,          /* by an administrator; text: why */
    REFUSED_SERVER_PASSWORD, /* the server has one, which this dialect cannot say */
    REFUSED_SCOPE,           /* text: the scope that the token lacks */
    REFUSED_SILENT,          /* only who is here can */
    REFUSED_TOKEN_UNKNOWN,   /* number: its own */
    REFUSED_TOKEN_NAME_BAD,  /* number: the longest, bytes */
    REFUSED_INVITATION_BAD,
    REFUSED_CERT_MISSING, /* no certificate was shown, or no fingerprint given */
    REFUSED_CERT_TAKEN,
    REFUSED_CERT_UNKNOWN,
    REFUSED_TOKENS_FULL, /* number: of one account at most */
    REFUSED_MESSAGE_BAD, /* JSON: text: what is wrong with it */
    REFUSALS,
};

/* The sentence, without a line end. `number` and `text` as said at each refusal; text is shown
 * as text_show() makes it, since it came from a person. */
void refusal_say(struct buf *out, enum refusal refusal, uint64_t number, struct slice text);

/* Its number is said in it. */
bool refusal_has_number(enum refusal refusal);

#endif
