/* proxy.h: the header that a proxy writes before the first byte of a connection, to say whom it
 * comes for (haproxy.org, "The PROXY protocol", versions 1 and 2). Pure. Read only from those who
 * must send it: there is no guessing whether one is there. */
#ifndef WIRE_PROXY_H
#define WIRE_PROXY_H

#include "base/address.h"

enum proxy_result {
    PROXY_MORE, /* not whole yet: give it again with more behind it */
    PROXY_DONE,
    PROXY_BAD, /* none, or one that does not tell an address of TCP: close */
};

/* A longer one is bad, bytes: what version 2 may append is not read, but it must be skipped. */
enum { PROXY_SIZE_MAX = 2048 };

/* Take the header off *stream. *from is whom the proxy comes for; left alone where the proxy comes
 * for itself (LOCAL, as it asks whether the server lives). PROXY_MORE and PROXY_BAD leave both. */
enum proxy_result proxy_take(struct slice *stream, struct address *from);

#endif
