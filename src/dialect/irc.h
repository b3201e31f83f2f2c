/* irc.h: what the files of the IRC dialect share.
 *
 * irc.c takes lines apart and has the table of the verbs; irc_cap.c, irc_login.c, irc_room.c,
 * irc_say.c and irc_person.c have the verbs themselves. irc_write.c is how a line is written;
 * irc_encode.c writes what a whole room is told, once for each set of capabilities, irc_answer.c
 * what one session is told, and irc_label.c says which of these lines answer which line of hers.
 *
 * A room is shown as `#name`, a person as `nick!login@host`. Whatever a client asks that the hub
 * need not know of goes there all the same, as COMMAND_PING, so that the answers keep the order of
 * the questions. Numerics and forms: modern.ircdocs.horse, RFC 2812; extensions: ircv3.net. */
#ifndef DIALECT_IRC_H
#define DIALECT_IRC_H

#include "chat/rights.h"
#include "dialect/dialect.h"
#include "dialect/irc_reply.h"

enum {
    IRC_LINE_SIZE_MAX = 510,    /* bytes without CR LF and tags (RFC 1459 section 2.3) */
    IRC_CLIENT_TAGS_MAX = 4094, /* bytes of a client's tags, without `@` and blank (message-tags) */
    IRC_PARAMS_MAX = 15,        /* of one line */
    IRC_REASON_MAX = 300,       /* bytes */
    IRC_LABEL_MAX = 64,         /* bytes (labeled-response) */
    IRC_LIST_MAX = 200,         /* bytes of what LIST asks for */
    IRC_ASKED_MAX = 160,        /* bytes of what an answer repeats of its question */
};

/* Capabilities that a client has asked for: bits of irc_own.caps. Those of IRC_VIEW decide how a
 * room's events look, so they are in the view. */
enum {
    CAP_MESSAGE_TAGS = 1 << 0,
    CAP_SERVER_TIME = 1 << 1,
    CAP_ACCOUNT_TAG = 1 << 2,
    CAP_EXTENDED_JOIN = 1 << 3,
    CAP_AWAY_NOTIFY = 1 << 4,
    CAP_ACCOUNT_NOTIFY = 1 << 5,
    CAP_SETNAME = 1 << 6,
    CAP_RELAYMSG = 1 << 7,
    CAP_CHGHOST = 1 << 8,
    CAP_REDACTION = 1 << 9,
    CAP_METADATA_3 = 1 << 10,
    CAP_MULTILINE = 1 << 11,
    CAP_BATCH = 1 << 12,
    CAP_LABELED = 1 << 13,
    CAP_ECHO = 1 << 14,
    CAP_MULTI_PREFIX = 1 << 15,
    CAP_USERHOST = 1 << 16,
    CAP_STANDARD_REPLIES = 1 << 17,
    CAP_NO_NAMES = 1 << 18,
    CAP_SASL = 1 << 19,
    CAP_NOTIFY = 1 << 20,
    CAP_REGISTRATION = 1 << 21,
    CAP_CHATHISTORY = 1 << 22,
    CAP_PLAYBACK = 1 << 23,
    CAP_READ_MARKER = 1 << 24,
    CAP_EXTENDED_MONITOR = 1 << 25,
    CAP_ISUPPORT = 1 << 29,
    CAP_PRE_AWAY = 1 << 30,
    CAP_METADATA_2 = 1 << 26, /* in the view beside those below, as the next is */
    CAP_INVITE_NOTIFY = 1 << 27,
    CAP_RENAME = 1 << 28,
    IRC_VIEW = ((CAP_BATCH << 1) - 1) | CAP_METADATA_2 | CAP_INVITE_NOTIFY,
};

/* irc_own.steps */
enum {
    STEP_USER = 1,       /* USER has come */
    STEP_CAP = 2,        /* CAP LS or REQ has come, CAP END has not */
    STEP_CAP_302 = 4,    /* the client knows values of capabilities */
    STEP_ACCOUNT = 8,    /* is logged in */
    STEP_BATCH = 16,     /* the answer to its label is a batch, which is open */
    STEP_LABEL = 32,     /* the line being answered has a label */
    STEP_LABEL_END = 64, /* it is answered but for the end of it */
    STEP_PASS = 128,     /* the server's password was right */
};

/* What is awaited of a client that logs in. */
enum irc_sasl {
    SASL_NONE,
    SASL_PLAIN,
    SASL_EXTERNAL,
    SASL_SCRAM_FIRST,
    SASL_SCRAM_FINAL,
    SASL_SCRAM_END
};

