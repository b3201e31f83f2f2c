/* mention.c: names in a text. */
#include "chat/mention.h"

#include "base/text.h"
#include "chat/limits.h"

enum { TRIES_MAX = 4 * MENTIONS_MAX }; /* names that are looked at in one text */

static bool ends_name(char c) {
    return (unsigned char)c <= ' ' || memchr(",:!@*?/|$#\\\".", c, 13) != NULL;
}

static struct slice name_head(struct slice text) {
    size_t size = 0;
    while (size < text.size && !ends_name(text.at[size]))
        size++;
    return slice_head(text, size);
}

bool mention_next(struct slice *rest, bool first, struct slice *name) {
    struct slice head = name_head(*rest);
    if (first && head.size > 0 && head.size < rest->size && rest->at[head.size] == ':') {
        *name = head;
        *rest = slice_from(*rest, head.size);
        return true;
    }
    while (rest->size > 0) {
        const char *at = memchr(rest->at, '@', rest->size);
        if (!at) return false;
        size_t before = (size_t)(at - rest->at);
        bool begins = before == 0 || ends_name(at[-1]);
        *rest = slice_from(*rest, before + 1);
        *name = name_head(*rest);
        if (begins && name->size > 0) return true;
    }
    return false;
}

bool mention_calls(struct slice text, struct slice key) {
    struct slice rest = text, name;
    for (uint32_t tries = 0; tries < TRIES_MAX && mention_next(&rest, tries == 0, &name); tries++) {
        char memory[NAME_KEY_SIZE_MAX];
        struct buf called;
        buf_init(&called, memory, sizeof memory);
        if (name.size <= USER_NAME_SIZE_MAX && name_key(&called, name) &&
            slice_equal(buf_slice(&called), key))
            return true;
    }
    return false;
}
