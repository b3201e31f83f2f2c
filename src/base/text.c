/* text.c: text made safe for a terminal, masks, and the rules for names. The names' half leaves
 * Unicode to ICU: NFKC_Casefold for equality, UTS #39 for looks. */
#include "base/text.h"

#include <stdlib.h>
#include <unicode/uchar.h>
#include <unicode/unorm2.h>
#include <unicode/uspoof.h>
#include <unicode/ustring.h>

#include "base/check.h"
#include "base/utf8.h"

struct name_rules {
    USpoofChecker *looks;
};

/* Which ASCII characters one kind of name may not hold, nor begin with. */
struct name_kind {
    struct slice nowhere, not_first;
};

enum { MARKS_MAX = 2, STACK_MAX = 8, ROOM_ID_DIGITS = 10, BRAILLE_BLANK = 0x2800 };

static bool among(struct slice bytes, char byte) {
    return bytes.size > 0 && memchr(bytes.at, byte, bytes.size) != NULL;
}

/* ---- text for a terminal ---- */

static unsigned char byte_at(struct slice text, size_t at) {
    return (unsigned char)text.at[at];
}

static bool is_bidi_control(uint32_t code_point) {
    return (code_point >= 0x202A && code_point <= 0x202E) ||
           (code_point >= 0x2066 && code_point <= 0x2069);
}

/* The size of the code point at the start of `text` if it is shown as it is, else 0. */
static size_t plain_code_point(struct slice text) {
    unsigned char lead = byte_at(text, 0);
    if (lead < 0x80) return (lead >= 0x20 && lead != 0x7F) || lead == '\t';
    size_t size = utf8_size(text);
    if (size == 0) return 0;
    if (lead == 0xC2 && byte_at(text, 1) < 0xA0) return 0; /* C1 */
    struct slice rest = text;
    return lead == 0xE2 && is_bidi_control(utf8_take(&rest)) ? 0 : size;
}

/* Whether all eight bytes are ASCII from blank to `~`. */
static bool plain_eight(const char *at) {
    const uint64_t ones = UINT64_C(0x0101010101010101), high = ones * 0x80;
    uint64_t eight;
    memcpy(&eight, at, sizeof eight);
    /* Per byte below 0x80: minus 0x20 borrows for a control, plus 1 carries for DEL. */
    return ((eight | (eight - ones * 0x20) | (eight + ones)) & high) == 0;
}

/* Marks that stand upon a letter, as accents do. */
static bool is_stacked(struct slice text) {
    enum { FIRST_MARK = 0x300 };
    if (byte_at(text, 0) < 0xCC) return false; /* as UTF-8 has U+0300 */
    uint32_t code = utf8_take(&text);
    if (code < FIRST_MARK) return false;
    int type = u_charType((UChar32)code);
    return type == U_NON_SPACING_MARK || type == U_ENCLOSING_MARK;
}

/* How many bytes at the start of `text` are shown as they are. `stack`: marks upon the last letter
 * so far. */
static size_t plain_size(struct slice text, uint32_t *stack) {
    struct slice rest = text;
    while (rest.size > 0) {
        bool eight = rest.size >= 8 && plain_eight(rest.at);
        size_t size = eight ? 8 : plain_code_point(rest);
        if (size == 0) break;
        *stack = !eight && is_stacked(rest) ? *stack + 1 : 0;
        if (*stack > STACK_MAX) break;
        rest = slice_from(rest, size);
    }
    return text.size - rest.size;
}

/* How many bytes at the start of `text` are of `digits`, at most `max`. */
static size_t count_digits(struct slice text, struct slice digits, size_t max) {
    size_t count = 0;
    while (count < max && count < text.size && among(digits, text.at[count]))
        count++;
    return count;
}

/* The size of `COLOUR` or `COLOUR,COLOUR`, each of min to max digits; 0 where none stands. */
static size_t colour_size(struct slice text, struct slice digits, size_t min, size_t max) {
    size_t front = count_digits(text, digits, max);
    if (front < min) return 0;
    struct slice rest = slice_from(text, front);
    if (!slice_starts(rest, slice_of(","))) return front;
    size_t back = count_digits(slice_from(rest, 1), digits, max);
    return back < min ? front : front + 1 + back;
}

