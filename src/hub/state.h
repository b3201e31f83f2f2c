/* state.h: the hub's private tables. Only src/hub/ includes this.
 *
 * Users, rooms, memberships are rows of fixed tables, taken from a free list and named by their
 * index; NONE ends every chain. Rows that were never used were never touched, so that the memory
 * of a quiet server is that of the people on it: about 350 bytes for a person in one room. */
#ifndef HUB_STATE_H
#define HUB_STATE_H

#include "base/index.h"
#include "base/rng.h"
#include "chat/limits.h"
#include "hub/hub.h"

#define NONE UINT32_MAX

/* A connection that said who it is. Its row is worker * size.sessions + slot. */
struct session {
    uint32_t user; /* NONE: has not said */
    uint32_t next; /* the user's next session */
    uint16_t generation;
    uint8_t dialect; /* enum dialect_kind */
    struct address address;
};

struct user {
    uint32_t number;    /* struct user_id; 0: the row is free */
    uint32_t next_free; /* while free */
    uint64_t serial;    /* never given twice in a hub's life: who takes a name inherits nothing */
    uint32_t sessions;  /* first of the chain */
    uint32_t session_count;
    uint32_t memberships; /* first of the chain */
    uint32_t room_count;
    uint32_t scatter; /* of the last event that went to several of her rooms */
    uint8_t name_size, key_size;
    bool away;
    char name[USER_NAME_SIZE_MAX];
    char key[USER_KEY_MAX];
};

struct membership {
    uint32_t user, room; /* room NONE: the row is free, user is the next free one */
    uint32_t user_next, user_prev;
    uint32_t room_next, room_prev; /* in the order of joining */
    uint64_t serial;               /* grows along the room's chain: where a long answer goes on */
};

struct room {
    uint32_t number; /* struct room_id; 0: the row is free */
    uint32_t next_free;
    uint8_t flags; /* ROOM_* */
    uint8_t name_size, key_size;
    uint16_t topic_size; /* the bytes are in hub->topics */
    uint32_t member_count;
    uint32_t members_first, members_last;
    uint64_t hex, epoch, seq;
    uint64_t owner_serial; /* of the user who made it, while she is here */
    uint32_t maker;        /* her number, for good */
    int64_t time_ms;       /* of the last stored event */
    uint32_t workers;      /* bit w: worker w has a session in it */
    uint32_t worker_sessions[WORKERS_MAX];
    char name[ROOM_NAME_SIZE_MAX];
    char key[ROOM_KEY_MAX];
};

/* A message that was sent with a client id. Two hashes stand for (person, room, id). */
struct once {
    uint64_t hash, check;
    uint64_t text_hash;
    uint64_t seq;
};

struct hub {
    struct hub_size size;
    struct hub_limits limits;
    uint64_t seed; /* of the hashes */

    struct session *sessions;
    struct user *users;
    struct membership *memberships;
    struct room *rooms;
    char *topics;                                   /* TOPIC_SIZE_MAX bytes a room */
    struct once *onces;                             /* a ring: the oldest is overwritten */
    uint32_t user_free, membership_free, room_free; /* chains of used and freed rows */
    uint32_t user_top, membership_top, room_top;    /* rows from here up were never used */
    uint32_t user_max, membership_max;
    uint64_t once_next; /* how many were ever put */
    struct index user_keys, user_numbers, room_keys, room_numbers, room_hexes, once_index;
    uint32_t session_count, user_count, membership_count, room_count;

    /* durable */
    uint32_t next_user_number, reserved_user_number;
    uint32_t next_room_number;

    uint64_t next_serial;
    uint32_t next_scatter, next_own_number;
    uint64_t cost;                /* of all records so far */
    uint64_t credit, credit_cost; /* as the store told last */

    /* of the step that runs */
    int64_t now_ms;
    struct rng rng;
    struct effects *out;
    const struct command *command;
    char own_name[ROOM_NAME_SIZE_MAX];
    char pieces[8192]; /* text of EVENT_NAMES and EVENT_ROOMS */
    char fresh_name[USER_NAME_SIZE_MAX], fresh_key[USER_KEY_MAX];
    char old_name[USER_NAME_SIZE_MAX]; /* of a user or room that the step renames or frees */
    char gone_name[ROOM_NAME_SIZE_MAX];
};

