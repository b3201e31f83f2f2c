/* watch.h: who wants to know when somebody comes, goes or changes (MONITOR of IRC), and who hears
 * what administrators say to all. A watched name is a room without people, history or right: its
 * number has WATCH_ROOM, the workers' rosters have the sessions that watch it, and what happens is
 * published once. Only src/hub/ includes this. */
#ifndef HUB_WATCH_H
#define HUB_WATCH_H

#include "hub/state.h"

struct watched {
    uint32_t watchers; /* sessions; 0: the row is free */
    uint32_t next_free;
    uint32_t workers; /* bit w: worker w has such a session */
    uint32_t worker_sessions[WORKERS_MAX];
    uint8_t key_size;
    char key[USER_KEY_MAX]; /* of the name */
};

struct watch {
    uint32_t watched; /* row */
    uint32_t next;    /* row of the session's next + 1, or of the next free one + 1; 0: none */
    uint8_t name_size;
    char name[USER_NAME_SIZE_MAX]; /* as typed; none: what administrators say */
};

bool watch_init(struct hub *hub); /* false: no memory */
void watch_deinit(struct hub *hub);
void watch_command(struct hub *hub);
void watch_drop(struct hub *hub, struct session *session); /* it ends */
/* The session hears what administrators say to all, or does so no more. */
void watch_wallops(struct hub *hub, uint32_t session_row, bool on);

/* She came, or another session of hers did; she is about to go; she is called otherwise now. */
void watch_came(struct hub *hub, struct user *user);
void watch_went(struct hub *hub, const struct user *user);
void watch_renamed(struct hub *hub, const struct user *user, struct slice old);
/* To all who watch her. NULL: nobody does. */
struct event *watch_publish(struct hub *hub, enum event_kind kind, const struct user *user);
bool watch_is_watched(const struct hub *hub, const struct user *user);
/* What administrators may do: COMMAND_POWER. */
void watch_power(struct hub *hub);
void watch_verify(const struct hub *hub);

#endif
