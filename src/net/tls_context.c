/* tls_context.c: certificates, keys, and what we agree to speak. TLS 1.2 with forward secrecy and
 * authenticated ciphers, and 1.3 (RFC 9325); no renegotiation, compression or early data. */
#include "net/tls_context.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { WHY_SIZE = 256, TEN_YEARS_S = 10 * 365 * 24 * 3600 };

static void say(char *why, const char *what, const char *file) {
    unsigned long error = ERR_peek_last_error();
    const char *reason = error ? ERR_reason_error_string(error) : NULL;
    snprintf(why, WHY_SIZE, "%s %s: %s", what, file, reason ? reason : strerror(errno));
    ERR_clear_error();
}

/* The first of ours that the client offers. */
static int alpn_choose(SSL *ssl, const unsigned char **chosen, unsigned char *chosen_size,
                       const unsigned char *offered, unsigned int offered_size, void *argument) {
    const struct tls_context *context = argument;
    unsigned char *found;
    if (SSL_select_next_proto(&found, chosen_size, (const unsigned char *)context->alpn,
                              (unsigned int)context->alpn_size, offered,
                              offered_size) != OPENSSL_NPN_NEGOTIATED)
        return SSL_TLSEXT_ERR_ALERT_FATAL;
    *chosen = found;
    bool http = *chosen_size >= 4 && memcmp(found, "http", 4) == 0;
    if (http) SSL_set_verify(ssl, SSL_VERIFY_NONE, NULL);
    return SSL_TLSEXT_ERR_OK;
}

/* Nobody vouches for a client's certificate: it is known by its fingerprint or not at all. That she
 * has its key is shown by the handshake. */
static int client_is_fine(X509_STORE_CTX *store, void *argument) {
    (void)argument;
    X509_STORE_CTX_set_error(store, X509_V_OK);
    return 1;
}

/* The certificate that is for the name which the client wants. */
static int name_choose(SSL *ssl, int *alert, void *argument) {
    const struct tls_context *context = argument;
    const char *name = SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name);
    (void)alert;
    for (size_t i = 0; name && i < context->count; i++) {
        X509 *cert = SSL_CTX_get0_certificate(context->contexts[i]);
        if (X509_check_host(cert, name, 0, 0, NULL) != 1) continue;
        SSL_set_SSL_CTX(ssl, context->contexts[i]);
        return SSL_TLSEXT_ERR_OK;
    }
    return SSL_TLSEXT_ERR_NOACK; /* the first will do */
}

static SSL_CTX *context_one(struct tls_context *of, const char *cert, const char *key, char *why) {
    SSL_CTX *ssl = SSL_CTX_new(TLS_server_method());
    errno = 0;
    if (!ssl) {
        say(why, "TLS with", cert);
        return NULL;
    }
    SSL_CTX_set_min_proto_version(ssl, TLS1_2_VERSION);
    SSL_CTX_set_options(ssl, SSL_OP_IGNORE_UNEXPECTED_EOF | SSL_OP_NO_RENEGOTIATION |
                                 SSL_OP_NO_COMPRESSION | SSL_OP_CIPHER_SERVER_PREFERENCE |
                                 SSL_OP_PRIORITIZE_CHACHA);
    SSL_CTX_set_mode(ssl, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE);
    SSL_CTX_set_session_cache_mode(ssl, SSL_SESS_CACHE_OFF);
    SSL_CTX_set_num_tickets(ssl, 1);
    SSL_CTX_set_alpn_select_cb(ssl, alpn_choose, of);
    SSL_CTX_set_tlsext_servername_callback(ssl, name_choose);
    SSL_CTX_set_tlsext_servername_arg(ssl, of);
    SSL_CTX_set_verify(ssl, SSL_VERIFY_PEER, NULL);
    SSL_CTX_set_cert_verify_callback(ssl, client_is_fine, NULL);
    const char *wrong = NULL;
    if (SSL_CTX_set_session_id_context(ssl, (const unsigned char *)"parlance", 8) != 1 ||
        SSL_CTX_set_cipher_list(ssl, "ECDHE+AESGCM:ECDHE+CHACHA20") != 1 ||
        SSL_CTX_set1_groups_list(ssl, "X25519:P-256:P-384") != 1)
        wrong = "the ciphers for";
    else if (SSL_CTX_use_certificate_chain_file(ssl, cert) != 1)
        wrong = "the certificate";
    else if (SSL_CTX_use_PrivateKey_file(ssl, key, SSL_FILETYPE_PEM) != 1)
        wrong = "the key";
    else if (SSL_CTX_check_private_key(ssl) != 1)
        wrong = "the certificate and its key do not belong together:";
    if (!wrong) return ssl;
    say(why, wrong, wrong[4] == 'k' ? key : cert);
    SSL_CTX_free(ssl);
    return NULL;
}

