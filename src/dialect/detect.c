/* detect.c: the table of first words. */
#include "dialect/detect.h"

enum { DIGITS_MAX = 10 }; /* of a pipe client's code or id; more are a nick */

static const struct {
    const char *word;
    enum detected dialect;
    bool any_case;
} words[] = {
    {"GET ", DETECTED_HTTP, false},    {"POST ", DETECTED_HTTP, false},
    {"HEAD ", DETECTED_HTTP, false},   {"PUT ", DETECTED_HTTP, false},
    {"DELETE ", DETECTED_HTTP, false}, {"OPTIONS ", DETECTED_HTTP, false},
    {"PATCH ", DETECTED_HTTP, false},  {"CONNECT ", DETECTED_HTTP, false},
    {"TRACE ", DETECTED_HTTP, false},  {"PRI ", DETECTED_HTTP, false},
    {"CAP ", DETECTED_IRC, true},      {"NICK ", DETECTED_IRC, true},
    {"USER ", DETECTED_IRC, true},     {"PASS ", DETECTED_IRC, true},
    {"PROXY ", DETECTED_PROXY, false}, {"\r\n\r\n\0\r\nQUIT\n", DETECTED_PROXY, false},
    {"reg$", DETECTED_DOLLAR, false},  {"\x16\x03", DETECTED_TLS, false},
};

enum { PROXY_V2_SIZE = 12, METHODS = 10 };

static char upper(char c) {
    return c >= 'a' && c <= 'z' ? (char)(c - 32) : c;
}

/* How many bytes of `word` the bytes begin with. */
static size_t common(struct slice bytes, struct slice word, bool any_case) {
    size_t n = 0;
    while (n < word.size && n < bytes.size &&
           (any_case ? upper(bytes.at[n]) : bytes.at[n]) == word.at[n])
        n++;
    return n;
}

static enum detected detect_pipe(struct slice bytes) {
    size_t at = 0;
    for (int part = 0; part < 2; part++) {
        size_t begin = at;
        while (at < bytes.size && bytes.at[at] >= '0' && bytes.at[at] <= '9')
            at++;
        if (at - begin > DIGITS_MAX) return DETECTED_LINE;
        if (at == bytes.size) return DETECTED_NOT_YET;
        if (at == begin || bytes.at[at] != '|') return DETECTED_LINE;
        at++;
    }
    return DETECTED_PIPE;
}

static struct slice word_at(size_t i) {
    if (words[i].dialect == DETECTED_PROXY && words[i].word[0] == '\r')
        return (struct slice){words[i].word, PROXY_V2_SIZE};
    return slice_text(words[i].word);
}

enum detected detect(struct slice bytes) {
    bool may_become = false;
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        struct slice word = word_at(i);
        size_t n = common(bytes, word, words[i].any_case);
        if (n == word.size) return words[i].dialect;
        may_become |= n == bytes.size;
    }
    if (may_become) return DETECTED_NOT_YET;
    while (bytes.size > 0 && (bytes.at[0] == '\r' || bytes.at[0] == '\n'))
        bytes = slice_from(bytes, 1);
    if (bytes.size == 0) return DETECTED_NOT_YET;
    if (bytes.at[0] >= '0' && bytes.at[0] <= '9') return detect_pipe(bytes);
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        struct slice word = word_at(i);
        size_t n = common(bytes, word, words[i].any_case);
        if (n == word.size) return words[i].dialect;
        may_become |= n == bytes.size;
    }
    return may_become ? DETECTED_NOT_YET : DETECTED_LINE;
}

static bool contains(struct slice text, struct slice part) {
    for (size_t i = 0; i + part.size <= text.size; i++)
        if (memcmp(text.at + i, part.at, part.size) == 0) return true;
    return false;
}

bool detect_http_line(struct slice line) {
    if (common(line, slice_of("HOST:"), true) == 5) return true;
    if (slice_starts(line, slice_of("PROXY TCP"))) return true; /* from one who may not say that */
    for (size_t i = 0; i < METHODS; i++) {
        struct slice method = slice_text(words[i].word);
        method.size--; /* without the blank */
        if (slice_equal(line, method)) return true;
        if (!slice_starts(line, slice_text(words[i].word))) continue;
        struct slice rest = slice_from(line, method.size + 1);
        return rest.size == 0 || rest.at[0] == '/' || rest.at[0] == '*' ||
               slice_starts(rest, slice_of("http")) || contains(rest, slice_of("HTTP/"));
    }
    return false;
}