/* The size of the IRC formatting code at the start of `text`, 0 where none stands. */
static size_t formatting_size(struct slice text) {
    const struct slice decimal = slice_of("0123456789");
    const struct slice hex = slice_of("0123456789abcdefABCDEF");
    struct slice rest = slice_from(text, 1);
    if (text.at[0] == 0x03) return 1 + colour_size(rest, decimal, 1, 2);
    if (text.at[0] == 0x04) return 1 + colour_size(rest, hex, 6, 6);
    return among(slice_of("\x02\x0F\x11\x16\x1D\x1E\x1F"), text.at[0]);
}

/* Show what plain_size() stopped at, and return its size. */
static size_t show_special(struct buf *out, struct slice text) {
    size_t size = formatting_size(text);
    if (size > 0) return size;
    unsigned char lead = byte_at(text, 0);
    if (lead < 0x80) {
        utf8_put(out, lead == 0x7F ? 0x2421 : 0x2400u + lead);
        return 1;
    }
    size = utf8_size(text);
    struct slice rest = text;
    if (size > 0 && is_bidi_control(utf8_take(&rest))) return size;
    utf8_put(out, 0xFFFD);
    return size > 0 ? size : 1;
}

void text_show(struct buf *out, struct slice text) {
    uint32_t stack = 0;
    for (;;) {
        size_t plain = plain_size(text, &stack);
        buf_put(out, slice_head(text, plain));
        text = slice_from(text, plain);
        if (text.size == 0) return;
        if (stack > STACK_MAX) { /* one mark too many */
            stack = STACK_MAX;
            text = slice_from(text, utf8_size(text));
            continue;
        }
        size_t before = out->size;
        text = slice_from(text, show_special(out, text));
        if (out->size > before) stack = 0; /* what is left out parts no marks */
    }
}

bool text_has_forbidden(struct slice text) {
    return among(text, '\0') || among(text, '\r') || among(text, '\n');
}

/* ---- masks ---- */

/* One bit per place in the text, before its first byte (bit 0) to behind its last. */
enum { GLOB_WORDS = GLOB_TEXT_SIZE_MAX / 64 + 1 };

/* Which places a mask can have reached after each of its bytes, all at once: 64 per word. The
 * bytes of the text are kept as 32 bit sets, by their upper and their lower half, rather than as
 * 256: small enough for the stack, and a byte's places are the intersection of two. */
struct glob {
    size_t words; /* in use of each set */
    uint64_t reached[GLOB_WORDS];
    uint64_t inside[GLOB_WORDS]; /* before a continuation byte: amid a code point */
    uint64_t upper[16][GLOB_WORDS];
    uint64_t lower[16][GLOB_WORDS];
};

static void glob_init(struct glob *glob, struct slice text) {
    glob->words = text.size / 64 + 1;
    size_t used = glob->words * sizeof(uint64_t);
    memset(glob->reached, 0, used);
    for (size_t i = 0; i < 16; i++) {
        memset(glob->upper[i], 0, used);
        memset(glob->lower[i], 0, used);
    }
    for (size_t i = 0; i < text.size; i++) {
        uint64_t bit = UINT64_C(1) << (i % 64);
        glob->upper[byte_at(text, i) >> 4][i / 64] |= bit;
        glob->lower[byte_at(text, i) & 15][i / 64] |= bit;
    }
    for (size_t i = 0; i < glob->words; i++)
        glob->inside[i] =
            glob->upper[0x8][i] | glob->upper[0x9][i] | glob->upper[0xA][i] | glob->upper[0xB][i];
    glob->reached[0] = 1;
}

/* `*`: every place from the first one reached on. */
static bool glob_any(struct glob *glob) {
    bool found = false;
    for (size_t i = 0; i < glob->words; i++) {
        uint64_t word = glob->reached[i];
        glob->reached[i] = found ? UINT64_MAX : word | (0 - word);
        found = found || word != 0;
    }
    return found;
}

/* A byte of the mask: the places before that byte, moved behind it. */
static bool glob_byte(struct glob *glob, unsigned char byte) {
    const uint64_t *upper = glob->upper[byte >> 4], *lower = glob->lower[byte & 15];
    uint64_t carry = 0, any = 0;
    for (size_t i = 0; i < glob->words; i++) {
        uint64_t word = glob->reached[i] & upper[i] & lower[i];
        glob->reached[i] = word << 1 | carry;
        carry = word >> 63;
        any |= glob->reached[i];
    }
    return any != 0;
}

