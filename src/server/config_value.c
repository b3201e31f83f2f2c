/* config_value.c: see config_value.h. Every kind of setting has one function that sets it; all of
 * them are handed the same struct assignment and write the field only when nothing is wrong. */
#include "server/config_value.h"

#include <stdlib.h>
#include <strings.h>

#include "base/buf.h"
#include "base/check.h"
#include "base/need.h"
#include "base/utf8.h"
#include "server/config_file.h"

enum { ALLOWED_MAX = 256, SHOWN_MAX = 80 };

struct assignment {
    void *field;
    const struct config_row *row;
    const struct slice *values;
    uint32_t count;
    const struct config_place *place;
    struct config_error *error;
};

struct slice config_text_copy(struct slice text) {
    char *copy = malloc(text.size + 1);
    need_memory(copy);
    if (text.size > 0) memcpy(copy, text.at, text.size);
    copy[text.size] = '\0';
    return (struct slice){copy, text.size};
}

void config_text_free(struct slice text) {
    free((char *)text.at);
}

bool config_value_is_list(const struct config_row *row) {
    return row->kind == CONFIG_KIND_TEXTS || row->kind == CONFIG_KIND_NETWORKS;
}

static void put_range(struct buf *buf, const struct config_row *row) {
    bool zero_none = (row->flags & CONFIG_ZERO_NONE) != 0;
    if (zero_none) buf_text(buf, row->least > 1 ? "0 (none), or " : "0 (none) to ");
    if (!zero_none || row->least > 1) {
        buf_number(buf, row->least);
        buf_text(buf, " to ");
    }
    buf_number(buf, row->most);
}

static const char *shape_text(enum config_shape shape) {
    switch (shape) {
    case CONFIG_SHAPE_ANY: return " bytes of UTF-8 without control characters";
    case CONFIG_SHAPE_WORD: return " bytes of UTF-8 without blanks";
    case CONFIG_SHAPE_MODES: return " bytes: letters, perhaps after a plus";
    case CONFIG_SHAPE_TAG: return " bytes: a client tag, which begins with a plus";
    case CONFIG_SHAPE_ORIGIN: return " bytes: SCHEME://HOST or SCHEME://HOST:PORT, or \"*\"";
    case CONFIG_SHAPE_FILE: return " bytes: the path of a file";
    case CONFIG_SHAPE_PRIVATE_FILE: return " bytes: the path of a file";
    }
    check_failed("a shape", __FILE__, __LINE__);
}

/* What may stand there, in words. */
static const char *allowed(char memory[ALLOWED_MAX], const struct config_row *row) {
    struct buf buf;
    buf_init(&buf, memory, ALLOWED_MAX);
    switch (row->kind) {
    case CONFIG_KIND_FLAG: buf_text(&buf, "true or false"); break;
    case CONFIG_KIND_CHOICE:
        for (uint32_t i = 0; row->words[i]; i++) {
            if (i > 0) buf_text(&buf, ", ");
            buf_text(&buf, row->words[i]);
        }
        break;
    case CONFIG_KIND_NUMBER: put_range(&buf, row); break;
    case CONFIG_KIND_TEXT:
    case CONFIG_KIND_SECRET:
    case CONFIG_KIND_SECRET_FILE:
    case CONFIG_KIND_TEXTS:
        put_range(&buf, row);
        buf_text(&buf, shape_text(row->shape));
        break;
    case CONFIG_KIND_NETWORKS:
        buf_text(&buf, "networks such as 10.0.0.0/8, addresses such as ::1, the word unix");
        break;
    case CONFIG_KIND_ADDRESS:
        buf_text(&buf, "IPV4:PORT, localhost:PORT, [IPV6]:PORT, unix:/PATH");
        break;
    }
    buf_byte(&buf, '\0');
    check(buf_ok(&buf));
    return memory;
}

