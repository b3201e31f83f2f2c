/* once.h: what is remembered of a message that was sent with a client id: hashes of 128 bits for
 * who said it where with which id, and of 64 for its text. They are the same in memory and on disk,
 * where they are read much faster than what they stand for. Nobody can make an id whose hash is
 * another person's: BLAKE2b, over her identity too. Pure. */
#ifndef CHAT_ONCE_H
#define CHAT_ONCE_H

#include "chat/record.h"

struct once_hash {
    uint64_t id[2];
    uint64_t text; /* never 0 */
};

struct once_hash once_hash(struct identity whose, struct room_id room, struct slice client_id,
                           struct slice text);

/* A RECORD_ONCE of a message with a client id. Its slices are empty. */
struct record once_record(const struct record *message);

#endif
