/* json_put.c: strings, numbers, brackets. */
#include "dialect/json_put.h"

#include "base/utf8.h"

/* Two letters for those that have them; 0: \u00XX. */
static char short_escape(unsigned char c) {
    switch (c) {
    case '"': return '"';
    case '\\': return '\\';
    case '\n': return 'n';
    case '\r': return 'r';
    case '\t': return 't';
    case '\b': return 'b';
    case '\f': return 'f';
    default: return 0;
    }
}

static void put_escape(struct buf *out, uint32_t code) {
    char letter = code < 0x80 ? short_escape((unsigned char)code) : 0;
    buf_byte(out, '\\');
    if (letter) {
        buf_byte(out, letter);
    } else {
        buf_byte(out, 'u');
        buf_hex(out, code, 4);
    }
}

/* Bytes that are sent as they are: the rest is looked at. */
static bool is_plain(unsigned char c) {
    return c >= 0x20 && c < 0x7F && c != '"' && c != '\\';
}

static bool is_control(uint32_t code) {
    return code < 0x20 || (code >= 0x7F && code < 0xA0) || code == 0x2028 || code == 0x2029;
}

void json_put_string(struct buf *out, struct slice text) {
    buf_byte(out, '"');
    while (text.size > 0) {
        size_t plain = 0;
        while (plain < text.size && is_plain((unsigned char)text.at[plain]))
            plain++;
        buf_put(out, slice_head(text, plain));
        text = slice_from(text, plain);
        size_t size = utf8_size(text);
        if (text.size == 0) break;
        if (size == 0) {
            buf_text(out, "\xEF\xBF\xBD");
            text = slice_from(text, 1);
            continue;
        }
        struct slice one = slice_head(text, size);
        uint32_t code = utf8_take(&text);
        if (is_control(code) || code == '"' || code == '\\')
            put_escape(out, code);
        else
            buf_put(out, one);
    }
    buf_byte(out, '"');
}

/* The comma before what comes next, where something stands before it, and the key. */
static void put_key(struct buf *out, const char *key) {
    char last = out->size > 0 ? out->at[out->size - 1] : '\n';
    if (last != '{' && last != '[' && last != '\n') buf_byte(out, ',');
    if (!key) return;
    buf_byte(out, '"');
    buf_text(out, key);
    buf_text(out, "\":");
}

void json_put_open(struct buf *out, const char *key, char bracket) {
    put_key(out, key);
    buf_byte(out, bracket);
}

void json_put_close(struct buf *out, char bracket) {
    buf_byte(out, bracket);
}

void json_put_text(struct buf *out, const char *key, struct slice text) {
    put_key(out, key);
    json_put_string(out, text);
}

void json_put_word(struct buf *out, const char *key, const char *word) {
    json_put_text(out, key, slice_text(word));
}

void json_put_number(struct buf *out, const char *key, uint64_t number) {
    put_key(out, key);
    buf_number(out, number);
}

void json_put_bool(struct buf *out, const char *key, bool value) {
    put_key(out, key);
    buf_text(out, value ? "true" : "false");
}

void json_put_null(struct buf *out, const char *key) {
    put_key(out, key);
    buf_text(out, "null");
}

void json_put_hex(struct buf *out, const char *key, uint64_t number, int digits) {
    put_key(out, key);
    buf_byte(out, '"');
    buf_hex(out, number, digits);
    buf_byte(out, '"');
}

void json_put_text_or_null(struct buf *out, const char *key, struct slice text) {
    if (text.size > 0)
        json_put_text(out, key, text);
    else
        json_put_null(out, key);
}
