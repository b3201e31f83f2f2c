/* keys.c: what each key does. */
#include <stdlib.h>

#include "base/secret.h"
#include "base/utf8.h"
#include "client/command.h"
#include "client/layout.h"
#include "client/scroll.h"
#include "client/speak.h"

/* ---- a line is done ---- */

static void send_edit(struct model *model, struct slice text) {
    json_t *message = speak_in(model, "edit", model_room(model));
    json_object_set_new(message, "target", json_integer((json_int_t)model->editing));
    json_object_set_new(message, "text", text_value(text));
    speak(model, message);
    model->editing = 0;
}

static void speak_secret(struct model *model, const char *type, const char *key,
                         struct slice text) {
    json_t *message = speak_about(model, type);
    json_object_set_new(message, key, text_value(text));
    if (model->prompt == PROMPT_LOGIN)
        json_object_set_new(message, "name", text_value(own_slice(model->prompt_words)));
    if (model->prompt == PROMPT_NEW)
        json_object_set_new(message, "old", text_value(own_slice(model->prompt_words)));
    speak(model, message);
}

static void end_prompt(struct model *model) {
    if (model->prompt_words) secret_wipe(model->prompt_words, strlen(model->prompt_words));
    own_set(&model->prompt_words, (struct slice){0});
    model->prompt = PROMPT_NOTHING;
}

static void answer_prompt(struct model *model) {
    struct slice text = edit_slice(&model->edit);
    if (text.size == 0) return;
    enum prompt prompt = model->prompt;
    switch (prompt) {
    case PROMPT_NOTHING: break;
    case PROMPT_NAME:
        own_set(&model->account, (struct slice){0});
        model->wants_account = false;
        model_rename(model, slice_trim(text));
        if (model->link == LINK_GREETING) speak_hello(model);
        break;
    case PROMPT_PASSWORD:
        own_set(&model->password, text);
        if (model->link == LINK_GREETING) speak_hello(model);
        break;
    case PROMPT_LOGIN: speak_secret(model, "login", "password", text); break;
    case PROMPT_REGISTER: speak_secret(model, "register", "password", text); break;
    case PROMPT_UNREGISTER: speak_secret(model, "unregister", "password", text); break;
    case PROMPT_OLD: own_set(&model->prompt_words, text); break;
    case PROMPT_NEW: speak_secret(model, "password", "new", text); break;
    }
    secret_wipe(model->edit.text, sizeof model->edit.text);
    edit_clear(&model->edit);
    if (prompt == PROMPT_OLD)
        model->prompt = PROMPT_NEW;
    else
        end_prompt(model);
}

/* As the first client of the `$` protocol had it. True: it was one of its four words. */
static bool dollar_word(struct model *model, struct slice line) {
    static const struct {
        const char *word, *command;
    } words[] = {{"$join", "/join"},
                 {"$switch", "/room"},
                 {"$leave", "/leave"},
                 {"$create_chan", "/create"}};
    struct slice rest = line, word = slice_word(&rest);
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        if (!model->without_history || !slice_equal(slice_text(words[i].word), word)) continue;
        char memory[EDIT_SIZE_MAX + 16];
        struct buf command;
        buf_init(&command, memory, sizeof memory);
        buf_text(&command, words[i].command);
        buf_byte(&command, ' ');
        buf_put(&command, rest);
        model_command(model, buf_slice(&command));
        return true;
    }
    return false;
}

void model_enter_line(struct model *model) {
    complete_end(&model->completion);
    if (model->prompt != PROMPT_NOTHING) {
        answer_prompt(model);
        return;
    }
    char *kept = own_new(edit_slice(&model->edit));
    struct slice text = slice_text(kept);
    uint64_t editing = model->editing;
    edit_remember(&model->edit);
    if (slice_trim(text).size == 0) {
        model->editing = model->replying = 0;
    } else if (editing) {
        send_edit(model, text);
    } else if (slice_starts(text, slice_of("//"))) {
        model_say(model, model_room(model), slice_from(text, 1), ENTRY_SAY);
    } else if (slice_starts(text, slice_of("/"))) {
        model_command(model, text);
    } else if (!dollar_word(model, text)) {
        model_say(model, model_room(model), text, ENTRY_SAY);
    }
    free(kept);
}

