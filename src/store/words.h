/* words.h: what a search looks for, as words, and whether a text has it: the same tokenizer as
 * the index's, without the index. For one thread, that of the handle it was opened with. */
#ifndef STORE_WORDS_H
#define STORE_WORDS_H

#include <sqlite3.h>

#include "chat/search.h"

/* Every change of the tokenizer is a migration: what was indexed must be found and removed again.
 */
#define TOKENIZER "unicode61 remove_diacritics 2"

enum {
    WORDS_MAX = SEARCH_SIZE_MAX / 2 + SEARCH_TERMS_MAX, /* each but the last has a blank behind */
    WORD_BYTES_MAX = 2 * SEARCH_SIZE_MAX,               /* folding makes two bytes three at most */
};

/* The words of all terms, one behind the other; a term is found where all of its words follow
 * one another. */
struct words {
    fts5_tokenizer functions;
    Fts5Tokenizer *tokenizer; /* owned; NULL: not open */
    uint32_t used; /* bits: terms with a word; a sign that the tokenizer skips has none */
    uint32_t count;
    struct {
        uint16_t at, size; /* in bytes[] */
        uint8_t term;
        bool begins; /* the first of its term */
        bool ends;   /* the last */
    } list[WORDS_MAX];
    size_t bytes_size;
    char bytes[WORD_BYTES_MAX];
};

/* How often each term stands in a text, and how many tokens that has. */
struct tally {
    uint32_t size;
    uint16_t counts[SEARCH_TERMS_MAX];
};

int words_open(struct words *words, sqlite3 *db); /* SQLite's result */
void words_close(struct words *words);

/* Take the terms of kind SEARCH_TEXT; `used` also gets the bits of all others. SQLite's result. */
int words_set(struct words *words, const struct search *search);

/* SQLite's result. About 20 ns a byte. */
int words_count(struct words *words, struct slice text, struct tally *tally);

#endif
