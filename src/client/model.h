/* model.h: all that the terminal client knows, without terminal and socket. Pure: stepped by keys,
 * by messages of the server and by time; what it wants said to the server it leaves for
 * model_take(). One thread. */
#ifndef CLIENT_MODEL_H
#define CLIENT_MODEL_H

#include <jansson.h>

#include "client/complete.h"
#include "client/edit.h"
#include "client/outbox.h"
#include "client/press.h"
#include "client/room.h"

enum {
    CLIENT_ROOMS_MAX = 400,
    PAGE_COUNT = 100, /* messages asked for at once */
    ASKED_MAX = 64,   /* commands whose answers are of interest */
    TYPING_MS = 6000, /* so long is somebody's typing believed */
    TYPED_MS = 3000,  /* so often is one's own told */
    READ_MS = 1000,   /* so often is the read position told */
};

enum link { LINK_DOWN, LINK_TRYING, LINK_GREETING, LINK_UP };

/* What the line being typed is, when it is not something to say. */
enum prompt {
    PROMPT_NOTHING,
    PROMPT_NAME,
    PROMPT_PASSWORD, /* of the hello */
    PROMPT_LOGIN,    /* /login NAME */
    PROMPT_REGISTER, /* /register */
    PROMPT_OLD,      /* /password: the old one, then the new one */
    PROMPT_NEW,
    PROMPT_UNREGISTER,
};

struct outgoing {
    struct outgoing *next;
    char *text; /* JSON, owned */
};

/* A command that was sent, until it is answered. */
struct asked {
    uint16_t ref;
    uint64_t room; /* number; 0: none */
    char type[16];
};

struct model {
    enum link link;
    int64_t now_ms;      /* Unix */
    int64_t retry_at_ms; /* LINK_DOWN: when the next try is */

    char *name, *account, *token; /* owned; token: to be kept, NULL: none */
    char *password;               /* owned, wiped when it is sent */
    bool wants_account;           /* the hello waits for a password */
    bool wants_new_account;       /* and makes the account */
    uint64_t identity_changes;    /* so often did name, account or token change */
    uint64_t me;                  /* user number */
    bool was_here;                /* there was a welcome: rooms have cursors */
    char *invitation;             /* owned: the word of a link; NULL: none */
    char *wanted_rooms[16];       /* owned: entered at the first hello */
    size_t wanted_count;
    bool without_history; /* the dialect knows none */
    bool plain;           /* no screen: nothing is asked for but what is said */

    char *server_name, *closed_why;       /* owned */
    struct room *rooms[CLIENT_ROOMS_MAX]; /* owned; the first is the console */
    size_t room_count, current;
    size_t previous; /* where one was before */
    uint64_t wanted; /* ref of the join whose room is to be shown */

    struct edit edit;
    struct completion completion;
    enum prompt prompt;
    char *prompt_words; /* owned: for whom the password is */
    uint64_t editing;   /* seq of one's own message that the line changes; 0: none */
    uint64_t replying;  /* seq that it answers */
    bool pasting;

    struct outbox outbox;
    struct outgoing *first, **last;
    struct asked asked[ASKED_MAX];
    size_t asked_at;
    uint16_t ref;
    uint64_t next_entry, next_client_id, run; /* run: random, of this program's run */
    int64_t typed_told_ms, read_told_ms;
    bool typing_told;

    int rows, columns;     /* of the screen */
    int64_t utc_offset_ms; /* what the local time has more */
    bool hide_members, hide_rooms;
    size_t rooms_top;  /* the first room that the list shows */
    bool bell;         /* ring once; the shell puts it off */
    bool quit, ending; /* ending: Ctrl-C was pressed, a second one quits */
    bool focused;      /* the terminal has the focus, as far as it tells */
};

struct model *model_new(struct slice name, uint64_t run);
void model_free(struct model *model);

void model_link(struct model *model, enum link link); /* LINK_UP comes from the welcome alone */
void model_hear(struct model *model, const json_t *message);
void model_press(struct model *model, const struct press *press);
void model_tick(struct model *model, int64_t now_ms); /* at least each second, before the others */
void model_resize(struct model *model, int rows, int columns);

/* The next message to the server, of the heap; NULL: there is none. */
char *model_take(struct model *model);
void model_forget_outgoing(struct model *model); /* the connection is another */

/* ---- between the files of the model ---- */

struct room *model_room(const struct model *model); /* the one that is looked at */
struct room *model_find(const struct model *model, uint64_t number);
struct room *model_find_name(const struct model *model, enum room_kind kind, struct slice name);
struct room *model_add(struct model *model, enum room_kind kind, uint64_t number,
                       struct slice name); /* NULL: too many */
void model_remove(struct model *model, struct room *room);
void model_switch(struct model *model, size_t index);
void model_show(struct model *model, const struct room *room);
/* Our own words in a room; NULL: in the one that is looked at. Parts, a NULL at their end. */
struct entry *model_tell(struct model *model, struct room *room, enum entry_kind kind,
                         const char *const *parts);
#define MODEL_NEWS(model, room, ...)                                                               \
    model_tell(model, room, ENTRY_NEWS, (const char *const[]){__VA_ARGS__, NULL})
#define MODEL_FAULT(model, room, ...)                                                              \
    model_tell(model, room, ENTRY_FAULT, (const char *const[]){__VA_ARGS__, NULL})
void model_say(struct model *model, struct room *room, struct slice text, enum entry_kind kind);
void model_enter_line(struct model *model); /* what was typed is done */
void model_command(struct model *model, struct slice line);
void model_rename(struct model *model, struct slice name);
void model_seen(struct model *model); /* what is on the screen is read */
void model_jump(struct model *model, struct room *room, uint64_t seq);
void model_to_end(struct model *model, struct room *room);
bool model_mentions(const struct model *model, struct slice text);
const struct asked *model_asked(const struct model *model, uint64_t ref); /* NULL: nothing */

#endif
