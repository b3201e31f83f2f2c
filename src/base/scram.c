/* scram.c: by libsodium. */
#include "base/scram.h"

#include <sodium.h>

#include "base/check.h"
#include "base/secret.h"

_Static_assert((size_t)SCRAM_KEY_SIZE == (size_t)crypto_auth_hmacsha256_BYTES, "HMAC-SHA-256");
_Static_assert((size_t)SCRAM_KEY_SIZE == (size_t)crypto_hash_sha256_BYTES, "SHA-256");

static bool key_read(struct slice text, unsigned char key[SCRAM_KEY_SIZE]) {
    size_t size = 0;
    return sodium_base642bin(key, SCRAM_KEY_SIZE, text.at, text.size, NULL, &size, NULL,
                             sodium_base64_VARIANT_ORIGINAL) == 0 &&
           size == SCRAM_KEY_SIZE;
}

bool scram_read(struct slice text, struct scram *scram) {
    struct slice name = slice_until(&text, '$');
    scram->rounds = slice_until(&text, ':');
    scram->salt = slice_until(&text, '$');
    struct slice stored = slice_until(&text, ':');
    if (!slice_equal(name, slice_of("SCRAM-SHA-256")) || scram->salt.size == 0) return false;
    return key_read(stored, scram->stored) && key_read(text, scram->server);
}

void scram_nobody(struct slice key, struct slice seed, char memory[SCRAM_NOBODY_SIZE],
                  struct scram *scram) {
    enum { SALT_SIZE = 16 };
    unsigned char hash[SECRET_HASH_SIZE];
    char text[SCRAM_SEED_MAX + 96];
    struct buf out;
    char salt[sodium_base64_ENCODED_LEN(SALT_SIZE, sodium_base64_VARIANT_ORIGINAL)];
    _Static_assert(sizeof salt - 1 == SCRAM_NOBODY_SIZE, "a salt in base64");
    buf_init(&out, text, sizeof text);
    buf_put(&out, slice_head(seed, SCRAM_SEED_MAX));
    buf_put(&out, slice_head(key, sizeof text - SCRAM_SEED_MAX));
    secret_hash(buf_slice(&out), hash);
    (void)sodium_bin2base64(salt, sizeof salt, hash, SALT_SIZE, sodium_base64_VARIANT_ORIGINAL);
    memcpy(memory, salt, SCRAM_NOBODY_SIZE);
    *scram = (struct scram){.rounds = slice_of("4096"), .salt = {memory, SCRAM_NOBODY_SIZE}};
    memcpy(scram->stored, hash, SCRAM_KEY_SIZE); /* of which nobody knows what it is the hash of */
}

static void sign(const unsigned char key[SCRAM_KEY_SIZE], struct slice text,
                 unsigned char out[SCRAM_KEY_SIZE]) {
    crypto_auth_hmacsha256(out, (const unsigned char *)text.at, text.size, key);
}

/* RFC 5802 section 3: ClientKey is ClientProof XOR ClientSignature, and StoredKey its hash. */
bool scram_proves(const struct scram *scram, struct slice messages, struct slice proof,
                  struct buf *out) {
    unsigned char key[SCRAM_KEY_SIZE], hash[SCRAM_KEY_SIZE];
    char text[sodium_base64_ENCODED_LEN(SCRAM_KEY_SIZE, sodium_base64_VARIANT_ORIGINAL)];
    _Static_assert(sizeof text - 1 == SCRAM_TEXT_SIZE, "a key in base64");
    check(proof.size == SCRAM_KEY_SIZE);
    sign(scram->stored, messages, key);
    for (size_t i = 0; i < SCRAM_KEY_SIZE; i++)
        key[i] ^= (unsigned char)proof.at[i];
    crypto_hash_sha256(hash, key, SCRAM_KEY_SIZE);
    secret_wipe(key, sizeof key);
    if (!secret_same(hash, scram->stored, SCRAM_KEY_SIZE)) return false;
    sign(scram->server, messages, key);
    buf_text(out,
             sodium_bin2base64(text, sizeof text, key, sizeof key, sodium_base64_VARIANT_ORIGINAL));
    return true;
}
