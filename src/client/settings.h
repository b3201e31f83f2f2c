/* settings.h: the file chat.conf in the folder of settings: lines `name = value`. */
#ifndef CLIENT_SETTINGS_H
#define CLIENT_SETTINGS_H

enum { SETTINGS = 5 };

struct settings {
    char *values[SETTINGS]; /* owned; NULL: not set */
    unsigned changes;
};

/* Server, name, rooms (shown or hidden), people, mouse (on or off), with their defaults. */
void settings_read(struct settings *settings);
void settings_deinit(struct settings *settings);
const char *settings_text(const struct settings *settings, const char *name);
void settings_set(struct settings *settings, const char *name, const char *value);
void settings_write(struct settings *settings); /* where something was changed */

#endif
