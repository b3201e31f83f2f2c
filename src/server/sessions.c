/* sessions.c: the table of a worker's connections, and what the hub's events do to them. */
#include "server/session_inside.h"

#include <stdlib.h>

#include "base/check.h"
#include "base/table.h"
#include "wire/websocket.h"

static void hook_deliver(void *context, uint32_t slot, bool parked, struct blob *blob, uint32_t at,
                         uint32_t size);
static void hook_answer(void *context, uint32_t slot, const struct event *event);
static void hook_unlink(void *context, uint32_t slot, uint32_t member, const struct event *event);
static void session_tell(struct sessions *sessions, uint32_t slot, const struct event *event);
static bool hook_sees_first(void *context, uint32_t slot, const struct event *event);

bool sessions_init(struct sessions *sessions, uint16_t worker, uint32_t rows, uint32_t rooms_max,
                   struct session_limits limits, const struct name_rules *names,
                   struct sessions_hooks hooks, uint64_t now_ms) {
    *sessions = (struct sessions){.hooks = hooks,
                                  .limits = limits,
                                  .row_max = rows,
                                  .row_free = SESSIONS_NONE,
                                  .worker = worker,
                                  .now_ms = now_ms,
                                  .names = names};
    sessions->refs.blobs = &sessions->blobs;
    sessions->rows = table_new(rows, sizeof *sessions->rows);
    sessions->dirty = table_new(2 * (size_t)rows, sizeof *sessions->dirty);
    struct roster_hooks to = {.context = sessions,
                              .deliver = hook_deliver,
                              .answer = hook_answer,
                              .renamed = session_room_renamed,
                              .unlink = hook_unlink,
                              .sees_first = hook_sees_first};
    return sessions->rows && sessions->dirty && wheel_init(&sessions->deadlines, rows, now_ms) &&
           roster_init(&sessions->roster, rooms_max + WATCHED_MAX, &sessions->blobs, to);
}

static void session_free_memory(struct sessions *sessions, struct session *session) {
    session_hold_free(sessions, session);
    outbox_clear(&sessions->refs, &session->outbox);
    free(session->pending);
    free(session->telnet);
    free(session->web);
    dialect_forget(&session->talk);
    free(session->talk.own);
    session->pending = NULL;
    session->telnet = NULL;
    session->web = NULL;
    session->talk.own = NULL;
}

void sessions_deinit(struct sessions *sessions) {
    for (uint32_t i = 0; i < sessions->row_top; i++)
        session_free_memory(sessions, &sessions->rows[i]);
    roster_deinit(&sessions->roster);
    wheel_deinit(&sessions->deadlines);
    outbox_pool_trim(&sessions->refs);
    blob_pool_trim(&sessions->blobs);
    table_free(sessions->rows);
    table_free(sessions->dirty);
}

struct session *sessions_at(struct sessions *sessions, uint32_t slot) {
    check(slot < sessions->row_top);
    return &sessions->rows[slot];
}

void session_count(struct sessions *sessions, struct session *session, enum dialect_kind kind) {
    sessions->kinds[session->talk.kind]--;
    sessions->kinds[kind]++;
    session->talk.kind = (uint8_t)kind;
}

static uint32_t slot_of(const struct sessions *sessions, const struct session *session) {
    return (uint32_t)(session - sessions->rows);
}

