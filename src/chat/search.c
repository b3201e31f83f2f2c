/* search.c: a search is read term by term, from left to right; see search.h for the language. */
#include "chat/search.h"

#include "base/check.h"
#include "base/text.h"
#include "base/utf8.h"

enum { PLACE_SIZE_MAX = 40 }; /* bytes */

struct parse {
    struct slice rest;
    struct search *search;
    struct slice place; /* where it went wrong */
};

static bool is_blank(char c) {
    return c == ' ' || c == '\t';
}

static bool wrong_at(struct parse *parse, struct slice place) {
    parse->place =
        slice_head(place, utf8_valid(place) ? utf8_cut(place, PLACE_SIZE_MAX) : PLACE_SIZE_MAX);
    return false;
}

/* Is there anything the index could know: an ASCII letter or digit, or any character beyond ASCII,
 * of which the index itself decides. */
static bool has_substance(struct slice text) {
    for (size_t i = 0; i < text.size; i++) {
        unsigned char c = (unsigned char)text.at[i];
        bool letter = (c | 0x20) >= 'a' && (c | 0x20) <= 'z';
        if (letter || (c >= '0' && c <= '9') || c >= 0x80) return true;
    }
    return false;
}

/* ASCII letters in either case; `word` is lower case. */
static bool starts_with(struct slice text, struct slice word) {
    if (text.size < word.size) return false;
    for (size_t i = 0; i < word.size; i++) {
        char c = text.at[i];
        if (c >= 'A' && c <= 'Z') c = (char)(c + ('a' - 'A'));
        if (c != word.at[i]) return false;
    }
    return true;
}

/* One value off parse->rest: to the closing quote, or to the next blank. False: no closing quote.
 */
static bool value_take(struct parse *parse, struct slice *value) {
    struct slice rest = parse->rest;
    if (rest.size > 0 && rest.at[0] == '"') {
        rest = slice_from(rest, 1);
        const char *end = rest.size == 0 ? NULL : memchr(rest.at, '"', rest.size);
        if (end == NULL) return wrong_at(parse, parse->rest);
        *value = slice_head(rest, (size_t)(end - rest.at));
        parse->rest = slice_from(rest, value->size + 1);
        return true;
    }
    size_t size = 0;
    while (size < rest.size && !is_blank(rest.at[size]))
        size++;
    *value = slice_head(rest, size);
    parse->rest = slice_from(rest, size);
    return true;
}

/* Digits at the start of *text, exactly `count` of them. */
static bool digits_take(struct slice *text, size_t count, uint64_t *number) {
    bool right = text->size >= count && slice_number(slice_head(*text, count), 9999, number);
    *text = slice_from(*text, count);
    return right;
}

static bool mark_take(struct slice *text, char mark) {
    bool right = text->size > 0 && text->at[0] == mark;
    *text = slice_from(*text, 1);
    return right;
}

