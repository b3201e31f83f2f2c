/* errand_import.c: a file is read twice: first every line is looked at, and only then the first is
 * given to the hub. Events go to it without waiting for answers, as many as there is room for. */
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/check.h"
#include "base/clock.h"
#include "server/archive.h"
#include "server/errand.h"

enum {
    EXIT_REFUSED = 1,
    EXIT_DISK_FAILED = 74,
    LINES_A_TURN = 256,
    READ_SIZE = 65536,
    CLOCK_SLACK_MS = 60000, /* other servers' clocks may be ahead */
};

enum step { STEP_CHECK, STEP_GIVE, STEP_KEEP, STEP_UNDO };

struct import {
    enum step step;
    FILE *file; /* owned; its descriptor is the errand's */
    char *text; /* owned; a line without its end */
    size_t text_size, text_cap;
    uint64_t number; /* of the line, from 1 */
    struct archive_check *check;
    struct archive_read line; /* given to the hub */
    bool waiting;             /* `line` is still to be given */
    struct room_id room;      /* that the hub has made */
    uint64_t last_seq;        /* the room's */
    int64_t last_time_ms;
    uint32_t rooms;
    uint64_t events;
    bool removed;  /* some texts of the room were */
    char why[512]; /* after STEP_UNDO: what is said */
};

/* Who said it is nobody who could change it: a name's hash stands for her, so that one person's
 * reactions stay apart from another's. What was removed is all one's, see hub/import.c. */
static struct identity identity_of(struct slice author, bool removed) {
    uint64_t hash = removed ? UINT64_C(0x72656d6f766564) : slice_hash(author, 0x696d706f7274);
    return (struct identity){hash | UINT64_C(1) << 63};
}

/* Give the import up. What the hub has of it goes first. */
static void give_up(struct errand *errand, const char *why) {
    struct import *import = errand->work;
    bool began = import->step == STEP_GIVE && import->rooms > 0;
    snprintf(import->why, sizeof import->why, "line %llu: %s; nothing was imported",
             (unsigned long long)import->number, why);
    if (began) {
        import->step = STEP_UNDO;
        errand->asking = false;
        errand_give(errand, &(struct command){.kind = COMMAND_IMPORT_END});
    } else {
        errand_fail(errand, EXIT_REFUSED, slice_text(import->why));
    }
}

/* A line into import->text, without its end. 1: there is one; 0: the end of the file; -1: what
 * `why` says. */
static int text_next(struct import *import, const char **why) {
    int c = getc_unlocked(import->file);
    if (c == EOF && !ferror(import->file)) return 0;
    import->number++;
    import->text_size = 0;
    for (; c != EOF && c != '\n'; c = getc_unlocked(import->file)) {
        if (import->text_size == import->text_cap) {
            size_t cap = 2 * import->text_cap + 4096;
            char *grown = cap <= 2 * ARCHIVE_LINE_MAX + 4096 ? realloc(import->text, cap) : NULL;
            *why = "the line is too long";
            if (!grown) return -1;
            import->text = grown;
            import->text_cap = cap;
        }
        import->text[import->text_size++] = (char)c;
    }
    *why = "the file cannot be read";
    return ferror(import->file) ? -1 : 1;
}

/* The next line into import->line. False: the end, or the errand is over or gives up. */
static bool line_next(struct errand *errand, bool *end) {
    struct import *import = errand->work;
    char why[ARCHIVE_WHY_MAX];
    const char *unread = "";
    int found = text_next(import, &unread);
    *end = found == 0;
    if (found < 0) give_up(errand, unread);
    if (found <= 0) return false;
    struct slice text = {import->text ? import->text : "", import->text_size};
    archive_free(&import->line);
    if (!archive_read(text, &import->line, why) ||
        !archive_check_line(import->check, &import->line.line, why)) {
        give_up(errand, why);
        return false;
    }
    return true;
}

static bool check_begin(struct errand *errand) {
    struct import *import = errand->work;
    archive_check_free(import->check);
    import->check =
        archive_check_new(clock_wall_ms() + CLOCK_SLACK_MS, errand->place->limits.text_size);
    import->number = 0;
    rewind(import->file);
    return import->check != NULL;
}

static void begin(struct errand *errand) {
    struct import *import = calloc(1, sizeof *import);
    struct stat entry;
    errand->work = import;
    if (fstat(errand->fd, &entry) != 0 || !S_ISREG(entry.st_mode)) {
        errand_fail(errand, EXIT_REFUSED, slice_of("an import is read twice: it needs a file"));
        return;
    }
    if (import) import->file = fdopen(errand->fd, "r");
    if (import && import->file) errand->fd = -1;
    if (!import || !import->file || !check_begin(errand))
        errand_fail(errand, EXIT_REFUSED, slice_of("there is no memory for it"));
}

