/* config_place.c: names of settings and errors about them, as text. */
#include "server/config_place.h"

#include "base/buf.h"
#include "base/check.h"

enum { PART_MAX = 400 };

/* For a NUL-terminated text: what does not fit is cut. */
static void put_cut(struct buf *buf, struct slice text) {
    check(buf->cap > buf->size);
    buf_put(buf, slice_head(text, buf->cap - buf->size - 1));
}

static void put_printable(struct buf *buf, const char *text) {
    struct slice part = slice_head(slice_text(text), PART_MAX);
    for (size_t i = 0; i < part.size; i++) {
        bool control = (unsigned char)part.at[i] < ' ' || part.at[i] == 0x7f;
        put_cut(buf, control ? slice_of("?") : (struct slice){part.at + i, 1});
    }
}

bool config_fail(struct config_error *error, const struct config_place *place,
                 const char *const *parts) {
    struct buf buf;
    char digits[21];
    buf_init(&buf, error->text, sizeof error->text);
    put_printable(&buf, place->file);
    if (place->line > 0) {
        put_printable(&buf, ":");
        put_printable(&buf, config_digits(digits, place->line));
    }
    put_printable(&buf, ": ");
    for (; *parts; parts++)
        put_printable(&buf, *parts);
    buf_byte(&buf, '\0');
    check(buf_ok(&buf));
    return false;
}

void config_name_in_file(char name[CONFIG_NAME_MAX], const struct config_section *section,
                         struct slice title, const char *key) {
    struct buf buf;
    buf_init(&buf, name, CONFIG_NAME_MAX);
    put_cut(&buf, slice_text(section->name));
    if (section->titled) {
        put_cut(&buf, slice_of(" \""));
        put_cut(&buf, title);
        put_cut(&buf, slice_of("\""));
    }
    put_cut(&buf, slice_of("."));
    put_cut(&buf, slice_text(key));
    buf_byte(&buf, '\0');
}

static void put_capitals(struct buf *buf, struct slice text) {
    put_cut(buf, slice_of("_"));
    for (size_t i = 0; i < text.size; i++) {
        char byte = text.at[i];
        if (byte >= 'a' && byte <= 'z') byte = (char)(byte - 'a' + 'A');
        bool kept = (byte >= 'A' && byte <= 'Z') || (byte >= '0' && byte <= '9');
        put_cut(buf, kept ? (struct slice){&byte, 1} : slice_of("_"));
    }
}

void config_name_in_environment(char name[CONFIG_NAME_MAX], const struct config_section *section,
                                struct slice title, const char *key) {
    struct buf buf;
    buf_init(&buf, name, CONFIG_NAME_MAX);
    put_cut(&buf, slice_of("PARLANCE"));
    put_capitals(&buf, slice_text(section->name));
    if (section->titled) put_capitals(&buf, title);
    put_capitals(&buf, slice_text(key));
    buf_byte(&buf, '\0');
}

const char *config_digits(char digits[21], uint64_t number) {
    struct buf buf;
    buf_init(&buf, digits, 21);
    buf_number(&buf, number);
    buf_byte(&buf, '\0');
    return digits;
}