uint32_t sessions_open(struct sessions *sessions, int fd, struct address address,
                       const struct manner *manner, _Atomic uint32_t *listener_count, uint8_t how) {
    uint32_t slot = sessions->row_free;
    if (slot != SESSIONS_NONE)
        sessions->row_free = sessions->rows[slot].next_free;
    else if (sessions->row_top < sessions->row_max)
        slot = sessions->row_top++;
    else
        return SESSIONS_NONE;
    struct session *session = &sessions->rows[slot];
    uint16_t generation = (uint16_t)(session->generation + 1);
    *session = (struct session){.listener_count = listener_count,
                                .fd = fd,
                                .chain = ROSTER_NONE,
                                .generation = generation == 0 ? 1 : generation,
                                .state = SESSION_OPEN,
                                .opened_ms = sessions->now_ms,
                                .dirty = session->dirty, /* it is in the list once */
                                .exempt = how & SESSION_EXEMPT,
                                .proxied = how & SESSION_PROXIED};
    session->talk =
        (struct talk){.manner = manner, .kind = (uint8_t)manner->dialect, .address = address};
    sessions->count++;
    sessions->kinds[session->talk.kind]++;
    session_stranger(sessions, session, how == 0);
    session_schedule(sessions, slot);
    session_feed(sessions, slot);
    return slot;
}

void sessions_proxied(struct sessions *sessions, uint32_t slot, struct address address,
                      bool exempt) {
    struct session *session = &sessions->rows[slot];
    session->talk.address = address;
    session->exempt = exempt;
    session->proxied = false;
    session_stranger(sessions, session, !exempt);
    sessions_keep(sessions, slot, (struct slice){0});
    session_feed(sessions, slot);
}

static void session_close(struct sessions *sessions, struct session *session) {
    if (session->fd < 0) return;
    sessions->hooks.closed(sessions->hooks.context, slot_of(sessions, session));
    session->fd = -1;
}

/* The slot is free when the hub has confirmed and nothing is left to send. */
static void session_free(struct sessions *sessions, struct session *session) {
    uint32_t slot = slot_of(sessions, session);
    check(session->chain == ROSTER_NONE);
    session_close(sessions, session);
    wheel_clear(&sessions->deadlines, slot);
    session_free_memory(sessions, session);
    if (session->stalled) sessions->stalled_count--;
    session->stalled = false;
    session_stranger(sessions, session, false);
    session->state = SESSION_FREE;
    sessions->kinds[session->talk.kind]--;
    session->next_free = sessions->row_free;
    sessions->row_free = slot;
    sessions->count--;
}

void session_mark(struct sessions *sessions, uint32_t slot) {
    struct session *session = &sessions->rows[slot];
    if (session->dirty) return;
    session->dirty = true;
    sessions->dirty[sessions->dirty_count++] = slot;
}

/* A unix socket's address is all zero. */
static bool is_on_this_host(struct address address) {
    static const struct network v4 = {.ip = {[10] = 255, [11] = 255, 127}, .prefix_bits = 104};
    static const uint8_t v6[16] = {[15] = 1}, local[16] = {0};
    return address_in(address, v4) || memcmp(address.ip, v6, sizeof v6) == 0 ||
           memcmp(address.ip, local, sizeof local) == 0;
}

static bool takes_secrets(const struct sessions *sessions, const struct session *session) {
    if (session->secure == SECURE_ON || session->talk.secure || session->talk.forwarded)
        return true;
    switch ((enum plain_secrets)sessions->limits.plain_secrets) {
    case PLAIN_ON_LOOPBACK: return is_on_this_host(session->talk.address);
    case PLAIN_ALWAYS: return true;
    case PLAIN_NEVER: break;
    }
    return false;
}

void session_give(struct sessions *sessions, uint32_t slot, struct command *command) {
    struct session *session = &sessions->rows[slot];
    bool looked_up = command->kind == COMMAND_EDIT || command->kind == COMMAND_RETRACT ||
                     command->kind == COMMAND_REACT;
    if (looked_up && !session_hold_command(sessions, slot, command)) return;
    command->session = (struct session_id){
        .slot = slot, .generation = session->generation, .worker = sessions->worker};
    command->encrypted = takes_secrets(sessions, session);
    command->secure = session->talk.secure || session->talk.forwarded;
    if (session->talk.brought) session->exempt = false;
    command->exempt = session->exempt;
    session->known = true;
    session_put_words(sessions, command);
    if (command->flags & COMMAND_WAITS) session->waits = true;
    if (command->kind == COMMAND_BYE) session->bye_given = true;
    sessions->hooks.give(sessions->hooks.context, command);
}

