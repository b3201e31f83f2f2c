/* telnet.h: takes a telnet client's option negotiation out of a stream of text (RFC 854, 855).
 * Every option is refused. Pure; the state belongs to one connection and fits in 64 bytes whatever
 * the client sends. */
#ifndef WIRE_TELNET_H
#define WIRE_TELNET_H

#include "base/buf.h"

/* All zero at the start of a connection. */
struct telnet {
    uint8_t answered[32]; /* one bit per option: refused once already */
    uint8_t state;        /* where in a command the stream was cut: enum state of telnet.c */
    uint8_t verb;         /* WILL, WONT, DO or DONT, whose option is the next byte */
};
_Static_assert(sizeof(struct telnet) <= 64, "a connection keeps one of these for its life");

enum { TELNET_ANSWERS_SIZE_MAX = 3 * 256 }; /* bytes: all a connection is ever answered */

/* Remove the commands from bytes[0..size) in place and return how many bytes are left. WILL is
 * answered DONT and DO is answered WONT, once for each option; WONT and DONT never are, so no
 * negotiation can go on for ever. An answer that does not fit into *answers is not given (the
 * buffer does not count as overflowed) and is given when the client asks again. A doubled IAC is
 * one byte 0xFF; an IAC before a byte that is no command (below 240) vanishes and leaves that byte,
 * so that a stray 0xFF cannot swallow the end of a line. A stream may be cut anywhere. */
size_t telnet_filter(struct telnet *telnet, char *bytes, size_t size, struct buf *answers);

#endif
