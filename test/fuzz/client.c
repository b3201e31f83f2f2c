/* The terminal client, whatever the server says and whatever is pressed: it draws a screen of whole
 * rows in which no control stands, and what it sends is JSON. Each line of the input is a message
 * of the server, or keys, or another size. */
#include <stdlib.h>

#include "base/check.h"
#include "client/dollar.h"
#include "client/layout.h"
#include "client/scroll.h"
#include "client/speak.h"

enum { SIZE_LIMIT = 8192 };

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static void check_screen(struct model *model) {
    struct grid grid;
    check(grid_init(&grid, model->rows, model->columns));
    layout_draw(model, &grid);
    for (int row = 0; row < grid.rows; row++) {
        int width = 0;
        for (int column = 0; column < grid.columns; column++) {
            const struct cell *cell = grid_cell(&grid, row, column);
            width += cell->width;
            check(cell->count <= GLYPH_POINTS_MAX);
            for (uint8_t i = 0; i < cell->count; i++) {
                uint32_t point = cell->points[i];
                check(point >= ' ' && (point < 0x7F || point >= 0xA0));
                check(point < 0x202A || point > 0x202E);
                check(point < 0x2066 || point > 0x2069);
            }
        }
        check(width == grid.columns);
    }
    check(grid.cursor_row < grid.rows);
    check(grid.cursor_column < grid.columns);
    grid_deinit(&grid);
}

static void check_order(const struct model *model) {
    check(model->room_count > 0 && model->current < model->room_count);
    for (size_t r = 0; r < model->room_count; r++) {
        const struct room *room = model->rooms[r];
        check(room->entry_count <= ENTRIES_MAX);
        for (size_t i = 1; i < room->entry_count; i++)
            check(room->entries[i - 1].place <= room->entries[i].place);
    }
}

static void check_sent(struct model *model) {
    for (char *text; (text = model_take(model)) != NULL; free(text)) {
        json_t *message = json_loads(text, JSON_REJECT_DUPLICATES, NULL);
        check(json_is_object(message));
        check(json_is_string(json_object_get(message, "type")));
        json_decref(message);
    }
}

static void press_bytes(struct model *model, struct slice keys) {
    while (keys.size >= 2) {
        uint8_t kind = (uint8_t)keys.at[0], point = (uint8_t)keys.at[1];
        struct press press = {.kind = (enum press_kind)(kind % PRESS_KINDS),
                              .point = point,
                              .row = point % 32,
                              .column = kind,
                              .alt = kind & 128,
                              .control = kind & 64};
        if (press.kind == PRESS_CONTROL) press.point = 'a' + point % 26;
        if (press.kind == PRESS_CHARACTER && point > 200) press.point = 0x4E00 + point;
        model_press(model, &press);
        keys = slice_from(keys, 2);
    }
}

static void step(struct model *model, struct dollar *dollar, struct slice line, int64_t now_ms) {
    if (slice_starts(line, slice_of("{"))) {
        json_t *message = json_loadb(line.at, line.size, JSON_ALLOW_NUL, NULL);
        if (json_is_object(message)) model_hear(model, message);
        json_decref(message);
    } else if (slice_starts(line, slice_of("@")) && line.size > 2) {
        model_resize(model, (uint8_t)line.at[1], (uint8_t)line.at[2]);
    } else if (slice_starts(line, slice_of("!"))) {
        model_link(model, line.size > 1 ? LINK_DOWN : LINK_TRYING);
    } else if (slice_starts(line, slice_of("$"))) {
        dollar_hear(dollar, slice_from(line, 1));
        for (json_t *message; (message = dollar_take(dollar)) != NULL; json_decref(message))
            model_hear(model, message);
    } else {
        press_bytes(model, line);
    }
    model_tick(model, now_ms);
    scroll_fill(model);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size) {
    if (size > SIZE_LIMIT) return -1;
    struct slice rest = {(const char *)bytes, size};
    struct model *model = model_new(slice_of("alice"), 1);
    struct dollar *dollar = dollar_new(model);
    model->without_history = false;
    for (int64_t now_ms = 1000000; rest.size > 0; now_ms += 700) {
        step(model, dollar, slice_until(&rest, '\n'), now_ms);
        check_order(model);
        check_screen(model);
        check_sent(model);
    }
    dollar_free(dollar);
    model_free(model);
    return 0;
}
