/* dollar.c: reg$, join$, leave$, create_chan$, send_msg$. */
#include "client/dollar.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/buf.h"
#include "base/text.h"
#include "base/utf8.h"
#include "client/speak.h"

enum { CHANNELS_MAX = 64, WAITING_MAX = 256 };

struct dollar {
    struct model *model;
    char *uid; /* owned; NULL: not registered yet */
    bool greeted;
    /* Owned; that of number n is n - 1, and the first is one's own, whose id is another one after
     * each connection. NULL: none. */
    char *channels[CHANNELS_MAX];
    char *creating; /* owned: the name of the one that is being created */
    uint64_t here;  /* the one that texts come from, as far as one can know */
    uint64_t seq;
    json_t *waiting[WAITING_MAX]; /* for the model */
    size_t first, count;
};

struct dollar *dollar_new(struct model *model) {
    struct dollar *dollar = own_memory(sizeof *dollar);
    dollar->model = model;
    model->without_history = true;
    return dollar;
}

void dollar_reset(struct dollar *dollar) {
    own_set(&dollar->uid, (struct slice){0});
    own_set(&dollar->creating, (struct slice){0});
    dollar->greeted = false;
    for (json_t *left; (left = dollar_take(dollar)) != NULL;)
        json_decref(left);
}

void dollar_free(struct dollar *dollar) {
    if (!dollar) return;
    dollar_reset(dollar);
    for (size_t i = 0; i < CHANNELS_MAX; i++)
        free(dollar->channels[i]);
    free(dollar);
}

json_t *dollar_take(struct dollar *dollar) {
    if (dollar->count == 0) return NULL;
    json_t *message = dollar->waiting[dollar->first];
    dollar->first = (dollar->first + 1) % WAITING_MAX;
    dollar->count--;
    return message;
}

static void give(struct dollar *dollar, json_t *message) {
    if (message && dollar->count < WAITING_MAX)
        dollar->waiting[(dollar->first + dollar->count++) % WAITING_MAX] = message;
    else
        json_decref(message);
}

/* ---- what the server says ---- */

static uint64_t channel_number(struct dollar *dollar, struct slice channel) {
    size_t empty = CHANNELS_MAX;
    for (size_t i = 1; i < CHANNELS_MAX; i++) {
        if (dollar->channels[i] && slice_equal(slice_text(dollar->channels[i]), channel))
            return i + 1;
        if (!dollar->channels[i] && empty == CHANNELS_MAX) empty = i;
    }
    if (empty == CHANNELS_MAX) return 0;
    own_set(&dollar->channels[empty], channel);
    return empty + 1;
}

/* Its id is shown as the topic: others can join by it. */
static void give_entered(struct dollar *dollar, uint64_t number, struct slice channel,
                         struct slice name) {
    const struct room *known = model_find(dollar->model, number);
    if (number == 0) return;
    if (name.size == 0) name = known ? own_slice(known->name) : channel;
    dollar->here = number;
    give(dollar,
         json_pack("{s:s, s:I, s:{s:I, s:s%, s:s%, s:s}}", "type", "entered", "ref",
                   (json_int_t)dollar->model->wanted, "room", "id", (json_int_t)number, "name",
                   name.at, name.size, "topic", channel.at, channel.size, "role", "member"));
}

static void hear_uid(struct dollar *dollar, struct slice uid) {
    own_set(&dollar->uid, uid);
    own_set(&dollar->channels[0], uid);
    give(dollar, json_pack("{s:s, s:{s:I, s:s, s:n}}", "type", "welcome", "user", "id",
                           (json_int_t)1, "name", own_text(dollar->model->name), "account"));
    give_entered(dollar, 1, uid, slice_of("my own channel"));
}

/* Each server has its own form of who spoke, or none: the text is shown as it came. */
static void hear_text(struct dollar *dollar, struct slice text) {
    give(dollar, json_pack("{s:s, s:I, s:s%, s:{s:I, s:s}, s:I}", "type", "message", "room",
                           (json_int_t)dollar->here, "text", text.at, text.size, "from", "id",
                           (json_int_t)2, "name", "", "time", (json_int_t)dollar->model->now_ms));
}

static void hear_notice(struct dollar *dollar, struct slice text) {
    give(dollar, json_pack("{s:s, s:s%}", "type", "notice", "text", text.at, text.size));
}

