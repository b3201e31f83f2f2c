/* Power cuts (THREATS 89): a store is written to on a disk that notes everything; for every write
 * and every flush images are made of what a cut there may leave, and opened as after any crash.
 * Everything acknowledged is there, in whole batches, each message as it was said. Now and then the
 * next life of the store begins from such an image, so that cuts while recovering are tried too.
 *
 * PARLANCE_POWER_IMAGES: so many images; else 240, and with PARLANCE_LONG as many as 200 s give.
 * PARLANCE_POWER_SEED: the first life. */
#include <time.h>

#include "test_store_power.h"

enum { ROOMS = 3, BATCHES_MAX = 200, BATCHES_A_LIFE = 10, LIVES = 8, TEXT_MAX = 700, SAID_MAX = 9 };

enum verdict { RIGHT, LOST, BROKEN, VERDICTS };
static const char *const verdicts[] = {"right", "acknowledged and lost", "broken"};

struct tally {
    uint32_t images, flushes, writes, lives;
    uint32_t found[VERDICTS];
};

struct cutter {
    struct scratch *s;   /* options of the store at hand */
    char top[64];        /* of both folders: in memory, where there is such a place */
    char written[128];   /* the folder that is written to */
    char looked_at[128]; /* the one in which images are opened */
    struct power_image *start, *flushed, *image;
    uint64_t seed;
    struct tally tally;
    uint32_t images_max;
    time_t until;
};

/* ---- what is written: all follows from the number of the batch ---- */

static uint32_t mixed(uint32_t batch, uint32_t salt) {
    return (batch * 2654435761u + salt * 40503u) >> 7;
}

static uint32_t batch_room(uint32_t batch) {
    return batch <= ROOMS ? batch : 1 + mixed(batch, 1) % ROOMS;
}

static uint32_t batch_size(uint32_t batch) {
    return 1 + mixed(batch, 2) % SAID_MAX;
}

/* The seq to which the room goes after so many batches. */
static uint64_t room_seq(uint32_t room, uint32_t batches) {
    uint64_t seq = 0;
    for (uint32_t batch = 1; batch <= batches; batch++)
        if (batch_room(batch) == room) seq += batch_size(batch);
    return seq;
}

static void put_batch(struct scratch *s, struct store *store, uint32_t batch) {
    uint32_t room = batch_room(batch);
    uint64_t seq = room_seq(room, batch - 1);
    char name[24];
    if (batch <= ROOMS) scratch_put(s, store, scratch_room(room, name));
    for (uint32_t i = 0; i < batch_size(batch); i++)
        scratch_put(s, store, scratch_message(room, ++seq, TEXT_MAX));
    scratch_put(s, store, (struct record){.kind = RECORD_COUNTERS, .number = batch, .seq = 9});
}

/* ---- what is found ---- */

static bool room_is_right(struct scratch *s, struct store_reader *reader, uint32_t room,
                          uint64_t seq) {
    struct page page = {.size_max = TEXT_MAX};
    if (seq == 0) return true;
    if (scratch_read(s, reader, scratch_range(room, 1, UINT64_MAX), 65536, &page) < 0) return false;
    return page.count == seq && !page.wrong && !page.holes;
}

static enum verdict look(struct scratch *s, uint32_t acked, uint32_t begun, uint32_t *batches) {
    struct store *store = store_open(&s->options, &s->error);
    if (store == NULL) return BROKEN;
    struct loaded loaded = {0};
    bool right = store_load(store, loaded_row, &loaded, &loaded.skipped, &s->error) == 0 &&
                 !loaded.wrong && loaded.skipped == 0 && loaded.next_user <= begun;
    *batches = (uint32_t)loaded.next_user;
    struct store_reader *reader = store_reader_open(&s->options, &s->error);
    for (uint32_t room = 1; room <= ROOMS && right; room++) {
        uint64_t seq = room_seq(room, *batches);
        right = loaded.seq[room] == seq && loaded.there[room] == (seq > 0) && reader != NULL &&
                room_is_right(s, reader, room, seq);
    }
    if (reader != NULL) store_reader_close(reader);
    store_close(store);
    return !right ? BROKEN : *batches < acked ? LOST : RIGHT;
}

/* ---- lives and cuts ---- */

static void image_store(const char *folder, const struct power_image *image) {
    static const char *const names[] = {"parlance.db", "parlance.db-wal"};
    for (int i = 0; i < POWER_FILES; i++) {
        char path[256];
        snprintf(path, sizeof path, "%s/%s", folder, names[i]);
        int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
        ssize_t size = (ssize_t)image->files[i].size;
        assert_true(fd >= 0);
        assert_int_equal(write(fd, image->files[i].at, image->files[i].size), size);
        assert_int_equal(ftruncate(fd, size), 0);
        close(fd);
    }
}