/* Nothing more will come for it: it is closed when its outbox is empty, or after a while. */
static void session_closing(struct sessions *sessions, uint32_t slot) {
    struct session *session = &sessions->rows[slot];
    if (session->talk.framing != FRAMING_NONE && session->state != SESSION_CLOSING &&
        !session->shut) {
        char memory[8];
        struct buf bytes;
        buf_init(&bytes, memory, sizeof memory);
        websocket_put_close(&bytes, WEBSOCKET_DONE);
        session_send(sessions, slot, buf_slice(&bytes));
        if (session->state == SESSION_GONE) return;
    }
    session->state = SESSION_CLOSING;
    session->opened_ms = sessions->now_ms;
    session_schedule(sessions, slot);
    session_mark(sessions, slot);
}

/* Ask the hub to end this session; nothing of it is read any more. */
void session_bye(struct sessions *sessions, uint32_t slot, struct slice why) {
    struct session *session = &sessions->rows[slot];
    if (session->state == SESSION_OPEN) session->state = SESSION_ENDING;
    free(session->pending);
    session->pending = NULL;
    if (!session->known) {
        if (session->state == SESSION_ENDING) session_closing(sessions, slot);
    } else if (!session->bye_given) {
        if (!sessions->hooks.can_give(sessions->hooks.context)) {
            if (!session->stalled) sessions->stalled_count++;
            session->stalled = true; /* sessions_unstall() comes back */
            return;
        }
        struct command bye = {.kind = COMMAND_BYE, .text = why};
        session_give(sessions, slot, &bye);
    }
}

void sessions_broken(struct sessions *sessions, uint32_t slot) {
    struct session *session = &sessions->rows[slot];
    if (session->state == SESSION_FREE || session->state == SESSION_GONE) return;
    bool confirmed = session->state == SESSION_CLOSING;
    session->state = SESSION_GONE;
    session_close(sessions, session);
    outbox_clear(&sessions->refs, &session->outbox);
    if (session->hold) outbox_clear(&sessions->refs, &session->hold->parked);
    if (confirmed || !session->known) {
        roster_drop(&sessions->roster, &session->chain);
        session_free(sessions, session);
        return;
    }
    session_bye(sessions, slot, (struct slice){0});
}

/* The queue is too long: one last whole line if the socket takes it, and a line in the log. */
void session_cut(struct sessions *sessions, uint32_t slot, enum refusal why, const char *log) {
    struct session *session = &sessions->rows[slot];
    if (session->state == SESSION_GONE || session->state == SESSION_FREE) return;
    uint64_t queued = session->outbox.size;
    sessions->hooks.cut(sessions->hooks.context, slot, log, queued);
    if (session->talk.framing != FRAMING_NONE || session_speaks_http(session)) {
        /* where a frame or an answer ends is not to be seen */
        sessions_broken(sessions, slot);
        return;
    }
    struct outbox_ref *first = session->outbox.first;
    uint32_t rest = 0; /* of a line that was begun */
    if (first && first->at > 0 && first->blob->bytes[first->at - 1] != '\n') {
        const char *bytes = first->blob->bytes + first->at, *end = memchr(bytes, '\n', first->size);
        rest = end ? (uint32_t)(end - bytes) + 1 : 0;
    }
    struct blob *blob = rest > 0 ? first->blob : NULL;
    uint32_t at = rest > 0 ? first->at : 0;
    if (blob) blob->references++;
    outbox_clear(&sessions->refs, &session->outbox);
    if (session->hold) outbox_clear(&sessions->refs, &session->hold->parked);
    if (blob) {
        outbox_add(&sessions->refs, &session->outbox, blob, at, rest);
        blob_unref(&sessions->blobs, blob);
    }
    struct event close = {.kind = EVENT_CLOSE, .refusal = (uint8_t)why};
    session->last_word = true;
    session_tell(sessions, slot, &close);
    if (session->state == SESSION_OPEN) session_bye(sessions, slot, slice_of("read too slowly"));
    session_mark(sessions, slot);
}

