/* http_input.c: from bytes to requests of HTTP, for one connection at a time. Requests that come
 * together are answered one after the other, and none is read while the last answer is still to be
 * sent. Who asks is said by each request anew: where it is somebody else than before, the hub is
 * told that the session is over, and the connection goes on as another one. */
#include <stdlib.h>

#include "base/check.h"
#include "server/pace.h"
#include "server/session_inside.h"
#include "server/web.h"

enum {
    IDLE_MS = 60000,       /* a request must be whole so soon after the last was answered */
    REFUSED_WAIT_MS = 2000 /* so long may who is refused take to read why */
};

static bool http_begin(struct sessions *sessions, uint32_t slot) {
    struct session *session = &sessions->rows[slot];
    if (session->web) return true;
    session->web = calloc(1, sizeof *session->web);
    if (!session->web) {
        sessions_broken(sessions, slot);
        return false;
    }
    session->web->peer = session->talk.address;
    return true;
}

bool session_http_waits(const struct session *session) {
    return session->waits || session->talk.streams || session->outbox.size >= SESSIONS_PIECE_SIZE;
}

/* The answer is whole. False: it was the last. */
static bool request_over(struct sessions *sessions, uint32_t slot) {
    struct session *session = &sessions->rows[slot];
    session->web->under_way = false;
    session->opened_ms = sessions->now_ms;
    session_schedule(sessions, slot);
    if (session->talk.answers & HTTP_KEEPS) return true;
    session_bye(sessions, slot, (struct slice){0});
    return false;
}

static void request_taken(struct sessions *sessions, struct session *session,
                          struct slice *stream) {
    *stream = slice_from(*stream, http_gathered(&session->web->gather));
    session->web->gather = (struct http_gather){0};
    sessions->request_count++;
    session->web->under_way = true;
    session->web->again = false;
    session->web->paid = 0;
}

/* Closing at once would take the answer away with what is still coming in (RFC 9112 section 9.6).
 */
static void request_refused(struct sessions *sessions, uint32_t slot, int status) {
    struct session *session = &sessions->rows[slot];
    struct buf bytes;
    buf_init(&bytes, sessions->roster.scratch, ENCODE_SIZE_MAX);
    web_refuse(&bytes, status, 0);
    session->web->refused = true;
    session->opened_ms = sessions->now_ms;
    session_schedule(sessions, slot);
    session_send(sessions, slot, buf_slice(&bytes));
}

static void request_awaited(struct sessions *sessions, uint32_t slot) {
    struct web *web = sessions->rows[slot].web;
    if (!web->gather.expects) return;
    web->gather.expects = false;
    session_send(sessions, slot, slice_of("HTTP/1.1 100 Continue\r\n\r\n"));
}

/* Who asks: what proves it, and from where. */
static void person_of(const struct http_request *request, struct address address,
                      unsigned char person[SECRET_HASH_SIZE]) {
    unsigned char parts[3][SECRET_HASH_SIZE];
    struct slice proof;
    http_header(request, slice_of("Authorization"), &proof);
    secret_hash(proof, parts[0]);
    bool hook = slice_starts(request->path, slice_of("/hooks/"));
    secret_hash(hook ? request->path : (struct slice){0}, parts[1]);
    secret_hash((struct slice){(const char *)address.ip, sizeof address.ip}, parts[2]);
    secret_hash((struct slice){(const char *)parts, sizeof parts}, person);
}

/* The request is given again when the hub has let the session go. */
static bool leave(struct sessions *sessions, uint32_t slot) {
    struct session *session = &sessions->rows[slot];
    if (!session_can_give(sessions, slot)) return false;
    struct command bye = {.kind = COMMAND_BYE};
    session->web->leaving = true;
    session->waits = true;
    session_give(sessions, slot, &bye);
    return false;
}

bool session_http_left(struct sessions *sessions, uint32_t slot) {
    struct session *session = &sessions->rows[slot];
    struct web *web = session->web;
    if (!web || !web->leaving || session->state != SESSION_OPEN) return false;
    roster_drop(&sessions->roster, &session->chain);
    session_hold_free(sessions, session);
    dialect_forget(&session->talk);
    free(session->talk.own);
    session_count(sessions, session, DIALECT_WEB);
    session->talk = (struct talk){
        .manner = session->talk.manner, .kind = DIALECT_WEB, .greeted = true, .address = web->peer};
    session->generation++;
    if (session->generation == 0) session->generation = 1;
    session->known = session->bye_given = session->waits = session->unlisted = false;
    web->leaving = web->again = false;
    session_mark(sessions, slot);
    session_feed(sessions, slot);
    return true;
}

