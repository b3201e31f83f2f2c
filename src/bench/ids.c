/* ids.c: what `bench start` adds, through the store. */
#include "bench/ids.h"

#include <stdio.h>
#include <time.h>

#include "bench/halt.h"
#include "store/store.h"

enum { AUTHORS = 50, PER_COMMIT = 1000 };

static _Noreturn void give_up(const struct store_error *error) {
    halt(HALT_FAILED, "%s", error->text);
}

struct first_room {
    struct room_id id; /* 0: none yet */
    uint64_t seq;
};

static void first_room_row(void *context, const struct record *record) {
    struct first_room *room = context;
    if (record->kind != RECORD_ROOM || room->id.v != 0) return;
    *room = (struct first_room){record->room, record->seq};
}

static void say(struct store *store, struct first_room *room, int64_t time_ms) {
    char id[40], text[80], name[8];
    uint32_t author = (uint32_t)(room->seq % AUTHORS);
    room->seq++;
    snprintf(id, sizeof id, "%08x-%016llx", author, (unsigned long long)room->seq);
    snprintf(text, sizeof text, "%064llu", (unsigned long long)room->seq);
    snprintf(name, sizeof name, "p%02u", author);
    const struct record record = {.kind = RECORD_MESSAGE,
                                  .room = room->id,
                                  .seq = room->seq,
                                  .author.v = 1000 + author,
                                  .identity.v = 1000 + author,
                                  .time_ms = time_ms,
                                  .author_name = slice_text(name),
                                  .client_id = slice_text(id),
                                  .text = slice_text(text)};
    struct store_error error;
    if (store_put(store, &record, &error) != 0) give_up(&error);
}

void ids_fill(const char *folder, uint32_t count) {
    struct store_error error;
    struct timespec now;
    struct first_room room = {0};
    uint32_t skipped = 0;
    const struct store_options options = {.folder = folder, .durability = STORE_OFF};
    struct store *store = store_open(&options, &error);
    if (store == NULL || store_load(store, first_room_row, &room, &skipped, &error) != 0)
        give_up(&error);
    if (room.id.v == 0) halt(HALT_FAILED, "%s has no room", folder);
    clock_gettime(CLOCK_REALTIME, &now);
    for (uint32_t i = 1; i <= count; i++) {
        say(store, &room, (int64_t)now.tv_sec * 1000 + i / 10);
        if (i % PER_COMMIT == 0 || i == count) {
            if (store_commit(store, &error) != 0) give_up(&error);
            halt_if_told();
        }
    }
    store_close(store);
}
