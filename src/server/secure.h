/* secure.h: which certificate a listener shows, and the one that is made where none is named. */
#ifndef SERVER_SECURE_H
#define SERVER_SECURE_H

#include "net/tls.h"
#include "server/config.h"

/* What a listener speaks TLS with; *context NULL where it does not. A listener of the dialect
 * `auto` offers it beside plain text as soon as `server {}` names a certificate. Where TLS is
 * wanted and no certificate is named, one of its own signature lies in the data folder, made now if
 * need be. False: `why`, of 256 bytes, says what is wrong. */
bool secure_context(const struct config *config, const struct config_listener *listener,
                    struct tls_context **context, char *why);

/* `parlance cert`: makes that certificate if there is none, and prints where it is and by which
 * fingerprint a client may know it. */
int secure_cert_main(int argc, char **argv);

#endif
