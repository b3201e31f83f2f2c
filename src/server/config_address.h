/* config_address.h: what a listener binds to, and whom a setting with networks means.
 *
 * No name is looked up ("localhost" alone is known, as 127.0.0.1), so that a start never waits for
 * a name server. What is in here is owned by the configuration. Pure, any thread. */
#ifndef SERVER_CONFIG_ADDRESS_H
#define SERVER_CONFIG_ADDRESS_H

#include <sys/socket.h>

#include "base/address.h"

struct config_networks {
    struct network *at;
    uint32_t count;  /* at most CONFIG_LIST_MAX */
    bool unix_peers; /* the word "unix" was among them: whoever comes by a Unix socket */
};

struct config_address {
    sa_family_t family;  /* AF_INET, AF_INET6 or AF_UNIX */
    struct address inet; /* IPv4 in its mapped form; port 0: the kernel chooses */
    struct slice text;   /* as given: "127.0.0.1:7070", "[::1]:7070", "unix:/run/x.sock" */
    struct slice path;   /* of the socket, for AF_UNIX; fits sun_path; points into `text` */
};

/* `text` must outlive *address, which points into it. False leaves *address alone. */
bool config_address_parse(struct slice text, struct config_address *address);

/* Every address of IPv4 or of IPv6 is in it: as good as no restriction. */
bool config_network_is_whole(struct network network);

/* Does a peer belong to one of them? */
bool config_networks_hold(const struct config_networks *networks, struct address peer);

#endif
