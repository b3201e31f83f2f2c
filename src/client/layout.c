/* layout.c: the panes. */
#include "client/layout.h"

#include <stdio.h>

#include "client/entry_rows.h"

unsigned layout_name_style(struct slice name) {
    return STYLE_NAME + (unsigned)(slice_hash(name, 7) % STYLE_NAMES);
}

/* ---- where things are ---- */

static struct slice prompt_words(const struct model *model) {
    switch (model->prompt) {
    case PROMPT_NOTHING: break;
    case PROMPT_NAME: return slice_of("Your name: ");
    case PROMPT_PASSWORD:
    case PROMPT_LOGIN:
    case PROMPT_UNREGISTER: return slice_of("Password: ");
    case PROMPT_REGISTER: return slice_of("A password for your account: ");
    case PROMPT_OLD: return slice_of("The password until now: ");
    case PROMPT_NEW: return slice_of("The new password: ");
    }
    if (model->editing) return slice_of("edit › ");
    return model->replying ? slice_of("reply › ") : slice_of("› ");
}

static bool is_secret(const struct model *model) {
    return model->prompt != PROMPT_NOTHING && model->prompt != PROMPT_NAME;
}

static size_t input_width(const struct model *model) {
    size_t words = glyph_width(prompt_words(model)), all = (size_t)model->columns;
    return all > words + 2 ? all - words - 1 : 1; /* the cursor may stand behind the text */
}

/* The rows that the line being typed takes; *cursor_row, *cursor_column: of its cursor. */
static int input_rows(const struct model *model, int *cursor_row, int *cursor_column) {
    struct slice text = edit_slice(&model->edit), line;
    size_t at = 0, cursor = model->edit.cursor;
    int rows = 0;
    *cursor_row = *cursor_column = 0;
    bool open = true; /* a newline at the end opens a row */
    while (open && !is_secret(model)) {
        size_t size = glyph_wrap(slice_from(text, at), input_width(model), &line);
        bool ended = at + size > 0 && size > 0 && text.at[at + size - 1] == '\n';
        if (cursor >= at && (cursor < at + size || (cursor == at + size && !ended))) {
            size_t before = cursor - at < line.size ? cursor - at : line.size;
            *cursor_row = rows;
            *cursor_column = (int)glyph_width(slice_head(line, before));
        }
        at += size;
        rows++;
        open = at < text.size || ended;
    }
    return rows > 0 ? rows : 1;
}

struct panes layout_panes(const struct model *model) {
    int columns = model->columns, rows = model->rows, cursor_row, cursor_column;
    struct panes panes = {.top = 1, .end = columns, .members_begin = columns};
    if (columns >= 60 && !model->hide_rooms) panes.rooms_end = columns >= 120 ? 24 : 16;
    panes.left = panes.rooms_end > 0 ? panes.rooms_end + 1 : 0;
    if (columns >= 100 && !model->hide_members) {
        panes.members_begin = columns - (columns >= 150 ? 22 : 18);
        panes.end = panes.members_begin - 1;
    }
    int input = input_rows(model, &cursor_row, &cursor_column);
    int most = rows / 3 < LAYOUT_INPUT_ROWS_MAX ? rows / 3 : LAYOUT_INPUT_ROWS_MAX;
    if (input > most) input = most > 0 ? most : 1;
    panes.input_top = rows - input;
    panes.bottom = panes.input_top - 1;
    int wide = panes.end - panes.left;
    panes.name_width = wide >= 100 ? 16 : wide >= 50 ? 12 : 8;
    panes.text_left = panes.left + 6 + panes.name_width + 1;
    if (panes.text_left + 4 > panes.end) { /* hardly a screen */
        panes.name_width = 0;
        panes.text_left = panes.left + 2 < panes.end ? panes.left + 2 : panes.left;
    }
    if (panes.text_left >= panes.end) panes.text_left = panes.end - 1;
    return panes;
}

/* ---- what is said ---- */

