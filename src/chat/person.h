/* person.h: what is said of a person in a list of people: one line of text, since a list crosses
 * threads as one slice. */
#ifndef CHAT_PERSON_H
#define CHAT_PERSON_H

#include "base/buf.h"
#include "base/slice.h"
#include "chat/rights.h"

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
