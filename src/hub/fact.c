/* fact.c: see fact.h. */
#include "hub/fact.h"

#include "base/check.h"
#include "base/table.h"
#include "base/text.h"
#include "hub/inside.h"
#include "hub/messages.h"
#include "hub/people.h"

enum {
    /* bytes of one owner's lines with her name before each of them */
    TOLD_SIZE_MAX = FACTS_SIZE_MAX + FACT_KEYS_MAX * (ROOM_NAME_SIZE_MAX + 2)
};
_Static_assert(TOLD_SIZE_MAX < sizeof(((struct hub *)0)->facts_told), "a piece holds one owner");

bool fact_init(struct hub *hub) {
    hub->facts = table_new(FACTS_MAX, sizeof *hub->facts);
    hub->fact_free = NONE;
    return index_init(&hub->fact_owners, FACTS_MAX) && hub->facts;
}

void fact_deinit(struct hub *hub) {
    table_free(hub->facts);
    index_deinit(&hub->fact_owners);
}

/* ---- rows ---- */

static uint64_t owner_hash(const struct hub *hub, uint64_t owner) {
    return (owner ^ hub->seed) * UINT64_C(0x9e3779b97f4a7c15);
}

static struct fact_row *row_find(const struct hub *hub, uint64_t owner) {
    uint64_t hash = owner_hash(hub, owner);
    for (uint32_t at = index_first(&hub->fact_owners, hash); at != INDEX_END;
         at = index_next(&hub->fact_owners, at, hash)) {
        struct fact_row *row = &hub->facts[index_row(&hub->fact_owners, at)];
        if (row->owner == owner) return row;
    }
    return NULL;
}

static struct slice lines_of(const struct hub *hub, uint64_t owner) {
    const struct fact_row *row = row_find(hub, owner);
    return row ? (struct slice){row->lines, row->size} : (struct slice){0};
}

/* NULL: the table is full. */
static struct fact_row *row_take(struct hub *hub, uint64_t owner) {
    struct fact_row *row = row_find(hub, owner);
    uint32_t at = hub->fact_free;
    if (row) return row;
    if (at != NONE)
        hub->fact_free = hub->facts[at].next_free;
    else if (hub->fact_top < FACTS_MAX)
        at = hub->fact_top++;
    if (at == NONE) return NULL;
    hub->facts[at].owner = owner;
    hub->facts[at].size = 0;
    index_put(&hub->fact_owners, owner_hash(hub, owner), at);
    return &hub->facts[at];
}

static void row_drop(struct hub *hub, uint64_t owner) {
    struct fact_row *row = row_find(hub, owner);
    if (!row) return;
    uint32_t at = (uint32_t)(row - hub->facts);
    index_drop(&hub->fact_owners, owner_hash(hub, owner), at);
    row->owner = 0;
    row->next_free = hub->fact_free;
    hub->fact_free = at;
}

void fact_drop_person(struct hub *hub, uint32_t number) {
    row_drop(hub, FACT_OWNER(FACT_OF_PERSON, number));
    row_drop(hub, FACT_OWNER(FACT_MARKS, number));
}

void fact_drop_room(struct hub *hub, const struct room *room) {
    row_drop(hub, FACT_OWNER(FACT_OF_ROOM, room->number));
}

/* ---- lines ---- */

/* The line of that key: where it begins, and its size with its end. False: there is none. */
static bool line_find(struct slice lines, struct slice key, struct slice *line) {
    struct slice rest = lines;
    while (rest.size > 0) {
        const char *begin = rest.at;
        struct slice value = slice_until(&rest, '\n'), name = slice_until(&value, '\t');
        *line = (struct slice){begin, (size_t)(rest.at - begin)};
        if (slice_equal(name, key)) return true;
    }
    return false;
}

static struct slice value_of(struct slice line) {
    struct slice value = line;
    if (value.size > 0 && value.at[value.size - 1] == '\n') value.size--;
    (void)slice_until(&value, '\t');
    return value;
}

/* The lines with `value` under that key, or without it where it has no bytes, into `out`, which
 * may be too small. */
static void lines_with(struct slice lines, struct slice key, struct slice value, struct buf *out) {
    struct slice line = {0};
    bool had = line_find(lines, key, &line);
    size_t before = had ? (size_t)(line.at - lines.at) : lines.size;
    buf_put(out, slice_head(lines, before));
    if (value.size > 0) {
        buf_put(out, key);
        buf_byte(out, '\t');
        buf_put(out, value);
        buf_byte(out, '\n');
    }
    if (had) buf_put(out, slice_from(lines, before + line.size));
}