int layout_height(const struct model *model, const struct room *room, size_t index) {
    struct drawing drawing = {.model = model, .room = room, .panes = layout_panes(model)};
    entry_rows(&drawing, index);
    return drawing.row;
}

/* The first entry that is seen and the row where it begins, maybe above the pane. */
static size_t first_entry(const struct model *model, const struct room *room,
                          const struct panes *panes, int *row) {
    size_t index = room->entry_count;
    *row = panes->bottom;
    if (room->anchor) {
        size_t at = room_index_of(room, room->anchor);
        if (at < index) {
            index = at + 1;
            *row += (int)room->anchor_rows;
        }
    }
    while (index > 0 && *row > panes->top)
        *row -= layout_height(model, room, --index);
    return index;
}

static void draw_entries(const struct model *model, struct grid *grid, const struct panes *panes) {
    struct drawing drawing = {
        .model = model, .room = model_room(model), .grid = grid, .panes = *panes};
    size_t index = first_entry(model, drawing.room, panes, &drawing.row);
    if (drawing.row > panes->top && !drawing.room->at_start &&
        drawing.room->asking != ASKING_NOTHING)
        grid_put(grid, panes->top, panes->text_left, panes->end, slice_of("…"), STYLE_QUIET);
    for (; index < drawing.room->entry_count && drawing.row < panes->bottom; index++)
        entry_rows(&drawing, index);
}

uint64_t layout_entry_at(const struct model *model, int row) {
    struct drawing drawing = {
        .model = model, .room = model_room(model), .panes = layout_panes(model)};
    size_t index = first_entry(model, drawing.room, &drawing.panes, &drawing.row);
    if (row < drawing.row || row < drawing.panes.top || row >= drawing.panes.bottom) return 0;
    for (; index < drawing.room->entry_count; index++) {
        entry_rows(&drawing, index);
        if (row < drawing.row) return drawing.room->entries[index].id;
    }
    return 0;
}

/* ---- lists ---- */

/* As many rooms as there are rows; the one that is looked at is among them. */
static size_t rooms_top(const struct model *model, const struct panes *panes) {
    size_t rows = panes->bottom > panes->top ? (size_t)(panes->bottom - panes->top) : 1;
    return model->current < rows ? 0 : model->current - rows + 1;
}

size_t layout_room_at(const struct model *model, int row) {
    struct panes panes = layout_panes(model);
    size_t index = rooms_top(model, &panes) + (size_t)(row - panes.top);
    bool inside = row >= panes.top && row < panes.bottom && index < model->room_count;
    return inside ? index : model->room_count;
}

static void draw_room_row(const struct model *model, struct grid *grid, const struct panes *panes,
                          size_t index, int row) {
    static const char *const marks[] = {"·", "#", "@", "?"};
    const struct room *room = model->rooms[index];
    bool here = index == model->current;
    unsigned style = here ? STYLE_ACCENT | STYLE_BOLD : room->unread ? STYLE_BOLD : STYLE_QUIET;
    char count[16] = "";
    if (room->unread > 0)
        snprintf(count, sizeof count, room->unread > 999 ? "999+" : "%u", room->unread);
    int wide = (int)strlen(count), end = panes->rooms_end - (wide ? wide + 2 : 1);
    if (room->mentions > 0) style = STYLE_MENTION | STYLE_BOLD;
    grid_put(grid, row, 0, end, here ? slice_of("▌") : slice_of(" "), STYLE_ACCENT);
    int column = grid_put(grid, row, 1, end, slice_text(marks[room->kind]), STYLE_QUIET);
    grid_put_cut(grid, row, column, end, own_slice(room->name), style);
    grid_style(grid, row, end, end + 1, STYLE_FENCE);
    grid_put(grid, row, end + 1, panes->rooms_end, slice_text(count), style);
}

