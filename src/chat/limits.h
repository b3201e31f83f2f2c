/* limits.h: every limit of the chat that sizes memory, with its unit. What an operator may lower
 * is in the configuration; its largest value is here. */
#ifndef CHAT_LIMITS_H
#define CHAT_LIMITS_H

enum {
    USER_NAME_SIZE_MAX = 48, /* bytes, of a person's name */
    USER_KEY_MAX = 64,       /* bytes, of its canonical form */
    ROOM_NAME_SIZE_MAX = 64, /* bytes, of a room's name */
    ROOM_KEY_MAX = 96,       /* bytes, of its canonical form */
    TOPIC_SIZE_MAX = 2048,   /* bytes */
    AWAY_SIZE_MAX = 400,     /* bytes */
    TEXT_SIZE_MAX = 1048576, /* bytes, of one message; the setting max_message is lower */
    TEXT_LINES_MAX = 1000,   /* lines of one message */
    CLIENT_ID_SIZE_MAX = 64, /* bytes of printable ASCII */
    WORKERS_MAX = 32,        /* threads; a set of workers is one uint32_t */
    USER_ROOMS_MAX = 100,    /* rooms one person may be in, the most the setting allows */
    USER_SESSIONS_MAX = 16,  /* connections of one person at once */
    ROOMS_MAX = 131072,      /* rooms in memory, the private channels of `dollar` among them */
    ADMIT_MAX = 32,          /* people one command may admit or remove */
    PAGE_ENTRIES_MAX = 64,   /* names or rooms in one piece of a long answer */
    SEQ_BITS = 40,           /* a room's numbers: a million messages a second for 12 days */
    ROOM_NUMBER_BITS = 22,   /* rooms ever made on one server: 4 million */
};

#endif
