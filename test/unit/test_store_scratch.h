/* test_store_scratch.h: what the tests of the store share: a folder of its own for each test, rooms
 * and messages whose content follows from their numbers. */
#ifndef TEST_STORE_SCRATCH_H
#define TEST_STORE_SCRATCH_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/check.h"
#include "chat/limits.h"
#include "store/store.h"

enum { SCRATCH_TEXT_MAX = 70000 };

struct scratch {
    char top[64];     /* a folder that the test removes */
    char folder[128]; /* the data folder in it, not yet made */
    struct store_options options;
    struct store_error error;
};

/* Working in the folder would not show that paths are made absolute: tests name it from outside. */
static inline int scratch_make(void **state) {
    struct scratch *s = calloc(1, sizeof *s);
    if (s == NULL) return -1;
    snprintf(s->top, sizeof s->top, "/tmp/parlance-store-XXXXXX");
    if (mkdtemp(s->top) == NULL) return -1;
    snprintf(s->folder, sizeof s->folder, "%s/data", s->top);
    s->options.folder = s->folder;
    *state = s;
    return 0;
}

static inline int scratch_drop(void **state) {
    struct scratch *s = *state;
    char command[128];
    snprintf(command, sizeof command, "rm -rf '%s'", s->top);
    int result = system(command);
    free(s);
    return result;
}

static inline void scratch_path(const struct scratch *s, const char *name, char path[256]) {
    snprintf(path, 256, "%s/%s", s->folder, name);
}

/* The data folder is gone; the test may begin anew in it. */
static inline void scratch_forget(const struct scratch *s) {
    char command[200];
    snprintf(command, sizeof command, "rm -rf '%s'", s->folder);
    assert_int_equal(system(command), 0);
}

static inline struct store *scratch_open(struct scratch *s) {
    struct store *store = store_open(&s->options, &s->error);
    if (store == NULL) fail_msg("%s", s->error.text);
    return store;
}

/* The text of a message: its place, then up to size_max letters that depend on it. */
static inline struct slice scratch_text(uint32_t room, uint64_t seq, size_t size_max) {
    static _Thread_local char text[SCRATCH_TEXT_MAX];
    int size = snprintf(text, sizeof text, "%u/%llu ", room, (unsigned long long)seq);
    uint64_t mixed = (seq * 2654435761u + room) * 40503u;
    size_t more = size_max == 0 ? 0 : mixed % size_max;
    check(more + 64 < sizeof text);
    memset(text + size, 'a' + (int)(mixed % 26), more);
    return (struct slice){text, (size_t)size + more};
}

static inline struct record scratch_room(uint32_t room, char name[24]) {
    snprintf(name, 24, "room-%u", room);
    return (struct record){
        .kind = RECORD_ROOM,
        .room.v = room,
        .author.v = 7,
        .hex = 0xab00000000 + room,
        .epoch = UINT64_C(0xfedcba9876543210) + room,
        .time_ms = 1700000000000,
        .name = slice_text(name),
        .key = slice_text(name),
        .author_name = slice_of("maker"),
        .text = slice_of("a topic"),
    };
}

static inline struct record scratch_message(uint32_t room, uint64_t seq, size_t size_max) {
    return (struct record){
        .kind = RECORD_MESSAGE,
        .room.v = room,
        .seq = seq,
        .author.v = USER_NUMBER_FIRST + (uint32_t)(seq % 5),
        .speech = (uint8_t)(seq % 3),
        .time_ms = 1700000000000 + (int64_t)seq,
        .author_name = slice_text(seq % 2 == 0 ? "ann" : "Zoë"),
        .text = scratch_text(room, seq, size_max),
    };
}

static inline void scratch_put(struct scratch *s, struct store *store, struct record record) {
    if (store_put(store, &record, &s->error) < 0) fail_msg("%s", s->error.text);
}

static inline void scratch_commit(struct scratch *s, struct store *store) {
    if (store_commit(store, &s->error) < 0) fail_msg("%s", s->error.text);
}

static inline void scratch_idle(struct scratch *s, struct store *store) {
    if (store_idle(store, &s->error) < 0) fail_msg("%s", s->error.text);
}

static inline void scratch_make_room(struct scratch *s, struct store *store, uint32_t room) {
    char name[24];
    scratch_put(s, store, scratch_room(room, name));
    scratch_commit(s, store);
}

static inline void scratch_say(struct scratch *s, struct store *store, uint32_t room,
                               uint64_t first, uint64_t last, size_t size_max) {
    for (uint64_t seq = first; seq <= last; seq++)
        scratch_put(s, store, scratch_message(room, seq, size_max));
    scratch_commit(s, store);
}

/* Memory that a child process shares with its parent. */
static inline void *scratch_shared(size_t size) {
    void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    assert_true(memory != MAP_FAILED);
    return memory;
}

#define scratch_test(name) cmocka_unit_test_setup_teardown(name, scratch_make, scratch_drop)

#endif
