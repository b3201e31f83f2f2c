/* passwords.h: the threads that hash passwords. Hashing takes tens of milliseconds and megabytes
 * on purpose, so it happens here, at most PASSWORD_THREADS at once, for at most PROOFS_MAX that
 * wait; neither the hub nor a worker ever does it.
 *
 * A password is kept as Argon2id (RFC 9106), and where the setting `scram` is on as a SCRAM-SHA-256
 * verifier (RFC 7677) beside it: the weaker of the two, which IRC clients can prove against without
 * sending the password. Both are of its SASLprep form (saslprep_put()), as SCRAM wants it. The
 * bytes of passwords are made zero as soon as they are used. */
#ifndef SERVER_PASSWORDS_H
#define SERVER_PASSWORDS_H

#include "chat/proof.h"
#include "server/config.h"
#include "server/mailbox.h"

enum { SCRAM_SALT_SIZE = 16, SCRAM_ROUNDS = 4096, PREPARED_SIZE_MAX = 4 * SECRET_SIZE_MAX };

/* sodium_init(): once, before any thread. False: there is no random source. */
bool passwords_init(void);

/* Append `SCRAM-SHA-256$ROUNDS:SALT$STOREDKEY:SERVERKEY` (RFC 5803), the three in base64. The
 * password is taken as its bytes: the caller prepared it. */
void password_scram(struct slice password, struct slice salt, uint32_t rounds, struct buf *out);

/* One prover, for one thread at a time. */
struct prover {
    enum config_cost cost;
    bool scram;
    char unknown[VERIFIER_SIZE_MAX];  /* of a password that nobody has, of this cost */
    char verifier[VERIFIER_SIZE_MAX]; /* of the last proof; NUL-terminated */
    char scram_text[SCRAM_SIZE_MAX];
    char secret[PREPARED_SIZE_MAX], fresh[PREPARED_SIZE_MAX]; /* as they are hashed; then zero */
};

void prover_init(struct prover *prover, enum config_cost cost, bool scram);

/* What the hub asks. The slices of *proved point into *prover until the next call. A verifier that
 * is empty takes as long as one of this cost and says no. */
void prover_answer(struct prover *prover, const struct proof *proof, struct proved *proved);

struct password_thread {
    struct mailbox *mailbox;
    uint32_t number; /* below PASSWORD_THREADS */
};

void *password_thread_run(void *thread); /* until mailbox.stop_passwords */

#endif
