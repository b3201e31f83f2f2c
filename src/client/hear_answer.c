/* hear_answer.c: lists, and what was refused. */
#include <stdio.h>
#include <stdlib.h>

#include "client/hear.h"
#include "client/speak.h"

enum { WORDS_SIZE = 1024 };

struct words {
    char memory[WORDS_SIZE];
    struct buf buf;
};

static void words_begin(struct words *words) {
    buf_init(&words->buf, words->memory, sizeof words->memory - 1);
}

static void put(struct words *words, struct slice text) {
    buf_put(&words->buf, slice_head(text, 400));
}

static void put_text(struct words *words, const char *text) {
    put(words, slice_text(text));
}

static void words_tell(struct words *words, struct model *model, struct room *room) {
    words->memory[words->buf.size] = 0;
    MODEL_NEWS(model, room, words->memory);
}

/* ---- what was refused ---- */

static void post_refused(struct model *model, struct post *post, const json_t *message) {
    uint64_t wait = said_number(message, "retry_ms");
    struct slice why = said_text(message, "text");
    if (wait > 0) {
        post->ref = 0;
        post->not_before_ms = model->now_ms + (int64_t)wait;
        return;
    }
    struct room *room = model_find(model, post->room);
    if (post->to) room = model_find_name(model, ROOM_PAIR, slice_text(post->to));
    struct entry *entry = room ? room_find_waiting(room, own_slice(post->client_id)) : NULL;
    if (entry) {
        entry->state = ENTRY_FAILED;
        own_set(&entry->client_id, (struct slice){0});
        entry->place = room->seq;
        struct entry moved = *entry;
        *entry = (struct entry){.id = moved.id, .place = UINT64_MAX};
        room_drop(room, room_index_of(room, moved.id));
        room_put(room, &moved);
    }
    char *text = own_new(slice_head(why, 400));
    MODEL_FAULT(model, room, "Not sent: ", text);
    free(text);
    outbox_drop(&model->outbox, post);
    speak_posts(model);
}

/* Who one says one is was not believed. */
static void hello_refused(struct model *model, const json_t *message) {
    struct slice code = said_text(message, "code");
    static const char *const secret[] = {"name_reserved", "login_wrong", "login_needed",
                                         "no_guests"};
    static const char *const name[] = {"name_taken",  "name_empty", "name_too_long", "name_bad",
                                       "name_needed", "name_like",  "account_exists"};
    for (size_t i = 0; i < sizeof secret / sizeof *secret; i++)
        if (slice_equal(code, slice_text(secret[i]))) model->prompt = PROMPT_PASSWORD;
    for (size_t i = 0; i < sizeof name / sizeof *name; i++)
        if (slice_equal(code, slice_text(name[i]))) model->prompt = PROMPT_NAME;
    if (model->prompt == PROMPT_PASSWORD && model->account)
        own_set(&model->token, (struct slice){0});
    if (model->prompt == PROMPT_PASSWORD)
        MODEL_NEWS(model, NULL, "Type the password of ", own_text(model->name),
                   ", or Esc to take another name");
    own_set(&model->prompt_words, own_slice(model->name));
    edit_clear(&model->edit);
}

static void hear_error(struct model *model, const json_t *message) {
    uint64_t ref = said_number(message, "ref");
    char *text = own_new(slice_head(said_text(message, "text"), 1000));
    struct post *post = ref > 0 ? outbox_find_ref(&model->outbox, (uint16_t)ref) : NULL;
    const struct asked *asked = model_asked(model, ref);
    if (post) {
        post_refused(model, post, message);
    } else {
        struct room *room = asked ? model_find(model, asked->room) : NULL;
        bool quiet = false;
        if (asked && room && strcmp(asked->type, "history") == 0) room->asking = ASKING_NOTHING;
        struct room *named = hear_room(model, message);
        if (named && named->asking == ASKING_MISSED) named->asking = ASKING_NOTHING;
        if (asked) {
            quiet = strcmp(asked->type, "read") == 0 || strcmp(asked->type, "typing") == 0 ||
                    strcmp(asked->type, "members") == 0;
        }
        if (ref > 0 && ref == model->wanted) model->wanted = 0;
        if (!quiet) MODEL_FAULT(model, NULL, text);
        if (slice_equal(said_text(message, "of"), slice_of("hello")) && model->link != LINK_UP)
            hello_refused(model, message);
    }
    free(text);
}

