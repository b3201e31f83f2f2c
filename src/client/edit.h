/* edit.h: the line being typed, with its history. Pure. The text is always valid UTF-8. */
#ifndef CLIENT_EDIT_H
#define CLIENT_EDIT_H

#include "base/slice.h"

enum {
    EDIT_SIZE_MAX = 16384, /* bytes; more is not taken */
    EDIT_HISTORY_MAX = 200,
};

struct edit {
    char text[EDIT_SIZE_MAX];
    size_t size, cursor;
    char cut[EDIT_SIZE_MAX]; /* what was cut last */
    size_t cut_size;
    char *history[EDIT_HISTORY_MAX]; /* owned; the oldest first */
    size_t history_count;
    size_t history_at; /* history_count: what is typed now */
    char *draft;       /* owned: what was typed before one went into the history; NULL: nothing */
};

/* What a key does to the line. */
enum edit_move {
    EDIT_LEFT,
    EDIT_RIGHT,
    EDIT_WORD_LEFT,
    EDIT_WORD_RIGHT,
    EDIT_BEGIN,
    EDIT_END,
    EDIT_DELETE,      /* what the cursor stands on */
    EDIT_BACKSPACE,   /* what is before it */
    EDIT_CUT_WORD,    /* before the cursor */
    EDIT_CUT_FORWARD, /* the word behind it */
    EDIT_CUT_BEGIN,
    EDIT_CUT_END,
    EDIT_PASTE,
    EDIT_OLDER,
    EDIT_NEWER,
};

void edit_deinit(struct edit *edit);
struct slice edit_slice(const struct edit *edit);
void edit_set(struct edit *edit, struct slice text); /* the cursor at its end */
/* Valid UTF-8, at the cursor. False: there is no room for it, and nothing was done. */
bool edit_insert(struct edit *edit, struct slice text);
void edit_do(struct edit *edit, enum edit_move move);
/* Take out the bytes from `from` to before `to`, and put `text` there; the cursor behind it. */
void edit_replace(struct edit *edit, size_t from, size_t to, struct slice text);
/* What is typed goes into the history, and the line is empty. */
void edit_remember(struct edit *edit);
void edit_clear(struct edit *edit);

#endif
