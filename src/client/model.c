/* model.c: rooms, and what happens by itself. */
#include "client/model.h"

#include <stdlib.h>
#include <unicode/uchar.h>

#include "base/buf.h"
#include "base/check.h"
#include "base/secret.h"
#include "base/utf8.h"
#include "client/speak.h"

struct model *model_new(struct slice name, uint64_t run) {
    struct model *model = own_memory(sizeof *model);
    model->run = run;
    model->last = &model->first;
    model->rows = 24;
    model->columns = 80;
    model->focused = true;
    own_set(&model->name, name);
    model_add(model, ROOM_CONSOLE, 0, slice_of("parlance"));
    return model;
}

void model_free(struct model *model) {
    for (size_t i = 0; i < model->room_count; i++)
        room_close(model->rooms[i]);
    for (size_t i = 0; i < model->wanted_count; i++)
        free(model->wanted_rooms[i]);
    model_forget_outgoing(model);
    complete_end(&model->completion);
    edit_deinit(&model->edit);
    outbox_deinit(&model->outbox);
    if (model->password) secret_wipe(model->password, strlen(model->password));
    free(model->password);
    free(model->name);
    free(model->account);
    free(model->token);
    free(model->invitation);
    free(model->server_name);
    free(model->closed_why);
    free(model->prompt_words);
    free(model);
}

char *model_take(struct model *model) {
    struct outgoing *first = model->first;
    if (!first) return NULL;
    char *text = first->text;
    model->first = first->next;
    if (!model->first) model->last = &model->first;
    free(first);
    return text;
}

void model_forget_outgoing(struct model *model) {
    for (char *text; (text = model_take(model)) != NULL;)
        free(text);
}

/* ---- rooms ---- */

struct room *model_room(const struct model *model) {
    return model->rooms[model->current];
}

struct room *model_find(const struct model *model, uint64_t number) {
    for (size_t i = 0; number > 0 && i < model->room_count; i++)
        if (model->rooms[i]->number == number) return model->rooms[i];
    return NULL;
}

struct room *model_find_name(const struct model *model, enum room_kind kind, struct slice name) {
    for (size_t i = 0; i < model->room_count; i++)
        if (model->rooms[i]->kind == kind && slice_equal(own_slice(model->rooms[i]->name), name))
            return model->rooms[i];
    return NULL;
}

/* The console, rooms, pairs, what was found; among its kind the latest is last. */
struct room *model_add(struct model *model, enum room_kind kind, uint64_t number,
                       struct slice name) {
    if (model->room_count == CLIENT_ROOMS_MAX) return NULL;
    size_t at = model->room_count;
    while (at > 0 && model->rooms[at - 1]->kind > kind)
        at--;
    memmove(&model->rooms[at + 1], &model->rooms[at],
            (model->room_count - at) * sizeof model->rooms[0]);
    if (model->room_count > 0 && model->current >= at) model->current++;
    if (model->room_count > 0 && model->previous >= at) model->previous++;
    model->room_count++;
    model->rooms[at] = room_open(kind, name);
    model->rooms[at]->number = number;
    return model->rooms[at];
}

void model_remove(struct model *model, struct room *room) {
    size_t at = 0;
    while (model->rooms[at] != room)
        at++;
    check(at > 0);
    bool looked_at = model->current == at;
    if (looked_at) model_switch(model, model->previous != at ? model->previous : 0);
    room_close(room);
    model->room_count--;
    memmove(&model->rooms[at], &model->rooms[at + 1],
            (model->room_count - at) * sizeof model->rooms[0]);
    if (model->current > at) model->current--;
    if (model->previous > at) model->previous--;
    if (model->previous >= model->room_count) model->previous = 0;
    if (looked_at && model->current == 0 && model->room_count > 1) model_switch(model, 1);
}

static void leave_line(struct model *model) {
    struct room *room = model_room(model);
    complete_end(&model->completion);
    if (model->prompt == PROMPT_NOTHING && !model->editing)
        own_set(&room->draft, edit_slice(&model->edit));
    model->editing = model->replying = 0;
}

