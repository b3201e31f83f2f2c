/* listeners.h: the sockets that listen, kept by the main thread; workers get copies. A reload binds
 * the new ones before it closes the old, so that it happens entirely or not at all. */
#ifndef SERVER_LISTENERS_H
#define SERVER_LISTENERS_H

#include "server/config.h"
#include "server/mailbox.h"

/* Lives as long as the process: sessions point to its manner. */
struct listener {
    struct listener *next;
    struct manner manner;
    const struct config_listener *from; /* of a configuration that is kept */
    struct tls_context *tls;            /* NULL: none */
    _Atomic uint32_t connections;
    uint32_t number;
    uint32_t connections_max;
    int fd;
    int worker_fds[WORKERS_MAX]; /* the workers' own descriptors of it, until it is active */
    uint16_t port;               /* as bound */
    struct slice address;        /* as configured; owned by a configuration that is kept */
    bool active, wanted;
    bool lent; /* by who started the server and keeps it: it must never be shut */
};

struct listeners {
    struct listener *all;
    uint32_t next_number;
};

/* Bind what `config` wants and is not bound yet, with a descriptor for each worker. 0, or a
 * negative errno with `failed` the address that could not be bound: then nothing was changed. */
int listeners_open(struct listeners *listeners, const struct config *config, uint32_t workers,
                   struct slice *failed);
/* After it: certificates for what is not active yet. False: `why` of 256 bytes says what is wrong,
 * and nothing was changed; the new listeners are closed again. */
bool listeners_secure(struct listeners *listeners, const struct config *config, uint32_t workers,
                      char *why);
/* After both: connections are taken from now on, and wait for a worker. 0, or a negative errno as
 * of listeners_open(). */
int listeners_begin(struct listeners *listeners, uint32_t workers, struct slice *failed);
/* After all three: tell the workers of the new ones, and to forget those that are not wanted any
 * more. */
void listeners_apply(struct listeners *listeners, const struct config *config,
                     struct mailbox *mailbox);

/* Say on stdout where to point a browser, nc and an IRC client. */
/* `invitation`: the word of one, or empty. */
void listeners_print(const struct listeners *listeners, struct slice invitation);

#endif
