/* config_file.h: the files that a configuration names, and the configuration file itself, read
 * whole. Each error names the file, why, and what is allowed. */
#ifndef SERVER_CONFIG_FILE_H
#define SERVER_CONFIG_FILE_H

#include "base/buf.h"
#include "server/config_place.h"

enum { CONFIG_FILE_MAX = 1 << 20 }; /* bytes */

/* Is the file there; and, where it is private, closed to others? */
bool config_file_inspect(const char *path, bool is_private, const struct config_place *place,
                         struct config_error *error);

/* Append what a private file holds without the newline at its end: text, not empty, what fits. */
bool config_file_secret(const char *path, struct buf *secret, const struct config_place *place,
                        struct config_error *error);

/* From now on the process reads files only in folders that were named at its start: errors say so.
 */
void config_file_confined(void);

/* The whole configuration file, at most CONFIG_FILE_MAX bytes without a NUL, followed by a NUL.
 * The caller frees *text; `place` is moved to the line of what is wrong. */
bool config_file_read(const char *path, struct slice *text, struct config_place *place,
                      struct config_error *error);

#endif
