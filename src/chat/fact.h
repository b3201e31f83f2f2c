/* fact.h: what people and rooms say of themselves, as words under keys (draft/metadata), and until
 * when somebody has read what (draft/read-marker). Pure data. */
#ifndef CHAT_FACT_H
#define CHAT_FACT_H

enum {
    FACT_KEY_MAX = 64,     /* bytes of a key: small letters, digits and `_.:-/` */
    FACT_VALUE_MAX = 300,  /* bytes */
    FACT_KEYS_MAX = 100,   /* of one person or room; the setting is lower */
    FACTS_SIZE_MAX = 4000, /* bytes of all of them, "key\tvalue\n" each */
    FACTS_MAX = 16384,     /* people and rooms that have some, and people with read markers */
};

/* COMMAND_FACTS, number. Whose: `name`, or `room`; neither: the asker herself. */
enum facting {
    FACTS_SYNC, /* room, cursor: those of the room and of its members */
    FACTS_LIST, /* all */
    FACTS_GET,  /* text: keys, ended by '\n' each: those, in this order */
    FACTS_SET,  /* text: "key\tvalue", or the key alone: it is taken away */
    FACTS_CLEAR,
    FACTS_MARK, /* before_ms: read until then; 0: ask */
};

/* What is kept in one row of the store: of whom, and which of the two. */
enum fact_kind { FACT_OF_PERSON, FACT_MARKS, FACT_OF_ROOM };
#define FACT_OWNER(kind, number) ((uint64_t)(kind) << 40 | (number))

#endif
