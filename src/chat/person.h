/* person.h: what is said of a person in a list of people: one line of text, since a list crosses
 * threads as one slice. */
#ifndef CHAT_PERSON_H
#define CHAT_PERSON_H

#include "base/buf.h"
#include "base/slice.h"
#include "chat/rights.h"

/* What is shown of a person beside her names: EVENT_PEOPLE, COMMAND_USER_MODE. */
enum {
    PERSON_INVISIBLE = 1, /* not listed to who shares no room with her */
    PERSON_BOT = 2,
    PERSON_ADMIN = 4,
    PERSON_WALLOPS = 8,     /* hears what administrators say to all */
    PERSON_REGISTERED = 16, /* takes direct messages from accounts only */
    PERSON_NO_CTCP = 32,
    PERSON_VOICED = 64, /* in a room's list: was given a voice beside her role there */
};

/* One line is "role flags away name login account real seconds\n" with TABs between; `flags` is a
 * decimal number of PERSON_*, `away` 1 or 0. No part holds a TAB or line end. */
struct person {
    enum role role; /* in the room that the list is of */
    uint32_t flags; /* PERSON_* */
    bool away;
    struct slice name;
    struct slice login;   /* "login@host"; empty: her dialect has none */
    struct slice account; /* empty: a guest */
    struct slice real;    /* real name; empty: she gave none */
    uint32_t seconds;     /* without a word; of one who is gone: when she went, Unix time */
};

enum { PERSON_LINE_MAX = 420 }; /* bytes */

void person_put(struct buf *out, const struct person *person);

/* Takes one line off *lines. False: there is none. */
bool person_take(struct slice *lines, struct person *person);

#endif
