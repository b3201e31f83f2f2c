/* config_token.c: libconfuse's lexer (src/lexer.l there), but stricter: a string ends on its line
 * unless a backslash ends the line, a word holds no comment, an unknown character is an error, and
 * a backslash names no byte by its number. */
#include "server/config_token.h"

#include "base/check.h"

static bool fail(struct config_reader *reader, uint32_t line, const char *what) {
    reader->place->line = line;
    return CONFIG_FAIL(reader->error, reader->place, what);
}

/* Take `size` bytes off the rest. */
static struct slice advance(struct config_reader *reader, size_t size) {
    struct slice taken = slice_head(reader->rest, size);
    reader->rest = slice_from(reader->rest, size);
    for (size_t i = 0; i < taken.size; i++) {
        if (taken.at[i] != '\n') continue;
        reader->line++;
        buf_byte(reader->out, '\n');
    }
    return taken;
}

static bool rest_starts(const struct config_reader *reader, const char *text) {
    return slice_starts(reader->rest, slice_text(text));
}

static bool skip_comment(struct config_reader *reader) {
    if (!rest_starts(reader, "/*")) {
        struct slice line = reader->rest;
        advance(reader, slice_until(&line, '\n').size);
        return true;
    }
    uint32_t line = reader->line;
    advance(reader, 2);
    while (reader->rest.size > 0 && !rest_starts(reader, "*/"))
        advance(reader, 1);
    if (reader->rest.size == 0) {
        return fail(reader, line, "the comment that begins here has no end; allowed: /* ... */");
    }
    advance(reader, 2);
    return true;
}

static bool skip_to_token(struct config_reader *reader) {
    while (reader->rest.size > 0) {
        bool comment =
            rest_starts(reader, "#") || rest_starts(reader, "//") || rest_starts(reader, "/*");
        if (comment) {
            if (!skip_comment(reader)) return false;
        } else if (strchr(" \t\r\n", reader->rest.at[0])) {
            advance(reader, 1);
        } else {
            return true;
        }
    }
    return true;
}

/* A backslash and what follows it, at the rest's start. 0: an error was told. */
static size_t escape_size(struct config_reader *reader, char quote, uint32_t line) {
    if (reader->rest.size < 2) return 1; /* the string has no end, which its reader tells */
    char next = reader->rest.at[1];
    if (quote == '"' && ((next >= '0' && next <= '9') || next == 'x')) {
        fail(reader, line, "a backslash before x or a digit; allowed: the character itself");
        return 0;
    }
    return 2;
}

static bool read_string(struct config_reader *reader, struct config_token *token) {
    char quote = advance(reader, 1).at[0];
    const char *begin = reader->rest.at;
    while (reader->rest.size > 0 && reader->rest.at[0] != quote && reader->rest.at[0] != '\n') {
        size_t size = 1;
        if (reader->rest.at[0] == '\\') size = escape_size(reader, quote, reader->line);
        if (size == 0) return false;
        advance(reader, size);
    }
    if (reader->rest.size == 0 || reader->rest.at[0] != quote) {
        return fail(reader, token->line,
                    "the string that begins here has no end; allowed: text on one line between "
                    "two quotes, \\ before a quote inside");
    }
    token->kind = CONFIG_TOKEN_STRING;
    token->quote = quote;
    token->text = (struct slice){begin, (size_t)(reader->rest.at - begin)};
    advance(reader, 1);
    return true;
}

static bool ends_word(char byte) {
    return (unsigned char)byte <= ' ' || byte == 0x7f || strchr("#\"'={}()+,", byte);
}

/* The size of what begins a rest that is "${NAME}", where libconfuse would ask the environment: for
 * us it is text like any other, braces and all. */
static size_t dollar_size(struct slice rest) {
    size_t size = 2;
    while (size < rest.size && rest.at[size] != '}' && rest.at[size] > ' ')
        size++;
    return size < rest.size && rest.at[size] == '}' ? size + 1 : 1;
}

static bool read_word(struct config_reader *reader, struct config_token *token) {
    const char *begin = reader->rest.at;
    while (reader->rest.size > 0 && !ends_word(reader->rest.at[0])) {
        if (rest_starts(reader, "//") || rest_starts(reader, "/*")) {
            return fail(reader, reader->line,
                        "// or /* inside a word; allowed: quotes around the value");
        }
        advance(reader, rest_starts(reader, "${") ? dollar_size(reader->rest) : 1);
    }
    token->kind = CONFIG_TOKEN_WORD;
    token->text = (struct slice){begin, (size_t)(reader->rest.at - begin)};
    if (token->text.size > 0) return true;
    char character[] = {reader->rest.at[0], '\0'};
    reader->place->line = reader->line;
    return CONFIG_FAIL(reader->error, reader->place, "the character ", character,
                       " cannot stand here; allowed: KEY = VALUE, with quotes around the value");
}

bool config_token_next(struct config_reader *reader, struct config_token *token) {
    if (!skip_to_token(reader)) return false;
    *token = (struct config_token){.kind = CONFIG_TOKEN_END, .line = reader->line};
    reader->place->line = reader->line;
    if (reader->rest.size == 0) return true;
    char first = reader->rest.at[0];
    check(first != '\0'); /* strchr() would find it */
    if (first == '"' || first == '\'') return read_string(reader, token);
    if (!strchr("{}=,", first)) return read_word(reader, token);
    token->kind = CONFIG_TOKEN_MARK;
    token->text = advance(reader, 1);
    return true;
}

bool config_token_is(const struct config_token *token, char mark) {
    return token->kind == CONFIG_TOKEN_MARK && token->text.at[0] == mark;
}

/* In double quotes a backslash takes the byte behind it along, and so it does in single quotes
 * before a quote, a backslash and a newline. Newlines went out when they were read. */
void config_token_quote(const struct config_token *token, struct buf *out) {
    buf_byte(out, '"');
    for (size_t i = 0; i < token->text.size; i++) {
        char byte = token->text.at[i];
        char next = i + 1 < token->text.size ? token->text.at[i + 1] : '\0';
        bool escape = byte == '\\' && token->kind == CONFIG_TOKEN_STRING && next != '\0' &&
                      (token->quote == '"' || strchr("\\'\n", next));
        if (escape) {
            i++;
            if (next == '\n') continue; /* the string goes on */
            buf_byte(out, '\\');
            buf_byte(out, next);
            continue;
        }
        if (strchr("\\\"$", byte)) buf_byte(out, '\\');
        buf_byte(out, byte);
    }
    buf_byte(out, '"');
}