/* A value as an error shows it; a number bare, as it is in the file. */
static const char *shown(char memory[SHOWN_MAX], const struct config_row *row, struct slice value) {
    const char *mark = row->kind == CONFIG_KIND_NUMBER && value.size > 0 ? "" : "\"";
    struct slice head = slice_head(value, SHOWN_MAX - slice_of("\"...\"").size - 1);
    struct buf buf;
    buf_init(&buf, memory, SHOWN_MAX);
    buf_text(&buf, mark);
    for (size_t i = 0; i < head.size; i++)
        buf_byte(&buf, head.at[i] == '\0' ? '?' : head.at[i]);
    if (head.size < value.size) buf_text(&buf, "...");
    buf_text(&buf, mark);
    buf_byte(&buf, '\0');
    check(buf_ok(&buf));
    return memory;
}

static bool refuse(const struct assignment *to, struct slice value) {
    char value_memory[SHOWN_MAX], allowed_memory[ALLOWED_MAX];
    bool secret = to->row->kind == CONFIG_KIND_SECRET;
    const char *what = secret ? "not fit to be a password" : shown(value_memory, to->row, value);
    return CONFIG_FAIL(to->error, to->place, to->place->name, " is ", what,
                       "; allowed: ", allowed(allowed_memory, to->row));
}

/* The words of libconfuse. */
static bool set_flag(const struct assignment *to) {
    static const char *const words[] = {"false", "no", "off", "true", "yes", "on"};
    for (uint32_t i = 0; i < 6; i++) {
        if (strcasecmp(to->values[0].at, words[i]) != 0) continue;
        *(bool *)to->field = i >= 3;
        return true;
    }
    return refuse(to, to->values[0]);
}

static bool set_choice(const struct assignment *to) {
    for (uint32_t i = 0; to->row->words[i]; i++) {
        if (!slice_equal(slice_text(to->row->words[i]), to->values[0])) continue;
        memcpy(to->field, &i, sizeof i);
        return true;
    }
    return refuse(to, to->values[0]);
}

static bool set_number(const struct assignment *to) {
    uint64_t number;
    const struct config_row *row = to->row;
    if (!slice_number(to->values[0], row->most, &number)) return refuse(to, to->values[0]);
    bool none = number == 0 && (row->flags & CONFIG_ZERO_NONE);
    if (number < row->least && !none) return refuse(to, to->values[0]);
    *(uint32_t *)to->field = (uint32_t)number;
    return true;
}

