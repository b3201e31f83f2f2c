/* hear.c: coming in, pages, acknowledgements; and who hears the rest. */
#include "client/hear.h"

#include <stdio.h>
#include <stdlib.h>

#include "client/speak.h"

struct room *hear_room(const struct model *model, const json_t *message) {
    return model_find(model, said_number(message, "room"));
}

/* ---- coming in ---- */

static void hear_server(struct model *model, const json_t *message) {
    own_set(&model->server_name, said_text(message, "name"));
    struct slice motd = said_text(message, "motd");
    if (!model->was_here && !model->plain) {
        MODEL_NEWS(model, model->rooms[0], "This is ", own_text(model->server_name), ".");
        while (motd.size > 0) {
            char *line = own_new(slice_until(&motd, '\n'));
            MODEL_NEWS(model, model->rooms[0], line);
            free(line);
        }
    }
    model_link(model, LINK_GREETING);
    if (model->prompt == PROMPT_NAME || model->prompt == PROMPT_PASSWORD)
        return; /* she is still typing it */
    if (model->wants_account && !model->password && !(model->token && model->account)) {
        model->prompt = PROMPT_PASSWORD;
        own_set(&model->prompt_words, own_slice(model->name));
    } else {
        speak_hello(model);
    }
}

/* A `$` server is told one room at a time, by its id, which stands as the topic. */
static void enter_again(struct model *model) {
    for (size_t i = 0; i < model->room_count; i++) {
        const struct room *room = model->rooms[i];
        if (room->kind != ROOM_NAMED || room->number <= 1) continue; /* 1: one's own */
        json_t *join = speak_about(model, "join");
        json_object_set_new(join, "room", text_value(own_slice(room->topic)));
        speak(model, join);
    }
    for (size_t i = 0; i < model->wanted_count && !model->was_here; i++) {
        json_t *join = speak_about(model, "join");
        json_object_set_new(join, "room", text_value(slice_text(model->wanted_rooms[i])));
        speak(model, join);
    }
}

static void hear_welcome(struct model *model, const json_t *message) {
    const json_t *user = json_object_get(message, "user");
    struct slice account = said_text(user, "account"), token = said_text(message, "token");
    bool other = !slice_equal(account, own_slice(model->account)) || token.size > 0;
    model->me = said_number(user, "id");
    model_rename(model, said_text(user, "name"));
    own_set(&model->account, account);
    if (token.size > 0) own_set(&model->token, token);
    if (other) model->identity_changes++;
    if (model->without_history) enter_again(model);
    model->was_here = true;
    model->wants_account = model->wants_new_account = false;
    own_set(&model->closed_why, (struct slice){0});
    model_link(model, LINK_UP);
    speak_posts(model);
}

/* What a post that was typed before is shown as, in the room that it is for. */
static void show_waiting(struct model *model, struct room *room) {
    for (size_t i = 0; i < model->outbox.count; i++) {
        const struct post *post = &model->outbox.posts[i];
        bool here = room->number > 0 && post->room == room->number;
        if (room->kind == ROOM_PAIR && post->to)
            here |= slice_equal(slice_text(post->to), own_slice(room->name));
        if (!here || room_find_waiting(room, own_slice(post->client_id))) continue;
        struct entry entry = {.id = ++model->next_entry,
                              .place = UINT64_MAX,
                              .kind = post->kind,
                              .state = ENTRY_WAITING,
                              .time_ms = model->now_ms,
                              .author = model->me,
                              .reply = post->reply,
                              .mine = true,
                              .name = own_new(own_slice(model->name)),
                              .text = own_new(own_slice(post->text)),
                              .client_id = own_new(own_slice(post->client_id))};
        room_put(room, &entry);
    }
}

/* A cursor of another epoch is worth nothing: what is known may never have been. */
static void take_epoch(struct model *model, struct room *room, const json_t *facts) {
    struct slice epoch = said_text(facts, "epoch");
    bool other = !slice_equal(slice_text(room->epoch), epoch);
    if (epoch.size == 0 || epoch.size >= sizeof room->epoch) return;
    if (room->epoch[0] && other) {
        room_clear(room);
        MODEL_NEWS(model, room, "The history of this room was restored from a backup");
        room->seq = room->read = room->read_told = 0;
    }
    memset(room->epoch, 0, sizeof room->epoch);
    memcpy(room->epoch, epoch.at, epoch.size);
}

