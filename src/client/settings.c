/* settings.c: chat.conf. */
#include "client/settings.h"

#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/check.h"
#include "client/own.h"
#include "client/place.h"

static const struct {
    const char *name, *otherwise;
} known[SETTINGS] = {{"server", "127.0.0.1:7070"},
                     {"name", NULL},
                     {"rooms", "shown"},
                     {"people", "shown"},
                     {"mouse", "on"}};

static int index_of(struct slice name) {
    for (int i = 0; i < SETTINGS; i++)
        if (slice_equal(slice_text(known[i].name), name)) return i;
    return -1;
}

static void read_line(struct settings *settings, struct slice line) {
    struct slice name = slice_trim(slice_until(&line, '='));
    int index = index_of(name);
    if (index >= 0) own_set(&settings->values[index], slice_trim(line));
}

void settings_read(struct settings *settings) {
    char folder[PLACE_MAX];
    size_t size = 0;
    *settings = (struct settings){0};
    char *file = place_settings(folder) ? place_read(folder, "chat.conf", &size) : NULL;
    struct slice rest = {file, file ? size : 0};
    while (rest.size > 0)
        read_line(settings, slice_until(&rest, '\n'));
    free(file);
}

void settings_deinit(struct settings *settings) {
    for (int i = 0; i < SETTINGS; i++)
        free(settings->values[i]);
    *settings = (struct settings){0};
}

static const char *system_name(void) {
    const struct passwd *entry = getpwuid(getuid());
    const char *name = entry ? entry->pw_name : getenv("USER");
    return name && *name ? name : "somebody";
}

const char *settings_text(const struct settings *settings, const char *name) {
    int index = index_of(slice_text(name));
    check(index >= 0);
    if (settings->values[index]) return settings->values[index];
    return known[index].otherwise ? known[index].otherwise : system_name();
}

void settings_set(struct settings *settings, const char *name, const char *value) {
    int index = index_of(slice_text(name));
    check(index >= 0);
    if (strcmp(settings_text(settings, name), value) == 0) return;
    own_set(&settings->values[index], slice_text(value));
    settings->changes++;
}

void settings_write(struct settings *settings) {
    char folder[PLACE_MAX], *file = NULL;
    size_t size = 0;
    if (settings->changes == 0 || !place_settings(folder)) return;
    FILE *out = open_memstream(&file, &size);
    check(out != NULL);
    for (int i = 0; i < SETTINGS; i++)
        if (settings->values[i]) fprintf(out, "%s = %s\n", known[i].name, settings->values[i]);
    fclose(out);
    int error = place_write(folder, "chat.conf", (struct slice){file, size});
    if (error < 0) fprintf(stderr, "parlance chat: cannot write %s/chat.conf\n", folder);
    free(file);
}
