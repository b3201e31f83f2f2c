/* person.c: the line of a person. */
#include "chat/person.h"

void person_put(struct buf *out, const struct person *person) {
    const struct slice words[] = {person->name, person->login, person->account, person->real};
    buf_number(out, person->role);
    buf_byte(out, '\t');
    buf_number(out, person->flags);
    buf_text(out, person->away ? "\t1" : "\t0");
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        buf_byte(out, '\t');
        buf_put(out, words[i]);
    }
    buf_byte(out, '\t');
    buf_number(out, person->seconds);
    buf_byte(out, '\n');
}

bool person_take(struct slice *lines, struct person *person) {
    struct slice line = slice_until(lines, '\n');
    uint64_t role, flags;
    if (!slice_number(slice_until(&line, '\t'), ROLES - 1, &role)) return false;
    if (!slice_number(slice_until(&line, '\t'), UINT32_MAX, &flags)) return false;
    struct slice away = slice_until(&line, '\t');
    *person = (struct person){.role = (enum role)role,
                              .flags = (uint32_t)flags,
                              .away = slice_equal(away, slice_of("1"))};
    person->name = slice_until(&line, '\t');
    person->login = slice_until(&line, '\t');
    person->account = slice_until(&line, '\t');
    person->real = slice_until(&line, '\t');
    uint64_t seconds = 0;
    if (slice_number(line, UINT32_MAX, &seconds)) person->seconds = (uint32_t)seconds;
    return true;
}
