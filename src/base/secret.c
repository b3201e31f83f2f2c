/* secret.c: hashes and tokens, by libsodium. */
#include "base/secret.h"

#include <sodium.h>

#include "base/check.h"

_Static_assert((size_t)SECRET_HASH_SIZE == (size_t)crypto_generichash_BYTES, "BLAKE2b-256");

void secret_hash(struct slice secret, unsigned char hash[SECRET_HASH_SIZE]) {
    int failed = crypto_generichash(hash, SECRET_HASH_SIZE, (const unsigned char *)secret.at,
                                    secret.size, NULL, 0);
    check(failed == 0);
}

bool secret_same(const void *a, const void *b, size_t size) {
    return sodium_memcmp(a, b, size) == 0;
}

void secret_token(const uint64_t bits[2], char token[SECRET_TOKEN_SIZE]) {
    struct buf out;
    buf_init(&out, token, SECRET_TOKEN_SIZE);
    buf_hex(&out, bits[0], SECRET_TOKEN_SIZE / 2);
    buf_hex(&out, bits[1], SECRET_TOKEN_SIZE / 2);
    check(buf_ok(&out) && out.size == SECRET_TOKEN_SIZE);
}

bool secret_is_token(struct slice text) {
    if (text.size != SECRET_TOKEN_SIZE) return false;
    for (size_t i = 0; i < text.size; i++) {
        char c = text.at[i];
        if (!(c >= '0' && c <= '9') && !(c >= 'a' && c <= 'f')) return false;
    }
    return true;
}

void secret_wipe(void *bytes, size_t size) {
    if (size > 0) sodium_memzero(bytes, size);
}
