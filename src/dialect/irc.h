/* irc.h: what the two halves of the IRC dialect share: irc.c reads lines, irc_out.c writes them. */
#ifndef DIALECT_IRC_H
#define DIALECT_IRC_H

#include "dialect/dialect.h"

enum { IRC_LINE_SIZE_MAX = 510 }; /* bytes without CR LF (RFC 1459 section 2.3) */

/* reply_code: what is answered. Those from ECHO_FIRST come back as EVENT_PONG. */
enum irc_reply {
    REPLY_NONE,
    REPLY_HELLO,
    REPLY_JOIN,
    REPLY_NAMES,
    REPLY_SAY,
    ECHO_FIRST,
    ECHO_PONG = ECHO_FIRST,
    ECHO_CAP_LS,
    ECHO_CAP_LIST,
    ECHO_CAP_NAK,
    ECHO_CAP_WRONG,
    ECHO_NO_CHANNEL,
    ECHO_NO_NAMES,
    ECHO_NO_MOTD,
    ECHO_MODE,
    ECHO_MODE_OWN,
    ECHO_BANS,
    ECHO_WHO,
    ECHO_QUIT,
    REPLIES,
};

/* talk->own of an IRC session. */
struct irc_own {
    uint8_t steps;                 /* of saying who one is: enum irc_step */
    uint8_t nick_size;             /* 0: none yet */
    char nick[USER_NAME_SIZE_MAX]; /* every numeric names it */
};

static inline struct irc_own *irc_own(const struct talk *talk) {
    return talk->own;
}

void irc_encode(uint64_t view, const struct event *event, struct buf *out);
void irc_answer(struct talk *talk, const struct event *event, struct buf *out);

#endif
