/* press.h: a key, or what the mouse did. */
#ifndef CLIENT_PRESS_H
#define CLIENT_PRESS_H

#include <stdbool.h>
#include <stdint.h>

enum press_kind {
    PRESS_CHARACTER, /* `point`, and maybe alt */
    PRESS_CONTROL,   /* `point`: the letter, lower case */
    PRESS_ENTER,
    PRESS_TAB,
    PRESS_BACK_TAB,
    PRESS_BACKSPACE,
    PRESS_DELETE,
    PRESS_ESCAPE,
    PRESS_LEFT,
    PRESS_RIGHT,
    PRESS_UP,
    PRESS_DOWN,
    PRESS_HOME,
    PRESS_END,
    PRESS_PAGE_UP,
    PRESS_PAGE_DOWN,
    PRESS_FUNCTION, /* `point`: its number */
    PRESS_PASTE_BEGIN,
    PRESS_PASTE_END,
    PRESS_WHEEL_UP,
    PRESS_WHEEL_DOWN,
    PRESS_CLICK,
    PRESS_FOCUS, /* `point`: 1: the terminal has it */
    PRESS_KINDS,
};

struct press {
    enum press_kind kind;
    uint32_t point;
    int row, column; /* of the mouse */
    bool alt, control;
};

#endif
