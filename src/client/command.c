/* command.c: the table of commands. */
#include "client/command.h"

#include <stdlib.h>

#include "client/emoji.h"
#include "client/speak.h"

static void tell_form(struct model *model, const struct command *self) {
    MODEL_FAULT(model, NULL, "It goes like this: /", self->name, " ", self->form);
}

/* Add one argument of the message; false: it is missing or no number. */
static bool put_key(json_t *message, struct slice key, struct slice *rest) {
    bool optional = false, number = false;
    while (key.size > 0 && (key.at[0] == '?' || key.at[0] == '#')) {
        optional |= key.at[0] == '?';
        number |= key.at[0] == '#';
        key = slice_from(key, 1);
    }
    bool last = key.size > 0 && key.at[key.size - 1] == '+';
    if (last) key.size--;
    struct slice word = last ? *rest : slice_word(rest);
    uint64_t value = 0;
    if (word.size == 0) return optional;
    char *name = own_new(key);
    bool fine = true;
    if (!number)
        json_object_set_new(message, name, text_value(word));
    else if (slice_number(word, UINT32_MAX, &value))
        json_object_set_new(message, name, json_integer((json_int_t)value));
    else
        fine = false;
    free(name);
    return fine;
}

json_t *command_message(struct model *model, const struct command *command, struct slice rest) {
    struct slice keys = slice_text(command->keys);
    struct room *room = model_room(model);
    bool here = slice_starts(keys, slice_of("@"));
    if (here && room->kind != ROOM_NAMED && room->kind != ROOM_PAIR) {
        MODEL_FAULT(model, NULL, "That is done in a room: /join one first");
        return NULL;
    }
    json_t *message =
        here ? speak_in(model, command->type, room) : speak_about(model, command->type);
    if (here) slice_word(&keys);
    for (struct slice key; (key = slice_word(&keys)).size > 0;) {
        if (put_key(message, key, &rest)) continue;
        json_decref(message);
        tell_form(model, command);
        return NULL;
    }
    return message;
}

static void run_plain(struct model *model, const struct command *self, struct slice rest) {
    json_t *message = command_message(model, self, rest);
    if (message) speak(model, message);
}

/* ---- rooms ---- */

static void run_join(struct model *model, const struct command *self, struct slice rest) {
    struct slice look = rest, name = slice_word(&look);
    if (slice_starts(name, slice_of("#"))) {
        name = slice_from(name, 1);
        rest = slice_from(slice_trim(rest), 1);
    }
    struct room *room = model_find_name(model, ROOM_NAMED, name);
    if (room && room->entered) {
        model_show(model, room);
        return;
    }
    json_t *message = command_message(model, self, rest);
    if (!message) return;
    model->wanted = said_number(message, "ref");
    speak(model, message);
}

static void run_leave(struct model *model, const struct command *self, struct slice rest) {
    struct room *room = model_room(model);
    if (rest.size > 0) room = model_find_name(model, ROOM_NAMED, rest);
    if (!room || room->kind == ROOM_CONSOLE) {
        tell_form(model, self);
    } else if (room->kind == ROOM_NAMED && room->entered) {
        speak(model, speak_in(model, "leave", room));
    } else {
        model_remove(model, room);
    }
}

static void run_room(struct model *model, const struct command *self, struct slice rest) {
    for (size_t i = 0; i < model->room_count; i++) {
        struct slice name = own_slice(model->rooms[i]->name);
        if (rest.size == 0 || !slice_starts(name, rest)) continue;
        model_switch(model, i);
        return;
    }
    tell_form(model, self);
}

static void run_msg(struct model *model, const struct command *self, struct slice rest) {
    struct slice name = slice_word(&rest);
    if (name.size == 0) {
        tell_form(model, self);
        return;
    }
    struct room *room = model_find_name(model, ROOM_PAIR, name);
    if (!room) room = model_add(model, ROOM_PAIR, 0, name);
    if (!room) return;
    model_show(model, room);
    if (rest.size > 0) model_say(model, room, rest, ENTRY_SAY);
}

/* ---- messages ---- */

static void run_me(struct model *model, const struct command *self, struct slice rest) {
    if (rest.size == 0)
        tell_form(model, self);
    else
        model_say(model, model_room(model), rest, ENTRY_ACTION);
}

/* The message that is selected, else the last one of oneself, or of somebody else. */
static struct entry *target(struct model *model, bool mine) {
    struct room *room = model_room(model);
    struct entry *selected = room->selected ? room_find_id(room, room->selected) : NULL;
    if (selected && selected->seq > 0) return selected;
    for (size_t i = room->entry_count; i > 0; i--) {
        struct entry *entry = &room->entries[i - 1];
        if (entry->seq > 0 && entry->mine == mine && !entry->removed && entry->kind <= ENTRY_NOTICE)
            return entry;
    }
    MODEL_FAULT(model, NULL, "There is no such message here; Alt-Up selects one");
    return NULL;
}

static void speak_target(struct model *model, const char *type, const struct entry *entry,
                         const char *key, struct slice text) {
    json_t *message = speak_in(model, type, model_room(model));
    json_object_set_new(message, "target", json_integer((json_int_t)entry->seq));
    if (text.size > 0) json_object_set_new(message, key, text_value(text));
    speak(model, message);
}

