/* place.h: the client's files, under the folders of the XDG base directory specification; nobody
 * else may read them (0700, 0600). */
#ifndef CLIENT_PLACE_H
#define CLIENT_PLACE_H

#include "base/slice.h"

enum { PLACE_MAX = 1024, /* bytes of a path with its NUL */ PLACE_FILE_MAX = 64 * 1024 * 1024 };

/* The folder of settings, and the one of what is remembered about a server and a name; they are
 * made where they are missing. False: *path tells which one could not be. */
bool place_settings(char path[PLACE_MAX]);
bool place_state(char path[PLACE_MAX], const char *server, const char *name);

/* The whole file, of the heap, NUL-terminated; NULL: there is none that can be read. */
char *place_read(const char *folder, const char *file, size_t *size);
/* All of it or nothing: written beside it, flushed, put in its place. 0 or negative errno. */
int place_write(const char *folder, const char *file, struct slice bytes);
void place_remove(const char *folder, const char *file);
/* A descriptor that holds the lock of that file until it is closed; -1: somebody else has it. */
int place_lock(const char *folder, const char *file);

#endif