/* ---- lists ---- */

static void hear_rooms(struct model *model, const json_t *message) {
    size_t index;
    const json_t *row;
    json_array_foreach(json_object_get(message, "rooms"), index, row) {
        struct words words;
        words_begin(&words);
        put(&words, said_text(row, "name"));
        put_text(&words, " (");
        buf_number(&words.buf, said_number(row, "members"));
        put_text(&words, ")");
        if (said_text(row, "topic").size > 0) put_text(&words, " ");
        put(&words, said_text(row, "topic"));
        words_tell(&words, model, NULL);
    }
}

static void hear_members(struct model *model, const json_t *message) {
    struct room *room = hear_room(model, message);
    if (!room) {
        const struct asked *asked = model_asked(model, said_number(message, "ref"));
        room = asked ? model_find(model, asked->room) : NULL;
    }
    if (!room) return;
    if (!room->members_coming) room_members_clear(room);
    room->members_coming = !said_true(message, "end");
    size_t index;
    const json_t *row;
    json_array_foreach(json_object_get(message, "members"), index, row) {
        struct member *member = room_member_add(room, said_text(row, "name"));
        if (!member) return;
        const json_t *away = json_object_get(row, "away");
        own_set(&member->account, said_text(row, "account"));
        member->rank = rank_of_word(said_text(row, "role"));
        member->away = json_is_true(away) || json_is_string(away);
        member->bot = said_true(row, "bot");
    }
    room_members_sort(room);
}

static void hear_person_shown(struct model *model, const json_t *message) {
    struct words words;
    words_begin(&words);
    put(&words, said_text(message, "name"));
    if (said_text(message, "account").size > 0) {
        put_text(&words, ", account ");
        put(&words, said_text(message, "account"));
    } else {
        put_text(&words, ", a guest");
    }
    if (said_text(message, "real").size > 0) put_text(&words, ", ");
    put(&words, said_text(message, "real"));
    if (said_true(message, "admin")) put_text(&words, ", administrator");
    if (said_text(message, "away").size > 0) put_text(&words, ", away: ");
    put(&words, said_text(message, "away"));
    size_t index;
    const json_t *row;
    json_array_foreach(json_object_get(message, "rooms"), index, row) {
        put_text(&words, index == 0 ? "; in " : ", ");
        struct slice name = said_text(row, "name");
        if (json_is_string(row))
            name = (struct slice){json_string_value(row), json_string_length(row)};
        put(&words, name);
    }
    words_tell(&words, model, NULL);
}

/* An object of settings, or any list of rows: each key with its value. */
static void tell_object(struct model *model, const char *title, const json_t *object) {
    struct words words;
    words_begin(&words);
    put_text(&words, title);
    const char *key;
    json_t *value;
    json_object_foreach((json_t *)(uintptr_t)object, key, value) {
        if (strcmp(key, "type") == 0 || strcmp(key, "ref") == 0 || strcmp(key, "end") == 0 ||
            json_is_null(value) || json_is_object(value) || json_is_array(value))
            continue;
        put_text(&words, " ");
        put_text(&words, key);
        put_text(&words, " ");
        if (json_is_string(value))
            put(&words, (struct slice){json_string_value(value), json_string_length(value)});
        else if (json_is_integer(value))
            buf_number(&words.buf, (uint64_t)json_integer_value(value));
        else
            put_text(&words, json_is_true(value) ? "on" : "off");
        put_text(&words, ",");
    }
    if (words.buf.size > 0 && words.memory[words.buf.size - 1] == ',') words.buf.size--;
    words_tell(&words, model, NULL);
}

