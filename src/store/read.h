/* read.h: pages of history, through a read-only handle of its own. One reader belongs to one
 * thread. It never checkpoints, and ends its transaction before the call returns. */
#ifndef STORE_READ_H
#define STORE_READ_H

#include "chat/event.h"
#include "chat/query.h"
#include "store/store.h"

struct store_reader;

/* After store_open() of the same options in the same process. NULL: *error says why. */
struct store_reader *store_reader_open(const struct store_options *options,
                                       struct store_error *error);
void store_reader_close(struct store_reader *reader);

/* Read one piece of a page: rows oldest first as events of EVENT_PAST (room, seq, time_ms, author,
 * author_name, speech, text; slices valid during the call), until `bytes_max` of events and their
 * slices are given out (at least one row), the count is reached or the range ends. *end says where
 * the next piece begins. 0, or negative errno with *error filled and end->failed set. */
int store_read(struct store_reader *reader, const struct query *query, size_t bytes_max,
               void (*row)(void *context, const struct event *past), void *context,
               struct query_end *end, struct store_error *error);

/* The room with the next number above `after`, as RECORD_ROOM whose slices are valid during the
 * call; rooms that are being imported are none yet. 1: row() was called; 0: there is none; negative
 * errno with *error filled. */
int store_read_room(struct store_reader *reader, struct room_id after,
                    void (*row)(void *context, const struct record *room), void *context,
                    struct store_error *error);

/* A webhook and its room as they are now; slices valid during the call. */
struct store_webhook {
    const struct record *webhook; /* RECORD_WEBHOOK */
    struct slice room_name;
    uint64_t room_epoch, room_seq;
    uint64_t from; /* seq: up to there all is delivered, of the epoch that the room has now */
};

/* Every webhook. 0, or negative errno with *error filled. */
int store_read_webhooks(struct store_reader *reader,
                        void (*row)(void *context, const struct store_webhook *webhook),
                        void *context, struct store_error *error);

#endif
