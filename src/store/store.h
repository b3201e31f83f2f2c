/* store.h: rooms and messages on disk, in one SQLite file `parlance.db` of the data folder.
 *
 * One struct store exists for a data folder, and one thread uses it: it writes, and it alone
 * checkpoints (a second writing connection can corrupt the WAL in SQLite 3.40). Readers open
 * their own read-only handles (store/read.h) in the same process; nobody else can open the file.
 * Nothing here knows of threads, rings or sessions.
 */
#ifndef STORE_STORE_H
#define STORE_STORE_H

#include "chat/record.h"

struct store;

enum store_durability { STORE_FULL, STORE_NORMAL, STORE_OFF };

struct store_options {
    const char *folder; /* made where missing, mode 0700 */
    enum store_durability durability;
    bool in_memory; /* nothing on disk; the folder (or NULL) only names it for the readers */
    uint32_t retention_days; /* of rooms that have no number of their own; 0: for ever */
    uint32_t once_max;       /* client ids that store_load() gives */
    bool search;             /* messages are indexed, to be found by store/search.h */
};

enum store_fault {
    STORE_FINE,
    STORE_RUNNING, /* another server holds the folder: pid says which */
    STORE_NEWER,   /* written by a newer version: both are in the text */
    STORE_CANNOT,  /* the folder or the file cannot be made or opened */
    STORE_FAILED,  /* a write, flush or read failed: nothing of the batch may be acknowledged */
};

struct store_error {
    enum store_fault fault;
    int pid;        /* STORE_RUNNING; 0 when unknown */
    char text[512]; /* what, where, what to do: one sentence, NUL-terminated */
};

/* Open or make the data folder, lock it, bring its tables to this version. NULL: *error says why.
 */
struct store *store_open(const struct store_options *options, struct store_error *error);
void store_close(struct store *store); /* checkpoints; releases the lock */

/* Give everything but messages back, as records whose slices are valid during the call: counters,
 * accounts, tokens that have not run out, rooms, their old epochs, ties, restraints, and the newest
 * client ids of a day, at most options.once_max. Time does not depend on the number of messages.
 * A row that makes no sense, or that is missing, counts as skipped and is left alone; error->text
 * then says how many of which table. 0, or negative errno with *error filled. */
int store_load(struct store *store, void (*row)(void *context, const struct record *record),
               void *context, uint32_t *skipped, struct store_error *error);

/* Put a record into the batch that is gathering; its slices are copied. A batch of more than 1,024
 * records or 4 MiB of slices is committed in parts, the first of them here. 0 or a negative errno:
 * *error is filled and the process must end with 74. */
int store_put(struct store *store, const struct record *record, struct store_error *error);

/* Commit and flush the batch. 0: everything put so far survives a power cut (durability full).
 * A batch without records touches no file. Disk full is met with the reserve (see store_room);
 * any other failure is final: *error is filled. */
int store_commit(struct store *store, struct store_error *error);

/* When nothing waits: moves the WAL into the file if it holds anything, makes the reserve whole. */
int store_idle(struct store *store, struct store_error *error);

/* True when store_idle() is due now: the WAL has passed 16 MB (or what a small disk allows), or
 * more than 1,024 messages wait to be indexed. */
bool store_needs_idle(const struct store *store);

/* True when store_idle() has left work for its next turns: texts and rows to remove and, once it is
 * quiet, messages to index; in slices of at most 5 ms. Call it again whenever nothing waits. */
bool store_idle_again(const struct store *store);

/* How long until store_idle() has something to do of which no record tells: 0 now, -1 never. */
int store_wait_ms(const struct store *store);

/* The setting history.retention_days, read again. */
void store_retain(struct store *store, uint32_t days);

/* A reader found that the index is damaged: begin it anew, in store_idle(). */
void store_search_again(struct store *store);

/* How often the index was begun anew since the store was opened, and whether that was in vain. */
uint32_t store_search_rebuilt(const struct store *store, bool *in_vain);

/* Bytes of records (record.cost) that may still be put and are sure to fit on the disk: free
 * space, less what the WAL will need to move into the file, less the reserve. Costs one statvfs. */
uint64_t store_room(struct store *store);

/* An upper bound of what this record can take on the disk, bytes. Pure; called by the hub's side
 * before the record exists, so from sizes alone. */
uint64_t store_cost(size_t slices_size);

#endif