/* From the image `start`, some batches long. */
static void live(struct cutter *c, struct rng *dice, uint32_t batches) {
    struct scratch *s = c->s;
    power.note_count = 0;
    power.size = 0;
    power.acked = power.begun = batches;
    s->options.folder = c->written;
    if (batches > 0 || c->start->files[POWER_DB].size > 0) image_store(c->written, c->start);
    power.noting = true;
    struct store *store = scratch_open(s);
    for (uint32_t i = 0; i < BATCHES_A_LIFE; i++) {
        put_batch(s, store, ++power.begun);
        scratch_commit(s, store);
        power.acked = power.begun;
        if (rng_below(dice, 4) == 0) scratch_idle(s, store);
    }
    store_close(store);
    power.noting = false;
    c->tally.lives++;
}

static enum verdict cut_and_look(struct cutter *c, const uint32_t first[POWER_FILES], uint32_t cut,
                                 enum power_fate fate, uint64_t seed, uint32_t *batches) {
    struct rng dice = {.state = seed};
    for (int i = 0; i < POWER_FILES; i++)
        bytes_cut(&c->image->files[i], &c->flushed->files[i], (enum power_file)i, first[i], cut,
                  fate, &dice);
    const struct power_note *note = &power.notes[cut - 1];
    bool last = cut == power.note_count;
    uint32_t acked = last ? power.acked : power.notes[cut].acked;
    uint32_t begun = last ? power.begun : power.notes[cut].begun;
    c->s->options.folder = c->looked_at;
    image_store(c->looked_at, c->image);
    enum verdict verdict = look(c->s, acked, begun, batches);
    c->tally.images++;
    c->tally.found[verdict]++;
    if (note->kind == POWER_FLUSH)
        c->tally.flushes++;
    else
        c->tally.writes++;
    if (verdict != RIGHT && c->s->options.durability == STORE_FULL)
        fail_msg("life %llu, cut after %u of %u, fate %d, seed %llu: %s; batch %u of %u to %u: %s",
                 (unsigned long long)c->seed, cut, power.note_count, (int)fate,
                 (unsigned long long)seed, verdicts[verdict], *batches, acked, begun,
                 c->s->error.text);
    return verdict;
}

static bool is_over(const struct cutter *c) {
    if (c->images_max > 0) return c->tally.images >= c->images_max;
    return time(NULL) >= c->until;
}

#define NO_BATCHES UINT32_MAX

/* Cuts behind every note. One of the images is the next life's start: gives the batches in it, or
 * NO_BATCHES where it is no start: without flushes it may be damaged where nobody looked. */
static uint32_t cut_everywhere(struct cutter *c, struct rng *dice, uint32_t step) {
    uint32_t first[POWER_FILES] = {0}, batches = 0, kept = 0;
    bool full = c->s->options.durability == STORE_FULL;
    uint32_t chosen = 1 + rng_below(dice, power.note_count);
    for (int i = 0; i < POWER_FILES; i++)
        bytes_copy(&c->flushed->files[i], &c->start->files[i]);
    for (uint32_t cut = 1; cut <= power.note_count; cut++) {
        const struct power_note *note = &power.notes[cut - 1];
        if (note->kind == POWER_FLUSH) {
            for (uint32_t i = first[note->file]; i < cut; i++)
                if (power.notes[i].file == note->file)
                    bytes_take(&c->flushed->files[note->file], &power.notes[i], NULL, 1);
            first[note->file] = cut;
        }
        bool choose = cut == chosen;
        if (!choose && (is_over(c) || cut % step != 0)) continue;
        enum verdict verdict = RIGHT;
        for (int fate = 0; fate < FATES; fate++)
            verdict = cut_and_look(c, first, cut, (enum power_fate)fate, rng_next(dice), &batches);
        if (!choose) continue;
        for (int i = 0; i < POWER_FILES; i++)
            bytes_copy(&c->start->files[i], &c->image->files[i]);
        kept = !full || verdict == BROKEN ? NO_BATCHES : batches;
    }
    return kept;
}

