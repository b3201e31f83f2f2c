/* config_scan.c: see config_scan.h. A file is sections, a section is keys, a key has one value or a
 * list: one function each, with one token read ahead of none. */
#include "server/config_scan.h"

#include <stdlib.h>

#include "base/check.h"
#include "base/need.h"
#include "server/config_token.h"
#include "server/config_value.h"

enum { ALLOWED_MAX = 400 };

struct scanner {
    struct config_reader reader;
    struct config_scan *scan;
    struct buf out;
};

/* "`found` stands where ... is due" */
static bool fail_token(struct scanner *scanner, const struct config_token *found, const char *due,
                       const char *allowed) {
    char memory[64];
    struct buf buf;
    buf_init(&buf, memory, sizeof memory);
    buf_put(&buf, slice_head(found->text, sizeof memory - 1));
    buf_byte(&buf, '\0');
    scanner->reader.place->line = found->line;
    bool end = found->kind == CONFIG_TOKEN_END;
    return CONFIG_FAIL(scanner->reader.error, scanner->reader.place,
                       end ? "the end of the file" : "\"", end ? "" : memory, end ? "" : "\"",
                       " stands where ", due, " is due; allowed: ", allowed);
}

static bool expect(struct scanner *scanner, char mark, const char *allowed) {
    struct config_token token;
    char due[] = {mark, '\0'};
    if (!config_token_next(&scanner->reader, &token)) return false;
    if (!config_token_is(&token, mark)) return fail_token(scanner, &token, due, allowed);
    buf_byte(&scanner->out, mark);
    return true;
}

static bool is_value(const struct config_token *token) {
    return token->kind == CONFIG_TOKEN_WORD || token->kind == CONFIG_TOKEN_STRING;
}

/* Behind the opening brace: values between commas, one comma more is forgiven. */
static bool scan_list(struct scanner *scanner) {
    static const char allowed[] = "{\"VALUE\", \"VALUE\"}";
    struct config_token token;
    uint32_t count = 0;
    for (bool value_due = true;; value_due = !value_due) {
        if (!config_token_next(&scanner->reader, &token)) return false;
        if (config_token_is(&token, '}')) break;
        if (value_due ? !is_value(&token) : !config_token_is(&token, ',')) {
            return fail_token(scanner, &token, value_due ? "a value" : ", or }", allowed);
        }
        if (!value_due) {
            buf_byte(&scanner->out, ',');
            continue;
        }
        config_token_quote(&token, &scanner->out);
        if (++count > CONFIG_LIST_MAX) {
            return CONFIG_FAIL(scanner->reader.error, scanner->reader.place,
                               "the list is too long; allowed: up to 64 values");
        }
    }
    buf_byte(&scanner->out, '}');
    return true;
}

static bool scan_value(struct scanner *scanner, const struct config_row *row) {
    bool list = config_value_is_list(row);
    struct config_token token;
    if (!config_token_next(&scanner->reader, &token)) return false;
    if (list && config_token_is(&token, '{')) {
        buf_byte(&scanner->out, '{');
        return scan_list(scanner);
    }
    if (!is_value(&token)) {
        return fail_token(scanner, &token, list ? "a list" : "a single value",
                          list ? "KEY = {\"VALUE\", \"VALUE\"}" : "KEY = \"VALUE\"");
    }
    config_token_quote(&token, &scanner->out);
    return true;
}

/* The names of a section's keys, or of all sections. */
static const char *names(char memory[ALLOWED_MAX], const struct config_section *section) {
    struct buf buf;
    buf_init(&buf, memory, ALLOWED_MAX);
    uint32_t count = section ? section->row_count : config_section_count;
    for (uint32_t i = 0; i < count; i++) {
        if (i > 0) buf_text(&buf, ", ");
        buf_text(&buf, section ? section->rows[i].key : config_sections[i].name);
    }
    buf_byte(&buf, '\0');
    check(buf_ok(&buf));
    return memory;
}

static bool fail_unknown(struct scanner *scanner, const struct config_token *token,
                         const char *what, const struct config_section *section) {
    char unknown[64], allowed[ALLOWED_MAX];
    struct buf buf;
    buf_init(&buf, unknown, sizeof unknown);
    buf_put(&buf, slice_head(token->text, sizeof unknown - 1));
    buf_byte(&buf, '\0');
    return CONFIG_FAIL(scanner->reader.error, scanner->reader.place, what, unknown,
                       "; allowed: ", names(allowed, section));
}

static bool fail_twice(struct scanner *scanner, const char *name, uint32_t first_line) {
    char digits[21];
    return CONFIG_FAIL(scanner->reader.error, scanner->reader.place, name,
                       " is given a second time, the first is on line ",
                       config_digits(digits, first_line), "; allowed: once");
}

static bool scan_key(struct scanner *scanner, struct config_scan_section *into,
                     const struct config_token *key) {
    const struct config_section *section = into->section;
    if (key->kind != CONFIG_TOKEN_WORD) {
        return fail_token(scanner, key, "a key or }", "KEY = VALUE");
    }
    const struct config_row *row = config_row_find(section, key->text);
    if (!row) {
        char what[64];
        struct buf buf;
        buf_init(&buf, what, sizeof what);
        buf_text(&buf, "unknown key ");
        buf_text(&buf, section->name);
        buf_text(&buf, ".");
        buf_byte(&buf, '\0');
        return fail_unknown(scanner, key, what, section);
    }
    config_name_in_file(scanner->reader.place->name, section, into->title, row->key);
    uint32_t *line = &into->key_lines[row - section->rows];
    if (*line > 0) return fail_twice(scanner, scanner->reader.place->name, *line);
    *line = key->line;
    buf_byte(&scanner->out, ' ');
    buf_text(&scanner->out, row->key);
    return expect(scanner, '=', "KEY = VALUE") && scan_value(scanner, row);
}

