/* speak.h: the JSON protocol, as the client writes and reads it (doc/protocol/json.md). Pure. */
#ifndef CLIENT_SPEAK_H
#define CLIENT_SPEAK_H

#include <jansson.h>

#include "client/model.h"

/* What stands in a message of the server under a key; empty, 0, false where nothing of that kind
 * does. Slices are valid as long as the object. */
struct slice said_text(const json_t *object, const char *key);
uint64_t said_number(const json_t *object, const char *key);
bool said_true(const json_t *object, const char *key);

json_t *text_value(struct slice text);

/* The message that sends a post, without its ref. A new reference. */
json_t *post_object(const struct post *post);

/* A command of a type, with a ref of its own. Then fill it, then speak(). */
json_t *speak_about(struct model *model, const char *type);
json_t *speak_in(struct model *model, const char *type, const struct room *room); /* with `room` */
void speak(struct model *model, json_t *command);                                 /* takes it */

void speak_hello(struct model *model);
void speak_history(struct model *model, struct room *room, enum asking asking, uint64_t seq);
void speak_read(struct model *model, struct room *room);
void speak_typing(struct model *model, const struct room *room, const char *state);

/* Send as many posts as may be on their way at once. */
void speak_posts(struct model *model);

#endif
