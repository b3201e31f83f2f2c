/* hear_people.c: who comes and goes. Such things are live only: nobody's history has them. */
#include "client/hear.h"
#include "client/speak.h"

#include <stdlib.h>

static void news(struct model *model, struct room *room, struct slice who, const char *what,
                 struct slice more) {
    char *name = own_new(who), *words = own_new(slice_head(more, 1024));
    MODEL_NEWS(model, room, name, what, words);
    free(name);
    free(words);
}

static void hear_joined(struct model *model, const json_t *message) {
    struct room *room = hear_room(model, message);
    const json_t *who = json_object_get(message, "who");
    struct slice name = hear_name(message, "who");
    if (!room || room_member(room, name)) return;
    struct member *member = room_member_add(room, name);
    if (member) {
        own_set(&member->account, said_text(who, "account"));
        member->bot = said_true(who, "bot");
    }
    room_members_sort(room);
    news(model, room, name, " came in", (struct slice){0});
}

static void leave_one(struct model *model, struct room *room, const json_t *message) {
    struct slice name = hear_name(message, "who"), text = said_text(message, "text");
    room_member_drop(room, name);
    room_typing(room, name, 0);
    news(model, room, name, text.size ? " left: " : " left", text);
}

/* Without a room she left the server. */
static void hear_left(struct model *model, const json_t *message) {
    struct room *room = hear_room(model, message);
    if (room) leave_one(model, room, message);
    for (size_t i = 0; i < model->room_count && !json_object_get(message, "room"); i++)
        if (room_member(model->rooms[i], hear_name(message, "who")))
            leave_one(model, model->rooms[i], message);
}

/* Everywhere where she is. */
static void hear_renamed(struct model *model, const json_t *message) {
    struct slice name = hear_name(message, "who"), old = said_text(message, "old");
    char *was = own_new(old);
    bool mine = said_number(json_object_get(message, "who"), "id") == model->me;
    if (mine) model_rename(model, name);
    for (size_t i = 0; i < model->room_count; i++) {
        struct room *room = model->rooms[i];
        struct member *member = room_member(room, old);
        bool pair = room->kind == ROOM_PAIR && slice_equal(own_slice(room->name), old);
        if (pair) own_set(&room->name, name);
        if (member) own_set(&member->name, name);
        if (member) room_members_sort(room);
        if (member || pair) news(model, room, slice_text(was), " is now called ", name);
    }
    free(was);
}

static void hear_person(struct model *model, const json_t *message) {
    struct slice name = hear_name(message, "who");
    const json_t *away = json_object_get(message, "away");
    const json_t *who = json_object_get(message, "who");
    for (size_t i = 0; i < model->room_count; i++) {
        struct member *member = room_member(model->rooms[i], name);
        if (member && away) member->away = json_is_string(away);
        if (member && json_object_get(who, "account"))
            own_set(&member->account, said_text(who, "account"));
    }
}

static void hear_typing(struct model *model, const json_t *message) {
    struct room *room = hear_room(model, message);
    bool active = slice_equal(said_text(message, "state"), slice_of("active"));
    struct slice name = hear_name(message, "who");
    if (!room || slice_equal(name, own_slice(model->name))) return;
    room_typing(room, name, active ? model->now_ms + TYPING_MS : 0);
}

static void hear_deleted(struct model *model, const json_t *message) {
    struct room *room = hear_room(model, message);
    if (!room || room->kind != ROOM_NAMED) return;
    news(model, model->rooms[0], own_slice(room->name), " was deleted", (struct slice){0});
    model_remove(model, room);
}

static void hear_exited(struct model *model, const json_t *message) {
    struct room *room = hear_room(model, message);
    struct slice why = said_text(message, "why"), from = hear_name(message, "from");
    if (!room || room->kind != ROOM_NAMED) return;
    bool forced = !slice_equal(why, slice_of("left")) && !slice_equal(why, slice_of("deleted"));
    char *name = own_new(own_slice(room->name)), *who = own_new(from);
    char *text = own_new(slice_head(said_text(message, "text"), 400));
    model_remove(model, room);
    if (forced && why.size > 0)
        MODEL_FAULT(model, NULL, "You were put out of ", name, *who ? " by " : "", who,
                    *text ? ": " : "", text);
    free(name);
    free(who);
    free(text);
}

static void hear_read(struct model *model, const json_t *message) {
    struct room *room = hear_room(model, message);
    uint64_t seq = said_number(message, "seq");
    if (!room || seq < room->read) return;
    room->read = seq;
    if (seq > room->read_told) room->read_told = seq;
    if (seq >= room->seq) room->unread = room->mentions = 0;
}

static void hear_invited(struct model *model, const json_t *message) {
    const json_t *facts = json_object_get(message, "room");
    struct slice room =
        json_is_object(facts) ? said_text(facts, "name") : said_text(message, "name");
    news(model, NULL, hear_name(message, "from"), " invites you: /join ", room);
    model->bell = true;
}

static void hear_notice(struct model *model, const json_t *message) {
    news(model, NULL, slice_of("Server"), ": ", said_text(message, "text"));
}

static const struct {
    const char *type;
    void (*hear)(struct model *model, const json_t *message);
} hears[] = {
    {"joined", hear_joined}, {"left", hear_left},     {"renamed", hear_renamed},
    {"person", hear_person}, {"typing", hear_typing}, {"deleted", hear_deleted},
    {"exited", hear_exited}, {"read", hear_read},     {"invited", hear_invited},
    {"notice", hear_notice},
};

bool hear_people(struct model *model, const json_t *message) {
    struct slice type = said_text(message, "type");
    for (size_t i = 0; i < sizeof hears / sizeof *hears; i++) {
        if (!slice_equal(slice_text(hears[i].type), type)) continue;
        hears[i].hear(model, message);
        return true;
    }
    return false;
}