struct tls_context *tls_context_open(const char *const *certs, const char *const *keys,
                                     size_t count, const char *alpn, char *why) {
    struct tls_context *context = calloc(1, sizeof *context);
    snprintf(why, WHY_SIZE, "no memory for TLS");
    if (!context) return NULL;
    context->alpn_size = strnlen(alpn, sizeof context->alpn);
    memcpy(context->alpn, alpn, context->alpn_size);
    context->bio_method = tls_bio_method();
    if (count > TLS_NAMES_MAX) snprintf(why, WHY_SIZE, "more than %d certificates", TLS_NAMES_MAX);
    bool fine = context->bio_method && count > 0 && count <= TLS_NAMES_MAX;
    for (size_t i = 0; fine && i < count; i++) {
        context->contexts[i] = context_one(context, certs[i], keys[i], why);
        fine = context->contexts[i] != NULL;
        if (fine) context->count++;
    }
    if (fine) return context;
    tls_context_free(context);
    return NULL;
}

/* The callbacks' argument is the context itself, so it must outlive its connections: it is freed
 * when the process ends, or where none was made of it. */
void tls_context_free(struct tls_context *context) {
    if (!context) return;
    for (size_t i = 0; i < context->count; i++)
        SSL_CTX_free(context->contexts[i]);
    if (context->bio_method) BIO_meth_free(context->bio_method);
    free(context);
}

/* ---- a certificate to begin with ---- */

static X509 *certificate_of(EVP_PKEY *key, const char *name) {
    X509 *cert = X509_new();
    char subject[300];
    unsigned char serial[8];
    snprintf(subject, sizeof subject, "DNS:%s", name);
    X509V3_CTX place;
    X509V3_set_ctx_nodb(&place);
    if (!cert || RAND_bytes(serial, sizeof serial) != 1) goto failed;
    serial[0] &= 0x7F; /* positive */
    X509_set_version(cert, 2);
    BIGNUM *number = BN_bin2bn(serial, sizeof serial, NULL);
    if (!number) goto failed;
    BN_to_ASN1_INTEGER(number, X509_get_serialNumber(cert));
    BN_free(number);
    X509_gmtime_adj(X509_getm_notBefore(cert), -3600);
    X509_gmtime_adj(X509_getm_notAfter(cert), TEN_YEARS_S);
    X509_NAME *called = X509_get_subject_name(cert);
    X509_NAME_add_entry_by_txt(called, "CN", MBSTRING_UTF8, (const unsigned char *)name, -1, -1, 0);
    X509_set_issuer_name(cert, called);
    X509_set_pubkey(cert, key);
    X509V3_set_ctx(&place, cert, cert, NULL, NULL, 0);
    X509_EXTENSION *names = X509V3_EXT_conf_nid(NULL, &place, NID_subject_alt_name, subject);
    if (names) X509_add_ext(cert, names, -1);
    X509_EXTENSION_free(names);
    if (names && X509_sign(cert, key, EVP_sha256()) > 0) return cert;
failed:
    X509_free(cert);
    return NULL;
}

/* A new file that only its owner reads. NULL: errno says why. */
static FILE *open_private(const char *path) {
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    return fd < 0 ? NULL : fdopen(fd, "w");
}

static bool closed(FILE *file) {
    bool fine = fflush(file) == 0 && fsync(fileno(file)) == 0;
    return fclose(file) == 0 && fine;
}

bool tls_make_certificate(const char *cert_path, const char *key_path, const char *name,
                          char *why) {
    bool fine = false;
    EVP_PKEY *key = EVP_EC_gen("P-256");
    X509 *cert = key ? certificate_of(key, name) : NULL;
    errno = 0;
    FILE *file = cert ? open_private(key_path) : NULL;
    if (!cert) {
        say(why, "a certificate for", name);
    } else if (!file) {
        say(why, "the key", key_path);
    } else {
        fine = PEM_write_PrivateKey(file, key, NULL, NULL, 0, NULL, NULL) == 1;
        fine = closed(file) && fine;
        file = fine ? open_private(cert_path) : NULL;
        fine = file && PEM_write_X509(file, cert) == 1;
        if (file) fine = closed(file) && fine;
        if (!fine) say(why, "the certificate", cert_path);
    }
    X509_free(cert);
    EVP_PKEY_free(key);
    return fine;
}

bool tls_fingerprint(const char *path, char text[96]) {
    unsigned char sum[32];
    unsigned int size = 0;
    FILE *file = fopen(path, "re");
    X509 *cert = file ? PEM_read_X509(file, NULL, NULL, NULL) : NULL;
    if (file) fclose(file);
    bool fine = cert && X509_digest(cert, EVP_sha256(), sum, &size) == 1 && size == sizeof sum;
    X509_free(cert);
    for (size_t i = 0; fine && i < sizeof sum; i++)
        snprintf(text + 3 * i, 4, "%02X%s", sum[i], i + 1 < sizeof sum ? ":" : "");
    ERR_clear_error();
    return fine;
}
