/* entry_rows.c: one message as rows. */
#include "client/entry_rows.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/date.h"

enum { DAY_MS = 86400000 };

static bool is_seen(const struct drawing *drawing) {
    return drawing->grid && drawing->row >= drawing->panes.top &&
           drawing->row < drawing->panes.bottom;
}

static int64_t local_ms(const struct drawing *drawing, const struct entry *entry) {
    return entry->time_ms + drawing->model->utc_offset_ms;
}

/* ---- lines between the messages ---- */

static void rule(struct drawing *drawing, struct slice words, unsigned style) {
    const struct panes *panes = &drawing->panes;
    if (is_seen(drawing)) {
        grid_fill(drawing->grid, drawing->row, panes->left, panes->end, 0x2500, style);
        int column = panes->left + 2;
        column = grid_put(drawing->grid, drawing->row, column, panes->end, slice_of(" "), style);
        column = grid_put(drawing->grid, drawing->row, column, panes->end, words, style);
        grid_put(drawing->grid, drawing->row, column, panes->end, slice_of(" "), style);
    }
    drawing->row++;
}

static int64_t day_of(const struct drawing *drawing, const struct entry *entry) {
    int64_t ms = local_ms(drawing, entry);
    return ms >= 0 ? ms / DAY_MS : -1;
}

static void date_rule(struct drawing *drawing, const struct entry *entry) {
    static const char *const days[] = {"Thursday", "Friday",  "Saturday", "Sunday",
                                       "Monday",   "Tuesday", "Wednesday"};
    char memory[DATE_SIZE + 1] = {0}, words[64];
    struct buf date;
    int64_t day = day_of(drawing, entry);
    buf_init(&date, memory, DATE_SIZE);
    date_put(&date, day * DAY_MS);
    int size = snprintf(words, sizeof words, "%s %.10s", days[day < 0 ? 0 : day % 7], memory);
    rule(drawing, (struct slice){words, (size_t)size}, STYLE_QUIET);
}

/* ---- the columns before the text ---- */

static void put_time(struct drawing *drawing, const struct entry *entry) {
    int64_t minutes = local_ms(drawing, entry) / 60000;
    char words[8];
    if (minutes < 0 || entry->time_ms == 0) return;
    int size =
        snprintf(words, sizeof words, "%02d:%02d", (int)(minutes / 60 % 24), (int)(minutes % 60));
    grid_put(drawing->grid, drawing->row, drawing->panes.left, drawing->panes.end,
             (struct slice){words, (size_t)size}, STYLE_QUIET);
}

static void put_name(struct drawing *drawing, struct slice name, unsigned style) {
    const struct panes *panes = &drawing->panes;
    size_t wide = glyph_width(name), room = (size_t)panes->name_width;
    int end = panes->text_left - 1;
    int column = end - (int)(wide < room ? wide : room);
    grid_put_cut(drawing->grid, drawing->row, column, end, name, style);
}

static void put_fences(struct drawing *drawing) {
    const struct panes *panes = &drawing->panes;
    int row = drawing->row;
    grid_style(drawing->grid, row, panes->text_left - 1, panes->text_left, STYLE_FENCE);
    int gap = panes->text_left - panes->name_width - 2;
    grid_style(drawing->grid, row, gap, gap + 1, STYLE_FENCE);
}

static void put_margin(struct drawing *drawing, const struct entry *entry) {
    if (!is_seen(drawing)) return;
    put_time(drawing, entry);
    switch (entry->kind) {
    case ENTRY_SAY:
    case ENTRY_NOTICE:
        put_name(drawing, own_slice(entry->name), layout_name_style(own_slice(entry->name)));
        break;
    case ENTRY_ACTION: put_name(drawing, slice_of("*"), STYLE_ACCENT); break;
    case ENTRY_NEWS: put_name(drawing, slice_of("—"), STYLE_QUIET); break;
    case ENTRY_FAULT: put_name(drawing, slice_of("!"), STYLE_ERROR | STYLE_BOLD); break;
    }
}

/* ---- the text ---- */

static unsigned text_style(const struct entry *entry) {
    if (entry->state == ENTRY_FAILED || entry->kind == ENTRY_FAULT) return STYLE_ERROR;
    if (entry->state == ENTRY_WAITING || entry->removed) return STYLE_QUIET;
    if (entry->kind == ENTRY_NEWS || entry->kind == ENTRY_NOTICE) return STYLE_QUIET;
    return entry->mention ? STYLE_MENTION | STYLE_BOLD : STYLE_TEXT;
}

static struct slice note_of(const struct entry *entry) {
    if (entry->state == ENTRY_WAITING) return slice_of(" …");
    if (entry->state == ENTRY_FAILED) return slice_of(" (not sent)");
    if (entry->edited && !entry->removed) return slice_of(" (edited)");
    return (struct slice){0};
}

