/* A name that is allowed is safe in every dialect, has a key that is its own key, and a skeleton.
 * Of two names with one key (the second is the key itself) both look the same. */
#include <stdlib.h>

#include "base/check.h"
#include "base/text.h"
#include "base/utf8.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static void check_key(const struct name_rules *rules, struct slice name) {
    char memory[NAME_KEY_SIZE_MAX], again_memory[NAME_KEY_SIZE_MAX];
    struct buf key, again;
    buf_init(&key, memory, sizeof memory);
    buf_init(&again, again_memory, sizeof again_memory);
    if (!name_key(&key, name)) {
        check(key.size == 0 && buf_ok(&key));
        return;
    }
    check(utf8_valid(buf_slice(&key)));
    if (key.size > NAME_SIZE_MAX) return;
    check(name_key(&again, buf_slice(&key)));
    check(slice_equal(buf_slice(&key), buf_slice(&again)));
    char looks_memory[NAME_KEY_SIZE_MAX], same_memory[NAME_KEY_SIZE_MAX];
    struct buf looks, same;
    buf_init(&looks, looks_memory, sizeof looks_memory);
    buf_init(&same, same_memory, sizeof same_memory);
    bool fits = name_skeleton(rules, &looks, name);
    check(name_skeleton(rules, &same, buf_slice(&key)) == fits);
    check(slice_equal(buf_slice(&looks), buf_slice(&same)));
}

static void check_allowed(const struct name_rules *rules, struct slice name,
                          struct slice forbidden) {
    char memory[NAME_KEY_SIZE_MAX];
    struct buf out;
    buf_init(&out, memory, sizeof memory);
    check(name.size > 0 && name.size <= NAME_SIZE_MAX);
    check(utf8_valid(name));
    text_show(&out, name);
    check(slice_equal(buf_slice(&out), name));
    buf_init(&out, memory, sizeof memory);
    check(name_key(&out, name));
    for (size_t i = 0; i < forbidden.size; i++) {
        check(!memchr(name.at, forbidden.at[i], name.size));
        check(!memchr(out.at, forbidden.at[i], out.size));
    }
    buf_init(&out, memory, sizeof memory);
    check(name_skeleton(rules, &out, name));
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size) {
    static struct name_rules *rules;
    if (!rules) rules = name_rules_new();
    if (!rules) abort();
    if (size > 2 * NAME_SIZE_MAX) return -1;
    struct slice name = {(const char *)bytes, size};
    check_key(rules, name);
    enum name_fault fault;
    bool allowed = name_allowed(rules, name, NAME_SIZE_MAX, &fault);
    check(allowed == (fault == NAME_FINE));
    if (allowed) check_allowed(rules, name, slice_of(" ,:!@*?/|$#\\\"."));
    allowed = room_name_allowed(rules, name, NAME_SIZE_MAX, &fault);
    check(allowed == (fault == NAME_FINE));
    if (allowed) check_allowed(rules, name, slice_of(" ,:|$"));
    return 0;
}
