/* library.h: a data folder with one room in which much was said, all of it indexed. Made through
 * the store itself: over a connection it would take as long as everything else. The same seed gives
 * the same texts: words of a vocabulary of 20,000, of which each is about as frequent as its place
 * in the list tells (Zipf), 3 to 16 in a message, by 50 people. */
#ifndef BENCH_LIBRARY_H
#define BENCH_LIBRARY_H

#include "base/rng.h"
#include "bench/scratch.h"
#include "store/search.h"

enum { LIBRARY_WORDS = 20000, LIBRARY_ROOM = 1 };

struct library {
    struct scratch scratch;
    char folder[PATH_MAX + 8];
    struct rng rng;
    double *reach; /* owned: up to which share of all words the first so many come */
    uint32_t messages;
    struct store *store;
    struct store_reader *reader;
    struct store_searcher *searcher;
    double fill_s, index_s;        /* how long it took */
    double index_cpu_s;            /* of one core */
    double index_bytes, all_bytes; /* of the file */
    double slice_ms_max;           /* the longest call of store_idle(), CPU time */
};

/* About half a minute for a million messages. Gives up when it cannot be made. */
void library_open(struct library *library, uint32_t messages, uint32_t seed);
void library_close(struct library *library);

/* The place of a word as frequent as people use it, from 0. */
uint32_t library_word(struct library *library);

/* Append the word at a place. At most 8 bytes. */
void library_put_word(uint32_t place, struct buf *out);

#endif
