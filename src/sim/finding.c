/* finding.c: what a search must find, word by word: the rules of chat/search.h for what people type
 * here, written down once more in the slowest way. */
#include <ctype.h>

#include "sim/inside.h"

/* Moments that people search by; nothing else is typed. */
static const struct {
    const char *text;
    int64_t ms; /* Unix time */
} moments[] = {{"2023-11-14T22:14", INT64_C(1700000040000)},
               {"2023-11-14T22:15", INT64_C(1700000100000)}};

/* The next word of letters and digits off *text; empty: there is none. */
static struct slice word_next(struct slice *text) {
    while (text->size > 0 && !isalnum((unsigned char)text->at[0]))
        *text = slice_from(*text, 1);
    size_t size = 0;
    while (size < text->size && isalnum((unsigned char)text->at[size]))
        size++;
    struct slice word = slice_head(*text, size);
    *text = slice_from(*text, size);
    return word;
}

static bool same_word(struct slice a, struct slice b) {
    if (a.size != b.size) return false;
    for (size_t i = 0; i < a.size; i++)
        if (tolower((unsigned char)a.at[i]) != tolower((unsigned char)b.at[i])) return false;
    return true;
}

/* `text` begins with all words of `phrase`. */
static bool begins_with(struct slice text, struct slice phrase) {
    for (struct slice word = word_next(&phrase); word.size > 0; word = word_next(&phrase))
        if (!same_word(word_next(&text), word)) return false;
    return true;
}

static bool holds(struct slice text, struct slice phrase) {
    while (text.size > 0) {
        if (begins_with(text, phrase)) return true;
        if (word_next(&text).size == 0) return false;
    }
    return false;
}

static bool is_named(struct slice wanted, const struct said *said) {
    char memory[2][NAME_KEY_SIZE_MAX];
    struct buf own, other;
    uint64_t number;
    if (slice_number(wanted, UINT32_MAX, &number) && number == said->author) return true;
    buf_init(&own, memory[0], sizeof memory[0]);
    buf_init(&other, memory[1], sizeof memory[1]);
    return name_key(&own, (struct slice){said->name, said->name_size}) &&
           name_key(&other, wanted) && slice_equal(buf_slice(&own), buf_slice(&other));
}

static int64_t moment_of(struct slice text) {
    for (size_t i = 0; i < sizeof moments / sizeof *moments; i++)
        if (slice_equal(text, slice_text(moments[i].text))) return moments[i].ms;
    return 0;
}

static bool fits(struct slice term, const struct said *said, struct slice text) {
    struct slice value = term, key = slice_until(&value, ':');
    if (slice_equal(key, slice_of("author"))) return is_named(value, said);
    if (slice_equal(key, slice_of("has"))) return memmem(text.at, text.size, "https://", 8) != NULL;
    if (slice_equal(key, slice_of("before"))) return said->time_ms < moment_of(value);
    if (slice_equal(key, slice_of("after"))) return said->time_ms >= moment_of(value);
    if (slice_equal(key, slice_of("room")) || slice_equal(key, slice_of("order"))) return true;
    return holds(text, term);
}

bool oracle_finds(const struct oracle *oracle, struct slice words, const struct said *said,
                  const struct said *text) {
    (void)oracle;
    while (words.size > 0) {
        bool negated = words.at[0] == '-';
        if (negated) words = slice_from(words, 1);
        bool quoted = words.size > 0 && words.at[0] == '"';
        if (quoted) words = slice_from(words, 1);
        struct slice term = slice_until(&words, quoted ? '"' : ' ');
        if (term.size == 0) continue;
        if (fits(term, said, (struct slice){text->text, text->text_size}) == negated) return false;
    }
    return true;
}
