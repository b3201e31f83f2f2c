/* speak.c: commands. */
#include "client/speak.h"

#include <stdlib.h>

#include "base/check.h"
#include "base/secret.h"

struct slice said_text(const json_t *object, const char *key) {
    const json_t *value = json_object_get(object, key);
    if (!json_is_string(value)) return (struct slice){0};
    return (struct slice){json_string_value(value), json_string_length(value)};
}

uint64_t said_number(const json_t *object, const char *key) {
    json_int_t number = json_integer_value(json_object_get(object, key));
    return number > 0 ? (uint64_t)number : 0;
}

bool said_true(const json_t *object, const char *key) {
    return json_is_true(json_object_get(object, key));
}

/* What was typed or came as JSON is UTF-8, so that there is always a value. */
json_t *text_value(struct slice text) {
    json_t *value = json_stringn(text.size ? text.at : "", text.size);
    check(value != NULL);
    return value;
}

static void put_text(json_t *object, const char *key, struct slice text) {
    json_object_set_new(object, key, text_value(text));
}

static void put_number(json_t *object, const char *key, uint64_t number) {
    json_object_set_new(object, key, json_integer((json_int_t)number));
}

json_t *post_object(const struct post *post) {
    json_t *object = json_object();
    put_text(object, "type", slice_of("send"));
    if (post->to)
        put_text(object, "to", slice_text(post->to));
    else
        put_number(object, "room", post->room);
    put_text(object, "text", own_slice(post->text));
    if (post->kind == ENTRY_ACTION) put_text(object, "kind", slice_of("action"));
    if (post->kind == ENTRY_NOTICE) put_text(object, "kind", slice_of("notice"));
    if (post->reply) put_number(object, "reply", post->reply);
    put_text(object, "client_id", own_slice(post->client_id));
    return object;
}

static uint16_t next_ref(struct model *model) {
    model->ref = model->ref == UINT16_MAX ? 1 : (uint16_t)(model->ref + 1);
    return model->ref;
}

json_t *speak_about(struct model *model, const char *type) {
    json_t *command = json_object();
    uint16_t ref = next_ref(model);
    put_text(command, "type", slice_text(type));
    put_number(command, "ref", ref);
    struct asked *asked = &model->asked[model->asked_at++ % ASKED_MAX];
    *asked = (struct asked){.ref = ref};
    size_t size = strnlen(type, sizeof asked->type - 1);
    memcpy(asked->type, type, size);
    return command;
}

json_t *speak_in(struct model *model, const char *type, const struct room *room) {
    json_t *command = speak_about(model, type);
    model->asked[(model->asked_at - 1) % ASKED_MAX].room = room->number;
    if (room->number > 0)
        put_number(command, "room", room->number);
    else
        put_text(command, room->kind == ROOM_PAIR ? "to" : "room", own_slice(room->name));
    return command;
}

void speak(struct model *model, json_t *command) {
    struct outgoing *outgoing = own_memory(sizeof *outgoing);
    outgoing->text = json_dumps(command, JSON_COMPACT);
    check(outgoing->text != NULL);
    json_decref(command);
    *model->last = outgoing;
    model->last = &outgoing->next;
}

/* ---- coming in ---- */

static void put_rooms(const struct model *model, json_t *hello) {
    json_t *rooms = json_array();
    for (size_t i = 0; i < model->room_count && model->was_here; i++) {
        const struct room *room = model->rooms[i];
        if (room->kind != ROOM_NAMED || room->number == 0 || json_array_size(rooms) == 100)
            continue;
        json_t *row = json_object();
        put_number(row, "room", room->number);
        if (room->epoch[0]) {
            put_text(row, "epoch", slice_text(room->epoch));
            put_number(row, "seq", room->seq);
        }
        json_array_append_new(rooms, row);
    }
    for (size_t i = 0; i < model->wanted_count && !model->was_here; i++) {
        json_t *row = json_object();
        put_text(row, "room", slice_text(model->wanted_rooms[i]));
        json_array_append_new(rooms, row);
    }
    if (json_array_size(rooms) > 0)
        json_object_set_new(hello, "rooms", rooms);
    else
        json_decref(rooms);
}

void speak_hello(struct model *model) {
    json_t *hello = speak_about(model, "hello");
    put_text(hello, "name", own_slice(model->account ? model->account : model->name));
    if (model->password) {
        put_text(hello, "password", slice_text(model->password));
        if (model->wants_new_account) json_object_set_new(hello, "register", json_true());
        json_object_set_new(hello, "keep", json_true());
        secret_wipe(model->password, strlen(model->password));
        own_set(&model->password, (struct slice){0});
    } else if (model->token) {
        put_text(hello, "token", slice_text(model->token));
    }
    if (model->invitation && !model->was_here)
        put_text(hello, "invite", slice_text(model->invitation));
    put_rooms(model, hello);
    speak(model, hello);
}

void speak_history(struct model *model, struct room *room, enum asking asking, uint64_t seq) {
    if (room->asking != ASKING_NOTHING || model->link != LINK_UP || model->without_history) return;
    static const char *const words[] = {
        [ASKING_BEFORE] = "before", [ASKING_AFTER] = "after", [ASKING_AROUND] = "around"};
    check(asking > ASKING_NOTHING && asking < ASKING_MISSED);
    json_t *command = speak_in(model, "history", room);
    if (asking > ASKING_LATEST) put_number(command, words[asking], seq);
    put_number(command, "count", PAGE_COUNT);
    room->asking = asking;
    speak(model, command);
}

void speak_read(struct model *model, struct room *room) {
    if (model->link != LINK_UP || model->without_history) return;
    json_t *command = speak_in(model, "read", room);
    put_number(command, "seq", room->read);
    room->read_told = room->read;
    speak(model, command);
}

void speak_typing(struct model *model, const struct room *room, const char *state) {
    if (model->link != LINK_UP || model->without_history) return;
    if (room->kind != ROOM_NAMED && room->kind != ROOM_PAIR) return;
    json_t *command = speak_in(model, "typing", room);
    put_text(command, "state", slice_text(state));
    speak(model, command);
}

void speak_posts(struct model *model) {
    size_t in_flight = 0;
    for (size_t i = 0; i < model->outbox.count && in_flight < OUTBOX_IN_FLIGHT; i++) {
        struct post *post = &model->outbox.posts[i];
        if (model->link != LINK_UP) return;
        in_flight++;
        if (post->ref > 0) continue;
        if (post->not_before_ms > model->now_ms) return; /* the others behind it wait, too */
        json_t *command = post_object(post);
        post->ref = next_ref(model);
        put_number(command, "ref", post->ref);
        speak(model, command);
    }
}
