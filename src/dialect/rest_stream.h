/* rest_stream.h: GET /api/v1/events: what happens in the account's rooms, as server-sent events
 * (HTML Living Standard, section 9.2). Who listens is here, for all to see, as any client is. */
#ifndef DIALECT_REST_STREAM_H
#define DIALECT_REST_STREAM_H

#include "dialect/rest.h"

void rest_stream_encode(uint64_t view, const struct event *event, struct buf *out);
void rest_stream_answer(struct talk *talk, const struct event *event, struct buf *out);
void rest_stream_turn(struct talk *talk, const struct room_cursor *rooms, uint32_t count,
                      struct buf *out);
void rest_stream_forget(struct rest *own);

#endif
