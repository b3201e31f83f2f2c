/* outbox.h: what was said and is not known to be stored. Pure; chat.c keeps it on the disk before
 * any of it is sent, so that it is sent again after a crash, and stored once by its client id. */
#ifndef CLIENT_OUTBOX_H
#define CLIENT_OUTBOX_H

#include "client/room.h"

enum {
    OUTBOX_MAX = 1000,    /* posts; more are refused */
    OUTBOX_IN_FLIGHT = 8, /* sent and not yet answered */
    OUTBOX_FILE_MAX = 64 * 1024 * 1024,
};

struct post {
    char *client_id;
    uint64_t room; /* its number; 0: see `to` */
    char *to;      /* a person */
    char *text;
    enum entry_kind kind;
    uint64_t reply;        /* seq; 0: none */
    uint16_t ref;          /* of the command that is on its way; 0: none is */
    int64_t not_before_ms; /* the server asked us to wait */
};

struct outbox {
    struct post *posts; /* owned; the oldest first */
    size_t count, cap;
    uint64_t changes; /* so often did what must be on the disk change */
};

void outbox_deinit(struct outbox *outbox);
/* The texts of `post` become the outbox's. False: it is full, they are still the caller's. */
bool outbox_put(struct outbox *outbox, const struct post *post);
struct post *outbox_find(struct outbox *outbox, struct slice client_id);
struct post *outbox_find_ref(struct outbox *outbox, uint16_t ref); /* ref: not 0 */
void outbox_drop(struct outbox *outbox, struct post *post);
/* Nothing is on its way: the connection was lost. */
void outbox_recall(struct outbox *outbox);

/* As it is kept on the disk: a line of JSON for each. Of the heap, for free(). */
char *outbox_text(const struct outbox *outbox);
/* Add what outbox_text() wrote; lines that are none of ours are left out. */
void outbox_read(struct outbox *outbox, struct slice file);

#endif