/* hub.c: the one who asks */
struct session *hub_asker(struct hub *hub);    /* row of the command's session */
struct user *hub_asking_user(struct hub *hub); /* NULL: has not said who */
struct session_id hub_session_id(const struct hub *hub, uint32_t row);
void hub_refuse(struct hub *hub, enum refusal why, uint64_t number, struct slice text);
/* To the asker. The command's reply_code is filled in, EVENT_LAST where `last`. */
struct event *hub_reply(struct hub *hub, enum event_kind kind, const struct room *room, bool last);
struct event *hub_reply_to(struct hub *hub, struct session_id session, enum event_kind kind,
                           const struct room *room);
/* To the members of room. The author is the asker. */
struct event *hub_publish(struct hub *hub, enum event_kind kind, const struct room *room,
                          const struct user *author);
/* False: the disk may not hold it; the asker was told. */
bool hub_can_record(struct hub *hub, size_t slices_size);
struct record *hub_record(struct hub *hub, enum record_kind kind, const struct room *room);
void hub_record_sum(struct hub *hub, struct record *record); /* when its slices are set */

/* user.c */
struct user *user_by_key(struct hub *hub, struct slice key);
struct user *user_by_number(struct hub *hub, uint32_t number);
struct slice user_name(const struct user *user);
uint32_t user_row(const struct hub *hub, const struct user *user);
void user_hello(struct hub *hub);
void user_nick(struct hub *hub);
void user_away(struct hub *hub);
void user_bye(struct hub *hub);

/* friendly.c: a name out of the word lists; digits grow with `try` so that one is free */
struct slice friendly_name(struct rng *rng, uint32_t try, char *memory, size_t cap);

/* room.c */
struct slice room_name(const struct room *room);
struct slice room_topic(const struct hub *hub, const struct room *room);
uint32_t room_row(const struct hub *hub, const struct room *room);
struct room *room_by_number(struct hub *hub, uint32_t number);
struct room *room_by_key(struct hub *hub, struct slice key);
/* The room that the command means by number, hex id, address or name. NULL: there is none. */
struct room *room_meant(struct hub *hub);
struct room *room_needed(struct hub *hub); /* the same, the asker was told if there is none */
/* History is on, for the server and for the room. */
bool room_keeps_texts(const struct hub *hub, const struct room *room);
bool room_owned(const struct room *room, const struct user *user);
/* A new room, recorded unless it is private. NULL: the asker was told. */
struct room *room_make(struct hub *hub, struct slice name, struct slice key, uint8_t flags,
                       const struct user *owner);
void room_free(struct hub *hub, struct room *room); /* it has no members */
void room_create(struct hub *hub);
void room_delete(struct hub *hub);
void room_set_topic(struct hub *hub);
bool room_load(struct hub *hub, const struct record *record);
bool room_lobby(struct hub *hub, struct slice name, struct slice key);

/* member.c */
struct membership *member_find(const struct hub *hub, const struct user *user,
                               const struct room *room);
/* Put the user and all of her sessions into the room and tell everybody in it. `backlog` messages
 * are shown to the asker first. */
void member_enter(struct hub *hub, struct user *user, struct room *room, uint8_t flags);
void member_add_session(struct hub *hub, struct user *user, uint32_t session_row);
void member_drop_session(struct hub *hub, struct user *user, uint32_t session_row);
void member_leave(struct hub *hub, struct user *user, struct room *room, enum leaving why,
                  struct slice text, const struct user *by);
void member_quit(struct hub *hub, struct user *user, struct slice text);
void member_drop_all(struct hub *hub, struct room *room);        /* the room is being deleted */
bool member_may_enter(struct hub *hub, const struct user *user); /* else the asker was told */
void member_join(struct hub *hub);
void member_part(struct hub *hub);
void member_admit(struct hub *hub);
void member_remove(struct hub *hub);
void member_kick(struct hub *hub);

/* speech.c */
void speech_say(struct hub *hub);

/* list.c: answers that may be long */
void list_who(struct hub *hub);
void list_rooms(struct hub *hub);
void list_history(struct hub *hub);
/* Show the asker the last messages of a room she entered. False: there is nothing to show. */
bool list_backlog(struct hub *hub, const struct room *room);

#endif