static void draw_rooms(const struct model *model, struct grid *grid, const struct panes *panes) {
    size_t index = rooms_top(model, panes);
    for (int row = panes->top; row < panes->bottom && index < model->room_count; row++, index++)
        draw_room_row(model, grid, panes, index, row);
    for (int row = panes->top; row < panes->bottom; row++)
        grid_fill(grid, row, panes->rooms_end, panes->left, 0x2502, STYLE_QUIET | STYLE_FENCE);
}

size_t layout_member_at(const struct model *model, int row) {
    struct panes panes = layout_panes(model);
    const struct room *room = model_room(model);
    size_t index = row > panes.top ? (size_t)(row - panes.top - 1) : room->member_count;
    return row < panes.bottom && index < room->member_count ? index : room->member_count;
}

static void draw_members(const struct model *model, struct grid *grid, const struct panes *panes) {
    static const char *const marks[] = {" ", "+", "@", "~"};
    const struct room *room = model_room(model);
    for (int row = panes->top; row < panes->bottom; row++)
        grid_fill(grid, row, panes->end, panes->end + 1, 0x2502, STYLE_QUIET | STYLE_FENCE);
    if (room->member_count == 0) return;
    char words[48];
    int size = snprintf(words, sizeof words, " %zu here", room->member_count);
    grid_put(grid, panes->top, panes->members_begin, grid->columns,
             (struct slice){words, (size_t)size}, STYLE_QUIET);
    for (size_t i = 0; i < room->member_count; i++) {
        int row = panes->top + 1 + (int)i;
        const struct member *member = &room->members[i];
        if (row >= panes->bottom) break;
        struct slice name = own_slice(member->name);
        unsigned style = member->away ? STYLE_QUIET : layout_name_style(name);
        int column = grid_put(grid, row, panes->members_begin, grid->columns,
                              slice_text(marks[member->rank % 4]), STYLE_ACCENT);
        column = grid_put_cut(grid, row, column, grid->columns, name, style);
        if (member->bot) grid_put(grid, row, column, grid->columns, slice_of(" bot"), STYLE_QUIET);
    }
}

/* ---- above and below ---- */

static struct slice link_words(const struct model *model, char memory[64], unsigned *style) {
    int64_t wait = (model->retry_at_ms - model->now_ms + 999) / 1000;
    *style = STYLE_ERROR;
    switch (model->link) {
    case LINK_UP: *style = STYLE_GOOD; return slice_of("● connected");
    case LINK_TRYING:
    case LINK_GREETING: *style = STYLE_MENTION; return slice_of("◌ connecting");
    case LINK_DOWN: break;
    }
    int size = snprintf(memory, 64, "○ no connection, next try in %d s", wait > 0 ? (int)wait : 0);
    return (struct slice){memory, (size_t)size};
}

static void draw_title(const struct model *model, struct grid *grid) {
    const struct room *room = model_room(model);
    char memory[64];
    unsigned style;
    struct slice state = link_words(model, memory, &style);
    int end = grid->columns - (int)glyph_width(state) - 2;
    int column = grid_put_cut(grid, 0, 1, end, own_slice(room->name), STYLE_ACCENT | STYLE_BOLD);
    if (room->is_private)
        column = grid_put(grid, 0, column, end, slice_of(" private"), STYLE_QUIET);
    grid_put(grid, 0, column, end, slice_of("  "), STYLE_FENCE);
    grid_put_cut(grid, 0, column + 2, end, own_slice(room->topic), STYLE_TEXT);
    if (end < 0) end = 0;
    grid_style(grid, 0, end, end + 1, STYLE_FENCE);
    grid_put(grid, 0, end + 1, grid->columns, state, style);
}

static int draw_typing(const struct room *room, struct grid *grid, int row, int column, int end) {
    int count = 0;
    for (size_t i = 0; i < sizeof room->typing / sizeof *room->typing; i++) {
        if (!room->typing[i]) continue;
        if (count++ > 0) column = grid_put(grid, row, column, end, slice_of(", "), STYLE_FENCE);
        column = grid_put_cut(grid, row, column, end, slice_text(room->typing[i]), STYLE_QUIET);
    }
    if (count == 0) return column;
    struct slice words = count == 1 ? slice_of(" is typing ") : slice_of(" are typing ");
    return grid_put(grid, row, column, end, words, STYLE_QUIET | STYLE_FENCE);
}

