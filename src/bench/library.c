/* library.c: filled without flushing, since nothing of it is kept. */
#include "bench/library.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "base/check.h"
#include "bench/halt.h"
#include "bench/tick.h"

enum { AUTHORS = 50, WORDS_MIN = 3, WORDS_MAX_MORE = 14, PER_COMMIT = 1000 };

static _Noreturn void give_up(const struct store_error *error) {
    halt(HALT_FAILED, "%s", error->text);
}

uint32_t library_word(struct library *library) {
    double share = (double)rng_below(&library->rng, UINT32_C(1) << 31) / (UINT32_C(1) << 31);
    uint32_t low = 0, high = LIBRARY_WORDS - 1;
    while (low < high) {
        uint32_t middle = (low + high) / 2;
        if (library->reach[middle] < share) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

/* Two to four syllables. */
void library_put_word(uint32_t place, struct buf *out) {
    static const char syllables[] = "kalomineru"
                                    "tosavepido"
                                    "gehufazibowe";
    for (uint32_t rest = place + 16; rest > 0; rest /= 16)
        buf_put(out, (struct slice){syllables + rest % 16 * 2, 2});
}

static void reach_init(struct library *library) {
    double sum = 0;
    library->reach = malloc(LIBRARY_WORDS * sizeof *library->reach);
    check(library->reach != NULL);
    for (uint32_t i = 0; i < LIBRARY_WORDS; i++)
        library->reach[i] = sum += 1 / (i + 2.7);
    for (uint32_t i = 0; i < LIBRARY_WORDS; i++)
        library->reach[i] /= sum;
}

static void text_make(struct library *library, uint64_t seq, struct buf *out) {
    uint32_t words = WORDS_MIN + rng_below(&library->rng, WORDS_MAX_MORE);
    for (uint32_t i = 0; i < words; i++) {
        if (i > 0) buf_byte(out, ' ');
        library_put_word(library_word(library), out);
    }
    if (seq % 50 == 0) buf_text(out, " https://example.org/");
    check(buf_ok(out));
}

static void put(struct library *library, const struct record *record) {
    struct store_error error;
    if (store_put(library->store, record, &error) != 0) give_up(&error);
}

static void commit(struct library *library) {
    struct store_error error;
    if (store_commit(library->store, &error) != 0) give_up(&error);
}

static void fill(struct library *library) {
    static const struct slice room = {"library", 7};
    uint64_t start_ns = tick_ns();
    struct record record = {.kind = RECORD_ROOM,
                            .room.v = LIBRARY_ROOM,
                            .hex = 0xab00000001,
                            .epoch = 1,
                            .time_ms = 1700000000000,
                            .name = room,
                            .key = room};
    put(library, &record);
    for (uint64_t seq = 1; seq <= library->messages; seq++) {
        char memory[256], name[8];
        struct buf text;
        uint32_t author = rng_below(&library->rng, AUTHORS);
        buf_init(&text, memory, sizeof memory);
        text_make(library, seq, &text);
        snprintf(name, sizeof name, "p%02u", author);
        record = (struct record){.kind = RECORD_MESSAGE,
                                 .room.v = LIBRARY_ROOM,
                                 .seq = seq,
                                 .author.v = 1000 + author,
                                 .identity.v = 1000 + author,
                                 .time_ms = 1700000000000 + (int64_t)seq * 1000,
                                 .author_name = slice_text(name),
                                 .text = buf_slice(&text)};
        put(library, &record);
        if (seq % PER_COMMIT == 0) {
            commit(library);
            halt_if_told();
        }
    }
    commit(library);
    library->fill_s = (double)(tick_ns() - start_ns) / 1e9;
}

static double file_bytes(const struct library *library) {
    char path[PATH_MAX + 32];
    struct stat entry;
    snprintf(path, sizeof path, "%s/parlance.db", library->folder);
    return stat(path, &entry) == 0 ? (double)entry.st_size : 0;
}

/* Of this thread: what others on the machine take is not counted. */
static double cpu_ms(void) {
    struct timespec now;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return (double)now.tv_sec * 1e3 + (double)now.tv_nsec / 1e6;
}

/* As the server does when it is quiet. */
static void settle(struct library *library) {
    struct store_error error;
    uint64_t start_ns = tick_ns();
    do {
        double slice_ms = -cpu_ms();
        if (store_idle(library->store, &error) != 0) give_up(&error);
        slice_ms += cpu_ms();
        library->index_cpu_s += slice_ms / 1000;
        if (slice_ms > library->slice_ms_max) library->slice_ms_max = slice_ms;
        halt_if_told();
    } while (store_idle_again(library->store));
    library->index_s = (double)(tick_ns() - start_ns) / 1e9;
}

void library_open(struct library *library, uint32_t messages, uint32_t seed) {
    struct store_error error;
    *library = (struct library){.messages = messages, .rng.state = seed};
    scratch_open(&library->scratch);
    snprintf(library->folder, sizeof library->folder, "%s/data", library->scratch.path);
    struct store_options options = {.folder = library->folder, .durability = STORE_OFF};
    reach_init(library);
    library->store = store_open(&options, &error);
    if (library->store == NULL) give_up(&error);
    fill(library);
    if (store_idle(library->store, &error) != 0) give_up(&error);
    double before_bytes = file_bytes(library);
    store_close(library->store);
    options.search = true;
    library->store = store_open(&options, &error);
    if (library->store == NULL) give_up(&error);
    settle(library);
    library->all_bytes = file_bytes(library);
    library->index_bytes = library->all_bytes - before_bytes;
    library->reader = store_reader_open(&options, &error);
    if (library->reader == NULL) give_up(&error);
    library->searcher = store_searcher_new(&options);
    check(library->searcher != NULL);
    fprintf(stderr, "library: %u messages in %.1f s, indexed in %.1f s, %.0f MB and %.0f MB\n",
            messages, library->fill_s, library->index_s, before_bytes / 1e6,
            library->index_bytes / 1e6);
}

void library_close(struct library *library) {
    store_searcher_free(library->searcher);
    store_reader_close(library->reader);
    store_close(library->store);
    free(library->reach);
    scratch_close(&library->scratch);
}