static uint32_t line_count(struct slice lines) {
    uint32_t count = 0;
    for (; lines.size > 0; count++)
        (void)slice_until(&lines, '\n');
    return count;
}

/* ---- owners ---- */

/* Whose facts are meant. */
struct owner {
    struct user *user;
    struct account *account; /* of the user; NULL: a guest */
    struct room *room;
};

static uint64_t owner_of(const struct owner *owner, enum fact_kind kind) {
    return FACT_OWNER(kind, owner->room ? owner->room->number : owner->user->number);
}

static bool is_kept(const struct owner *owner) {
    if (!owner->room) return owner->account != NULL;
    return !(owner->room->flags & (ROOM_OWN | ROOM_VOLATILE));
}

static void owner_record(struct hub *hub, const struct owner *owner, enum fact_kind kind,
                         struct slice lines) {
    struct record *record = owner->room ? hub_record(hub, RECORD_FACTS, owner->room)
                                        : hub_record_account(hub, RECORD_FACTS, owner->account);
    record->number = owner_of(owner, kind);
    record->text = lines;
    hub_record_sum(hub, record);
}

/* Its lines from now on. False: no disk or no row is left; the asker was told. */
static bool owner_set(struct hub *hub, const struct owner *owner, enum fact_kind kind,
                      struct slice lines) {
    uint64_t id = owner_of(owner, kind);
    check(lines.size <= FACTS_SIZE_MAX);
    if (is_kept(owner) && !hub_can_record(hub, lines.size)) return false;
    if (lines.size == 0) {
        row_drop(hub, id);
    } else {
        struct fact_row *row = row_take(hub, id);
        if (!row) {
            hub_refuse(hub, REFUSED_SERVER_FULL, 0, (struct slice){0});
            return false;
        }
        memcpy(row->lines, lines.at, lines.size);
        row->size = (uint16_t)lines.size;
        lines = (struct slice){row->lines, row->size};
    }
    if (is_kept(owner)) owner_record(hub, owner, kind, lines);
    return true;
}

void fact_keep(struct hub *hub, const struct account *account) {
    const enum fact_kind kinds[] = {FACT_OF_PERSON, FACT_MARKS};
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        uint64_t id = FACT_OWNER(kinds[i], account->number);
        struct slice lines = lines_of(hub, id);
        if (lines.size == 0) continue;
        if (!hub_fits(hub, 1, lines.size)) {
            row_drop(hub, id);
            continue;
        }
        struct record *record = hub_record_account(hub, RECORD_FACTS, account);
        record->number = id;
        record->text = lines;
        hub_record_sum(hub, record);
    }
}

bool fact_load(struct hub *hub, const struct record *record) {
    uint64_t kind = record->number >> 40;
    uint32_t number = (uint32_t)record->number;
    bool owned = kind == FACT_OF_ROOM ? room_by_number(hub, number) != NULL
                                      : account_by_number(hub, number) != NULL;
    if (kind > FACT_OF_ROOM || !owned || record->text.size > FACTS_SIZE_MAX) return false;
    if (record->text.size == 0 || row_find(hub, record->number)) return false;
    struct fact_row *row = row_take(hub, record->number);
    if (!row) return false;
    memcpy(row->lines, record->text.at, record->text.size);
    row->size = (uint16_t)record->text.size;
    return true;
}

/* ---- telling ---- */

static void put_whose(const struct owner *owner, struct buf *out) {
    if (owner->room) buf_byte(out, '#');
    buf_put(out, owner->room ? room_name(owner->room) : user_name(owner->user));
    buf_byte(out, '\t');
}

/* "whose\tkey\tvalue\n"; without a value "whose\tkey\n" */
static void put_told(const struct owner *owner, struct slice key, struct slice value, bool has,
                     struct buf *out) {
    put_whose(owner, out);
    buf_put(out, key);
    if (has) buf_byte(out, '\t');
    if (has) buf_put(out, value);
    buf_byte(out, '\n');
}

static void put_all(const struct hub *hub, const struct owner *owner, struct buf *out) {
    enum fact_kind kind = owner->room ? FACT_OF_ROOM : FACT_OF_PERSON;
    struct slice lines = lines_of(hub, owner_of(owner, kind));
    while (lines.size > 0) {
        struct slice value = slice_until(&lines, '\n'), key = slice_until(&value, '\t');
        put_told(owner, key, value, true, out);
    }
}

