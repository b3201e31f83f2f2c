/* roster.c: rooms of this worker, their members, their streams. */
#include "server/roster.h"

#include <stdlib.h>
#include <sys/mman.h>

#include "base/check.h"
#include "base/need.h"
#include "dialect/dialect.h"

/* Joins and leaves wait for company: until none has come for a moment, and so long at most. */
enum { NOTICE_WAIT_MS = 20, NOTICE_QUIET_MS = 4 };

bool roster_init(struct roster *roster, uint32_t rooms_max, struct blob_pool *blobs,
                 struct roster_hooks hooks) {
    *roster = (struct roster){
        .hooks = hooks, .blobs = blobs, .member_free = ROSTER_NONE, .room_free = ROSTER_NONE};
    /* mapped, not allocated: only what an event really fills becomes memory */
    void *scratch = mmap(NULL, ENCODE_SIZE_MAX, PROT_READ | PROT_WRITE,
                         MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (scratch == MAP_FAILED) return false;
    roster->scratch = scratch;
    return index_init(&roster->room_numbers, rooms_max);
}

void roster_deinit(struct roster *roster) {
    for (uint32_t i = 0; i < roster->room_top; i++) {
        for (uint16_t s = 0; s < roster->rooms[i].stream_count; s++)
            if (roster->rooms[i].streams[s].blob)
                blob_unref(roster->blobs, roster->rooms[i].streams[s].blob);
        free(roster->rooms[i].members);
        free(roster->rooms[i].streams);
    }
    free(roster->members);
    free(roster->rooms);
    free(roster->pending);
    index_deinit(&roster->room_numbers);
    munmap(roster->scratch, ENCODE_SIZE_MAX);
}

static bool grow(void **rows, uint32_t *cap, uint32_t wanted, size_t row_size, uint32_t least) {
    if (wanted <= *cap) return true;
    uint32_t fresh = *cap < least ? least : *cap + *cap / 2;
    if (fresh < wanted) fresh = wanted;
    void *memory = realloc(*rows, (size_t)fresh * row_size);
    if (!memory) return false;
    *rows = memory;
    *cap = fresh;
    return true;
}

static uint64_t number_hash(uint32_t number) {
    return number * UINT64_C(0x9e3779b97f4a7c15);
}

static uint32_t room_find(const struct roster *roster, uint32_t number) {
    uint64_t hash = number_hash(number);
    for (uint32_t at = index_first(&roster->room_numbers, hash); at != INDEX_END;
         at = index_next(&roster->room_numbers, at, hash))
        if (roster->rooms[index_row(&roster->room_numbers, at)].number == number)
            return index_row(&roster->room_numbers, at);
    return ROSTER_NONE;
}

static uint32_t room_take(struct roster *roster, uint32_t number) {
    uint32_t row = roster->room_free;
    if (row != ROSTER_NONE) {
        roster->room_free = roster->rooms[row].next_free;
    } else {
        void *rooms = roster->rooms;
        if (!grow(&rooms, &roster->room_cap, roster->room_top + 1, sizeof *roster->rooms, 16))
            return ROSTER_NONE;
        roster->rooms = rooms;
        row = roster->room_top++;
    }
    roster->rooms[row] = (struct roster_room){.number = number};
    index_put(&roster->room_numbers, number_hash(number), row);
    return row;
}

/* A room without members here has no streams with members, so nothing is pending. */
static void room_drop(struct roster *roster, uint32_t row) {
    struct roster_room *room = &roster->rooms[row];
    check(room->member_count == 0);
    for (uint16_t s = 0; s < room->stream_count; s++)
        if (room->streams[s].blob) blob_unref(roster->blobs, room->streams[s].blob);
    free(room->members);
    free(room->streams);
    index_drop(&roster->room_numbers, number_hash(room->number), row);
    bool pending = room->pending; /* its place in the list is dropped by the next flush */
    *room = (struct roster_room){.pending = pending};
    if (pending) return;
    room->next_free = roster->room_free;
    roster->room_free = row;
}

static uint16_t stream_of(struct roster_room *room, uint64_t view) {
    uint16_t free_one = room->stream_count;
    for (uint16_t s = 0; s < room->stream_count; s++) {
        if (room->streams[s].member_count > 0 && room->streams[s].view == view) return s;
        if (room->streams[s].member_count == 0) free_one = s;
    }
    if (free_one == room->stream_count) {
        check(room->stream_count < UINT16_MAX);
        void *streams = realloc(room->streams, (room->stream_count + 1u) * sizeof(struct stream));
        need_memory(streams);
        room->streams = streams;
        room->stream_count++;
        room->streams[free_one] = (struct stream){0};
    }
    room->streams[free_one].view = view;
    return free_one;
}

static void member_take(struct roster *roster, struct member *member) {
    struct stream *stream = &roster->rooms[member->room].streams[member->stream];
    uint32_t size = stream->written - member->taken;
    if (size == 0) return;
    roster->hooks.deliver(roster->hooks.context, member->session, member->parked, stream->blob,
                          member->taken - stream->blob_at, size);
    member->taken = stream->written;
}

static void member_leave_stream(struct roster *roster, struct member *member) {
    struct stream *stream = &roster->rooms[member->room].streams[member->stream];
    if (--stream->member_count > 0 || !stream->blob) return;
    blob_unref(roster->blobs, stream->blob);
    stream->blob = NULL;
}

static void member_enter_stream(struct roster *roster, struct member *member, uint64_t view) {
    struct roster_room *room = &roster->rooms[member->room];
    member->stream = stream_of(room, view);
    member->taken = room->streams[member->stream].written;
    room->streams[member->stream].member_count++;
}

uint32_t roster_find(const struct roster *roster, uint32_t chain, struct room_id room) {
    while (chain != ROSTER_NONE && roster->rooms[roster->members[chain].room].number != room.v)
        chain = roster->members[chain].next;
    return chain;
}

static uint32_t member_take_row(struct roster *roster) {
    uint32_t row = roster->member_free;
    if (row != ROSTER_NONE) {
        roster->member_free = roster->members[row].next;
        return row;
    }
    void *members = roster->members;
    if (!grow(&members, &roster->member_cap, roster->member_top + 1, sizeof *roster->members, 64))
        return ROSTER_NONE;
    roster->members = members;
    return roster->member_top++;
}

bool roster_add(struct roster *roster, uint32_t *chain, uint32_t session, struct room_id id,
                uint64_t view) {
    check(roster_find(roster, *chain, id) == ROSTER_NONE);
    uint32_t room_row = room_find(roster, id.v);
    if (room_row == ROSTER_NONE) room_row = room_take(roster, id.v);
    uint32_t row = room_row == ROSTER_NONE ? ROSTER_NONE : member_take_row(roster);
    if (row == ROSTER_NONE) return false;
    struct roster_room *room = &roster->rooms[room_row];
    void *members = room->members;
    if (!grow(&members, &room->member_cap, room->member_count + 1, sizeof(uint32_t), 4))
        return false;
    room->members = members;
    roster->members[row] = (struct member){
        .session = session, .room = room_row, .place = room->member_count, .next = *chain};
    member_enter_stream(roster, &roster->members[row], view);
    room->members[room->member_count++] = row;
    *chain = row;
    return true;
}

static void member_remove(struct roster *roster, uint32_t *link) {
    uint32_t row = *link;
    struct member *member = &roster->members[row];
    struct roster_room *room = &roster->rooms[member->room];
    uint32_t room_row = member->room, last = room->members[--room->member_count];
    room->members[member->place] = last;
    roster->members[last].place = member->place;
    member_leave_stream(roster, member);
    *link = member->next;
    member->room = ROSTER_NONE;
    member->next = roster->member_free;
    roster->member_free = row;
    if (room->member_count == 0) room_drop(roster, room_row);
}

void roster_remove(struct roster *roster, uint32_t *chain, struct room_id room) {
    uint32_t row = roster_find(roster, *chain, room);
    if (row == ROSTER_NONE) return;
    member_take(roster, &roster->members[row]);
    roster_remove_row(roster, chain, row);
}

void roster_remove_row(struct roster *roster, uint32_t *chain, uint32_t row) {
    while (*chain != row) {
        check(*chain != ROSTER_NONE);
        chain = &roster->members[*chain].next;
    }
    member_remove(roster, chain);
}

void roster_drop(struct roster *roster, uint32_t *chain) {
    while (*chain != ROSTER_NONE)
        member_remove(roster, chain);
}

void roster_set_view(struct roster *roster, uint32_t row, uint64_t view) {
    struct member *member = &roster->members[row];
    if (roster->rooms[member->room].streams[member->stream].view == view) return;
    member_take(roster, member);
    member_leave_stream(roster, member);
    member_enter_stream(roster, member, view);
}

void roster_take_all(struct roster *roster, uint32_t chain) {
    for (; chain != ROSTER_NONE; chain = roster->members[chain].next)
        member_take(roster, &roster->members[chain]);
}

void roster_park(struct roster *roster, uint32_t row, bool parked) {
    member_take(roster, &roster->members[row]);
    roster->members[row].parked = parked;
}

static void room_take_pending(struct roster *roster, struct roster_room *room) {
    for (uint32_t i = 0; i < room->member_count; i++)
        member_take(roster, &roster->members[room->members[i]]);
    for (uint16_t s = 0; s < room->stream_count; s++) {
        struct stream *stream = &room->streams[s];
        if (!stream->blob || stream->blob->references > 1) continue;
        blob_unref(roster->blobs, stream->blob); /* all was sent: an idle room holds no bytes */
        stream->blob = NULL;
    }
}

/* Room for `size` more bytes in one piece: the old chunk is left to those who have not sent it.
 * Members of other streams take nothing: one of them may be the author, who is to see what she
 * did in her own words. */
static void stream_reserve(struct roster *roster, struct roster_room *room, struct stream *stream,
                           size_t size) {
    if (stream->blob && stream->blob->cap - stream->blob->size >= size) return;
    if (stream->blob) {
        for (uint32_t i = 0; i < room->member_count; i++) {
            struct member *member = &roster->members[room->members[i]];
            if (&room->streams[member->stream] == stream) member_take(roster, member);
        }
        blob_unref(roster->blobs, stream->blob);
    }
    stream->blob = blob_new(roster->blobs, size > BLOB_CHUNK_SIZE ? size : BLOB_CHUNK_SIZE);
    need_memory(stream->blob);
    stream->blob_at = stream->written;
}

static void stream_write(struct roster *roster, struct roster_room *room, struct stream *stream,
                         const struct event *event) {
    struct buf bytes;
    buf_init(&bytes, roster->scratch, ENCODE_SIZE_MAX);
    dialect_encode(stream->view, event, &bytes);
    check(buf_ok(&bytes));
    if (bytes.size == 0) return;
    stream_reserve(roster, room, stream, bytes.size);
    memcpy(stream->blob->bytes + stream->blob->size, bytes.at, bytes.size);
    stream->blob->size += (uint32_t)bytes.size;
    stream->written += (uint32_t)bytes.size;
}

static void room_pends(struct roster *roster, uint32_t row, bool notice, uint64_t now_ms) {
    struct roster_room *room = &roster->rooms[row];
    if (!room->pending) room->due_max_ms = now_ms + NOTICE_WAIT_MS;
    if (!notice) room->due_max_ms = now_ms;
    uint64_t quiet_ms = now_ms + NOTICE_QUIET_MS;
    room->due_ms = quiet_ms < room->due_max_ms ? quiet_ms : room->due_max_ms;
    if (room->pending) return;
    void *pending = roster->pending;
    if (!grow(&pending, &roster->pending_cap, roster->pending_count + 1, sizeof(uint32_t), 16))
        need_failed();
    roster->pending = pending;
    roster->pending[roster->pending_count++] = row;
    room->pending = true;
}

/* An event of several rooms at once, as a new name: each session sees it once, at once. */
static void publish_scattered(struct roster *roster, struct roster_room *room,
                              const struct event *event, uint32_t author) {
    for (uint16_t s = 0; s < room->stream_count; s++) {
        struct buf bytes;
        if (room->streams[s].member_count == 0) continue;
        buf_init(&bytes, roster->scratch, ENCODE_SIZE_MAX);
        dialect_encode(room->streams[s].view, event, &bytes);
        struct blob *blob = bytes.size > 0 ? blob_new(roster->blobs, bytes.size) : NULL;
        if (blob) {
            memcpy(blob->bytes, bytes.at, bytes.size);
            blob->size = (uint32_t)bytes.size;
        }
        for (uint32_t i = 0; i < room->member_count; i++) {
            struct member *member = &roster->members[room->members[i]];
            if (member->stream != s) continue;
            if (!roster->hooks.sees_first(roster->hooks.context, member->session, event)) continue;
            if (member->session == author) {
                roster->hooks.answer(roster->hooks.context, author, event);
            } else if (blob) {
                member_take(roster, member);
                roster->hooks.deliver(roster->hooks.context, member->session, member->parked, blob,
                                      0, blob->size);
            }
        }
        if (blob) blob_unref(roster->blobs, blob);
    }
}

/* The room is gone: everybody takes what there is, then nobody is in it. */
static void room_end(struct roster *roster, uint32_t row, const struct event *event) {
    struct roster_room *room = &roster->rooms[row];
    while (room->member_count > 0) {
        uint32_t member = room->members[room->member_count - 1];
        uint32_t session = roster->members[member].session;
        bool last = room->member_count == 1;
        member_take(roster, &roster->members[member]);
        roster->hooks.unlink(roster->hooks.context, session, member, event);
        if (last) break; /* the room's row is free by now */
    }
}

void roster_seen(struct roster *roster, struct room_id room, uint64_t epoch, uint64_t seq) {
    uint32_t row = room_find(roster, room.v);
    if (row == ROSTER_NONE) return;
    roster->rooms[row].epoch = epoch;
    if (seq > roster->rooms[row].seq) roster->rooms[row].seq = seq;
}

/* WAY 7 of 9: event -> the sessions of this worker in that room. */
void roster_publish(struct roster *roster, const struct event *event, uint32_t author,
                    uint32_t author_chain, uint64_t now_ms) {
    uint32_t row = room_find(roster, event->room.v);
    if (row == ROSTER_NONE) return;
    struct roster_room *room = &roster->rooms[row];
    if (event->seq > room->seq) room->seq = event->seq;
    if (event->flags & EVENT_SCATTERED) {
        publish_scattered(roster, room, event, author);
        return;
    }
    uint32_t own = roster_find(roster, author_chain, event->room);
    if (own != ROSTER_NONE) member_take(roster, &roster->members[own]);
    for (uint16_t s = 0; s < room->stream_count; s++)
        if (room->streams[s].member_count > 0) stream_write(roster, room, &room->streams[s], event);
    if (own != ROSTER_NONE) {
        struct member *member = &roster->members[own];
        member->taken = room->streams[member->stream].written;
        roster->hooks.answer(roster->hooks.context, author, event);
    }
    if (event->kind == EVENT_ROOM_RENAMED && roster->hooks.renamed)
        for (uint32_t i = 0; i < room->member_count; i++) {
            uint32_t session = roster->members[room->members[i]].session;
            if (own == ROSTER_NONE || session != author)
                roster->hooks.renamed(roster->hooks.context, session, event);
        }
    bool notice = event->kind == EVENT_JOINED || event->kind == EVENT_LEFT;
    room_pends(roster, row, notice, now_ms);
    if (event->kind == EVENT_DELETED) room_end(roster, row, event);
}

uint64_t roster_flush(struct roster *roster, uint64_t now_ms) {
    uint64_t next_ms = 0;
    uint32_t kept = 0;
    for (uint32_t i = 0; i < roster->pending_count; i++) {
        uint32_t row = roster->pending[i];
        struct roster_room *room = &roster->rooms[row];
        if (room->number != 0 && room->due_ms > now_ms) {
            if (next_ms == 0 || room->due_ms < next_ms) next_ms = room->due_ms;
            roster->pending[kept++] = row;
            continue;
        }
        room->pending = false;
        if (room->number != 0) {
            room_take_pending(roster, room);
        } else {
            room->next_free = roster->room_free;
            roster->room_free = row;
        }
    }
    roster->pending_count = kept;
    return next_ms;
}

void roster_verify(const struct roster *roster) {
    for (uint32_t i = 0; i < roster->room_top; i++) {
        const struct roster_room *room = &roster->rooms[i];
        uint32_t in_streams = 0;
        for (uint32_t m = 0; m < room->member_count; m++) {
            const struct member *member = &roster->members[room->members[m]];
            const struct stream *stream = &room->streams[member->stream];
            check(member->room == i && member->place == m && stream->member_count > 0);
            check(stream->written - member->taken <= INT32_MAX);
            check(stream->written == member->taken || stream->blob != NULL);
        }
        for (uint16_t s = 0; s < room->stream_count; s++)
            in_streams += room->streams[s].member_count;
        check(in_streams == room->member_count);
    }
}
