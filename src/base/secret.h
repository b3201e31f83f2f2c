/* secret.h: what must not be kept as it is. A token, or an administrator's password, is known by
 * its hash; two of them are compared in a time that does not tell how far they agree. Pure; any
 * thread. Passwords of people are hashed slowly instead, by server/passwords.h. */
#ifndef BASE_SECRET_H
#define BASE_SECRET_H

#include "base/buf.h"
#include "base/slice.h"

enum {
    SECRET_HASH_SIZE = 32,  /* bytes */
    SECRET_TOKEN_SIZE = 32, /* hex digits: 128 bits */
};

/* BLAKE2b (RFC 7693) of 256 bits. For what is drawn at random, or never leaves the memory. */
void secret_hash(struct slice secret, unsigned char hash[SECRET_HASH_SIZE]);

/* Of `size` bytes each. */
bool secret_same(const void *a, const void *b, size_t size);

/* 128 bits as SECRET_TOKEN_SIZE lower-case hex digits. */
void secret_token(const uint64_t bits[2], char token[SECRET_TOKEN_SIZE]);

/* Is of that form. Such a text may be a password all the same. */
bool secret_is_token(struct slice text);

/* Make the bytes zero, for sure. */
void secret_wipe(void *bytes, size_t size);

#endif
