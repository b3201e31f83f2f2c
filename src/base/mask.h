/* mask.h: one name against many masks, as base/text.h matches one mask. What the name needs is
 * prepared once, so that a mask costs a few nanoseconds a byte, whatever it is. Pure, any thread.
 */
#ifndef BASE_MASK_H
#define BASE_MASK_H

#include "base/slice.h"

enum { MASK_TEXT_SIZE_MAX = 127, MASK_WORDS = 2 };

/* One bit per place in the text; the places of each byte, by its upper and its lower half. */
struct mask_text {
    size_t size;
    uint64_t bytes;              /* bit (b & 63) for each of its bytes b */
    uint64_t inside[MASK_WORDS]; /* before a continuation byte: amid a code point */
    uint64_t upper[16][MASK_WORDS], lower[16][MASK_WORDS];
};

/* At most MASK_TEXT_SIZE_MAX bytes of UTF-8. */
void mask_text_init(struct mask_text *prepared, struct slice text);

/* The same as glob_match(mask, text). */
bool mask_matches(const struct mask_text *prepared, struct slice mask);

/* What a text must hold for the mask to match it: bits as in `bytes`; and how many bytes. */
uint64_t mask_needs(struct slice mask, size_t *least);

#endif