static struct web_asked asked_of(const struct sessions *sessions, const struct session *session,
                                 const struct http_request *request) {
    bool keeps = request->keep_alive && request->minor_version > 0 && !sessions->stopping;
    bool head = slice_equal(request->method, slice_of("HEAD"));
    struct web_asked asked = {.request = request,
                              .manner = session->talk.manner,
                              .hooks = sessions->hooks.web,
                              .stopping = sessions->stopping,
                              .peer = session->web->peer,
                              .flags = (uint8_t)((keeps ? HTTP_KEEPS : 0) | (head ? HTTP_HEAD : 0) |
                                                 (request->minor_version == 0 ? HTTP_OLD : 0))};
    web_forwarded(&asked);
    if (session->secure == SECURE_ON) asked.flags |= HTTP_SECURE;
    return asked;
}

/* A request counts for the account that asks, all its connections together; for her network until
 * it is known who asks. False: it waits. */
static bool request_in_time(struct sessions *sessions, uint32_t slot,
                            const struct web_asked *asked) {
    struct session *session = &sessions->rows[slot];
    struct web *web = session->web;
    const struct session_limits *limits = &sessions->limits;
    struct pace *pace = sessions->hooks.pace;
    bool known = session->talk.kind == DIALECT_REST && session->talk.stage == TALK_HERE;
    uint8_t pays = known ? PAID_ACCOUNT : PAID_NETWORK;
    bool brought = memcmp(asked->peer.ip, web->peer.ip, sizeof web->peer.ip) != 0;
    if (!pace || limits->throttle_line_ms == 0 || (web->paid & pays)) return true;
    if (session->exempt && !brought) return true; /* a proxy's clients are not what it is */
    uint64_t whose = known ? pace_of_account(pace, session->talk.number)
                           : pace_of_network(pace, asked->peer),
             due_ms;
    if (pace_take(pace, whose, limits->throttle_line_ms, limits->throttle_burst_ms,
                  sessions->now_ms, &due_ms)) {
        web->paid |= pays;
        return true;
    }
    session->allowed_ms = due_ms + limits->throttle_burst_ms;
    session_hold_back(sessions, slot);
    return false;
}

/* It goes to the dialect that answers such requests. */
static bool request_called(struct sessions *sessions, uint32_t slot, struct slice *stream,
                           const struct web_asked *asked, struct slice body) {
    struct session *session = &sessions->rows[slot];
    struct web *web = session->web;
    unsigned char person[SECRET_HASH_SIZE];
    person_of(asked->request, asked->peer, person);
    if (session->known && memcmp(person, web->person, sizeof person) != 0)
        return leave(sessions, slot);
    if (!session_can_give(sessions, slot)) return false;
    if (!request_in_time(sessions, slot, asked)) return false;
    memcpy(web->person, person, sizeof person);
    if (session->talk.kind != DIALECT_REST) session_becomes(sessions, slot, DIALECT_REST);
    if (session->state != SESSION_OPEN) return false;
    session->talk.address = asked->peer;
    session->talk.forwarded = (asked->flags & HTTP_SECURE) != 0;
    session->talk.answers = asked->flags;
    struct buf out;
    struct session_decoder own = decoder_for(sessions, slot);
    struct call call = {.request = asked->request, .body = body, .again = web->again};
    buf_init(&out, sessions->roster.scratch, ENCODE_SIZE_MAX);
    enum decoded decoded = dialect_call(&session->talk, &call, &own.decoder, &out);
    check(buf_ok(&out));
    if (session->state == SESSION_OPEN) session_send(sessions, slot, buf_slice(&out));
    if (session->state != SESSION_OPEN) return false; /* no memory for it */
    if (decoded == DECODED_AGAIN) {
        check(session->waits);
        web->again = true;
        return false;
    }
    if (decoded == DECODED_CLOSE) session->talk.answers &= (uint8_t)~HTTP_KEEPS;
    request_taken(sessions, session, stream);
    return true;
}

/* From now on the connection is a WebSocket; what follows is its first frames. */
static bool request_upgraded(struct sessions *sessions, uint32_t slot, struct slice *stream,
                             const struct web_asked *asked, const struct web_answer *answer,
                             struct slice bytes) {
    struct session *session = &sessions->rows[slot];
    if (session->known) return leave(sessions, slot);
    request_taken(sessions, session, stream);
    session_send(sessions, slot, bytes);
    if (session->state != SESSION_OPEN) return false;
    session->talk.address = asked->peer;
    session->talk.forwarded = (asked->flags & HTTP_SECURE) != 0;
    session->talk.framing = (uint8_t)answer->framing;
    session->opened_ms = sessions->now_ms;
    free(session->web);
    session->web = NULL;
    session_becomes(sessions, slot, answer->kind);
    return session->state == SESSION_OPEN;
}

