/* fact.h: words under keys that people and rooms have (draft/metadata), and how far a person has
 * read, as a time (draft/read-marker). One row holds all of one owner, as the store does; a person
 * without an account keeps hers while she is here. Only src/hub/ includes this. */
#ifndef HUB_FACT_H
#define HUB_FACT_H

#include "chat/fact.h"
#include "hub/state.h"

struct fact_row {
    uint64_t owner; /* FACT_OWNER(); 0: free */
    uint32_t next_free;
    uint16_t size;
    char
        lines[FACTS_SIZE_MAX]; /* "key\tvalue\n"; of marks "#hex\tms\n" and "key of a name\tms\n" */
};

bool fact_init(struct hub *hub);
void fact_deinit(struct hub *hub);
void fact_command(struct hub *hub);

/* All of hers and of the room's go with them, unrecorded. */
void fact_drop_person(struct hub *hub, uint32_t number);
void fact_drop_room(struct hub *hub, const struct room *room);
/* She has an account from now on: what she said as a guest stays, if the disk takes it. */
void fact_keep(struct hub *hub, const struct account *account);
bool fact_load(struct hub *hub, const struct record *record);

/* Until when she has read the room, Unix time; 0: nobody knows. */
int64_t fact_marked(struct hub *hub, const struct user *user, const struct room *room);
/* To the asker, behind what she is told of this person (WHOIS): EVENT_FACTS. */
void fact_tell(struct hub *hub, const struct user *user);

void fact_verify(const struct hub *hub);
uint64_t fact_digest(struct hub *hub); /* of those that are kept */

#endif
