/* limits.h: every limit of the chat that sizes memory, with its unit. What an operator may lower
 * is in the configuration; its largest value is here. */
#ifndef CHAT_LIMITS_H
#define CHAT_LIMITS_H

enum {
    USER_NAME_SIZE_MAX = 48,    /* bytes, of a person's name */
    USER_KEY_MAX = 64,          /* bytes, of its canonical form */
    NAME_SKELETON_MAX = 192,    /* bytes, of the form by which names look alike */
    ROOM_NAME_SIZE_MAX = 64,    /* bytes, of a room's name */
    ROOM_KEY_MAX = 96,          /* bytes, of its canonical form */
    TOPIC_SIZE_MAX = 2048,      /* bytes */
    AWAY_SIZE_MAX = 400,        /* bytes */
    LOGIN_SIZE_MAX = 16,        /* bytes of what IRC calls the user name */
    LOGIN_HOST_MAX = 40,        /* bytes of it, `@` and the host that is shown */
    REAL_SIZE_MAX = 150,        /* bytes of a real name */
    TEXT_SIZE_MAX = 1048576,    /* bytes, of one message; the setting max_message is lower */
    TEXT_LINES_MAX = 1000,      /* lines of one message */
    DIRECT_TEXT_MAX = 16384,    /* bytes, of a direct message: each session of both gets its own */
    EPOCHS_MAX = 131072,        /* epochs that rooms had before they were restored */
    CLIENT_ID_SIZE_MAX = 64,    /* bytes of printable ASCII */
    WORKERS_MAX = 32,           /* threads; a set of workers is one uint32_t */
    USER_ROOMS_MAX = 100,       /* rooms one person may be in, the most the setting allows */
    CONTROLS_MAX = 8,           /* connections to the control socket */
    USER_SESSIONS_MAX = 16,     /* connections of one person at once */
    ROOMS_MAX = 131072,         /* rooms in memory, the private channels of `dollar` among them */
    ADMIT_MAX = 32,             /* people one command may admit or remove */
    PAGE_ENTRIES_MAX = 64,      /* names or rooms in one piece of a long answer */
    ACCOUNTS_MAX = 65536,       /* accounts of one server */
    TIES_MAX = 1048576,         /* what accounts keep of rooms: one row an account and room */
    RESTRAINTS_MAX = 65536,     /* bans, mutes and invitations of all rooms */
    TOKENS_MAX = 131072,        /* that have not run out */
    ACCOUNT_TOKENS_MAX = 32,    /* of one account; the oldest makes way */
    ACCOUNT_NAMED_MAX = 16,     /* tokens of one account that have names; they never make way */
    TOKEN_NAME_MAX = 32,        /* bytes of such a name */
    INVITATIONS_MAX = 64,       /* words that let somebody in */
    INVITED_MAX = 64,           /* people whom one has let in and who come with it again */
    SILENTS_MAX = 64,           /* silent sessions of one account at once */
    PROOFS_MAX = 64,            /* passwords that may wait to be hashed */
    WATCHED_MAX = 65536,        /* names that sessions watch */
    WATCHES_MAX = 262144,       /* of all sessions */
    WHOWAS_MAX = 65536,         /* people who went and are remembered */
    OPERS_MAX = 64,             /* administrators in the configuration */
    SECRET_SIZE_MAX = 512,      /* bytes of a password */
    VERIFIER_SIZE_MAX = 128,    /* bytes of an Argon2id verifier in its text form */
    SCRAM_SIZE_MAX = 192,       /* bytes of a SCRAM-SHA-256 verifier in its text form */
    TOKEN_SIZE = 32,            /* hex digits of a token: 128 bits */
    TOKEN_HASH_SIZE = 32,       /* bytes kept of it */
    ROOM_SECRET_MAX = 32,       /* bytes of a room's key, the word that lets one in */
    MASK_SIZE_MAX = 192,        /* bytes of a ban's mask */
    FILTER_WORDS_MAX = 64,      /* bytes of the words of a filter, as typed */
    FILTER_TEXT_MAX = 8192,     /* bytes of a text that may be said where a filter is */
    FILTER_SECONDS_MAX = 86400, /* for which it mutes: a day */
    WHY_SIZE_MAX = 2048,        /* bytes of the reason for a kick or a ban */
    RESTRAINT_MINUTES_MAX = 5256000,  /* of a ban or a mute that ends: ten years */
    PURGE_HOURS_MAX = 8784,           /* whose messages a ban takes out too: a year */
    SLOW_SECONDS_MAX = 86400,         /* between two messages in slow mode: a day */
    RETENTION_DAYS_MAX = 36500,       /* of a room: a century */
    RETENTION_COUNT_MAX = 1000000000, /* messages that a room keeps */
    REACTION_SIZE_MAX = 64,           /* bytes of a reaction */
    MENTIONS_MAX = 5,                 /* people that one message calls by name */
    SEQ_BITS = 40,         /* a room's numbers: a million messages a second for 12 days */
    ROOM_NUMBER_BITS = 22, /* rooms ever made on one server: 4 million */
};

#endif
