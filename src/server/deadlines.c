/* deadlines.c: what happens to a session when a time has come. Each kind of it has a time of its
 * own, of which the wheel knows the earliest. */
#include "server/session_inside.h"

/* Who does not read what is left for her in so long is cut off. */
enum { CLOSING_WAIT_MS = 10000 };

#define NEVER UINT64_MAX

static uint64_t cut_due(const struct session *session) {
    return session->state == SESSION_CLOSING ? session->opened_ms + CLOSING_WAIT_MS : NEVER;
}

/* Whoever has not said who she is; a request of HTTP has times of its own. */
static uint64_t login_due(const struct sessions *sessions, const struct session *session) {
    uint64_t wait_ms = sessions->limits.registration_ms;
    if (session->state != SESSION_OPEN) return NEVER;
    if (session_speaks_http(session)) return session_http_due(sessions, session);
    bool known = session->talk.stage != TALK_NEW;
    return known || wait_ms == 0 ? NEVER : session->opened_ms + wait_ms;
}

/* On an `auto` port: by then whoever waits to be asked is asked. */
static uint64_t greeting_due(const struct session *session) {
    const struct talk *talk = &session->talk;
    bool waits = talk->kind == DIALECT_AUTO && !talk->greeted && !session->proxied;
    return waits ? session->opened_ms + talk->manner->auto_wait_ms : NEVER;
}

static uint64_t throttle_due(const struct sessions *sessions, const struct session *session) {
    return session->throttled ? session->allowed_ms - sessions->limits.throttle_burst_ms : NEVER;
}

static uint64_t soft_due(const struct sessions *sessions, const struct session *session) {
    bool above = session->soft_since_ms > 0;
    return above ? session->soft_since_ms + sessions->limits.outbox_soft_ms : NEVER;
}

static uint64_t sooner(uint64_t one, uint64_t other) {
    return one < other ? one : other;
}

void session_schedule(struct sessions *sessions, uint32_t slot) {
    const struct session *session = &sessions->rows[slot];
    uint64_t due = cut_due(session);
    if (session->state != SESSION_CLOSING) { /* else no other holds any more */
        due = sooner(login_due(sessions, session), greeting_due(session));
        due = sooner(due, throttle_due(sessions, session));
        due = sooner(due, soft_due(sessions, session));
    }
    if (due == NEVER)
        wheel_clear(&sessions->deadlines, slot);
    else
        wheel_set(&sessions->deadlines, slot, due);
}

static void session_greet(struct sessions *sessions, uint32_t slot) {
    struct talk *talk = &sessions->rows[slot].talk;
    talk->greeted = true;
    session_send(sessions, slot,
                 talk->manner->crlf ? slice_of("Please enter your username:\r\n")
                                    : slice_of("Please enter your username:\n"));
    session_feed(sessions, slot);
}

static void session_late(struct sessions *sessions, uint32_t slot) {
    if (session_speaks_http(&sessions->rows[slot])) {
        session_http_late(sessions, slot);
        return;
    }
    sessions->late_count++;
    session_turn_out(sessions, slot, REFUSED_TOO_LATE);
}

/* One of them may change what the next finds. */
static void session_deadline(struct sessions *sessions, uint32_t slot) {
    struct session *session = &sessions->rows[slot];
    uint64_t now_ms = sessions->now_ms;
    if (session->state == SESSION_CLOSING) {
        if (now_ms >= cut_due(session))
            sessions_broken(sessions, slot);
        else
            session_schedule(sessions, slot);
        return;
    }
    if (session->throttled) {
        session->throttled = false;
        session_flood_check(sessions, slot);
        session_mark(sessions, slot);
        session_feed(sessions, slot);
    }
    if (session->state == SESSION_OPEN && now_ms >= greeting_due(session))
        session_greet(sessions, slot);
    if (now_ms >= login_due(sessions, session)) session_late(sessions, slot);
    if (now_ms >= soft_due(sessions, session))
        session_cut(sessions, slot, REFUSED_TOO_SLOW, "outbox_soft for outbox_soft_seconds");
    if (session->state == SESSION_OPEN) session_schedule(sessions, slot);
}

void sessions_deadlines(struct sessions *sessions) {
    uint32_t slot;
    while (wheel_expire(&sessions->deadlines, sessions->now_ms, &slot))
        session_deadline(sessions, slot);
}
