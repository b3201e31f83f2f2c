/* json.h: what the files of the JSON dialect share (doc/protocol/json.md). json_read.c: a message
 * into its fields, by the tables of json_table.c; json_command.c: fields into a command;
 * json_answer.c: what is said to one session; json.c: the dialect's row, and coming in.
 *
 * Every command waits for its answer (COMMAND_WAITS), so that one message at a time is under way:
 * its `ref` and type are kept in struct json and go into each answer. */
#ifndef DIALECT_JSON_H
#define DIALECT_JSON_H

#include <jansson.h>

#include "dialect/dialect.h"
#include "dialect/json_table.h"

/* A client's message. Its strings lie in `root`. */
struct json_message {
    json_t *root;
    enum json_type type;
    const json_t *fields[FIELDS]; /* NULL: it is not there */
};

/* A room that was entered while talk->holds, and its newest number then. */
struct json_entered {
    struct room_id room;
    uint64_t seq;
};

/* What is kept of a session beside struct talk: talk->own. */
struct json {
    uint16_t ref; /* of the message under way; 0: it had none */
    uint8_t type; /* enum json_type of it */
    bool wrong;   /* it could not be read: its type may be unknown */
    bool created; /* EVENT_CREATED came before EVENT_ENTERED */
    bool account; /* she is one: what she has not read is counted */
    bool entered; /* since hello, some room */
    bool incomplete;
    uint8_t client_id_size;
    char client_id[CLIENT_ID_SIZE_MAX];
    struct room_id room;               /* that was entered last */
    uint64_t seq;                      /* of it then */
    uint64_t missing_from, missing_to; /* not kept any more; 0: nothing is missing */
    uint64_t rewound;                  /* 1 + the seq that the room was rewound to; 0: it was not */
    struct json_entered *rooms;        /* USER_ROOMS_MAX of them, owned; NULL: none */
    uint32_t room_count;
    char *person; /* EVENT_WHOIS, until its rooms come; owned, or NULL */
    uint32_t person_size;
    uint64_t person_since, person_idle;
    char away[AWAY_SIZE_MAX];
    uint16_t away_size;
};

/* A message that is one line of JSON, or not: then *fault says what is wrong with it, and what of
 * it could be read is in *message all the same. The root is the caller's, also then: json_decref().
 */
bool json_read(struct slice line, struct json_message *message, struct buf *fault);

/* Fields, once json_read() found them right. */
struct slice json_field_text(const struct json_message *message, enum json_field field);
uint64_t json_field_number(const struct json_message *message, enum json_field field);
bool json_field_true(const struct json_message *message, enum json_field field);
bool json_epoch(struct slice digits, uint64_t *epoch); /* 16 hex digits */

/* A room's number or name into the command. False: the session was told. */
bool json_room(const json_t *value, struct decoder *decoder, struct command *command);
/* `room`, or `to`: the direct room with her. False: the session was told. */
bool json_place(const struct talk *talk, const struct json_message *message,
                struct decoder *decoder, struct command *command);
bool json_name(const struct talk *talk, const struct json_message *message, struct decoder *decoder,
               struct command *command);

/* A NUL is refused by the reader. Where a text is one line in every dialect, it is here. False: the
 * session was told. */
bool json_text_fits(struct slice text, bool lines, struct decoder *decoder);

/* What she is in next is what she asked for: more comes before she is caught up. */
bool json_joins(const struct talk *talk);

/* What a command's reply_code says: she asked, or the dialect itself. */
enum { JSON_ASKED = 1, JSON_UNREAD = 2 };
static inline bool json_asked(const struct event *event) {
    return event->reply_code == JSON_ASKED;
}

/* One word for programs. */
const char *json_code(enum refusal refusal);

/* The dialect's functions beside those of json.c. */
void json_answer(struct talk *talk, const struct event *event, struct buf *out);

/* The schema of every client's message, from the tables (JSON Schema 2020-12). */
enum { JSON_SCHEMA_SIZE_MAX = 65536 };
void json_schema(struct buf *out);

#endif
