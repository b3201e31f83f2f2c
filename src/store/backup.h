/* backup.h: one consistent copy of the database while it is written to, and a folder made from
 * such a copy. A copy is of one moment: the commits after its first step are not in it. */
#ifndef STORE_BACKUP_H
#define STORE_BACKUP_H

#include "store/store.h"

struct store_backup;

/* In the process that has the store open, any one thread. `fd`: an empty file, written at its
 * places; the caller's, and open until the backup is closed. NULL: *error says why. */
struct store_backup *store_backup_open(const struct store_options *options, int fd,
                                       struct store_error *error);
/* Copy some pages, a millisecond's work or so. 1: more is to be done; 0: all is there and flushed;
 * negative errno: *error says why. */
int store_backup_step(struct store_backup *backup, struct store_error *error);
void store_backup_close(struct store_backup *backup);

/* Make options.folder of the copy in the file `path`: the folder must hold no database, and no
 * server may run in it. The copy must be one of this program, of its version or an older one, and
 * whole. Every room gets a new epoch, and the one it had is remembered with its last seq, so that
 * whoever saw more than the copy holds is told. Until everything is there and flushed the folder
 * holds no database; called again after a crash it begins anew. `skipped`: rooms and other rows
 * that are damaged in the copy, and stay as they are. 0, or negative errno with *error filled. */
int store_restore(const struct store_options *options, const char *path, uint32_t *skipped,
                  struct store_error *error);

#endif
