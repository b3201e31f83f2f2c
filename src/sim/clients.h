/* clients.h: simulated people with clients of every classic dialect. They type what people type,
 * right and wrong, in pieces cut anywhere, read fast, slowly or not at all, and compare every line
 * that they read with what the oracle says it must be. */
#ifndef SIM_CLIENTS_H
#define SIM_CLIENTS_H

#include "sim/manners.h"
#include "sim/oracle.h"

enum { CLIENTS = 20, TYPED_CAP = 8192, MANNERS = 12, LINE_MANNERS = 4, SIM_LINE_SIZE = 700 };

enum mood { MOOD_FAST, MOOD_SLOW, MOOD_STUCK };

struct client {
    bool here;
    bool ending; /* has typed her last line */
    bool ended;  /* her input is at its end */
    bool lost;   /* her connection broke */
    bool first;  /* has not said who she is */
    bool over;   /* was told that she is cut off: what is under way may be missing */
    uint8_t mood;
    uint8_t speaks; /* enum dialect_kind; DIALECT_WEB: a browser that came by mistake */
    uint32_t peer, number;
    uint32_t unanswered; /* line: lines that are refused if her name is */
    const struct manner *manner;
    struct address address;
    char channel[16];                       /* dollar: one that she heard of */
    char token[TOKEN_SIZE + 1], cursor[48]; /* line: the last that she was told */
    char typed[TYPED_CAP];
    size_t typed_size, typed_at;
};

struct clients {
    struct world *world;
    struct oracle *oracle;
    struct rng rng;
    struct manner manners[MANNERS];
    uint8_t speaks[MANNERS];
    struct client at[CLIENTS];
    uint16_t next_port;
    uint64_t hot;      /* seq of the message that somebody typed a command about last */
    uint32_t hot_left; /* so many others take it up at once */
    bool exempt;       /* from the throttle */
    bool
        timeless; /* the clock may go back: nobody bans for a time, as what ended may begin again */
    bool quiet;   /* nobody comes, types or goes any more; all read what there is */
};

void clients_init(struct clients *clients, struct world *world, struct oracle *oracle,
                  uint64_t seed);

/* One of them does something. */
void clients_step(struct clients *clients);
/* All look at what they were sent. */
void clients_read(struct clients *clients);
/* So many bytes a peer's socket takes now; for world_turn(). */
uint64_t clients_takes(void *context, uint32_t peer);
void clients_crashed(struct clients *clients);
/* Everybody sends what she has typed and waits; false: there is nothing left to send. */
bool clients_finish(struct clients *clients);
void clients_leave(struct clients *clients); /* all go */

/* typing.c: a line or several, behind what is typed already. */
void client_types(struct clients *clients, struct client *client);

/* hearing.c: one line, without its end. */
void client_hears(struct clients *clients, struct client *client, struct slice line);

#endif
