/* mask.c: the places of a text that a mask can have reached after each of its bytes, all at once in
 * two words; as base/text.c has it for texts of any length. */
#include "base/mask.h"

#include "base/check.h"

static unsigned byte_at(struct slice text, size_t at) {
    return (unsigned char)text.at[at];
}

void mask_text_init(struct mask_text *prepared, struct slice text) {
    check(text.size <= MASK_TEXT_SIZE_MAX);
    *prepared = (struct mask_text){.size = text.size};
    for (size_t i = 0; i < text.size; i++) {
        unsigned byte = byte_at(text, i);
        uint64_t bit = UINT64_C(1) << (i % 64);
        prepared->bytes |= UINT64_C(1) << (byte & 63);
        prepared->upper[byte >> 4][i / 64] |= bit;
        prepared->lower[byte & 15][i / 64] |= bit;
        if ((byte & 0xC0) == 0x80) prepared->inside[i / 64] |= bit;
    }
}

uint64_t mask_needs(struct slice mask, size_t *least) {
    uint64_t bits = 0;
    *least = 0;
    for (size_t i = 0; i < mask.size; i++) {
        if (mask.at[i] == '*') continue;
        ++*least; /* a code point has one byte at least */
        if (mask.at[i] != '?') bits |= UINT64_C(1) << (byte_at(mask, i) & 63);
    }
    return bits;
}

/* `*`: every place from the first one reached on. */
static void step_any(uint64_t reached[MASK_WORDS]) {
    if (reached[0] != 0) reached[1] = UINT64_MAX;
    for (size_t i = 0; i < MASK_WORDS; i++)
        reached[i] |= 0 - reached[i];
}

/* A byte of the mask: the places before that byte, moved behind it. */
static void step_byte(const struct mask_text *text, uint64_t reached[MASK_WORDS], unsigned byte) {
    const uint64_t *upper = text->upper[byte >> 4], *lower = text->lower[byte & 15];
    uint64_t low = reached[0] & upper[0] & lower[0], high = reached[1] & upper[1] & lower[1];
    reached[0] = low << 1;
    reached[1] = high << 1 | low >> 63;
}

/* `?`: every place moved by one byte, and from inside a character to its end: three more moves at
 * most. */
static void step_code_point(const struct mask_text *text, uint64_t reached[MASK_WORDS]) {
    uint64_t low = reached[0] << 1, high = reached[1] << 1 | reached[0] >> 63;
    reached[0] = reached[1] = 0;
    for (int i = 0; i < 4; i++) {
        uint64_t within_low = low & text->inside[0], within_high = high & text->inside[1];
        reached[0] |= low & ~text->inside[0];
        reached[1] |= high & ~text->inside[1];
        low = within_low << 1;
        high = within_high << 1 | within_low >> 63;
    }
}

bool mask_matches(const struct mask_text *prepared, struct slice mask) {
    uint64_t reached[MASK_WORDS] = {1, 0};
    for (size_t i = 0; i < mask.size; i++) {
        if (mask.at[i] == '*')
            step_any(reached);
        else if (mask.at[i] == '?')
            step_code_point(prepared, reached);
        else
            step_byte(prepared, reached, byte_at(mask, i));
        if ((reached[0] | reached[1]) == 0) return false;
    }
    return reached[prepared->size / 64] >> (prepared->size % 64) & 1;
}