static void hear_entered(struct model *model, const json_t *message) {
    const json_t *facts = json_object_get(message, "room");
    uint64_t number = said_number(facts, "id"), seq = said_number(facts, "seq");
    struct slice name = said_text(facts, "name");
    struct room *room = model_find(model, number);
    bool fresh = !room;
    if (!room) room = model_find_name(model, ROOM_NAMED, name);
    if (!room) room = model_add(model, ROOM_NAMED, number, name);
    if (!room) return;
    room->number = number;
    own_set(&room->name, name);
    own_set(&room->topic, said_text(facts, "topic"));
    room->is_private = said_true(facts, "private");
    room->my_rank = rank_of_word(said_text(facts, "role"));
    room->entered = true;
    take_epoch(model, room, facts);
    bool without = room->seq == 0;
    if (!without && room->asking == ASKING_NOTHING && !model->without_history)
        room->asking = ASKING_MISSED;
    if (without && seq > 0) {
        room->seq = seq;
        if (fresh) room->read = room->read_told = seq;
    }
    show_waiting(model, room);
    if (without && !model->plain) speak_history(model, room, ASKING_LATEST, 0);
    if (!model->plain && !model->without_history) speak(model, speak_in(model, "members", room));
    bool asked = model->wanted > 0 && said_number(message, "ref") == model->wanted;
    if (asked || model->current == 0) model_show(model, room);
    if (asked) model->wanted = 0;
    model_seen(model);
}

static void hear_direct(struct model *model, const json_t *message) {
    uint64_t number = said_number(message, "room");
    struct slice name = hear_name(message, "with");
    struct room *room = model_find(model, number);
    if (!room) room = model_find_name(model, ROOM_PAIR, name);
    if (!room) room = model_add(model, ROOM_PAIR, number, name);
    if (!room) return;
    bool resumed = room->number > 0 && room->seq > 0;
    room->number = number;
    own_set(&room->name, name);
    room->entered = true;
    take_epoch(model, room, message);
    if (resumed && said_number(message, "seq") > room->seq && room->entry_count > 0) {
        room->tail_missing = true; /* direct rooms have no cursor in the hello */
        if (room->anchor == 0) model_to_end(model, room);
    }
    if (said_number(message, "seq") > room->seq) room->seq = said_number(message, "seq");
    show_waiting(model, room);
    if (model_room(model) == room && room->entry_count == 0)
        speak_history(model, room, ASKING_LATEST, 0);
}

static void hear_unread(struct model *model, const json_t *message) {
    struct room *room = hear_room(model, message);
    if (!room) return;
    uint64_t read = said_number(message, "read");
    room->unread = (uint32_t)said_number(message, "count");
    room->mentions = (uint32_t)said_number(message, "mentions");
    if (read > 0 || room->unread > 0) room->read = room->read_told = read;
    if (room->unread > 0) room->new_from = read + 1;
    model_seen(model);
}

static void hear_caught_up(struct model *model, const json_t *message) {
    struct room *room = hear_room(model, message);
    if (!room) return;
    const json_t *missing = json_object_get(message, "missing");
    if (room->asking == ASKING_MISSED) room->asking = ASKING_NOTHING;
    uint64_t seq = said_number(message, "seq"), rewound = said_number(message, "rewound");
    if (json_is_object(missing)) {
        char words[96];
        snprintf(words, sizeof words, "What was said from %llu to %llu is not kept any more",
                 (unsigned long long)said_number(missing, "from"),
                 (unsigned long long)said_number(missing, "to"));
        struct entry *entry = MODEL_NEWS(model, room, words);
        if (entry && said_number(missing, "to") < room->seq) { /* it stands before what came */
            struct entry copy = *entry;
            copy.text = own_new(own_slice(entry->text));
            copy.place = said_number(missing, "to");
            room_drop(room, room_index_of(room, entry->id));
            room_put(room, &copy);
        }
    }
    if (rewound > 0) {
        room_clear_after(room, rewound);
        MODEL_NEWS(model, room, "The server lost what was said last, and has come back without it");
    }
    if (seq > 0 && (rewound > 0 || seq > room->seq)) room->seq = seq;
    model_seen(model);
}