/* ---- going from room to room ---- */

static void step_room(struct model *model, bool on) {
    size_t count = model->room_count;
    model_switch(model, (model->current + (on ? 1 : count - 1)) % count);
    scroll_fill(model);
}

/* Mentions first, then news, then where one was. */
static void next_with_news(struct model *model) {
    for (int mentions = 1; mentions >= 0; mentions--) {
        for (size_t i = 1; i < model->room_count; i++) {
            size_t at = (model->current + i) % model->room_count;
            const struct room *room = model->rooms[at];
            if (mentions ? room->mentions > 0 : room->unread > 0) {
                model_switch(model, at);
                scroll_fill(model);
                return;
            }
        }
    }
    if (model->previous < model->room_count) model_switch(model, model->previous);
}

/* ---- with a message selected ---- */

static void begin_edit(struct model *model, const struct entry *entry) {
    if (!entry->mine) {
        MODEL_FAULT(model, NULL, "That is somebody else's");
        return;
    }
    model->editing = entry->seq;
    edit_set(&model->edit, own_slice(entry->text));
}

static void begin_command(struct model *model, const char *line) {
    edit_clear(&model->edit);
    edit_set(&model->edit, slice_text(line));
}

static void follow(struct model *model, const struct entry *entry) {
    struct room *where = entry->room ? model_find(model, entry->room) : model_room(model);
    if (where && entry->reply) model_jump(model, where, entry->reply);
}

/* True: the key was for the selected message. */
static bool press_selected(struct model *model, const struct press *press) {
    struct room *room = model_room(model);
    const struct entry *entry = room->selected ? room_find_id(room, room->selected) : NULL;
    if (!entry || model->edit.size > 0 || model->prompt != PROMPT_NOTHING) return false;
    if (press->kind == PRESS_ENTER) {
        follow(model, entry);
        return true;
    }
    if (press->kind == PRESS_UP || press->kind == PRESS_DOWN) {
        scroll_select(model, press->kind == PRESS_UP);
        return true;
    }
    if (press->kind != PRESS_CHARACTER || press->alt || room->kind == ROOM_FOUND) return false;
    switch (press->point) {
    case 'r':
        model->replying = entry->seq;
        room->selected = 0;
        return true;
    case 'e':
        begin_edit(model, entry);
        room->selected = 0;
        return true;
    case '+': begin_command(model, "/react :"); return true;
    case 'd': begin_command(model, "/remove"); return true;
    }
    return false;
}

static void escape(struct model *model) {
    struct room *room = model_room(model);
    if (model->prompt == PROMPT_PASSWORD) {
        model->prompt = PROMPT_NAME;
        secret_wipe(model->edit.text, sizeof model->edit.text);
        edit_clear(&model->edit);
    } else if (model->prompt != PROMPT_NOTHING && model->link == LINK_UP) {
        end_prompt(model);
        secret_wipe(model->edit.text, sizeof model->edit.text);
        edit_clear(&model->edit);
    } else if (model->editing || model->replying) {
        if (model->editing) edit_clear(&model->edit);
        model->editing = model->replying = 0;
    } else if (room->selected) {
        room->selected = 0;
    } else if (room->kind == ROOM_FOUND) {
        model_remove(model, room);
    } else {
        model_to_end(model, room);
    }
}

/* ---- typing ---- */

static void type_point(struct model *model, uint32_t point) {
    char memory[UTF8_SIZE_MAX];
    struct buf bytes;
    buf_init(&bytes, memory, sizeof memory);
    utf8_put(&bytes, point);
    edit_insert(&model->edit, buf_slice(&bytes));
}

