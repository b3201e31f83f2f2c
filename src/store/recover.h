/* recover.h: what can be saved of a database that is damaged. */
#ifndef STORE_RECOVER_H
#define STORE_RECOVER_H

#include "store/store.h"

/* Read every row of options.folder, in which no server may run, and compare it with its sum. Where
 * all is right nothing is changed. Else a new database takes the place of the old one:
 *
 * - What was there is copied first, into a folder `recovered-DATE-TIME` in the data folder.
 * - A row that is not right, or of which the sum cannot be right, is not taken over: it stands in
 *   the file `rows.jsonl` of that folder, secrets too, for whoever can make something of it.
 * - A room that lost its row gets one of another name, private and without an owner; those who had
 *   a role in it still have it. A room that lost its head goes on behind its last message, in a
 *   new epoch. Messages that are lost leave a gap that readers step over.
 *
 * say() is called with each sentence of what was found and done. 0, or negative errno with *error
 * filled: then the database in place is the old one. */
int store_recover(const struct store_options *options,
                  void (*say)(void *context, struct slice sentence), void *context,
                  struct store_error *error);

#endif
