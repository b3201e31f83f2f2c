/* Lines of an import: what is read and written again is the same line, what is shown of it is
 * harmless, and what passes the check is what a server could have stored. */
#include <stdlib.h>

#include "base/check.h"
#include "base/utf8.h"
#include "server/archive.h"

enum { SIZE_LIMIT = 8192, NOW_MS = 2000000000 };

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static struct slice written(const struct archive_line *line, struct buf *out, bool text) {
    size_t cap = archive_size_max(line);
    char *memory = malloc(cap);
    if (!memory) abort();
    buf_init(out, memory, cap);
    if (text)
        archive_write_text(out, line);
    else
        archive_write(out, line);
    check(buf_ok(out));
    check(out->size > 0 && out->at[out->size - 1] == '\n');
    return (struct slice){out->at, out->size - 1};
}

static void check_same(const struct archive_line *line) {
    struct buf first, second;
    struct archive_read again;
    char why[ARCHIVE_WHY_MAX];
    struct slice bytes = written(line, &first, false);
    check(memchr(bytes.at, '\n', bytes.size) == NULL);
    bool read = archive_read(bytes, &again, why);
    check(read);
    check(slice_equal(written(&again.line, &second, false), bytes));
    archive_free(&again);
    free(second.at);
    free(first.at);
}

static void check_shown(const struct archive_line *line) {
    struct buf out;
    struct slice rest = written(line, &out, true);
    while (rest.size > 0) {
        uint32_t c = utf8_take(&rest);
        check(c >= 0x20 || c == '\t' || c == '\n');
        check(c < 0x7f || c > 0x9f);
    }
    free(out.at);
}

static void check_storable(const struct archive_line *line) {
    check(line->room.size > 0 && line->room.size <= ROOM_NAME_SIZE_MAX);
    check(line->seq >> SEQ_BITS == 0 && line->time_ms >= 0 && line->time_ms <= NOW_MS);
    check(line->author.size <= USER_NAME_SIZE_MAX && line->secret.size <= ROOM_SECRET_MAX);
    check(line->is_room || line->target < line->seq);
    check(utf8_valid(line->text));
    check(line->text.size == 0 || memchr(line->text.at, '\r', line->text.size) == NULL);
    bool said = !line->is_room && (line->stored == STORED_MESSAGE || line->stored == STORED_EDIT);
    check(said || (line->text.size <= TOPIC_SIZE_MAX && !text_has_forbidden(line->text)));
}

static void read_line(struct slice bytes, struct archive_check *checking) {
    struct archive_read read;
    char why[ARCHIVE_WHY_MAX] = "";
    if (!archive_read(bytes, &read, why)) {
        check(strlen(why) > 0);
        return;
    }
    check_same(&read.line);
    check_shown(&read.line);
    if (archive_check_line(checking, &read.line, why)) check_storable(&read.line);
    archive_free(&read);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size) {
    if (size > SIZE_LIMIT) return -1;
    struct archive_check *checking = archive_check_new(NOW_MS, 1024);
    if (!checking) abort();
    for (struct slice rest = {(const char *)bytes, size}; rest.size > 0;) {
        struct slice line = slice_until(&rest, '\n');
        char *copy = malloc(line.size > 0 ? line.size : 1); /* no byte behind it can be read */
        if (!copy) abort();
        if (line.size > 0) memcpy(copy, line.at, line.size);
        read_line((struct slice){copy, line.size}, checking);
        free(copy);
    }
    archive_check_free(checking);
    return 0;
}
