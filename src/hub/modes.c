/* modes.c: several changes of a room's modes, as IRC gives them in one line. Each is done as the
 * command that it would be alone, with its own right, its own stored event and its own row of the
 * log; dialects that show them as one line are told once more at the end what came of all. */
#include "chat/modes.h"

#include "base/check.h"
#include "hub/inside.h"
#include "hub/moderate.h"

/* The largest change is a ban's: event and told asker, four records, what ran out. */
_Static_assert(MODE_CHANGES_MAX * 16 + 64 <= EFFECTS_MAX, "one step tells all changes");

/* What one change told goes unseen by who is told all of them. True: it told something. */
static bool gather(struct hub *hub, uint32_t begin) {
    bool any = false;
    for (uint32_t i = begin; i < hub->out->count; i++) {
        struct effect *effect = &hub->out->at[i];
        if (effect->kind != EFFECT_PUBLISH && effect->kind != EFFECT_REPLY) continue;
        enum event_kind kind = effect->event.kind;
        if (kind != EVENT_MODE_SET && kind != EVENT_ROLE_SET && kind != EVENT_RESTRAINED) continue;
        effect->event.flags |= EVENT_GATHERED;
        any = true;
    }
    return any;
}

/* She was refused since then for what she is: nothing more of the line can succeed. */
static bool is_refused(const struct hub *hub, uint32_t begin) {
    for (uint32_t i = begin; i < hub->out->count; i++) {
        const struct effect *effect = &hub->out->at[i];
        if (effect->kind != EFFECT_REPLY || effect->event.kind != EVENT_REFUSED) continue;
        enum refusal why = (enum refusal)effect->event.refusal;
        if (why == REFUSED_NOT_ALLOWED || why == REFUSED_NOT_IN_ROOM || why == REFUSED_BANNED ||
            why == REFUSED_MUTED || why == REFUSED_STORE_FULL)
            return true;
    }
    return false;
}

static void set(struct hub *hub, struct command *one, const struct mode_change *change) {
    one->kind = COMMAND_MODE;
    one->setting = (uint8_t)change->which;
    one->number = change->on;
    if (change->on && change->which == SETTING_LIMIT)
        (void)slice_number(change->value, INT32_MAX, &one->number);
    one->text = one->name = change->on ? change->value : (struct slice){0};
    one->name_key = change->key;
    moderate_mode(hub);
}

/* The voice of somebody who runs the room: a mark beside hers, while she is there. */
static bool mark_voice(struct hub *hub, struct room *room, struct membership *member, bool on) {
    if (!standing_may(hub, ACTION_VOICE, room) || member->voiced == on) return false;
    member->voiced = on;
    return true;
}

/* A mark is a role: who has a higher one keeps it, and only who has just this one loses it. True:
 * it is changed beside what the members were told. */
static bool mark(struct hub *hub, struct command *one, struct room *room,
                 const struct mode_change *change) {
    struct whom whom;
    one->kind = COMMAND_ROLE;
    one->name = change->value;
    one->name_key = change->key;
    enum role role = (enum role)change->which;
    one->number = change->on ? role : ROLE_NONE;
    one->count = 1 + (uint32_t)role;
    (void)moderate_whom(hub, &whom, false);
    struct membership *member = whom.user ? member_find(hub, whom.user, room) : NULL;
    enum role before = member ? standing_role(hub, whom.user, room) : ROLE_NONE;
    if (member && role == ROLE_VOICE && before >= ROLE_OPERATOR)
        return mark_voice(hub, room, member, change->on);
    if (member && !change->on && role == ROLE_OPERATOR && member->voiced) one->number = ROLE_VOICE;
    moderate_role(hub);
    if (member && change->on && before == ROLE_VOICE) member->voiced = true;
    return false;
}

static void restrain(struct hub *hub, struct command *one, const struct mode_change *change) {
    one->kind = change->which == RESTRAINT_MUTE ? COMMAND_MUTE : COMMAND_BAN;
    one->flags = change->on ? COMMAND_SETS : 0;
    one->name = change->value;
    one->name_key = change->key;
    ban_entry(hub, (enum restraint)change->which, (enum subject)change->subject);
}

/* True: it holds now, and did not before. */
static bool apply(struct hub *hub, struct room *room, const struct mode_change *change) {
    const struct command *whole = hub->command;
    struct command one = {.session = whole->session,
                          .room_id = {room->number},
                          .room = whole->room,
                          .room_key = whole->room_key,
                          .reply_code = whole->reply_code};
    uint32_t begin = hub->out->count;
    bool marked = false;
    hub->command = &one; // cppcheck-suppress autoVariables ; put back below
    switch (change->kind) {
    case MODE_SETTING: set(hub, &one, change); break;
    case MODE_ROLE: marked = change->which < ROLES && mark(hub, &one, room, change); break;
    case MODE_RESTRAINT:
        if (change->which < RESTRAINTS) restrain(hub, &one, change);
        break;
    case MODE_KINDS: break;
    }
    hub->command = whole;
    return gather(hub, begin) || marked;
}

void modes_change(struct hub *hub) {
    struct room *room = room_for(hub, ACTION_SEE);
    struct slice lines = hub->command->text;
    struct mode_change change;
    struct buf done;
    if (!room) return;
    buf_init(&done, hub->pieces, sizeof hub->pieces);
    _Static_assert(MODES_SIZE_MAX <= sizeof hub->pieces, "all changes can be told");
    for (uint32_t i = 0; i < MODE_CHANGES_MAX && mode_take(&lines, &change); i++) {
        uint32_t begin = hub->out->count;
        bool changed = apply(hub, room, &change);
        if (is_refused(hub, begin)) break;
        if (change.kind == MODE_SETTING && change.which == SETTING_KEY)
            change.value = slice_of("*"); /* the key is told to nobody */
        change.key = (struct slice){0};
        if (changed && done.size + change.value.size + 32 <= done.cap) mode_put(&done, &change);
    }
    if (done.size == 0) {
        hub_done(hub);
        return;
    }
    struct event *event = hub_publish(hub, EVENT_MODES, room, hub_asking_user(hub));
    event->text = buf_slice(&done);
    event->reply_code = hub->command->reply_code;
    event->seq = room->seq;
    moderate_answer(hub, room, event);
}
