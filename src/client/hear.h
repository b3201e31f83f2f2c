/* hear.h: what the server says. Between the files of the model. Pure. */
#ifndef CLIENT_HEAR_H
#define CLIENT_HEAR_H

#include "base/buf.h"
#include "client/model.h"

/* How an event came. */
enum heard {
    HEARD_LIVE,
    HEARD_MISSED, /* stored while we were away */
    HEARD_PAGE,   /* asked for */
};

/* True: it is an event that stands in a room's history, and it was heard. */
bool hear_event(struct model *model, const json_t *event, enum heard heard);
/* Who comes, goes and is; false: another kind of message. */
bool hear_people(struct model *model, const json_t *message);
/* Lists and errors; false: another kind of message. */
bool hear_answer(struct model *model, const json_t *message);

/* The room of a message; NULL: none that is known. */
struct room *hear_room(const struct model *model, const json_t *message);

static inline struct slice hear_name(const json_t *message, const char *key) {
    const json_t *name = json_object_get(json_object_get(message, key), "name");
    if (!json_is_string(name)) return (struct slice){0};
    return (struct slice){json_string_value(name), json_string_length(name)};
}

#endif
