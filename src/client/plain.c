/* plain.c: lines. */
#include "client/plain.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/text.h"
#include "base/utf8.h"
#include "client/hear.h"
#include "client/speak.h"

enum { LINE_SIZE = 64 * 1024, LAST_MS = 10000 };

struct plain {
    struct session *session;
    char line[LINE_SIZE];
    size_t size;
    bool ended;    /* standard input */
    bool typed;    /* it is a terminal: a slash begins a command */
    bool failed;   /* something was not said */
    uint64_t told; /* entries of the console with this id or below were shown */
};

static volatile sig_atomic_t stopped;

static void stop(int number) {
    (void)number;
    stopped = 1;
}

/* ---- out ---- */

static void show(FILE *out, struct slice text) {
    size_t cap = text.size * TEXT_SHOW_GROWTH + 1;
    char *memory = own_memory(cap);
    struct buf shown;
    buf_init(&shown, memory, cap);
    text_show(&shown, text);
    fwrite(shown.at, 1, shown.size, out);
    free(memory);
}

/* Each line of a text has its speaker before it, so that none of them can look like ours. */
static void print_message(const struct model *model, const struct room *room,
                          const json_t *message) {
    struct slice text = said_text(message, "text"), name = hear_name(message, "from");
    bool action = slice_equal(said_text(message, "kind"), slice_of("action"));
    size_t rooms = 0;
    for (size_t i = 0; i < model->room_count; i++)
        rooms += model->rooms[i]->kind == ROOM_NAMED || model->rooms[i]->kind == ROOM_PAIR;
    do {
        struct slice line = slice_until(&text, '\n');
        if (rooms > 1) {
            fputs(room->kind == ROOM_PAIR ? "[@" : "[", stdout);
            show(stdout, own_slice(room->name));
            fputs("] ", stdout);
        }
        show(stdout, name);
        if (name.size > 0) fputs(action ? " " : ": ", stdout);
        show(stdout, line);
        fputc('\n', stdout);
    } while (text.size > 0);
    fflush(stdout);
}

static void heard(void *reader, const json_t *message) {
    struct plain *plain = reader;
    struct model *model = plain->session->model;
    struct slice type = said_text(message, "type");
    if (slice_equal(type, slice_of("past"))) {
        message = json_object_get(message, "event");
        type = said_text(message, "type");
    }
    struct room *room = hear_room(model, message);
    uint64_t seq = said_number(message, "seq");
    bool mine = said_number(json_object_get(message, "from"), "id") == model->me && model->me > 0;
    if (!slice_equal(type, slice_of("message")) || said_true(message, "removed") || mine) return;
    struct room pair = {.kind = ROOM_PAIR, .name = own_new(hear_name(message, "with"))};
    if (room && (seq == 0 || seq > room->seq)) print_message(model, room, message);
    if (!room && pair.name[0]) print_message(model, &pair, message);
    free(pair.name);
}

/* What the model has told in our own words since the last time goes to standard error. */
static void print_told(struct plain *plain) {
    const struct model *model = plain->session->model;
    uint64_t last = plain->told;
    for (size_t r = 0; r < model->room_count; r++) {
        const struct room *room = model->rooms[r];
        for (size_t i = 0; i < room->entry_count; i++) {
            const struct entry *entry = &room->entries[i];
            bool ours = entry->kind == ENTRY_FAULT || (plain->typed && entry->kind == ENTRY_NEWS);
            if (entry->id <= plain->told) continue;
            if (entry->id > last) last = entry->id;
            if (!ours) continue;
            fputs("* ", stderr);
            show(stderr, own_slice(entry->text));
            fputc('\n', stderr);
            plain->failed |= entry->kind == ENTRY_FAULT && plain->ended;
        }
    }
    plain->told = last;
}

/* ---- in ---- */