static void deliver(struct sessions *sessions, uint32_t slot, struct outbox *outbox,
                    struct blob *blob, uint32_t at, uint32_t size) {
    struct session *session = &sessions->rows[slot];
    if (session->state == SESSION_GONE || session->state == SESSION_FREE) return;
    if (!outbox_add(&sessions->refs, outbox, blob, at, size)) {
        session_cut(sessions, slot, REFUSED_SERVER_FULL, "out of memory");
        return;
    }
    session_mark(sessions, slot);
}

static void hook_deliver(void *context, uint32_t slot, bool parked, struct blob *blob, uint32_t at,
                         uint32_t size) {
    struct sessions *sessions = context;
    struct session *session = &sessions->rows[slot];
    if (session->last_word || session->shut) return;
    bool behind = parked && session->hold;
    deliver(sessions, slot, behind ? &session->hold->parked : &session->outbox, blob, at, size);
}

static void hook_answer(void *context, uint32_t slot, const struct event *event) {
    session_answer(context, slot, event);
    if (event->kind == EVENT_ROOM_RENAMED) session_lists(context, slot, event);
}

static bool hook_sees_first(void *context, uint32_t slot, const struct event *event) {
    struct session *session = &((struct sessions *)context)->rows[slot];
    bool first = session->scatter != (uint32_t)event->number;
    session->scatter = (uint32_t)event->number;
    return first && (event->kind != EVENT_FACT || dialect_hears(&session->talk, event));
}

/* A session's views follow the room that it types into. */
void session_view_again(struct sessions *sessions, struct session *session) {
    for (uint32_t at = session->chain; at != ROSTER_NONE; at = sessions->roster.members[at].next) {
        const struct member *member = &sessions->roster.members[at];
        struct room_id room = {sessions->roster.rooms[member->room].number};
        roster_set_view(&sessions->roster, at, dialect_view(&session->talk, room));
    }
}

static void hook_unlink(void *context, uint32_t slot, uint32_t member, const struct event *event) {
    struct sessions *sessions = context;
    struct session *session = &sessions->rows[slot];
    struct room_id room = {sessions->roster.rooms[sessions->roster.members[member].room].number};
    struct talk *talk = &session->talk;
    roster_remove_row(&sessions->roster, &session->chain, member);
    if (talk->home.v == room.v) talk->home.v = 0;
    if (talk->focus.v == room.v) talk->focus = talk->home;
    session_view_again(sessions, session);
    if (talk->kind != DIALECT_IRC) return;
    struct event exited = *event; /* an IRC client leaves by a line with its own nick */
    exited.kind = EVENT_EXITED;
    exited.why = LEAVING_DELETED;
    session_answer(sessions, slot, &exited);
}

static void send_to(struct sessions *sessions, uint32_t slot, struct outbox *outbox,
                    struct slice bytes) {
    if (bytes.size == 0 || sessions->rows[slot].state == SESSION_GONE) return;
    struct blob *blob = blob_new(&sessions->blobs, bytes.size);
    if (!blob) {
        sessions_broken(sessions, slot); /* no word is possible without memory */
        return;
    }
    memcpy(blob->bytes, bytes.at, bytes.size);
    blob->size = (uint32_t)bytes.size;
    deliver(sessions, slot, outbox, blob, 0, blob->size);
    blob_unref(&sessions->blobs, blob);
}

void session_send(struct sessions *sessions, uint32_t slot, struct slice bytes) {
    send_to(sessions, slot, &sessions->rows[slot].outbox, bytes);
}