static bool take_word(struct slice *line, const char *word) {
    if (!slice_starts(*line, slice_text(word))) return false;
    *line = slice_trim(slice_from(*line, strlen(word)));
    return true;
}

void dollar_hear(struct dollar *dollar, struct slice line) {
    if (!utf8_valid(line)) return;
    struct slice rest = line;
    if (!dollar->uid) {
        if (line.size > 0 && line.at[0] == '-' && !dollar->greeted) {
            dollar->greeted = true;
            give(dollar, json_pack("{s:s, s:s}", "type", "server", "name", "a $ server"));
        } else if (line.size > 0 && memchr(line.at, ':', line.size) && line.at[0] != '$') {
            hear_uid(dollar, line);
        } else if (line.size > 0) {
            hear_notice(dollar, line);
        }
    } else if (take_word(&rest, "$$create_chan:")) {
        give_entered(dollar, channel_number(dollar, rest), rest, own_slice(dollar->creating));
        own_set(&dollar->creating, (struct slice){0});
    } else if (take_word(&rest, "$$joined:")) {
        give_entered(dollar, channel_number(dollar, rest), rest, (struct slice){0});
    } else if (take_word(&rest, "$$leaved:")) {
        uint64_t number = channel_number(dollar, rest);
        if (number > 0) own_set(&dollar->channels[number - 1], (struct slice){0});
        give(dollar, json_pack("{s:s, s:I}", "type", "exited", "room", (json_int_t)number));
    } else if (slice_starts(line, slice_of("$$"))) {
        hear_notice(dollar, slice_from(line, 2));
    } else {
        hear_text(dollar, line);
    }
}

/* ---- what is said to it ---- */

static void put_line(struct buf *out, const struct dollar *dollar, const char *word,
                     struct slice last) {
    if (out->size > 0) buf_byte(out, '\n');
    buf_text(out, word);
    buf_byte(out, '$');
    buf_text(out, own_text(dollar->uid));
    buf_byte(out, '$');
    buf_put(out, last);
}

static const char *channel_of(const struct dollar *dollar, const json_t *command) {
    uint64_t number = said_number(command, "room");
    return number > 0 && number <= CHANNELS_MAX ? own_text(dollar->channels[number - 1]) : "";
}

/* A line for each line of the text; there is no acknowledgement: what is sent counts as said. */
static void say_send(struct dollar *dollar, struct buf *out, const json_t *command) {
    struct slice text = said_text(command, "text");
    dollar->here = said_number(command, "room");
    while (text.size > 0) {
        put_line(out, dollar, "send_msg", slice_text(channel_of(dollar, command)));
        buf_byte(out, '$');
        text_show(out, slice_until(&text, '\n'));
    }
    struct slice id = said_text(command, "client_id");
    struct model *model = dollar->model;
    struct post *post = outbox_find(&model->outbox, id);
    struct room *room = post ? model_find(model, post->room) : NULL;
    struct entry *entry = room ? room_find_waiting(room, id) : NULL;
    if (entry) room_drop(room, room_index_of(room, entry->id)); /* the server gives it back */
    if (post) outbox_drop(&model->outbox, post);
}

static void say(struct dollar *dollar, struct buf *out, const json_t *command) {
    struct slice type = said_text(command, "type");
    if (slice_equal(type, slice_of("hello"))) {
        buf_text(out, "reg$");
        buf_text(out, own_text(dollar->model->name));
    } else if (slice_equal(type, slice_of("join"))) {
        put_line(out, dollar, "join", said_text(command, "room"));
    } else if (slice_equal(type, slice_of("create"))) {
        own_set(&dollar->creating, said_text(command, "room"));
        put_line(out, dollar, "create_chan", said_text(command, "room"));
    } else if (slice_equal(type, slice_of("leave"))) {
        put_line(out, dollar, "leave", slice_text(channel_of(dollar, command)));
    } else if (slice_equal(type, slice_of("send"))) {
        say_send(dollar, out, command);
    } else {
        hear_notice(dollar, slice_of("a $ server cannot do that"));
    }
}

char *dollar_say(struct dollar *dollar, struct slice command) {
    json_t *object = json_loadb(command.at, command.size, 0, NULL);
    size_t cap = command.size * 64 + 1024;
    char *lines = own_memory(cap);
    struct buf out;
    buf_init(&out, lines, cap - 1);
    say(dollar, &out, object);
    if (!buf_ok(&out)) out.size = 0;
    lines[out.size] = 0;
    json_decref(object);
    return lines;
}