static struct room *target(const struct model *model) {
    struct room *room = model_room(model);
    if (model->wanted_count > 0) /* where one is told to be, and nowhere else */
        return model_find_name(model, ROOM_NAMED, slice_text(model->wanted_rooms[0]));
    if (room->kind != ROOM_CONSOLE) return room;
    for (size_t i = 0; i < model->room_count; i++)
        if (model->rooms[i]->kind == ROOM_NAMED) return model->rooms[i];
    return NULL;
}

static void say_line(struct plain *plain, struct slice line) {
    struct model *model = plain->session->model;
    if (line.size > 0 && line.at[line.size - 1] == '\r') line.size--;
    size_t cap = line.size * TEXT_SHOW_GROWTH + 1;
    char *memory = own_memory(cap);
    struct buf shown;
    buf_init(&shown, memory, cap);
    text_show(&shown, line); /* no control and nothing but UTF-8 leaves here */
    line = buf_slice(&shown);
    bool slash = plain->typed && slice_starts(line, slice_of("/"));
    if (slash && slice_starts(line, slice_of("//"))) {
        line = slice_from(line, 1);
        slash = false;
    }
    if (slash)
        model_command(model, line);
    else if (slice_trim(line).size > 0)
        model_say(model, target(model), line, ENTRY_SAY);
    free(memory);
}

/* Lines are taken while there is a room for them and few wait. */
static bool takes_lines(const struct plain *plain) {
    const struct model *model = plain->session->model;
    return model->was_here && target(model) && model->outbox.count < OUTBOX_MAX / 2;
}

static void take_lines(struct plain *plain) {
    for (;;) {
        struct slice rest = {plain->line, plain->size};
        char *end = plain->size > 0 ? memchr(plain->line, '\n', plain->size) : NULL;
        bool full = plain->size == LINE_SIZE || (plain->ended && plain->size > 0);
        if ((!end && !full) || !takes_lines(plain)) return;
        struct slice line = end ? slice_head(rest, (size_t)(end - plain->line)) : rest;
        if (!end && !plain->ended) line = slice_head(line, LINE_SIZE - UTF8_SIZE_MAX);
        size_t size = line.size + (end ? 1 : 0);
        say_line(plain, line);
        plain->size -= size;
        memmove(plain->line, plain->line + size, plain->size);
    }
}

static void read_input(struct plain *plain) {
    ssize_t got = read(STDIN_FILENO, plain->line + plain->size, LINE_SIZE - plain->size);
    if (got > 0) plain->size += (size_t)got;
    if (got == 0 || (got < 0 && errno != EINTR && errno != EAGAIN)) plain->ended = true;
}

/* ---- the loop ---- */

static void wait_for_more(struct plain *plain) {
    struct session *session = plain->session;
    bool reads = !plain->ended && plain->size < LINE_SIZE && takes_lines(plain);
    struct pollfd fds[] = {
        {.fd = connection_fd(session->connection),
         .events = connection_events(session->connection)},
        {.fd = reads ? STDIN_FILENO : -1, .events = POLLIN},
    };
    if (poll(fds, 2, session_wait_ms(session)) <= 0) return;
    if (fds[1].revents) read_input(plain);
}

/* Nobody is there who could answer. */
static bool is_asked(struct plain *plain) {
    if (plain->session->model->prompt == PROMPT_NOTHING) return false;
    plain->failed = true;
    return true;
}

int plain_run(struct session *session) {
    static struct plain plain;
    plain = (struct plain){.session = session, .typed = isatty(STDIN_FILENO)};
    const struct sigaction action = {.sa_handler = stop};
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
    signal(SIGPIPE, SIG_IGN);
    session->reader = &plain;
    session->heard = heard;
    while (!stopped && !session->model->quit) {
        session_step(session);
        print_told(&plain);
        if (is_asked(&plain)) break;
        take_lines(&plain);
        bool done = plain.ended && plain.size == 0 && session->model->outbox.count == 0;
        if (done && session->model->was_here) break;
        if (ferror(stdout)) break;
        session_step(session);
        wait_for_more(&plain);
    }
    print_told(&plain);
    return plain.failed || ferror(stdout) ? 1 : 0;
}
