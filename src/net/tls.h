/* tls.h: TLS 1.2 and 1.3 by OpenSSL, of connections that others accept. A connection belongs to one
 * worker thread; a tls_context is made by main, never changes, and may be used by all of them.
 *
 * OpenSSL never touches the socket by itself: what it wants to send waits in a buffer of ours until
 * the socket takes it, so that a write is never to be repeated with the same bytes. An idle
 * connection holds no buffer (SSL_MODE_RELEASE_BUFFERS). */
#ifndef NET_TLS_H
#define NET_TLS_H

#include <stdbool.h>
#include <stddef.h>

#include "net/outbox.h"

struct tls_context; /* certificates with their keys, and what is spoken inside */
struct tls;         /* one connection */

enum { TLS_FINGERPRINT_SIZE = 32 };

enum { TLS_NAMES_MAX = 16, TLS_PLAIN_MAX = 16384 /* bytes of one record */ };

/* `certs` and `keys` are paths of `count` PEM files; the first certificate is for who names no
 * server, the others are found by the name that a client wants (SNI). `alpn`: the protocols spoken
 * inside, each behind a byte with its size, as OpenSSL has them; a client that offers only others
 * is turned away (RFC 7301 section 3.2). Who comes for anything but HTTP is asked for a
 * certificate, and need not have one: a browser would ask its person which. NULL: `why` says what
 * is wrong and with which file; it has room for 256 bytes. */
struct tls_context *tls_context_open(const char *const *certs, const char *const *keys,
                                     size_t count, const char *alpn, char *why);
void tls_context_free(struct tls_context *context); /* connections made of it live on */

/* Make a key and a certificate of its own signature for `name`, ten years long, mode 0600; neither
 * file may exist. False: *why as above. */
bool tls_make_certificate(const char *cert, const char *key, const char *name, char *why);

/* SHA-256 of the certificate in a file, as hex digits with colons, 96 bytes with its NUL. */
bool tls_fingerprint(const char *cert, char text[96]);

/* The connection that a socket will speak. `early`: bytes that were read already. NULL: no memory.
 */
struct tls *tls_open(const struct tls_context *context, int fd, const char *early,
                     size_t early_size);
/* SHA-256 of the certificate that the client showed, with its key. False: none, or not yet. */
bool tls_peer_fingerprint(const struct tls *tls, unsigned char sum[TLS_FINGERPRINT_SIZE]);

/* Says goodbye, as far as the socket takes it now. Does not close the socket. */
void tls_close(struct tls *tls);

/* As conn_read(); `cap` must be above TLS_PLAIN_MAX, so that no record is left half read. The
 * handshake is part of it. -EPROTO: the peer spoke no TLS that we speak. */
long tls_read(struct tls *tls, char *bytes, size_t cap);

/* As outbox_write(): 0 where all is sent, what waits inside as well. */
int tls_write(struct tls *tls, struct outbox_pool *pool, struct outbox *outbox);

/* Something waits inside for the socket to take it. */
bool tls_pends(const struct tls *tls);

#endif
