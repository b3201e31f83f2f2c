/* modes.h: changes of a room's modes, several in one text, since they cross threads as one slice:
 * what COMMAND_MODES asks for and EVENT_MODES tells. */
#ifndef CHAT_MODES_H
#define CHAT_MODES_H

#include "base/buf.h"
#include "base/slice.h"

enum mode_kind { MODE_SETTING, MODE_ROLE, MODE_RESTRAINT, MODE_KINDS };

struct mode_change {
    bool on;
    enum mode_kind kind;
    uint32_t which;     /* enum room_setting, role or restraint, as `kind` has it */
    uint32_t subject;   /* enum subject, of a restraint */
    struct slice value; /* a key, a limit, a person, a mask; no TAB or line end */
    struct slice key;   /* the canonical form of a person or mask */
};

enum {
    MODE_CHANGES_MAX = 12, /* in one command */
    MODES_SIZE_MAX = 4096, /* bytes of all lines of one command */
};

/* One line, "+kind which subject\tvalue\tkey\n". */
void mode_put(struct buf *out, const struct mode_change *change);

/* Takes one line off *lines. False: there is none, or it is no such line. */
bool mode_take(struct slice *lines, struct mode_change *change);

#endif
