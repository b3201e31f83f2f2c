/* scope.c: the words. */
#include "chat/scope.h"

static const struct {
    const char *word;
    uint32_t scope;
} words[] = {{"read", SCOPE_READ},   {"write", SCOPE_WRITE},     {"moderate", SCOPE_MODERATE},
             {"admin", SCOPE_ADMIN}, {"invite", SCOPE_INVITE},   {"server", SCOPE_SERVER},
             {"hook", SCOPE_HOOK},   {"certificate", SCOPE_CERT}};

enum { WORDS = sizeof words / sizeof *words };

bool scopes_read(struct slice text, uint32_t *scopes) {
    *scopes = 0;
    while (text.size > 0) {
        struct slice word = slice_trim(slice_until(&text, ','));
        uint32_t found = 0;
        for (size_t i = 0; i < WORDS; i++)
            if (slice_equal(word, slice_text(words[i].word))) found = words[i].scope;
        if ((found & SCOPES_GIVEN) == 0) return false;
        *scopes |= found;
    }
    return *scopes != 0;
}

void scopes_put(struct buf *out, uint32_t scopes) {
    bool first = true;
    for (size_t i = 0; i < WORDS; i++) {
        if (!(scopes & words[i].scope)) continue;
        if (!first) buf_byte(out, ',');
        buf_text(out, words[i].word);
        first = false;
    }
}

void token_line_put(struct buf *out, const struct token_line *line) {
    buf_number(out, line->number);
    const struct slice parts[] = {line->name, line->scopes, line->room, line->shown};
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        buf_byte(out, '\t');
        buf_put(out, parts[i]);
    }
    buf_byte(out, '\n');
}

bool token_line_take(struct slice *lines, struct token_line *line) {
    if (lines->size == 0) return false;
    struct slice rest = slice_until(lines, '\n');
    *line = (struct token_line){0};
    if (!slice_number(slice_until(&rest, '\t'), UINT64_MAX, &line->number)) return false;
    line->name = slice_until(&rest, '\t');
    line->scopes = slice_until(&rest, '\t');
    line->room = slice_until(&rest, '\t');
    line->shown = rest;
    return true;
}
