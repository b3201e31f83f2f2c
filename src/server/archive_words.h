/* archive_words.h: the words of an export, for who writes and who reads it. */
#ifndef SERVER_ARCHIVE_WORDS_H
#define SERVER_ARCHIVE_WORDS_H

#include "chat/record.h"

enum { ARCHIVE_SPEECHES = 3, ARCHIVE_FLAGS = 4 };

struct archive_flag {
    const char *name;
    uint16_t flag; /* ROOM_* */
};

extern const char *const archive_types[STORED_KINDS];
extern const char *const archive_speeches[ARCHIVE_SPEECHES]; /* by enum speech */
extern const struct archive_flag archive_flags[ARCHIVE_FLAGS];

#endif
