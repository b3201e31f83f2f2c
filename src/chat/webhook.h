/* webhook.h: outgoing webhooks: addresses to which the messages of a room are sent, one after the
 * other, each until it is taken or a day old. The hub keeps them, server/courier.h delivers. Pure.
 */
#ifndef CHAT_WEBHOOK_H
#define CHAT_WEBHOOK_H

#include "base/buf.h"
#include "base/slice.h"
#include "chat/ids.h"

enum {
    WEBHOOKS_MAX = 1024,      /* of one server */
    ROOM_WEBHOOKS_MAX = 8,    /* of one room */
    WEBHOOK_URL_MAX = 500,    /* bytes */
    WEBHOOK_SECRET_SIZE = 32, /* bytes of the key that signs */
    WEBHOOK_LINE_MAX = WEBHOOK_URL_MAX + 160,
};

/* Why the last attempt did not get there. */
enum webhook_fault {
    WEBHOOK_FINE,        /* it did, or there was none yet */
    WEBHOOK_STATUS,      /* answered otherwise than 2xx */
    WEBHOOK_NO_HOST,     /* its name is not known */
    WEBHOOK_NOT_ALLOWED, /* the address is a private one */
    WEBHOOK_UNREACHABLE,
    WEBHOOK_TOO_LATE, /* no answer in time */
    WEBHOOK_TLS,      /* no encryption, or not with who it should be */
    WEBHOOK_FAULTS,
};

/* What the courier tells the hub. */
struct webhook_mark {
    uint64_t number;   /* of the webhook */
    uint64_t epoch;    /* of its room */
    uint64_t seq;      /* up to there all is delivered, or given up */
    uint32_t failures; /* in a row; 0: the last attempt got there */
    uint16_t status;   /* WEBHOOK_STATUS: of the answer */
    uint8_t fault;     /* enum webhook_fault */
};

/* http:// or https:// and a host, no user's name, printable ASCII. Whether the host may be reached
 * is looked at when its address is known. */
bool webhook_url_fits(struct slice url);

/* One of EVENT_WEBHOOKS: "number\tmaker\tbehind\tfailures\tstatus\tfault\turl\n". */
struct webhook_line {
    uint64_t number, behind, failures, status; /* behind: events of the room that are newer */
    struct slice maker, fault, url;            /* fault: a word; empty: none */
};

void webhook_line_put(struct buf *out, const struct webhook_line *line);
/* Takes one line off *lines. False: there is none. */
bool webhook_line_take(struct slice *lines, struct webhook_line *line);

/* Empty for WEBHOOK_FINE. */
const char *webhook_fault_word(enum webhook_fault fault);

#endif
