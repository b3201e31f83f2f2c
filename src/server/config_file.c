/* config_file.c: see config_file.h. */
#include "server/config_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/need.h"
#include "base/utf8.h"

static bool is_confined; /* the main thread's, as all of this file */

void config_file_confined(void) {
    is_confined = true;
}

static bool fail_errno(const char *path, int number, const struct config_place *place,
                       struct config_error *error) {
    const char *where = is_confined && number == EACCES
                            ? " in a folder that was named at the start; others need a restart"
                            : "";
    return CONFIG_FAIL(error, place, place->name, place->name[0] ? " names " : "", path,
                       ", which cannot be read (", strerrordesc_np(number),
                       "); allowed: the path of a readable file", where);
}

static bool is_closed(const char *path, const struct stat *status, const struct config_place *place,
                      struct config_error *error) {
    if ((status->st_mode & (S_IROTH | S_IWOTH)) == 0) return true;
    return CONFIG_FAIL(error, place, place->name, " names ", path,
                       (", which every user of this machine may read or write; allowed: "
                        "a file closed to others, see chmod o-rwx"));
}

bool config_file_inspect(const char *path, bool is_private, const struct config_place *place,
                         struct config_error *error) {
    struct stat status;
    if (stat(path, &status) != 0) return fail_errno(path, errno, place, error);
    if (S_ISDIR(status.st_mode)) return fail_errno(path, EISDIR, place, error);
    return !is_private || is_closed(path, &status, place, error);
}

/* Read until the end or until the buffer is full: 0 or negative errno. */
static int read_all(int descriptor, struct buf *buf) {
    while (buf->size < buf->cap) {
        ssize_t size = read(descriptor, buf->at + buf->size, buf->cap - buf->size);
        if (size < 0 && errno == EINTR) continue;
        if (size < 0) return -errno;
        if (size == 0) return 0;
        buf->size += (size_t)size;
    }
    return 0;
}

/* Ask the descriptor and not the path, so that the file looked at is the file read. */
static int read_secret(const char *path, struct buf *buf, struct stat *status) {
    int descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    if (descriptor < 0) return -errno;
    int result = fstat(descriptor, status) == 0 ? read_all(descriptor, buf) : -errno;
    close(descriptor); /* nothing was written: its result says nothing */
    return result;
}

bool config_file_secret(const char *path, struct buf *secret, const struct config_place *place,
                        struct config_error *error) {
    char memory[CONFIG_SECRET_MAX + 2]; /* a newline, and one byte to see that it is too long */
    struct buf buf;
    struct stat status = {0};
    buf_init(&buf, memory, sizeof memory);
    int result = read_secret(path, &buf, &status);
    if (result < 0) return fail_errno(path, -result, place, error);
    if (!is_closed(path, &status, place, error)) return false;
    struct slice text = buf_slice(&buf);
    if (text.size > 0 && text.at[text.size - 1] == '\n') text.size--;
    bool fit = text.size > 0 && text.size <= CONFIG_SECRET_MAX && utf8_valid(text);
    for (size_t i = 0; fit && i < text.size; i++)
        fit = (unsigned char)text.at[i] >= ' ' && text.at[i] != 0x7f;
    if (fit) buf_put(secret, text);
    explicit_bzero(memory, sizeof memory);
    if (fit && buf_ok(secret)) return true;
    return CONFIG_FAIL(error, place, place->name, " names ", path,
                       (", which holds no password; allowed: "
                        "one line of 1 to 512 bytes of UTF-8 without control characters"));
}

static uint32_t line_of(struct slice text, size_t at) {
    uint32_t line = 1;
    for (size_t i = 0; i < at; i++)
        line += text.at[i] == '\n';
    return line;
}

static bool is_text(struct slice text, struct config_place *place, struct config_error *error) {
    if (text.size > CONFIG_FILE_MAX) {
        return CONFIG_FAIL(error, place, "the file is too long; allowed: up to 1048576 bytes");
    }
    const char *nul = memchr(text.at, '\0', text.size);
    if (!nul) return true;
    place->line = line_of(text, (size_t)(nul - text.at));
    return CONFIG_FAIL(error, place, "there is a NUL byte; allowed: text");
}

bool config_file_read(const char *path, struct slice *text, struct config_place *place,
                      struct config_error *error) {
    int descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    if (descriptor < 0) return fail_errno(path, errno, place, error);
    struct buf buf;
    buf_init(&buf, malloc(CONFIG_FILE_MAX + 2), CONFIG_FILE_MAX + 1);
    need_memory(buf.at);
    int result = read_all(descriptor, &buf);
    close(descriptor); /* nothing was written: its result says nothing */
    buf.at[buf.size] = '\0';
    *text = buf_slice(&buf);
    if (result == 0 && is_text(*text, place, error)) return true;
    free(buf.at);
    return result == 0 ? false : fail_errno(path, -result, place, error);
}
