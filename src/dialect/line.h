/* line.h: what the files of the line dialect share. line.c reads lines and has the table of the
 * commands; line_talk.c, line_room.c, line_rule.c and line_account.c have the commands themselves;
 * line_out.c writes what happens in a room, line_answer.c what is said to one session alone. */
#ifndef DIALECT_LINE_H
#define DIALECT_LINE_H

#include "dialect/dialect.h"

enum { VIEW_LF = 1, VIEW_ANNOUNCE = 2, VIEW_ELSEWHERE = 4 };

/* reply_code: what was typed */
enum {
    REPLY_NONE,
    REPLY_TYPED,    /* what only a typed command brings about */
    REPLY_NUMBERED, /* /history with its numbers */
    REPLY_CURSOR,   /* /cursor */
    REPLY_SEARCH,
    REPLY_RESUME,
    REPLY_AUDIT,
};

typedef void line_verb_fn(struct talk *talk, struct slice rest, struct decoder *decoder);

/* What /help shows together. */
enum line_group { GROUP_TALK, GROUP_PAST, GROUP_ROOMS, GROUP_RULE, GROUP_ACCOUNT, GROUPS };

/* One row a command: what runs, its form, what /help says of it, maybe in several lines. */
struct line_verb {
    const char *verb;
    line_verb_fn *run;
    enum line_group group;
    const char *form, *help;
};

/* The row at that place in the order of /help; NULL behind the last. */
const struct line_verb *line_verb_at(size_t place);
/* The row of a word without its slash. NULL: there is none. */
const struct line_verb *line_verb_find(struct slice word);

line_verb_fn line_nick, line_quit, line_away, line_me, line_msg, line_reply, line_edit, line_remove,
    line_react, line_unreact;                                                      /* line_talk.c */
line_verb_fn line_history, line_search, line_read, line_cursor, line_resume;       /* line_talk.c */
line_verb_fn line_join, line_leave, line_rooms, line_who, line_topic, line_invite, /* line_room.c */
    line_rename, line_delete, line_mode;
line_verb_fn line_kick, line_ban, line_unban, line_mute, line_unmute, line_bans, line_purge,
    line_role, line_audit, line_filter, line_server; /* line_rule.c */
line_verb_fn line_register, line_login, line_logout, line_password, line_unregister, line_token,
    line_oper; /* line_account.c */

/* For the commands. */

/* The command without what is typed behind it: in the room being typed into. */
struct command line_command(const struct talk *talk, enum command_kind kind);
/* Tell her the right form of the command. */
void line_missing(struct decoder *decoder, const char *verb);
/* A number off *rest, `#` before it allowed. False: there is none, and the session was told. */
bool line_number(struct slice *rest, uint64_t max, struct decoder *decoder, uint64_t *number);
/* Where the next word is @NAME, the command is about the direct messages with her: taken off *rest.
 * False: the session was told. */
bool line_direct(const struct talk *talk, struct slice *rest, struct decoder *decoder,
                 struct command *command);
/* The room that is named, or else the one being typed into. False: the session was told. */
bool line_room(const struct talk *talk, struct slice rest, struct decoder *decoder,
               struct command *command);

/* For what is written. */

uint64_t line_view(const struct talk *talk, struct room_id room);
void line_encode(uint64_t view, const struct event *event, struct buf *out);
void line_answer(struct talk *talk, const struct event *event, struct buf *out);
void line_end(uint64_t view, struct buf *out);
/* The room's name, or @NAME where it is two people's. */
void line_put_room(const struct event *event, struct buf *out);
/* `alice: text`, as many lines as it has. */
void line_put_said(uint64_t view, const struct event *event, struct buf *out);
/* What somebody did, in words; `own`: she herself is told. */
void line_put_news(uint64_t view, const struct event *event, bool own, struct buf *out);
/* A stored event of a page; `numbered`: with its number and time. */
void line_put_past(uint64_t view, const struct event *event, bool numbered, struct buf *out);
/* EVENT_LOGGED_IN, EVENT_TOKEN */
void line_account_answer(const struct talk *talk, const struct event *event, struct buf *out);
/* A reply of several parts: text, a slice that a person wrote, text. */
void line_reply_parts(const struct talk *talk, const char *before, struct slice said,
                      const char *after, struct buf *out);

#endif
