/* profile.h: what is shown of people beside their names: login, host, real name, account, modes.
 * Only src/hub/ includes this. */
#ifndef HUB_PROFILE_H
#define HUB_PROFILE_H

#include "hub/state.h"

enum { ACCEPTS_MAX = 32 }; /* people whom somebody lets write to her */

/* What only IRC knows of a person; beside her row, since most have none. */
struct profile {
    uint32_t flags; /* PERSON_* that she set herself */
    uint8_t login_size, real_size;
    int64_t since_ms, said_ms;     /* when she came, and spoke last */
    uint32_t accepts[ACCEPTS_MAX]; /* numbers of users, a ring; 0: none */
    uint8_t accept_next;
    char login[LOGIN_HOST_MAX];
    char real[REAL_SIZE_MAX];
};

/* Somebody who was called so. */
struct gone {
    uint64_t hash;    /* of the key */
    int64_t until_ms; /* Unix time */
    uint8_t name_size, key_size, login_size, real_size, account_size;
    char name[USER_NAME_SIZE_MAX], key[USER_KEY_MAX], account[USER_NAME_SIZE_MAX];
    char login[LOGIN_HOST_MAX], real[REAL_SIZE_MAX];
};

/* "login@host"; empty: her dialect has none. Valid while she is here. */
struct slice profile_login(const struct hub *hub, const struct user *user);
struct slice profile_real(const struct hub *hub, const struct user *user); /* her real name */
uint32_t profile_flags(const struct hub *hub, const struct user *user);    /* PERSON_* */
struct slice profile_account(struct hub *hub, const struct user *user);    /* empty: a guest */
/* What the command says of its asker, who has just come; nothing where it says nothing. */
void profile_take(struct hub *hub, struct user *user);
void profile_drop(struct hub *hub, struct user *user); /* she goes */
void profile_set_powers(struct hub *hub, struct user *user, uint8_t powers);
void profile_spoke(struct hub *hub, const struct user *user);
/* All who see her are told of a change. */
void profile_tell(struct hub *hub, const struct user *user, enum person_change change,
                  struct slice text);
/* Her line of a list, chat/person.h: `role` and `flags` are what she is there. */
void profile_put(struct hub *hub, const struct user *user, enum role role, uint32_t flags,
                 struct buf *out);
/* Who asks sees her: she hides from nobody, or they share a room. */
bool profile_shows(const struct hub *hub, const struct user *asker, const struct user *user);

/* names.c: of COMMAND_WHO, in full; of COMMAND_PEOPLE, room by room */
void names_list(struct hub *hub, const struct room *room);
void names_all(struct hub *hub);

/* whowas.c: she is not called as she was any more, since she goes or is called otherwise now. */
void whowas_keep(struct hub *hub, const struct user *user);
void whowas_list(struct hub *hub);

/* `other` may write to `user` from now on, or may not: PERSON_REGISTERED does not keep her out. */
void profile_let(struct hub *hub, const struct user *user, const struct user *other, bool lets);
bool profile_lets(const struct hub *hub, const struct user *user, const struct user *other);
void profile_accept(struct hub *hub);

void profile_about(struct hub *hub);
void profile_whois(struct hub *hub);
void profile_people(struct hub *hub);
void profile_mode(struct hub *hub);
void profile_counts(struct hub *hub);
void profile_counts_tell(struct hub *hub, bool last);

#endif
