/* person_flags.h: marks of a person, beside her names. */
#ifndef CHAT_PERSON_FLAGS_H
#define CHAT_PERSON_FLAGS_H

/* What is shown of a person beside her names: EVENT_PEOPLE, COMMAND_USER_MODE. */
enum {
    PERSON_INVISIBLE = 1, /* not listed to who shares no room with her */
    PERSON_BOT = 2,
    PERSON_ADMIN = 4,
    PERSON_WALLOPS = 8,     /* hears what administrators say to all */
    PERSON_REGISTERED = 16, /* takes direct messages from accounts only */
    PERSON_NO_CTCP = 32,
    PERSON_SECURE = 512,  /* all of her connections came through TLS; not hers to set */
    PERSON_VOICED = 64,   /* in a room's list: was given a voice beside her role there */
    PERSON_FOUNDER = 128, /* in a room's list: owns it, and it is registered */
};

#endif
