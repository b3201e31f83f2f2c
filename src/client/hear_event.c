/* hear_event.c: what stands in a room's history. */
#include <stdlib.h>

#include "client/hear.h"
#include "client/speak.h"

/* How an event is told in a line of our own words, where it is not a message itself. */
struct line {
    char memory[2048];
    struct buf buf;
};

static struct entry *put_line(struct model *model, struct room *room, const json_t *event,
                              struct line *line) {
    struct entry entry = {.id = ++model->next_entry,
                          .seq = said_number(event, "seq"),
                          .place = said_number(event, "seq"),
                          .kind = ENTRY_NEWS,
                          .time_ms = (int64_t)said_number(event, "time")};
    own_set(&entry.text, buf_slice(&line->buf));
    return room_put(room, &entry);
}

static struct slice from(const json_t *event) {
    return hear_name(event, "from");
}

static bool is_mine(const struct model *model, const json_t *event) {
    return model->me > 0 && said_number(json_object_get(event, "from"), "id") == model->me;
}

/* ---- messages ---- */

static void put_reactions(struct entry *entry, const json_t *event) {
    size_t index;
    const json_t *row;
    json_array_foreach(json_object_get(event, "reactions"), index, row) {
        uint32_t count = (uint32_t)said_number(row, "count");
        entry_add_reaction(entry, said_text(row, "reaction"), count, said_true(row, "mine"));
    }
}

static enum entry_kind kind_of(struct slice word) {
    if (slice_equal(word, slice_of("action"))) return ENTRY_ACTION;
    return slice_equal(word, slice_of("notice")) ? ENTRY_NOTICE : ENTRY_SAY;
}

/* Live, somebody else's: it counts, it rings. */
static void count_live(struct model *model, struct room *room, const struct entry *entry) {
    room_typing(room, own_slice(entry->name), 0);
    bool looked_at = model_room(model) == room && model->focused && room->anchor == 0;
    if (!looked_at && room->unread == 0) room->new_from = room->read + 1;
    room->unread++;
    if (entry->mention) {
        room->mentions++;
        model->bell = true;
    }
}

static void hear_message(struct model *model, struct room *room, const json_t *event,
                         enum heard heard) {
    struct slice client_id = said_text(event, "client_id");
    struct entry *waiting = client_id.size ? room_find_waiting(room, client_id) : NULL;
    if (waiting) room_drop(room, room_index_of(room, waiting->id));
    struct post *post = client_id.size ? outbox_find(&model->outbox, client_id) : NULL;
    if (post) outbox_drop(&model->outbox, post);
    struct entry entry = {.id = ++model->next_entry,
                          .seq = said_number(event, "seq"),
                          .kind = kind_of(said_text(event, "kind")),
                          .time_ms = (int64_t)said_number(event, "time"),
                          .author = said_number(json_object_get(event, "from"), "id"),
                          .reply = said_number(event, "reply"),
                          .mine = is_mine(model, event),
                          .bot = said_true(json_object_get(event, "from"), "bot"),
                          .edited = said_true(event, "edited"),
                          .removed = said_true(event, "removed")};
    entry.place = entry.seq > 0 ? entry.seq : room->seq;
    own_set(&entry.name, from(event));
    own_set(&entry.text, said_text(event, "text"));
    put_reactions(&entry, event);
    bool addressed = room->kind == ROOM_PAIR || model_mentions(model, own_slice(entry.text));
    entry.mention = !entry.mine && entry.kind != ENTRY_NOTICE && addressed;
    bool known = entry.seq > 0 && entry.seq <= room->seq && heard != HEARD_PAGE;
    if (heard == HEARD_LIVE && !entry.mine && !known) count_live(model, room, &entry);
    if (heard == HEARD_LIVE && room->tail_missing && !known) {
        entry_deinit(&entry); /* it is asked for when one comes there */
        return;
    }
    struct entry *put = room_put(room, &entry);
    if (put) put->mention &= room->kind != ROOM_PAIR; /* a pair rings, but is not painted */
}

/* ---- changes ---- */

static void hear_edited(struct model *model, struct room *room, const json_t *event,
                        enum heard heard) {
    (void)model;
    struct entry *entry = room_find_seq(room, said_number(event, "target"));
    if (!entry || heard == HEARD_PAGE) return;
    own_set(&entry->text, said_text(event, "text"));
    entry->edited = true;
}

static void hear_removed(struct model *model, struct room *room, const json_t *event,
                         enum heard heard) {
    (void)model;
    (void)heard;
    struct entry *entry = room_find_seq(room, said_number(event, "target"));
    if (!entry) return;
    own_set(&entry->text, (struct slice){0});
    entry->removed = true;
}

static void hear_reacted(struct model *model, struct room *room, const json_t *event,
                         enum heard heard) {
    struct entry *entry = room_find_seq(room, said_number(event, "target"));
    if (!entry || heard == HEARD_PAGE) return; /* a page's messages have them counted */
    entry_react(entry, said_text(event, "reaction"), said_true(event, "off"),
                is_mine(model, event));
}

/* ---- news ---- */

static void hear_topic(struct model *model, struct room *room, const json_t *event,
                       enum heard heard) {
    struct line line;
    buf_init(&line.buf, line.memory, sizeof line.memory);
    struct slice text = said_text(event, "text");
    buf_put(&line.buf, from(event));
    buf_text(&line.buf, text.size ? " set the topic: " : " took the topic away");
    buf_put(&line.buf, slice_head(text, 1024));
    put_line(model, room, event, &line);
    if (heard != HEARD_PAGE) own_set(&room->topic, text);
}