void model_switch(struct model *model, size_t index) {
    check(index < model->room_count);
    if (index == model->current) return;
    leave_line(model);
    model_room(model)->new_from = 0;
    model_room(model)->selected = 0;
    model->previous = model->current;
    model->current = index;
    struct room *room = model_room(model);
    if (room->unread > 0 && room->new_from == 0) room->new_from = room->read + 1;
    if (model->prompt == PROMPT_NOTHING) {
        edit_clear(&model->edit);
        edit_set(&model->edit, own_slice(room->draft));
    }
    if (room->kind == ROOM_PAIR && room->entry_count == 0 && room->number > 0)
        speak_history(model, room, ASKING_LATEST, 0);
    model_seen(model);
}

void model_show(struct model *model, const struct room *room) {
    for (size_t i = 0; i < model->room_count; i++)
        if (model->rooms[i] == room) model_switch(model, i);
}

struct entry *model_tell(struct model *model, struct room *room, enum entry_kind kind,
                         const char *const *parts) {
    if (!room) room = model_room(model);
    char memory[8192];
    struct buf text;
    buf_init(&text, memory, sizeof memory);
    for (; *parts; parts++)
        buf_text(&text, *parts);
    struct entry entry = {
        .id = ++model->next_entry, .place = room->seq, .kind = kind, .time_ms = model->now_ms};
    own_set(&entry.text, slice_head(buf_slice(&text), utf8_cut(buf_slice(&text), text.size)));
    return room_put(room, &entry);
}

void model_rename(struct model *model, struct slice name) {
    if (slice_equal(own_slice(model->name), name)) return;
    own_set(&model->name, name);
    model->identity_changes++;
}

/* ---- saying ---- */

static char *client_id(struct model *model) {
    char memory[64];
    struct buf id;
    buf_init(&id, memory, sizeof memory);
    buf_text(&id, "p");
    buf_hex(&id, model->run, 16);
    buf_byte(&id, '-');
    buf_number(&id, ++model->next_client_id);
    return own_new(buf_slice(&id));
}

void model_say(struct model *model, struct room *room, struct slice text, enum entry_kind kind) {
    if (room->kind != ROOM_NAMED && room->kind != ROOM_PAIR) {
        MODEL_FAULT(model, room, "nobody is here: go into a room with /join ROOM");
        return;
    }
    struct post post = {.kind = kind, .room = room->number, .reply = model->replying};
    if (room->kind == ROOM_PAIR) own_set(&post.to, own_slice(room->name));
    own_set(&post.text, text);
    post.client_id = client_id(model);
    struct entry entry = {.id = ++model->next_entry,
                          .place = UINT64_MAX,
                          .kind = kind,
                          .state = ENTRY_WAITING,
                          .time_ms = model->now_ms,
                          .author = model->me,
                          .reply = model->replying,
                          .mine = true,
                          .name = own_new(own_slice(model->name)),
                          .text = own_new(text),
                          .client_id = own_new(slice_text(post.client_id))};
    if (outbox_put(&model->outbox, &post)) {
        room_put(room, &entry);
        model_to_end(model, room);
    } else {
        entry_deinit(&entry);
        free(post.to);
        free(post.text);
        free(post.client_id);
        MODEL_FAULT(model, room, "too much is waiting to be sent; this was not taken");
    }
    model->replying = 0;
    if (model->typing_told) model->typing_told = false;
    speak_posts(model);
}

/* ---- reading ---- */

void model_seen(struct model *model) {
    struct room *room = model_room(model);
    if (!model->focused || room->anchor != 0 || room->tail_missing || model->plain) return;
    if (room->kind != ROOM_NAMED && room->kind != ROOM_PAIR) {
        room->unread = 0;
        return;
    }
    if (room->seq > room->read) room->read = room->seq;
    room->unread = room->mentions = 0;
}

