/* address.h: which server is meant: HOST, HOST:PORT, [V6]:PORT, or a URL of ws, wss, http or https,
 * also one that a browser was given: of a room (/r/NAME) or an invitation (/invite/WORD). Pure. */
#ifndef CLIENT_ADDRESS_H
#define CLIENT_ADDRESS_H

#include "base/slice.h"

enum { ADDRESS_HOST_MAX = 256 }; /* bytes with the NUL */

struct address {
    char host[ADDRESS_HOST_MAX]; /* without brackets */
    char port[6];
    char path[ADDRESS_HOST_MAX];      /* of the WebSocket */
    char shown[ADDRESS_HOST_MAX + 8]; /* host:port, as in a Host header */
    char room[ADDRESS_HOST_MAX];      /* empty: none was named */
    char invitation[ADDRESS_HOST_MAX];
    bool secure;
};

/* False: it is none of these forms, or too long. */
bool address_read(struct address *address, const char *text);

#endif