static void put_line(struct drawing *drawing, struct slice line, unsigned style, bool last,
                     const struct entry *entry) {
    const struct panes *panes = &drawing->panes;
    struct slice note = last ? note_of(entry) : (struct slice){0};
    int column = panes->text_left + (int)glyph_width(line);
    if (is_seen(drawing)) {
        grid_put(drawing->grid, drawing->row, panes->text_left, panes->end, line, style);
        put_fences(drawing);
    }
    bool fits = column + (int)glyph_width(note) <= panes->end;
    if (note.size > 0 && !fits) {
        drawing->row++;
        column = panes->text_left;
        note = slice_from(note, 1);
    }
    if (is_seen(drawing))
        grid_put(drawing->grid, drawing->row, column, panes->end, note, STYLE_QUIET);
    drawing->row++;
}

static void put_text(struct drawing *drawing, const struct entry *entry) {
    struct slice text = own_slice(entry->text), line;
    if (entry->removed) text = slice_of("(removed)");
    size_t width = (size_t)(drawing->panes.end - drawing->panes.text_left);
    unsigned style = text_style(entry);
    char *whole = NULL;
    if (entry->kind == ENTRY_ACTION) {
        size_t size = own_slice(entry->name).size;
        whole = own_memory(size + text.size + 2);
        memcpy(whole, own_text(entry->name), size);
        whole[size] = ' ';
        if (text.size > 0) memcpy(whole + size + 1, text.at, text.size);
        text = (struct slice){whole, size + 1 + text.size};
    }
    do {
        size_t size = glyph_wrap(text, width, &line);
        text = slice_from(text, size);
        put_line(drawing, line, style, text.size == 0, entry);
    } while (text.size > 0);
    free(whole);
}

/* ---- around the text ---- */

static void put_reply(struct drawing *drawing, const struct entry *entry) {
    struct room *room = (struct room *)(uintptr_t)drawing->room; /* only read */
    const struct panes *panes = &drawing->panes;
    if (is_seen(drawing)) {
        const struct entry *target = room_find_seq(room, entry->reply);
        int column = grid_put(drawing->grid, drawing->row, panes->text_left, panes->end,
                              slice_of("╭ "), STYLE_QUIET);
        struct slice name = target ? own_slice(target->name) : slice_of("an older message");
        column = grid_put_cut(drawing->grid, drawing->row, column, panes->end, name,
                              STYLE_QUIET | STYLE_BOLD);
        struct slice text = own_slice(target ? target->text : NULL);
        column =
            grid_put(drawing->grid, drawing->row, column, panes->end, slice_of(" "), STYLE_FENCE);
        grid_put_cut(drawing->grid, drawing->row, column, panes->end, slice_until(&text, '\n'),
                     STYLE_QUIET);
        put_fences(drawing);
    }
    drawing->row++;
}

static void put_reactions(struct drawing *drawing, const struct entry *entry) {
    int column = drawing->panes.text_left;
    for (size_t i = 0; i < entry->reaction_count && is_seen(drawing); i++) {
        const struct reaction *reaction = &entry->reactions[i];
        unsigned style = reaction->mine ? STYLE_ACCENT | STYLE_BOLD : STYLE_QUIET;
        char count[16];
        int size = snprintf(count, sizeof count, " %u", reaction->count);
        size_t taken, cut = glyph_cut(own_slice(reaction->text), 12, &taken);
        struct slice text = slice_head(own_slice(reaction->text), cut);
        column = grid_put(drawing->grid, drawing->row, column, drawing->panes.end, text, style);
        column = grid_put(drawing->grid, drawing->row, column, drawing->panes.end,
                          (struct slice){count, (size_t)size}, style);
        column = grid_put(drawing->grid, drawing->row, column, drawing->panes.end, slice_of("   "),
                          STYLE_FENCE);
    }
    if (is_seen(drawing)) put_fences(drawing);
    drawing->row++;
}

void entry_rows(struct drawing *drawing, size_t index) {
    const struct room *room = drawing->room;
    const struct entry *entry = &room->entries[index];
    const struct entry *before = index > 0 ? entry - 1 : NULL;
    bool is_new = room->new_from > 0 && entry->place >= room->new_from &&
                  (!before || before->place < room->new_from);
    if (room->kind != ROOM_CONSOLE && entry->time_ms > 0 &&
        (!before || day_of(drawing, before) != day_of(drawing, entry)))
        date_rule(drawing, entry);
    if (is_new) rule(drawing, slice_of("new"), STYLE_MENTION);
    int begin = drawing->row;
    if (entry->reply > 0 && entry->kind <= ENTRY_NOTICE && room->kind != ROOM_FOUND)
        put_reply(drawing, entry);
    put_margin(drawing, entry);
    put_text(drawing, entry);
    if (entry->reaction_count > 0) put_reactions(drawing, entry);
    if (room->selected != entry->id) return;
    for (int row = begin; row < drawing->row && drawing->grid; row++)
        if (row >= drawing->panes.top && row < drawing->panes.bottom)
            grid_style(drawing->grid, row, drawing->panes.left, drawing->panes.end, STYLE_REVERSE);
}
