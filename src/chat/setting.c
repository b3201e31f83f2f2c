/* setting.c: the words, and what stands behind each. */
#include "chat/setting.h"

#include "base/check.h"

static const struct {
    const char *word;
    enum setting_value value;
} settings[ROOM_SETTINGS] = {
    [SETTING_PRIVATE] = {"private", SETTING_SWITCH},
    [SETTING_INVITE_ONLY] = {"invite", SETTING_SWITCH},
    [SETTING_MODERATED] = {"moderated", SETTING_SWITCH},
    [SETTING_KEY] = {"key", SETTING_WORD},
    [SETTING_SLOW] = {"slow", SETTING_NUMBER},
    [SETTING_HISTORY] = {"history", SETTING_SWITCH},
    [SETTING_RETENTION_DAYS] = {"days", SETTING_NUMBER},
    [SETTING_RETENTION_COUNT] = {"count", SETTING_NUMBER},
    [SETTING_SECRET] = {"secret", SETTING_SWITCH},
    [SETTING_TOPIC_FREE] = {"free-topic", SETTING_SWITCH},
    [SETTING_OUTSIDE] = {"outside", SETTING_SWITCH},
    [SETTING_NO_CTCP] = {"no-ctcp", SETTING_SWITCH},
    [SETTING_KNOWN_SPEAK] = {"accounts-speak", SETTING_SWITCH},
    [SETTING_KNOWN_ENTER] = {"accounts-enter", SETTING_SWITCH},
    [SETTING_LIMIT] = {"limit", SETTING_NUMBER},
    [SETTING_OP_MODERATED] = {"op-moderated", SETTING_SWITCH},
    [SETTING_AUDITORIUM] = {"auditorium", SETTING_SWITCH},
    [SETTING_FORWARD] = {"forward", SETTING_SWITCH},
};

const char setting_words[] =
    "private, invite, moderated, key, slow, history, days, count, secret, free-topic, outside, "
    "no-ctcp, accounts-speak, accounts-enter, limit, op-moderated, auditorium";

const char *setting_word(enum room_setting setting) {
    check(setting < ROOM_SETTINGS);
    return settings[setting].word;
}

enum setting_value setting_value(enum room_setting setting) {
    check(setting < ROOM_SETTINGS);
    return settings[setting].value;
}

bool setting_find(struct slice word, enum room_setting *setting) {
    for (enum room_setting i = 0; i < ROOM_SETTINGS; i++) {
        if (!slice_equal(word, slice_text(settings[i].word))) continue;
        *setting = i;
        return true;
    }
    return false;
}