static struct event *reply(struct hub *hub, const struct owner *owner, const struct buf *told,
                           bool last) {
    check(buf_ok(told));
    struct event *event = owner->account && !owner->room
                              ? hub_reply_account(hub, EVENT_FACTS, last)
                              : hub_reply(hub, EVENT_FACTS, owner->room, last);
    event->why = (uint8_t)hub->command->number;
    event->text = buf_slice(told);
    return event;
}

void fact_tell(struct hub *hub, const struct user *user) {
    struct owner owner = {.user = (struct user *)(uintptr_t)user};
    struct buf told;
    buf_init(&told, hub->facts_told, sizeof hub->facts_told);
    put_all(hub, &owner, &told);
    if (told.size == 0) return;
    struct event *event = hub_reply(hub, EVENT_FACTS, NULL, false);
    event->why = FACTS_LIST;
    event->text = buf_slice(&told);
}

/* To all who share a room with her, or are in the room; the worker shows it to those of them who
 * asked for a key of it. */
static void publish(struct hub *hub, const struct owner *owner, const struct buf *told) {
    const struct user *asker = hub_asking_user(hub);
    uint32_t scatter = ++hub->next_scatter;
    uint32_t at = owner->room ? NONE : owner->user->memberships;
    const struct room *room = owner->room ? owner->room : NULL;
    if (!room && at != NONE) room = &hub->rooms[hub->memberships[at].room];
    while (room) {
        struct event *event = hub_publish(hub, EVENT_FACT, room, asker);
        event->text = buf_slice(told);
        event->number = scatter;
        event->flags |= EVENT_SCATTERED;
        if (at != NONE) at = hub->memberships[at].user_next;
        room = at != NONE ? &hub->rooms[hub->memberships[at].room] : NULL;
    }
}

/* ---- asking ---- */

/* False: there is no such owner, or she may not; the asker was told. */
static bool owner_meant(struct hub *hub, bool sets, struct owner *owner) {
    const struct command *c = hub->command;
    struct user *asker = hub_asking_user(hub);
    *owner = (struct owner){0};
    if (c->name.size == 0 && c->room.size == 0 && c->room_id.v == 0) {
        *owner = (struct owner){.user = asker, .account = account_of(hub, asker)};
        return true;
    }
    if (c->name.size == 0) {
        owner->room = room_for(hub, sets ? ACTION_MODE : ACTION_READ);
        return owner->room != NULL;
    }
    owner->user = user_by_key(hub, c->name_key);
    if (!owner->user) {
        hub_refuse(hub, REFUSED_PERSON_UNKNOWN, 0, c->name);
        return false;
    }
    owner->account = account_of(hub, owner->user);
    if (!sets || owner->user == asker || asker->admin) return true;
    hub_refuse(hub, REFUSED_NOT_ALLOWED, 0, c->name);
    return false;
}

static void get(struct hub *hub, const struct owner *owner, struct buf *told) {
    struct slice lines =
        lines_of(hub, owner_of(owner, owner->room ? FACT_OF_ROOM : FACT_OF_PERSON));
    struct slice keys = hub->command->text;
    while (keys.size > 0) {
        struct slice key = slice_until(&keys, '\n'), line = {0};
        bool has = line_find(lines, key, &line);
        put_told(owner, key, value_of(line), has, told);
    }
}

/* False: nothing changed, or the asker was told why it did not. */
static bool set(struct hub *hub, const struct owner *owner, struct buf *told) {
    enum fact_kind kind = owner->room ? FACT_OF_ROOM : FACT_OF_PERSON;
    struct slice value = hub->command->text, key = slice_until(&value, '\t');
    struct slice lines = lines_of(hub, owner_of(owner, kind)), line = {0};
    bool had = line_find(lines, key, &line), again = had && slice_equal(value_of(line), value);
    uint32_t most = hub->limits.fact_keys;
    char memory[FACTS_SIZE_MAX];
    struct buf now;
    buf_init(&now, memory, sizeof memory);
    if (most == 0 || most > FACT_KEYS_MAX) most = FACT_KEYS_MAX;
    lines_with(lines, key, value, &now);
    bool full = value.size > 0 && !had && line_count(lines) >= most;
    if (full || !buf_ok(&now)) {
        hub_refuse(hub, REFUSED_LIST_FULL, most, key);
        return false;
    }
    bool changes = value.size > 0 ? !again : had;
    if (changes && !owner_set(hub, owner, kind, buf_slice(&now))) return false;
    put_told(owner, key, value, value.size > 0, told);
    reply(hub, owner, told, true);
    return changes;
}

