/* roster.h: which sessions of this worker are in which room, and what the room was told but not
 * yet each of them. Changes by the hub's events alone, in their order. One worker thread; no I/O.
 *
 * What is said in a room is encoded once for each view that a member has, into that view's stream
 * of bytes. A member has taken the stream up to some position; once a turn, or when she must be
 * answered in between, she takes what is new as one reference. So a turn of a hundred messages
 * costs a member one reference, not a hundred.
 */
#ifndef SERVER_ROSTER_H
#define SERVER_ROSTER_H

#include "base/index.h"
#include "chat/event.h"
#include "net/outbox.h"

#define ROSTER_NONE UINT32_MAX

/* Where a member's bytes go, and who she is: the sessions of the worker. */
struct roster_hooks {
    void *context;
    /* Bytes for a session: references into a blob. `parked`: behind a page of history to come. */
    void (*deliver)(void *context, uint32_t session, bool parked, struct blob *blob, uint32_t at,
                    uint32_t size);
    /* An event as the session herself sees what she did. */
    void (*answer)(void *context, uint32_t session, const struct event *event);
    /* The room has another name: to a member who is not the author. NULL: nobody minds. */
    void (*renamed)(void *context, uint32_t session, const struct event *event);
    /* The room is gone: take the member's row off the session's chain by roster_remove_row(). */
    void (*unlink)(void *context, uint32_t session, uint32_t member, const struct event *event);
    /* False: the session has seen this scattered event in another room, or did not ask for it. */
    bool (*sees_first)(void *context, uint32_t session, const struct event *event);
};

/* The bytes that one view of a room is told. Positions count bytes since the stream began. */
struct stream {
    uint64_t view;
    struct blob *blob;     /* NULL: nothing is pending and nobody holds the last one */
    uint32_t written;      /* position behind the last byte, wraps */
    uint32_t blob_at;      /* position of the blob's first byte */
    uint32_t member_count; /* 0: free */
};

struct member {
    uint32_t session;
    uint32_t room;   /* index of the room; ROSTER_NONE: free */
    uint32_t place;  /* in the room's members */
    uint32_t next;   /* the session's next membership, or the next free row */
    uint32_t taken;  /* position in the stream */
    uint16_t stream; /* index in the room's streams */
    bool parked;
    bool unlisted;   /* she is still to be shown who is there */
    uint64_t missed; /* of EVENT_ENTERED: still to be shown what was said since */
};

struct roster_room {
    uint32_t number; /* struct room_id; 0: free */
    uint32_t next_free;
    uint64_t epoch, seq; /* of it, and how far it is: roster_seen() */
    uint32_t *members;   /* rows of roster.members; owned */
    uint32_t member_count, member_cap;
    struct stream *streams; /* owned */
    uint16_t stream_count;
    bool pending;        /* is in roster.pending */
    uint64_t due_ms;     /* when what is pending goes out, if nothing more comes */
    uint64_t due_max_ms; /* when it goes out in any case */
};

struct roster {
    struct roster_hooks hooks;
    struct blob_pool *blobs;
    struct member *members; /* rows, grown by doubling */
    uint32_t member_top, member_cap, member_free;
    struct roster_room *rooms;
    uint32_t room_top, room_cap, room_free;
    struct index room_numbers;
    uint32_t *pending; /* rooms with bytes that some member has not taken */
    uint32_t pending_count, pending_cap;
    char *scratch; /* ENCODE_SIZE_MAX bytes; owned */
};

/* The most that one event can become in any dialect: every character in a colour of its own. */
enum { ENCODE_SIZE_MAX = 32 * 1048576 };

bool roster_init(struct roster *roster, uint32_t rooms_max, struct blob_pool *blobs,
                 struct roster_hooks hooks);
void roster_deinit(struct roster *roster);

/* The session joins; `chain` is the head of her memberships. False: no memory. */
bool roster_add(struct roster *roster, uint32_t *chain, uint32_t session, struct room_id room,
                uint64_t view);
/* She takes what she has not, and is out of it. Does nothing where she is not in it. */
void roster_remove(struct roster *roster, uint32_t *chain, struct room_id room);
void roster_remove_row(struct roster *roster, uint32_t *chain, uint32_t member);
/* Out of all rooms, without taking what is pending. */
void roster_drop(struct roster *roster, uint32_t *chain);
/* She sees this room in another way from now on. */
void roster_set_view(struct roster *roster, uint32_t member, uint64_t view);

uint32_t roster_find(const struct roster *roster, uint32_t chain, struct room_id room);

/* The room is so far; each event with a number moves it on. */
void roster_seen(struct roster *roster, struct room_id room, uint64_t epoch, uint64_t seq);

/* She takes what is pending in all of her rooms: an answer to her comes behind it. */
void roster_take_all(struct roster *roster, uint32_t chain);
void roster_park(struct roster *roster, uint32_t member, bool parked);

/* Tell a room. `author_chain` is the memberships of the session that did
 * it, ROSTER_NONE where that is not of this worker; `author` her session. */
void roster_publish(struct roster *roster, const struct event *event, uint32_t author,
                    uint32_t author_chain, uint64_t now_ms);

/* Members take what is due by now. Returns the next due time, 0: none. */
uint64_t roster_flush(struct roster *roster, uint64_t now_ms);

void roster_verify(const struct roster *roster);

#endif
