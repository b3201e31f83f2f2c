/* tls_context.h: what tls.c and tls_context.c share. */
#ifndef NET_TLS_CONTEXT_H
#define NET_TLS_CONTEXT_H

#include <openssl/ssl.h>

#include "net/tls.h"

struct tls_context {
    SSL_CTX *contexts[TLS_NAMES_MAX]; /* one a certificate; the first for who names nobody */
    size_t count;
    BIO_METHOD *bio_method; /* of the process: BIOs of it outlive the context */
    char alpn[64];
    size_t alpn_size;
};

BIO_METHOD *tls_bio_method(void); /* tls.c */

#endif
