/* pages.c: long answers in pieces. A page of history is read beside the live traffic: until it is
 * queued, what the room says to this session is parked behind it, and no further line of the
 * session is read. The next piece is asked for when the last has gone out, so that a long answer
 * never makes a slow reader of who asked for it. */
#include <stdlib.h>

#include "base/check.h"
#include "server/sessions.h"

static struct hold *hold_take(struct sessions *sessions, uint32_t slot) {
    struct session *session = &sessions->rows[slot];
    if (session->hold) return session->hold;
    session->hold = calloc(1, sizeof *session->hold);
    if (!session->hold) sessions_broken(sessions, slot);
    return session->hold;
}

static void hold_park(struct sessions *sessions, uint32_t slot, bool parked) {
    struct session *session = &sessions->rows[slot];
    uint32_t member = roster_find(&sessions->roster, session->chain, session->hold->query.room);
    if (member != ROSTER_NONE) roster_park(&sessions->roster, member, parked);
}

/* She may be taken into the room whose page she reads, or out and in again: by another device, or
 * by somebody else. What she hears there comes behind the page all the same. */
void session_hold_entered(struct sessions *sessions, uint32_t slot, struct room_id room) {
    const struct hold *hold = sessions->rows[slot].hold;
    if (hold && hold->query.room.v == room.v) hold_park(sessions, slot, true);
}

static void hold_drop(struct sessions *sessions, uint32_t slot) {
    struct session *session = &sessions->rows[slot];
    if (session->hold->query.room.v != 0) hold_park(sessions, slot, false);
    outbox_append(&session->outbox, &session->hold->parked);
    session_mark(sessions, slot);
    free(session->hold);
    session->hold = NULL;
}

void session_hold_query(struct sessions *sessions, uint32_t slot, const struct event *event) {
    struct session *session = &sessions->rows[slot];
    session_answer(sessions, slot, event);
    struct hold *hold = session->state == SESSION_GONE ? NULL : hold_take(sessions, slot);
    if (!hold) return;
    uint64_t last = event->seq;
    if (event->before > 0 && event->before - 1 < last) last = event->before - 1;
    hold->reply_code = event->reply_code;
    hold->query = (struct query){
        .kind = QUERY_LATEST,
        .session = {.slot = slot, .generation = session->generation, .worker = sessions->worker},
        .room = event->room,
        .count = event->count,
        .last = last,
        .records = event->number};
    hold->reading = true;
    hold_park(sessions, slot, true);
    sessions->hooks.ask(sessions->hooks.context, &hold->query);
}

static struct session *session_asking(struct sessions *sessions, struct session_id to) {
    if (to.slot >= sessions->row_top) return NULL;
    struct session *session = &sessions->rows[to.slot];
    bool same = session->generation == to.generation && session->hold && session->hold->reading;
    return same && session->state != SESSION_GONE ? session : NULL;
}

void sessions_past(struct sessions *sessions, struct session_id to, const struct event *past) {
    if (session_asking(sessions, to)) session_answer(sessions, to.slot, past);
}

void sessions_past_end(struct sessions *sessions, const struct query_end *end) {
    struct session *session = session_asking(sessions, end->session);
    if (!session) return;
    struct hold *hold = session->hold;
    hold->reading = false;
    hold->query.kind = QUERY_RANGE;
    hold->query.count = end->failed ? 0 : end->count;
    hold->query.first = end->first;
    hold->query.last = end->last;
    if (hold->query.count > 0) {
        session_mark(sessions, end->session.slot); /* goes on when this piece has gone out */
        return;
    }
    struct event over = {.kind = EVENT_PAST_END,
                         .room = end->room,
                         .reply_code = hold->reply_code,
                         .refusal = end->failed ? REFUSED_STORE_FAILED : REFUSED_NOT};
    session_answer(sessions, end->session.slot, &over);
    if (session->state == SESSION_GONE || !session->hold) return;
    hold_drop(sessions, end->session.slot);
    session_answered(sessions, end->session.slot);
}

void session_hold_next(struct sessions *sessions, uint32_t slot, const struct event *piece) {
    struct session *session = &sessions->rows[slot];
    struct hold *hold = session->state == SESSION_GONE ? NULL : hold_take(sessions, slot);
    if (!hold) return;
    hold->next = (struct command){.kind = piece->kind == EVENT_NAMES ? COMMAND_WHO : COMMAND_ROOMS,
                                  .flags = COMMAND_WAITS,
                                  .room_id = piece->room,
                                  .reply_code = piece->reply_code,
                                  .cursor = piece->cursor};
    session_mark(sessions, slot);
}

/* The last piece has gone out: ask for the next. */
void session_hold_end(struct sessions *sessions, uint32_t slot) {
    struct session *session = &sessions->rows[slot];
    struct hold *hold = session->hold;
    if (hold->reading) return;
    if (hold->query.count > 0) {
        hold->reading = true;
        sessions->hooks.ask(sessions->hooks.context, &hold->query);
    } else if (hold->next.kind != COMMAND_NONE) {
        if (!sessions->hooks.can_give(sessions->hooks.context)) {
            session_mark(sessions, slot);
            return;
        }
        struct command next = hold->next;
        hold_drop(sessions, slot);
        session_give(sessions, slot, &next);
    }
}
