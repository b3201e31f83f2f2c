/* telnet.c: the commands of RFC 854 as a state machine that forgets everything but the command it
 * stands in and which options it has refused. */
#include "wire/telnet.h"

#include "base/check.h"

enum { SE = 240, SB = 250, WILL = 251, WONT = 252, DO = 253, DONT = 254, IAC = 255 };

enum state {
    TEXT,
    COMMAND,           /* behind an IAC */
    OPTION,            /* behind WILL, WONT, DO or DONT */
    SUBNEGOTIATION,    /* behind IAC SB, until IAC SE */
    SUBNEGOTIATION_IAC /* behind an IAC inside that */
};

static void refuse(struct telnet *telnet, unsigned char option, struct buf *answers) {
    if (telnet->verb != WILL && telnet->verb != DO) return;
    uint8_t bit = (uint8_t)(1u << (option & 7));
    if (telnet->answered[option >> 3] & bit) return;
    const unsigned char answer[] = {IAC, telnet->verb == WILL ? DONT : WONT, option};
    if (answers->cap - answers->size < sizeof answer) return;
    buf_put(answers, (struct slice){(const char *)answer, sizeof answer});
    telnet->answered[option >> 3] |= bit;
}

/* Behind an IAC; true where `byte` is text after all. */
static bool command(struct telnet *telnet, unsigned char byte) {
    telnet->state = TEXT;
    if (byte >= WILL && byte <= DONT) {
        telnet->verb = byte;
        telnet->state = OPTION;
    } else if (byte == SB) {
        telnet->state = SUBNEGOTIATION;
    }
    return byte == IAC || byte < SE;
}

/* One byte; true where it is text. */
static bool step(struct telnet *telnet, unsigned char byte, struct buf *answers) {
    switch ((enum state)telnet->state) {
    case TEXT:
        if (byte != IAC) return true;
        telnet->state = COMMAND;
        return false;
    case COMMAND: return command(telnet, byte);
    case OPTION:
        refuse(telnet, byte, answers);
        telnet->state = TEXT;
        return false;
    case SUBNEGOTIATION:
        if (byte == IAC) telnet->state = SUBNEGOTIATION_IAC;
        return false;
    case SUBNEGOTIATION_IAC: break;
    }
    telnet->state = byte == SE ? TEXT : SUBNEGOTIATION;
    return false;
}

size_t telnet_filter(struct telnet *telnet, char *bytes, size_t size, struct buf *answers) {
    check(telnet->state <= SUBNEGOTIATION_IAC);
    size_t kept = 0;
    if (telnet->state == TEXT) {
        /* Nearly every client never sends an IAC. */
        const char *first = size > 0 ? memchr(bytes, IAC, size) : NULL;
        if (!first) return size;
        kept = (size_t)(first - bytes);
    }
    for (size_t at = kept; at < size; at++)
        if (step(telnet, (unsigned char)bytes[at], answers)) bytes[kept++] = bytes[at];
    check(kept <= size);
    return kept;
}
