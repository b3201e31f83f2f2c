/* strangers.c: those who have not said who they are have a part of the places, and no more, so that
 * a crowd of the silent keeps nobody out (THREATS 4). */
#include "server/session_inside.h"

void session_turn_out(struct sessions *sessions, uint32_t slot, enum refusal why) {
    struct session *session = &sessions->rows[slot];
    struct event close = {.kind = EVENT_CLOSE, .refusal = (uint8_t)why};
    if (session->talk.kind == DIALECT_AUTO) session_count(sessions, session, DIALECT_LINE);
    session_answer(sessions, slot, &close);
    session_bye(sessions, slot, (struct slice){0});
}

/* Of those who have not said who they are: one who came long ago makes room. Among some at random,
 * so that it costs no search. */
static void strangers_make_room(struct sessions *sessions) {
    enum { LOOKED_AT = 16 };
    struct session *oldest = NULL;
    for (int i = 0; i < LOOKED_AT; i++) {
        sessions->stranger_at = (sessions->stranger_at + UINT32_C(2654435761)) % sessions->row_top;
        struct session *session = &sessions->rows[sessions->stranger_at];
        if (session->state != SESSION_OPEN || !session->stranger) continue;
        if (!oldest || session->opened_ms < oldest->opened_ms) oldest = session;
    }
    if (!oldest) return;
    sessions->crowded_count++;
    oldest->last_word = true;
    session_turn_out(sessions, (uint32_t)(oldest - sessions->rows), REFUSED_SERVER_FULL);
}

void session_stranger(struct sessions *sessions, struct session *session, bool is) {
    if (session->stranger == is) return;
    uint32_t most = sessions->limits.strangers_max;
    if (is && most > 0 && sessions->stranger_count >= most) strangers_make_room(sessions);
    session->stranger = is;
    if (is)
        sessions->stranger_count++;
    else
        sessions->stranger_count--;
}