static bool request_read(struct sessions *sessions, uint32_t slot, struct slice *stream,
                         const struct http_request *request, struct slice body) {
    struct session *session = &sessions->rows[slot];
    struct web_asked asked = asked_of(sessions, session, request);
    struct buf out;
    buf_init(&out, sessions->roster.scratch, ENCODE_SIZE_MAX);
    struct web_answer answer = web_answer(&asked, &out);
    check(buf_ok(&out));
    switch (answer.result) {
    case WEB_CALLS: return request_called(sessions, slot, stream, &asked, body);
    case WEB_UPGRADED:
        return request_upgraded(sessions, slot, stream, &asked, &answer, buf_slice(&out));
    case WEB_ANSWERED: break;
    }
    session->talk.answers = asked.flags;
    request_taken(sessions, session, stream);
    session_send(sessions, slot, buf_slice(&out));
    return session->state == SESSION_OPEN;
}

bool session_http(struct sessions *sessions, uint32_t slot, struct slice *stream) {
    struct session *session = &sessions->rows[slot];
    if (!http_begin(sessions, slot)) return false;
    struct web *web = session->web;
    if (web->refused) *stream = (struct slice){0};
    if (session->talk.streams) {
        if (web->under_way) { /* the stream begins, and with it what is said to keep it */
            web->under_way = false;
            session->opened_ms = sessions->now_ms;
            session_schedule(sessions, slot);
        }
        if (stream->size > HTTP_HEAD_SIZE_MAX) session_bye(sessions, slot, (struct slice){0});
        return false;
    }
    if (web->under_way && !request_over(sessions, slot)) return false;
    if (stream->size == 0 || session_http_waits(session)) return false;
    struct http_request request;
    struct slice body;
    int status;
    switch (http_gather(&web->gather, stream, session->talk.manner->body_size, &request, &body,
                        &status)) {
    case HTTP_MORE: request_awaited(sessions, slot); return false;
    case HTTP_BAD:
        *stream = (struct slice){0};
        request_refused(sessions, slot, status);
        return false;
    case HTTP_DONE: break;
    }
    return request_read(sessions, slot, stream, &request, body);
}

uint64_t session_http_due(const struct sessions *sessions, const struct session *session) {
    uint64_t wait_ms = sessions->limits.registration_ms;
    if (session->talk.streams) return session->opened_ms + STREAM_BEAT_MS;
    if (session->waits) return UINT64_MAX;
    if (session->web && session->web->refused) return session->opened_ms + REFUSED_WAIT_MS;
    return session->opened_ms + (wait_ms > 0 ? wait_ms : IDLE_MS);
}

/* A stream is heard of: a comment of server-sent events. A request that was begun is told why it
 * ends; between two requests there is nothing to say. */
void session_http_late(struct sessions *sessions, uint32_t slot) {
    struct session *session = &sessions->rows[slot];
    if (session->talk.streams) {
        session->opened_ms = sessions->now_ms;
        session_send(sessions, slot, slice_of(":\n\n"));
        return;
    }
    bool begun = session->pending && !(session->web && session->web->refused);
    if (begun && http_begin(sessions, slot)) request_refused(sessions, slot, 408);
    if (session->state == SESSION_OPEN) session_bye(sessions, slot, (struct slice){0});
}

void sessions_turn(struct sessions *sessions, uint32_t slot) {
    struct session *session = &sessions->rows[slot];
    const struct roster *roster = &sessions->roster;
    const struct dialect *dialect = dialect_of((enum dialect_kind)session->talk.kind);
    if (!session->talk.streams || session->state != SESSION_OPEN || session->hold) return;
    if (!dialect || !dialect->turn) return;
    struct room_cursor rooms[USER_ROOMS_MAX];
    uint32_t count = 0, at = session->chain;
    for (; at != ROSTER_NONE && count < USER_ROOMS_MAX; at = roster->members[at].next) {
        const struct roster_room *room = &roster->rooms[roster->members[at].room];
        if (room->epoch == 0) continue;
        rooms[count++] = (struct room_cursor){{room->number}, room->epoch, room->seq};
    }
    struct buf out;
    buf_init(&out, sessions->roster.scratch, ENCODE_SIZE_MAX);
    dialect->turn(&session->talk, rooms, count, &out);
    check(buf_ok(&out));
    session_send(sessions, slot, buf_slice(&out));
}
