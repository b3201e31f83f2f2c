/* proof.h: what the hub asks of the threads that hash passwords, and what they answer. Hashing
 * takes tens of milliseconds and megabytes, so neither the hub nor a worker does it. Crosses
 * threads by value, as commands do. */
#ifndef CHAT_PROOF_H
#define CHAT_PROOF_H

#include "base/slice.h"
#include "chat/ids.h"

enum proof_kind {
    PROOF_CHECK,  /* is `secret` what `verifier` was made of? An empty verifier takes as long and
                     says no, so that nobody learns which names there are */
    PROOF_MAKE,   /* a verifier of `secret` */
    PROOF_CHANGE, /* PROOF_CHECK; if so, a verifier of `fresh` */
};

enum { PROOF_SLICES = 3, PROVED_SLICES = 2 };

struct proof {
    enum proof_kind kind;
    uint64_t ticket; /* comes back */
    union {
        struct {
            struct slice secret, verifier, fresh;
        };
        struct slice slices[PROOF_SLICES];
    };
};

struct proved {
    uint64_t ticket;
    bool ok; /* the secret is right; PROOF_MAKE: there was memory for it */
    union {
        struct {
            struct slice verifier; /* PROOF_MAKE, PROOF_CHANGE: Argon2id in its text form */
            struct slice scram;    /* RFC 5803 text; empty where the setting `scram` is off */
        };
        struct slice slices[PROVED_SLICES];
    };
};

/* What COMMAND_ACCOUNT_SET sets of an account, over what the server has for all. */
enum account_setting {
    ACCOUNT_STAYS, /* its person stays in her rooms while she is away */
    ACCOUNT_MANY,  /* it may have several sessions at once */
    ACCOUNT_SETTINGS,
};
enum chosen { CHOSEN_NOTHING, CHOSEN_YES, CHOSEN_NO };

enum scram_step { SCRAM_CHALLENGE, SCRAM_PROOF, SCRAM_COME };

#endif