static void tell_typing(struct model *model) {
    struct room *room = model_room(model);
    bool command = model->edit.size > 0 && model->edit.text[0] == '/';
    if (command || model->prompt != PROMPT_NOTHING || model->editing || !room->entered) return;
    bool lately = model->typing_told && model->now_ms - model->typed_told_ms < TYPED_MS;
    if (lately || model->edit.size == 0) return;
    model->typing_told = true;
    model->typed_told_ms = model->now_ms;
    speak_typing(model, room, "active");
}

static void ctrl_c(struct model *model) {
    bool again = model->ending;
    if (model->prompt != PROMPT_NOTHING && model->link != LINK_UP) again = true;
    if (again) {
        model_command(model, slice_of("/quit"));
    } else if (model->edit.size > 0) {
        edit_clear(&model->edit);
    } else {
        MODEL_NEWS(model, NULL, "Ctrl-C again ends");
        model->ending = true;
    }
}

static const struct {
    char letter;
    enum edit_move move;
} controls[] = {
    {'a', EDIT_BEGIN},   {'e', EDIT_END},       {'b', EDIT_LEFT},     {'f', EDIT_RIGHT},
    {'d', EDIT_DELETE},  {'h', EDIT_BACKSPACE}, {'w', EDIT_CUT_WORD}, {'u', EDIT_CUT_BEGIN},
    {'k', EDIT_CUT_END}, {'y', EDIT_PASTE},
};

static void press_control(struct model *model, char letter) {
    if (letter == 'c') ctrl_c(model);
    if (letter == 'n' || letter == 'p') step_room(model, letter == 'n');
    if (letter == 'd' && model->edit.size == 0) {
        ctrl_c(model);
        return;
    }
    for (size_t i = 0; i < sizeof controls / sizeof *controls; i++)
        if (controls[i].letter == letter) edit_do(&model->edit, controls[i].move);
}

static void press_alt(struct model *model, uint32_t point) {
    if (point >= '1' && point <= '9' && point - '1' < model->room_count) {
        model_switch(model, point - '1');
        scroll_fill(model);
    }
    if (point == 'a') next_with_news(model);
    if (point == 'b') edit_do(&model->edit, EDIT_WORD_LEFT);
    if (point == 'f') edit_do(&model->edit, EDIT_WORD_RIGHT);
    if (point == 'd') edit_do(&model->edit, EDIT_CUT_FORWARD);
    if (point == 'n' || point == 'p') step_room(model, point == 'n');
}

/* ---- the mouse ---- */

static void click(struct model *model, int row, int column) {
    struct panes panes = layout_panes(model);
    struct room *room = model_room(model);
    if (column < panes.rooms_end && layout_room_at(model, row) < model->room_count) {
        model_switch(model, layout_room_at(model, row));
        scroll_fill(model);
    } else if (column >= panes.members_begin) {
        size_t index = layout_member_at(model, row);
        if (index == room->member_count) return;
        edit_insert(&model->edit, own_slice(room->members[index].name));
        edit_insert(&model->edit, slice_of(" "));
    } else if (column >= panes.left && column < panes.end) {
        uint64_t id = layout_entry_at(model, row);
        struct entry *entry = id ? room_find_id(room, id) : NULL;
        bool fit = entry && entry->kind <= ENTRY_NOTICE && entry->state == ENTRY_STORED;
        room->selected = fit && room->selected != id ? id : 0;
    }
}

/* ---- all of them ---- */

static void up_or_down(struct model *model, const struct press *press) {
    bool up = press->kind == PRESS_UP;
    if (press->alt || press->control)
        scroll_select(model, up);
    else if (model->prompt == PROMPT_NOTHING)
        edit_do(&model->edit, up ? EDIT_OLDER : EDIT_NEWER);
}

static void begin_or_end(struct model *model, bool begin) {
    if (model->edit.size > 0)
        edit_do(&model->edit, begin ? EDIT_BEGIN : EDIT_END);
    else if (begin)
        scroll_to_start(model);
    else
        model_to_end(model, model_room(model));
}

