/* passwords.c: Argon2id and SCRAM by libsodium. */
#include "server/passwords.h"

#include <errno.h>
#include <sodium.h>

#include "base/check.h"
#include "base/log.h"
#include "base/saslprep.h"
#include "base/secret.h"
#include "server/sandbox.h"

_Static_assert((size_t)VERIFIER_SIZE_MAX == (size_t)crypto_pwhash_STRBYTES, "its text form");

enum { KEY_SIZE = crypto_auth_hmacsha256_BYTES, KIBIBYTE = 1024, MEBIBYTE = 1048576 };
_Static_assert((size_t)KEY_SIZE == (size_t)crypto_hash_sha256_BYTES, "SHA-256 in both");

/* As parlance.conf says them. */
static const struct {
    unsigned long long passes;
    size_t memory_size; /* bytes */
} costs[] = {
    [CONFIG_COST_MINIMUM] = {1, 8 * KIBIBYTE},
    [CONFIG_COST_INTERACTIVE] = {2, 19 * MEBIBYTE},
    [CONFIG_COST_SENSITIVE] = {3, 64 * MEBIBYTE},
};

bool passwords_init(void) {
    return sodium_init() >= 0;
}

static void hmac(const unsigned char key[KEY_SIZE], const char *text, unsigned char out[KEY_SIZE]) {
    crypto_auth_hmacsha256_state state;
    crypto_auth_hmacsha256_init(&state, key, KEY_SIZE);
    crypto_auth_hmacsha256_update(&state, (const unsigned char *)text, strlen(text));
    crypto_auth_hmacsha256_final(&state, out);
}

/* Hi() of RFC 5802 section 2.2: PBKDF2 of one block. The state after the key is the same in each
 * round and is copied, which halves the work. */
static void salt_password(struct slice password, struct slice salt, uint32_t rounds,
                          unsigned char out[KEY_SIZE]) {
    static const unsigned char one[4] = {0, 0, 0, 1};
    crypto_auth_hmacsha256_state keyed, state;
    unsigned char block[KEY_SIZE];
    crypto_auth_hmacsha256_init(&keyed, (const unsigned char *)password.at, password.size);
    state = keyed;
    crypto_auth_hmacsha256_update(&state, (const unsigned char *)salt.at, salt.size);
    crypto_auth_hmacsha256_update(&state, one, sizeof one);
    crypto_auth_hmacsha256_final(&state, block);
    memcpy(out, block, KEY_SIZE);
    for (uint32_t i = 1; i < rounds; i++) {
        state = keyed;
        crypto_auth_hmacsha256_update(&state, block, KEY_SIZE);
        crypto_auth_hmacsha256_final(&state, block);
        for (size_t b = 0; b < KEY_SIZE; b++)
            out[b] ^= block[b];
    }
    secret_wipe(block, sizeof block);
    secret_wipe(&keyed, sizeof keyed);
    secret_wipe(&state, sizeof state);
}

static void put_base64(struct buf *out, const unsigned char *bytes, size_t size) {
    char text[96];
    check(sodium_base64_encoded_len(size, sodium_base64_VARIANT_ORIGINAL) <= sizeof text);
    buf_text(out,
             sodium_bin2base64(text, sizeof text, bytes, size, sodium_base64_VARIANT_ORIGINAL));
}

void password_scram(struct slice password, struct slice salt, uint32_t rounds, struct buf *out) {
    unsigned char salted[KEY_SIZE], client[KEY_SIZE], stored[KEY_SIZE], server[KEY_SIZE];
    check(rounds > 0 && salt.size > 0 && salt.size <= 64);
    salt_password(password, salt, rounds, salted);
    hmac(salted, "Client Key", client);
    crypto_hash_sha256(stored, client, KEY_SIZE);
    hmac(salted, "Server Key", server);
    buf_text(out, "SCRAM-SHA-256$");
    buf_number(out, rounds);
    buf_byte(out, ':');
    put_base64(out, (const unsigned char *)salt.at, salt.size);
    buf_byte(out, '$');
    put_base64(out, stored, KEY_SIZE);
    buf_byte(out, ':');
    put_base64(out, server, KEY_SIZE);
    secret_wipe(salted, sizeof salted);
    secret_wipe(client, sizeof client);
    secret_wipe(stored, sizeof stored);
    secret_wipe(server, sizeof server);
}

/* False: no memory. */
static bool hash(enum config_cost cost, struct slice password, char out[VERIFIER_SIZE_MAX]) {
    return crypto_pwhash_str_alg(out, password.at, password.size, costs[cost].passes,
                                 costs[cost].memory_size, crypto_pwhash_ALG_ARGON2ID13) == 0;
}

static void put_random(struct buf *out, size_t size) {
    unsigned char bytes[KEY_SIZE];
    char text[64];
    check(size <= sizeof bytes);
    randombytes_buf(bytes, size);
    buf_byte(out, '$');
    buf_text(out, sodium_bin2base64(text, sizeof text, bytes, size,
                                    sodium_base64_VARIANT_ORIGINAL_NO_PADDING));
}

/* The text form of a hash that no password is known to have: to compare with it takes as long as
 * with any, and to draw it takes no time while the server starts. */
