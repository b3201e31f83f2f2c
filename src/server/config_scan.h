/* config_scan.h: the configuration file before libconfuse sees it.
 *
 * libconfuse takes a key or a section given twice in silence, puts the environment in place of
 * ${NAME}, opens other files, skips characters it does not know, and tells no line of a value. The
 * scan reads the same syntax more strictly (comments #, // and C's; words; strings in either
 * quote; lists in braces), remembers the line of each key, and writes the text again without
 * comments, every value in double quotes and every `$` escaped, line for line the same. Only that
 * text reaches libconfuse, so that the two cannot read it differently. */
#ifndef SERVER_CONFIG_SCAN_H
#define SERVER_CONFIG_SCAN_H

#include "server/config_place.h"

enum { CONFIG_SCAN_SECTIONS_MAX = CONFIG_LISTENERS_MAX + CONFIG_OPERS_MAX + 16 };

struct config_scan_section {
    const struct config_section *section;
    struct slice title; /* borrowed from the text that was scanned; empty: it has none */
    uint32_t line;
    uint32_t key_lines[CONFIG_ROWS_MAX]; /* by the row's number; 0: the key is not there */
};

struct config_scan {
    char *text; /* for libconfuse, NUL-terminated; owned */
    struct config_scan_section sections[CONFIG_SCAN_SECTIONS_MAX]; /* as in the file */
    uint32_t section_count;
};

/* `text` must outlive the scan. NULL and *error: something is wrong at `place`, whose line moves.
 */
struct config_scan *config_scan_new(struct slice text, struct config_place *place,
                                    struct config_error *error);
void config_scan_free(struct config_scan *scan); /* NULL does nothing */

#endif
