/* modes.c: lines of changes of a room's modes. */
#include "chat/modes.h"

void mode_put(struct buf *out, const struct mode_change *change) {
    buf_byte(out, change->on ? '+' : '-');
    buf_number(out, change->kind);
    buf_byte(out, ' ');
    buf_number(out, change->which);
    buf_byte(out, ' ');
    buf_number(out, change->subject);
    buf_byte(out, '\t');
    buf_put(out, change->value);
    buf_byte(out, '\t');
    buf_put(out, change->key);
    buf_byte(out, '\n');
}

bool mode_take(struct slice *lines, struct mode_change *change) {
    struct slice rest = slice_until(lines, '\n'), head = slice_until(&rest, '\t');
    uint64_t kind, which, subject;
    if (head.size == 0 || (head.at[0] != '+' && head.at[0] != '-')) return false;
    change->on = head.at[0] == '+';
    head = slice_from(head, 1);
    if (!slice_number(slice_until(&head, ' '), MODE_KINDS - 1, &kind)) return false;
    if (!slice_number(slice_until(&head, ' '), UINT8_MAX, &which)) return false;
    if (!slice_number(head, UINT8_MAX, &subject)) return false;
    change->kind = (enum mode_kind)kind;
    change->which = (uint32_t)which;
    change->subject = (uint32_t)subject;
    change->value = slice_until(&rest, '\t');
    change->key = rest;
    return true;
}
