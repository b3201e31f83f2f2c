/* derive.h: what the parts of the server are told of a configuration. Pure. */
#ifndef SERVER_DERIVE_H
#define SERVER_DERIVE_H

#include "hub/hub.h"
#include "server/config.h"
#include "store/store.h"

struct hub_limits derive_hub_limits(const struct config *config);

/* Bytes of a JSON message or of a request's body, at most: of the longest text, each character of
 * which may be escaped, and what goes with it; never less than a line. */
uint32_t derive_body_size(const struct config *config);

/* The folder's name stays the configuration's. */
struct store_options derive_store_options(const struct config *config);

#endif
