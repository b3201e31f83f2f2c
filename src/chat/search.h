/* search.h: what a person types to find something again, taken apart. Pure, any thread.
 *
 *   words            every one of them, in any order: AND, OR, NOT and NEAR are words like others
 *   "some words"     these words in this order
 *   author:NAME      said under that name, or by the person of that number
 *   has:link         with http:// or https:// in it
 *   -word -"..." -author:NAME -has:link     without it
 *   before:2026-01-31 after:2026-01-31T18:00    said before, or at that time or later; UTC
 *   room:NAME        in that room; order:new    the newest first instead of the best first
 *
 * A value with blanks stands in quotes (author:"a b"). A colon behind anything else is text, so
 * that a URL is a word. What holds neither letter nor digit is left out, as the index leaves it. */
#ifndef CHAT_SEARCH_H
#define CHAT_SEARCH_H

#include "base/buf.h"

enum {
    SEARCH_SIZE_MAX = 512, /* bytes of what is typed */
    SEARCH_TERMS_MAX = 16,
    SEARCH_FACT_MAX = 24, /* bytes of a fact, see search_facts() */
    SEARCH_FACTS_MAX = 3 * SEARCH_FACT_MAX,
    /* Bytes of an expression: every quote doubled, and what stands around each term. */
    SEARCH_MATCH_MAX = 2 * SEARCH_SIZE_MAX + SEARCH_TERMS_MAX * (2 * SEARCH_FACT_MAX + 32) + 16,
};

enum search_kind { SEARCH_TEXT, SEARCH_AUTHOR, SEARCH_LINK };

struct search_term {
    uint8_t kind; /* enum search_kind */
    bool negated;
    struct slice text; /* a word, a phrase, a name; in the bytes that were parsed */
};

struct search {
    uint32_t count;
    struct search_term terms[SEARCH_TERMS_MAX]; /* at least one is not negated */
    struct slice room;                          /* empty: the one being typed into */
    int64_t after_ms;                           /* Unix time of the first moment */
    int64_t before_ms;                          /* of the first moment that is too late */
    bool newest;                                /* order:new */
};

/* False: what cannot be understood begins at *place, which is in `text` or a constant, never empty
 * and at most 40 bytes. */
bool search_parse(struct slice text, struct search *search, struct slice *place);

/* Append the terms as an expression of FTS5 over the columns `words` and `facts`. Every term is a
 * quoted string, so nothing that was typed is syntax. `used` has a bit for each term that is to be
 * in it, one that is not negated among them. At most SEARCH_MATCH_MAX bytes. */
void search_match(const struct search *search, uint32_t used, struct buf *out);

/* Append what the index keeps of a message beside its words: one fact for its author's number, one
 * for her name, one if it has a link. Each is one token of letters and digits. A name that has no
 * canonical form has no fact. At most SEARCH_FACTS_MAX bytes. */
void search_facts(uint32_t author, struct slice author_name, struct slice text, struct buf *out);

/* The same without an index: what search_match() would find by author and link. */
bool search_is_author(struct slice wanted, uint32_t author, struct slice author_name);
bool search_has_link(struct slice text);

#endif