static void hear_modes(struct model *model, const json_t *message) {
    const json_t *modes = json_object_get(message, "modes");
    tell_object(model, "Settings:", json_is_object(modes) ? modes : message);
}

static void hear_restraints(struct model *model, const json_t *message) {
    size_t index;
    const json_t *row;
    json_array_foreach(json_object_get(message, "restraints"), index, row)
        tell_object(model, "-", row);
    if (said_true(message, "end")) MODEL_NEWS(model, NULL, "That is the whole list");
}

static void hear_audit(struct model *model, const json_t *message) {
    const json_t *event = json_object_get(message, "event");
    tell_object(model, "-", event ? event : message);
}

/* ---- what a search has found ---- */

static void hear_found(struct model *model, const json_t *message) {
    const json_t *event = json_object_get(message, "event");
    struct room *room = model_find_name(model, ROOM_FOUND, slice_of("search"));
    if (!room || !slice_equal(said_text(event, "type"), slice_of("message"))) return;
    struct entry entry = {.id = ++model->next_entry,
                          .place = (uint64_t)said_number(event, "time"),
                          .time_ms = (int64_t)said_number(event, "time"),
                          .author = said_number(json_object_get(event, "from"), "id"),
                          .room = said_number(event, "room"),
                          .reply = said_number(event, "seq")};
    if (entry.room == 0) entry.room = said_number(message, "room");
    own_set(&entry.name, hear_name(event, "from"));
    own_set(&entry.text, said_text(event, "text"));
    room_put(room, &entry);
}

static void hear_found_end(struct model *model, const json_t *message) {
    (void)message;
    struct room *room = model_find_name(model, ROOM_FOUND, slice_of("search"));
    if (!room) return;
    size_t count = room->entry_count;
    room->seq = UINT64_MAX - 1; /* what is told here stands below what was found */
    char digits[32];
    snprintf(digits, sizeof digits, "%zu", count);
    MODEL_NEWS(model, room, count ? digits : "Nothing",
               count ? " found; Alt-Up selects, Enter goes there, Esc closes" : " was found");
}

/* ---- accounts ---- */

static void hear_logged_in(struct model *model, const json_t *message) {
    own_set(&model->account, said_text(message, "account"));
    if (model->account) model_rename(model, own_slice(model->account));
    model->identity_changes++;
    MODEL_NEWS(model, NULL, "You are logged in as ", own_text(model->account));
    speak(model, speak_about(model, "token")); /* so that one need not type it again */
}

static void hear_token(struct model *model, const json_t *message) {
    own_set(&model->token, said_text(message, "token"));
    model->identity_changes++;
}

static void hear_done(struct model *model, const json_t *message) {
    const struct asked *asked = model_asked(model, said_number(message, "ref"));
    if (!asked) return;
    static const char *const told[] = {"password", "away", "invite", "ban", "mute", "unregister"};
    for (size_t i = 0; i < sizeof told / sizeof *told; i++)
        if (strcmp(asked->type, told[i]) == 0) MODEL_NEWS(model, NULL, "Done");
}

static const struct {
    const char *type;
    void (*hear)(struct model *model, const json_t *message);
} hears[] = {
    {"error", hear_error}, {"rooms", hear_rooms},           {"members", hear_members},
    {"found", hear_found}, {"found_end", hear_found_end},   {"person_shown", hear_person_shown},
    {"modes", hear_modes}, {"restraints", hear_restraints}, {"audit", hear_audit},
    {"token", hear_token}, {"logged_in", hear_logged_in},   {"done", hear_done},
};

bool hear_answer(struct model *model, const json_t *message) {
    struct slice type = said_text(message, "type");
    for (size_t i = 0; i < sizeof hears / sizeof *hears; i++) {
        if (!slice_equal(slice_text(hears[i].type), type)) continue;
        hears[i].hear(model, message);
        return true;
    }
    return false;
}