static void cutter_open(struct cutter *c, void **state) {
    struct scratch *s = *state;
    const char *images = getenv("PARLANCE_POWER_IMAGES"), *seed = getenv("PARLANCE_POWER_SEED");
    *c = (struct cutter){.s = s, .seed = seed != NULL ? strtoull(seed, NULL, 10) : 1};
    c->start = calloc(1, sizeof *c->start);
    c->flushed = calloc(1, sizeof *c->flushed);
    c->image = calloc(1, sizeof *c->image);
    /* In memory: the power that is cut is simulated, and each image is opened by SQLite. */
    snprintf(c->top, sizeof c->top, "/dev/shm/parlance-power-XXXXXX");
    if (mkdtemp(c->top) == NULL) snprintf(c->top, sizeof c->top, "%s", s->top);
    snprintf(c->written, sizeof c->written, "%s/written", c->top);
    snprintf(c->looked_at, sizeof c->looked_at, "%s/looked-at", c->top);
    c->images_max = images != NULL ? (uint32_t)strtoul(images, NULL, 10) : 240;
    if (images == NULL && getenv("PARLANCE_LONG") != NULL) {
        c->images_max = 0;
        c->until = time(NULL) + 200;
    }
}

static void cutter_close(struct cutter *c) {
    print_message("%u images in %u lives: %u cuts after a flush, %u after a write; %u right, %u "
                  "lost, %u broken\n",
                  c->tally.images, c->tally.lives, c->tally.flushes, c->tally.writes,
                  c->tally.found[RIGHT], c->tally.found[LOST], c->tally.found[BROKEN]);
    char command[100];
    snprintf(command, sizeof command, "rm -rf '%s'", c->top);
    assert_int_equal(system(command), 0);
    free(c->start);
    free(c->flushed);
    free(c->image);
}

/* A folder for images, with all in it but the two files: what they hold is no part of this. */
static void folders_make(struct cutter *c) {
    scratch_forget(c->s);
    for (int i = 0; i < 2; i++) {
        char command[300];
        const char *folder = i == 0 ? c->written : c->looked_at;
        snprintf(command, sizeof command, "rm -rf '%s'", folder);
        assert_int_equal(system(command), 0);
        c->s->options.folder = folder;
        store_close(scratch_open(c->s));
    }
    char path[256];
    snprintf(path, sizeof path, "%s/parlance.db", c->written);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t size = read(fd, c->start->files[POWER_DB].at, POWER_IMAGE_MAX);
    close(fd);
    assert_true(size > 0);
    c->start->files[POWER_DB].size = (size_t)size;
    c->start->files[POWER_WAL].size = 0;
}

static void run_lives(struct cutter *c) {
    bool sampled = c->images_max > 0 && c->images_max < 5000;
    for (; !is_over(c); c->seed++) {
        struct rng dice = {.state = c->seed};
        uint32_t batches = 0;
        folders_make(c);
        for (int i = 0; i < LIVES && batches != NO_BATCHES && !is_over(c); i++) {
            live(c, &dice, batches);
            batches = cut_everywhere(c, &dice, sampled ? 7 : 1);
            check(power.begun < BATCHES_MAX);
        }
    }
}

static void t089_what_was_acknowledged_survives_a_power_cut_anywhere(void **state) {
    struct cutter c;
    cutter_open(&c, state);
    c.s->options.search = true;
    run_lives(&c);
    assert_int_equal(c.tally.found[RIGHT], c.tally.images);
    assert_true(c.tally.flushes > 5);
    assert_true(c.tally.writes > 50);
    cutter_close(&c);
}

/* Would it have been found? */
static void a_store_that_does_not_flush_is_caught(struct cutter *c, enum store_durability how) {
    c->s->options.durability = how;
    c->images_max = 150;
    run_lives(c);
    assert_true(c->tally.found[LOST] + c->tally.found[BROKEN] > c->images_max / 20);
    assert_true(c->tally.found[LOST] > 0);
}

static void t089_durability_normal_is_caught_by_the_same_checker(void **state) {
    struct cutter c;
    cutter_open(&c, state);
    a_store_that_does_not_flush_is_caught(&c, STORE_NORMAL);
    cutter_close(&c);
}

static void t089_durability_off_is_caught_by_the_same_checker(void **state) {
    struct cutter c;
    cutter_open(&c, state);
    a_store_that_does_not_flush_is_caught(&c, STORE_OFF);
    cutter_close(&c);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        scratch_test(t089_what_was_acknowledged_survives_a_power_cut_anywhere),
        scratch_test(t089_durability_normal_is_caught_by_the_same_checker),
        scratch_test(t089_durability_off_is_caught_by_the_same_checker),
    };
    return cmocka_run_group_tests(tests, power_install, NULL);
}