static void press_function(struct model *model, uint32_t number) {
    if (number == 1) model_command(model, slice_of("/help"));
    if (number == 2) model->hide_rooms = !model->hide_rooms;
    if (number == 3) model->hide_members = !model->hide_members;
}

static void press_character(struct model *model, const struct press *press) {
    if (press->alt)
        press_alt(model, press->point);
    else
        type_point(model, press->point);
}

static void press_enter(struct model *model, const struct press *press) {
    if (press->alt && model->prompt == PROMPT_NOTHING)
        edit_insert(&model->edit, slice_of("\n"));
    else
        model_enter_line(model);
}

static void press_any(struct model *model, const struct press *press) {
    bool word = press->alt || press->control;
    int view = layout_panes(model).bottom - 2, page = view > 1 ? view : 1;
    switch (press->kind) {
    case PRESS_CHARACTER: press_character(model, press); break;
    case PRESS_CONTROL: press_control(model, (char)press->point); break;
    case PRESS_ENTER: press_enter(model, press); break;
    case PRESS_BACKSPACE: edit_do(&model->edit, word ? EDIT_CUT_WORD : EDIT_BACKSPACE); break;
    case PRESS_DELETE: edit_do(&model->edit, EDIT_DELETE); break;
    case PRESS_LEFT: edit_do(&model->edit, word ? EDIT_WORD_LEFT : EDIT_LEFT); break;
    case PRESS_RIGHT: edit_do(&model->edit, word ? EDIT_WORD_RIGHT : EDIT_RIGHT); break;
    case PRESS_UP:
    case PRESS_DOWN: up_or_down(model, press); break;
    case PRESS_HOME:
    case PRESS_END: begin_or_end(model, press->kind == PRESS_HOME); break;
    case PRESS_PAGE_UP: scroll_by(model, page); break;
    case PRESS_PAGE_DOWN: scroll_by(model, -page); break;
    case PRESS_WHEEL_UP: scroll_by(model, 3); break;
    case PRESS_WHEEL_DOWN: scroll_by(model, -3); break;
    case PRESS_FUNCTION: press_function(model, press->point); break;
    case PRESS_CLICK: click(model, press->row, press->column); break;
    case PRESS_FOCUS:
        model->focused = press->point != 0;
        model_seen(model);
        break;
    case PRESS_TAB:
    case PRESS_BACK_TAB:
    case PRESS_ESCAPE:
    case PRESS_PASTE_BEGIN:
    case PRESS_PASTE_END:
    case PRESS_KINDS: break; /* see model_press() */
    }
}

void model_press(struct model *model, const struct press *press) {
    bool tab = press->kind == PRESS_TAB || press->kind == PRESS_BACK_TAB;
    bool c = press->kind == PRESS_CONTROL && (press->point == 'c' || press->point == 'd');
    if (!c) model->ending = false;
    if (press->kind == PRESS_PASTE_BEGIN || press->kind == PRESS_PASTE_END) {
        model->pasting = press->kind == PRESS_PASTE_BEGIN;
    } else if (model->pasting) {
        bool line = press->kind == PRESS_ENTER && model->prompt == PROMPT_NOTHING;
        if (line) edit_insert(&model->edit, slice_of("\n"));
        if (press->kind == PRESS_TAB) edit_insert(&model->edit, slice_of(" "));
        if (press->kind == PRESS_CHARACTER) type_point(model, press->point);
    } else if (press->kind == PRESS_ESCAPE) {
        complete_end(&model->completion);
        escape(model);
    } else if (tab) {
        if (model->prompt == PROMPT_NOTHING) complete_step(model, press->kind == PRESS_BACK_TAB);
    } else if (!press_selected(model, press)) {
        complete_end(&model->completion);
        press_any(model, press);
        tell_typing(model);
    }
}
