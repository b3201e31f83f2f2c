/* reach.c: the list. IPv6 is the other way round: of what is given out one part is public,
 * 2000::/3, and what is special in it is taken away. */
#include "server/reach.h"

#include <netinet/in.h>

#include "base/check.h"

static const char *const special[] = {
    "0.0.0.0/8",         /* this network */
    "10.0.0.0/8",        /* private */
    "100.64.0.0/10",     /* of a provider, behind its NAT */
    "127.0.0.0/8",       /* this host */
    "169.254.0.0/16",    /* this link; clouds' 169.254.169.254 */
    "172.16.0.0/12",     /* private */
    "192.0.0.0/24",      /* of protocols */
    "192.0.2.0/24",      /* examples */
    "192.31.196.0/24",   /* AS112 */
    "192.52.193.0/24",   /* AMT */
    "192.88.99.0/24",    /* 6to4 relays */
    "192.168.0.0/16",    /* private */
    "192.175.48.0/24",   /* AS112 */
    "198.18.0.0/15",     /* benchmarks */
    "198.51.100.0/24",   /* examples */
    "203.0.113.0/24",    /* examples */
    "224.0.0.0/4",       /* to many */
    "240.0.0.0/4",       /* kept, and to all */
    "2001::/23",         /* of protocols; Teredo carries IPv4 in it */
    "2001:db8::/32",     /* examples */
    "2002::/16",         /* 6to4: carries IPv4 */
    "2620:4f:8000::/48", /* AS112 */
    "3fff::/20",         /* examples */
};

static bool is_in(struct address address, const char *text) {
    struct network network;
    bool read = network_parse(slice_text(text), &network);
    check(read);
    return address_in(address, network);
}

bool reach_is_public(struct address address) {
    for (size_t i = 0; i < sizeof special / sizeof *special; i++)
        if (is_in(address, special[i])) return false;
    return is_in(address, "2000::/3") || is_in(address, "0.0.0.0/0");
}

bool reach_allows(const struct sockaddr *peer, const struct config_networks *allowed) {
    struct address address = {0};
    if (peer->sa_family == AF_INET) {
        const struct sockaddr_in *inet = (const struct sockaddr_in *)(const void *)peer;
        address.ip[10] = address.ip[11] = 0xFF;
        memcpy(address.ip + 12, &inet->sin_addr, 4);
        address.port = ntohs(inet->sin_port);
    } else if (peer->sa_family == AF_INET6) {
        const struct sockaddr_in6 *inet = (const struct sockaddr_in6 *)(const void *)peer;
        memcpy(address.ip, &inet->sin6_addr, sizeof address.ip);
        address.port = ntohs(inet->sin6_port);
    } else {
        return false;
    }
    return reach_is_public(address) || config_networks_hold(allowed, address);
}