/* ---- what one said oneself ---- */

static void hear_ack(struct model *model, const json_t *message) {
    struct slice id = said_text(message, "client_id");
    struct post *post = outbox_find(&model->outbox, id);
    uint64_t number = said_number(message, "room"), seq = said_number(message, "seq");
    struct room *room = hear_room(model, message);
    if (!room && post && post->to) room = model_find_name(model, ROOM_PAIR, slice_text(post->to));
    if (room && room->number == 0) room->number = number;
    struct entry *waiting = room ? room_find_waiting(room, id) : NULL;
    if (waiting && seq > 0) {
        struct entry stored = *waiting;
        *waiting = (struct entry){.id = stored.id, .place = UINT64_MAX};
        room_drop(room, room_index_of(room, stored.id));
        stored.seq = stored.place = seq;
        stored.state = ENTRY_STORED;
        if (said_number(message, "time")) stored.time_ms = (int64_t)said_number(message, "time");
        own_set(&stored.client_id, (struct slice){0});
        room_put(room, &stored);
        if (seq > room->seq) room->seq = seq;
    }
    if (post) outbox_drop(&model->outbox, post);
    speak_posts(model);
    model_seen(model);
}

/* ---- pages ---- */

static void hear_past(struct model *model, const json_t *message) {
    const json_t *event = json_object_get(message, "event");
    struct room *room = hear_room(model, event);
    if (!room) room = hear_room(model, message);
    if (!room) return;
    bool asked = room->asking != ASKING_NOTHING && room->asking != ASKING_MISSED;
    hear_event(model, event, asked ? HEARD_PAGE : HEARD_MISSED);
}

static void hear_past_end(struct model *model, const json_t *message) {
    struct room *room = hear_room(model, message);
    if (!room) {
        const struct asked *asked = model_asked(model, said_number(message, "ref"));
        if (asked) room = model_find(model, asked->room);
    }
    if (!room) return;
    enum asking asking = room->asking;
    bool few = said_number(message, "count") < PAGE_COUNT;
    room->asking = ASKING_NOTHING;
    if (few && (asking == ASKING_BEFORE || asking == ASKING_LATEST)) room->at_start = true;
    if (few && asking == ASKING_AFTER) room->tail_missing = false;
    if (asking == ASKING_LATEST) room->tail_missing = false;
    if (asking == ASKING_AROUND) room->tail_missing = true;
    struct entry *entry = room->selected ? room_find_id(room, room->selected) : NULL;
    if (asking == ASKING_AROUND && entry) room->anchor = entry->id;
    model_seen(model);
}

static void hear_closed(struct model *model, const json_t *message) {
    struct slice code = said_text(message, "code");
    own_set(&model->closed_why, said_text(message, "text"));
    bool gone =
        slice_equal(code, slice_of("logged_out")) || slice_equal(code, slice_of("account_gone"));
    if (!gone) return;
    own_set(&model->token, (struct slice){0});
    own_set(&model->account, (struct slice){0});
    model->identity_changes++;
}

static const struct {
    const char *type;
    void (*hear)(struct model *model, const json_t *message);
} hears[] = {
    {"server", hear_server}, {"welcome", hear_welcome}, {"entered", hear_entered},
    {"direct", hear_direct}, {"unread", hear_unread},   {"caught_up", hear_caught_up},
    {"ack", hear_ack},       {"past", hear_past},       {"past_end", hear_past_end},
    {"closed", hear_closed},
};

void model_hear(struct model *model, const json_t *message) {
    struct slice type = said_text(message, "type");
    for (size_t i = 0; i < sizeof hears / sizeof *hears; i++) {
        if (!slice_equal(slice_text(hears[i].type), type)) continue;
        hears[i].hear(model, message);
        return;
    }
    if (hear_event(model, message, HEARD_LIVE)) return;
    if (hear_people(model, message)) return;
    hear_answer(model, message);
}
