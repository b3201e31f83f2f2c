/* errand_backup.c: one consistent copy into the file that came with the request. */
#include "server/errand.h"
#include "store/backup.h"

enum { EXIT_DISK_FAILED = 74 };

static void fail(struct errand *errand, const struct store_error *error) {
    errand_fail(errand, EXIT_DISK_FAILED, slice_text(error->text));
}

static void begin(struct errand *errand) {
    struct store_error error;
    errand->work = store_backup_open(&errand->place->store, errand->fd, &error);
    if (!errand->work) fail(errand, &error);
}

static void turn(struct errand *errand) {
    struct store_error error;
    int result = store_backup_step(errand->work, &error);
    if (result < 0) fail(errand, &error);
    if (result == 0) errand_done(errand);
}

static void end(struct errand *errand) {
    if (errand->work) store_backup_close(errand->work);
}

const struct errand_row errand_backup = {
    .word = "backup", .needs_file = true, .begin = begin, .turn = turn, .end = end};