static bool is_leap(uint64_t year) {
    return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

static uint64_t month_days(uint64_t year, uint64_t month) {
    static const uint8_t days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    return days[month - 1] + (month == 2 && is_leap(year) ? 1u : 0u);
}

/* Days since 1970-01-01 of the proleptic Gregorian calendar. */
static uint64_t days_of(uint64_t year, uint64_t month, uint64_t day) {
    uint64_t before = year - 1;
    uint64_t days = before * 365 + before / 4 - before / 100 + before / 400 - 719162;
    for (uint64_t m = 1; m < month; m++)
        days += month_days(year, m);
    return days + day - 1;
}

/* YYYY-MM-DD or YYYY-MM-DDTHH:MM, UTC, from 1970 on. */
static bool time_read(struct slice text, int64_t *time_ms) {
    uint64_t year = 0, month = 0, day = 0, hour = 0, minute = 0;
    if (!digits_take(&text, 4, &year) || !mark_take(&text, '-') || !digits_take(&text, 2, &month) ||
        !mark_take(&text, '-') || !digits_take(&text, 2, &day)) {
        return false;
    }
    if (text.size > 0 && (!mark_take(&text, 'T') || !digits_take(&text, 2, &hour) ||
                          !mark_take(&text, ':') || !digits_take(&text, 2, &minute))) {
        return false;
    }
    if (text.size > 0 || year < 1970 || month < 1 || month > 12 || hour > 23 || minute > 59)
        return false;
    if (day < 1 || day > month_days(year, month)) return false;
    *time_ms = (int64_t)(((days_of(year, month, day) * 24 + hour) * 60 + minute) * 60000);
    return true;
}

static bool term_add(struct parse *parse, struct search_term term, struct slice place) {
    struct search *search = parse->search;
    if (search->count == SEARCH_TERMS_MAX) return wrong_at(parse, place);
    search->terms[search->count++] = term;
    return true;
}

/* One function per prefix. `place` is where the term begins; `value` is not empty. */

static bool take_author(struct parse *parse, bool negated, struct slice value, struct slice place) {
    struct search_term term = {.kind = SEARCH_AUTHOR, .negated = negated, .text = value};
    return term_add(parse, term, place);
}

static bool take_has(struct parse *parse, bool negated, struct slice value, struct slice place) {
    if (value.size != 4 || !starts_with(value, slice_of("link"))) return wrong_at(parse, place);
    return term_add(parse, (struct search_term){.kind = SEARCH_LINK, .negated = negated}, place);
}

static bool take_room(struct parse *parse, bool negated, struct slice value, struct slice place) {
    if (negated || parse->search->room.size > 0) return wrong_at(parse, place);
    parse->search->room = value;
    return true;
}

static bool take_before(struct parse *parse, bool negated, struct slice value, struct slice place) {
    int64_t time_ms = 0;
    if (negated || !time_read(value, &time_ms)) return wrong_at(parse, place);
    if (time_ms < parse->search->before_ms) parse->search->before_ms = time_ms;
    return true;
}

static bool take_after(struct parse *parse, bool negated, struct slice value, struct slice place) {
    int64_t time_ms = 0;
    if (negated || !time_read(value, &time_ms)) return wrong_at(parse, place);
    if (time_ms > parse->search->after_ms) parse->search->after_ms = time_ms;
    return true;
}

static bool take_order(struct parse *parse, bool negated, struct slice value, struct slice place) {
    bool right = !negated && value.size == 3 && starts_with(value, slice_of("new"));
    parse->search->newest = right;
    return right || wrong_at(parse, place);
}

static const struct prefix {
    const char *word; /* lower case */
    bool (*take)(struct parse *parse, bool negated, struct slice value, struct slice place);
} prefixes[] = {
    {"author:", take_author}, {"has:", take_has},     {"room:", take_room},
    {"before:", take_before}, {"after:", take_after}, {"order:", take_order},
};

static bool term_take(struct parse *parse) {
    struct slice place = parse->rest;
    struct slice value;
    bool negated = parse->rest.size > 1 && parse->rest.at[0] == '-' && !is_blank(parse->rest.at[1]);
    if (negated) parse->rest = slice_from(parse->rest, 1);
    for (size_t i = 0; i < sizeof prefixes / sizeof prefixes[0]; i++) {
        struct slice word = slice_text(prefixes[i].word);
        if (!starts_with(parse->rest, word)) continue;
        parse->rest = slice_from(parse->rest, word.size);
        if (!value_take(parse, &value)) return false;
        if (value.size == 0) return wrong_at(parse, place);
        return prefixes[i].take(parse, negated, value, place);
    }
    if (!value_take(parse, &value)) return false;
    if (!has_substance(value)) return true;
    struct search_term term = {.kind = SEARCH_TEXT, .negated = negated, .text = value};
    return term_add(parse, term, place);
}

/* Nothing is shown of bytes that are no text. */
static bool bytes_check(struct parse *parse) {
    struct slice text = parse->rest;
    if (text.size > SEARCH_SIZE_MAX) return wrong_at(parse, slice_from(text, SEARCH_SIZE_MAX));
    for (size_t i = 0; i < text.size; i++) {
        unsigned char c = (unsigned char)text.at[i];
        if ((c < 0x20 && c != '\t') || c == 0x7F) return wrong_at(parse, slice_from(text, i));
    }
    return utf8_valid(text) || wrong_at(parse, text);
}

static bool all_take(struct parse *parse) {
    if (!bytes_check(parse)) return false;
    for (;;) {
        parse->rest = slice_trim(parse->rest);
        if (parse->rest.size == 0) break;
        if (!term_take(parse)) return false;
    }
    for (uint32_t i = 0; i < parse->search->count; i++)
        if (!parse->search->terms[i].negated) return true;
    return wrong_at(parse, slice_of("its end: words to look for are missing"));
}

bool search_parse(struct slice text, struct search *search, struct slice *place) {
    *search = (struct search){.after_ms = INT64_MIN, .before_ms = INT64_MAX};
    struct parse parse = {.rest = text, .search = search};
    bool right = all_take(&parse);
    *place = parse.place;
    check(right || place->size > 0);
    return right;
}

/* The expression and the facts. */

static void put_number_fact(struct buf *out, uint64_t author) {
    buf_byte(out, 'u');
    buf_number(out, author);
}

/* 64 bits of the name's canonical form; what is found is compared with the name itself. */
static bool put_name_fact(struct buf *out, struct slice name) {
    char memory[NAME_KEY_SIZE_MAX];
    struct buf key;
    buf_init(&key, memory, sizeof memory);
    if (!name_key(&key, name)) return false;
    buf_byte(out, 'n');
    buf_hex(out, slice_hash(buf_slice(&key), 0), 16);
    return true;
}

static void put_quoted(struct buf *out, struct slice text) {
    buf_byte(out, '"');
    for (size_t i = 0; i < text.size; i++) {
        if (text.at[i] == '"') buf_byte(out, '"');
        buf_byte(out, text.at[i]);
    }
    buf_byte(out, '"');
}

/* Somebody's name may be a number. A name without a canonical form is nobody's. */
static void put_author(struct buf *out, struct slice wanted) {
    uint64_t number;
    if (!put_name_fact(out, wanted)) buf_text(out, "nobody");
    if (slice_number(wanted, UINT32_MAX, &number)) {
        buf_text(out, " OR ");
        put_number_fact(out, number);
    }
}

static void put_term(struct buf *out, const struct search_term *term) {
    if (term->kind == SEARCH_TEXT) {
        buf_text(out, "words : ");
        put_quoted(out, term->text);
        return;
    }
    buf_text(out, "facts : (");
    if (term->kind == SEARCH_AUTHOR) {
        put_author(out, term->text);
    } else {
        buf_text(out, "link");
    }
    buf_byte(out, ')');
}

static void put_terms(const struct search *search, uint32_t used, bool negated, const char *between,
                      struct buf *out) {
    bool first = true;
    for (uint32_t i = 0; i < search->count; i++) {
        const struct search_term *term = &search->terms[i];
        if ((used >> i & 1) == 0 || term->negated != negated) continue;
        if (!first) buf_text(out, between);
        first = false;
        put_term(out, term);
    }
}

void search_match(const struct search *search, uint32_t used, struct buf *out) {
    bool excludes = false;
    for (uint32_t i = 0; i < search->count; i++)
        excludes |= (used >> i & 1) != 0 && search->terms[i].negated;
    buf_byte(out, '(');
    put_terms(search, used, false, " AND ", out);
    buf_byte(out, ')');
    if (!excludes) return;
    buf_text(out, " NOT (");
    put_terms(search, used, true, " OR ", out);
    buf_byte(out, ')');
}

void search_facts(uint32_t author, struct slice author_name, struct slice text, struct buf *out) {
    put_number_fact(out, author);
    buf_byte(out, ' ');
    put_name_fact(out, author_name);
    if (search_has_link(text)) buf_text(out, " link");
}

bool search_is_author(struct slice wanted, uint32_t author, struct slice author_name) {
    char wanted_memory[NAME_KEY_SIZE_MAX], memory[NAME_KEY_SIZE_MAX];
    struct buf wanted_key, key;
    uint64_t number;
    if (slice_number(wanted, UINT32_MAX, &number) && number == author) return true;
    buf_init(&wanted_key, wanted_memory, sizeof wanted_memory);
    buf_init(&key, memory, sizeof memory);
    return name_key(&wanted_key, wanted) && name_key(&key, author_name) &&
           slice_equal(buf_slice(&wanted_key), buf_slice(&key));
}

static bool ends_with(struct slice text, struct slice word) {
    return text.size >= word.size && starts_with(slice_from(text, text.size - word.size), word);
}

bool search_has_link(struct slice text) {
    struct slice rest = text;
    while (rest.size > 0) {
        const char *colon = memchr(rest.at, ':', rest.size);
        if (colon == NULL) return false;
        struct slice before = slice_head(text, (size_t)(colon - text.at));
        rest = slice_from(text, before.size + 1);
        bool scheme = ends_with(before, slice_of("http")) || ends_with(before, slice_of("https"));
        if (scheme && slice_starts(rest, slice_of("//"))) return true;
    }
    return false;
}
