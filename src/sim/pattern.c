/* pattern.c: regcomp() knows no named groups, so their names are taken out before. */
#include "sim/pattern.h"

#include <regex.h>

enum { GROUPS_MAX = 16, PATTERN_CAP = 4096 };

/* A pattern as regcomp() wants it, anchored, and which group has which name. */
struct compiled {
    char text[PATTERN_CAP];
    struct slice names[GROUPS_MAX + 1];
    size_t groups;
};

bool names_set(struct names *names, struct slice name, struct slice value) {
    size_t i = 0;
    while (i < names->count &&
           !slice_equal(name, (struct slice){names->at[i].name, names->at[i].name_size}))
        i++;
    if (i == NAMES_MAX || name.size > NAME_CAP || value.size > VALUE_CAP) return false;
    memcpy(names->at[i].name, name.at, name.size);
    if (value.size > 0) memcpy(names->at[i].value, value.at, value.size);
    names->at[i].name_size = name.size;
    names->at[i].value_size = value.size;
    if (i == names->count) names->count++;
    return true;
}

static bool name_put(const struct names *names, struct slice name, struct buf *out) {
    for (size_t i = 0; i < names->count; i++) {
        if (!slice_equal(name, (struct slice){names->at[i].name, names->at[i].name_size})) continue;
        buf_put(out, (struct slice){names->at[i].value, names->at[i].value_size});
        return true;
    }
    return false;
}

bool names_fill(const struct names *names, struct slice text, struct buf *out,
                struct slice *unknown) {
    while (text.size > 0) {
        if (!slice_starts(text, slice_of("${"))) {
            buf_put(out, slice_head(text, 1));
            text = slice_from(text, 1);
            continue;
        }
        text = slice_from(text, 2);
        *unknown = slice_until(&text, '}');
        if (!name_put(names, *unknown, out)) return false;
    }
    return true;
}

/* False: too long, or too many groups. */
static bool translate(struct slice pattern, struct compiled *compiled) {
    struct buf out;
    bool in_set = false;
    buf_init(&out, compiled->text, sizeof compiled->text);
    buf_text(&out, "^(");
    compiled->groups = 1;
    while (pattern.size > 0) {
        size_t size = pattern.at[0] == '\\' && pattern.size > 1 ? 2 : 1;
        char c = pattern.at[0];
        buf_put(&out, slice_head(pattern, size));
        pattern = slice_from(pattern, size);
        if (size == 2) continue;
        if (c == '[') in_set = true;
        if (c == ']') in_set = false;
        if (c != '(' || in_set) continue;
        if (++compiled->groups > GROUPS_MAX) return false;
        if (!slice_starts(pattern, slice_of("?P<"))) continue;
        pattern = slice_from(pattern, 3);
        compiled->names[compiled->groups] = slice_until(&pattern, '>');
    }
    buf_text(&out, ")$");
    buf_byte(&out, 0);
    return buf_ok(&out);
}

bool pattern_match(struct slice pattern, struct slice line, struct names *names, bool *bad) {
    struct compiled compiled = {.groups = 0};
    regmatch_t found[GROUPS_MAX + 1];
    char text[PATTERN_CAP * 4];
    regex_t regex;
    *bad = !translate(pattern, &compiled) || regcomp(&regex, compiled.text, REG_EXTENDED) != 0;
    if (*bad) return false;
    bool matches = line.size < sizeof text && memchr(line.at, 0, line.size) == NULL;
    if (matches) {
        memcpy(text, line.at, line.size);
        text[line.size] = 0;
        matches = regexec(&regex, text, GROUPS_MAX + 1, found, 0) == 0;
    }
    regfree(&regex);
    for (size_t i = 1; matches && i <= compiled.groups; i++) {
        if (compiled.names[i].size == 0 || found[i].rm_so < 0) continue;
        struct slice value = {text + found[i].rm_so, (size_t)(found[i].rm_eo - found[i].rm_so)};
        *bad |= !names_set(names, compiled.names[i], value);
    }
    return matches && !*bad;
}
