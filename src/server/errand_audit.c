/* errand_audit.c: who did what to the whole server, the newest first, through a reader of its own.
 */
#include <stdlib.h>

#include "base/check.h"
#include "base/need.h"
#include "base/text.h"
#include "server/errand.h"
#include "store/read.h"

enum { EXIT_DISK_FAILED = 74, SLICE_BYTES = 65536, ROWS_USUAL = 50 };

/* Bytes of a row: its fields, each of which text_show() may make four times as long. */
enum { ROW_MAX = 4 * (USER_NAME_SIZE_MAX + MASK_SIZE_MAX + WHY_SIZE_MAX + 128) };

struct audit {
    struct store_reader *reader;
    struct query query;
};

/* The time, by whom, what was done, about what, and why. */
static void take_row(void *context, const struct event *past) {
    struct errand *errand = context;
    struct slice why = past->text, action = slice_word(&why);
    const struct slice parts[] = {past->author_name, action, past->other, why};
    char memory[ROW_MAX];
    struct buf line;
    buf_init(&line, memory, sizeof memory);
    buf_number(&line, (uint64_t)past->time_ms / 1000);
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        buf_byte(&line, '\t');
        text_show(&line, parts[i]);
    }
    buf_byte(&line, '\n');
    check(buf_ok(&line));
    errand_print(errand, buf_slice(&line));
}

static void fail(struct errand *errand, const struct store_error *error) {
    errand_fail(errand, EXIT_DISK_FAILED, slice_text(error->text));
}

static void begin(struct errand *errand) {
    struct store_error error;
    struct slice word = errand_argument(errand, 0);
    uint64_t count = ROWS_USUAL;
    if (word.size > 0 && (!slice_number(word, UINT32_MAX, &count) || count == 0)) {
        errand_refuse(errand, REFUSED_NUMBER_BAD, 0, word);
        return;
    }
    struct audit *audit = calloc(1, sizeof *audit);
    need_memory(audit);
    errand->work = audit;
    audit->query =
        (struct query){.kind = QUERY_AUDIT, .count = (uint32_t)count, .last = UINT64_MAX};
    audit->reader = store_reader_open(&errand->place->store, &error);
    if (!audit->reader) fail(errand, &error);
}

static void turn(struct errand *errand) {
    struct audit *audit = errand->work;
    struct store_error error;
    struct query_end end;
    if (store_read(audit->reader, &audit->query, SLICE_BYTES, take_row, errand, &end, &error) < 0) {
        fail(errand, &error);
        return;
    }
    audit->query.count = end.count;
    audit->query.last = end.last;
    if (end.count == 0) errand_done(errand);
}

static void end(struct errand *errand) {
    struct audit *audit = errand->work;
    if (!audit) return;
    if (audit->reader) store_reader_close(audit->reader);
    free(audit);
}

const struct errand_row errand_audit = {.word = "server-audit",
                                        .arguments_min = 1,
                                        .arguments_max = 1,
                                        .begin = begin,
                                        .turn = turn,
                                        .end = end};
