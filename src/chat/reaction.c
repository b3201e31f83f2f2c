/* reaction.c: the line of a reaction. */
#include "chat/reaction.h"

void reaction_put(struct buf *out, const struct reaction *reaction) {
    buf_number(out, reaction->count);
    buf_text(out, reaction->mine ? "\t1\t" : "\t0\t");
    buf_put(out, reaction->text);
    buf_byte(out, '\t');
    buf_put(out, reaction->people);
    buf_byte(out, '\n');
}

bool reaction_take(struct slice *lines, struct reaction *reaction) {
    struct slice line = slice_until(lines, '\n');
    uint64_t count;
    if (!slice_number(slice_until(&line, '\t'), UINT32_MAX, &count)) return false;
    bool mine = slice_equal(slice_until(&line, '\t'), slice_of("1"));
    *reaction = (struct reaction){.count = (uint32_t)count, .mine = mine};
    reaction->text = slice_until(&line, '\t');
    reaction->people = line;
    return true;
}