static void put_value(struct buf *out, const json_t *value) {
    if (json_is_string(value))
        buf_put(out, slice_head((struct slice){json_string_value(value), json_string_length(value)},
                                512));
    else if (json_is_integer(value))
        buf_number(out, (uint64_t)json_integer_value(value));
    else
        buf_text(out, json_is_true(value) ? "on" : "off");
}

static void hear_mode(struct model *model, struct room *room, const json_t *event,
                      enum heard heard) {
    (void)heard;
    struct line line;
    buf_init(&line.buf, line.memory, sizeof line.memory);
    buf_put(&line.buf, from(event));
    buf_text(&line.buf, " set ");
    buf_put(&line.buf, said_text(event, "setting"));
    buf_text(&line.buf, ": ");
    put_value(&line.buf, json_object_get(event, "value"));
    put_line(model, room, event, &line);
}

static void hear_role(struct model *model, struct room *room, const json_t *event,
                      enum heard heard) {
    struct line line;
    buf_init(&line.buf, line.memory, sizeof line.memory);
    struct slice who = hear_name(event, "who");
    buf_put(&line.buf, who);
    buf_text(&line.buf, " is now ");
    buf_put(&line.buf, said_text(event, "role"));
    put_line(model, room, event, &line);
    if (heard == HEARD_PAGE) return;
    struct member *member = room_member(room, who);
    if (member) member->rank = rank_of_word(said_text(event, "role"));
    if (slice_equal(who, own_slice(model->name)))
        room->my_rank = rank_of_word(said_text(event, "role"));
    room_members_sort(room);
}

static void put_why(struct line *line, const json_t *event) {
    struct slice why = said_text(event, "why");
    if (why.size == 0) return;
    buf_text(&line->buf, ": ");
    buf_put(&line->buf, slice_head(why, 1024));
}

static void hear_kicked(struct model *model, struct room *room, const json_t *event,
                        enum heard heard) {
    struct line line;
    buf_init(&line.buf, line.memory, sizeof line.memory);
    buf_put(&line.buf, from(event));
    buf_text(&line.buf, " put ");
    buf_put(&line.buf, hear_name(event, "who"));
    buf_text(&line.buf, " out");
    put_why(&line, event);
    put_line(model, room, event, &line);
    if (heard != HEARD_PAGE) room_member_drop(room, hear_name(event, "who"));
}

static void hear_restrained(struct model *model, struct room *room, const json_t *event,
                            enum heard heard) {
    (void)heard;
    struct line line;
    buf_init(&line.buf, line.memory, sizeof line.memory);
    const json_t *who = json_object_get(event, "who");
    buf_put(&line.buf, from(event));
    buf_text(&line.buf, said_true(event, "off") ? " lifted the " : " set a ");
    buf_put(&line.buf, said_text(event, "kind"));
    buf_text(&line.buf, " of ");
    buf_put(&line.buf, json_is_object(who) ? hear_name(event, "who") : said_text(event, "who"));
    if (said_number(event, "minutes")) {
        buf_text(&line.buf, " for ");
        buf_number(&line.buf, said_number(event, "minutes"));
        buf_text(&line.buf, " minutes");
    }
    put_why(&line, event);
    put_line(model, room, event, &line);
}

static void hear_room_renamed(struct model *model, struct room *room, const json_t *event,
                              enum heard heard) {
    struct line line;
    buf_init(&line.buf, line.memory, sizeof line.memory);
    buf_text(&line.buf, "This room is called ");
    buf_put(&line.buf, said_text(event, "name"));
    buf_text(&line.buf, " now");
    put_line(model, room, event, &line);
    if (heard != HEARD_PAGE) own_set(&room->name, said_text(event, "name"));
}

static const struct {
    const char *type;
    void (*hear)(struct model *model, struct room *room, const json_t *event, enum heard heard);
} hears[] = {
    {"message", hear_message},
    {"edited", hear_edited},
    {"removed", hear_removed},
    {"reacted", hear_reacted},
    {"topic", hear_topic},
    {"mode", hear_mode},
    {"role", hear_role},
    {"kicked", hear_kicked},
    {"restrained", hear_restrained},
    {"room_renamed", hear_room_renamed},
};

/* A pair of which we hear for the first time. */
static struct room *pair_of(struct model *model, const json_t *event) {
    struct slice name = hear_name(event, "with");
    if (name.size == 0) return NULL;
    struct room *room = model_find_name(model, ROOM_PAIR, name);
    if (!room) room = model_add(model, ROOM_PAIR, 0, name);
    if (room) room->number = said_number(event, "room");
    return room;
}

bool hear_event(struct model *model, const json_t *event, enum heard heard) {
    struct slice type = said_text(event, "type");
    size_t i = 0;
    while (i < sizeof hears / sizeof *hears && !slice_equal(slice_text(hears[i].type), type))
        i++;
    if (i == sizeof hears / sizeof *hears) return false;
    struct room *room = hear_room(model, event);
    if (!room) room = pair_of(model, event);
    if (!room) return true;
    uint64_t seq = said_number(event, "seq");
    hears[i].hear(model, room, event, heard);
    if (heard != HEARD_PAGE && seq > room->seq) room->seq = seq;
    model_seen(model);
    return true;
}
