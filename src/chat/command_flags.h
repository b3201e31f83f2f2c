/* command_flags.h: the small choices in a command: see chat/command.h. */
#ifndef CHAT_COMMAND_FLAGS_H
#define CHAT_COMMAND_FLAGS_H

enum naming {
    NAMING_EXACT,    /* this name or a refusal */
    NAMING_MIXED,    /* as that; its letters are of several scripts: hub/name.c */
    NAMING_SUFFIX,   /* this name, or with -2, -3 ... where it is taken */
    NAMING_FRIENDLY, /* the hub makes one up */
    NAMING_PHONE,    /* client-<number>; number is the phone's own integer */
};

enum speech { SPEECH_SAY, SPEECH_ACTION, SPEECH_NOTICE };

enum {
    COMMAND_SETS = 1,     /* COMMAND_TOPIC: set, even to nothing */
    COMMAND_OWN = 2,      /* COMMAND_HELLO: also make the private channel named by the address */
    COMMAND_WAITS = 4,    /* the session's later lines wait for EVENT_LAST; set by the dialect */
    COMMAND_BY_HEX = 8,   /* COMMAND_CREATE: the maker's dialect names rooms by their hex id */
    COMMAND_EXISTS = 32,  /* COMMAND_JOIN: a room that is missing is not made */
    COMMAND_FOUND = 64,   /* found_*: the reader looked up the target */
    COMMAND_AROUND = 128, /* COMMAND_HISTORY: as many before as after `before` */
    COMMAND_LEAVES = 16,  /* COMMAND_BYE: said by the person (a reason is shown as hers) */
    COMMAND_KEEPS = 256,  /* LOGIN, NICK: an account's person is called as she says here */
    COMMAND_PROVES = 512, /* LOGIN before HELLO: who she is, no more; HELLO makes her come */
    COMMAND_FULL = 1024,  /* COMMAND_WHO: EVENT_PEOPLE instead of EVENT_NAMES. HISTORY: with topics,
                             kicks and so on, not messages alone */
    COMMAND_NEWEST = 2048,   /* COMMAND_HISTORY: of what lies between the bounds, the newest */
    COMMAND_INSIDE = 4096,   /* COMMAND_HISTORY: only where one is in the room */
    COMMAND_BY_CERT = 16384, /* the secret is a certificate's fingerprint; empty: of the shown */
    COMMAND_SERVER = 32768,  /* FILTER, RESTRAINTS, AUDIT: of the whole server */
    COMMAND_SILENT = 8192,   /* LOGIN: acts as the account, and is not here: chat/scope.h */
};

#endif
