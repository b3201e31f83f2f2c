/* dialect.h: bytes <-> commands and events. A dialect is one row of functions; it keeps what it
 * knows of a session in struct talk and nowhere else. Pure: no I/O, clock or thread; what
 * talk->own owns beside itself is taken and freed by its dialect.
 *
 * What is said to a whole room is encoded once per view: a view is everything that an encoder may
 * depend on, packed into 64 bits, so that sessions of equal views are sent the same bytes.
 */
#ifndef DIALECT_DIALECT_H
#define DIALECT_DIALECT_H

#include "base/buf.h"
#include "base/secret.h"
#include "base/text.h"
#include "chat/command.h"
#include "chat/event.h"
#include "chat/limits.h"
#include "dialect/manner.h"
#include "wire/http_answer.h"
#include "wire/http_body.h"

/* How lines travel. */
enum framing { FRAMING_NONE, FRAMING_TEXT, FRAMING_BINARY };

enum talk_stage {
    TALK_NEW,  /* nobody yet */
    TALK_HERE, /* said who, and the hub agreed */
};

/* What a dialect knows of one session between two lines. */
struct talk {
    const struct manner *manner;
    struct room_id home;    /* the room entered by saying who one is */
    struct room_id focus;   /* the room being typed into */
    struct room_id counted; /* the direct room whose unread messages were counted last; 0: none */
    uint32_t number;        /* pipe: the phone's own integer; irc: steps done of a line; rest: the
                               account's */
    uint8_t kind;           /* enum dialect_kind: which dialect it is, once known */
    uint8_t stage;          /* enum talk_stage */
    bool greeted;           /* a prompt or welcome was sent */
    bool first_line_read;
    bool lists;      /* irc: was taken into a room without asking and is to be shown who is there */
    bool counts;     /* json, line: what is unread in her direct rooms behind `counted` is to be */
    bool holds;      /* json: what rooms say waits until she has heard what she missed of them */
    bool numbered;   /* line: the page that comes is shown with numbers and times */
    uint8_t framing; /* enum framing: each line is a message of a WebSocket */
    uint8_t answers; /* rest: HTTP_* of the request at hand, wire/http_answer.h */
    bool
        streams; /* rest: its answer has no end but the connection's: no request is read any more */
    bool secure; /* the line came through TLS */
    bool brought;   /* irc: a gateway says from where: it is exempt from nothing */
    bool forwarded; /* a proxy that is believed says that the line is encrypted */
    struct address address;
    void *own; /* dialect->own_size bytes, zero at first, for a dialect that must remember more;
                  the session's: a dialect neither takes nor frees them */
};

/* What a dialect may do while it reads a line. */
struct decoder {
    void (*give)(struct decoder *decoder, struct command *command); /* slices borrowed */
    const struct name_rules *names;
    /* scratch of the helpers below */
    char words[MASK_SIZE_MAX]; /* of a filter */
    char name_key[USER_KEY_MAX], skeleton[NAME_SKELETON_MAX], room_key[ROOM_KEY_MAX];
};

enum decoded {
    DECODED,
    DECODED_AGAIN, /* give the same line again when the command's last answer has come */
    DECODED_CLOSE, /* this is nobody for us: close, run nothing more */
};

/* How far a room is. */
struct room_cursor {
    struct room_id room;
    uint64_t epoch, seq;
};

/* A request of HTTP with its whole body. Borrowed for the call. */
struct call {
    const struct http_request *request;
    struct slice body;
    bool again; /* it was given before, and answered by DECODED_AGAIN */
};

