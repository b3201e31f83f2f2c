/* inside.h: what the files of src/hub/ call of each other. Only they include this. */
#ifndef HUB_INSIDE_H
#define HUB_INSIDE_H

#include "hub/state.h"

/* hub.c: the one who asks */
struct session *hub_asker(struct hub *hub);    /* row of the command's session */
struct user *hub_asking_user(struct hub *hub); /* NULL: has not said who */
bool hub_from_control(const struct hub *hub);  /* an administrator of this machine: may all */
struct session_id hub_session_id(const struct hub *hub, uint32_t row);
void hub_refuse(struct hub *hub, enum refusal why, uint64_t number, struct slice text);
/* What was asked is done and seen by others: the asker's next line may be read. */
void hub_done(struct hub *hub);
/* To the asker. The command's reply_code is filled in, EVENT_LAST where `last`. */
struct event *hub_reply(struct hub *hub, enum event_kind kind, const struct room *room, bool last);
struct event *hub_reply_to(struct hub *hub, struct session_id session, enum event_kind kind,
                           const struct room *room);
/* To the members of room. The author is the asker; NULL: the server itself. */
struct event *hub_publish(struct hub *hub, enum event_kind kind, const struct room *room,
                          const struct user *author);
/* To the sessions that watch what has this number (hub/watch.h). */
struct event *hub_publish_watched(struct hub *hub, enum event_kind kind, uint32_t number,
                                  uint32_t workers, const struct user *author);
/* So many records, with so many bytes of slices in all, are sure to fit on the disk. */
bool hub_fits(const struct hub *hub, uint32_t count, size_t slices_size);
/* The same; false: the asker was told. */
bool hub_can_record(struct hub *hub, size_t slices_size); /* one */
bool hub_can_record_all(struct hub *hub, uint32_t count, size_t slices_size);
struct record *hub_record(struct hub *hub, enum record_kind kind, const struct room *room);
void hub_record_sum(struct hub *hub, struct record *record); /* when its slices are set */

/* user.c */
struct user *user_by_key(struct hub *hub, struct slice key);
struct user *user_by_number(struct hub *hub, uint32_t number);
struct slice user_name(const struct user *user);
uint32_t user_row(const struct hub *hub, const struct user *user);
struct slice user_away_words(const struct hub *hub, const struct user *user); /* empty: here */
void user_hello(struct hub *hub);
void user_nick(struct hub *hub);
void user_away(struct hub *hub);
void user_bye(struct hub *hub);

/* account.c: people who come back */
struct account *account_by_key(struct hub *hub, struct slice key);
struct account *account_by_number(struct hub *hub, uint32_t number);
uint32_t account_row(const struct hub *hub, const struct account *account);
struct slice account_name(const struct account *account);
struct account *account_of(struct hub *hub, const struct user *user); /* NULL: a guest */

/* tie.c: what an account is in a room. A tie that says nothing any more is gone. */
struct tie *tie_find(const struct hub *hub, const struct account *account, const struct room *room);
enum role tie_role(struct hub *hub, const struct account *account, const struct room *room);
/* Change it and record it. False: no room for it, on disk or in the table; the asker was told. */
bool tie_set_role(struct hub *hub, struct account *account, struct room *room, enum role role);
bool tie_set_joined(struct hub *hub, struct account *account, struct room *room, bool joined);
bool tie_set_read(struct hub *hub, struct account *account, struct room *room, uint64_t seq);
void tie_drop_room(struct hub *hub, struct room *room);          /* it is being deleted */
void tie_drop_account(struct hub *hub, struct account *account); /* unrecorded, as the one above */
bool tie_load(struct hub *hub, const struct record *record);

/* standing.c: may she? The only place where that is decided. */
enum standing standing_of(struct hub *hub, const struct user *user, const struct room *room);
/* Her role there, for good or as the guest who runs it. */
enum role standing_role(struct hub *hub, const struct user *user, const struct room *room);
/* She owns it as an account, and it is registered: IRC shows her as its founder. */
bool standing_founds(struct hub *hub, const struct user *user, const struct room *room);
/* She may know that the room is there; nobody is told. */
bool standing_sees(struct hub *hub, const struct user *user, const struct room *room);
/* It is in lists for her: a secret one only for who is in it. */
bool standing_lists(struct hub *hub, const struct user *user, const struct room *room);
/* False: she may not, and was told. A room that she may not even see is unknown to her. Where the
 * table asks for more than a standing (her own message), the caller looks at standing_allows(). */
bool standing_may(struct hub *hub, enum action action, const struct room *room);
/* Why not; the asker is not told. */
enum refusal standing_refusal(struct hub *hub, enum action action, const struct room *room);
enum allowance standing_allows(struct hub *hub, enum action action, const struct room *room);
/* The room that the command means, for that action. NULL: none, or she may not; she was told. */
struct room *room_for(struct hub *hub, enum action action);
/* The same for an account, connected or not. */
enum standing standing_of_account(struct hub *hub, const struct account *account,
                                  const struct room *room);