/* talk->own of an IRC session. */
struct irc_own {
    uint8_t steps;
    uint8_t nick_size; /* 0: none yet */
    uint8_t login_size, real_size, label_size;
    uint8_t sasl; /* enum irc_sasl */
    uint32_t caps;
    uint32_t batches; /* begun so far: their names */
    uint32_t held_size;
    char *held;  /* the first line that answers a label, until it is known whether a second comes;
                    owned, or NULL */
    char *given; /* what a client gives piece by piece: SASL, a batch; owned, or NULL */
    uint32_t given_size;
    char *subs;  /* keys whose changes she wants to see, ended by '\n' each; owned, or NULL */
    char *early; /* what she sets of herself before she is somebody; owned, or NULL */
    uint32_t subs_size, early_size;
    bool syncs_later; /* the room that was entered last is too large to be told all of it at once */
    char *scram; /* what both said so far, behind the client's header and a NUL; owned, or NULL */
    uint32_t scram_size;
    bool who_opers; /* WHO: administrators only */
    uint8_t who_size, who_token_size;
    uint16_t who_fields; /* bits of WHOX's fields; 0: none were asked for */
    char who_token[3], who_mask[64];
    char nick[USER_NAME_SIZE_MAX]; /* every numeric names it */
    char login[LOGIN_HOST_MAX];    /* before she came the login alone, then with @host */
    char real[REAL_SIZE_MAX];      /* until she came */
    char label[IRC_LABEL_MAX];
    char *away; /* words said before she came; owned, or NULL */
    uint32_t away_size;
    uint8_t list_size; /* what the last LIST asked for: each piece of the answer is tried by it */
    char list[IRC_LIST_MAX];
    struct irc_batch *batch; /* of lines that she is giving; owned, or NULL: irc_batch.c */
    uint8_t asked_size;
    uint32_t history;          /* the number of the batch of history that is open */
    char asked[IRC_ASKED_MAX]; /* words of the line being answered, which its answer repeats */
};

static inline struct irc_own *irc_own(const struct talk *talk) {
    return talk->own;
}

/* A line taken apart. */
struct irc_message {
    struct slice tags; /* without `@` */
    struct slice verb, params[IRC_PARAMS_MAX];
    size_t count;
    bool broken; /* not UTF-8 */
};

typedef enum decoded irc_verb_fn(struct talk *talk, const struct irc_message *message,
                                 struct decoder *decoder);

irc_verb_fn irc_webirc;                                                          /* irc_gateway.c */
irc_verb_fn irc_cap, irc_pass, irc_nick, irc_user, irc_ping, irc_pong, irc_quit; /* irc_cap.c */
irc_verb_fn irc_authenticate, irc_oper;                                          /* irc_login.c */
irc_verb_fn irc_register, irc_verify, irc_service; /* irc_register.c, irc_service.c */
irc_verb_fn irc_join, irc_part, irc_topic, irc_names, irc_list, irc_kick, irc_invite, irc_mode;
irc_verb_fn irc_rename;
irc_verb_fn irc_say, irc_tagmsg, irc_relaymsg; /* irc_say.c */
/* those of batches and history: dialect/irc_history.h
 * those of people and of the server: dialect/irc_people.h */

/* ---- for reading ---- */

bool irc_same_word(struct slice word, const char *wanted); /* `wanted` in capitals */
/* What the message has at that place, empty where it has nothing. */
struct slice irc_param(const struct irc_message *message, size_t place);
/* The value of a tag as it was sent, escaped. False: there is no such tag. */
bool irc_tag(struct slice tags, const char *key, struct slice *value);
/* The text comes back as EVENT_PONG, in its turn. */
void irc_echo(struct decoder *decoder, enum irc_reply reply, struct slice text);
/* A numeric in its turn: `line` is what stands behind the server's name, "461 nick VERB :words". */
void irc_echo_line(const struct talk *talk, struct decoder *decoder, const char *pattern, ...);
void irc_refuse(struct decoder *decoder, enum refusal why, struct slice text);
/* The target of `#a,#b` whose turn it is; talk->number counts those that are done. */
struct slice irc_target(struct slice list, uint32_t place, bool *more);
enum decoded irc_next_target(struct talk *talk, bool more);
/* The room behind `#name`. False: the session was told that it is none. */
bool irc_channel(const struct talk *talk, struct decoder *decoder, struct slice target,
                 struct command *command);
/* Say ERROR and end the session, in its turn. */
void irc_end(struct decoder *decoder, struct slice why);
/* Once both NICK and USER have come and no CAP is open: say who it is. */
void irc_hello(struct talk *talk, struct decoder *decoder);
/* The message behind a msgid: its room's id into *room (10 hex digits), its number into *seq. */
bool irc_msgid_read(struct slice msgid, struct slice *room, uint64_t *seq);
uint64_t irc_hex(struct slice digits); /* ten hex digits as a number; 0: they are not */

#endif