/* A title stands for itself in names of the environment and in the log: no escapes in it. */
static bool scan_title(struct scanner *scanner, struct config_scan_section *into) {
    struct config_token token;
    if (!config_token_next(&scanner->reader, &token)) return false;
    bool fit = is_value(&token) && token.text.size > 0 && token.text.size <= CONFIG_TITLE_MAX;
    for (size_t i = 0; fit && i < token.text.size; i++) {
        unsigned char byte = (unsigned char)token.text.at[i];
        fit = byte >= ' ' && byte < 0x7f && byte != '\\' && byte != '"';
    }
    if (!fit) {
        return fail_token(scanner, &token, "the title of the section",
                          "1 to 64 bytes of ASCII in quotes, none of them a quote or a backslash");
    }
    into->title = token.text;
    config_token_quote(&token, &scanner->out);
    return true;
}

static bool is_again(struct scanner *scanner, const struct config_scan_section *section) {
    const struct config_scan *scan = scanner->scan;
    for (uint32_t i = 0; i < scan->section_count; i++) {
        if (scan->sections[i].section != section->section) continue;
        if (!slice_equal(scan->sections[i].title, section->title)) continue;
        char *name = scanner->reader.place->name;
        config_name_in_file(name, section->section, section->title, "");
        name[strlen(name) - 1] = '\0'; /* the full stop before the key */
        scanner->reader.place->line = section->line;
        return !fail_twice(scanner, name, scan->sections[i].line);
    }
    return false;
}

/* The section's place among those of the file, or NULL and the error. */
static struct config_scan_section *section_add(struct scanner *scanner,
                                               const struct config_scan_section *section) {
    struct config_scan *scan = scanner->scan;
    uint32_t count = 0;
    if (is_again(scanner, section)) return NULL;
    for (uint32_t i = 0; i < scan->section_count; i++)
        count += scan->sections[i].section == section->section;
    if (section->section->titled && count == section->section->count_max) {
        char digits[21];
        CONFIG_FAIL(scanner->reader.error, scanner->reader.place, "too many sections ",
                    section->section->name, "; allowed: up to ",
                    config_digits(digits, section->section->count_max));
        return NULL;
    }
    check(scan->section_count < CONFIG_SCAN_SECTIONS_MAX);
    scan->sections[scan->section_count] = *section;
    return &scan->sections[scan->section_count++];
}

static bool scan_section(struct scanner *scanner, const struct config_token *name) {
    struct config_scan_section section = {.line = name->line};
    struct config_token token;
    if (name->kind != CONFIG_TOKEN_WORD) {
        return fail_token(scanner, name, "a section", "NAME { KEY = VALUE }");
    }
    if (slice_equal(name->text, slice_of("include"))) {
        return CONFIG_FAIL(scanner->reader.error, scanner->reader.place,
                           "include is not supported; allowed: one file");
    }
    section.section = config_section_find(name->text);
    if (!section.section) return fail_unknown(scanner, name, "unknown section ", NULL);
    buf_byte(&scanner->out, ' ');
    buf_text(&scanner->out, section.section->name);
    if (section.section->titled && !scan_title(scanner, &section)) return false;
    struct config_scan_section *added = section_add(scanner, &section);
    if (!added) return false;
    const char *form =
        section.section->titled ? "NAME \"TITLE\" { KEY = VALUE }" : "NAME { KEY = VALUE }";
    if (!expect(scanner, '{', form)) return false;
    for (;;) {
        if (!config_token_next(&scanner->reader, &token)) return false;
        if (config_token_is(&token, '}')) break;
        if (token.kind == CONFIG_TOKEN_END) {
            scanner->reader.place->line = section.line;
            return CONFIG_FAIL(scanner->reader.error, scanner->reader.place,
                               "the section that begins here has no end; allowed: ", form);
        }
        if (!scan_key(scanner, added, &token)) return false;
    }
    buf_byte(&scanner->out, '}');
    return true;
}

static bool scan_file(struct scanner *scanner) {
    struct config_token token;
    for (;;) {
        if (!config_token_next(&scanner->reader, &token)) return false;
        if (token.kind == CONFIG_TOKEN_END) return true;
        if (!scan_section(scanner, &token)) return false;
    }
}

struct config_scan *config_scan_new(struct slice text, struct config_place *place,
                                    struct config_error *error) {
    /* A byte becomes at most itself, a backslash, two quotes and a blank. */
    size_t cap = 5 * text.size + 64;
    struct config_scan *scan = calloc(1, sizeof *scan);
    need_memory(scan);
    scan->text = malloc(cap);
    need_memory(scan->text);
    struct scanner scanner = {.scan = scan};
    buf_init(&scanner.out, scan->text, cap);
    struct slice mark = slice_of("\xef\xbb\xbf"); /* of UTF-8, which some editors put in front */
    if (slice_starts(text, mark)) text = slice_from(text, mark.size);
    scanner.reader = (struct config_reader){text, 1, place, error, &scanner.out};
    bool done = scan_file(&scanner);
    buf_byte(&scanner.out, '\0');
    check(buf_ok(&scanner.out));
    if (done) return scan;
    config_scan_free(scan);
    return NULL;
}

void config_scan_free(struct config_scan *scan) {
    if (!scan) return;
    free(scan->text);
    free(scan);
}
