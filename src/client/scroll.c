/* scroll.c: the anchor, and pages at both ends. */
#include "client/scroll.h"

#include "client/layout.h"
#include "client/speak.h"

static int view_rows(const struct model *model) {
    struct panes panes = layout_panes(model);
    return panes.bottom > panes.top ? panes.bottom - panes.top : 1;
}

static bool has_history(const struct room *room) {
    return (room->kind == ROOM_NAMED || room->kind == ROOM_PAIR) && room->number > 0;
}

static uint64_t first_seq(const struct room *room) {
    for (size_t i = 0; i < room->entry_count; i++)
        if (room->entries[i].seq > 0) return room->entries[i].seq;
    return 0;
}

static uint64_t last_seq(const struct room *room) {
    for (size_t i = room->entry_count; i > 0; i--)
        if (room->entries[i - 1].seq > 0) return room->entries[i - 1].seq;
    return 0;
}

/* The entry at the view's end, and its rows below it. */
static size_t bottom_of(const struct room *room, int *hidden) {
    size_t index = room->anchor ? room_index_of(room, room->anchor) : room->entry_count;
    *hidden = index < room->entry_count ? (int)room->anchor_rows : 0;
    return index < room->entry_count ? index : room->entry_count - 1;
}

/* Rows from the room's begin to there, counted no further than `enough`. */
static int rows_above(const struct model *model, const struct room *room, size_t index, int hidden,
                      int enough) {
    int rows = -hidden;
    for (size_t i = index + 1; i > 0 && rows < enough; i--)
        rows += layout_height(model, room, i - 1);
    return rows;
}

void scroll_fill(struct model *model) {
    struct room *room = model_room(model);
    if (!has_history(room) || room->at_start || room->asking || room->entry_count == 0) return;
    int hidden, view = view_rows(model);
    size_t index = bottom_of(room, &hidden);
    uint64_t seq = first_seq(room);
    if (seq > 1 && rows_above(model, room, index, hidden, 2 * view) < 2 * view)
        speak_history(model, room, ASKING_BEFORE, seq);
}

static void scroll_up(struct model *model, struct room *room, int rows) {
    int hidden, view = view_rows(model);
    size_t index = bottom_of(room, &hidden);
    int above = rows_above(model, room, index, hidden, view + rows);
    if (above - rows < view) rows = above - view;
    if (rows <= 0) return;
    hidden += rows;
    for (int height; index > 0 && hidden >= (height = layout_height(model, room, index)); index--)
        hidden -= height;
    room->anchor = room->entries[index].id;
    room->anchor_rows = (size_t)hidden;
}

static void scroll_down(struct model *model, struct room *room, int rows) {
    int hidden;
    size_t index = bottom_of(room, &hidden);
    hidden -= rows;
    while (hidden < 0 && index + 1 < room->entry_count)
        hidden += layout_height(model, room, ++index);
    if (hidden > 0 || (index + 1 < room->entry_count && hidden == 0)) {
        room->anchor = room->entries[index].id;
        room->anchor_rows = (size_t)hidden;
    } else if (room->tail_missing) {
        room->anchor = room->entries[index].id;
        room->anchor_rows = 0;
        speak_history(model, room, ASKING_AFTER, last_seq(room));
    } else {
        model_to_end(model, room);
    }
}

void scroll_by(struct model *model, int rows) {
    struct room *room = model_room(model);
    if (room->entry_count == 0) return;
    if (rows > 0)
        scroll_up(model, room, rows);
    else
        scroll_down(model, room, -rows);
    scroll_fill(model);
}

void scroll_to_start(struct model *model) {
    struct room *room = model_room(model);
    if (room->entry_count == 0) return;
    int rows = 0;
    for (size_t i = 0; i < room->entry_count; i++)
        rows += layout_height(model, room, i);
    scroll_by(model, rows);
}

static bool is_selectable(const struct entry *entry) {
    return entry->kind <= ENTRY_NOTICE && entry->state == ENTRY_STORED && !entry->removed;
}

/* The selected one is seen: the view ends with it where it is above or below. */
static void show_selected(struct model *model, struct room *room, size_t index) {
    int hidden, view = view_rows(model);
    size_t bottom = bottom_of(room, &hidden);
    int rows = 0;
    for (size_t i = index; i <= bottom && rows <= view; i++)
        rows += layout_height(model, room, i);
    if (index <= bottom && rows - hidden <= view) return;
    room->anchor = room->entries[index].id;
    room->anchor_rows = 0;
}

void scroll_select(struct model *model, bool up) {
    struct room *room = model_room(model);
    if (room->entry_count == 0) return;
    int hidden;
    size_t index = room->selected ? room_index_of(room, room->selected) : room->entry_count;
    if (index >= room->entry_count) index = bottom_of(room, &hidden) + 1;
    for (;;) {
        if (up ? index == 0 : index + 1 >= room->entry_count) break;
        index = up ? index - 1 : index + 1;
        if (!is_selectable(&room->entries[index])) continue;
        room->selected = room->entries[index].id;
        show_selected(model, room, index);
        scroll_fill(model);
        return;
    }
    if (!up) room->selected = 0;
}
