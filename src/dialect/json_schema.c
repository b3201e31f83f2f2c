/* json_schema.c: what a client may send, as a JSON Schema (2020-12) that is written from the tables
 * which the reader reads by. */
#include "dialect/json.h"
#include "dialect/json_put.h"

static void put_words(const char *words, struct buf *out) {
    struct slice rest = slice_text(words);
    json_put_open(out, "enum", '[');
    while (rest.size > 0)
        json_put_text(out, NULL, slice_word(&rest));
    json_put_close(out, ']');
}

static void put_types(const char *const *types, struct buf *out) {
    json_put_open(out, "type", '[');
    for (; *types; types++)
        json_put_word(out, NULL, *types);
    json_put_close(out, ']');
}

static void put_whole(uint64_t least, uint64_t most, struct buf *out) {
    json_put_word(out, "type", "integer");
    json_put_number(out, "minimum", least);
    json_put_number(out, "maximum", most);
}

static void put_epoch(struct buf *out) {
    json_put_word(out, "type", "string");
    json_put_word(out, "pattern", "^[0-9a-f]{16}$");
}

static void put_rooms(uint64_t most, struct buf *out) {
    json_put_word(out, "type", "array");
    json_put_number(out, "maxItems", most);
    json_put_open(out, "items", '{');
    json_put_word(out, "$ref", "#/$defs/cursor");
    json_put_close(out, '}');
}

static void put_key(const struct json_key *key, struct buf *out) {
    static const char *const text_or_null[] = {"string", "null", NULL};
    static const char *const number_or_text[] = {"integer", "string", NULL};
    static const char *const value[] = {"boolean", "integer", "string", NULL};
    json_put_open(out, key->key, '{');
    switch (key->kind) {
    case KIND_STRING: json_put_word(out, "type", "string"); break;
    case KIND_STRING_OR_NULL: put_types(text_or_null, out); break;
    case KIND_NUMBER: put_whole(0, key->most, out); break;
    case KIND_BOOL: json_put_word(out, "type", "boolean"); break;
    case KIND_ROOM: put_types(number_or_text, out); break;
    case KIND_EPOCH: put_epoch(out); break;
    case KIND_ROOMS: put_rooms(key->most, out); break;
    case KIND_VALUE: put_types(value, out); break;
    case KIND_WORD: put_words(key->words, out); break;
    }
    json_put_close(out, '}');
}

static void put_one_of(const char *key, struct buf *out) {
    json_put_open(out, NULL, '{');
    json_put_open(out, "required", '[');
    json_put_word(out, NULL, key);
    json_put_close(out, ']');
    json_put_close(out, '}');
}

static void put_row(const struct json_row *row, struct buf *out) {
    json_put_open(out, row->type, '{');
    json_put_word(out, "type", "object");
    json_put_open(out, "properties", '{');
    json_put_open(out, "type", '{');
    json_put_word(out, "const", row->type);
    json_put_close(out, '}');
    put_key(&json_keys[FIELD_REF], out);
    for (enum json_field i = 0; i < FIELDS; i++)
        if (row->takes >> i & 1) put_key(&json_keys[i], out);
    json_put_close(out, '}');
    json_put_open(out, "required", '[');
    json_put_word(out, NULL, "type");
    for (enum json_field i = 0; i < FIELDS; i++)
        if (row->needs >> i & 1) json_put_word(out, NULL, json_keys[i].key);
    json_put_close(out, ']');
    if (row->direct) {
        json_put_open(out, "oneOf", '[');
        put_one_of("room", out);
        put_one_of("to", out);
        json_put_close(out, ']');
    }
    json_put_bool(out, "additionalProperties", false);
    json_put_close(out, '}');
}

/* A room of a hello, with where one was in it. */
static void put_cursor(struct buf *out) {
    json_put_open(out, "cursor", '{');
    json_put_word(out, "type", "object");
    json_put_open(out, "properties", '{');
    put_key(&json_keys[FIELD_ROOM], out);
    put_key(&json_keys[FIELD_EPOCH], out);
    put_key(&json_keys[FIELD_SEQ], out);
    put_key(&json_keys[FIELD_KEY], out);
    json_put_close(out, '}');
    json_put_open(out, "required", '[');
    json_put_word(out, NULL, "room");
    json_put_close(out, ']');
    json_put_bool(out, "additionalProperties", false);
    json_put_close(out, '}');
}

void json_schema(struct buf *out) {
    json_put_open(out, NULL, '{');
    json_put_word(out, "$schema", "https://json-schema.org/draft/2020-12/schema");
    json_put_word(out, "title", "What a client of Parlance sends, one object a message");
    json_put_open(out, "oneOf", '[');
    for (enum json_type i = 0; i < TYPES; i++) {
        char memory[64];
        struct buf name;
        buf_init(&name, memory, sizeof memory);
        buf_text(&name, "#/$defs/");
        buf_text(&name, json_rows[i].type);
        json_put_open(out, NULL, '{');
        json_put_text(out, "$ref", buf_slice(&name));
        json_put_close(out, '}');
    }
    json_put_close(out, ']');
    json_put_open(out, "$defs", '{');
    put_cursor(out);
    for (enum json_type i = 0; i < TYPES; i++)
        put_row(&json_rows[i], out);
    json_put_close(out, '}');
    json_put_close(out, '}');
    buf_byte(out, '\n');
}