static void turn_check(struct errand *errand) {
    struct import *import = errand->work;
    bool end = false;
    for (int i = 0; i < LINES_A_TURN && line_next(errand, &end); i++)
        ;
    if (!end) return;
    import->step = STEP_GIVE;
    if (!check_begin(errand)) give_up(errand, "there is no memory for it");
}

static void give_room(struct errand *errand, const struct archive_line *line) {
    struct import *import = errand->work;
    struct command command = {.kind = COMMAND_IMPORT_ROOM,
                              .text = line->text,
                              .secret = line->secret,
                              .number = line->flags,
                              .count = line->slow_seconds,
                              .before = line->retention_days,
                              .after = line->retention_count,
                              .found_time_ms = line->seq == 0 ? line->time_ms : 0};
    import->last_seq = line->seq;
    import->last_time_ms = line->time_ms;
    import->removed = false;
    if (errand_room(errand, line->room, &command)) errand_give(errand, &command);
}

static bool give_event(struct errand *errand, const struct archive_line *line) {
    struct import *import = errand->work;
    import->removed |= line->removed;
    struct command command = {.kind = COMMAND_IMPORT_EVENT,
                              .room_id = import->room,
                              .found_kind = line->stored,
                              .speech = line->speech,
                              .name = line->author,
                              .text = line->text,
                              .target = line->target,
                              .number = line->seq,
                              .found_time_ms = line->time_ms,
                              .found_identity = identity_of(line->author, line->removed)};
    return errand_send(errand, &command);
}

/* How far the room had gone when it was exported. */
static bool give_head(struct errand *errand) {
    struct import *import = errand->work;
    struct command command = {.kind = COMMAND_IMPORT_EVENT,
                              .room_id = import->room,
                              .found_kind = STORED_NOTHING,
                              .number = import->last_seq,
                              .found_time_ms = import->last_time_ms};
    if (import->removed) command.found_identity = identity_of((struct slice){0}, true);
    return import->room.v == 0 || errand_send(errand, &command);
}

/* False: there is no room for it now, or the hub is asked. */
static bool give_line(struct errand *errand) {
    struct import *import = errand->work;
    const struct archive_line *line = &import->line.line;
    if (!line->is_room) {
        if (!give_event(errand, line)) return false;
        import->events++;
    } else {
        if (!give_head(errand)) return false;
        import->rooms++;
        give_room(errand, line);
    }
    import->waiting = false;
    return !line->is_room;
}

static void turn_give(struct errand *errand) {
    struct import *import = errand->work;
    bool end = false;
    for (int i = 0; i < LINES_A_TURN; i++) {
        if (!import->waiting && !line_next(errand, &end)) break;
        import->waiting = true; /* line_next() gave one */
        if (!give_line(errand)) return;
    }
    if (!end || !give_head(errand)) return;
    import->step = STEP_KEEP;
    struct command keep = {.kind = COMMAND_IMPORT_END, .flags = COMMAND_SETS};
    errand_give(errand, &keep);
}

static void turn(struct errand *errand) {
    struct import *import = errand->work;
    if (import->step == STEP_CHECK)
        turn_check(errand);
    else if (import->step == STEP_GIVE)
        turn_give(errand);
}

/* Of an event that could not be recorded the answer may come while the next are on their way. */
static bool refused(struct errand *errand, struct slice sentence) {
    struct import *import = errand->work;
    char why[256];
    if (import->step != STEP_GIVE) return import->step == STEP_UNDO;
    snprintf(why, sizeof why, "%.*s", (int)sentence.size, sentence.at);
    give_up(errand, why);
    return true;
}

static void event(struct errand *errand, const struct event *event) {
    struct import *import = errand->work;
    char said[96];
    if (event->kind == EVENT_CREATED && import->step == STEP_GIVE) {
        import->room = event->room;
        errand->asking = false;
    } else if (event->kind == EVENT_DONE && import->step == STEP_UNDO) {
        errand_fail(errand, EXIT_REFUSED, slice_text(import->why));
    } else if (event->kind == EVENT_DONE) {
        snprintf(said, sizeof said, "imported %u rooms, %llu lines of events\n",
                 (unsigned)event->number, (unsigned long long)import->events);
        errand_print(errand, slice_text(said));
        errand_done(errand);
    }
}

static void end(struct errand *errand) {
    struct import *import = errand->work;
    if (!import) return;
    archive_free(&import->line);
    archive_check_free(import->check);
    if (import->file) fclose(import->file);
    free(import->text);
    free(import);
}

const struct errand_row errand_import = {.word = "import",
                                         .needs_file = true,
                                         .outlives = true,
                                         .begin = begin,
                                         .turn = turn,
                                         .event = event,
                                         .refused = refused,
                                         .end = end};
