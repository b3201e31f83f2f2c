/* Passwords: how they are kept, and the threads that do it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <pthread.h>
#include <sodium.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/saslprep.h"
#include "server/passwords.h"

/* The exchange of RFC 7677 section 3: user `user`, password `pencil`. */
#define NONCE "rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0"
#define AUTH_MESSAGE                                                                               \
    "n=user,r=rOprNGfwEbeRWgbNEkqO,r=" NONCE ",s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096,c=biws,r=" NONCE
#define CLIENT_PROOF "dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ="
#define SERVER_SIGNATURE "6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4="

enum { KEY = 32 };

static void from_base64(const char *text, size_t text_size, unsigned char *bytes, size_t size) {
    size_t got;
    assert_int_equal(sodium_base642bin(bytes, size, text, text_size, NULL, &got, NULL,
                                       sodium_base64_VARIANT_ORIGINAL),
                     0);
    assert_int_equal(got, size);
}

static void sign(const unsigned char *key, unsigned char *out) {
    crypto_auth_hmacsha256_state hmac;
    crypto_auth_hmacsha256_init(&hmac, key, KEY);
    crypto_auth_hmacsha256_update(&hmac, (const unsigned char *)AUTH_MESSAGE, strlen(AUTH_MESSAGE));
    crypto_auth_hmacsha256_final(&hmac, out);
}

static void scram_is_as_in_rfc_7677(void **state) {
    unsigned char salt[16], stored[KEY], server[KEY], proof[KEY], signature[KEY], wanted[KEY];
    char memory[SCRAM_SIZE_MAX];
    struct buf text;
    (void)state;
    from_base64("W22ZaJ0SNY7soEsUEjb6gQ==", 24, salt, sizeof salt);
    buf_init(&text, memory, sizeof memory);
    password_scram(slice_of("pencil"), (struct slice){(const char *)salt, sizeof salt}, 4096,
                   &text);
    struct slice rest = buf_slice(&text);
    assert_true(slice_equal(slice_until(&rest, '$'), slice_of("SCRAM-SHA-256")));
    assert_true(slice_equal(slice_until(&rest, '$'), slice_of("4096:W22ZaJ0SNY7soEsUEjb6gQ==")));
    struct slice stored_text = slice_until(&rest, ':');
    from_base64(stored_text.at, stored_text.size, stored, KEY);
    from_base64(rest.at, rest.size, server, KEY);
    sign(server, signature); /* what the server proves */
    from_base64(SERVER_SIGNATURE, strlen(SERVER_SIGNATURE), wanted, KEY);
    assert_memory_equal(signature, wanted, KEY);
    from_base64(CLIENT_PROOF, strlen(CLIENT_PROOF), proof, KEY); /* and the client */
    sign(stored, signature);
    for (size_t i = 0; i < KEY; i++)
        proof[i] ^= signature[i];
    crypto_hash_sha256(wanted, proof, KEY);
    assert_memory_equal(stored, wanted, KEY);
}

static struct proved ask(struct prover *prover, enum proof_kind kind, const char *secret,
                         const char *verifier, const char *fresh) {
    struct proof proof = {.kind = kind,
                          .ticket = 7,
                          .secret = slice_text(secret),
                          .verifier = slice_text(verifier),
                          .fresh = slice_text(fresh)};
    struct proved proved;
    prover_answer(prover, &proof, &proved);
    assert_int_equal(proved.ticket, 7);
    return proved;
}

static void keep(struct slice text, char *copy, size_t cap) {
    assert_true(text.size < cap);
    memcpy(copy, text.at, text.size);
    copy[text.size] = 0;
}

static void a_password_fits_its_verifier_and_no_other(void **state) {
    struct prover prover;
    char verifier[VERIFIER_SIZE_MAX + 1];
    (void)state;
    prover_init(&prover, CONFIG_COST_MINIMUM, true);
    struct proved made = ask(&prover, PROOF_MAKE, "swordfish", "", "");
    assert_true(made.ok);
    assert_true(slice_starts(made.verifier, slice_of("$argon2id$v=19$m=8,t=1,p=1$")));
    assert_true(slice_starts(made.scram, slice_of("SCRAM-SHA-256$4096:")));
    keep(made.verifier, verifier, sizeof verifier);
    assert_true(ask(&prover, PROOF_CHECK, "swordfish", verifier, "").ok);
    assert_false(ask(&prover, PROOF_CHECK, "Swordfish", verifier, "").ok);
    assert_false(ask(&prover, PROOF_CHECK, "swordfish", "", "").ok);
    assert_false(ask(&prover, PROOF_CHECK, "swordfish", "nonsense", "").ok);
    assert_false(ask(&prover, PROOF_CHANGE, "trout", verifier, "salmon").ok);
    made = ask(&prover, PROOF_CHANGE, "swordfish", verifier, "salmon");
    assert_true(made.ok);
    keep(made.verifier, verifier, sizeof verifier);
    assert_true(ask(&prover, PROOF_CHECK, "salmon", verifier, "").ok);
    assert_false(ask(&prover, PROOF_CHECK, "swordfish", verifier, "").ok);
}