static void session_tell(struct sessions *sessions, uint32_t slot, const struct event *event) {
    struct session *session = &sessions->rows[slot];
    struct buf bytes;
    buf_init(&bytes, sessions->roster.scratch, ENCODE_SIZE_MAX);
    dialect_answer(&session->talk, event, &bytes);
    check(buf_ok(&bytes));
    if (session->talk.stage == TALK_HERE) session_stranger(sessions, session, false);
    send_to(sessions, slot, session_hold_behind(session, event), buf_slice(&bytes));
}

/* An event in the words of the session's dialect, behind all that its rooms were told before. After
 * the last word there is nothing: what was queued before it is missing. */
void session_answer(struct sessions *sessions, uint32_t slot, const struct event *event) {
    struct session *session = &sessions->rows[slot];
    if (session->state == SESSION_GONE || session->state == SESSION_FREE) return;
    if (session->last_word || session->shut) return;
    roster_take_all(&sessions->roster, session->chain);
    session_tell(sessions, slot, event);
}

static void session_entered(struct sessions *sessions, struct session *session,
                            const struct event *event) {
    uint32_t slot = slot_of(sessions, session);
    session_answer(sessions, slot, event);
    if (session->state == SESSION_GONE) return;
    if (!(event->flags & EVENT_AGAIN) &&
        !roster_add(&sessions->roster, &session->chain, slot, event->room,
                    dialect_view(&session->talk, event->room)))
        session_cut(sessions, slot, REFUSED_SERVER_FULL, "out of memory");
    roster_seen(&sessions->roster, event->room, event->epoch, event->seq);
    session_lists(sessions, slot, event);
    if (session->talk.holds) session_hold_keep(sessions, slot, event->room);
    session_hold_entered(sessions, slot, event->room);
    session_view_again(sessions, session);
}

static void session_confirmed_bye(struct sessions *sessions, struct session *session) {
    uint32_t slot = slot_of(sessions, session);
    bool gone = session->state == SESSION_GONE;
    if (session_http_left(sessions, slot)) return;
    if (!gone) roster_take_all(&sessions->roster, session->chain);
    roster_drop(&sessions->roster, &session->chain);
    if (gone) {
        session_free(sessions, session);
        return;
    }
    if (sessions->stopping) {
        struct event stop = {.kind = EVENT_CLOSE, .refusal = REFUSED_STOPPING};
        session_answer(sessions, slot, &stop);
    }
    session_closing(sessions, slot);
}

/* A watched name is a room to the roster alone; nothing is shown of it yet. */
static void session_watching(struct sessions *sessions, struct session *session,
                             const struct event *event) {
    uint32_t slot = slot_of(sessions, session);
    if (event->flags & EVENT_OFF)
        roster_remove(&sessions->roster, &session->chain, event->room);
    else if (!roster_add(&sessions->roster, &session->chain, slot, event->room,
                         dialect_view(&session->talk, event->room)))
        session_cut(sessions, slot, REFUSED_SERVER_FULL, "out of memory");
}

static void session_hears(struct sessions *sessions, struct session *session,
                          const struct event *event) {
    uint32_t slot = slot_of(sessions, session);
    switch ((int)event->kind) {
    case EVENT_ENTERED: session_entered(sessions, session, event); break;
    case EVENT_EXITED:
        session_hold_exits(sessions, slot, event->room);
        roster_remove(&sessions->roster, &session->chain, event->room);
        session_answer(sessions, slot, event);
        session_view_again(sessions, session);
        break;
    case EVENT_WATCHING: session_watching(sessions, session, event); break;
    case EVENT_ORDERED:
        session_answer(sessions, slot, event);
        if (sessions->hooks.ordered)
            sessions->hooks.ordered(sessions->hooks.context, event->number);
        break;
    case EVENT_QUERY: session_hold_query(sessions, slot, event); break;
    case EVENT_LOOKUP: session_hold_lookup(sessions, slot, event); return; /* not a list's cursor */
    case EVENT_CLOSE:
        session_answer(sessions, slot, event);
        session_bye(sessions, slot, (struct slice){0});
        break;
    default: session_answer(sessions, slot, event); break;
    }
    if (event->kind == EVENT_WELCOME) session_schedule(sessions, slot);
    if (event->cursor != 0)
        session_hold_next(sessions, slot, event);
    else if (event->flags & EVENT_LAST)
        session_hold_answered(sessions, slot);
}

