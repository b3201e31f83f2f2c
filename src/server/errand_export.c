/* errand_export.c: what is stored, room by room and slice by slice, through a reader of its own: so
 * it holds nobody up, and is of no one moment: what is said while it is read may be in it, with all
 * that was said before it in the same room. */
#include <stdlib.h>

#include "base/check.h"
#include "base/need.h"
#include "server/archive.h"
#include "server/errand.h"
#include "store/read.h"

enum { EXIT_REFUSED = 1, EXIT_DISK_FAILED = 74, SLICE_BYTES = 65536 };

struct export {
    struct store_reader *reader;
    struct errand *errand;
    bool text;           /* for people */
    bool found;          /* the room that was asked for */
    struct slice key;    /* of it; empty: all rooms */
    struct room_id room; /* the one that is read, or was last */
    char name[ROOM_NAME_SIZE_MAX];
    size_t name_size;
    uint64_t first, last; /* seq: what is still to be read of it; first > last: nothing */
    char *out;            /* owned */
    size_t out_cap;
};

static void print(struct export *export, const struct archive_line *line) {
    size_t size = archive_size_max(line);
    struct buf out;
    if (size > export->out_cap) {
        free(export->out);
        export->out = malloc(size);
        export->out_cap = size;
        need_memory(export->out);
    }
    buf_init(&out, export->out, export->out_cap);
    if (export->text)
        archive_write_text(&out, line);
    else
        archive_write(&out, line);
    check(buf_ok(&out));
    errand_print(export->errand, buf_slice(&out));
}

/* The conversations of two are theirs: they are in a backup, not in an export. */
static void take_room(void *context, const struct record *room) {
    struct export *export = context;
    struct archive_line line = {.is_room = true,
                                .room = room->name,
                                .text = room->text,
                                .secret = room->secret,
                                .flags = room->flags,
                                .slow_seconds = room->slow_seconds,
                                .retention_days = room->retention_days,
                                .retention_count = room->retention_count,
                                .seq = room->seq,
                                .time_ms = room->time_ms};
    export->room = room->room;
    export->first = 1;
    export->last = 0;
    if (room->flags & ROOM_DIRECT) return;
    if (export->key.size > 0 && !slice_equal(export->key, room->key)) return;
    check(room->name.size <= sizeof export->name);
    memcpy(export->name, room->name.at, room->name.size);
    export->name_size = room->name.size;
    export->last = room->seq;
    export->found = true;
    print(export, &line);
}

static void take_event(void *context, const struct event *past) {
    struct export *export = context;
    bool removed = past->flags & EVENT_OFF;
    bool message = past->stored == STORED_MESSAGE;
    struct archive_line line = {.stored = past->stored,
                                .speech = past->speech,
                                .edited = message && !removed && (past->flags & EVENT_CHANGED),
                                .removed = removed,
                                .room = {export->name, export->name_size},
                                .author = past->author_name,
                                .text = past->text,
                                .seq = past->seq,
                                .target = past->target,
                                .time_ms = past->time_ms};
    print(export, &line);
}

static void fail(struct errand *errand, const struct store_error *error) {
    errand_fail(errand, EXIT_DISK_FAILED, slice_text(error->text));
}

static void next_room(struct errand *errand) {
    struct export *export = errand->work;
    struct store_error error;
    bool enough = export->key.size > 0 && export->found;
    int result =
        enough ? 0 : store_read_room(export->reader, export->room, take_room, export, &error);
    if (result < 0)
        fail(errand, &error);
    else if (result == 0 && export->key.size > 0 && !export->found)
        errand_refuse(errand, REFUSED_ROOM_UNKNOWN, 0, errand_argument(errand, 1));
    else if (result == 0)
        errand_done(errand);
}

static void turn(struct errand *errand) {
    struct export *export = errand->work;
    struct store_error error;
    struct query_end end;
    if (export->first > export->last) {
        next_room(errand);
        return;
    }
    struct query query = {.kind = QUERY_EVENTS,
                          .room = export->room,
                          .count = UINT32_MAX,
                          .first = export->first,
                          .last = export->last};
    if (store_read(export->reader, &query, SLICE_BYTES, take_event, export, &end, &error) < 0)
        fail(errand, &error);
    else
        export->first = end.count > 0 ? end.first : export->last + 1;
}

static void begin(struct errand *errand) {
    struct store_error error;
    struct command meant = {0};
    struct slice form = errand_argument(errand, 0), room = errand_argument(errand, 1);
    if (room.size > 0 && !errand_room(errand, room, &meant)) return;
    struct export *export = calloc(1, sizeof *export);
    need_memory(export);
    errand->work = export;
    export->errand = errand;
    export->text = slice_equal(form, slice_of("text"));
    export->first = 1;
    export->key = room.size > 0 && meant.room_key.size == 0 ? room : meant.room_key;
    export->reader = store_reader_open(&errand->place->store, &error);
    if (!export->reader) fail(errand, &error);
}

static void end(struct errand *errand) {
    struct export *export = errand->work;
    if (!export) return;
    if (export->reader) store_reader_close(export->reader);
    free(export->out);
    free(export);
}

const struct errand_row errand_export = {.word = "export",
                                         .arguments_min = 1,
                                         .arguments_max = 2,
                                         .begin = begin,
                                         .turn = turn,
                                         .end = end};
