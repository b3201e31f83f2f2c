/* change.c: messages that were said: edited, removed, reacted to, read. The hub keeps no message,
 * so it is asked twice: first it answers EVENT_LOOKUP, then the worker gives the same command with
 * what the reader found. Who may is decided only then, on the state of that moment; where a text of
 * the room was removed in between, it is looked up once more. */
#include "base/check.h"
#include "hub/fact.h"
#include "hub/inside.h"
#include "hub/messages.h"
#include "hub/moderate.h"
#include "hub/rule.h"
#include "hub/silent.h"

/* True where the target is known: a message that still has its text. Else the asker was told, or
 * the worker was asked to look it up. */
static bool target_found(struct hub *hub, const struct room *room) {
    const struct command *c = hub->command;
    enum refusal why = REFUSED_NOT;
    if (!room_keeps_texts(hub, room)) {
        hub_refuse(hub, REFUSED_HISTORY_OFF, 0, room_name(room));
        return false;
    }
    bool elsewhere = c->target_hex != 0 && c->target_hex != room->hex;
    if (c->target == 0 || c->target > room->seq || elsewhere) {
        why = REFUSED_MESSAGE_UNKNOWN;
    } else if (!(c->flags & COMMAND_FOUND) || c->cursor != room->text_serial) {
        struct event *lookup = hub_reply(hub, EVENT_LOOKUP, room, false);
        lookup->seq = c->target;
        lookup->cursor = room->text_serial;
        return false;
    } else if (c->found_kind == STORED_REMOVAL) {
        why = REFUSED_MESSAGE_GONE;
    } else if (c->found_kind != STORED_MESSAGE) {
        why = REFUSED_MESSAGE_UNKNOWN;
    }
    if (why == REFUSED_NOT) return true;
    hub_refuse(hub, why, c->target, (struct slice){0});
    return false;
}

static bool is_own(struct hub *hub) {
    return hub_asking_user(hub)->identity.v == hub->command->found_identity.v;
}

/* True where the table lets her, as far as it asks whose message it is. Else she was told. */
static bool may_change(struct hub *hub, enum action action, const struct room *room) {
    if (standing_allows(hub, action, room) == MAY || is_own(hub)) return true;
    hub_refuse(hub, REFUSED_NOT_ALLOWED, 0, (struct slice){0});
    moderate_log_refused(hub, room);
    return false;
}

/* Who is not in the room sees what she did all the same. */
static void tell_change(struct hub *hub, const struct room *room, const struct event *what) {
    const struct user *user = hub_asking_user(hub);
    tell_room(hub, room, user, what);
    if (!user->silent && !user_is_inside(hub, user, room)) {
        struct event *done = hub_reply(hub, what->kind, room, false);
        tell_fill(hub, done, room, user, what);
        done->session = hub->command->session;
    }
    hub_done(hub);
}

/* The row of a change; her name stands in it, and `text`. */
static void change_record(struct hub *hub, struct room *room, enum stored stored,
                          struct slice text) {
    struct record *record = speech_next(hub, room, hub_asking_user(hub), stored);
    check(record != NULL); /* target_found() saw to it */
    record->target = hub->command->target;
    record->text = text;
    hub_record_sum(hub, record);
}

void change_edit(struct hub *hub) {
    const struct command *c = hub->command;
    struct room *room = room_for(hub, ACTION_EDIT);
    if (!room) return;
    size_t most = room->flags & ROOM_DIRECT ? DIRECT_TEXT_MAX : TEXT_SIZE_MAX;
    if (!speech_fits(hub, most) || !target_found(hub, room)) return;
    if (!may_change(hub, ACTION_EDIT, room) || !standing_may(hub, ACTION_SAY, room)) return;
    if (!filter_passes(hub, room)) return;
    if (!hub_can_record(hub, speech_size(hub))) return;
    int64_t *last = speech_last(hub, hub_asking_user(hub), room);
    if (last) *last = hub->now_ms; /* an edit is speech: slow mode counts it */
    change_record(hub, room, STORED_EDIT, c->text);
    struct event edited = {.kind = EVENT_EDITED, .target = c->target, .text = c->text};
    tell_change(hub, room, &edited);
}

/* Whose message it is, if she has an account. */
static const struct account *author_found(struct hub *hub) {
    uint64_t identity = hub->command->found_identity.v;
    return identity <= UINT32_MAX ? account_by_number(hub, (uint32_t)identity) : NULL;
}

static enum standing author_standing(struct hub *hub, const struct account *author,
                                     const struct room *room) {
    enum role role = author ? tie_role(hub, author, room) : ROLE_NONE;
    if (role == ROLE_OWNER) return STANDING_OWNER;
    return role == ROLE_OPERATOR ? STANDING_OPERATOR : STANDING_MEMBER;
}

/* Somebody removed another's message: that is kept for the room's operators to see. */
static void retract_audit(struct hub *hub, const struct room *room, const struct account *author) {
    const struct user *user = hub_asking_user(hub);
    struct buf what;
    buf_init(&what, hub->pieces, sizeof hub->pieces);
    buf_text(&what, "message ");
    buf_number(&what, hub->command->target);
    struct record *record = hub_record(hub, RECORD_AUDIT, room);
    record->author = (struct user_id){user->number};
    record->author_name = user_name(user);
    record->time_ms = hub->now_ms;
    record->key = slice_text(action_word(ACTION_RETRACT));
    if (author) record->name = account_name(author);
    record->text = buf_slice(&what);
    hub_record_sum(hub, record);
}

