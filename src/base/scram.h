/* scram.h: the server's side of SCRAM-SHA-256 (RFC 5802, RFC 7677): who knows a password shows it
 * without saying it, and is shown that the server knows her. Pure; any thread. Verifiers are made
 * by server/passwords.h. */
#ifndef BASE_SCRAM_H
#define BASE_SCRAM_H

#include "base/buf.h"
#include "base/slice.h"

enum {
    SCRAM_KEY_SIZE = 32, /* SHA-256 */
    SCRAM_TEXT_SIZE = 44 /* the same in base64 */
};

/* A verifier, RFC 5803 text: "SCRAM-SHA-256$rounds:salt$stored:server". */
struct scram {
    struct slice rounds, salt; /* digits and base64, borrowed of the text */
    unsigned char stored[SCRAM_KEY_SIZE], server[SCRAM_KEY_SIZE];
};

/* False: it is no such text. */
bool scram_read(struct slice text, struct scram *scram);

/* What is told of a name that has no verifier: of the same seed, at most SCRAM_SEED_MAX bytes that
 * nobody knows, the same salt each time, and keys that nothing fits. `memory` holds the salt. */
enum { SCRAM_NOBODY_SIZE = 24, SCRAM_SEED_MAX = 32 };
void scram_nobody(struct slice key, struct slice seed, char memory[SCRAM_NOBODY_SIZE],
                  struct scram *scram);

/* `messages`: AuthMessage; `proof`: of SCRAM_KEY_SIZE bytes. True: it is right, and *out gains the
 * server's own proof in base64. */
bool scram_proves(const struct scram *scram, struct slice messages, struct slice proof,
                  struct buf *out);

#endif
