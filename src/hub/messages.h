/* messages.h: what the files about what is said call of each other: rows and numbers, rooms of two,
 * messages that change. Only src/hub/ includes this. */
#ifndef HUB_MESSAGES_H
#define HUB_MESSAGES_H

#include "hub/state.h"

/* speech.c */
void speech_say(struct hub *hub);
void speech_tag(struct hub *hub);
/* What was asked has a text and client id that may be said; `most` bytes. Else she was told. */
bool speech_fits(struct hub *hub, size_t most);
size_t speech_size(struct hub *hub); /* of the slices of its record */
/* When she spoke last in the room, to be set; NULL: it is not known of her. */
int64_t *speech_last(struct hub *hub, const struct user *user, const struct room *room);
/* True where it was said before with this client id: she was answered. Else *once is for it. */
bool speech_again(struct hub *hub, const struct room *room, struct once *once);
/* What it answers is in the room (NULL: is not there yet), if it answers anything. Else she was
 * told. */
bool speech_answers(struct hub *hub, const struct room *room);
/* The room's next number and time, and the row for it by the author; its slices and
 * hub_record_sum() are the caller's. NULL: nothing is recorded of this room. hub_can_record() was
 * asked before. */
struct record *speech_next(struct hub *hub, struct room *room, const struct user *author,
                           enum stored stored);
/* What is said goes into the record, and its client id is remembered. */
void speech_keep(struct hub *hub, const struct room *room, const struct once *once,
                 struct record *record);
/* `what` to all who are in the room, or to each session of both whose direct room it is. Its kind
 * and all that is not of the room or the author are the caller's; seq and time are the room's. */
void tell_room(struct hub *hub, const struct room *room, const struct user *author,
               const struct event *what);
/* room NULL: it was said in none. */
void tell_fill(struct hub *hub, struct event *event, const struct room *room,
               const struct user *author, const struct event *what);
bool speech_load(struct hub *hub, const struct record *record);

/* aside.c: to some of those who are in a room */
void aside_say(struct hub *hub);
/* What the asker says there is for operators alone, as the room is set. */
bool aside_is_due(struct hub *hub, const struct room *room);
void aside_to_operators(struct hub *hub, const struct room *room);
/* She is seen there by operators alone, as the room is set. */
bool aside_hides(struct hub *hub, const struct user *user, const struct room *room);
/* The last effect is news of her for all: the operators' IRC clients alone are told instead. */
void aside_hide(struct hub *hub, const struct room *room);
/* The asker sees her in the room's lists. */
bool aside_lists(struct hub *hub, const struct user *user, const struct room *room);

/* direct.c: rooms of two */
void direct_tell(struct hub *hub);
void direct_tag(struct hub *hub, struct event *what);
bool speech_keep_tags(struct hub *hub, struct room *room, struct event *tagged);
void direct_say(struct hub *hub, struct room *room);
/* The direct room of the asker with the person that the command names; NULL: there is none. */
struct room *direct_meant(struct hub *hub);
/* False: this is no direct room's key. */
bool direct_pair(struct slice key, uint32_t pair[2]);
void direct_publish(struct hub *hub, const struct room *room, const struct user *author,
                    const struct event *what);
/* Whom the room is with: the one of the two that `user` is not. */
void direct_other(struct hub *hub, struct event *event, const struct room *room,
                  const struct user *user);
/* Tell the asker if `other` is away. */
void direct_away(struct hub *hub, const struct room *room, const struct user *other);
/* After a login: tell the asker's session of her direct rooms where something is unread; in JSON of
 * the others as well. */
void direct_unread(struct hub *hub, struct user *user);
/* Where something is unread among what was told of so, behind the room of that number; 0: the
 * first. NULL: there is no more. */
const struct tie *direct_unread_next(struct hub *hub, const struct user *user,
                                     struct room_id behind);
/* A guest goes, or becomes somebody else: her direct rooms go with her. */
void direct_drop(struct hub *hub, const struct user *user);

/* change.c: messages that were said */
void change_edit(struct hub *hub);
void change_retract(struct hub *hub);
void change_react(struct hub *hub);
void change_read(struct hub *hub);

#endif
