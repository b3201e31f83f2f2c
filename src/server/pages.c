/* pages.c: long answers in pieces. A page of history is read beside the live traffic: until it is
 * queued, what the room says to this session is parked behind it, and no further line of the
 * session is read. The next piece is asked for when the last has gone out, so that a long answer
 * never makes a slow reader of who asked for it. A command that needs to know what is stored waits
 * here as well, while the reader looks it up. */
#include <stdlib.h>

#include "base/check.h"
#include "chat/search.h"
#include "server/session_inside.h"

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
    if (!hold || hold->query.kind == QUERY_ONE) return;
    if (hold->query.room.v == room.v) hold_park(sessions, slot, true);
}

void session_hold_exits(struct sessions *sessions, uint32_t slot, struct room_id room) {
    const struct session *session = &sessions->rows[slot];
    uint32_t member = roster_find(&sessions->roster, session->chain, room);
    if (session->hold && member != ROSTER_NONE && sessions->roster.members[member].parked)
        session->hold->moved = true;
}

/* What is said between two people comes as answers, not by the roster. */
static bool is_said_live(const struct event *answer) {
    return answer->kind == EVENT_TOLD || answer->kind == EVENT_EDITED ||
           answer->kind == EVENT_RETRACTED || answer->kind == EVENT_REACTED;
}

struct outbox *session_hold_behind(struct session *session, const struct event *answer) {
    struct hold *hold = session->hold;
    if (!hold) return &session->outbox;
    bool moves = answer->kind == EVENT_ENTERED || answer->kind == EVENT_EXITED;
    bool page = hold->query.kind != QUERY_ONE && hold->query.room.v == answer->room.v &&
                (answer->flags & EVENT_DIRECT);
    bool parks = (moves && hold->moved) || (page && is_said_live(answer));
    return parks ? &hold->parked : &session->outbox;
}

void session_hold_free(struct sessions *sessions, struct session *session) {
    struct hold *hold = session->hold;
    if (!hold) return;
    outbox_clear(&sessions->refs, &hold->parked);
    if (hold->searches) sessions->search_count--;
    free(hold->asked);
    free(hold);
    session->hold = NULL;
}

/* Nothing is under way in it any more, and it goes on parking. */
static void hold_clear(struct sessions *sessions, struct hold *hold) {
    if (hold->searches) sessions->search_count--;
    free(hold->asked);
    *hold = (struct hold){.keeps = true, .moved = hold->moved, .parked = hold->parked};
}

static void hold_drop(struct sessions *sessions, uint32_t slot) {
    struct session *session = &sessions->rows[slot];
    if (session->hold->keeps) {
        hold_clear(sessions, session->hold);
        session_mark(sessions, slot);
        return;
    }
    if (session->hold->query.room.v != 0) hold_park(sessions, slot, false);
    outbox_append(&session->outbox, &session->hold->parked);
    session_mark(sessions, slot);
    session_hold_free(sessions, session);
}

/* Who comes back is in her rooms before she has heard what she missed there. */
void session_hold_keep(struct sessions *sessions, uint32_t slot, struct room_id room) {
    struct session *session = &sessions->rows[slot];
    struct hold *hold = session->state == SESSION_GONE ? NULL : hold_take(sessions, slot);
    if (!hold) return;
    hold->keeps = true;
    uint32_t member = roster_find(&sessions->roster, session->chain, room);
    if (member != ROSTER_NONE) roster_park(&sessions->roster, member, true);
}

void session_hold_release(struct sessions *sessions, uint32_t slot) {
    struct session *session = &sessions->rows[slot];
    if (!session->hold || !session->hold->keeps || session->talk.holds) return;
    for (uint32_t at = session->chain; at != ROSTER_NONE; at = sessions->roster.members[at].next)
        if (sessions->roster.members[at].parked) roster_park(&sessions->roster, at, false);
    outbox_append(&session->outbox, &session->hold->parked);
    session_mark(sessions, slot);
    session_hold_free(sessions, session);
}

