/* script.h: a program that sends each message with a client id, straight to the hub, and sends it
 * again when it is not sure. The hub must store it once and answer the same number. */
#ifndef SIM_SCRIPT_H
#define SIM_SCRIPT_H

#include "sim/oracle.h"

enum { SCRIPT_KEPT = 16, SCRIPT_TEXT_CAP = 96 };

struct script {
    struct world *world;
    struct oracle *oracle;
    struct rng rng;
    struct session_id id;
    bool here;
    uint64_t sent; /* how many in this life */
    struct {
        uint64_t marker; /* below 65536: it is the reply_code too */
        char text[SCRIPT_TEXT_CAP];
        size_t size;
    } kept[SCRIPT_KEPT]; /* the last ones; a ring */
};

void script_init(struct script *script, struct world *world, struct oracle *oracle, uint64_t seed);
void script_step(struct script *script);
void script_told(struct script *script, const struct event *event);
void script_crashed(struct script *script);

#endif
