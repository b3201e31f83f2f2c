/* config_address.h: addresses to listen on and networks of peers, from text to bytes.
 *
 * Pure but for memory: no name is looked up ("localhost" alone is known, as 127.0.0.1), so that a
 * start never waits for a name server. What is parsed here is owned by the configuration. */
#ifndef SERVER_CONFIG_ADDRESS_H
#define SERVER_CONFIG_ADDRESS_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>

#include "base/slice.h"

/* Bits beyond the prefix are 0. An IPv4-mapped IPv6 network is held as the IPv4 one. */
struct config_network {
    sa_family_t family; /* AF_INET, AF_INET6, or AF_UNIX: every peer of a Unix socket */
    uint8_t prefix_bits;
    uint8_t bytes[16]; /* network order; the first 4 for AF_INET */
};

struct config_networks {
    struct config_network *at;
    uint32_t count; /* at most CONFIG_LIST_MAX */
};

struct config_address {
    sa_family_t family; /* AF_INET, AF_INET6 or AF_UNIX */
    uint16_t port;      /* host order; 0: the kernel chooses */
    uint8_t bytes[16];  /* network order; the first 4 for AF_INET */
    struct slice text;  /* as given: "127.0.0.1:7070", "[::1]:7070", "unix:/run/x.sock" */
    struct slice path;  /* of the socket, for AF_UNIX; fits sun_path; points into `text` */
};

/* `text` must outlive *address, which points into it. False leaves *address alone. */
bool config_address_parse(struct config_address *address, struct slice text);

/* ADDRESS, ADDRESS/PREFIX or the word "unix"; no bit beyond the prefix. False leaves *network. */
bool config_network_parse(struct config_network *network, struct slice text);

/* Does a peer with this address belong to one of them? IPv4-mapped IPv6 counts as IPv4. */
bool config_networks_hold(const struct config_networks *networks, const struct sockaddr *peer);

#endif
