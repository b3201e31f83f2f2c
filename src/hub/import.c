/* import.c: rooms that come out of a file, with all that was said in them.
 *
 * While it lasts they are hidden: nobody can mean them, though their names
 * are taken. One record at its end makes all of them rooms; where that is not written, they are
 * deleted at the next start: so a whole file is imported, or nothing of it. */
#include "base/check.h"
#include "hub/inside.h"

static void refuse(struct hub *hub, const char *why) {
    hub_refuse(hub, REFUSED_RESTORING, 0, slice_text(why));
}

/* Nothing was ever said in it, nobody is there or belongs there: an import may take its place. */
static bool is_unused(const struct room *room) {
    return room->seq == 0 && room->member_count == 0 && room->ties == NONE &&
           room->restraints_first == NONE &&
           !(room->flags & (ROOM_OWN | ROOM_DIRECT | ROOM_IMPORTING));
}

static void import_drop(struct hub *hub, struct room *room) {
    hub_record_sum(hub, hub_record(hub, RECORD_DELETED, room));
    room_free(hub, room);
}

/* The flags that the new one takes from the old one. False: the asker was told. */
static bool make_way(struct hub *hub, uint32_t *flags) {
    struct room *room = room_by_key(hub, hub->command->room_key);
    if (!room) return true;
    if (!is_unused(room)) {
        hub_refuse(hub, REFUSED_ROOM_EXISTS, 0, hub->command->room);
        return false;
    }
    *flags |= room->flags & ROOM_LOBBY;
    import_drop(hub, room);
    return true;
}

static void import_settings(struct hub *hub, struct room *room) {
    const struct command *c = hub->command;
    check(c->text.size <= TOPIC_SIZE_MAX && c->secret.size <= ROOM_SECRET_MAX);
    if (c->text.size > 0)
        memcpy(hub->topics + (size_t)room_row(hub, room) * TOPIC_SIZE_MAX, c->text.at,
               c->text.size);
    if (c->secret.size > 0) memcpy(room->secret, c->secret.at, c->secret.size);
    room->topic_size = (uint16_t)c->text.size;
    room->secret_size = (uint8_t)c->secret.size;
    room->slow_seconds = c->count;
    room->retention_days = (uint32_t)c->before;
    room->retention_count = (uint32_t)c->after;
}

void import_room(struct hub *hub) {
    const struct command *c = hub->command;
    uint32_t asker = c->session.slot + 1;
    uint32_t flags = (uint32_t)(c->number & (ROOM_PRIVATE | ROOM_INVITE_ONLY | ROOM_MODERATED |
                                             ROOM_NO_HISTORY));
    if (hub->importer != 0 && hub->importer != asker) {
        refuse(hub, "another import is under way");
        return;
    }
    if (!hub_can_record_all(hub, 3, c->text.size + 512)) return;
    if (!make_way(hub, &flags)) return;
    struct room *room = room_make(hub, c->room, c->room_key, flags | ROOM_IMPORTING, NULL);
    if (!room) return;
    hub->importer = asker;
    import_settings(hub, room);
    room->time_ms = c->found_time_ms;
    room_record(hub, room, (struct slice){0});
    hub_reply(hub, EVENT_CREATED, room, true);
}

static struct record *import_record(struct hub *hub, struct room *room, uint64_t seq) {
    room->seq = seq;
    if (hub->command->found_time_ms > room->time_ms) room->time_ms = hub->command->found_time_ms;
    struct record *record = hub_record(hub, RECORD_MESSAGE, room);
    record->stored = hub->command->found_kind;
    return record;
}

/* That events up to `seq` are not kept. */
static void import_gap(struct hub *hub, struct room *room, uint64_t seq) {
    struct record *record = import_record(hub, room, seq);
    record->stored = STORED_MESSAGE;
    record->flags |= ROOM_NO_HISTORY;
    hub_record_sum(hub, record);
}

/* What was removed: its texts are not there, and it counts as removed. */
static void import_purge(struct hub *hub, struct room *room) {
    struct record *purge = hub_record(hub, RECORD_PURGE, room);
    purge->identity = hub->command->found_identity;
    purge->time_ms = 0;
    hub_record_sum(hub, purge);
}

/* Without an answer, unless it cannot be: then the whole import is given up. */
void import_event(struct hub *hub) {
    const struct command *c = hub->command;
    struct room *room = room_by_number(hub, c->room_id.v);
    if (!room || !(room->flags & ROOM_IMPORTING)) return;
    if (!hub_can_record_all(hub, 2, c->text.size + c->name.size)) return;
    check(c->number >> SEQ_BITS == 0);
    if (c->found_kind == STORED_NOTHING) {
        if (c->number > room->seq) import_gap(hub, room, c->number);
        if (c->found_identity.v != 0) import_purge(hub, room);
        return;
    }
    check(c->number > room->seq && c->target < c->number);
    if (c->number > room->seq + 1) import_gap(hub, room, c->number - 1);
    struct record *record = import_record(hub, room, c->number);
    record->flags &= ~(uint32_t)ROOM_NO_HISTORY;
    record->identity = c->found_identity;
    record->author_name = c->name;
    record->speech = c->speech;
    record->text = c->text;
    record->target = c->target;
    hub_record_sum(hub, record);
}

static uint32_t import_count(const struct hub *hub) {
    uint32_t count = 0;
    for (uint32_t row = 0; row < hub->room_top; row++)
        count += hub->rooms[row].number != 0 && (hub->rooms[row].flags & ROOM_IMPORTING) != 0;
    return count;
}

/* The rows of all of them are written anew by the last record. */
static uint64_t import_cost(uint32_t count) {
    return count * record_cost(TOPIC_SIZE_MAX);
}

/* One record makes all of them rooms. Each has one of its own behind it, so that nothing is said of
 * any of them before the first is flushed: see gate.h. */
static void import_keep(struct hub *hub, uint32_t count) {
    hub->cost += import_cost(count);
    hub_record_sum(hub, hub_record(hub, RECORD_IMPORTED, NULL));
    for (uint32_t row = 0; row < hub->room_top; row++) {
        struct room *room = &hub->rooms[row];
        if (room->number == 0 || !(room->flags & ROOM_IMPORTING)) continue;
        room->flags &= ~(uint32_t)ROOM_IMPORTING;
        room_record(hub, room, (struct slice){0});
    }
}

static void import_undo(struct hub *hub) {
    for (uint32_t row = 0; row < hub->room_top; row++) {
        struct room *room = &hub->rooms[row];
        if (room->number == 0 || !(room->flags & ROOM_IMPORTING)) continue;
        if (room->flags & ROOM_LOBBY) {
            /* as it was before: made anew it has another number, and nobody has seen the old one */
            char name[ROOM_NAME_SIZE_MAX], key[ROOM_KEY_MAX];
            size_t name_size = room->name_size, key_size = room->key_size;
            memcpy(name, room->name, name_size);
            memcpy(key, room->key, key_size);
            import_drop(hub, room);
            room_lobby(hub, (struct slice){name, name_size}, (struct slice){key, key_size});
        } else {
            import_drop(hub, room);
        }
    }
}

void import_end(struct hub *hub) {
    uint32_t count = import_count(hub);
    bool keep = hub->command->flags & COMMAND_SETS;
    if (hub->importer == hub->command->session.slot + 1) {
        hub->importer = 0;
        bool fits = !keep || hub_can_record_all(hub, 2 * count + 1, import_cost(count) / 2);
        if (keep && fits)
            import_keep(hub, count);
        else
            import_undo(hub);
        if (!fits) return;
    }
    hub_reply(hub, EVENT_DONE, NULL, true)->number = count;
}