/* The reader knows of a room by its number alone: how it is called is kept for its rows. */
static void hold_about(struct hold *hold, const struct event *event) {
    enum { KEPT = EVENT_OWN_ROOM | EVENT_BY_HEX | EVENT_LOBBY | EVENT_DIRECT | EVENT_PRIVATE };
    struct slice room = slice_head(event->room_name, ROOM_NAME_SIZE_MAX);
    struct slice other = slice_head(event->other, USER_NAME_SIZE_MAX);
    if (room.size > 0) memcpy(hold->names, room.at, room.size);
    if (other.size > 0) memcpy(hold->names + ROOM_NAME_SIZE_MAX, other.at, other.size);
    hold->about = (struct event){.room = event->room,
                                 .flags = event->flags & KEPT,
                                 .reply_code = event->reply_code,
                                 .hex = event->hex,
                                 .epoch = event->epoch,
                                 .other_id = event->other_id,
                                 .room_name = {hold->names, room.size},
                                 .other = {hold->names + ROOM_NAME_SIZE_MAX, other.size}};
}

static bool shows_reactions(const struct session *session) {
    return session->talk.kind == DIALECT_JSON || session->talk.kind == DIALECT_REST;
}

static void hold_ask(struct sessions *sessions, uint32_t slot, const struct event *event) {
    struct session *session = &sessions->rows[slot];
    struct hold *hold = session->hold;
    struct query *query = &hold->query;
    uint64_t last = event->seq;
    if (event->before > 0 && event->before - 1 < last) last = event->before - 1;
    *query = (struct query){
        .kind = (enum query_kind)event->why,
        .session = {.slot = slot, .generation = session->generation, .worker = sessions->worker},
        .room = event->room,
        .count = event->count,
        .first = event->after + 1,
        .last = event->why == QUERY_AUDIT ? UINT64_MAX : last,
        .target = event->target,
        .after_ms = event->after_ms,
        .before_ms = event->before_ms,
        .full = (event->flags & EVENT_FULL) != 0,
        .accounts = session->talk.kind == DIALECT_IRC || session->talk.kind == DIALECT_JSON ||
                    session->talk.kind == DIALECT_REST,
        .reactions = shows_reactions(session) && event->why != QUERY_EVENTS,
        .whose = event->identity,
        .records = event->number,
        .text_size = (uint16_t)slice_head(event->text, QUERY_TEXT_MAX).size};
    if (query->text_size > 0) memcpy(query->text, event->text.at, query->text_size);
    hold->due = query->first;
    hold->reading = true;
    sessions->hooks.ask(sessions->hooks.context, query);
}

/* The ring to the reader holds the words of so many searches, and no more. */
static bool search_begins(struct sessions *sessions, uint32_t slot, struct hold *hold) {
    if (sessions->search_count < SESSIONS_SEARCHES_MAX) {
        sessions->search_count++;
        hold->searches = true;
        return true;
    }
    struct event busy = hold->about;
    busy.kind = EVENT_REFUSED;
    busy.refusal = REFUSED_SLOW_DOWN;
    busy.number = 1;
    session_answer(sessions, slot, &busy);
    if (!sessions->rows[slot].hold) return false;
    hold_drop(sessions, slot);
    session_answered(sessions, slot);
    return false;
}

void session_hold_query(struct sessions *sessions, uint32_t slot, const struct event *event) {
    struct session *session = &sessions->rows[slot];
    session_answer(sessions, slot, event);
    struct hold *hold = session->state == SESSION_GONE ? NULL : hold_take(sessions, slot);
    if (!hold) return;
    hold_about(hold, event);
    if (event->why == QUERY_SEARCH && !search_begins(sessions, slot, hold)) return;
    hold_ask(sessions, slot, event);
    hold_park(sessions, slot, true);
}

/* Commands about a message that was said are kept until the hub has decided, which may want to know
 * more than once what the message is; no further line is read before. */
bool session_hold_command(struct sessions *sessions, uint32_t slot, struct command *command) {
    struct hold *hold = hold_take(sessions, slot);
    size_t size = sizeof *command;
    for (int i = 0; i < COMMAND_SLICES; i++)
        size += command->slices[i].size;
    struct command *asked = hold ? malloc(size) : NULL;
    if (!asked) {
        sessions_broken(sessions, slot);
        return false;
    }
    free(hold->asked);
    *asked = *command;
    char *bytes = (char *)(asked + 1);
    for (int i = 0; i < COMMAND_SLICES; i++) {
        struct slice slice = command->slices[i];
        asked->slices[i].at = bytes;
        if (slice.size > 0) memcpy(bytes, slice.at, slice.size);
        bytes += slice.size;
    }
    hold->asked = asked;
    command->flags |= COMMAND_WAITS;
    return true;
}

