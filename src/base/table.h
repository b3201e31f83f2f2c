/* table.h: memory for tables of rows that are large and for the most part empty: of the pages that
 * the system maps only those become memory that are written to. Who goes on behind the last row, or
 * uses a table that was given back, is ended by SIGSEGV. */
#ifndef BASE_TABLE_H
#define BASE_TABLE_H

#include <stddef.h>

/* `count` rows of `size` bytes, all zero, on a boundary of 64 bytes; NULL where there is no memory
 * for them (256 GiB at most). The caller gives them back by table_free(). */
void *table_new(size_t count, size_t size);

void table_free(void *rows); /* NULL: nothing */

#endif