/* The examples of RFC 4013 section 3 among them. */
static void passwords_that_look_the_same_are_the_same(void **state) {
    const struct {
        struct slice typed, prepared;
    } cases[] = {
        {slice_of("swordfish \x7f"), slice_of("swordfish \x7f")}, /* ASCII is left alone */
        {slice_of("I\u00ADX"), slice_of("IX")},
        {slice_of("\u00AA"), slice_of("a")},
        {slice_of("\u2168"), slice_of("IX")},
        {slice_of("caf\u00E9"), slice_of("caf\u00E9")},
        {slice_of("cafe\u0301"), slice_of("caf\u00E9")},
        {slice_of("\uFF46\uFF49\uFF53\uFF48"), slice_of("fish")},
        {slice_of("a\u00A0b\u3000c"), slice_of("a b c")},
        {slice_of("\U0001F41F\U0001FAE0"), slice_of("\U0001F41F\U0001FAE0")}, /* younger */
        {slice_of("\u06271"), slice_of("\u06271")}, /* forbidden: both directions */
        {slice_of("\u00ADe\u0301\u200E"), slice_of("\u00ADe\u0301\u200E")}, /* forbidden */
        {slice_of("\u00AD"), slice_of("\u00AD")},           /* nothing would be left */
        {slice_of("e\u0301\xff"), slice_of("e\u0301\xff")}, /* not UTF-8 */
        {slice_of(""), slice_of("")},
    };
    char memory[64];
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct buf out;
        buf_init(&out, memory, sizeof memory);
        saslprep_put(&out, cases[i].typed);
        assert_true(buf_ok(&out));
        if (!slice_equal(buf_slice(&out), cases[i].prepared))
            fail_msg("case %zu: '%.*s'", i, (int)out.size, memory);
    }
}

static void a_password_that_grows_too_long_is_taken_as_typed(void **state) {
    char typed[510], memory[2048];
    struct buf out;
    (void)state;
    for (size_t i = 0; i < sizeof typed; i += 3) /* one code point that becomes eighteen */
        memcpy(typed + i, "\uFDFA", 3);
    buf_init(&out, memory, sizeof memory);
    saslprep_put(&out, (struct slice){typed, sizeof typed});
    assert_true(slice_equal(buf_slice(&out), (struct slice){typed, sizeof typed}));
    buf_init(&out, memory, 7);
    saslprep_put(&out, slice_of("\uFDFA"));
    assert_true(slice_equal(buf_slice(&out), slice_of("\uFDFA")));
}

static void a_password_typed_in_another_form_is_the_same(void **state) {
    struct prover prover;
    char verifier[VERIFIER_SIZE_MAX + 1];
    (void)state;
    prover_init(&prover, CONFIG_COST_MINIMUM, false);
    keep(ask(&prover, PROOF_MAKE, "caf\u00E9", "", "").verifier, verifier, sizeof verifier);
    assert_true(ask(&prover, PROOF_CHECK, "cafe\u0301", verifier, "").ok);
    assert_false(ask(&prover, PROOF_CHECK, "cafe", verifier, "").ok);
    struct proved made = ask(&prover, PROOF_CHANGE, "cafe\u0301", verifier, "\uFF46\uFF49sh");
    assert_true(made.ok);
    keep(made.verifier, verifier, sizeof verifier);
    assert_true(ask(&prover, PROOF_CHECK, "fish", verifier, "").ok);
    static const char nothing[PREPARED_SIZE_MAX];
    assert_memory_equal(prover.secret, nothing, sizeof nothing);
    assert_memory_equal(prover.fresh, nothing, sizeof nothing);
}

static void the_costs_are_those_of_the_configuration(void **state) {
    struct prover prover;
    (void)state;
    prover_init(&prover, CONFIG_COST_INTERACTIVE, false);
    struct proved made = ask(&prover, PROOF_MAKE, "swordfish", "", "");
    assert_true(slice_starts(made.verifier, slice_of("$argon2id$v=19$m=19456,t=2,p=1$")));
    assert_int_equal(made.scram.size, 0);
    prover_init(&prover, CONFIG_COST_SENSITIVE, false);
    made = ask(&prover, PROOF_MAKE, "swordfish", "", "");
    assert_true(slice_starts(made.verifier, slice_of("$argon2id$v=19$m=65536,t=3,p=1$")));
}

