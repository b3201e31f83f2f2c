/* rest.h: what the files of the HTTP API share (doc/protocol/http.md). rest.c: the dialect's row,
 * who asks, and the way of a request; rest_route.c: the table of paths; rest_read.c: path, query
 * and body; rest_room.c, rest_rule.c, rest_message.c, rest_person.c: a request into a command;
 * rest_answer.c: events into the answer; rest_stream.c: server-sent events; rest_hook.c: what other
 * tools send.
 *
 * A request comes with a token and is given to the hub as a silent session of its account
 * (chat/scope.h), which stays for the connection's next requests with the same token. */
#ifndef DIALECT_REST_H
#define DIALECT_REST_H

#include <jansson.h>

#include "dialect/dialect.h"

enum {
    REST_PARTS_MAX = 4,      /* of a path: room, seq, reaction ... */
    REST_DECODED_MAX = 8192, /* bytes of path and query, decoded; both are shorter than 4096 */
};

/* What an answer looks like. */
enum rest_shape {
    REST_NOTHING, /* 204, as soon as it is done */
    REST_EVENT,   /* the event that came of it, as json_event_put() has it */
    REST_MADE,    /* the same, and 201 */
    REST_ROOM,    /* EVENT_TOPIC or EVENT_CREATED */
    REST_LIST,    /* pieces of a list of people, rooms, restraints */
    REST_PAGE,    /* what was said, found or done; then which numbers it had */
    REST_ONE,     /* the only row of a page */
    REST_MODES,
    REST_PERSON,
    REST_TOKEN,
    REST_TOKENS,
    REST_READ,
    REST_WEBHOOK,
    REST_OK, /* 200, text/plain, `ok` */
};

/* Where a request that takes several commands stands. */
enum rest_step {
    REST_READY,
    REST_COMES,  /* the token was shown to the hub */
    REST_TRIES,  /* a message was said, maybe to a room that is not hers */
    REST_ENTERS, /* that room is entered */
    REST_ASKS,   /* the last one */
};

/* What is kept of a connection beside struct talk: talk->own. */
struct rest {
    uint8_t shape, step; /* of the request under way */
    bool under_way, answered;
    bool begun;   /* the head of a long answer is out */
    bool more;    /* something stands in its list */
    bool streams; /* she comes to listen */
    bool full;    /* REST_LIST of rooms: as EVENT_ROOMS has them with COMMAND_FULL */
    uint16_t ref;
    uint64_t target; /* REST_ONE: the message that is wanted */
    /* why a step that is not the last was refused */
    uint8_t refusal, refused_size;
    uint64_t refused_number;
    char refused_text[ROOM_NAME_SIZE_MAX];
    /* who asks */
    uint32_t user, scopes;
    uint8_t name_size;
    char name[USER_NAME_SIZE_MAX];
    struct rest_stream *stream; /* owned, or NULL */
};

/* A request while it is read. */
struct rest_call {
    struct talk *talk;
    struct rest *own;
    const struct call *call;
    struct decoder *decoder; /* gives with COMMAND_WAITS */
    struct buf *out;
    json_t *body; /* owned by rest.c; NULL: none was sent */
    uint32_t part_count;
    struct slice parts[REST_PARTS_MAX]; /* what stands for `*` in the path, decoded */
    struct buf decoded;
    char memory[REST_DECODED_MAX];
};

typedef enum decoded rest_run_fn(struct rest_call *rest);

/* One row a path and method. */
struct rest_route {
    const char *method, *path;
    rest_run_fn *run;
    const char *keys;   /* that its body may have, with a blank between them */
    const char *params; /* that its query may have */
    uint8_t shape;      /* enum rest_shape */
};

/* The row for it. NULL: *status is 404, or 405 and *allowed the methods that there are. */
const struct rest_route *rest_route_of(struct rest_call *rest, int *status, struct buf *allowed);

/* rest_read.c */
bool rest_decode(struct rest_call *rest, struct slice encoded, struct slice *decoded);
bool rest_params_fit(struct rest_call *rest, const char *params); /* else it was answered */
bool rest_body_fits(struct rest_call *rest, const char *keys);    /* the same */
/* The caller's; NULL: it is none, or too deep. */
json_t *rest_json(struct slice text);
bool rest_param(struct rest_call *rest, const char *name, struct slice *value);
/* A number of the query, 0 where it is not there. False: it was answered. */
bool rest_param_number(struct rest_call *rest, const char *name, uint64_t most, uint64_t *number);
struct slice rest_text(const struct rest_call *rest, const char *key); /* empty where none */
bool rest_number(struct rest_call *rest, const char *key, uint64_t most, uint64_t *number);
/* Text that may be said: no NUL, no CR, UTF-8; else it was answered. */
bool rest_text_fits(struct rest_call *rest, struct slice text);
bool rest_line_fits(struct rest_call *rest, struct slice text); /* nor LF */
bool rest_is_json(const struct rest_call *rest);

/* rest.c */
enum decoded rest_give(struct rest_call *rest, struct command *command);
/* The room, or the person, that the path names; and the command, if it can be given. */
enum decoded rest_give_room(struct rest_call *rest, struct command *command);
enum decoded rest_give_person(struct rest_call *rest, struct command *command, struct slice name);
/* Answered at once. */
enum decoded rest_fail(struct rest_call *rest, int status, const char *code, const char *text);
enum decoded rest_wrong(struct rest_call *rest, enum refusal why, uint64_t number,
                        struct slice text);

/* rest_answer.c */
void rest_answer(struct talk *talk, const struct event *event, struct buf *out);
void rest_put_error(const struct talk *talk, int status, const char *code, struct slice text,
                    uint64_t wait_s, struct buf *out);
void rest_put_refused(const struct talk *talk, enum refusal why, uint64_t number, struct slice text,
                      struct buf *out);
void rest_put_json(const struct talk *talk, int status, struct slice body, struct buf *out);
int rest_status(enum refusal why);

/* rest_webhook.c */
struct webhook_line;
void rest_webhook_put(const struct event *event, struct buf *out);
void rest_webhook_put_line(const struct webhook_line *line, struct buf *out);

/* What runs. */
rest_run_fn rest_me, rest_rooms, rest_room_create, rest_room_show, rest_room_change,
    rest_room_delete, rest_enter, rest_leave, rest_members, rest_kick, rest_role, rest_modes,
    rest_mode, rest_ban, rest_unban, rest_mute, rest_unmute, rest_invite, rest_restraints;
rest_run_fn rest_audit, rest_filter, rest_unfilter, rest_server_filter, rest_server_unfilter,
    rest_lock, rest_unlock, rest_server_ban, rest_server_unban, rest_server_restraints,
    rest_server_audit;
rest_run_fn rest_messages, rest_message, rest_send, rest_edit, rest_remove, rest_react,
    rest_unreact, rest_read_up, rest_search, rest_direct, rest_direct_messages;
rest_run_fn rest_people, rest_person, rest_tokens, rest_token_add, rest_token_delete, rest_hook_add,
    rest_webhook_add, rest_webhooks, rest_webhook_delete, rest_invitations, rest_invitation_add,
    rest_invitation_delete;
rest_run_fn rest_hook, rest_events, rest_openapi, rest_schema;

#endif