static void run_reply(struct model *model, const struct command *self, struct slice rest) {
    struct entry *entry = target(model, false);
    if (!entry) return;
    if (rest.size == 0) {
        tell_form(model, self);
        return;
    }
    model->replying = entry->seq;
    model_say(model, model_room(model), rest, ENTRY_SAY);
}

static void run_edit(struct model *model, const struct command *self, struct slice rest) {
    struct entry *entry = target(model, true);
    if (!entry) return;
    if (rest.size == 0)
        tell_form(model, self);
    else
        speak_target(model, "edit", entry, "text", rest);
}

static void run_remove(struct model *model, const struct command *self, struct slice rest) {
    (void)self;
    struct entry *entry = target(model, true);
    if (entry) speak_target(model, "remove", entry, "why", rest);
}

static void run_react(struct model *model, const struct command *self, struct slice rest) {
    struct entry *entry = target(model, false);
    if (!entry) return;
    struct slice found = emoji_find(rest);
    if (found.size > 0) rest = found;
    if (rest.size == 0) {
        tell_form(model, self);
        return;
    }
    json_t *message = speak_in(model, "react", model_room(model));
    json_object_set_new(message, "target", json_integer((json_int_t)entry->seq));
    json_object_set_new(message, "reaction", text_value(rest));
    for (size_t i = 0; i < entry->reaction_count; i++)
        if (entry->reactions[i].mine && slice_equal(own_slice(entry->reactions[i].text), rest))
            json_object_set_new(message, "off", json_true());
    speak(model, message);
}

static void run_search(struct model *model, const struct command *self, struct slice rest) {
    json_t *message = command_message(model, self, rest);
    if (!message) return;
    struct room *room = model_find_name(model, ROOM_FOUND, slice_of("search"));
    if (!room) room = model_add(model, ROOM_FOUND, 0, slice_of("search"));
    if (room) {
        room_clear(room);
        room->seq = 0;
        room->at_start = true;
        own_set(&room->topic, rest);
        model_show(model, room);
    }
    speak(model, message);
}

/* ---- people ---- */

static void ask(struct model *model, enum prompt prompt, struct slice words) {
    model->prompt = prompt;
    own_set(&model->prompt_words, words);
}

static void run_login(struct model *model, const struct command *self, struct slice rest) {
    struct slice name = slice_word(&rest);
    if (name.size == 0)
        tell_form(model, self);
    else
        ask(model, PROMPT_LOGIN, name);
}

static void run_register(struct model *model, const struct command *self, struct slice rest) {
    (void)self;
    (void)rest;
    ask(model, PROMPT_REGISTER, own_slice(model->name));
}

static void run_password(struct model *model, const struct command *self, struct slice rest) {
    (void)self;
    (void)rest;
    ask(model, PROMPT_OLD, own_slice(model->name));
}

static void run_unregister(struct model *model, const struct command *self, struct slice rest) {
    (void)self;
    (void)rest;
    ask(model, PROMPT_UNREGISTER, own_slice(model->name));
}

static void run_away(struct model *model, const struct command *self, struct slice rest) {
    json_t *message = speak_about(model, self->type);
    json_object_set_new(message, "text", rest.size > 0 ? text_value(rest) : json_null());
    speak(model, message);
}

static void run_logout(struct model *model, const struct command *self, struct slice rest) {
    json_t *message = speak_about(model, self->type);
    if (slice_equal(rest, slice_of("all"))) json_object_set_new(message, "all", json_true());
    speak(model, message);
}

/* off, on and numbers are what they look like. */
static void run_mode(struct model *model, const struct command *self, struct slice rest) {
    struct slice look = rest;
    slice_word(&look);
    json_t *message = command_message(model, self, rest);
    uint64_t number = 0;
    if (!message) return;
    if (slice_equal(look, slice_of("on")))
        json_object_set_new(message, "value", json_true());
    else if (slice_equal(look, slice_of("off")))
        json_object_set_new(message, "value", json_false());
    else if (slice_number(look, UINT32_MAX, &number))
        json_object_set_new(message, "value", json_integer((json_int_t)number));
    speak(model, message);
}

static void run_lift(struct model *model, const struct command *self, struct slice rest) {
    json_t *message = command_message(model, self, rest);
    if (!message) return;
    json_object_set_new(message, "off", json_true());
    speak(model, message);
}

static void run_quit(struct model *model, const struct command *self, struct slice rest) {
    (void)self;
    if (model->link == LINK_UP && !model->without_history) {
        json_t *message = speak_about(model, "bye");
        if (rest.size > 0) json_object_set_new(message, "text", text_value(rest));
        speak(model, message);
    }
    model->quit = true;
}

static void run_help(struct model *model, const struct command *self, struct slice rest);