void session_hold_lookup(struct sessions *sessions, uint32_t slot, const struct event *event) {
    struct hold *hold = sessions->rows[slot].hold;
    if (!hold || !hold->asked) return; /* broken meanwhile */
    struct event one = *event;
    one.why = QUERY_ONE;
    one.target = one.seq;
    one.count = 1;
    one.after = one.seq - 1;
    one.before = 0;
    hold_about(hold, event);
    hold->asked->found_kind = STORED_NOTHING;
    hold->asked->cursor = event->cursor;
    hold_ask(sessions, slot, &one);
}

/* The command was answered; one that was kept for it needs no looking up. */
void session_hold_answered(struct sessions *sessions, uint32_t slot) {
    const struct hold *hold = sessions->rows[slot].hold;
    if (hold && hold->asked && !hold->reading) hold_drop(sessions, slot);
    session_answered(sessions, slot);
}

static struct session *session_asking(struct sessions *sessions, struct session_id to) {
    if (to.slot >= sessions->row_top) return NULL;
    struct session *session = &sessions->rows[to.slot];
    bool same = session->generation == to.generation && session->hold && session->hold->reading;
    return same && session->state != SESSION_GONE ? session : NULL;
}

/* What is asked for but not kept any more is said, so that no gap is silent. */
static void tell_missing(struct sessions *sessions, uint32_t slot, uint64_t last) {
    const struct hold *hold = sessions->rows[slot].hold;
    if (hold->query.kind != QUERY_EVENTS || hold->due > last) return;
    struct event alert = hold->about;
    alert.kind = EVENT_ALERT;
    alert.why = ALERT_MISSING;
    alert.before = hold->due;
    alert.seq = last;
    session_answer(sessions, slot, &alert);
}

static void past_found(struct hold *hold, const struct event *past) {
    bool removed = past->stored == STORED_MESSAGE && (past->flags & EVENT_OFF);
    hold->asked->found_kind = removed ? STORED_REMOVAL : past->stored;
    hold->asked->found_identity = past->identity;
    hold->asked->found_time_ms = past->time_ms;
}

void sessions_past(struct sessions *sessions, struct session_id to, const struct event *past) {
    struct session *session = session_asking(sessions, to);
    if (!session) return;
    struct hold *hold = session->hold;
    if (hold->query.kind == QUERY_ONE) {
        past_found(hold, past);
        return;
    }
    if (hold->query.kind == QUERY_UNREAD) {
        hold->given = past->count;
        hold->first_seq = past->number;
        hold->about.flags |= past->flags;
        return;
    }
    tell_missing(sessions, to.slot, past->seq - 1);
    if (!session->hold) return; /* no memory for the alert */
    hold->due = past->seq + 1;
    if (hold->given++ == 0) hold->first_seq = past->seq;
    hold->last_seq = past->seq;
    struct event shown = *past;
    shown.flags |= hold->about.flags;
    shown.reply_code = hold->about.reply_code;
    shown.hex = hold->about.hex;
    shown.epoch = hold->about.epoch;
    shown.room_name = hold->about.room_name;
    if (shown.flags & EVENT_DIRECT) {
        shown.other = hold->about.other;
        shown.other_id = hold->about.other_id;
        if (shown.author.v != shown.other_id.v) shown.flags |= EVENT_OWN;
    }
    session_answer(sessions, to.slot, &shown);
}

/* It is known what the command is about: it goes to the hub again, when there is room. */
static void lookup_end(struct sessions *sessions, uint32_t slot, bool failed) {
    struct hold *hold = sessions->rows[slot].hold;
    if (!failed) {
        hold->next = *hold->asked;
        hold->next.flags |= COMMAND_FOUND;
        session_mark(sessions, slot);
        return;
    }
    struct event refused = hold->about;
    refused.kind = EVENT_REFUSED;
    refused.refusal = REFUSED_STORE_FAILED;
    session_answer(sessions, slot, &refused);
    if (!sessions->rows[slot].hold) return;
    hold_drop(sessions, slot);
    session_answered(sessions, slot);
}

/* Where it goes wrong; what can be read and has no word to look for is wrong as a whole. */
static struct slice search_fault(const struct query *query) {
    struct search search;
    struct slice place;
    struct slice text = {query->text, query->text_size};
    return search_parse(text, &search, &place) ? text : place;
}

