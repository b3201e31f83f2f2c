/* restraint.c: the words. */
#include "chat/restraint.h"

static const char *const words[RESTRAINTS] = {
    [RESTRAINT_BAN] = "ban",
    [RESTRAINT_MUTE] = "mute",
    [RESTRAINT_INVITE] = "invite",
    [RESTRAINT_EXEMPT] = "exempt",
    [RESTRAINT_EXEMPT_MUTE] = "unmutable",
    [RESTRAINT_WELCOME] = "welcome",
    [RESTRAINT_REPORT] = "report",
    [RESTRAINT_REFUSE] = "refuse",
    [RESTRAINT_HUSH] = "hush",
    [RESTRAINT_LOCKDOWN] = "lockdown",
};

const char *restraint_word(enum restraint kind) {
    return words[kind];
}

bool restraint_find(struct slice word, enum restraint *kind) {
    for (enum restraint i = 0; i < RESTRAINTS_OF_PEOPLE; i++) {
        if (!slice_equal(word, slice_text(words[i]))) continue;
        *kind = i;
        return true;
    }
    return false;
}