static const struct command commands[] = {
    {"help", "[COMMAND]", "what can be typed", run_help, NULL, NULL},
    {"join", "ROOM [KEY]", "go into a room, make it where it is missing", run_join, "join",
     "room ?key"},
    {"create", "ROOM", "make a room that is not there yet", run_join, "create", "room"},
    {"leave", "[ROOM]", "go out of this room", run_leave, NULL, NULL},
    {"room", "NAME", "look at the room that begins so", run_room, NULL, NULL},
    {"rooms", "", "which rooms there are", run_plain, "rooms", ""},
    {"msg", "NAME [TEXT]", "talk with one person", run_msg, NULL, NULL},
    {"me", "TEXT", "say what you do", run_me, NULL, NULL},
    {"reply", "TEXT", "answer the selected or the last message", run_reply, NULL, NULL},
    {"react", "EMOJI", "put an emoji upon it, or take it back", run_react, NULL, NULL},
    {"edit", "TEXT", "change your selected or last message", run_edit, NULL, NULL},
    {"remove", "[WHY]", "remove your selected or last message", run_remove, NULL, NULL},
    {"search", "WORDS", "find what was said here", run_search, "search", "@ text+"},
    {"topic", "TEXT", "say what this room is for", run_plain, "topic", "@ text+"},
    {"nick", "NAME", "be called something else", run_plain, "nick", "name"},
    {"away", "[TEXT]", "say that you are away, or back", run_away, "away", NULL},
    {"whois", "NAME", "who somebody is", run_plain, "person", "name"},
    {"invite", "NAME", "let somebody in", run_plain, "invite", "@ name"},
    {"kick", "NAME [WHY]", "put somebody out", run_plain, "kick", "@ name ?why+"},
    {"ban", "NAME [MINUTES]", "keep somebody out", run_plain, "ban", "@ name ?#minutes"},
    {"unban", "NAME", "lift that", run_lift, "ban", "@ name"},
    {"mute", "NAME [MINUTES]", "let somebody read alone", run_plain, "mute", "@ name ?#minutes"},
    {"unmute", "NAME", "lift that", run_lift, "mute", "@ name"},
    {"restraints", "", "who is kept out or silent", run_plain, "restraints", "@"},
    {"role", "NAME owner|operator|voice|member", "what somebody is here", run_plain, "role",
     "@ name role"},
    {"mode", "SETTING VALUE", "change a setting of this room", run_mode, "mode",
     "@ setting value+"},
    {"modes", "", "the settings of this room", run_plain, "modes", "@"},
    {"rename", "NAME", "give this room another name", run_plain, "rename", "@ name"},
    {"delete", "", "delete this room with all that was said", run_plain, "delete", "@"},
    {"audit", "", "what was done in this room", run_plain, "audit", "@"},
    {"register", "", "make an account of your name; asks for a password", run_register, NULL, NULL},
    {"login", "NAME", "be that account; asks for its password", run_login, NULL, NULL},
    {"logout", "[all]", "end this login, or those of all devices", run_logout, "logout", NULL},
    {"password", "", "change your password; asks for both", run_password, NULL, NULL},
    {"unregister", "", "delete your account; asks for the password", run_unregister, NULL, NULL},
    {"quit", "[TEXT]", "end", run_quit, NULL, NULL},
};

const struct command *command_all(size_t *count) {
    *count = sizeof commands / sizeof *commands;
    return commands;
}

static void run_help(struct model *model, const struct command *self, struct slice rest) {
    (void)self;
    for (size_t i = 0; i < sizeof commands / sizeof *commands; i++) {
        const struct command *row = &commands[i];
        if (rest.size > 0 && !slice_equal(slice_text(row->name), rest)) continue;
        MODEL_NEWS(model, NULL, "/", row->name, *row->form ? " " : "", row->form, " - ", row->what);
    }
    if (rest.size > 0) return;
    MODEL_NEWS(model, NULL,
               "Tab completes names, #rooms, /commands and :emoji; Alt-Enter is a new "
               "line; Up and Down are what you typed before.");
    MODEL_NEWS(model, NULL,
               "PageUp and PageDown scroll; Ctrl-N and Ctrl-P go from room to room, "
               "Alt-1 to Alt-9 to one, Alt-A to the next with news.");
    MODEL_NEWS(model, NULL,
               "Alt-Up selects a message: then r replies, e edits, + reacts, d "
               "removes, Enter goes to what it answers, Esc ends.");
    MODEL_NEWS(model, NULL,
               "F2 hides the rooms, F3 the people; Ctrl-L draws anew; Ctrl-C twice "
               "or /quit ends.");
}

void model_command(struct model *model, struct slice line) {
    struct slice rest = slice_from(line, 1), word = slice_word(&rest);
    rest = slice_trim(rest);
    for (size_t i = 0; i < sizeof commands / sizeof *commands; i++) {
        if (!slice_equal(slice_text(commands[i].name), word)) continue;
        bool local = !commands[i].type || commands[i].run == run_join;
        if (!local && model->link != LINK_UP)
            MODEL_FAULT(model, NULL, "There is no connection; what is said is kept, commands not");
        else
            commands[i].run(model, &commands[i], rest);
        return;
    }
    char *name = own_new(slice_head(word, 64));
    MODEL_FAULT(model, NULL, "There is no command /", name, "; /help lists them");
    free(name);
}
