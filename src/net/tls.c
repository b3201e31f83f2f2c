/* tls.c: one connection: OpenSSL between the socket and the session. */
#include "net/tls.h"

#include <errno.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "base/check.h"
#include "net/conn.h"
#include "net/tls_context.h"

struct tls {
    SSL *ssl;
    int fd;
    bool failed; /* nothing more is read or written */
    char *early; /* read before TLS began; owned, or NULL */
    size_t early_size, early_at;
    char *out; /* sealed, to be sent; owned, or NULL */
    size_t out_size, out_at, out_cap;
};

/* ---- what OpenSSL takes for its socket ---- */

static int bio_read(BIO *bio, char *bytes, int size) {
    struct tls *tls = BIO_get_data(bio);
    BIO_clear_retry_flags(bio);
    if (size <= 0) return 0;
    size_t left = tls->early_size - tls->early_at, wanted = (size_t)size;
    if (left > 0) {
        size_t taken = left < wanted ? left : wanted;
        memcpy(bytes, tls->early + tls->early_at, taken);
        tls->early_at += taken;
        return (int)taken;
    }
    long n = conn_read(tls->fd, bytes, wanted);
    if (n == -EAGAIN) BIO_set_retry_read(bio);
    return n < 0 ? -1 : (int)n;
}

static bool out_reserve(struct tls *tls, size_t more) {
    if (tls->out_cap - tls->out_size >= more) return true;
    size_t cap = 2 * (tls->out_size + more);
    char *fresh = realloc(tls->out, cap);
    if (!fresh) return false;
    tls->out = fresh;
    tls->out_cap = cap;
    return true;
}

static int bio_write(BIO *bio, const char *bytes, int size) {
    struct tls *tls = BIO_get_data(bio);
    BIO_clear_retry_flags(bio);
    if (size <= 0) return 0;
    if (!out_reserve(tls, (size_t)size)) return -1;
    memcpy(tls->out + tls->out_size, bytes, (size_t)size);
    tls->out_size += (size_t)size;
    return size;
}

static long bio_ctrl(BIO *bio, int command, long number, void *pointer) {
    (void)bio, (void)number, (void)pointer;
    return command == BIO_CTRL_FLUSH ? 1 : 0;
}

BIO_METHOD *tls_bio_method(void) {
    BIO_METHOD *method = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "session");
    if (!method) return NULL;
    BIO_meth_set_read(method, bio_read);
    BIO_meth_set_write(method, bio_write);
    BIO_meth_set_ctrl(method, bio_ctrl);
    return method;
}

/* ---- the connection ---- */

struct tls *tls_open(const struct tls_context *context, int fd, const char *early,
                     size_t early_size) {
    struct tls *tls = calloc(1, sizeof *tls);
    BIO *bio = BIO_new(context->bio_method);
    if (tls) tls->ssl = SSL_new(context->contexts[0]);
    if (tls && early_size > 0) tls->early = malloc(early_size);
    if (!tls || !bio || !tls->ssl || (early_size > 0 && !tls->early)) {
        BIO_free(bio);
        if (tls) SSL_free(tls->ssl);
        if (tls) free(tls->early);
        free(tls);
        return NULL;
    }
    if (early_size > 0) memcpy(tls->early, early, early_size);
    tls->early_size = early_size;
    tls->fd = fd;
    BIO_set_data(bio, tls);
    BIO_set_init(bio, 1);
    SSL_set_bio(tls->ssl, bio, bio);
    SSL_set_accept_state(tls->ssl);
    return tls;
}

bool tls_peer_fingerprint(const struct tls *tls, unsigned char sum[TLS_FINGERPRINT_SIZE]) {
    unsigned int size = 0;
    X509 *cert = SSL_is_init_finished(tls->ssl) ? SSL_get0_peer_certificate(tls->ssl) : NULL;
    return cert && X509_digest(cert, EVP_sha256(), sum, &size) == 1 && size == TLS_FINGERPRINT_SIZE;
}

/* 0: all is sent; -EAGAIN: the socket is full; else the peer is gone. */
static int send_sealed(struct tls *tls) {
    while (tls->out_at < tls->out_size) {
        ssize_t n = send(tls->fd, tls->out + tls->out_at, tls->out_size - tls->out_at,
                         MSG_NOSIGNAL | MSG_DONTWAIT);
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) return errno == EWOULDBLOCK ? -EAGAIN : -errno;
        tls->out_at += (size_t)n;
    }
    free(tls->out);
    tls->out = NULL;
    tls->out_size = tls->out_at = tls->out_cap = 0;
    return 0;
}

void tls_close(struct tls *tls) {
    if (!tls) return;
    if (!tls->failed && SSL_is_init_finished(tls->ssl)) SSL_shutdown(tls->ssl);
    (void)send_sealed(tls); /* an alert is worth one try */
    ERR_clear_error();
    SSL_free(tls->ssl); /* and its BIO */
    free(tls->early);
    free(tls->out);
    free(tls);
}

/* What a failed call means for who reads: nothing there, the end, or no TLS. */
static long read_failed(struct tls *tls, int result) {
    int error = SSL_get_error(tls->ssl, result), at = errno;
    ERR_clear_error();
    if (error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE) return -EAGAIN;
    if (error == SSL_ERROR_ZERO_RETURN) return 0;
    tls->failed = true;
    (void)send_sealed(tls); /* the alert that says why */
    if (error == SSL_ERROR_SYSCALL) return at != 0 ? -at : -ECONNRESET;
    return -EPROTO;
}

long tls_read(struct tls *tls, char *bytes, size_t cap) {
    size_t size = 0;
    check(cap >= TLS_PLAIN_MAX);
    if (tls->failed) return -ECONNRESET;
    while (cap - size >= TLS_PLAIN_MAX) {
        errno = 0;
        int n = SSL_read(tls->ssl, bytes + size, TLS_PLAIN_MAX);
        if (n <= 0) {
            long failed = read_failed(tls, n);
            if (size == 0 && failed != -EAGAIN) return failed;
            break; /* an end is met again */
        }
        size += (size_t)n;
    }
    int sent = send_sealed(tls); /* what the handshake wants to say */
    if (sent != 0 && sent != -EAGAIN && size == 0) return sent;
    return size > 0 ? (long)size : -EAGAIN;
}

/* As much of the outbox as one record holds. */
static size_t gather(const struct outbox *outbox, char record[TLS_PLAIN_MAX]) {
    size_t size = 0;
    for (const struct outbox_ref *ref = outbox->first; ref && size < TLS_PLAIN_MAX;
         ref = ref->next) {
        size_t left = TLS_PLAIN_MAX - size, taken = ref->size < left ? ref->size : left;
        memcpy(record + size, ref->blob->bytes + ref->at, taken);
        size += taken;
    }
    return size;
}

int tls_write(struct tls *tls, struct outbox_pool *pool, struct outbox *outbox) {
    if (tls->failed) return -ECONNRESET;
    for (;;) {
        int sent = send_sealed(tls);
        if (sent != 0) return sent;
        if (!outbox->first) return 0;
        if (!SSL_is_init_finished(tls->ssl)) return -EAGAIN; /* the peer's turn */
        char record[TLS_PLAIN_MAX];
        int n = SSL_write(tls->ssl, record, (int)gather(outbox, record));
        if (n <= 0) {
            ERR_clear_error();
            tls->failed = true;
            return -ECONNRESET;
        }
        outbox_sent(pool, outbox, (uint64_t)n);
    }
}

bool tls_pends(const struct tls *tls) {
    return tls->out_at < tls->out_size;
}
