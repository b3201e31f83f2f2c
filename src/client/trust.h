/* trust.h: whose certificate is believed. One that an authority known to this system signed for
 * that name is; another one is when it is the one that was kept at the first visit, or when there
 * was no visit before: then its fingerprint is kept and told. A server that once had a signed one
 * is not believed without. */
#ifndef CLIENT_TRUST_H
#define CLIENT_TRUST_H

#include <openssl/ssl.h>

#include "base/slice.h"

enum { TRUST_WORDS_MAX = 400, TRUST_PRINT_SIZE = 64 /* hex digits of SHA-256 */ };

struct trust {
    char *known;                /* owned: lines "host:port signed" or "host:port sha256 HEX" */
    uint64_t changes;           /* so often did it change: it is to be written */
    bool insecure;              /* anything is believed, nothing is kept */
    char news[TRUST_WORDS_MAX]; /* what the user should know; empty: nothing */
};

void trust_deinit(struct trust *trust);

/* After a handshake in which OpenSSL judged chain and name. False: why. */
bool trust_judge(struct trust *trust, SSL *tls, const char *server, char why[TRUST_WORDS_MAX]);

/* The same about facts: `signed_well`, and the fingerprint. Pure. */
bool trust_judge_facts(struct trust *trust, bool signed_well, const char *fault,
                       const char print[TRUST_PRINT_SIZE + 1], const char *server,
                       char why[TRUST_WORDS_MAX]);

#endif
