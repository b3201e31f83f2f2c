/* session_inside.h: what the files of sessions.h share: sessions.c, deadlines.c, strangers.c,
 * input.c, http_input.c, pages.c. All of it is the worker's. */
#ifndef SERVER_SESSION_INSIDE_H
#define SERVER_SESSION_INSIDE_H

#include "server/sessions.h"

/* What a connection that speaks HTTP has beside its session. */
struct web {
    struct http_gather gather; /* of the request at hand */
    struct address peer;       /* the socket's; talk.address is whom a believed proxy comes for */
    unsigned char person[SECRET_HASH_SIZE]; /* of what the requests say who asks, once the hub
                                               knows of it */
    bool under_way; /* a request was taken; it is over when the session waits for nothing */
    bool again;     /* the one at hand was given before */
    bool leaving;   /* the hub is to forget who asked; the connection stays */
    uint8_t paid;   /* PAID_*: in whose name the request at hand was counted */
    bool refused;   /* what comes is thrown away until the peer has read why */
};

enum { PAID_NETWORK = 1, PAID_ACCOUNT = 2 };

struct session_decoder {
    struct decoder decoder; /* first: what the dialect sees */
    struct sessions *sessions;
    uint32_t slot;
};

/* Streams of server-sent events say something so often, for proxies on the way. */
enum { STREAM_BEAT_MS = 25000 };

void session_feed(struct sessions *sessions, uint32_t slot); /* read what waits, while it may */
void session_give(struct sessions *sessions, uint32_t slot, struct command *command);
void session_bye(struct sessions *sessions, uint32_t slot, struct slice why);
void session_send(struct sessions *sessions, uint32_t slot, struct slice bytes);
void session_answer(struct sessions *sessions, uint32_t slot, const struct event *event);
void session_view_again(struct sessions *sessions, struct session *session);
void session_cut(struct sessions *sessions, uint32_t slot, enum refusal why, const char *log);
void session_hold_query(struct sessions *sessions, uint32_t slot, const struct event *query);
bool session_hold_command(struct sessions *sessions, uint32_t slot, struct command *command);
void session_hold_lookup(struct sessions *sessions, uint32_t slot, const struct event *event);
void session_hold_answered(struct sessions *sessions, uint32_t slot);
/* talk.holds: what the room says waits; until it is over. */
void session_hold_keep(struct sessions *sessions, uint32_t slot, struct room_id room);
void session_hold_release(struct sessions *sessions, uint32_t slot);
void session_hold_free(struct sessions *sessions, struct session *session);
void session_hold_next(struct sessions *sessions, uint32_t slot, const struct event *piece);
void session_hold_end(struct sessions *sessions, uint32_t slot);
void session_lists(struct sessions *sessions, uint32_t slot, const struct event *event);
void session_room_renamed(void *context, uint32_t slot, const struct event *event);
void session_hold_entered(struct sessions *sessions, uint32_t slot, struct room_id room);
/* She is put out of the room, by another device or by somebody else. */
void session_hold_exits(struct sessions *sessions, uint32_t slot, struct room_id room);
/* Where the answer goes: behind the page that is read of a room of two, and behind what is parked
 * of a room that she was put out of. */
struct outbox *session_hold_behind(struct session *session, const struct event *answer);
/* The next room that is to be listed, if nothing else is under way. True: it was asked for. */
bool session_list_next(struct sessions *sessions, uint32_t slot);
void session_answered(struct sessions *sessions, uint32_t slot); /* the next line may be read */

/* deadlines.c: anew, after what one of them depends on has changed. */
void session_schedule(struct sessions *sessions, uint32_t slot);

/* strangers.c: it has not said who it is, or has. */
void session_stranger(struct sessions *sessions, struct session *session, bool is);

/* A last word, and its end. */
void session_turn_out(struct sessions *sessions, uint32_t slot, enum refusal why);

/* It is of that dialect from now on, as far as it is counted. */
void session_count(struct sessions *sessions, struct session *session, enum dialect_kind kind);

/* input.c, for http_input.c */
struct session_decoder decoder_for(struct sessions *sessions, uint32_t slot);
void session_becomes(struct sessions *sessions, uint32_t slot, enum dialect_kind kind);
/* The hub has room for a command; else the session is read on when it has. */
bool session_can_give(struct sessions *sessions, uint32_t slot);
/* A line may be read now; else it is when its time has come. */
bool session_in_time(struct sessions *sessions, uint32_t slot);
void session_hold_back(struct sessions *sessions, uint32_t slot); /* until allowed_ms - burst */
/* It waited its time: it is closed where it has been at the limit of its rate for too long. */
void session_flood_check(struct sessions *sessions, uint32_t slot);
/* Where words are filtered, the form of the command's text that filters are compared with. */
void session_put_words(struct sessions *sessions, struct command *command);

/* http_input.c. The next request, or what becomes of it; false: nothing more can be read now. */
bool session_http(struct sessions *sessions, uint32_t slot, struct slice *stream);
/* Whole requests wait until what was answered has gone out. */
bool session_http_waits(const struct session *session);
/* The hub has let the session go. True: the connection stays, for somebody else. */
bool session_http_left(struct sessions *sessions, uint32_t slot);
/* When the request at hand must be whole, or a stream is to be heard of; UINT64_MAX: never. */
uint64_t session_http_due(const struct sessions *sessions, const struct session *session);
void session_http_late(struct sessions *sessions, uint32_t slot);

static inline bool session_speaks_http(const struct session *session) {
    return session->talk.kind == DIALECT_WEB || session->talk.kind == DIALECT_REST;
}

#endif