static void page_end(struct sessions *sessions, uint32_t slot, const struct query_end *end) {
    struct session *session = &sessions->rows[slot];
    struct hold *hold = session->hold;
    enum refusal why = end->failed ? REFUSED_STORE_FAILED : (enum refusal)end->refusal;
    if (why == REFUSED_NOT) tell_missing(sessions, slot, hold->query.last);
    if (session->state == SESSION_GONE || !session->hold) return;
    struct event over = hold->about;
    over.kind = EVENT_PAST_END;
    over.why = (uint8_t)hold->query.kind;
    over.after = hold->due - 1;
    over.refusal = (uint8_t)why;
    if (why == REFUSED_QUERY_BAD) over.text = search_fault(&hold->query);
    over.count = hold->given;
    over.before = hold->first_seq;
    over.seq = hold->last_seq;
    session_answer(sessions, slot, &over);
    if (session->state == SESSION_GONE || !session->hold) return;
    hold_drop(sessions, slot);
    session_answered(sessions, slot);
}

void sessions_past_end(struct sessions *sessions, const struct query_end *end) {
    struct session *session = session_asking(sessions, end->session);
    if (!session) return;
    struct hold *hold = session->hold;
    struct query *query = &hold->query;
    uint32_t slot = end->session.slot;
    hold->reading = false;
    if (query->kind == QUERY_ONE) {
        query->count = 0;
        lookup_end(sessions, slot, end->failed);
        return;
    }
    if (query->kind == QUERY_LATEST || query->kind == QUERY_AROUND) query->kind = QUERY_RANGE;
    query->count = end->failed || end->refusal ? 0 : end->count;
    query->first = end->first;
    query->last = end->last;
    query->after_ms = query->before_ms = 0; /* first and last say it now */
    if (query->count > 0)
        session_mark(sessions, slot); /* goes on when this piece has gone out */
    else
        page_end(sessions, slot, end);
}

/* The command for the next piece of a list. */
static enum command_kind command_of(const struct event *piece) {
    switch ((int)piece->kind) {
    case EVENT_PEOPLE: return piece->room.v != 0 && !piece->setting ? COMMAND_WHO : COMMAND_PEOPLE;
    case EVENT_NAMES: return COMMAND_WHO;
    case EVENT_WATCHES: return COMMAND_WATCH;
    case EVENT_FACTS: return COMMAND_FACTS; /* number 0: FACTS_SYNC */
    case EVENT_RESTRAINTS: return COMMAND_RESTRAINTS;
    case EVENT_USERS: return COMMAND_USERS;
    default: return COMMAND_ROOMS;
    }
}

void session_hold_next(struct sessions *sessions, uint32_t slot, const struct event *piece) {
    struct session *session = &sessions->rows[slot];
    struct hold *hold = session->state == SESSION_GONE ? NULL : hold_take(sessions, slot);
    if (!hold) return;
    bool full = piece->kind == EVENT_PEOPLE ||
                (piece->kind == EVENT_RESTRAINTS && piece->setting != 0) ||
                (piece->kind == EVENT_ROOMS && piece->setting != 0);
    bool server = piece->kind == EVENT_RESTRAINTS && piece->room.v == 0;
    bool inside = piece->kind == EVENT_PEOPLE && piece->setting != 0;
    hold->next = (struct command){.kind = command_of(piece),
                                  .flags = (uint16_t)(COMMAND_WAITS | (full ? COMMAND_FULL : 0) |
                                                      (server ? COMMAND_SERVER : 0) |
                                                      (inside ? COMMAND_INSIDE : 0)),
                                  .room_id = piece->room,
                                  .reply_code = piece->reply_code,
                                  .cursor = piece->cursor};
    session_mark(sessions, slot);
}

/* The hub is asked for the next piece, or once more about what was looked up. */
static void hold_give(struct sessions *sessions, uint32_t slot) {
    struct session *session = &sessions->rows[slot];
    struct hold *hold = session->hold;
    struct command next = hold->next, *asked = hold->asked;
    hold->asked = NULL; /* the slices of `next` are in it */
    hold_drop(sessions, slot);
    session_give(sessions, slot, &next);
    free(asked);
    if (!(next.flags & COMMAND_WAITS)) session_answered(sessions, slot);
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
        if (session->bye_given)
            hold_drop(sessions, slot);
        else if (sessions->hooks.can_give(sessions->hooks.context))
            hold_give(sessions, slot);
        else
            session_mark(sessions, slot);
    }
}
