/* irc_write.h: how lines of IRC are written: irc_write.c, and irc_encode.c for whole events. */
#ifndef DIALECT_IRC_WRITE_H
#define DIALECT_IRC_WRITE_H

#include "dialect/irc.h"

enum { SENTENCE_SIZE_MAX = 1024 }; /* bytes of a refusal: a person's text, shown, and ours */

/* A line that begins with the server's name. Each mark of the pattern stands for the next slice:
 * `$` one word, `#` a room, `&` all the rest of the line, `@` a word that may be long; `%` is her
 * own nick and takes none, and `\` makes the mark behind it plain. The slices follow as struct
 * slice. */
void irc_line(const struct talk *talk, struct buf *out, const char *pattern, ...);
struct slice irc_nick_of(const struct talk *talk); /* `*` before she has one */
struct slice irc_server(const struct talk *talk);
struct slice irc_network(const struct talk *talk);
void irc_put_word(struct buf *out, struct slice text); /* never empty, no blank */
/* What of `text` has room in the line that began at `begin`, tags not counted. */
void irc_put_text(struct buf *out, size_t begin, struct slice text);
/* And one byte more, which always has room. */
void irc_put_text_before(struct buf *out, size_t begin, struct slice text, char last);
void irc_show(struct buf *out, struct slice text); /* text_show(), formatting codes stay */
/* So much may still be written of that line. */
size_t irc_room_left(const struct buf *out, size_t begin);
void irc_put_source(struct buf *out, struct slice name, struct slice login);
void irc_put_channel(struct buf *out, const struct event *event);
void irc_line_end(struct buf *out);
/* `@time=...;msgid=... ` as far as the capabilities want it; `batch`: its name, or empty. */
void irc_put_tags(uint32_t caps, const struct event *event, struct slice batch, bool first,
                  struct buf *out);
/* What was said, as many lines as it needs. `to`: the person it is told, empty for a room. */
void irc_put_said(uint32_t caps, const struct event *event, struct slice to, struct slice batch,
                  struct buf *out);
/* Where the author of a message of several lines cut them: "8,20", bytes of its text. It is the
 * first of the tags, and shown to nobody. */
struct slice irc_cuts(struct slice tags);
void irc_put_msgid(const struct event *event, struct buf *out);
/* The prefix of NAMES and WHO: that of her role, and of the voice that she was given beside it. An
 * owner who is no `founder` has an operator's. */
void irc_put_marks(struct buf *out, enum role role, bool founder, bool voiced);
/* The sentence of a refusal as a numeric, or a NOTICE where there is none. */
void irc_put_refused(struct talk *talk, const struct event *event, struct buf *out);

/* One event as a room, or a person alone, is told it. */
void irc_put_event(uint32_t caps, const struct event *event, struct slice to, struct buf *out);
void irc_put_mode(uint32_t caps, const struct event *event, struct buf *out);
void irc_put_invite(const struct talk *talk, const struct event *event, struct buf *out);
void irc_put_service(const struct talk *talk, struct slice service, struct slice words,
                     struct buf *out);
void irc_put_mask(struct buf *out, struct slice name, struct slice login); /* nick!login@host */

/* ---- the halves ---- */
/* irc_list.c */
void irc_answer_rooms(const struct talk *talk, const struct event *event, struct buf *out);
/* irc_room_mode.c: MODE of a room */
void irc_room_mode(const struct talk *talk, const struct irc_message *message,
                   struct decoder *decoder);
void irc_answer_list(const struct talk *talk, const struct event *event, struct buf *out);
void irc_answer_modes(const struct talk *talk, const struct event *event, struct buf *out);
void irc_encode(uint64_t view, const struct event *event, struct buf *out);
void irc_answer(struct talk *talk, const struct event *event, struct buf *out);
void irc_answer_event(struct talk *talk, const struct event *event, struct buf *out);
void irc_put_isupport(const struct talk *talk, struct buf *out);
void irc_put_motd(const struct talk *talk, struct buf *out);
void irc_list_room(struct talk *talk, struct room_id room, uint64_t missed,
                   struct decoder *decoder);
/* irc_label.c: what was written from `begin` on answers the labelled line. */
void irc_label_begin(struct talk *talk, struct slice label);
void irc_label_lines(struct talk *talk, struct buf *out, size_t begin);
void irc_label_end(struct talk *talk, struct buf *out);
void irc_forget(struct talk *talk);
/* irc_history.c: the line that was written from `begin` on belongs to the batch of that name. */
void irc_put_into_batch(struct slice name, size_t begin, struct buf *out);

#endif
