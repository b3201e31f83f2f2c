/* test_hub_words.h: a word for each event and record, for tests that compare what a step did. */
#ifndef TEST_HUB_WORDS_H
#define TEST_HUB_WORDS_H

#include "chat/event.h"
#include "chat/record.h"

static const char *const events[EVENT_KINDS] = {
    [EVENT_WELCOME] = "welcome",
    [EVENT_ENTERED] = "entered",
    [EVENT_EXITED] = "exited",
    [EVENT_CREATED] = "created",
    [EVENT_DONE] = "done",
    [EVENT_REFUSED] = "refused",
    [EVENT_NAMES] = "names",
    [EVENT_ROOMS] = "rooms",
    [EVENT_QUERY] = "query",
    [EVENT_HELP] = "help",
    [EVENT_PONG] = "pong",
    [EVENT_TOPIC] = "topic",
    [EVENT_TOLD] = "told",
    [EVENT_CLOSE] = "close",
    [EVENT_BYE] = "bye",
    [EVENT_JOINED] = "joined",
    [EVENT_LEFT] = "left",
    [EVENT_SAID] = "said",
    [EVENT_LOOKUP] = "lookup",
    [EVENT_ALERT] = "alert",
    [EVENT_EDITED] = "edited",
    [EVENT_RETRACTED] = "retracted",
    [EVENT_REACTED] = "reacted",
    [EVENT_RESTRAINTS] = "restraints",
    [EVENT_TOKEN] = "token",
    [EVENT_USERS] = "users",
    [EVENT_TOKENS] = "tokens",
    [EVENT_MODE_SET] = "mode",
    [EVENT_ROLE_SET] = "role",
    [EVENT_MODES] = "modes",
    [EVENT_RESTRAINED] = "restrained",
    [EVENT_ROOM_RENAMED] = "called",
    [EVENT_ROOM_SHOWN] = "shown",
    [EVENT_TOPIC_SET] = "titled",
    [EVENT_PERSON] = "person",
    [EVENT_PEOPLE] = "people",
    [EVENT_WHOIS] = "whois",
    [EVENT_WHOIS_ROOMS] = "whois_rooms",
    [EVENT_ROOM_MODES] = "room_modes",
    [EVENT_COUNTS] = "counts",
    [EVENT_USER_MODE] = "user_mode",
    [EVENT_TAGGED] = "tagged",
    [EVENT_RENAMED] = "renamed",
    [EVENT_DELETED] = "deleted",
    [EVENT_SCRAM] = "scram",
    [EVENT_LOGGED_IN] = "loggedin",
    [EVENT_READ_UP] = "readup",
    [EVENT_FACTS] = "facts",
    [EVENT_FACT] = "fact",
    [EVENT_MARKED] = "marked",
};

static const char *const records[RECORD_KINDS] = {
    [RECORD_ROOM] = "+room",         [RECORD_MESSAGE] = "+message",
    [RECORD_TOPIC] = "+topic",       [RECORD_DELETED] = "+deleted",
    [RECORD_COUNTERS] = "+counters", [RECORD_AUDIT] = "+audit",
    [RECORD_TIE] = "+tie",           [RECORD_RESTRAINT] = "+restraint",
    [RECORD_PURGE] = "+purge",       [RECORD_RESTRAINT_GONE] = "+lifted",
    [RECORD_ACCOUNT] = "+account",   [RECORD_ACCOUNT_GONE] = "+unaccount",
    [RECORD_FACTS] = "+facts",
    [RECORD_TOKEN] = "+token",       [RECORD_TOKEN_GONE] = "+untoken",
};

#endif