/* `?`: every place moved by one byte, and from inside a character to its end. The latter is an
 * addition: a bit added to the run of ones it stands in (three at most) carries behind the run. */
static bool glob_code_point(struct glob *glob) {
    uint64_t shifted_out = 0, carried_out = 0, any = 0;
    for (size_t i = 0; i < glob->words; i++) {
        uint64_t inside = glob->inside[i], moved = glob->reached[i] << 1 | shifted_out;
        shifted_out = glob->reached[i] >> 63;
        uint64_t sum = inside + (moved & inside);
        glob->reached[i] = (moved | (sum + carried_out)) & ~inside;
        carried_out = sum < inside;
        any |= glob->reached[i];
    }
    return any != 0;
}

static bool glob_step(struct glob *glob, char byte) {
    if (byte == '*') return glob_any(glob);
    return byte == '?' ? glob_code_point(glob) : glob_byte(glob, (unsigned char)byte);
}

static bool is_wild(char byte) {
    return byte == '*' || byte == '?';
}

/* Take the same plain bytes off both ends of a mask and a text; false where they differ there.
 * Nearly every mask of a list ends here, for a tenth of the cost of the rest. */
static bool take_plain_ends(struct slice *mask, struct slice *text) {
    while (mask->size > 0 && !is_wild(mask->at[0])) {
        if (text->size == 0 || mask->at[0] != text->at[0]) return false;
        *mask = slice_from(*mask, 1);
        *text = slice_from(*text, 1);
    }
    while (mask->size > 0 && !is_wild(mask->at[mask->size - 1])) {
        if (text->size == 0 || mask->at[mask->size - 1] != text->at[text->size - 1]) return false;
        mask->size--;
        text->size--;
    }
    return true;
}

bool glob_match(struct slice mask, struct slice text) {
    if (text.size > GLOB_TEXT_SIZE_MAX || !take_plain_ends(&mask, &text)) return false;
    if (mask.size == 0) return text.size == 0;
    if (slice_equal(mask, slice_of("*"))) return true;
    struct glob glob;
    glob_init(&glob, text);
    for (size_t i = 0; i < mask.size; i++)
        if (!glob_step(&glob, mask.at[i])) return false;
    return glob.reached[text.size / 64] >> (text.size % 64) & 1;
}

/* ---- names ---- */

struct name_rules *name_rules_new(void) {
    struct name_rules *rules = calloc(1, sizeof *rules);
    if (!rules) return NULL;
    UErrorCode status = U_ZERO_ERROR;
    rules->looks = uspoof_open(&status);
    if (U_SUCCESS(status)) uspoof_setRestrictionLevel(rules->looks, USPOOF_HIGHLY_RESTRICTIVE);
    if (U_SUCCESS(status))
        uspoof_setChecks(rules->looks, USPOOF_RESTRICTION_LEVEL | USPOOF_MIXED_NUMBERS, &status);
    /* The first use loads ICU's tables: better now than while people wait. */
    unorm2_getNFKCCasefoldInstance(&status);
    if (U_SUCCESS(status)) return rules;
    name_rules_free(rules);
    return NULL;
}

void name_rules_free(struct name_rules *rules) {
    if (!rules) return;
    uspoof_close(rules->looks);
    free(rules);
}

static bool is_ascii(struct slice text) {
    for (size_t i = 0; i < text.size; i++)
        if (byte_at(text, i) >= 0x80) return false;
    return true;
}

/* Append all of `bytes` or, where they do not fit, nothing and no overflow. */
static bool put_whole(struct buf *out, struct slice bytes) {
    if (bytes.size == 0 || bytes.size > out->cap - out->size) return false;
    buf_put(out, bytes);
    return true;
}

static bool key_of_ascii(struct buf *out, struct slice name) {
    char key[NAME_SIZE_MAX];
    for (size_t i = 0; i < name.size; i++) {
        char c = name.at[i];
        key[i] = c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
    }
    return put_whole(out, (struct slice){key, name.size});
}