void sessions_reply(struct sessions *sessions, struct session_id to, const struct event *event) {
    check(to.worker == sessions->worker && to.slot < sessions->row_top);
    struct session *session = &sessions->rows[to.slot];
    if (session->generation != to.generation || session->state == SESSION_FREE) return;
    if (event->kind == EVENT_BYE)
        session_confirmed_bye(sessions, session);
    else if (session->state != SESSION_GONE)
        session_hears(sessions, session, event);
}

void sessions_publish(struct sessions *sessions, const struct event *event) {
    uint32_t author = SESSIONS_NONE, chain = ROSTER_NONE;
    struct session_id id = event->session;
    if (id.worker == sessions->worker && id.generation != 0 && id.slot < sessions->row_top &&
        sessions->rows[id.slot].generation == id.generation) {
        author = id.slot;
        chain = sessions->rows[author].chain;
    }
    roster_publish(&sessions->roster, event, author, chain, sessions->now_ms);
}

void sessions_unstall(struct sessions *sessions) {
    if (sessions->stalled_count == 0) return;
    for (uint32_t slot = 0; slot < sessions->row_top; slot++) {
        struct session *session = &sessions->rows[slot];
        if (!session->stalled) continue;
        if (!sessions->hooks.can_give(sessions->hooks.context)) return;
        session->stalled = false;
        sessions->stalled_count--;
        session_mark(sessions, slot); /* its socket is read again */
        if (session->state == SESSION_OPEN)
            session_feed(sessions, slot);
        else
            session_bye(sessions, slot, (struct slice){0});
    }
}

/* Too much is queued for good, or for a while: is it time to cut? */
static void session_check_queue(struct sessions *sessions, struct session *session) {
    const struct session_limits *limits = &sessions->limits;
    uint64_t size = session->outbox.size + (session->hold ? session->hold->parked.size : 0);
    bool above = limits->outbox_soft_bytes > 0 && size > limits->outbox_soft_bytes;
    uint32_t slot = slot_of(sessions, session);
    if (limits->outbox_hard_bytes > 0 && size > limits->outbox_hard_bytes) {
        session_cut(sessions, slot, REFUSED_TOO_SLOW, "outbox_hard");
    } else if (above != (session->soft_since_ms > 0)) {
        session->soft_since_ms = above ? sessions->now_ms : 0;
        session_schedule(sessions, slot);
    }
}

void sessions_drained(struct sessions *sessions, uint32_t slot) {
    struct session *session = &sessions->rows[slot];
    if (session->state == SESSION_FREE || session->state == SESSION_GONE) return;
    if (session->last_word) { /* the peer had its chance */
        sessions_broken(sessions, slot);
        return;
    }
    session_check_queue(sessions, session);
    if (session->state == SESSION_CLOSING && session->outbox.size == 0) {
        session_free(sessions, session);
        return;
    }
    if (session->hold && session->outbox.size < SESSIONS_PIECE_SIZE)
        session_hold_end(sessions, slot);
    else if (session->pending && session_speaks_http(session) && !session_http_waits(session))
        session_feed(sessions, slot);
    else
        session_list_next(sessions, slot);
}

void sessions_stop(struct sessions *sessions) {
    sessions->stopping = true;
    for (uint32_t slot = 0; slot < sessions->row_top; slot++) {
        struct session *session = &sessions->rows[slot];
        if (session->state != SESSION_OPEN) continue;
        if (!session->known)
            session_answer(sessions, slot,
                           &(struct event){.kind = EVENT_CLOSE, .refusal = REFUSED_STOPPING});
        session_bye(sessions, slot, slice_of("server stopping"));
    }
}