static void put_nobodys(struct buf *out, enum config_cost cost) {
    buf_text(out, crypto_pwhash_argon2id_STRPREFIX "v=19$m=");
    buf_number(out, costs[cost].memory_size / KIBIBYTE);
    buf_text(out, ",t=");
    buf_number(out, costs[cost].passes);
    buf_text(out, ",p=1");
    put_random(out, crypto_pwhash_argon2id_SALTBYTES);
    put_random(out, KEY_SIZE);
}

void prover_init(struct prover *prover, enum config_cost cost, bool scram) {
    struct buf unknown;
    *prover = (struct prover){.cost = cost, .scram = scram};
    buf_init(&unknown, prover->unknown, sizeof prover->unknown - 1);
    put_nobodys(&unknown, cost);
    check(buf_ok(&unknown));
    errno = 0;
    int other = crypto_pwhash_str_needs_rehash(prover->unknown, costs[cost].passes,
                                               costs[cost].memory_size);
    check(other == 0 || errno == ENOMEM); /* it takes memory to look */
}

/* libsodium reads the text up to its NUL. */
static bool verifies(struct prover *prover, struct slice verifier, struct slice secret) {
    bool known = verifier.size > 0 && verifier.size < VERIFIER_SIZE_MAX;
    memcpy(prover->verifier, prover->unknown, sizeof prover->verifier);
    if (known) {
        memcpy(prover->verifier, verifier.at, verifier.size);
        prover->verifier[verifier.size] = 0;
    }
    return crypto_pwhash_str_verify(prover->verifier, secret.at, secret.size) == 0 && known;
}

static bool make(struct prover *prover, struct slice secret, struct proved *proved) {
    struct buf scram;
    char salt[SCRAM_SALT_SIZE];
    if (!hash(prover->cost, secret, prover->verifier)) return false;
    proved->verifier = slice_text(prover->verifier);
    if (!prover->scram) return true;
    randombytes_buf(salt, sizeof salt);
    buf_init(&scram, prover->scram_text, sizeof prover->scram_text);
    password_scram(secret, (struct slice){salt, sizeof salt}, SCRAM_ROUNDS, &scram);
    check(buf_ok(&scram));
    proved->scram = buf_slice(&scram);
    return true;
}

static struct slice prepare(char *memory, struct slice secret) {
    struct buf prepared;
    check(secret.size <= SECRET_SIZE_MAX);
    buf_init(&prepared, memory, PREPARED_SIZE_MAX);
    saslprep_put(&prepared, secret);
    return buf_slice(&prepared);
}

void prover_answer(struct prover *prover, const struct proof *proof, struct proved *proved) {
    struct slice secret = prepare(prover->secret, proof->secret);
    struct slice fresh = prepare(prover->fresh, proof->fresh);
    *proved = (struct proved){.ticket = proof->ticket};
    switch (proof->kind) {
    case PROOF_CHECK: proved->ok = verifies(prover, proof->verifier, secret); break;
    case PROOF_MAKE: proved->ok = make(prover, secret, proved); break;
    case PROOF_CHANGE:
        proved->ok = verifies(prover, proof->verifier, secret) && make(prover, fresh, proved);
        break;
    }
    secret_wipe(prover->secret, secret.size);
    secret_wipe(prover->fresh, fresh.size);
}

/* One proof, if there is one. */
static bool answer_one(struct password_thread *thread, struct prover *prover) {
    struct mailbox *mailbox = thread->mailbox;
    struct proof_post *post = &mailbox->proof_posts[thread->number];
    uint32_t tag;
    const struct proof *proof = ring_take(&post->proofs, &tag);
    if (!proof) return false;
    enum config_cost cost = (enum config_cost)atomic_load(&mailbox->password_cost);
    if (cost != prover->cost) prover_init(prover, cost, false);
    prover->scram = atomic_load(&mailbox->scram);
    struct proved proved;
    prover_answer(prover, proof, &proved);
    secret_wipe((void *)(uintptr_t)proof->secret.at, proof->secret.size);
    secret_wipe((void *)(uintptr_t)proof->fresh.at, proof->fresh.size);
    ring_release(&post->proofs);
    check(ring_fits(&post->proved, PROVED_COST_MAX, PROVED_COST_MAX));
    mailbox_put(&post->proved, 0, &proved, proved.slices, PROVED_SLICES);
    if (ring_publish(&post->proved)) bell_ring(&mailbox->hub);
    return true;
}

void *password_thread_run(void *context) {
    struct password_thread *thread = context;
    struct mailbox *mailbox = thread->mailbox;
    struct proof_post *post = &mailbox->proof_posts[thread->number];
    struct prover prover;
    log_attach();
    sandbox_thread();
    prover_init(&prover, (enum config_cost)atomic_load(&mailbox->password_cost), false);
    while (!atomic_load(&mailbox->stop_passwords)) {
        if (answer_one(thread, &prover)) continue;
        bell_doze(&post->bell);
        if (!answer_one(thread, &prover) && !atomic_load(&mailbox->stop_passwords))
            bell_sleep(&post->bell, -1);
        bell_wake(&post->bell);
    }
    return NULL;
}