/* Nobody acts on somebody who stands above her. False: the asker was told. */
bool standing_over(struct hub *hub, const struct user *asker, enum standing whom,
                   const struct room *room);
/* How somebody stands who is to be put out: a guest who runs the room is no more than an operator
 * to its operators. */
enum standing standing_put_out(struct hub *hub, const struct user *user, const struct room *room);

uint64_t digest_mix(uint64_t digest, uint64_t value); /* verify.c */

/* friendly.c: a name out of the word lists; digits grow with `try` so that one is free */
struct slice friendly_name(struct rng *rng, uint32_t try, char *memory, size_t cap);

/* room.c */
struct slice room_name(const struct room *room);
struct slice room_topic(const struct hub *hub, const struct room *room);
uint32_t room_row(const struct hub *hub, const struct room *room);
struct room *room_by_number(struct hub *hub, uint32_t number);
struct room *room_by_key(struct hub *hub, struct slice key);
/* The room that the command means by number, hex id, address or name. NULL: there is none. */
struct room *room_meant(struct hub *hub);
struct room *room_needed(struct hub *hub); /* the same, the asker was told if there is none */
/* History is on, for the server and for the room. */
bool room_keeps_texts(const struct hub *hub, const struct room *room);
bool room_owned(const struct room *room, const struct user *user); /* by a guest */
/* Somebody who owns it is on the server, in the room or not. */
bool room_is_ruled(struct hub *hub, const struct room *room);
/* Why no room may be called so; `key` is empty where the name is no good. */
enum refusal room_name_fault(const struct hub *hub, struct slice name, struct slice key);
/* A room's row as a record: what a restart brings back. */
void room_record(struct hub *hub, const struct room *room, struct slice maker);
/* The old name, for the rest of the step. */
struct slice room_rename(struct hub *hub, struct room *room, struct slice name, struct slice key);
/* A new room, recorded unless it is private. NULL: the asker was told. */
struct room *room_make(struct hub *hub, struct slice name, struct slice key, uint32_t flags,
                       const struct user *owner);
void room_free(struct hub *hub, struct room *room); /* it has no members */
void room_create(struct hub *hub);
void room_delete(struct hub *hub);
void room_set_topic(struct hub *hub);
bool room_load(struct hub *hub, const struct record *record);
bool room_lobby(struct hub *hub, struct slice name, struct slice key);

/* member.c */
/* In the room; of a direct one: one of the two. */
bool user_is_inside(const struct hub *hub, const struct user *user, const struct room *room);
struct membership *member_find(const struct hub *hub, const struct user *user,
                               const struct room *room);
/* Put the user and all of her sessions into the room and tell everybody in it. EVENT_AGAIN among
 * the flags: the asker's session was in it already, as another person's. */
void member_enter(struct hub *hub, struct user *user, struct room *room, uint16_t flags);
/* She is in it as she was before, and nobody is told. */
struct membership *member_return(struct hub *hub, struct user *user, struct room *room);
bool member_has_room(const struct hub *hub); /* the table of memberships */
void member_count_session(struct hub *hub, struct room *room, uint32_t session_row);
void member_tell_entered(struct hub *hub, uint32_t session_row, const struct room *room,
                         uint16_t flags);
void member_add_session(struct hub *hub, struct user *user, uint32_t session_row);
void member_drop_session(struct hub *hub, struct user *user, uint32_t session_row);
void member_leave(struct hub *hub, struct user *user, struct room *room, enum leaving why,
                  struct slice text, const struct user *by);
void member_quit(struct hub *hub, struct user *user, struct slice text);
void member_drop_all(struct hub *hub, struct room *room);        /* the room is being deleted */
bool member_may_enter(struct hub *hub, const struct user *user); /* else the asker was told */
void member_join(struct hub *hub);
void member_part(struct hub *hub);
void member_admit(struct hub *hub);
void member_remove(struct hub *hub);
void member_kick(struct hub *hub);

/* Put her out of the room and record it, as the asker does. False: no disk; the asker was told. */
bool member_put_out(struct hub *hub, struct user *user, struct room *room, enum leaving why,
                    struct slice text);

/* import.c: from the control socket */
void import_room(struct hub *hub);
void import_event(struct hub *hub);
void import_end(struct hub *hub);

/* list.c: answers that may be long */
void list_who(struct hub *hub);
void list_rooms(struct hub *hub);
bool list_shows(struct hub *hub, const struct room *room); /* to the asker, with all others */
void list_history(struct hub *hub);
void list_targets(struct hub *hub); /* target.c */
/* Show the asker the last messages of a room she entered. False: there is nothing to show. */
bool list_backlog(struct hub *hub, const struct room *room);
void list_search(struct hub *hub);
void list_resume(struct hub *hub);
void list_audit(struct hub *hub);
void list_unread(struct hub *hub);
bool list_load_epoch(struct hub *hub, const struct record *record);

#endif
