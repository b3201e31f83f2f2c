/* pattern.h: POSIX extended regular expressions with named groups, (?P<name>...), and the names
 * that a transcript has learnt. */
#ifndef SIM_PATTERN_H
#define SIM_PATTERN_H

#include "base/buf.h"
#include "base/slice.h"

enum { NAMES_MAX = 64, NAME_CAP = 32, VALUE_CAP = 512 };

struct names {
    struct {
        char name[NAME_CAP], value[VALUE_CAP];
        size_t name_size, value_size;
    } at[NAMES_MAX];
    size_t count;
};

/* False: too many, or too long. */
bool names_set(struct names *names, struct slice name, struct slice value);

/* Append `text` with each ${name} replaced. False: a name is not known; *unknown is it. */
bool names_fill(const struct names *names, struct slice text, struct buf *out,
                struct slice *unknown);

/* The whole of `line` matches; its named groups are learnt. `bad` where it is no pattern. */
bool pattern_match(struct slice pattern, struct slice line, struct names *names, bool *bad);

#endif
