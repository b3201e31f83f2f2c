/* scope.h: what a token with a name may be used for: bots, scripts, webhooks. Pure.
 *
 * A login's token has no name and all scopes. A *silent* session is one that came with a token to
 * do something as its account, and is not here: nobody sees it come or go, it hears nothing but
 * answers, and it may do what the account may do in the rooms that the account is in. A webhook's
 * token speaks in one room, under a name of its own, and does nothing else. A certificate by which
 * one logs in stands among an account's tokens, since it is listed and deleted as they are. */
#ifndef CHAT_SCOPE_H
#define CHAT_SCOPE_H

#include "base/buf.h"
#include "base/slice.h"

enum {
    SCOPE_READ = 1,
    SCOPE_WRITE = 2,    /* say, react, enter and leave rooms, make them */
    SCOPE_MODERATE = 4, /* what the account may do as operator or owner of rooms */
    SCOPE_ADMIN = 8,    /* the account itself: its password, its tokens */
    SCOPES_ALL = 15,
    SCOPE_HOOK = 16,    /* alone: an incoming webhook */
    SCOPE_CERT = 64,    /* alone: not a token but a certificate, hub/certificate.c */
    SCOPE_INVITE = 128, /* make invitations to the server; given at the machine alone */
    SCOPE_SERVER = 256, /* rule the whole server, as its administrators do; likewise */
    SCOPES_GIVEN =
        SCOPES_ALL | SCOPE_INVITE | SCOPE_SERVER, /* that a token may be made for by saying so */
    SCOPE_INVITES = 32, /* alone, in a record of no account's: an invitation; seq: 1 + its uses */
};

/* Words with a comma between them. False: one is unknown, or there is none. SCOPE_HOOK cannot be
 * said: a token has it by what it was made for. */
bool scopes_read(struct slice words, uint32_t *scopes);
void scopes_put(struct buf *out, uint32_t scopes);

/* One token of EVENT_TOKENS: "number\tname\tscopes\troom\tshown\n". */
struct token_line {
    uint64_t number;
    struct slice name, scopes, room, shown; /* the last two empty but for a webhook's */
};

enum { TOKEN_LINE_MAX = 320 }; /* bytes */

void token_line_put(struct buf *out, const struct token_line *line);
/* Takes one line off *lines. False: there is none. */
bool token_line_take(struct slice *lines, struct token_line *line);

#endif
