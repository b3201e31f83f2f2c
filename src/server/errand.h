/* errand.h: what an administrator asked for, while it is being done: by the server for somebody at
 * its control socket, or by a subcommand alone in the data folder. An errand gives the hub one
 * command at a time and does work of its own in slices. One thread. */
#ifndef SERVER_ERRAND_H
#define SERVER_ERRAND_H

#include "base/text.h"
#include "chat/command.h"
#include "chat/event.h"
#include "hub/hub.h"
#include "server/request.h"
#include "store/store.h"

/* Where an errand is done. */
struct errand_place {
    void *context;
    /* To the hub; its answers come to errand_event(). The slices stay until the last of them. */
    void (*give)(void *context, const struct command *command);
    /* The same for what is answered only where it is refused. False: there is no room for it now.
     */
    bool (*send)(void *context, const struct command *command);
    /* For whoever asked. */
    void (*say)(void *context, enum answer_kind kind, struct slice bytes);
    struct store_options store; /* what the folder was opened with */
    struct hub_limits limits;
};

struct errand {
    const struct errand_place *place;
    const struct errand_row *row;
    struct request request; /* of `bytes` */
    char *bytes;            /* owned */
    size_t size;
    int fd;       /* owned: a file that came with the request; -1: none */
    bool asking;  /* the hub is to answer */
    bool blocked; /* there was no room for what it sent: try again in a moment */
    bool over;    /* `code` is the exit code */
    int code;
    struct name_rules *names; /* owned; made when first needed */
    char name_key[USER_KEY_MAX], skeleton[USER_KEY_MAX], room_key[ROOM_KEY_MAX];
    char shown_skeleton[USER_KEY_MAX], words[MASK_SIZE_MAX];
    struct command command; /* the one at the hub */
    void *work;             /* owned by the row's functions */
};

/* Take a whole request and do what can be done at once. `fd` is the errand's from now on. */
void errand_begin(struct errand *errand, const struct errand_place *place, struct slice request,
                  int fd);
/* A slice of the work, a few milliseconds. Does nothing where the hub is asked, or all is over. */
void errand_turn(struct errand *errand);
bool errand_works(const struct errand *errand); /* errand_turn() has something to do */
void errand_event(struct errand *errand, const struct event *event);
void errand_end(struct errand *errand);

/* For the files of the errands. */

/* Each takes errand->request from its second word on. */
struct errand_row {
    const char *word;
    uint32_t arguments_min, arguments_max;
    bool needs_file;
    bool outlives; /* it goes on to its end when who asked has gone */
    void (*begin)(struct errand *errand);
    void (*turn)(struct errand *errand);
    void (*event)(struct errand *errand, const struct event *event);
    /* NULL: the errand is over then. True: it is not, or will be in another way. */
    bool (*refused)(struct errand *errand, struct slice sentence);
    void (*end)(struct errand *errand);
};

extern const struct errand_row errand_audit;
extern const struct errand_row errand_backup;
extern const struct errand_row errand_export;
extern const struct errand_row errand_import;

struct slice errand_argument(const struct errand *errand, uint32_t at); /* empty where none */
void errand_give(struct errand *errand, const struct command *command);
bool errand_send(struct errand *errand, const struct command *command);
void errand_print(struct errand *errand, struct slice bytes);
void errand_done(struct errand *errand);
/* Over, with a sentence for standard error. */
void errand_fail(struct errand *errand, int code, struct slice why);
void errand_refuse(struct errand *errand, enum refusal why, uint64_t number, struct slice text);
/* The forms of a name or a room's name. False: the errand is over. */
bool errand_name(struct errand *errand, struct slice name, struct command *command);
bool errand_room(struct errand *errand, struct slice room, struct command *command);

#endif