bool name_key(struct buf *out, struct slice name) {
    if (name.size > NAME_SIZE_MAX) return false;
    if (is_ascii(name)) return key_of_ascii(out, name);
    UChar units[NAME_SIZE_MAX], folded[NAME_KEY_SIZE_MAX];
    char key[NAME_KEY_SIZE_MAX];
    int32_t size = 0;
    UErrorCode status = U_ZERO_ERROR;
    /* Each step does nothing once one has failed, also for want of room. */
    const UNormalizer2 *casefold = unorm2_getNFKCCasefoldInstance(&status);
    u_strFromUTF8(units, NAME_SIZE_MAX, &size, name.at, (int32_t)name.size, &status);
    size = unorm2_normalize(casefold, units, size, folded, NAME_KEY_SIZE_MAX, &status);
    u_strToUTF8(key, sizeof key, &size, folded, size, &status);
    return U_SUCCESS(status) && put_whole(out, (struct slice){key, (size_t)size});
}

/* Append the skeleton of a key. */
static bool put_skeleton(const struct name_rules *rules, struct buf *out, struct slice key) {
    char skeleton[NAME_KEY_SIZE_MAX];
    UErrorCode status = U_ZERO_ERROR;
    int32_t size = uspoof_getSkeletonUTF8(rules->looks, 0, key.at, (int32_t)key.size, skeleton,
                                          sizeof skeleton, &status);
    return U_SUCCESS(status) && put_whole(out, (struct slice){skeleton, (size_t)size});
}

bool name_skeleton(const struct name_rules *rules, struct buf *out, struct slice name) {
    char memory[NAME_KEY_SIZE_MAX];
    struct buf key;
    buf_init(&key, memory, sizeof memory);
    return name_key(&key, name) && put_skeleton(rules, out, buf_slice(&key));
}

/* Bytes above ASCII are of letters: signs among them part no words, and nobody is spared by them.
 */
static void put_word_bytes(struct buf *out, struct slice form, bool masks, bool *inside) {
    for (size_t i = 0; i < form.size; i++) {
        char c = form.at[i];
        if (c >= 'A' && c <= 'Z') c = (char)(c + 32); /* the skeleton of 0 is O */
        bool part = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || (unsigned char)c >= 0x80 ||
                    (masks && (c == '*' || c == '?'));
        if (part && !*inside) buf_byte(out, ' ');
        if (part) buf_byte(out, c);
        *inside = part;
    }
}

void text_words(const struct name_rules *rules, struct buf *out, struct slice text, bool masks) {
    enum { PIECE = NAME_SIZE_MAX - 4 }; /* of a word without an end; a code point is not cut */
    bool inside = false;
    while (text.size > 0) {
        size_t size = 0;
        while (size < text.size && size < PIECE && byte_at(text, size) > ' ')
            size++;
        while (size < text.size && size > 0 && (byte_at(text, size) & 0xC0) == 0x80)
            size++;
        if (size > NAME_SIZE_MAX) size = NAME_SIZE_MAX; /* no UTF-8 */
        char key_memory[NAME_KEY_SIZE_MAX], memory[NAME_KEY_SIZE_MAX];
        struct buf key, form;
        buf_init(&key, key_memory, sizeof key_memory);
        buf_init(&form, memory, sizeof memory);
        struct slice piece = slice_head(text, size);
        if (size > 0 && name_key(&key, piece) && put_skeleton(rules, &form, buf_slice(&key)))
            put_word_bytes(out, buf_slice(&form), masks, &inside);
        else if (size > 0) /* it grows too much: as it is */
            put_word_bytes(out, key.size > 0 ? buf_slice(&key) : piece, masks, &inside);
        if (size < text.size && byte_at(text, size) <= ' ') {
            inside = false;
            size++;
        }
        text = slice_from(text, size);
    }
}

static enum name_fault code_point_fault(uint32_t code_point) {
    UChar32 c = (UChar32)code_point;
    switch (u_charType(c)) {
    case U_CONTROL_CHAR: return NAME_CONTROL;
    case U_SPACE_SEPARATOR:
    case U_LINE_SEPARATOR:
    case U_PARAGRAPH_SEPARATOR: return NAME_BLANK;
    case U_FORMAT_CHAR: return NAME_INVISIBLE;
    case U_UNASSIGNED:
    case U_PRIVATE_USE_CHAR:
    case U_SURROGATE: return NAME_UNKNOWN;
    default: break; /* of the 30 categories, those that can be seen */
    }
    bool seen = c != BRAILLE_BLANK && !u_hasBinaryProperty(c, UCHAR_DEFAULT_IGNORABLE_CODE_POINT);
    return seen ? NAME_FINE : NAME_INVISIBLE;
}

