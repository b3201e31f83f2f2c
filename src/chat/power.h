/* power.h: what COMMAND_POWER and COMMAND_WATCH say by their number. */
#ifndef CHAT_POWER_H
#define CHAT_POWER_H

/* What an administrator may do: the setting privileges. */
enum {
    POWER_ROOMS = 1, /* stands above everybody in every room */
    POWER_KILL = 2,
    POWER_WALLOPS = 4,
    POWER_REHASH = 8,
    POWER_DIE = 16,
    POWER_ALL = 31,
};

/* COMMAND_WATCH, its number. */
enum watching { WATCH_LIST, WATCH_ADD, WATCH_REMOVE, WATCH_CLEAR };

enum { WATCH_NAMES_MAX = 32 }; /* names that one COMMAND_WATCH adds, removes or clears */

#endif
