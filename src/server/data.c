/* data.c: store, reader and hub, in the order in which they need each other. */
#include "server/data.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>

#include "base/check.h"
#include "base/log.h"
#include "base/secret.h"
#include "server/derive.h"

enum { EXIT_NO_DATA = 73 };

enum { UNFINISHED_MAX = 512 }; /* rooms that are deleted at one start */

struct loading {
    struct hub *hub;
    bool has_secret;
    uint32_t refused;
    uint32_t unfinished_count; /* rooms whose import was cut off, or whose people are gone */
    struct room_id unfinished[UNFINISHED_MAX];
};

static bool is_unfinished(const struct loading *loading, struct room_id room) {
    for (uint32_t i = 0; i < loading->unfinished_count; i++)
        if (loading->unfinished[i].v == room.v) return true;
    return false;
}

static void load_row(void *context, const struct record *record) {
    struct loading *loading = context;
    if (record->kind == RECORD_ROOM && (record->flags & (ROOM_IMPORTING | ROOM_PASSING)) != 0) {
        if (loading->unfinished_count < UNFINISHED_MAX) /* the others at the next start */
            loading->unfinished[loading->unfinished_count++] = record->room;
        return;
    }
    if (record->kind == RECORD_ONCE && is_unfinished(loading, record->room)) return;
    loading->has_secret |= record->kind == RECORD_SECRET;
    if (hub_load(loading->hub, record)) return;
    loading->refused++;
    log_line(LOG_ERROR, "row set aside", log_number("room", record->room.v),
             log_text("name", record->name));
}

static int cannot(const struct store_error *error, char why[512]) {
    snprintf(why, 512, "%s", error->text);
    return EXIT_NO_DATA;
}

static int drop_unfinished(struct data *data, const struct loading *loading,
                           struct store_error *error) {
    int result = 0;
    for (uint32_t i = 0; i < loading->unfinished_count && result == 0; i++) {
        struct record gone = {.kind = RECORD_DELETED, .room = loading->unfinished[i]};
        result = store_put(data->store, &gone, error);
    }
    if (loading->unfinished_count > 0)
        log_line(LOG_WARNING, "rooms that were to pass, or of an import that was cut off, are gone",
                 log_number("count", loading->unfinished_count));
    return result == 0 ? store_commit(data->store, error) : result;
}

/* At the first start, and where it was lost. */
static int make_secret(struct data *data, struct store_error *error) {
    char bytes[SECRET_HASH_SIZE];
    ssize_t n = getrandom(bytes, sizeof bytes, 0);
    check(n == sizeof bytes);
    struct record secret = {.kind = RECORD_SECRET, .key = {bytes, sizeof bytes}};
    bool loaded = hub_load(data->hub, &secret);
    check(loaded);
    int result = store_put(data->store, &secret, error);
    return result == 0 ? store_commit(data->store, error) : result;
}

static int load(struct data *data, char why[512]) {
    struct store_error error = {0};
    struct loading loading = {.hub = data->hub};
    uint32_t skipped = 0;
    if (store_load(data->store, load_row, &loading, &skipped, &error) != 0)
        return cannot(&error, why);
    if (skipped + loading.refused > 0)
        log_line(LOG_ERROR, "rows not loaded; see parlance recover",
                 log_number("count", skipped + loading.refused),
                 log_text("damaged", slice_text(error.text)));
    if (!loading.has_secret && make_secret(data, &error) != 0) return cannot(&error, why);
    hub_loaded(data->hub);
    return drop_unfinished(data, &loading, &error) == 0 ? 0 : cannot(&error, why);
}

int data_open(struct data *data, const struct config *config, struct hub_size size, char why[512]) {
    struct store_error error = {0};
    struct store_options options = derive_store_options(config);
    options.once_max = size.client_ids;
    uint64_t seed;
    *data = (struct data){0};
    data->store = store_open(&options, &error);
    data->running = !data->store && error.fault == STORE_RUNNING;
    if (!data->store) return cannot(&error, why);
    data->reader = store_reader_open(&options, &error);
    if (!data->reader) return cannot(&error, why);
    data->webhook_reader = store_reader_open(&options, &error);
    if (!data->webhook_reader) return cannot(&error, why);
    data->searcher = store_searcher_new(&options);
    ssize_t n = getrandom(&seed, sizeof seed, 0);
    check(n == sizeof seed);
    data->hub = hub_new(size, derive_hub_limits(config), seed);
    if (!data->hub || !data->searcher) {
        snprintf(why, 512, "not enough memory for the tables");
        return EXIT_FAILURE;
    }
    return load(data, why);
}

void data_close(struct data *data) {
    hub_free(data->hub);
    if (data->searcher) store_searcher_free(data->searcher);
    if (data->reader) store_reader_close(data->reader);
    if (data->webhook_reader) store_reader_close(data->webhook_reader);
    if (data->store) store_close(data->store);
    *data = (struct data){0};
}
