/* config_scratch.h: what the tests of the configuration share: a folder of their own, so that the
 * file is "parlance.conf" in every error, and an environment without PARLANCE_ variables. */
#ifndef TEST_CONFIG_SCRATCH_H
#define TEST_CONFIG_SCRATCH_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "server/config.h"

static const char FILE_NAME[] = "parlance.conf";

struct folders {
    char sample[PATH_MAX]; /* the shipped parlance.conf */
    char origin[PATH_MAX];
    char scratch[32];
};

static inline void write_bytes(const char *path, struct slice bytes, mode_t mode) {
    int descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    assert_true(descriptor >= 0);
    assert_int_equal(write(descriptor, bytes.at, bytes.size), (ssize_t)bytes.size);
    assert_int_equal(fchmod(descriptor, mode), 0);
    assert_int_equal(close(descriptor), 0);
}

static inline const struct config *load_ok(const char *text,
                                           const struct config_overrides *overrides) {
    struct config_error error = {.text = ""};
    write_bytes(FILE_NAME, slice_text(text), 0644);
    const struct config *config = config_load(FILE_NAME, overrides, &error);
    if (!config) print_error("%s\n", error.text);
    assert_non_null(config);
    return config;
}

static inline void refuse_bytes(struct slice bytes, const struct config_overrides *overrides,
                                const char *expected) {
    struct config_error error = {.text = ""};
    write_bytes(FILE_NAME, bytes, 0644);
    assert_null(config_load(FILE_NAME, overrides, &error));
    assert_string_equal(error.text, expected);
}

static inline void refuse(const char *text, const char *expected) {
    refuse_bytes(slice_text(text), NULL, expected);
}

/* Refused with an error that begins so and goes on to say what is allowed. */
static inline void refuse_start(const char *text, const char *expected) {
    struct config_error error = {.text = ""};
    write_bytes(FILE_NAME, slice_text(text), 0644);
    assert_null(config_load(FILE_NAME, NULL, &error));
    if (!slice_starts(slice_text(error.text), slice_text(expected))) {
        assert_string_equal(error.text, expected);
    }
    assert_non_null(strstr(error.text, "; allowed: "));
}

static inline void assert_text(struct slice text, const char *expected) {
    assert_string_equal(text.at, expected);
    assert_int_equal(text.size, strlen(expected));
}

/* Variables that a test set, or that the machine has, are not the next test's. */
static inline int forget_environment(void **state) {
    (void)state;
    for (size_t i = 0; environ && environ[i];) {
        struct slice entry = slice_text(environ[i]);
        if (!slice_starts(entry, slice_of("PARLANCE_"))) {
            i++;
            continue;
        }
        char name[128];
        struct buf buf;
        buf_init(&buf, name, sizeof name);
        buf_put(&buf, slice_until(&entry, '='));
        buf_byte(&buf, '\0');
        if (!buf_ok(&buf) || unsetenv(name) != 0) return -1;
    }
    return 0;
}

static inline int enter_scratch(void **state) {
    static struct folders folders = {.scratch = "/tmp/parlance-XXXXXX"};
    char path[PATH_MAX];
    struct buf buf;
    buf_init(&buf, path, sizeof path);
    buf_text(&buf, SOURCE_ROOT "/packaging/parlance.conf");
    buf_byte(&buf, '\0');
    if (!buf_ok(&buf) || !realpath(path, folders.sample)) return -1;
    if (!getcwd(folders.origin, sizeof folders.origin)) return -1;
    if (!mkdtemp(folders.scratch) || chdir(folders.scratch) != 0) return -1;
    *state = &folders;
    return forget_environment(state);
}

static inline int leave_scratch(void **state) {
    static const char *const files[] = {FILE_NAME, "secret", "cert", "key"};
    const struct folders *folders = *state;
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++)
        unlink(files[i]); /* some were never made */
    return chdir(folders->origin) == 0 && rmdir(folders->scratch) == 0 ? 0 : -1;
}

#define TEST(name) cmocka_unit_test_teardown(name, forget_environment)

#endif
