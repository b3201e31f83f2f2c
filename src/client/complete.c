/* complete.c: candidates, and going through them. */
#include "client/complete.h"

#include <stdlib.h>
#include <unicode/uchar.h>

#include "base/utf8.h"
#include "client/command.h"
#include "client/emoji.h"

void complete_end(struct completion *completion) {
    for (size_t i = 0; i < completion->count; i++)
        free(completion->texts[i]);
    completion->count = completion->at = 0;
}

static void add(struct completion *completion, const char *before, struct slice text,
                const char *after) {
    if (completion->count == COMPLETIONS_MAX || text.size > 256) return;
    char memory[512];
    struct buf whole;
    buf_init(&whole, memory, sizeof memory);
    buf_text(&whole, before);
    buf_put(&whole, text);
    buf_text(&whole, after);
    for (size_t i = 0; i < completion->count; i++)
        if (slice_equal(slice_text(completion->texts[i]), buf_slice(&whole))) return;
    completion->texts[completion->count++] = own_new(buf_slice(&whole));
}

/* `text` begins with `start` in any case. */
static bool begins(struct slice text, struct slice start) {
    while (start.size > 0) {
        if (text.size == 0) return false;
        UChar32 a = (UChar32)utf8_take(&text), b = (UChar32)utf8_take(&start);
        if (u_foldCase(a, U_FOLD_CASE_DEFAULT) != u_foldCase(b, U_FOLD_CASE_DEFAULT)) return false;
    }
    return true;
}

static void find_commands(struct completion *completion, struct slice word) {
    size_t count;
    const struct command *all = command_all(&count);
    for (size_t i = 0; i < count; i++)
        if (begins(slice_text(all[i].name), slice_from(word, 1)))
            add(completion, "/", slice_text(all[i].name), "");
}

static void find_emoji(struct completion *completion, struct slice word) {
    size_t count;
    const struct emoji *all = emoji_all(&count);
    for (size_t i = 0; i < count; i++)
        if (begins(slice_text(all[i].name), slice_from(word, 1)))
            add(completion, "", slice_text(all[i].text), "");
}

static void find_rooms(struct completion *completion, const struct model *model, struct slice word,
                       const char *before) {
    for (size_t i = 0; i < model->room_count; i++)
        if (model->rooms[i]->kind == ROOM_NAMED && begins(own_slice(model->rooms[i]->name), word))
            add(completion, before, own_slice(model->rooms[i]->name), "");
}

/* Who spoke last first, then everybody else who is here. */
static void find_names(struct completion *completion, struct model *model, struct slice word,
                       const char *before, const char *after) {
    struct room *room = model_room(model);
    for (size_t i = room->entry_count; i > 0; i--) {
        const struct entry *entry = &room->entries[i - 1];
        struct slice name = own_slice(entry->name);
        if (!name.size || entry->mine || !begins(name, word)) continue;
        add(completion, before, name, after);
    }
    for (size_t i = 0; i < room->member_count; i++) {
        struct slice name = own_slice(room->members[i].name);
        bool me = slice_equal(name, own_slice(model->name));
        if (!me && begins(name, word)) add(completion, before, name, after);
    }
    if (room->kind == ROOM_PAIR && begins(own_slice(room->name), word))
        add(completion, before, own_slice(room->name), after);
}

/* The command that the line begins with takes a room's name. */
static bool wants_room(struct slice line) {
    static const char *const words[] = {"/join ", "/leave ", "/room "};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (slice_starts(line, slice_text(words[i]))) return true;
    return false;
}

static void find(struct model *model) {
    struct completion *completion = &model->completion;
    struct edit *edit = &model->edit;
    size_t from = edit->cursor;
    while (from > 0 && edit->text[from - 1] != ' ' && edit->text[from - 1] != '\n')
        from--;
    struct slice line = edit_slice(edit), word = {edit->text + from, edit->cursor - from};
    completion->from = from;
    completion->to = edit->cursor;
    bool command = slice_starts(line, slice_of("/")) && !slice_starts(line, slice_of("//"));
    if (from == 0 && command)
        find_commands(completion, word);
    else if (slice_starts(word, slice_of(":")) && word.size > 1)
        find_emoji(completion, word);
    else if (slice_starts(word, slice_of("#")))
        find_rooms(completion, model, slice_from(word, 1), "#");
    else if (command && wants_room(line))
        find_rooms(completion, model, word, "");
    else if (slice_starts(word, slice_of("@")))
        find_names(completion, model, slice_from(word, 1), "@", "");
    else if (word.size > 0)
        find_names(completion, model, word, "", from == 0 ? ":" : "");
}

void complete_step(struct model *model, bool back) {
    bool first = model->completion.count == 0;
    if (first) find(model);
    struct completion *completion = &model->completion;
    if (completion->count == 0) return;
    if (first)
        completion->at = back ? completion->count - 1 : 0;
    else
        completion->at = (completion->at + (back ? completion->count - 1 : 1)) % completion->count;
    char memory[520];
    struct buf text;
    buf_init(&text, memory, sizeof memory);
    buf_text(&text, completion->texts[completion->at]);
    buf_byte(&text, ' ');
    edit_replace(&model->edit, completion->from, completion->to, buf_slice(&text));
    completion->to = completion->from + text.size;
    if (completion->count == 1) complete_end(completion);
}
