/* archive.h: rooms and what was said in them as text, one JSON object a line (doc/export.md), and
 * the readable form of the same. Pure. */
#ifndef SERVER_ARCHIVE_H
#define SERVER_ARCHIVE_H

#include "base/text.h"
#include "chat/limits.h"
#include "chat/record.h"

enum {
    ARCHIVE_LINE_MAX = 8 * 1048576, /* bytes: the longest text, every byte of it escaped */
    ARCHIVE_WHY_MAX = 160,          /* bytes of a sentence */
};

struct archive_line {
    bool is_room;
    uint8_t stored; /* enum stored, not is_room */
    uint8_t speech; /* enum speech */
    bool edited;    /* a message: `text` is its latest */
    bool removed;   /* a message or edit whose text is gone */
    struct slice room;
    struct slice author; /* is_room: unused */
    struct slice text;   /* is_room: the topic */
    struct slice secret; /* is_room: its key */
    uint32_t flags;      /* is_room: ROOM_* that a room's line tells */
    uint32_t slow_seconds, retention_days, retention_count; /* is_room */
    uint64_t seq;                                           /* is_room: the last one given out */
    uint64_t target; /* a seq; a message: what it answers; 0: nothing */
    int64_t time_ms; /* Unix time */
};

/* The largest line that archive_write() makes of these sizes, bytes. */
size_t archive_size_max(const struct archive_line *line);

/* One line with its newline. The same line always gives the same bytes. */
void archive_write(struct buf *out, const struct archive_line *line);

/* As people read it: one line or several, each of them shown as text_show() makes it. */
void archive_write_text(struct buf *out, const struct archive_line *line);

/* What was read: the slices of `line` lie in `memory`, which the caller frees. */
struct archive_read {
    struct archive_line line;
    void *memory; /* owned; NULL: nothing */
};

/* A line without its newline. False: `why` is a sentence, and there is nothing to free. Only its
 * form is looked at. */
bool archive_read(struct slice bytes, struct archive_read *read, char why[ARCHIVE_WHY_MAX]);
void archive_free(struct archive_read *read);

/* Whether line follows line as a server would have stored them: one file, from its beginning. */
struct archive_check;

/* `now_ms`: nothing was said later. */
struct archive_check *archive_check_new(int64_t now_ms,
                                        uint32_t text_size_max); /* NULL: no memory */
void archive_check_free(struct archive_check *check);
/* False: `why` is a sentence. */
bool archive_check_line(struct archive_check *check, const struct archive_line *line,
                        char why[ARCHIVE_WHY_MAX]);

#endif
