/* reach.h: which addresses the server connects to by itself. What is not of the public internet
 * (this machine, the network around it, the addresses at which clouds tell secrets) is refused
 * unless a setting allows it: who may name an address must not reach through the server what she
 * cannot reach herself. Pure, any thread. */
#ifndef SERVER_REACH_H
#define SERVER_REACH_H

#include <sys/socket.h>

#include "server/config_address.h"

/* Unicast of the public internet: none of the special-purpose addresses of RFC 6890 and its
 * registries, and no IPv4 address in the clothes of IPv6, but for the mapped form itself. */
bool reach_is_public(struct address address);

/* The address that is about to be connected to, with its port. */
bool reach_allows(const struct sockaddr *peer, const struct config_networks *allowed);

#endif
