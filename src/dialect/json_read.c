/* json_read.c: one message of a client. jansson reads the JSON; what it may hold is json_table.c's.
 * Numbers are whole; nothing lies deeper than DEPTH_MAX, which is looked at before anything is
 * built of it. */
#include "base/check.h"
#include "dialect/json.h"

enum { DEPTH_MAX = 16 };

/* Brackets outside of strings, never deeper than may be. */
static bool depth_fits(struct slice line) {
    int depth = 0;
    bool quoted = false;
    for (size_t i = 0; i < line.size; i++) {
        char c = line.at[i];
        if (quoted) {
            if (c == '\\') i++;
            quoted = c != '"';
        } else if (c == '"') {
            quoted = true;
        } else if (c == '{' || c == '[') {
            if (++depth > DEPTH_MAX) return false;
        } else if (c == '}' || c == ']') {
            depth--;
        }
    }
    return true;
}

static bool is_word(const char *words, struct slice word) {
    struct slice rest = slice_text(words);
    while (rest.size > 0)
        if (slice_equal(slice_word(&rest), word)) return true;
    return false;
}

static struct slice text_of(const json_t *value) {
    if (!json_is_string(value)) return (struct slice){0};
    return (struct slice){json_string_value(value), json_string_length(value)};
}

static bool number_fits(const json_t *value, uint64_t most) {
    json_int_t number = json_integer_value(value);
    return json_is_integer(value) && number >= 0 && (uint64_t)number <= most;
}

bool json_epoch(struct slice digits, uint64_t *epoch) {
    if (digits.size != 16) return false;
    *epoch = 0;
    for (size_t i = 0; i < digits.size; i++) {
        char c = digits.at[i];
        bool digit = c >= '0' && c <= '9', letter = c >= 'a' && c <= 'f';
        if (!digit && !letter) return false;
        *epoch = *epoch << 4 | (uint64_t)(digit ? c - '0' : c - 'a' + 10);
    }
    return *epoch != 0; /* no room's */
}

static bool room_fits(const json_t *value) {
    return json_is_string(value) || (number_fits(value, UINT32_MAX) && json_integer_value(value));
}

/* {"room": .., "epoch": .., "seq": ..}: both of a cursor, or none. */
static bool cursor_fits(const json_t *row) {
    const json_t *room = json_object_get(row, "room"), *epoch = json_object_get(row, "epoch");
    const json_t *seq = json_object_get(row, "seq"), *key = json_object_get(row, "key");
    uint64_t unused;
    size_t known = 1u + (epoch ? 1 : 0) + (seq ? 1 : 0) + (key ? 1 : 0);
    if (!json_is_object(row) || !room_fits(room) || json_object_size(row) != known) return false;
    if (key && !json_is_string(key)) return false;
    if (!epoch && !seq) return true;
    return json_is_integer(room) && json_epoch(text_of(epoch), &unused) &&
           number_fits(seq, json_keys[FIELD_SEQ].most);
}

static bool rooms_fit(const json_t *list, uint64_t most) {
    if (!json_is_array(list) || json_array_size(list) > most) return false;
    for (size_t i = 0; i < json_array_size(list); i++)
        if (!cursor_fits(json_array_get(list, i))) return false;
    return true;
}

static bool value_fits(const struct json_key *key, const json_t *value) {
    uint64_t unused;
    switch (key->kind) {
    case KIND_STRING: return json_is_string(value);
    case KIND_STRING_OR_NULL: return json_is_string(value) || json_is_null(value);
    case KIND_NUMBER: return number_fits(value, key->most);
    case KIND_BOOL: return json_is_boolean(value);
    case KIND_ROOM: return room_fits(value);
    case KIND_EPOCH: return json_epoch(text_of(value), &unused);
    case KIND_ROOMS: return rooms_fit(value, key->most);
    case KIND_VALUE:
        return json_is_boolean(value) || json_is_string(value) || number_fits(value, key->most);
    case KIND_WORD: return is_word(key->words, text_of(value));
    }
    return false;
}

