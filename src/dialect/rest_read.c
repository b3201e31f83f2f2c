/* rest_read.c: what a request says: the parts of its path, its query, its body. Whatever nobody
 * asked for is an error, so that a misspelt word does not pass for one that was meant. */
#include "base/utf8.h"
#include "dialect/rest.h"

enum { DEPTH_MAX = 16 };

static int hex_value(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* False: it is not percent-encoded as it should be, or not UTF-8, or holds a control character. */
static bool decode(struct rest_call *rest, struct slice encoded, bool plus, struct slice *decoded) {
    size_t begin = rest->decoded.size;
    for (size_t i = 0; i < encoded.size; i++) {
        char c = encoded.at[i];
        if (c == '%') {
            int high = i + 2 < encoded.size ? hex_value(encoded.at[i + 1]) : -1;
            int low = high >= 0 ? hex_value(encoded.at[i + 2]) : -1;
            if (low < 0) return false;
            c = (char)(high * 16 + low);
            i += 2;
        } else if (c == '+' && plus) {
            c = ' ';
        }
        if ((unsigned char)c < ' ' || c == 127) return false;
        buf_byte(&rest->decoded, c);
    }
    *decoded = slice_from(buf_slice(&rest->decoded), begin);
    return buf_ok(&rest->decoded) && utf8_valid(*decoded);
}

bool rest_decode(struct rest_call *rest, struct slice encoded, struct slice *decoded) {
    return decode(rest, encoded, false, decoded);
}

static bool is_word(const char *words, struct slice word) {
    struct slice all = slice_text(words);
    while (all.size > 0)
        if (slice_equal(slice_word(&all), word)) return true;
    return false;
}

static void put_words(struct buf *text, const char *begin, struct slice word, const char *words) {
    buf_text(text, begin);
    buf_put(text, slice_head(word, 40));
    buf_text(text, *words ? "; there is: " : "; there is none here");
    buf_text(text, words);
    buf_byte(text, 0);
}

bool rest_params_fit(struct rest_call *rest, const char *params) {
    struct slice query = rest->call->request->query;
    while (query.size > 0) {
        struct slice value = slice_until(&query, '&'), name = slice_until(&value, '=');
        struct slice decoded;
        if (name.size == 0 && value.size == 0) continue;
        if (!is_word(params, name)) {
            char memory[256];
            struct buf text;
            buf_init(&text, memory, sizeof memory);
            put_words(&text, "unknown parameter ", name, params);
            rest_fail(rest, 400, "parameter_unknown", memory);
            return false;
        }
        if (!decode(rest, value, true, &decoded)) {
            rest_fail(rest, 400, "parameter_bad", "a parameter is not UTF-8, percent-encoded");
            return false;
        }
    }
    return true;
}

bool rest_param(struct rest_call *rest, const char *name, struct slice *value) {
    struct slice query = rest->call->request->query;
    while (query.size > 0) {
        struct slice rest_of = slice_until(&query, '&'), own = slice_until(&rest_of, '=');
        if (slice_equal(own, slice_text(name))) return decode(rest, rest_of, true, value);
    }
    *value = (struct slice){0};
    return false;
}

bool rest_param_number(struct rest_call *rest, const char *name, uint64_t most, uint64_t *number) {
    struct slice value;
    *number = 0;
    if (!rest_param(rest, name, &value) || slice_number(value, most, number)) return true;
    rest_wrong(rest, REFUSED_NUMBER_BAD, 0, value);
    return false;
}

/* ---- body ---- */

bool rest_is_json(const struct rest_call *rest) {
    struct slice type, word;
    if (!http_header(rest->call->request, slice_of("Content-Type"), &type)) return false;
    word = slice_trim(slice_until(&type, ';'));
    static const char json[] = "application/json";
    if (word.size != sizeof json - 1) return false;
    for (size_t i = 0; i < word.size; i++)
        if ((word.at[i] | 0x20) != json[i] && word.at[i] != json[i]) return false;
    return true;
}

/* jansson recurses: what is deeper than anything here is not given to it. */
static bool depth_fits(struct slice text) {
    int depth = 0;
    bool quoted = false;
    for (size_t i = 0; i < text.size; i++) {
        char c = text.at[i];
        if (quoted && c == '\\') {
            i++;
        } else if (c == '"') {
            quoted = !quoted;
        } else if (!quoted && (c == '{' || c == '[')) {
            if (++depth > DEPTH_MAX) return false;
        } else if (!quoted && (c == '}' || c == ']')) {
            depth--;
        }
    }
    return true;
}

json_t *rest_json(struct slice text) {
    json_error_t error;
    if (text.size == 0 || !depth_fits(text)) return NULL;
    return json_loadb(text.at, text.size, JSON_REJECT_DUPLICATES, &error);
}

static bool keys_fit(struct rest_call *rest, const char *keys) {
    const char *key;
    json_t *value;
    json_object_foreach(rest->body, key, value) {
        char memory[256];
        struct buf text;
        if (is_word(keys, slice_text(key))) continue;
        buf_init(&text, memory, sizeof memory);
        put_words(&text, "unknown key ", slice_text(key), keys);
        rest_fail(rest, 400, "key_unknown", memory);
        return false;
    }
    return true;
}

bool rest_body_fits(struct rest_call *rest, const char *keys) {
    struct slice body = rest->call->body;
    if (body.size == 0) return true;
    if (*keys == 0) {
        rest_fail(rest, 400, "body_unwanted", "no body is taken here");
        return false;
    }
    if (!rest_is_json(rest)) {
        rest_fail(rest, 415, "type_bad", "the body is to be application/json");
        return false;
    }
    rest->body = rest_json(body);
    if (!json_is_object(rest->body)) {
        rest_fail(rest, 400, "json_bad", "the body is no JSON object, or names a key twice");
        return false;
    }
    return keys_fit(rest, keys);
}

struct slice rest_text(const struct rest_call *rest, const char *key) {
    const json_t *value = json_object_get(rest->body, key);
    if (!json_is_string(value)) return (struct slice){0};
    return (struct slice){json_string_value(value), json_string_length(value)};
}

bool rest_number(struct rest_call *rest, const char *key, uint64_t most, uint64_t *number) {
    const json_t *value = json_object_get(rest->body, key);
    *number = 0;
    if (!value) return true;
    if (json_is_integer(value) && json_integer_value(value) >= 0 &&
        (uint64_t)json_integer_value(value) <= most) {
        *number = (uint64_t)json_integer_value(value);
        return true;
    }
    rest_wrong(rest, REFUSED_NUMBER_BAD, 0, slice_text(key));
    return false;
}

bool rest_text_fits(struct rest_call *rest, struct slice text) {
    if (text.size > 0 && !utf8_valid(text)) {
        rest_wrong(rest, REFUSED_NOT_UTF8, 0, (struct slice){0});
        return false;
    }
    bool bad = text.size > 0 && (memchr(text.at, 0, text.size) || memchr(text.at, '\r', text.size));
    if (bad) rest_wrong(rest, REFUSED_BAD_CHARACTER, 0, (struct slice){0});
    return !bad;
}

bool rest_line_fits(struct rest_call *rest, struct slice text) {
    if (!rest_text_fits(rest, text)) return false;
    bool bad = text.size > 0 && memchr(text.at, '\n', text.size);
    if (bad) rest_wrong(rest, REFUSED_BAD_CHARACTER, 0, (struct slice){0});
    return !bad;
}
