/* config_source.h: what fills a configuration that is being loaded: defaults, the file through
 * libconfuse, the environment, the command line. Main thread only. */
#ifndef SERVER_CONFIG_SOURCE_H
#define SERVER_CONFIG_SOURCE_H

#include "server/config_scan.h"

struct config_loading {
    struct config *config;
    struct config_error *error;
    const char *path;         /* NULL: no file */
    struct config_scan *scan; /* NULL: no file, or not read yet */
    bool listeners_replaced; /* by the command line: the file and environment say nothing of them */
};

/* Every key of every section that has no titles. */
void config_from_defaults(struct config *config);

/* One more titled section with every key at its default; returns its struct. */
void *config_section_add(struct config *config, const struct config_section *section,
                         struct slice title);

/* Each: false and the error where something is wrong. In this order; a later one wins. */
bool config_from_file(struct config_loading *loading, struct slice text);
bool config_from_environment(struct config_loading *loading);
bool config_from_command_line(struct config_loading *loading,
                              const struct config_overrides *overrides);

void config_listeners_clear(struct config *config);

/* Was the key set by the file or the environment? *place is where, as precisely as is known. */
bool config_is_given(const struct config_loading *loading, const char *section, uint32_t element,
                     const char *key, struct config_place *place);

#endif
