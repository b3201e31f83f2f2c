/* recovery.h: what the files that recover a database share. */
#ifndef STORE_RECOVERY_H
#define STORE_RECOVERY_H

#include <stdio.h>

#include "store/recover.h"
#include "store/state.h"

enum { RECOVERY_NAME_SIZE = 40 };

struct recovery {
    struct store *old; /* its folder is locked, its database open; nothing else of it is used */
    struct store *new; /* in the folder `recovering` of that folder */
    void (*say)(void *context, struct slice sentence);
    void *context;
    struct store_error *error;
    char copy[RECOVERY_NAME_SIZE]; /* name of the folder that keeps what was there */
    char folder[PATH_SIZE_MAX];    /* that of `new` */
    FILE *aside;                   /* rows.jsonl; NULL: no row yet */
    uint64_t aside_count;          /* rows in it */
    uint32_t findings;             /* sentences about damage */
    bool no_counters;              /* a row of them was set aside or is lost */
};

/* recover.c: a sentence about damage. */
void recovery_find(struct recovery *recovery, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/* *error is filled; gives a negative errno. */
int recovery_fail(struct recovery *recovery, sqlite3 *db, const char *what);

/* recover_rows.c: can it be told where the tables are? Without that nothing can be read. */
bool recovery_knows_tables(struct recovery *recovery);
/* All right rows are in `new`; the others in rows.jsonl. 0 or negative errno, as
 * the next. */
int recovery_take_rows(struct recovery *recovery);

/* recover_rooms.c: what rows of `new` lack is made up. */
int recovery_mend(struct recovery *recovery);

#endif