static void two_verifiers_of_one_password_differ(void **state) {
    struct prover prover;
    char first[VERIFIER_SIZE_MAX + 1], second[VERIFIER_SIZE_MAX + 1];
    (void)state;
    prover_init(&prover, CONFIG_COST_MINIMUM, false);
    keep(ask(&prover, PROOF_MAKE, "swordfish", "", "").verifier, first, sizeof first);
    keep(ask(&prover, PROOF_MAKE, "swordfish", "", "").verifier, second, sizeof second);
    assert_string_not_equal(first, second);
}

enum { ASKED = PROOFS_MAX };

struct threads {
    struct mailbox mailbox;
    struct password_thread at[PASSWORD_THREADS];
    pthread_t ids[PASSWORD_THREADS];
};

static void threads_start(struct threads *threads) {
    assert_true(mailbox_init(&threads->mailbox, 1, 4, 1024));
    atomic_store(&threads->mailbox.password_cost, CONFIG_COST_MINIMUM);
    for (uint32_t i = 0; i < PASSWORD_THREADS; i++) {
        threads->at[i] = (struct password_thread){.mailbox = &threads->mailbox, .number = i};
        assert_int_equal(
            pthread_create(&threads->ids[i], NULL, password_thread_run, &threads->at[i]), 0);
    }
}

static void threads_stop(struct threads *threads) {
    atomic_store(&threads->mailbox.stop_passwords, true);
    for (uint32_t i = 0; i < PASSWORD_THREADS; i++) {
        bell_ring(&threads->mailbox.proof_posts[i].bell);
        pthread_join(threads->ids[i], NULL);
    }
}

static void give(struct threads *threads, uint64_t ticket, const char *secret) {
    struct proof_post *post = &threads->mailbox.proof_posts[ticket % PASSWORD_THREADS];
    struct proof proof = {.kind = PROOF_MAKE, .ticket = ticket, .secret = slice_text(secret)};
    mailbox_put(&post->proofs, 0, &proof, proof.slices, PROOF_SLICES);
    if (ring_publish(&post->proofs)) bell_ring(&post->bell);
}

static void the_threads_answer_each_and_forget_what_they_were_told(void **state) {
    static struct threads threads;
    static const char secret[] = "a password that is nowhere else";
    bool seen[ASKED] = {false};
    uint32_t count = 0;
    (void)state;
    threads_start(&threads);
    for (uint64_t i = 0; i < ASKED; i++)
        give(&threads, i, secret);
    while (count < ASKED)
        for (uint32_t i = 0; i < PASSWORD_THREADS; i++) {
            uint32_t tag;
            struct ring *ring = &threads.mailbox.proof_posts[i].proved;
            const struct proved *proved = ring_take(ring, &tag);
            if (!proved) continue;
            assert_true(proved->ok && proved->ticket < ASKED && !seen[proved->ticket]);
            assert_true(slice_starts(proved->verifier, slice_of("$argon2id$")));
            seen[proved->ticket] = true;
            ring_release(ring);
            count++;
        }
    threads_stop(&threads);
    for (uint32_t i = 0; i < PASSWORD_THREADS; i++) {
        const struct ring *ring = &threads.mailbox.proof_posts[i].proofs;
        assert_null(memmem(ring->memory, ring->size, secret, sizeof secret - 1));
    }
    mailbox_deinit(&threads.mailbox);
}

static void a_stop_does_not_wait_for_what_is_queued(void **state) {
    static struct threads threads;
    (void)state;
    threads_start(&threads);
    atomic_store(&threads.mailbox.password_cost, CONFIG_COST_INTERACTIVE);
    for (uint64_t i = 0; i < ASKED; i++)
        give(&threads, i, "swordfish");
    threads_stop(&threads);
    uint32_t tag;
    bool left = false;
    for (uint32_t i = 0; i < PASSWORD_THREADS; i++)
        left |= ring_take(&threads.mailbox.proof_posts[i].proofs, &tag) != NULL;
    assert_true(left);
    mailbox_deinit(&threads.mailbox);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(scram_is_as_in_rfc_7677),
        cmocka_unit_test(a_password_fits_its_verifier_and_no_other),
        cmocka_unit_test(passwords_that_look_the_same_are_the_same),
        cmocka_unit_test(a_password_that_grows_too_long_is_taken_as_typed),
        cmocka_unit_test(a_password_typed_in_another_form_is_the_same),
        cmocka_unit_test(the_costs_are_those_of_the_configuration),
        cmocka_unit_test(two_verifiers_of_one_password_differ),
        cmocka_unit_test(the_threads_answer_each_and_forget_what_they_were_told),
        cmocka_unit_test(a_stop_does_not_wait_for_what_is_queued),
    };
    return passwords_init() ? cmocka_run_group_tests(tests, NULL, NULL) : 1;
}
