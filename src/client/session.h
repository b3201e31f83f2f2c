/* session.h: the model, its connection and its files, whatever shows them. One thread.
 *
 * What was said is on the disk before it is sent, and leaves the disk when the server has it. */
#ifndef CLIENT_SESSION_H
#define CLIENT_SESSION_H

#include "client/connection.h"
#include "client/dollar.h"
#include "client/model.h"
#include "client/place.h"

struct session {
    struct model *model;
    struct connection *connection;
    struct dollar *dollar; /* NULL: JSON is spoken */
    struct address address;
    struct trust trust;
    char settings[PLACE_MAX], state[PLACE_MAX]; /* folders */
    char outbox_file[24];
    int lock;                                                 /* of the outbox's file */
    uint64_t outbox_written, identity_written, trust_written; /* counts of changes */
    uint32_t tries;                                           /* since the last welcome */
    uint64_t random;                                          /* for the waits between tries */
    void *reader;                                             /* passed to heard() */
    void (*heard)(void *reader, const json_t *message); /* each message before the model; or NULL */
};

struct session_options {
    const char *server, *name, *invitation;
    const char *rooms[16];
    size_t room_count;
    bool secure, insecure, login, new_account, dollar, plain;
};

/* False: it cannot begin; *why says why, in PLACE_MAX bytes. */
bool session_init(struct session *session, const struct session_options *options,
                  char why[PLACE_MAX]);
void session_deinit(struct session *session);

/* Try to connect where it is time, take what came, send what is to be sent, keep what is to be
 * kept. False: something could not be kept; the model has been told. */
void session_step(struct session *session);

/* Milliseconds until the next step is due although nothing came. */
int session_wait_ms(const struct session *session);

#endif