static bool is_modes(struct slice text) {
    if (slice_starts(text, slice_of("+"))) text = slice_from(text, 1);
    for (size_t i = 0; i < text.size; i++) {
        char byte = text.at[i];
        if (!((byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z'))) return false;
    }
    return true;
}

/* A browser sends no path and no slash at the end, so that such an origin would match nothing. */
static bool is_origin(struct slice text) {
    if (slice_equal(text, slice_of("*"))) return true;
    const char *mark = strstr(text.at, "://");
    return mark && mark > text.at && mark[3] != '\0' && !strchr(mark + 3, '/');
}

static bool has_shape(enum config_shape shape, struct slice text) {
    switch (shape) {
    case CONFIG_SHAPE_WORD: return !memchr(text.at, ' ', text.size);
    case CONFIG_SHAPE_MODES: return is_modes(text);
    case CONFIG_SHAPE_TAG: return text.at[0] == '+' && !memchr(text.at, ' ', text.size);
    case CONFIG_SHAPE_ORIGIN: return is_origin(text);
    case CONFIG_SHAPE_ANY:
    case CONFIG_SHAPE_FILE:
    case CONFIG_SHAPE_PRIVATE_FILE: return true;
    }
    check_failed("a shape", __FILE__, __LINE__);
}

static bool text_is_fit(const struct assignment *to, struct slice text) {
    const struct config_row *row = to->row;
    bool fit = text.size >= row->least && text.size <= row->most && utf8_valid(text);
    for (size_t i = 0; fit && i < text.size; i++)
        fit = (unsigned char)text.at[i] >= ' ' && text.at[i] != 0x7f;
    if (!fit || !has_shape(row->shape, text)) return refuse(to, text);
    bool is_private = row->shape == CONFIG_SHAPE_PRIVATE_FILE;
    if (text.size == 0 || (!is_private && row->shape != CONFIG_SHAPE_FILE)) return true;
    return config_file_inspect(text.at, is_private, to->place, to->error);
}

static bool set_text(const struct assignment *to) {
    if (!text_is_fit(to, to->values[0])) return false;
    struct slice *field = to->field;
    config_text_free(*field);
    *field = config_text_copy(to->values[0]);
    return true;
}

/* An empty path is a path that was not given; an empty file would open the door that it is to
 * close, and is refused. */
static bool set_secret_file(const struct assignment *to) {
    char secret[CONFIG_SECRET_MAX];
    struct buf buf;
    if (to->values[0].size == 0) return true;
    if (to->values[0].size > to->row->most) return refuse(to, to->values[0]);
    buf_init(&buf, secret, sizeof secret);
    if (!config_file_secret(to->values[0].at, &buf, to->place, to->error)) return false;
    struct slice *field = to->field;
    config_text_free(*field);
    *field = config_text_copy(buf_slice(&buf));
    explicit_bzero(secret, sizeof secret);
    return true;
}

static void texts_free(struct config_texts *texts) {
    for (uint32_t i = 0; i < texts->count; i++)
        config_text_free(texts->at[i]);
    free(texts->at);
    *texts = (struct config_texts){0};
}

static bool set_texts(const struct assignment *to) {
    for (uint32_t i = 0; i < to->count; i++) {
        if (!text_is_fit(to, to->values[i])) return false;
    }
    struct config_texts *field = to->field;
    texts_free(field);
    if (to->count == 0) return true;
    field->at = calloc(to->count, sizeof *field->at);
    need_memory(field->at);
    for (; field->count < to->count; field->count++)
        field->at[field->count] = config_text_copy(to->values[field->count]);
    return true;
}

static bool network_read(const struct assignment *to, struct slice value,
                         struct config_networks *networks) {
    if (slice_equal(value, slice_of("unix"))) {
        networks->unix_peers = true;
        return true;
    }
    struct network network;
    if (!network_parse(value, &network)) return refuse(to, value);
    if ((to->row->flags & CONFIG_NOT_WHOLE) && config_network_is_whole(network)) {
        char memory[SHOWN_MAX];
        return CONFIG_FAIL(to->error, to->place, to->place->name, " holds ",
                           shown(memory, to->row, value),
                           (", so that anybody could claim to be any address; allowed: "
                            "the networks of your own proxies"));
    }
    networks->at[networks->count++] = network;
    return true;
}

static bool set_networks(const struct assignment *to) {
    struct config_networks networks = {0};
    networks.at = calloc(to->count + 1, sizeof *networks.at); /* one more: calloc(0) may be NULL */
    need_memory(networks.at);
    for (uint32_t i = 0; i < to->count; i++) {
        if (network_read(to, to->values[i], &networks)) continue;
        free(networks.at);
        return false;
    }
    struct config_networks *field = to->field;
    free(field->at);
    *field = networks;
    return true;
}

static bool set_address(const struct assignment *to) {
    struct config_address address, *field = to->field;
    struct slice text = config_text_copy(to->values[0]);
    if (!config_address_parse(text, &address)) {
        config_text_free(text);
        return refuse(to, to->values[0]);
    }
    config_text_free(field->text);
    *field = address;
    return true;
}

bool config_value_set(void *base, const struct config_row *row, const struct slice *values,
                      uint32_t count, const struct config_place *place,
                      struct config_error *error) {
    static bool (*const setters[])(const struct assignment *) = {
        [CONFIG_KIND_FLAG] = set_flag,       [CONFIG_KIND_CHOICE] = set_choice,
        [CONFIG_KIND_NUMBER] = set_number,   [CONFIG_KIND_TEXT] = set_text,
        [CONFIG_KIND_SECRET] = set_text,     [CONFIG_KIND_SECRET_FILE] = set_secret_file,
        [CONFIG_KIND_TEXTS] = set_texts,     [CONFIG_KIND_NETWORKS] = set_networks,
        [CONFIG_KIND_ADDRESS] = set_address,
    };
    check(config_value_is_list(row) ? count <= CONFIG_LIST_MAX : count == 1);
    struct assignment to = {(char *)base + row->offset, row, values, count, place, error};
    return setters[row->kind](&to);
}

bool config_value_set_text(void *base, const struct config_row *row, struct slice text,
                           const struct config_place *place, struct config_error *error) {
    struct slice values[CONFIG_LIST_MAX];
    uint32_t count = 0;
    if (!config_value_is_list(row)) values[count++] = config_text_copy(text);
    while (config_value_is_list(row) && slice_trim(text).size > 0 && count < CONFIG_LIST_MAX)
        values[count++] = config_text_copy(slice_trim(slice_until(&text, ',')));
    bool fits = !config_value_is_list(row) || slice_trim(text).size == 0;
    bool done =
        fits ? config_value_set(base, row, values, count, place, error)
             : CONFIG_FAIL(error, place, place->name, " has too many values; allowed: up to 64");
    for (uint32_t i = 0; i < count; i++)
        config_text_free(values[i]);
    return done;
}

static bool texts_equal(const struct config_texts *a, const struct config_texts *b) {
    if (a->count != b->count) return false;
    for (uint32_t i = 0; i < a->count; i++) {
        if (!slice_equal(a->at[i], b->at[i])) return false;
    }
    return true;
}

static bool networks_equal(const struct config_networks *a, const struct config_networks *b) {
    if (a->count != b->count || a->unix_peers != b->unix_peers) return false;
    for (uint32_t i = 0; i < a->count; i++) {
        if (a->at[i].prefix_bits != b->at[i].prefix_bits) return false;
        if (memcmp(a->at[i].ip, b->at[i].ip, sizeof a->at[i].ip) != 0) return false;
    }
    return true;
}

bool config_value_equal(const void *a, const void *b, const struct config_row *row) {
    const void *left = (const char *)a + row->offset, *right = (const char *)b + row->offset;
    switch (row->kind) {
    case CONFIG_KIND_FLAG: return *(const bool *)left == *(const bool *)right;
    case CONFIG_KIND_CHOICE:
    case CONFIG_KIND_NUMBER: return memcmp(left, right, sizeof(uint32_t)) == 0;
    case CONFIG_KIND_TEXT:
    case CONFIG_KIND_SECRET:
    case CONFIG_KIND_SECRET_FILE:
        return slice_equal(*(const struct slice *)left, *(const struct slice *)right);
    case CONFIG_KIND_TEXTS: return texts_equal(left, right);
    case CONFIG_KIND_NETWORKS: return networks_equal(left, right);
    case CONFIG_KIND_ADDRESS:
        return slice_equal(((const struct config_address *)left)->text,
                           ((const struct config_address *)right)->text);
    }
    check_failed("a kind", __FILE__, __LINE__);
}

void config_value_free(void *base, const struct config_row *row) {
    void *field = (char *)base + row->offset;
    switch (row->kind) {
    case CONFIG_KIND_TEXT:
    case CONFIG_KIND_SECRET: config_text_free(*(struct slice *)field); break;
    case CONFIG_KIND_TEXTS: texts_free(field); break;
    case CONFIG_KIND_NETWORKS: free(((struct config_networks *)field)->at); break;
    case CONFIG_KIND_ADDRESS: config_text_free(((struct config_address *)field)->text); break;
    case CONFIG_KIND_FLAG:
    case CONFIG_KIND_CHOICE:
    case CONFIG_KIND_NUMBER:
    case CONFIG_KIND_SECRET_FILE: break; /* the secret belongs to the row beside it */
    }
}
