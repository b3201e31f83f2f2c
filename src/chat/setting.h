/* setting.h: what can be set of a room, and how it is called by people, in what is stored and by
 * scripts. */
#ifndef CHAT_SETTING_H
#define CHAT_SETTING_H

#include "base/slice.h"

/* What COMMAND_MODE sets of a room; `number` is 1 or 0 where nothing else is said. */
enum room_setting {
    SETTING_PRIVATE,         /* in no list, entered by invitation only, unknown to strangers */
    SETTING_INVITE_ONLY,     /* entered by invitation only */
    SETTING_MODERATED,       /* members without a role only read */
    SETTING_KEY,             /* text: the word one must know to enter; empty: none */
    SETTING_SLOW,            /* number: seconds between two messages of a member; 0: none */
    SETTING_HISTORY,         /* texts are kept */
    SETTING_RETENTION_DAYS,  /* number; 0: the server's */
    SETTING_RETENTION_COUNT, /* number of messages; 0: all */
    SETTING_SECRET,          /* in no list */
    SETTING_TOPIC_FREE,      /* every member sets the topic */
    SETTING_OUTSIDE,         /* who is not in it may speak to it */
    SETTING_NO_CTCP,         /* no CTCP but ACTION */
    SETTING_KNOWN_SPEAK,     /* guests need a voice to speak */
    SETTING_KNOWN_ENTER,     /* guests need an invitation to enter */
    SETTING_LIMIT,           /* number: of members, who enters uninvited finds it full; 0: none */
    SETTING_OP_MODERATED,    /* who has no role is heard by operators alone, live: IRC shows it */
    SETTING_AUDITORIUM,      /* who has no role is seen by operators alone */
    SETTING_FORWARD, /* name: of the room into which IRC clients are taken that may not enter
                        this one. IRC alone sets it */
    ROOM_SETTINGS,
};

enum setting_value { SETTING_SWITCH, SETTING_NUMBER, SETTING_WORD };

const char *setting_word(enum room_setting setting);
enum setting_value setting_value(enum room_setting setting);

/* False: there is none of that name. */
bool setting_find(struct slice word, enum room_setting *setting);

/* All but SETTING_FORWARD, with commas between them: for whoever named another. */
extern const char setting_words[];

#endif
