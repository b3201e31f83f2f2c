/* trust.c: certificates. */
#include "client/trust.h"

#include <openssl/x509v3.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/buf.h"
#include "client/own.h"

void trust_deinit(struct trust *trust) {
    free(trust->known);
    *trust = (struct trust){0};
}

/* What is known about a server: its line's words behind the name; empty: nothing. */
static struct slice known_about(const struct trust *trust, const char *server) {
    struct slice file = own_slice(trust->known);
    while (file.size > 0) {
        struct slice line = slice_until(&file, '\n');
        if (slice_equal(slice_word(&line), slice_text(server))) return slice_trim(line);
    }
    return (struct slice){0};
}

static void keep(struct trust *trust, const char *server, const char *words, const char *print) {
    size_t size = own_slice(trust->known).size, more = strlen(server) + strlen(words) + 80;
    char *fresh = own_memory(size + more);
    snprintf(fresh, size + more, "%s%s %s%s\n", own_text(trust->known), server, words, print);
    free(trust->known);
    trust->known = fresh;
    trust->changes++;
}

bool trust_judge_facts(struct trust *trust, bool signed_well, const char *fault,
                       const char print[TRUST_PRINT_SIZE + 1], const char *server,
                       char why[TRUST_WORDS_MAX]) {
    struct slice known = known_about(trust, server);
    if (trust->insecure) return true;
    if (signed_well) {
        if (known.size == 0) keep(trust, server, "signed", "");
        return true;
    }
    if (known.size == 0) {
        keep(trust, server, "sha256 ", print);
        snprintf(trust->news, sizeof trust->news,
                 "The certificate of %.100s is not signed by anybody known here (%.40s). From now "
                 "on it is believed if it is this one: SHA-256 %.16s...",
                 server, fault, print);
        return true;
    }
    struct slice rest = known;
    bool kept = slice_equal(slice_word(&rest), slice_of("sha256"));
    if (kept && slice_equal(rest, slice_text(print))) return true;
    if (kept)
        snprintf(why, TRUST_WORDS_MAX, "%s",
                 "its certificate is another one than at the first visit: somebody may stand in "
                 "between. Where the server did change it, take its line out of known_servers");
    else
        snprintf(why, TRUST_WORDS_MAX, "its certificate was signed before and is not now (%.60s)",
                 fault);
    return false;
}

static bool print_of(SSL *tls, char print[TRUST_PRINT_SIZE + 1]) {
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned int size = 0;
    X509 *certificate = SSL_get1_peer_certificate(tls);
    bool fine = certificate && X509_digest(certificate, EVP_sha256(), digest, &size) == 1 &&
                size == TRUST_PRINT_SIZE / 2;
    X509_free(certificate);
    for (unsigned int i = 0; fine && i < size; i++)
        snprintf(print + 2 * (size_t)i, 3, "%02x", digest[i]);
    return fine;
}

bool trust_judge(struct trust *trust, SSL *tls, const char *server, char why[TRUST_WORDS_MAX]) {
    char print[TRUST_PRINT_SIZE + 1];
    if (!print_of(tls, print)) {
        snprintf(why, TRUST_WORDS_MAX, "it has shown no certificate");
        return false;
    }
    long verdict = SSL_get_verify_result(tls);
    const char *fault = X509_verify_cert_error_string(verdict);
    return trust_judge_facts(trust, verdict == X509_V_OK, fault, print, server, why);
}
