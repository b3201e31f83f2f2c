/* room.c: entries in their order, members. */
#include "client/room.h"

#include <stdlib.h>

#include "base/check.h"

struct room *room_open(enum room_kind kind, struct slice name) {
    struct room *room = own_memory(sizeof *room);
    room->kind = kind;
    own_set(&room->name, name);
    return room;
}

void room_close(struct room *room) {
    room_clear(room);
    room_members_clear(room);
    for (size_t i = 0; i < sizeof room->typing / sizeof *room->typing; i++)
        free(room->typing[i]);
    free(room->entries);
    free(room->members);
    free(room->name);
    free(room->topic);
    free(room->draft);
    free(room);
}

/* ---- entries ---- */

void entry_deinit(struct entry *entry) {
    free(entry->name);
    free(entry->text);
    free(entry->client_id);
    for (size_t i = 0; i < entry->reaction_count; i++)
        free(entry->reactions[i].text);
    *entry = (struct entry){0};
}

/* How many entries stand at or before `place`. */
static size_t position(const struct room *room, uint64_t place) {
    size_t low = 0, high = room->entry_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (room->entries[middle].place <= place)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

void room_drop(struct room *room, size_t index) {
    check(index < room->entry_count);
    struct entry *entry = &room->entries[index];
    if (room->anchor == entry->id) room->anchor = 0;
    if (room->selected == entry->id) room->selected = 0;
    entry_deinit(entry);
    room->entry_count--;
    memmove(entry, entry + 1, (room->entry_count - index) * sizeof *entry);
    room->entries[room->entry_count] = (struct entry){0};
}

/* The end that is not looked at gives way. */
static void forget_one(struct room *room, size_t fresh) {
    if (fresh > room->entry_count / 2) {
        room->at_start = false;
        room_drop(room, 0);
    } else {
        room->tail_missing = true;
        room_drop(room, room->entry_count - 1);
    }
}

struct entry *room_put(struct room *room, struct entry *fresh) {
    struct entry *old = fresh->seq > 0 ? room_find_seq(room, fresh->seq) : NULL;
    if (old) {
        fresh->id = old->id;
        entry_deinit(old);
        *old = *fresh;
        return old;
    }
    void *entries = room->entries;
    own_grow(&entries, &room->entry_cap, room->entry_count, sizeof *room->entries);
    room->entries = entries;
    size_t index = position(room, fresh->place);
    struct entry *at = &room->entries[index];
    memmove(at + 1, at, (room->entry_count - index) * sizeof *at);
    room->entry_count++;
    *at = *fresh;
    uint64_t id = fresh->id;
    if (room->entry_count > ENTRIES_MAX) forget_one(room, index);
    return room_find_id(room, id);
}

struct entry *room_find_seq(struct room *room, uint64_t seq) {
    /* Entries without a seq of their own may stand behind it at the same place. */
    for (size_t i = position(room, seq); i > 0 && room->entries[i - 1].place == seq; i--)
        if (room->entries[i - 1].seq == seq) return &room->entries[i - 1];
    return NULL;
}

size_t room_index_of(const struct room *room, uint64_t id) {
    for (size_t i = room->entry_count; i > 0; i--)
        if (room->entries[i - 1].id == id) return i - 1;
    return room->entry_count;
}

struct entry *room_find_id(struct room *room, uint64_t id) {
    size_t index = room_index_of(room, id);
    return index < room->entry_count ? &room->entries[index] : NULL;
}

struct entry *room_find_waiting(struct room *room, struct slice client_id) {
    for (size_t i = room->entry_count; i > 0; i--) {
        struct entry *entry = &room->entries[i - 1];
        if (entry->client_id && slice_equal(slice_text(entry->client_id), client_id)) return entry;
    }
    return NULL;
}

void room_clear(struct room *room) {
    for (size_t i = 0; i < room->entry_count; i++)
        entry_deinit(&room->entries[i]);
    room->entry_count = 0;
    room->anchor = room->selected = 0;
    room->anchor_rows = 0;
    room->at_start = false;
}

void room_clear_after(struct room *room, uint64_t seq) {
    for (size_t i = room->entry_count; i > 0; i--)
        if (room->entries[i - 1].seq > seq) room_drop(room, i - 1);
}

/* ---- reactions ---- */

static struct reaction *reaction_find(struct entry *entry, struct slice text) {
    for (size_t i = 0; i < entry->reaction_count; i++)
        if (slice_equal(own_slice(entry->reactions[i].text), text)) return &entry->reactions[i];
    return NULL;
}

void entry_add_reaction(struct entry *entry, struct slice text, uint32_t count, bool mine) {
    if (entry->reaction_count == REACTIONS_MAX || count == 0) return;
    struct reaction *fresh = &entry->reactions[entry->reaction_count++];
    *fresh = (struct reaction){.text = own_new(text), .count = count, .mine = mine};
}

static void take_back(struct entry *entry, struct reaction *reaction, bool mine) {
    if (mine) reaction->mine = false;
    if (--reaction->count > 0) return;
    free(reaction->text);
    size_t index = (size_t)(reaction - entry->reactions);
    entry->reaction_count--;
    memmove(reaction, reaction + 1, (entry->reaction_count - index) * sizeof *reaction);
}

void entry_react(struct entry *entry, struct slice text, bool off, bool mine) {
    struct reaction *reaction = reaction_find(entry, text);
    if (reaction && off) {
        take_back(entry, reaction, mine);
    } else if (reaction) {
        reaction->count++;
        reaction->mine |= mine;
    } else if (!off) {
        entry_add_reaction(entry, text, 1, mine);
    }
}

/* ---- members ---- */

struct member *room_member(struct room *room, struct slice name) {
    for (size_t i = 0; i < room->member_count; i++)
        if (slice_equal(own_slice(room->members[i].name), name)) return &room->members[i];
    return NULL;
}

struct member *room_member_add(struct room *room, struct slice name) {
    struct member *member = room_member(room, name);
    if (member || room->member_count == MEMBERS_MAX) return member;
    void *members = room->members;
    own_grow(&members, &room->member_cap, room->member_count, sizeof *room->members);
    room->members = members;
    member = &room->members[room->member_count++];
    *member = (struct member){.name = own_new(name)};
    return member;
}

void room_member_drop(struct room *room, struct slice name) {
    struct member *member = room_member(room, name);
    if (!member) return;
    free(member->name);
    free(member->account);
    size_t index = (size_t)(member - room->members);
    room->member_count--;
    memmove(member, member + 1, (room->member_count - index) * sizeof *member);
}

void room_members_clear(struct room *room) {
    for (size_t i = 0; i < room->member_count; i++) {
        free(room->members[i].name);
        free(room->members[i].account);
    }
    room->member_count = 0;
}

static int compare(const void *a, const void *b) {
    const struct member *left = a, *right = b;
    if (left->rank != right->rank) return left->rank > right->rank ? -1 : 1;
    return strcmp(own_text(left->name), own_text(right->name));
}

void room_members_sort(struct room *room) {
    if (room->member_count > 1)
        qsort(room->members, room->member_count, sizeof *room->members, compare);
}

static const char *const ranks[] = {"member", "voice", "operator", "owner"};

uint8_t rank_of_word(struct slice word) {
    for (uint8_t i = 0; i < sizeof ranks / sizeof *ranks; i++)
        if (slice_equal(slice_text(ranks[i]), word)) return i;
    return RANK_MEMBER;
}

const char *rank_word(uint8_t rank) {
    return ranks[rank % (sizeof ranks / sizeof *ranks)];
}

void room_typing(struct room *room, struct slice name, int64_t until_ms) {
    size_t empty = sizeof room->typing / sizeof *room->typing;
    for (size_t i = 0; i < sizeof room->typing / sizeof *room->typing; i++) {
        bool same = room->typing[i] && slice_equal(slice_text(room->typing[i]), name);
        if (same && until_ms == 0) own_set(&room->typing[i], (struct slice){0});
        if (same) {
            room->typing_until_ms[i] = until_ms;
            return;
        }
        if (!room->typing[i]) empty = i;
    }
    if (until_ms == 0 || empty == sizeof room->typing / sizeof *room->typing) return;
    own_set(&room->typing[empty], name);
    room->typing_until_ms[empty] = until_ms;
}
