/* config_place.h: where a setting was given, and the one line that tells what is wrong with it. */
#ifndef SERVER_CONFIG_PLACE_H
#define SERVER_CONFIG_PLACE_H

#include "server/config_table.h"

enum { CONFIG_NAME_MAX = 192 }; /* bytes with the NUL; longer ones are cut */

struct config_place {
    const char *file;           /* or "environment", "command line"; borrowed */
    uint32_t line;              /* 0: none is known */
    char name[CONFIG_NAME_MAX]; /* of the setting, the way it was given there */
};

/* Write "FILE:LINE: " and the parts, a NULL at their end, as the error; control characters become
 * question marks and a part longer than 400 bytes is cut. Returns false, to be passed on. */
bool config_fail(struct config_error *error, const struct config_place *place,
                 const char *const *parts);

#define CONFIG_FAIL(error, place, ...)                                                             \
    config_fail(error, place, (const char *const[]){__VA_ARGS__, NULL})

/* Write `section.key`, or `section "title".key`. */
void config_name_in_file(char name[CONFIG_NAME_MAX], const struct config_section *section,
                         struct slice title, const char *key);

/* Write PARLANCE_SECTION_KEY or PARLANCE_SECTION_TITLE_KEY: capitals, and `_` for every byte of
 * a title that is not an ASCII letter or digit. */
void config_name_in_environment(char name[CONFIG_NAME_MAX], const struct config_section *section,
                                struct slice title, const char *key);

/* Write a number as decimal digits. */
const char *config_digits(char digits[21], uint64_t number);

#endif
