/* edit.c: typing. */
#include "client/edit.h"

#include <stdlib.h>

#include "base/check.h"
#include "base/utf8.h"
#include "client/glyph.h"
#include "client/own.h"

void edit_deinit(struct edit *edit) {
    for (size_t i = 0; i < edit->history_count; i++)
        free(edit->history[i]);
    free(edit->draft);
    *edit = (struct edit){0};
}

struct slice edit_slice(const struct edit *edit) {
    return (struct slice){edit->text, edit->size};
}

void edit_clear(struct edit *edit) {
    edit->size = edit->cursor = 0;
    edit->history_at = edit->history_count;
    own_set(&edit->draft, (struct slice){0});
}

void edit_set(struct edit *edit, struct slice text) {
    size_t size = utf8_cut(text, EDIT_SIZE_MAX);
    if (size > 0) memmove(edit->text, text.at, size);
    edit->size = edit->cursor = size;
}

bool edit_insert(struct edit *edit, struct slice text) {
    if (text.size > EDIT_SIZE_MAX - edit->size) return false;
    if (text.size == 0) return true;
    char *at = edit->text + edit->cursor;
    memmove(at + text.size, at, edit->size - edit->cursor);
    memcpy(at, text.at, text.size);
    edit->size += text.size;
    edit->cursor += text.size;
    return true;
}

static void take_out(struct edit *edit, size_t from, size_t to) {
    check(from <= to);
    check(to <= edit->size);
    memmove(edit->text + from, edit->text + to, edit->size - to);
    edit->size -= to - from;
    edit->cursor = from;
}

void edit_replace(struct edit *edit, size_t from, size_t to, struct slice text) {
    if (text.size > EDIT_SIZE_MAX - (edit->size - (to - from))) return;
    take_out(edit, from, to);
    edit_insert(edit, text);
}

static void cut(struct edit *edit, size_t from, size_t to) {
    if (from == to) return;
    memcpy(edit->cut, edit->text + from, to - from);
    edit->cut_size = to - from;
    take_out(edit, from, to);
}

void edit_remember(struct edit *edit) {
    struct slice text = edit_slice(edit);
    size_t last = edit->history_count;
    bool again = last > 0 && slice_equal(slice_text(edit->history[last - 1]), text);
    if (text.size > 0 && !again) {
        if (edit->history_count == EDIT_HISTORY_MAX) {
            free(edit->history[0]);
            edit->history_count--;
            memmove(edit->history, edit->history + 1, edit->history_count * sizeof(char *));
        }
        edit->history[edit->history_count++] = own_new(text);
    }
    edit_clear(edit);
}

static void older(struct edit *edit) {
    if (edit->history_at == 0) return;
    if (edit->history_at == edit->history_count) own_set(&edit->draft, edit_slice(edit));
    edit_set(edit, slice_text(edit->history[--edit->history_at]));
}

static void newer(struct edit *edit) {
    if (edit->history_at == edit->history_count) return;
    edit->history_at++;
    bool now = edit->history_at == edit->history_count;
    edit_set(edit, slice_text(now ? own_text(edit->draft) : edit->history[edit->history_at]));
}

void edit_do(struct edit *edit, enum edit_move move) {
    struct slice text = edit_slice(edit);
    size_t at = edit->cursor;
    switch (move) {
    case EDIT_LEFT: edit->cursor = grapheme_before(text, at); break;
    case EDIT_RIGHT: edit->cursor = grapheme_after(text, at); break;
    case EDIT_WORD_LEFT: edit->cursor = word_before(text, at); break;
    case EDIT_WORD_RIGHT: edit->cursor = word_after(text, at); break;
    case EDIT_BEGIN: edit->cursor = 0; break;
    case EDIT_END: edit->cursor = edit->size; break;
    case EDIT_DELETE: take_out(edit, at, grapheme_after(text, at)); break;
    case EDIT_BACKSPACE: take_out(edit, grapheme_before(text, at), at); break;
    case EDIT_CUT_WORD: cut(edit, word_before(text, at), at); break;
    case EDIT_CUT_FORWARD: cut(edit, at, word_after(text, at)); break;
    case EDIT_CUT_BEGIN: cut(edit, 0, at); break;
    case EDIT_CUT_END: cut(edit, at, edit->size); break;
    case EDIT_PASTE: edit_insert(edit, (struct slice){edit->cut, edit->cut_size}); break;
    case EDIT_OLDER: older(edit); break;
    case EDIT_NEWER: newer(edit); break;
    }
}
