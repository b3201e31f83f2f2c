/* server.c: who may not come in at all: banned networks, and everybody new while the server is
 * locked down. It is kept over a restart, so that a crash in an attack opens no door. */
#include "base/check.h"
#include "chat/scope.h"
#include "hub/inside.h"
#include "hub/moderate.h"
#include "hub/rule.h"

enum { MINUTE_MS = 60000, CLOSED_A_STEP = 512 };
_Static_assert(CLOSED_A_STEP + 8 <= (int)EFFECTS_MAX, "one step tells them all");

void server_init(struct hub *hub) {
    *whole_server(hub) =
        (struct room){.restraints_first = NONE, .restraints_last = NONE, .next_restraint = 1};
}

bool server_may_rule(struct hub *hub) {
    if (hub_from_control(hub)) return true;
    const struct user *user = hub_asking_user(hub);
    if (user->silent) {
        if (hub_asker(hub)->scopes & SCOPE_SERVER) return true;
        hub_refuse(hub, REFUSED_SCOPE, 0, slice_of("server"));
        return false;
    }
    if (user->powers & POWER_KILL) return true;
    hub_refuse(hub, REFUSED_NOT_ALLOWED, 0, (struct slice){0});
    return false;
}

struct room *server_or_room(struct hub *hub, enum action action) {
    if (!(hub->command->flags & COMMAND_SERVER)) return room_for(hub, action);
    return server_may_rule(hub) ? whole_server(hub) : NULL;
}

static struct slice ruler(struct hub *hub) {
    return hub_from_control(hub) ? slice_of("console") : user_name(hub_asking_user(hub));
}

static void answer(struct hub *hub, const char *words) {
    struct event *event = hub_reply(hub, EVENT_DONE, whole_server(hub), true);
    event->text = slice_text(words);
}

/* ---- locked down ---- */

bool server_is_locked(const struct hub *hub) {
    return hub->lock_count > 0;
}

bool server_refuses_new(struct hub *hub) {
    if (!server_is_locked(hub)) return false;
    hub_refuse(hub, REFUSED_LOCKED, 0, (struct slice){0});
    return true;
}

void server_lockdown(struct hub *hub) {
    struct room *whole = whole_server(hub);
    struct slice word = slice_of("lockdown");
    const struct whom what = {.subject = SUBJECT_WORDS, .mask = word, .key = word};
    bool on = hub->command->flags & COMMAND_SETS;
    if (!server_may_rule(hub) || !hub_can_record_all(hub, 2, 512)) return;
    if (on && restraint_room_left(hub, whole) == 0) {
        hub_refuse(hub, REFUSED_LIST_FULL, hub->limits.list_entries, (struct slice){0});
        return;
    }
    if (on)
        restraint_set(hub, whole, RESTRAINT_LOCKDOWN, &what, 0, ruler(hub));
    else
        (void)restraint_lift(hub, whole, RESTRAINT_LOCKDOWN, &what);
    moderate_log(hub, whole, on ? "lockdown" : "lockdown-off", (struct slice){0},
                 (struct slice){0});
    answer(hub, on ? "nobody new comes in from now on" : "who is new may come in again");
}

/* ---- networks ---- */

static const struct restraint_row *ban_of(const struct hub *hub, struct address address) {
    const struct room *whole = whole_server(hub);
    for (uint32_t at = whole->restraints_first; at != NONE; at = hub->restraints[at].next) {
        const struct restraint_row *row = &hub->restraints[at];
        if (row->kind != RESTRAINT_BAN || (row->until_ms != 0 && row->until_ms <= hub->now_ms))
            continue;
        if (address_in(address, row->network)) return row;
    }
    return NULL;
}

bool server_bans(const struct hub *hub) {
    const struct command *c = hub->command;
    bool enters = c->kind == COMMAND_HELLO || c->kind == COMMAND_LOGIN ||
                  c->kind == COMMAND_SCRAM || c->kind == COMMAND_REGISTER;
    return enters && ban_of(hub, c->address);
}

/* As many as a step may tell; the same ban given again goes on. The asker stays. */
static void close_banned(struct hub *hub, const struct network *network) {
    size_t sessions = (size_t)hub->size.workers * hub->size.sessions;
    const struct session *asker = hub_asker(hub);
    for (size_t i = 0, closed = 0; i < sessions && closed < CLOSED_A_STEP; i++) {
        struct session *session = &hub->sessions[i];
        if (session->generation == 0 || session->closed || session == asker) continue;
        if (!address_in(session->address, *network)) continue;
        struct event *event =
            hub_reply_to(hub, hub_session_id(hub, (uint32_t)i), EVENT_CLOSE, NULL);
        event->refusal = REFUSED_NETWORK_BANNED;
        session->closed = true;
        closed++;
    }
}

/* False: the asker was told. */
static bool ban_fits(struct hub *hub, struct whom *whom) {
    const struct command *c = hub->command;
    if (c->name.size > MASK_SIZE_MAX || !network_parse(c->name, &whom->network)) {
        hub_refuse(hub, REFUSED_NETWORK_BAD, 0, c->name);
        return false;
    }
    bool sets = c->flags & COMMAND_SETS;
    if (sets && c->number > RESTRAINT_MINUTES_MAX) {
        hub_refuse(hub, REFUSED_SETTING_BAD, 0, slice_of("minutes up to ten years"));
        return false;
    }
    if (sets && restraint_room_left(hub, whole_server(hub)) == 0) {
        hub_refuse(hub, REFUSED_LIST_FULL, hub->limits.list_entries, (struct slice){0});
        return false;
    }
    return moderate_reason(hub) && hub_can_record_all(hub, 2, 2 * MASK_SIZE_MAX + WHY_SIZE_MAX);
}

void server_ban(struct hub *hub) {
    const struct command *c = hub->command;
    struct room *whole = whole_server(hub);
    struct whom whom = {.subject = SUBJECT_NET};
    char memory[ADDRESS_TEXT_SIZE_MAX + 8];
    struct buf text;
    if (!server_may_rule(hub) || !ban_fits(hub, &whom)) return;
    buf_init(&text, memory, sizeof memory);
    network_text(&text, whom.network);
    whom.mask = whom.key =
        moderate_words(hub, buf_slice(&text), (struct slice){0}, (struct slice){0});
    if (!(c->flags & COMMAND_SETS)) {
        if (!restraint_lift(hub, whole, RESTRAINT_BAN, &whom)) {
            hub_refuse(hub, REFUSED_NOTHING_HOLDS, 0, whom.mask);
            return;
        }
        moderate_log(hub, whole, "server-unban", whom.mask, (struct slice){0});
        answer(hub, "the network may come in again");
        return;
    }
    int64_t until_ms = c->number == 0 ? 0 : hub->now_ms + (int64_t)c->number * MINUTE_MS;
    restraint_set(hub, whole, RESTRAINT_BAN, &whom, until_ms, ruler(hub));
    moderate_log(hub, whole, "server-ban", whom.mask, c->text);
    answer(hub, "the network is banned from the server");
    close_banned(hub, &whom.network);
}
