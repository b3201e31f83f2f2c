/* moderate.h: what keeps a room in order: bans, mutes, invitations, roles, modes, the audit log.
 * Only src/hub/ includes this. */
#ifndef HUB_MODERATE_H
#define HUB_MODERATE_H

#include "hub/state.h"

/* standing.c */
/* A guest's role; she is in the room. */
void standing_set_guest(struct hub *hub, struct user *user, struct room *room, enum role role);
/* She has just become an account: her roles, rooms and restraints stay hers. */
void standing_register(struct hub *hub, struct user *user, struct account *account);

/* restraint.c: bans, mutes and invitations */
/* Whom something is about. */
struct whom {
    enum subject subject;
    struct user *user;       /* NULL: not connected */
    struct account *account; /* NULL: a guest, or nobody in particular */
    struct slice mask, key;  /* as typed or called; canonical */
    struct network network;  /* SUBJECT_NET */
    uint32_t seconds;        /* SUBJECT_WORDS, RESTRAINT_HUSH */
};

bool restraint_holds(struct hub *hub, const struct user *user, const struct room *room,
                     enum restraint kind);
/* The one that holds is about her by who she is, not by a mask. */
bool restraint_names(struct hub *hub, const struct user *user, const struct room *room,
                     enum restraint kind);
int64_t restraint_until(struct hub *hub, const struct user *user, const struct room *room,
                        enum restraint kind); /* 0: for ever */
/* Add it or change the one about the same. There must be room and disk: one record. */
void restraint_set(struct hub *hub, struct room *room, enum restraint kind, const struct whom *whom,
                   int64_t until_ms, struct slice by);
/* What has this key or is about her. False: there was nothing. */
bool restraint_lift(struct hub *hub, struct room *room, enum restraint kind,
                    const struct whom *whom);
/* The one about `whom`, which is there, is about her. */
bool restraint_is_about(struct hub *hub, const struct user *user, const struct room *room,
                        enum restraint kind, const struct whom *whom);
void restraint_use(struct hub *hub, const struct user *user, const struct room *room); /* invited */
/* "time_ms\tname\n" of each room that she is invited to. */
void restraint_put_invitations(struct hub *hub, const struct user *user, struct buf *out);
/* Rows that restraint_set() would add: 0 where it changes one. */
uint32_t restraint_needs(struct hub *hub, const struct room *room, enum restraint kind,
                         const struct whom *whom);
uint32_t restraint_room_left(const struct hub *hub, const struct room *room); /* rows */
void restraint_drop_room(struct hub *hub, struct room *room); /* unrecorded, as the next two */
void restraint_drop_account(struct hub *hub, const struct account *account);
void restraint_drop_guest(struct hub *hub, const struct user *user); /* she goes for good */
/* A guest has become an account: what is about her stays about her. A record each. */
void restraint_register(struct hub *hub, struct user *user, const struct account *account);
const struct restraint_row *restraint_about_words(const struct hub *hub, const struct room *room,
                                                  struct slice words, uint64_t bits);
bool restraint_load(struct hub *hub, const struct record *record);
bool restraint_is_filter(const struct restraint_row *row);                 /* it is about words */
uint32_t restraint_verify(const struct hub *hub, const struct room *room); /* how many there are */
uint64_t restraint_digest(const struct hub *hub, const struct room *room); /* of what is recorded */

/* moderate.c: what a room is, who has which role in it, and who did what */
void moderate_mode(struct hub *hub);
void moderate_rename(struct hub *hub);
void moderate_role(struct hub *hub);
void moderate_show(struct hub *hub);
void moderate_modes(struct hub *hub);
bool moderate_reason(struct hub *hub); /* not too long; else the asker was told */
/* Words that live until the step is over. */
struct slice moderate_words(struct hub *hub, struct slice a, struct slice b, struct slice c);
/* Whom the command names; PERSON_UNKNOWN is told where `needed`. The words are the command's. */
bool moderate_whom(struct hub *hub, struct whom *whom, bool needed);
enum standing moderate_standing(struct hub *hub, const struct whom *whom, const struct room *room);
/* The stored event by the asker, and what its members are told: to be filled in. */
struct event *moderate_event(struct hub *hub, struct room *room, enum stored stored,
                             struct slice text, enum event_kind kind);
void moderate_log(struct hub *hub, const struct room *room, const char *action, struct slice whom,
                  struct slice why); /* the audit log */
/* The asker was refused for who she is; the log keeps some of what others tried. */
/* So many rows an hour, of a room and of all, are kept of what others tried: this is one. */
bool moderate_counts(struct hub *hub, const struct room *room);
void moderate_log_refused(struct hub *hub, const struct room *room);
/* The asker, if she is not in the room, is told as well; her next line is read. */
void moderate_answer(struct hub *hub, const struct room *room, const struct event *event);

/* ban.c: who may not come, speak, or may come */
void ban_ban(struct hub *hub);
void ban_mute(struct hub *hub);
void ban_invite(struct hub *hub);
void ban_list(struct hub *hub);
/* The command's name and name_key are a mask of this subject: set or lift it, nobody is put out. */
void ban_entry(struct hub *hub, enum restraint kind, enum subject subject);

/* modes.c: several changes at once */
void modes_change(struct hub *hub);

#endif
