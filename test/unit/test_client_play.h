/* test_client_play.h: the terminal client without terminal and server: what the server says, what
 * is pressed, what is seen, what is sent. */
#ifndef TEST_CLIENT_PLAY_H
#define TEST_CLIENT_PLAY_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/utf8.h"
#include "client/layout.h"
#include "client/scroll.h"

#define NOW INT64_C(1795291200000) /* 2026-11-21T20:00:00Z */

struct play {
    struct model *model;
    char screen[64 * 1024];
};

static inline void hear(struct play *play, const char *text) {
    json_error_t error;
    json_t *message = json_loads(text, JSON_REJECT_DUPLICATES, &error);
    if (!message) fail_msg("%s: %s", error.text, text);
    model_hear(play->model, message);
    json_decref(message);
}

__attribute__((format(printf, 2, 3))) static inline void hearf(struct play *play, const char *form,
                                                               ...) {
    char text[64 * 1024];
    va_list arguments;
    va_start(arguments, form);
    vsnprintf(text, sizeof text, form, arguments);
    va_end(arguments);
    hear(play, text);
}

static inline void press(struct play *play, enum press_kind kind) {
    model_press(play->model, &(struct press){.kind = kind});
}

static inline void press_with(struct play *play, enum press_kind kind, uint32_t point) {
    model_press(play->model, &(struct press){.kind = kind, .point = point});
}

static inline void press_alt(struct play *play, enum press_kind kind, uint32_t point) {
    model_press(play->model, &(struct press){.kind = kind, .point = point, .alt = true});
}

static inline void type(struct play *play, const char *text) {
    for (struct slice rest = slice_text(text); rest.size > 0;)
        press_with(play, PRESS_CHARACTER, utf8_take(&rest));
}

static inline void enter(struct play *play, const char *text) {
    type(play, text);
    press(play, PRESS_ENTER);
}

/* The next message to the server that is not about typing or reading. */
static inline char *sent(struct play *play) {
    for (;;) {
        char *text = model_take(play->model);
        if (!text || (!strstr(text, "\"typing\"") && !strstr(text, "\"read\""))) return text;
        free(text);
    }
}

static inline void expect_sent(struct play *play, const char *part) {
    char *text = sent(play);
    if (!text) fail_msg("nothing was sent instead of %s", part);
    if (!strstr(text, part)) fail_msg("%s instead of %s", text, part);
    free(text);
}

static inline void expect_nothing_sent(struct play *play) {
    char *text = sent(play);
    if (text) fail_msg("%s was sent", text);
}

static inline void forget_sent(struct play *play) {
    model_forget_outgoing(play->model);
}

/* What the screen shows, as text. */
static inline const char *look(struct play *play) {
    struct grid grid;
    struct buf out;
    assert_true(grid_init(&grid, play->model->rows, play->model->columns));
    layout_draw(play->model, &grid);
    buf_init(&out, play->screen, sizeof play->screen - 1);
    grid_text(&grid, &out);
    assert_true(buf_ok(&out));
    play->screen[out.size] = 0;
    grid_deinit(&grid);
    return play->screen;
}

static inline void expect_seen(struct play *play, const char *part) {
    if (!strstr(look(play), part)) fail_msg("no %s in\n%s", part, play->screen);
}

static inline void expect_unseen(struct play *play, const char *part) {
    if (strstr(look(play), part)) fail_msg("%s in\n%s", part, play->screen);
}

/* The screen is the stored one, test/screens/NAME. PARLANCE_SCREENS=write stores it. */
static inline void expect_screen(struct play *play, const char *name) {
    char path[256], stored[sizeof play->screen] = {0};
    snprintf(path, sizeof path, SOURCE_ROOT "/test/screens/%s", name);
    look(play);
    const char *wish = getenv("PARLANCE_SCREENS");
    bool writes = wish && strcmp(wish, "write") == 0;
    FILE *file = fopen(path, writes ? "w" : "r");
    if (!file) fail_msg("cannot open %s", path);
    if (writes) {
        assert_true(fputs(play->screen, file) >= 0);
    } else {
        size_t size = fread(stored, 1, sizeof stored - 1, file);
        assert_true(size > 0);
        if (strcmp(stored, play->screen) != 0)
            fail_msg("%s: stored\n%s\nseen\n%s", name, stored, play->screen);
    }
    fclose(file);
}

static inline void come_in(struct play *play) {
    model_link(play->model, LINK_TRYING);
    hear(play, "{\"type\": \"server\", \"name\": \"parlance.local\", \"motd\": \"\"}");
    hear(play, "{\"type\": \"welcome\", \"ref\": 1, \"user\": {\"id\": 7, \"name\": \"alice\", "
               "\"account\": null}, \"admin\": false}");
}

static inline void enter_room(struct play *play, unsigned number, const char *name, unsigned seq) {
    hearf(play,
          "{\"type\": \"entered\", \"room\": {\"id\": %u, \"name\": \"%s\", \"topic\": \"\", "
          "\"members\": 2, \"role\": \"member\", \"epoch\": \"0123456789abcdef\", \"seq\": %u}}",
          number, name, seq);
    hearf(play, "{\"type\": \"caught_up\", \"room\": %u, \"seq\": %u, \"complete\": true}", number,
          seq);
}

/* Somebody (number 8 and up by name) says something; `more`: further keys, with a comma first. */
static inline void hear_said(struct play *play, unsigned room, unsigned seq, const char *name,
                             const char *text, const char *more) {
    hearf(play,
          "{\"type\": \"message\", \"room\": %u, \"seq\": %u, \"time\": %llu, \"kind\": \"say\", "
          "\"from\": {\"id\": %d, \"name\": \"%s\", \"account\": null}, \"text\": \"%s\"%s}",
          room, seq, (unsigned long long)(NOW + seq * 1000), name[0] == 'a' ? 7 : name[0], name,
          text, more);
}

/* Alice in the lobby (1), at its seq 10, with nothing unsaid; 80x24. */
static inline int play_new(void **state) {
    static struct play play;
    play = (struct play){.model = model_new(slice_of("alice"), 1)};
    model_tick(play.model, NOW);
    come_in(&play);
    enter_room(&play, 1, "lobby", 10);
    hear(&play, "{\"type\": \"past_end\", \"room\": 1, \"first\": 0, \"last\": 10, \"count\": 0}");
    forget_sent(&play);
    *state = &play;
    return 0;
}

static inline int play_free(void **state) {
    struct play *play = *state;
    model_free(play->model);
    return 0;
}

#define PLAY(name) cmocka_unit_test_setup_teardown(name, play_new, play_free)

#endif