/* What waits elsewhere, and what is below. */
static void draw_status(const struct model *model, struct grid *grid, int row) {
    const struct room *room = model_room(model);
    char words[96];
    size_t news = 0;
    for (size_t i = 0; i < model->room_count; i++)
        news += i != model->current && model->rooms[i]->unread > 0;
    int end = grid->columns;
    grid_fill(grid, row, 0, end, 0x2500, STYLE_QUIET);
    int size = 0;
    if (room->selected)
        size = snprintf(words, sizeof words, " r reply  e edit  + react  d remove  Esc ");
    else if (room->anchor || room->tail_missing)
        size = snprintf(words, sizeof words, " %u below, End goes there ", room->unread);
    else if (model->outbox.count > 0)
        size = snprintf(words, sizeof words, " %zu waiting to be sent ", model->outbox.count);
    else if (news > 0)
        size = snprintf(words, sizeof words, " %zu with news, Alt-A ", news);
    int right = end - 2 - size;
    if (size > 0 && right > 0)
        grid_put(grid, row, right, end, (struct slice){words, (size_t)size}, STYLE_MENTION);
    int column = grid_put(grid, row, 1, right, slice_of(" "), STYLE_QUIET);
    struct slice name = own_slice(model->name);
    column = grid_put_cut(grid, row, column, right, name, layout_name_style(name) | STYLE_BOLD);
    if (!model->account)
        column = grid_put(grid, row, column, right, slice_of(" (guest)"), STYLE_QUIET);
    column = grid_put(grid, row, column, right, slice_of(" "), STYLE_QUIET | STYLE_FENCE);
    draw_typing(room, grid, row, column + 1, right);
}

static void draw_secret(const struct model *model, struct grid *grid, int row, int column) {
    struct slice text = edit_slice(&model->edit);
    for (size_t at = 0; at < text.size; at = grapheme_after(text, at))
        column = grid_put(grid, row, column, grid->columns - 1, slice_of("•"), STYLE_TEXT);
    grid->cursor_row = row;
    grid->cursor_column = column;
}

static void draw_input(const struct model *model, struct grid *grid, const struct panes *panes) {
    int cursor_row, cursor_column, shown = model->rows - panes->input_top;
    struct slice text = edit_slice(&model->edit), line;
    input_rows(model, &cursor_row, &cursor_column);
    int first = cursor_row < shown ? 0 : cursor_row - shown + 1;
    int column = grid_put(grid, panes->input_top, 0, grid->columns, prompt_words(model),
                          STYLE_ACCENT | STYLE_BOLD);
    if (is_secret(model)) {
        draw_secret(model, grid, panes->input_top, column);
        return;
    }
    for (int i = 0; i < first + shown && text.size > 0; i++) {
        text = slice_from(text, glyph_wrap(text, input_width(model), &line));
        if (i >= first)
            grid_put(grid, panes->input_top + i - first, column, grid->columns, line, STYLE_TEXT);
    }
    grid->cursor_row = panes->input_top + cursor_row - first;
    grid->cursor_column = column + cursor_column;
    if (grid->cursor_column >= grid->columns) grid->cursor_column = grid->columns - 1;
}

void layout_draw(const struct model *model, struct grid *grid) {
    struct panes panes = layout_panes(model);
    if (grid->rows < 4 || grid->columns < 12) {
        grid_put(grid, 0, 0, grid->columns, slice_of("too small"), STYLE_TEXT);
        return;
    }
    draw_title(model, grid);
    if (panes.rooms_end > 0) draw_rooms(model, grid, &panes);
    if (panes.members_begin < grid->columns) draw_members(model, grid, &panes);
    draw_entries(model, grid, &panes);
    draw_status(model, grid, panes.bottom);
    draw_input(model, grid, &panes);
    grid_isolate(grid);
}