/* What a value of the key may be, in words. */
static void say_kind(const struct json_key *key, struct buf *out) {
    switch (key->kind) {
    case KIND_STRING: buf_text(out, "a string"); break;
    case KIND_STRING_OR_NULL: buf_text(out, "a string or null"); break;
    case KIND_NUMBER:
        buf_text(out, "a whole number, 0 to ");
        buf_number(out, key->most);
        break;
    case KIND_BOOL: buf_text(out, "true or false"); break;
    case KIND_ROOM: buf_text(out, "a room's number or name"); break;
    case KIND_EPOCH: buf_text(out, "16 hex digits, not all 0"); break;
    case KIND_ROOMS: buf_text(out, "at most 100 of {room, epoch, seq, key}"); break;
    case KIND_VALUE: buf_text(out, "true, false, a number or a string"); break;
    case KIND_WORD:
        buf_text(out, "one of ");
        buf_text(out, key->words);
        break;
    }
}

/* The field of that name that the row takes, FIELDS: none. */
static enum json_field field_of(const struct json_row *row, struct slice key) {
    uint64_t takes = row->takes | UINT64_C(1) << FIELD_REF;
    for (enum json_field i = 0; i < FIELDS; i++)
        if ((takes >> i & 1) && slice_equal(key, slice_text(json_keys[i].key))) return i;
    return FIELDS;
}

static void say_takes(const struct json_row *row, struct buf *fault) {
    buf_text(fault, row->type);
    buf_text(fault, " takes ref");
    for (enum json_field i = 0; i < FIELDS; i++) {
        if (!(row->takes >> i & 1)) continue;
        buf_text(fault, ", ");
        buf_text(fault, json_keys[i].key);
    }
}

static bool fields_read(struct json_message *message, struct buf *fault) {
    const struct json_row *row = &json_rows[message->type];
    const char *key;
    json_t *value;
    json_object_foreach(message->root, key, value) {
        if (strcmp(key, "type") == 0) continue;
        enum json_field field = field_of(row, slice_text(key));
        if (field == FIELDS) {
            buf_put(fault, slice_head(slice_text(key), 64));
            buf_text(fault, " is no key of it: ");
            say_takes(row, fault);
            return false;
        }
        if (!value_fits(&json_keys[field], value)) {
            buf_text(fault, key);
            buf_text(fault, " must be ");
            say_kind(&json_keys[field], fault);
            return false;
        }
        message->fields[field] = value;
    }
    return true;
}

static bool needs_met(const struct json_message *message, struct buf *fault) {
    const struct json_row *row = &json_rows[message->type];
    for (enum json_field i = 0; i < FIELDS; i++) {
        if (!(row->needs >> i & 1) || message->fields[i]) continue;
        buf_text(fault, json_keys[i].key);
        buf_text(fault, " is missing: ");
        say_takes(row, fault);
        return false;
    }
    bool room = message->fields[FIELD_ROOM], to = message->fields[FIELD_TO];
    if (row->direct && room == to) {
        buf_text(fault, "either room or to must be there");
        return false;
    }
    return true;
}

static bool type_read(struct json_message *message, struct buf *fault) {
    struct slice type = text_of(json_object_get(message->root, "type"));
    for (enum json_type i = 0; i < TYPES; i++) {
        if (!slice_equal(type, slice_text(json_rows[i].type))) continue;
        message->type = i;
        return true;
    }
    buf_text(fault, type.size > 0 ? "there is no type " : "type is missing");
    buf_put(fault, slice_head(type, 64));
    return false;
}

bool json_read(struct slice line, struct json_message *message, struct buf *fault) {
    json_error_t error;
    *message = (struct json_message){.type = TYPES};
    if (!depth_fits(line)) {
        buf_text(fault, "too deep: at most 16 brackets");
        return false;
    }
    message->root = json_loadb(line.at, line.size, JSON_REJECT_DUPLICATES, &error);
    if (!message->root) {
        buf_text(fault, "no JSON: ");
        buf_put(fault, slice_head(slice_text(error.text), 120));
        return false;
    }
    if (!json_is_object(message->root)) {
        buf_text(fault, "no JSON object");
        return false;
    }
    const json_t *ref = json_object_get(message->root, "ref");
    if (number_fits(ref, UINT16_MAX)) message->fields[FIELD_REF] = ref;
    return type_read(message, fault) && fields_read(message, fault) && needs_met(message, fault);
}

struct slice json_field_text(const struct json_message *message, enum json_field field) {
    return text_of(message->fields[field]);
}

uint64_t json_field_number(const struct json_message *message, enum json_field field) {
    const json_t *value = message->fields[field];
    return json_is_integer(value) ? (uint64_t)json_integer_value(value) : 0;
}

bool json_field_true(const struct json_message *message, enum json_field field) {
    return json_is_true(message->fields[field]);
}
