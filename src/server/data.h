/* data.h: the data folder opened, and the hub as it was left: for the server, and for a subcommand
 * that works without one. */
#ifndef SERVER_DATA_H
#define SERVER_DATA_H

#include "hub/hub.h"
#include "server/config.h"
#include "store/read.h"
#include "store/search.h"
#include "store/store.h"

struct data {
    struct store *store;
    struct store_reader *reader;
    struct store_reader *webhook_reader; /* the courier's */
    struct store_searcher *searcher;
    struct hub *hub;
    bool running; /* not opened: a server holds the folder */
};

/* Takes the folder's lock. 0, or the exit code to end with, and `why`. */
int data_open(struct data *data, const struct config *config, struct hub_size size, char why[512]);
void data_close(struct data *data);

#endif
