/* sessions.h: the connections of one worker, without their sockets: bytes that came in become
 * commands, events become bytes in outboxes. One worker thread; pure but for memory, so that the
 * simulator runs it as it is.
 *
 * A session's life:  OPEN -> (end of input, or we end it) ENDING -> the hub confirms -> CLOSING ->
 * its outbox is empty -> FREE. A socket that breaks is GONE until the hub confirms. A slot is never
 * reused before the hub has confirmed. */
#ifndef SERVER_SESSIONS_H
#define SERVER_SESSIONS_H

#include "base/wheel.h"
#include "chat/query.h"
#include "dialect/dialect.h"
#include "server/roster.h"
#include "wire/telnet.h"

enum session_state { SESSION_FREE, SESSION_OPEN, SESSION_ENDING, SESSION_CLOSING, SESSION_GONE };

/* Input that waits: a part of a line, or whole lines behind a command that must be answered. */
struct pending {
    size_t size, cap;
    char bytes[];
};

/* A long answer under way; while it is, the session's events of that room are parked. Or a command
 * that waits until the reader has looked up what it is about. */
struct hold {
    bool reading;                 /* a piece was asked of the reader and has not come */
    bool searches;                /* is in sessions.search_count */
    bool keeps;                   /* parks all rooms until talk.holds is over */
    bool moved;                   /* she was put out of a room whose words are parked */
    struct query query;           /* kind, room, range: what is still wanted; count 0: nothing */
    struct command next;          /* or the command that is given to the hub next; kind NONE */
    struct command *asked;        /* to be looked up, its slices behind it; owned, or NULL */
    uint64_t due;                 /* QUERY_EVENTS: the next number, if none is missing */
    uint64_t first_seq, last_seq; /* of the rows given so far */
    uint32_t given;
    struct event about; /* what is the same in all of its rows; its slices lie in `names` */
    char names[ROOM_NAME_SIZE_MAX + USER_NAME_SIZE_MAX];
    struct outbox parked;
};

/* Whether its bytes go through TLS. */
enum session_secure {
    SECURE_NOT,
    SECURE_OFFERED, /* the first byte will tell */
    SECURE_DUE,     /* nothing is said before it is */
    SECURE_ON,
};

struct tls;
struct tls_context;
struct web;
struct web_hooks;

struct session {
    struct outbox outbox;
    struct talk talk;
    struct pending *pending; /* owned, or NULL */
    struct hold *hold;       /* owned, or NULL */
    struct telnet *telnet;   /* owned, or NULL: never negotiated */
    struct web *web;         /* owned, or NULL: speaks no HTTP */
    uint64_t allowed_ms;     /* throttle: when the last line would have been due at the even rate */
    uint64_t opened_ms, soft_since_ms; /* or since when it is only being flushed */
    _Atomic uint32_t *listener_count;  /* the worker's: connections of its listener */
    int fd;                            /* -1: closed */
    uint32_t chain;                    /* memberships in the roster */
    union {
        uint32_t next_free; /* while free */
        uint32_t scatter;   /* else of the last scattered event it saw */
    };
    uint32_t ticket; /* of its network, server/admission.h; 0: none */
    uint16_t generation;
    uint16_t flood_s;   /* second, 16 bits of it, since which it is at its limit; 0: it is not */
    uint8_t state;      /* enum session_state */
    bool waits;         /* a command must be answered before the next line is read */
    bool unlisted;      /* some row of hers in the roster is */
    bool stalled;       /* the ring to the hub is full */
    bool dropping;      /* the rest of a line that was too long */
    bool known;         /* the hub has heard of it */
    bool dirty;         /* is in sessions.dirty */
    bool writing;       /* the socket is full: its write interest is on */
    bool reading;       /* its read interest is on */
    bool exempt : 1;    /* from the throttle */
    bool stranger : 1;  /* is in stranger_count */
    bool proxied : 1;   /* a proxy must say first whom it comes for */
    bool last_word : 1; /* close without waiting for the peer to read */
    bool shut : 1;      /* a close frame was sent: nothing follows it (RFC 6455, section 5.5.1) */
    bool bye_given : 1, input_ended : 1, throttled : 1;
    uint8_t secure; /* enum session_secure */
    union {
        struct tls *tls;                       /* SECURE_ON; the worker's, which ends it */
        const struct tls_context *tls_context; /* SECURE_OFFERED, SECURE_DUE */
    };
};

/* Where a password or token may come over a line that is not encrypted. */
enum plain_secrets { PLAIN_ON_LOOPBACK, PLAIN_ALWAYS, PLAIN_NEVER };

/* What an operator may change; kept as values. */
struct session_limits {
    uint8_t plain_secrets;                         /* enum plain_secrets */
    uint64_t outbox_soft_bytes, outbox_hard_bytes; /* 0: none */
    uint64_t outbox_soft_ms;
    uint64_t registration_ms;   /* 0: for ever */
    uint64_t throttle_line_ms;  /* 0: no throttle; so long for each line at the even rate */
    uint64_t throttle_burst_ms; /* lines may come so much earlier */
    uint32_t flood_seconds;     /* who is at that limit so long is closed; 0: nobody is */
    uint32_t strangers_max;     /* of a worker: who have not said who they are; 0: any number */
};