/* What is wrong with single characters of a name or of its key. */
static enum name_fault characters_fault(struct slice text, const struct name_kind *kind) {
    if (among(kind->not_first, text.at[0])) return NAME_BAD_START;
    while (text.size > 0) {
        if (among(kind->nowhere, text.at[0])) return NAME_BAD_CHARACTER;
        enum name_fault fault = code_point_fault(utf8_take(&text));
        if (fault != NAME_FINE) return fault;
    }
    return NAME_FINE;
}

/* Marks are counted in the key, where a letter and a mark that have a common code point are one:
 * so a name has the same fault in whichever form it was typed. */
static enum name_fault marks_fault(struct slice key) {
    size_t mark_count = 0;
    bool first = true;
    for (; key.size > 0; first = false) {
        int8_t type = u_charType((UChar32)utf8_take(&key));
        bool stacks = type == U_NON_SPACING_MARK || type == U_ENCLOSING_MARK;
        if (first && (stacks || type == U_COMBINING_SPACING_MARK)) return NAME_BAD_START;
        mark_count = stacks ? mark_count + 1 : 0;
        if (mark_count > MARKS_MAX) return NAME_MARKS;
    }
    return NAME_FINE;
}

static enum name_fault scripts_fault(const struct name_rules *rules, struct slice key) {
    if (is_ascii(key)) return NAME_FINE;
    UErrorCode status = U_ZERO_ERROR;
    int32_t failed = uspoof_checkUTF8(rules->looks, key.at, (int32_t)key.size, NULL, &status);
    return U_FAILURE(status) || failed != 0 ? NAME_SCRIPTS : NAME_FINE;
}

/* What is wrong with a name of that kind; *key, empty, becomes its key where it has one. */
static enum name_fault find_fault(const struct name_rules *rules, struct slice name,
                                  size_t size_max, const struct name_kind *kind, struct buf *key) {
    check(size_max <= NAME_SIZE_MAX);
    if (name.size == 0) return NAME_EMPTY;
    if (name.size > size_max) return NAME_TOO_LONG;
    if (!utf8_valid(name)) return NAME_NOT_UTF8;
    enum name_fault fault = characters_fault(name, kind);
    if (fault != NAME_FINE) return fault;
    if (!name_key(key, name)) return NAME_TOO_LONG;
    fault = characters_fault(buf_slice(key), kind);
    if (fault == NAME_FINE) fault = marks_fault(buf_slice(key));
    if (fault == NAME_FINE) fault = scripts_fault(rules, buf_slice(key));
    if (fault != NAME_FINE) return fault;
    char memory[NAME_KEY_SIZE_MAX];
    struct buf skeleton;
    buf_init(&skeleton, memory, sizeof memory);
    return put_skeleton(rules, &skeleton, buf_slice(key)) ? NAME_FINE : NAME_TOO_LONG;
}

bool name_allowed(const struct name_rules *rules, struct slice name, size_t size_max,
                  enum name_fault *why) {
    const struct name_kind person = {slice_of(",:!@*?/|$#\\\"."), slice_of(",:!@*?/|$#\\\".&+~%")};
    char memory[NAME_KEY_SIZE_MAX];
    struct buf key;
    buf_init(&key, memory, sizeof memory);
    *why = find_fault(rules, name, size_max, &person, &key);
    return *why == NAME_FINE;
}

/* A decimal number of any size, or as many hex digits as a room's id has. Keys are lower case. */
static bool is_like_id(struct slice key) {
    if (count_digits(key, slice_of("0123456789"), key.size) == key.size) return true;
    return key.size == ROOM_ID_DIGITS &&
           count_digits(key, slice_of("0123456789abcdef"), key.size) == key.size;
}

bool room_name_allowed(const struct name_rules *rules, struct slice name, size_t size_max,
                       enum name_fault *why) {
    const struct name_kind room = {slice_of(",:|$"), slice_of(",:|$*#@")};
    char memory[NAME_KEY_SIZE_MAX];
    struct buf key;
    buf_init(&key, memory, sizeof memory);
    *why = find_fault(rules, name, size_max, &room, &key);
    if (*why == NAME_FINE && is_like_id(buf_slice(&key))) *why = NAME_LIKE_ID;
    return *why == NAME_FINE;
}