static bool clear(struct hub *hub, const struct owner *owner, struct buf *told) {
    enum fact_kind kind = owner->room ? FACT_OF_ROOM : FACT_OF_PERSON;
    struct slice lines = lines_of(hub, owner_of(owner, kind));
    bool any = lines.size > 0;
    while (lines.size > 0) {
        struct slice line = slice_until(&lines, '\n');
        put_told(owner, slice_until(&line, '\t'), (struct slice){0}, false, told);
    }
    if (any && !owner_set(hub, owner, kind, (struct slice){0})) return false;
    reply(hub, owner, told, true);
    return any;
}

/* Those of the room, then of its members, a piece at a time; the dialect leaves out what was not
 * asked for. */
static void sync(struct hub *hub, const struct owner *owner, struct buf *told) {
    const struct room *room = owner->room;
    uint64_t cursor = hub->command->cursor;
    if (!room || cursor == 0) put_all(hub, owner, told);
    uint32_t at = room ? room->members_first : NONE;
    while (at != NONE && hub->memberships[at].serial <= cursor)
        at = hub->memberships[at].room_next;
    for (; at != NONE && told->size + TOLD_SIZE_MAX <= told->cap;
         at = hub->memberships[at].room_next) {
        struct owner member = {.user = &hub->users[hub->memberships[at].user]};
        put_all(hub, &member, told);
        cursor = hub->memberships[at].serial;
    }
    struct event *event = reply(hub, owner, told, at == NONE);
    event->before = hub->command->cursor;
    event->cursor = at == NONE ? 0 : cursor;
}

/* ---- read markers ---- */

static void put_room_mark(const struct room *room, struct buf *out) {
    buf_byte(out, '#');
    buf_hex(out, room->hex, 10);
}

static int64_t mark_of(struct hub *hub, const struct user *user, struct slice key) {
    struct slice lines = lines_of(hub, FACT_OWNER(FACT_MARKS, user->number)), line = {0};
    uint64_t time_ms = 0;
    if (line_find(lines, key, &line)) (void)slice_number(value_of(line), INT64_MAX, &time_ms);
    return (int64_t)time_ms;
}

int64_t fact_marked(struct hub *hub, const struct user *user, const struct room *room) {
    char memory[16];
    struct buf key;
    struct account *account = account_of(hub, user);
    const struct tie *tie = account ? tie_find(hub, account, room) : NULL;
    buf_init(&key, memory, sizeof memory);
    put_room_mark(room, &key);
    int64_t time_ms = mark_of(hub, user, buf_slice(&key));
    bool all = tie && tie->read > 0 && tie->read == room->seq; /* elsewhere */
    return all && room->time_ms > time_ms ? room->time_ms : time_ms;
}

/* Without the oldest of them, as long as there is no room for one more. */
static struct slice forget_oldest(struct slice lines, char memory[FACTS_SIZE_MAX]) {
    while (lines.size + USER_KEY_MAX + 24 > FACTS_SIZE_MAX) {
        struct slice rest = lines, oldest = {0};
        uint64_t least = UINT64_MAX;
        struct buf left;
        while (rest.size > 0) {
            struct slice value = slice_until(&rest, '\n'), key = slice_until(&value, '\t');
            uint64_t time_ms = 0;
            (void)slice_number(value, INT64_MAX, &time_ms);
            if (time_ms < least) oldest = key;
            if (time_ms < least) least = time_ms;
        }
        char fresh[FACTS_SIZE_MAX];
        buf_init(&left, fresh, sizeof fresh);
        lines_with(lines, oldest, (struct slice){0}, &left);
        memcpy(memory, fresh, left.size);
        lines = (struct slice){memory, left.size};
    }
    return lines;
}

static bool mark_set(struct hub *hub, const struct owner *owner, struct slice key,
                     int64_t time_ms) {
    char memory[FACTS_SIZE_MAX], kept[FACTS_SIZE_MAX], digits[24];
    struct slice lines = lines_of(hub, owner_of(owner, FACT_MARKS));
    struct buf now, number;
    buf_init(&now, memory, sizeof memory);
    buf_init(&number, digits, sizeof digits);
    buf_number(&number, (uint64_t)time_ms);
    lines_with(forget_oldest(lines, kept), key, buf_slice(&number), &now);
    check(buf_ok(&now));
    return owner_set(hub, owner, FACT_MARKS, buf_slice(&now));
}

