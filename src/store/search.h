/* search.h: finding messages of one room by what chat/search.h reads, through a read-only handle
 * of its own that is opened at the first search. One searcher belongs to one thread. */
#ifndef STORE_SEARCH_H
#define STORE_SEARCH_H

#include "store/read.h"

enum { STORE_SEARCH_US = 50000 }; /* a search that takes longer is refused */

struct store_searcher;

/* NULL: no memory. The folder's name is copied. */
struct store_searcher *store_searcher_new(const struct store_options *options);
void store_searcher_free(struct store_searcher *searcher);

/* One piece of an answer to QUERY_SEARCH: rows as events of EVENT_FOUND, otherwise as store_read()
 * gives them, through `reader`. The best first: by BM25 among the newest 500 that match
 * (fewer, where half of the time has gone before), with the frequencies of this room, so that
 * nothing is told of others; or the newest first. Words are those of the index: letters and digits,
 * in any case, without diacritics. A text is searched up to 65,536 bytes.
 * *end: `first` is one more than how many were given before (from 1), where the best come first.
 * end->refusal is REFUSED_QUERY_BAD or REFUSED_QUERY_BROAD, and then nothing was given. */
int store_search(struct store_searcher *searcher, struct store_reader *reader,
                 const struct query *query, size_t bytes_max,
                 void (*row)(void *context, const struct event *found), void *context,
                 struct query_end *end, struct store_error *error);

/* The last search failed because the index is damaged: see store_search_again(). */
bool store_searcher_found_damage(const struct store_searcher *searcher);

/* For tests and measurements: another limit. */
void store_searcher_limit(struct store_searcher *searcher, uint64_t us);

#endif
