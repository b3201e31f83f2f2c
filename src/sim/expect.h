/* expect.h: what the files share that tell why a command must be refused. */
#ifndef SIM_EXPECT_H
#define SIM_EXPECT_H

#include "sim/oracle.h"

/* One command as the asker means it. */
struct asked {
    struct oracle *oracle;
    struct reasons *reasons;
    const struct command *command;
    const struct seat *seat;
    const struct person *person;
    const struct chat_room *room;   /* that is meant and that she may know of; NULL: none */
    const struct chat_room *unseen; /* that is meant, but she may not know */
    bool inside;
};

/* A reason that there is; one that there may be, where the documents leave it open or the answer
 * hangs on what only the hub knows. */
void asked_sure(const struct asked *a, enum refusal why);
void asked_maybe(const struct asked *a, enum refusal why);
void asked_sure_if(const struct asked *a, bool wrong, enum refusal why);

/* False: there is none that she may know of. */
bool asked_room_needed(const struct asked *a);
/* What the table of rights has against it. */
void asked_may(const struct asked *a, enum action action);
/* So many bytes of slices must fit on the disk, at least. */
void asked_store_needed(const struct asked *a, size_t size);
void asked_room_makes(const struct asked *a);
/* Whom the command names: her number, 0 where nobody of that name is connected or has an account.
 * NULL: she is not connected. */
const struct person *asked_whom(const struct asked *a, uint32_t *number);
/* Nobody acts on somebody above her. */
void asked_rank_needed(const struct asked *a, uint32_t number);
/* Looks like somebody else's name, by the skeleton that is computed once more here. */
bool asked_looks_taken(const struct asked *a);

typedef void expectation(const struct asked *a);

/* expect_rooms.c */
expectation expect_mode, expect_rename, expect_invite, expect_role, expect_ban, expect_mute,
    expect_lists;
/* logins.c */
expectation expect_login, expect_register, expect_password, expect_unregister, expect_of_account,
    expect_oper;
/* expect_messages.c */
expectation expect_edit, expect_retract, expect_react, expect_read, expect_resume, expect_search,
    expect_tell;

#endif