struct dialect {
    const char *name;
    size_t own_size; /* bytes of talk->own; 0: it stays NULL */
    /* Bytes for somebody who just came, before she says anything. */
    void (*greet)(struct talk *talk, struct buf *out);
    /* What is asked of the hub without her saying anything; NULL: nothing. */
    void (*open)(struct talk *talk, struct decoder *decoder);
    enum decoded (*line)(struct talk *talk, struct slice line, struct decoder *decoder);
    /* Instead of lines. What can be answered at once is written to `out`, as talk->answers wants
     * it; the rest of it comes of the events, by answer(). A request is over with DECODED and,
     * where a command with COMMAND_WAITS was given, its EVENT_LAST: by then it is answered, or
     * talk->streams is set. DECODED_AGAIN only where such a command was given. */
    enum decoded (*call)(struct talk *talk, const struct call *call, struct decoder *decoder,
                         struct buf *out);
    uint64_t (*view)(const struct talk *talk, struct room_id room);
    /* An event for everybody of a view in its room but its author's own session. */
    void (*encode)(uint64_t view, const struct event *event, struct buf *out);
    /* An event for this one session: answers, and what came of its own commands. */
    void (*answer)(struct talk *talk, const struct event *event, struct buf *out);
    /* Where talk->lists was set as a room was entered: what is asked of the hub about it, as soon
     * as nothing else is under way; then, where her person was away, with `missed`: 1 + the seq up
     * to which she had heard it. Where talk->counts was: room 0. NULL: neither ever is. */
    void (*list)(struct talk *talk, struct room_id room, uint64_t missed, struct decoder *decoder);
    /* Behind a turn's bytes, where talk->streams is set: how far its rooms are; or NULL. */
    void (*turn)(struct talk *talk, const struct room_cursor *rooms, uint32_t count,
                 struct buf *out);
    bool (*hears)(const struct talk *talk, const struct event *event); /* EVENT_FACT; or NULL */
    void (*forget)(struct talk *talk); /* what talk->own owns is freed; NULL: it owns nothing */
};

extern const struct dialect dialect_line, dialect_friendly, dialect_pipe, dialect_dollar,
    dialect_irc, dialect_rest, dialect_json;

/* The dialect of a kind; NULL for those that are not spoken in lines. */
const struct dialect *dialect_of(enum dialect_kind kind);

void dialect_greet(struct talk *talk, struct buf *out);
void dialect_open(struct talk *talk, struct decoder *decoder);

/* A line without its end, maybe empty, checked for nothing yet. */
enum decoded dialect_line_in(struct talk *talk, struct slice line, struct decoder *decoder);

/* A request, for a dialect that is spoken in them. */
enum decoded dialect_call(struct talk *talk, const struct call *call, struct decoder *decoder,
                          struct buf *out);

/* A line that was longer than the listener takes. */
void dialect_line_too_long(struct talk *talk, struct decoder *decoder);

uint64_t dialect_view(const struct talk *talk, struct room_id room);
void dialect_encode(uint64_t view, const struct event *event, struct buf *out);
void dialect_answer(struct talk *talk, const struct event *event, struct buf *out);
void dialect_list(struct talk *talk, struct room_id room, uint64_t missed, struct decoder *decoder);
bool dialect_hears(const struct talk *talk, const struct event *event);
void dialect_forget(struct talk *talk);

/* For the dialects themselves. */

/* Refuse a line in its turn: the hub sends it back as EVENT_REFUSED. */
void decoder_refuse(struct decoder *decoder, enum refusal why, uint64_t number, struct slice text,
                    uint16_t reply_code);

/* Fill name and name_key. False: the name is nobody's, and the session was told why. */
bool decoder_name(struct decoder *decoder, const struct talk *talk, struct slice name,
                  struct command *command);

/* Fill name with a name, mask or network that may not be any of these, and name_key with its
 * canonical form. False: it is too long, and the session was told. */
bool decoder_mask(struct decoder *decoder, struct slice mask, struct command *command);
/* An address or a network, as it was typed. */
bool decoder_network(struct decoder *decoder, struct slice network, struct command *command);
/* The words of a filter. */
bool decoder_filter(struct decoder *decoder, struct slice words, struct command *command);
/* What becomes of them: report, refuse, a number of seconds to mute, off. False: none of these. */
bool decoder_filtered(struct slice word, struct command *command);

/* Fill room and room_key, for a name that may be made. A number, hex id or address stays as it
 * is, without a key. False: no room can be called so, and the session was told. */
bool decoder_room(struct decoder *decoder, struct slice room, struct command *command);

/* The command that says who one is, and enters the listener's room. */
struct command decoder_hello(const struct talk *talk, enum naming naming);

/* Append what a person said, shown, with a blank before it where it would begin as `ours` does, so
 * that nobody can forge a line of the server. */
void text_show_unlike(struct buf *out, struct slice text, struct slice ours);

/* Call for each line of a message of several: take it off *text. */
struct slice text_line(struct slice *text);

#endif
