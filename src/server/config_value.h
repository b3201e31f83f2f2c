/* config_value.h: one setting from text to its field, checked against its row. Files, environment,
 * command line and defaults all go through here, so that one rule holds for all four. */
#ifndef SERVER_CONFIG_VALUE_H
#define SERVER_CONFIG_VALUE_H

#include "server/config_place.h"

/* Set the field of `row` in the section's struct `base` from `count` values: one, or any number for
 * a list. False and *error: the field is as it was. The values are copied, NUL-free, and each is
 * followed by a NUL. An empty secret file row is "not given" and does nothing. */
bool config_value_set(void *base, const struct config_row *row, const struct slice *values,
                      uint32_t count, const struct config_place *place, struct config_error *error);

/* The same from one text, where commas separate the values of a list. */
bool config_value_set_text(void *base, const struct config_row *row, struct slice text,
                           const struct config_place *place, struct config_error *error);

bool config_value_is_list(const struct config_row *row);
bool config_value_equal(const void *a, const void *b, const struct config_row *row);
void config_value_free(void *base, const struct config_row *row);

/* A copy followed by a NUL. */
struct slice config_text_copy(struct slice text);
void config_text_free(struct slice text);

#endif
