/* oracle.h: what must be true of a chat, kept in plain lists that are searched from their
 * beginning: who is here, who is inside which room, what was said there, and what each connection
 * must still be shown, in its order. It is told every step of the hub and knows nothing of how the
 * hub came to it.
 *
 * Every message carries its own number in its text, `~7~`, so that a line that somebody reads says
 * which message it is. The first thing that is not as it must be is kept in `fault`. */
#ifndef SIM_ORACLE_H
#define SIM_ORACLE_H

#include "chat/rights.h"
#include "sim/cast.h"
#include "sim/durable.h"

/* What a peer must be shown. Those of one room come in this order. */
struct due {
    uint32_t said;
    uint32_t text;   /* past: row of what it said when it was read: itself or an edit */
    uint32_t room;   /* row, of a page that is not drawn up yet */
    uint32_t serial; /* of its page; 0: live */
    bool page;
    bool past; /* as a line of history */
    bool all;  /* of all events: what has no text any more is told as that */
    bool done;
    bool counted; /* the reader gave it */
    bool dropped; /* the reader did not, and it was drawn up again */
};

struct ledger {
    struct due *dues;           /* owned */
    uint32_t count, cap, first; /* all before `first` are done */
    uint32_t refusals, refusals_shown;
    bool over; /* she was told that it is: pages may be missing */
};

/* What a client typed. */
struct intent {
    uint32_t peer;
    uint64_t hash; /* of the text as it must be said */
    bool sure;     /* nothing may refuse it before the hub */
    bool heard, said, again;
};

/* Why a command must be refused. Which of several reasons is told is the hub's choice. */
enum { REASON_NONE, REASON_MAYBE, REASON_SURE };

struct reasons {
    uint8_t why[REFUSALS];
    bool sure; /* it must be refused */
};

struct oracle {
    struct world *world;
    bool failed;
    char fault[512];
    struct said *said;
    uint32_t said_count, said_cap;
    struct chat_room *rooms;
    uint32_t room_count, room_cap;
    struct purge *purges;
    uint32_t purge_count, purge_cap;
    struct person *people;
    uint32_t person_count, person_cap;
    struct seat seats[WORLD_WORKERS + 1][WORLD_SESSIONS];
    struct ledger *ledgers; /* by peer */
    uint32_t ledger_count;
    struct intent *intents; /* by marker */
    uint64_t intent_count, intent_cap;
    struct durable durable;
    struct login logins[PROOFS_MAX];
    const struct login *proved; /* of the step that runs */
    struct told_token *tokens;
    uint32_t token_count, token_cap;
    uint32_t meant_login;               /* by a token: an account's number; 0: none */
    uint64_t cost, credit, credit_cost; /* as the hub counts them */
    int64_t now_ms;                     /* of the step that runs, as the next one */
    const struct command *command;      /* of the step that runs; NULL: none */
    uint32_t told;                      /* sessions that it told something directly */
    struct reasons expected;
    uint32_t meant_room, meant_person; /* by the command: row or NOBODY, number or 0 */
    enum refusal expected_of_id;       /* of a message with a client id, by who sends it */
    bool expected_again;               /* it is known: nothing new is stored */
    struct secret *secrets;            /* by number; leak.c */
    uint32_t secret_count, secret_cap;
    uint32_t page_count;
    uint64_t messages, deliveries, refusals;
};

void oracle_init(struct oracle *oracle, struct world *world);
void oracle_deinit(struct oracle *oracle);

/* Remember the first fault; printf-like. Always false. */
bool oracle_fail(struct oracle *oracle, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

void oracle_came(struct oracle *oracle, struct session_id id, uint32_t peer, struct address address,
                 bool announce);
/* The same of who is no part of the oracle's ledgers. */
void oracle_came_beside(struct oracle *oracle, struct session_id id, uint32_t peer,
                        struct address address);
/* The number for a new message, and what it must say (oracle_intend). */
uint64_t oracle_marker(struct oracle *oracle);
void oracle_intend(struct oracle *oracle, uint64_t marker, uint32_t peer, struct slice text,
                   bool sure);
/* leak.c: words that nobody can guess: names of rooms and topics. A connection may be sent one only
 * after the hub told it to somebody there who may know the room, or when it was typed there. */
#define SECRET_NAME "vault-"
#define SECRET_TOPIC "hush-"
uint64_t oracle_secret(struct oracle *oracle); /* the number of a new one */
void oracle_typed(struct oracle *oracle, uint32_t peer, struct slice text);
/* Any bytes that were sent there, whole words of them. */
void oracle_sent(struct oracle *oracle, uint32_t peer, struct slice bytes);

/* The row of the text that a message has now, of what survives so far if `flushed`. */
uint32_t oracle_text(const struct oracle *oracle, uint32_t said, bool flushed);
/* 0: none is in there. */
uint64_t marker_in(struct slice text);

/* Around each step of the hub. */
void oracle_before(struct oracle *oracle, const struct hub_input *input);
void oracle_after(struct oracle *oracle, const struct hub_input *input,
                  const struct effects *effects);
void oracle_crashed(struct oracle *oracle); /* the rows have lost what was not flushed */

/* A piece of a page is about to be read. */
void oracle_reads(struct oracle *oracle, const struct query *query);

/* What somebody was shown. */
struct shown {
    const struct said *said; /* the message, or a change of one; NULL: it must not have been shown
                                now, and the fault is kept */
    const struct said *text; /* what it says: itself, or the last edit of it */
    bool past;               /* as a line of history */
};
struct shown oracle_shown(struct oracle *oracle, uint32_t peer, uint64_t marker);
/* The removal of message `seq`, in a room called `place` (empty: any), while she types into
 * `focus`. */
void oracle_shown_removal(struct oracle *oracle, uint32_t peer, uint64_t seq, struct slice place,
                          struct room_id focus);
/* It was shown a refusal. */
void oracle_shown_refusal(struct oracle *oracle, uint32_t peer);
/* The server has closed the connection without an accident. */
void oracle_closed(struct oracle *oracle, uint32_t peer);
/* Nothing moves any more: everything due was shown to those who are still connected. */
void oracle_end(struct oracle *oracle);

/* For expect.c and the clients. */
struct seat *oracle_seat(struct oracle *oracle, struct session_id id);
struct chat_room *oracle_room(struct oracle *oracle, uint32_t number); /* that lives */
bool oracle_inside(const struct oracle *oracle, const struct seat *seat,
                   const struct chat_room *room);
struct person *oracle_person_called(struct oracle *oracle, struct slice key);
struct person *oracle_person(struct oracle *oracle, uint32_t number);

/* Its text is gone for good, as far as that survives if `flushed`. */
bool oracle_removed(const struct oracle *oracle, const struct said *said, bool flushed);

/* expect.c: why the hub must refuse this command. */
void oracle_expect(struct oracle *oracle, const struct command *command, struct reasons *reasons);
/* A record with so many bytes of slices is sure to fit on the disk. */
bool oracle_fits(const struct oracle *oracle, size_t size);

/* ranks.c: how somebody stands to a room, and what that lets her do. NULL: nobody. */
enum standing rank_of(const struct oracle *oracle, const struct person *person,
                      const struct chat_room *room);
bool rank_inside(const struct oracle *oracle, const struct person *person,
                 const struct chat_room *room);
bool rank_sees(const struct oracle *oracle, const struct person *person,
               const struct chat_room *room);
bool rank_invited(const struct oracle *oracle, const struct person *person,
                  const struct chat_room *room);

#endif
