/* derive.h: what the parts of the server are told of a configuration. Pure. */
#ifndef SERVER_DERIVE_H
#define SERVER_DERIVE_H

#include "hub/hub.h"
#include "server/config.h"
#include "store/store.h"

struct hub_limits derive_hub_limits(const struct config *config);

/* The folder's name stays the configuration's. */
struct store_options derive_store_options(const struct config *config);

#endif