/* What the sessions need of the worker around them. */
struct sessions_hooks {
    void *context;
    bool (*can_give)(void *context); /* the ring to the hub has room for the largest command */
    void (*give)(void *context, const struct command *command);
    void (*ask)(void *context, const struct query *query); /* of the reader */
    void (*closed)(void *context, uint32_t slot);          /* its socket is done with: close it */
    void (*ordered)(void *context, uint64_t power);        /* the process is to follow an order */
    void (*cut)(void *context, uint32_t slot, const char *why, uint64_t bytes); /* for the log */
    const struct web_hooks *web; /* NULL: nothing is measured */
    struct pace *pace;           /* of all workers; NULL: HTTP never waits */
    const _Atomic bool *filters; /* words are filtered somewhere; NULL: nowhere */
};

struct sessions {
    struct sessions_hooks hooks;
    struct session_limits limits;
    struct session *rows;
    uint32_t row_max, row_top, row_free, count;
    uint16_t worker;
    bool stopping;
    uint64_t now_ms; /* monotonic, of this turn */
    struct blob_pool blobs;
    struct outbox_pool refs;
    struct roster roster;
    struct wheel deadlines;
    const struct name_rules *names;
    uint32_t *dirty; /* slots to be flushed at the end of the turn; room for each of them twice */
    uint32_t dirty_count;
    uint32_t stalled_count;
    uint32_t stranger_at;     /* where one was last looked for */
    uint32_t stranger_count;  /* who have not said who they are, without those that are exempt */
    uint32_t search_count;    /* under way */
    uint32_t kinds[DIALECTS]; /* open connections of each */
    char words[2 * FILTER_TEXT_MAX]; /* scratch: a text as filters see it */
    uint64_t request_count, late_count, flood_count, crowded_count; /* HTTP; turned out */
};

#define SESSIONS_NONE UINT32_MAX

/* So much of an answer lies in an outbox before the next piece is asked for, bytes; so many
 * searches of one worker are under way at once. */
enum { SESSIONS_PIECE_SIZE = 65536, SESSIONS_SEARCHES_MAX = 256 };

bool sessions_init(struct sessions *sessions, uint16_t worker, uint32_t rows, uint32_t rooms_max,
                   struct session_limits limits, const struct name_rules *names,
                   struct sessions_hooks hooks, uint64_t now_ms);
void sessions_deinit(struct sessions *sessions);

/* A connection came. SESSIONS_NONE: the table is full. `how`: SESSION_EXEMPT from the throttle;
 * SESSION_PROXIED: nothing is said or read before sessions_proxied(). */
enum { SESSION_EXEMPT = 1, SESSION_PROXIED = 2 };
uint32_t sessions_open(struct sessions *sessions, int fd, struct address address,
                       const struct manner *manner, _Atomic uint32_t *listener_count, uint8_t how);
/* A proxy has said whom it comes for; the header is out of what waits. */
void sessions_proxied(struct sessions *sessions, uint32_t slot, struct address address,
                      bool exempt);
/* Keep `bytes` and nothing else until more come. They may lie in what was kept before. */
void sessions_keep(struct sessions *sessions, uint32_t slot, struct slice bytes);
struct session *sessions_at(struct sessions *sessions, uint32_t slot);

/* Bytes came: `bytes` may be changed in place. Those that cannot be read yet are kept. */
void sessions_input(struct sessions *sessions, uint32_t slot, char *bytes, size_t size);
/* What waits before the next bytes: the caller may put them behind it, in one piece. */
struct slice sessions_pending(const struct sessions *sessions, uint32_t slot);
void sessions_input_end(struct sessions *sessions, uint32_t slot); /* end of input, or broken */
void sessions_broken(struct sessions *sessions, uint32_t slot);
bool sessions_may_read(const struct sessions *sessions, uint32_t slot);

/* From the hub's ring: to one session, or to a room. */
void sessions_reply(struct sessions *sessions, struct session_id to, const struct event *event);
void sessions_publish(struct sessions *sessions, const struct event *event);
/* From the reader's ring. */
void sessions_past(struct sessions *sessions, struct session_id to, const struct event *past);
void sessions_past_end(struct sessions *sessions, const struct query_end *end);

/* Deadlines that have passed; then what is pending in rooms. Returns when to come again, 0: no
 * need, as monotonic milliseconds. */
void sessions_deadlines(struct sessions *sessions);
void sessions_unstall(struct sessions *sessions);
/* Behind what a stream is sent in a turn, before it is written: how far its rooms are. */
void sessions_turn(struct sessions *sessions, uint32_t slot);
/* After the outbox of a slot was written to: go on with a long answer, or close. */
void sessions_drained(struct sessions *sessions, uint32_t slot);

void session_mark(struct sessions *sessions, uint32_t slot); /* it is to be flushed this turn */
void sessions_stop(struct sessions *sessions);               /* every session has its last word */

#endif
