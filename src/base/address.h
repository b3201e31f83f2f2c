/* address.h: where a connection comes from, as a value. Pure, any thread. IPv4 is kept in its
 * mapped form ::ffff:a.b.c.d (RFC 4291 section 2.5.5.2), so that there is one kind of address. */
#ifndef BASE_ADDRESS_H
#define BASE_ADDRESS_H

#include "base/buf.h"
#include "base/slice.h"

enum { ADDRESS_TEXT_SIZE_MAX = 47 }; /* bytes: [xxxx:...:xxxx]:65535, eight groups */

/* All zero, port too: a unix socket. */
struct address {
    uint8_t ip[16]; /* network order */
    uint16_t port;  /* host order */
};

struct network {
    uint8_t ip[16];      /* zero behind the prefix */
    uint8_t prefix_bits; /* 0 to 128, of the mapped form: 127.0.0.0/8 has 104 */
};

/* Append `127.0.0.1:53974`, `[::1]:5` or `local`; IPv6 as RFC 5952 wants it. */
void address_text(struct buf *out, struct address address);

/* The same without port and brackets: `127.0.0.1`, `::1`, `local`. */
void address_ip_text(struct buf *out, struct address address);

/* Read what address_text() writes; any spelling of IPv6, no zone, no leading zeros in the port.
 * False leaves *address alone. */
bool address_parse(struct slice text, struct address *address);

/* What limits take for one network, as a number: an IPv4 address, or the 64 bits that one customer
 * of IPv6 has. */
uint64_t address_network(struct address address);

/* Any port. A unix socket is in no network. */
bool address_in(struct address address, struct network network);

/* Read `10.0.0.0/8`, `fe80::/10`, or one address without a slash. Bits behind the prefix are
 * dropped. `::/0` holds IPv4 as well, `0.0.0.0/0` IPv4 alone. False leaves *network alone. */
bool network_parse(struct slice text, struct network *network);

/* Append the network as network_parse() reads it, always with its prefix: 10.0.0.0/8. At most
 * ADDRESS_TEXT_SIZE_MAX bytes. */
void network_text(struct buf *out, struct network network);

#endif
