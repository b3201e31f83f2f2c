/* json_event.h: one event of a room as a JSON object (doc/protocol/json.md), for the JSON dialect
 * and the HTTP API. Pure. */
#ifndef DIALECT_JSON_EVENT_H
#define DIALECT_JSON_EVENT_H

#include "chat/event.h"
#include "chat/rights.h"

/* The members of the object, without its braces, `type` first: a live event of a room, or a row of
 * a page (EVENT_PAST, EVENT_FOUND). False: nothing is shown of it, and nothing was written. */
bool json_event_put(const struct event *event, struct buf *out);

/* {"id":..,"name":..,"account":..} under `key`; an id of 0 is left out, an empty account is null.
 */
void json_person_put(struct buf *out, const char *key, struct user_id id, struct slice name,
                     struct slice account);

/* "from": the author; null: the server. */
void json_author_put(struct buf *out, const char *key, const struct event *event);

/* "room": its number. */
void json_room_put(struct buf *out, const struct event *event);

/* "member" for ROLE_NONE, else as role_word(). */
const char *json_role_word(enum role role);
bool json_role_find(struct slice word, enum role *role);

#endif
