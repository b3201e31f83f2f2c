/* speech.c: what people say. The number of a message is given here and nowhere else, so that the
 * disk and every reader agree on the order. */
#include "base/check.h"
#include "hub/inside.h"

static uint32_t line_count(struct slice text) {
    uint32_t count = 1;
    for (size_t i = 0; i < text.size; i++)
        count += text.at[i] == '\n';
    return count;
}

static bool client_id_fits(struct slice id) {
    if (id.size > CLIENT_ID_SIZE_MAX) return false;
    for (size_t i = 0; i < id.size; i++)
        if (id.at[i] <= ' ' || id.at[i] > '~') return false;
    return true;
}

/* Her message with this client id: a person's ids are her own, and each room has its own. */
static struct once once_key(struct hub *hub, const struct user *user, const struct room *room) {
    struct slice id = hub->command->client_id;
    uint64_t whose = user->serial * UINT64_C(0x9e3779b97f4a7c15) ^ room->number;
    return (struct once){.hash = slice_hash(id, hub->seed ^ whose),
                         .check = slice_hash(id, ~hub->seed + whose),
                         .text_hash = slice_hash(hub->command->text, hub->seed)};
}

static struct once *once_find(struct hub *hub, struct once key) {
    for (uint32_t at = index_first(&hub->once_index, key.hash); at != INDEX_END;
         at = index_next(&hub->once_index, at, key.hash)) {
        struct once *once = &hub->onces[index_row(&hub->once_index, at)];
        if (once->hash == key.hash && once->check == key.check) return once;
    }
    return NULL;
}

static void once_put(struct hub *hub, struct once key, uint64_t seq) {
    uint32_t row = (uint32_t)(hub->once_next % hub->size.client_ids);
    if (hub->once_next++ >= hub->size.client_ids)
        index_drop(&hub->once_index, hub->onces[row].hash, row);
    key.seq = seq;
    hub->onces[row] = key;
    index_put(&hub->once_index, key.hash, row);
}

/* True where this client id was seen before: the asker was answered. */
static bool said_before(struct hub *hub, const struct room *room, struct once key) {
    const struct once *once = once_find(hub, key);
    if (!once) return false;
    if (once->text_hash != key.text_hash) {
        hub_refuse(hub, REFUSED_CLIENT_ID_REUSED, 0, hub->command->client_id);
        return true;
    }
    struct event *done = hub_reply(hub, EVENT_DONE, room, true);
    done->flags |= EVENT_AGAIN;
    done->seq = once->seq;
    return true;
}

static enum refusal text_fault(const struct hub *hub, struct slice text) {
    if (text.size == 0) return REFUSED_TEXT_EMPTY;
    if (text.size > hub->limits.text_size) return REFUSED_TEXT_TOO_LONG;
    if (line_count(text) > TEXT_LINES_MAX) return REFUSED_TEXT_TOO_LONG;
    if (!client_id_fits(hub->command->client_id)) return REFUSED_CLIENT_ID_BAD;
    return REFUSED_NOT;
}

/* WAY 5 of 9: what was said -> row to be. */
static void speech_record(struct hub *hub, const struct user *user, const struct room *room) {
    const struct command *c = hub->command;
    struct record *record = hub_record(hub, RECORD_MESSAGE, room);
    record->author = (struct user_id){user->number};
    record->author_name = user_name(user);
    record->speech = c->speech;
    if (!room_keeps_texts(hub, room)) record->flags |= ROOM_NO_HISTORY;
    record->text = c->text;
    record->client_id = c->client_id;
    hub_record_sum(hub, record);
}

void speech_say(struct hub *hub) {
    const struct command *c = hub->command;
    struct user *user = hub_asking_user(hub);
    struct room *room = room_needed(hub);
    if (!room) return;
    enum refusal fault = text_fault(hub, c->text);
    if (fault != REFUSED_NOT) {
        hub_refuse(hub, fault, hub->limits.text_size, (struct slice){0});
        return;
    }
    if (!member_find(hub, user, room)) {
        hub_refuse(hub, REFUSED_NOT_IN_ROOM, 0, room_name(room));
        return;
    }
    struct once key = {0};
    if (c->client_id.size > 0) {
        key = once_key(hub, user, room);
        if (said_before(hub, room, key)) return;
    }
    bool own = room->flags & ROOM_OWN;
    if (!own && !hub_can_record(hub, c->text.size + c->client_id.size + user->name_size)) return;
    room->seq++;
    if (hub->now_ms > room->time_ms) room->time_ms = hub->now_ms;
    if (c->client_id.size > 0) once_put(hub, key, room->seq);
    if (!own) speech_record(hub, user, room);
    struct event *said = hub_publish(hub, EVENT_SAID, room, user);
    said->seq = room->seq;
    said->time_ms = room->time_ms;
    said->speech = c->speech;
    said->text = c->text;
    said->reply_code = c->reply_code;
}
