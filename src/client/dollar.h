/* dollar.h: the `$` dialect as the JSON protocol: what a server of that kind says becomes messages
 * that the model understands, and its commands become lines. Pure. Such a server knows no history,
 * no acknowledgement and no list; it does not say who spoke, nor where. */
#ifndef CLIENT_DOLLAR_H
#define CLIENT_DOLLAR_H

#include <jansson.h>

#include "client/model.h"

struct dollar;

struct dollar *dollar_new(struct model *model);
void dollar_free(struct dollar *dollar);  /* NULL: nothing */
void dollar_reset(struct dollar *dollar); /* the connection is another one */

void dollar_hear(struct dollar *dollar, struct slice line);
/* The next message for the model, a reference of the caller's; NULL: there is none. */
json_t *dollar_take(struct dollar *dollar);

/* The lines that a command of the model becomes, without the last one's end; of the heap. */
char *dollar_say(struct dollar *dollar, struct slice command);

#endif