/* All devices of hers are told; the markers of others are nobody's business. */
static void tell_marked(struct hub *hub, const struct owner *owner, const struct room *room,
                        int64_t time_ms, bool all) {
    const struct command *c = hub->command;
    for (uint32_t at = owner->user->sessions; at != NONE; at = hub->sessions[at].next) {
        struct session_id id = hub_session_id(hub, at);
        bool asks = session_same(id, c->session);
        if (!asks && !all) continue;
        struct event *event = owner->account ? hub_reply_account_to(hub, id, EVENT_MARKED)
                                             : hub_reply_to(hub, id, EVENT_MARKED, NULL);
        if (asks) event->reply_code = c->reply_code;
        if (asks && (c->flags & COMMAND_WAITS)) event->flags |= EVENT_LAST;
        if (c->name.size > 0)
            event->other = c->name;
        else
            event->room_name = room ? room_name(room) : c->room;
        event->before_ms = time_ms;
    }
}

/* What lies in the future was not read yet; a marker only goes forward. */
static void mark(struct hub *hub) {
    const struct command *c = hub->command;
    struct owner owner = {.user = hub_asking_user(hub)};
    struct room *room = c->name.size > 0 ? NULL : room_meant(hub);
    char memory[USER_KEY_MAX + 16];
    struct buf key;
    owner.account = account_of(hub, owner.user);
    if (room && !standing_sees(hub, owner.user, room)) room = NULL;
    if (c->name.size == 0 && !room && c->before_ms != 0) {
        hub_refuse(hub, REFUSED_ROOM_UNKNOWN, 0, c->room);
        return;
    }
    buf_init(&key, memory, sizeof memory);
    if (room)
        put_room_mark(room, &key);
    else
        buf_put(&key, slice_head(c->name_key, USER_KEY_MAX));
    int64_t before_ms =
        room ? fact_marked(hub, owner.user, room) : mark_of(hub, owner.user, buf_slice(&key));
    int64_t time_ms = c->before_ms < hub->now_ms ? c->before_ms : hub->now_ms;
    bool sets = key.size > 0 && time_ms > before_ms;
    if (sets && !mark_set(hub, &owner, buf_slice(&key), time_ms)) return;
    bool all = sets && room && owner.account && time_ms >= room->time_ms && room->seq > 0;
    if (all && member_find(hub, owner.user, room) && hub_fits(hub, 1, 0))
        (void)tie_set_read(hub, owner.account, room, room->seq);
    tell_marked(hub, &owner, room, sets ? time_ms : before_ms, sets);
}

void fact_command(struct hub *hub) {
    enum facting what = (enum facting)hub->command->number;
    struct owner owner;
    struct buf told;
    buf_init(&told, hub->facts_told, sizeof hub->facts_told);
    if (what == FACTS_MARK) {
        mark(hub);
        return;
    }
    bool sets = what == FACTS_SET || what == FACTS_CLEAR, changed = false;
    if (!owner_meant(hub, sets, &owner)) return;
    switch (what) {
    case FACTS_SYNC: sync(hub, &owner, &told); break;
    case FACTS_SET: changed = set(hub, &owner, &told); break;
    case FACTS_CLEAR: changed = clear(hub, &owner, &told); break;
    case FACTS_LIST:
        put_all(hub, &owner, &told);
        reply(hub, &owner, &told, true);
        break;
    case FACTS_GET:
        get(hub, &owner, &told);
        reply(hub, &owner, &told, true);
        break;
    case FACTS_MARK: break;
    }
    if (changed) publish(hub, &owner, &told);
}

/* ---- for tests ---- */

void fact_verify(const struct hub *hub) {
    uint32_t rows = 0;
    for (uint32_t i = 0; i < hub->fact_top; i++) {
        const struct fact_row *row = &hub->facts[i];
        if (row->owner == 0) continue;
        check(row_find(hub, row->owner) == row && row->size > 0 && row->size <= FACTS_SIZE_MAX);
        check(row->lines[row->size - 1] == '\n');
        rows++;
    }
    check(hub->fact_owners.count == rows);
}

uint64_t fact_digest(struct hub *hub) {
    uint64_t sum = 0;
    for (uint32_t i = 0; i < hub->fact_top; i++) {
        const struct fact_row *row = &hub->facts[i];
        uint32_t number = (uint32_t)row->owner;
        const struct room *room = NULL;
        if (row->owner >> 40 == FACT_OF_ROOM) room = room_by_number(hub, number);
        bool kept = room ? !(room->flags & (ROOM_OWN | ROOM_VOLATILE))
                         : account_by_number(hub, number) != NULL;
        if (row->owner == 0 || !kept) continue;
        sum += digest_mix(row->owner, slice_hash((struct slice){row->lines, row->size}, 6));
    }
    return sum;
}