void model_to_end(struct model *model, struct room *room) {
    room->anchor = 0;
    room->anchor_rows = 0;
    room->selected = 0;
    if (room->tail_missing && model->link == LINK_UP) {
        for (size_t i = room->entry_count; i > 0; i--)
            if (room->entries[i - 1].state == ENTRY_STORED) room_drop(room, i - 1);
        room->tail_missing = false;
        speak_history(model, room, ASKING_LATEST, 0);
    }
    model_seen(model);
}

void model_jump(struct model *model, struct room *room, uint64_t seq) {
    model_show(model, room);
    struct entry *entry = room_find_seq(room, seq);
    if (entry) {
        room->anchor = room->selected = entry->id;
        room->anchor_rows = 0;
    } else {
        speak_history(model, room, ASKING_AROUND, seq);
    }
}

static uint32_t folded(struct slice *text) {
    return (uint32_t)u_foldCase((UChar32)utf8_take(text), U_FOLD_CASE_DEFAULT);
}

/* Where `text` begins with the name in any case; what is behind it. */
static bool starts_with_name(struct slice text, struct slice name, struct slice *rest) {
    while (name.size > 0) {
        if (text.size == 0 || folded(&text) != folded(&name)) return false;
    }
    *rest = text;
    return true;
}

bool model_mentions(const struct model *model, struct slice text) {
    struct slice name = own_slice(model->name), behind;
    bool begins = true;
    while (name.size > 0 && text.size > 0) {
        if (begins && starts_with_name(text, name, &behind)) {
            struct slice next = behind;
            if (behind.size == 0 || !u_isalnum((UChar32)utf8_take(&next))) return true;
        }
        begins = !u_isalnum((UChar32)utf8_take(&text));
    }
    return false;
}

/* ---- time and connection ---- */

const struct asked *model_asked(const struct model *model, uint64_t ref) {
    for (size_t i = 0; ref > 0 && i < ASKED_MAX; i++)
        if (model->asked[i].ref == ref) return &model->asked[i];
    return NULL;
}

void model_link(struct model *model, enum link link) {
    if (link == model->link) return;
    bool lost = link == LINK_DOWN && model->link == LINK_UP;
    model->link = link;
    if (link == LINK_UP) return;
    model_forget_outgoing(model);
    outbox_recall(&model->outbox);
    memset(model->asked, 0, sizeof model->asked);
    model->wanted = 0;
    for (size_t i = 0; i < model->room_count; i++) {
        struct room *room = model->rooms[i];
        room->entered = false;
        room->asking = ASKING_NOTHING;
        for (size_t t = 0; t < sizeof room->typing / sizeof *room->typing; t++)
            own_set(&room->typing[t], (struct slice){0});
    }
    if (lost && !model->quit)
        MODEL_NEWS(model, model->rooms[0], "The connection was lost", model->closed_why ? ": " : "",
                   own_text(model->closed_why));
}

static void stop_typing(struct model *model, struct room *room) {
    for (size_t i = 0; i < sizeof room->typing / sizeof *room->typing; i++)
        if (room->typing[i] && room->typing_until_ms[i] < model->now_ms)
            own_set(&room->typing[i], (struct slice){0});
}

void model_tick(struct model *model, int64_t now_ms) {
    model->now_ms = now_ms;
    for (size_t i = 0; i < model->room_count; i++)
        stop_typing(model, model->rooms[i]);
    if (model->link != LINK_UP) return;
    if (now_ms - model->read_told_ms >= READ_MS || now_ms < model->read_told_ms) {
        for (size_t i = 0; i < model->room_count; i++) {
            struct room *room = model->rooms[i];
            if (room->number == 0 || room->read <= room->read_told) continue;
            speak_read(model, room);
            model->read_told_ms = now_ms;
        }
    }
    if (model->typing_told && model->edit.size == 0) {
        speak_typing(model, model_room(model), "done");
        model->typing_told = false;
    }
    speak_posts(model);
}

void model_resize(struct model *model, int rows, int columns) {
    model->rows = rows > 0 ? rows : 1;
    model->columns = columns > 0 ? columns : 1;
}