void change_retract(struct hub *hub) {
    struct room *room = room_for(hub, ACTION_RETRACT);
    if (!room) return;
    if (!hub->limits.retract) {
        hub_refuse(hub, REFUSED_NOT_ALLOWED, 0, (struct slice){0});
        return;
    }
    if (!target_found(hub, room) || !may_change(hub, ACTION_RETRACT, room)) return;
    const struct account *author = author_found(hub);
    bool own = is_own(hub);
    const struct user *user = hub_asking_user(hub);
    if (!own && !standing_over(hub, user, author_standing(hub, author, room), room)) return;
    if (!hub_can_record_all(hub, own ? 1 : 2, 3 * USER_NAME_SIZE_MAX + 64)) return;
    change_record(hub, room, STORED_REMOVAL, (struct slice){0});
    room->text_serial = hub->next_serial++;
    if (!own) retract_audit(hub, room, author);
    struct event retracted = {.kind = EVENT_RETRACTED,
                              .target = hub->command->target,
                              .text = slice_head(hub->command->text, WHY_SIZE_MAX)};
    if (author) retracted.other = account_name(author);
    tell_change(hub, room, &retracted);
}

/* A blank, or something that one cannot see and that ends a word: in UTF-8. */
static bool is_blank(struct slice text) {
    static const char *const blanks[] = {"\xc2\xa0",     "\xe1\x9a\x80", "\xe2\x80\xa8",
                                         "\xe2\x80\xa9", "\xe2\x80\xaf", "\xe2\x81\x9f",
                                         "\xe3\x80\x80"};
    unsigned char c = (unsigned char)text.at[0];
    if (c <= ' ' || c == 0x7f) return true;
    if (text.size >= 2 && c == 0xc2 && (unsigned char)text.at[1] < 0xa0) return true;
    if (text.size >= 3 && slice_starts(text, slice_of("\xe2\x80")) &&
        (unsigned char)text.at[2] <= 0x8a)
        return true;
    for (size_t i = 0; i < sizeof blanks / sizeof *blanks; i++)
        if (slice_starts(text, slice_text(blanks[i]))) return true;
    return false;
}

static bool reaction_fits(struct slice text) {
    if (text.size == 0 || text.size > REACTION_SIZE_MAX) return false;
    for (size_t i = 0; i < text.size; i++)
        if (is_blank(slice_from(text, i))) return false;
    return true;
}

void change_react(struct hub *hub) {
    const struct command *c = hub->command;
    bool gives = c->flags & COMMAND_SETS;
    struct room *room = room_for(hub, ACTION_REACT);
    if (!room) return;
    if (!reaction_fits(c->text)) {
        hub_refuse(hub, REFUSED_REACTION_BAD, REACTION_SIZE_MAX, (struct slice){0});
        return;
    }
    if (!room_keeps_texts(hub, room) && c->tags.size > 0) { /* IRC's: shown live, as other tags */
        struct event tagged = {.kind = EVENT_TAGGED,
                               .tags = c->tags,
                               .target = c->target,
                               .number = rng_next(&hub->rng) | 1};
        tell_room(hub, room, hub_asking_user(hub), &tagged);
        hub_done(hub);
        return;
    }
    if (!target_found(hub, room) || !hub_can_record(hub, speech_size(hub))) return;
    change_record(hub, room, gives ? STORED_REACTION : STORED_UNREACTION, c->text);
    struct event reacted = {.kind = EVENT_REACTED,
                            .flags = gives ? 0 : EVENT_OFF,
                            .target = c->target,
                            .text = c->text};
    tell_change(hub, room, &reacted);
}

/* A position only goes forward. A guest's is not kept: she is told what she said. */
void change_read(struct hub *hub) {
    const struct user *user = hub_asking_user(hub);
    struct account *account = account_of(hub, user);
    struct room *room = room_for(hub, ACTION_READ);
    if (!room) return;
    uint64_t seq = hub->command->target;
    if (seq == 0) seq = room->seq;
    if (seq > room->seq || !user_is_inside(hub, user, room)) {
        bool outside = seq <= room->seq;
        hub_refuse(hub, outside ? REFUSED_NOT_IN_ROOM : REFUSED_MESSAGE_UNKNOWN, outside ? 0 : seq,
                   outside ? room_name(room) : (struct slice){0});
        return;
    }
    if (account && !tie_set_read(hub, account, room, seq)) return;
    const struct tie *tie = account ? tie_find(hub, account, room) : NULL;
    if (tie && tie->read > seq) seq = tie->read;
    if (user->silent) {
        struct event *event = hub_reply(hub, EVENT_READ_UP, room, true);
        event->seq = seq;
        event->epoch = room->epoch;
        event->before_ms = fact_marked(hub, user, room);
        user = silent_person(hub, user);
    }
    for (uint32_t at = user ? user->sessions : NONE; at != NONE; at = hub->sessions[at].next) {
        struct session_id id = hub_session_id(hub, at);
        bool asks = session_same(id, hub->command->session);
        struct event *event = asks ? hub_reply(hub, EVENT_READ_UP, room, true)
                                   : hub_reply_to(hub, id, EVENT_READ_UP, room);
        event->seq = seq;
        event->epoch = room->epoch;
    }
}
